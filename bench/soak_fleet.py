"""The demo's fleet with plans wide enough for a soak, short timeouts, and everything that may go wrong around it."""

import asyncio
import json
import os
import random
import secrets
import signal
import sqlite3
from collections import Counter, deque
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import yaml

from governance.demo.fleet import Fleet

TOTAL_SECONDS = 5.0
FIRST_BYTE_SECONDS = 2.0
OPERATION_SECONDS = 8.0
BODY_SECONDS = 6.0
CONCURRENCY = 30
"""Calls of one consumer under way; no more than the connections to a system."""
SYSTEMS = ("s4-eu", "bc-us")
READ = "sales-orders.read orders.read master-data.read stock.read"
WRITE = f"{READ} sales-orders.write orders.write stock.reserve"
_MARKERS = {"s4-eu": ("s4hana", "A_SalesOrder", "PurchaseOrderByCustomer"),
            "bc-us": ("business_central", "salesOrders", "externalDocumentNumber")}  # fmt: skip

QUICK = (
    "down", "down-after", "cut", "cut-chunked", "bad-chunk", "garbage", "two-lengths", "wrong-length", "two-answers",
    "huge-head", "html", "redirect", "empty", "bad-json", "byte-order-mark", "wrong-type", "early-hints",
    "unknown-status", "200-with-error", "leak-cookie", "foreign-host-link", "double-encoded-links", "drift-type",
    "drift-missing", "drift-extra", "early-answer", "500", "502", "503", "504", "locked", "closed-period", "gzip-bomb",
)  # fmt: skip
SLOW = ("slow", "drip", "stall")
OWN = {
    "s4-eu": ("csrf-expired", "session-lost", "429", "403-not-csrf"),
    "bc-us": ("token-revoked", "429-with-retry-after", "429-without-retry-after", "408"),
}
NAMINGS = ("plain", "escaped", "unicode", "upper", "percent", "percent-host", "double", "mixed")


class SoakFleet(Fleet):
    """As the demo's; what differs is written over its workspace before the gateway reads it."""

    def _write_environment(self, workspace: Path) -> None:
        # Names that stand nowhere else, so that each can be looked for.
        self.secrets["S4_USER"] = f"SVC{secrets.token_hex(6).upper()}"
        self.secrets["BC_CLIENT_ID"] = f"client-{secrets.token_hex(8)}"
        super()._write_environment(workspace)
        path = workspace / "environments" / "demo.yaml"
        described = json.loads(path.read_text(encoding="utf-8"))
        described["trusted_proxies"] = ["127.0.0.0/8"]  # callers say by X-Forwarded-For from where they come
        for system in SYSTEMS:
            described["systems"][system]["timeouts"] = {
                "connect_seconds": 2, "first_byte_seconds": FIRST_BYTE_SECONDS, "idle_seconds": 2,
                "total_seconds": TOTAL_SECONDS, "operation_seconds": OPERATION_SECONDS,
            }  # fmt: skip
        path.write_text(json.dumps(described), encoding="utf-8")
        _change(workspace / "tidewaiter.yaml", bounds={"body_seconds": BODY_SECONDS})
        _change(workspace / "policies" / "plans.yaml", plans={
            "standard": {"rates": [{"name": "per-minute", "requests": 60_000, "window_seconds": 60, "burst": 6_000}],
                         "concurrency": CONCURRENCY},
            "starter": {"rates": [{"name": "per-minute", "requests": 120, "window_seconds": 60, "burst": 20}],
                        "concurrency": 2},
        })  # fmt: skip

    def hosts(self) -> list[str]:
        """What the systems call themselves, and where they really are."""
        local = [f"127.0.0.1:{port}" for name, port in self.ports.items() if name != "health"]
        return ["bc-internal.example", "vhcala4hci", "dmz.example", *local]

    def sum_of_secrets(self) -> list[str]:
        """Every secret, plain."""
        return [*self.secrets.values(), *self.keys.values()]


def _change(path: Path, **changes: dict[str, Any]) -> None:
    held = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, value in changes.items():
        held[name] = {**held[name], **value}
    path.write_text(json.dumps(held, default=str), encoding="utf-8")


_OVERTAKEN = 200
"""So many numbers are asked for again: of requests that come together a later one may be listed first."""


