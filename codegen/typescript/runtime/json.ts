/** JSON without loss: a number that JavaScript could not give back as it came is told, never rounded in silence. */
import { SetupError } from "./errors.js";

/** A text with numbers that a double cannot hold. */
export class InexactNumbers extends Error {
  constructor(
    /** JSON pointers of the first of them. */
    readonly pointers: readonly string[],
  ) {
    super("numbers with more digits than JavaScript keeps");
  }
}

const MOST_NAMED = 10;
const SUSPECT = /\d[\d.]{15}|\d[eE][+-]?\d{2}/;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/** The value of a JSON text. Throws SyntaxError, and InexactNumbers where one would lose digits. */
export function parsed(text: string): unknown {
  const value: unknown = JSON.parse(text);
  if (SUSPECT.test(text)) {
    const pointers = inexactIn(text);
    if (pointers.length) throw new InexactNumbers(pointers);
  }
  return value;
}

/** Whether a double gives back the digits of a number as it is written. */
export function isExact(written: string): boolean {
  const value = Number(written);
  if (!Number.isFinite(value)) return false;
  const digits = digitsOf(written);
  return digits === digitsOf(String(value)) || digits === digitsOf(value.toPrecision(17));
}

function digitsOf(written: string): string {
  const [, sign = "", whole = "", fraction = "", exponent = "0"] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(written) ?? [];
  const all = (whole + fraction).replace(/^0+/, "");
  const kept = all.replace(/0+$/, "");
  if (!kept) return "0";
  return `${sign}${kept}e${Number(exponent) - fraction.length + (all.length - kept.length)}`;
}

/** Pointers of numbers that would lose digits, in a text that is known to be JSON. */
function inexactIn(text: string): string[] {
  const found: string[] = [];
  const way: (string | number)[] = [];
  const objects: boolean[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length && found.length < MOST_NAMED; at += 1) {
    const sign = text[at];
    if (sign === '"') {
      const end = endOfString(text, at);
      if (expectsKey) way[way.length - 1] = JSON.parse(text.slice(at, end + 1)) as string;
      expectsKey = false;
      at = end;
    } else if (sign === "{" || sign === "[") {
      objects.push(sign === "{");
      expectsKey = sign === "{";
      way.push(sign === "{" ? "" : 0);
    } else if (sign === "}" || sign === "]") {
      objects.pop();
      way.pop();
      expectsKey = false;
    } else if (sign === ",") {
      expectsKey = objects.at(-1) === true;
      const last = way.at(-1);
      if (typeof last === "number" && !expectsKey) way[way.length - 1] = last + 1;
    } else if (sign === "-" || (sign !== undefined && sign >= "0" && sign <= "9")) {
      NUMBER.lastIndex = at;
      const written = NUMBER.exec(text)?.[0] ?? sign;
      if (!isExact(written)) found.push(way.map((one) => `/${escaped(one)}`).join(""));
      at += written.length - 1;
    }
  }
  return found;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1;
  return at;
}

function escaped(part: string | number): string {
  return String(part).replaceAll("~", "~0").replaceAll("/", "~1");
}

/** JSON text. Whole numbers may be `bigint`. Throws SetupError where a value is none of JSON's. */
export function written(value: unknown, pointer = ""): string {
  const text = writtenOrNone(value, pointer);
  if (text === undefined) throw new SetupError(`the value at ${pointer || "the top"} cannot be sent`);
  return text;
}

function writtenOrNone(value: unknown, pointer: string): string | undefined {
  switch (typeof value) {
    case "bigint":
      return value.toString();
    case "number":
      if (!Number.isFinite(value)) throw new SetupError(`the value at ${pointer || "the top"} is no number of JSON`);
      return JSON.stringify(value);
    case "string":
    case "boolean":
      return JSON.stringify(value);
    case "object":
      break;
    default:
      return undefined;
  }
  if (value === null) return "null";
  if ("toJSON" in value && typeof value.toJSON === "function") {
    return writtenOrNone((value as { toJSON: () => unknown }).toJSON(), pointer);
  }
  if (Array.isArray(value)) return `[${value.map((one, at) => written(one, `${pointer}/${at}`)).join(",")}]`;
  const members = Object.entries(value).flatMap(([name, one]) => {
    const text = writtenOrNone(one, `${pointer}/${escaped(name)}`);
    return text === undefined ? [] : [`${JSON.stringify(name)}:${text}`];
  });
  return `{${members.join(",")}}`;
}
