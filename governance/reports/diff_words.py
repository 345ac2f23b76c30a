"""What every report on a diff says in the same words; text of the documents is made plain."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from contracts.counted import counted
from contracts.plain import plain
from governance.diff.documentation import is_documentation
from governance.diff.report import DiffReport, DiffVerdict
from governance.finding import FailingExample, Finding, Proof, Severity, Use
from governance.rules import Rule

_SHOWN: Final = 240
"""Characters of a failing example in reports for people; JSON holds all of it."""


def operation_of(finding: Finding) -> str:
    """`POST /orders`; empty where the change belongs to no operation."""
    return plain(f"{finding.method} {finding.path}".strip())


def said(finding: Finding) -> str:
    """What changed, with the operation before it where the message does not name it."""
    where = "" if finding.path and finding.path in finding.message else operation_of(finding)
    return f"{where + ': ' if where else ''}{plain(finding.message)}"


def operations(finding: Finding) -> tuple[str, ...]:
    """The operations that a finding reaches, each once, in the order of the walk."""
    return tuple(dict.fromkeys(plain(_operation(use)) for use in finding.reach if use.path))


def _operation(use: Use) -> str:
    return f"{use.method} {use.path}".strip()


def reach_of(finding: Finding, most: int) -> str:
    """`reaches 37 operations: GET /a, ... and 35 more`; empty for one or none."""
    reached = operations(finding)
    if len(reached) < 2:
        return ""
    return f"reaches {counted(len(reached), 'operation')}: {listed(reached, most)}"


def listed(names: Iterable[str], most: int) -> str:
    """The first names, and how many more there are."""
    known = list(names)
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return ", ".join(known[:most]) + more


def example_of(example: FailingExample) -> str:
    """A failing example on one line: the message, whose it is, and what the other version says."""
    at = f" at {example.instance_pointer}" if example.instance_pointer else ""
    return plain(
        f"{value_of(example.value)} ({example.where}): valid in {example.valid_in}, "
        f"refused by {example.refused_by}{at}: {example.error}"
    )


def value_of(value: Any, most: int = _SHOWN) -> str:
    """A value as JSON on one line, cut where it is long."""
    text = plain(json.dumps(value, ensure_ascii=False, default=str))
    return text if len(text) <= most else f"{text[: most - 3]}..."


def places_of(report: DiffReport, finding: Finding) -> tuple[str, str]:
    """`file:line` in the old and in the new document; the pointer instead where no line is known."""
    old, new = report.place_old(finding), report.place_new(finding)
    return (
        plain(str(old) if old.line else f"{old.file}#{finding.pointer_old}"),
        plain(str(new) if new.line else f"{new.file}#{finding.pointer_new}"),
    )


def tags_of(finding: Finding) -> str:
    """What is said beside the rule: that more is exposed, and what the finding rests on where that is no proof."""
    tags = ["exposes"] if finding.exposes else []
    if finding.proof is Proof.UNPROVEN:
        tags.append("could not be proven")
    elif finding.proof is Proof.STRUCTURAL:
        tags.append("by structure")
    return ", ".join(tags)


def split(report: DiffReport, rules: Mapping[str, Rule]) -> tuple[list[Finding], list[Finding]]:
    """The findings, and apart from them those that are about documentation only; what is waived is in neither."""
    told: list[Finding] = []
    documentation: list[Finding] = []
    for finding in report.findings:
        if finding.waived:
            continue
        (documentation if is_documentation(finding, rules.get(finding.rule)) else told).append(finding)
    return told, documentation


def counts_of(report: DiffReport) -> str:
    """`3 breaking, 2 warnings, 14 for information; 1 could not be proven; 2 waived`."""
    counts = report.counts
    text = (
        f"{counts[Severity.BREAKING]} breaking, {counted(counts[Severity.WARNING], 'warning')}, "
        f"{counts[Severity.INFO]} for information"
    )
    text += f"; {report.unproven} could not be proven" if report.unproven else ""
    return text + (f"; {len(report.waived)} waived" if report.waived else "")


def outcome_of(verdict: DiffVerdict, report: DiffReport) -> str:
    """What the comparison comes to, in one sentence."""
    if not report.findings:
        return "no difference"
    if not verdict.report_fails(report):
        return f"nothing at or above {verdict.fail_on.value}" + (
            ", and nothing unproven" if not report.unproven else "; what is unproven was allowed"
        )
    worst = [f for f in report.findings if f.severity.weight >= verdict.fail_on.weight and not f.waived]
    if worst:
        return f"{counted(len(worst), 'finding')} at or above {verdict.fail_on.value}"
    return "what could not be proven needs a person; --allow-unproven lifts that"


def title_of(report: DiffReport) -> str:
    """The two names, with their versions where the names do not say them."""
    return plain(f"{_named(report.old.shown, report.old.stated_version, report.old.version)} -> "
                 f"{_named(report.new.shown, report.new.stated_version, report.new.version)}")  # fmt: skip


def _named(shown: str, stated: str, version: str) -> str:
    return f"{shown} ({stated})" if stated and not version else shown
