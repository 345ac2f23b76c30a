"""Onboarding under `kill -9`: after each event, and at random times; resumed, the same comes of it, nothing is left.

Without --full: every event once, three random times, two while limits are tried. With it: thirty, and ten.
"""

import argparse
import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from fuzz_system import System, contract  # noqa: E402
from limited_system import AGREED, LimitedSystem  # noqa: E402
from onboarding import ENVIRONMENT, Onboarding  # noqa: E402

from governance.cli.main import main as tidewaiter  # noqa: E402

KILLED = -signal.SIGKILL
LAST = "board waiting"


def result(made: Onboarding) -> dict[str, object]:
    """What came of it, as far as two runs that ask the same must agree."""
    report = made.place.report
    fuzz = json.loads((report / "fuzz.json").read_text())
    manifest = json.loads((report / "manifest.json").read_text())
    limits = json.loads((report / "limits.json").read_text())
    return {
        "same": {name: (report / f"{name}.json").read_text() for name in ("check", "lint", "diff", "client")},
        "findings": sorted(
            (one["rule"], one["fingerprint"]) for one in fuzz["findings"] if one["rule"] != "slow-answer"
        ),
        "coverage": manifest["coverage"], "contracts": manifest["contracts"], "left": fuzz["cleaned"],
        "limits": [(row["limit"], row["verdict"]) for one in limits["systems"] for row in one["limits"]
                   if row["limit"].startswith("a ")],
        "subject": manifest["subject_files"], "drafts": len(made.drafts()), "stage": made.stage(),
    }  # fmt: skip


def faults(made: Onboarding, expected: dict[str, object], rows: object, system: System) -> list[str]:
    """What is not as it would be without a kill."""
    found = [name for name, value in result(made).items() if name != "left" and value != expected[name]]
    found += ["records of the run are left in the system"] if system.rows != rows else []
    found += [f"{path.name} is left" for path in made.place.folder.iterdir() if path.name.startswith((".", "raw"))]
    found += ["the report does not verify"] if _verify(made) else []
    found += [f"it ended with {made.events()[-1]}"] if made.events()[-1] not in (LAST, "live done") else []
    return found


def _verify(made: Onboarding) -> int:
    return tidewaiter(["verify", str(made.place.report), "--digest", made.fact("report", "report")])


def at_each_event(made: Onboarding, key: str) -> int:
    """Kill after a step began, and after it ended, for every step; how many kills that were."""
    kills = 0
    for more, end in (((), LAST), (("--key", key), "live done")):
        while not made.place.journal.exists() or made.events()[-1] != end:
            before = len(made.events()) if made.place.journal.exists() else 0
            kills += [made.killed(1, *more), made.killed(2, *more)].count(KILLED)
            if len(made.events()) == before:
                break
        if end == LAST:
            made.sign()
    return kills


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true")
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    os.environ.update(ENVIRONMENT)
    draw = random.Random(asked.seed)
    system = LimitedSystem(seconds=0)
    rows = {number: dict(row) for number, row in system.rows.items()}
    out = sys.stdout
    with tempfile.TemporaryDirectory(prefix="tidewaiter-killed-") as name, redirected():
        times = (30, 10) if asked.full else (3, 2)
        told = list(proven(Path(name), system, rows, draw, times, out))
    system.stop()
    return 1 if any(told) else 0


def proven(
    folder: Path, system: LimitedSystem, rows: object, draw: random.Random, times: tuple[int, int], out: TextIO
) -> Iterator[list[str]]:
    """What was wrong, kill by kill."""
    reads = Onboarding(folder / "reads", system.port, threshold=1)
    stepped = reads.copied(folder / "stepped")
    reads.run()
    kills = at_each_event(stepped, str(stepped.key("anna")))
    stepped.run("--key", str(stepped.key("anna")))
    told = faults(stepped, result(reads), rows, system)
    print(f"killed after each event, {kills} times, then live: {told or 'the same'}", file=out, flush=True)
    yield told

    agreed = {"fuzzing": {"limits": {**AGREED, "bodies": True}}}
    fresh = Onboarding(folder / "fresh", system.port, document=contract(), threshold=1, entity=agreed)
    whole = fresh.copied(folder / "whole")
    began = time.monotonic()
    whole.run()
    took = time.monotonic() - began
    expected = result(whole)
    for number in range(times[0]):
        seconds = draw.uniform(0.5, took)
        made = fresh.copied(folder / f"at-{number}")
        code = made.killed(0, seconds=seconds)
        at = made.events()[-1] if made.place.journal.exists() else "nothing yet"
        made.run()
        told = faults(made, expected, rows, system)
        how = "killed" if code == KILLED else "had ended"
        print(f"{how} after {seconds:5.1f} seconds, at {at:16}: {told or 'the same'}", file=out, flush=True)
        yield told
    system.seconds = 0.2
    asked_anew = {**expected, "drafts": 2}  # another recording is another report, which asks the board anew
    for number in range(times[1]):
        made = whole.copied(folder / f"limits-{number}", upto="limits began")
        yield in_limits(made, asked_anew, rows, system, draw, out)


def in_limits(
    made: Onboarding, expected: dict[str, object], rows: object, system: System, draw: random.Random, out: TextIO
) -> list[str]:  # fmt: skip
    """Killed while limits are tried, with some of the calls made; the run that comes after tries them anew."""
    calls, wanted = system.calls, draw.randrange(2, 60)
    with made.started() as process:
        while system.calls < calls + wanted and process.poll() is None:
            time.sleep(0.01)
        process.kill()
    at = f"{system.calls - calls} calls"
    made.run()
    told = faults(made, expected, rows, system)
    print(f"killed while limits were tried, after {at:9}: {told or 'the same'}", file=out, flush=True)
    return told


@contextmanager
def redirected() -> Iterator[None]:
    """What the commands print is not shown."""
    with Path(os.devnull).open("w") as quiet, redirect_stdout(quiet), redirect_stderr(quiet):
        yield


if __name__ == "__main__":
    raise SystemExit(main())
