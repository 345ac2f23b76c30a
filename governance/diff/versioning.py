"""The next version of a contract by Semantic Versioning 2.0.0, from what changed; and whether the stated one fits."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from governance.diff.documentation import is_documentation
from governance.diff.report import DiffReport
from governance.finding import Finding, Proof, Severity
from governance.rules import Rule

_VERSION: Final = re.compile(
    r"v?(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8})(?:\.(0|[1-9][0-9]{0,8})"
    r"(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?(?:\+[0-9A-Za-z.-]+)?)?)?"
)


class Step(StrEnum):
    """Which part of the version has to grow."""

    MAJOR = "major"
    MINOR = "minor"
    PATCH = "patch"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Version:
    """`numbers` are major, minor, patch; `given` how many of them were written; `pre` the pre-release, if any."""

    numbers: tuple[int, int, int]
    given: int
    pre: str = ""

    def __str__(self) -> str:
        """As many numbers as were written, and more where the last of them says something."""
        shown = max(self.given, 3 if self.numbers[2] else 2 if self.numbers[1] else 1)
        return ".".join(str(number) for number in self.numbers[:shown]) + (f"-{self.pre}" if self.pre else "")

    @property
    def precedence(self) -> tuple[object, ...]:
        """What versions are ordered by (chapter 11): numbers before words, a release after its pre-releases."""
        parts = tuple((0, int(p), "") if p.isdecimal() else (1, 0, p) for p in self.pre.split(".") if p)
        return (*self.numbers, not self.pre, parts)


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What the version has to become, and why."""

    step: Step
    """By what changed, as if the version were 1.0.0 or later."""
    stated_old: str
    """`info.version` as the old document has it."""
    stated_new: str
    next: Version | None
    """The lowest version that fits; None where the old one is no semantic version."""
    fits: bool | None
    """Whether the new document's version is high enough; None where one of the two is no semantic version."""
    reason: str
    """In a sentence: what decides."""
    because: tuple[Finding, ...]
    """The findings that decide."""
    convention: str = ""
    """What is said of versions under 1.0.0 and of pre-releases, where that applies."""


def read_version(text: str) -> Version | None:
    """`1.2.3`, `1.2`, `v1`, `1.0.0-beta.1+build`; None for anything else, such as a date with its leading zeros."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        return None
    written = [part for part in match.groups()[:3] if part is not None]
    numbers = [int(part) for part in written] + [0, 0]
    return Version((numbers[0], numbers[1], numbers[2]), len(written), match[4] or "")


def recommend(report: DiffReport, rules: Mapping[str, Rule], *, allow_unproven: bool = False) -> Recommendation:
    """The next version. What could not be proven counts as breaking, unless it is allowed."""
    step, reason, because = _step(report, rules, allow_unproven=allow_unproven)
    old, new = read_version(report.old.stated_version), read_version(report.new.stated_version)
    wanted = None if old is None else _next(old, step)
    fits = None if wanted is None or new is None else new.precedence >= wanted.precedence
    convention = "" if old is None else _convention(old)
    return Recommendation(
        step, report.old.stated_version, report.new.stated_version, wanted, fits, reason, because, convention
    )


def _step(
    report: DiffReport, rules: Mapping[str, Rule], *, allow_unproven: bool
) -> tuple[Step, str, tuple[Finding, ...]]:
    breaking = tuple(f for f in report.findings if f.severity is Severity.BREAKING)
    if breaking:
        return Step.MAJOR, "correct callers of the old version can fail", breaking
    unproven = tuple(f for f in report.findings if f.proof is Proof.UNPROVEN)
    if unproven and not allow_unproven:
        return Step.MAJOR, "it could not be proven that callers of the old version keep working", unproven
    others = [f for f in report.findings if not _says_version(f, rules)]
    features = tuple(f for f in others if not is_documentation(f, rules.get(f.rule)))
    if features:
        return Step.MINOR, "callers of the old version keep working, and what is promised has changed", features
    if others:
        return Step.PATCH, "only documentation, examples and extensions changed", tuple(others)
    return Step.NONE, "nothing changed but the version itself" if report.findings else "nothing changed", ()


def _says_version(finding: Finding, rules: Mapping[str, Rule]) -> bool:
    """Whether the finding is only that `info.version` or `openapi` is another."""
    rule = rules.get(finding.rule)
    return rule is not None and {"version", "openapi"}.issuperset(rule.kinds) and finding.severity is Severity.INFO


def _next(old: Version, step: Step) -> Version:
    major, minor, patch = old.numbers
    if step is Step.NONE:
        return old
    if old.pre:
        return Version(old.numbers, old.given)
    if major == 0:
        step = {Step.MAJOR: Step.MINOR, Step.MINOR: Step.PATCH, Step.PATCH: Step.PATCH}[step]
    numbers = {Step.MAJOR: (major + 1, 0, 0), Step.MINOR: (major, minor + 1, 0), Step.PATCH: (major, minor, patch + 1)}
    return Version(numbers[step], old.given)


def _convention(old: Version) -> str:
    if old.pre:
        return "a pre-release promises nothing yet: its release is the next version, whatever changed"
    if old.numbers[0] == 0:
        return "under 1.0.0 a breaking change raises the second number, any other the third"
    return ""
