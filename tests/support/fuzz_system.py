"""A small REST system to be fuzzed, sound by itself; each fault is switched on by its name."""

import gzip
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, unquote, urlsplit

KEY = "key-of-the-system"
STATUSES = ("active", "blocked")

PARTY = {
    "type": "object", "required": ["id", "code", "name", "status"], "additionalProperties": False,
    "properties": {
        "id": {"type": "integer", "minimum": 1}, "code": {"type": "string", "maxLength": 20},
        "name": {"type": "string", "minLength": 1, "maxLength": 40}, "status": {"$ref": "#/components/schemas/Status"},
        "creditLimit": {"type": "number", "minimum": 0, "maximum": 100000},
        "remark": {"type": "string", "maxLength": 200},
        "createdOn": {"type": "string", "format": "date"},
    },
}  # fmt: skip
NEW = {
    "type": "object", "required": ["code", "name"], "additionalProperties": False,
    "properties": {
        "code": {"type": "string", "minLength": 1, "maxLength": 20},
        **{name: PARTY["properties"][name] for name in ("name", "status", "creditLimit", "remark")},
    },
}  # fmt: skip
CHANGE = {
    "type": "object", "minProperties": 1, "additionalProperties": False,
    "properties": {name: PARTY["properties"][name] for name in ("name", "status", "creditLimit", "remark")},
}  # fmt: skip
ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}


def _body(schema, example=None):
    media = {"schema": schema, **({"example": example} if example else {})}
    return {"content": {"application/json": media}}


def _said(*statuses):
    return {str(status): {"description": "No.", **_body({"$ref": "#/components/schemas/Error"})} for status in statuses}


def contract():
    """Its contract, sound with the system as long as no fault is on."""
    party, error = {"$ref": "#/components/schemas/Party"}, _said
    key = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1, "maximum": 10**9}}
    ]
    match = {"name": "If-Match", "in": "header", "schema": {"type": "string", "maxLength": 60}}
    tag = {"ETag": {"required": True, "schema": {"type": "string"}}}
    query = [
        {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 50}},
        {"name": "offset", "in": "query", "schema": {"type": "integer", "minimum": 0, "maximum": 10000}},
        {"name": "status", "in": "query", "schema": {"$ref": "#/components/schemas/Status"}},
        {"name": "code", "in": "query", "schema": {"type": "string", "pattern": "^[A-Z]-?[0-9]{0,6}$"}},
    ]
    page = {"type": "object", "required": ["items"], "additionalProperties": False,
            "properties": {"items": {"type": "array", "items": party}, "next": {"type": "string"}}}  # fmt: skip
    made = {"201": {"description": "Made.", "headers": {"Location": {"required": True, "schema": {"type": "string"}}},
                    **_body(party)}}  # fmt: skip
    return {
        "openapi": "3.0.3", "info": {"title": "Parties", "version": "1.0.0"},
        "servers": [{"url": "https://harbour.example"}], "security": [{"token": []}],
        "paths": {
            "/parties": {
                "get": {"operationId": "listParties", "parameters": query,
                        "responses": {"200": {"description": "A page.", **_body(page)}, **error(400)}},
                "post": {"operationId": "createParty",
                         "requestBody": {"required": True, **_body({"$ref": "#/components/schemas/NewParty"},
                                                                   {"code": "P-900", "name": "Elbtal Pumpen"})},
                         "responses": {**made, **error(400, 409)}},
            },
            "/parties/{id}": {
                "parameters": key,
                "get": {"operationId": "getParty", "responses": {"200": {"description": "It.", "headers": tag,
                                                                         **_body(party)}, **error(400, 404)}},
                "patch": {"operationId": "changeParty", "parameters": [match],
                          "requestBody": {"required": True, **_body({"$ref": "#/components/schemas/PartyChange"},
                                                                    {"remark": "Calls first"})},
                          "responses": {"200": {"description": "It.", **_body(party)}, **error(400, 404, 412)}},
                "delete": {"operationId": "deleteParty",
                           "responses": {"204": {"description": "Gone."}, **error(400, 404)}},
            },
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {"Party": PARTY, "NewParty": NEW, "PartyChange": CHANGE, "Error": ERROR,
                        "Status": {"type": "string", "enum": list(STATUSES)}},
        },
    }  # fmt: skip


