"""Calls that a system carries out: conditions and options by OData's grammar, over declared properties only.

They get as far as a call can. What other entities have must make no difference to them, not even to a count.
"""

import random
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from isolation_attack import Aim, Attack
from isolation_words import Words

_COMPARES = ("eq", "ne", "gt", "ge", "lt", "le")
_MANY = 2500


class Condition:
    """Draws conditions. `fields`: name, `text` or else, and literals that tell foreign rows from own ones."""

    def __init__(self, draw: random.Random, fields: Sequence[Sequence[Any]], contains: str) -> None:
        self._draw = draw
        self._fields = fields
        self._contains = contains

    def text(self, depth: int = 3) -> str:
        """One, at most so deep."""
        kind = self._draw.choice(("compare", "compare", "function", "or", "or", "and", "not", "brackets", "true"))
        if depth == 0 or kind == "compare":
            return self._compare()
        if kind in ("or", "and"):
            return f"{self.text(depth - 1)} {kind} {self.text(depth - 1)}"
        if kind == "not":
            return f"not ({self.text(depth - 1)})"
        if kind == "brackets":
            return f"({self.text(depth - 1)})"
        return self._function() if kind == "function" else self._draw.choice(("1 eq 1", "true eq true", "1 eq 2"))

    def _compare(self) -> str:
        name, _, literals = self._draw.choice(self._fields)
        sides = [name, self._draw.choice(literals)]
        if self._draw.random() < 0.2:
            sides.reverse()
        return f"{sides[0]} {self._draw.choice(_COMPARES)} {sides[1]}"

    def _function(self) -> str:
        name, _, literals = self._draw.choice([field for field in self._fields if field[1] == "text"])
        literal = self._draw.choice(literals)
        which = self._draw.choice(("contains", "startswith", "endswith", "tolower", "toupper", "trim", "length"))
        if which == "contains":
            return (
                f"substringof({literal},{name})" if self._contains == "substringof" else f"contains({name},{literal})"
            )
        if which in ("startswith", "endswith"):
            return f"{which}({name},{literal})"
        return f"length({name}) gt 2" if which == "length" else f"{which}({name}) eq {literal}"


def carried_out(words: Words, aim: Aim, lists: Sequence[tuple[str, str]], records: Sequence[str]) -> Iterator[Attack]:
    """Reads. `lists`: addresses, each with what its rows are called among the words."""
    draw = random.Random(aim.entity)
    for _ in range(_MANY):
        place, of = draw.choice(lists)
        condition = Condition(draw, words(f"{of}_fields"), words("contains"))
        parts = []
        if draw.random() < 0.8:
            parts.append(f"$filter={quote(condition.text(), safe='$(),')}")
        parts += [draw.choice(values) for values in words(f"{of}_options") if draw.random() < 0.35]
        head = draw.choice(words("read_heads")) if draw.random() < 0.2 else ()
        method = draw.choice(("GET", "GET", "GET", "HEAD"))
        yield Attack("grammar", method, f"{place}?{'&'.join(parts)}", draw.choice(aim.who), head)
    for _ in range(_MANY // 5):
        place, head = draw.choice(records), draw.choice(words("read_heads"))
        options = [draw.choice(values) for values in words("record_options") if draw.random() < 0.5]
        query = f"?{'&'.join(options)}" if options else ""
        yield Attack("record", draw.choice(("GET", "HEAD")), place + query, draw.choice(aim.who), head)


def written(
    words: Words, aim: Aim, records: Sequence[tuple[str, str]], lists: Sequence[tuple[str, str]], changes: Sequence[str]
) -> Iterator[Attack]:
    """Writes whose form is right. `records` and `lists`: addresses with the word for what is sent there."""
    draw = random.Random(aim.other)
    members = words("members")
    tags = [*list(aim.tags.values())[:2], *list(aim.own_tags.values())[:2], "*"]
    for _ in range(_MANY):
        record = draw.random() < 0.6
        place, of = draw.choice(records if record else lists)
        sent = draw.choice(words(of))
        if draw.random() < 0.6:
            sent = ", ".join(draw.sample([sent, draw.choice(members)], 2))
        method = draw.choice(changes) if record else "POST"
        head = (("If-Match", draw.choice(tags)),) if record and draw.random() < 0.9 else ()
        body = None if method == "DELETE" else f"{{{sent}}}".encode()
        yield Attack("writing", method, place, aim.who[0], head, body)
