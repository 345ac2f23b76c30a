"""Fuzzing, proven: the same seed asks the same; one company fuzzed, the other as it was; killed at random, taken back;
a second run at the same time is told to wait, and the first keeps to its share of the system's capacity.

Each on a system of its own, made anew. Exit code 0 when all held.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from fuzz_system import System  # noqa: E402
from fuzz_workspace import SECRETS, workspace  # noqa: E402
from simulated import SECRETS as SIMULATED  # noqa: E402
from simulated import Simulated  # noqa: E402

from governance.fuzz.recording import read_recording  # noqa: E402

ENV = {**os.environ, **SECRETS, **{f"TIDEWAITER_SECRET_{name}": value for name, value in SIMULATED.items()}}
COMMAND = [sys.executable, "-m", "governance.cli.main", "fuzz"]


def fuzz(*arguments: object, wait: bool = True) -> subprocess.Popen[bytes]:
    """The command as a process of its own, waited for unless it is to be killed."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, arguments)], cwd=ROOT, env=ENV, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    if wait:
        process.wait(900)
    return process


def same_seed(folder: Path) -> str:
    """Two runs on a system made anew each time: the fuzzer's calls to the byte, and the verdict."""
    asked, told = [], []
    for number in range(2):
        system = System("cuts-text", "filter-ignored")
        place = workspace(folder / f"seed-{number}", system.port)
        record = folder / f"seed-{number}.jsonl"
        try:
            fuzz("harbour", "-w", place, "-e", "test", "--record", record, "--examples", 5, "--seed", 3,
                 "--format", "json", "-o", folder / f"seed-{number}.json")  # fmt: skip
        finally:
            system.stop()
        entries = read_recording(record).entries
        asked.append([(one.call.method, one.call.target, one.call.body) for one in entries])
        report = json.loads((folder / f"seed-{number}.json").read_text())
        told.append([{k: v for k, v in one.items() if k != "evidence"} for one in report["findings"]])
    if asked[0] != asked[1] or told[0] != told[1] or not told[0]:
        return "two runs with one seed differ"
    print(f"the same seed: {len(asked[0])} calls and {len(told[0])} findings, twice the same")
    return ""


def one_company(folder: Path, examples: int) -> str:
    """`mde` fuzzed whole on a system that `mfr` shares: every row of both as before."""
    simulated = Simulated("s4hana", folder)
    place, record = folder / "meridian", folder / "mde.jsonl"
    shutil.copytree(ROOT / "examples" / "meridian", place, ignore=shutil.ignore_patterns("simulators"))
    (place / "environments" / "test.yaml").write_text(json.dumps({
        "purpose": "test", "public_url": "http://127.0.0.1:8080",
        "systems": {"s4-eu": {"url": f"http://127.0.0.1:{simulated.port}"}},
    }))  # fmt: skip
    (folder / "samples.yaml").write_text("foreign: {SalesOrder: ['2001', '2002']}\ncanaries: [CANARY-MFR]\n")
    try:
        before = rows(folder)
        began = time.monotonic()
        fuzz("mde", "-w", place, "-e", "test", "--record", record, "--examples", examples, "--samples",
             folder / "samples.yaml", "--format", "json", "-o", folder / "mde.json")  # fmt: skip
        seconds = time.monotonic() - began
    finally:
        simulated.stop()
    told = json.loads((folder / "mde.json").read_text())
    if rows(folder) != before:
        return "rows of the system are not as they were"
    if told["state"] != "complete" or told["not_tested"]:
        return f"not whole: {told['state_reason']} {told['not_tested']}"
    if any(one["rule"] in ("foreign-data", "pin-ignored") for one in told["findings"]):
        return "data of another entity were told"
    calls = len(read_recording(record).entries)
    print(f"mde fuzzed: {calls} calls in {seconds:.0f} s, {len(told['coverage'])} operations tested, "
          f"all {len(before)} rows of mde and mfr as before")  # fmt: skip
    return ""


def rows(folder: Path) -> list[str]:
    """All that the simulated S/4HANA holds."""
    with sqlite3.connect(folder / "s4hana.sqlite") as data:
        return sorted(map(str, data.execute("select * from row")))


def killed(folder: Path, times: int) -> str:
    """SIGKILL or SIGTERM at random moments: what the run had made is taken back, by --clean-up or by the run itself."""
    draw = random.Random(7)
    for number in range(times):
        system = System()
        place = workspace(folder / f"killed-{number}", system.port)
        record = folder / f"killed-{number}.jsonl"
        before = set(system.rows)
        process = fuzz("harbour", "-w", place, "-e", "test", "--record", record, "--examples", 5, wait=False)
        try:
            most = draw.randrange(5, 400)
            deadline = time.monotonic() + 120
            while system.calls < most and process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.005)
            asked = draw.random() < 0.5
            if process.poll() is None:
                process.send_signal(signal.SIGTERM if asked else signal.SIGKILL)
            process.wait(60)
            if not asked:
                fuzz("--clean-up", record, "-w", place, "-e", "test")
            if set(system.rows) != before:
                return f"killed after {most} calls: {len(set(system.rows) ^ before)} rows differ"
        finally:
            system.stop()
    print(f"killed {times} times at random moments: every row as before")
    return ""


def at_once(folder: Path) -> str:
    """Two runs at once on a system with a capacity: one comes to its end within its share, the other calls nothing."""
    capacity = [{"name": "rate", "unit": "requests", "amount": 80, "window_seconds": 1, "at_once": 20},
                {"name": "at-once", "unit": "concurrent", "amount": 2}]  # fmt: skip
    system = System()
    place = workspace(folder / "at-once", system.port, system={"capacity": capacity})
    reads = ("--operation", "listParties", "--operation", "getParty", "--examples", 2, "-w", place, "-e", "test")
    try:
        first = fuzz("harbour", *reads, "--record", folder / "first.jsonl", wait=False)
        deadline = time.monotonic() + 60
        while system.calls < 2 and first.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        second = fuzz("harbour", *reads, "--record", folder / "second.jsonl")
        code = first.wait(900)
        third = fuzz("harbour", *reads, "--record", folder / "third.jsonl")
    finally:
        system.stop()
    if (code, second.returncode, third.returncode) != (0, 2, 0) or (folder / "second.jsonl").exists():
        return f"two runs at once ended with {code} and {second.returncode}, the next one with {third.returncode}"
    most = max(sum(begin <= other < begin + 1 for other in system.times) for begin in system.times)
    if most > 40 * 1.1 or system.most_open > 1:
        return f"{most} calls in a second and {system.most_open} at once; half of the capacity is 40 and 1"
    calls = len(read_recording(folder / "first.jsonl").entries)
    print(f"two runs at once: one of {calls} calls, at most {most} in a second of the 40 that are its share; "
          "the other was told to wait")  # fmt: skip
    return ""


def main() -> int:
    """Exit 0 when all held."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    full = parser.parse_args().full
    folder = Path(tempfile.mkdtemp(prefix="tidewaiter-fuzz-proof-"))
    try:
        failed = [
            why
            for why in (
                same_seed(folder),
                one_company(folder, 20 if full else 2),
                killed(folder, 30 if full else 3),
                at_once(folder),
            )
            if why
        ]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for why in failed:
        print(f"FAILED: {why}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
