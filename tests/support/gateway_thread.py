"""The whole gateway on real sockets, in a thread of the test's process."""

import asyncio
import dataclasses
import http.client
import io
import json
import socket
import threading
from dataclasses import dataclass

import uvloop

from contracts.workspace import load
from gateway import server
from gateway.node import load_node
from gateway.portal.content import make_content
from gateway.portal.given import read_portal
from gateway.release import make_release
from governance.demo.process import free_ports


@dataclass
class Reply:
    status: int
    headers: list
    body: bytes

    def header(self, name):
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def problem(self):
        return self.json["type"].rsplit("/", 1)[-1] if "problem+json" in self.header("content-type") else ""


def write(folder, files):
    """JSON is YAML."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(data, indent=1))


class GatewayThread:
    """Serves the workspace until `stop`."""

    def __init__(self, folder, settings):
        """`ends` of the settings is what the release lets until a moment; the rest is `tidewaiter.yaml`'s."""
        self.ends = settings.pop("ends", ())
        self.port, self.health = free_ports(2)
        self.folder = folder
        self.log = io.StringIO()
        write(folder, {"tidewaiter.yaml": {
            "name": "flows", "public_url": f"http://127.0.0.1:{self.port}",
            "public": {"port": self.port}, "health": {"port": self.health}, **settings,
        }})  # fmt: skip
        self.prepare()
        self._ready = threading.Event()
        self._failed = None
        self._loop = None
        self._stop = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        assert self._ready.wait(20)
        if self._failed:
            raise self._failed

    def prepare(self):
        """What is made of the workspace before it is served."""

    def _run(self):
        async def main():
            self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
            workspace = load(self.folder)
            content = make_content(workspace, read_portal(self.folder))
            release = dataclasses.replace(make_release(workspace), content=content, ends=self.ends)
            await server.serve_until(self._stop, release, load_node(self.folder), lambda _: self._ready.set(), self.log)

        try:
            uvloop.run(main())
        except BaseException as error:  # noqa: BLE001 - told to the test
            self._failed = error
        finally:
            self._ready.set()

    def stop(self):
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        assert not self._thread.is_alive()
        if self._failed:
            raise self._failed

    def lines(self):
        return [json.loads(line) for line in self.log.getvalue().splitlines()]

    def call(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in (headers or {}).items():
                connection.putheader(name, value)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def raw(self, data, pause=None):
        """Bytes in, the parsed answer out; `pause` waits for the answer without sending more."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=10) as sock:
            sock.sendall(data)
            answer = http.client.HTTPResponse(sock, method=data.split(b" ", 1)[0].decode("latin-1"))
            answer.begin()
            return Reply(answer.status, answer.getheaders(), answer.read())
