"""Fair sharing of a scarce system: a greedy and a modest consumer before Business Central's real limits, simulated.

First one worker on the vendor's numbers (5 at work, 6,000 in five minutes), then two workers on one Valkey with a
window thirty times shorter, so that it fills. Prints figures; exit 1 where the simulator refused a request, sharing was
unfair (Jain's index of 0.95 or less), the modest one waited long, or two workers did not keep one budget.
"""

import argparse
import asyncio
import json
import shutil
import sys
import time
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from governance.demo.fleet import Fleet
from governance.demo.process import Child

WORK_SECONDS = 0.05
GREEDY_CALLERS, MODEST_CALLERS = 40, 12
JAIN = 0.95
MODEST_WAIT_SECONDS = 1.0
STORE_SECONDS = 1.0
"""Sharing is shown, not the loss of the store: on a busy machine the default of 50 ms is an outage at times."""
SCALED = {"amount": 200, "window_seconds": 10}
"""6,000 in 300 s, thirty times shorter."""
STORE_LOST = "limit_store_away"
CONTRACT = {
    "openapi": "3.1.0",
    "info": {"title": "Companies", "version": "1.0"},
    "paths": {"/companies": {"get": {
        "operationId": "listCompanies", "security": [{"token": ["read"]}],
        "responses": {"200": {"description": "all", "content": {"application/json": {"schema": {"type": "object"}}}}},
    }}},
    "components": {"securitySchemes": {"token": {"type": "oauth2", "flows": {"clientCredentials": {
        "tokenUrl": "https://login.example/token", "scopes": {"read": "read"}}}}}},
}  # fmt: skip


@dataclass
class FairFleet(Fleet):
    """The demo's processes before a workspace of their own: one system, two consumers of equal weight."""

    workers: int = 1
    capacity: list[dict[str, Any]] | None = None
    """In place of the product's budgets."""

    def _write_environment(self, workspace: Path) -> None:
        for part in workspace.iterdir():
            if part.name != "simulators":
                shutil.rmtree(part) if part.is_dir() else part.unlink()
        central, issuer = (f"http://127.0.0.1:{self.ports[name]}" for name in ("bc-us", "issuer"))
        plan = {"rates": [{"name": "wide", "requests": 1_000_000, "window_seconds": 60}]}
        system = {
            "product": "business-central", "owner": "it", "protocol": "odata-v4",
            "url": f"{central}/v2.0/meridian/production/api/v2.0",
            "credential": {"type": "oauth2", "token_url": f"{central}/token", "client_id": "secret:BC_CLIENT_ID",
                           "client_secret": "secret:BC_CLIENT_SECRET"},
            **({} if self.capacity is None else {"capacity": self.capacity}),
        }  # fmt: skip
        files: dict[str, Any] = {
            "tidewaiter.yaml": {
                "name": "fair", "public_url": self.url, "public": {"port": self.port},
                "health": {"port": self.ports["health"]}, "store": {
                    "kind": "redis", "url": "secret:STORE_URL", "timeout_seconds": STORE_SECONDS,
                },
                "address_limit": {"requests": 1_000_000, "window_seconds": 60},
            },
            "environments/demo.yaml": {},
            "contracts/companies/api.yaml": {"title": "C", "owner": "it", "versions": {"1.0": {"stage": "active"}}},
            "contracts/companies/1.0.yaml": CONTRACT,
            "systems/bc.yaml": system,
            "entities/us.yaml": {
                "name": "US", "country": "US", "owner": "it", "stage": "onboarded",
                "offers": [{"contract": "companies@1.0", "system": "bc"}],
            },
            "policies/plans.yaml": {"plans": {"wide": plan}},
            "policies/issuers.yaml": {"issuers": {"fair": {
                "issuer": issuer, "audience": "https://api.meridian.example",
                "jwks_url": f"{issuer}/.well-known/jwks.json",
            }}},
        }  # fmt: skip
        for name in ("greedy", "modest"):
            files[f"consumers/{name}.yaml"] = {
                "name": name, "owner": f"{name}@example.com", "plan": "wide", "entities": ["us"],
                "credentials": [{"type": "jwt", "issuer": "fair", "claim": name}],
            }  # fmt: skip
        for name, content in files.items():
            path = workspace / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(content), encoding="utf-8")

    def start_gateway(self) -> None:
        """As the demo's, with so many workers."""
        command = [
            sys.executable, "-m", "governance.cli.main", "serve", str(self.folder / "workspace"),
            "--environment", "demo", "--workers", str(self.workers), "--access-log", str(self.folder / "access.log"),
            "--no-clients",
        ]  # fmt: skip
        self.children["gateway"] = child = Child("gateway", command, self.folder / "gateway.log", self._environment())
        self._stack.callback(child.stop)
        child.wait_for_port(self.port)
        child.wait_for_port(self.ports["health"])


