"""Contracts that are not as they were: each held against what callers have had of it, and against its own lint."""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from contracts.counted import counted
from contracts.written import Source
from gateway.trust.decision import REMOVED
from governance.board_rules import ChangeClass
from governance.callers import Caller, callers
from governance.changes.changed import Changed, Point, classes_of
from governance.changes.fields.point import point_of
from governance.changes.given import Passage, passages
from governance.changes.linted import linted
from governance.changes.state import State, side_of
from governance.diff.report import Profile
from governance.diff.reporting import compare_sides
from governance.finding import Finding
from governance.severities import DiffSettings

Key = tuple[str, str]
Progress = Callable[[str], None]
NOT_SERVED: Final = frozenset(("draft", "retired", ""))
"""Stages at which nobody is served a version."""
_NOBODY_LET_OFF: Final = DiffSettings(unstable=())
"""Where the base has no rules of its own: what calls itself a draft breaks like everything else."""
_BY_DEFAULT: Final = frozenset(("active", "deprecated"))
"""Stages of versions that a caller is given who names none."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found about one contract, before waivers. The findings of `compared` and `linted` may be waived."""

    change: Changed
    compared: tuple[Point, ...] = ()
    linted: tuple[Point, ...] = ()


def contract_changes(base: State | None, new: State, at: dt.date, progress: Progress) -> Iterator[Found]:
    """Every contract that differs from the base, is served now and was not, or takes the place of another version."""
    before = base.workspace.contracts if base is not None else {}
    moved: dict[Key, list[Passage]] = {}
    for one in passages(base.workspace, new.workspace) if base is not None else ():
        moved.setdefault(one.new, []).append(one)
    for key, contract in sorted(new.workspace.contracts.items()):
        is_same = key in before and before[key].document.digest == contract.document.digest
        is_back = stage_of(base, key) in NOT_SERVED and stage_of(new, key) not in NOT_SERVED
        if not is_same or is_back or key in moved:
            yield _found(base, new, key, moved.get(key, ()), at, progress)
    for key in sorted(before.keys() - new.workspace.contracts.keys()):
        assert base is not None
        yield Found(_gone(base, key))


def stage_of(state: State | None, key: Key) -> str:
    """The stage of a version; empty where it is not there."""
    api = state.workspace.apis.get(key[0]) if state is not None else None
    life = api.versions.get(key[1]) if api is not None else None
    return life.stage if life is not None else ""


def _found(
    base: State | None, new: State, key: Key, moved: Sequence[Passage], at: dt.date, progress: Progress
) -> Found:  # fmt: skip
    change = change_of(base, new, key)
    if stage_of(new, key) in NOT_SERVED:
        return Found(replace(change, note=f"its stage is {stage_of(new, key)}: nobody is served it"))
    asked = _asked(base, new, key, moved)
    if base is None or not asked:
        rule = "first-release" if base is None else "contract-added"
        message = "there is no base: all of it is new" if base is None else "a contract that callers did not have"
        point = replace(_whole(new, key, rule, message), callers=callers(*key, new.landscape))
        return Found(replace(change, points=(point,)), linted=linted(base, new, key, at, progress))
    others = [one for one in _supported(base, key) if one not in asked] if key not in base.workspace.contracts else []
    found: dict[str, Point] = {}
    limits: list[str] = []
    notes = []
    for old in (*asked, *others):
        progress(f"comparing {'@'.join(key)} with {'the base' if old == key else '@'.join(old)}")
        report = compare_sides(
            side_of(base, old), side_of(new, key), profile=_profile(base), at=at, settings=_settings(base)
        )
        for finding in report.findings:
            point = _compared(base, new, old, key, finding, asked.get(old, ()), asked=old in asked)
            known = found.get(finding.fingerprint)
            found[finding.fingerprint] = replace(known, callers=_both(known, point)) if known is not None else point
        limits += report.limits
        against = "" if old == key else f" against {'@'.join(old)}"
        notes.append(f"{counted(len(report.findings), 'finding')}{against}")
    points = [_whole(new, key, "comparison-bounded", f"could not be compared to the end: {limit}") for limit in limits]
    change = replace(change, points=tuple(points), limits=tuple(limits), note=", ".join(notes))
    return Found(change, tuple(found.values()), linted(base, new, key, at, progress))


