"""A member states something: the text is made, signed, judged as if it were registered, and then registered."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import faults_of
from gateway.trust.board_stated import (
    KIND,
    STATEMENTS,
    Said,
    Stated,
    judge_said,
    passkey_fault,
    read_statements,
)
from gateway.trust.board_statement import (
    POSITIONS,
    STATEMENT_TYPE,
    Act,
    BoardStatement,
    Condition,
    parse_statement,
    statement_text,
)
from gateway.trust.conditions import conditions_of
from gateway.trust.counting import count_people
from gateway.trust.delegations import delegations_of
from gateway.trust.envelope import Envelope, Signature, pre_authentication, write_envelope
from gateway.trust.files import ENVELOPE_ENDING, write_whole
from gateway.trust.keys import PrivateKey
from gateway.trust.passkeys import Passkey, passkeys_of
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, NewEntry, Register, append, read_register
from gateway.trust.root import TrustRoot
from gateway.trust.signed import FOLDER, Signed, decision_entry, payload_digest, read_decision
from gateway.trust.standing import Voice, stand
from governance.decisions.signing import Done, judge_day, member_of, owners_in, sign_decision


@dataclass(frozen=True, slots=True)
class Saying:
    """What a member says; the rest of the statement is filled in."""

    act: Act
    decision: str = ""
    comment: str = ""
    conditions: tuple[Condition, ...] = ()
    condition: str = ""
    evidence: str = ""
    takes_back: str = ""
    to: str = ""
    until: datetime | None = None
    credential: str = ""
    public_key: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Registered:
    """What came of it."""

    said: Said
    register: Register
    decision: Signed | None
    """How the decision stands now; None where the statement is on none."""


def make_statement(
    workspace: Path, member: str, saying: Saying, trust: Trust, register: Register, now: datetime
) -> bytes:
    """The text that the member is to sign. Raises InvalidInputError where it would say nothing usable."""
    environment, role, digest = "", "board", None
    if saying.decision:
        entry = decision_entry(workspace, saying.decision)
        assert entry.value is not None
        environment, role = entry.value.environment, entry.value.role
        digest = payload_digest(entry.source.text)
    tree: dict[str, Any] = {
        "format": 1, "type": "board-statement", "act": saying.act, "workspace": trust.workspace,
        "environment": environment, "role": role, "member": member, "decision": saying.decision, "digest": digest,
        "comment": saying.comment, "conditions": [one.model_dump() for one in saying.conditions],
        "condition": saying.condition, "evidence": saying.evidence, "takes_back": saying.takes_back or None,
        "to": saying.to, "until": saying.until, "credential": saying.credential, "public_key": saying.public_key,
        "origin": saying.origin, "at": now.astimezone(UTC).replace(microsecond=0),
        "sequence": register.length + 1, "head": register.head,
    }  # fmt: skip
    try:
        statement = BoardStatement.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, BoardStatement, tree)
        raise InvalidInputError(
            Diagnostic("the statement", one.code, one.message, one.remedy) for one in faults
        ) from None
    return statement_text(statement)


def sign_statement(text: bytes, key: PrivateKey) -> Signature:
    """The key's signature over a statement."""
    return Signature(key.public.id, key.sign(pre_authentication(STATEMENT_TYPE, text)))


def register_statement(workspace: Path, text: bytes, signature: Signature, trust: Trust, now: datetime) -> Registered:
    """Keep a signed statement and register it.

    Raises InvalidInputError, and writes nothing, where the signature is not of the member who is named, where the
    statement is of elsewhere or was registered already, or where it would count for nothing. OSError where a file
    cannot be written.
    """
    envelope = Envelope(STATEMENT_TYPE, text, (signature,))
    kept: list[Said] = []

    def state(register: Register) -> list[NewEntry]:
        trust.hold(register, REGISTER)
        stated = read_statements(workspace, trust, register)
        passkeys = passkeys_of(stated.said, trust.root)
        said = judge_said(envelope, "the statement", trust, register, passkeys)
        known = next((one.sequence for one in register.entries if (one.kind, one.digest) == (KIND, said.digest)), None)
        if known is not None:
            message = f"it was registered already, as entry {known}: nothing new was said"
            raise _refused("replayed-statement", message, "state it anew")
        statement = said.statement
        as_if = replace(said, registered=register.length + 1)
        if said.passkey and (why := passkey_fault(said, passkeys, register.length + 1, now)):
            raise _refused("no-effect", f"it {why}", "sign with your key, or name the passkey anew")
        judge_effect(workspace, as_if, trust, register, now)
        name = f"{statement.sequence:04}-{statement.member}-{statement.act}-{said.signature[7:19]}"
        file = f"{STATEMENTS}/{name}{ENVELOPE_ENDING}"
        (workspace / STATEMENTS).mkdir(parents=True, exist_ok=True)
        write_whole(workspace / file, write_envelope(envelope))
        kept.append(replace(as_if, file=file))
        when = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return [NewEntry(KIND, file, said.digest, said.signature, statement.member, when)]

    try:
        after = append(workspace, state)
    except OSError:
        for one in kept:
            if read_register(workspace).sequence_of(one.signature) is None:
                (workspace / one.file).unlink(missing_ok=True)
        raise
    name = kept[0].statement.decision
    return Registered(kept[0], after, read_decision(workspace, name, trust, after) if name else None)


def judge_text(workspace: Path, text: bytes, trust: Trust, register: Register, now: datetime) -> None:
    """Raises InvalidInputError where a statement that nobody has signed yet would count for nothing."""
    nobody = "sha256:" + "0" * 64
    said = Said(
        "the statement", parse_statement(text, "the statement"), text, payload_digest(text), nobody, register.length + 1
    )
    judge_effect(workspace, said, trust, register, now)


