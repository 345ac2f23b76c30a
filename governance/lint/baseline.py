"""A baseline: findings of old contracts that are known and have an owner, so that only new ones count."""

import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from contracts.diagnostic import InvalidInputError
from contracts.model import Written
from contracts.written import read_entry
from governance.diff.from_files import refused
from governance.finding import Finding
from governance.lint.report import LintReport, Stale

FORM: Final = "tidewaiter-lint-baseline/1"


class Known(Written):
    """One finding that is known."""

    document: str = Field(min_length=1)
    """In which document: `api@version`, or the name that was given."""
    rule: str = Field(min_length=1)
    """The rule that finds it."""
    place: str
    """JSON pointer of its place when it was written down, for readers."""
    fingerprint: str = Field(pattern=r"^[0-9a-f]{12}$")
    """What it is known again by."""
    owner: str = Field(min_length=1)
    """Who answers for it."""
    reason: str = Field(min_length=3)
    """Why it stays for now."""


class Baseline(Written):
    """The whole file."""

    form: Literal["tidewaiter-lint-baseline/1"]
    """The version of this form."""
    known: tuple[Known, ...] = ()
    """The findings, by document, rule and place."""


def read_baseline(path: Path) -> Baseline:
    """The baseline of a file. Raises InvalidInputError with every fault of it."""
    if not path.is_file():
        remedy = "write it first: tidewaiter lint --baseline write FILE --owner WHO --reason WHY"
        raise refused(str(path), "missing-file", "there is no such baseline", remedy)
    entry = read_entry(path, str(path), Baseline)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value


def as_yaml(reports: Iterable[LintReport], before: Baseline | None, owner: str, reason: str) -> str:
    """A baseline of all that was found and is not waived. Entries that were known keep their owner and their reason."""
    known = {_key(one.document, one.fingerprint): one for one in before.known} if before is not None else {}
    lines = [
        "# Findings of `tidewaiter lint` that are known. Written by --baseline write; owners and reasons are yours.",
        f"form: {FORM}",
    ]
    entries: list[str] = []
    for report in sorted(reports, key=lambda one: one.side.shown):
        counted = [one for one in report.findings if not one.waived]
        for finding in sorted(counted, key=lambda one: (one.rule, one.pointer_new, one.fingerprint)):
            entries += _entry(report.side.shown, finding, known, owner, reason)
    lines += ["known:", *entries] if entries else ["known: []"]
    return "\n".join(lines) + "\n"


def _entry(
    document: str, finding: Finding, known: dict[tuple[str, str], Known], owner: str, reason: str
) -> list[str]:  # fmt: skip
    old = known.get(_key(document, finding.fingerprint))
    fields = {
        "document": document,
        "rule": finding.rule,
        "place": finding.pointer_new,
        "fingerprint": finding.fingerprint,
        "owner": old.owner if old is not None else owner,
        "reason": old.reason if old is not None else reason,
    }
    # JSON's texts are YAML's, whatever they hold.
    texts = [f"{name}: {json.dumps(value)}" for name, value in fields.items()]
    return [f"  - {texts[0]}", *(f"    {text}" for text in texts[1:])]


def held_against(
    baseline: Baseline, reports: Iterable[LintReport], only: Collection[str] = ()
) -> tuple[frozenset[tuple[str, str]], tuple[Stale, ...]]:
    """Document and fingerprint of what the baseline knows, and its entries that no finding of these documents has.

    Entries about documents that are not among the reports, or of rules that were not asked (`only`), are left alone.
    """
    found = {report.side.shown: {one.fingerprint for one in report.findings} for report in reports}
    accepted = {_key(one.document, one.fingerprint) for one in baseline.known}
    stale = tuple(
        Stale(one.document, one.rule, one.place, one.fingerprint, one.owner)
        for one in baseline.known
        if one.document in found and one.fingerprint not in found[one.document] and (not only or one.rule in only)
    )
    return frozenset(accepted), stale


def _key(document: str, fingerprint: str) -> tuple[str, str]:
    return document, fingerprint
