"""A diff as JUnit XML (the form of Jenkins' junit-10.xsd): a suite for each comparison, a case for each finding."""

from typing import Final

from contracts.plain import plain
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import Finding, Proof
from governance.reports.diff_words import (
    example_of,
    operation_of,
    outcome_of,
    places_of,
    reach_of,
    split,
    title_of,
)
from governance.reports.junit import attributes, page, text
from governance.reports.waived import waivers_of
from governance.reports.waived_junit import about_waivers, skipped

_NAMES: Final = 10


def as_junit(verdict: DiffVerdict) -> str:
    """Failures are what makes the outcome negative; what could not be proven is an error, as nobody has judged it.

    What is waived is skipped.
    """
    suites = [_suite(verdict, report, number) for number, report in enumerate(verdict.reports)]
    if verdict.about:
        suites.append(about_waivers(verdict.about, lambda told: verdict.fails(told.finding), len(suites)))
    return page(suites)


def _suite(verdict: DiffVerdict, report: DiffReport, number: int) -> str:
    told, documentation = split(report, verdict.rules)
    cases = [_case(verdict, report, finding) for finding in told]
    cases += [_waived(verdict, finding) for finding in report.waived]
    if not cases:
        cases = [f"    <testcase{attributes(name='no finding', classname='contract')}/>\n"]
    errors = sum(_is_error(verdict, finding) for finding in told)
    failures = sum(verdict.fails(finding) for finding in told) - errors
    head = attributes(
        name=title_of(report), tests=len(cases), failures=failures, errors=errors, skipped=len(report.waived),
        time=f"{report.seconds:.3f}", id=number,
    )  # fmt: skip
    said = [outcome_of(verdict, report), *(plain(limit) for limit in report.limits)]
    said += [f"{len(documentation)} of documentation only"] if documentation else []
    out = f"    <system-out>{text(chr(10).join(said))}</system-out>\n"
    return f"  <testsuite{head}>\n{''.join(cases)}{out}  </testsuite>\n"


def _is_error(verdict: DiffVerdict, finding: Finding) -> bool:
    return finding.proof is Proof.UNPROVEN and verdict.fails(finding)


def _case(verdict: DiffVerdict, report: DiffReport, finding: Finding) -> str:
    head = attributes(
        name=f"{finding.rule} {finding.fingerprint}: {plain(finding.message)}",
        classname=operation_of(finding) or "document",
    )
    old, new = places_of(report, finding)
    parts = [f"{old} -> {new}", reach_of(finding, _NAMES), plain(finding.reason)]
    if finding.failing_example is not None:
        parts.append(f"fails: {example_of(finding.failing_example)}")
    body = text("\n".join(part for part in parts if part))
    if not verdict.fails(finding):
        return f"    <testcase{head}><system-out>{body}</system-out></testcase>\n"
    kind = "error" if _is_error(verdict, finding) else "failure"
    told = attributes(type=f"{finding.severity.value}.{finding.rule}", message=plain(finding.message))
    return f"    <testcase{head}><{kind}{told}>{body}</{kind}></testcase>\n"


def _waived(verdict: DiffVerdict, finding: Finding) -> str:
    head = attributes(
        name=f"{finding.rule} {finding.fingerprint}: {plain(finding.message)}",
        classname=operation_of(finding) or "document",
    )
    return f"    <testcase{head}>{skipped(waivers_of(verdict, finding))}</testcase>\n"
