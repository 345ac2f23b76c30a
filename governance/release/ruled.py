"""Two states of a workspace and the decisions -> every change with who decided on it, and what of that ends."""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from gateway.ending import Ending
from gateway.release_file import AUTOMATIC
from gateway.trust.signed import Signed
from governance.board_rules import BoardRules
from governance.changes.changed import Changed
from governance.changes.state import State
from governance.changes.whole import Whole, compare_states, waived
from governance.release.covering import Ground, Ruling, rule_on
from governance.release.ending import Carried, carried, ends_of, stopping_nothing, with_ends, without_ends
from governance.waiver_changes import terms_of
from governance.waiver_files import FOLDER, Decided


@dataclass(frozen=True, slots=True)
class Ruled:
    """Every change, what waivers let pass, and who decided."""

    whole: Whole
    rulings: tuple[Ruling, ...]
    ends: tuple[Ending, ...] = ()
    """What is let until a moment, by what is decided here or was before."""
    renewable: tuple[Changed, ...] = ()
    """What was let until a moment that has not come, and can be decided anew already."""


def rule(
    base: State | None, new: State, decisions: Sequence[Signed], ground: Ground, at: dt.date, *,
    waivers_at: dt.date | None = None, progress: Callable[[str], None] | None = None, ends: Sequence[Ending] = (),
    renewed: frozenset[tuple[str, str]] | None = None,
) -> Ruled:  # fmt: skip
    """Compare and rule, by the base's rules and waivers. `at` is held against sunsets, `waivers_at` against waivers.

    A waiver that is new or edited lets nothing pass until a decision covers its file. `ends` are the base's: what has
    ended needs a new decision, the rest is carried on where nobody decided anew. `renewed` says which of it was, where
    that is known.
    """
    compared = compare_states(base, new, at, progress)
    rules = base.board if base is not None else BoardRules()
    day = waivers_at or at
    held = _kept(base, new)
    kept = carried(ends, new, ground.now, renewed)
    whole, rulings, renewable = _ruled(waived(compared, held, day), kept, base, new, decisions, ground, rules)
    covered = {one.change.name for one in rulings if one.decided_by is not None}
    decided = [one for one in new.waivers if one not in held and f"{FOLDER}/{one.name}.yaml" in covered]
    if decided:
        names = {one.name for one in decided}
        whole = waived(compared, [*(one for one in held if one.name not in names), *decided], day)
        whole, rulings, renewable = _ruled(whole, kept, base, new, decisions, ground, rules)
    ending = ends_of(rulings, decisions, whole.in_force, kept, base, new)
    if idle := stopping_nothing(rulings, decisions, ending):
        rulings = tuple(
            replace(one, decided_by=None, why_not=(idle[one.decided_by],)) if one.decided_by in idle else one
            for one in rulings
        )
    return Ruled(whole, rulings, ending, renewable)


def _ruled(
    whole: Whole, kept: Carried, base: State | None, new: State, decisions: Sequence[Signed], ground: Ground,
    rules: BoardRules,
) -> tuple[Whole, tuple[Ruling, ...], tuple[Changed, ...]]:  # fmt: skip
    """With what was let until a moment: nobody need decide on it before, but may."""
    rulings: list[Ruling] = []
    renewable: list[Changed] = []
    for one in rule_on(with_ends(whole.changes, kept, base, new), decisions, ground, rules):
        renews = one.decided_by not in (None, AUTOMATIC) and kept.is_renewed(one.change)
        if not kept.of(one.change) or renews or kept.has_ended(one.change):
            rulings.append(one)
            continue
        renewable.append(one.change)
        left = without_ends(one.change)
        rulings += rule_on([left], decisions, ground, rules) if left is not None else ()
    return replace(whole, changes=tuple(one.change for one in rulings)), tuple(rulings), tuple(renewable)


def _kept(base: State | None, new: State) -> list[Decided]:
    """The base's waivers that the newer state has still, on the same terms."""
    now = {one.name: terms_of(one.waiver) for one in new.waivers}
    return [one for one in base.waivers if now.get(one.name) == terms_of(one.waiver)] if base is not None else []
