"""`/__control/`: tests tell a simulator to misbehave and read what it was asked."""

import hashlib
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fault_table import FAULTS, Fault
from message import Ask, Reply, json_reply

PREFIX = "/__control/"
KEPT = 20_000
"""How many requests are remembered."""


class AskError(ValueError):
    """The control request makes no sense; the message says why."""


@dataclass(slots=True)
class Order:
    """A fault that is to happen `times` more times (-1: until reset) to requests that match."""

    fault: Fault
    times: int
    match: Mapping[str, Any]
    options: dict[str, Any]

    def fits(self, ask: Ask, *, auxiliary: bool) -> bool:
        """Whether this request is meant. Token and CSRF fetches are meant only by name: `"auxiliary": true`."""
        if bool(self.match.get("auxiliary", False)) != auxiliary:
            return False
        methods = self.match.get("method", ask.method)
        if ask.method not in ([methods] if isinstance(methods, str) else methods):
            return False
        if str(self.match.get("path", "")) not in ask.path:
            return False
        if str(self.match.get("query", "")) not in ask.target.partition("?")[2]:
            return False
        return all(str(text) in ask.header(name) for name, text in self.match.get("header", {}).items())


@dataclass(slots=True)
class Record:
    """One request as it came, and how it was answered. Times in seconds."""

    number: int
    connection: int
    at: float
    method: str
    target: str
    headers: list[tuple[str, str]]
    body_sha256: str
    body_bytes: int
    fault: str = ""
    status: int = 0
    """What was answered; 0 where a fault wrote to the connection itself."""
    worked: int = 0
    """The status of the work that was done for it; 0 where none was."""
    seconds: float = 0.0

    def described(self) -> dict[str, Any]:
        """As JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(slots=True)
class Control:
    """Faults to come, and requests that came."""

    orders: list[Order] = field(default_factory=list)
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT))
    counted: int = 0

    def record(self, ask: Ask, connection: int) -> Record:
        """Remember a request."""
        self.counted += 1
        digest = hashlib.sha256(ask.body).hexdigest()
        made = Record(
            self.counted, connection, time.time(), ask.method, ask.target, list(ask.headers), digest, len(ask.body)
        )
        self.records.append(made)
        return made

    def take(self, ask: Ask, *, auxiliary: bool) -> Order | None:
        """The first fault that is meant for this request; it counts as done."""
        for order in self.orders:
            if order.fits(ask, auxiliary=auxiliary):
                if order.times > 0:
                    order.times -= 1
                    if not order.times:
                        self.orders.remove(order)
                return order
        return None

    def misbehave(self, asked: Any) -> None:
        """Take an order. Raises AskError."""
        if not isinstance(asked, dict) or asked.get("fault") not in FAULTS:
            raise AskError(f"`fault` is one of: {', '.join(sorted(FAULTS))}")
        unknown = set(asked) - {"fault", "times", "match", "options"}
        if unknown:
            raise AskError(f"unknown: {', '.join(sorted(unknown))}; known: fault, times, match, options")
        match = asked.get("match", {})
        strange = set(match) - {"method", "path", "query", "header", "auxiliary"}
        if strange:
            raise AskError(f"`match` knows method, path, query, header and auxiliary, not {', '.join(sorted(strange))}")
        times = asked.get("times", 1)
        if not isinstance(times, int) or times == 0 or times < -1:
            raise AskError("`times` is a number of requests, or -1: until reset")
        self.orders.append(Order(FAULTS[asked["fault"]], times, match, dict(asked.get("options", {}))))

    def reset(self) -> None:
        """Behave again, and forget what came."""
        self.orders.clear()
        self.records.clear()
        self.counted = 0

    def listing(self, since: int, limit: int) -> Reply:
        """What came after request number `since`."""
        chosen = [record.described() for record in self.records if record.number > since]
        return json_reply(200, {"counted": self.counted, "requests": chosen[:limit] if limit >= 0 else chosen})


def fault_table() -> Reply:
    """All faults, with what they do."""
    return json_reply(
        200, {"faults": [{"name": f.name, "summary": f.summary, "applied": f.applied} for f in FAULTS.values()]}
    )


def asked_json(ask: Ask) -> Any:
    """The body of a control request. Raises AskError."""
    try:
        return json.loads(ask.body or b"{}")
    except ValueError as error:
        raise AskError(f"the body is no JSON: {error}") from error
