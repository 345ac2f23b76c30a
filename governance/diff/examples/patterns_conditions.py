"""What patterns and lengths demand of a text, as conditions that each are a regular language."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from governance.diff.examples.patterns_syntax import (
    Characters,
    Choice,
    Edge,
    Look,
    Node,
    PatternError,
    Repeat,
    Sequence,
    parse,
    sequence,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """A text must match (`holds`) or must not match the tree, anywhere in it."""

    node: Node
    holds: bool

    def opposite(self) -> "Condition":
        """The texts that do not keep to it."""
        return Condition(self.node, not self.holds)


@lru_cache(maxsize=4096)
def demands(pattern: str) -> tuple[tuple[Condition, ...], int, int | None]:
    """The conditions of a pattern, and the least and most characters that it states apart. Raises PatternError."""
    found = _conditions(parse(pattern))
    if any(isinstance(part, Look) for condition in found for part in _walk(condition.node)):
        raise PatternError("a pattern looks ahead or behind in its middle, which is not compared")
    main, least, most = _counted(found[-1].node)
    return (*found[:-1], Condition(main, holds=True)), least, most


def _walk(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Sequence(parts):
            inner = parts
        case Choice(options):
            inner = options
        case Repeat(body) | Look(body):
            inner = (body,)
        case _:
            inner = ()
    for each in inner:
        yield from _walk(each)


def _counted(node: Node) -> tuple[Node, int, int | None]:
    """`^[a-z]{2,9}$` as `^[a-z]*$` and the lengths 2 and 9: lengths cost nothing, counted copies do."""
    match node:
        case Sequence((Edge("^"), Repeat(Characters() as body, least, most), Edge("$"))):
            return Sequence((Edge("^"), Repeat(body, 0, None), Edge("$"))), least, most
        case _:
            return node, 0, None


def _conditions(node: Node) -> tuple[Condition, ...]:
    """What a pattern demands, without the looks that stand at its very start or end.

    `^(?!A)B$` demands `^B$` and not `^A`: looks there are conditions on the whole text. Others stay in the tree.
    """
    parts = list(node.parts) if isinstance(node, Sequence) else [node]
    found: list[Condition] = []
    start, end = Edge("^"), Edge("$")
    while len(parts) > 1 and parts[0] == start and isinstance(parts[1], Look) and parts[1].ahead:
        look = parts.pop(1)
        assert isinstance(look, Look)
        found += _looked(sequence([start, look.body]), look.holds)
    while len(parts) > 1 and parts[-1] == end and isinstance(parts[-2], Look) and not parts[-2].ahead:
        look = parts.pop(-2)
        assert isinstance(look, Look)
        found += _looked(sequence([look.body, end]), look.holds)
    return (*found, Condition(sequence(parts), holds=True))


def _looked(node: Node, holds: bool) -> tuple[Condition, ...]:
    inner = _conditions(node)
    if len(inner) == 1:
        return (Condition(inner[0].node, holds == inner[0].holds),)
    return inner if holds else (Condition(node, holds=False),)
