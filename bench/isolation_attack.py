"""One hostile call, what came back, and the ways in which families of them are made."""

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "MERGE", "DELETE", "OPTIONS", "TRACE", "QUERY", "CONNECT", "LINK")
WRITES = METHODS[2:8]
CHANGES = ("X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override")
Header = tuple[str, str]
Body = bytes | None


@dataclass(frozen=True, slots=True)
class Attack:
    """As bytes go out. `who`: headers of the caller's credential and entity, by name."""

    kind: str
    method: str
    target: str
    who: str
    headers: tuple[Header, ...] = ()
    body: Body = None

    @property
    def reads(self) -> bool:
        """Whether it can change nothing, even where it has its way."""
        return self.method in ("GET", "HEAD") and self.body is None and not any(n in CHANGES for n, _ in self.headers)

    @property
    def said(self) -> bytes:
        """All that the caller knew already."""
        return f"{self.target} {self.headers}".encode("utf-8", "surrogateescape") + (self.body or b"")

    def __str__(self) -> str:
        return f"{self.kind}: {self.who} {self.method} {self.target} {dict(self.headers)} {(self.body or b'')[:120]!r}"


@dataclass(slots=True)
class Told:
    """What came back; status 0 where the connection ended without an answer."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    raw: bytes = b""


@dataclass(frozen=True, slots=True)
class Aim:
    """Who attacks whom: keys of records of both sides, and the ETags that both have, by key."""

    who: tuple[str, ...]
    """Callers; the first may act for either side and says for which, the others for theirs only."""
    entity: str
    other: str
    pin: str
    """What names the other one inside the system."""
    own_pin: str
    own: tuple[str, ...]
    foreign: tuple[str, ...]
    tags: Mapping[str, str]
    own_tags: Mapping[str, str]
    tokens: tuple[str, ...]
    """Continuations that are somebody else's."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """By kind: one more key of the other side."""

    @property
    def bound(self) -> tuple[str, ...]:
        """Callers for whom naming another entity is an attack."""
        return self.who[1:]


Family = Callable[[Aim], Iterator[Attack]]


def chosen(
    aim: Aim, families: Iterable[Family], named: Family, versions: tuple[str, ...], count: int, seed: int
) -> list[Attack]:
    """`count` different ones: those `named`, which no run leaves out, then of all families alike.

    Every third names an exact version of the contract.
    """
    draw = random.Random(seed)
    pools = [list(family(aim)) for family in families]
    for pool in pools:
        draw.shuffle(pool)
    found = {str(attack): attack for attack in named(aim)}
    for attack in itertools.chain.from_iterable(itertools.zip_longest(*pools)):
        if len(found) >= count:
            break
        if attack is not None:
            made = attack
            if len(found) % 3 == 0:
                made = replace(attack, headers=(*attack.headers, ("API-Version", draw.choice(versions))))
            found.setdefault(str(made), made)
    return list(found.values())


def mixed(*axes: Iterable[Any], most: int = 1200) -> Iterator[tuple[Any, ...]]:
    """All combinations, or `most` of them drawn alike where there are more."""
    held = [tuple(axis) for axis in axes]
    if math.prod(map(len, held)) <= most:
        yield from itertools.product(*held)
        return
    draw = random.Random(most)
    for _ in range(most):
        yield tuple(draw.choice(axis) for axis in held)


def encodings(text: str) -> tuple[str, ...]:
    """A text as it may stand in a query."""
    plain = quote(text, safe="")
    every = "".join(f"%{byte:02x}" for byte in text.encode())
    return (plain, quote(text, safe="()'=,/$"), plain.replace("%20", "+"), every, plain.replace("%", "%25"))
