"""A small contract, code that uses its client, and kinds of compatible change of it."""

import copy
import json

TEXT = {"type": "string", "maxLength": 40}
LINE = {
    "type": "object", "required": ["sku", "quantity"],
    "properties": {"sku": TEXT, "quantity": {"type": "integer"}, "note": TEXT},
}  # fmt: skip
ORDER = {
    "type": "object", "required": ["id", "status", "lines", "total"],
    "properties": {
        "id": TEXT, "status": {"type": "string", "enum": ["open", "closed"]}, "total": {"type": "number"},
        "placed": {"type": "string", "format": "date-time"}, "comment": {"type": ["string", "null"]},
        "customer": {"type": "object", "properties": {"name": TEXT, "city": TEXT}},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/Line"}},
    },
}  # fmt: skip
NEW = {
    "type": "object", "required": ["customer", "lines"], "additionalProperties": False,
    "properties": {
        "customer": TEXT, "priority": {"type": "string", "enum": ["low", "high"]},
        "lines": {"type": "array", "items": {"$ref": "#/components/schemas/NewLine"}}, "weeks": {"type": "integer"},
    },
}  # fmt: skip
EXAMPLE = {
    "id": "o1", "status": "open", "total": 12.50, "placed": "2026-02-03T06:00:00Z", "comment": None,
    "customer": {"name": "Bay", "city": "Bern"}, "lines": [{"sku": "PUMP", "quantity": 2}],
}  # fmt: skip


def _json(schema, example=None):
    media = {"schema": schema} if example is None else {"schema": schema, "example": example}
    return {"content": {"application/json": media}}


def contract():
    """The old version, a copy of its own."""
    return copy.deepcopy(_contract())


def _contract():
    order = {"$ref": "#/components/schemas/Order"}
    page = {
        "type": "object",
        "required": ["value"],
        "properties": {"value": {"type": "array", "items": order}, "nextLink": TEXT},
    }
    security = [{"key": []}]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop", "version": "1.0.0"},
        "servers": [{"url": "https://shop.example/v1"}],
        "paths": {
            "/orders": {
                "get": {
                    "operationId": "listOrders", "tags": ["orders"], "security": security,
                    "parameters": [
                        {"name": "city", "in": "query", "required": True, "schema": TEXT},
                        {"name": "top", "in": "query", "schema": {"type": "integer", "maximum": 50}},
                    ],
                    "responses": {"200": {"description": "x", **_json(page, {"value": [EXAMPLE]})}},
                },
                "post": {
                    "operationId": "createOrder", "tags": ["orders"], "security": security,
                    "requestBody": {"required": True, **_json({"$ref": "#/components/schemas/NewOrder"})},
                    "responses": {"201": {"description": "x", **_json(order, EXAMPLE)}},
                },
            },
            "/orders/{id}": {
                "get": {
                    "operationId": "getOrder", "tags": ["orders"], "security": security,
                    "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
                    "responses": {"200": {"description": "x", **_json(order, EXAMPLE)}},
                },
            },
        },
        "components": {
            "schemas": {"Line": LINE, "NewLine": LINE, "Order": ORDER, "NewOrder": NEW},
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        },
    }  # fmt: skip


USER = """
from datetime import datetime
from decimal import Decimal

from {package} import ApiKey, AsyncClient, Client, enums, errors, inputs, models


def place(client: Client) -> models.Order:
    line = inputs.NewLine(sku="PUMP", quantity=2, note="soon")
    wanted = inputs.NewOrder(customer="Bay", lines=[line], priority="low", weeks=3)
    wanted.priority = enums.NewOrderPriority.HIGH
    return client.orders.create_order(wanted)


def read(client: Client) -> tuple[str, Decimal, datetime | None, str | None]:
    order = client.orders.get_order("o1")
    if order.status is enums.OrderStatus.OPEN:
        customer: models.OrderCustomer | None = order.customer
        name = customer.name if customer else None
        return order.id, order.total, order.placed, name or order.comment
    return order.status, sum((Decimal(line.quantity) for line in order.lines), Decimal(0)), None, None


def every(client: Client) -> list[str]:
    return [order.id for order in client.orders.iterate_orders(city="Bern", top=5)]


async def look(client: AsyncClient) -> int:
    try:
        return len((await client.orders.list_orders(city="Bern")).value)
    except errors.NotFound:
        return 0


def client() -> Client:
    return Client("https://shop.example/v1", auth=ApiKey("k"), entity="x")
"""


