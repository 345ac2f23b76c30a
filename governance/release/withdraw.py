"""Revoke for good: releases that nobody may return to, credentials, keys of issuers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import nearest
from gateway.release_file import digest_of
from gateway.releases.judging import Judge
from gateway.releases.live import taken_of
from gateway.releases.log import Log
from gateway.releases.revoked import Revoked, revoked_by
from gateway.releases.store import Node, open_node, release_path
from gateway.releases.taking import take_revocation
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import Credential, IssuerKey, Revocation
from governance.release.activate import Asked
from governance.release.drafting import Draft, drafted, lacking, sign_in_roles, submitter_of
from governance.release.environments import judge_named, known_node
from governance.release.handing import tell_gateway
from governance.release.known_names import ANYWAY, known_names
from governance.release.statements import make, read_statement_file


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What it came to. `state` as of `Activated`: `live` where a running gateway has it in force."""

    state: Literal["live", "taken", "waiting", "same"]
    """`same`: all of it was revoked before, and nothing was taken."""
    sequence: int
    lacking: tuple[str, ...] = ()
    files: tuple[Path, ...] = ()
    """As of `Activated`; taken without such a folder, it is the envelope in this node's store."""
    live_too: bool = False
    """Whether what is live is among the releases withdrawn: it serves until another one takes its place."""


def revoke(
    asked: Asked, *, releases: Sequence[str] = (), credentials: Sequence[Credential] = (),
    issuer_keys: Sequence[IssuerKey] = (), unknown_too: bool = False, now: datetime,
) -> Withdrawn:  # fmt: skip
    """Have it signed, take it, tell the gateway. Releases by their digest, or the beginning of one in the store.

    Raises InvalidInputError, OSError, NotReachedError.
    """
    node = known_node(asked.home, asked.environment)
    judge_named(node)
    if not unknown_too and (credentials or issuer_keys):
        known = known_names(node, asked.home)
        for one in credentials:
            known.judge(one.kind, one.name)
        for key in issuer_keys:
            known.judge("issuer", key.issuer)
    log, remembered = node.log()
    before = revoked_by(node, log, Judge(node, taken_of(log, remembered.length)))
    withdrawn = tuple(_digest(one, node, log, before, unknown_too=unknown_too) for one in releases)
    asks: list[tuple[str, str]] = [(one.kind, one.name) for one in credentials]
    asks += [("issuer-key", f"{one.issuer}/{one.key}") for one in issuer_keys]
    if (withdrawn or asks) and set(withdrawn) <= set(before.withdrawn) and set(asks) <= _names(before):
        tell_gateway(asked.home, asked.admin, asked.environment)  # another node may have taken it into this store
        return Withdrawn("same", before.point[0])
    path = asked.statements / f"revocation-{before.point[0] + 1}.yaml"
    said = make(
        Revocation, format=1, type="revocation", workspace=node.trust.workspace, environment=asked.environment,
        date=now.astimezone(UTC).date(), reason=asked.reason,
        submitter=submitter_of(asked.submitter, asked.key, node, path),
        sequence=before.point[0] + 1, previous=before.point[1],
        withdrawn=withdrawn, credentials=tuple(credentials),
        issuer_keys=tuple(issuer_keys),
    )  # fmt: skip
    return _finish(asked, node, drafted(path, said, node.trust.root), now)


def take_statement(asked: Asked, path: Path, *, now: datetime) -> Withdrawn:
    """Take a revocation that was signed, here or for another node. Raises as `revoke` does."""
    node = open_node(asked.home, asked.environment)
    said, text, envelope = read_statement_file(path)
    if not isinstance(said, Revocation):
        message = f"this is a statement of another kind: {said.__class__.__name__.lower()}"
        raise InvalidInputError([Diagnostic(str(path), "foreign-signature", message, "name a revocation")])
    return _finish(asked, node, Draft(path, said, text, envelope), now)


def _names(revoked: Revoked) -> set[tuple[str, str]]:
    return {(str(one["kind"]), str(one["name"])) for one in revoked.turns}


def _finish(asked: Asked, node: Node, draft: Draft, now: datetime) -> Withdrawn:
    (draft,) = sign_in_roles([draft], asked.key, node)
    said = draft.statement
    assert isinstance(said, Revocation)
    missing = lacking([draft], node)
    if missing:
        draft.write()
        return Withdrawn("waiting", said.sequence, missing, (draft.path,))
    left = asked.kept or draft.path.exists()
    if left:
        draft.write()  # whole now, so that other nodes take what was signed
    take_revocation(node, draft.signed, now)
    log, _ = node.log()
    live_too = log.live is not None and log.live.release in said.withdrawn
    state: Literal["live", "taken"] = "live" if tell_gateway(asked.home, asked.admin, asked.environment) else "taken"
    file = draft.path if left else node.statement_path(digest_of(draft.text))
    return Withdrawn(state, said.sequence, files=(file,), live_too=live_too)


def _digest(written: str, node: Node, log: Log, before: Revoked, *, unknown_too: bool) -> str:
    """The whole digest of a release that the store or the log has, or that was withdrawn before."""
    digits = written.removeprefix("sha256:")
    here = {path.stem for path in node.release_path(NOTHING).parent.glob("*.json")}
    here |= {one.release.removeprefix("sha256:") for one in log.of("activation")}
    here |= {one.removeprefix("sha256:") for one in before.withdrawn}
    found = [one for one in here if one.startswith(digits)] if digits else []
    if len(found) == 1:
        return "sha256:" + found[0]
    remedy = "write the whole digest; `tidewaiter release list` shows those that are here"
    if len(digits) != 64 or found:
        message = "several releases begin so" if found else "there is no such release in the store"
        raise InvalidInputError([Diagnostic(written[:80], "no-release", message, remedy)])
    release_path(node.store, digits)  # refuses what is no digest
    if unknown_too:
        return "sha256:" + digits
    near = nearest(digits, here)
    remedy = f"write sha256:{near}; {ANYWAY}" if near else f"see them: tidewaiter release list; {ANYWAY}"
    raise InvalidInputError([Diagnostic(written[:80], "no-release", "no release of this digest was ever here", remedy)])
