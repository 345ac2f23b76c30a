"""A group whose entities share systems: companies in the path, organisations in the records; and the systems."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

from flows_workspace import PEPPER, claims, consumer, key_set, system, token
from gateway_thread import GatewayThread, write

NORTH, SOUTH = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
TEXT = {"type": "string"}
BODY = "application/json"


def answer(schema, status="200", **headers):
    return {status: {"description": "x", "content": {BODY: {"schema": schema}},
                     "headers": {name: {"schema": TEXT} for name in headers}}}  # fmt: skip


def query(*names):
    return [{"name": name, "in": "query", "schema": TEXT} for name in names]


def header(*names):
    return [{"name": name, "in": "header", "schema": TEXT} for name in names]


def key(*names):
    return [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in names]


def operation(name, responses, *parameters, body=None, also=("404", "412", "428")):
    described = {"operationId": name, "security": [{"token": []}], "parameters": [*parameters],
                 "responses": {**responses, **{status: {"description": "x"} for status in also}}}  # fmt: skip
    if body is not None:
        described["requestBody"] = {"required": True, "content": {BODY: {"schema": body}}}
    return described


def contract(title, paths):
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1.0"}, "paths": paths, "components": {
        "securitySchemes": {"token": {"type": "oauth2", "flows": {"clientCredentials": {
            "tokenUrl": "https://t.example/", "scopes": {}}}}}}}  # fmt: skip


ORDER = {"type": "object", "properties": {"id": TEXT, "number": TEXT, "company": TEXT}}
V4_PAGE = {"type": "object", "properties": {"value": {"type": "array", "items": ORDER}}}
COMPANY = key("company_id")
BOOKS = contract("Books", {
    "/companies": {"get": operation("listCompanies", answer(V4_PAGE))},
    "/companies({company_id})": {"get": operation("getCompany", answer(ORDER), *COMPANY)},
    "/companies({company_id})/orders": {
        "get": operation("listOrders", answer(V4_PAGE), *COMPANY, *query("$filter", "$top", "$skiptoken", "$expand")),
        "post": operation("createOrder", answer(ORDER, "201", Location=1), *COMPANY,
                          body={"type": "object", "properties": {"number": TEXT}}),
    },
    "/companies({company_id})/orders({id})": {"get": operation("getOrder", answer(ORDER), *COMPANY, *key("id"))},
})  # fmt: skip

ITEM = {"type": "object", "properties": {"Order": TEXT, "Item": TEXT, "Amount": {"type": "number"}}}
SALE = {"type": "object", "properties": {
    "Order": TEXT, "Org": TEXT, "Total": {"type": "number"}, "Note": TEXT, "to_Item": {"type": "object"}}}  # fmt: skip
NEW_SALE = {"type": "object", "required": ["Note", "Org"], "additionalProperties": False, "properties": {
    "Note": TEXT, "Org": TEXT, "to_Item": {"type": "array", "items": {
        "type": "object", "additionalProperties": False, "properties": {"Item": TEXT}}}}}  # fmt: skip
CHANGE = {"type": "object", "properties": {"Note": TEXT}}


def d(schema):
    return {"type": "object", "properties": {"d": schema}}


def page(schema):
    return d({"type": "object", "properties": {
        "results": {"type": "array", "items": schema}, "__next": TEXT, "__count": TEXT}})  # fmt: skip


OPTIONS = query("$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$skiptoken", "$inlinecount", "$format")
SALES = contract("Sales", {
    "/Sales": {
        "get": operation("listSales", answer(page(SALE)), *OPTIONS),
        "post": operation("createSale", answer(d(SALE), "201", Location=1, ETag=1), body=NEW_SALE, also=("400",)),
    },
    "/Sales('{Order}')": {
        "get": operation("getSale", {**answer(d(SALE), ETag=1), "304": {"description": "x"}}, *key("Order"),
                         *query("$select", "$expand"), *header("If-None-Match")),
        "patch": operation("changeSale", {"204": {"description": "x"}}, *key("Order"),
                           *header("If-Match", "If-None-Match", "If-Unmodified-Since"), body=CHANGE, also=("404", "412")),
        "delete": operation("deleteSale", {"204": {"description": "x"}}, *key("Order"), *header("If-Match")),
    },
    "/Sales('{Order}')/$count": {"get": operation("countSale", answer(TEXT), *key("Order"))},
    "/Sales('{Order}')/to_Item": {
        "get": operation("listItems", answer(page(ITEM)), *key("Order"), *OPTIONS),
        "post": operation("addItem", answer(d(ITEM), "201"), *key("Order"), body={"type": "object", "properties": {
            "Item": TEXT}}),
    },
    "/Items(Order='{Order}',Item='{Item}')": {
        "get": operation("getItem", answer(d(ITEM)), *key("Order", "Item")),
        "patch": operation("changeItem", {"204": {"description": "x"}}, *key("Order", "Item"), body=CHANGE,
                           also=("404", "412")),
    },
    "/Items(Order='{Order}',Item='{Item}')/to_Sale": {
        "get": operation("saleOfItem", answer(d(SALE)), *key("Order", "Item"))},
})  # fmt: skip

PART = {"type": "object", "properties": {"id": TEXT, "company": TEXT, "amount": {"type": "number"}}}
PARTS = contract("Parts", {
    "/parts": {
        "get": operation("listParts", answer({"type": "array", "items": PART}), *query("company", "q")),
        "post": operation("createPart", answer(PART, "201"), body={
            "type": "object", "required": ["company"], "properties": {"company": TEXT, "amount": {"type": "number"}}}),
    },
    "/areas/{area}/parts/{id}": {"get": operation("getPart", answer(PART), *key("area", "id"), *header("X-Company"))},
})  # fmt: skip


def part_pins(value):
    """How `rest`'s offers are kept apart: by everything at once."""
    return {"query": {"company": value}, "header": {"X-Company": value}, "body": {"company": value},
            "path": {"area": f"a {value}"}, "record": {"field": "company", "value": value}}  # fmt: skip


