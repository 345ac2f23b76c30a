"""How far a run is, by operation: a line on standard error whenever an operation has got further."""

import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from contracts.counted import counted
from governance.fuzz.entry import Entry, Part

_PAUSE_SECONDS: Final = 2.0
_WORDS: Final[dict[Part, str]] = {
    "learn": "learning",
    "fuzz": "fuzzing",
    "probe": "probing",
    "clean-up": "cleaning up",
    "gateway": "through the gateway",
    "limits": "trying limits of",
}


@dataclass(slots=True)
class _Row:
    calls: int = 0
    statuses: Counter[str] = field(default_factory=Counter)


class Progress:
    """Counts calls by operation. `say` gets lines, `show` what stands in their place on a terminal."""

    def __init__(self, names: Iterable[str], say: Callable[[str], None], show: Callable[[str], None] | None) -> None:
        self._rows = {name: _Row() for name in names}
        self._say, self._show = say, show
        self._current: tuple[Part, str] | None = None
        self._calls = 0
        self._told = 0.0

    def entry(self, entry: Entry) -> None:
        """A call has ended."""
        self._calls += 1
        row = self._rows.setdefault(entry.operation, _Row())
        row.calls += 1
        row.statuses[_outcome(entry)] += 1
        key = (entry.part, entry.operation)
        if self._show is not None:
            self._show(f"{_WORDS[entry.part]} {entry.operation}: {self._of(row)}; {self._calls} calls in all")
        elif key != self._current and time.monotonic() - self._told > _PAUSE_SECONDS:
            self._told = time.monotonic()
            self._say(f"{_WORDS[entry.part]} {entry.operation}; {counted(self._calls, 'call')} in all")
        self._current = key

    def sum(self) -> Iterable[str]:
        """One line for each operation."""
        width = max((len(name) for name in self._rows), default=0)
        for name, row in self._rows.items():
            yield f"{name.ljust(width)}  {self._of(row)}"

    def _of(self, row: _Row) -> str:
        parts = [f"{number} {what}" for what, number in row.statuses.most_common()]
        return f"{counted(row.calls, 'call')}" + (f": {', '.join(parts)}" if parts else "")


def _outcome(entry: Entry) -> str:
    status = entry.status
    if not status:
        return "without an answer" if entry.main is not None else "held back"
    return {2: "accepted", 4: "refused", 5: "failed"}.get(status // 100, "other")
