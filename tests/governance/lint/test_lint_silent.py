"""What looks like a fault and is none, area by area; and the names of products."""

from pathlib import Path

import pytest
from linted import hits, places

from governance.lint.documents import OK, answers, document, get, paths, query, secured, takes
from governance.lint.layers import vendor_names

PRODUCTS = Path(__file__).resolve().parents[3] / "policies" / "products"
LIST = {"type": "array", "items": {"type": "object"}}


def wrapped(name, **fields):
    return {"type": "object", "properties": {name: LIST, **fields}}


def order(name, **schema):
    return takes({"type": "object", "properties": {name: schema}})


@pytest.mark.parametrize(
    "tree",
    [
        answers(LIST, "/orders/{id}"),
        answers(wrapped("Orders"), "/Orders('{id}')"),
        answers({"type": "array", "items": {"type": "string"}}),
        answers({**LIST, "maxItems": 20}),
        answers(wrapped("lines"), "/orders/summary"),
        answers(wrapped("items"), parameters=[{"name": "$top", "in": "query", "schema": {"type": "integer"}}]),
        answers(wrapped("items"), parameters=[{"name": "page[size]", "in": "query", "schema": {"type": "integer"}}]),
        answers(wrapped("items", next={"type": "string"})),
    ],
)
def test_what_needs_no_pages(tree):
    assert hits("list-without-pages", tree) == []


def test_lists_inside_an_object_are_seen():
    assert len(hits("list-without-pages", answers(wrapped("orders"), "/orders"))) == 1
    odata = {"type": "object", "properties": {"d": wrapped("results")}}
    assert len(hits("list-without-pages", answers(odata, "/A_SalesOrder"))) == 1


@pytest.mark.parametrize(
    "name", ["taxRate", "discountPercent", "totalCount", "totalWeight", "itemPriceFactor", "amountOf"]
)
def test_what_is_no_money(name):
    found = hits("money-as-number", order(name, type="number"))
    assert len(found) == (1 if name == "amountOf" else 0)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer"},
        {"type": "string"},
        {"type": "number", "format": "decimal"},
        {"type": ["string", "null"]},
    ],
)
def test_money_in_a_form_that_keeps_it(schema):
    assert hits("money-as-number", order("price", **schema)) == []


@pytest.mark.parametrize("name", ["update", "mandate", "candidateName", "format", "whatever", "timeZone"])
def test_what_is_no_date(name):
    assert hits("date-without-format", order(name, type="string")) == []


@pytest.mark.parametrize("name", ["orderDate", "created_at", "DeliveryDateTime", "lastReadTimestamp"])
def test_what_is_a_date(name):
    assert len(hits("date-without-format", order(name, type="string"))) == 1


def test_one_scheme_that_is_missing_is_one_finding():
    tree = {**paths("/a", "/b", "/c", security=[{"main": []}])}
    assert [message for _, message in hits("security-scheme-unknown", tree)] == ["there is no security scheme main"]


def test_a_server_of_ones_own_machine_needs_no_tls():
    assert hits("server-without-tls", document(servers=[{"url": "http://localhost:8080/v1"}, {"url": "/v1"}])) == []


def test_problems_and_a_systems_own_errors_are_two_forms():
    own = {"content": {"application/json": {"schema": {"type": "object"}}}}
    problem = {"content": {"application/problem+json": {"schema": {"type": "object", "title": "p"}}}}
    statuses = {"400": own, "404": own, "401": problem, "429": problem}
    responses = {**OK, **{status: {"description": "no", **content} for status, content in statuses.items()}}
    assert hits("error-shapes-differ", get(responses=responses)) == []


def test_a_schema_that_a_discriminator_names_is_used():
    schemas = {
        "Pet": {
            "type": "object",
            "discriminator": {"propertyName": "kind"},
            "properties": {"kind": {"type": "string"}},
        },
        "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"$ref": "#/components/schemas/Fur"}]},
        "Fur": {"type": "object"},
        "Lost": {"type": "object"},
    }
    tree = takes({"$ref": "#/components/schemas/Pet"}, components={"schemas": schemas})
    assert places("component-unused", tree) == ["/components/schemas/Lost"]


