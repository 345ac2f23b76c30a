"""One contract or file that is not as it was: what that does, what shows it, and whom it concerns."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from contracts.counted import counted
from governance.board_rules import ChangeClass
from governance.callers import Caller
from governance.finding import Finding, Proof, Severity

Kind = Literal["contract", "file"]
WHOLE: Final = frozenset(
    ("contract-added", "contract-removed", "file-added", "file-removed", "comparison-bounded", "first-release")
)
"""Findings about all of something: waiving them is no decision on what is in it."""
_MOST_REASONS: Final = 20
"""Points of one change that are told in lines of text; the rest are counted."""
_TOLD: Final[Mapping[ChangeClass, str]] = {
    ChangeClass.BREAKS: "breaks",
    ChangeClass.EXPOSES: "exposes",
    ChangeClass.WEAKENS: "weakens",
    ChangeClass.UNPROVEN: "could not be proven",
    ChangeClass.LINT: "breaks a rule of lint",
    ChangeClass.COMPATIBLE: "compatible",
}


@dataclass(frozen=True, slots=True)
class Point:
    """One finding about a change, at its place."""

    finding: Finding
    classes: frozenset[ChangeClass]
    """What it does; empty where nobody must decide on it."""
    file: str
    """Where it stands, relative to the workspace: in the newer state, or in the older one if it is gone there."""
    line: int
    """From 1; 0 where the place is not known."""
    in_new: bool = True
    """Whether `file` is a file of the newer state."""
    against: str = ""
    """The version that it was compared with, `api@version`; empty for what is no comparison of contracts."""
    callers: tuple[Caller, ...] = ()
    """Consumers that may call what changed."""

    @property
    def why(self) -> str:
        """What it does, in words: `breaks and exposes`."""
        return " and ".join(_TOLD[one] for one in ChangeClass if one in self.classes)


@dataclass(frozen=True, slots=True)
class Changed:
    """One contract or file that is not as it was. `digest` is `removed` where it is gone."""

    kind: Kind
    name: str
    """`api@version`, or the file's path."""
    digest: str
    points: tuple[Point, ...] = ()
    """What somebody must decide on."""
    noted: tuple[Point, ...] = ()
    """What was found besides, and concerns nobody's decision; what a waiver lets pass is among it."""
    note: str = ""
    """What changed, where nobody must decide."""
    layer: str = ""
    """Of the api, as the base has it where it has it; empty for what is of no api."""
    visibility: str = ""
    owner: str = ""
    """Who answers for what changed, as the base says; empty where nobody does, as for what the base does not have."""
    owners_of_exposed: tuple[tuple[str, str], ...] = ()
    """Who answers for what is shown or reached by way of it: an owner, and what is theirs (`the api orders`)."""
    limits: tuple[str, ...] = ()
    """What could not be looked at in full."""

    @property
    def classes(self) -> frozenset[ChangeClass]:
        """What the change does; `compatible` alone where no point says more."""
        return frozenset(one for point in self.points for one in point.classes) or frozenset((ChangeClass.COMPATIBLE,))

    @property
    def reasons(self) -> tuple[str, ...]:
        """Each point in a line, as far as they are told."""
        told = [
            f"{one.why}: {one.finding.message} [{one.finding.rule} {one.finding.fingerprint}]" for one in self.points
        ]
        more = len(told) - _MOST_REASONS
        return (*told[:_MOST_REASONS], *([f"and {counted(more, 'more finding')}"] if more > 0 else ()))

    @property
    def fingerprints(self) -> frozenset[str] | None:
        """Those of all points; None where waiving findings is not enough."""
        if any(one.finding.rule in WHOLE for one in self.points):
            return None
        return frozenset(one.finding.fingerprint for one in self.points)

    @property
    def affected(self) -> tuple[Caller, ...]:
        """Consumers that something here breaks, or could; each once, by name."""
        hit = {ChangeClass.BREAKS, ChangeClass.UNPROVEN}
        found = {one.consumer: one for point in self.points if point.classes & hit for one in point.callers}
        return tuple(found[name] for name in sorted(found))


def classes_of(finding: Finding) -> frozenset[ChangeClass]:
    """What a finding of a diff or of the life of versions does; empty where nobody must decide on it."""
    found = set()
    if finding.severity is Severity.BREAKING:
        found.add(ChangeClass.BREAKS)
    elif finding.proof is Proof.UNPROVEN or (
        finding.proof is Proof.STRUCTURAL and finding.severity is not Severity.INFO
    ):
        found.add(ChangeClass.UNPROVEN)
    if finding.exposes:
        found.add(ChangeClass.EXPOSES)
    return frozenset(found)


def split(points: Iterable[Point]) -> tuple[tuple[Point, ...], tuple[Point, ...]]:
    """Those that somebody must decide on, and the others; what is waived is among the others."""
    held = tuple(points)
    asked = tuple(one for one in held if one.classes and not one.finding.waived)
    return asked, tuple(one for one in held if not one.classes or one.finding.waived)
