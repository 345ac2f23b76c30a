"""The portal without sockets: one release after the other on the same runtime, and the clock in the test's hand."""

import shutil
import urllib.parse

from flows_workspace import key_set
from gateway_thread import write
from portal_workspace import write_portal_workspace

from contracts.workspace import load
from gateway.node import load_node
from gateway.portal.app import PortalApp
from gateway.portal.content import make_content
from gateway.portal.records import Records
from gateway.release import make_release
from gateway.routes import bind
from gateway.runtime import GatewayRuntime
from gateway.transport import Transport
from policies.ledger import Ledger
from policies.step import Fetched
from policies.store import make_store
from policies.suspensions import kept_suspensions

ORIGIN = "http://127.0.0.1:8080"


class Runtime(GatewayRuntime):
    """With a clock that can be moved."""

    ahead = 0.0

    def now(self):
        return super().now() + self.ahead


class Issuer(Transport):
    """Whose keys are at hand."""

    keys = None

    async def fetch(self, url, headers, most):
        import json

        return Fetched(200, {}, json.dumps(self.keys or key_set()).encode())


class Asked:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.text = status, headers, body.decode(errors="replace")

    def header(self, name):
        return ", ".join(value.decode() for key, value in self.headers if key == name.encode())

    @property
    def cookie(self):
        return self.header("set-cookie").partition(";")[0]


class PortalInMemory:
    """Bound to a workspace; `reload` binds what the files say now."""

    def __init__(self, folder, more=None, **settings):
        """`more`: files beside those of every portal."""
        self.folder = folder
        self.keys = write_portal_workspace(folder)
        write(folder, more or {})
        self.settings = {"name": "portal", "public_url": ORIGIN, "public": {"port": 8080}, **settings}
        write(folder, {"tidewaiter.yaml": self.settings})
        self.runtime = Runtime(load_node(folder))
        self.told = []
        self.ledger = folder / ".tidewaiter" / "ledger.sqlite"
        Ledger(self.ledger, lambda: None).close()
        self.reload()

    def reload(self, given=None):
        workspace = load(self.folder)
        if not self.runtime._kept:
            make_store(workspace.settings, self.runtime, 1)
        self.live = bind(make_release(workspace), self.runtime, Issuer(self.runtime, self.folder))
        self.app = PortalApp(
            self.live,
            make_content(workspace, given),
            self.runtime,
            [self.told.append],
            Records(self.ledger, self.runtime.now),
        )

    def suspend(self, *turns):
        kept_suspensions(self.runtime).replace([{"kind": kind, "name": name} for kind, name in turns])

    async def ask(self, method, target, headers=(), body=b"", address="192.0.2.1"):
        path, _, query = target.partition("?")
        pieces = [{"type": "http.request", "body": body, "more_body": False}]
        sent = []

        async def receive():
            return pieces.pop() if pieces else {"type": "http.disconnect"}

        async def send(message):
            sent.append(message)

        scope = {
            "type": "http", "method": method, "raw_path": path.encode(), "path": path, "query_string": query.encode(),
            "headers": [(k.lower().encode(), v.encode()) for k, v in dict(headers).items()], "client": (address, 1),
        }  # fmt: skip
        await self.app(scope, receive, send)
        return Asked(sent[0]["status"], sent[0]["headers"], sent[1]["body"])

    async def get(self, target, cookie="", **headers):
        return await self.ask("GET", target, {**headers, **({"cookie": cookie} if cookie else {})})

    async def post(self, target, fields, cookie="", address="192.0.2.1", **headers):
        sent = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
        sent |= {"cookie": cookie} if cookie else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = fields if isinstance(fields, bytes) else urllib.parse.urlencode(fields).encode()
        return await self.ask("POST", target, {k: v for k, v in sent.items() if v is not None}, body, address)

    async def sign_in(self, credential):
        reply = await self.post("/-/sign-in", {"credential": self.keys.get(credential, credential)})
        assert reply.status == 303, reply.text
        return reply.cookie

    async def knows(self, cookie):
        """Whether the cookie proves somebody."""
        return (await self.get("/-/account", cookie)).status == 200

    def change(self, file, change):
        import json

        path = self.folder / file
        found = json.loads(path.read_text())
        change(found)
        path.write_text(json.dumps(found))
        self.reload()

    async def close(self):
        await self.runtime.aclose()
        shutil.rmtree(self.folder, ignore_errors=True)
