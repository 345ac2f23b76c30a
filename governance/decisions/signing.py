"""A member signs a decision, and the register takes the signature."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.written import read_entry
from gateway.trust.counting import digest_of
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, NewEntry, Register, append
from gateway.trust.signed import FOLDER, Signed, decision_entry, payload_digest, read_decision
from governance.board_rules import FILE as BOARD_FILE
from governance.board_rules import BoardRules


@dataclass(frozen=True, slots=True)
class Done:
    """What signing came to. `added` is False where this person had signed already."""

    signed: Signed
    member: str
    register: Register
    added: bool


def sign_decision(workspace: Path, name: str, key: PrivateKey, trust: Trust, now: datetime) -> Done:
    """Add this key's signature to the decision's envelope and register it.

    Raises InvalidInputError where the key is of nobody in the decision's role or who stands for an owner, where the
    file was edited since others signed it, or where register or envelope are broken. OSError where a file cannot be
    written.
    """
    entry = decision_entry(workspace, name)
    assert entry.value is not None
    member = _member(key, trust, entry.value.role, _owners(workspace))
    message = pre_authentication(DECISION_TYPE, entry.source.text)
    added = False

    def sign(register: Register) -> list[NewEntry]:
        # Under the register's lock, so that two who sign at once do not write over each other's signature.
        nonlocal added
        trust.hold(register, REGISTER)
        before = read_decision(workspace, name, trust, register)
        old = before.envelope.signatures if before.envelope is not None else ()
        if not any(key.public.signed(one.value, message) for one in old):
            signatures = (*old, Signature(key.public.id, key.sign(message)))
            envelope = Envelope(DECISION_TYPE, before.text, signatures)
            write_whole(workspace / FOLDER / f"{name}{ENVELOPE_ENDING}", write_envelope(envelope))
            added = True
        return _unregistered(workspace, [name], trust, register, now)

    after = append(workspace, sign)
    return Done(read_decision(workspace, name, trust, after), member, after, added)


def register_signatures(workspace: Path, names: Sequence[str], trust: Trust, now: datetime) -> Register:
    """Append each signature of these decisions that the register lacks. Raises InvalidInputError, OSError.

    Signatures of removed members are not appended: they came too late.
    """

    def missing(register: Register) -> list[NewEntry]:
        trust.hold(register, REGISTER)
        return _unregistered(workspace, names, trust, register, now)

    return append(workspace, missing)


def _unregistered(
    workspace: Path, names: Sequence[str], trust: Trust, register: Register, now: datetime
) -> list[NewEntry]:
    keys = trust.root.keys()
    when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    new: list[NewEntry] = []
    for name in names:
        beside = f"{FOLDER}/{name}{ENVELOPE_ENDING}"
        envelope = envelope_at(workspace / beside, beside)
        if envelope is None:
            continue
        payload = payload_digest(envelope.payload)
        for one in envelope.signatures:
            digest = digest_of(one.value)
            owner = next((m for m, key in keys.values() if key.signed(one.value, envelope.signed_bytes)), "")
            is_new = owner and register.sequence_of(digest) is None
            if is_new and trust.root.value.members[owner].removed is None:
                new.append(NewEntry("signature", f"{FOLDER}/{name}.yaml", payload, digest, owner, when))
    return new


def _owners(workspace: Path) -> Collection[str]:
    """Members who stand for an owner by the rules as they lie here; what they sign counts where the base agrees."""
    path = workspace / BOARD_FILE
    rules = read_entry(path, BOARD_FILE, BoardRules).value if path.is_file() else None
    return {member for members in rules.owners.values() for member in members} if rules is not None else ()


def _member(key: PrivateKey, trust: Trust, role: str, owners: Collection[str]) -> str:
    found = trust.root.keys().get(key.public.id)
    shown = trust.root.file
    if found is None:
        message = "this key is of no member of the trust root"
        remedy = f"sign with a member's key, or have {key.public.text} added to a new trust root"
        raise InvalidInputError([Diagnostic(shown, "unknown-signer", message, remedy)])
    member = found[0]
    if trust.root.value.members[member].removed is not None:
        message = f"{member} was removed: what {member} signs from now on counts for nothing"
        raise InvalidInputError([Diagnostic(shown, "removed-signer", message, "somebody else of the role signs")])
    roles = dict(trust.root.value.roles.items())
    if member not in owners and member not in next(value.members for name, value in roles.items() if name == role):
        message = f"{member} is not in the role {role}, in which this is decided"
        raise InvalidInputError([Diagnostic(shown, "wrong-role", message, f"somebody of {role} signs")])
    return member
