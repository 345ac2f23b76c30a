"""Deprecation, sunset and stability: the same rules for operations, parameters and properties."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.diff.change import Area, Change
from governance.diff.lifecycle import level_of, promise_ended, promise_stands, sunset_of, unreadable
from governance.diff.rules.writing import ADDS, CHANGES, REMOVES, VALUE, B, I, W
from governance.diff.wording import says, valued
from governance.finding import Direction, Severity
from governance.rules import Example, Rule

Made = Callable[[Mapping[str, Any]], Any]
"""Makes a document, or a schema, whose thing has these fields."""
PAST: Final = "2024-01-31"
LATER: Final = "2099-01-31"
LATEST: Final = "2099-12-31"


def lifecycle(area: Area, prefix: str, directions: tuple[Direction, ...], made: Made, form: str) -> tuple[Rule, ...]:
    """The rules of one kind of thing; ids begin with `prefix`."""

    def example(before: Mapping[str, Any], after: Mapping[str, Any]) -> Example:
        return Example(made(before), made(after), form)

    def dated(day: str) -> dict[str, Any]:
        return {"deprecated": True, "x-sunset": day}

    return (
        *deprecation(area, prefix, directions, made, form),
        Rule(
            f"{prefix}-sunset-set", area, ("sunset",), ADDS, directions, I, I, I,
            exposes=False,
            reason="A day is announced from which on it may be gone.",
            do="You must move away from it until that day.",
            example=example({"deprecated": True}, dated(LATER)),
            message=valued("x-sunset"),
        ),
        Rule(
            f"{prefix}-sunset-removed", area, ("sunset",), REMOVES, directions, B, B, I,
            exposes=False,
            reason="It stays deprecated, and the day until which it was promised is withdrawn.",
            do="Ask until when you may rely on it.",
            example=example(dated(LATER), {"deprecated": True}),
            message=valued("x-sunset"),
        ),
        Rule(
            f"{prefix}-sunset-withdrawn", area, ("sunset",), REMOVES, directions, I, I, I,
            exposes=False,
            reason="It is not deprecated any more, so that no day is needed.",
            do="Nothing; you may rely on it again.",
            example=example(dated(LATER), {}),
            message=valued("x-sunset"),
            when=lambda change, _: not change.traits.deprecated_new,
        ),
        Rule(
            f"{prefix}-sunset-changed", area, ("sunset",), CHANGES, directions, _mended, _mended, I,
            exposes=False,
            reason="The day is later than it was. Where the old one could not be read, nobody can tell: a `warning`.",
            do="Nothing; you may take longer.",
            example=example(dated(LATER), dated(LATEST)),
            message=valued("x-sunset"),
        ),
        Rule(
            f"{prefix}-sunset-brought-forward", area, ("sunset",), CHANGES, directions, B, B, I,
            exposes=False,
            reason="Callers planned with the day that was announced; now they have less time.",
            do="You must move away from it earlier.",
            example=example(dated(LATEST), dated(LATER)),
            message=valued("x-sunset"),
            when=_earlier,
        ),
        Rule(
            f"{prefix}-sunset-unreadable", area, ("sunset",), (*ADDS, *CHANGES), directions, B, B, I,
            exposes=False,
            reason="`x-sunset` is no date (RFC 3339): neither people nor tools know until when it may be used.",
            do="Ask until when you may rely on it.",
            example=example({"deprecated": True}, dated("soon")),
            message=valued("x-sunset"),
            when=lambda change, _: unreadable(change.new),
        ),
        Rule(
            f"{prefix}-stability-raised", area, ("stability",), VALUE, directions, I, I, I,
            exposes=False,
            reason="More is promised than before, or as much.",
            do="Nothing; you may rely on it more.",
            example=example({"x-stability-level": "alpha"}, {"x-stability-level": "beta"}),
            message=valued("x-stability-level"),
        ),
        Rule(
            f"{prefix}-stability-lowered", area, ("stability",), VALUE, directions, B, B, I,
            exposes=False,
            reason="What was promised as more stable may now change under its callers. Who states no level promises "
            "`stable`.",
            do="You should not rely on it any more.",
            example=example({"x-stability-level": "stable"}, {"x-stability-level": "draft"}),
            message=valued("x-stability-level"),
            when=_lowered,
        ),
        Rule(
            f"{prefix}-stability-unknown", area, ("stability",), VALUE, directions, B, B, I,
            exposes=False,
            reason="`x-stability-level` is none of draft, alpha, beta and stable: what is promised cannot be told.",
            do="Ask what is promised.",
            example=example({}, {"x-stability-level": "solid"}),
            message=valued("x-stability-level"),
            when=lambda change, _: None in (level_of(change.new), level_of(change.old)),
        ),
    )  # fmt: skip


def deprecation(area: Area, prefix: str, directions: tuple[Direction, ...], made: Made, form: str) -> tuple[Rule, ...]:
    """The two rules of `deprecated`; `changes` of it are one of the two."""

    def example(before: Mapping[str, Any], after: Mapping[str, Any]) -> Example:
        return Example(made(before), made(after), form)

    return (
        Rule(
            f"{prefix}-deprecated", area, ("deprecated",), ADDS, directions, I, _undated, I,
            exposes=False,
            reason="It works as before. In `strict` a deprecation without `x-sunset` is a `warning`: nobody can plan.",
            do="You should move away from it.",
            example=example({}, {"deprecated": True, "x-sunset": LATER}),
            message=says("deprecated"),
        ),
        Rule(
            f"{prefix}-reactivated", area, ("deprecated",), REMOVES, directions, I, I, I,
            exposes=False,
            reason="It is not deprecated any more.",
            do="Nothing; you may rely on it again.",
            example=example({"deprecated": True}, {}),
            message=says("not deprecated any more"),
        ),
    )  # fmt: skip


def removal(
    area: Area, kind: str, prefix: str, direction: Direction, made: Made, gone: Any, form: str = "document",
) -> tuple[Rule, ...]:  # fmt: skip
    """What was removed after it had been deprecated: whether the announced day has come decides."""

    def example(fields: Mapping[str, Any]) -> Example:
        return Example(made(fields), gone, form)

    return (
        Rule(
            f"{prefix}-removed-sunset-unreadable", area, (kind,), REMOVES, (direction,), B, B, B,
            exposes=False,
            reason="It was deprecated with an `x-sunset` that is no date: nobody could know that it would be gone now.",
            do="You must stop using it.",
            example=example({"deprecated": True, "x-sunset": "soon"}),
            message=_ended("whose x-sunset is no date"),
            when=lambda change, _: change.traits.deprecated_old and unreadable(change.traits.sunset_old),
        ),
        Rule(
            f"{prefix}-removed-after-sunset", area, (kind,), REMOVES, (direction,), I, I, B,
            exposes=False,
            reason="It was deprecated, and the day that was announced for its end has come: the old contract itself "
            "promised no more.",
            do="You must have moved away from it by now.",
            example=example({"deprecated": True, "x-sunset": PAST}),
            message=_ended("after the day that was announced"),
            when=lambda change, at: promise_ended(change.traits, at),
        ),
        Rule(
            f"{prefix}-removed-before-sunset", area, (kind,), REMOVES, (direction,), B, B, B,
            exposes=False,
            reason="The old contract promised it until the day of `x-sunset`, which is still to come.",
            do="You must stop using it earlier than was announced.",
            example=example({"deprecated": True, "x-sunset": LATER}),
            message=_ended("before the day that was announced"),
            when=lambda change, at: promise_stands(change.traits, at),
        ),
    )  # fmt: skip


def _ended(words: str) -> Callable[[Change], str]:
    def message(change: Change) -> str:
        day = f" ({change.traits.sunset_old})" if change.traits.sunset_old else ""
        return says(f"removed {words}{day}")(change)

    return message


def _undated(change: Change) -> Severity:
    """Warning where no day is announced, else info."""
    return I if change.traits.sunset_new else W


def _mended(change: Change) -> Severity:
    """Warning where the old day could not be read, else info."""
    return W if unreadable(change.old) else I


def _earlier(change: Change, _: dt.date) -> bool:
    before, after = sunset_of(change.old), sunset_of(change.new)
    return before is not None and after is not None and after < before


def _lowered(change: Change, _: dt.date) -> bool:
    before, after = level_of(change.old), level_of(change.new)
    return before is not None and after is not None and after < before
