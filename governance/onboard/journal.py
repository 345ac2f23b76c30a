"""What happened, one event a line: appended, on disk before the next step begins, each with the digest of the last.

A run may be killed at any time. A last line that was cut is dropped; any other line that is not as it was written is
told, for what follows would rest on it.
"""

import errno
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.onboard.outcome import STATES, Outcome, State

NOTHING: Final = "sha256:" + "0" * 64
Kind = State | Literal["began"]


@dataclass(frozen=True, slots=True)
class Event:
    """One line. `inputs` is the digest of what the step rests on: for the same one it is not done again."""

    sequence: int
    previous: str
    at: str
    step: str
    state: Kind
    inputs: str
    told: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def line(self) -> bytes:
        """As it stands in the file, without the line's end."""
        return json.dumps(asdict(self), separators=(",", ":"), ensure_ascii=True).encode()


class Journal:
    """The events so far; appends."""

    def __init__(self, path: Path) -> None:
        """Raises InvalidInputError where the file is there and is none, or was changed."""
        self.path = path
        self.events: list[Event] = []
        self._head = NOTHING
        self._whole_bytes = 0
        """Up to where the file holds whole lines: a run may have been killed while it wrote one."""
        self._read()

    def last(self, step: str, *states: Kind) -> Event | None:
        """The newest event of a step, in one of these states where some are named."""
        return next(
            (one for one in reversed(self.events) if one.step == step and (not states or one.state in states)), None
        )

    def add(self, step: str, inputs: str, at: str, outcome: Outcome | None = None, again: str = "") -> Event:
        """Append; on return it is on disk. Without an outcome the step has begun. Raises OSError.

        `again` is the command that goes on from where a step has begun.
        """
        state: Kind = "began" if outcome is None else outcome.state
        told = () if outcome is None else outcome.told
        steps = ((again,) if again else ()) if outcome is None else outcome.next
        facts = {} if outcome is None else dict(outcome.facts)
        event = Event(len(self.events) + 1, self._head, at, step, state, inputs, told, steps, facts)
        line = event.line()
        handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.ftruncate(handle, self._whole_bytes)
            if os.write(handle, line + b"\n") <= len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(self.path))
            os.fsync(handle)
        finally:
            os.close(handle)
        self._take(event, line)
        return event

    def _take(self, event: Event, line: bytes) -> None:
        self.events.append(event)
        self._whole_bytes += len(line) + 1
        self._head = "sha256:" + hashlib.sha256(line).hexdigest()

    def _read(self) -> None:
        try:
            text = self.path.read_bytes()
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._broken(0, f"it cannot be read: {(error.strerror or type(error).__name__).lower()}") from None
        *lines, _ = text.split(b"\n")
        for number, line in enumerate(lines, 1):
            event = _event(line)
            if event is None or event.sequence != number or event.previous != self._head or event.line() != line:
                raise self._broken(number, f"event {number} is not as it was written")
            self._take(event, line)

    def _broken(self, line: int, message: str) -> InvalidInputError:
        remedy = f"move {self.path.parent} elsewhere, with the reports in it: onboarding then begins anew"
        return InvalidInputError([Diagnostic(str(self.path), "broken-journal", message, remedy, line, int(line > 0))])


def _event(line: bytes) -> Event | None:
    try:
        tree = json.loads(line)
        event = Event(**{**tree, "told": tuple(tree["told"]), "next": tuple(tree["next"])})
    except (ValueError, TypeError, KeyError):
        return None
    good = event.state == "began" or event.state in STATES
    return event if good and isinstance(event.facts, dict) and isinstance(event.sequence, int) else None
