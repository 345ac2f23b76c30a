"""How a key's change is read: which rule it is of, by what was added, taken out, raised or lowered."""

from collections.abc import Callable, Sequence
from typing import Any

from governance.changes.fields.leaf import MISSING, Leaf

Reading = Callable[[Leaf], str]
"""A change of one key -> the id of the rule that it is of."""


def always(rule: str) -> Reading:
    """Whatever the change is."""
    return lambda _: rule


def entries(*, added: str, removed: str, changed: str = "setting-changed") -> Reading:
    """By whether something is new there, gone, or says something else."""

    def read(leaf: Leaf) -> str:
        if leaf.old is MISSING or leaf.old is None:
            return added
        return removed if leaf.new is MISSING or leaf.new is None else changed

    return read


def number(*, raised: str, lowered: str, unbounded_is_more: bool = True) -> Reading:
    """By which of two numbers is larger; where there is none, there is no bound."""

    def read(leaf: Leaf) -> str:
        old, new = _number(leaf.old), _number(leaf.new)
        if old is None or new is None:
            more = new is None
            return raised if more == unbounded_is_more else lowered
        return raised if new > old else lowered

    return read


def ranked(order: Sequence[str], *, up: str, down: str) -> Reading:
    """By the place of two words in an order; what is not in it stands first."""

    def read(leaf: Leaf) -> str:
        place = {word: index for index, word in enumerate(order)}
        return up if place.get(str(leaf.new), -1) > place.get(str(leaf.old), -1) else down

    return read


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
