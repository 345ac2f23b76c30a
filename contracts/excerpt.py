"""Errors of a value too large for all of them to be told.

The engine collects every error before it gives the first, and a caller could send hundreds of thousands. That the
value departs from its schema is known before; what is here only says where.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

from contracts.engine import Engine, SchemaError, first_error

Path = tuple[str | int, ...]

_NODES: Final = 2_000
_NODES_AT_MOST: Final = 200_000
_ITEMS: Final = 25
_MEMBERS: Final = 100
_WINDOWS: Final = 400
_DEEP: Final = 6
"""So deep a value is told of whose schema is part of itself: with two branches a level, each level doubles the cost."""
# What is wrong with a part of a list or an object, however much is left out, is wrong with the whole.
_STAYS_TRUE: Final = frozenset(
    {"Type", "AdditionalProperties", "FalseSchema", "PropertyNames", "MaxItems", "MaxProperties", "UniqueItems"}
)


class Shifted:
    """An error whose place in a list was counted from the beginning of a window."""

    def __init__(self, error: SchemaError, at: int, by: int) -> None:
        path = error.instance_path
        self.instance_path: list[str | int] = [*path[:at], int(path[at]) + by, *path[at + 1 :]] if by else path
        self.schema_path = error.schema_path
        self.kind = error.kind


def is_small(value: Any, most: int = _NODES) -> bool:
    """Whether every error of the value can be collected."""
    left = most
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            left -= len(node)
            if left < 0:
                return False
            waiting.extend(child for child in _children(node) if isinstance(child, dict | list))
    return True


def errors_of(engine: Engine, value: Any, *, alternatives: bool, circular: bool) -> Iterator[SchemaError]:
    """Errors of a value that does not keep to its schema; none where none could be placed.

    `alternatives`: the schema has oneOf or anyOf, whose errors hold all errors of all branches. `circular`: it is part
    of itself, and of a deep value only what lies near is told.
    """
    if circular and _is_deep(value):
        cut = _Cut(deepest=_DEEP)
        part = cut.copy(value, ())
        yield from _true_errors(engine, part, cut.places)
        return
    if is_small(value):
        yield from engine.iter_errors(value)
        return
    cut = _Cut()
    part = cut.copy(value, ())
    found = _true_errors(engine, part, cut.places)
    if not found and not alternatives:
        found = _first(engine, value)
    yield from found or _in_longest_list(engine, value)


def all_errors(engine: Engine, value: Any, *, circular: bool) -> Iterator[SchemaError] | None:
    """Every error of a value, however long that takes; None where it could take for ever."""
    if (circular and _is_deep(value)) or not is_small(value, _NODES_AT_MOST):
        return None
    return engine.iter_errors(value)


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEP + 1):
        level = [child for node in level if isinstance(node, dict | list) for child in _children(node)]
    return any(isinstance(node, dict | list) for node in level)


def _children(node: dict[str, Any] | list[Any]) -> Sequence[Any]:
    return list(node.values()) if isinstance(node, dict) else node


class _Cut:
    """Copies a part of a value and notes where something was left out."""

    def __init__(
        self, window: list[Any] | None = None, holder: list[Any] | None = None, deepest: int | None = None
    ) -> None:
        self.places: set[Path] = set()
        self.window_path: Path = ()
        self._window = window
        self._holder = holder
        self._left = _NODES
        self._deepest = deepest

    def copy(self, value: Any, path: Path) -> Any:
        """A part of the value; the list that is the window becomes its holder."""
        if value is self._window and self._holder is not None:
            self.places.add(path)
            self.window_path = path
            return self._holder
        if self._deepest is not None and len(path) >= self._deepest and isinstance(value, dict | list) and value:
            self.places.add(path)
            return {} if isinstance(value, dict) else []
        if isinstance(value, dict):
            members: dict[str, Any] = {}
            for name, child in value.items():
                if len(members) >= _MEMBERS or self._left <= 0:
                    self.places.add(path)
                    break
                self._left -= 1
                members[name] = self.copy(child, (*path, name))
            return members
        if isinstance(value, list):
            items: list[Any] = []
            for child in value:
                if len(items) >= _ITEMS or self._left <= 0:
                    self.places.add(path)
                    break
                self._left -= 1
                items.append(self.copy(child, (*path, len(items))))
            return items
        return value


def _true_errors(engine: Engine, part: Any, cut: set[Path]) -> list[SchemaError]:
    """Errors about what was copied whole, and those that stay true."""
    around = {place[:length] for place in cut for length in range(len(place) + 1)}
    return [
        error
        for error in engine.iter_errors(part)
        if tuple(error.instance_path) not in around or type(error.kind).__name__ in _STAYS_TRUE
    ]


def _first(engine: Engine, value: Any) -> list[SchemaError]:
    error = first_error(engine, value)
    return [] if error is None else [error]


def _in_longest_list(engine: Engine, value: Any) -> Iterator[SchemaError]:
    """Looks at the longest list window by window, and narrows the first window that does not fit."""
    items = _longest(value)
    holder: list[Any] = []
    cut = _Cut(items, holder)
    part = cut.copy(value, ())
    at = len(cut.window_path)

    def fits(low: int, high: int) -> bool:
        holder[:] = items[low:high]
        return engine.is_valid(part)

    window = _window(fits, len(items))
    if window is None:
        return
    low, high = window
    inner = _Cut()
    holder[:] = [inner.copy(item, (*cut.window_path, i)) for i, item in enumerate(items[low:high])]
    for error in _true_errors(engine, part, cut.places | inner.places):
        yield Shifted(error, at, low if len(error.instance_path) > at else 0)


def _window(fits: Callable[[int, int], bool], count: int) -> tuple[int, int] | None:
    step = max(_ITEMS, count // _WINDOWS + 1)
    for start in range(0, count, step):
        low, high = start, min(start + step, count)
        if not fits(low, high):
            while high - low > _ITEMS:
                middle = (low + high) // 2
                low, high = (middle, high) if fits(low, middle) else (low, middle)
            return low, high
    return None


def _longest(value: Any) -> list[Any]:
    best: list[Any] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list) and len(node) > len(best):
            best = node
        if isinstance(node, dict | list):
            waiting.extend(child for child in _children(node) if isinstance(child, dict | list))
    return best
