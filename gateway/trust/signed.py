"""The decisions of a workspace as they stand: each file held against its envelope, the trust root and the register."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.plain import plain
from contracts.wording import instead, nearest
from contracts.written import Entry, Source, read_entry
from gateway.trust.counting import Count, count_people
from gateway.trust.decision import DECISION_TYPE, Decision
from gateway.trust.envelope import Envelope
from gateway.trust.files import ENVELOPE_ENDING, envelope_at
from gateway.trust.place import Trust
from gateway.trust.register import REGISTER, Register

FOLDER: Final = "decisions"
_ENDING: Final = ".yaml"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TYPES: Final = ("change",)
_OURS: Final = frozenset(("verdict", "about", "submitter"))
"""Keys by which a file that states no `type` is still taken for a decision."""


@dataclass(frozen=True, slots=True)
class Signed:
    """One decision, and who signed it. `envelope` and `count` are None where nobody has."""

    name: str
    file: str
    """Relative to the workspace."""
    decision: Decision
    text: bytes
    envelope: Envelope | None
    count: Count | None

    @property
    def digest(self) -> str:
        """Of the bytes that are signed."""
        return payload_digest(self.text)

    @property
    def settled(self) -> int | None:
        """The sequence in the register at which enough people had signed; None while they have not."""
        if self.count is None or not self.count.reached:
            return None
        first: dict[str, int] = {}
        for one in self.count.signers:
            if not one.why_not and one.registered is not None:
                first[one.member] = min(one.registered, first.get(one.member, one.registered))
        return sorted(first.values())[self.count.threshold - 1]

    def state(self, now: datetime) -> str:
        """`in force`, `open` (too few signed), `ended` or `not yet` (its time has not begun)."""
        if self.settled is None:
            return "open"
        return {"": "in force", "early": "not yet", "ended": "ended"}[self.decision.standing(now)]


def payload_digest(text: bytes) -> str:
    """How the register knows what was signed."""
    return "sha256:" + hashlib.sha256(text).hexdigest()


def read_decisions(workspace: Path, trust: Trust, register: Register) -> tuple[Signed, ...]:
    """Every decision of the workspace, by name.

    Raises InvalidInputError with every file that was edited after it was signed, that holds a forged signature or one
    of a stranger, that belongs elsewhere, or that is gone although it was registered. Too few signatures, and an end
    that has passed, are no faults: they are the decision's state.
    """
    found: list[Signed] = []
    faults: list[Diagnostic] = []
    for name in names_in(workspace):
        try:
            found.append(read_decision(workspace, name, trust, register))
        except InvalidInputError as error:
            faults += error.diagnostics
    broken = {fault.file for fault in faults}
    faults += _gone(register, found, broken)
    faults += _orphans(workspace)
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


def read_decision(workspace: Path, name: str, trust: Trust, register: Register) -> Signed:
    """One decision with its signatures. Raises InvalidInputError."""
    file = f"{FOLDER}/{name}{_ENDING}"
    entry = decision_entry(workspace, name)
    assert entry.value is not None
    decision, text = entry.value, entry.source.text
    beside = f"{FOLDER}/{name}{ENVELOPE_ENDING}"
    envelope = envelope_at(workspace / beside, beside)
    faults = list(_elsewhere(entry.source, decision, trust, register))
    if envelope is not None:
        faults += _edited(entry.source, envelope, name, beside)
    if faults:
        raise InvalidInputError(faults)
    count = None
    if envelope is not None:
        count = count_people(envelope, trust.root, decision.role, beside, register.sequence_of)
    return Signed(name, file, decision, text, envelope, count)


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
