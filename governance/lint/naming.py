"""Names: of operations, paths, parameters and properties. What most names of a document do is its rule."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from governance.diff.walk.paths import shape
from governance.finding import Severity
from governance.lint.case import cases_of, house_case, words_of
from governance.lint.documents import OK, get, paths, takes
from governance.lint.operations import Operation
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_KEYS: Final = re.compile(r"\([^()]*\)")
_VERBS: Final = frozenset({"get", "create", "update", "delete", "list", "add", "remove", "fetch", "retrieve", "set"})
_FRONT: Final = frozenset({"api", "rest", "odata"})
"""What stands before the names of an API in many paths."""
_VERSION: Final = re.compile(r"v?[0-9]+(?:[.-][0-9]+)*$")
_MASS: Final = frozenset(
    {
        "stock", "data", "information", "equipment", "inventory", "status", "history", "feedback", "media", "metadata",
        "software", "news", "series", "health", "me", "self", "people", "children", "staff", "criteria", "freight",
    }
)  # fmt: skip
"""Words that are no singular of anything that is counted."""


def _missing_id(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        if not one.node.child("operationId").text:
            yield Hit(one.node.at, f"{one.name} has no operationId", one.reach, one.identity)


def _duplicate_id(subject: Subject) -> Iterator[Hit]:
    found: dict[str, list[Operation]] = {}
    for one in subject.every_operation:
        name = one.node.child("operationId").text
        if name and all(one.node.at != other.node.at for other in found.get(name, ())):
            found.setdefault(name, []).append(one)
    for name, operations in found.items():
        if len(operations) > 1:
            reach = tuple(use for one in operations for use in one.reach)
            names = ", ".join(one.name for one in operations[:3])
            yield Hit(f"{operations[1].node.at}/operationId", f"{name} names {names}", reach, name)


def _id_case(subject: Subject) -> Iterator[Hit]:
    names = [(one, one.node.child("operationId").text) for one in subject.operations]
    every = [part for _, name in names for part in _SEPARATORS.split(name)]
    case = house_case(every) or _fallback(every, "camelCase")
    if not case:
        reach = tuple(use for one in subject.operations for use in one.reach)
        yield Hit("/paths", "the operationIds are written in no one case", reach, "all")
    for one, name in names:
        if case and not all(case in cases_of(part) for part in _SEPARATORS.split(name) if part):
            yield Hit(f"{one.node.at}/operationId", f"{name} is not written in {case}", one.reach, name)


def _fallback(names: list[str], wanted: str) -> str:
    """The case that is wanted where few names are of different ones; empty where many names follow none."""
    return wanted if sum(len(words_of(name)) > 1 for name in names) < _MANY else ""


_SEPARATORS: Final = re.compile(r"[./:~]")
_MANY: Final = 5


def _segments(path: str) -> list[str]:
    """The segments that are names, keys of OData left out."""
    parts = (_KEYS.sub("", part) for part in path.strip("/").split("/"))
    named = (part.removesuffix(".json").removesuffix(".xml") for part in parts if part not in _FRONT)
    return [
        part for part in named if part and "{" not in part and not part.startswith("$") and not _VERSION.match(part)
    ]


def _segment_case(subject: Subject) -> Iterator[Hit]:
    named = {one.path: one for one in reversed(subject.operations)}
    every = [part for path in named for segment in _segments(path) for part in _SEPARATORS.split(segment)]
    unique = list(dict.fromkeys(every))
    # Names of OData's entity sets are those of the system's model.
    wanted = "" if any("(" in path for path in named) else "kebab-case"
    case = house_case(unique) or (_fallback(unique, wanted) if wanted else "")
    told: dict[str, list[Operation]] = {}
    for path in sorted(named) if case else ():
        for segment in _segments(path):
            parts = _SEPARATORS.split(segment)
            if any(part and case not in cases_of(part) and not part.isdigit() for part in parts):
                told.setdefault(segment, []).append(named[path])
    for segment, operations in told.items():
        reach = tuple(use for one in operations for use in one.reach)
        yield Hit(operations[0].item.at, f"the segment {segment} is not written in {case}", reach, segment)


def _collections(subject: Subject) -> dict[str, list[Operation]]:
    """Segments that a parameter follows: what they name is counted."""
    found: dict[str, list[Operation]] = {}
    for one in subject.operations:
        parts = one.path.strip("/").split("/")
        for segment, following in pairwise(parts):
            if "{" not in segment and following.startswith("{") and words_of(segment):
                found.setdefault(segment, []).append(one)
    return found


def _is_plural(segment: str) -> bool:
    last = words_of(segment)[-1]
    return last.endswith("s") and not last.endswith("ss")


def _singular(subject: Subject) -> Iterator[Hit]:
    found = {s: ops for s, ops in _collections(subject).items() if words_of(s)[-1] not in _MASS}
    counts = Counter(_is_plural(segment) for segment in found)
    if counts[True] < 3 or counts[True] < 2 * counts[False]:
        return
    for segment, operations in found.items():
        last = words_of(segment)[-1]
        if not _is_plural(segment) and not last.isdigit() and not re.fullmatch(r"v\d*", last) and len(last) > 1:
            reach = tuple({one.identity: use for one in operations for use in one.reach}.values())
            message = f"{segment} stands before a key and is no plural, as the other collections are"
            yield Hit(operations[0].item.at, message, reach, segment)


def _trailing_slash(subject: Subject) -> Iterator[Hit]:
    for path, one in {one.path: one for one in subject.operations}.items():
        if len(path) > 1 and path.endswith("/"):
            yield Hit(one.item.at, f"the path {path} ends with a slash", one.reach, path)


def _verb(subject: Subject) -> Iterator[Hit]:
    for path, one in {one.path: one for one in subject.operations}.items():
        for segment in _segments(path):
            words = words_of(segment)
            if len(words) > 1 and words[0] in _VERBS and "." not in segment and segment[: len(words[0])].islower():
                message = f"the segment {segment} says what is done; the method {one.method} says it already"
                yield Hit(one.item.at, message, one.reach, path)
                break


def _undeclared(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        declared = {parameter.name for parameter in one.parameters if parameter.location == "path"}
        for name in dict.fromkeys(_PARAMETER.findall(one.path)):
            if name not in declared:
                message = f"{one.name} declares no path parameter {name}"
                yield Hit(one.node.at, message, one.reach, f"{one.identity} {name}")


def _unused(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        named = _PARAMETER.findall(one.path)
        for parameter in one.parameters:
            if parameter.location == "path" and parameter.name not in named:
                message = f"{one.name}: the path does not hold {{{parameter.name}}}"
                yield Hit(parameter.node.at, message, one.reach, f"{one.identity} {parameter.name}")


def _ambiguous(subject: Subject) -> Iterator[Hit]:
    known: dict[object, Operation] = {}
    for path, one in {one.path: one for one in reversed(subject.operations)}.items():
        other = known.setdefault(shape(path), one)
        if other is not one:
            first, second = sorted((path, other.path))
            yield Hit(one.item.at, f"{first} and {second} take the same calls", one.reach, f"{first} {second}")


def _parameter_case(subject: Subject) -> Iterator[Hit]:
    found: dict[str, dict[str, list[tuple[Operation, str]]]] = {"query": {}, "path": {}}
    for one in subject.operations:
        for parameter in one.parameters:
            if parameter.location in found and parameter.name[:1] not in ("$", "@", "_"):
                found[parameter.location].setdefault(parameter.name, []).append((one, parameter.node.at))
    for location, names in found.items():
        case = house_case(names) if len(names) > _MANY else ""
        for name, places in names.items() if case else ():
            # `filter[status]`, `address.city`: each part is a name. `DateCreated>` ends with an operator.
            parts = [part for part in re.split(r"[\[\].<>=!~]+", name) if part]
            if any(case not in cases_of(part) for part in parts):
                reach = tuple(use for one, _ in places for use in one.reach)
                message = f"the {location} parameter {name} is not written in {case}, as most are"
                yield Hit(places[0][1], message, reach, f"{location} {name}")


def _property_case(subject: Subject) -> Iterator[Hit]:
    members = {
        member.at: member for member in subject.values.members
        if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", member.name)
    }  # fmt: skip
    names = dict.fromkeys(member.name for member in members.values())
    case = house_case(names) if len(names) > _MANY else ""
    # An object none of whose members is written so speaks another vocabulary, such as an error of the system.
    at_home = {id(member.owner) for member in members.values() if case in cases_of(member.name)}
    odd: dict[str, list[str]] = {}
    for member in members.values() if case else ():
        if case not in cases_of(member.name) and id(member.owner) in at_home:
            odd.setdefault(member.name, []).append(member.at)
    for name, places in odd.items():
        bits = 0
        for at in places:
            bits |= members[at].value.carried
        several = f" ({len(places)} places)" if len(places) > 1 else ""
        message = f"the property {name} is not written in {case}, as most are{several}"
        yield Hit(places[0], message, subject.values.reach(bits), name)


_I, _W, _E = Severity.INFO, Severity.WARNING, Severity.BREAKING
_GOOD: Final = get(operationId="listOrders")
_TWO: Final = {"/orders": {"get": {"operationId": "listOrders", "responses": OK}}}


def _ids(*names: str) -> dict[str, object]:
    return {"paths": {f"/p{n}": {"get": {"operationId": name, "responses": OK}} for n, name in enumerate(names)}}


def _object(*names: str) -> dict[str, object]:
    return takes({"type": "object", "properties": {name: {"type": "boolean"} for name in names}})


def _queries(*names: str) -> dict[str, object]:
    return get(parameters=[{"name": name, "in": "query", "schema": {"type": "boolean"}} for name in names])


def _key(name: str) -> dict[str, object]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}


_FIVE: Final = ("orderId", "unitPrice", "shipTo", "billTo", "soldTo")

RULES: Final = (
    LintRule(
        "operation-id-missing", _W,
        "Generated clients, access by operation, pins and reports name an operation by its operationId; without one "
        "they make a name up, which changes with the path.",
        "Give the operation an operationId.",
        Example(get(), _GOOD), _missing_id,
    ),
    LintRule(
        "operation-id-duplicate", _E,
        "An operationId is unique among all operations (OpenAPI, Operation Object): generators write one method over "
        "the other.",
        "Name one of them differently.",
        Example({"paths": {**_TWO, "/stock": _TWO["/orders"]}}, _GOOD), _duplicate_id,
    ),
    LintRule(
        "operation-id-case", _I,
        "Methods of generated clients are named by it; one that is written differently stands out in every language.",
        "Write it as most of the document does, else in camelCase.",
        Example(_ids("list_orders", "placeOrder"), _ids("listOrders", "placeOrder")), _id_case,
    ),
    LintRule(
        "path-segment-case", _I,
        "Paths are compared letter by letter; one case for all spares callers from looking each one up.",
        "Write the segment as most of the document does, else in kebab-case.",
        Example(paths("/salesOrders", "/price-lists"), paths("/sales-orders", "/price-lists")), _segment_case,
    ),
    LintRule(
        "path-collection-singular", _I,
        "Where most collections are plurals, a singular one is guessed wrong.",
        "Name the collection by its plural.",
        Example(
            paths("/orders/{id}", "/items/{id}", "/carriers/{id}", "/customer/{id}"),
            paths("/orders/{id}", "/items/{id}", "/carriers/{id}", "/customers/{id}"),
        ), _singular,
    ),
    LintRule(
        "path-trailing-slash", _W,
        "`/orders` and `/orders/` are two addresses; some clients and proxies drop the slash.",
        "Leave the slash out.",
        Example(get("/orders/"), get("/orders")), _trailing_slash,
    ),
    LintRule(
        "path-verb", _I,
        "The method says what is done with what the path names; a verb in the path says it twice, or contradicts it.",
        "Name the thing, and let the method say what is done.",
        Example(get("/get-orders"), get("/orders")), _verb,
    ),
    LintRule(
        "path-parameter-undeclared", _E,
        "A parameter of the path that is not declared has no schema: nothing can be checked.",
        "Declare it with `in: path` and a schema.",
        Example(get("/orders/{id}"), get("/orders/{id}", parameters=[_key("id")])), _undeclared,
    ),
    LintRule(
        "path-parameter-unused", _W,
        "A path parameter that the path does not hold can be sent by nobody.",
        "Take it out, or put it into the path.",
        Example(get("/orders", parameters=[_key("id")]), get("/orders/{id}", parameters=[_key("id")])), _unused,
    ),
    LintRule(
        "path-ambiguous", _E,
        "Two templates that take the same paths are one path item (OpenAPI, Paths Object): which operation answers is "
        "left to chance.",
        "Join them, or tell them apart by a segment.",
        Example(paths("/orders/{id}", "/orders/{number}"), paths("/orders/{id}", "/orders/{id}/lines")), _ambiguous,
    ),
    LintRule(
        "parameter-case", _I,
        "Names of parameters are compared letter by letter.",
        "Write it as most parameters of the document are written.",
        Example(_queries(*_FIVE, "page_size"), _queries(*_FIVE, "pageSize")), _parameter_case,
    ),
    LintRule(
        "property-case", _I,
        "Members are compared letter by letter, and models in typed languages are generated from their names.",
        "Write it as most properties of the document are written.",
        Example(_object(*_FIVE, "line_count"), _object(*_FIVE, "lineCount")), _property_case,
    ),
)  # fmt: skip
