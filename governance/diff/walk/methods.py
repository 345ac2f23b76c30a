"""Operations of a path item: their order, and what each says of itself."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from governance.diff.change import NO_TRAITS, Traits
from governance.diff.walk import notes, tags
from governance.diff.walk.reading import METHODS, Node

_ORDER: Final = {method.upper(): number for number, method in enumerate(METHODS)}


def in_order(methods: Iterable[str]) -> list[str]:
    """Methods as OpenAPI lists them, others after them by name."""
    return sorted(methods, key=lambda method: (_ORDER.get(method, len(_ORDER)), method))


def traits_of(old: Node, new: Node) -> Traits:
    """The traits of an operation that one or both documents have."""
    both = (tag for node in (old, new) for tag in tags.of(node))
    return replace(notes.traits_of(old, new, NO_TRAITS), tags=tuple(sorted(set(both))))
