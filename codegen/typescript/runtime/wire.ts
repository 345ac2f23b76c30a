/** Values -> what is sent: parameters in OpenAPI's styles, forms. */
import { SetupError } from "./errors.js";
import { written } from "./json.js";
import type { Body, Operation, Parameter } from "./operation.js";

/** Arguments by the place where they stand, then by name. */
export interface Params {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly cookie?: Readonly<Record<string, unknown>>;
}

/** Names and texts, percent-encoded. */
type Pairs = [string, string][];

const SEPARATORS: Readonly<Record<string, string>> = { spaceDelimited: "%20", pipeDelimited: "|" };
const RESERVED = /%(?:3A|2F|3F|40|24|2C|3B)/g;

function argument(params: Params, parameter: Parameter): unknown {
  const from = params[parameter.in];
  return from && Object.hasOwn(from, parameter.name) ? from[parameter.name] : undefined;
}

/** What is named and is no parameter of the operation, or is missing. Throws SetupError. */
export function checkParams(operation: Operation, params: Params, label: string): void {
  for (const parameter of operation.parameters) {
    const value = argument(params, parameter);
    if (parameter.required && (value === undefined || value === null)) {
      throw new SetupError(`${label} needs the ${parameter.in} parameter ${parameter.name}`);
    }
  }
  for (const place of ["path", "query", "header", "cookie"] as const) {
    for (const [name, value] of Object.entries(params[place] ?? {})) {
      const known = operation.parameters.some((one) => one.in === place && one.name === name);
      if (!known && value !== undefined) throw new SetupError(`${label} has no ${place} parameter ${name}`);
    }
  }
}

/** An address with the parameters of its path filled in. Throws SetupError. */
export function pathOf(operation: Operation, params: Params, template: string): string {
  const values = new Map(operation.parameters.filter((one) => one.in === "path").map((one) => [one.name, one]));
  return template.replace(/('?)\{([^{}]+)\}('?)/g, (whole: string, before: string, name: string, after: string) => {
    const parameter = values.get(name);
    if (!parameter) return whole;
    const quoted = before === "'" && after === "'";
    return before + inPath(parameter, argument(params, parameter), quoted) + after;
  });
}

function inPath(parameter: Parameter, value: unknown, quoted: boolean): string {
  const one = (child: unknown): string => {
    const text = textOf(child);
    return encoded(quoted ? text.replaceAll("'", "''") : text);
  };
  if (parameter.json) return encoded(written(value));
  const [lead, between] = { label: [".", "."], matrix: [";", ";"] }[parameter.style] ?? ["", ","];
  const joint = parameter.explode ? between : ",";
  let text: string;
  if (parameter.style === "matrix") {
    text = form(parameter.name, value, parameter.explode === true, "", false).map((pair) => pair.join("=")).join(";");
  } else if (Array.isArray(value)) {
    text = value.map(one).join(joint);
  } else if (isMembers(value)) {
    const members = Object.entries(value).map(([name, child]) => one(name) + (parameter.explode ? "=" : ",") + one(child));
    text = members.join(joint);
  } else {
    text = one(value);
  }
  if (!text || (!quoted && (text === "." || text === ".."))) {
    throw new SetupError(`${parameter.name} stands in the path: it cannot be empty, \`.\` or \`..\``);
  }
  return lead + text;
}

/** The query, without its question mark. */
export function queryOf(operation: Operation, params: Params): string {
  const pairs = operation.parameters
    .filter((one) => one.in === "query")
    .flatMap((one) => pairsOf(one, argument(params, one)));
  return pairs.map((pair) => pair.join("=")).join("&");
}

function pairsOf(parameter: Parameter, value: unknown): Pairs {
  if (value === undefined || value === null) return [];
  const reserved = parameter.reserved === true;
  if (parameter.json) return [[encodedName(parameter.name), encoded(written(value), reserved)]];
  if (parameter.style === "deepObject") return deep(encodedName(parameter.name), value, reserved);
  return form(parameter.name, value, parameter.explode === true, parameter.style, reserved);
}

function form(name: string, value: unknown, explode: boolean, style: string, reserved: boolean): Pairs {
  const one = (child: unknown): string => encoded(textOf(child), reserved);
  if (Array.isArray(value)) {
    if (explode) return value.map((child) => [encodedName(name), one(child)]);
    return value.length ? [[encodedName(name), value.map(one).join(SEPARATORS[style] ?? ",")]] : [];
  }
  if (isMembers(value)) {
    const members = Object.entries(value).filter(([, child]) => child !== undefined);
    if (explode) return members.map(([key, child]) => [encodedName(key), one(child)]);
    return [[encodedName(name), members.map(([key, child]) => `${one(key)},${one(child)}`).join(",")]];
  }
  return [[encodedName(name), one(value)]];
}

