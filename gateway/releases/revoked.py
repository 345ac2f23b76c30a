"""What was revoked in an environment: releases, credentials, keys of issuers. It only grows."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.judging import Judge
from gateway.releases.log import Log
from gateway.releases.stated import Stated
from gateway.releases.store import Node
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import Revocation


@dataclass(frozen=True, slots=True)
class Revoked:
    """All of it, after every revocation that was taken."""

    point: tuple[int, str]
    """How many there are, and the digest of the last."""
    withdrawn: Mapping[str, str]
    """By release: why."""
    turns: tuple[Mapping[str, Any], ...]
    """Credentials and keys of issuers, as workers are told of what is suspended."""


def revoked_by(node: Node, log: Log, judge: Judge) -> Revoked:
    """Judge every revocation of the log again. Raises InvalidInputError where one is missing or does not count."""
    previous, length = NOTHING, 0
    withdrawn: dict[str, str] = {}
    turns: list[Mapping[str, Any]] = []
    for entry in log.of("revocation"):
        stated = judge(node.statement(entry.statement), Revocation, entry)
        follows(stated, length, previous, log.shown)
        previous, length = stated.digest, stated.said.sequence
        said = stated.said
        for digest in said.withdrawn:
            withdrawn.setdefault(digest, said.reason)
        told = {
            "at": _seconds(entry.at),
            "suspended": 1,
            "reason": said.reason,
            "by": ", ".join(stated.count.people),
            "for_good": True,
            "revocation": said.sequence,
        }
        turns += [{"kind": one.kind, "name": one.name, **told} for one in said.credentials]
        turns += [{"kind": "issuer-key", "name": f"{one.issuer}/{one.key}", **told} for one in said.issuer_keys]
    return Revoked((length, previous), withdrawn, tuple(turns))


def _seconds(at: str) -> float:
    """Since the epoch; for readers, so a time that cannot be read is none."""
    try:
        return datetime.fromisoformat(at).timestamp()
    except ValueError:
        return 0.0


def follows(stated: Stated[Revocation], length: int, previous: str, shown: str) -> None:
    """Raises InvalidInputError where a revocation does not follow the `length` before it."""
    said = stated.said
    if (said.sequence, said.previous) == (length + 1, previous):
        return
    if said.sequence <= length:
        message = f"this is the revocation {said.sequence}, and {length} were taken here"
        remedy = "make a new one that follows them: tidewaiter release withdraw"
    elif said.sequence > length + 1:
        message = f"this is the revocation {said.sequence}, and only {length} were taken here"
        remedy = "take those between first, in order: tidewaiter release withdraw --statement FILE"
    else:
        message = f"this follows another revocation than the {length} that were taken here"
        remedy = "make a new one that follows them: tidewaiter release withdraw"
    raise InvalidInputError([Diagnostic(shown, "other-revocations", message, remedy)])
