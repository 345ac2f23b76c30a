"""Values that keep to some schemas and break others, made from what the schemas say, the simplest first."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, Final

from governance.diff.examples.branches import Branches
from governance.diff.examples.facets import KINDS, Facets
from governance.diff.examples.judge import Judge
from governance.diff.examples.lists import lists
from governance.diff.examples.negation import Parts
from governance.diff.examples.objects import objects
from governance.diff.examples.parts import Budget, Part, interleave, key, size_of
from governance.diff.examples.scalars import numbers, texts

_WAYS: Final = 48
"""Ways to keep all schemas of one value at once that are tried."""
_WAYS_AT_THE_TOP: Final = 200
_MISSES: Final = 80
"""So many values in a row that the judge does not take, and a stream ends."""
_LARGEST: Final = 5_000
"""Values of more members and items than this are not made."""
_TOO_LARGE: Final = 10
"""So many misses is one that is too large."""
_NODES: Final = 3
"""So many members and items of a value make a step."""
_PATTERN: Final = 50
"""So many steps are a question about a pattern."""
DEPTH: Final = 14
"""How deep values are nested."""
_VARIED_DEPTH: Final = 8


@dataclass(slots=True)
class _Stream:
    """Values as they are asked for, kept for who asks again."""

    parts: Parts
    """Held, so that no other schema gets their identity."""
    source: Iterator[Any]
    made: list[Any] = field(default_factory=list)
    ended: bool = False

    def __iter__(self) -> Iterator[Any]:
        at = 0
        while True:
            while at < len(self.made):
                yield self.made[at]
                at += 1
            if self.ended:
                return
            for value in self.source:
                self.made.append(value)
                break
            else:
                self.ended = True


class Solver:
    """One search. Work is bounded by the budget, depth by a constant. Not thread-safe."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._judge = Judge(budget)
        self._branches = Branches(budget, self._kept)
        self._streams: dict[tuple[frozenset[tuple[int, int, bool]], int], _Stream] = {}

    def candidates(self, parts: Parts, depth: int = DEPTH) -> Iterator[Any]:
        """Values that should keep to all parts; somebody else judges them. Raises SpentError."""
        return self._made(parts, depth, lambda _: True, _WAYS_AT_THE_TOP)

    def values(self, parts: Parts, depth: int) -> Iterator[Any]:
        """Values that keep to all parts as far as the judge can say. Raises SpentError."""
        identity = frozenset((id(part.schema), id(part.root), part.holds) for part in parts), depth
        stream = self._streams.get(identity)
        if stream is None:
            stream = self._streams[identity] = _Stream(
                parts, self._made(parts, depth, partial(self._judge.fits, parts), _WAYS)
            )
        return iter(stream)

    def _made(self, parts: Parts, depth: int, fits: Callable[[Any], bool], most: int) -> Iterator[Any]:
        if depth <= 0:
            return
        seen: set[str] = set()
        misses = 0
        ways = islice(self._branches.of(parts), most)
        for value in interleave(self._of(facets, depth) for facets in ways):
            size = size_of(value, _LARGEST)
            self._budget.spend(1 + size // _NODES)
            if size >= _LARGEST:
                misses += _TOO_LARGE
                if misses > _MISSES:
                    return
                continue
            said = key(value)
            if said in seen:
                continue
            seen.add(said)
            if fits(value):
                misses = 0
                yield value
            else:
                misses += 1
                if misses > _MISSES:
                    return

    def _kept(self, facets: Facets, unwanted: Parts) -> Part | None:
        for value in self._of(facets, 2):
            return next((part for part in unwanted if not self._judge.fits((part,), value)), None)
        return unwanted[0]

    def _of(self, facets: Facets, depth: int) -> Iterator[Any]:
        if facets.allowed is not None:
            return iter(facets.allowed)
        return interleave(self._of_kind(kind, facets, depth) for kind in _ordered(facets))

    def _of_kind(self, kind: str, facets: Facets, depth: int) -> Iterator[Any]:
        def inner(parts: Parts) -> Iterator[Any]:
            self._budget.spend()
            found = self.values(parts, depth - 1)
            return found if depth > DEPTH - _VARIED_DEPTH else islice(found, 3)

        match kind:
            case "null":
                return iter((None,))
            case "boolean":
                return iter((True, False))
            case "integer" | "number":
                return numbers(facets)
            case "string":
                self._budget.spend(_PATTERN * (len(facets.patterns) + len(facets.no_patterns)))
                return texts(facets)
            case "array":
                return iter(lists(facets, inner))
            case _:
                return objects(facets, inner, self._judge.fits, self._budget)


def _ordered(facets: Facets) -> list[str]:
    """The kinds of which something is said first; then the plain ones."""
    said = {
        "object": facets.objects or facets.required or facets.members or facets.min_properties or facets.others,
        "array": facets.lists or facets.contains or facets.items or facets.min_items,
        "string": facets.patterns or facets.formats or facets.min_length or facets.max_length is not None,
        "integer": facets.low or facets.high or facets.steps,
    }
    kinds: list[str] = sorted((kind for kind in KINDS if kind in facets.kinds), key=lambda kind: not said.get(kind))
    if "fraction" in kinds:
        kinds.remove("fraction")
        if "integer" not in kinds:
            return [*kinds, "number"]
        kinds[kinds.index("integer")] = "number"
    return kinds
