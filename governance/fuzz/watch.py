"""Whether the system still answers: a run ends, and says why, where it does not."""

import asyncio
from collections.abc import Callable
from typing import Final

from governance.fuzz.entry import Exchanged
from policies.fault_profile import FaultProfile

UNREACHABLE: Final = 5
"""So many exchanges one after the other that found no connection end a run."""
SILENT: Final = 4
"""So many without an answer in time."""
THROTTLED: Final = 12
"""So many refused for load, although each waited longer than the one before."""
BROKEN: Final = 25
"""So many closed in the middle, or answered with what is not HTTP: what a fuzzer sends may well bring that about."""
BEFORE: Final = 4
"""So many of any kind one after the other, to calls that keep to the contract, and the fuzzer is not even started."""
_WORDS: Final = {
    "unreachable": "the system takes no connection any more",
    "silent": "the system takes connections and does not answer",
    "throttled": "the system refuses for load whatever is waited",
    "broken": "the system answers with what is not HTTP, or breaks off",
}
_MOST: Final = {"unreachable": UNREACHABLE, "silent": SILENT, "throttled": THROTTLED, "broken": BROKEN}
_KINDS: Final = {"unreachable": "unreachable", "timeout": "silent", "closed": "broken", "not-http": "broken"}


class Watch:
    """Counts what goes wrong in a row; an answer of any other kind ends the row."""

    def __init__(self, faults: FaultProfile, say: Callable[[str], None] = lambda _: None) -> None:
        """`faults` tells what an answer means; `say` is told when a run ends early."""
        self._faults, self._say = faults, say
        self._kind, self.row = "", 0
        """How many exchanges in a row went wrong in the same way, up to the last one."""
        self.exchanges = 0
        self.answered = False
        """Whether there was one answer at all that was not a refusal for load."""
        self.reason = ""
        self.stopped = asyncio.Event()

    def note(self, one: Exchanged) -> None:
        """One exchange has ended."""
        self.exchanges += 1
        kind = self._kind_of(one)
        self.answered = self.answered or not kind
        if not kind or kind != self._kind:
            self._kind, self.row = kind, 0
        if not kind:
            return
        self.row += 1
        if self.row >= _MOST[kind]:
            self._end()

    def before(self) -> bool:
        """Whether the fuzzer may be started; the run ends where the system has answered nothing, or no longer does."""
        if self.exchanges and not self.answered:
            self.stop(f"the system answered none of the first {self.exchanges} exchanges")
        elif self.row >= BEFORE:
            self._end()
        return not self.stopped.is_set()

    def _end(self) -> None:
        what, last = _WORDS[self._kind], f"the last one after {self.exchanges} in all"
        self.stop(f"{what}: {self.row} exchanges in a row, {last}")

    def stop(self, reason: str) -> None:
        """End the run. The first reason stays."""
        if not self.reason:
            self.reason = reason
            self._say(reason)
        self.stopped.set()

    def _kind_of(self, one: Exchanged) -> str:
        if one.received is None:
            return _KINDS.get(one.failure, "")
        headers = tuple((name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in
                        one.received.headers)  # fmt: skip
        told = self._faults.judge(one.sent.method, one.received.status, headers, one.received.body or b"")
        return "throttled" if told is not None and told.kind == "transient.capacity" else ""