class Systems:
    """What the simulators saw and hold, collected as it goes: they remember only so much."""

    def __init__(self, fleet: SoakFleet) -> None:
        self._fleet = fleet
        self._since = dict.fromkeys(SYSTEMS, 0)
        self._known: set[tuple[str, int]] = set()
        self.requests: list[dict[str, Any]] = []
        self.markers: Counter[str] = Counter()
        self.learned: set[str] = set()
        self.by_fault: Counter[str] = Counter()
        self._recent: deque[tuple[str, dict[str, Any]]] = deque()

    def collect(self, *, all_of_it: bool = False) -> None:
        """Requests that came since the last time. Those of the last seconds wait: their answer is not known yet."""
        for system in SYSTEMS:
            since = max(0, self._since[system] - _OVERTAKEN)
            found = self._fleet.control(system, f"requests?since={since}")["requests"]
            newest = max((r["at"] for r in found), default=0.0)
            for r in found:
                if not all_of_it and r["at"] > newest - OPERATION_SECONDS:
                    break  # in the order in which they came
                self._since[system] = max(self._since[system], r["number"])
                if (system, r["number"]) not in self._known:
                    self._known.add((system, r["number"]))
                    self._take(r)

    def _take(self, r: dict[str, Any]) -> None:
        headers = {name.lower(): value for name, value in r["headers"]}
        self.requests.append({
            "correlation": headers.get("x-correlation-id", ""), "number": r["number"], "fault": r["fault"],
            "status": r["status"] or r["worked"],
            "safe": r["method"] in ("GET", "HEAD") or r["target"].startswith("/token"),
        })  # fmt: skip
        if r["fault"]:
            self.by_fault[r["fault"]] += 1
        self.learned.update(headers.get("authorization", "").split(" ")[1:])
        self.learned.add(headers.get("x-csrf-token", ""))
        for cookie in headers.get("cookie", "").split(";"):
            self.learned.add(cookie.partition("=")[2].strip())

    def count_markers(self, *, prune: bool) -> None:
        """Count the orders by their marker; `prune` takes them out, so that the simulators' lists stay short."""
        for system, (name, kind, member) in _MARKERS.items():
            path = self._fleet.folder / f"{system}.state" / f"{name}.sqlite"
            with closing(sqlite3.connect(path, timeout=10, isolation_level=None)) as base:
                base.execute("BEGIN IMMEDIATE")
                rows = base.execute("SELECT number, key, body FROM row WHERE kind = ?", (kind,)).fetchall()
                for number, key, body in rows:
                    marker = str(json.loads(body).get(member, ""))
                    if marker.startswith("soak-"):
                        self.markers[marker] += 1
                        if prune:
                            base.execute("DELETE FROM row WHERE number = ?", (number,))
                            base.execute("DELETE FROM row WHERE parent = ? AND parent <> ''", (key,))
                base.execute("COMMIT")

    def settle(self) -> None:
        """Behave from here on. Requests are collected first: a reset forgets them."""
        self.collect(all_of_it=True)
        for system in SYSTEMS:
            self._fleet.control(system, "reset", {})
            self._since[system] = 0
            self._known = {one for one in self._known if one[0] != system}


class Trouble:
    """Faults, renamed links, new keys, a store that stands still: each in its own rhythm, by one seed."""

    def __init__(self, fleet: SoakFleet, seed: int) -> None:
        self._fleet = fleet
        self._random = random.Random(seed)
        self.counts: Counter[str] = Counter()
        self.rotated = asyncio.Event()
        self.store_at_rest = False

    async def faults(self, system: str) -> None:
        """A fault for the next one to three requests, every second or so; sometimes for token or session fetches."""
        pick = self._random
        while True:
            await asyncio.sleep(pick.expovariate(1 / 0.8))
            fault = pick.choice(SLOW) if pick.random() < 0.15 else pick.choice(QUICK + OWN[system] * 3)
            order: dict[str, Any] = {"fault": fault, "times": pick.randint(1, 3)}
            if fault in SLOW:
                order |= {"times": 1, "options": {"seconds": pick.choice((0.5, 3.0)) if fault == "slow" else 0.3}}
                if fault == "stall":
                    order["options"] = {"seconds": 6}
            if pick.random() < 0.05 and fault in ("down", "503", "html", "empty", "slow"):
                order["match"] = {"auxiliary": True}
            await self._control(system, "misbehave", order)
            self.counts[f"fault {fault}"] += 1

    async def settings(self) -> None:
        """How links are written, and how long the systems think."""
        pick = self._random
        while True:
            await asyncio.sleep(2)
            for system in SYSTEMS:
                thinking = pick.choice((0.0, 0.0, 0.0, 0.02, 0.2))
                await self._control(system, "settings", {"naming": pick.choice(NAMINGS), "work_seconds": thinking})
            await self._control("bc-us", "settings", {"window_requests": 1_000_000})

    async def keys(self) -> None:
        """New keys of the issuer; it still shows the last ones, as issuers do."""
        while True:
            await asyncio.sleep(self._random.uniform(9, 14))
            await self._control("issuer", "rotate", {})
            self.counts["rotations"] += 1
            self.rotated.set()

    async def store(self) -> None:
        """The store stands still for a while, connections and all."""
        pid = self._fleet.children["valkey"].process.pid
        while True:
            await asyncio.sleep(self._random.uniform(10, 16))
            try:
                os.kill(pid, signal.SIGSTOP)
                self.store_at_rest = True
                await asyncio.sleep(self._random.uniform(1, 4))
            finally:
                os.kill(pid, signal.SIGCONT)
                self.store_at_rest = False
            self.counts["store away"] += 1

    async def _control(self, system: str, path: str, body: dict[str, Any]) -> None:
        with suppress(OSError):
            await asyncio.to_thread(self._fleet.control, system, path, body)
