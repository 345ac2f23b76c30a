/** The course of one call: what to send, when to wait, what came of it. */
import type createFetcher from "openapi-fetch";
import { authorize, chosen, secretsOf } from "./auth.js";
import { ConnectionFailed, problemOf, type Refusal, ProblemError, StatusError, TimedOut } from "./errors.js";
import { noticeOf } from "./notices.js";
import { acceptOf, isSafe, labelOf, type Operation, type Package } from "./operation.js";
import { askedSeconds, type Budget, delayAfter, mayPass, type Retries } from "./retry.js";
import type { CallSettings, Settings } from "./settings.js";
import { checkParams, type Content, contentOf, headersOf, headerText, type Params, pathOf, queryOf } from "./wire.js";

/** What sends requests: openapi-fetch, without any types of its own. */
export type Fetcher = ReturnType<typeof createFetcher<Record<string, never>>>;

/** What all calls of a client, and of its views, share. */
export interface Core {
  readonly package: Package;
  readonly operations: ReadonlyMap<string, Operation>;
  readonly fetcher: Fetcher;
  readonly settings: Settings;
  readonly retries: Retries;
  readonly budget: Budget;
  /** Notices that were given. */
  readonly told: Set<string>;
}

/** What a single call is made with. */
export interface Call extends CallSettings {
  readonly params?: Params;
  readonly body?: unknown;
  readonly signal?: AbortSignal;
}

/** An answer that is a success, unread. */
export interface Answered {
  readonly response: Response;
  readonly correlationId: string;
  /** Ends the time that the call may take; a body that is still to be read ends with the caller's signal only. */
  readonly done: (read: boolean) => void;
}

const USUAL_SECONDS = 60;
const UNSENT: readonly unknown[] = [
  "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "UND_ERR_CONNECT_TIMEOUT",
  "CERT_HAS_EXPIRED", "DEPTH_ZERO_SELF_SIGNED_CERT", "SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID",
];

/** Sends a call until it is answered by a success; throws what else came of it. */
export async function sent(core: Core, operation: Operation, call: Call): Promise<Answered> {
  const label = labelOf(operation);
  const params = call.params ?? {};
  checkParams(operation, params, label);
  const content = contentOf(operation.body, call.body, label);
  const granted = chosen(operation, core.package.schemes, core.settings);
  const correlation = call.correlationId ?? core.settings.correlationId ?? newName();
  const headers = headersFor(core, operation, call, content, correlation, params);
  const time = new Time(call.timeoutSeconds ?? core.settings.timeoutSeconds ?? USUAL_SECONDS, call.signal);
  let refused: readonly string[] = [];
  let renewed = false;
  try {
    for (let tries = 1; ; tries += 1) {
      const secrets = await secretsOf(granted, refused);
      const own = new Headers(headers);
      const query = [queryOf(operation, params), authorize(granted, secrets, own)].filter(Boolean).join("&");
      const started = Date.now();
      const outcome = await attempt(core, operation, params, query, own, content, time);
      const seconds = (Date.now() - started) / 1000;
      const failed = { tries, replayable: content.replayable, leftSeconds: time.left };
      const note = (status: number | undefined, said: string, problem: string, waitsSeconds: number | undefined): void =>
        core.settings.onEvent?.({ operation: label, attempt: tries, status, seconds, correlationId: said, problem, waitsSeconds });
      if ("lost" in outcome) {
        const unclear = !isSafe(operation) && !outcome.unsent;
        const wait = outcome.timedOut ? undefined : delayAfter(core.retries, core.budget, { ...failed, harmless: !unclear });
        note(undefined, correlation, "", wait);
        if (wait === undefined) {
          const Kind = outcome.timedOut ? TimedOut : ConnectionFailed;
          const what = outcome.timedOut ? "no answer in time" : "no answer came";
          throw new Kind(`${label}: ${what} (correlation ${correlation})`, unclear ? "unknown" : "none", correlation, { cause: outcome.cause });
        }
        await time.pause(wait);
        continue;
      }
      const { response, error } = outcome;
      const said = response.headers.get("x-correlation-id") ?? correlation;
      if (response.ok) {
        core.budget.succeeded();
        note(response.status, said, "", undefined);
        tell(core, label, response.headers);
        return { response, correlationId: said, done: (read) => time.end(read) };
      }
      const problem = problemOf(response.headers, error);
      const effect = problem?.effect ?? (isSafe(operation) ? "none" : "unknown");
      const renewable = granted.some((one) => typeof one.secret !== "string");
      let wait: number | undefined;
      if (response.status === 401 && renewable && !renewed && content.replayable) {
        [renewed, refused, wait] = [true, secrets, 0];
      } else if (mayPass(response.status)) {
        const harmless = isSafe(operation) || problem?.effect === "none";
        wait = delayAfter(core.retries, core.budget, { ...failed, harmless, askedSeconds: askedSeconds(response.headers) });
      }
      note(response.status, said, problem?.name ?? "", wait);
      if (wait === undefined) {
        const refusal: Refusal = {
          status: response.status, headers: response.headers, body: error, operation: label,
          correlationId: said || (problem?.correlationId ?? ""), effect,
        };
        throw problem ? new ProblemError(refusal, problem) : new StatusError(refusal);
      }
      if (wait) await time.pause(wait);
    }
  } catch (error) {
    time.end(true);
    throw error;
  }
}

