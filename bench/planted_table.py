"""The fuzzer on a simulated ERP with one planted fault at a time, and on ten odd ways that conform: a table.

A fault counts as found where a finding (warning or error) stands at one of its operations, of a rule that fits its
kind, and the sound system has no such finding. Each finding in an odd variant that the sound system has not is false.
Exit code 0 where at least 18 of 20 are found, none is false, the sound system has none, and no run changed a row of the
other division, but for the fault that does so by itself.

`--short` takes four faults and two variants, and fuzzes only the API that they are in. `--seed` and `--bare` (without
samples) tell how much hangs on either.
"""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
PLANTED = ROOT / "bench" / "planted"
LEAST = 18
SHORT = ("empty-file-500", "stale-tag-accepted", "order-crosses", "price-crosses", "2", "10")
"""Of each API, and of what is seen in one answer, in several, and only from another entity's side."""
RUN_SECONDS = 900
RULES: Mapping[str, frozenset[str]] = {
    "server error": frozenset({"server-error"}),
    "undocumented status": frozenset({"status-undocumented"}),
    "drift": frozenset({"answer-drift", "answer-media", "answer-header", "error-in-success", "undeclared-member"}),
    "accepted rubbish": frozenset({"accepted-rubbish", "written-differently"}),
    "refused valid call": frozenset({"refused-valid"}),
    "ignored authentication": frozenset({"auth-ignored"}),
    "another entity's data": frozenset({"foreign-data", "pin-ignored", "foreign-changed"}),
    "leak": frozenset({"undeclared-member"}),
    "secrets in errors": frozenset({"error-tells"}),
    "other": frozenset({
        "condition-ignored", "etag-stays", "deleted-still-there", "created-not-there", "patch-overwrites",
        "written-differently", "pages-overlap", "pages-lose", "page-size-ignored", "filter-ignored", "next-page-loops",
    }),
}  # fmt: skip
"""Rules that fit a kind of fault."""
ALTER_OTHERS = frozenset({"price-crosses"})
"""Here the system itself changes rows of other divisions; that is the fault."""


@dataclass(frozen=True)
class How:
    """How a run is made. `apis`: only these, all where there are none."""

    examples: int = 20
    seed: int = 1
    bare: bool = False
    apis: tuple[str, ...] = ()


@dataclass(frozen=True)
class Ran:
    """One run: its report, how long it took, how many calls it made, and which rows of the other division changed."""

    report: Mapping[str, Any]
    seconds: float
    changed: int

    @property
    def told(self) -> dict[str, Mapping[str, Any]]:
        """Findings that are no mere information, by fingerprint."""
        return {one["fingerprint"]: one for one in self.report["findings"] if one["severity"] != "info"}


def samples(entity: str, *, bare: bool = False) -> Mapping[str, Any]:
    """The planted samples as `--samples` takes them; keys of the other division are foreign."""
    if bare:
        return {}
    held = yaml.safe_load((PLANTED / "samples.yaml").read_text(encoding="utf-8"))
    other = "two" if entity == "one" else "one"
    parameters: dict[str, list[Any]] = {}
    operations: dict[str, list[Any]] = {}
    for given in held[entity].values():
        for name, values in given.get("parameters", {}).items():
            parameters.setdefault(name, []).extend(values)
        for operation, bodies in given.get("bodies", {}).items():
            operations[operation] = [{"body": body} for body in bodies]
    # Samples name what may be changed: the records that the planted ERP has for that.
    for operation, name in (("setPrice", "sku"), ("changeOrder", "order_id"), ("changeParty", "party_id")):
        bodies = [one["body"] for one in operations.get(operation, ())]
        operations[operation] = [
            {"parameters": {name: value}, "body": bodies[i % len(bodies)]} for i, value in enumerate(parameters[name])
        ]
    foreign = {name: values for name, values in held[other]["trade@1.0"]["parameters"].items() if name.endswith("_id")}
    return {"parameters": parameters, "operations": operations, "foreign": foreign}


