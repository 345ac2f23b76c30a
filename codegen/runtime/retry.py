"""When a call is sent again: where that does nothing twice, not before the server says, and within a budget."""

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from .errors import Effect

_AGAIN: Final = frozenset([408, 425, 429, 502, 503, 504])
"""Statuses that may pass by themselves."""
_ITEM: Final = re.compile(r'"[^"]*"|[A-Za-z*][^;,\s]*')
_PARAMETER: Final = re.compile(r";\s*([a-z][a-z0-9_.*-]*)=(\d+)")


class Budget:
    """How many retries all calls of a client may spend together: some at once, then a share of the calls that succeed.

    Without it, clients that all retry keep a system down that could come back.
    """

    def __init__(self, *, most: float = 10, for_each_success: float = 0.1) -> None:
        self._most = most
        self._each = for_each_success
        self._left = most
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Whether one more retry may be made."""
        with self._lock:
            if self._left < 1:
                return False
            self._left -= 1
            return True

    def succeeded(self) -> None:
        """A call succeeded."""
        with self._lock:
            self._left = min(self._most, self._left + self._each)

    @property
    def left(self) -> float:
        """How many retries are left."""
        return self._left


@dataclass(frozen=True, slots=True)
class Retries:
    """How often, and how long, calls are tried again."""

    most: int = 3
    """Retries of one call; 0: none."""
    first_seconds: float = 0.25
    longest_seconds: float = 8.0
    """How long the client waits at most between two tries where the server says nothing."""
    longest_asked_seconds: float = 60.0
    """How long it waits at most because the server says so; beyond it the refusal is raised at once."""
    budget: Budget = field(default_factory=Budget, compare=False)
    chance: Callable[[], float] = field(default=random.random, compare=False, repr=False)
    sleep: Callable[[float], None] = field(default=time.sleep, compare=False, repr=False)
    """How `Client` waits; `AsyncClient` waits on its loop."""


NO_RETRIES: Final = Retries(most=0)


def delay_after(
    policy: Retries, *, tries: int, status: int, headers: Mapping[str, str], safe: bool, effect: Effect | None,
    replayable: bool, left_seconds: float | None,
) -> float | None:  # fmt: skip
    """Seconds to wait before the call is sent again; None: it is not.

    `tries`: how often it was sent. `effect`: what a problem detail said; only `none` lets a write be sent again.
    `left_seconds`: what is left of the call's deadline.
    """
    if status not in _AGAIN or not (safe or effect == "none"):
        return None
    asked = asked_seconds(headers)
    if asked is not None and asked > policy.longest_asked_seconds:
        return None
    return _granted(policy, tries, asked, replayable=replayable, left_seconds=left_seconds)


def delay_after_loss(
    policy: Retries, *, tries: int, sent: bool, safe: bool, replayable: bool, left_seconds: float | None
) -> float | None:
    """The same where no answer came. `sent`: whether the server may have got the request."""
    if sent and not safe:
        return None
    return _granted(policy, tries, None, replayable=replayable, left_seconds=left_seconds)


def _granted(
    policy: Retries, tries: int, asked: float | None, *, replayable: bool, left_seconds: float | None
) -> float | None:
    if tries > policy.most or not replayable:
        return None
    longest = min(policy.longest_seconds, policy.first_seconds * 2.0 ** (tries - 1))
    wait = longest * (0.5 + policy.chance() / 2)
    if asked is not None:
        wait = asked + policy.first_seconds * policy.chance()  # all who were told the same do not come at once
    if left_seconds is not None and wait >= left_seconds:
        return None
    return wait if policy.budget.take() else None


def asked_seconds(headers: Mapping[str, str]) -> float | None:
    """How long the server asks to wait: by Retry-After, else by what RateLimit says of a spent limit."""
    stated = headers.get("retry-after", "").strip()
    if stated.isascii() and stated.isdigit():
        return float(stated)
    if stated:
        try:
            moment = parsedate_to_datetime(stated)
        except ValueError:
            return rate_limit_seconds(headers)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max(0.0, (moment - datetime.now(UTC)).total_seconds())
    return rate_limit_seconds(headers)


def rate_limit_seconds(headers: Mapping[str, str]) -> float | None:
    """How long until a spent limit is open again, by the header RateLimit (draft-ietf-httpapi-ratelimit-headers)."""
    waits: list[float] = []
    text = headers.get("ratelimit", "")
    for item in _items(text):
        members = dict(_PARAMETER.findall(item))
        if members.get("r") == "0" and "t" in members:
            waits.append(float(members["t"]))
    return max(waits, default=None)


def _items(text: str) -> list[str]:
    found: list[str] = []
    at = 0
    while match := _ITEM.search(text, at):
        after = re.compile(r"[^,]*").match(text, match.end())
        assert after is not None
        found.append(after[0])
        at = after.end() + 1
    return found
