"""The stages of a version as one table: every move from one stage to another, its conditions, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

from contracts.apis import Stage

State = Stage | Literal["absent"]
"""A stage, or `absent`: the api's file does not name the version."""

STATES: Final[tuple[State, ...]] = ("absent", "draft", "preview", "active", "deprecated", "retired")


class Condition(StrEnum):
    """What must hold for a move."""

    SUNSET_STATED = "sunset-stated"
    """A day for the end is written down."""
    NOTICE_GIVEN = "notice-given"
    """Between the announcement and the end lies the notice that the api's visibility asks for."""
    SUCCESSOR_SERVED = "successor-served"
    """A successor is named, is active, and every entity that offers the version offers it too."""
    SUNSET_PASSED = "sunset-passed"
    """The day that was announced has come."""
    SUNSET_AHEAD = "sunset-ahead"
    """A new day for the end is written down, and it is still to come."""
    NOBODY_PINNED = "nobody-pinned"
    """No consumer was promised this exact version."""
    NO_TRAFFIC = "no-traffic"
    """Nobody has called it for the days that the terms ask for."""
    GONE_LONG = "gone-long"
    """It has answered 410 for the days that the terms ask for."""
    NO_SUCCESSOR = "named-by-none"
    """No other version names it as its successor."""


@dataclass(frozen=True, slots=True)
class Move:
    """One cell of the table."""

    allowed: bool
    conditions: tuple[Condition, ...] = ()
    why: str = ""
    """Where it is not allowed: why, and what to do instead."""


def _if(*conditions: Condition) -> Move:
    return Move(allowed=True, conditions=conditions)


def _no(why: str) -> Move:
    return Move(allowed=False, why=why)


_BEGINS: Final = "a version begins as draft, preview or active"
_UNSERVED: Final = "a draft was served to nobody: take it out of the file"
_TRIED: Final = "a preview was promised to nobody: retire it, or make it active first"
_PROMISED: Final = "it was promised to callers: deprecate it first"
_ENDING: Final = "callers were told that it ends: retire it, or make it active again"
_ENDED: Final = "it has ended: make it deprecated with a new sunset, or add a new version"
_VANISHES: Final = "callers would get 404 without a word: retire it first"

TABLE: Final[Mapping[tuple[State, State], Move]] = {
    ("absent", "draft"): _if(),
    ("absent", "preview"): _if(),
    ("absent", "active"): _if(),
    ("absent", "deprecated"): _no(_BEGINS),
    ("absent", "retired"): _no(_BEGINS),
    ("draft", "absent"): _if(),
    ("draft", "preview"): _if(),
    ("draft", "active"): _if(),
    ("draft", "deprecated"): _no(_UNSERVED),
    ("draft", "retired"): _no(_UNSERVED),
    ("preview", "absent"): _no(_VANISHES),
    ("preview", "draft"): _if(Condition.NOBODY_PINNED, Condition.NO_TRAFFIC),
    ("preview", "active"): _if(),
    ("preview", "deprecated"): _no(_TRIED),
    ("preview", "retired"): _if(Condition.NOBODY_PINNED, Condition.NO_TRAFFIC),
    ("active", "absent"): _no(_VANISHES),
    ("active", "draft"): _no(_PROMISED),
    ("active", "preview"): _no(_PROMISED),
    ("active", "deprecated"): _if(Condition.SUNSET_STATED, Condition.NOTICE_GIVEN, Condition.SUCCESSOR_SERVED),
    ("active", "retired"): _no(_PROMISED),
    ("deprecated", "absent"): _no(_VANISHES),
    ("deprecated", "draft"): _no(_ENDING),
    ("deprecated", "preview"): _no(_ENDING),
    ("deprecated", "active"): _if(),
    ("deprecated", "retired"): _if(
        Condition.SUNSET_PASSED,
        Condition.NOTICE_GIVEN,
        Condition.SUCCESSOR_SERVED,
        Condition.NOBODY_PINNED,
        Condition.NO_TRAFFIC,
    ),
    ("retired", "absent"): _if(Condition.GONE_LONG, Condition.NO_SUCCESSOR, Condition.NOBODY_PINNED),
    ("retired", "draft"): _no(_ENDED),
    ("retired", "preview"): _no(_ENDED),
    ("retired", "active"): _no(_ENDED),
    ("retired", "deprecated"): _if(Condition.SUNSET_AHEAD),
}
"""By stage before and after. Everything about moves stands here; `conditions.py` knows how each condition is judged."""
