"""What a decision must name so that the gate lets a change pass, held against no release."""

from gateway.trust.decision import About
from governance.gate.verdict import GateVerdict
from governance.release.covering import Ruling


def about_of(verdict: GateVerdict, *, covered_too: bool = False) -> About | None:
    """The digests of all that no decision covers; None for nothing.

    `covered_too`: of all that changed, as somebody needs who takes an approval back. It names no base, so it counts for
    the gate, and no release rests on it.
    """
    rulings: tuple[Ruling, ...] = verdict.rulings if covered_too else verdict.undecided
    changes = [one.change for one in rulings]
    if not changes:
        return None
    return About(
        contracts={one.name: one.digest for one in changes if one.kind == "contract"},
        files={one.name: one.digest for one in changes if one.kind == "file"},
    )
