"""What lowering makes: definitions, what their errors mean, and what in them cannot be checked."""

from dataclasses import dataclass, field
from typing import Any

Path = tuple[str | int, ...]
"""Steps inside a lowered schema."""


@dataclass(frozen=True, slots=True)
class KeywordNotCheckable:
    """One place of a contract that cannot be checked, and why."""

    reason: str
    pointer: str


class Declined(Exception):  # noqa: N818 - the word for it: the operation is listed by `check` and answers 501
    """The compiler declines an operation. `reason` and `pointer` are those of the first place; `places` has all."""

    def __init__(self, reason: str, pointer: str, places: tuple[KeywordNotCheckable, ...] = ()) -> None:
        super().__init__(f"{reason} (at {pointer})")
        self.reason = reason
        self.pointer = pointer
        self.places = places or (KeywordNotCheckable(reason, pointer),)


@dataclass(frozen=True, slots=True)
class Note:
    """What an error at one lowered keyword means. `words` is what was expected; empty: the keyword's own words."""

    rule: str
    pointer: str
    words: str = ""


@dataclass(slots=True)
class Definition:
    """One lowered schema. `origins` and `notes` go by the path inside it."""

    key: str
    pointer: str
    schema: dict[str, Any] | bool = True
    refs: set[str] = field(default_factory=set)
    origins: dict[Path, str] = field(default_factory=dict)
    notes: dict[Path, Note] = field(default_factory=dict)
    faults: list[KeywordNotCheckable] = field(default_factory=list)
    nodes: int = 0
