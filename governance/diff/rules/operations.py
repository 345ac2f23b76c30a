"""Operations: what can be called."""

from collections.abc import Mapping
from typing import Any, Final

from governance.diff.change import Area, Change
from governance.diff.rules.documents import OK, document, example, get
from governance.diff.rules.lifecycle import lifecycle, removal
from governance.diff.rules.writing import ADDS, CHANGES, NONE, REMOVES, B, I, documentation, extensions
from governance.diff.wording import says, valued
from governance.finding import Direction
from governance.rules import Rule


def _made(fields: Mapping[str, Any]) -> dict[str, Any]:
    return get(**fields)


def _second(fields: Mapping[str, Any]) -> dict[str, Any]:
    return document(paths={"/orders": {"get": {"responses": OK}, "delete": {"responses": OK, **fields}}})


def _is_undated(change: Change, _: object) -> bool:
    return change.traits.deprecated_old and not change.traits.sunset_old


RULES: Final = (
    *removal(Area.OPERATION, "operation", "operation", Direction.NONE, _second, document()),
    Rule(
        "deprecated-operation-removed", Area.OPERATION, ("operation",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="It was deprecated, and no day was announced for its end: callers could not know that it would be gone "
        "now, and calls to it find nothing.",
        do="You must stop calling it.",
        example=example(_second({"deprecated": True}), document()),
        message=says("the deprecated operation was removed"),
        when=_is_undated,
    ),
    Rule(
        "operation-added", Area.OPERATION, ("operation",), ADDS, NONE, I, I, I,
        exposes=True,
        reason="Nobody calls it yet; what it answers or does could not be asked for before.",
        do="You may now call it.",
        example=example(document(), _second({})),
        message=says("the operation was added"),
    ),
    Rule(
        "operation-removed", Area.OPERATION, ("operation",), REMOVES, NONE, B, B, B,
        exposes=False,
        reason="Calls to it find nothing.",
        do="You must stop calling it.",
        example=example(_second({}), document()),
        message=says("the operation was removed"),
    ),
    Rule(
        "operation-id-added", Area.OPERATION, ("operationId",), ADDS, NONE, I, I, B,
        exposes=False,
        reason="`operationId` is not on the wire. A generated client calls its function otherwise than before.",
        do="Nothing on the wire; rename the function where you use a generated client.",
        example=example(get(), get(operationId="listOrders")),
        message=valued("operationId"),
    ),
    Rule(
        "operation-id-removed", Area.OPERATION, ("operationId",), REMOVES, NONE, I, I, B,
        exposes=False,
        reason="`operationId` is not on the wire. A generated client loses the name of the function.",
        do="Nothing on the wire; rename the function where you use a generated client.",
        example=example(get(operationId="listOrders"), get()),
        message=valued("operationId"),
    ),
    Rule(
        "operation-id-changed", Area.OPERATION, ("operationId",), CHANGES, NONE, I, I, B,
        exposes=False,
        reason="`operationId` is not on the wire. A generated client calls its function otherwise.",
        do="Nothing on the wire; rename the function where you use a generated client.",
        example=example(get(operationId="listOrders"), get(operationId="orders")),
        message=valued("operationId"),
    ),
    *lifecycle(Area.OPERATION, "operation", NONE, _made, "document"),
    documentation(
        Area.OPERATION, ("description", "externalDocs"), NONE,
        example(get(description="all orders"), get(description="all open orders")),
    ),
    extensions(Area.OPERATION, NONE, example(get(), get(**{"x-team": "sales"}))),
)  # fmt: skip
