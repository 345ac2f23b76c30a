"""The decisions of a workspace as they stand: each file held against its envelope, the trust root and the register."""

import hashlib
import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.plain import plain
from contracts.wording import instead, nearest
from contracts.written import Entry, Source, read_entry
from gateway.trust.board_stated import KIND, Said, Stated, gone, read_statements
from gateway.trust.conditions import Open, conditions_of
from gateway.trust.counting import Count, count_people
from gateway.trust.decision import DECISION_TYPE, Decision
from gateway.trust.delegations import delegations_of
from gateway.trust.envelope import Envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at
from gateway.trust.left_before import left_before
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, Register
from gateway.trust.standing import Standing, stand

FOLDER: Final = "decisions"
_ENDING: Final = ".yaml"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TYPES: Final = ("change",)
_OURS: Final = frozenset(("verdict", "about", "submitter"))
"""Keys by which a file that states no `type` is still taken for a decision."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One decision, and what members signed and stated on it. `count` is None where nobody approved."""

    name: str
    file: str
    """Relative to the workspace."""
    decision: Decision
    text: bytes
    envelope: Envelope | None
    count: Count | None
    standing: Standing
    threshold: int
    """How many different people it takes."""
    conditions: tuple[Open, ...] = ()
    """What blocks a release until it is met, and what is met."""
    times: tuple[datetime, ...] = ()
    """By entry of the register: when it was appended, never before the one before."""
    left_before: tuple[str, ...] = ()
    """Members who spoke for it when they had been removed."""

    @property
    def digest(self) -> str:
        """Of the bytes that are signed."""
        return payload_digest(self.text)

    @property
    def settled(self) -> int | None:
        """The sequence in the register at which enough people had approved; None while they have not."""
        return self.standing.settled if self.standing.outcome == "approved" else None

    def settled_by(self, groups: Sequence[Collection[str]]) -> int | None:
        """The sequence at which one of each group had approved, or enough of the board; None while neither has.

        Groups are of members who stand for an owner. The submitter alone settles nothing.
        """
        if self.standing.outcome in ("returned", "refused", "revoked") or self.count is None or not groups:
            return self.settled
        first: dict[str, int] = {}
        others: list[int] = []
        asked = {member for group in groups for member in group}
        for one in self.count.signers:
            if not one.stands or one.registered is None:
                continue
            first[one.member] = min(one.registered, first.get(one.member, one.registered))
            counts = one.member in asked or not one.why_not
            if counts and self.standing.submitters.isdisjoint((one.member, one.acts_for)):
                others.append(one.registered)
        reached = [min((first[one] for one in group if one in first), default=None) for group in groups]
        by_owners = [one for one in reached if one is not None]
        if len(by_owners) < len(groups) or not others:
            return self.settled
        return min(one for one in (self.settled, max(*by_owners, min(others))) if one is not None)

    @property
    def refused(self) -> int | None:
        """The sequence at which enough people had refused what it approves; None else."""
        is_refused = self.standing.outcome == "refused" and self.decision.verdict == "approve"
        return self.standing.settled if is_refused else None

    def day_of(self, sequence: int) -> date:
        """The day on which the register took an entry."""
        return self.times[sequence - 1].astimezone(UTC).date()

    @property
    def unmet(self) -> tuple[Open, ...]:
        """The conditions that block a release."""
        return tuple(one for one in self.conditions if one.met is None)

    def state(self, now: datetime) -> str:
        """`in force`, or why it is not.

        `open` (too few approved), `conditions open`, `returned`, `refused`, `revoked`, `ended`, or `not yet` (its time
        has not begun).
        """
        if self.settled is None:
            return self.standing.outcome
        if standing := self.decision.standing(now):
            return {"early": "not yet", "ended": "ended"}[standing]
        return "conditions open" if self.unmet else "in force"


def payload_digest(text: bytes) -> str:
    """How the register knows what was signed."""
    return "sha256:" + hashlib.sha256(text).hexdigest()


def read_decisions(workspace: Path, trust: Trust, register: Register) -> tuple[Signed, ...]:
    """Every decision of the workspace, by name.

    Raises InvalidInputError with every file that was edited after it was signed, that holds a forged signature, that
    belongs elsewhere, or that is gone although it was registered. Too few signatures, and an end that has passed, are
    no faults: they are the decision's state. Signatures of no known key count for nobody.
    """
    found: list[Signed] = []
    faults: list[Diagnostic] = []
    stated = read_statements(workspace, trust, register)
    for name in names_in(workspace):
        try:
            found.append(read_decision(workspace, name, trust, register, stated))
        except InvalidInputError as error:
            faults += error.diagnostics
    broken = {fault.file for fault in faults}
    faults += _gone(register, found, broken)
    faults += gone(register, stated)
    faults += _orphans(workspace)
    faults += _about_nothing(stated, workspace)
    if faults:
        raise InvalidInputError(faults)
    return tuple(found)


