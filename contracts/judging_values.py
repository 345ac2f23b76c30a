"""Judging one value with the engines of an operation, and what is gathered on the way."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from contracts.definition import Definitions
from contracts.engine import Engine
from contracts.judgement import CONFORMS, Judgement, Location, Violation
from contracts.parameters import MISSING, UnreadableError
from contracts.violations import MOST, most_told, violations_of

Engines = Mapping[str, Engine]
_NOT_SHOWN: Final = re.compile(r"[^\x20-\x7e]")


class Found:
    """Violations gathered, and the first reason why something could not be checked.

    `every`: each rule that was broken is among the violations, however many there are.
    """

    __slots__ = ("every", "reason", "violations")

    def __init__(self, *, every: bool = False) -> None:
        self.every = every
        self.violations: list[Violation] = []
        self.reason = ""

    def add(self, location: Location, pointer: str, rule: str, message: str, contract: str) -> None:
        """One violation."""
        self.violations.append(Violation(location, pointer, rule, message, contract))

    def unchecked(self, reason: str) -> None:
        """Something that could not be checked."""
        self.reason = self.reason or reason

    def judgement(self) -> Judgement:
        """A violation outweighs what could not be checked, and that outweighs what conforms."""
        if self.violations:
            told = most_told(self.violations) if self.every else self.violations[:MOST]
            return Judgement("violates", tuple(told), self.reason)
        return Judgement("could_not_check", reason=self.reason) if self.reason else CONFORMS


def shown_name(name: str) -> str:
    """A name that a caller made up, short and printable."""
    return _NOT_SHOWN.sub("?", name[:64])


def judge_value(
    raw: Any,
    readings: Sequence[Callable[[Any], Any]],
    key: str | None,
    engines: Engines,
    definitions: Definitions,
    location: Location,
    name: str | None,
    pointer: str,
    found: Found,
) -> Any:
    """The value under the first reading that keeps to the schema; else what is wrong with the first, and MISSING."""
    engine = None if key is None else engines[key]
    first: tuple[Any] | None = None
    unread: UnreadableError | None = None
    for read in readings:
        try:
            value = read(raw)
        except UnreadableError as error:
            unread = unread or error
            continue
        if value is MISSING or engine is None or engine.is_valid(value):
            return value
        if first is None:
            first = (value,)
    if first is not None and engine is not None and key is not None:
        found.violations.extend(violations_of(engine, first[0], definitions, key, location, name, every=found.every))
    elif unread is not None:
        found.add(location, shown_name(unread.name) or name or "", unread.rule, unread.words, pointer)
    return MISSING


def judge_items(values: list[Any], key: str, engine: Engine, definitions: Definitions, found: Found) -> None:
    """The items of a list, each by the schema of an item."""
    for i, value in enumerate(values):
        if not engine.is_valid(value):
            for violation in violations_of(engine, value, definitions, key, "body", every=found.every):
                found.add("body", f"/{i}{violation.pointer}", violation.rule, violation.message, violation.contract)
        if len(found.violations) >= MOST and not found.every:
            return
