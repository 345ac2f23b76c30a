"""Two states of a workspace and the decisions -> every change with who decided on it."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.trust.signed import Signed
from governance.board_rules import BoardRules
from governance.changes.state import State
from governance.changes.whole import Whole, compare_states, waived
from governance.release.covering import Ground, Ruling, rule_on
from governance.waiver_changes import terms_of
from governance.waiver_files import FOLDER, Decided


@dataclass(frozen=True, slots=True)
class Ruled:
    """Every change, what waivers let pass, and who decided."""

    whole: Whole
    rulings: tuple[Ruling, ...]


def rule(
    base: State | None, new: State, decisions: Sequence[Signed], ground: Ground, at: dt.date, *,
    waivers_at: dt.date | None = None, progress: Callable[[str], None] | None = None,
) -> Ruled:  # fmt: skip
    """Compare and rule, by the base's rules and waivers. `at` is held against sunsets, `waivers_at` against waivers.

    A waiver that is new or edited lets nothing pass until a decision covers its file.
    """
    compared = compare_states(base, new, at, progress)
    rules = base.board if base is not None else BoardRules()
    day = waivers_at or at
    held = _kept(base, new)
    whole = waived(compared, held, day)
    rulings = rule_on(whole.changes, decisions, ground, rules)
    covered = {one.change.name for one in rulings if one.decided_by is not None}
    decided = [one for one in new.waivers if one not in held and f"{FOLDER}/{one.name}.yaml" in covered]
    if decided:
        names = {one.name for one in decided}
        whole = waived(compared, [*(one for one in held if one.name not in names), *decided], day)
        rulings = rule_on(whole.changes, decisions, ground, rules)
    return Ruled(whole, rulings)


def _kept(base: State | None, new: State) -> list[Decided]:
    """The base's waivers that the newer state has still, on the same terms."""
    now = {one.name: terms_of(one.waiver) for one in new.waivers}
    return [one for one in base.waivers if now.get(one.name) == terms_of(one.waiver)] if base is not None else []