class NoError(Exception):
    """A refusal."""

    def __init__(self, status, text, body=None):
        super().__init__(text)
        self.status, self.text, self.body = status, text, body


_WAYS = {
    "closes": lambda handler: handler.connection.close(),
    "hangs": lambda _: time.sleep(30),
    "garbage": lambda handler: handler.wfile.write(b"220 mail.example ESMTP\r\n"),
    "cuts": lambda handler: handler.wfile.write(b'HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{"items": ['),
}


class System:
    """Runs in a thread until `stop`."""

    def __init__(self, *faults):
        self.faults = set(faults)
        self.lock = threading.Lock()
        self.calls = 0
        self.times = []
        """When each call came, in seconds."""
        self.open, self.most_open = 0, 0
        self.after, self.then = None, "closes"
        """From this call on it behaves otherwise: `closes`, `hangs`, `garbage`, `refuses`, `cuts`."""
        names = ("Nordhafen", "Rheinwerft", "Adler", "Kaiser", "Garonne", "Midi", "Atlas")
        self.rows = {n: self._row(n, {"code": f"P-{n}", "name": f"{name} GmbH", "status": STATUSES[n % 2],
                                      "creditLimit": 100.5, "remark": ""})
                     for n, name in enumerate(names, 101)}  # fmt: skip
        self.next = 500
        system = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one_request(self):
                try:
                    super().handle_one_request()
                except (ConnectionError, ValueError):
                    self.close_connection = True

            def answer(self):
                system.answer(self)

            do_GET = do_POST = do_PATCH = do_DELETE = answer  # noqa: N815 - names of the library

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def _row(self, number, given):
        return {"id": number, "status": "active", "creditLimit": 0, "remark": "", "createdOn": "2026-01-05", **given,
                "version": 1}  # fmt: skip

    def on(self, fault):
        return fault in self.faults

    def answer(self, handler):
        with self.lock:
            self.calls += 1
            self.open += 1
            self.times.append(time.monotonic())
            number, self.most_open = self.calls, max(self.most_open, self.open)
        size = int(handler.headers.get("content-length") or 0)
        body = handler.rfile.read(size)
        then = self.then if self.after is not None and number > self.after else ""
        if then in _WAYS:
            self.leave()
            _WAYS[then](handler)
            handler.close_connection = True
            return
        headers = {}
        try:
            if then == "refuses":
                headers["retry-after"] = "0"
                raise NoError(429, "slow down")
            if not self.on("auth-ignored") and handler.headers.get("x-erp-key") != KEY:
                raise NoError(401, "no key")
            with self.lock:
                status, value = self.work(handler.command, urlsplit(handler.path), handler.headers, body, headers)
            data = b"" if value is None else json.dumps(value).encode()
        except NoError as error:
            status = error.status
            data = (error.body or json.dumps({"error": error.text})).encode()
        except Exception:  # noqa: BLE001 - as a system would
            status, data = 500, b'{"error": "internal"}'
        if headers.get("content-encoding") == "gzip":
            data = gzip.compress(data)
        kind = headers.pop("content-type", "application/json")
        head = f"HTTP/1.1 {status} X\r\n"
        head += f"content-type: {kind}\r\n" if data else ""
        head += "".join(f"{name}: {text}\r\n" for name, text in headers.items())
        head += "" if status == 204 else f"content-length: {len(data)}\r\n"
        self.leave()
        handler.wfile.write(head.encode() + b"\r\n" + data)

    def leave(self):
        """A call is as good as over: who has its answer may make the next one at once."""
        with self.lock:
            self.open -= 1

    def work(self, method, url, headers, body, out):
        parts = [unquote(part) for part in url.path.strip("/").split("/")]
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        if parts[0] != "parties":
            raise NoError(404, "no such thing")
        if len(parts) == 1:
            return self.list(query) if method == "GET" else self.create(self.read(body, NEW), out)
        number = int(parts[1]) if parts[1].isdecimal() and 1 <= int(parts[1]) <= 10**9 else None
        if number is None:
            raise NoError(400, "no key")
        if self.on("leaks-stack") and number not in self.rows:
            raise NoError(
                404, "", json.dumps({"error": 'Traceback (most recent call last): File "/opt/erp/app.py", line 3'})
            )
        row = self.rows.get(number)
        if row is None:
            raise NoError(404, "there is none")
        if method == "GET":
            out["ETag"] = f'"{row["version"]}"'
            if self.on("no-etag"):
                del out["ETag"]
            return 200, self.shown(row)
        if method == "DELETE":
            if not self.on("deleted-stays"):
                del self.rows[number]
            return 204, None
        return self.change(row, self.read(body, CHANGE), headers)

    def read(self, body, schema):
        try:
            value = json.loads(body)
        except ValueError:
            raise NoError(400, "no JSON") from None
        if not isinstance(value, dict):
            raise NoError(400, "no object")
        if self.on("takes-anything"):
            return value
        for name in schema.get("required", ()):
            if name not in value:
                raise NoError(400, f"{name} is missing")
        if len(value) < schema.get("minProperties", 0):
            raise NoError(400, "nothing to change")
        for name, held in value.items():
            self.check(name, held, schema)
        return value

    def check(self, name, held, schema):
        known = schema["properties"].get(name)
        if known is None:
            raise NoError(400, f"{name} is not known")
        if name == "creditLimit":
            if isinstance(held, bool) or not isinstance(held, int | float) or not 0 <= held <= 100000:
                raise NoError(400, "bad creditLimit")
            return
        if not isinstance(held, str) or (name == "status" and held not in STATUSES):
            raise NoError(400, f"bad {name}")
        most = known.get("maxLength", 20)
        if self.on("short-names") and name == "name":
            most = 25
        if len(held) > most or (name in ("name", "code") and not held):
            raise NoError(400, f"bad {name}")
        if self.on("fails-on-letters") and not held.isascii():
            raise RuntimeError

    def create(self, given, out):
        if self.on("needs-remark") and "remark" not in given:
            raise NoError(400, "remark is missing")
        if self.on("fails-on-edge") and given.get("creditLimit") == 100000:
            raise RuntimeError
        if any(row["code"] == given.get("code") for row in self.rows.values()):
            raise NoError(409, "there is one of that code")
        self.next += 1
        number = self.next
        if not self.on("loses-new"):
            self.rows[number] = self._row(number, self.kept(given))
        out["Location"] = f"http://erp.inner.example/parties/{number}"
        return (200 if self.on("other-status") else 201), self.shown(self._row(number, self.kept(given)))

    def kept(self, given):
        made = dict(given)
        if self.on("cuts-text") and isinstance(made.get("name"), str):
            made["name"] = made["name"][:30]
        return made

    def change(self, row, given, headers):
        stated = headers.get("if-match")
        if stated and stated != "*" and stated != f'"{row["version"]}"' and not self.on("condition-ignored"):
            raise NoError(412, "another version")
        if not self.on("drops-changes"):
            row.update(self.kept(given))
        row["version"] += 1
        return 200, self.shown({**row, **given})

    def list(self, query):
        for name, least, most in (("limit", 1, 50), ("offset", 0, 10000)):
            if name in query and not (query[name].isdecimal() and least <= int(query[name]) <= most):
                raise NoError(400, f"bad {name}")
        if "status" in query and query["status"] not in STATUSES:
            raise NoError(400, "bad status")
        if "code" in query and not re.fullmatch(r"[A-Z]-?[0-9]{0,6}", query["code"], re.ASCII):
            raise NoError(400, "bad code")
        rows = [row for row in self.rows.values() if row["status"] == query.get("status", row["status"])
                or self.on("filter-ignored")]  # fmt: skip
        rows = [row for row in rows if row["code"].startswith(query.get("code", ""))]
        offset = 0 if self.on("offset-ignored") else int(query.get("offset", 0))
        limit = 50 if self.on("limit-ignored") else int(query.get("limit", 50))
        return 200, {"items": [self.shown(row) for row in rows[offset : offset + limit]]}

    def shown(self, row):
        shown = {name: value for name, value in row.items() if name != "version"}
        if self.on("number-as-text"):
            shown["creditLimit"] = str(shown["creditLimit"])
        if self.on("null-remark"):
            shown["remark"] = None
        if self.on("new-status") and row["id"] == 103:
            shown["status"] = "archived"
        if self.on("custom-field"):
            shown["z_margin"] = 0.31
        if self.on("missing-code"):
            shown.pop("code")
        return shown
