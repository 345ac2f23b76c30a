/** Who calls: a token, an API key, a name with a password. No secret is in a message or a log. */
import { CredentialError, SetupError } from "./errors.js";
import { labelOf, type Operation, type Scheme } from "./operation.js";
import { headerText } from "./wire.js";

/** A secret, or what gives it each time that it is needed; `refused` is the one that the server did not take. */
export type Secret = string | ((refused?: string) => string | Promise<string>);

/** Who calls. Give what the contract asks for. */
export interface Credentials {
  /** A bearer token. */
  readonly token?: Secret | undefined;
  readonly apiKey?: Secret | undefined;
  readonly basic?: { readonly user: string; readonly password: Secret } | undefined;
}

/** One credential of a call. */
export interface Granted {
  readonly scheme: Scheme;
  readonly secret: Secret;
  readonly user: string;
}

const ANY_HEADER = { name: "", in: "header" } as const;

/** What an operation is called with. Throws SetupError where what it asks for was not given. */
export function chosen(operation: Operation, schemes: readonly Scheme[], given: Credentials): readonly Granted[] {
  const grant = (scheme: Scheme): Granted | undefined => {
    if (scheme.kind === "basic" && given.basic) return { scheme, secret: given.basic.password, user: given.basic.user };
    const secret = scheme.kind === "bearer" ? given.token : scheme.kind === "key" ? given.apiKey : undefined;
    return secret === undefined ? undefined : { scheme, secret, user: "" };
  };
  if (operation.security === null) {
    const usual: readonly Scheme[] = [
      { ...ANY_HEADER, kind: "bearer", wire: "Authorization" },
      { ...ANY_HEADER, kind: "key", wire: "X-API-Key" },
      { ...ANY_HEADER, kind: "basic", wire: "Authorization" },
    ];
    return usual.map(grant).filter((one) => one !== undefined).slice(0, 1);
  }
  for (const group of operation.security) {
    const granted = group.map((name) => {
      const scheme = schemes.find((one) => one.name === name);
      return scheme && grant(scheme);
    });
    const found = granted.filter((one) => one !== undefined);
    if (group.length && found.length === group.length) return found;
  }
  if (!operation.security.length || operation.security.some((group) => !group.length)) return [];
  const kinds = operation.security.map((group) => group.map((name) => asked(schemes.find((one) => one.name === name))).join(" and "));
  throw new SetupError(`${labelOf(operation)} asks for ${[...new Set(kinds)].join(" or ")}: give it to the client`);
}

function asked(scheme: Scheme | undefined): string {
  return { bearer: "`token`", key: "`apiKey`", basic: "`basic`", other: "a credential that this client has no part for" }[scheme?.kind ?? "other"];
}

/** The secrets of a call, in the order of what was granted. Throws CredentialError. */
export async function secretsOf(granted: readonly Granted[], refused: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [at, one] of granted.entries()) {
    let secret: unknown;
    try {
      secret = typeof one.secret === "string" ? one.secret : await one.secret(refused[at]);
    } catch (error) {
      throw new CredentialError("what gives the credential failed", { cause: error });
    }
    if (typeof secret !== "string" || !secret) throw new CredentialError("what gives the credential gave none");
    found.push(secret);
  }
  return found;
}

/** Puts the credentials where their schemes say; what the query holds is returned. */
export function authorize(granted: readonly Granted[], secrets: readonly string[], headers: Headers): string {
  const query: string[] = [];
  for (const [at, { scheme, user }] of granted.entries()) {
    const secret = secrets[at] ?? "";
    if (scheme.in === "query") query.push(`${encodeURIComponent(scheme.wire)}=${encodeURIComponent(secret)}`);
    else if (scheme.in === "cookie") headers.append("Cookie", `${scheme.wire}=${headerText("Cookie", secret)}`);
    else headers.set(scheme.wire, headerText(scheme.wire, shown(scheme.kind, user, secret)));
  }
  return query.join("&");
}

function shown(kind: Scheme["kind"], user: string, secret: string): string {
  if (kind === "bearer") return `Bearer ${secret}`;
  if (kind !== "basic") return secret;
  const bytes = new TextEncoder().encode(`${user}:${secret}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}
