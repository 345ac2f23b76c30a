"""Whom the changes of a verdict concern: each consumer with what breaks for it, and what it would have to do."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from contracts.plain import plain
from governance.board_rules import ChangeClass
from governance.callers import Caller
from governance.changes.changed import Point
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling
from governance.reports.diff_words import said
from governance.reports.gate_words import in_order
from governance.rule_words import words_of

Found = tuple[Ruling, Point]


@dataclass(slots=True)
class Affected:
    """One consumer that may call what changed, by the access rules. Whether it does, no file tells."""

    caller: Caller
    breaks: list[Found] = field(default_factory=list)
    unproven: list[Found] = field(default_factory=list)
    other: list[Found] = field(default_factory=list)
    """What exposes or weakens something, and breaks nothing for it."""
    entities: dict[str, None] = field(default_factory=dict)
    """Those for which it may call any of what changed, in the order of its files."""


@dataclass(frozen=True, slots=True)
class Duty:
    """What one finding asks of a consumer."""

    what: str
    """The finding."""
    do: str
    """What the consumer does about it; code words stand between backticks."""
    sure: bool
    """False where nobody could show that it breaks."""


def affected(verdict: GateVerdict) -> tuple[Affected, ...]:
    """Every consumer that a finding concerns; those for which most breaks first."""
    found: dict[str, Affected] = {}
    for ruling in in_order(verdict):
        for point in ruling.change.points:
            for caller in point.callers:
                one = found.setdefault(caller.consumer, Affected(caller))
                _list_of(one, point).append((ruling, point))
                one.entities |= dict.fromkeys(caller.entities)
    return tuple(sorted(found.values(), key=lambda one: (-len(one.breaks), -len(one.unproven), one.caller.consumer)))


def _list_of(one: Affected, point: Point) -> list[Found]:
    if ChangeClass.BREAKS in point.classes:
        return one.breaks
    return one.unproven if ChangeClass.UNPROVEN in point.classes else one.other


def duties(one: Affected) -> tuple[Duty, ...]:
    """What the consumer would have to do, each thing once."""
    held = [*_duties(one.breaks, sure=True), *_duties(one.unproven, sure=False)]
    return tuple(dict.fromkeys(held))


def _duties(found: Iterable[Found], *, sure: bool) -> Iterable[Duty]:
    for _, point in found:
        rule = words_of(point.finding.rule)
        if rule is None:
            yield Duty(said(point.finding), "", sure)
        else:
            # What a file's rule says to do is said to the author of the change; its reason is what the caller meets.
            yield Duty(said(point.finding), plain(rule.do if rule.is_for_callers else rule.reason), sure)
