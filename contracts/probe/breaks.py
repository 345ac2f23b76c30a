"""Values that break one keyword: a good value changed at one place, so that a given keyword forbids it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from math import floor
from typing import Any, Final

from contracts.probe.judge import Judge
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.texts import BAD, candidates, out_of_range

_LONGEST: Final = 5_000
_MOST_ITEMS: Final = 200
_DEPTH: Final = 8
_STRANGE: Final = "notInTheContract"
Put = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Break:
    """A whole value in which one keyword is broken; `pointer` is the keyword's, in the document."""

    keyword: str
    pointer: str
    value: Any


def breaks(raw: Raw, judge: Judge, place: Place, value: Any, most: int, tries: int = 60) -> list[Break]:
    """At most `most`, each confirmed by the judge to break that keyword and no other; distinct keywords first."""
    by_keyword: dict[str, list[Break]] = {}
    try:
        for candidate in _candidates(raw, place, value, lambda changed: changed, 0):
            tries -= 1
            if tries < 0 or len(by_keyword) >= most:
                break
            if len(by_keyword.get(candidate.keyword, ())) < 2 and _confirmed(judge, place, candidate):
                by_keyword.setdefault(candidate.keyword, []).append(candidate)
    except (UnknownError, TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError):
        pass  # what was found before stands: each was confirmed
    found = [held[0] for held in by_keyword.values()]
    found += [held[1] for held in by_keyword.values() if len(held) > 1]
    return found[:most]


def _confirmed(judge: Judge, place: Place, candidate: Break) -> bool:
    try:
        broken = judge.broken(place, candidate.value)
    except UnknownError:
        return False
    # Inside alternatives the keyword that is told is the alternatives' own.
    return bool(broken) and broken <= {candidate.keyword, "oneOf", "anyOf", "discriminator"}


def _candidates(raw: Raw, place: Place, value: Any, put: Put, depth: int) -> Iterator[Break]:
    inside: list[tuple[Place, Any, Put]] = []
    for part in raw.parts(place):
        schema = part.node
        if not isinstance(schema, dict):
            continue
        for keyword, bad in _bad(raw, part, value):
            yield Break(keyword, f"{part.pointer}/{keyword}", put(bad))
        if isinstance(value, dict):
            inside += _members(part, value, put)
        elif isinstance(value, list) and value and isinstance(schema.get("items"), dict):
            inside.append((part.child("items"), value[-1], partial(_with_last, put, value)))
        for keyword in ("oneOf", "anyOf"):
            branches = list(part.each(keyword))
            if len(branches) <= 8:
                inside += [(branch, value, put) for branch in branches]
    if depth < _DEPTH:
        for child, held, changed in inside:
            yield from _candidates(raw, child, held, changed, depth + 1)


def _members(part: Place, value: dict[str, Any], put: Put) -> Iterator[tuple[Place, Any, Put]]:
    declared = part.node.get("properties", {})
    for name, member in value.items():
        changed = partial(_with_member, put, value, name)
        if name in declared:
            yield part.child("properties", name), member, changed
        elif isinstance(part.node.get("additionalProperties"), dict):
            yield part.child("additionalProperties"), member, changed


def _with_member(put: Put, value: dict[str, Any], name: str, new: Any) -> Any:
    return put(value | {name: new})


def _with_last(put: Put, value: list[Any], new: Any) -> Any:
    return put([*value[:-1], new])


def _bad(raw: Raw, part: Place, value: Any) -> Iterator[tuple[str, Any]]:
    schema = part.node
    if "type" in schema:
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        others: tuple[tuple[Any, str], ...] = (
            ("x", "string"),
            (1.5, "number"),
            ([], "array"),
            ({}, "object"),
            (True, "boolean"),
        )
        yield from [("type", bad) for bad, kind in others if kind not in types][:1]
    for keyword in ("enum", "const"):
        if keyword in schema:
            yield keyword, _STRANGE
            if isinstance(value, str):
                yield keyword, value + "x"
            elif isinstance(value, int) and not isinstance(value, bool):
                yield keyword, value + 1_000_003
            elif isinstance(value, bool):
                yield keyword, not value
    if isinstance(value, str):
        yield from _bad_text(schema, value)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _bad_number(schema, value)
    elif isinstance(value, list):
        yield from _bad_list(schema, value)
    elif isinstance(value, dict):
        yield from _bad_object(raw, part, value)