/** A name for a call; where there is no source of good chance (a page without TLS), any chance will do. */
function newName(): string {
  const made: Partial<Crypto> | undefined = globalThis.crypto;
  if (made?.randomUUID) return made.randomUUID();
  return `${Date.now().toString(16)}-${Math.random().toString(16).slice(2)}`;
}

type Outcome =
  | { readonly response: Response; readonly error?: unknown }
  | { readonly lost: true; readonly unsent: boolean; readonly timedOut: boolean; readonly cause: unknown };

async function attempt(
  core: Core, operation: Operation, params: Params, query: string, headers: Headers, content: Content, time: Time,
): Promise<Outcome> {
  const init = {
    params: { path: params.path ?? {} },
    ...(content.body === undefined ? {} : { body: content.body }),
    ...(content.body instanceof ReadableStream ? { duplex: "half" } : {}),
    bodySerializer: (body: unknown) => body,
    querySerializer: () => query,
    pathSerializer: (template: string) => pathOf(operation, params, template),
    parseAs: "stream",
    redirect: "manual",
    headers,
    signal: time.signal,
  };
  const request = core.fetcher.request as unknown as (
    method: string, path: string, init: unknown,
  ) => Promise<{ response: Response; error?: unknown }>;
  time.rethrow();
  try {
    return await request(operation.method.toLowerCase(), operation.path, init);
  } catch (error) {
    time.rethrow();
    if (!(error instanceof TypeError) && !time.over && !(error instanceof DOMException)) throw error;
    return { lost: true, unsent: UNSENT.includes(codeOf(error)), timedOut: time.over, cause: error };
  }
}

function codeOf(error: unknown): unknown {
  const cause: unknown = error instanceof Error ? error.cause : undefined;
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && "code" in first ? first.code : undefined;
}

function headersFor(
  core: Core, operation: Operation, call: Call, content: Content, correlation: string, params: Params,
): Headers {
  const { package: made, settings } = core;
  const headers = new Headers();
  headers.set("Accept", acceptOf(operation));
  // browsers say what they are themselves
  if ("process" in globalThis) headers.set("User-Agent", `${made.name.replace("@", "").replace("/", "-")}/${made.version}`);
  headers.set("X-Contract-Digest", made.contract);
  headers.set("X-Correlation-ID", headerText("X-Correlation-ID", correlation));
  const entity = call.entity ?? settings.entity;
  const version = call.version ?? settings.version;
  if (entity !== undefined) headers.set("X-Entity", headerText("X-Entity", entity));
  if (version !== undefined) headers.set("API-Version", headerText("API-Version", version));
  for (const [name, text] of headersOf(operation, params)) headers.set(name, text);
  for (const more of [settings.trace?.(), settings.headers, call.headers]) {
    for (const [name, text] of Object.entries(more ?? {})) headers.set(name, headerText(name, text));
  }
  if (content.type !== undefined) headers.set("Content-Type", content.type);
  return headers;
}

function tell(core: Core, label: string, headers: Headers): void {
  const notice = noticeOf(core.package.name, label, headers, core.told);
  if (!notice) return;
  if (core.settings.onNotice) core.settings.onNotice(notice);
  else console.warn(notice.message);
}

/** How long a call may take, and the caller's wish to end it. */
class Time {
  private readonly control = new AbortController();
  private readonly ends: number;
  private readonly timer: ReturnType<typeof setTimeout> | undefined;
  private readonly abort = (): void => this.control.abort(this.wish?.reason);
  over = false;

  constructor(
    seconds: number,
    private readonly wish: AbortSignal | undefined,
  ) {
    this.ends = Date.now() + seconds * 1000;
    if (Number.isFinite(seconds)) {
      this.timer = setTimeout(() => {
        this.over = true;
        this.control.abort();
      }, Math.min(seconds * 1000, 2 ** 31 - 1));
    }
    if (wish?.aborted) this.abort();
    else wish?.addEventListener("abort", this.abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.control.signal;
  }

  get left(): number {
    return (this.ends - Date.now()) / 1000;
  }

  /** Throws the caller's own reason where it was the caller who ended the call. */
  rethrow(): void {
    this.wish?.throwIfAborted();
  }

  async pause(seconds: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, seconds * 1000);
      this.signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
    });
    this.rethrow();
  }

  end(read: boolean): void {
    clearTimeout(this.timer);
    if (read) this.wish?.removeEventListener("abort", this.abort);
  }
}
