"""What a node may serve: the release that was activated last, or one that is about to be, verified from its bytes."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release_file import ReleaseFile
from gateway.releases.covered import Covering, Loaded, load_apart, loaded
from gateway.releases.following import follows_live, knows_all
from gateway.releases.judging import Judge
from gateway.releases.log import Entry, Log
from gateway.releases.revoked import Revoked, revoked_by
from gateway.releases.stated import Stated, Taken
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope
from gateway.trust.register import REGISTER, Register, parse_register
from gateway.trust.release_statement import Activation, Vouch
from gateway.trust.signed import read_decisions


@dataclass(frozen=True, slots=True)
class Proven:
    """A release that this node may serve, with what lets it."""

    digest: str
    loaded: Loaded
    register: Register
    vouch: Stated[Vouch]
    activation: Stated[Activation]
    revoked: Revoked

    @property
    def development(self) -> bool:
        """Whether it rests on a development trust root: nobody is known to have decided on it."""
        return self.loaded.release.head.development

    @property
    def withdrawn(self) -> bool:
        """Whether it was withdrawn after it was activated: it serves until another one takes its place."""
        return self.digest in self.revoked.withdrawn


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is to be activated: a release of the store, and both envelopes."""

    release: str
    vouch: Envelope
    activation: Envelope


def read_live(node: Node, folder: Path, sequence: int | None = None) -> Proven:
    """The live release, which lies unpacked in `folder`, judged again. Raises InvalidInputError.

    Nothing of the calendar counts, and nothing that this node saw after it was activated takes it down. `sequence`
    names the entry of the log that is served, where a later one is not served yet.
    """
    log, memory = node.log()
    entry = log.live if sequence is None else next((one for one in log.entries if one.sequence == sequence), None)
    if entry is None or entry.kind != "activation":
        message = f"no release is active here for {_environment(node.environment)}"
        remedy = "activate one: tidewaiter release activate FILE -e ENVIRONMENT"
        raise _fault(str(node.folder), "no-active-release", message, remedy)
    if entry.sequence <= memory.length:
        return _judged(node, log, memory.length, _as_taken(node, entry), folder, entry)
    # It was taken, and whoever took it was killed before that was remembered: judged as one that is new.
    before = Log(log.entries[: entry.sequence - 1], log.heads[: entry.sequence], log.shown)
    proven = _judged(node, before, memory.length, _as_taken(node, entry), folder, None)
    _may_follow(node, before, proven)
    return replace(proven, revoked=revoked_by(node, log, Judge(node, taken_of(log, memory.length))))


def judge_candidate(node: Node, candidate: Candidate, folder: Path) -> Proven:
    """A release that is to be activated, which lies unpacked in `folder`. Raises InvalidInputError."""
    log, memory = node.log()
    proven = _judged(node, log, memory.length, candidate, folder, None)
    _may_follow(node, log, proven)
    return proven


def entry_of(node: Node, log: Log, proven: Proven, at: str) -> Entry:
    """How the log takes it."""
    statement, vouch = proven.activation, proven.vouch
    return Entry(
        log.length + 1, log.head, "activation", statement.said.sequence, statement.digest, vouch.digest, proven.digest,
        tuple(sorted({*statement.count.people})), (*statement.signatures, *vouch.signatures),
        max(node.trust.seen.length, proven.register.length), node.trust.root.value.version, at,
    )  # fmt: skip


def _as_taken(node: Node, entry: Entry) -> Candidate:
    return Candidate(entry.release, node.statement(entry.vouch), node.statement(entry.statement))


def taken_of(log: Log, remembered: int) -> Taken:
    """Which signatures were taken before. Entries beyond those that this node remembers prove nothing."""
    known = {one: entry.register_length for entry in reversed(log.entries[:remembered]) for one in entry.signatures}
    return known.get


