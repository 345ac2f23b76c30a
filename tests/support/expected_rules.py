"""Which rules may judge a change: read from the table of rules, by what changed."""

from collections.abc import Iterable

from governance.diff.change import Area, Effect
from governance.diff.rules.table import BY_ID
from governance.finding import Direction


def rules_for(area: Area, kinds: Iterable[str], effects: Iterable[Effect], direction: Direction) -> set[str]:
    """The ids of the rules of these places, special cases too."""
    return {
        rule.id
        for rule in BY_ID.values()
        if rule.area is area
        and direction in rule.directions
        and set(kinds) & set(rule.kinds)
        and set(effects) & set(rule.effects)
    }
