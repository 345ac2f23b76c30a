"""The page of `bench/diff_beside.py`: what was measured, as Markdown. Texts of documents and tools are data there."""

import re
import textwrap
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from diff_tools import Report, Tool

from contracts.plain import plain

if TYPE_CHECKING:
    from diff_beside import Beside

SHOWN = 6
"""Lines of one kind; the rest is a number."""
CHECKED = """Pairs of documents around one schema, judged by set inclusion and checked by brute force, so that
nobody's policy is in the verdict. No answer counts as not breaking."""
OTHERS = """A fixed choice from the tests of APIHUB, OpenAPITools' openapi-diff, Optic and Specmatic; what they expect
is in part their policy. No answer counts as not breaking."""
SETS = {
    "semantic": ("## Pairs with a checked verdict", CHECKED),
    "policies": ("## Pairs from other projects' tests", OTHERS),
}


def cell(text: str) -> str:
    """Text as data in a table of Markdown."""
    return re.sub(r"([\\`*_{}\[\]<>|#~])", r"\\\1", plain(text).replace("\n", " "))


def code(text: str) -> str:
    """A name in code, whatever it holds."""
    return "`" + plain(text).replace("`", "'").replace("|", "\\|").replace("\n", " ") + "`"


def said_of(report: Report, operation: str) -> str:
    """What a report says of an operation, its worst first, in a few words."""
    order = ("breaking", "warning", "unclassified", "info")
    rules = Counter(
        (one.severity, one.rule) for one in report.said if one.operation == operation
    )  # fmt: skip
    if not rules:
        return "nothing"
    worst = sorted(rules, key=lambda key: (order.index(key[0]), key[1]))
    return ", ".join(f"{severity} {code(rule)}" for severity, rule in worst[:2]) + (" ..." if len(worst) > 2 else "")


def real_table(beside: "list[Beside]", programs: list[Tool]) -> Iterator[str]:
    """Time, memory and findings."""
    yield "| pair | MB | tool | seconds | peak MB | findings | breaking | |"
    yield "|---|---|---|---|---|---|---|---|"
    for one in beside:
        for tool in programs:
            report = one.reports[tool.name]
            size = f"{one.pair.bytes / 1e6:.1f}"
            start = (
                f"| {cell(one.pair.name)} | {size} | {tool.name} | {report.seconds:.1f} | {report.peak_bytes / 1e6:.0f}"
            )
            if report.refused:
                yield f"{start} | | | no answer: {cell(report.refused)} |"
            else:
                yield f"{start} | {report.findings} | {report.breaking_findings} | {cell(report.note)} |"


def only_one(beside: "list[Beside]", other: str) -> Iterator[str]:
    """Which operations only ours or only the other calls broken, and who is right."""
    both = ours_only = proven = theirs_only = seen = 0
    mine: list[str] = []
    theirs: list[str] = []
    for one in beside:
        ours, they = one.reports["tidewaiter"], one.reports[other]
        if ours.refused or they.refused:
            continue
        both += len(ours.operations() & they.operations())
        for operation in sorted(ours.operations() - they.operations()):
            ours_only += 1
            shown = any(s.proven for s in ours.said if s.operation == operation and s.severity == "breaking")
            proven += shown
            verdict = "ours: a failing example proves it" if shown else "not decided"
            mine.append(f"| {cell(one.pair.name)} | {code(operation)} | {said_of(ours, operation)} | "
                        f"{said_of(they, operation)} | {verdict} |")  # fmt: skip
        for operation in sorted(they.operations() - ours.operations()):
            theirs_only += 1
            at_all = said_of(ours, operation)
            seen += at_all != "nothing"
            theirs.append(f"| {cell(one.pair.name)} | {code(operation)} | {at_all} | {said_of(they, operation)} | "
                          "not decided |")  # fmt: skip
    yield from wrapped(
        f"Operations that both call broken: {both}. Only ours: {ours_only}, of which a confirmed failing example "
        f"proves {proven}; the others are not decided. Only {other}: {theirs_only}, of which ours reports {seen} at a "
        "lower severity."
    )
    if mine or theirs:
        yield f"| pair | operation | ours | {other} | who is right |"
        yield "|---|---|---|---|---|"
        for lines in (mine, theirs):
            yield from lines[:SHOWN]
            if len(lines) > SHOWN:
                yield f"| | {len(lines) - SHOWN} more | | | |"
        yield ""


