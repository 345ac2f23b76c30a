"""A node that is killed while a release is activated: gateway and command by SIGKILL at random, then started again.

After each kill the old release is live or the new one, nothing in between; the same command ends the work; what was
revoked before stays revoked; no worker is left behind. `--times` kills of each kind.
"""

import argparse
import contextlib
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from processes import TIDEWAITER, alive, until  # noqa: E402
from released import Node  # noqa: E402

from contracts.diagnostic import InvalidInputError  # noqa: E402
from gateway.release_file import digest_of  # noqa: E402
from gateway.trust.release_statement import Credential  # noqa: E402
from governance.admin_client import ask  # noqa: E402
from governance.demo.process import free_ports  # noqa: E402

CONTRACT = "contracts/sales/1.0.yaml"
ORDERS = "/sales/v1/orders"


class Gateway:
    """`tidewaiter serve --releases` of the node, with two workers."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.port, self.health = free_ports(2)
        here = f"health: {{host: 127.0.0.1, port: {self.health}}}"
        node.edit("environments/prod.yaml", "health: {host: 127.0.0.1}", here)
        self.log = node.folder / "serve.err"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as errors:
            self.process = subprocess.Popen(
                [*TIDEWAITER, "serve", str(self.node.home), "--releases", "-e", "prod", "--port", str(self.port),
                 "--workers", "2", "--access-log", os.devnull],
                stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT,
            )  # fmt: skip
        until(lambda: self.process.poll() is not None or self.answers("/readyz", self.health) == 200, 90)
        if self.process.poll() is not None:
            sys.exit(f"it did not start:\n{self.log.read_text()[-2000:]}")

    def answers(self, path: str, port: int) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        with contextlib.suppress(OSError):
            connection.request("GET", path, headers={"X-API-Key": self.node.started.key})
            return connection.getresponse().status
        return 0

    @property
    def release(self) -> str:
        return str(ask(self.node.home, None, "GET", "/status")[1]["release"])

    def kill(self) -> None:
        pids = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        self.process.wait()
        until(lambda: not any(alive(int(pid)) for pid in pids), 60)

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(60)


def activate(node: Node, name: str) -> subprocess.Popen[bytes]:
    """The command, begun."""
    return subprocess.Popen(
        [*TIDEWAITER, "release", "activate", str(node.folder / f"{name}.json"), "-e", "prod", "-w", str(node.home),
         "--key", str(node.key("anna"))],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=ROOT,
    )  # fmt: skip


def main() -> None:
    """Prints a table; exit code 1 where something was half done."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=3)
    parser.add_argument("--seed", type=int, default=7)
    stated = parser.parse_args()
    chance = random.Random(stated.seed)
    wrong: list[str] = []
    outcomes = {"old": 0, "new": 0}
    with tempfile.TemporaryDirectory() as made:
        node = Node(Path(made) / "n", threshold=1)
        gateway = Gateway(node)
        live = digest_of(node.build("r0").read_bytes())
        node.activate("r0")
        node.revoke(credentials=[Credential(kind="key", name="revoked-key")])
        gateway.start()
        try:
            for turn in range(1, 2 * stated.times + 1):
                whom = "the gateway" if turn % 2 else "the command"
                node.edit(CONTRACT, "openapi:", f"# note {turn}\nopenapi:")
                new = digest_of(node.build(f"r{turn}", f"r{turn - 1}").read_bytes())
                begun = time.monotonic()
                command = activate(node, f"r{turn}")
                # The whole takes some seconds, most of it before anything is taken.
                time.sleep(chance.uniform(0.5, 4))
                if turn % 2:
                    gateway.kill()
                else:
                    command.kill()
                killed = time.monotonic() - begun
                command.wait()
                if turn % 2:
                    gateway.start()
                served = gateway.release
                if served not in (live, new):
                    wrong.append(f"turn {turn}: {served} is served")
                outcomes["new" if served == new else "old"] += 1
                again = activate(node, f"r{turn}")
                if again.wait(120) != 0:
                    wrong.append(f"turn {turn}: the command once more ended with {again.returncode}")
                if gateway.release != new:
                    wrong.append(f"turn {turn}: {gateway.release} is served after the command once more")
                if gateway.answers(ORDERS, gateway.port) not in (200, 429):
                    wrong.append(f"turn {turn}: calls are not answered")
                revoked = {one["name"] for one in suspended(node)}
                if revoked != {"revoked-key"}:
                    wrong.append(f"turn {turn}: revoked is {revoked}")
                try:
                    node.live()
                except InvalidInputError as error:
                    wrong.append(f"turn {turn}: {error}")
                live = new
                sys.stdout.write(
                    f"{turn:>3}  {whom:<12} killed after {killed:4.1f} s  {'new' if served == new else 'old'}\n"
                )
                sys.stdout.flush()
        finally:
            gateway.end()
    for line in wrong:
        sys.stdout.write(f"WRONG {line}\n")
    total = sum(outcomes.values())
    sys.stdout.write(f"{total} kills: {outcomes['old']} times the old release, {outcomes['new']} times the new one\n")
    sys.exit(1 if wrong else 0)


def suspended(node: Node) -> list[dict[str, object]]:
    """What the gateway has in force."""
    told = ask(node.home, None, "GET", "/suspended")[1]["suspended"]
    return list(json.loads(json.dumps(told)))


if __name__ == "__main__":
    main()
