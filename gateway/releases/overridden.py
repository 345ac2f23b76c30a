"""What a worker does with overrides: reads those in force on its node, each verified; and how late it is here."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gateway.node import load_node
from gateway.releases.clock import Clock
from gateway.releases.log import environment_folder
from gateway.releases.overrides import for_calls, in_force
from gateway.releases.store import open_node
from policies.overrides import Override


def overrides_here(start: Mapping[str, Any]) -> tuple[Override, ...]:
    """Those in force; none where this node never took one. Raises InvalidInputError where one cannot be verified."""
    folder = _folder(start)
    if not folder.is_dir():
        return ()
    node = open_node(Path(start["home"]), start["environment"] or "")
    clock = Clock(folder)
    return for_calls(in_force(node, clock), clock.now())


def keep_clock(start: Mapping[str, Any], seen: float = 0.0) -> None:
    """Write down how late it is, so that a clock that is turned back gives nothing more time. Raises OSError."""
    Clock(_folder(start)).keep(seen)


def time_here(start: Mapping[str, Any]) -> float:
    """How late it is on this node at least, in seconds since the epoch."""
    return Clock(_folder(start)).now()


def _folder(start: Mapping[str, Any]) -> Path:
    return environment_folder(load_node(Path(start["home"])).releases, start["environment"] or "")