@contextmanager
def running(folder: Path, fault: str, variant: int) -> Iterator[int]:
    """The system with one fault; its port."""
    state = folder / "state"
    state.mkdir()
    command = [sys.executable, str(PLANTED / "system.py"), "--port", "0", "--fault", fault, "--variant", str(variant),
               "--state", str(state)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            word, _, port = process.stdout.readline().strip().partition(" ")
            if word != "ready":
                raise RuntimeError(f"the system with {fault} did not start")
            yield int(port)
        finally:
            process.terminate()


def rows(folder: Path, division: str) -> set[str]:
    """What the system holds of one division."""
    with sqlite3.connect(folder / "state" / "north.sqlite") as data:
        return set(map(str, data.execute("SELECT * FROM row WHERE division = ?", (division,))))


def run(fault: str, variant: int, entity: str, how: How) -> Ran:
    """Fuzz it once, on a state of its own."""
    folder = Path(tempfile.mkdtemp(prefix="tidewaiter-planted-"))
    try:
        workspace = folder / "workspace"
        shutil.copytree(PLANTED / "workspace", workspace)
        (folder / "samples.yaml").write_text(json.dumps(samples(entity, bare=how.bare)))
        secrets = yaml.safe_load((PLANTED / "secrets.yaml").read_text(encoding="utf-8"))
        env = {**os.environ, "TIDEWAITER_SECRET_NORTH_KEY": secrets["NORTH_KEY"],
               "TIDEWAITER_SECRET_KEY_PEPPER": secrets["KEY_PEPPER"]}  # fmt: skip
        with running(folder, fault, variant) as port:
            url = {"url": f"http://127.0.0.1:{port}"}
            (workspace / "environments" / "test.yaml").write_text(
                json.dumps({"purpose": "test", "systems": {"north": url}})
            )
            other = "200" if entity == "one" else "100"
            before = rows(folder, other)
            began = time.monotonic()
            told = subprocess.run(
                [sys.executable, "-m", "governance.cli.main", "fuzz", entity, "-w", str(workspace), "-e", "test",
                 "--witness", "two" if entity == "one" else "one", "--samples", str(folder / "samples.yaml"),
                 "--record", str(folder / "run.jsonl"), "--examples", str(how.examples), "--seed", str(how.seed),
                 "--seconds", str(RUN_SECONDS), "--format", "json", "-o", str(folder / "report.json"),
                 *(part for api in how.apis for part in ("--api", api))],
                cwd=ROOT, env=env, capture_output=True, text=True, check=False,
            )  # fmt: skip
            seconds = time.monotonic() - began
            changed = len(before ^ rows(folder, other))
        if not (folder / "report.json").exists():
            raise RuntimeError(f"{fault} {variant}: {told.stderr[-2000:]}")
        return Ran(json.loads((folder / "report.json").read_text()), seconds, changed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fits(one: Mapping[str, Any], fault: Mapping[str, Any]) -> bool:
    """Whether a finding is about the fault."""
    return one["rule"] in RULES[fault["kind"]] and one["operation"].partition(" ")[2] in fault["operations"]


def shown(found: Sequence[Mapping[str, Any]]) -> str:
    """The first finding, and how many more there are."""
    if not found:
        return "-"
    first = found[0]
    more = f" (+{len(found) - 1})" if len(found) > 1 else ""
    return f"{first['severity']} {first['rule']} {first['operation'].partition(' ')[2]}: {first['message'][:70]}{more}"


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bare", action="store_true", help="without samples")
    parser.add_argument("--short", action="store_true", help="a few of them, each on the API that it is in")
    parser.add_argument("--only", nargs="*", default=[], help="names of faults, or numbers of variants")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--all", action="store_true", help="list what else was found beside each fault")
    given = parser.parse_args()
    faults = yaml.safe_load((PLANTED / "faults.yaml").read_text(encoding="utf-8"))
    variants = yaml.safe_load((PLANTED / "variants.yaml").read_text(encoding="utf-8"))
    only = given.only or (SHORT if given.short else ())
    if only:
        faults = [one for one in faults if one["name"] in only]
        variants = [one for one in variants if str(one["number"]) in only]
    whole = How(1 if given.short else given.examples, given.seed, given.bare)
    return Table(whole, given.short, given.all).show(faults, variants, given.jobs)


@dataclass
class Table:
    """Runs everything, prints a line for each run in order, and adds up."""

    whole: How
    short: bool
    everything: bool
    calls: int = 0
    bad: int = 0

    def show(self, faults: Sequence[Mapping[str, Any]], variants: Sequence[Mapping[str, Any]], jobs: int) -> int:
        """The exit code."""
        began = time.monotonic()
        entities = sorted({"one", *("two" for one in variants if entity_of(one) == "two")})
        with ThreadPoolExecutor(jobs) as pool:
            sound = {entity: pool.submit(run, "none", 0, entity, self.whole) for entity in entities}
            planted = [pool.submit(run, one["name"], 0, "one", self.how(one["operations"])) for one in faults]
            odd = [pool.submit(run, "none", one["number"], entity_of(one), self.how(())) for one in variants]
            base = {entity: future.result() for entity, future in sound.items()}
            for entity, ran in base.items():
                self.line(f"sound, entity {entity}", ran, list(ran.told.values()))
                self.bad += len(ran.told) + ran.changed + (ran.report["state"] != "complete")
                self.bad += len(ran.report["not_tested"])
            print()
            hits = sum(
                self.fault(one, future.result(), base["one"]) for one, future in zip(faults, planted, strict=True)
            )
            print()
            false = sum(self.variant(one, future.result(), base) for one, future in zip(variants, odd, strict=True))
        print(f"\n{hits} of {len(faults)} faults found, {false} false findings in {len(variants)} variants; "
              f"{self.calls} calls in {time.monotonic() - began:.0f} s, {jobs} runs at a time")  # fmt: skip
        return 0 if hits >= min(LEAST, len(faults)) and not false and not self.bad else 1

    def how(self, operations: Sequence[str]) -> How:
        """In the short form only the API that the operations are in; for none the largest."""
        return replace(self.whole, apis=(api_of(operations),)) if self.short else self.whole

    def fault(self, one: Mapping[str, Any], ran: Ran, base: Ran) -> bool:
        """Whether it was found."""
        new = [finding for mark, finding in ran.told.items() if mark not in base.told]
        found = [finding for finding in new if fits(finding, one)]
        self.line(f"{'found ' if found else 'MISSED'} {one['name']}", ran, found)
        for finding in new if self.everything else ():
            if not fits(finding, one):
                print(f"{'':32}  also: {shown([finding])}")
        self.bad += ran.changed if one["name"] not in ALTER_OTHERS else 0
        return bool(found)

    def variant(self, one: Mapping[str, Any], ran: Ran, base: Mapping[str, Ran]) -> int:
        """How many findings are false."""
        new = [finding for mark, finding in ran.told.items() if mark not in base[entity_of(one)].told]
        self.line(f"{one['number']} {one['name']}", ran, new)
        self.bad += ran.changed + (ran.report["state"] != "complete")
        return len(new)

    def line(self, name: str, ran: Ran, found: Sequence[Mapping[str, Any]]) -> None:
        """One line of the table."""
        self.calls += ran.report["entries"]
        print(row(name, ran, found), flush=True)


def entity_of(variant: Mapping[str, Any]) -> str:
    """Whose division is fuzzed there."""
    return "two" if variant["name"] == "empty" else "one"


def api_of(operations: Sequence[str]) -> str:
    """The API whose contract has the operations."""
    for path in sorted((PLANTED / "workspace" / "contracts").glob("*/1.0.yaml")):
        paths = yaml.safe_load(path.read_text(encoding="utf-8"))["paths"].values()
        known = {
            held["operationId"]
            for path_item in paths
            for held in path_item.values()
            if isinstance(held, dict) and "operationId" in held
        }
        if operations and known >= set(operations):
            return path.parent.name
    return "trade"


def row(name: str, ran: Ran, found: Sequence[Mapping[str, Any]]) -> str:
    """One line of the table."""
    calls = ran.report["entries"]
    state = "" if ran.report["state"] == "complete" else f" STOPPED: {ran.report['state_reason']}"
    untested = f" not tested: {len(ran.report['not_tested'])}" if ran.report["not_tested"] else ""
    changed = f" {ran.changed} rows of the other division changed" if ran.changed else ""
    return f"{name:32}  {calls:5} calls {ran.seconds:5.0f} s  {shown(found)}{state}{untested}{changed}"


if __name__ == "__main__":
    sys.exit(main())
