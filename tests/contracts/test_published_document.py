"""What consumers get of a document: all that it promises, and nothing of the inside."""

import dataclasses
import json
import os
from pathlib import Path

import pytest

from contracts.contract import examine, read_contract
from contracts.document import load_document, parse_document
from contracts.document_text import as_json
from contracts.published_document import PARTS, Disguise, published_document
from contracts.workspace import load
from governance.diff.comparison import compare_documents
from governance.finding import Severity

ROOT = Path(__file__).resolve().parent.parent.parent
BASE = "https://api.example/orders/v1"
CANARY = "CANARY"


def document(**more):
    return {
        "openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0"}, "servers": [{"url": "https://CANARY.example"}],
        "paths": {"/orders": {"get": {"operationId": "listOrders", "security": [], "responses": {
            "200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}}}}},
        "components": {"schemas": {"Order": {"type": "object", "properties": {"x-odd": {"type": "string"}}}}}, **more,
    }  # fmt: skip


def made(tree, *disguises):
    contract = read_contract(parse_document(json.dumps(tree).encode(), "openapi.json"))
    return published_document(contract, BASE, disguises)


def again(tree):
    return dataclasses.replace(parse_document(as_json(tree).encode(), "openapi.json"), name="vendor.json")


def in_order(tree):
    """Members in the order of the tree."""
    return json.dumps(tree)


def test_the_gateway_is_the_only_server():
    tree = document()
    tree["paths"]["/orders"]["servers"] = [{"url": "https://CANARY.example"}]
    tree["paths"]["/orders"]["get"]["servers"] = [{"url": "https://CANARY.example"}]
    tree["paths"]["/orders"]["get"]["responses"]["200"]["links"] = {
        "next": {"operationId": "listOrders", "server": {"url": "https://CANARY.example"}}
    }
    text = in_order(made(tree).tree)

    assert CANARY not in text
    assert made(tree).tree["servers"] == [{"url": BASE}]


@pytest.mark.parametrize("where", ["", "/info", "/paths/~1orders", "/paths/~1orders/get", "/components/schemas/Order",
                                   "/paths/~1orders/get/responses/200", "/components"])  # fmt: skip
def test_only_known_extensions_pass(where):
    tree = document()
    node = tree
    for step in where.split("/")[1:]:
        node = node[step.replace("~1", "/")]
    node |= {"x-amazon-apigateway-integration": {"uri": CANARY}, "x-unit": "EUR"}

    text = in_order(made(tree).tree)
    assert CANARY not in text
    assert "x-unit" in text
    assert "x-odd" in text, "the name of a member is no extension"


def test_unknown_keys_and_comments_stay_inside():
    tree = document()
    tree["components"]["schemas"]["Order"] |= {"$comment": CANARY, "internalNote": CANARY, "maxProperties": 3}
    tree["notes"] = CANARY
    text = in_order(made(tree).tree)

    assert CANARY not in text
    assert '"maxProperties": 3' in text


def test_internal_parts_go_with_what_only_they_use():
    tree = document()
    secret = {"operationId": "CANARY-op", "x-internal": True, "security": [], "tags": ["CANARY-tag"], "responses": {
        "200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/CANARY-Only"}}}}}}  # fmt: skip
    tree["paths"]["/orders"]["post"] = secret
    tree["paths"]["/CANARY-path"] = {"x-internal": True, "get": {**secret, "operationId": "CANARY-other"}}
    tree["tags"] = [{"name": "CANARY-tag", "x-internal": True}, {"name": "orders"}]
    tree["components"]["schemas"] |= {
        "CANARY-Only": {"type": "object", "properties": {"order": {"$ref": "#/components/schemas/Order"},
                                                         "inner": {"$ref": "#/components/schemas/CANARY-Inner"}}},
        "CANARY-Inner": {"type": "string"}, "Unused": {"type": "string"},
    }  # fmt: skip
    found = made(tree).tree

    assert CANARY not in in_order(found)
    assert list(found["components"]["schemas"]) == ["Order", "Unused"]

    tree["paths"]["/orders"]["post"]["x-internal"] = False
    assert in_order(made(tree).tree).count(CANARY) > 3


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("see https://erp.corp.example/sap/orders(1)", f"see {BASE}/orders(1)"),
        ("https://ERP.corp.example:443/x", "https://api.example:443/x"),
        ("runs on erp.corp.example.", "runs on api.example."),
        ("my-erp.corp.example and erp.corp.example.org are others", None),
    ],
)
def test_addresses_of_systems_are_the_gateways(text, shown):
    tree = document()
    tree["info"]["description"] = text
    disguises = (Disguise("https://erp.corp.example/sap", BASE), Disguise("erp.corp.example", "api.example"))

    assert made(tree, *disguises).tree["info"]["description"] == (shown or text)


