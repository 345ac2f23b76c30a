"""Takes each step out in turn and switches each fault of the simulated systems on: a named test fails each time.

Works on copies of the project in a temporary folder. First every named test passes there as things are; then, for each
row of `mutants.yaml`, one text is replaced at its one place and that row's test must fail. `--full` takes the rows too
that say so, and runs all tests of the example under each fault instead of the two that are named. Prints one line a
mutant; exit 0 where all were caught.
"""

import argparse
import asyncio
import compileall
import py_compile
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from mutant_faults import HARMLESS, TARGETS, Found, Target, run_faults
from pytest_runs import run_pytest

ROOT = Path(__file__).resolve().parent.parent
COPIED = ("contracts", "codegen", "policies", "gateway", "governance", "tests", "examples", "pyproject.toml")
WORKERS = 2
ONE_SECONDS = 200
"""What a mutant's test may take; tests have a timeout of their own, which is shorter."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One row of `mutants.yaml`."""

    name: str
    file: str
    old: str
    new: str
    test: str
    full: bool = False
    """Left to `--full`: its neighbours show much the same."""

    @property
    def node(self) -> str:
        """The test's id for pytest."""
        file, _, test = self.test.partition("::")
        return f"tests/{file}.py::{test}"


@dataclass(slots=True)
class Tally:
    """What came out."""

    caught: int = 0
    total: int = 0
    harmless: list[Found] = field(default_factory=list)

    def tell(self, name: str, tests: str, wrong: str) -> None:
        """Print a mutant's line; `wrong` is empty where it was caught."""
        self.total += 1
        self.caught += not wrong
        print(f"  {'NOT CAUGHT' if wrong else 'caught':<10}  {name}  ({tests})", flush=True)
        if wrong:
            print(f"              {wrong}", flush=True)


def copy_of_project(folder: Path) -> Path:
    """A copy whose compiled files are judged by their source's hash, so that a replaced text always counts."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".*_cache"))
        else:
            shutil.copy(source, folder / name)
    for name in COPIED[:5]:
        mode = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(folder / name, quiet=2, invalidation_mode=mode)
    return folder


async def failing_as_they_are(folder: Path, nodes: list[str]) -> dict[str, str]:
    """The named tests that do not pass without any mutant."""
    ran = await run_pytest(folder, nodes, 600)
    if ran.code == 0:
        return {}
    wrong = {name: became for name, became in ran.outcomes.items() if became != "passed"}
    return wrong or {f"pytest ended with {ran.code}": ran.said[-2000:]}


async def wrong_with(mutant: Mutant, folder: Path) -> str:
    """Why the mutant does not count as caught; empty where it does."""
    path = folder / mutant.file
    before = path.read_bytes()
    places = before.count(mutant.old.encode())
    if places != 1:
        return f"error: what shall be taken out stands {places} times in {mutant.file}, not once"
    path.write_bytes(before.replace(mutant.old.encode(), mutant.new.encode()))
    try:
        ran = await run_pytest(folder, [mutant.node], ONE_SECONDS, "-x")
    finally:
        path.write_bytes(before)
    if ran.code == 1 and ran.only("failed"):
        return ""
    if ran.code == 0:
        return "the test passes all the same"
    last = " / ".join(ran.said.splitlines()[-3:])
    return f"error: pytest ended with {ran.code}: {last}"


async def worker(folder: Path, jobs: Iterator[Mutant | Target], tally: Tally, *, whole: bool) -> None:
    """Do the next job until there is none."""
    for job in jobs:
        if isinstance(job, Mutant):
            began = time.monotonic()
            wrong = await wrong_with(job, folder)
            tally.tell(f"{job.name}, {time.monotonic() - began:.0f} s", job.test, wrong)
            continue
        for found in await run_faults(job, folder, whole=whole):
            if found.harmless:
                tally.harmless.append(found)
            else:
                tally.tell(f"fault {found.name}", ", ".join(found.tests), found.wrong)


async def run(mutants: list[Mutant], targets: list[Target], *, whole: bool) -> Tally:
    """Everything, two at a time."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="tidewaiter-mutants-") as scratch:
        folders = [await asyncio.to_thread(copy_of_project, Path(scratch) / str(n)) for n in range(WORKERS)]
        nodes = sorted({mutant.node for mutant in mutants})
        files = sorted({node.partition("::")[0] for node in nodes})
        parts = [[node for node in nodes if node.partition("::")[0] in files[n::WORKERS]] for n in range(WORKERS)]
        print(f"{len(nodes)} named tests as things are", flush=True)
        runs = [failing_as_they_are(f, part) for f, part in zip(folders, parts, strict=True) if part]
        wrong = {name: why for result in await asyncio.gather(*runs) for name, why in result.items()}
        if wrong:
            print("\n".join(f"  {name}: {why}" for name, why in wrong.items()))
            sys.exit("These named tests do not pass as things are: nothing is proven.")
        jobs: Iterator[Mutant | Target] = iter([*targets, *mutants])
        async with asyncio.TaskGroup() as group:
            for folder in folders:
                group.create_task(worker(folder, jobs, tally, whole=whole))
    return tally


def main() -> int:
    """Exit 0 where each was caught."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="all rows, and all tests of the example under each fault")
    parser.add_argument("--only", default="", help="mutants whose name or file contains this; `fault` for faults")
    chosen = parser.parse_args()
    rows = yaml.safe_load((ROOT / "bench" / "mutants.yaml").read_text(encoding="utf-8"))
    mutants = [Mutant(**row) for row in rows]
    assert len({mutant.name for mutant in mutants}) == len(mutants), "two mutants of one name"
    mutants = [m for m in mutants if chosen.only in f"{m.name} {m.file}" and (chosen.full or not m.full)]
    targets = [t for t in TARGETS if chosen.only in f"fault {t.system}"]
    started = time.monotonic()

    async def interruptible() -> Tally:
        task = asyncio.ensure_future(run(mutants, targets, whole=chosen.full))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
        return await task

    try:
        tally = asyncio.run(interruptible())
    except asyncio.CancelledError:
        print("interrupted; every process has ended", file=sys.stderr)
        return 130
    strange = [found for found in tally.harmless if found.wrong]
    if tally.harmless:
        print("\nFaults that do a caller no harm, and are not counted:")
    for found in tally.harmless:
        print(f"  {'as said' if not found.wrong else 'NOT AS SAID'}  {found.name}: {HARMLESS[found.name.split()[1]]}")
        if found.wrong:
            print(f"              {found.wrong}")
    print(f"\n{tally.caught} of {tally.total} caught  ({time.monotonic() - started:.0f} s)")
    return 0 if tally.caught == tally.total and not strange else 1


if __name__ == "__main__":
    sys.exit(main())
