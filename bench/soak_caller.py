"""One caller of the soak: sends, reads or hangs up, and writes down what it saw of each call."""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from soak_judges import Canaries, Outcome
from soak_wire import Answered, CutError, Line, message

AWAY = frozenset({429, 502, 503, 504})
"""What every good call may see while systems misbehave and limits count."""
READS = AWAY | {200, 304, 400, 403, 404}
WRITES = READS | {201, 204, 299, 408, 409, 412, 413, 428, 500}
ABUSER = "198.51.100.7"
"""From here refused credentials come."""


@dataclass(slots=True)
class World:
    """What all callers share."""

    port: int
    url: str
    key: str
    """A partner's, which sees the stock."""
    reading_key: str
    """The group's, which reads orders."""
    canaries: Canaries
    tokens: dict[str, list[str]] = field(default_factory=dict)
    bad_tokens: list[str] = field(default_factory=list)
    outcomes: list[Outcome] = field(default_factory=list)
    orders: list[tuple[str, str]] = field(default_factory=list)
    """Numbers and etags of S/4HANA's."""
    central: list[tuple[str, str]] = field(default_factory=list)
    facts: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    number: int = 0

    def next_id(self) -> str:
        """A correlation id of one call alone."""
        self.number += 1
        return f"soak-{self.number:08d}"


class Caller:
    """One connection, used again for as long as it stays open."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.line = Line(world.port)

    def bearer(self, consumer: str = "webshop", entity: str = "mde", **more: str) -> dict[str, str]:
        """Headers of an identified call; `more` writes `_` for `-`."""
        token = self.random.choice(self.world.tokens[consumer])
        given = {name.replace("_", "-"): value for name, value in more.items()}
        return {"Authorization": f"Bearer {token}", **({"X-Entity": entity} if entity else {}), **given}

    async def call(
        self,
        kind: str,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: object | None = None,
        *,
        expected: frozenset[int] = frozenset(),
        good: bool = False,
        marker: str = "",
        pieces: int = 1,
        pause: float = 0.0,
    ) -> Answered | None:
        """Send and read; None where no whole answer came. A body that is not bytes goes as JSON."""
        sent, data, outcome = self.made(kind, method, target, headers, body)
        outcome.expected, outcome.good, outcome.marker = expected, good, marker
        start = len(data) - (len(body) if isinstance(body, bytes) else 0) if pieces > 1 else 0
        parts = [data] if pieces == 1 else [data[:start], *_pieces(data[start:], pieces)]
        self.world.facts["on a kept connection"] += self.line.is_open
        began = time.monotonic()
        writing = asyncio.create_task(self.line.write(*parts, pause=pause))
        if pieces == 1:
            await writing
        else:
            await asyncio.sleep(pause)  # the connection is there; an answer may come before the upload has ended
        answer = await self.read(sent, outcome, began)
        writing.cancel()
        with suppress(OSError, asyncio.CancelledError):
            await writing
        if pieces > 1 and self.line.is_open:
            await self.line.hang_up()
        return answer

    def made(
        self, kind: str, method: str, target: str, headers: Mapping[str, str], body: object | None = None
    ) -> tuple[str, bytes, Outcome]:
        """The method, the message and a fresh record of the call, which is not written down yet."""
        number = self.world.next_id()
        full = {
            "X-Correlation-ID": number,
            "X-Forwarded-For": f"203.0.113.{self.random.randint(1, 250)}",
            **({"Content-Type": "application/json"} if body is not None else {}),
            **headers,
        }
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        return method, message(method, target, full, data), Outcome(number, kind, method, "answer")

    async def read(self, method: str, outcome: Outcome, began: float, *, by_wire: bool = False) -> Answered | None:
        """Read the answer and write the call down; `by_wire`: its id is the one that the answer names."""
        self.world.outcomes.append(outcome)
        answer: Answered | None = None
        try:
            answer = await self.line.read(method)
        except CutError as error:
            outcome.fate, outcome.status = "cut", int(error.begun)
        except (OSError, TimeoutError, AssertionError) as error:
            outcome.fate = "cut"
            self.world.wrong[f"{outcome.kind}: {type(error).__name__} while reading"] += 1
            await self.line.hang_up()
        outcome.seconds = time.monotonic() - began
        if answer is not None:
            outcome.status = answer.status
            said = _problem(answer)
            outcome.problem = str(said.get("type", "")).rsplit("/", 1)[-1]
            outcome.effect = str(said.get("effect", ""))
            if by_wire:
                outcome.id = answer.headers.get("x-correlation-id", "")
            elif answer.headers.get("x-correlation-id") != outcome.id:
                self.world.wrong[f"{outcome.kind}: an answer under another correlation id"] += 1
            self.world.canaries.look(f"answer to {outcome.kind}", answer.raw_head + answer.body)
            if "tidewaiter-limits" in answer.headers:
                self.world.facts["answered while the store was away"] += 1
        return answer

    async def several(self, kind: str, targets: list[str], headers: Mapping[str, str]) -> None:
        """Pipelined reads on one connection; after a close the rest never came to be."""
        made = [self.made(kind, "GET", target, headers) for target in targets]
        await self.line.hang_up()
        began = time.monotonic()
        await self.line.write(b"".join(data for _, data, _ in made))
        for method, _, outcome in made:
            outcome.expected, outcome.good = READS, True
            if self.line.is_open:
                await self.read(method, outcome, began)
            else:
                outcome.fate = "never"
                self.world.outcomes.append(outcome)

    async def leave(
        self, kind: str, data: bytes, outcome: Outcome, *, after: float, reading: int = 0, marker: str = ""
    ) -> None:
        """Send, wait or read a little, hang up."""
        outcome.fate, outcome.marker = "left", marker
        await self.line.hang_up()
        await self.line.write(data)
        self.world.outcomes.append(outcome)
        if reading:
            await self.line.read_some(reading)
        await asyncio.sleep(after)
        await self.line.hang_up()
        self.world.facts[f"callers who left: {kind}"] += 1

    def path_of(self, link: str, kind: str) -> str:
        """Path and query of a link of the gateway; a link that leads anywhere else is a fault."""
        if link.startswith(self.world.url + "/"):
            return link.removeprefix(self.world.url)
        self.world.wrong[f"{kind}: a link that leads away from the gateway"] += 1
        return ""


def _problem(answer: Answered) -> dict[str, Any]:
    if "problem+json" not in answer.headers.get("content-type", ""):
        return {}
    try:
        return dict(json.loads(answer.body or b"{}"))
    except ValueError:
        return {}


def _pieces(data: bytes, count: int) -> list[bytes]:
    size = max(len(data) // count, 1)
    return [data[at : at + size] for at in range(0, len(data), size)]
