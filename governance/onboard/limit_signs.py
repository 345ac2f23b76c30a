"""When a read that was answered before is a sign that the system has no room, and how the system says so."""

import json
from dataclasses import dataclass
from typing import Any, Final

from governance.fuzz.entry import Entry, Received
from governance.fuzz.judge.seen import as_bytes
from policies.fault_profile import FaultProfile, Told

LOAD: Final = "transient.capacity"


@dataclass(frozen=True, slots=True)
class Sign:
    """One answer, or its absence. `told` is what the product's fault profile makes of it."""

    failure: str
    """How the exchange ended without a whole answer; empty where there is one."""
    status: int
    retry_after: str
    """Seconds, or `a date`, or `unreadable`; empty where the system does not say it."""
    form: str
    """What its body is: `JSON`, `HTML`, `XML`, `text`, `other`, `nothing`."""
    told: Told | None

    @property
    def recognised(self) -> bool:
        """Whether the gateway takes it for what it is: no room."""
        return self.told is not None and self.told.kind == LOAD

    def words(self) -> str:
        """For people; nothing in it is the system's own text."""
        if self.failure:
            return f"it gave no answer ({self.failure})"
        after = f"Retry-After {self.retry_after}" if self.retry_after else "no Retry-After"
        read = "not recognised as a fault" if self.told is None else f"read as {self.told.kind} by {self.told.rule}"
        return f"it answered {self.status} with {self.form} and {after}, {read}"


def sign_of(entry: Entry, faults: FaultProfile, usual: Received | None) -> Sign | None:
    """None where the read was answered as ever, or the gateway kept it back itself. `usual` is the answer it had."""
    main = entry.main
    if main is None:
        return None
    if main.received is None:
        return Sign(main.failure or "no answer", 0, "", "nothing", None)
    made = shown(main.received, main.sent.method, faults)
    as_ever = 200 <= made.status < 300 and made.told is None and _alike(main.received, usual)
    return None if as_ever else made


def shown(received: Received, method: str, faults: FaultProfile) -> Sign:
    """An answer with what the fault profile makes of it."""
    told = faults.judge(method, received.status, as_bytes(received.headers), received.body or b"")
    return Sign("", received.status, _again(received.header("retry-after")), form_of(received), told)


def form_of(received: Received) -> str:
    """What its body is, by what it says of itself."""
    if not received.body:
        return "nothing" if received.body is not None else "other"
    media = received.header("content-type").partition(";")[0].strip().lower()
    for word, name in (("json", "JSON"), ("html", "HTML"), ("xml", "XML"), ("text/", "text")):
        if word in media:
            return name
    return "other"


def _again(text: str) -> str:
    if not text:
        return ""
    if text.isascii() and text.isdigit() and len(text) < 10:
        return str(int(text))
    return "a date" if text.isascii() and ":" in text else "unreadable"


def _alike(received: Received, usual: Received | None) -> bool:
    """Whether a success is one: of the same kind, with a member at least that the usual one had."""
    if usual is None:
        return True
    now, before = _parsed(received), _parsed(usual)
    if isinstance(now, dict) and isinstance(before, dict):
        return not before or bool(now.keys() & before.keys())
    return type(now) is type(before)


def _parsed(received: Received) -> Any:
    try:
        return json.loads(received.body or b"")
    except (ValueError, RecursionError):
        return None
