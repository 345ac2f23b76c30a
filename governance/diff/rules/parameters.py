"""Parameters: what callers say in the path, the query, headers and cookies."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from governance.diff.change import Area, Change
from governance.diff.rules.documents import example, get, parameter
from governance.diff.rules.lifecycle import lifecycle, removal
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
    CHANGES,
    NARROWS,
    REMOVES,
    SENT,
    WIDENS,
    B,
    I,
    W,
    documentation,
    extensions,
)  # fmt: skip
from governance.diff.wording import says, valued
from governance.finding import Direction
from governance.rules import Rule

_LIST: Final = {"type": "array", "items": {"type": "string"}}


def _made(fields: Mapping[str, Any]) -> dict[str, Any]:
    return parameter(**fields)


def _inside(place: str) -> Callable[[Change, object], bool]:
    return lambda change, _: bool(re.search(rf"\b{place} parameter ", change.subject))


_COMING_AND_GOING: Final = (
    *removal(Area.PARAMETER, "parameter", "request-parameter", Direction.REQUEST, _made, get()),
    Rule(
        "request-required-parameter-added", Area.PARAMETER, ("parameter",), ADDS, SENT, B, B, B,
        exposes=False,
        reason="A caller that does not send it, as the old contract has it, is refused.",
        do="You must send it.",
        example=example(get(), parameter(required=True)),
        message=says("the required parameter was added"),
        when=lambda change, _: change.traits.required and not change.traits.has_default,
    ),
    Rule(
        "request-required-parameter-with-default-added", Area.PARAMETER, ("parameter",), ADDS, SENT, B, B, B,
        exposes=False,
        reason="`required` has to be there whatever `default` says: a caller that does not send it is refused. A "
        "server that fills the default in should state it as optional.",
        do="You must send it.",
        example=example(get(), parameter(required=True, schema={"type": "string", "default": "all"})),
        message=says("the required parameter was added, with a default"),
        when=lambda change, _: change.traits.required and change.traits.has_default,
    ),
    Rule(
        "request-parameter-added", Area.PARAMETER, ("parameter",), ADDS, SENT, I, I, I,
        exposes=False,
        reason="It is optional: whoever leaves it out is still understood.",
        do="You may now send it.",
        example=example(get(), parameter()),
        message=says("the optional parameter was added"),
    ),
    Rule(
        "request-parameter-removed", Area.PARAMETER, ("parameter",), REMOVES, SENT, B, B, B,
        exposes=False,
        reason="The gateway refuses query parameters that the contract does not declare: a caller that goes on sending "
        "it is refused.",
        do="You must stop sending it.",
        example=example(parameter(), get()),
        message=says("the parameter was removed"),
    ),
    Rule(
        "request-header-parameter-removed", Area.PARAMETER, ("parameter",), REMOVES, SENT, W, B, B,
        exposes=False,
        reason="The gateway passes over headers that the contract does not declare: the call goes on, and what the "
        "caller said by it has no effect.",
        do="You should stop sending it: it has no effect any more.",
        example=example(parameter("X-Region", **{"in": "header"}), get()),
        message=says("the header parameter was removed"),
        when=_inside("header"),
    ),
    Rule(
        "request-cookie-parameter-removed", Area.PARAMETER, ("parameter",), REMOVES, SENT, W, B, B,
        exposes=False,
        reason="The gateway passes over cookies that the contract does not declare: the call goes on, and what the "
        "caller said by it has no effect.",
        do="You should stop sending it: it has no effect any more.",
        example=example(parameter("region", **{"in": "cookie"}), get()),
        message=says("the cookie parameter was removed"),
        when=_inside("cookie"),
    ),
)  # fmt: skip

_REQUIRED: Final = (
    Rule(
        "request-parameter-became-required-with-default", Area.PARAMETER, ("required",), NARROWS, SENT, B, B, B,
        exposes=False,
        reason="`required` has to be there whatever `default` says: a caller that leaves it out is refused.",
        do="You must send it.",
        example=example(parameter(), parameter(required=True, schema={"type": "string", "default": "all"})),
        message=says("the parameter became required, with a default"),
        when=lambda change, _: change.traits.has_default,
    ),
    Rule(
        "request-parameter-became-required", Area.PARAMETER, ("required",), NARROWS, SENT, B, B, B,
        exposes=False,
        reason="A caller that leaves it out, as the old contract allows, is refused.",
        do="You must send it.",
        example=example(parameter(), parameter(required=True)),
        message=says("the parameter became required"),
    ),
    Rule(
        "request-parameter-became-optional", Area.PARAMETER, ("required",), WIDENS, SENT, I, I, B,
        exposes=False,
        reason="Whoever sends it is still understood.",
        do="You may now leave it out.",
        example=example(parameter(required=True), parameter()),
        message=says("the parameter became optional"),
    ),
)  # fmt: skip

_FORM: Final = (
    Rule(
        "parameter-style-changed", Area.PARAMETER, ("style",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="The same value is written otherwise on the wire: what is sent as before is read as another value, "
        "or refused.",
        do="You must write it in the new style.",
        example=example(
            parameter(style="form", explode=False, schema=_LIST),
            parameter(style="pipeDelimited", explode=False, schema=_LIST),
        ),
        message=valued("style"),
    ),
    Rule(
        "parameter-explode-changed", Area.PARAMETER, ("explode",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="Lists and objects are written otherwise on the wire: what is sent as before is read as another value, "
        "or refused.",
        do="You must write lists and objects in the new form.",
        example=example(parameter(explode=True, schema=_LIST), parameter(explode=False, schema=_LIST)),
        message=valued("explode"),
    ),
    Rule(
        "request-parameter-reserved-refused", Area.PARAMETER, ("allowReserved",), NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that sends reserved characters as they are is not understood any more.",
        do="You must percent-encode reserved characters.",
        example=example(parameter(allowReserved=True), parameter()),
        message=says("reserved characters may not be sent as they are any more"),
    ),
    Rule(
        "request-parameter-reserved-allowed", Area.PARAMETER, ("allowReserved",), WIDENS, SENT, I, I, I,
        exposes=False,
        reason="What callers send is still understood.",
        do="You may now send reserved characters as they are.",
        example=example(parameter(), parameter(allowReserved=True)),
        message=says("reserved characters may be sent as they are"),
    ),
    Rule(
        "request-parameter-empty-refused", Area.PARAMETER, ("allowEmptyValue",), NARROWS, SENT, B, B, I,
        exposes=False,
        reason="A caller that sends it without a value, as the old contract allows, is refused.",
        do="You must send a value, or leave it out.",
        example=example(parameter(allowEmptyValue=True), parameter()),
        message=says("it may not be empty any more"),
    ),
    Rule(
        "request-parameter-empty-allowed", Area.PARAMETER, ("allowEmptyValue",), WIDENS, SENT, I, I, I,
        exposes=False,
        reason="What callers send is still understood.",
        do="You may now send it without a value.",
        example=example(parameter(), parameter(allowEmptyValue=True)),
        message=says("it may be empty"),
    ),
    Rule(
        "parameter-content-changed", Area.PARAMETER, ("content",), CHANGES, BOTH, B, B, B,
        exposes=False,
        reason="The value is written in another form on the wire (a media type instead of a style, or another media "
        "type): what is sent as before is not understood.",
        do="You must write it in the new form.",
        example=example(
            parameter(),
            get(parameters=[{"name": "limit", "in": "query", "content": {"application/json": {"schema": {}}}}]),
        ),
        message=valued("the form of the value"),
    ),
)  # fmt: skip

RULES: Final = (
    *_COMING_AND_GOING,
    *_REQUIRED,
    *_FORM,
    *lifecycle(Area.PARAMETER, "request-parameter", SENT, _made, "document"),
    documentation(
        Area.PARAMETER, ("description", "examples"), BOTH,
        example(parameter(description="how many"), parameter(description="how many at most")),
    ),
    extensions(Area.PARAMETER, BOTH, example(parameter(), parameter(**{"x-unit": "rows"}))),
)  # fmt: skip
