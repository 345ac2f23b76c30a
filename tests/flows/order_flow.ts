// A whole order through the gateway; what was seen is written as JSON.
import { createClient, enums, inputs, isProblem, type Notice, StatusError } from "@meridian/sales-orders";
import { createClient as createStock } from "@meridian/stock";

const { GATEWAY = "", ISSUER = "", KEY = "" } = process.env;
const asked: (string | undefined)[] = [];
const events: string[] = [];

async function token(refused?: string): Promise<string> {
  asked.push(refused);
  if (asked.length === 1) return "old.token.nobody-takes";
  const scope = "sales-orders.read sales-orders.write sales-orders.delete stock.read";
  const body = new URLSearchParams({ grant_type: "client_credentials", client_id: "webshop", client_secret: "unused", scope });
  const answer = await fetch(ISSUER, { method: "POST", body });
  return ((await answer.json()) as { access_token: string }).access_token;
}

async function problem(call: Promise<unknown>): Promise<object> {
  try {
    await call;
  } catch (error) {
    if (isProblem(error)) {
      const places = error.places.map((place) => [place.pointer, place.rule]);
      return { kind: error.kind, status: error.status, effect: error.effect, places, message: error.message };
    }
    if (error instanceof StatusError) return { status: error.status, correlation: error.correlationId !== "" };
    throw error;
  }
  return {};
}

let cached: Promise<string> | undefined;
const client = createClient({
  baseUrl: `${GATEWAY}/sales-orders/v1`,
  entity: "mde",
  token: (refused) => (cached = refused === undefined && cached ? cached : token(refused)),
  onEvent: (event) => events.push(`${event.operation} ${event.status} ${event.problem}`),
  trace: () => ({ traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" }),
});
const order: inputs.NewOrder = {
  SalesOrderType: enums.NewOrderSalesOrderType.OR,
  DistributionChannel: "10",
  OrganizationDivision: "00",
  SoldToParty: "17100001",
  PurchaseOrderByCustomer: "PO-77",
  to_Item: [{ Material: "PUMP-40", RequestedQuantity: "2" }],
};

const list = await client.GET("/A_SalesOrder", { params: { query: { $top: 3 } } });
const placed = await client.POST("/A_SalesOrder", { body: order, correlationId: "order-flow-1" });
const number = placed.data.d.SalesOrder ?? "";
const path = "/A_SalesOrder('{SalesOrder}')";
const read = await client.GET(path, { params: { path: { SalesOrder: number } } });
const change = { params: { path: { SalesOrder: number }, header: { "If-Match": read.etag ?? "" } }, body: { PurchaseOrderByCustomer: "PO-78" } };
const changed = await client.PATCH(path, change);
const again = await problem(client.PATCH(path, change));
const wrong = await problem(
  client.POST("/A_SalesOrder", { body: { ...order, to_Item: [{ Material: "PUMP-40", RequestedQuantity: "two" }] } }),
);
const now = await client.GET(path, { params: { path: { SalesOrder: number } } });
const unchanged = await problem(
  client.GET(path, { params: { path: { SalesOrder: number }, header: { "If-None-Match": now.etag ?? "" } } }),
);
const gone = await client.DELETE(path, { params: { path: { SalesOrder: number }, header: { "If-Match": now.etag ?? "" } } });
const missing = await problem(client.GET(path, { params: { path: { SalesOrder: number } } }));

const notices: Notice[] = [];
const old = client.with({ version: "1.0", onNotice: (notice) => notices.push(notice) });
for (let at = 0; at < 3; at += 1) await old.GET(path, { params: { path: { SalesOrder: "4711" } } });
const stock = createStock({ baseUrl: `${GATEWAY}/stock/v1`, apiKey: KEY });
const rows = await stock.GET("/stock/{material}", { params: { path: { material: "PUMP-40" } } });
const nobody = createStock({ baseUrl: `${GATEWAY}/stock/v1` });
const unasked = await nobody.GET("/stock/{material}", { params: { path: { material: "PUMP-40" } } }).catch(String);
const raw = await client.unread.GET("/A_SalesOrder", { params: { query: { $top: 1 } } });
const text: string = await raw.data.text();

console.log(JSON.stringify({
  asked, events, listed: list.data.d.results.length, number, correlation: placed.correlationId, version: placed.version,
  before: read.data.d.PurchaseOrderByCustomer, changed: [changed.status, changed.data === undefined], again, wrong,
  after: now.data.d.PurchaseOrderByCustomer, unchanged, gone: gone.status, missing, notices,
  stock: rows.data.stock.map((row) => row.material), unasked, raw: text.slice(0, 5),
}));
