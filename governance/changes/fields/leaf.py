"""Two files of one kind -> the keys that say something else, lists by what tells their entries apart."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.written import pointer_to


class _Missing:
    """What stands where nothing is said."""

    def __repr__(self) -> str:
        """For messages of tests."""
        return "MISSING"


MISSING: Final = _Missing()
ENTRY: Final = "[]"
"""Stands in a path for an entry of a list, which has no name of its own."""

_TOLD_APART: Final[Mapping[str, tuple[str, ...]]] = {
    "offers": ("contract",),
    "credentials": ("type", "id", "issuer", "claim"),
    "known": ("document", "rule", "fingerprint"),
}
"""By the key that holds a list of entries: the keys by which an entry is the same in two files."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One thing that is said otherwise. `old` or `new` is MISSING where only one file says it."""

    path: tuple[str, ...]
    """Keys from the top, `[]` for an entry of a list."""
    pointer: str
    """JSON pointer into the newer tree; into the older one where the newer has no such place."""
    in_new: bool
    old: Any
    new: Any
    entry: str = ""
    """What tells the entry of a list apart, for readers."""


def differences(old: Any, new: Any) -> Iterator[Leaf]:
    """Every key that differs between two trees of JSON, as deep as both have it."""
    yield from _between(old, new, (), (), (), "")


def _between(
    old: Any, new: Any, path: tuple[str, ...], before: tuple[str | int, ...], after: tuple[str | int, ...], entry: str
) -> Iterator[Leaf]:
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys((*old, *new)):
            below = (*path, key), (*before, key), (*after, key)
            yield from _between(old.get(key, MISSING), new.get(key, MISSING), *below, entry)
    elif _is_same(old, new):
        return
    elif isinstance(old, list) and isinstance(new, list) and path:
        yield from _lists(old, new, path, before, after, entry)
    else:
        in_new = new is not MISSING
        yield Leaf(path, pointer_to(*(after if in_new else before)), in_new, old, new, entry)


def _lists(
    old: list[Any], new: list[Any], path: tuple[str, ...], before: tuple[str | int, ...], after: tuple[str | int, ...],
    entry: str,
) -> Iterator[Leaf]:  # fmt: skip
    keys = _TOLD_APART.get(path[-1])
    was, now = _by_identity(old, keys), _by_identity(new, keys)
    is_nameless = keys is None and any(isinstance(one, dict | list) for one in (*old, *new))
    if is_nameless or len(was) < len(old) or len(now) < len(new):
        # Of two entries that cannot be told apart, one would hide what the other says.
        yield Leaf(path, pointer_to(*after), in_new=True, old=old, new=new, entry=entry)
        return
    for identity in dict.fromkeys((*was, *now)):
        (index, one), (place, other) = was.get(identity, (0, MISSING)), now.get(identity, (0, MISSING))
        below = (*path, ENTRY), (*before, index), (*after, place)
        yield from _between(one, other, *below, f"{entry} {' '.join(identity)}".strip())


def _by_identity(entries: list[Any], keys: tuple[str, ...] | None) -> dict[tuple[str, ...], tuple[int, Any]]:
    return {_identity(one, keys): (index, one) for index, one in enumerate(entries)}


def _identity(one: Any, keys: tuple[str, ...] | None) -> tuple[str, ...]:
    if keys is None or not isinstance(one, dict):
        return (str(one),)
    return tuple(str(one[key]) for key in keys if one.get(key) is not None)


def _is_same(old: Any, new: Any) -> bool:
    """`1` and `true` are two things."""
    return type(old) is type(new) and bool(old == new)
