"""The outcome of the gate: each change, who decides on it, what was decided, and what was not looked at."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.release_file import AUTOMATIC
from governance.board_rules import BoardRules, ChangeClass
from governance.changes.changed import Point
from governance.finding import Finding
from governance.placed import Placed
from governance.release.covering import Ruling
from governance.waiver_files import Decided


@dataclass(frozen=True, slots=True)
class Made:
    """How a verdict was made: what a reader needs to make it again."""

    base: str
    """The base as it was named, with its identity."""
    base_digest: str
    """A commit, or the digest of a release or of what is served."""
    workspace_digest: str
    """Of what was judged, as a gateway loads it."""
    environment: str | None
    """None where every environment's file was judged as it stands."""
    rule_set: str
    """The rule set of lint, of the base."""
    version: str
    """Of Tidewaiter."""
    trust: str
    """Which trust root decided whose signatures count, in words; why not, where there is none."""
    development: bool
    """Whether that is a development root, which vouches for nobody."""
    register_length: int
    seconds: float
    operations: int
    """How many operations, each on each offer, were compiled and self-tested: those of which something changed."""


@dataclass(frozen=True, slots=True)
class GateVerdict:
    """A working tree held against a base."""

    workspace: str
    """Its name."""
    at: date
    rulings: tuple[Ruling, ...]
    """Every change with who must decide, and who did."""
    rules: BoardRules
    """The base's."""
    waivers: tuple[Decided, ...]
    """Those by which something was let pass."""
    about_waivers: tuple[Placed, ...]
    made: Made
    notes: tuple[str, ...] = ()
    """What a reader has to know besides."""

    @property
    def undecided(self) -> tuple[Ruling, ...]:
        """Changes that lack their decision."""
        return tuple(one for one in self.rulings if one.decided_by is None)

    @property
    def automatic(self) -> tuple[Ruling, ...]:
        """Changes on which nobody need decide."""
        return tuple(one for one in self.rulings if one.decided_by == AUTOMATIC)

    @property
    def decided(self) -> tuple[Ruling, ...]:
        """Changes that somebody decided on."""
        return tuple(one for one in self.rulings if one.decided_by not in (None, AUTOMATIC))

    @property
    def exit_code(self) -> int:
        """0: every change is automatic or decided; 1 otherwise."""
        return int(bool(self.undecided))

    @property
    def due(self) -> date:
        """By when a decision is due, counted from the day of this verdict."""
        return self.at + timedelta(days=self.rules.unanswered.after_days)

    @property
    def counts(self) -> Mapping[ChangeClass, int]:
        """How many changes do what; one change may do several things."""
        found = Counter(kind for one in self.rulings for kind in one.change.classes)
        return {kind: found[kind] for kind in ChangeClass}

    def waived(self, ruling: Ruling) -> tuple[Finding, ...]:
        """What a waiver lets pass in one change."""
        return tuple(point.finding for point in ruling.change.noted if point.finding.waived)

    def find(self, fingerprint: str) -> tuple[tuple[Ruling, Point], ...]:
        """Findings by the beginning of their fingerprint, with the change that each is of."""
        return tuple(
            (ruling, point)
            for ruling in self.rulings
            for point in (*ruling.change.points, *ruling.change.noted)
            if point.finding.fingerprint.startswith(fingerprint)
        )
