"""Who is signed in to the board's pages. State: in this process's memory, gone with it.

A session is a member who proved to hold their key, for an hour. It opens pages and keeps comments; it signs nothing.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Final

SESSION_SECONDS: Final = 3_600
CHALLENGE_SECONDS: Final = 300
_VISITS: Final = 1_000
"""So many browsers are known at once; the one unseen for longest is forgotten."""
_PENDING: Final = 20
_ATTEMPTS: Final = 5
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Pending:
    """A text that waits for its member's signature."""

    id: str
    text: bytes
    payload_type: str
    decision: str
    """The decision's name; empty for a statement on none."""
    back: str
    """The page that its member came from, where it is about no decision."""
    made: datetime


@dataclass(slots=True)
class Visit:
    """One browser. `member` is empty until somebody signed in with it."""

    token: str
    form: str
    """What each form of these pages carries, so that no other page can send it."""
    made: datetime
    member: str = ""
    key: str = ""
    """The id of the key that signed in."""
    until: datetime = _LONG_AGO
    challenge: bytes = b""
    challenged: datetime = _LONG_AGO
    attempts: int = 0
    making: str = ""
    """The challenge for a new passkey."""
    pending: OrderedDict[str, Pending] = field(default_factory=OrderedDict)

    def form_is_ours(self, stated: str) -> bool:
        """Whether a form carries what this browser's pages put into it."""
        return hmac.compare_digest(self.form.encode(), stated.encode())


class Sessions:
    """All browsers, by the token in their cookie."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.clock = clock
        self._lock = Lock()
        # Apart, so that whoever asks for many of the one kind ends none of the other.
        self._strangers: OrderedDict[str, Visit] = OrderedDict()
        self._members: OrderedDict[str, Visit] = OrderedDict()

    def visit(self, token: str) -> Visit:
        """The browser of that token; a new one where it is not known."""
        now = self.clock()
        with self._lock:
            found = self._members.get(token) or self._strangers.get(token)
            if found is not None and found.member and now >= found.until:
                del self._members[token]
                found = None
            if found is None:
                return self._add(self._strangers, now)
            (self._members if found.member else self._strangers).move_to_end(token)
            return found

    def forget(self, visit: Visit) -> None:
        """Sign out: the token opens nothing from now on."""
        with self._lock:
            self._members.pop(visit.token, None)
            self._strangers.pop(visit.token, None)

    def begin(self, visit: Visit, member: str, key: str) -> Visit:
        """Sign a member in. The browser gets another token: one that somebody gave it opens nothing."""
        self.forget(visit)
        now = self.clock()
        with self._lock:
            fresh = self._add(self._members, now)
            fresh.member, fresh.key = member, key
            fresh.until = now + timedelta(seconds=SESSION_SECONDS)
        return fresh

    def challenge(self, visit: Visit, make: Callable[[str, datetime], bytes]) -> bytes:
        """What is to be signed to get in: the one that this browser was given, or a new one."""
        now = self.clock()
        if not visit.challenge or now >= visit.challenged + timedelta(seconds=CHALLENGE_SECONDS):
            visit.challenge = make(secrets.token_hex(32), now + timedelta(seconds=CHALLENGE_SECONDS))
            visit.challenged, visit.attempts = now, 0
        return visit.challenge

    def take(self, visit: Visit) -> bytes:
        """The challenge for one attempt, empty where there is none or its time is over. After some it is gone."""
        now = self.clock()
        given = visit.challenge
        visit.attempts += 1
        if visit.attempts >= _ATTEMPTS or now >= visit.challenged + timedelta(seconds=CHALLENGE_SECONDS):
            visit.challenge = b""
        return given if now < visit.challenged + timedelta(seconds=CHALLENGE_SECONDS) else b""

    def await_signature(self, visit: Visit, text: bytes, payload_type: str, decision: str, back: str) -> Pending:
        """Keep a text until its member pastes a signature over it."""
        made = Pending(secrets.token_hex(8), text, payload_type, decision, back, self.clock())
        visit.pending[made.id] = made
        while len(visit.pending) > _PENDING:
            visit.pending.popitem(last=False)
        return made

    def pending(self, visit: Visit, name: str) -> Pending | None:
        """A text of this browser that waits; None where there is none, or it waited for too long."""
        found = visit.pending.get(name)
        if found is not None and self.clock() >= found.made + timedelta(seconds=SESSION_SECONDS / 4):
            visit.pending.pop(name)
            return None
        return found

    @staticmethod
    def _add(among: OrderedDict[str, Visit], now: datetime) -> Visit:
        made = Visit(secrets.token_urlsafe(32), secrets.token_urlsafe(32), now)
        among[made.token] = made
        while len(among) > _VISITS:
            among.popitem(last=False)
        return made
