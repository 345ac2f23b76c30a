"""All statements of a workspace, each held against its member's key, the workspace's history and the register."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.plain import plain
from gateway.trust.board_statement import STATEMENT_TYPE, BoardStatement, parse_statement
from gateway.trust.counting import digest_of
from gateway.trust.envelope import Envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, Register
from gateway.trust.root import TrustRoot

STATEMENTS: Final = "decisions/statements"
KIND: Final = "statement"
"""What the register calls an entry of this kind."""
_FOR_EVER: Final = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """One statement that is genuine. Whether it counts is another question."""

    file: str
    """Relative to the workspace."""
    statement: BoardStatement
    text: bytes
    """The bytes that were signed."""
    digest: str
    """Of these bytes."""
    signature: str
    """The signature's digest."""
    registered: int | None
    """Its sequence in the register."""


@dataclass(frozen=True, slots=True)
class Stated:
    """What all members stated, in the order in which the register took it; what it never took is at the end."""

    said: tuple[Said, ...] = ()
    times: tuple[datetime, ...] = ()
    """By entry of the register, from the first on: when it was appended, never before the one before."""

    def about(self, name: str) -> tuple[Said, ...]:
        """What was stated on the decision of that name."""
        return tuple(one for one in self.said if one.statement.decision == name)

    def moment(self, sequence: int) -> datetime:
        """When an entry was appended, by the clock of the machine that did."""
        return self.times[sequence - 1]


def read_statements(workspace: Path, trust: Trust, register: Register) -> Stated:
    """Every statement of the workspace. Raises InvalidInputError with each that is forged, foreign or unreadable."""
    found: list[Said] = []
    faults: list[Diagnostic] = []
    for file in statement_files(workspace):
        try:
            found.append(_read(workspace, file, trust, register))
        except InvalidInputError as error:
            faults += error.diagnostics
    if faults:
        raise InvalidInputError(faults)
    last = register.length + 1
    found.sort(key=lambda one: one.registered or last)
    return Stated(tuple(found), _times(register))


def judge_said(envelope: Envelope, file: str, trust: Trust, register: Register) -> Said:
    """The statement in an envelope. Raises InvalidInputError where it is not what the member who is named signed."""
    if envelope.payload_type != STATEMENT_TYPE:
        message = "what was signed here is of another kind than a statement of the board"
        raise _fault(file, "foreign-signature", message, "sign the statement: tidewaiter board sign DIGEST --text FILE")
    if len(envelope.signatures) != 1:
        message = f"a statement is one person's and has one signature, this one {len(envelope.signatures)}"
        raise _fault(file, "forged-signature", message, "each member states it anew")
    statement = parse_statement(envelope.payload, file)
    value = envelope.signatures[0].value
    _judge_signer(statement, envelope, file, trust.root)
    faults = list(_elsewhere(statement, file, trust, register))
    if faults:
        raise InvalidInputError(faults)
    digest, signature = digest_of(envelope.payload), digest_of(value)
    return Said(file, statement, envelope.payload, digest, signature, register.sequence_of(signature))


def gone(register: Register, stated: Stated) -> Iterator[Diagnostic]:
    """Registered statements that are gone: without them, what was refused or taken back could pass again."""
    known = {(one.digest, one.signature): one.statement.member for one in stated.said}
    for entry in register.entries:
        if entry.kind != KIND:
            continue
        member = known.get((entry.digest, entry.signature))
        if member is None:
            message = f"entry {entry.sequence} is of {entry.file}, stated by {entry.who}: it is gone"
            remedy = "bring the file back from git; nothing that was stated is taken out"
            yield Diagnostic(REGISTER, "statement-gone", plain(message), remedy, entry.sequence, 1)
        elif member != entry.who:
            message = f"entry {entry.sequence} says that {plain(entry.who)} stated it, and {member} did"
            remedy = "find out who wrote the entry"
            yield Diagnostic(REGISTER, "wrong-entry", message, remedy, entry.sequence, 1)


def statement_files(workspace: Path) -> list[str]:
    """Their paths in the workspace. Raises InvalidInputError where the folder is a link."""
    folder = workspace / STATEMENTS
    if folder.is_symlink():
        raise _fault(STATEMENTS, "signed-link", "this is a link", "put the folder itself here")
    paths = sorted(folder.glob(f"*{ENVELOPE_ENDING}")) if folder.is_dir() else []
    return [f"{STATEMENTS}/{path.name}" for path in paths if not path.name.startswith(".")]


def _read(workspace: Path, file: str, trust: Trust, register: Register) -> Said:
    envelope = envelope_at(workspace / file, file)
    assert envelope is not None
    return judge_said(envelope, file, trust, register)


def _judge_signer(statement: BoardStatement, envelope: Envelope, file: str, root: TrustRoot) -> None:
    value, message = envelope.signatures[0].value, envelope.signed_bytes
    owner = next((member for member, key in root.keys().values() if key.signed(value, message)), "")
    if owner == statement.member:
        return
    if owner:
        told = f"it says that {statement.member} states it, and {owner} signed"
        raise _fault(file, "forged-signature", told, f"{statement.member} states it, or {owner} in their own name")
    if root.keys().get(envelope.signatures[0].key_id):
        told = "it was not signed by the key that is named: it is forged, or was altered"
        raise _fault(file, "forged-signature", told, "take the file from git as it was, or state it anew")
    told = "it is signed with a key that the trust root does not know"
    raise _fault(file, "unknown-signer", told, "the person signs with a registered key; else take the file out")


def _elsewhere(statement: BoardStatement, file: str, trust: Trust, register: Register) -> Iterator[Diagnostic]:
    if statement.workspace != trust.workspace:
        message = f"this was stated for the workspace {plain(statement.workspace)}, not for {trust.workspace}"
        yield Diagnostic(file, "foreign-statement", message, "state it anew here")
    before = statement.sequence - 1
    if before > register.length:
        message = f"this was written when the register had {before} entries, and it has {register.length}"
        yield Diagnostic(file, "other-history", message, "bring decisions/register.jsonl up to date")
    elif register.heads[before] != statement.head:
        message = f"this was written in another history: entry {before} of the register is another one"
        yield Diagnostic(file, "other-history", message, "state it anew on the register as it is")


def _times(register: Register) -> tuple[datetime, ...]:
    times: list[datetime] = []
    last = datetime.min.replace(tzinfo=UTC)
    for entry in register.entries:
        try:
            stated = datetime.fromisoformat(entry.at)
        except ValueError:
            stated = _FOR_EVER
        # What cannot be read ends every standing in: nobody gains time by an entry's date.
        last = max(last, stated if stated.tzinfo is not None else _FOR_EVER)
        times.append(last)
    return tuple(times)


def _fault(file: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(file, code, message, remedy)])
