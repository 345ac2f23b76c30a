"""What attacks on what is signed are made with: a table of rows, the command in this process, a gateway of a node."""

import contextlib
import http.client
import io
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from processes import TIDEWAITER, until  # noqa: E402
from released import Node  # noqa: E402

from governance.admin_client import ask  # noqa: E402
from governance.cli.main import main as tidewaiter  # noqa: E402
from governance.demo.process import free_ports  # noqa: E402

ORDERS = "/sales/v1/orders"
wrong: list[str] = []
"""What was not as it should be, in all tables."""


class Table:
    """Rows on standard output; what is not as it should be is counted."""

    def __init__(self, title: str) -> None:
        sys.stdout.write(f"\n{title}\n")
        self.began = time.monotonic()

    def row(self, what: str, found: str, *expected: str) -> None:
        """One attack and what came of it; what is expected may be the beginning of it."""
        good = found.startswith(expected)
        sys.stdout.write(f"  {what:<80} {found}{'' if good else '   WRONG, not ' + ' or '.join(expected)}\n")
        sys.stdout.flush()
        if not good:
            wrong.append(f"{what}: {found}")


def run(*arguments: object) -> tuple[int, str]:
    """A command, in this process: exit code, and what it said."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = tidewaiter([str(one) for one in arguments])
    return code, said.getvalue()


def told(code: int, said: str) -> str:
    """`refused (2): the first code that is named`."""
    if code == 0:
        return "TAKEN"
    named = re.search(r"(?:error\[|\[)?([a-z]+(?:-[a-z]+)+)\]", said)
    return f"refused ({code})" if named is None else f"refused ({code}) {named[1]}"


class Gateway:
    """`tidewaiter serve --releases` of a node's settings."""

    def __init__(self, node: Node, workers: int = 1) -> None:
        self.node, self.workers = node, workers
        self.port = free_ports(1)[0]
        self.errors = node.folder / "serve.err"

    def start(self) -> str:
        """What came of it: `serves`, or `refused (2) CODE`."""
        before = len(self.errors.read_text()) if self.errors.exists() else 0
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*TIDEWAITER, "serve", str(self.node.home), "--releases", "-e", "prod", "--no-clients",
                 "--no-changelogs", "--port", str(self.port), "--workers", str(self.workers),
                 "--access-log", os.devnull],
                stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT,
            )  # fmt: skip
        until(lambda: self.process.poll() is not None or "health and metrics at" in self._said(before), 120)
        if self.process.poll() is not None:
            return told(self.process.returncode, self._said(before))
        return "serves"

    def _said(self, before: int) -> str:
        return self.errors.read_text()[before:]

    def call(self) -> int:
        """The status of a call with the consumer's key."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", ORDERS, headers={"X-API-Key": self.node.started.key})
        return connection.getresponse().status

    @property
    def release(self) -> str:
        return str(ask(self.node.home, None, "GET", "/status")[1]["release"])

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)

    def __enter__(self) -> Self:
        self.started = self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end()


class Whole(Node):
    """A node whose workspace and settings are one folder, as most people have it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.edit("environments/prod.yaml", "health: {host: 127.0.0.1}", "health: {host: 127.0.0.1, port: 0}")
        shutil.rmtree(self.ws / ".tidewaiter")
        (self.ws / ".tidewaiter").symlink_to(self.own)

    def copied(self, folder: Path) -> "Node":
        other = super().copied(folder)
        shutil.rmtree(other.ws / ".tidewaiter")
        (other.ws / ".tidewaiter").symlink_to(other.own)
        return other
