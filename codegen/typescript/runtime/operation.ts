/** How an operation is called and what it answers: the data of `contract.ts`, which the calls work by. */

export type Kind = "json" | "form" | "multipart" | "text" | "binary" | "lines" | "events";

/** One parameter, as it is written into a request (OpenAPI's styles). */
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header" | "cookie";
  readonly style: string;
  readonly explode?: boolean;
  readonly required?: boolean;
  readonly reserved?: boolean;
  /** Its value is JSON text. */
  readonly json?: boolean;
}

/** How one member of a form is written, where the contract says so. */
export interface Part {
  readonly name: string;
  readonly type: string;
  readonly style: string;
  readonly explode: boolean;
}

/** The body of a request. */
export interface Body {
  readonly type: string;
  readonly kind: Kind;
  readonly required: boolean;
  readonly parts: readonly Part[];
}

/** A success that the contract declares. `status` such as `200` or `2XX`; without `type` it has no body. */
export interface Outcome {
  readonly status: string;
  readonly kind: Kind;
  readonly type?: string;
}

/** One operation. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body?: Body;
  readonly answers: readonly Outcome[];
  /** Names of schemes: one of the groups is needed. null: the contract says nothing; empty: anybody may call. */
  readonly security: readonly (readonly string[])[] | null;
}

/** One way to say who calls. */
export interface Scheme {
  readonly name: string;
  readonly kind: "bearer" | "basic" | "key" | "other";
  readonly in: "header" | "query" | "cookie";
  /** The name of the header, query parameter or cookie. */
  readonly wire: string;
}

/** What a generated package says of itself. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** The digest of its contract. */
  readonly contract: string;
  /** Where the API is, as the contract says; empty where it does not. */
  readonly baseUrl: string;
  readonly schemes: readonly Scheme[];
  readonly operations: readonly Operation[];
}

/** Its method and path, without any value. */
export function labelOf(operation: Operation): string {
  return `${operation.method} ${operation.path}`;
}

/** Whether a call only reads, by its method. */
export function isSafe(operation: Operation): boolean {
  return ["GET", "HEAD", "OPTIONS"].includes(operation.method);
}

/** What the contract declares for a success of this status; the usual answer where it declares nothing. */
export function outcomeFor(operation: Operation, status: number): Outcome | undefined {
  const range = `${Math.floor(status / 100)}XX`;
  const found = operation.answers.find((one) => one.status === String(status) || one.status === range);
  return found ?? operation.answers[0];
}

/** What is asked for with the header Accept. */
export function acceptOf(operation: Operation): string {
  const wanted = new Set(operation.answers.flatMap((one) => (one.type ? [one.type] : [])));
  if (!wanted.size) return "application/json, application/problem+json, */*;q=0.5";
  return [...wanted, "application/problem+json;q=0.9"].join(", ");
}
