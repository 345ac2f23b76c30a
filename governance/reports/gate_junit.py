"""The gate's verdict as JUnit XML (the form of Jenkins' junit-10.xsd): a suite a change, a case a finding."""

from typing import Final

from contracts.plain import plain
from governance.board_rules import ChangeClass
from governance.changes.changed import Point
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling
from governance.reports.diff_words import example_of, operation_of, reach_of
from governance.reports.gate_context import Context
from governance.reports.gate_words import (
    about_waivers,
    callers_line,
    classes_line,
    decider_line,
    in_order,
    outcome,
    place_of,
    point_line,
    waivers_in_force,
)
from governance.reports.junit import attributes, page, text
from governance.reports.waived_junit import about_waivers as suite_of_waivers
from governance.reports.waived_junit import skipped

_NAMES: Final = 10


def as_junit(verdict: GateVerdict, context: Context | None = None) -> str:
    """What lacks a decision is a failure; what could not be proven is an error, as nobody has judged it.

    What a waiver lets pass is skipped; what is automatic, and what somebody decided on, passes.
    """
    context = context or Context()
    suites = [_suite(verdict, ruling, number, context) for number, ruling in enumerate(in_order(verdict))]
    if not suites:
        case = f"    <testcase{attributes(name=outcome(verdict), classname='workspace')}/>\n"
        head = attributes(name="workspace", tests=1, failures=0, errors=0, skipped=0, time="0.000", id=0)
        suites.append(f"  <testsuite{head}>\n{case}  </testsuite>\n")
    if verdict.about_waivers:
        suites.append(suite_of_waivers(about_waivers(verdict), lambda _: False, len(suites)))
    return page(suites)


def _suite(verdict: GateVerdict, ruling: Ruling, number: int, context: Context) -> str:
    change = ruling.change
    waived = [point for point in change.noted if point.finding.waived]
    cases = [_case(ruling, point, context) for point in change.points]
    cases += [_waived(verdict, ruling, point) for point in waived]
    failures, errors = 0, 0
    if ruling.decided_by is None:
        errors = sum(ChangeClass.UNPROVEN in point.classes for point in change.points)
        failures = len(change.points) - errors
    if not change.points:
        cases.append(_whole(ruling, context))
        failures += ruling.decided_by is None
    head = attributes(
        name=plain(change.name), tests=len(cases), failures=failures, errors=errors, skipped=len(waived), time="0.000",
        id=number,
    )  # fmt: skip
    said = [f"{classes_line(change)}; {decider_line(ruling, context)}", *map(plain, change.limits)]
    said += [plain(change.note)] if change.note else []
    said += map(plain, ruling.why_not)
    out = f"    <system-out>{text(chr(10).join(said))}</system-out>\n"
    return f"  <testsuite{head}>\n{''.join(cases)}{out}  </testsuite>\n"


def _case(ruling: Ruling, point: Point, context: Context) -> str:
    finding = point.finding
    parts = [place_of(point), reach_of(finding, _NAMES), plain(finding.reason)]
    if finding.failing_example is not None:
        parts.append(f"fails: {example_of(finding.failing_example)}")
    parts += [callers_line(point.callers, _NAMES), decider_line(ruling, context)]
    body = text("\n".join(part for part in parts if part))
    head = _head(ruling, point)
    if ruling.decided_by is not None:
        return f"    <testcase{head}><system-out>{body}</system-out></testcase>\n"
    kind = "error" if ChangeClass.UNPROVEN in point.classes else "failure"
    told = attributes(type=f"{'-'.join(sorted(point.classes))}.{finding.rule}", message=point_line(point))
    return f"    <testcase{head}><{kind}{told}>{body}</{kind}></testcase>\n"


def _waived(verdict: GateVerdict, ruling: Ruling, point: Point) -> str:
    waivers = [one for one in waivers_in_force(verdict) if one.name in point.finding.waived]
    return f"    <testcase{_head(ruling, point)}>{skipped(waivers)}</testcase>\n"


def _whole(ruling: Ruling, context: Context) -> str:
    """A change in which nothing was found on which somebody must decide."""
    head = attributes(name=classes_line(ruling.change), classname=plain(ruling.change.name))
    if ruling.decided_by is not None:
        return f"    <testcase{head}/>\n"
    told = attributes(type="refused", message=decider_line(ruling, context))
    return f"    <testcase{head}><failure{told}>{text(chr(10).join(map(plain, ruling.why_not)))}</failure></testcase>\n"


def _head(ruling: Ruling, point: Point) -> str:
    finding = point.finding
    return attributes(
        name=f"{finding.rule} {finding.fingerprint}: {plain(finding.message)}",
        classname=operation_of(finding) or plain(ruling.change.name),
    )
