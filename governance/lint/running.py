"""What a person asks to be linted -> verdict: documents by name, or every version in use of a workspace."""

import datetime as dt
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS, survey
from contracts.wording import instead
from governance.diff.from_files import before, refused
from governance.diff.from_workspace import in_use
from governance.diff.inputs import Sources, judge_version, read
from governance.diff.side import Side
from governance.finding import Severity
from governance.lint.asked import read_rules
from governance.lint.judge import lint, rules_asked
from governance.lint.report import LintVerdict
from governance.lint.words import SEVERITIES


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for."""

    documents: tuple[str, ...] = ()
    """As `tidewaiter diff` takes them; none: the workspace."""
    layer: str = ""
    """Of documents that are none of a workspace."""
    visibility: str = ""
    rules: tuple[str, ...] = ()
    """Only these; all of the rule set where none is named."""
    fail_on: str = ""
    """error, warning or info; what the settings say where it is empty."""
    at: dt.date | None = None


def run(asked: Asked, sources: Sources, progress: Callable[[str], None] = lambda _: None) -> LintVerdict:
    """Judge all documents. Raises InvalidInputError with everything that cannot be read."""
    settings, rule_set = read_rules(sources.folder)
    for name in asked.rules:
        if name not in rule_set.rules:
            raise refused("--rule", "unknown-rule", f"there is no rule {name}", instead(name, rule_set.rules))
    progress("reading")
    sides, left_out = _sides(asked, sources)
    reports = []
    for side in sides:
        progress(f"judging {side.shown}")
        file = _file(side, sources.folder)
        reports.append(lint(side, rule_set, settings, at=asked.at, only=asked.rules, progress=progress, file=file))
    fail_on = SEVERITIES[asked.fail_on or settings.fail_on] or Severity.BREAKING
    names = tuple(rule.id for rule in rules_asked(rule_set, settings, asked.rules))
    return LintVerdict(tuple(reports), fail_on, rule_set.rules, left_out, asked=names)


def _file(side: Side, folder: Path | None) -> str:
    """The document's file from the folder of the workspace on; empty for one of no file."""
    name = f"{side.folder}{side.document.name}"
    if folder is None or "://" in name or not side.folder + side.document.name:
        return ""
    if not side.in_tree and ":" in side.folder:
        return side.folder.partition(":")[2] + side.document.name
    return Path(os.path.relpath(name, folder)).as_posix()


def _sides(asked: Asked, sources: Sources) -> tuple[list[Side], tuple[tuple[str, str], ...]]:
    if not asked.documents:
        return _workspace(sources.folder)
    sides: list[Side] = []
    faults: list[Diagnostic] = []
    for name in asked.documents:
        try:
            side = read(name, sources)
        except InvalidInputError as error:
            faults += error.diagnostics
            continue
        sides.append(replace(side, layer=asked.layer or side.layer, visibility=asked.visibility or side.visibility))
    if faults:
        raise InvalidInputError(dict.fromkeys(faults))
    return sides, ()


def _workspace(folder: Path | None) -> tuple[list[Side], tuple[tuple[str, str], ...]]:
    if folder is None or not (folder / SETTINGS).is_file():
        shown = "." if folder is None else before(folder).rstrip("/") or "."
        message = f"no document is named, and this is no workspace: it has no {SETTINGS}"
        raise refused(shown, "no-workspace", message, "name a document, or a workspace: --workspace DIR")
    sides: list[Side] = []
    left_out: list[tuple[str, str]] = []
    faults: list[Diagnostic] = []
    apis: Sequence[str] = sorted(survey(folder).apis)
    for api in apis:
        try:
            found = in_use(api, folder)
            for side in found.sides:
                judge_version(side)
        except InvalidInputError as error:
            faults += error.diagnostics
            continue
        sides += found.sides
        left_out += found.left_out
    if faults:
        raise InvalidInputError(dict.fromkeys(faults))
    if not sides:
        raise refused(before(folder).rstrip("/") or ".", "none-in-use", "no version is in use", "name a document")
    return sides, tuple(left_out)
