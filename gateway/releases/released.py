"""What a worker does with releases: verifies the one that its parent names before it loads it, and takes a new one.

Each worker judges for itself, from the bytes of the store and by the node's trust root: the parent is not believed.
"""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.ending import warnings_of
from gateway.release import Release
from gateway.releases.judging import Judge
from gateway.releases.live import Candidate, Proven, judge_candidate, read_live, taken_of
from gateway.releases.revoked import Revoked, revoked_by
from gateway.releases.store import Node, open_node
from gateway.releases.taking import remember_live, take_activation
from gateway.trust.place import real_root


@dataclass(frozen=True, slots=True)
class Released:
    """A release that was verified, before it is compiled."""

    proven: Proven

    def given_to(self, release: Release, now: datetime) -> Release:
        """The compiled release with what is known of it. Raises InvalidInputError where other files were compiled."""
        proven = self.proven
        if release.workspace.digest != proven.loaded.workspace.digest:
            message = "its files changed while it was loaded"
            raise InvalidInputError([Diagnostic(proven.digest, "changed-meanwhile", message, "start again")])
        notes: tuple[str, ...] = ()
        withdrawn = ""
        if proven.withdrawn:
            withdrawn = proven.revoked.withdrawn[proven.digest]
            notes = (f"warning: the live release {proven.digest} was withdrawn ({withdrawn}): activate another one",)
        ends = proven.loaded.release.head.ends
        notes = (*notes, *(f"warning: {line}" for _, line in warnings_of(ends, now)))
        return dataclasses.replace(
            release, digest=proven.digest, development=proven.development, revoked=proven.revoked.turns, notes=notes,
            key_sets=_kept(proven), ends=ends, withdrawn=withdrawn,
        )  # fmt: skip


def _kept(proven: Proven) -> dict[str, bytes]:
    """Key sets of issuers that have the address still from which they were fetched."""
    issuers = proven.loaded.workspace.issuers
    kept = proven.loaded.release.head.key_sets.items()
    return {
        name: one.document.encode() for name, one in kept if name in issuers and str(issuers[name].jwks_url) == one.url
    }


def read_released(start: Mapping[str, Any]) -> Released:
    """Verify what the parent names under `staged`, unpacked in `folder`. Raises InvalidInputError, OSError."""
    node, staged, folder = _node(start), start["staged"], Path(start["folder"])
    if staged["entry"] is None:
        return Released(judge_candidate(node, _candidate(node, staged), folder))
    proven = read_live(node, folder, staged["entry"])
    if proven.digest != staged["release"]:
        message = f"entry {staged['entry']} of the log is of {proven.digest}, not of {staged['release']}"
        raise InvalidInputError([Diagnostic(str(node.folder), "broken-log", message, "start again")])
    remember_live(node)
    return Released(proven)


def take(start: Mapping[str, Any]) -> int:
    """Take the release that is named; returns its place in the log. Raises InvalidInputError, OSError."""
    node, staged = _node(start), start["staged"]
    take_activation(node, _candidate(node, staged), Path(start["folder"]), datetime.now(UTC))
    live = node.log()[0].live
    assert live is not None
    return live.sequence


def revoked_here(start: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """What was revoked on this node, as turns of a switch. Raises InvalidInputError."""
    return list(all_revoked(start).turns)


def all_revoked(start: Mapping[str, Any]) -> Revoked:
    """The same, with the releases that were withdrawn. Raises InvalidInputError."""
    node = _node(start)
    log, memory = node.log()
    return revoked_by(node, log, Judge(node, taken_of(log, memory.length)))


def refuse_workspace(home: Path) -> None:
    """Raises InvalidInputError where this node's trust root is a real one: it serves activated releases only."""
    root = real_root(home)
    if root is None:
        return
    message = f"this node has a trust root of {root.value.workspace}: it serves what was decided and activated"
    remedy = "serve its releases: tidewaiter serve --releases -e ENVIRONMENT; `tidewaiter release activate` takes one"
    raise InvalidInputError([Diagnostic(root.file, "workspace-refused", message, remedy)])


def _node(start: Mapping[str, Any]) -> Node:
    return open_node(Path(start["home"]), start["environment"] or "")


def _candidate(node: Node, staged: Mapping[str, Any]) -> Candidate:
    return Candidate(staged["release"], node.statement(staged["vouch"]), node.statement(staged["activation"]))