def verdict_table(verdicts: dict[str, Any]) -> Iterator[str]:
    """Recall and false alarms by tool."""
    yield "| tool | answered | recall | false alarms | seconds |"
    yield "|---|---|---|---|---|"
    for name, one in verdicts.items():
        total = one.breaking + one.compatible
        recall, alarms = one.found / max(one.breaking, 1), one.alarms / max(one.compatible, 1)
        yield (
            f"| {name} | {one.answered} of {total} | {recall:.3f} ({one.found} of {one.breaking}) | "
            f"{alarms:.3f} ({one.alarms} of {one.compatible}) | {one.seconds:.0f} |"
        )
    yield ""
    for name, one in verdicts.items():
        if one.refused:
            reason, number = one.refused.most_common(1)[0]
            yield f"{name} gives no answer {one.refused.total()} times, {number} of them: {cell(reason)}"
            yield ""


def who_was_right(cases: list[Any], said: dict[str, dict[str, bool]], other: str) -> str:
    """Where two differ, whom the known verdict agrees with; `said` holds answers only."""
    both = [case for case in cases if said[case.name].keys() >= {"tidewaiter", other}]
    if not both:
        return f"There is no pair that both ours and {other} answer."
    differ = [case for case in both if said[case.name]["tidewaiter"] != said[case.name][other]]
    right = sum(said[case.name]["tidewaiter"] == case.breaking for case in differ)
    return (
        f"Of the {len(both)} pairs that both answer, ours and {other} differ on {len(differ)}; the known verdict is "
        f"ours on {right}, {other}'s on {len(differ) - right}."
    )


def wrapped(text: str) -> Iterator[str]:
    """A paragraph."""
    yield from textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False)
    yield ""


def page(
    beside: "list[Beside]", sets: dict[str, Any], programs: list[Tool], absent: dict[str, str], swagger: int,
    machine: str,
) -> str:  # fmt: skip
    """The whole page."""
    versions = ", ".join(f"{tool.name} ({tool.version})" for tool in programs)
    lines = ["<!-- Made by `make compare-diff`; do not edit. -->", "", "# Beside other diff tools", ""]
    lines += wrapped(
        f"The same pairs given to {versions}, each with its defaults and in one run ({machine}). Times and memory are "
        "of the whole command, reading included; memory is that of its largest process. Ours counts one finding for "
        "each root cause, however many operations it reaches; the others count each place. "
        f"{swagger} pair of Swagger 2.0 is left out: no tool here answers to all its versions."
    )
    for name, why in absent.items():
        lines += wrapped(f"**{name} was not run: {why}.**")
    lines += ["## Real descriptions", "", *real_table(beside, programs), ""]
    others = [tool.name for tool in programs if tool.name != "tidewaiter"]
    lines += ["## What only one of them sees", ""]
    lines += wrapped(
        "By operation (method and path, whatever its parameters are called), on the real pairs to which both give an "
        "answer. Who is right is decided by a failing example alone: a message that a validator of another project "
        "takes under one version and refuses under the other."
    )
    for other in others:
        lines += [f"### {other}", "", *only_one(beside, other)]
    for title, (heading, intro) in SETS.items():
        cases, verdicts, said = sets[title]
        lines += [heading, "", *wrapped(intro), *verdict_table(verdicts)]
        for other in others:
            lines += wrapped(who_was_right(cases, said, other))
    return "\n".join(lines)
