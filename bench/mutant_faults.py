"""Each fault of the simulated systems, switched on: a named test that passes without it must fail with it.

Where a fault does a caller no harm, no test can fail for it: such faults are named here with the reason and with what
must be seen instead, are told apart, and never count as caught.
"""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_runs import Ran, run_pytest

FILE = "tests/flows/meridian/test_meridian.py"
HARMLESS = {
    "early-hints": "an interim answer is legal (RFC 8297): the true answer passes, the interim one and its Link do not",
    "leak-cookie": "heads of answers are built from a list: what is not on it reaches nobody, and the answer is true",
    "two-answers": "the first answer is the true one: it passes, the stray one is dropped with its connection",
}
"""The named tests pass with these on, and look themselves at what must not be there."""
READS_HEAL = frozenset({"csrf-expired", "session-lost", "bc-us double-encoded-links"})
"""Only writes have a session that can end. In the read of Business Central only the pinned company would be encoded
twice, and the gateway takes that out; in the write it is the new record's key."""


@dataclass(frozen=True, slots=True)
class Target:
    """A simulator, and the tests that must see its faults: one that reads and one that writes."""

    system: str
    script: str
    read: str
    write: str


TARGETS = (
    Target("s4-eu", "s4hana", "test_an_order_of_s4_is_read", "test_an_order_is_placed_once_at_s4"),
    Target(
        "bc-us", "business_central", "test_orders_of_business_central_are_read",
        "test_an_order_is_placed_once_at_business_central",
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """One fault: whether it is one that harms, and what is wrong (empty: as it should be)."""

    name: str
    tests: tuple[str, ...]
    harmless: bool
    wrong: str


def faults_of(target: Target, folder: Path) -> list[str]:
    """The names that a running simulator lists."""
    state = folder / f"{target.script}.state"
    script = folder / "examples" / "meridian" / "simulators" / f"{target.script}.py"
    process = subprocess.Popen(
        [sys.executable, str(script), "--port", "0", "--state", str(state)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        port = int(process.stdout.readline().split()[1])
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/__control/faults", timeout=10) as answer:
            return [fault["name"] for fault in json.load(answer)["faults"]]
    finally:
        process.terminate()
        process.communicate()


async def run_faults(target: Target, folder: Path, *, whole: bool) -> list[Found]:
    """All faults of one simulator behind one gateway, each followed by a run without it; `whole`: by all tests."""
    names = faults_of(target, folder)
    order = [entry for name in names for entry in (name, "off")]
    tests = [FILE] if whole else [f"{FILE}::{target.read}", f"{FILE}::{target.write}"]
    listed = ",".join(f"{target.system}:{entry}" for entry in order)
    ran = await run_pytest(folder, tests, 1200, TIDEWAITER_FAULTS=listed)
    return list(_judge(target, names, ran))


def _judge(target: Target, names: list[str], ran: Ran) -> Iterator[Found]:
    for number, name in enumerate(names):
        heals = READS_HEAL & {name, f"{target.system} {name}"}
        tests = (target.write,) if heals else (target.read, target.write)
        wanted = "passed" if name in HARMLESS else "failed"
        wrong = []
        for test in tests:
            on = ran.outcomes.get(f"{test}[{2 * number}-{name}]", "not run")
            off = ran.outcomes.get(f"{test}[{2 * number + 1}-off]", "not run")
            if on != wanted:
                wrong.append(f"{test} {on} with it")
            if off != "passed":
                wrong.append(f"{test} {off} after it")
        yield Found(f"{target.system} {name}", tests, name in HARMLESS, "; ".join(wrong))
