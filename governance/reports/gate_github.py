"""The gate's verdict as annotations of a GitHub workflow: one command a line, the worst first, as GitHub shows few."""

from typing import Final

from contracts.plain import plain
from governance.changes.changed import Point
from governance.diff.side import Place
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling
from governance.reports.diff_words import example_of
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    about_waivers,
    asked_line,
    callers_line,
    decider_line,
    effects,
    file_of,
    in_order,
    outcome,
    place_of,
    point_line,
    unanswered_line,
    waived_line,
)
from governance.reports.github import ANNOTATIONS, annotation, workflow_command
from governance.reports.waived import place_of as place_of_waiver
from governance.reports.waived import told_of

_NAMES: Final = 5
_TITLE: Final = "Release gate"


def as_github(verdict: GateVerdict, context: Context | None = None) -> str:
    """Workflow commands, escaped so that no text of the workspace becomes one; the sum comes first.

    What lacks a decision is an `error`, what somebody decided on a `notice`, what is automatic is counted.
    """
    context = context or Context()
    lines = [_sum(verdict, context)]
    for ruling in in_order(verdict):
        lines += [_annotation(ruling, point, context) for point in ruling.change.points]
        if ruling.decided_by is None and not ruling.change.points:
            lines.append(_refused(ruling, context))
    for ruling in verdict.rulings:
        lines += [_waived(point) for point in ruling.change.noted if point.finding.waived]
        lines += [workflow_command("warning", plain(limit), title="Bound") for limit in ruling.change.limits]
    for told in about_waivers(verdict):
        place = place_of_waiver(told)
        place = Place(context.in_repository(place.file), place.line, place.column, place.in_tree)
        lines.append(annotation(ANNOTATIONS[told.finding.severity], place, told.finding.rule, told_of(told)))
    lines += [workflow_command("notice", plain(note), title=_TITLE) for note in verdict.notes]
    return "".join(line + "\n" for line in lines)


def _sum(verdict: GateVerdict, context: Context) -> str:
    did = f" ({effects(verdict)})" if verdict.rulings else ""
    parts = [f"{outcome(verdict)}{did}"]
    if verdict.undecided:
        parts += [asked_line(verdict, context), f"If nobody decides: {unanswered_line(verdict)}"]
    return workflow_command("error" if verdict.exit_code else "notice", "\n".join(parts), title=_TITLE)


def _annotation(ruling: Ruling, point: Point, context: Context) -> str:
    finding = point.finding
    parts = [point_line(point), decider_line(ruling, context)]
    if finding.failing_example is not None:
        parts.append(f"fails: {example_of(finding.failing_example)}")
    parts += [callers_line(point.callers, _NAMES), f"{place_of(point)}; {context.explain(finding.fingerprint)}"]
    kind = "error" if ruling.decided_by is None else "notice"
    place = Place(context.in_repository(point.file), point.line, 1, in_tree=point.in_new)
    return annotation(kind, place, f"{finding.rule} {finding.fingerprint}", "\n".join(parts))


def _refused(ruling: Ruling, context: Context) -> str:
    """A change in which nothing was found, and that a decision refuses all the same."""
    parts = [f"{plain(ruling.change.name)}: {decider_line(ruling, context)}", *map(plain, ruling.why_not)]
    place = Place(context.in_repository(file_of(ruling.change)), 1, 1, in_tree=True)
    return annotation("error", place, "refused", "\n".join(parts))


def _waived(point: Point) -> str:
    return workflow_command("notice", waived_line(point), title=f"waived: {plain(point.finding.rule)}")
