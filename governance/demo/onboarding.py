"""`make demo-onboard`: an entity from candidate to live on a simulator, each command as somebody would type it.

The board's part is played with keys that are made for this run and gone with it.
"""

import json
import shutil
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from contracts.diagnostic import InvalidInputError
from governance.demo.board import PlayedBoard, StoppedError, variables_of
from governance.demo.calls import SALES, WRITE, Caller
from governance.demo.example import ExampleMissingError
from governance.demo.fleet import Fleet
from governance.demo.process import Child, StartError, free_ports
from governance.valkey_server import ValkeyServerError

ENTITY: Final = "mfr"
BESIDE: Final = "mde"
"""Another entity on the same system: what is its own must be as it was."""
ENVIRONMENT: Final = "demo"
OPTIONS: Final = ("--witness", BESIDE, "--examples", "2")


@dataclass(slots=True)
class BoardFleet(Fleet):
    """The demo's systems, and a workspace in which the entity is a candidate. A gateway runs once `serve` is called."""

    board: PlayedBoard = field(init=False)

    def serve(self) -> None:
        """The gateway, on what is active on this node."""
        command = [
            sys.executable, "-m", "governance.cli.main", "serve", str(self.board.workspace), "--environment",
            ENVIRONMENT, "--releases", "--no-changelogs", "--no-clients",
            "--access-log", str(self.folder / "access.log"),
        ]  # fmt: skip
        self.children["gateway"] = child = Child("gateway", command, self.folder / "gateway.log", self.board.variables)
        self._stack.callback(child.stop)
        child.wait_for_port(self.port)
        child.wait_for_port(self.ports["health"])

    def serve_board(self, port: int) -> None:
        """The board's pages, on an origin of their own."""
        command = [sys.executable, "-m", "governance.cli.main", "board", "serve", "--port", str(port)]
        words = [*command, "--workspace", str(self.board.workspace)]
        self.children["board"] = child = Child("board", words, self.folder / "board.log", self.board.variables)
        self._stack.callback(child.stop)
        child.wait_for_port(port)

    def start_gateway(self) -> None:
        """Nothing is active yet."""

    def _write_environment(self, workspace: Path) -> None:
        Fleet._write_environment(self, workspace)  # noqa: SLF001 - a slotted class has no super() here
        path = workspace / "environments" / f"{ENVIRONMENT}.yaml"
        described = json.loads(path.read_text(encoding="utf-8"))
        path.write_text(json.dumps({"purpose": "test", **described}, indent=2), encoding="utf-8")
        _leave_out(workspace, "mse", "tryton-se", "tryton-*")
        _agree(workspace / "entities" / f"{ENTITY}.yaml")
        self.board = PlayedBoard(self.folder, workspace, ENVIRONMENT, variables_of(self._environment()))
        self.board.begin(ENTITY)


def _leave_out(workspace: Path, entity: str, system: str, contracts: str) -> None:
    """The company on Tryton has a way of its own (`make erp-onboard`); its contracts would only take time here."""
    (workspace / "entities" / f"{entity}.yaml").unlink()
    (workspace / "systems" / f"{system}.yaml").unlink()
    for folder in (workspace / "contracts").glob(contracts):
        shutil.rmtree(folder)


def _agree(file: Path) -> None:
    """What the entity's owner writes, so that limits of its systems are tried."""
    until = datetime.now(UTC).date() + timedelta(days=30)
    agreed = {
        "by": "finance-fr@meridian.example", "until": until.isoformat(),
        "at_once": 6, "requests": 120, "seconds": 20, "bodies": True,
    }  # fmt: skip
    with file.open("a", encoding="utf-8") as opened:
        opened.write(f"fuzzing: {json.dumps({'limits': agreed})}\n")


def main(*, stay: bool = False) -> int:
    """Go the whole way; the exit code. The last line says what was checked and what is live."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    began = time.monotonic()
    done = False
    try:
        with BoardFleet(free_ports(1)[0]) as fleet:
            _way(fleet)
            if stay:
                _tell(fleet)
            print(f"\n{fleet.board.summary(ENTITY)}, in {time.monotonic() - began:.0f} seconds", flush=True)
            done = True
            if stay:
                signal.pause()
    except KeyboardInterrupt:
        return 0 if done else 130
    except StoppedError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except (InvalidInputError, StartError, ExampleMissingError, ValkeyServerError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _way(fleet: BoardFleet) -> None:
    fleet.board.first_release()
    fleet.serve()
    caller = Caller(fleet)
    _expect(_status(caller, BESIDE) == 200, f"{BESIDE} is not served from the first release")
    before = _status(caller, ENTITY)
    _expect(before in (403, 404, 503), f"{ENTITY} is a candidate, and was answered with {before}")
    print(f"\n{BESIDE} is live; a call for {ENTITY} is answered with {before}", flush=True)
    fleet.board.onboard(ENTITY, *OPTIONS)
    _waited(lambda: _status(caller, ENTITY) == 200, f"{ENTITY} is not answered after its release was activated")
    _expect(_status(caller, BESIDE) == 200, f"{BESIDE} is not served any more")
    print(f"\na call for {ENTITY} is answered with 200", flush=True)
    fleet.board.run("onboard", "status")


def _status(caller: Caller, entity: str) -> int:
    """What a consumer is answered who asks for orders of the entity."""
    head = {**caller.bearer("webshop", WRITE), "X-Entity": entity}
    return caller.call("GET", f"{SALES}/A_SalesOrder?%24top=2", head).status


def _waited(holds: Callable[[], bool], fault: str, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        _expect(time.monotonic() < deadline, fault)
        time.sleep(0.2)


def _expect(holds: bool, fault: str) -> None:
    if not holds:
        raise StoppedError(fault)


def _tell(fleet: BoardFleet) -> None:
    """What stays open: the portal, the board's pages with the report, the report as a file."""
    fleet.serve_board(port := free_ports(1)[0])
    report = fleet.board.place(ENTITY).report / "report.html"
    decision = fleet.board.drafted(ENTITY)
    board = f"http://localhost:{port}/"
    print(f"\nreport: {report}\nreport beside its decision: {board}decisions/{decision}/report", flush=True)
    print(f"board: {board} (the keys of its members: {fleet.folder / 'keys'})\nportal: {fleet.url}/", flush=True)
    print("Ctrl-C ends it and leaves nothing behind.", flush=True)


def _interrupt(_number: int, _frame: object) -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(stay="--stay" in sys.argv[1:]))
