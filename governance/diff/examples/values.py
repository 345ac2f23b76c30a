"""Varied valid values of a schema, the simplest first."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from governance.diff.examples.parts import Budget, Part, Schema, SpentError
from governance.diff.examples.solver import DEPTH, Solver

_STEPS: Final = 60_000
_TRIED: Final = 10
"""So many times `most` values are tried at the most."""


class Maker:
    """Makes values of one schema. `valid` confirms each; `most` values are made, with bounded work."""

    def __init__(self, schema: Schema, *, valid: Callable[[Any], bool], most: int = 200) -> None:
        self._schema = schema
        self._valid = valid
        self._most = most

    def values(self) -> Iterator[Any]:
        """The values, none twice. Two calls give the same."""
        left = self._most
        for value in candidates((Part(self._schema, self._schema),), Budget(_STEPS), self._most * _TRIED):
            if left <= 0:
                return
            if self._valid(value):
                left -= 1
                yield value


def candidates(parts: tuple[Part, ...], budget: Budget, most: int, depth: int = DEPTH) -> Iterator[Any]:
    """Values that should keep to all parts, at most so many; fewer where the budget or the stack ends first."""
    stream = Solver(budget).candidates(parts, depth)
    for _ in range(most):
        try:
            value = next(stream)
        except (StopIteration, SpentError, RecursionError):
            return
        except (TypeError, ValueError, AttributeError, KeyError, IndexError, ArithmeticError):
            # A keyword with a value of another kind: no schema that any engine would take.
            return
        yield value
