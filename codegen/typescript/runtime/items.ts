/** Answers that come piece by piece: one JSON text a line, or server-sent events. */
import { UnreadableAnswer } from "./errors.js";
import { InexactNumbers, parsed } from "./json.js";

/** Reads JSON; numbers that a double cannot hold are refused, or rounded where that was asked for. */
export type Reader = (text: string) => unknown;

/** The items of an answer. To stop early leaves the connection. */
export async function* itemsOf(response: Response, kind: "lines" | "events", read: Reader): AsyncGenerator<unknown, void> {
  let event: Record<string, unknown> = {};
  for await (const line of linesOf(response)) {
    if (kind === "lines") {
      if (line.trim()) yield read(line);
    } else if (!line) {
      if (Object.keys(event).length) yield event;
      event = {};
    } else if (!line.startsWith(":")) {
      const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/s.exec(line) ?? [];
      if (name === "data") event["data"] = "data" in event ? `${String(event["data"])}\n${value}` : value;
      else if (name === "id" || name === "event") event[name] = value;
      else if (name === "retry" && /^\d+$/.test(value)) event["retry"] = Number(value);
    }
  }
  if (Object.keys(event).length) yield event;
}

async function* linesOf(response: Response): AsyncGenerator<string, void> {
  if (!response.body) return;
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      yield* lines;
    }
    if (rest) yield rest.replace(/\r$/, "");
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** The JSON value of a text of an answer. Throws UnreadableAnswer, which names places and no values. */
export function valueOf(text: string, exact: boolean, label: string, correlationId: string): unknown {
  try {
    return exact ? parsed(text) : (JSON.parse(text) as unknown);
  } catch (error) {
    if (!(error instanceof InexactNumbers)) {
      throw new UnreadableAnswer(`the answer of ${label} is no JSON`, [], correlationId);
    }
    const message = "it has more digits than a number of JavaScript keeps";
    const places = error.pointers.map((pointer) => ({ pointer, message, location: "body", rule: "exact" }));
    const where = places.slice(0, 3).map((place) => place.pointer || "/").join(", ");
    throw new UnreadableAnswer(`the answer of ${label} has numbers with more digits than JavaScript keeps, at ${where}`, places, correlationId);
  }
}
