"""Arrays that keep to facets: lengths at the bounds, items that keep to what is said of their place."""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from governance.diff.examples.facets import Facets
from governance.diff.examples.parts import Part, interleave, key

Values = Callable[[tuple[Part, ...]], Iterator[Any]]
"""The values that keep to all of some parts."""
_LONGEST: Final = 300
_OTHERS: Final = 12
"""How many values are tried at a place of a list beside the simplest."""
_PLACES: Final = 30


def lists(facets: Facets, values: Values) -> Iterator[list[Any]]:
    """Lists, the shortest first, then with another value at each place."""
    yield from interleave(_of_size(facets, size, values) for size in _sizes(facets))


def _sizes(facets: Facets) -> Iterator[int]:
    least = max(
        facets.min_items,
        max((index + 1 for index, _, _ in facets.items), default=0),
        max((count for _, count, _ in facets.contains), default=0),
        2 if facets.repeated else 0,
    )
    # An item may serve two `contains` at once, so fewer than the sum may do.
    needed = max(least, sum(count for _, count, _ in facets.contains))
    first = max((len(_first(part)) for part in facets.lists), default=0)
    wanted = [needed, needed + 1, first, first + 1, needed + 2, least]
    wanted += [facets.max_items] if facets.max_items is not None and facets.max_items <= 60 else []
    most = _LONGEST if facets.max_items is None else min(facets.max_items, _LONGEST)
    yield from (size for size in dict.fromkeys(wanted) if least <= size <= most)


def _first(part: Part) -> list[Any]:
    first = part.schema.get("prefixItems", ())
    return first if isinstance(first, list) else []


def _at(facets: Facets, index: int) -> tuple[Part, ...]:
    """What is said of the item at an index."""
    found: list[Part] = []
    covered: set[int] = set()
    for part in facets.lists:
        first = _first(part)
        if index < len(first) or "items" in part.schema:
            covered.update(part.scope)
            found.append(part.child(first[index] if index < len(first) else part.schema["items"]))
    found += [Part(other.schema, other.root) for other in facets.other_items if other.scope[-1] not in covered]
    return tuple(found)


def _of_size(facets: Facets, size: int, values: Values) -> Iterator[list[Any]]:
    # What must be somewhere is put as far to the front as it may be, then as far to the back.
    for backwards in (False, True) if facets.contains or facets.items else (False,):
        places = _asked(facets, size, backwards=backwards)
        if places is None:
            continue
        simplest = _filled(facets, places, values, {})
        if simplest is None:
            continue
        yield simplest
        yield from interleave(
            _changed(facets, places, values, index) for index in list(dict.fromkeys([*range(size)][:_PLACES]))
        )


def _changed(facets: Facets, places: list[tuple[Part, ...]], values: Values, index: int) -> Iterator[list[Any]]:
    for value in islice(values(places[index]), 1, _OTHERS):
        made = _filled(facets, places, values, {index: value})
        if made is not None:
            yield made


def _asked(facets: Facets, size: int, *, backwards: bool) -> list[tuple[Part, ...]] | None:
    """What is asked of each place of a list of that size; None where it has no room for all."""
    places = [_at(facets, index) for index in range(size)]
    free = list(range(size))
    for index, exactly, part in facets.items:
        at = index if exactly or not backwards else size - 1
        if not index <= at < size:
            return None
        places[at] = (*places[at], part)
    order = free[::-1] if backwards else free
    start = 0
    for part, least, most in facets.contains:
        if least > size:
            return None
        if start + least > size:
            start = 0
        chosen = order[start : start + least]
        start += least
        for index in free:
            if index in chosen:
                places[index] = (*places[index], part)
            elif most is not None and len(chosen) >= most:
                places[index] = (*places[index], part.opposite())
            elif most is not None:
                chosen.append(index)
    if facets.repeated and size > 1:
        both = (*places[0], *places[1])
        places[0] = places[1] = both
    return places


def _filled(facets: Facets, places: list[tuple[Part, ...]], values: Values, given: dict[int, Any]) -> list[Any] | None:
    made: list[Any] = []
    used = {key(value) for value in given.values()} if facets.unique else set()
    for index, parts in enumerate(places):
        if index in given:
            made.append(given[index])
            continue
        if facets.unique:
            value = next((v for v in islice(values(parts), _LONGEST) if key(v) not in used), _NOTHING)
            used.add(key(value) if value is not _NOTHING else "")
        else:
            value = next(values(parts), _NOTHING)
        if value is _NOTHING:
            return None
        made.append(value)
    if facets.repeated and made[0] is not made[1]:
        made[1] = made[0]
    return made


_NOTHING: Final = object()
