"""A value that should keep to a raw schema, by construction; the judge says whether it does."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, floor
from typing import Any, Final

from contracts.probe.judge import Judge, same
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.probe.texts import candidates

_OPTIONAL_DEPTH: Final = 4
_REQUIRED_DEPTH: Final = 14
_TURNS: Final = 3
_LARGEST_EXAMPLE: Final = 200
_KINDS: Final = (
    ("object", ("properties", "required", "additionalProperties", "minProperties")),
    ("array", ("items", "minItems", "uniqueItems")),
    ("string", ("pattern", "minLength", "maxLength")),
    ("number", ("minimum", "maximum", "multipleOf")),
)  # fmt: skip
_LOWER: Final = ("minLength", "minItems", "minProperties", "minimum")
_UPPER: Final = ("maxLength", "maxItems", "maxProperties", "maximum")


class Maker:
    """Makes values of one document for one direction, of at most `most` parts each."""

    def __init__(self, raw: Raw, judge: Judge, most: int = 60) -> None:
        self._raw = raw
        self._judge = judge
        self._most = most
        self._left = most

    def good(self, place: Place, examples: tuple[Any, ...] = ()) -> Any:
        """A value that the judge takes: made with optional members, an example, made without. Raises UnknownError."""
        why = "no value was found that keeps to it"
        for make in self._attempts(place, examples):
            self._left = self._most
            try:
                value = make()
                if not self._judge.broken(place, value):
                    return value
            except UnknownError as error:
                why = str(error)
            except (TypeError, ValueError, AttributeError, KeyError, ArithmeticError, RecursionError):
                why = "a keyword with a value of another kind"
        raise UnknownError(why)

    def _attempts(self, place: Place, examples: tuple[Any, ...]) -> Iterator[Callable[[], Any]]:
        yield partial(self._make, [place], 0, 0, full=True)
        yield from (partial(_as_it_is, example) for example in examples if _size(example) <= _LARGEST_EXAMPLE)
        for turn in range(_TURNS):
            yield partial(self._make, [place], 0, turn, full=False)

    def _make(self, places: list[Place], depth: int, turn: int, *, full: bool) -> Any:
        self._left -= 1
        if self._left < 0 or depth > _REQUIRED_DEPTH:
            raise UnknownError("too large or too deep a value")
        parts, named = self._gather(places, turn)
        said = _merged(parts)
        if "const" in said:
            return said["const"]
        if "enum" in said:
            choices = [v for v in said["enum"] if v is not None] or said["enum"]
            if not choices:
                raise UnknownError("an enum that leaves nothing")
            return choices[turn % len(choices)]
        kind = _kind_of(said)
        if kind == "object":
            return self._object(parts, said, named, depth, turn, full=full)
        if kind == "array":
            return self._array(parts, said, depth, turn, full=full)
        return self._scalar(places, parts, said, kind)

    def _gather(self, places: list[Place], turn: int) -> tuple[list[Place], dict[str, str]]:
        """What judges the value, one alternative of each choice included; values of discriminating members."""
        waiting = list(places)
        found: list[Place] = []
        named: dict[str, str] = {}
        while waiting:
            if len(found) > 200:
                raise UnknownError("too many schemas for one value")
            for part in self._raw.parts(waiting.pop(0)):
                if part.node is False:
                    raise UnknownError("a schema that takes nothing")
                if not isinstance(part.node, dict):
                    continue
                found.append(part)
                for keyword in ("oneOf", "anyOf"):
                    branches = [b for b in part.each(keyword) if not _only_null(b.node)]
                    if branches:
                        branch = branches[turn % len(branches)]
                        waiting.append(branch)
                        named |= self._name(part, keyword, branch)
        return found, named

    def _name(self, part: Place, keyword: str, branch: Place) -> dict[str, str]:
        stated = part.node.get("discriminator")
        ref = branch.node.get("$ref") if isinstance(branch.node, dict) else None
        if not isinstance(stated, dict) or not isinstance(ref, str):
            return {}
        for value in (*stated.get("mapping", {}), ref.rpartition("/")[2]):
            chosen = self._judge.named_branch(part, keyword, value)
            if chosen is not None and chosen.pointer == branch.pointer:
                return {str(stated.get("propertyName")): value}
        return {}

    def _object(
        self, parts: list[Place], said: dict[str, Any], named: dict[str, str], depth: int, turn: int, *, full: bool
    ) -> dict[str, Any]:
        declared: dict[str, list[Place]] = {}
        forbidden: set[str] = set()
        for part in parts:
            for name in part.node.get("properties", {}):
                declared.setdefault(name, []).append(part.child("properties", name))
            forbidden |= self._raw.forbidden_names(part)
        required = [name for name in said.get("required", ()) if name not in forbidden]
        value: dict[str, Any] = {}
        for name in required:
            value[name] = named.get(name) or self._make(
                declared.get(name) or self._others(parts), depth + 1, turn, full=full
            )
        for name in declared if full and depth < _OPTIONAL_DEPTH else ():
            if name in value or name in forbidden or len(value) >= said.get("maxProperties", 1_000):
                continue
            # Half of what is left, so that one large member does not take the place of all others.
            share = self._left // 2
            rest, self._left = self._left - share, share
            with contextlib.suppress(UnknownError):
                value[name] = named.get(name) or self._make(declared[name], depth + 1, turn, full=True)
            self._left = max(self._left, 0) + rest
        value |= {name: text for name, text in named.items() if name in declared and name not in forbidden}
        least = said.get("minProperties", 1 if full and not declared and _is_map(parts) else 0)
        for number in range(len(value), min(least, 20)):
            value[f"member{number}"] = self._make(self._others(parts), depth + 1, turn, full=full)
        return value

    def _others(self, parts: list[Place]) -> list[Place]:
        return [part.child("additionalProperties") for part in parts if "additionalProperties" in part.node]

    def _array(self, parts: list[Place], said: dict[str, Any], depth: int, turn: int, *, full: bool) -> list[Any]:
        least = said.get("minItems", 0)
        count = min(max(least, 1 if full and depth < _OPTIONAL_DEPTH else 0), said.get("maxItems", 1_000))
        if count > 20:
            raise UnknownError("a list of more than 20 items")
        value: list[Any] = []
        for i in range(count):
            item = [
                part.child("prefixItems", i) if i < len(part.node.get("prefixItems", ())) else part.child("items")
                for part in parts
                if i < len(part.node.get("prefixItems", ())) or "items" in part.node
            ]
            try:
                made = self._make(item, depth + 1, turn + i, full=full)
            except UnknownError:
                if i < least:
                    raise
                break
            if said.get("uniqueItems") is True and any(same(made, other) for other in value):
                made = next((v for v in _variants(made, i) if self._fits(item, v)), made)
            value.append(made)
        return value

    def _scalar(self, places: list[Place], parts: list[Place], said: dict[str, Any], kind: str) -> Any:
        guesses: list[Any] = []
        for part in parts:
            examples = part.node.get("examples")
            guesses += [part.node[key] for key in ("example", "default") if key in part.node]
            guesses += examples[:2] if isinstance(examples, list) else []
        guesses = [guess for guess in guesses if isinstance(guess, str | int | float) and guess != ""]
        if kind == "string":
            guesses += candidates(said)
        elif kind in ("integer", "number"):
            guesses += _numbers(said)
        else:
            guesses += [True] if kind == "boolean" else [None]
        for guess in guesses:
            if self._fits(places, guess):
                return guess
        if "pattern" in said:
            raise UnknownError("no text was found for a pattern")
        raise UnknownError(f"no {kind} was found that keeps to its schema")

    def _fits(self, places: list[Place], value: Any) -> bool:
        try:
            return not any(self._judge.broken(place, value) for place in places)
        except UnknownError:
            return False


def _merged(parts: list[Place]) -> dict[str, Any]:
    """Keywords of several schemas as one: the narrowest bounds, what all enums have, what any requires."""
    said: dict[str, Any] = {}
    for part in parts:
        for key, value in part.node.items():
            if key in _LOWER:
                said[key] = max(said.get(key, value), value)
            elif key in _UPPER:
                said[key] = min(said.get(key, value), value)
            elif key == "enum" and key in said:
                said[key] = [one for one in said[key] if any(same(one, other) for other in value)]
            elif key == "required":
                said[key] = list(dict.fromkeys([*said.get(key, ()), *value]))
            elif key == "type":
                types = value if isinstance(value, list) else [value]
                before = said.get(key, types)
                said[key] = [name for name in before if name in types or (name == "integer" and "number" in types)]
                said[key] += [name for name in types if name == "integer" and "number" in before]
            else:
                said.setdefault(key, value)
    return said


def _kind_of(said: dict[str, Any]) -> str:
    if "type" in said:
        types = [name for name in said["type"] if name != "null"] or said["type"]
        if not types:
            raise UnknownError("types that exclude each other")
        return str(types[0])
    return next((kind for kind, keys in _KINDS if any(key in said for key in keys)), "string")


def _numbers(said: dict[str, Any]) -> list[Any]:
    low, high, step = said.get("minimum"), said.get("maximum"), said.get("multipleOf")
    strict = [
        said[key] for key in ("exclusiveMinimum", "exclusiveMaximum") if not isinstance(said.get(key, True), bool)
    ]
    found: list[Any] = [1, 0]
    for bound in (low, high, *strict):
        if bound is not None:
            found += [bound, ceil(bound), floor(bound), floor(bound) + 1, ceil(bound) - 1]
    if low is not None and high is not None:
        found.append((low + high) / 2)
    if step:
        found = [step, *found, *(ceil((b or 0) / step) * step for b in (low, high))]
    return [int(n) if isinstance(n, float) and n == int(n) and abs(n) < 2**53 else n for n in found]


def _variants(value: Any, number: int) -> list[Any]:
    if isinstance(value, str):
        return [f"{value}{number}", f"{value[:-1]}{number}"]
    return [value + number] if isinstance(value, int | float) and not isinstance(value, bool) else []


def _is_map(parts: list[Place]) -> bool:
    return any(isinstance(part.node.get("additionalProperties"), dict) for part in parts)


def _only_null(node: Any) -> bool:
    return isinstance(node, dict) and node.get("type") in ("null", ["null"])


def _as_it_is(value: Any) -> Any:
    return value


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + sum(map(_size, value.values()))
    return 1 + sum(map(_size, value)) if isinstance(value, list) else 1
