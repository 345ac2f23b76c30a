"""What the release that is active on this node lets until a moment, and how late it is here: for those who ask why."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from contracts.diagnostic import InvalidInputError
from gateway.ending import Ending
from gateway.node import load_node, node_folder
from gateway.releases.clock import Clock
from gateway.releases.log import LOG_FILE, environment_folder
from gateway.releases.memory import MEMORY_FILE
from gateway.releases.store import Node, open_node
from gateway.stopping import covers


@dataclass(frozen=True, slots=True)
class EndsHere:
    """Of the live release; nothing where none was activated here. `now` is in seconds since the epoch."""

    ends: tuple[Ending, ...] = ()
    now: float = 0.0

    @property
    def over(self) -> tuple[Ending, ...]:
        """Those whose moment has passed."""
        return tuple(one for one in self.ends if one.at.timestamp() <= self.now)


def ends_here(workspace: Path, environment: str, releases: Iterable[str] = ()) -> EndsHere:
    """What ends of the live release, or of the newest of these, by the beginning of its digest, that was active here.

    Raises InvalidInputError where the store lost something, or the release is another one than was activated.
    """
    folder = environment_folder(load_node(workspace).releases, environment)
    if not (folder / LOG_FILE).exists() and not (node_folder(workspace) / MEMORY_FILE).exists():
        return EndsHere()
    node = open_node(workspace, environment)
    digest = _wanted(node, [one for one in releases if one])
    return EndsHere(node.release(digest).head.ends if digest else (), Clock(node).now())


def ends_told(workspace: Path, environment: str, releases: Iterable[str] = ()) -> tuple[EndsHere, tuple[str, ...]]:
    """The same, with a note in place of a fault."""
    try:
        return ends_here(workspace, environment, releases), ()
    except InvalidInputError as error:
        why = error.diagnostics[0].message
        return EndsHere(), (f"what ends of the active release is not known here: {why}",)


def stopping(ends: Iterable[Ending], entity: str, contract: str, operation: str, consumer: str) -> tuple[Ending, ...]:
    """What stops an operation (`POST /orders`) for a consumer, the first end first; each decision or waiver once."""
    found = {
        one.let_by: one
        for one in sorted(ends, key=lambda each: each.at, reverse=True)
        if one.on_expiry == "stop"
        and any(covers(row, entity, contract, operation) and row.consumer in ("", consumer) for row in one.operations)
    }
    return tuple(reversed(found.values()))


def _wanted(node: Node, releases: list[str]) -> str:
    active = [entry.release for entry in node.log()[0].of("activation")]
    named = [one for one in active if any(one.removeprefix("sha256:").startswith(each) for each in releases)]
    return (named or active or [""])[-1]