def names_in(workspace: Path) -> list[str]:
    """The names of all decisions that lie in the workspace, read or not."""
    folder = workspace / FOLDER
    paths = sorted(folder.glob(f"*{_ENDING}")) if folder.is_dir() else []
    return [path.stem for path in paths if not path.name.startswith(".") and _is_ours(path)]


def _is_ours(path: Path) -> bool:
    """Whether a file is a decision of this kind: by its envelope, its type, or keys that only such a file has."""
    if path.with_name(path.stem + ENVELOPE_ENDING).exists() or path.is_symlink():
        return True
    tree = read_entry(path, path.name, Decision).source.tree
    if not isinstance(tree, dict):
        return True
    stated = tree.get("type")
    if isinstance(stated, str):
        return nearest(stated, _TYPES) is not None or stated in _TYPES
    return not _OURS.isdisjoint(tree)


def read_decision(workspace: Path, name: str, trust: Trust, register: Register, stated: Stated | None = None) -> Signed:
    """One decision with its signatures and what was stated on it. Raises InvalidInputError."""
    file = f"{FOLDER}/{name}{_ENDING}"
    entry = decision_entry(workspace, name)
    assert entry.value is not None
    decision, text = entry.value, entry.source.text
    beside = f"{FOLDER}/{name}{ENVELOPE_ENDING}"
    envelope = envelope_at(workspace / beside, beside)
    faults = list(_elsewhere(entry.source, decision, trust, register))
    if envelope is not None:
        faults += _edited(entry.source, envelope, name, beside)
    stated = stated if stated is not None else read_statements(workspace, trust, register)
    said = stated.about(name)
    faults += _other(said, entry.source, decision)
    if faults:
        raise InvalidInputError(faults)
    count, root = None, trust.root
    if envelope is not None:
        count = count_people(envelope, root, decision.role, beside, register.sequence_of)
    delegations = delegations_of(stated, root)
    standing = stand(decision, count.signers if count is not None else (), said, stated, delegations, root)
    threshold = root.value.roles.named(decision.role).threshold
    if standing.signers:
        strangers = count.strangers if count is not None else 0
        count = Count(decision.role, threshold, standing.signers, standing.alone, strangers)
    conditions = conditions_of(decision, standing, said, stated, delegations, root)
    late = left_before(standing.signers, said, stated, root)
    return Signed(name, file, decision, text, envelope, count, standing, threshold, conditions, stated.times, late)


def judge_name(name: str) -> None:
    """Raises InvalidInputError for what no decision is called: a path would lead out of the folder."""
    if not _NAME.fullmatch(name):
        message = "a decision is called by letters, digits, hyphens, dots and underscores"
        remedy = "write its name without decisions/ and without .yaml"
        raise InvalidInputError([Diagnostic(name, "bad-name", message, remedy)])


def decision_entry(workspace: Path, name: str) -> Entry[Decision]:
    """The file as it stands, signed or not. Raises InvalidInputError where it is missing or says nothing usable."""
    judge_name(name)
    file = f"{FOLDER}/{name}{_ENDING}"
    path = workspace / file
    if path.is_symlink():
        raise InvalidInputError([Diagnostic(file, "signed-link", "this is a link", "put the file itself here")])
    if not path.exists():
        known = names_in(workspace)
        remedy = instead(name, known) if known else "write one: tidewaiter board draft NAME"
        raise InvalidInputError([Diagnostic(file, "no-decision", "there is no such decision", remedy)])
    entry = read_entry(path, file, Decision)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry


def _elsewhere(source: Source, decision: Decision, trust: Trust, register: Register) -> Iterator[Diagnostic]:
    """Whether the decision is of this workspace and of the history that the register tells."""
    if decision.workspace != trust.workspace:
        message = f"this was decided for the workspace {decision.workspace}, not for {trust.workspace}"
        yield source.fault("/workspace", "foreign-decision", message, "decide anew here: tidewaiter board draft NAME")
    before = decision.sequence - 1
    if before > register.length:
        message = f"this was written when the register had {before} entries, and it has {register.length}"
        yield source.fault("/sequence", "other-history", message, "bring decisions/register.jsonl up to date")
    elif register.heads[before] != decision.head:
        message = f"this was written in another history: entry {before} of the register is another one"
        yield source.fault("/head", "other-history", message, "find out which register the board keeps")


