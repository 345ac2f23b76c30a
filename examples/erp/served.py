"""The gateway before a running Tryton: a copy of the example in which `mse` is onboarded, a token issuer, `serve`."""

import http.client
import json
import os
import shutil
import sys
import urllib.parse
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from erp import ROOT, Running, run_folder

from governance.demo.process import Child, free_ports

EXAMPLE = ROOT / "examples/meridian"
SECRETS = ("BC_CLIENT_ID", "BC_CLIENT_SECRET", "S4_USER", "S4_PASSWORD", "KEY_PEPPER")
"""Of the example's other systems, which nobody calls here."""
CALLER = {
    "name": "The walk over Tryton's contracts",
    "owner": "erp-se@meridian.example",
    "plan": "standard",
    "entities": ["mse"],
    "credentials": [{"type": "jwt", "issuer": "meridian", "claim": "walk"}],
}
STRICT = [
    {"mode": "enforce", "reason": "the walk wants every answer judged", "entity": "mse", "direction": direction}
    for direction in ("request", "answer")
]


class Served:
    """A context manager: gateway and issuer run inside it. `token` is good for every scope of Tryton's contracts."""

    def __init__(self, erp: Running) -> None:
        self.erp = erp
        self.port, self.health, self.issuer = free_ports(3)
        self._stack = ExitStack()
        self.token = ""

    def __enter__(self) -> Self:
        try:
            self.folder = Path(self._stack.enter_context(run_folder("walk")))
            self.workspace = self.folder / "workspace"
            shutil.copytree(EXAMPLE, self.workspace, ignore=shutil.ignore_patterns("__pycache__", ".tidewaiter"))
            self._prepare()
            simulator = [sys.executable, str(self.workspace / "simulators/issuer.py"), "--port", str(self.issuer)]
            self._child("issuer", [*simulator, "--state", str(self.folder)]).wait_for_port(self.issuer)
            self._begin()
            self.token = self._token()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def call(
        self, method: str, target: str, body: object = None, **more: str
    ) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        """(status, headers in lower case, body) of a call through the gateway."""
        head = {"Authorization": f"Bearer {self.token}", "X-Entity": "mse", **more}
        head |= {"Content-Type": "application/json"} if body is not None else {}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, target, None if body is None else json.dumps(body).encode(), head)
            answer = connection.getresponse()
            headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in answer.getheaders()]
            return answer.status, headers, answer.read()
        finally:
            connection.close()

    def _begin(self) -> None:
        """The gateway, on the workspace as it lies here."""
        self.serve("--no-changelogs", "--no-clients")

    def serve(self, *options: str) -> None:
        """Start the gateway and wait for it."""
        command = [sys.executable, "-m", "governance.cli.main", "serve", str(self.workspace), *options]
        gateway = self._child("gateway", [*command, "-e", "erp", "--access-log", str(self.folder / "access.log")])
        gateway.wait_for_port(self.port)
        gateway.wait_for_port(self.health)

    def _child(self, name: str, command: list[str]) -> Child:
        child = Child(name, command, self.folder / f"{name}.log", self._environment())
        self._stack.callback(child.stop)
        return child

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        stated = {f"TIDEWAITER_SECRET_{name}": "not-called-here-0123456789" for name in SECRETS}
        key = {"TIDEWAITER_SECRET_TRYTON_SE_AUTHORIZATION": f"bearer {self.erp.key}"}
        return {**kept, "PYTHONPATH": str(ROOT), **stated, **key}

    def _onboard(self) -> None:
        """The entity is onboarded without a board, and every answer judged."""
        entity = self.workspace / "entities/mse.yaml"
        text = entity.read_text(encoding="utf-8")
        entity.write_text(text.replace("stage: candidate", "stage: onboarded"), encoding="utf-8")
        modes = self.workspace / "policies/modes.yaml"
        rules = "".join(f"  - {json.dumps(rule)}\n" for rule in STRICT)
        modes.write_text(modes.read_text(encoding="utf-8") + rules, encoding="utf-8")

    def _prepare(self) -> None:
        """The entity, the caller and where all is. JSON is YAML: no writer of our own."""
        self._onboard()
        issuer = f"http://127.0.0.1:{self.issuer}"
        environment = {
            "purpose": "test",
            "public_url": f"http://127.0.0.1:{self.port}",
            "public": {"host": "127.0.0.1", "port": self.port},
            "health": {"host": "127.0.0.1", "port": self.health},
            "drain": {"wait_seconds": 0},
            "store": {"kind": "memory"},
            "systems": {"tryton-se": {"url": self.erp.url}},
            "issuers": {"meridian": {"issuer": issuer, "jwks_url": f"{issuer}/.well-known/jwks.json"}},
        }
        for path, held in (("environments/erp.yaml", environment), ("consumers/walk.yaml", CALLER)):
            (self.workspace / path).write_text(json.dumps(held, indent=2), encoding="utf-8")

    def _token(self) -> str:
        kinds = ("parties", "products", "sales", "shipments")
        scope = " ".join(f"{kind}.{right}" for kind in kinds for right in ("read", "write"))
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": "walk", "scope": scope})
        url = f"http://127.0.0.1:{self.issuer}/token"
        with urllib.request.urlopen(url, form.encode(), timeout=10) as answer:
            return json.loads(answer.read())["access_token"]
