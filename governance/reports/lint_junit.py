"""Lint as JUnit XML (the form of Jenkins' junit-10.xsd): a suite for each document, a case for each finding."""

from typing import Final

from contracts.plain import plain
from governance.finding import Finding
from governance.lint.report import LintReport, LintVerdict
from governance.lint.words import NAMES
from governance.reports.diff_words import operation_of, reach_of
from governance.reports.junit import attributes, page, text
from governance.reports.lint_words import outcome_of, place_of, said_of, stale_of, title_of
from governance.reports.waived import waivers_of
from governance.reports.waived_junit import about_waivers, skipped

_NAMES: Final = 10


def as_junit(verdict: LintVerdict) -> str:
    """Failures are what makes the outcome negative; what is waived, and what the baseline knows, is skipped."""
    suites = [_suite(verdict, report, number) for number, report in enumerate(verdict.reports)]
    if verdict.about:
        suites.append(about_waivers(verdict.about, verdict.about_fails, len(suites), NAMES))
    return page([*suites, *([_stale(verdict, len(suites))] if verdict.stale else [])])


def _suite(verdict: LintVerdict, report: LintReport, number: int) -> str:
    cases = [_case(verdict, report, finding) for finding in report.findings]
    if not cases:
        cases = [f"    <testcase{attributes(name='no finding', classname='contract')}/>\n"]
    head = attributes(
        name=title_of(report), tests=len(cases),
        failures=sum(verdict.fails(report, finding) for finding in report.findings), errors=0,
        skipped=len(report.findings) - len(verdict.new(report)),
        time=f"{report.seconds:.3f}", id=number,
    )  # fmt: skip
    said = "\n".join([outcome_of(verdict, report), *(plain(limit) for limit in report.limits)])
    return f"  <testsuite{head}>\n{''.join(cases)}    <system-out>{text(said)}</system-out>\n  </testsuite>\n"


def _case(verdict: LintVerdict, report: LintReport, finding: Finding) -> str:
    head = attributes(
        name=f"{finding.rule} {finding.fingerprint}: {plain(finding.message)}",
        classname=operation_of(finding) or "document",
    )
    parts = [place_of(report, finding), reach_of(finding, _NAMES), plain(finding.reason)]
    body = text("\n".join(part for part in parts if part))
    if finding.waived:
        return f"    <testcase{head}>{skipped(waivers_of(verdict, finding))}</testcase>\n"
    if verdict.is_accepted(report, finding):
        return f"    <testcase{head}><skipped/></testcase>\n"
    if not verdict.fails(report, finding):
        return f"    <testcase{head}><system-out>{body}</system-out></testcase>\n"
    told = attributes(type=f"{NAMES[finding.severity]}.{finding.rule}", message=said_of(finding))
    return f"    <testcase{head}><failure{told}>{body}</failure></testcase>\n"


def _stale(verdict: LintVerdict, number: int) -> str:
    cases = []
    for one in verdict.stale:
        head = attributes(name=f"stale {one.fingerprint}: {plain(one.rule)}", classname="baseline")
        told = text(stale_of(one))
        inside = f"<failure{attributes(type='warning.stale')}>{told}</failure>" if verdict.stale_fails else ""
        cases.append(f"    <testcase{head}>{inside or f'<system-out>{told}</system-out>'}</testcase>\n")
    failures = len(cases) if verdict.stale_fails else 0
    head = attributes(
        name=f"baseline {plain(verdict.baseline)}", tests=len(cases), failures=failures, errors=0, skipped=0, time="0",
        id=number,
    )  # fmt: skip
    return f"  <testsuite{head}>\n{''.join(cases)}  </testsuite>\n"