def _edited(source: Source, envelope: Envelope, name: str, beside: str) -> Iterator[Diagnostic]:
    if envelope.payload_type != DECISION_TYPE:
        message = "what was signed here is of another kind than a decision"
        yield Diagnostic(beside, "foreign-signature", message, f"sign the decision: tidewaiter board sign {name}")
    elif envelope.payload == source.text:
        return
    elif envelope.payload.replace(b"\r\n", b"\n") == source.text.replace(b"\r\n", b"\n"):
        message = "the ends of its lines are others than those that were signed: git changed them"
        remedy = "write `decisions/* -text` into .gitattributes, then check the file out again"
        yield Diagnostic(source.file, "line-ends", message, remedy, 1, 1)
    else:
        line = _first_difference(envelope.payload, source.text)
        message = f"it was edited after it was signed: line {line} is not what the signatures are over"
        remedy = f"bring it back (tidewaiter board show {name} --signed), or write a new decision and have it signed"
        yield Diagnostic(source.file, "edited-file", message, remedy, line, 1)


def _other(said: Iterable[Said], source: Source, decision: Decision) -> Iterator[Diagnostic]:
    """Statements on a decision of this name that is another one, or decided elsewhere or by others."""
    digest = payload_digest(source.text)
    for one in said:
        statement = one.statement
        if statement.digest != digest:
            message = f"it was edited after {statement.member} stated on it ({statement.act})"
            remedy = "bring it back from git; what was returned or refused is decided anew under another name"
            yield Diagnostic(source.file, "edited-file", message, remedy, 1, 1)
        elif (statement.environment, statement.role) != (decision.environment, decision.role):
            message = "this was stated for another environment or role than those of the decision"
            yield Diagnostic(one.file, "foreign-statement", message, "state it anew")


def _about_nothing(stated: Stated, workspace: Path) -> Iterator[Diagnostic]:
    names = set(names_in(workspace))
    for one in stated.said:
        if one.statement.decision and one.statement.decision not in names:
            message = f"this was stated on {FOLDER}/{plain(one.statement.decision)}{_ENDING}, which is gone"
            yield Diagnostic(one.file, "decision-gone", message, "bring it back from git")


def _first_difference(signed: bytes, now: bytes) -> int:
    before, after = signed.split(b"\n"), now.split(b"\n")
    pairs = enumerate(zip(before, after, strict=False), 1)
    return next((line for line, (one, other) in pairs if one != other), min(len(before), len(after)))


def _gone(register: Register, found: Iterable[Signed], broken: set[str]) -> Iterator[Diagnostic]:
    """Registered signatures that lie in no decision: without them, what was refused could pass again."""
    known = {
        (one.digest, signer.signature): signer.member
        for one in found
        for signer in (one.count.signers if one.count is not None else ())
    }
    told: set[str] = set()
    for entry in register.entries:
        if entry.kind == KIND:
            continue
        beside = entry.file.removesuffix(_ENDING) + ENVELOPE_ENDING
        signer = known.get((entry.digest, entry.signature), "")
        if signer == entry.who or entry.file in told or not broken.isdisjoint((entry.file, beside)):
            continue
        told.add(entry.file)
        if signer:
            message = f"entry {entry.sequence} says that {plain(entry.who)} signed, and {signer} did"
            yield Diagnostic(REGISTER, "wrong-entry", message, "find out who wrote the entry", entry.sequence, 1)
            continue
        message = f"entry {entry.sequence} is of {entry.file}, signed by {entry.who}: it is gone, or its signature is"
        remedy = "bring the file and its envelope back from git; a decision is taken back by a later one"
        yield Diagnostic(REGISTER, "decision-gone", message, remedy, entry.sequence, 1)


def _orphans(workspace: Path) -> Iterator[Diagnostic]:
    folder = workspace / FOLDER
    for path in sorted(folder.glob(f"*{ENVELOPE_ENDING}")) if folder.is_dir() else ():
        name = path.name.removesuffix(ENVELOPE_ENDING)
        if not (folder / f"{name}{_ENDING}").exists():
            message = "there are signatures here, and the file that they are over is gone"
            remedy = f"bring it back: tidewaiter board show {name} --signed > {FOLDER}/{name}{_ENDING}"
            yield Diagnostic(f"{FOLDER}/{path.name}", "decision-gone", message, remedy)
