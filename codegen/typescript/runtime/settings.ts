/** What a client is set to; views of it differ in some of it. */
import type { Credentials } from "./auth.js";
import type { Notice } from "./notices.js";
import type { Retries } from "./retry.js";

/** One try of a call, for logs and metrics. It holds no address, header, credential or body. */
export interface Event {
  /** Method and path of the contract, with its parameters as they are named there. */
  readonly operation: string;
  /** From 1. */
  readonly attempt: number;
  /** undefined: no answer came. */
  readonly status: number | undefined;
  readonly seconds: number;
  readonly correlationId: string;
  /** The name of the problem that was answered; empty where there was none. */
  readonly problem: string;
  /** How long the client waits before it tries again; undefined: this was the last try. */
  readonly waitsSeconds: number | undefined;
}

/** What calls have in common, and what a single one may have otherwise. */
export interface CallSettings {
  /** For which entity calls are, where the credential leaves a choice (`X-Entity`). */
  readonly entity?: string | undefined;
  /** The exact version to be served (`API-Version`); left out, the newest that fits. */
  readonly version?: string | undefined;
  /** How long a call may take, waits between tries and all; 60. A body that is not read at once does not count. */
  readonly timeoutSeconds?: number | undefined;
  /** Further headers. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What the call is called in every log on its way; made anew for each call, if left out. */
  readonly correlationId?: string | undefined;
}

/** What a client is made with. */
export interface Settings extends CallSettings, Credentials {
  /** Where the API is, such as `https://host/stock/v1`; left out, where its contract says. */
  readonly baseUrl?: string | undefined;
  /** How often to try again, and how long to wait; false: never. */
  readonly retries?: Partial<Retries> | false | undefined;
  /** `refuse`: an answer with a number that JavaScript cannot hold is an error; `round`: it loses digits. */
  readonly numbers?: "refuse" | "round" | undefined;
  /** Called once for each version that answers as deprecated or with a sunset; left out, the console warns. */
  readonly onNotice?: ((notice: Notice) => void) | undefined;
  /** Called after each try with what may be logged. */
  readonly onEvent?: ((event: Event) => void) | undefined;
  /** Gives `traceparent`, and `tracestate`, for each call, to go on in a trace. */
  readonly trace?: (() => Readonly<Record<string, string>>) | undefined;
  /** Sends requests in the place of the global `fetch`. */
  readonly fetch?: ((request: Request) => Promise<Response>) | undefined;
}
