"""A member signs a decision, and the register takes the signature."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.written import read_entry
from gateway.trust.board_stated import KIND, read_statements
from gateway.trust.counting import digest_of, owner_of
from gateway.trust.decision import DECISION_TYPE
from gateway.trust.delegations import delegations_of, stood_in_for
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, NewEntry, Register, append
from gateway.trust.root import RoleName
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
    signature = Signature(key.public.id, key.sign(pre_authentication(DECISION_TYPE, entry.source.text)))
    return add_signature(workspace, name, signature, member_of(key, trust), trust, now)


def add_signature(workspace: Path, name: str, signature: Signature, member: str, trust: Trust, now: datetime) -> Done:
    """Add a member's signature over a decision to its envelope and register it.

    Raises InvalidInputError as `sign_decision` does, and where the signature is not the member's. OSError.
    """
    entry = decision_entry(workspace, name)
    assert entry.value is not None
    role = entry.value.role
    message = pre_authentication(DECISION_TYPE, entry.source.text)
    if not any(key.signed(signature.value, message) for one, key in trust.root.keys().values() if one == member):
        told = f"this is not {member}'s signature over {FOLDER}/{name}.yaml as it is here"
        raise InvalidInputError([Diagnostic("the signature", "forged-signature", told, "sign the file as it is here")])
    added = False

    def sign(register: Register) -> list[NewEntry]:
        # Under the register's lock, so that two who sign at once do not write over each other's signature.
        nonlocal added
        trust.hold(register, REGISTER)
        before = read_decision(workspace, name, trust, register)
        _judge_member(workspace, member, trust, role, before, register, now)
        old: tuple[Signature, ...] = ()
        if before.envelope is not None:
            message, keys = before.envelope.signed_bytes, trust.root.keys()
            # What is of no known key is left out: it counts for nobody.
            old = tuple(one for one in before.envelope.signatures if owner_of(one, message, keys))
        if not any(one.value == signature.value for one in old):
            signatures = (*old, signature)
            envelope = Envelope(DECISION_TYPE, before.text, signatures)
            write_whole(workspace / FOLDER / f"{name}{ENVELOPE_ENDING}", write_envelope(envelope))
            added = True
        return _unregistered(workspace, [name], trust, register, now)

    after = append(workspace, sign)
    return Done(read_decision(workspace, name, trust, after), member, after, added)


def register_signatures(workspace: Path, names: Sequence[str], trust: Trust, now: datetime) -> Register:
    """Append each signature of these decisions that the register lacks. Raises InvalidInputError, OSError.

    So are statements. Those of removed members are not appended: they came too late.
    """

    def missing(register: Register) -> list[NewEntry]:
        trust.hold(register, REGISTER)
        when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        members = trust.root.value.members
        taken = {entry.digest for entry in register.entries if entry.kind == KIND}
        stated = [
            NewEntry(KIND, one.file, one.digest, one.signature, one.statement.member, when)
            for one in read_statements(workspace, trust, register).said
            if one.registered is None and one.digest not in taken and members[one.statement.member].removed is None
        ]
        return [*_unregistered(workspace, names, trust, register, now), *stated]

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


def rules_in(workspace: Path) -> BoardRules:
    """The board's rules as they lie here; those that hold without a file where there is none, or a broken one."""
    path = workspace / BOARD_FILE
    found = read_entry(path, BOARD_FILE, BoardRules).value if path.is_file() else None
    return found if found is not None else BoardRules()


def owners_in(workspace: Path) -> Collection[str]:
    """Members who stand for an owner by the rules as they lie here; what they sign counts where the base agrees."""
    return {member for members in rules_in(workspace).owners.values() for member in members}


def judge_day(workspace: Path, before: Signed, now: datetime) -> None:
    """Raises InvalidInputError where it was not decided in time, or has ended, and has to be submitted anew."""
    judge_ended(before, now)
    unanswered, dated = rules_in(workspace).unanswered, before.decision.dated
    if before.settled is None and unanswered.lapsed(dated, now.astimezone(UTC).date()):
        message = f"nobody decided by {unanswered.due(dated)}, and {BOARD_FILE} says that it then is refused"
        remedy = "submit it anew: tidewaiter board draft"
        raise InvalidInputError([Diagnostic(before.file, "lapsed", message, remedy)])


def judge_ended(before: Signed, now: datetime) -> None:
    """Raises InvalidInputError where the decision counts no more, whoever signs it."""
    until = before.decision.validity.until
    if until is not None and now >= until:
        message = f"it ended on {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}: whoever signs it now lets nothing"
        raise InvalidInputError([Diagnostic(before.file, "ended", message, "decide anew: tidewaiter board draft")])


def member_of(key: PrivateKey, trust: Trust) -> str:
    """The member whose key it is. Raises InvalidInputError where it is nobody's, or of somebody who was removed."""
    found = trust.root.keys().get(key.public.id)
    shown = trust.root.file
    if found is None:
        message = f"the key{' ' * bool(key.file)}{key.file} is of no member of the trust root"
        remedy = f"sign with a member's key, or have {key.public.text} added to a new trust root"
        raise InvalidInputError([Diagnostic(shown, "unknown-signer", message, remedy)])
    member = found[0]
    if trust.root.value.members[member].removed is not None:
        message = f"{member} was removed: what {member} signs from now on counts for nothing"
        raise InvalidInputError([Diagnostic(shown, "removed-signer", message, "somebody else of the role signs")])
    return member


def _judge_member(
    workspace: Path, member: str, trust: Trust, role: RoleName, before: Signed, register: Register, now: datetime
) -> None:
    """Raises InvalidInputError where the member's signature would count for nothing."""
    shown = trust.root.file
    said = next((one for one in before.standing.voices if one.member == member and one.said is not None), None)
    if said is not None:
        message = f"{member} has stated something on it, at entry {said.registered}: a signature changes nothing now"
        remedy = f"state it anew: tidewaiter board approve {before.name}"
        raise InvalidInputError([Diagnostic(before.file, "stated-before", message, remedy)])
    if before.standing.final and before.settled is None:
        message, remedy = f"it was {before.standing.outcome}", "decide anew: tidewaiter board draft"
        raise InvalidInputError([Diagnostic(before.file, "settled", message, remedy)])
    judge_ended(before, now)
    if before.decision.verdict != "refuse":
        judge_day(workspace, before, now)
    if member in owners_in(workspace) or member in trust.root.value.roles.named(role).members:
        return
    stated = read_statements(workspace, trust, register)
    delegations = delegations_of(stated, trust.root)
    if not stood_in_for(member, role, register.length + 1, now, delegations, trust.root):
        message = f"{member} is not in the role {role}, in which this is decided"
        raise InvalidInputError([Diagnostic(shown, "wrong-role", message, f"somebody of {role} signs")])
