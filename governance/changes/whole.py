"""Two states of a workspace -> every contract and file that changed, with all that was found about each."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from governance.board_rules import ChangeClass
from governance.callers import Caller, callers
from governance.changes.changed import Changed, Point, classes_of, split
from governance.changes.contracts import Found, change_of, contract_changes
from governance.changes.files import change_of_file, file_changes, kind_of
from governance.changes.served import served_points
from governance.changes.state import State
from governance.diff.rules.table import BY_ID
from governance.finding import Finding
from governance.known_rules import known_rules
from governance.lifecycle.moves import moves
from governance.placed import Placed
from governance.severities import UNJUDGED
from governance.waiver_files import Decided
from governance.waivers import Case, Subject, apply

Progress = Callable[[str], None]
_TERMS: Final = "lifecycle-terms-weaker"


@dataclass(frozen=True, slots=True)
class Compared:
    """What two states came to, before waivers: the changes, and what waivers may let pass."""

    found: tuple[Found, ...]
    lives: tuple[tuple[Placed, tuple[Caller, ...]], ...]
    """Findings about the lives of versions, each with those who may call."""
    files: tuple[Changed, ...]
    served: tuple[tuple[str, Point], ...]
    operations: int
    """How many were compiled and tested, each on each offer: those of which something changed."""
    besides: Mapping[str, Changed]
    """By name: what did not change itself, and something is found about."""


@dataclass(frozen=True, slots=True)
class Whole:
    """Every change, the waivers that let something pass, and what was found about waivers."""

    changes: tuple[Changed, ...]
    in_force: tuple[Decided, ...]
    about_waivers: tuple[Placed, ...]
    operations: int
    """How many were compiled and tested, each on each offer: those of which something changed."""


def compare_states(base: State | None, new: State, at: dt.date, progress: Progress | None = None) -> Compared:
    """All that differs, judged by the rules of the base; by those of the new one where there is no base.

    `at` is the day that sunsets and notices are held against.
    """
    say = progress or (lambda _: None)
    found = tuple(contract_changes(base, new, at, say))
    say("comparing files")
    told = moves(base.landscape, new.landscape, at) if base is not None else ()
    lives = tuple((one, _callers(one, base)) for one in told)
    say("compiling a release, and testing it")
    served, operations = served_points(base, new)
    files = tuple(file_changes(base, new))
    known = {one.change.name for one in found} | {one.name for one in files}
    besides = {name: change_of(base, new, _key(name)) for name, _ in served if name not in known}
    besides |= {one.file: change_of_file(one.file, base, new) for one, _ in lives if one.file not in known}
    return Compared(found, lives, files, served, operations, besides)


def _key(name: str) -> tuple[str, str]:
    api, _, version = name.partition("@")
    return api, version


def waived(compared: Compared, waivers: Sequence[Decided], at: dt.date) -> Whole:
    """The changes with these waivers applied, as they stand on the day."""
    cases: list[Case] = []
    for one in compared.found:
        api, _, version = one.change.name.partition("@")
        whom = frozenset(caller.consumer for point in one.compared for caller in point.callers)
        subject = Subject(api, version, whom if one.compared else None)
        cases.append(Case(tuple(point.finding for point in one.compared), subject))
        cases.append(Case(tuple(point.finding for point in one.linted), subject))
    cases += [
        Case((told.finding,), _subject_of(told, frozenset(caller.consumer for caller in concerned)))
        for told, concerned in compared.lives
    ]
    judged = (*BY_ID, UNJUDGED, *known_rules())
    done = apply(cases, waivers, at, judged=judged)
    held = list(done.cases)
    changes: dict[str, Changed] = {}
    for number, one in enumerate(compared.found):
        points = (
            *one.change.points,
            *_with(one.compared, held[2 * number]),
            *_with(one.linted, held[2 * number + 1]),
        )
        changes[one.change.name] = _put(one.change, points)
    for change in compared.files:
        changes[change.name] = change
    for (told, concerned), (finding,) in zip(compared.lives, held[2 * len(compared.found) :], strict=True):
        _add(changes, told.file, _life_point(replace(told, finding=finding), concerned), compared.besides)
    for name, point in compared.served:
        _add(changes, name, point, compared.besides)
    order = sorted(changes.values(), key=lambda one: (one.kind, one.name))
    return Whole(tuple(order), done.in_force, done.about, compared.operations)


def _with(points: Iterable[Point], findings: Iterable[Finding]) -> list[Point]:
    return [replace(point, finding=finding) for point, finding in zip(points, findings, strict=True)]


def _put(change: Changed, points: Iterable[Point]) -> Changed:
    asked, noted = split(points)
    return replace(change, points=asked, noted=(*change.noted, *noted))


def _version_of(told: Placed) -> tuple[str, str]:
    """Api and version that a finding about lives is about; empty where it is about none."""
    parts = told.finding.pointer_new.split("/")
    kind, name = kind_of(told.file)
    version = parts[2] if len(parts) > 2 and parts[1] == "versions" else ""
    return (name if kind == "api" else ""), version


def _subject_of(told: Placed, whom: frozenset[str]) -> Subject:
    return Subject(*_version_of(told), whom)


def _callers(told: Placed, base: State | None) -> tuple[Caller, ...]:
    return callers(*_version_of(told), base.landscape) if base is not None else ()


def _life_point(told: Placed, whom: tuple[Caller, ...]) -> Point:
    classes = classes_of(told.finding)
    if told.finding.rule == _TERMS:
        classes = frozenset((ChangeClass.WEAKENS,))
    return Point(told.finding, classes, told.file, told.line, callers=whom)


def _add(changes: dict[str, Changed], name: str, point: Point, besides: Mapping[str, Changed]) -> None:
    """To the change of that name; what did not change itself stands under its own digest all the same."""
    change = changes.get(name) or besides[name]
    changes[name] = _put(change, (*change.points, point))
