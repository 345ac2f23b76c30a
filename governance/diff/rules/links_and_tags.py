"""Links between operations, and tags."""

from typing import Any, Final

from governance.diff.change import Area
from governance.diff.rules.documents import OK, answer, document, example, get
from governance.diff.rules.writing import ADDS, NONE, RECEIVED, REMOVES, VALUE, B, I, W, documentation
from governance.diff.wording import says, valued
from governance.rules import Rule


def _link(**fields: Any) -> dict[str, Any]:
    made = answer(links={"next": {"operationId": "nextOrders", **fields}})
    made["paths"]["/next"] = {"get": {"operationId": "nextOrders", "responses": OK}}
    made["paths"]["/last"] = {"get": {"operationId": "lastOrders", "responses": OK}}
    return made


def _no_link() -> dict[str, Any]:
    made = _link()
    made["paths"]["/orders"] = answer()["paths"]["/orders"]
    return made


RULES: Final = (
    Rule(
        "response-link-added", Area.LINK, ("link",), ADDS, RECEIVED, I, I, I,
        exposes=False,
        reason="A link says which operation an answer leads to; it is in no message.",
        do="You may now follow it.",
        example=example(_no_link(), _link()),
        message=says("the link was added"),
    ),
    Rule(
        "response-link-removed", Area.LINK, ("link",), REMOVES, RECEIVED, W, W, W,
        exposes=False,
        reason="No message changes, but tools that follow links do not find this one.",
        do="You must know the next call without it.",
        example=example(_link(), _no_link()),
        message=says("the link was removed"),
    ),
    Rule(
        "response-link-target-changed", Area.LINK, ("target",), VALUE, RECEIVED, W, W, W,
        exposes=False,
        reason="No message changes, but tools that follow links make another call.",
        do="You must see whether the new target is what you want.",
        example=example(_link(), _link(operationId="lastOrders")),
        message=valued("where the link leads"),
    ),
    documentation(Area.LINK, ("description",), RECEIVED, example(_link(description="a"), _link(description="b"))),
    Rule(
        "tag-changed", Area.TAG, ("tag",), (*ADDS, *REMOVES), NONE, I, I, I,
        exposes=False,
        reason="Tags sort operations for readers; they are in no message.",
        do="Nothing.",
        example=example(document(), document(tags=[{"name": "sales"}])),
        message=valued("the tag"),
    ),
    Rule(
        "operation-tag-changed", Area.TAG, ("operation-tag",), (*ADDS, *REMOVES), NONE, I, I, B,
        exposes=False,
        reason="Tags sort operations for readers; they are in no message. Generators put the operations of a tag into "
        "a class of its name.",
        do="Nothing on the wire; find the function in its new class where you use a generated client.",
        example=example(get(tags=["sales"]), get(tags=["sales", "orders"])),
        message=valued("the tag of the operation"),
    ),
    documentation(
        Area.TAG, ("description",), NONE,
        example(document(tags=[{"name": "a", "description": "x"}]), document(tags=[{"name": "a", "description": "y"}])),
    ),
)  # fmt: skip
