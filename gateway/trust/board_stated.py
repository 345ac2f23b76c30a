"""All statements of a workspace, each held against its member's key, the workspace's history and the register."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.plain import plain
from gateway.trust.board_statement import STATEMENT_TYPE, BoardStatement, parse_statement
from gateway.trust.counting import Keys, digest_of, owner_of
from gateway.trust.envelope import Envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at
from gateway.trust.passkeys import Passkey, credential_of, is_by_passkey, passkeys_of, signed_by
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, Register

STATEMENTS: Final = "decisions/statements"
KIND: Final = "statement"
"""What the register calls an entry of this kind."""
"""By a key's id: the member whose it is, and the key."""
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
    passkey: str = ""
    """The id of the passkey that signed it; empty for a member's key."""
    why_not: str = ""
    """Why its signature counts for nothing; empty where it does."""
    strangers: int = 0
    """How many signatures beside it are of no known key: they count for nobody."""


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
    envelopes: list[tuple[str, Envelope]] = []
    faults: list[Diagnostic] = []
    for file in statement_files(workspace):
        try:
            envelope = envelope_at(workspace / file, file)
            assert envelope is not None
            envelopes.append((file, envelope))
        except InvalidInputError as error:
            faults += error.diagnostics
    found: list[Said] = []
    times, keys = _times(register), trust.root.keys()
    # Passkeys rest on what keys signed, so these are read first.
    for by_passkey in (False, True):
        passkeys = passkeys_of(found, trust.root)
        for file, envelope in envelopes:
            if _is_by_passkey(envelope, keys) is not by_passkey:
                continue
            try:
                said = judge_said(envelope, file, trust, register, passkeys, keys)
            except InvalidInputError as error:
                faults += error.diagnostics
                continue
            if said.registered is not None and said.passkey:
                why_not = passkey_fault(said, passkeys, said.registered, times[said.registered - 1])
                said = replace(said, why_not=why_not)
            found.append(said)
    if faults:
        raise InvalidInputError(faults)
    last = register.length + 1
    found.sort(key=lambda one: one.registered or last)
    return Stated(tuple(_each_once(found)), times)


def _each_once(said: Sequence[Said]) -> Iterator[Said]:
    """The same words count once, as they were registered first: one signature can be written in more than one way."""
    taken: dict[str, int] = {}
    for one in said:
        first = taken.setdefault(one.digest, one.registered) if one.registered is not None else None
        again = first is not None and first != one.registered
        yield replace(one, why_not=f"was taken before, as entry {first}") if again else one


def judge_said(
    envelope: Envelope, file: str, trust: Trust, register: Register, passkeys: Sequence[Passkey] = (),
    keys: Keys | None = None,
) -> Said:  # fmt: skip
    """The statement in an envelope. Raises InvalidInputError where it is not what the member who is named signed."""
    if envelope.payload_type != STATEMENT_TYPE:
        message = "what was signed here is of another kind than a statement of the board"
        raise _fault(file, "foreign-signature", message, "sign the statement: tidewaiter board sign DIGEST --text FILE")
    keys = keys if keys is not None else trust.root.keys()
    envelope, strangers = _of_known(envelope, passkeys, keys)
    if len(envelope.signatures) != 1:
        message = f"a statement is one person's and has one signature, this one {len(envelope.signatures)}"
        raise _fault(file, "forged-signature", message, "each member states it anew")
    statement = parse_statement(envelope.payload, file)
    signature = envelope.signatures[0]
    passkey = ""
    if is_by_passkey(signature):
        passkey = _judge_passkey(statement, envelope, file, passkeys)
    else:
        _judge_signer(statement, envelope, file, keys)
    faults = list(_elsewhere(statement, file, trust, register))
    if faults:
        raise InvalidInputError(faults)
    digest = digest_of(signature.value)
    return Said(
        file, statement, envelope.payload, digest_of(envelope.payload), digest, register.sequence_of(digest), passkey,
        strangers=strangers,
    )  # fmt: skip


def passkey_fault(said: Said, passkeys: Sequence[Passkey], sequence: int, moment: datetime) -> str:
    """Why a passkey did not count for what the register took as that entry, at that time; empty where it did."""
    known = [one for one in passkeys if (one.credential, one.member) == (said.passkey, said.statement.member)]
    if any(one.holds(sequence, moment) for one in known):
        return ""
    return next((one.why_not for one in known if one.why_not), "was signed with a passkey that had ended")


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


def _is_by_passkey(envelope: Envelope, keys: Keys) -> bool:
    """Whether a passkey signed it; what a member's key signed is no passkey's, whatever was put beside it."""
    if not any(is_by_passkey(one) for one in envelope.signatures):
        return False
    others = [one for one in envelope.signatures if not is_by_passkey(one)]
    return not any(owner_of(one, envelope.signed_bytes, keys) for one in others)


def _of_known(envelope: Envelope, passkeys: Sequence[Passkey], keys: Keys) -> tuple[Envelope, int]:
    """The envelope without signatures of no known key, where others are there, and how many those are."""
    credentials = {one.credential for one in passkeys}
    known = [
        one for one in envelope.signatures
        if (credential_of(one) in credentials if is_by_passkey(one) else one.key_id in keys)
        or (not is_by_passkey(one) and owner_of(one, envelope.signed_bytes, keys))
    ]  # fmt: skip
    if not known:
        return envelope, 0
    return replace(envelope, signatures=tuple(known)), len(envelope.signatures) - len(known)


def _judge_passkey(statement: BoardStatement, envelope: Envelope, file: str, passkeys: Sequence[Passkey]) -> str:
    """The id of the member's passkey that signed. Raises InvalidInputError."""
    signature = envelope.signatures[0]
    credential = credential_of(signature)
    known = [one for one in passkeys if (one.credential, one.member) == (credential, statement.member)]
    if statement.act in ("passkey", "end-passkey"):
        told = "a passkey says nothing of passkeys: that is signed with a member's key"
        raise _fault(file, "foreign-signature", told, "sign it with your key: tidewaiter board sign DIGEST --text FILE")
    if not known:
        told = f"it is signed with a passkey that {statement.member} never named"
        raise _fault(
            file, "unknown-signer", told, "name the passkey first, signed with your key; else take the file out"
        )
    if not any(signed_by(one, signature, envelope.signed_bytes) for one in known):
        told = "it was not signed by the passkey that is named, at its pages: it is forged, or was altered"
        raise _fault(file, "forged-signature", told, "take the file from git as it was, or state it anew")
    return credential


def _judge_signer(statement: BoardStatement, envelope: Envelope, file: str, keys: Keys) -> None:
    signature = envelope.signatures[0]
    owner = owner_of(signature, envelope.signed_bytes, keys)
    if owner == statement.member:
        return
    if owner:
        told = f"it says that {statement.member} states it, and {owner} signed"
        raise _fault(file, "forged-signature", told, f"{statement.member} states it, or {owner} in their own name")
    if signature.key_id in keys:
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
