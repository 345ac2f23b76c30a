"""Statements on their way to enough signatures: made or found, signed in the roles that a key's owner has, counted."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.live import taken_of
from gateway.releases.stated import count_statement
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope, write_envelope
from gateway.trust.files import write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.release_statement import ROLES, Activation, Statement
from governance.release.statements import beside, member_of, read_statement_file, signed, text_of

_FREE = frozenset(("reason", "submitter", "dated"))
"""What may be as it was drafted: it says nothing of what is asked for."""
_COUNTED = frozenset((*_FREE, "sequence"))


@dataclass(frozen=True, slots=True)
class Draft:
    """A statement, with the file in which it waits. `envelope` is None while nobody has signed."""

    path: Path
    statement: Statement
    text: bytes
    envelope: Envelope | None

    @property
    def signed(self) -> Envelope:
        """The signatures. There are some."""
        assert self.envelope is not None
        return self.envelope

    def write(self) -> None:
        """Put it where others sign it. Raises OSError."""
        write_whole(self.path, self.text)
        place = beside(self.path)
        if self.envelope is not None:
            write_whole(place, write_envelope(self.envelope))
        else:
            place.unlink(missing_ok=True)


def drafted(path: Path, wanted: Statement) -> Draft:
    """The statement that waits there, where it asks for the same still; else a new one.

    Raises InvalidInputError where it was edited after somebody signed it.
    """
    if path.exists():
        statement, text, envelope = read_statement_file(path)
        if type(statement) is type(wanted) and _fits(statement, wanted):
            return Draft(path, statement, text, envelope)
    return Draft(path, wanted, text_of(wanted), None)


def sign_in_roles(drafts: Iterable[Draft], key: PrivateKey | None, node: Node) -> list[Draft]:
    """Add the key's signature to each that its owner may sign. Raises InvalidInputError where that is none."""
    drafts = list(drafts)
    if key is None:
        return drafts
    done: list[Draft] = []
    refused: InvalidInputError | None = None
    for one in drafts:
        try:
            member_of(key, node.trust.root, type(one.statement))
        except InvalidInputError as error:
            refused = error
            done.append(one)
        else:
            done.append(replace(one, envelope=signed(one.envelope, type(one.statement), one.text, key)))
    if refused is not None and done == drafts:
        raise refused
    return done


def lacking(drafts: Iterable[Draft], node: Node) -> tuple[str, ...]:
    """What is missing, in words; nothing where enough people signed each. Raises InvalidInputError for forged ones."""
    log, remembered = node.log()
    taken = taken_of(log, remembered.length)
    missing: list[str] = []
    for one in drafts:
        role = ROLES[type(one.statement)]
        if one.envelope is None:
            missing.append(f"{one.path}: nobody signed it yet, as {role}")
            continue
        stated = count_statement(
            one.envelope, type(one.statement), str(one.path), workspace=node.trust.workspace,
            environment=node.environment, root=node.trust.root, taken=taken,
        )  # fmt: skip
        if not stated.count.reached:
            missing.append(f"{one.path}: {stated.count}")
    return tuple(missing)


def submitter_of(stated: str, key: PrivateKey | None, node: Node, waiting: Path | None = None) -> str:
    """Who asks for it: who is named, else whoever the statement that waits there names, else the key's owner.

    Raises InvalidInputError where that is no member.
    """
    members = node.trust.root.value.members
    owner = node.trust.root.keys().get(key.public.id) if key is not None else None
    asked = read_statement_file(waiting)[0].submitter if not stated and waiting and waiting.exists() else ""
    name = stated or asked or (owner[0] if owner is not None else "")
    if name in members:
        return name
    message = f"{name} is no member of the trust root" if name else "it is not said who asks for it"
    remedy = f"name one of {', '.join(sorted(members))}: --by MEMBER, or sign with a member's key"
    raise InvalidInputError([Diagnostic(node.trust.root.file, "unknown-submitter", message, remedy)])


def _fits(statement: Statement, wanted: Statement) -> bool:
    """Whether it asks for the same. An activation may have been numbered by a node that is ahead of this one."""
    if isinstance(statement, Activation) and isinstance(wanted, Activation):
        same = statement.model_dump(exclude=set(_COUNTED)) == wanted.model_dump(exclude=set(_COUNTED))
        return same and statement.sequence >= wanted.sequence
    return statement.model_dump(exclude=set(_FREE)) == wanted.model_dump(exclude=set(_FREE))
