"""The outcome of `check` as text and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Final, Literal

from contracts.counted import counted
from contracts.diagnostic import Severity
from contracts.plain import plain
from governance.check import Found, Report
from governance.json_output import json_output
from governance.terminal import paint

_COLOURS: Final[Mapping[Severity, Literal["red", "yellow", "green"]]] = {
    "error": "red",
    "warning": "yellow",
    "note": "green",
}


def as_text(report: Report, *, colour: bool = False, verbose: bool = False) -> str:
    """One line a fault, `file:line:column: severity[code] message; remedy`, then a line that sums up.

    Below a fault that an overlay mends stand its actions, each text once: they are pasted under `actions`.
    """
    lines: list[str] = []
    told: set[str] = set()
    for one in report.found:
        lines.append(_line(one, colour=colour))
        suggestion = one.diagnostic.suggestion
        if suggestion and suggestion not in told:
            told.add(suggestion)
            lines.append("  for `actions` of overlay.yaml:")
            lines += ["    " + plain(line) for line in suggestion.splitlines()]
    lines += [_line(Found(one), colour=colour) for one in report.explained]
    if verbose:
        lines += [_line(Found(one), colour=colour) for one in report.not_self_tested]
    return "".join(line + "\n" for line in (*lines, _sum(report, colour=colour)))


def as_json(report: Report) -> str:
    """The same for machines. `environments` of a finding is empty where it holds in all that were judged."""
    findings = [{**asdict(one.diagnostic), "environments": list(one.environments)} for one in report.found]
    content = {
        "workspace": report.folder,
        "environments": [name for name in report.environments if name],
        "exit_code": report.exit_code,
        "errors": report.errors,
        "warnings": report.warnings,
        "contracts": report.contracts,
        "operations": report.operations,
        "operations_not_served": report.not_served,
        "operations_set_aside": report.set_aside,
        "self_test_messages": report.messages,
        "operations_not_wholly_self_tested": report.not_wholly_tested,
        "not_self_tested": [asdict(one) for one in report.not_self_tested],
        "second_opinion_messages": report.compared,
        "second_opinion_explained": [asdict(one) for one in report.explained],
        "findings": findings,
    }
    return json_output(content)


def _line(one: Found, *, colour: bool) -> str:
    fault = one.diagnostic
    place = fault.file + (f":{fault.line}:{fault.column}" if fault.line else "")
    kind = paint(f"{fault.severity}[{fault.code}]", _COLOURS[fault.severity], on=colour)
    where = f" (in {_names(one.environments)})" if one.environments else ""
    remedy = f"; {fault.remedy}" if fault.remedy else ""
    return f"{paint(plain(place), 'bold', on=colour)}: {kind} {plain(fault.message + where + remedy)}"


def _tested(report: Report) -> str:
    """How far the self-tests went."""
    if not report.messages and not report.not_self_tested:
        return ""
    text = f", self-tested with {counted(report.messages, 'message')}"
    if report.not_wholly_tested:
        text += f" ({report.not_wholly_tested} not wholly: --verbose says where)"
    if report.compared:
        differing = sum(one.diagnostic.code == "second-opinion" for one in report.found)
        text += f", second opinion of {counted(report.compared, 'message')}: "
        text += f"{len(report.explained)} differ for a known reason, {differing} for none"
    return text


def _names(environments: tuple[str, ...]) -> str:
    return ", ".join(name or "the workspace without an environment" for name in environments)


def _sum(report: Report, *, colour: bool) -> str:
    served = f"{report.operations - report.not_served} of {counted(report.operations, 'operation')} served"
    if report.set_aside:
        served += (
            f" ({report.set_aside} of retired versions, of drafts that nobody offers or of candidates, not counted)"
        )
    served += _tested(report)
    if not report.errors and not report.warnings and not report.serves_nothing:
        environments = [name for name in report.environments if name]
        judged = f", environments {', '.join(environments)}" if environments else ""
        return paint(f"fine: {counted(report.contracts, 'contract')}, {served}{judged}", "green", on=colour)
    counts = f"{counted(report.errors, 'error')}, {counted(report.warnings, 'warning')}"
    if report.errors:
        return paint(f"{counts}: `tidewaiter serve` would refuse to start", "red", on=colour)
    serves = "it serves" if report.not_served < report.operations else "it starts, and serves nothing"
    return paint(f"{counts}: {serves}; {counted(report.contracts, 'contract')}, {served}", "yellow", on=colour)