def _asked(base: State | None, new: State, key: Key, moved: Sequence[Passage]) -> Mapping[Key, tuple[Caller, ...]]:
    """The versions of the base that callers had in the place of this one, each with the callers that this concerns."""
    if base is None:
        return {}
    found: dict[Key, tuple[Caller, ...]] = {}
    supported = _supported(base, key)
    is_same = key in supported and _digest(base, key) == _digest(new, key)
    if key in supported and not is_same:
        found[key] = callers(*key, base.landscape)
    for one in moved:
        if one.old in base.workspace.contracts and stage_of(base, one.old) not in NOT_SERVED:
            whom = callers(*one.old, base.landscape)
            found[one.old] = tuple(caller for caller in whom if caller.consumer in one.consumers)
    if not found and key not in supported:
        given = [one for one in supported if stage_of(base, one) in _BY_DEFAULT]
        main = next(iter(given or supported), None)
        # Nobody is given it yet; when somebody is, it is judged again, with those.
        return {main: ()} if main is not None else {}
    return found


def _digest(state: State, key: Key) -> str:
    return state.workspace.contracts[key].document.digest


def _both(one: Point, other: Point) -> tuple[Caller, ...]:
    known = {caller.consumer: caller for caller in (*one.callers, *other.callers)}
    return tuple(known[name] for name in sorted(known))


def change_of(base: State | None, new: State, key: Key) -> Changed:
    """A contract of the newer state without any finding.

    Where the base does not have the api, nobody answers for it yet: its own word is part of what is judged.
    """
    is_known = base is not None and key[0] in base.workspace.apis
    known = base if base is not None and is_known else new
    api = known.workspace.apis[key[0]]
    digest = new.workspace.contracts[key].document.digest
    owner = api.owner if is_known or base is None else ""
    return Changed("contract", "@".join(key), digest, layer=api.layer, visibility=api.visibility, owner=owner)


def _gone(base: State, key: Key) -> Changed:
    api = base.workspace.apis[key[0]]
    stage = stage_of(base, key)
    change = Changed(
        "contract", "@".join(key), REMOVED, layer=api.layer, visibility=api.visibility, owner=api.owner
    )  # fmt: skip
    if stage in NOT_SERVED:
        return replace(change, note=f"its stage was {stage}: nobody was served it")
    point = _whole(base, key, "contract-removed", "the contract is gone")
    return replace(change, points=(replace(point, in_new=False, callers=callers(*key, base.landscape)),))


def _whole(state: State, key: Key, rule: str, message: str) -> Point:
    side = side_of(state, key)
    place = side.place("")
    return point_of(Source(place.file), "", rule, message, about="@".join(key) + " " + message)


def _supported(base: State | None, key: Key) -> list[Key]:
    """Versions of the base that callers of the new one's major may have, and that are not above it."""
    if base is None:
        return []
    wanted = _number(key[1])
    found = [
        one for one in base.workspace.contracts
        if one[0] == key[0] and _number(one[1])[0] == wanted[0] and _number(one[1]) <= wanted
        and stage_of(base, one) not in NOT_SERVED
    ]  # fmt: skip
    return sorted(found, key=lambda one: _number(one[1]), reverse=True)


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _settings(base: State) -> DiffSettings:
    return base.lint.diff if base.lint is not None else _NOBODY_LET_OFF


def _profile(base: State) -> Profile:
    """`sdk` asks something else than whether a caller fails."""
    return "strict" if _settings(base).profile == "strict" else "wire"


def _compared(
    base: State, new: State, old_key: Key, key: Key, finding: Finding, whom: tuple[Caller, ...], *, asked: bool
) -> Point:
    has_new = bool(finding.pointer_new) or not finding.pointer_old
    side, pointer = (new, finding.pointer_new) if has_new else (base, finding.pointer_old)
    place = side_of(side, key if has_new else old_key).place(pointer)
    classes = classes_of(finding) if asked else frozenset[ChangeClass]()
    return Point(finding, classes, place.file, place.line, in_new=has_new, against="@".join(old_key), callers=whom)
