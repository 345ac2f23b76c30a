"""What every report of lint says in the same words; text of the documents is made plain."""

from collections.abc import Iterator, Sequence

from contracts.counted import counted
from contracts.plain import plain
from governance.finding import Finding, Severity
from governance.lint.report import LintReport, LintVerdict, Stale
from governance.lint.words import NAMES
from governance.reports.diff_words import operations, said
from governance.reports.waived import terms_of, waivers_of


def title_of(report: LintReport) -> str:
    """The document, with its version where the name does not say it."""
    side = report.side
    return plain(f"{side.shown} ({side.stated_version})" if side.stated_version and not side.version else side.shown)


def counts_of(verdict: LintVerdict, findings: Sequence[Finding]) -> str:
    """`3 errors, 2 warnings, 14 for information`."""
    counts = verdict.counts(findings)
    return (
        f"{counted(counts[Severity.BREAKING], 'error')}, {counted(counts[Severity.WARNING], 'warning')}, "
        f"{counts[Severity.INFO]} for information"
    )


def outcome_of(verdict: LintVerdict, report: LintReport) -> str:
    """What a document comes to, in one sentence."""
    failing = [one for one in report.findings if verdict.fails(report, one)]
    more = _passed(len(verdict.known(report)), len(report.waived))
    if failing:
        return f"{counted(len(failing), 'finding')} at or above {NAMES[verdict.fail_on]}{more}"
    if not report.findings:
        return "no finding"
    return f"nothing at or above {NAMES[verdict.fail_on]}{more}"


def sum_of(verdict: LintVerdict) -> str:
    """Of all documents: how many findings, and what they come to."""
    new = [one for report in verdict.reports for one in verdict.new(report)]
    known = sum(len(verdict.known(report)) for report in verdict.reports)
    waived = sum(len(report.waived) for report in verdict.reports)
    text = f"{counted(len(verdict.reports), 'document')}: {counts_of(verdict, new)}{_passed(known, waived)}"
    text += f"; {counted(len(verdict.stale), 'entry', 'entries')} of the baseline stale" if verdict.stale else ""
    return text + (f"; {counted(len(verdict.about), 'finding')} about waivers" if verdict.about else "")


def _passed(known: int, waived: int) -> str:
    """What does not count, and why."""
    return (f"; {known} known" if known else "") + (f"; {waived} waived" if waived else "")


def waived_lines(verdict: LintVerdict, report: LintReport) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each waived finding with the terms on which it passes."""
    for finding in report.waived:
        rule = f"{NAMES[finding.severity]} {plain(finding.rule)}"
        yield f"{said_of(finding)} [{rule}]", tuple(terms_of(one) for one in waivers_of(verdict, finding))


def place_of(report: LintReport, finding: Finding) -> str:
    """`file:line`; the pointer instead where no line is known."""
    place = report.place(finding)
    return plain(str(place) if place.line else f"{place.file}#{finding.pointer_new}")


def said_of(finding: Finding) -> str:
    """What is wrong, with the operation before it where there is one, and the message does not name it."""
    return said(finding) if len(operations(finding)) == 1 else plain(finding.message)


def stale_of(stale: Stale) -> str:
    """An entry of the baseline that can go."""
    return plain(
        f"{stale.document}: {stale.rule} at {stale.place or '/'} is gone: take {stale.fingerprint} out of the baseline "
        f"({stale.owner})"
    )
