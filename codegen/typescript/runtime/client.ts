/** The client that a generated one is made of: settings, views, the head of an answer. */
import createFetcher from "openapi-fetch";
import { ConnectionFailed, SetupError, TimedOut, UnreadableAnswer } from "./errors.js";
import { itemsOf, valueOf } from "./items.js";
import { type Answered, type Call, type Core, sent } from "./course.js";
import { isSafe, labelOf, type Operation, outcomeFor, type Package } from "./operation.js";
import { Budget, USUAL } from "./retry.js";
import type { CallSettings, Settings } from "./settings.js";

/** An answer, and its head. */
export interface Answer<T> {
  readonly data: T;
  readonly status: number;
  readonly headers: Headers;
  /** The record's tag, for `If-Match` of a change. */
  readonly etag: string | undefined;
  /** What to name to the owner of the API. */
  readonly correlationId: string;
  /** The exact version that answered. */
  readonly version: string | undefined;
}

type RequiredKeys<T> = { [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? never : K }[keyof T];
type Content<T> = T extends { content: infer C } ? C[keyof C] : never;
type ParamsOf<Op> = Op extends { parameters: infer P }
  ? [RequiredKeys<P>] extends [never]
    ? { readonly params?: P }
    : { readonly params: P }
  : Record<never, never>;
type BodyOf<Op> = Op extends { requestBody?: infer B }
  ? [Content<B>] extends [never]
    ? { readonly body?: never }
    : Record<never, never> extends Pick<Op, "requestBody" & keyof Op>
      ? { readonly body?: Content<B> }
      : { readonly body: Content<B> }
  : { readonly body?: never };
type Init<Op> = ParamsOf<Op> & BodyOf<Op> & CallSettings & { readonly signal?: AbortSignal };
type Arguments<Op> = [RequiredKeys<Init<Op>>] extends [never] ? [init?: Init<Op>] : [init: Init<Op>];
type BodyIn<R> = R extends { content: infer C } ? C[keyof C] : undefined;

/** What a success of an operation holds. */
export type DataOf<Op> = Op extends { responses: infer R }
  ? { [K in keyof R]: `${K & (string | number)}` extends `2${string}` ? BodyIn<R[K]> : never }[keyof R]
  : never;

/** Methods as they are named in the types of paths. */
type Method = "get" | "put" | "post" | "delete" | "options" | "head" | "patch";
type PathsWith<P, M extends Method> = {
  [K in keyof P]: P[K] extends { [X in M]: { responses: unknown } } ? K : never;
}[keyof P];
type OperationAt<P, K extends keyof P, M extends Method> = P[K] extends { [X in M]: infer Op } ? Op : never;

/** One method of HTTP: `client.GET("/orders/{id}", { params: { path: { id } } })`. */
export type Calls<P, M extends Method> = <K extends PathsWith<P, M>>(
  path: K,
  ...init: Arguments<OperationAt<P, K, M>>
) => Promise<Answer<DataOf<OperationAt<P, K, M>>>>;
/** The same, with the body of the answer unread. */
export type UnreadCalls<P, M extends Method> = <K extends PathsWith<P, M>>(
  path: K,
  ...init: Arguments<OperationAt<P, K, M>>
) => Promise<Answer<Response>>;

/** A client of the paths `P`. It keeps nothing open, so there is nothing to close. */
export type ClientOf<P> = { readonly [M in Method as Uppercase<M>]: Calls<P, M> } & {
  /** The same calls with the answer unread: `data` is the `Response`, to be streamed, or read as text. */
  readonly unread: { readonly [M in Method as Uppercase<M>]: UnreadCalls<P, M> };
  /** A view with other settings. It shares the budget of retries and what was told. */
  with(settings: Settings): ClientOf<P>;
};

const METHODS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH"] as const;

/** A client of a package. Nothing is sent yet. Throws SetupError. */
export function clientOf<P>(made: Package, settings: Settings): ClientOf<P> {
  const operations = new Map(made.operations.map((one) => [labelOf(one), one]));
  return view(made, operations, settings, new Budget(), new Set()) as ClientOf<P>;
}

function view(
  made: Package, operations: ReadonlyMap<string, Operation>, settings: Settings, budget: Budget, told: Set<string>,
): unknown {
  const { retries = {} } = settings;
  const core: Core = {
    package: made, operations, settings, budget, told,
    retries: retries === false ? { ...USUAL, most: 0 } : { ...USUAL, ...retries },
    fetcher: createFetcher<Record<string, never>>({
      baseUrl: addressOf(settings.baseUrl ?? made.baseUrl),
      fetch: settings.fetch ?? ((request) => fetch(request)),
    }),
  };
  const calls = METHODS.map((method) => [method, (path: string, call: Call = {}) => read(core, method, path, call)]);
  const unread = METHODS.map((method) => [method, (path: string, call: Call = {}) => untouched(core, method, path, call)]);
  return {
    ...(Object.fromEntries(calls) as object),
    unread: Object.fromEntries(unread) as object,
    with: (changes: Settings) => view(made, operations, { ...settings, ...changes }, budget, told),
  };
}

function addressOf(address: string): string {
  if (!address) throw new SetupError("say where the API is: `baseUrl`");
  let parts: URL | undefined;
  try {
    parts = new URL(address);
  } catch {
    parts = undefined;
  }
  if (!parts || !/^https?:$/.test(parts.protocol) || /[?#{}]/.test(address)) {
    throw new SetupError("`baseUrl` is an address such as https://host/api/v1, without a query");
  }
  if (parts.username || parts.password) {
    throw new SetupError("`baseUrl` holds no credentials: give them with `token`, `apiKey` or `basic`");
  }
  return address.replace(/\/+$/, "");
}

function operationOf(core: Core, method: string, path: string): Operation {
  const found = core.operations.get(`${method} ${path}`);
  if (!found) throw new SetupError("the contract has no such operation");
  return found;
}

async function untouched(core: Core, method: string, path: string, call: Call): Promise<Answer<Response>> {
  const answered = await sent(core, operationOf(core, method, path), call);
  answered.done(false);
  return answerOf(answered, answered.response);
}

async function read(core: Core, method: string, path: string, call: Call): Promise<Answer<unknown>> {
  const operation = operationOf(core, method, path);
  const answered = await sent(core, operation, call);
  const streams = ["lines", "events"].includes(outcomeFor(operation, answered.response.status)?.kind ?? "");
  try {
    return answerOf(answered, await dataOf(core, operation, answered));
  } catch (error) {
    call.signal?.throwIfAborted();
    if (error instanceof TypeError || error instanceof DOMException) throw broken(operation, error, answered);
    throw error;
  } finally {
    answered.done(!streams);
  }
}

function broken(operation: Operation, error: Error, { correlationId }: Answered): ConnectionFailed {
  const Kind = error.name === "AbortError" ? TimedOut : ConnectionFailed;
  const message = `${labelOf(operation)}: the answer broke off (correlation ${correlationId})`;
  return new Kind(message, isSafe(operation) ? "none" : "applied", correlationId, { cause: error });
}

function answerOf<T>({ response, correlationId }: Answered, data: T): Answer<T> {
  const { status, headers } = response;
  const [etag, version] = [headers.get("etag") ?? undefined, headers.get("api-version") ?? undefined];
  return { data, status, headers, etag, correlationId, version };
}

async function dataOf(core: Core, operation: Operation, { response, correlationId }: Answered): Promise<unknown> {
  const outcome = outcomeFor(operation, response.status);
  if (!outcome?.type || operation.method === "HEAD") {
    await response.body?.cancel();
    return undefined;
  }
  const label = labelOf(operation);
  const exact = core.settings.numbers !== "round";
  const value = (text: string): unknown => valueOf(text, exact, label, correlationId);
  if (outcome.kind === "binary") return response.blob();
  if (outcome.kind === "lines" || outcome.kind === "events") return itemsOf(response, outcome.kind, value);
  const text = await response.text();
  if (outcome.kind === "text") return text;
  if (text) return value(text);
  if (operation.answers.some((one) => !one.type)) return undefined;
  throw new UnreadableAnswer(`${label} answered ${response.status} without a body`, [], correlationId);
}
