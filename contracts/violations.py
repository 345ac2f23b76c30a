"""The engine's errors told in words, with their place in the message and in the contract. Never with a value."""

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from contracts.definition import Definition, Definitions, Note
from contracts.engine import Engine, SchemaError
from contracts.excerpt import all_errors, errors_of
from contracts.formats import words_of
from contracts.judgement import Location, Violation
from contracts.plain import plain
from contracts.references import escape

MOST: Final = 20
"""How many violations a judgement carries."""
_LOOKED_AT: Final = 200
_BY_NAME: Final = frozenset({"properties", "patternProperties", "dependentSchemas", "$defs"})
_TEXT: Final = 200
_SCHEMA: Final = re.compile(r"/components/schemas/([^/]+)")

_NOUNS: Final[Mapping[str, str]] = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a text",
}


def pointer_of(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901); cut to whole tokens where a member name of the caller's would make it endless."""
    pointer = ""
    for token in path:
        longer = f"{pointer}/{escape(token)}"
        if len(longer) > 4 * _TEXT:
            return pointer
        pointer = longer
    return pointer


def violations_of(
    engine: Engine,
    value: Any,
    definitions: Definitions,
    key: str,
    location: Location,
    name: str | None = None,
    *,
    every: bool = False,
) -> list[Violation]:
    """Every way in which the value departs from the schema, at most MOST. `name` is that of a parameter or header.

    `every`: as many more as it takes for each rule that it breaks to be among them.
    """
    found: dict[tuple[str, str, str], Violation] = {}
    below = definitions.survey(key)
    if every:
        return _each_rule(engine, value, definitions, location, name, circular=below.circular)
    errors = errors_of(engine, value, alternatives=below.alternatives, circular=below.circular)
    for error in islice(errors, _LOOKED_AT):
        for violation in _told(error, definitions.definitions, location, name):
            found.setdefault((violation.pointer, violation.rule, violation.message), violation)
        if len(found) >= MOST:
            break
    if not found:
        words = "somewhere inside, too far to be told, it departs from the contract"
        return [Violation(location, name or "", "schema", words)]
    return list(found.values())[:MOST]


def _each_rule(
    engine: Engine, value: Any, definitions: Definitions, location: Location, name: str | None, *, circular: bool
) -> list[Violation]:
    """What cannot be told of each rule is told as one of its own, so that no rule's mode lets it pass."""
    errors = all_errors(engine, value, circular=circular)
    if errors is None:
        words = "it departs from the contract, and is too large for each rule that it breaks to be told"
        return [Violation(location, name or "", "schema", words)]
    found: dict[tuple[str, str, str], Violation] = {}
    rules: set[str] = set()
    for error in errors:
        if len(found) >= MOST and _place(error.schema_path, definitions.definitions)[0].rule in rules:
            continue
        for violation in _told(error, definitions.definitions, location, name):
            rules.add(violation.rule)
            found.setdefault((violation.pointer, violation.rule, violation.message), violation)
    return most_told(list(found.values()))


def most_told(violations: Sequence[Violation]) -> list[Violation]:
    """The first MOST, and the first of each rule that is not among them."""
    told = list(violations[:MOST])
    rules = {violation.rule for violation in told}
    for violation in violations[MOST:]:
        if violation.rule not in rules:
            rules.add(violation.rule)
            told.append(violation)
    return told


def _told(
    error: SchemaError, definitions: Mapping[str, Definition], location: Location, name: str | None
) -> list[Violation]:
    note, node = _place(error.schema_path, definitions)
    kind = type(error.kind).__name__
    path: Sequence[str | int] = error.instance_path
    inside = pointer_of(path)
    if kind in ("AdditionalProperties", "UnevaluatedProperties"):
        members: list[str] = sorted(error.kind.unexpected)[:MOST]
        if name is not None:
            return [
                Violation(location, name, note.rule, "it has a member that the contract does not declare", note.pointer)
            ]
        return [
            Violation(
                location,
                pointer_of((*path, member)),
                note.rule,
                "the contract does not declare this member",
                note.pointer,
            )
            for member in members
        ]
    if kind == "PropertyNames":
        note = Note("propertyNames", note.pointer, note.words)
    words = f"expected {note.words}" if note.words else _words(error, kind, node, definitions)
    if name is None:
        return [Violation(location, inside, note.rule, words, note.pointer)]
    return [Violation(location, name, note.rule, f"{inside[:_TEXT]}: {words}" if inside else words, note.pointer)]