def _order(tree):
    return tree["components"]["schemas"]["Order"]


def _new(tree):
    return tree["components"]["schemas"]["NewOrder"]


def _list(tree):
    return tree["paths"]["/orders"]["get"]


def _examples(tree, **members):
    """Every answer shows the members too."""
    for operation, status in ((_list(tree), "200"), (tree["paths"]["/orders"]["post"], "201"),
                              (tree["paths"]["/orders/{id}"]["get"], "200")):  # fmt: skip
        media = operation["responses"][status]["content"]["application/json"]
        for row in media["example"].get("value", [media["example"]]):
            row.update(members)


def new_member_in_answers(tree):
    _order(tree)["properties"]["weight"] = {"type": "number"}
    _examples(tree, weight=3)


def new_required_member_in_answers(tree):
    _order(tree)["properties"]["weight"] = {"type": "number"}
    _order(tree)["required"].append("weight")
    _examples(tree, weight=3)


def new_object_in_answers(tree):
    _order(tree)["properties"]["shipping"] = {
        "type": "object",
        "properties": {"status": {"type": "string", "enum": ["a", "b"]}},
    }
    _examples(tree, shipping={"status": "b"})


def new_success_without_a_body(tree):
    """Old clients do not meet it; code of a client that is written anew has to tell it apart."""
    tree["paths"]["/orders/{id}"]["get"]["responses"]["204"] = {"description": "nothing"}


def new_success_with_the_same_body(tree):
    responses = tree["paths"]["/orders"]["post"]["responses"]
    responses["202"] = {**responses["201"], "description": "later"}


def new_value_in_answers(tree):
    _order(tree)["properties"]["status"]["enum"].append("parked")
    _examples(tree, status="parked")


def new_optional_query_parameter(tree):
    _list(tree)["parameters"].insert(0, {"name": "area", "in": "query", "schema": TEXT})


def new_optional_header_parameter(tree):
    tree["paths"]["/orders"]["post"]["parameters"] = [{"name": "X-Note", "in": "header", "schema": TEXT}]


def new_optional_member_to_send(tree):
    _new(tree)["properties"] = {"gift": {"type": "boolean"}, **_new(tree)["properties"]}


def new_operation(tree):
    tree["paths"]["/orders/{id}"]["delete"] = {
        "operationId": "deleteOrder", "tags": ["orders"], "security": [{"key": []}],
        "parameters": [{"name": "id", "in": "path", "required": True, "schema": TEXT}],
        "responses": {"204": {"description": "x"}},
    }  # fmt: skip


def new_resource(tree):
    tree["paths"]["/items"] = {
        "get": {
            "operationId": "listItems", "tags": ["items"], "security": [{"key": []}],
            "responses": {"200": {"description": "x", **_json({"type": "array", "items": {"$ref": "#/components/schemas/Line"}}, [])}},
        }
    }  # fmt: skip


def new_refusal(tree):
    tree["paths"]["/orders/{id}"]["get"]["responses"]["404"] = {"description": "x", **_json({"type": "object"})}


def new_header_of_answers(tree):
    tree["paths"]["/orders/{id}"]["get"]["responses"]["200"]["headers"] = {"ETag": {"schema": TEXT}}


def longer_texts_may_be_sent(tree):
    _new(tree)["properties"]["customer"] = {"type": "string", "maxLength": 400}


def more_may_be_asked_for(tree):
    _list(tree)["parameters"][1]["schema"]["maximum"] = 500


def member_to_send_need_not_be_sent(tree):
    _new(tree)["required"].remove("customer")


def parameter_need_not_be_sent(tree):
    del _list(tree)["parameters"][0]["required"]


def body_need_not_be_sent(tree):
    tree["paths"]["/orders"]["post"]["requestBody"]["required"] = False


def new_value_may_be_sent(tree):
    _new(tree)["properties"]["priority"]["enum"].append("urgent")


def null_may_be_sent(tree):
    _new(tree)["properties"]["weeks"] = {"type": ["integer", "null"]}


