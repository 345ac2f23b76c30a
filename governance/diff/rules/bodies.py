"""Bodies as a whole: those that callers send, and those that callbacks and webhooks send to them."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, callback, document, example, post
from governance.diff.rules.writing import (
    ADDS,
    BOTH,
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
from governance.diff.wording import says
from governance.rules import Rule

_JSON: Final = {"application/json": {"schema": {"type": "object"}}}
_NO_BODY: Final = document(paths={"/orders": {"post": {"responses": OK}}})


def _called(**fields: Any) -> Any:
    return callback({"requestBody": {"content": _JSON, **fields}, "responses": OK})


RULES: Final = (
    Rule(
        "request-required-body-added", Area.BODY, ("body",), ADDS, SENT, B, B, B,
        exposes=False,
        reason="A caller that sends no body, as the old contract has it, is refused.",
        do="You must send a body.",
        example=example(_NO_BODY, post(_JSON, required=True)),
        message=says("the required body was added"),
        when=lambda change, _: change.traits.required,
    ),
    Rule(
        "request-body-added", Area.BODY, ("body",), ADDS, SENT, I, I, W,
        exposes=False,
        reason="It is optional: whoever sends none is still understood.",
        do="You may now send a body.",
        example=example(_NO_BODY, post(_JSON)),
        message=says("the optional body was added"),
    ),
    Rule(
        "request-body-removed", Area.BODY, ("body",), REMOVES, SENT, B, B, B,
        exposes=False,
        reason="A caller that goes on sending a body is refused, or what it sends has no effect.",
        do="You must stop sending a body.",
        example=example(post(_JSON), _NO_BODY),
        message=says("the body was removed"),
    ),
    Rule(
        "request-body-became-required", Area.BODY, ("required",), NARROWS, SENT, B, B, B,
        exposes=False,
        reason="A caller that sends no body, as the old contract allows, is refused.",
        do="You must send a body.",
        example=example(post(_JSON), post(_JSON, required=True)),
        message=says("the body became required"),
    ),
    Rule(
        "request-body-became-optional", Area.BODY, ("required",), WIDENS, SENT, I, I, B,
        exposes=False,
        reason="Whoever sends a body is still understood.",
        do="You may now leave the body out.",
        example=example(post(_JSON, required=True), post(_JSON)),
        message=says("the body became optional"),
    ),
    Rule(
        "response-body-added", Area.BODY, ("body",), ADDS, RECEIVED, I, W, W,
        exposes=True,
        reason="Callers that are called back may pass over a body that they do not expect.",
        do="Nothing; you may now read it.",
        example=example(callback(), _called()),
        message=says("the body that callers receive was added"),
    ),
    Rule(
        "response-body-removed", Area.BODY, ("body",), REMOVES, RECEIVED, B, B, B,
        exposes=False,
        reason="Callers that are called back wait for a body that does not come.",
        do="You must do without the body.",
        example=example(_called(), callback()),
        message=says("the body that callers receive was removed"),
    ),
    Rule(
        "response-body-became-required", Area.BODY, ("required",), NARROWS, RECEIVED, I, I, B,
        exposes=False,
        reason="What comes always could come before.",
        do="Nothing; the body always comes now.",
        example=example(_called(), _called(required=True)),
        message=says("the body that callers receive always comes now"),
    ),
    Rule(
        "response-body-became-optional", Area.BODY, ("required",), WIDENS, RECEIVED, B, B, B,
        exposes=False,
        reason="Callers that are called back count on a body that may not come.",
        do="You must be ready for calls without a body.",
        example=example(_called(required=True), _called()),
        message=says("the body that callers receive may be missing now"),
    ),
    documentation(
        Area.BODY, ("description",), BOTH, example(post(_JSON, description="one"), post(_JSON, description="an order"))
    ),
    extensions(Area.BODY, BOTH, example(post(_JSON), post(_JSON, **{"x-team": "sales"}))),
)  # fmt: skip
