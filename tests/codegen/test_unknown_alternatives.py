"""One of several objects that a newer server answers and an older client does not know: read, typed, all of it there."""

import json

import httpx2
import pytest
from generated_client import generate, load, typed


def named(kind, **members):
    return {"type": "object", "required": ["kind"], "properties": {"kind": {"const": kind}, **members}}


ALTERNATIVES = {"oneOf": [{"$ref": "#/components/schemas/Card"}, {"$ref": "#/components/schemas/Transfer"}]}
CONTRACT = {
    "openapi": "3.1.0", "info": {"title": "Payments", "version": "1.0.0"},
    "paths": {"/payments": {"get": {"operationId": "listPayments", "tags": ["payments"], "security": [], "responses": {"200": {
        "description": "x", "content": {"application/json": {"schema": {"type": "object", "required": ["items"], "properties": {
            "items": {"type": "array", "items": ALTERNATIVES}, "last": ALTERNATIVES,
        }}}}}}},
        "put": {"operationId": "pay", "tags": ["payments"], "security": [], "requestBody": {"required": True, "content": {"application/json": {
            "schema": ALTERNATIVES}}}, "responses": {"204": {"description": "x"}}}},
        "/customers": {"get": {"operationId": "listCustomers", "tags": ["customers"], "security": [],
            "parameters": [{"name": "starting_after", "in": "query", "schema": {"type": "string"}}],
            "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}},
            "responses": {"200": {"description": "x", "content": {"application/json": {"schema": {
                "type": "object", "required": ["data", "has_more"], "properties": {
                    "data": {"type": "array", "items": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}},
                    "has_more": {"type": "boolean"}}}}}}}}}},
    "components": {"schemas": {
        "Card": named("card", ends={"type": "string", "format": "date"}, number={"type": "string"}),
        "Transfer": named("transfer", amount={"type": "number"}), "UnknownAlternative": {"type": "object"},
    }},
}  # fmt: skip
USER = """
from typing import assert_never
from acme_payments import Client, UnknownAlternative, models

def names(client: Client) -> list[str]:
    told: list[str] = []
    for one in client.payments.list_payments().items:
        match one:
            case models.Card():
                told.append(str(one.number))
            case models.Transfer():
                told.append(str(one.amount))
            case UnknownAlternative():
                told.append(str((one.model_extra or {}).get("kind")))
            case _:
                assert_never(one)
    return told

def customers(client: Client) -> list[str]:
    return [customer.id for customer in client.customers.iterate_customers()]
"""


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    folder = tmp_path_factory.mktemp("unions")
    (folder / "openapi.json").write_text(json.dumps(CONTRACT))
    return generate(folder / "openapi.json", folder, prefix="acme")[0]


def test_each_alternative_is_what_it_is(out):
    package = load(out)
    rows = [
        {"kind": "card", "number": "4", "ends": "2026-01-01", "new": 1, "newer": 2}, {"kind": "card"},
        {"kind": "transfer", "amount": 12.5, "a": 1, "b": 2, "c": 3}, {"kind": "cheque", "number": "7", "amount": 3, "by": [1.10]},
    ]  # fmt: skip
    text = json.dumps({"items": rows, "last": rows[3]})
    transport = httpx2.MockTransport(
        lambda _: httpx2.Response(200, text=text, headers={"content-type": "application/json"})
    )
    with package.Client("https://pay.example/v1", http=httpx2.Client(transport=transport)) as client:
        answer = client.payments.list_payments()
        space = {}
        exec(USER, space)  # the very code that is type-checked below
        assert space["names"](client) == ["4", "None", "12.5", "cheque"]

    assert [type(one).__name__ for one in answer.items] == ["Card", "Card", "Transfer", "UnknownAlternative"]
    assert isinstance(answer.last, package.UnknownAlternative)
    assert answer.last.model_extra["by"] == [__import__("decimal").Decimal("1.1")]


def test_a_list_that_may_take_a_body_is_walked_without_one(out):
    package = load(out)
    asked = []

    def answer(request):
        asked.append((request.url.query.decode(), request.read()))
        rows, more = ([{"id": "a"}, {"id": "b"}], True) if len(asked) == 1 else ([{"id": "c"}], False)
        return httpx2.Response(200, json={"data": rows, "has_more": more})

    space = {}
    exec(USER, space)
    with package.Client("https://pay.example/v1", http=httpx2.Client(transport=httpx2.MockTransport(answer))) as client:
        assert space["customers"](client) == ["a", "b", "c"]
    assert asked == [("", b""), ("starting_after=b", b"")]


def test_it_is_typed_and_nothing_of_it_can_be_sent(out, tmp_path):
    user = tmp_path / "user.py"
    user.write_text(USER)
    assert typed(out, files=[user]) == ""
    assert "UnknownAlternative" not in (next((out / "src").iterdir()) / "inputs.py").read_text()