def numbers_may_be_sent_where_integers_were(tree):
    _new(tree)["properties"]["weeks"] = {"type": "number"}


def member_is_always_answered(tree):
    _order(tree)["required"].append("placed")


def null_is_never_answered(tree):
    _order(tree)["properties"]["comment"] = {"type": "string"}
    _examples(tree, comment="none")


def answers_are_shorter(tree):
    _order(tree)["properties"]["id"] = {"type": "string", "maxLength": 20}


def text_gets_a_name(tree):
    tree["components"]["schemas"]["Id"] = dict(TEXT)
    _order(tree)["properties"]["id"] = {"$ref": "#/components/schemas/Id"}


def new_media_type_of_answers(tree):
    content = tree["paths"]["/orders/{id}"]["get"]["responses"]["200"]["content"]
    content["application/xml"] = {"schema": {"type": "string"}}


def new_media_type_to_send(tree):
    content = tree["paths"]["/orders"]["post"]["requestBody"]["content"]
    content["application/x-www-form-urlencoded"] = {"schema": {"type": "object"}}


def new_way_to_be_let_in(tree):
    tree["components"]["securitySchemes"]["token"] = {"type": "http", "scheme": "bearer"}
    for item in tree["paths"].values():
        for operation in item.values():
            operation["security"] = [{"token": []}, {"key": []}]


def operation_is_deprecated(tree):
    _list(tree)["deprecated"] = True


def other_words(tree):
    _order(tree)["description"] = "An order, as it stands in the books."
    _list(tree)["summary"] = "Orders of a city"
    tree["info"] |= {"title": "The shop", "version": "1.1.0"}


def other_order_of_members(tree):
    _order(tree)["properties"] = dict(reversed(_order(tree)["properties"].items()))
    tree["components"]["schemas"] = dict(reversed(tree["components"]["schemas"].items()))
    tree["paths"] = dict(reversed(tree["paths"].items()))


def new_component_of_nearly_the_same_name(tree):
    tree["components"]["schemas"] = {
        "order_customer": {"type": "object", "properties": {"n": TEXT}},
        **tree["components"]["schemas"],
    }
    _order(tree)["properties"]["buyer"] = {"$ref": "#/components/schemas/order_customer"}


def object_gets_a_name(tree):
    tree["components"]["schemas"]["Customer"] = _order(tree)["properties"]["customer"]
    _order(tree)["properties"]["customer"] = {"$ref": "#/components/schemas/Customer"}


def enumerations_get_names(tree):
    tree["components"]["schemas"] |= {
        "Status": _order(tree)["properties"]["status"], "Priority": _new(tree)["properties"]["priority"],
    }  # fmt: skip
    _order(tree)["properties"]["status"] = {"$ref": "#/components/schemas/Status"}
    _new(tree)["properties"]["priority"] = {"$ref": "#/components/schemas/Priority"}


def components_get_other_names(tree):
    text = json.dumps(tree)
    for name in ("Order", "NewLine", "NewOrder"):
        text = text.replace(f'"{name}"', f'"{name}Record"').replace(f'schemas/{name}"', f'schemas/{name}Record"')
    tree.clear()
    tree.update(json.loads(text))


RENAMES = [object_gets_a_name, enumerations_get_names, components_get_other_names]
"""No message changes, and classes would be called otherwise."""
CHANGES = [
    new_member_in_answers, new_required_member_in_answers, new_object_in_answers, new_value_in_answers,
    new_optional_query_parameter, new_optional_header_parameter, new_optional_member_to_send, new_operation,
    new_resource, new_refusal, new_success_without_a_body, new_success_with_the_same_body, new_header_of_answers, longer_texts_may_be_sent, more_may_be_asked_for,
    member_to_send_need_not_be_sent, parameter_need_not_be_sent, body_need_not_be_sent, new_value_may_be_sent,
    null_may_be_sent, numbers_may_be_sent_where_integers_were, member_is_always_answered, null_is_never_answered,
    answers_are_shorter, text_gets_a_name, new_media_type_of_answers, new_media_type_to_send, new_way_to_be_let_in,
    operation_is_deprecated, other_words, other_order_of_members, new_component_of_nearly_the_same_name,
]  # fmt: skip


def changed(change):
    """The new version."""
    tree = contract()
    change(tree)
    return tree
