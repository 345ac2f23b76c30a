"""How long a text that matches a pattern can be, and which patterns cost more than linear time elsewhere."""

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
)


@lru_cache(maxsize=4096)
def longest_text(pattern: str) -> int | None:
    """The most characters of a text that the whole pattern matches; None where there is no end, or it is not known."""
    try:
        node = parse(pattern)
    except (PatternError, RecursionError):
        return None
    options = node.options if isinstance(node, Choice) else (node,)
    lengths = [_whole(option) for option in options]
    found = [length for length in lengths if length is not None]
    return max(found) if len(found) == len(lengths) else None


def _whole(node: Node) -> int | None:
    """Of an alternative that is anchored at both ends."""
    if isinstance(node, Choice):
        lengths = [_whole(option) for option in node.options]
        found = [length for length in lengths if length is not None]
        return max(found) if len(found) == len(lengths) else None
    parts = node.parts if isinstance(node, Sequence) else (node,)
    if len(parts) < 2 or parts[0] != Edge("^") or parts[-1] != Edge("$"):
        return None
    return _length(node)


def _length(node: Node) -> int | None:
    match node:
        case Characters():
            return 1
        case Edge() | Look():
            return 0
        case Repeat(body, _, most):
            inner = _length(body)
            if most == 0 or inner == 0:
                return 0
            return None if most is None or inner is None else most * inner
        case Sequence(parts):
            lengths = [_length(part) for part in parts]
            known = [length for length in lengths if length is not None]
            return sum(known) if len(known) == len(lengths) else None
        case Choice(options):
            lengths = [_length(option) for option in options]
            known = [length for length in lengths if length is not None]
            return max(known, default=0) if len(known) == len(lengths) else None
