"""Which operation of the new document is which of the old one: paths by their text, then by position and shape.

Where the base path moved into the paths or out of them, whole addresses are compared.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from contracts import odata
from contracts.templates import InvalidTemplateError, read_template
from governance.diff.walk.reading import Node, Reading

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_KEYS: Final = re.compile(r"\([^()/]*\)")


@dataclass(frozen=True, slots=True)
class Item:
    """One path item with its operations by method."""

    path: str
    at: str
    members: Mapping[str, Node]
    operations: Mapping[str, Node]
    address: str
    """The path with the base path before it where whole addresses are compared."""

    def member(self, key: str) -> Node:
        """A member, or the item's place."""
        return self.members.get(key, Node(None, self.at))


@dataclass(slots=True)
class Matched:
    """Two path items that stand for the same addresses, with the methods that are the same operations."""

    old: Item
    new: Item
    methods: list[str] = field(default_factory=list)
    other_keys: bool = False
    """Whether only the keys in brackets (OData) differ."""


@dataclass(slots=True)
class Pairing:
    """All path items of both documents."""

    matched: list[Matched]
    removed: list[tuple[Item, list[str]]]
    """Items with the methods that have no partner."""
    added: list[tuple[Item, list[str]]]


def items(reading: Reading, holder: Node, prefix: str = "") -> list[Item]:
    """The path items that a mapping holds, sorted by name."""
    found = []
    for path in sorted(key for key in holder.members if isinstance(key, str) and not key.startswith("x-")):
        node = holder.child(path)
        members = reading.path_item(node)
        found.append(Item(path, node.at, members, reading.operations(members), prefix + path))
    return found


def paths_of(old: Reading, new: Reading, bases: tuple[str, str]) -> Pairing:
    """The path items under `paths` of both documents; `bases` are their base paths, without a slash at the end."""
    plain = pair(_under_paths(old), _under_paths(new))
    if bases[0] == bases[1]:
        return plain
    whole = pair(_under_paths(old, bases[0]), _under_paths(new, bases[1]))
    return whole if _size(whole) > _size(plain) else plain


def _under_paths(reading: Reading, prefix: str = "") -> list[Item]:
    holder = reading.child(reading.root, "paths")
    return items(reading, holder, prefix) if holder.there else []


def _size(pairing: Pairing) -> int:
    return sum(len(matched.methods) for matched in pairing.matched)


def pair(old: list[Item], new: list[Item]) -> Pairing:
    """Pair items by text, by shape, and at last by all but the keys in brackets; operations by method."""
    matched: dict[tuple[str, str], Matched] = {}
    left = [{item.path: list(item.operations) for item in side} for side in (old, new)]

    def take(one: Item, other: Item, methods: Iterable[str], *, other_keys: bool = False) -> None:
        found = matched.setdefault((one.path, other.path), Matched(one, other, other_keys=other_keys))
        for method in methods:
            found.methods.append(method)
            left[0][one.path].remove(method)
            left[1][other.path].remove(method)

    by_address = {item.address: item for item in new}
    for item in old:
        other = by_address.get(item.address)
        if other is not None:
            take(item, other, [method for method in item.operations if method in other.operations])
    for alike, other_keys in ((shape, False), (_blind, True)):
        groups = _grouped(new, alike, left[1])
        for item in old:
            for method in list(left[0][item.path]):
                partners = groups.get((alike(item.address), method), [])
                if partners:
                    take(item, partners.pop(0), [method], other_keys=other_keys)
    _without_operations(old, new, matched)
    known = [{one for one, _ in matched}, {other for _, other in matched}]
    removed, added = (
        [(item, left[n][item.path]) for item in side if left[n][item.path] or item.path not in known[n]]
        for n, side in enumerate((old, new))
    )
    return Pairing([matched[key] for key in sorted(matched)], removed, added)


def _grouped(
    new: list[Item], alike: Callable[[str], Hashable], left: Mapping[str, list[str]]
) -> dict[tuple[Hashable, str], list[Item]]:
    groups: dict[tuple[Hashable, str], list[Item]] = {}
    for item in new:
        for method in left[item.path]:
            groups.setdefault((alike(item.address), method), []).append(item)
    return groups


def _without_operations(old: list[Item], new: list[Item], matched: dict[tuple[str, str], Matched]) -> None:
    """Items of one shape that have no operation in common are still the same path."""
    taken = {other for _, other in matched}
    free = {shape(item.address): item for item in reversed(new) if item.path not in taken}
    known = {one for one, _ in matched}
    for item in old:
        other = free.get(shape(item.address)) if item.path not in known else None
        if other is not None:
            matched[item.path, other.path] = Matched(item, other)
            del free[shape(item.address)]


def shape(path: str) -> Hashable:
    """Equal for templates that take the same paths."""
    try:
        return read_template(path).shape
    except InvalidTemplateError:
        return plain_names(path)


def _blind(path: str) -> Hashable:
    """As `shape`, without what stands in brackets after a name; the path itself where that holds no parameter."""
    found = _KEYS.sub(lambda keys: "()" if "{" in keys[0] else keys[0], path)
    return (plain_names(found),) if found != path else (path, None)


def plain_names(path: str) -> str:
    """The path without the names of its parameters."""
    return _PARAMETER.sub("{}", path)


def renamed(old: str, new: str) -> dict[str, str]:
    """The new names of path parameters by their old ones, for templates of one shape."""
    before, after = _names(old), _names(new)
    return dict(zip(before, after, strict=True)) if len(before) == len(after) else {}


def _names(path: str) -> list[str]:
    """The parameters in an order that does not depend on the order of named keys."""
    found: list[str] = []
    for segment in path.split("/"):
        read = odata.read_template(segment)
        if read is None:
            found += _PARAMETER.findall(segment)
            continue
        keys = [item.name for item in read[0].items if item.form != "constant"]
        found += [name for _, name in sorted(zip(keys, read[1], strict=True), key=lambda both: both[0])]
    return found


def keys_of(path: str) -> str:
    """What stands in brackets in a path: `('{id}')`."""
    return "".join(_KEYS.findall(path))