def test_parts_of_other_files_have_neutral_names(tmp_path):
    (tmp_path / "openapi.yaml").write_text(json.dumps({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"$ref": "CANARY-paths.yaml#/a"}},
    }))  # fmt: skip
    (tmp_path / "CANARY-paths.yaml").write_text(json.dumps({
        "CANARY-note": 1,
        "a": {"get": {"operationId": "a", "security": [], "responses": {"200": {"description": "d", "content": {
            "application/json": {"schema": {"$ref": "CANARY-vendor/deep.json#/x/Node"}}}}}}},
    }))  # fmt: skip
    (tmp_path / "CANARY-vendor").mkdir()
    (tmp_path / "CANARY-vendor" / "deep.json").write_text(json.dumps({
        "x": {"Node": {"type": "object", "properties": {"next": {"$ref": "#/x/Node"}, "leaf": {"$ref": "#/y/0"}}}},
        "y": [{"type": "string"}, "CANARY"],
    }))  # fmt: skip
    contract = read_contract(load_document(tmp_path))
    found = published_document(contract, BASE)

    assert CANARY not in in_order(found.tree)
    assert PARTS in found.tree
    back = read_contract(again(found.tree))
    assert [operation.operation_id for operation in back.operations] == ["a"]
    assert set(found.tree[PARTS]["2"]["x"]["Node"]["properties"]) == {"next", "leaf"}
    assert promised_otherwise(contract.document, back.document) == []


def test_the_digest_is_of_the_promise():
    one, other = document(), document(servers=[{"url": "https://else.example"}])
    changed = document()
    changed["paths"]["/orders"]["get"]["deprecated"] = True

    assert made(one).digest == made(other).digest
    assert made(one).digest != made(changed).digest


def test_the_document_at_hand_is_left_alone():
    contract = read_contract(parse_document(json.dumps(document()).encode(), "openapi.json"))
    before = json.dumps(contract.document.tree)
    published_document(contract, BASE, (Disguise("orders", "x"),))

    assert json.dumps(contract.document.tree) == before


def assert_promises_the_same(contract):
    found = published_document(contract, BASE)
    back, _ = examine(again(found.tree))
    assert [o.pointer for o in back.operations] == [o.pointer for o in contract.operations]
    assert promised_otherwise(contract.document, back.document) == []


def promised_otherwise(old, new):
    """What a diff finds, but for servers and extensions, and for parts whose change reaches no operation."""
    findings = compare_documents(old, new).findings
    about = [f for f in findings if f.reach or f.severity is not Severity.INFO]
    return [f for f in about if not f.rule.startswith("server-") and "extension" not in f.rule]


def test_the_contracts_of_the_example_promise_the_same():
    for contract in load(ROOT / "examples" / "meridian").contracts.values():
        assert_promises_the_same(contract)


@pytest.mark.corpus
def test_documents_from_outside_promise_the_same():
    corpus = os.environ.get("TIDEWAITER_CORPUS")
    if not corpus:
        pytest.skip("TIDEWAITER_CORPUS is not set")
    outside = sorted(path for path in Path(corpus).rglob("*") if path.suffix in (".json", ".yaml"))
    small = [path for path in outside if path.stat().st_size < 20_000]
    newest = {path.parent: path for path in outside if 100_000 < path.stat().st_size < 1_000_000}
    assert len(newest) > 2
    for path in (*newest.values(), *small[:: max(1, len(small) // 60)]):
        contract, _ = examine(dataclasses.replace(load_document(path), name="vendor.json"))
        if contract is not None:
            assert_promises_the_same(contract)
