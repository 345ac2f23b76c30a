"""Mixed calls against both systems while everything around misbehaves; then judges of accounts, canaries and slopes.

Real processes: gateway, Valkey, two simulated ERPs, issuer. `held`, and exit code 0, only where every judge finds
nothing. Stated bounds, of the gateway's processes together, after a third of the time for warming up:

- resident memory grows by less than 6 kB a second (at most 2.4 MB in the last 400 s of the whole form). In short runs
  the caches of tokens, validators and the allocator's arenas are still filling, so 300 kB a second are allowed there;
- descriptors grow by less than 0.02 a second (short: 1.0, since callers' connections come and go), and once all
  callers have gone at most `SPARE_DESCRIPTORS` more are open than before the first call.
"""

import argparse
import asyncio
import json
import os
import shutil
import sqlite3
import sys
import time
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families
from soak_caller import READS, Caller, World
from soak_calls import CENTRAL, SALES, go_on
from soak_fleet import (
    BODY_SECONDS,
    CONCURRENCY,
    OPERATION_SECONDS,
    READ,
    SYSTEMS,
    TOTAL_SECONDS,
    WRITE,
    SoakFleet,
    Systems,
    Trouble,
)
from soak_judges import (
    Canaries,
    judge_attempts,
    judge_ledger,
    judge_lines,
    judge_log,
    judge_metrics,
    judge_slope,
    judge_statuses,
    judge_times,
    judge_worth,
    judge_writes,
    slope,
)

from governance.demo.process import free_ports

CALLERS = 24
PAUSE_SECONDS = 0.12
WHOLE_SECONDS = 300
"""From here on the bounds of the whole form hold."""
SPARE_DESCRIPTORS = 8
RECOVERY_SECONDS = 70
IDLE_SECONDS = 12
"""After this long the gateway has closed the connections to systems that nobody uses."""
BANNERS = (
    "JSESSIONID", "canary-cookie", "SAP_SESSIONID", "sap-XSRF", "sap-usercontext", "Microsoft-HTTPAPI", "x-ms-server",
    "SAP NetWeaver", "ABAP 795", "sap-processing-info", "x-aspnet-version", "x-backend-server", "10.1.2.3",
    "TECHNICAL_USER", "soak-bad-token",
)  # fmt: skip