def _place(path: Sequence[str | int], definitions: Mapping[str, Definition]) -> tuple[Note, Mapping[str, Any]]:
    """The keyword in the contract, and the lowered schema that holds it."""
    steps = tuple(path)
    definition = definitions.get(str(steps[1])) if len(steps) > 1 and steps[0] == "$defs" else None
    if definition is None:
        return Note(_keyword(steps), ""), {}
    inside = steps[2:]
    node: Any = definition.schema
    for step in inside[:-1]:
        try:
            node = node[step]
        except (LookupError, TypeError):
            node = {}
    holder = node if isinstance(node, dict) else {}
    for length in range(len(inside), -1, -1):
        note = definition.notes.get(inside[:length])
        if note is not None:
            return note, holder
        origin = definition.origins.get(inside[:length], definition.pointer if length == 0 else None)
        if origin is not None:
            rest = "".join(f"/{escape(step)}" for step in inside[length:])
            return Note(_keyword(inside), origin + rest), holder
    return Note(_keyword(inside), definition.pointer), holder


def _keyword(path: tuple[str | int, ...]) -> str:
    """The innermost keyword of a path; what stands below `properties` and its kin is a name."""
    found, name = "schema", False
    for step in path:
        if isinstance(step, str) and not name:
            found = step
        name = not name and step in _BY_NAME
    return found


def _words(error: SchemaError, kind: str, node: Mapping[str, Any], definitions: Mapping[str, Definition]) -> str:
    of_kind = _WORDS.get(kind)
    if of_kind is not None:
        return of_kind(error.kind, node)
    if kind in ("AnyOf", "OneOfNotValid"):
        branches = node.get("oneOf" if kind == "OneOfNotValid" else "anyOf", ())
        return _nearest(error.kind.context, len(error.instance_path), branches, definitions)
    if kind == "OneOfMultipleValid":
        return "fits more than one alternative, and has to fit exactly one"
    if kind == "PropertyNames":
        return "it has a member whose name the contract does not allow"
    if kind in ("BacktrackLimitExceeded", "RegexEngineFailure"):
        return "expected a text that the pattern can be tried on"
    return f"does not keep to `{_keyword(tuple(error.schema_path))}`"


def _nearest(
    context: list[list[SchemaError]], depth: int, lowered: Sequence[Any], definitions: Mapping[str, Definition]
) -> str:
    """Which alternative came nearest: the one whose errors are fewest at the top, then fewest, then deepest."""

    def distance(errors: list[SchemaError]) -> tuple[int, int, int]:
        at_top = [e for e in errors if len(e.instance_path) == depth and type(e.kind).__name__ in _SHALLOW]
        return len(at_top), len(errors), -max((len(e.instance_path) for e in errors), default=0)

    branches = [(distance(errors), i, errors) for i, errors in enumerate(context) if errors]
    words = f"fits none of the {len(context)} alternatives" if len(context) > 1 else "does not fit"
    if not branches:
        return words
    _, position, errors = min(branches, key=lambda branch: branch[:2])
    error = errors[0]
    note, node = _place(error.schema_path, definitions)
    kind = type(error.kind).__name__
    if kind in ("AdditionalProperties", "UnevaluatedProperties"):
        said = "it has a member that the contract does not declare"
    elif note.words:
        said = f"expected {note.words}"
    elif kind in ("AnyOf", "OneOfNotValid"):
        said = "it fits none of its alternatives either"
    else:
        said = _words(error, kind, node, definitions)
    where = pointer_of(error.instance_path[depth:])
    name = _name(lowered[position], definitions) if position < len(lowered) else ""
    return f"{words}; nearest is number {position + 1}{name}: {f'{where}: ' if where else ''}{said}"


