"""A workspace -> one release file, or what no decision covers."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.ending import Ending
from gateway.release import make_release
from gateway.release_file import (
    AUTOMATIC,
    FORMAT,
    Covered,
    Head,
    KeptKeys,
    ReleaseFile,
    Rests,
    parse_release,
    read_release,
)
from gateway.trust.place import Trust, find_trust
from gateway.trust.register import REGISTER, Register, parse_register, read_register
from gateway.trust.signed import Signed, read_decisions
from governance.changes.changed import Changed
from governance.changes.state import State, read_state
from governance.release.contents import Base, base_release, contents_of, evidence, unpacked
from governance.release.covering import Ground, Ruling
from governance.release.ruled import rule

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Judged:
    """What was found out about a workspace: who decided on each change, and by which trust root and register."""

    contents: State
    base: Base | None
    day: date
    """The day that sunsets were held against."""
    trust: Trust
    register: Register
    decisions: tuple[Signed, ...]
    rulings: tuple[Ruling, ...]
    ends: tuple[Ending, ...] = ()
    """What is let until a moment, here or in a release before."""
    renewable: tuple[Changed, ...] = ()
    """What was let until a moment that has not come, and can be decided anew already."""

    @property
    def uncovered(self) -> tuple[Ruling, ...]:
        """Changes that no decision covers."""
        return tuple(one for one in self.rulings if one.decided_by is None)

    @property
    def rests_on(self) -> tuple[Signed, ...]:
        """The decisions that cover something."""
        names = {one.decided_by for one in self.rulings}
        return tuple(one for one in self.decisions if one.name in names)


def judge_workspace(
    folder: Path, environment: str | None, base: str | None, trust_file: Path | None, now: datetime,
    day: date | None = None, progress: Progress | None = None,
) -> Judged:  # fmt: skip
    """Judge a workspace against a base (`release:FILE`). Raises InvalidInputError where nothing can be judged.

    `now` is held against the validity of decisions, `day` (today without) against sunsets.
    """
    day = day or now.astimezone(UTC).date()
    if day > now.astimezone(UTC).date():
        message = f"{day} has not come: a sunset that lies ahead ends nothing yet"
        raise InvalidInputError([Diagnostic("--at", "future-day", message, "name today or a day before")])
    trust = find_trust(folder, trust_file)
    register = read_register(folder)
    trust.hold(register, REGISTER)
    with ExitStack() as stack:
        held = stack.enter_context(base_release(base)) if base is not None else None
        contents = read_state(folder, environment)
        return _judged(folder, contents, held, trust, register, now, day, progress)


def release_of(
    judged: Judged, folder: Path, built_by: str, key_sets: Mapping[str, KeptKeys] | None = None
) -> ReleaseFile:
    """The release of a workspace whose every change is covered. Raises InvalidInputError where files changed meanwhile.

    It is compiled as a gateway would, and loaded from its own bytes before it is given out: what is in it is what was
    judged.
    """
    workspace = judged.contents.workspace
    make_release(workspace)
    root = judged.trust.root
    head = Head(
        format=FORMAT,
        workspace=judged.trust.workspace,
        environment=workspace.environment,
        workspace_digest=workspace.digest,
        built_by=built_by,
        judged_on=judged.day,
        base=judged.base.digest if judged.base is not None else None,
        development=root.value.development,
        trust_version=root.value.version,
        trust_digest=root.digest,
        register_length=judged.register.length,
        register_head=judged.register.head,
        decisions=tuple(_rests(one) for one in judged.rests_on),
        changes=tuple(_covered(one) for one in judged.rulings),
        key_sets=dict(key_sets or {}),
        ends=judged.ends,
    )
    release = ReleaseFile(head, {**judged.contents.files, **evidence(folder, judged.decisions)})
    again = parse_release(release.text(), "the release")
    with unpacked(again) as made:
        contents_of(again, made, "the release")
        if read_register(made).head != judged.register.head:
            message, remedy = "the register grew while the release was built", "build again"
            raise InvalidInputError([Diagnostic(REGISTER, "changed-meanwhile", message, remedy)])
    return release


def verify_release(
    path: Path, base: str | None, trust_file: Path | None, node: Path, now: datetime, progress: Progress | None = None
) -> tuple[ReleaseFile, str, Judged]:
    """Judge a release again from its own bytes, by this node's trust root. Raises InvalidInputError.

    Ends of validity do not count: a release that was let stays let. `node` is the folder whose node settings count.
    """
    release, digest = read_release(path)
    if release.head.judged_on > now.astimezone(UTC).date():
        message = f"it was judged as if it were {release.head.judged_on}, which has not come"
        raise InvalidInputError([Diagnostic(str(path), "future-day", message, "build it again")])
    trust = find_trust(node, trust_file, release.head.workspace)
    text = release.files.get(REGISTER, b"")
    register = parse_register(text, f"{path}: {REGISTER}")
    if (register.length, register.head) != (release.head.register_length, release.head.register_head):
        message = "the register in it is not the one that it names"
        raise InvalidInputError([Diagnostic(str(path), "altered-release", message, "build it again")])
    if release.head.base is not None and base is None:
        message = f"it was held against the release {release.head.base}, and without that it cannot be judged again"
        raise InvalidInputError([Diagnostic(str(path), "no-base", message, "name it: --base release:FILE")])
    if register.length < trust.seen.length:
        message = f"it knows {register.length} entries of the register, and this node has seen {trust.seen.length}"
        remedy = "what was decided since may refuse what is in it: build one from the workspace as it is"
        raise InvalidInputError([Diagnostic(str(path), "older-release", message, remedy)])
    trust.hold(register, str(path))
    with ExitStack() as stack:
        held = stack.enter_context(base_release(base)) if base is not None else None
        if held is not None and held.digest != release.head.base:
            message = f"it was held against {release.head.base or 'no release'}, not against this one"
            raise InvalidInputError([Diagnostic(held.shown, "wrong-base", message, "name the one it was held against")])
        folder = stack.enter_context(unpacked(release))
        contents = contents_of(release, folder, str(path))
        judged = _judged(folder, contents, held, trust, register, None, release.head.judged_on, progress, release)
    told = (tuple(_covered(one) for one in judged.rulings), judged.ends)
    if told != (release.head.changes, release.head.ends) and not judged.uncovered:
        message = "what it says of its changes is not what is found in it"
        raise InvalidInputError([Diagnostic(str(path), "altered-release", message, "build it again")])
    return release, digest, judged


def _judged(
    folder: Path, contents: State, base: Base | None, trust: Trust, register: Register, now: datetime | None,
    day: date, progress: Progress | None, built: ReleaseFile | None = None,
) -> Judged:  # fmt: skip
    workspace = contents.workspace
    if base is not None:
        _fits(base, contents, trust, register)
    decisions = read_decisions(folder, trust, register)
    ground = Ground(
        workspace.environment, contents.digests, base.digest if base is not None else None, now,
        gone=base.contents.digests if base is not None else {},
    )  # fmt: skip
    # Backdated, an ended waiver would hold again.
    waivers_at = now.astimezone(UTC).date() if now is not None else day
    before = base.contents if base is not None else None
    ends = base.release.head.ends if base is not None else ()
    decided = [one for one in built.head.changes if one.decided_by != AUTOMATIC] if built is not None else []
    renewed = frozenset((one.kind, one.name) for one in decided) if built is not None else None
    ruled = rule(
        before, contents, decisions, ground, day, waivers_at=waivers_at, progress=progress, ends=ends, renewed=renewed
    )
    return Judged(contents, base, day, trust, register, decisions, ruled.rulings, ruled.ends, ruled.renewable)


def _fits(base: Base, contents: State, trust: Trust, register: Register) -> None:
    """Raises InvalidInputError where the base is of another workspace, environment or history."""
    head = base.release.head
    message = ""
    if head.workspace != trust.workspace:
        message = f"this release is of the workspace {head.workspace}, not of {trust.workspace}"
    elif head.environment != contents.workspace.environment:
        chosen = contents.workspace.environment or "none"
        message = f"this release is for the environment {head.environment or 'none'}, not for {chosen}"
    elif head.development and not trust.root.value.development:
        message = "this release rests on a development trust root: nobody is known to have decided on it"
    elif register.length < head.register_length or register.heads[head.register_length] != head.register_head:
        message = f"the register does not go on from the {head.register_length} entries that this release knows"
    if message:
        raise InvalidInputError([Diagnostic(base.shown, "foreign-base", message, "name a release of this workspace")])


def _rests(one: Signed) -> Rests:
    people = one.count.people if one.count is not None else ()
    return Rests(name=one.name, digest=one.digest, title=one.decision.title, people=people, conditions=agreed(one))


def agreed(one: Signed) -> tuple[str, ...]:
    """What was agreed with a decision, by the decision itself and by those who approved it."""
    return (*one.decision.agreed, *(f"{each.stated_by}: {each.text}" for each in one.conditions if each.stated_by))


def still_to_keep(one: Signed) -> tuple[str, ...]:
    """Conditions of a decision that nobody said to be met: those without an id, which are for readers."""
    return tuple(text for text in one.decision.conditions if isinstance(text, str))


def met(one: Signed) -> tuple[str, ...]:
    """Conditions that were met, and by whom."""
    return tuple(f"{each.id}: {each.text}; met by {', '.join(each.met_by)}" for each in one.conditions if each.met_by)


def _covered(one: Ruling) -> Covered:
    change = one.change
    reasons = change.reasons or ((change.note,) if change.note else ())
    return Covered(
        kind=change.kind, name=change.name, digest=change.digest, decided_by=one.decided_by or "", reasons=reasons,
        asked=tuple(group.members for group in one.asked.groups),
    )  # fmt: skip
