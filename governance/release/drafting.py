"""Statements on their way to enough signatures: made or found, signed in the roles that a key's owner has, counted."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.counted import counted
from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.live import taken_of
from gateway.releases.stated import count_statement
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope, write_envelope
from gateway.trust.files import write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.release_statement import ROLES, Activation, Statement
from gateway.trust.root import TrustRoot
from governance.release.statements import beside, member_of, owner_of, read_statement_file, signed, text_of

_FREE = frozenset(("reason", "submitter", "dated"))
"""What may be as it was drafted: it says nothing of what is asked for."""
_SHOWN = 120
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
        """Put it where others sign it, or take it; the folder is made where it is missing. Raises OSError."""
        place = beside(self.path)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if place != self.path:
            write_whole(self.path, self.text)
        if self.envelope is None:
            place.unlink(missing_ok=True)
            return
        text = write_envelope(self.envelope)
        if not place.is_file() or place.read_bytes() != text:
            write_whole(place, text)


def drafted(path: Path, wanted: Statement, root: TrustRoot) -> Draft:
    """The statement that waits there, where it asks for the same still; else a new one.

    Raises InvalidInputError where it was edited after somebody signed it, and where somebody signed another one there:
    that is never replaced. `root` says who that was.
    """
    if path.exists():
        statement, text, envelope = read_statement_file(path)
        if type(statement) is type(wanted) and _fits(statement, wanted):
            return Draft(path, statement, text, envelope)
        if envelope is not None:
            people = " and ".join(_signers(envelope, root)) or "somebody"
            message = f"there is another one, signed by {people}: {difference(statement, wanted)}"
            remedy = f"name another folder with --into, or take it away, with {beside(path).name}"
            raise InvalidInputError([Diagnostic(str(path), "signed-otherwise", message, remedy)])
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

    Raises InvalidInputError where that is no member, or the key is of nobody.
    """
    members = node.trust.root.value.members
    owner = owner_of(key, node.trust.root) if key is not None else ""
    asked = read_statement_file(waiting)[0].submitter if not stated and waiting and waiting.exists() else ""
    name = stated or asked or owner
    if name in members:
        return name
    message = f"{name} is no member of the trust root" if name else "it is not said who asks for it"
    remedy = f"name one of {', '.join(sorted(members))}: --by MEMBER, or sign with a member's key"
    raise InvalidInputError([Diagnostic(node.trust.root.file, "unknown-submitter", message, remedy)])


def difference(there: Statement, wanted: Statement) -> str:
    """In a line, in what a statement asks for something else than is asked for now."""
    if type(there) is not type(wanted):
        return f"it is a statement of another kind: {type(there).__name__.lower()}"
    was, now = (one.model_dump(mode="json", by_alias=True, exclude=set(_FREE)) for one in (there, wanted))
    said: list[str] = []
    for name in (name for name in was if was[name] != now[name]):
        old, new = was[name], now[name]
        if name == "release":
            said.append(f"it is for another release, {old[:19]}")
        elif name == "revocations":
            said.append(f"its signers knew of {counted(old['length'], 'revocation')}, here it is {new['length']}")
        elif name == "register":
            said.append(f"its signers knew {old['length']} of the register's entries, here it is {new['length']}")
        elif name == "previous":
            said.append("it follows another revocation")
        else:
            said.append(f"{name.replace('_', ' ')} is {_short(old)} there, {_short(new)} here")
    return "; ".join(said)


def _signers(envelope: Envelope, root: TrustRoot) -> list[str]:
    keys, text = root.keys().values(), envelope.signed_bytes
    return sorted({name for name, key in keys for one in envelope.signatures if key.signed(one.value, text)})


def _short(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return (text if len(text) <= _SHOWN else text[:_SHOWN] + "...") or "none"


def _fits(statement: Statement, wanted: Statement) -> bool:
    """Whether it asks for the same. An activation may have been numbered by a node that is ahead of this one."""
    if isinstance(statement, Activation) and isinstance(wanted, Activation):
        same = statement.model_dump(exclude=set(_COUNTED)) == wanted.model_dump(exclude=set(_COUNTED))
        return same and statement.sequence >= wanted.sequence
    return statement.model_dump(exclude=set(_FREE)) == wanted.model_dump(exclude=set(_FREE))