def _name(branch: Any, definitions: Mapping[str, Definition]) -> str:
    """The name that the contract gives an alternative, where it has one."""
    if not isinstance(branch, dict) or branch.keys() != {"$ref"}:
        return ""
    definition = definitions.get(str(branch["$ref"]).rpartition("/")[2])
    found = _SCHEMA.fullmatch(definition.pointer) if definition is not None else None
    return f" ({plain(found[1].replace('~1', '/').replace('~0', '~'))[:_TEXT]})" if found else ""


_SHALLOW: Final = frozenset({"Type", "Constant", "Enum", "FalseSchema"})


def _types(kind: Any, node: Mapping[str, Any]) -> str:  # noqa: ARG001 - one signature for all
    types = list(kind.types)
    return "expected " + " or ".join(_NOUNS.get(name, name) for name in types)


def _noun(node: Mapping[str, Any], otherwise: str) -> str:
    types = node.get("type")
    known = [name for name in (types if isinstance(types, list) else [types]) if name not in (None, "null")]
    return _NOUNS.get(known[0], otherwise) if len(known) == 1 else otherwise


def _shown(value: Any) -> str:
    """A value of the contract (never of the message), cut short."""
    if isinstance(value, Decimal):
        return str(value)
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _TEXT else text[:_TEXT] + "..."


def _enum(kind: Any, node: Mapping[str, Any]) -> str:  # noqa: ARG001 - one signature for all
    options = list(kind.options)
    shown = ", ".join(_shown(option) for option in options[:12])
    if len(options) > 12 or len(shown) > 2 * _TEXT:
        return f"expected one of the {len(options)} values that the contract lists"
    return f"expected one of {shown}" if len(options) != 1 else f"expected {shown}"


def _count(words: str, one: str, many: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda kind, _node: f"expected {words} {kind.limit} {one if kind.limit == 1 else many}"


def _bound(words: str) -> Callable[[Any, Mapping[str, Any]], str]:
    return lambda kind, node: f"expected {_noun(node, 'a number')} {words} {_shown(kind.limit)}"


def _least(node: Mapping[str, Any]) -> str:
    return f"at least {node['minContains']} of " if node.get("minContains", 1) > 1 else ""


_WORDS: Final[Mapping[str, Callable[[Any, Mapping[str, Any]], str]]] = {
    "Type": _types,
    "Enum": _enum,
    "Constant": lambda kind, _node: f"expected {_shown(kind.expected_value)}",
    "Required": lambda kind, _node: f"the member {_shown(kind.property)} is missing",
    "Maximum": _bound("of at most"),
    "Minimum": _bound("of at least"),
    "ExclusiveMaximum": _bound("below"),
    "ExclusiveMinimum": _bound("above"),
    "MultipleOf": lambda kind, _node: f"expected a multiple of {_shown(kind.multiple_of)}",
    "MaxLength": _count("a text of at most", "character", "characters"),
    "MinLength": _count("a text of at least", "character", "characters"),
    "MaxItems": _count("a list of at most", "item", "items"),
    "MinItems": _count("a list of at least", "item", "items"),
    "MaxProperties": _count("an object of at most", "member", "members"),
    "MinProperties": _count("an object of at least", "member", "members"),
    "Pattern": lambda kind, _node: f"expected a text that matches {kind.pattern[:_TEXT]}",
    "Format": lambda kind, _node: f"expected {words_of(kind.format)}",
    "UniqueItems": lambda _kind, _node: "expected items that all differ",
    "Contains": lambda _kind, node: f"expected a list that contains {_least(node)}what the contract asks for",
    "FalseSchema": lambda _kind, _node: "expected nothing here",
    "Not": lambda _kind, _node: "the contract excludes this by `not`",
    "AdditionalItems": lambda kind, _node: f"expected at most {kind.limit} items",
    "UnevaluatedItems": lambda _kind, _node: "expected no further items",
}
