"""Callbacks and webhooks: calls that the API makes to its callers."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, callback, document, example, get
from governance.diff.rules.writing import ADDS, NONE, REMOVES, B, I, W
from governance.diff.wording import says
from governance.rules import Rule

_OPERATION: Final = {"responses": OK}
_AT: Final = "{$request.query.url}"


def _calls(*methods: str) -> Any:
    return get(callbacks={"shipped": {_AT: dict.fromkeys(methods, _OPERATION)}})


def _to(*expressions: str) -> Any:
    return get(callbacks={"shipped": {one: {"post": _OPERATION} for one in expressions}})


def _hook(*methods: str) -> dict[str, Any]:
    return document(webhooks={"shipped": dict.fromkeys(methods, _OPERATION)})


RULES: Final = (
    Rule(
        "callback-added", Area.CALLBACK, ("callback",), ADDS, NONE, I, W, W,
        exposes=True,
        reason="Callers that do not ask for it are not called.",
        do="You may now be called back.",
        example=example(get(), callback()),
        message=says("the callback was added"),
    ),
    Rule(
        "callback-removed", Area.CALLBACK, ("callback",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Callers wait for calls that do not come.",
        do="You must do without these calls.",
        example=example(callback(), get()),
        message=says("the callback was removed"),
    ),
    Rule(
        "callback-address-added", Area.CALLBACK, ("expression",), ADDS, NONE, I, W, I,
        exposes=True,
        reason="Callers may be called at one more address that they give.",
        do="You may now give this address.",
        example=example(_to(_AT), _to(_AT, "{$request.query.other}")),
        message=says("the address of the callback was added"),
    ),
    Rule(
        "callback-address-removed", Area.CALLBACK, ("expression",), REMOVES, NONE, B, B, I,
        exposes=False,
        reason="Callers that give this address are not called there any more.",
        do="You must give the address that is used now.",
        example=example(_to(_AT, "{$request.query.other}"), _to(_AT)),
        message=says("the address of the callback was removed"),
    ),
    Rule(
        "callback-operation-added", Area.CALLBACK, ("operation",), ADDS, NONE, I, W, W,
        exposes=True,
        reason="Callers receive one more kind of call; one that they do not know they answer 405.",
        do="You may now receive it.",
        example=example(_calls("post"), _calls("post", "put")),
        message=says("the call was added"),
    ),
    Rule(
        "callback-operation-removed", Area.CALLBACK, ("operation",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Callers wait for calls that do not come.",
        do="You must do without these calls.",
        example=example(_calls("post", "put"), _calls("post")),
        message=says("the call was removed"),
    ),
    Rule(
        "webhook-added", Area.WEBHOOK, ("webhook",), ADDS, NONE, I, I, W,
        exposes=True,
        reason="Nobody has asked to be called yet.",
        do="You may now ask to be called.",
        example=example(document(), _hook("post")),
        message=says("the webhook was added"),
    ),
    Rule(
        "webhook-removed", Area.WEBHOOK, ("webhook",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Those who asked to be called wait for calls that do not come.",
        do="You must do without these calls.",
        example=example(_hook("post"), document()),
        message=says("the webhook was removed"),
    ),
    Rule(
        "webhook-operation-added", Area.WEBHOOK, ("operation",), ADDS, NONE, I, W, W,
        exposes=True,
        reason="Those who asked to be called receive one more kind of call; one that they do not know they answer 405.",
        do="You may now receive it.",
        example=example(_hook("post"), _hook("post", "put")),
        message=says("the call was added"),
    ),
    Rule(
        "webhook-operation-removed", Area.WEBHOOK, ("operation",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Those who asked to be called wait for calls that do not come.",
        do="You must do without these calls.",
        example=example(_hook("post", "put"), _hook("post")),
        message=says("the call was removed"),
    ),
)  # fmt: skip