def _bad_text(schema: dict[str, Any], value: str) -> Iterator[tuple[str, Any]]:
    if schema.get("minLength"):
        yield "minLength", value[: schema["minLength"] - 1]
    if schema.get("maxLength", _LONGEST) < _LONGEST:
        yield "maxLength", value + (value[-1:] or "a") * (schema["maxLength"] + 1 - len(value))
    if "pattern" in schema:
        for bad in (value + "~", "~" + value[1:], "~" * max(len(value), 1), "", " " * len(value), value + value):
            yield "pattern", bad
    if schema.get("format") in BAD:
        yield "format", BAD[schema["format"]]


def _bad_number(schema: dict[str, Any], value: float) -> Iterator[tuple[str, Any]]:
    step = schema.get("multipleOf", 1)
    for bound, sign in (("minimum", -1), ("maximum", 1)):
        strict = schema.get("exclusive" + bound.capitalize())
        if bound in schema and abs(schema[bound]) < 2**60:
            yield bound, floor(schema[bound]) + sign * max(step, 1)
            if strict is True:
                yield "exclusive" + bound.capitalize(), schema[bound]
        if strict is not None and not isinstance(strict, bool):
            yield "exclusive" + bound.capitalize(), strict
    if "multipleOf" in schema:
        yield "multipleOf", value + (1 if isinstance(step, int) else step / 2)
    beyond = out_of_range(schema.get("format", ""))
    if beyond is not None:
        yield "format", beyond


def _bad_list(schema: dict[str, Any], value: list[Any]) -> Iterator[tuple[str, Any]]:
    if schema.get("minItems"):
        yield "minItems", value[: schema["minItems"] - 1]
    most = schema.get("maxItems", _MOST_ITEMS)
    if value and most < _MOST_ITEMS:
        yield "maxItems", (value * (most + 1))[: most + 1]
        if isinstance(value[0], str):
            yield "maxItems", [*value, *(f"{value[0][:1]}{i}" for i in range(most + 1 - len(value)))]
        elif isinstance(value[0], int | float):
            yield "maxItems", [*value, *(value[0] + i + 1 for i in range(most + 1 - len(value)))]
    if value and schema.get("uniqueItems") is True:
        yield "uniqueItems", [*value, value[0]]


def _bad_object(raw: Raw, part: Place, value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    schema = part.node
    for name in schema.get("required", [])[:2]:
        yield "required", {key: member for key, member in value.items() if key != name}
    if schema.get("additionalProperties") is False:
        yield "additionalProperties", value | {_STRANGE: 1}
    if schema.get("minProperties"):
        yield "minProperties", dict(list(value.items())[: schema["minProperties"] - 1])
    if schema.get("maxProperties", _MOST_ITEMS) < _MOST_ITEMS:
        more = {f"{_STRANGE}{i}": 1 for i in range(schema["maxProperties"] + 1 - len(value))}
        yield "maxProperties", value | more
    stated = schema.get("discriminator")
    if isinstance(stated, dict) and ("oneOf" in schema or "anyOf" in schema):
        yield "discriminator", value | {str(stated.get("propertyName")): _STRANGE}
    flag = "readOnly" if raw.direction == "request" else "writeOnly"
    for name in [n for n in raw.forbidden_names(part) if n in schema.get("properties", {})][:2]:
        child = raw.target(part.child("properties", name)).node
        said = child if isinstance(child, dict) else {}
        for guess in ("a", 1, True, [], {}, *said.get("enum", ())[:1], *candidates(said), said.get("example", "aa")):
            yield flag, value | {name: guess}
