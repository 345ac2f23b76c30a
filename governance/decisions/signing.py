"""A member signs a decision, and the register takes the signature."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from governance.decisions.decision import DECISION_TYPE
from governance.decisions.signed import FOLDER, Signed, decision_entry, payload_digest, read_decision
from governance.trust.counting import digest_of
from governance.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from governance.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from governance.trust.keys import PrivateKey
from governance.trust.place import Trust
from governance.trust.register import NewEntry, Register, append, read_register


@dataclass(frozen=True, slots=True)
class Done:
    """What signing came to. `added` is False where this person had signed already."""

    signed: Signed
    member: str
    register: Register
    added: bool


def sign_decision(workspace: Path, name: str, key: PrivateKey, trust: Trust, now: datetime) -> Done:
    """Add this key's signature to the decision's envelope and register it.

    Raises InvalidInputError where the key is no member's in the decision's role, where the file was edited since others
    signed it, or where register or envelope are broken. OSError where a file cannot be written.
    """
    entry = decision_entry(workspace, name)
    assert entry.value is not None
    member = _member(key, trust, entry.value.role)
    register = read_register(workspace)
    trust.hold(register, "decisions/register.jsonl")
    before = read_decision(workspace, name, trust, register)
    text, kind = entry.source.text, DECISION_TYPE
    old = before.envelope.signatures if before.envelope is not None else ()
    message = pre_authentication(kind, text)
    mine = [one for one in old if key.public.signed(one.value, message)]
    signature = mine[0] if mine else Signature(key.public.id, key.sign(message))
    if not mine:
        signatures = (*old, signature)
        write_whole(workspace / FOLDER / f"{name}{ENVELOPE_ENDING}", write_envelope(Envelope(kind, text, signatures)))
    after = register_signatures(workspace, [before.name], trust, now)
    return Done(read_decision(workspace, name, trust, after), member, after, not mine)


def register_signatures(workspace: Path, names: Sequence[str], trust: Trust, now: datetime) -> Register:
    """Append each signature of these decisions that the register lacks. Raises InvalidInputError, OSError.

    Signatures of removed members are not appended: they came too late.
    """
    keys = trust.root.keys()

    def missing(register: Register) -> list[NewEntry]:
        trust.hold(register, "decisions/register.jsonl")
        new: list[NewEntry] = []
        for name in names:
            beside = f"{FOLDER}/{name}{ENVELOPE_ENDING}"
            envelope = envelope_at(workspace / beside, beside)
            for one in envelope.signatures if envelope is not None else ():
                assert envelope is not None
                digest = digest_of(one.value)
                owner = next((m for m, key in keys.values() if key.signed(one.value, envelope.signed_bytes)), None)
                if owner is None or register.sequence_of(digest) is not None:
                    continue
                if trust.root.value.members[owner].removed is None:
                    file, when = f"{FOLDER}/{name}.yaml", now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
                    payload = payload_digest(envelope.payload)
                    new.append(NewEntry("signature", file, payload, digest, owner, when))
        return new

    return append(workspace, missing)


def _member(key: PrivateKey, trust: Trust, role: str) -> str:
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
    if member not in next(value.members for name, value in roles.items() if name == role):
        message = f"{member} is not in the role {role}, in which this is decided"
        raise InvalidInputError([Diagnostic(shown, "wrong-role", message, f"somebody of {role} signs")])
    return member