def test_a_required_name_of_another_part_is_known():
    parts = [{"properties": {"a": {"type": "string"}}}, {"required": ["a"]}]
    assert hits("required-unknown", takes({"type": "object", "allOf": parts})) == []
    choice = {"type": "object", "properties": {"a": {}, "b": {}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}
    assert hits("required-unknown", takes(choice)) == []
    assert hits("required-unknown", takes({"type": "object", "required": ["a"]})) == []


def test_names_in_one_case_are_left_alone():
    assert hits("operation-id-case", {"paths": {"/a": {"get": {"operationId": "orders.list", "responses": OK}}}}) == []
    assert hits("path-segment-case", paths("/Orders", "/PriceLists", "/api/v2/Stock")) == []
    assert hits("path-segment-case", get("/A_SalesOrder('{id}')/to_Item")) == []


def test_a_value_of_null_in_an_enum_that_allows_it():
    assert hits("enum-value-refused", takes({"type": ["string", "null"], "enum": ["a", None]})) == []


def test_scopes_of_other_schemes_are_not_asked():
    assert hits("security-scope-missing", secured({"type": "http", "scheme": "bearer"})) == []


def test_layers_count_only_where_they_are_known():
    tree = query("CompanyCode")
    assert hits("entity-selector-hidden", tree) == []
    assert hits("entity-selector-hidden", tree, layer="system") == []
    assert len(hits("entity-selector-hidden", tree, layer="process")) == 1
    answered = answers({"type": "object", "properties": {"CompanyCode": {"type": "string"}}})
    assert hits("entity-selector-hidden", answered, layer="process") == []
    assert len(hits("vendor-field", answers({"type": "object", "properties": {"MATNR": {}}}), layer="experience")) == 1
    assert hits("vendor-field", answers({"type": "object", "properties": {"MATNR": {}}}), layer="system") == []


def test_every_product_with_names_is_one_of_ours():
    names = vendor_names()
    known = {*names.names.values(), *names.selectors.values(), *(product for _, product in names.patterns)}
    assert known <= {path.stem for path in PRODUCTS.glob("*.yaml")}


@pytest.mark.parametrize(("name", "schema", "told"), [
    ("totalAmount", {"type": "string"}, 1), ("balance", {"type": ["string", "null"], "maxLength": 9}, 1),
    ("unitPrice", {"type": "string"}, 1), ("price", {"type": "string"}, 0), ("paymentId", {"type": "string"}, 0),
    ("tax", {"type": "string"}, 0), ("totalAmount", {"type": "string", "format": "decimal"}, 0),
    ("totalAmount", {"type": "string", "pattern": "^[0-9]{1,9}$"}, 0), ("totalAmount", {"type": "number"}, 0),
    ("itemCount", {"type": "string"}, 0),
])  # fmt: skip
def test_money_as_text_of_no_form(name, schema, told):
    assert len(hits("money-without-form", order(name, **schema))) == told


@pytest.mark.parametrize(("name", "schema", "told"), [
    ("orderId", {"type": "integer"}, 1), ("id", {"type": "number"}, 1), ("order_key", {"type": "integer"}, 1),
    ("orderId", {"type": "integer", "maximum": 2**60}, 1), ("orderId", {"type": "integer", "maximum": 9_999}, 0),
    ("orderId", {"type": "integer", "format": "int32"}, 0), ("orderId", {"type": "string"}, 0),
    ("orderId", {"type": ["string", "integer"]}, 0), ("orders", {"type": "integer"}, 0), ("paid", {"type": "number"}, 0),
])  # fmt: skip
def test_identifiers_as_numbers(name, schema, told):
    assert len(hits("identifier-as-number", order(name, **schema))) == told


def test_texts_of_other_bodies_are_bounded_too():
    tree = takes({"type": "string"})
    body = tree["paths"]["/orders"]["post"]["requestBody"]["content"]
    body["text/plain; charset=utf-8"] = body.pop("application/json")
    assert len(hits("text-without-max-length", tree)) == 1
    body["image/png"] = body.pop("text/plain; charset=utf-8")
    assert hits("text-without-max-length", tree) == []
    assert len(hits("text-without-max-length", order("scan", type="string", contentEncoding="base64"))) == 1
    assert hits("text-without-max-length", order("scan", contentMediaType="image/png", type="string")) == []