class Soak:
    """One run."""

    def __init__(self, fleet: SoakFleet, seconds: int, seed: int) -> None:
        self.fleet, self.seconds, self.seed = fleet, seconds, seed
        self.canaries = Canaries(fleet.hosts(), BANNERS, fleet.sum_of_secrets())
        self.world = World(fleet.port, fleet.url, fleet.keys["portal"], fleet.keys["dashboard"], self.canaries)
        self.systems = Systems(fleet)
        self.trouble = Trouble(fleet, seed)
        self.pid = fleet.children["gateway"].process.pid
        self.memory: list[tuple[float, float]] = []
        self.descriptors: list[tuple[float, float]] = []
        self.faults: list[str] = []

    async def run(self) -> None:
        """The load, the quiet after it, a burst, and what the metrics say."""
        await asyncio.to_thread(self._first_tokens)
        before, processes = self._open_descriptors(), session_of(self.pid)
        until = time.monotonic() + self.seconds
        around = [self.trouble.settings(), self.trouble.keys(), self.trouble.store(), self._tokens(), self._collect()]
        around += [self.trouble.faults(system) for system in SYSTEMS]
        tasks = [asyncio.create_task(work) for work in around]
        sampling = asyncio.create_task(self._sample())
        callers = [Caller(self.world, self.seed * 1000 + n) for n in range(CALLERS)]
        await asyncio.gather(*(go_on(caller, until, PAUSE_SECONDS) for caller in callers))
        sampling.cancel()
        for task in tasks:
            task.cancel()
        for done in await asyncio.gather(*tasks, sampling, return_exceptions=True):
            if isinstance(done, Exception):
                self.faults.append(f"the soak itself: {type(done).__name__}: {done}")
        await asyncio.sleep(OPERATION_SECONDS + 1)
        await asyncio.to_thread(self.systems.settle)
        await self._burst()
        await asyncio.sleep(IDLE_SECONDS)
        await asyncio.to_thread(self.systems.collect, all_of_it=True)
        await asyncio.to_thread(self.systems.count_markers, prune=False)
        after = self._open_descriptors()
        if session_of(self.pid) != processes:
            self.faults.append(f"processes of the gateway: {processes} at first, {session_of(self.pid)} at the end")
        self.descriptors_at_rest = (before, after)
        if after > before + SPARE_DESCRIPTORS:
            self.faults.append(f"descriptors: {after} at rest, {before} before the first call")

    def _first_tokens(self) -> None:
        token = self.fleet.token
        for consumer, scope in (("webshop", WRITE), ("edi-hub", READ)):
            self.world.tokens[consumer] = [token(consumer, scope) for _ in range(12)]
        self.world.bad_tokens = [
            token("webshop", WRITE, expires_in="-1000"),
            token("webshop", WRITE, audience="https://other.example"),
            token("stranger", WRITE),
            token("webshop", WRITE, claims=json.dumps({"cnf": {"jkt": "x"}})),
            token("webshop", WRITE, claims=json.dumps({"iss": "https://evil.example"})),
            token("webshop", WRITE, claims=json.dumps({"nbf": int(time.time()) + 9000})),
            token("webshop", "nothing"),
            token("webshop", WRITE, header=json.dumps({"kid": "unknown"})),
        ]

    async def _tokens(self) -> None:
        """New tokens all the time, and at once where the issuer has new keys."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.trouble.rotated.wait(), 1)
            fresh = 12 if self.trouble.rotated.is_set() else 1
            self.trouble.rotated.clear()
            for consumer, scope in (("webshop", WRITE), ("edi-hub", READ)):
                made = [await asyncio.to_thread(self.fleet.token, consumer, scope) for _ in range(fresh)]
                self.world.tokens[consumer] = (made + self.world.tokens[consumer])[:12]

    async def _collect(self) -> None:
        turn = 0
        while True:
            await asyncio.sleep(2)
            turn += 1
            await asyncio.to_thread(self.systems.collect)
            self.canaries.learn(self.systems.learned)
            if turn % 5 == 0:
                await asyncio.to_thread(self.systems.count_markers, prune=True)
                page = await asyncio.to_thread(self.fleet.metrics)
                self.canaries.look("metrics", page.encode())

    async def _sample(self) -> None:
        began = time.monotonic()
        while True:
            at = time.monotonic() - began
            self.memory.append((at, self._resident_kb()))
            self.descriptors.append((at, float(self._open_descriptors())))
            await asyncio.sleep(1)

    def _resident_kb(self) -> float:
        """Of parent and workers together."""
        pages = [int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) for pid in session_of(self.pid)]
        return sum(pages) * os.sysconf("SC_PAGE_SIZE") / 1000

    def _open_descriptors(self) -> int:
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in session_of(self.pid))

    async def _burst(self) -> None:
        """As many calls at once as the plan allows, to each system: every slot is back, or one is refused.

        What a system refused has lowered its budget, and the store may have been away: within a minute both are over.
        """
        for system, target, entity in (("s4-eu", f"{SALES}/A_SalesOrder('4711')", "mde"),
                                       ("bc-us", f"{CENTRAL}/items", "mna")):  # fmt: skip
            thinking = {"work_seconds": 0.5 if system == "s4-eu" else 0.1}
            await asyncio.to_thread(self.fleet.control, system, "settings", thinking)
            until = time.monotonic() + RECOVERY_SECONDS
            while (said := await self._at_once(target, entity)) != {"200": CONCURRENCY}:
                if time.monotonic() > until:
                    self.faults.append(f"burst: {CONCURRENCY} calls at once to {system} were answered {dict(said)}")
                    break
                await asyncio.sleep(5)
            self.world.facts[f"burst of {CONCURRENCY} to {system}, answered 200"] += said["200"]

    async def _at_once(self, target: str, entity: str) -> Counter[str]:
        callers = [Caller(self.world, n) for n in range(CONCURRENCY)]
        await asyncio.gather(
            *(c.call("burst", "GET", target, c.bearer(entity=entity), expected=READS) for c in callers)
        )
        for caller in callers:
            await caller.line.hang_up()
        return Counter(f"{o.status} {o.problem}".rstrip() for o in self.world.outcomes[-CONCURRENCY:])

    def judge(self) -> None:
        """After the gateway has ended: everything against everything."""
        fleet, world = self.fleet, self.world
        page = self.metrics_page
        samples, events, still_open = read_metrics(page)
        log = (fleet.folder / "access.log").read_bytes()
        lines = [json.loads(line) for line in log.splitlines() if line.startswith(b"{")]
        own = (fleet.folder / "gateway.log").read_bytes()
        records, anonymous, rows = read_ledger(fleet.folder / "workspace" / ".tidewaiter" / "ledger.sqlite")
        self.canaries.learn(self.systems.learned)
        for line in log.splitlines():
            self.canaries.look("access log", line)
        for where, data in (("gateway's log", own), ("metrics", page.encode()), ("ledger", rows)):
            self.canaries.look(where, data)
        bounds = (6.0, 0.02) if self.seconds >= WHOLE_SECONDS else (300.0, 1.0)
        self.faults += [
            *judge_lines(world.outcomes, lines),
            *judge_statuses(world.outcomes),
            *(f"callers: {what} x{count}" for what, count in world.wrong.items()),
            *judge_metrics(lines, samples, still_open),
            *judge_ledger(lines, records, anonymous, int(events["ledger_dropped"])),
            *judge_attempts(lines, self.systems.requests, int(events["stale_connection"]), SYSTEMS),
            *judge_writes(world.outcomes, self.systems.markers),
            *judge_times(lines, TOTAL_SECONDS, BODY_SECONDS),
            *self.canaries.judge(),
            *judge_slope("memory in kB", self.memory, bounds[0]),
            *judge_slope("descriptors", self.descriptors, bounds[1]),
            *judge_worth(self._worth()),
            *judge_log(own.decode("utf-8", "replace")),
        ]
        self._table(lines, records, anonymous, events, bounds)

    def _worth(self) -> dict[str, tuple[float, float]]:
        """What must have happened for the rest to mean anything: (how often, at least)."""
        turns = self.seconds // 30
        fates = Counter(o.fate for o in self.world.outcomes)
        return {
            "calls": (len(self.world.outcomes), 15 * self.seconds),
            "callers who left": (fates["left"], self.seconds / 2),
            "records read and proven": (
                sum(o.kind in ("read", "items", "pipelined") and o.status == 200 for o in self.world.outcomes),
                self.seconds,
            ),
            "kinds of faults met": (len(self.systems.by_fault), min(self.seconds / 2, 30)),
            "orders written": (len(self.systems.markers), self.seconds),
            "answers while the store was away": (self.world.facts["answered while the store was away"], 10 * turns),
            "times the store was away": (self.trouble.counts["store away"], turns),
            "new keys of the issuer": (self.trouble.counts["rotations"], turns),
            "values of the systems to look for": (len(self.systems.learned), 10),
        }

    def _table(
        self, lines: list[dict[str, object]], records: list[dict[str, object]], anonymous: int,
        events: Counter[str], bounds: tuple[float, float],
    ) -> None:  # fmt: skip
        outcomes = self.world.outcomes
        fates = Counter(o.fate for o in outcomes)
        statuses = Counter(o.status for o in outcomes if o.fate == "answer")
        warm = len(self.memory) // 3
        asked = sum(int(str(line["attempts"])) for line in lines if line.get("system") in SYSTEMS)
        rows: list[tuple[str, object]] = [
            ("calls", f"{len(outcomes)} of {len({o.kind for o in outcomes})} kinds; {dict(fates)}"),
            ("answers", "  ".join(f"{s}: {n}" for s, n in sorted(statuses.items()))),
            ("problem types seen", len({o.problem for o in outcomes if o.problem})),
            ("access-log lines", len(lines)),
            ("ledger", f"{len(records)} records, {anonymous} anonymous, {events['ledger_dropped']:.0f} dropped"),
            ("requests at systems", (f"{len(self.systems.requests)} for {asked} attempts, "
                                    f"{events['stale_connection']:.0f} sent again on a stale connection")),
            ("orders written", f"{len(self.systems.markers)} of {sum(bool(o.marker) for o in outcomes)} sent"),
            ("faults met", f"{sum(self.systems.by_fault.values())} of {len(self.systems.by_fault)} kinds"),
            ("around", "  ".join(f"{k}: {v}" for k, v in self.trouble.counts.items() if not k.startswith("fault"))),
            ("longest call", f"{max(float(str(x.get('ms', 0))) for x in lines) / 1000:.1f} s"),
            ("looked through", (f"{self.canaries.looked_at / 1e6:.0f} MB for canaries, "
                               f"{len(self.systems.learned)} values of the systems among them")),
            ("memory", (f"{self.memory[0][1] / 1000:.1f} MB, warm {self.memory[warm][1] / 1000:.1f} MB, last "
                       f"{self.memory[-1][1] / 1000:.1f} MB; {slope(self.memory[warm:]):.2f} kB/s, bound {bounds[0]}")),
            ("descriptors", (f"{slope(self.descriptors[warm:]):.4f}/s, bound {bounds[1]}; "
                            f"{self.descriptors_at_rest[0]} before, {self.descriptors_at_rest[1]} at rest")),
            *sorted(self.world.facts.items()),
        ]  # fmt: skip
        for name, value in rows:
            print(f"{name:42} {value}")


def read_metrics(page: str) -> tuple[dict[str, Counter[tuple[str, ...]]], Counter[str], float]:
    """The series by their labels, events by name, and how many calls are open."""
    series = {
        "tidewaiter_calls_total": ("calls", ("api", "version", "operation", "status")),
        "tidewaiter_problems_total": ("problems", ("problem", "fault")),
        "tidewaiter_ends_total": ("ends", ("end",)),
        "tidewaiter_effects_total": ("effects", ("effect",)),
    }
    samples: dict[str, Counter[tuple[str, ...]]] = {
        n: Counter() for n in ("calls", "problems", "ends", "effects", "wire")
    }
    events: Counter[str] = Counter()
    still_open = 0.0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name in series:
                name, labels = series[sample.name]
                samples[name][tuple(sample.labels[label] for label in labels)] += int(sample.value)
            elif sample.name == "tidewaiter_events_total":
                events[sample.labels["event"]] += int(sample.value)
                if sample.labels["event"] == "wire_refused":
                    samples["wire"][(sample.labels["problem"],)] += int(sample.value)
            elif sample.name == "tidewaiter_calls_open":
                still_open = sample.value
    return samples, events, still_open


def read_ledger(path: Path) -> tuple[list[dict[str, object]], int, bytes]:
    """The records, how many anonymous refusals were counted, and all of it as text."""
    with closing(sqlite3.connect(path)) as base:
        base.row_factory = sqlite3.Row
        records = [dict(row) for row in base.execute("SELECT * FROM refusals")]
        counts = [dict(row) for row in base.execute("SELECT * FROM anonymous")]
    return records, sum(int(c["count"]) for c in counts), json.dumps([records, counts]).encode()


def still_there(folder: Path, pids: list[int]) -> list[str]:
    """Processes of the fleet, or of theirs, and the folder."""
    faults = ["the folder of the run is still there"] if folder.exists() else []
    return faults + [f"process {found} is still there" for pid in pids for found in session_of(pid)]


def session_of(leader: int) -> list[int]:
    """The living processes of a session; each child of the fleet leads one of its own."""
    found = []
    for entry in Path("/proc").iterdir():
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            if int(fields[3]) == leader and fields[0] != "Z":
                found.append(int(entry.name))
    return sorted(found)


def main() -> int:
    """Exit 0 when every judge held."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=int, default=45)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="copy logs and data there where a judge fails; holds secrets")
    chosen = parser.parse_args()
    print(f"{chosen.seconds} s with {CALLERS} callers, seed {chosen.seed}", flush=True)
    with SoakFleet(free_ports(1)[0]) as fleet:
        pids = [child.process.pid for child in fleet.children.values()]
        folder = fleet.folder
        soak = Soak(fleet, chosen.seconds, chosen.seed)
        asyncio.run(soak.run())
        soak.metrics_page = fleet.metrics()
        code = fleet.children["gateway"].stop(45)
        if code != 0:
            soak.faults.append(f"the gateway ended with {code} on SIGTERM")
        soak.judge()
        if soak.faults and chosen.keep:
            shutil.copytree(folder, chosen.keep, dirs_exist_ok=True)
    soak.faults += still_there(folder, pids)
    for fault in soak.faults:
        print(f"FAILED  {fault}")
    print("failed" if soak.faults else "held: accounts, canaries, slopes, a clean end")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())
