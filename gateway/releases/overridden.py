"""What a worker does with overrides: reads those in force on its node, each verified; and how late it is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from contracts.diagnostic import InvalidInputError
from gateway.releases.clock import Clock
from gateway.releases.overrides import end_passed, for_calls, in_force
from gateway.releases.store import Node, open_node
from policies.overrides import Override


def overrides_here(start: Mapping[str, Any]) -> tuple[Override, ...]:
    """Those in force; none where this node never took one. Raises InvalidInputError where one cannot be verified."""
    node = _node(start)
    if not node.folder.is_dir():
        return ()
    clock = Clock(node)
    return for_calls(in_force(node, clock), clock.now())


def keep_clock(start: Mapping[str, Any], seen: float = 0.0) -> float | None:
    """Write down how late it is, so that a clock that is turned back gives nothing more time; and return it.

    What a clock that is far ahead has ended stays ended, too. None where what the node remembers cannot be used. Raises
    OSError, also while somebody takes something: a worker that waited for that would seem to hang.
    """
    try:
        with _node(start).locked(wait=False) as held:
            held.log()
            clock = Clock(held)
            if clock.off() > 0:
                end_passed(held, clock)
            return clock.keep(seen)
    except InvalidInputError:
        return None


def time_here(start: Mapping[str, Any]) -> float:
    """How late it is on this node for certain, in seconds since the epoch. Raises InvalidInputError."""
    return Clock(_node(start)).latest()


def _node(start: Mapping[str, Any]) -> Node:
    return open_node(Path(start["home"]), start["environment"] or "")
