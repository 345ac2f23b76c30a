"""What can be found about the life of versions: by id how much it weighs, why, and what to do."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from governance.finding import Severity


@dataclass(frozen=True, slots=True)
class LifeRule:
    """One kind of finding about the life of a version."""

    severity: Severity
    reason: str
    """Why it is judged so."""
    do: str
    """What its owner does about it."""


_BREAKING, _WARNING, _INFO = Severity.BREAKING, Severity.WARNING, Severity.INFO

RULES: Final[Mapping[str, LifeRule]] = {
    "lifecycle-notice-short": LifeRule(
        _BREAKING,
        "Callers plan by the notice that they were promised.",
        "Write a later `sunset`, or have a waiver decided.",
    ),
    "lifecycle-sunset-missing": LifeRule(
        _WARNING,
        "Nobody can plan for an end without a date.",
        "Add `sunset`.",
    ),
    "lifecycle-successor-missing": LifeRule(
        _WARNING,
        "Callers are told to leave and not where to go.",
        "Add `successor`.",
    ),
    "lifecycle-successor-unknown": LifeRule(
        _BREAKING,
        "Callers are shown the way to a version that is not there.",
        "Name a version of the same api.",
    ),
    "lifecycle-successor-retired": LifeRule(
        _BREAKING,
        "Callers are shown the way to a version that answers 410.",
        "Name one that is served.",
    ),
    "lifecycle-successor-not-served": LifeRule(
        _WARNING,
        "Callers are shown the way to a version that nobody is served.",
        "Make the successor `active`, and have an entity offer it.",
    ),
    "lifecycle-successor-older": LifeRule(
        _INFO,
        "Who moves now would have to move again.",
        "Name the newest active version.",
    ),
    "lifecycle-newest-deprecated": LifeRule(
        _WARNING,
        "Callers without a choice are served an older version than the one that is on its way out.",
        "Make a newer version `active`, or say so with a waiver.",
    ),
    "lifecycle-none-active": LifeRule(
        _WARNING,
        "Every version of the api is on its way out.",
        "Make a version `active`, or retire the api.",
    ),
    "lifecycle-deprecation-due": LifeRule(
        _WARNING,
        "Callers are told that it is deprecated, and its stage says that it is not.",
        "Write `stage: deprecated`, or a later date.",
    ),
    "lifecycle-sunset-near": LifeRule(
        _WARNING,
        "The end is near, and what it needs does not hold yet.",
        "See to it that the conditions hold, or write a later `sunset`.",
    ),
    "lifecycle-sunset-passed": LifeRule(
        _WARNING,
        "Its end was announced for a day that has passed, and it is served all the same.",
        "Retire it once the conditions hold, or write a later `sunset`.",
    ),
    "lifecycle-pinned": LifeRule(
        _WARNING,
        "A consumer was promised this exact version, and it is on its way out.",
        "Agree on another version with the consumer's owner.",
    ),
    "lifecycle-move-not-allowed": LifeRule(
        _BREAKING,
        "The table of stages has no such move.",
        "Take one of the moves that the table has.",
    ),
    "lifecycle-condition-fails": LifeRule(
        _BREAKING,
        "The move has a condition, and it does not hold.",
        "Make it hold, or have a waiver decided.",
    ),
    "lifecycle-condition-unknown": LifeRule(
        _WARNING,
        "The move has a condition, and nobody can tell whether it holds.",
        "A person decides.",
    ),
    "lifecycle-sunset-earlier": LifeRule(
        _BREAKING,
        "A day that callers were told is made an earlier one, sooner than the notice allows.",
        "Keep the day that was announced, or leave the notice from today on.",
    ),
    "lifecycle-sunset-withdrawn": LifeRule(
        _WARNING,
        "A day that callers were told is told no more.",
        "Write a `sunset`, or make the version `active` again.",
    ),
    "lifecycle-deprecation-backdated": LifeRule(
        _WARNING,
        "A date in the past is written after the fact: nobody was told then. The notice counts from today.",
        "Keep the date that was announced; a new one is today or later.",
    ),
    "lifecycle-successor-withdrawn": LifeRule(
        _BREAKING,
        "Callers were shown where to go, and are shown it no more.",
        "Keep a successor.",
    ),
    "lifecycle-terms-weaker": LifeRule(
        _BREAKING,
        "A notice or a waiting time was made shorter in the change that is judged.",
        "Decide it in a change of its own.",
    ),
}  # fmt: skip
