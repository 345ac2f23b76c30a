"""Starts and stops what the demo is made of: simulators, issuer, Valkey, gateway. Leaves no process behind."""

import json
import os
import secrets
import shutil
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from governance.demo.example import example_folder
from governance.demo.process import START_SECONDS, Child, free_ports
from governance.portal_handover import SECONDS as HAND_OVER_SECONDS
from governance.valkey_server import command_line
from policies.keys import new_key

SECRETS = {
    "BC_CLIENT_ID": "tidewaiter-gateway",
    "BC_CLIENT_SECRET": "",
    "S4_USER": "TIDEWAITER",
    "S4_PASSWORD": "",
    "KEY_PEPPER": "",
    "STORE_URL": "",
}


@dataclass(slots=True)
class Fleet:
    """A context manager: everything runs inside it, nothing after it."""

    port: int
    with_valkey: bool = True
    clients: bool = False
    """Whether the portal has clients to download, which are written first."""
    folder: Path = field(init=False)
    ports: Mapping[str, int] = field(init=False)
    children: dict[str, Child] = field(init=False, default_factory=dict)
    keys: dict[str, str] = field(init=False, default_factory=dict)
    secrets: dict[str, str] = field(init=False, default_factory=dict)
    _stack: ExitStack = field(init=False, default_factory=ExitStack)

    def __enter__(self) -> Self:
        """Start all of it. Raises StartError, ExampleMissingError, and InvalidInputError for a broken example."""
        try:
            self._start()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all of it, the gateway first, and remove the folder."""
        self._stack.close()

    @property
    def url(self) -> str:
        """Where the gateway is."""
        return f"http://127.0.0.1:{self.port}"

    def control(self, system: str, path: str, body: object | None = None) -> Any:
        """Ask a simulator's control endpoint; see examples/meridian/README.md."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.ports[system]}/__control/{path}", data, {"content-type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")

    def token(self, client: str, scope: str = "", **more: str) -> str:
        """A token of the demo's issuer."""
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": client, "scope": scope, **more})
        url = f"http://127.0.0.1:{self.ports['issuer']}/token"
        with urllib.request.urlopen(url, form.encode(), timeout=10) as answer:
            token: str = json.loads(answer.read())["access_token"]
        return token

    def metrics(self) -> str:
        """The gateway's metrics page."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports['health']}/metrics", timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def _start(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tidewaiter-demo-"))
        self._stack.callback(shutil.rmtree, self.folder, ignore_errors=True)
        names = ("bc-us", "s4-eu", "issuer", "health", "valkey")
        self.ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.secrets = {name: value or secrets.token_urlsafe(24) for name, value in SECRETS.items()}
        self.secrets["STORE_URL"] = f"redis://127.0.0.1:{self.ports['valkey']}/0"
        workspace = self.folder / "workspace"
        shutil.copytree(example_folder(), workspace, ignore=shutil.ignore_patterns("__pycache__"))
        self._write_environment(workspace)
        simulators = workspace / "simulators"
        self._child("bc-us", [sys.executable, str(simulators / "business_central.py")], "bc-us")
        self._child("s4-eu", [sys.executable, str(simulators / "s4hana.py")], "s4-eu")
        self._child("issuer", [sys.executable, str(simulators / "issuer.py")], "issuer")
        if self.with_valkey:
            self._valkey()
        for name in ("bc-us", "s4-eu", "issuer"):
            self.children[name].wait_for_port(self.ports[name])
        self.start_gateway()
        self._write_state()

    def _child(self, name: str, command: list[str], port: str) -> None:
        state = self.folder / f"{name}.state"
        state.mkdir()
        command = [*command, "--port", str(self.ports[port]), "--state", str(state)]
        self.children[name] = child = Child(name, command, self.folder / f"{name}.log", self._environment())
        self._stack.callback(child.stop)

    def _environment(self) -> dict[str, str]:
        kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
        return {**kept, **{f"TIDEWAITER_SECRET_{name}": value for name, value in self.secrets.items()}}

    def _valkey(self) -> None:
        state = self.folder / "valkey.state"
        state.mkdir()
        child = Child("valkey", command_line(self.ports["valkey"], state), self.folder / "valkey.log")
        self.children["valkey"] = child
        self._stack.callback(child.stop)
        child.wait_for_port(self.ports["valkey"])

    def start_gateway(self) -> None:
        """Start the gateway on the demo's workspace and wait until it is ready."""
        command = [
            sys.executable, "-m", "governance.cli.main", "serve", str(self.folder / "workspace"),
            "--environment", "demo", "--access-log", str(self.folder / "access.log"),
            "--clients" if self.clients else "--no-clients",
        ]  # fmt: skip
        self.children["gateway"] = child = Child("gateway", command, self.folder / "gateway.log", self._environment())
        self._stack.callback(child.stop)
        child.wait_for_port(self.port, START_SECONDS + (HAND_OVER_SECONDS if self.clients else 0))
        child.wait_for_port(self.ports["health"])

    def _write_environment(self, workspace: Path) -> None:
        """The ports of this run as `environments/demo.yaml`, and fresh keys for the consumers that use one."""
        local = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        described = {}
        for consumer in KEYED:
            self.keys[consumer], entry = new_key("tw", self.secrets["KEY_PEPPER"], time.time(), 1, KEY_SCOPES)
            described[consumer] = {"credentials": [entry.model_dump(mode="json")]}
        environment = {
            "public_url": self.url,
            "public": {"host": "127.0.0.1", "port": self.port},
            "health": {"host": "127.0.0.1", "port": self.ports["health"]},
            "drain": {"wait_seconds": 0},
            "store": {"kind": "redis", "url": "secret:STORE_URL"} if self.with_valkey else {"kind": "memory"},
            "systems": {
                "bc-us": {
                    "url": f"{local['bc-us']}/v2.0/meridian/production/api/v2.0",
                    "token_url": f"{local['bc-us']}/token",
                },
                "s4-eu": {"url": local["s4-eu"], "timeouts": {"first_byte_seconds": 2, "total_seconds": 5}},
            },
            "issuers": {
                "meridian": {"issuer": local["issuer"], "jwks_url": f"{local['issuer']}/.well-known/jwks.json"}
            },
            "consumers": described,
        }
        # JSON is YAML: the file needs no writer of its own.
        text = json.dumps(environment, indent=2)
        (workspace / "environments" / "demo.yaml").write_text(text, encoding="utf-8")

    def _write_state(self) -> None:
        """Tell `tidewaiter token` where the issuer is."""
        path = state_file()
        described = {
            "issuer": f"http://127.0.0.1:{self.ports['issuer']}",
            "gateway": self.url,
            "pid": os.getpid(),
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        path.write_text(json.dumps(described), encoding="utf-8")
        self._stack.callback(_forget_state, path)


def _forget_state(path: Path) -> None:
    """Remove the file, unless another demo has written its own since."""
    with suppress(OSError, ValueError, KeyError):
        if json.loads(path.read_text(encoding="utf-8"))["pid"] == os.getpid():
            path.unlink()


KEYED = ("dashboard", "portal")
KEY_SCOPES: tuple[str, ...] = ()


def state_file() -> Path:
    """Where a running demo says how to reach it."""
    folder = os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()
    return Path(folder) / f"tidewaiter-demo-{os.getuid()}.json"