@dataclass
class Seen:
    """What the callers of one consumer saw. Times in seconds."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def answered(self) -> int:
        """Good answers."""
        return self.statuses[200]

    def waited(self, share: float) -> float:
        """No more than that share of the answered calls took longer."""
        ordered = sorted(self.waits)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


async def caller(session: aiohttp.ClientSession, url: str, token: str, seen: Seen, until: float) -> None:
    """A call at a time, as often as it can. Told to wait, it waits."""
    while time.monotonic() < until:
        began = time.monotonic()
        async with session.get(url, headers={"authorization": f"Bearer {token}"}) as answer:
            await answer.read()
            ended = time.monotonic()
            if ended > until:
                return  # the line empties: who has more waiting has more of what comes late
            seen.statuses[answer.status] += 1
            if answer.status == 200:
                seen.waits.append(ended - began)
                continue
            wait = float(answer.headers.get("retry-after", "1"))
        await asyncio.sleep(max(0.0, min(wait, until - time.monotonic())))


async def phase(fleet: FairFleet, seconds: float, callers: dict[str, int]) -> dict[str, Seen]:
    """So many callers of each consumer at once."""
    seen = {name: Seen() for name in callers}
    url, until = f"{fleet.url}/companies/v1/companies", time.monotonic() + seconds
    tokens = {name: fleet.token(name, "read") for name in callers}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        await asyncio.gather(*(
            caller(session, url, tokens[name], seen[name], until) for name, many in callers.items() for _ in range(many)
        ))  # fmt: skip
    return seen


def jain(shares: list[float]) -> float:
    """Jain's fairness index: 1 where all are equal, 1/n where one has all."""
    return sum(shares) ** 2 / (len(shares) * sum(x * x for x in shares)) if any(shares) else 0.0


def in_windows(times: list[float], seconds: float) -> int:
    """The most that fell into any window of that length."""
    most = first = 0
    for last, at in enumerate(times):
        while times[first] <= at - seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


class Verdict:
    """Figures as they are found, and whether each holds."""

    def __init__(self) -> None:
        self.failed = 0

    def says(self, what: str, figure: str, *, holds: bool) -> None:
        """One line."""
        self.failed += not holds
        print(f"{'ok ' if holds else 'NO '} {what:<58} {figure}", flush=True)

    def phase(self, name: str, seen: dict[str, Seen], *, shared: bool = True) -> None:
        """How two that always want more shared, and that nobody was told of a limit of the system.

        `shared`: by one worker. Each worker is fair to those who wait at it; where the kernel gave one of two workers
        all connections of a consumer, it has its part of that worker only: told, not judged.
        """
        index = jain([float(one.answered) for one in seen.values()])
        shares = ", ".join(
            f"{consumer} {one.answered} ({sum(one.statuses.values()) - one.answered} refused)"
            for consumer, one in seen.items()
        )
        self.says(f"{name}: Jain's index", f"{index:.3f}  {shares}", holds=index > JAIN or not shared)
        odd = sum((one.statuses for one in seen.values()), Counter()).keys() - {200, 503}
        self.says(f"{name}: answers other than 200 and 503", f"{sorted(odd) or 'none'}", holds=not odd)


