"""Judging values with the engines of an operation: what requests and answers have in common."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from contracts.bodies import BodyEntry, concrete
from contracts.definition import Definitions
from contracts.engine import Engine
from contracts.judgement import CONFORMS, Judgement, Location, Violation
from contracts.media import MediaTable, Named
from contracts.parameters import MISSING, UnreadableError
from contracts.violations import MOST, violations_of

Engines = Mapping[str, Engine]
_NOT_SHOWN: Final = re.compile(r"[^\x20-\x7e]")


class Found:
    """Violations gathered, and the first reason why something could not be checked."""

    __slots__ = ("reason", "violations")

    def __init__(self) -> None:
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
            return Judgement("violates", tuple(self.violations[:MOST]))
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
        found.violations.extend(violations_of(engine, first[0], definitions, key, location, name))
    elif unread is not None:
        found.add(location, shown_name(unread.name) or name or "", unread.rule, unread.words, pointer)
    return MISSING


def judge_body(body: bytes | None, entry: BodyEntry, engines: Engines, definitions: Definitions, found: Found) -> None:
    """A body that is there, under its entry of `content`. None: streamed, or too large to be held."""
    if entry.kind == "opaque":
        return
    if entry.kind == "unchecked":
        found.unchecked(entry.reason)
        return
    if body is None:
        found.unchecked("the body is too large to be checked, or is streamed")
        return
    value = judge_value(body, entry.readings, entry.key, engines, definitions, "body", None, entry.pointer, found)
    if entry.item_key is not None and isinstance(value, list):
        _judge_items(value, entry.item_key, engines[entry.item_key], definitions, found)


def _judge_items(values: list[Any], key: str, engine: Engine, definitions: Definitions, found: Found) -> None:
    for i, value in enumerate(values):
        if not engine.is_valid(value):
            for violation in violations_of(engine, value, definitions, key, "body"):
                found.add("body", f"/{i}{violation.pointer}", violation.rule, violation.message, violation.contract)
        if len(found.violations) >= MOST:
            return


def match_entry(
    named: Named | None, stated: bool, table: MediaTable[BodyEntry], pointer: str, found: Found
) -> BodyEntry | None:
    """The entry for a Content-Type; None where there is none, which is a violation of `content`."""
    if not stated:
        found.add("header", "content-type", "content", "a body needs a Content-Type", pointer)
    elif named is None or "*" in named.essence:
        found.add("header", "content-type", "content", "it names no media type", pointer)
    else:
        entry = table.match(named)
        if entry is None:
            words = "expected " + (" or ".join(table.names[:8]) if table.names else "no body")
            found.add("header", "content-type", "content", words, pointer)
        elif (entry := concrete(entry, named.essence)).kind in ("json", "lines", "form", "text") and not named.utf8:
            found.add("header", "content-type", "content", "expected the charset utf-8", pointer)
        else:
            return entry
    return None
