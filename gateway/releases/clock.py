"""A clock that is never turned back: the latest time that this node knows of, kept with what it remembers of its log.

What ends by a date ends by it: a wall clock that is set to last week gives no override another week, and brings nothing
back whose approval has ended. With the time goes how long the machine had run, so that what passes until it is started
anew is counted by a clock that nobody sets, also while no gateway runs. What is far ahead of that is not written down.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

from gateway.releases.memory import Memory, read_memory, write_memory
from gateway.releases.store import Node
from policies.forward_clock import JUMP_SECONDS, ForwardClock, elapsed

_BOOT: Final = Path("/proc/sys/kernel/random/boot_id")
_OFTEN_SECONDS: Final = 5.0


class Clock:
    """`now` in seconds since the epoch, as seen by one process. Raises InvalidInputError where the memory is broken."""

    def __init__(self, node: Node, wall: Callable[[], float] = time.time) -> None:
        self._node = node
        kept = self._kept()
        self._forward = ForwardClock(wall, _since(kept))
        if _since(kept) is None:
            self._forward.not_before(kept.latest)

    def now(self) -> float:
        """The wall clock's time, or later where it was turned back meanwhile or since it was kept."""
        return self._forward.now()

    def latest(self) -> float:
        """How late it is for certain: without a wall clock that is further ahead than the time that passed."""
        self._forward.now()
        return self._forward.latest()

    def off(self) -> float:
        """By how much the wall clock is wrong, as `ForwardClock.off` says it."""
        return self._forward.off()

    def keep(self, seen: float = 0.0) -> float:
        """Write down how late it is for certain, and return it. Only under `Node.locked`. Raises OSError.

        `seen` is how late somebody else knows it to be, for which the same holds.
        """
        latest = self.latest()
        if seen - latest <= JUMP_SECONDS:
            latest = max(latest, seen)
        kept = self._kept()
        since = _since(kept)
        if since is None or latest - since > _OFTEN_SECONDS or latest - kept.latest > _OFTEN_SECONDS:
            self.settle(latest)
        return latest

    def settle(self, latest: float) -> None:
        """Write down that it is that late, on the word of people. Only under `Node.locked`. Raises OSError."""
        node = self._node
        self._forward.settle(latest)
        before = read_memory(node.memory_file, node.trust.workspace, node.environment)
        if before is not None:  # one that is gone is never made anew by this
            memory = replace(before, latest=latest, boot=_boot(), passed=elapsed())
            write_memory(node.memory_file, node.trust.workspace, node.environment, memory)

    def _kept(self) -> Memory:
        node = self._node
        return read_memory(node.memory_file, node.trust.workspace, node.environment) or Memory()


def _since(kept: Memory) -> float | None:
    """What time it is by what was kept and what passed since; None where the machine was started anew since."""
    passed = elapsed() - kept.passed
    return kept.latest + passed if kept.boot and kept.boot == _boot() and passed >= 0 else None


def _boot() -> str:
    """Which start of the machine this is; empty where it cannot be told."""
    try:
        return _BOOT.read_text().strip()
    except OSError:
        return ""