def _judged(node: Node, log: Log, remembered: int, candidate: Candidate, folder: Path, entry: Entry | None) -> Proven:
    digest = candidate.release
    release = node.release(digest)
    shown = str(node.release_path(digest))
    judge = Judge(node, taken_of(log, remembered))
    # What an earlier trust root's people let when it was first active here stands.
    active = [one for one in log.of("activation") if one.sequence <= remembered and one.release == digest]
    earlier = active[0] if active else None
    vouch = judge(candidate.vouch, Vouch, earlier)
    activation = judge(candidate.activation, Activation, entry)
    for stated, what in ((vouch, "vouched for"), (activation, "to be activated")):
        if stated.said.release != digest:
            message = f"what is {what} is the release {stated.said.release}, not {digest}"
            raise _fault(shown, "wrong-release", message, "name the release that was signed for")
    if entry is not None and entry.number != activation.said.sequence:
        message = f"the log calls the activation {entry.number}, and {activation.said.sequence} was signed"
        raise _fault(log.shown, "broken-log", message, "bring the store back from a backup")
    _is_of_here(node, release, shown)
    register = _register_of(release, shown)
    if not active:
        follows_live(node, log, release, shown)
        knows_all(node, log, release, register, shown)
    _is_unpacked(release, folder, shown)
    there = loaded(release, folder)
    if there.workspace.digest != release.head.workspace_digest:
        message = "its files do not make the workspace that it names: files were taken out, added or changed"
        raise _fault(shown, "altered-release", message, "build it again")
    decisions = read_decisions(folder, node.trust, register)
    is_earlier = earlier is not None and earlier.root_version < node.trust.root.value.version
    faults = list(Covering(there, decisions, _base_of(node, release), shown, earlier_root=is_earlier).faults())
    if faults:
        raise InvalidInputError(faults)
    return Proven(digest, there, register, vouch, activation, revoked_by(node, log, judge))


def _is_of_here(node: Node, release: ReleaseFile, shown: str) -> None:
    head, trust = release.head, node.trust
    if head.workspace != trust.workspace:
        message = f"this release is of the workspace {head.workspace}, not of {trust.workspace}"
        raise _fault(shown, "foreign-release", message, "name a release of this workspace")
    if head.environment != node.environment:
        message = f"this release is for {_environment(head.environment)}, not for {_environment(node.environment)}"
        raise _fault(shown, "foreign-release", message, "build one for this environment")
    if head.development and not trust.root.value.development:
        message = "this release rests on a development trust root: nobody is known to have decided on it"
        raise _fault(shown, "development-release", message, "build one by this node's trust root")


def _is_unpacked(release: ReleaseFile, folder: Path, shown: str) -> None:
    """What is loaded are the bytes that were signed for, and no others."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if not path.is_dir()}
    same = found.keys() == release.files.keys() and all(
        not path.is_symlink() and path.read_bytes() == release.files[name] for name, path in found.items()
    )
    if not same:
        message = f"what was unpacked from it into {folder} is not what is in it"
        raise _fault(shown, "altered-release", message, "start again")


def _environment(name: str) -> str:
    return f"the environment {name}" if name else "no environment"


def _register_of(release: ReleaseFile, shown: str) -> Register:
    register = parse_register(release.files.get(REGISTER, b""), f"{shown}: {REGISTER}")
    if (register.length, register.head) != (release.head.register_length, release.head.register_head):
        message = "the register in it is not the one that it names"
        raise _fault(shown, "altered-release", message, "build it again")
    return register


def _base_of(node: Node, release: ReleaseFile) -> Callable[[], Loaded] | None:
    base = release.head.base
    return cache(lambda: load_apart(node.release(base))) if base is not None else None


def _may_follow(node: Node, log: Log, proven: Proven) -> None:
    """Raises InvalidInputError where the activation is an older one, or made by who knew less than this node."""
    said, shown = proven.activation.said, str(node.statement_path(proven.activation.digest))
    if said.sequence <= log.highest("activation"):
        message = f"this is the activation {said.sequence}, and this node has taken {log.highest('activation')}"
        remedy = "to return to an older release: tidewaiter release rollback"
        raise _fault(shown, "older-activation", message, remedy)
    if proven.withdrawn:
        message = f"the release {proven.digest} was withdrawn: {proven.revoked.withdrawn[proven.digest]}"
        raise _fault(shown, "withdrawn-release", message, "build another one; a withdrawal is for good")
    known, stated = proven.revoked.point, said.revocations
    if (stated.length, stated.head) != known:
        fewer = "fewer" if stated.length < known[0] else "more" if stated.length > known[0] else "others"
        message = (
            f"who signed it knew of {stated.length} revocations, {fewer} than the {known[0]} that this node has taken"
        )
        remedy = (
            "take those that are missing here first (release withdraw --statement FILE), or sign an activation anew"
        )
        raise _fault(shown, "other-revocations", message, remedy)
    seen = node.trust.seen
    longest = max((seen.length, seen.head), (proven.register.length, proven.register.head), key=lambda pair: pair[0])
    if (said.register_.length, said.register_.head) != longest:
        message = f"who signed it knew a register of {said.register_.length} entries, and it has {longest[0]} here"
        if said.register_.length == longest[0]:
            message = f"who signed it knew another register: its entry {longest[0]} is another one here"
        raise _fault(shown, "other-register", message, "have an activation signed anew")


def _fault(shown: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(shown, code, message, remedy)])
