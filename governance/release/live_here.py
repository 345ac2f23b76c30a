"""What there is to be said of the releases that are live on a node: withdrawn, ended, or soon to end."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from contracts.diagnostic import InvalidInputError
from gateway.ending import Ending, warnings_of
from gateway.node import load_node
from gateway.releases.clock import Clock
from gateway.releases.judging import Judge
from gateway.releases.live import taken_of
from gateway.releases.log import environments_in
from gateway.releases.revoked import revoked_by
from gateway.releases.store import open_node


@dataclass(frozen=True, slots=True)
class LiveHere:
    """One environment. `release` is empty where that cannot be told: `warnings` then say why."""

    environment: str
    """Empty for none."""
    release: str
    warnings: tuple[str, ...]


def live_here(home: Path) -> tuple[LiveHere, ...]:
    """Every environment in which something is live on the node whose settings count in `home`. Never raises."""
    try:
        environments = sorted(environments_in(load_node(home).releases))
    except InvalidInputError:
        return ()
    return tuple(one for environment in environments for one in _in(home, environment))


def live_file(home: Path, environment: str) -> Path | None:
    """The file, in the node's store, of what is live there; None where nothing is, or that cannot be told."""
    try:
        node = open_node(home, environment)
        live = node.log()[0].live
    except InvalidInputError:
        return None
    file = node.release_path(live.release) if live is not None else None
    return file if file is not None and file.is_file() else None


def _in(home: Path, environment: str) -> Iterator[LiveHere]:
    try:
        node = open_node(home, environment)
        log, memory = node.log()
        if log.live is None:
            return
        live = log.live.release
        revoked = revoked_by(node, log, Judge(node, taken_of(log, memory.length)))
        now = datetime.fromtimestamp(Clock(node).now(), UTC)
        warnings = [line for _, line in warnings_of(_ends(home, environment, live), now)]
    except InvalidInputError as error:
        yield LiveHere(environment, "", tuple(one.message for one in error.diagnostics))
        return
    if (why := revoked.withdrawn.get(live)) is not None:
        warnings.insert(0, f"it was withdrawn ({why}), and serves until another one is activated")
    yield LiveHere(environment, live, tuple(warnings))


@lru_cache(maxsize=32)
def _ends(home: Path, environment: str, release: str) -> tuple[Ending, ...]:
    """Of a release, whose digest is over all of it: read once."""
    return open_node(home, environment).release(release).head.ends
