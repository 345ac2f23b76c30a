// Calls against a server that is a function: what was sent, and what came of each answer. Written as JSON.
import { ClientError, ConnectionFailed, createClient, enums, isProblem, type models, type Notice, StatusError } from "@acme/shop";

interface Sent { method: string; url: string; headers: Record<string, string>; body: string }
type Said = (request: Request) => Response | Promise<Response>;

const json = (body: string, status = 200, headers: Record<string, string> = {}): Said => () =>
  new Response(status === 204 ? null : body, { status, headers: { "content-type": "application/json", ...headers } });
const refused = (name: string, status: number, more: object = {}, headers: Record<string, string> = {}): Said => () =>
  new Response(JSON.stringify({ type: `https://gateway.example/-/problems/${name}`, title: name, status, ...more }), {
    status, headers: { "content-type": "application/problem+json", ...headers },
  });
const lost = (code: string): Said => () => Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(code), { code }) }));

/** A client whose server gives these answers one after the other, the last of them for ever. */
function served(...answers: Said[]) {
  const sent: Sent[] = [];
  const notices: Notice[] = [];
  const waits: (number | undefined)[] = [];
  const client = createClient({
    baseUrl: "https://shop.example/v1/",
    token: "t0ken",
    retries: { firstSeconds: 0.001, longestSeconds: 0.002 },
    onNotice: (notice) => notices.push(notice),
    onEvent: (event) => waits.push(event.waitsSeconds),
    fetch: async (request) => {
      const answer = answers[Math.min(sent.length, answers.length - 1)];
      sent.push({ method: request.method, url: request.url, headers: Object.fromEntries(request.headers), body: await request.clone().text() });
      if (!answer) throw new Error("nothing to answer");
      return answer(request);
    },
  });
  return { client, sent, notices, waits };
}

async function told(call: Promise<unknown>): Promise<object> {
  try {
    await call;
    return { done: true };
  } catch (error) {
    const name = error instanceof ClientError ? error.name : `? ${String(error)}`;
    const message = error instanceof Error ? error.message : "";
    if (error instanceof StatusError) return { name, message, effect: error.effect, retryAfter: error.retryAfterSeconds, problem: isProblem(error) };
    if (error instanceof ConnectionFailed) return { name, message, effect: error.effect };
    const places = error instanceof Object && "places" in error ? error.places : undefined;
    return { name, message, places };
  }
}

const found: Record<string, unknown> = {};
const order = { id: 1, price: "1.10" };

