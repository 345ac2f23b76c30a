"""A failing example made smaller while it fails."""

from collections.abc import Callable, Iterator
from time import monotonic
from typing import Any, Final

from governance.diff.examples.parts import key

_TRIES: Final = 300


def shrunk(value: Any, fails: Callable[[Any], bool], ends: float) -> Any:
    """The smallest value reached by steps that each still fail. `ends`: when to stop, on the monotonic clock."""
    tries = _TRIES
    progress = True
    while progress:
        progress = False
        for smaller in _smaller(value):
            tries -= 1
            if tries < 0 or monotonic() > ends:
                return value
            if fails(smaller):
                value, progress = smaller, True
                break
    return value


def _weight(value: Any) -> tuple[int, str]:
    said = key(value)
    return len(said), said


def _smaller(value: Any) -> Iterator[Any]:
    """Values a step simpler, the largest steps first."""
    if isinstance(value, dict):
        for name in value:
            yield {other: member for other, member in value.items() if other != name}
        for name, member in value.items():
            yield from ({**value, name: smaller} for smaller in _inside(member))
    elif isinstance(value, list):
        if len(value) > 2:
            yield value[: len(value) // 2]
        for i in range(min(len(value), 30)):
            yield value[:i] + value[i + 1 :]
        for i, item in enumerate(value[:30]):
            yield from ([*value[:i], smaller, *value[i + 1 :]] for smaller in _inside(item))
    else:
        yield from _scalar(value)


def _inside(value: Any) -> Iterator[Any]:
    if isinstance(value, dict | list) and value:
        yield from ({}, []) if isinstance(value, dict) else ([],)
    yield from _smaller(value)


def _scalar(value: Any) -> Iterator[Any]:
    """Plainer texts and numbers, so that a chain of steps always gets shorter or nearer to zero."""
    if isinstance(value, str):
        if len(value) > 1:
            yield from (value[: len(value) // 2], value[:-1], value[1:])
        if value and set(value) != {"a"} and len(value) <= 200:
            yield "a" * len(value)
        if value:
            yield ""
    elif not isinstance(value, bool) and value is not None:
        for plain in (0, 1, -1, 2, 10):
            if _weight(plain) < _weight(value):
                yield plain
        if isinstance(value, int) and abs(value) > 10:
            yield from (value // 2, value // 10 * 10) if value // 10 * 10 != value else (value // 2,)
