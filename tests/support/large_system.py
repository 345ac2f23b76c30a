"""A system with many records and large files behind a whole gateway, and a process that calls it by a generated client."""

import json
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from gateway_thread import GatewayThread, write
from generated_client import generate

from policies.keys import new_key

PEPPER = "a pepper of the large"
RECORD = {
    "type": "object",
    "required": ["id", "amount"],
    "properties": {"id": {"type": "integer"}, "amount": {"type": "number"}},
}
PIECE = b"x" * 65_536


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        if parts.path.startswith("/files/"):
            left = int(parts.path.rpartition("/")[2])
            self.send_response(200)
            self.send_header("content-type", "application/octet-stream")
            self.send_header("content-length", str(left))
            self.end_headers()
            while left:
                left -= self.wfile.write(PIECE[:left])
            return
        start, size = int(query.get("offset", 0)), int(query.get("limit", 50))
        rows = [{"id": n, "amount": n / 100} for n in range(start, min(start + size, self.server.records))]
        page = {"records": rows}
        if start + size < self.server.records:
            page["nextLink"] = f"http://{self.headers['host']}/records?offset={start + size}&limit={size}"
        self._json(200, page)

    def do_PUT(self):
        left = int(self.headers.get("content-length", 0))
        count = 0
        if self.headers.get("transfer-encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                count += len(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
        while count < left:
            count += len(self.rfile.read(min(65_536, left - count)))
        self._json(200, {"bytes": count})

    def _json(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def contract():
    key = [{"key": []}]
    binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    page = {
        "type": "object", "required": ["records"],
        "properties": {"records": {"type": "array", "items": RECORD}, "nextLink": {"type": "string"}},
    }  # fmt: skip
    counts = [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in ("offset", "limit")]
    size = {"name": "size", "in": "path", "required": True, "schema": {"type": "integer"}}
    taken = {"type": "object", "required": ["bytes"], "properties": {"bytes": {"type": "integer"}}}
    return {
        "openapi": "3.1.0", "info": {"title": "Large", "version": "1.0.0"},
        "paths": {
            "/records": {"get": {"operationId": "listRecords", "security": key, "parameters": counts,
                                 "responses": {"200": {"description": "x", "content": {"application/json": {"schema": page}}}}}},
            "/files/{size}": {"get": {"operationId": "download", "security": key, "parameters": [size],
                                      "responses": {"200": {"description": "x", "content": binary}}}},
            "/files": {"put": {"operationId": "upload", "security": key, "requestBody": {"required": True, "content": binary},
                               "responses": {"200": {"description": "x", "content": {"application/json": {"schema": taken}}}}}},
        },
        "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}},
    }  # fmt: skip


class LargeGateway:
    """The system, the gateway and the client's package; `run` calls it from a process of its own."""

    def __init__(self, folder, records):
        self.system = _Server(("127.0.0.1", 0), _Handler)
        self.system.records = records
        Thread(target=self.system.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.key, entry = new_key("tw", PEPPER, time.time(), 1)
        port = self.system.server_address[1]
        workspace = folder / "workspace"
        write(workspace, {
            "contracts/large/api.yaml": {"title": "L", "owner": "x", "visibility": "partner", "versions": {"1.0": {"stage": "active"}}},
            "contracts/large/1.0.yaml": contract(),
            "systems/one.yaml": {"owner": "it", "url": f"http://127.0.0.1:{port}", "max_connections": 300, "timeouts": {"total_seconds": 120}},
            "entities/one.yaml": {"name": "one", "country": "DE", "owner": "x", "stage": "onboarded", "offers": [{"contract": "large@1.0", "system": "one"}]},
            "consumers/one.yaml": {"name": "x", "owner": "x@example.com", "plan": "wide", "entities": ["one"], "audience": "partner",
                                   "credentials": [entry.model_dump(mode="json")]},
            "policies/plans.yaml": {"plans": {"wide": {"rates": [{"name": "r", "requests": 100_000, "window_seconds": 60}]}}},
        })  # fmt: skip
        write(
            workspace,
            {
                "tidewaiter.yaml": {
                    "name": "large",
                    "public_url": "http://127.0.0.1:1",
                    "key_pepper": "secret:LARGE_PEPPER",
                }
            },
        )
        self.out, _ = generate("large@1.0", folder, workspace)
        self.gateway = GatewayThread(
            workspace, {"key_pepper": "secret:LARGE_PEPPER", "address_limit": {"requests": 100_000}}
        )

    def run(self, **asked):
        """What the calls gave, and how much the most memory of the process grew while files streamed."""
        given = {"url": f"http://127.0.0.1:{self.gateway.port}/large/v1", "key": self.key, **asked}
        ran = subprocess.run(
            [sys.executable, "-c", _CALLS, str(self.out / "src"), json.dumps(given)], capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr
        return json.loads(ran.stdout)

    def close(self):
        self.gateway.stop()
        self.system.shutdown()
        self.system.server_close()


_CALLS = """
import asyncio, json, resource, sys, time
from concurrent.futures import ThreadPoolExecutor
sys.path.insert(0, sys.argv[1])
from large_large import ApiKey, AsyncClient, Client
asked = json.loads(sys.argv[2])
size, at_once, url = asked["bytes"], asked["at_once"], asked["url"]
auth = ApiKey(asked["key"])
said = {}

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

def pieces():
    for _ in range(size // 65_536):
        yield b"y" * 65_536

async def later():
    for piece in pieces():
        yield piece

async def loop():
    async with AsyncClient(url, auth=auth) as client:
        said["async_records"] = len({one.id async for one in client.api.iterate_records(limit=50)})
        before = peak()
        async with await client.api.download(size) as file:
            said["async_down"] = sum([len(piece) async for piece in file])
        said["async_up"] = (await client.api.upload(later())).bytes_
        said["async_grown"] = peak() - before
        begun = time.perf_counter()
        found = await asyncio.gather(*(client.api.list_records(limit=5) for _ in range(at_once)))
        said["async_at_once"] = sum(len(one.records) for one in found)
        said["async_seconds"] = time.perf_counter() - begun

with Client(url, auth=auth) as client:
    said["records"] = len({one.id for one in client.api.iterate_records(limit=50)})
    before = peak()
    with client.api.download(size) as file:
        said["down"] = sum(map(len, file))
    said["up"] = client.api.upload(pieces()).bytes_
    said["grown"] = peak() - before
    begun = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        said["at_once"] = sum(len(one.records) for one in pool.map(lambda _: client.api.list_records(limit=5), range(at_once)))
    said["seconds"] = time.perf_counter() - begun
asyncio.run(loop())
print(json.dumps(said))
"""
