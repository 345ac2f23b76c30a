"""The search for a failing example: a value that the sender may send and the receiver refuses."""

from collections.abc import Callable, Iterator
from itertools import chain
from time import monotonic
from typing import Any, Final

from governance.diff.examples.parts import Budget, Part, Schema
from governance.diff.examples.shrink import shrunk
from governance.diff.examples.values import candidates

_STEPS: Final = 40_000
_OTHER_STEPS: Final = 10_000
_TRIED: Final = 5
"""So many times `most` values are tried at the most."""


class NotFound:
    """No value was found, which proves nothing."""

    def __repr__(self) -> str:
        return "NOT_FOUND"

    def __bool__(self) -> bool:
        return False


NOT_FOUND: Final = NotFound()


def failing(
    sender: Schema,
    receiver: Schema,
    *,
    valid: Callable[[Any], bool],
    accepted: Callable[[Any], bool],
    most: int = 400,
    deadline_seconds: float = 0.3,
) -> Any:
    """A small value that is valid for the sender and not accepted by the receiver, or NOT_FOUND.

    At most `most` valid values are put to the receiver. The work is bounded by steps, so that the answer is the same
    on each run; the deadline is there for machines that are slower than any we know.
    """
    ends = monotonic() + deadline_seconds
    left = most

    def fails(value: Any) -> bool:
        return valid(value) and not accepted(value)

    for value in _candidates(sender, receiver, most * _TRIED, ends):
        if monotonic() > ends or left <= 0:
            break
        if not valid(value):
            continue
        left -= 1
        if not accepted(value):
            return shrunk(value, fails, ends)
    return NOT_FOUND


def _candidates(sender: Schema, receiver: Schema, most: int, ends: float) -> Iterator[Any]:
    """First what should keep to the one and break the other, then whatever keeps to the one."""
    keeps, breaks = Part(sender, sender), Part(receiver, receiver, holds=False)
    return chain(
        candidates((keeps, breaks), Budget(_STEPS, ends), most),
        candidates((keeps,), Budget(_OTHER_STEPS, ends), most),
        candidates((keeps, breaks.opposite()), Budget(_OTHER_STEPS, ends), most),
    )
