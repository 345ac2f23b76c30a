"""Parameters of callbacks and webhooks: what callers are told in the path, the query and headers."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, callback, example
from governance.diff.rules.lifecycle import lifecycle, removal
from governance.diff.rules.writing import ADDS, NARROWS, RECEIVED, REMOVES, WIDENS, B, I, W
from governance.diff.wording import says
from governance.finding import Direction
from governance.rules import Rule


def _told(**fields: Any) -> Any:
    stated = {"name": "event", "in": "query", "schema": {"type": "string"}, **fields}
    return callback({"parameters": [stated], "responses": OK})


def _made(fields: Mapping[str, Any]) -> Any:
    return _told(**fields)


RULES: Final = (
    Rule(
        "response-parameter-added", Area.PARAMETER, ("parameter",), ADDS, RECEIVED, I, W, W,
        exposes=True,
        reason="Callers that are called back pass over parameters that they do not know.",
        do="Nothing; you may now read it.",
        example=example(callback(), _told()),
        message=says("the parameter that callers receive was added"),
    ),
    *removal(Area.PARAMETER, "parameter", "response-parameter", Direction.RESPONSE, _made, callback()),
    Rule(
        "response-required-parameter-removed", Area.PARAMETER, ("parameter",), REMOVES, RECEIVED, B, B, B,
        exposes=False,
        reason="A caller that counts on it, as the old contract lets it, does not find it.",
        do="You must do without it.",
        example=example(_told(required=True), callback()),
        message=says("the required parameter that callers receive was removed"),
        when=lambda change, _: change.traits.required,
    ),
    Rule(
        "response-parameter-removed", Area.PARAMETER, ("parameter",), REMOVES, RECEIVED, W, B, B,
        exposes=False,
        reason="It could always be missing, so that a correct caller goes on; what it wanted is gone all the same.",
        do="You must do without it.",
        example=example(_told(), callback()),
        message=says("the optional parameter that callers receive was removed"),
    ),
    Rule(
        "response-parameter-became-required", Area.PARAMETER, ("required",), NARROWS, RECEIVED, I, I, B,
        exposes=False,
        reason="What comes always could come before.",
        do="Nothing; it always comes now.",
        example=example(_told(), _told(required=True)),
        message=says("the parameter that callers receive always comes now"),
    ),
    Rule(
        "response-parameter-became-optional", Area.PARAMETER, ("required",), WIDENS, RECEIVED, B, B, B,
        exposes=False,
        reason="A caller that counts on it, as the old contract lets it, may not find it.",
        do="You must be ready for calls without it.",
        example=example(_told(required=True), _told()),
        message=says("the parameter that callers receive may be missing now"),
    ),
    Rule(
        "response-parameter-reserved-refused", Area.PARAMETER, ("allowReserved",), NARROWS, RECEIVED, I, I, I,
        exposes=False,
        reason="Whatever callers can receive now they could receive before.",
        do="Nothing.",
        example=example(_told(allowReserved=True), _told()),
        message=says("reserved characters are not sent as they are any more"),
    ),
    Rule(
        "response-parameter-reserved-allowed", Area.PARAMETER, ("allowReserved",), WIDENS, RECEIVED, B, B, I,
        exposes=False,
        reason="A caller that was written for encoded characters may receive reserved ones as they are.",
        do="You must be ready to receive reserved characters as they are.",
        example=example(_told(), _told(allowReserved=True)),
        message=says("reserved characters may come as they are"),
    ),
    Rule(
        "response-parameter-empty-refused", Area.PARAMETER, ("allowEmptyValue",), NARROWS, RECEIVED, I, I, I,
        exposes=False,
        reason="Whatever callers can receive now they could receive before.",
        do="Nothing.",
        example=example(_told(allowEmptyValue=True), _told()),
        message=says("it is never empty any more"),
    ),
    Rule(
        "response-parameter-empty-allowed", Area.PARAMETER, ("allowEmptyValue",), WIDENS, RECEIVED, B, B, I,
        exposes=False,
        reason="A caller that was written for values may receive it without one.",
        do="You must be ready to receive it without a value.",
        example=example(_told(), _told(allowEmptyValue=True)),
        message=says("it may be empty now"),
    ),
    *lifecycle(Area.PARAMETER, "response-parameter", RECEIVED, _made, "document"),
)  # fmt: skip