function deep(name: string, value: unknown, reserved: boolean): Pairs {
  if (Array.isArray(value)) {
    const nested = value.some(isMembers);
    return value.flatMap((child, at) => deep(nested ? `${name}[${at}]` : `${name}[]`, child, reserved));
  }
  if (isMembers(value)) {
    return Object.entries(value).flatMap(([key, child]) =>
      child === undefined ? [] : deep(`${name}[${encodedName(key)}]`, child, reserved),
    );
  }
  return [[name, encoded(textOf(value), reserved)]];
}

/** Header parameters, and the header Cookie of cookie parameters. Throws SetupError. */
export function headersOf(operation: Operation, params: Params): Pairs {
  const found: Pairs = [];
  const cookies: string[] = [];
  for (const parameter of operation.parameters) {
    const value = argument(params, parameter);
    if (value === undefined || value === null) continue;
    if (parameter.in === "header") found.push([parameter.name, headerText(parameter.name, inHeader(parameter, value))]);
    if (parameter.in === "cookie") cookies.push(...pairsOf(parameter, value).map((pair) => pair.join("=")));
  }
  if (cookies.length) found.push(["Cookie", cookies.join("; ")]);
  return found;
}

function inHeader(parameter: Parameter, value: unknown): string {
  if (parameter.json) return written(value);
  if (Array.isArray(value)) return value.map(textOf).join(",");
  if (!isMembers(value)) return textOf(value);
  const between = parameter.explode ? "=" : ",";
  return Object.entries(value).map(([name, child]) => `${name}${between}${textOf(child)}`).join(",");
}

/** A header's value as it may be sent. Throws SetupError where it would end the header. */
export function headerText(name: string, text: string): string {
  // biome-ignore lint: control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text) || text !== text.trim()) {
    throw new SetupError(`the header ${name} cannot hold control characters, or spaces at its ends`);
  }
  return text;
}

/** What of a body can be sent, and its media type; the type of a form with files is made with its boundary. */
export interface Content {
  readonly body: unknown;
  readonly type: string | undefined;
  /** Whether it can be sent once more. */
  readonly replayable: boolean;
}

/** The body of a request. Throws SetupError. */
export function contentOf(body: Body | undefined, value: unknown, label: string): Content {
  if (!body || value === undefined) {
    if (body?.required) throw new SetupError(`${label} needs a body`);
    return { body: undefined, type: undefined, replayable: true };
  }
  const streams = value instanceof ReadableStream;
  const sent = (made: unknown, type: string | undefined = body.type): Content => ({ body: made, type, replayable: !streams });
  switch (body.kind) {
    case "json":
      return sent(written(value));
    case "form":
      return sent(formText(body, value));
    case "multipart":
      return sent(formData(body, value), undefined);
    case "text":
      return sent(textOf(value));
    default:
      return sent(value);
  }
}

function formText(body: Body, value: unknown): string {
  const pairs = membersOf(value).flatMap(([name, child]) => {
    const rule = body.parts.find((one) => one.name === name);
    const nested = isMembers(child) || (Array.isArray(child) && child.some(isMembers));
    const style = rule?.style || (nested ? "deepObject" : "form");
    return pairsOf({ name, in: "query", style, explode: rule?.explode ?? true }, child);
  });
  return pairs.map((pair) => pair.join("=")).join("&");
}

function formData(body: Body, value: unknown): FormData {
  const made = new FormData();
  for (const [name, child] of membersOf(value)) {
    const stated = body.parts.find((one) => one.name === name)?.type.split(",")[0]?.trim() ?? "";
    const type = stated.includes("*") ? "" : stated;
    for (const one of Array.isArray(child) ? (child as unknown[]) : [child]) {
      if (one === undefined || one === null) continue;
      if (one instanceof Blob) made.append(name, one);
      else if (one instanceof ArrayBuffer || ArrayBuffer.isView(one)) {
        made.append(name, new Blob([one as BlobPart], { type: type || "application/octet-stream" }), name);
      } else if (isMembers(one)) made.append(name, new Blob([written(one)], { type: type || "application/json" }));
      else if (type) made.append(name, new Blob([textOf(one)], { type }));
      else made.append(name, textOf(one));
    }
  }
  return made;
}

function membersOf(value: unknown): [string, unknown][] {
  if (!isMembers(value)) throw new SetupError("a form is an object with named members");
  return Object.entries(value);
}

function isMembers(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && !("toJSON" in value) &&
    !(value instanceof Blob) && !(value instanceof ArrayBuffer) && !ArrayBuffer.isView(value)
  );
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  return written(value);
}

function encoded(text: string, reserved = false): string {
  let made: string;
  try {
    made = encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  } catch {
    throw new SetupError("a text with half a character cannot be sent");
  }
  return reserved ? made.replace(RESERVED, decodeURIComponent) : made;
}

function encodedName(name: string): string {
  return encodeURIComponent(name).replace(/%(?:24|40|5B|5D)/g, decodeURIComponent);
}
