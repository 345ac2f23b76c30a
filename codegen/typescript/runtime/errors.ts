/**
 * What can go wrong with a call.
 *
 *     ClientError
 *       SetupError          a setting or an argument is wrong: nothing was sent
 *       CredentialError     no token could be had
 *       ConnectionFailed    no answer came; `effect` says whether the call may have had one
 *         TimedOut
 *       UnreadableAnswer    the answer cannot be read; the call itself succeeded
 *       StatusError         the server refused
 *         ProblemError      and said why, by a problem detail (RFC 9457)
 *
 * No message holds a credential, a header's value or a body.
 */

/** What a call did to the system behind the API. */
export type Effect = "none" | "applied" | "unknown";

/** A place in a message, and what is wrong there. `pointer` is a JSON pointer (RFC 6901). */
export interface Place {
  readonly pointer: string;
  readonly message: string;
  /** Such as `body`, `query`, `path`, `header`; empty where nobody said. */
  readonly location: string;
  readonly rule: string;
}

/** Whatever a client throws, but for an abort by the caller's own signal. */
export class ClientError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** A setting or an argument is wrong. Nothing was sent. */
export class SetupError extends ClientError {}

/** No token could be had. Nothing was sent. */
export class CredentialError extends ClientError {}

/** No answer came. */
export class ConnectionFailed extends ClientError {
  constructor(
    message: string,
    readonly effect: Effect,
    readonly correlationId: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** No answer came in time. */
export class TimedOut extends ConnectionFailed {}

/** The answer cannot be read. The call itself succeeded. */
export class UnreadableAnswer extends ClientError {
  readonly effect: Effect = "applied";

  constructor(
    message: string,
    readonly places: readonly Place[],
    readonly correlationId: string,
  ) {
    super(message);
  }
}

/** A problem detail (RFC 9457). */
export interface Problem {
  readonly type: string;
  /** The last segment of the type's address. */
  readonly name: string;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  readonly effect: Effect | undefined;
  /** Who is at fault, such as gateway, contract, system, business; empty where nobody said. */
  readonly fault: string;
  readonly correlationId: string;
  readonly places: readonly Place[];
  /** All members as they came. */
  readonly members: Readonly<Record<string, unknown>>;
}

/** What is known of an answer that is no success. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** The body: a JSON value where it is JSON, else its text. */
  readonly body: unknown;
  /** Method and path of the contract, without any value. */
  readonly operation: string;
  readonly correlationId: string;
  readonly effect: Effect;
}

/** The server answered, and it was no success. */
export class StatusError extends ClientError implements Refusal {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  readonly operation: string;
  readonly correlationId: string;
  /** What the call did; a status alone proves nothing about a write, so `unknown` unless the server says. */
  readonly effect: Effect;

  constructor(refusal: Refusal, said = "") {
    super(`${refusal.status}${said} (${refusal.operation}, correlation ${refusal.correlationId || "unknown"})`);
    this.status = refusal.status;
    this.headers = refusal.headers;
    this.body = refusal.body;
    this.operation = refusal.operation;
    this.correlationId = refusal.correlationId;
    this.effect = refusal.effect;
  }

  /** How long the server asks to wait, where it says so in seconds. */
  get retryAfterSeconds(): number | undefined {
    const value = this.headers.get("retry-after") ?? "";
    return /^\d+$/.test(value) ? Number(value) : undefined;
  }
}

/** A refusal with its reasons. `Name` are the names of problems that the package knows; there may be others. */
export class ProblemError<Name extends string = string> extends StatusError {
  readonly problem: Problem;

  constructor(refusal: Refusal, problem: Problem) {
    super(refusal, ` ${problem.name}: ${problem.detail || problem.title}`);
    this.problem = problem;
  }

  /** Which problem it is: the last segment of its type, such as `rate-limited`. */
  get kind(): Name | (string & {}) {
    return this.problem.name;
  }

  /** The places of the request that were refused, where the server named them. */
  get places(): readonly Place[] {
    return this.problem.places;
  }
}

const EFFECTS: readonly string[] = ["none", "applied", "unknown"];

/** The problem detail of an answer; undefined where it is none. */
export function problemOf(headers: Headers, body: unknown): Problem | undefined {
  const essence = (headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (essence !== "application/problem+json" || !isRecord(body)) return undefined;
  const text = (from: Readonly<Record<string, unknown>>, name: string): string => {
    const value = Object.hasOwn(from, name) ? from[name] : undefined;
    return typeof value === "string" ? value : "";
  };
  const type = text(body, "type") || "about:blank";
  const effect = text(body, "effect");
  const stated = Array.isArray(body["errors"]) ? body["errors"].filter(isRecord) : [];
  return {
    type,
    name: type.replace(/\/+$/, "").split("/").pop() ?? "",
    title: text(body, "title"),
    detail: text(body, "detail"),
    instance: text(body, "instance"),
    effect: EFFECTS.includes(effect) ? (effect as Effect) : undefined,
    fault: text(body, "fault"),
    correlationId: text(body, "correlation"),
    places: stated.map((one) => ({
      pointer: text(one, "pointer"),
      message: text(one, "message"),
      location: text(one, "location"),
      rule: text(one, "rule"),
    })),
    members: body,
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