def judge_simulator(verdict: Verdict, fleet: FairFleet, window_seconds: float, most: int) -> list[dict[str, Any]]:
    """What the system itself saw."""
    state = fleet.control("bc-us", "state")
    requests = [r for r in fleet.control("bc-us", "requests?since=0")["requests"] if "/companies" in r["target"]]
    refused = sum(r["status"] == 429 for r in requests)
    verdict.says("429 by the simulator", f"{refused} of {len(requests)}", holds=refused == 0 and len(requests) > 0)
    at_work = state["most_at_work"]
    verdict.says("at work at the simulator, at most 5; waiting there 0", f"{at_work}, {state['most_waiting']}",
                 holds=at_work <= 5 and state["most_waiting"] == 0)  # fmt: skip
    with urllib.request.urlopen(f"http://127.0.0.1:{fleet.ports['health']}/metrics", timeout=5) as page:
        lost = [line for line in page.read().decode().splitlines() if STORE_LOST in line]
    verdict.says("decisions without the store", "; ".join(lost) or "none", holds=not lost)
    filled = in_windows([r["at"] for r in requests], window_seconds)
    verdict.says(f"requests in any {window_seconds:g} s, at most {most}", str(filled), holds=filled <= most)
    return requests


def one_worker(verdict: Verdict, port: int, seconds: float) -> None:
    """The vendor's own numbers."""
    print("one worker, 5 at work, 6,000 in 300 s", flush=True)
    both = {"greedy": GREEDY_CALLERS, "modest": MODEST_CALLERS}
    with FairFleet(port) as fleet:
        fleet.control("bc-us", "settings", {"work_seconds": WORK_SECONDS})
        verdict.phase("slots are scarce", asyncio.run(phase(fleet, 3, both)))
        seen = asyncio.run(phase(fleet, seconds, both))
        verdict.phase("requests are scarce", seen)
        alone = asyncio.run(phase(fleet, 3, {"greedy": GREEDY_CALLERS, "modest": 1}))["modest"]
        longest = alone.waited(1.0)
        verdict.says(
            f"the modest one, a call at a time: longest wait under {MODEST_WAIT_SECONDS:g} s",
            f"{longest:.2f} s, half under {alone.waited(0.5):.2f} s, {alone.answered} calls",
            holds=0 < longest < MODEST_WAIT_SECONDS and alone.statuses.keys() == {200},
        )
        judge_simulator(verdict, fleet, 300, 6_000)


def two_workers(verdict: Verdict, port: int, seconds: float) -> None:
    """One budget on one Valkey, in a window that fills."""
    print(f"two workers on one Valkey, 5 at work, {SCALED['amount']} in {SCALED['window_seconds']} s", flush=True)
    queue = {"waiting": 95, "wait_seconds": 10}
    capacity = [
        {"name": "requests", "scope": "identity", "unit": "requests", "queue": queue, **SCALED},
        {"name": "at-work", "scope": "identity", "unit": "concurrent", "amount": 5, "queue": queue},
    ]
    with FairFleet(port, workers=2, capacity=capacity) as fleet:
        changed = {"work_seconds": WORK_SECONDS, "minute_seconds": 2.0, "window_requests": SCALED["amount"]}
        fleet.control("bc-us", "settings", changed)
        seen = asyncio.run(phase(fleet, seconds, {"greedy": GREEDY_CALLERS, "modest": MODEST_CALLERS}))
        verdict.phase("both workers", seen, shared=False)
        requests = judge_simulator(verdict, fleet, SCALED["window_seconds"], SCALED["amount"])
        window = in_windows([r["at"] for r in requests], SCALED["window_seconds"])
        verdict.says("the budget is used, at least four fifths", str(window), holds=window >= 0.8 * SCALED["amount"])


def main() -> int:
    """Exit 0 where everything holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="six minutes on the vendor's window, until it is full")
    parser.add_argument("--port", type=int, default=8473)
    chosen = parser.parse_args()
    verdict = Verdict()
    two_workers(verdict, chosen.port, 60 if chosen.full else 11)
    one_worker(verdict, chosen.port, 360 if chosen.full else 5)
    print("fair" if not verdict.failed else f"{verdict.failed} figures do not hold")
    return 1 if verdict.failed else 0


if __name__ == "__main__":
    sys.exit(main())