def judge_effect(workspace: Path, said: Said, trust: Trust, register: Register, now: datetime) -> None:
    """Raises InvalidInputError where the statement, once registered next, would count for nothing."""
    stated = read_statements(workspace, trust, register)
    then = Stated((*stated.said, said), (*stated.times, max([now, *stated.times[-1:]])))
    statement, root = said.statement, trust.root
    if statement.act in ("passkey", "end-passkey"):
        _judge_passkey(said, passkeys_of(then.said, root), root, now)
        return
    delegations = delegations_of(then, root)
    if statement.act == "delegate":
        mine = next(one for one in delegations if one.begins == said.registered)
        if mine.why_not or mine.until <= now:
            raise _refused(
                "no-effect", mine.why_not or "it has ended", "see who stands in for whom: tidewaiter board list"
            )
        return
    if statement.act == "end-delegation":
        if not any(one.ends == said.registered for one in delegations):
            raise _refused("no-effect", f"{statement.to} does not stand in for {statement.member}", "name who does")
        return
    before = read_decision(workspace, statement.decision, trust, register, stated)
    if statement.digest != before.digest:
        message = f"it was stated on another text of {before.file}"
        raise _refused("edited-file", message, "read the decision as it is, and state it anew")
    if (statement.environment, statement.role) != (before.decision.environment, before.decision.role):
        message = "it was stated for another environment or role than those of the decision"
        raise _refused("foreign-statement", message, "state it anew")
    if statement.act in POSITIONS:
        beside = f"{FOLDER}/{before.name}{ENVELOPE_ENDING}"
        envelope = before.envelope
        signers = (
            count_people(envelope, root, before.decision.role, beside, register.sequence_of).signers if envelope else ()
        )
        after = stand(before.decision, signers, then.about(before.name), then, delegations, root)
        voice = next(one for one in after.voices if one.signature == said.signature)
        _judge_voice(before, voice, said, owners_in(workspace))
        if voice.act == "approve":
            judge_day(workspace, before, now)
        return
    about = then.about(before.name)
    open_before = {one.id for one in before.unmet}
    if statement.condition not in open_before:
        known = ", ".join(sorted(open_before)) or "none"
        message = f"there is no such condition, or it is met already; open are: {known}"
        raise _refused("no-condition", message, "name one of these")
    judged = conditions_of(before.decision, before.standing, about, then, delegations, root)
    if not any(one.id == statement.condition and statement.member in one.met_by for one in judged):
        raise _refused(
            "no-effect", f"what {statement.member} says of it counts for nothing", "somebody of the board does"
        )


def _judge_passkey(said: Said, passkeys: tuple[Passkey, ...], root: TrustRoot, now: datetime) -> None:
    statement = said.statement
    removed = root.value.members[statement.member].removed
    if statement.act == "end-passkey":
        if not any(one.ends == said.registered for one in passkeys):
            raise _refused("no-effect", f"{statement.member} has no such passkey", "name one of yours")
        return
    mine = next((one for one in passkeys if one.begins == said.registered), None)
    if removed is not None or mine is None or mine.why_not or mine.until <= now:
        why = mine.why_not if mine is not None and mine.why_not else "counts for nothing"
        raise _refused("no-effect", f"it {why}", "make another passkey")


def _judge_voice(before: Signed, voice: Voice, said: Said, owners: Collection[str]) -> None:
    act, member, outcome = voice.act, voice.member, before.standing.outcome
    if voice.why_not:
        raise _refused("no-effect", f"it {voice.why_not}", "read how the decision stands: tidewaiter board show")
    if not voice.seats and member not in owners:
        message = (
            f"{member} is not in the role {before.decision.role}, in which this is decided, and stands in for nobody"
        )
        raise _refused("wrong-role", message, f"somebody of {before.decision.role} says so")
    if before.standing.final:
        told = outcome if outcome != "approved" else "settled as a refusal"
        raise _refused("settled", f"it was {told}: nothing is added", "decide anew: tidewaiter board draft")
    if act in ("return", "abstain", "refuse") and outcome == "approved":
        raise _refused("settled", "it was approved by enough people", "take it back: tidewaiter board revoke")
    takes_back = said.statement.takes_back
    approving = {one.member for one in (before.count.signers if before.count is not None else ()) if one.stands}
    if act == "revoke" and takes_back == "own" and member not in approving:
        raise _refused("no-effect", f"{member} has not approved it", "take the board's back: --decision")


def approve(
    workspace: Path, name: str, comment: str, key: PrivateKey, trust: Trust, now: datetime
) -> Done | Registered:
    """Approve a decision: by a signature over it, or by a statement where there is more or something else to say.

    Raises InvalidInputError, OSError.
    """
    register = read_register(workspace)
    trust.hold(register, REGISTER)
    member = member_of(key, trust)
    voices = read_decision(workspace, name, trust, register).standing.voices
    if comment or any(one.member == member and one.said is not None for one in voices):
        return say_it(workspace, Saying("approve", name, comment), key, trust, now)
    return sign_decision(workspace, name, key, trust, now)


def say_it(workspace: Path, saying: Saying, key: PrivateKey, trust: Trust, now: datetime) -> Registered:
    """Make, sign and register a statement on this machine. Raises InvalidInputError, OSError."""
    register = read_register(workspace)
    trust.hold(register, REGISTER)
    member = member_of(key, trust)
    text = make_statement(workspace, member, saying, trust, register, now)
    return register_statement(workspace, text, sign_statement(text, key), trust, now)


def _refused(code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic("the statement", code, message, remedy)])