SALE_OF = "/Sales('{Order}')"


def org_pins(value):
    """How `org`'s offers are kept apart by a field of the record."""
    by_parent = {"parent": SALE_OF, "same": ["Order"]}
    return {
        "record": {"field": "Org", "value": value}, "body": {"Org": value},
        "nested": {"to_Item": {"same": ["Order"]}},
        "proofs": {"listItems": by_parent, "getItem": by_parent, "changeItem": by_parent, "addItem": by_parent,
                   "saleOfItem": {"own": True}},
    }  # fmt: skip


def entity(name, *offers):
    return {"name": name, "country": "DE", "owner": "x", "stage": "onboarded", "offers": [*offers]}


def offer(contract, on, **pins):
    return {"contract": contract, "system": on, "pins": pins}


def api():
    return {"title": "A", "owner": "x", "visibility": "partner", "versions": {"1.0": {"stage": "active"}}}


def write_pinned(folder, upstream, modes=()):
    issuer = f"http://127.0.0.1:{upstream}"
    url = f"http://127.0.0.1:{upstream}"
    write(folder, {
        "contracts/books/api.yaml": api(), "contracts/books/1.0.yaml": BOOKS,
        "contracts/sales/api.yaml": api(), "contracts/sales/1.0.yaml": SALES,
        "contracts/parts/api.yaml": api(), "contracts/parts/1.0.yaml": PARTS,
        "systems/rest.yaml": system(f"{url}/rest"),
        "systems/central.yaml": system(f"{url}/v4", protocol="odata-v4"),
        "systems/suite.yaml": system(f"{url}/v2", protocol="odata-v2", query={"sap-client": "100"}),
        "entities/north.yaml": entity(
            "North", offer("books@1.0", "central", path={"company_id": NORTH}, nested={"lines": "address"}),
            offer("sales@1.0", "suite", **org_pins("1710")),
            offer("parts@1.0", "rest", **part_pins("1710"))),
        "entities/south.yaml": entity(
            "South", offer("books@1.0", "central", path={"company_id": SOUTH}, nested={"lines": "address"}),
            offer("sales@1.0", "suite", **org_pins("1720")),
            offer("parts@1.0", "rest", **part_pins("1720"))),
        "consumers/shop.yaml": consumer("wide", claims("shop"), entities=["north", "south"], default_entity="north"),
        "consumers/loose.yaml": consumer("wide", claims("loose"), entities=["north", "south"]),
        "consumers/other.yaml": consumer("wide", claims("other"), entities=["north"]),
        "policies/plans.yaml": {"plans": {"wide": {"rates": [
            {"name": "burst", "requests": 100_000, "window_seconds": 60}]}}},
        "policies/modes.yaml": {"modes": [*modes]},
        "policies/issuers.yaml": {"issuers": {"main": {
            "issuer": issuer, "audience": "flows", "jwks_url": f"{issuer}/jwks.json", "consumer_claim": "sub"}}},
        ".tidewaiter/node.yaml": {"secrets": {"KEY_PEPPER": {"value": PEPPER}}},
    })  # fmt: skip


