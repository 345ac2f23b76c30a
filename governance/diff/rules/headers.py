"""Headers of answers, of parts of multipart bodies, and of what callers answer to callbacks."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import answer, called_back, example, header
from governance.diff.rules.lifecycle import deprecation
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
    CHANGES,
    NARROWS,
    RECEIVED,
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
from governance.rules import Rule

_LIST: Final = {"type": "array", "items": {"type": "string"}}


def _made(fields: Mapping[str, Any]) -> dict[str, Any]:
    return header(**fields)


def _sent(**fields: Any) -> Any:
    return called_back(headers={"X-Count": {"schema": {"type": "string"}, **fields}})


_RECEIVED: Final = (
    Rule(
        "response-header-added", Area.HEADER, ("header",), ADDS, RECEIVED, I, W, I,
        exposes=True,
        reason="Callers pass over headers that they do not know.",
        do="Nothing; you may now read it.",
        example=example(answer(), header()),
        message=says("the header was added"),
    ),
    Rule(
        "response-required-header-removed", Area.HEADER, ("header",), REMOVES, RECEIVED, B, B, B,
        exposes=False,
        reason="A caller that counts on the header, as the old contract lets it, does not find it.",
        do="You must do without it.",
        example=example(header(required=True), answer()),
        message=says("the required header was removed"),
        when=lambda change, _: change.traits.required,
    ),
    Rule(
        "response-header-removed", Area.HEADER, ("header",), REMOVES, RECEIVED, W, B, B,
        exposes=False,
        reason="It could always be missing, so that a correct caller goes on; what it wanted is gone all the same.",
        do="You must do without it.",
        example=example(header(), answer()),
        message=says("the optional header was removed"),
    ),
    Rule(
        "response-header-became-required", Area.HEADER, ("required",), NARROWS, RECEIVED, I, I, I,
        exposes=False,
        reason="What comes always could come before.",
        do="Nothing; the header always comes now.",
        example=example(header(), header(required=True)),
        message=says("the header always comes now"),
    ),
    Rule(
        "response-header-became-optional", Area.HEADER, ("required",), WIDENS, RECEIVED, B, B, W,
        exposes=False,
        reason="A caller that counts on the header, as the old contract lets it, may not find it.",
        do="You must be ready for answers without it.",
        example=example(header(required=True), header()),
        message=says("the header may be missing now"),
    ),
)  # fmt: skip

_SENT: Final = (
    Rule(
        "request-required-header-added", Area.HEADER, ("header",), ADDS, SENT, B, B, B,
        exposes=False,
        reason="A part of a body, or an answer to a callback, without this header is refused.",
        do="You must send it.",
        example=example(called_back(), _sent(required=True)),
        message=says("the required header was added"),
        when=lambda change, _: change.traits.required,
    ),
    Rule(
        "request-header-added", Area.HEADER, ("header",), ADDS, SENT, I, I, I,
        exposes=False,
        reason="It is optional: whoever leaves it out is still understood.",
        do="You may now send it.",
        example=example(called_back(), _sent()),
        message=says("the optional header was added"),
    ),
    Rule(
        "request-header-removed", Area.HEADER, ("header",), REMOVES, SENT, W, B, B,
        exposes=False,
        reason="Headers that the contract does not declare are passed over: what callers say by it has no effect.",
        do="You should stop sending it: it has no effect any more.",
        example=example(_sent(), called_back()),
        message=says("the header was removed"),
    ),
    Rule(
        "request-header-became-required", Area.HEADER, ("required",), NARROWS, SENT, B, B, B,
        exposes=False,
        reason="A part of a body, or an answer to a callback, without this header is refused.",
        do="You must send it.",
        example=example(_sent(), _sent(required=True)),
        message=says("the header became required"),
    ),
    Rule(
        "request-header-became-optional", Area.HEADER, ("required",), WIDENS, SENT, I, I, W,
        exposes=False,
        reason="Whoever sends it is still understood.",
        do="You may now leave it out.",
        example=example(_sent(required=True), _sent()),
        message=says("the header became optional"),
    ),
)  # fmt: skip

_FORM: Final = (
    Rule(
        "header-style-changed", Area.HEADER, ("style",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="The same value is written otherwise on the wire, and read as another one.",
        do="You must read and write it in the new style.",
        example=example(header(schema=_LIST, style="simple"), header(schema=_LIST, style="form")),
        message=valued("style"),
    ),
    Rule(
        "header-explode-changed", Area.HEADER, ("explode",), CHANGES, BOTH, B, B, I,
        exposes=False,
        reason="Objects are written otherwise on the wire, and read as another value.",
        do="You must read and write objects in the new form.",
        example=example(header(schema={"type": "object"}), header(schema={"type": "object"}, explode=True)),
        message=valued("explode"),
    ),
    Rule(
        "header-content-changed", Area.HEADER, ("content",), CHANGES, BOTH, B, B, B,
        exposes=False,
        reason="The value is written in another form on the wire (a media type instead of a style, or another media "
        "type).",
        do="You must read and write it in the new form.",
        example=example(header(), answer(headers={"X-Count": {"content": {"application/json": {"schema": {}}}}})),
        message=valued("the form of the value"),
    ),
)  # fmt: skip

RULES: Final = (
    *_RECEIVED,
    *_SENT,
    *_FORM,
    *deprecation(Area.HEADER, "header", BOTH, _made, "document"),
    documentation(
        Area.HEADER, ("description", "examples"), BOTH, example(header(description="a"), header(description="b"))
    ),
    extensions(Area.HEADER, BOTH, example(header(), header(**{"x-unit": "rows"}))),
)  # fmt: skip
