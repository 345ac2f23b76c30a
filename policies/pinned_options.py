"""Which OData query options a pinned offer takes, and how each of them is looked through."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from contracts.isolation import Isolation, fold
from contracts.odata_query.filter import parse_filter
from contracts.odata_query.tokens import Dialect, ODataSyntaxError
from contracts.odata_query.tree import Alias, Binary, FunctionCall, In, Lambda, Logic, Node, Path, TypeName, Unary
from policies.pinned_problems import OPTION_NOT_PROVEN, OPTION_UNREADABLE, selector
from policies.step import Refusal

OPTIONS: Final[Mapping[str, bool]] = {
    "filter": True, "select": True, "orderby": True, "expand": True, "top": True, "skip": True, "count": True,
    "inlinecount": True, "format": True, "skiptoken": True,
    "apply": False, "compute": False, "search": False, "deltatoken": False, "root": False, "query": False,
    "batch": False, "crossjoin": False, "all": False, "entity": False, "links": False, "ref": False, "levels": False,
    "index": False, "schemaversion": False, "it": False, "this": False, "id": False, "value": False,
}  # fmt: skip
"""By name without `$`: whether it is taken where the contract declares it."""

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*"
_PATH: Final = rf"{_NAME}(?:/{_NAME})*"
_PLAIN: Final = {
    "top": re.compile(r"[0-9]{1,9}"),
    "skip": re.compile(r"[0-9]{1,9}"),
    "count": re.compile(r"true|false"),
    "inlinecount": re.compile(r"allpages|none"),
    "format": re.compile(r"json|application/json(?:;[A-Za-z0-9.;= ]{0,100})?"),
    "skiptoken": re.compile(r".{1,8000}", re.DOTALL),
    "select": re.compile(rf" *(?:\*|{_PATH}) *(?:, *(?:\*|{_PATH}) *)*"),
    "expand": re.compile(rf" *{_PATH} *(?:, *{_PATH} *)*"),
    "orderby": re.compile(rf" *{_PATH}(?: +(?:asc|desc))? *(?:, *{_PATH}(?: +(?:asc|desc))? *)*"),
}
_NUMBER: Final = "a whole number from 0 to 999999999"
_EXPECTED: Final = {
    "top": _NUMBER,
    "skip": _NUMBER,
    "count": "`true` or `false`",
    "inlinecount": "`allpages` or `none`",
    "format": "`json`",
    "skiptoken": "the token of a link to the next page, as it came",
    "select": "names of properties with commas between them, or `*`",
    "expand": "names of properties with commas between them",
    "orderby": "names of properties with commas between them, each with `asc` or `desc` after it where wanted",
}
_EACH: Final = re.compile(_PATH)


def dialect_of(isolation: Isolation) -> Dialect:
    """The grammar of the system."""
    return "v2" if isolation.protocol == "odata-v2" else "v4"


def judge_option(name: str, text: str, isolation: Isolation) -> None:
    """Raises Refusal where the text names the entity's field, leads away from the record, or cannot be read."""
    if name == "filter":
        _filter(filter_tree(text, isolation), isolation)
        return
    if not _PLAIN[name].fullmatch(text):
        if name in ("select", "expand", "orderby"):
            _mentions(re.findall(r"\w+", text), isolation)
        raise Refusal(OPTION_UNREADABLE, f"`${name}` cannot be read: expected {_EXPECTED[name]}.", fault="gateway")
    if name in ("select", "expand", "orderby"):
        for path in _EACH.findall(text):
            segments = path.split("/")
            _mentions(segments, isolation)
            how = isolation.nested.get(segments[0])
            if name == "expand":
                if how is None or how == "part" or len(segments) > 1:
                    raise Refusal(OPTION_NOT_PROVEN, "`$expand` names what nothing proves.", fault="gateway")
            elif len(segments) > 1 and how not in ("part", "address"):
                raise Refusal(OPTION_NOT_PROVEN, f"`${name}` leads away from the record.", fault="gateway")


def filter_tree(text: str, isolation: Isolation) -> Node:
    """The tree of `$filter`. Raises Refusal where it does not parse."""
    try:
        return parse_filter(text, dialect_of(isolation))
    except ODataSyntaxError as error:
        raise Refusal(OPTION_UNREADABLE, str(error), fault="gateway") from None


def _mentions(names: list[str], isolation: Isolation) -> None:
    for name in names:
        if fold(name) in isolation.field_names:
            raise selector(name, "query")


def _filter(tree: Node, isolation: Isolation) -> None:
    for node in _nodes(tree):
        match node:
            case Path():
                _mentions([part for segment in node.segments for part in segment.split(".")], isolation)
                far = len(node.segments) > 1 and isolation.nested.get(node.segments[0]) not in ("part", "address")
                if far or node.segments[0].startswith("$") or node.segments[-1].startswith("$"):
                    raise Refusal(OPTION_NOT_PROVEN, "`$filter` leads away from the record.", fault="gateway")
            case Alias() | Lambda() | TypeName():
                raise Refusal(OPTION_NOT_PROVEN, "`$filter` holds an alias, a lambda or a cast.", fault="gateway")
            case _:
                pass


def _nodes(tree: Node) -> Iterator[Node]:
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        match node:
            case Unary():
                stack.append(node.operand)
            case Binary():
                stack += [node.left, node.right]
            case Logic():
                stack += node.operands
            case In():
                stack += [node.operand, *node.members]
            case FunctionCall():
                stack += node.arguments
            case Lambda():
                stack.append(node.path)
                if node.body is not None:
                    stack.append(node.body)
            case _:
                pass
