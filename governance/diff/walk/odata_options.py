"""What OData adds to an operation: query options by their names, and `x-odata`, which narrows what they may name."""

from typing import Any, Final

from contracts.odata_query.extension import NAME
from contracts.odata_query.names import READ, REFUSED
from governance.diff.change import Area, Effect, Traits
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.reading import Node

_LISTS: Final = {"filterable": "$filter", "sortable": "$orderby", "expandable": "$expand"}
_NUMBERS: Final = ("maxExpandDepth", "maxPageSize")


def is_option(key: tuple[str, str], traits: Traits) -> bool:
    """Whether a parameter is a query option of OData: those are never asked for, and say more than a parameter."""
    return key[0] == "query" and not traits.required and (key[1] in READ or key[1] in REFUSED)


def compare_extension(comparison: Comparison, operation: Two, around: Around) -> None:
    """`x-odata` of an operation, as what it allows; nothing stated allows what the answer's schema states."""
    two = operation.child(NAME)
    if two.old.value is two.new.value:
        return
    inside = around.inside(NAME)
    for key, option in _LISTS.items():
        _names(comparison, key, option, two.child(key), inside)
    for key in _NUMBERS:
        _number(comparison, key, two.child(key), inside)


def _names(comparison: Comparison, key: str, option: str, two: Two, around: Around) -> None:
    old, new = ({item.value for item in node.items() if isinstance(item.value, str)} for node in (two.old, two.new))
    stated = [isinstance(node.value, list) for node in (two.old, two.new)]
    if stated[0] != stated[1]:
        effect = Effect.NARROWS if stated[1] else Effect.WIDENS
    elif old == new:
        return
    else:
        effect = Effect.NARROWS if new < old else Effect.WIDENS if new > old else Effect.CHANGES
    shown = [sorted(names) if held else None for names, held in zip((old, new), stated, strict=True)]
    inside = around.inside("", key)
    comparison.state(
        Area.ODATA, key, effect, around.sent, two, inside, old=shown[0], new=shown[1], subject=f"names in {option}"
    )


def _number(comparison: Comparison, key: str, two: Two, around: Around) -> None:
    old, new = _whole(two.old), _whole(two.new)
    if old == new:
        return
    if old is None or new is None:
        effect = Effect.NARROWS if old is None else Effect.WIDENS
    else:
        effect = Effect.NARROWS if new < old else Effect.WIDENS
    comparison.state(
        Area.ODATA, key, effect, around.sent, two, around.inside("", key), old=old, new=new, subject=f"{NAME} {key}"
    )


def _whole(node: Node) -> int | None:
    value: Any = node.value
    return value if isinstance(value, int) and not isinstance(value, bool) else None
