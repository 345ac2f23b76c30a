"""A system that answers piece by piece, when a test says so, and remembers the bodies that reached it."""

import queue
import socketserver
import threading
import time

from gateway_thread import GatewayThread, write

from policies.keys import new_key

PEPPER = "a pepper of the streams"
ORDER = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
EVENT = {
    "type": "object", "required": ["data", "event"],
    "properties": {"event": {"enum": ["stock"]}, "data": {"type": "string", "contentMediaType": "application/json"}},
}  # fmt: skip
UPLOAD = {
    "type": "object", "required": ["order", "scan"], "additionalProperties": False,
    "properties": {"order": ORDER, "scan": {"type": "string", "format": "binary"},
                   "pages": {"type": "array", "items": {"type": "string", "format": "binary"}}},
}  # fmt: skip


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        head = b""
        while b"\r\n\r\n" not in head:
            line = self.rfile.readline(65_536)
            if not line:
                return
            head += line
        named = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in head.decode().splitlines()[1:])}
        body = self.rfile.read(int(named.get("content-length", 0)))
        self.server.seen.append((named, body))
        if head.startswith(b"POST"):
            answer = b'{"id": 1}'
            self.wfile.write(
                b"HTTP/1.1 201 Created\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n" + answer
            )
            return
        kind, pieces = self.server.media_type.encode(), self.server.pieces
        self.wfile.write(
            b"HTTP/1.1 %d X\r\ncontent-type: " % self.server.status + kind + b"\r\ntransfer-encoding: chunked\r\n\r\n"
        )
        while (piece := pieces.get(timeout=10)) is not None:
            try:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
            except OSError:
                self.server.cut.set()
                return
        try:
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            self.server.cut.set()


class StreamingSystem(socketserver.ThreadingTCPServer):
    """Runs in threads until `close`. `pieces` go out one by one; None ends the answer."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen = []
        self.pieces = queue.Queue()
        self.cut = threading.Event()
        self.media_type = "text/event-stream"
        self.status = 200
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def fresh(self):
        """Forget what was; answers that are still going on end."""
        self.pieces.put(None)
        self.pieces = queue.Queue()
        self.seen.clear()
        self.cut.clear()
        self.media_type = "text/event-stream"
        self.status = 200

    def handle_error(self, request, client_address):
        """A gateway that hangs up is nothing to tell of."""

    def close(self):
        self.pieces.put(None)
        self.shutdown()
        self.server_close()
        self._thread.join(5)


def _contract():
    stream = {name: {"itemSchema": EVENT if "event" in name else ORDER}
              for name in ("text/event-stream", "application/x-ndjson", "application/json-seq")}  # fmt: skip
    answer = {status: {"description": "as it happens", "content": stream} for status in ("200", "404")}
    upload = {
        "multipart/form-data": {"schema": UPLOAD, "encoding": {"scan": {"contentType": "image/png, application/pdf"}}}
    }
    done = {"201": {"description": "taken", "content": {"application/json": {"schema": ORDER}}}}
    return {
        "openapi": "3.2.0",
        "info": {"title": "Feed", "version": "1.0"},
        "paths": {
            "/stock": {"get": {"operationId": "stock", "responses": answer}},
            "/reported": {"get": {"operationId": "reported", "responses": answer}},
            "/scans": {"post": {"operationId": "scan", "requestBody": {"required": True, "content": upload},
                                "responses": done}},
        },
        "security": [{"key": []}],
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    }  # fmt: skip


class StreamingGateway:
    """A gateway before a system that streams."""

    def __init__(self, folder, **settings):
        self.system = StreamingSystem()
        host = f"http://127.0.0.1:{self.system.server_address[1]}"
        self.host = host
        self.key, stored = new_key("tw", PEPPER, time.time(), 1)
        write(folder, {
            "contracts/feed/api.yaml": {"title": "Feed", "owner": "x", "visibility": "partner",
                                        "versions": {"1.0": {"stage": "active"}}},
            "contracts/feed/1.0.yaml": _contract(),
            "systems/wms.yaml": {"owner": "it", "url": host},
            "entities/one.yaml": {"name": "One", "country": "DE", "owner": "x", "stage": "onboarded",
                                  "offers": [{"contract": "feed@1.0", "system": "wms"}]},
            "consumers/shop.yaml": {"name": "x", "owner": "x@example.com", "plan": "wide", "entities": ["one"],
                                    "credentials": [stored.model_dump(mode="json")], "audience": "partner"},
            "policies/plans.yaml": {"plans": {"wide": {"rates": [{"name": "r", "requests": 10_000, "window_seconds": 60}]}}},
            "policies/modes.yaml": {"modes": [{"mode": "report", "operation": "reported", "direction": "answer",
                                               "reason": "shows what would be cut"}]},
            ".tidewaiter/node.yaml": {"secrets": {"KEY_PEPPER": {"value": PEPPER}}},
        })  # fmt: skip
        self.gateway = GatewayThread(folder, settings)

    def close(self):
        self.gateway.stop()
        self.system.close()