{
  const { client, sent } = served(json('{"id":1,"state":"newer","more":{"a":1}}'));
  const answer = await client.POST("/orders", { body: order, headers: { "X-Extra": "yes" }, entity: "mde", version: "1.0", correlationId: "c-1" });
  const data: models.Order | undefined = answer.data;
  found["open"] = [data?.state, enums.isKnown(enums.State, data?.state), data];
  found["sent"] = sent;
}
{
  const { client, sent } = served(json("[]"));
  const all = { list: ["a b", "c&d"], comma: ["x", "y,z"], pipe: ["1", "2"], deep: { a: "1", b: { c: "ü" } }, json: { k: [1] }, free: "a/b?c", flag: true, when: "2030-01-01T00:00:00Z" };
  await client.GET("/find/{id}/{ids}", { params: { path: { id: "a/b c", ids: ["1", "2"] }, query: all, header: { "X-List": ["a", "b"] }, cookie: { c: "1 2" } } });
  found["written"] = [sent[0]?.url, sent[0]?.headers["x-list"], sent[0]?.headers["cookie"]];
  found["quoted"] = await client.GET("/rows('{key}')", { params: { path: { key: "O'Neil/1" } } }).then(() => sent[1]?.url);
  found["dots"] = await told(client.GET("/rows('{key}')", { params: { path: { key: ".." } } }));
  found["empty"] = await told(client.GET("/find/{id}/{ids}", { params: { path: { id: "", ids: [] } } }));
  found["controls"] = await told(client.GET("/orders", { headers: { "X-A": "a\r\nX-B: c" } }));
}
{
  const { client, sent } = served(json("", 204));
  await client.POST("/form", { body: { name: "a b", tags: ["x", "y"], nested: { k: "v" } } });
  await client.POST("/upload", { body: { file: new Blob(["data"], { type: "text/x" }), note: "n", meta: { a: 1 } } });
  await client.PUT("/file", { body: new TextEncoder().encode("bytes") });
  const stream = new Blob(["streamed"]).stream();
  await client.PUT("/file", { body: stream });
  found["bodies"] = sent.map((one) => [one.headers["content-type"]?.split(";")[0], one.body.replaceAll(/--+[\w-]+/g, "--")]);
  found["numbers sent"] = await client.POST("/orders", { body: { id: 12345678901234567890n, price: "1" } }).then(() => sent.at(-1)?.body);
  found["no number"] = await told(client.POST("/orders", { body: { id: Number.NaN, price: "1" } }));
}
{
  const { client } = served(json('{"id":12345678901234567890,"price":"1.10","weight":0.1}'));
  found["inexact"] = await told(client.GET("/orders"));
  found["rounded"] = (await client.with({ numbers: "round" }).GET("/orders")).data;
  found["text"] = await (await client.unread.GET("/orders")).data.text();
  const exact = ["1.10", "0.30000000000000004", "123456789012345.67", "1e2", "9007199254740991", "-0.0", "1.0000000000000000"];
  const lossy = ["9007199254740993", "99999999999999.99", "0.1234567890123456789", "1e400", "12345678901234567.5"];
  const reads = async (number: string) => "done" in (await told(served(json(`{"id":1,"a":[{"b/c":"9007199254740993"},${number}]}`)).client.GET("/orders")));
  found["exact"] = [await Promise.all(exact.map(reads)), await Promise.all(lossy.map(reads))];
  found["place"] = await told(served(json('{"a":["\\"1,[",{"b/c":[1,9007199254740993]}],"d":{"e":1e400}}')).client.GET("/orders"));
}
{
  const busy = refused("system-busy", 503, { effect: "none" }, { "retry-after": "0" });
  const spent = refused("rate-limited", 429, {}, { "retry-after": "61" });
  const unknown = refused("system-timeout", 504, { effect: "unknown" });
  const run = async (write: boolean, ...answers: Said[]) => {
    const { client, sent, waits } = served(...answers);
    const call = write ? client.POST("/orders", { body: order }) : client.GET("/orders");
    return [sent, await told(call), sent.length, waits.filter((wait) => wait !== undefined).length].slice(1);
  };
  const ok = json('{"id":1}');
  found["retries"] = {
    "a read": await run(false, unknown, unknown, ok),
    "a write without effect": await run(true, busy, ok),
    "a write with an effect unknown": await run(true, unknown, ok),
    "asked to wait too long": await run(false, spent, ok),
    "for ever": await run(false, unknown),
    "never reached": await run(true, lost("ECONNREFUSED"), ok),
    "lost on the way": await run(true, lost("ECONNRESET"), ok),
    "a read lost": await run(false, lost("ECONNRESET"), ok),
    "a stream": await (async () => {
      const { client, sent } = served(busy, ok);
      return [await told(client.PUT("/file", { body: new Blob(["x"]).stream() })), sent.length];
    })(),
  };
  const { client, sent } = served(unknown);
  for (let at = 0; at < 12; at += 1) await told(client.GET("/orders"));
  found["budget"] = sent.length - 12;
}
{
  const old = { deprecation: "@1700000000", sunset: "Tue, 01 Jun 2027 00:00:00 GMT", "api-version": "1.0", link: '<https://x.example/new>; rel="successor-version"' };
  const { client, notices } = served(json('{"id":1}', 200, old));
  await client.GET("/orders");
  await client.with({ entity: "mna" }).GET("/orders");
  found["notices"] = notices.map((notice) => notice.message);
}
{
  const events = 'event: made\ndata: {"id":1}\ndata: x\nid: 7\n\n: quiet\n\ndata: last';
  const pieces = (text: string): Said => () => {
    const bytes = new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({ start(control) { for (const byte of bytes) control.enqueue(Uint8Array.of(byte)); control.close(); } });
    return new Response(body, { headers: { "content-type": "application/jsonl" } });
  };
  const lines: models.Order[] = [];
  for await (const line of (await served(pieces('{"id":1}\r\n\n{"id":2}')).client.GET("/lines")).data) lines.push(line);
  const made: unknown[] = [];
  for await (const event of (await served(pieces(events)).client.GET("/events")).data) made.push(event);
  const file = await served(pieces("file")).client.GET("/file");
  found["pieces"] = [lines, made, await file.data.text()];
}
{
  const slow: Said = (request) => new Promise((_, fail) => request.signal.addEventListener("abort", () => fail(request.signal.reason)));
  found["late"] = await told(served(slow).client.POST("/orders", { body: order, timeoutSeconds: 0.02 }));
  const control = new AbortController();
  const call = served(slow).client.GET("/orders", { signal: control.signal });
  control.abort(new Error("the user left"));
  found["left"] = await told(call);
  found["html"] = await told(served(() => new Response("<p>", { status: 502, headers: { "content-type": "text/html" } })).client.POST("/orders", { body: order }));
  found["no json"] = await told(served(json("{")).client.GET("/orders"));
  found["addresses"] = ["", "ftp://x", "https://u:secret@x/", "https://x/?a=1", "x"].map((baseUrl) => {
    try {
      return createClient({ baseUrl });
    } catch (error) {
      return String(error);
    }
  });
}
console.log(JSON.stringify(found, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value)));
