"""A system that behaves as the last segment of the path says, and remembers what reached it."""

import json
import socketserver
import threading
import time

ORDER = {"id": "4711", "total": "12.50"}


def message(status="200 OK", body=b"", *headers, length=None):
    """The bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def as_json(value, status="200 OK", *headers):
    """A JSON answer."""
    return message(status, json.dumps(value).encode(), "content-type: application/json", *headers)


BEHAVIOURS = {
    "redirect": message("302 Found", b"", "location: https://login.example/"),
    "html": message("200 OK", b"<html>Sign in</html>", "content-type: text/html"),
    "gzip": message("200 OK", b"\x1f\x8b", "content-type: application/json", "content-encoding: gzip"),
    "garbage": b"this is no HTTP\r\n\r\n",
    "half": message("200 OK", b'{"id": "47', "content-type: application/json"),
    "drift": as_json({"id": 4711}),
    "boom": as_json({"error": "x"}, "500 Internal Server Error"),
    "throttled": as_json({"error": "x"}, "429 Too Many Requests", "retry-after: 7"),
    "away": as_json({"error": "x"}, "503 Service Unavailable", "retry-after: 9"),
    "denied": as_json({"error": {"code": "Authorization_RequestDenied", "message": "CANARY"}}, "403 Forbidden"),
    "rejected": as_json({"error": {"code": "Application_Dialog", "message": "CANARY"}}, "500 Internal Server Error"),
    "large": as_json({**ORDER, "note": "x" * 300_000}),
    "xml": message("200 OK", b"<a/>", "content-type: application/xml"),
    "banner": as_json(ORDER, "200 OK", "server: SECRET-BANNER/1.0", "set-cookie: SECRETCOOKIE=1", "x-internal: CANARY"),
}


class _Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            head = b""
            while b"\r\n\r\n" not in head:
                line = self.rfile.readline(65_536)
                if not line:
                    return
                head += line
            first, *rest = head.decode("latin-1").split("\r\n")
            method, target, _ = first.split(" ")
            headers = [tuple(part.strip() for part in line.split(":", 1)) for line in rest if line]
            named = {name.lower(): value for name, value in headers}
            body = self.rfile.read(int(named.get("content-length", 0)))
            if not target.endswith("/jwks.json"):
                self.server.seen.append((method, target, headers, body))
            if not self.answer(method, target, named):
                return

    def answer(self, method, target, headers):
        name = target.split("?")[0].rsplit("/", 1)[-1]
        if name == "cut":
            return False
        if name == "slow":
            time.sleep(2)
        if name == "hold":
            self.server.holding.release()
            self.server.release.wait(5)
        if name == "token":
            self.wfile.write(as_json({"error": "invalid_client"}, "401 Unauthorized"))
            return True
        if name == "jwks.json":
            self.wfile.write(as_json(self.server.jwks))
            return True
        answer = BEHAVIOURS.get(name)
        if answer is None:
            created = method == "POST"
            answer = as_json(ORDER, "201 Created" if created else "200 OK", *(["location: /orders/4711"] * created))
        self.wfile.write(answer.split(b"\r\n\r\n")[0] + b"\r\n\r\n" if method == "HEAD" else answer)
        return True


class Scripted(socketserver.ThreadingTCPServer):
    """Runs in threads until `close`."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen = []
        self.jwks = {"keys": []}
        self.holding = threading.Semaphore(0)
        self.release = threading.Event()
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    def handle_error(self, request, client_address):
        """A caller that hangs up is nothing to tell of."""

    def close(self):
        self.release.set()
        self.shutdown()
        self.server_close()
        self._thread.join(5)
