"""Two operations that are one: everything that they state themselves."""

from typing import Final

from governance.diff.change import Area
from governance.diff.walk import bodies, callbacks, notes, odata_options, parameters, responses, tags
from governance.diff.walk.facts import Around, Comparison, Two
from governance.diff.walk.paths import Item
from governance.finding import Direction

_NONE: Final = Direction.NONE


def compare(
    comparison: Comparison,
    items: tuple[Item, Item],
    two: Two,
    around: Around,
    names: dict[str, str] | None = None,
    *,
    other_keys: bool = False,
) -> None:
    """Two operations that are one; security and servers are compared apart, since they come from outside as well."""
    for kind in ("operationId", "externalDocs"):
        comparison.value(Area.OPERATION, kind, _NONE, two.child(kind), around)
    notes.described(comparison, Area.OPERATION, _NONE, two, around)
    notes.deprecation(comparison, Area.OPERATION, _NONE, two, around)
    notes.dates(comparison, Area.OPERATION, _NONE, two, around)
    tags.compare_uses(comparison, two, around)
    odata_options.compare_extension(comparison, two, around)
    parameters.compare(comparison, items, two, around, names or {}, other_keys=other_keys)
    bodies.compare(comparison, two, around)
    responses.compare(comparison, two, around)
    callbacks.compare(comparison, two, around, compare)
