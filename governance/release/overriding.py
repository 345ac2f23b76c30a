"""An override: drafted, signed by enough people, taken by this node, told to the gateway that runs here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release_file import digest_of
from gateway.releases.clock import Clock
from gateway.releases.log import moment
from gateway.releases.overrides import Taken, end_overrides, in_force, overrides_of, take_override
from gateway.releases.store import Node, open_node
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import OPERATION, Override
from governance.admin_client import NotReachedError, ask
from governance.release.activate import Asked
from governance.release.drafting import Draft, drafted, lacking, sign_in_roles, submitter_of
from governance.release.environments import known_node
from governance.release.handing import serves
from governance.release.known_names import judge_operations, known_operations
from governance.release.statements import make, read_statement_file

_CONFLICT = 409


@dataclass(frozen=True, slots=True)
class Overridden:
    """What it came to."""

    state: Literal["live", "taken", "waiting"]
    """`live`: the gateway that runs has it in force. `taken`: the next one will. `waiting`: signatures are missing."""
    said: Override
    lacking: tuple[str, ...] = ()
    file: Path | None = None
    """Where it waits for signatures; taken, what another node takes: here, or the envelope in this node's store."""
    unknown: tuple[str, ...] = ()
    """Operations that the gateway does not serve."""


def override(
    asked: Asked, operations: Sequence[str], hours: int, *, unknown_too: bool = False, now: datetime
) -> Overridden:
    """Have one signed and take it. Raises InvalidInputError, OSError, NotReachedError; then nothing is loosened."""
    node = known_node(asked.home, asked.environment)
    for one in operations:
        if not re.fullmatch(OPERATION, one):
            message, remedy = "this names no operation", "write api/operationId or api@version/operationId"
            raise InvalidInputError([Diagnostic(one[:200], "no-operation", message, remedy)])
    if not unknown_too:
        judge_operations(operations, known_operations(node, asked.home))
    log, _ = node.log()
    before = log.of("override")
    said = make(
        Override, format=1, type="override", workspace=node.trust.workspace, environment=asked.environment,
        date=now.astimezone(UTC).date(), reason=asked.reason,
        submitter=submitter_of(asked.submitter, asked.key, node), sequence=log.highest("override") + 1,
        previous=before[-1].statement if before else NOTHING,
        operations=tuple(sorted(set(operations))), start=now.astimezone(UTC).replace(microsecond=0), hours=hours,
    )  # fmt: skip
    path = asked.statements / f"override-{said.sequence}.yaml"
    if path.exists():  # drafted before, and signed by others meanwhile: it began then
        there, _, _ = read_statement_file(path)
        if isinstance(there, Override) and there.until > now:
            said = said.model_copy(update={"start": there.start})
    return _finish(asked, node, drafted(path, said, node.trust.root), now)


def take_signed(asked: Asked, path: Path, *, now: datetime) -> Overridden:
    """Take one that was signed elsewhere. Raises as `override` does."""
    node = open_node(asked.home, asked.environment)
    said, text, envelope = read_statement_file(path)
    if not isinstance(said, Override):
        message = f"this is a statement of another kind: {said.__class__.__name__.lower()}"
        raise InvalidInputError([Diagnostic(str(path), "foreign-signature", message, "name an override")])
    return _finish(asked, node, Draft(path, said, text, envelope), now)


def end(home: Path, environment: str, admin: str | None, *, now: datetime) -> tuple[int, bool]:
    """End those in force: how many there were, and whether a running gateway was told. Raises as `override` does."""
    count = end_overrides(known_node(home, environment), now)
    return count, _tell(home, admin, environment) is not None


def listed(home: Path, environment: str, *, now: datetime) -> list[dict[str, Any]]:
    """Every override that this node took, the newest first. Raises InvalidInputError."""
    node = known_node(home, environment)
    holding = {one.said.sequence for one in in_force(node, Clock(node, now.timestamp))}
    return [_row(one, one.said.sequence in holding) for one in reversed(overrides_of(node))]


def _row(one: Taken, holds: bool) -> dict[str, Any]:
    said = one.said
    return {
        "sequence": said.sequence, "state": "in force" if holds else "ended early" if one.ended else "over",
        "from": moment(said.start), "until": moment(said.until), "operations": list(said.operations),
        "reason": said.reason, "asked_for_by": said.submitter, "signed_by": list(one.stated.count.people),
    }  # fmt: skip


def _finish(asked: Asked, node: Node, draft: Draft, now: datetime) -> Overridden:
    (draft,) = sign_in_roles([draft], asked.key, node)
    said = draft.statement
    assert isinstance(said, Override)
    missing = lacking([draft], node)
    left = asked.kept or draft.path.exists()
    if not missing:
        if left:
            draft.write()  # whole, so that other nodes take what was signed
        try:
            take_override(node, draft.signed, now)
        except InvalidInputError as error:
            if error.diagnostics[0].code not in ("too-few-signed", "no-quorum"):
                raise
            missing = tuple(one.message for one in error.diagnostics)
    if missing:
        draft.write()
        return Overridden("waiting", said, missing, draft.path)
    file = draft.path if left else node.statement_path(digest_of(draft.text))
    told = _tell(asked.home, asked.admin, asked.environment)
    if told is None:
        return Overridden("taken", said, file=file)
    return Overridden("live", said, file=file, unknown=tuple(told.get("unknown", ())))


def _tell(home: Path, admin: str | None, environment: str) -> dict[str, Any] | None:
    """Let the gateway that runs here read its overrides; None where none runs. Raises NotReachedError."""
    if not serves(home, admin, environment):
        return None
    told: dict[str, Any]
    status, told = ask(home, admin, "POST", "/overridden", {})
    if status == _CONFLICT:
        return None
    if status != 200:
        raise NotReachedError(f"the gateway did not take it up: {told.get('error', status)}; its next start does")
    return told
