"""Lists: a caller can ask for a page, a page has a largest size, and an answer can say that there is more."""

import re
from collections.abc import Iterator
from typing import Final

from governance.diff.walk.reading import Node
from governance.finding import Severity
from governance.lint.case import words_of
from governance.lint.documents import answers, query
from governance.lint.operations import Operation, Parameter, is_json, media_types
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_SIZES: Final = frozenset(
    {
        "limit", "top", "pagesize", "perpage", "size", "count", "maxresults", "maxitems", "first", "take",
        "rows", "pagelimit", "max", "maxresultsperpage", "itemsperpage", "numresults",
    }
)  # fmt: skip
_PLACES: Final = frozenset(
    {
        "page", "offset", "skip", "cursor", "after", "before", "startingafter", "endingbefore", "pagetoken",
        "nexttoken", "token", "continuationtoken", "continuation", "start", "startindex", "pagenumber",
        "pageindex", "skiptoken", "marker", "last", "pagekey", "nextpagetoken", "scrollid", "from",
    }
)  # fmt: skip
_HOLDERS: Final = frozenset(
    {"value", "items", "data", "results", "records", "entries", "elements", "content", "rows", "hits", "members", "d"}
)
_FEW: Final = 100
"""A list that cannot be longer needs no pages."""


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.rpartition("[")[2].lower())


def is_page_size(name: str) -> bool:
    """Whether a query parameter of this name says how much a page holds."""
    return _plain(name) in _SIZES


def _pages(operation: Operation) -> bool:
    names = {_plain(one.name) for one in operation.parameters if one.location in ("query", "header", "querystring")}
    return not names.isdisjoint(_SIZES | _PLACES)


def _members(subject: Subject, schema: Node) -> dict[str, Node]:
    """The properties of an object, those of `allOf` too."""
    found: dict[str, Node] = {}
    waiting = [schema]
    seen: set[str] = set()
    while waiting and len(seen) < _FEW:
        node = subject.reading.follow(waiting.pop())
        if node.at in seen:
            continue
        seen.add(node.at)
        holder = node.child("properties")
        for name in holder.members:
            found.setdefault(name, subject.reading.follow(holder.child(name)))
        waiting += list(node.child("allOf").items())
    return found


def _is_long_list(subject: Subject, node: Node) -> bool:
    """Whether the schema is one of a list of objects that may be long."""
    if node.members.get("type") != "array":
        return False
    most = node.members.get("maxItems")
    if isinstance(most, int) and most <= _FEW:
        return False
    inner = subject.reading.follow(node.child("items"))
    return inner.members.get("type") == "object" or not {"properties", "allOf", "oneOf", "anyOf"}.isdisjoint(
        inner.members
    )


def _lists(subject: Subject) -> Iterator[tuple[Operation, Node, bool]]:
    """GETs that answer a list, with the schema of the answer, and whether that is a bare list."""
    for one in subject.operations:
        if one.method != "GET" or one.path.rstrip("/").endswith(("}", "})", "}')")):
            continue
        for status, answer in one.answers.items():
            schema = _answered(subject, answer) if status in ("200", "2XX", "default") else None
            if schema is None:
                continue
            if _is_long_list(subject, schema):
                yield one, schema, True
                break
            last = words_of(one.path.rstrip("/").rpartition("/")[2])
            known = {*_HOLDERS, "".join(last), *last[-1:]}
            members = _members(subject, schema)
            inner = _members(subject, members["d"]) if "d" in members else members  # OData V2
            if any(_plain(name) in known and _is_long_list(subject, node) for name, node in inner.items()):
                yield one, schema, False
                break


def _answered(subject: Subject, answer: Node) -> Node | None:
    for name, media in media_types(subject.reading, answer):
        if is_json(name):
            return subject.reading.follow(media.child("schema"))
    return None


def _no_pages(subject: Subject) -> Iterator[Hit]:
    for one, schema, _ in _lists(subject):
        if not _pages(one) and "next" not in {_plain(name) for name in _members(subject, schema)}:
            yield Hit(
                one.node.at, f"{one.name} answers a list and takes neither limit nor cursor", one.reach, one.identity
            )


def _bare(subject: Subject) -> Iterator[Hit]:
    for one, _, bare in _lists(subject):
        headers = {name.lower() for answer in one.answers.values() for name in answer.child("headers").members}
        if bare and not any(name == "link" or "total" in name or "next" in name for name in headers):
            message = f"{one.name} answers a bare list: nothing in it can say that there is more"
            yield Hit(one.node.at, message, one.reach, one.identity)


def _sizes(subject: Subject) -> Iterator[tuple[Parameter, list[Operation]]]:
    found: dict[str, tuple[Parameter, list[Operation]]] = {}
    for one in subject.operations:
        for parameter in one.parameters:
            if parameter.location == "query" and is_page_size(parameter.name):
                found.setdefault(parameter.node.at, (parameter, []))[1].append(one)
    yield from found.values()


def _unbounded(subject: Subject) -> Iterator[Hit]:
    for parameter, operations in _sizes(subject):
        schema = subject.reading.follow(parameter.node.child("schema"))
        stated = schema.members.get("type")
        types = stated if isinstance(stated, list) else [stated]
        numeric = {"integer", "number"} & {name for name in types if isinstance(name, str)}
        if (
            numeric
            and not {"maximum", "exclusiveMaximum", "enum", "const", "allOf", "oneOf", "anyOf"} & schema.members.keys()
        ):
            reach = tuple(use for one in operations for use in one.reach)
            message = f"the query parameter {parameter.name} has no maximum: a caller may ask for everything at once"
            yield Hit(parameter.node.at, message, reach)


_LIST: Final = {"type": "array", "items": {"type": "object"}}
_PAGE: Final = {"type": "object", "properties": {"items": _LIST, "next": {"type": "string"}}}
_LIMIT: Final = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}

RULES: Final = (
    LintRule(
        "list-without-pages", Severity.WARNING,
        "A list grows. Without a page the answer grows with it until it times out, and pages cannot be added later "
        "without surprising those who read the whole list.",
        "Take a limit and a cursor (`$top` and `$skip` in OData), or state a small `maxItems`.",
        Example(answers(_LIST), answers(_PAGE, parameters=[_LIMIT])), _no_pages,
    ),
    LintRule(
        "list-bare", Severity.INFO,
        "A bare array has no place for a link to the next page or a total; adding one later breaks every caller.",
        "Answer an object that holds the list, or declare a `Link` header.",
        Example(answers(_LIST, parameters=[_LIMIT]), answers(_PAGE, parameters=[_LIMIT])), _bare,
    ),
    LintRule(
        "page-size-unbounded", Severity.WARNING,
        "One call that asks for a million rows does to the system what a thousand calls do, and counts as one.",
        "State `maximum`.",
        Example(query("limit", {"type": "integer"}), query("limit", {"type": "integer", "maximum": 100})), _unbounded,
    ),
)  # fmt: skip