class SharedSystem:
    """Two companies and two organisations behind one address. Remembers what it was asked.

    `sales` are held by number; `before_write` is run between a proof and its write; `rows` replaces a list,
    `says` what an answer of a company says that it is.
    """

    def __init__(self):
        self.asked = []
        self.reset()
        handler = type("Handler", (_Handler,), {"shared": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def reset(self):
        self.sales = {
            "1": {"Order": "1", "Org": "1710", "Total": 1, "Note": "north"},
            "2": {"Order": "2", "Org": "1720", "Total": 2, "Note": "CANARY"},
            "3": {"Order": "3", "Org": "1710", "Total": 3, "Note": "more"},
        }
        self.items = {("1", "10"): {"Order": "1", "Item": "10", "Amount": 1},
                      ("2", "10"): {"Order": "2", "Item": "10", "Amount": 99}}  # fmt: skip
        self.version = dict.fromkeys(self.sales, 1)
        self.rows = self.next_query = self.before_write = None
        self.tagless = False
        self.says = ""
        self.fails = {}
        self.asked.clear()

    def bearer(self, name="shop"):
        return {"Authorization": f"Bearer {token(self.port, name)}"}

    def etag(self, number):
        return f'W/"{number}-{self.version[number]}"'

    def close(self):
        self._server.shutdown()
        self._server.server_close()

    def answer(self, method, target, headers, body):
        """(status, value, headers)."""
        path, options = unquote(urlsplit(target).path), dict(parse_qsl(urlsplit(target).query))
        if path == "/jwks.json":
            return 200, key_set(), {}
        self.asked.append((method, target, headers, body))
        if path.startswith("/rest"):
            return self._parts(method, body)
        if path.startswith("/v4"):
            return self._books(method, path.removeprefix("/v4"), body)
        if self.before_write is not None and method != "GET":
            self.before_write()
        if path in self.fails:
            return self.fails[path], {"error": {"message": {"value": "CANARY of 1720"}}}, {}
        return self._sales(method, path.removeprefix("/v2"), options, headers, body)

    def _parts(self, method, body):
        """Says what it was told, whatever it was asked for."""
        if self.rows is not None:
            return 200, self.rows, {}
        made = {"id": "1", "company": "1710", **(json.loads(body) if body else {})}
        return (201, made, {}) if method == "POST" else (200, made if "/areas/" in self.asked[-1][1] else [made], {})

    def _books(self, method, path, body):
        base = f"http://127.0.0.1:{self.port}/v4"
        company = re.match(r"/companies\(([^)]*)\)", path)
        rows = [{"id": f"{company[1] if company else 'all'}-{n}", "number": str(n)} for n in (1, 2)]
        said = self.says or f"companies({company[1] if company else ''})/orders"
        context = {"@odata.context": f"{base}/$metadata#{said}"}
        if method == "POST":
            place = f"{base}/companies({company[1]})/orders(9)"
            return 201, {**context, "id": "9", **json.loads(body)}, {"location": place}
        if path.endswith("orders"):
            more = {"@odata.nextLink": f"{base}{path}?{self.next_query}"} if self.next_query else {}
            return 200, {**context, "value": rows, **more}, {}
        return 200, {**context, **rows[0]}, {}

    def _sales(self, method, path, options, headers, body):
        missing = 404, {"error": {"message": {"value": f"no {path}"}}}, {}
        if path == "/Sales":
            if method == "POST":
                made = {"Order": "9", "Total": 0, **json.loads(body)}
                made.pop("to_Item", None)
                self.sales["9"], self.version["9"] = made, 1
                return 201, {"d": self._shown(made, {})}, {"location": f"{self._base}/Sales('9')"}
            rows = self.rows if self.rows is not None else self._filtered(options)
            shown = {"results": [self._shown(row, options) for row in rows], "__count": str(len(rows))}
            if self.next_query:
                shown["__next"] = f"{self._base}/Sales?{self.next_query}"
            return 200, {"d": shown}, {}
        one = re.fullmatch(r"/Sales\('([^']*)'\)(/to_Item)?", path)
        item = re.fullmatch(r"/Items\(Order='([^']*)',Item='([^']*)'\)(/to_Sale)?", path)
        number = (one or item)[1]
        sale = self.sales.get(number)
        if sale is None or (item and (number, item[2]) not in self.items):
            return missing
        if method in ("PATCH", "DELETE"):
            if headers.get("if-match") not in (self.etag(number), "*"):
                return (412 if "if-match" in headers else 428), None, {}
            if method == "DELETE":
                del self.sales[number]
            else:
                sale.update(json.loads(body))
                self.version[number] += 1
            return 204, None, {}
        if one and one[2]:
            rows = [row for held, row in self.items.items() if held[0] == number]
            if method == "POST":
                made = {"Order": number, **json.loads(body)}
                self.items[number, made["Item"]] = made
                return 201, {"d": made}, {}
            return 200, {"d": {"results": rows}}, {}
        if item and not item[3]:
            return 200, {"d": self.items[number, item[2]]}, {}
        if headers.get("if-none-match") == self.etag(number):
            return 304, None, {"etag": self.etag(number)}
        return 200, {"d": self._shown(sale, options)}, {} if self.tagless else {"etag": self.etag(number)}

    @property
    def _base(self):
        return f"http://127.0.0.1:{self.port}/v2"

    def _shown(self, row, options):
        names = options.get("$select", "").split(",")
        made = {name: value for name, value in row.items() if names == [""] or name in names}
        number = row.get("Order", "")
        if "to_Item" in options.get("$expand", ""):
            made["to_Item"] = {"results": [i for held, i in self.items.items() if held[0] == number]}
        return {"__metadata": {"uri": f"{self._base}/Sales('{number}')", "type": "S.Sale"}, **made}

    def _filtered(self, options):
        """Only the pin's own condition is understood: the rest of the text must hold nothing that undoes it."""
        found = re.match(r"\(?Org eq '([^']*)'\)?(?: and \((.*)\))?$", options.get("$filter", ""))
        rows = list(self.sales.values())
        return [row for row in rows if row["Org"] == found[1]] if found else rows


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shared = None

    def _serve(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        status, value, more = self.shared.answer(self.command, self.path, headers, body)
        raw = b"" if value is None else value if isinstance(value, bytes) else json.dumps(value).encode()
        self.send_response(status)
        for name, text in {"content-length": str(len(raw)), **({"content-type": BODY} if raw else {}), **more}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(raw)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815 - names that the library looks for

    def log_message(self, *_):
        """Quiet."""


class PinnedGateway(GatewayThread):
    """A gateway before a system that entities share; for the consumer `loose` no contract is enforced."""

    def __init__(self, folder):
        self.system = SharedSystem()
        loose = {"mode": "off", "consumer": "loose", "reason": "pins hold without contracts"}
        write_pinned(folder, self.system.port, [loose])
        super().__init__(folder, {})

    def close(self):
        self.stop()
        self.system.close()

    def call(self, method, path, entity="north", body=None, consumer="shop", **headers):
        sent = {**self.system.bearer(consumer), "X-Entity": entity}
        if body is not None:
            sent["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        sent.update({name.replace("_", "-"): value for name, value in headers.items()})
        return super().call(method, path, sent, body)
