"""Pins as people write them, and what is told of those that keep nothing apart."""

import json
import re
from copy import deepcopy

import pytest
from pinned_workspace import NORTH, SALES, org_pins, write_pinned
from pydantic import ValidationError

from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from contracts.isolation import Gap, isolate
from contracts.pins import Pins, PinValues, Places, with_values
from contracts.published import published, published_path
from contracts.published_texts import text_editor
from contracts.workspace import load


def change(folder, file, edit):
    """Rewrite one file of the workspace."""
    path = folder / file
    held = json.loads(path.read_text())
    edit(held)
    path.write_text(json.dumps(held, indent=1))


@pytest.fixture
def folder(tmp_path):
    write_pinned(tmp_path, 1)
    (tmp_path / "tidewaiter.yaml").write_text("name: t\npublic_url: http://127.0.0.1:8080\n")
    return tmp_path


def faults(folder, environment=None):
    with pytest.raises(InvalidInputError) as raised:
        load(folder, environment)
    return {(fault.file, fault.code, fault.line > 0) for fault in raised.value.diagnostics}


def pins_of(held, index):
    return held["offers"][index]["pins"]


def test_a_sound_workspace_tells_what_it_leaves_out(folder):
    told = [fault for fault in load(folder).warnings if fault.file == "entities/north.yaml"]
    assert {fault.code for fault in told} == {"not-kept-apart"}
    assert all(fault.line and fault.remedy and "501" in fault.message for fault in told)
    operations = {re.search(r"\((\w+)\) of", fault.message)[1] for fault in told}
    assert operations == {"listCompanies", "countSale", "addItem"}


@pytest.mark.parametrize(
    ("file", "edit", "code"),
    [
        ("entities/south.yaml", lambda h: h["offers"][0].pop("pins"), "pins-differ"),
        ("entities/south.yaml", lambda h: pins_of(h, 1).update(header={"x": "1"}), "pins-differ"),
        ("entities/south.yaml", lambda h: pins_of(h, 0)["path"].update(company_id=NORTH), "pins-equal"),
        ("entities/south.yaml", lambda h: pins_of(h, 1)["proofs"].update(other={"own": True}), "dangling-reference"),
        ("entities/south.yaml", lambda h: pins_of(h, 1)["body"].update(Org="1710"), "wrong-value"),
        ("entities/south.yaml", lambda h: pins_of(h, 1)["proofs"].update(getSale={}), "wrong-value"),
        ("entities/south.yaml", lambda h: pins_of(h, 1).update(nested={"a": "address"}), "wrong-value"),
        ("entities/south.yaml", lambda h: pins_of(h, 1).update(record=None), "wrong-value"),
    ],
)
def test_what_keeps_nothing_apart_is_an_error_at_its_line(folder, file, edit, code):
    change(folder, file, edit)
    assert (file, code, True) in faults(folder)


@pytest.mark.parametrize(
    ("pins", "code"),
    [
        ({"path": {"none": "1"}}, "dangling-reference"),
        ({"query": {"SAP-Client": "1"}}, "duplicate"),
        ({"query": {"$filter": "1"}}, "wrong-value"),
        ({"header": {"Authorization": "1"}}, "wrong-value"),
        ({"header": {"no header": "1"}}, "wrong-value"),
        ({"query": {"a": "1", "A": "2"}}, "duplicate"),
    ],
)
def test_pins_at_places_that_are_none(folder, pins, code):
    for entity, value in (("north", "1"), ("south", "2")):
        own = {place: dict.fromkeys(names, value) for place, names in pins.items()}
        if code == "duplicate" and len(pins["query"]) == 2:
            own = pins

        def edit(held, own=own):
            held["offers"][1]["pins"] = own

        change(folder, f"entities/{entity}.yaml", edit)
    assert code in {fault[1] for fault in faults(folder)}


def test_an_environment_sets_values_and_adds_no_pins(folder):
    (folder / "environments").mkdir()
    values = {"suite": {"record": "9999"}, "central": {"path": {"company_id": "x"}}}
    path = folder / "environments/test.yaml"
    path.write_text(json.dumps({"entities": {"north": {"pins": values}}}))
    north = load(folder, "test").entities["north"]
    assert north.offers[0].pins.path == {"company_id": "x"}
    assert (north.offers[1].pins.record.value, north.offers[1].pins.body) == ("9999", {"Org": "9999"})
    assert load(folder).entities["north"].offers[1].pins.record.value == "1710"
    for wrong in (
        {"nobody": {"pins": {}}},
        {"north": {"pins": {"elsewhere": {}}}},
        {"north": {"pins": {"suite": {"query": {"x": "1"}}}}},
        {"north": {"pins": {"central": {"record": "1"}}}},
    ):
        path.write_text(json.dumps({"entities": wrong}))
        assert ("environments/test.yaml", "dangling-reference", True) in faults(folder, "test")


def test_values_that_become_equal_in_an_environment_are_an_error(folder):
    (folder / "environments").mkdir()
    held = {"entities": {"north": {"pins": {"suite": {"record": "1720"}}}}}
    (folder / "environments/test.yaml").write_text(json.dumps(held))
    assert "pins-equal" in {fault[1] for fault in faults(folder, "test")}


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/companies({c})/orders", "/orders"),
        ("/companies({c})", "/"),
        ("/a/{c}/b/{d}", "/a/b/{d}"),
        ("/a/{d}", "/a/{d}"),
        ("/Areas(Customer='{d}',Org='{c}')/x", "/Areas(Customer='{d}')/x"),
        ("/Areas(Org='{c}',Customer='{d}')", "/Areas(Customer='{d}')"),
    ],
)
def test_a_published_path(path, shown):
    assert published_path(path, Places(path=frozenset({"c"}))) == shown


def sales(**changes):
    tree = deepcopy(SALES)
    tree.update(changes)
    return read_contract(parse_document(json.dumps(tree).encode(), "sales.json"))


def test_a_published_contract_shows_no_pin():
    contract = published(sales(), Places(body=frozenset({"Org"}), record="Org"), odata=True)
    text = json.dumps(contract.document.tree)
    assert '"Org"' not in text
    assert [o.operation_id for o in contract.operations] == [o.operation_id for o in sales().operations]
    assert '"Org"' in json.dumps(SALES)


def test_examples_and_narrowings_show_no_pin_either():
    tree = deepcopy(SALES)
    operation = tree["paths"]["/Sales"]["get"]
    operation["x-odata"] = {"filterable": ["Org", "Total"], "sortable": ["to_Item/Org"], "maxPageSize": 5}
    operation["parameters"][0].update(example="Org eq '1710'")
    operation["parameters"][1].update(examples={"one": {"value": ["Org", "Total"]}, "two": {"value": "Org,Total"}})
    operation["responses"]["200"]["content"]["application/json"]["example"] = {"d": {"results": [{"Org": "1710"}]}}
    contract = read_contract(parse_document(json.dumps(tree).encode(), "sales.json"))
    shown = published(contract, Places(record="Org"), odata=True).document.tree["paths"]["/Sales"]["get"]
    assert "Org" not in json.dumps(shown)
    assert shown["x-odata"] == {"filterable": ["Total"], "sortable": [], "maxPageSize": 5}
    assert shown["parameters"][1]["examples"] == {"one": {"value": ["Total"]}, "two": {}}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://x/v2/$metadata#companies(6b1f)/orders/$entity", "https://x/v2/$metadata#orders/$entity"),
        ("https://x/v2/companies(id=6b1f)/orders?$skiptoken=2", "https://x/v2/orders?$skiptoken=2"),
        ("companies('A, B') and companies", " and companies"),
        ("mycompanies(1)/x", "mycompanies(1)/x"),
        (
            "/Areas(Customer='7',Org='1')/x, /Areas(Org='1',Customer='7')",
            "/Areas(Customer='7')/x, /Areas(Customer='7')",
        ),
        ("https://x/group/n-1/items/3", "https://x/group/items/3"),
        ("https://x/group/n-1", "https://x/group"),
        ("the group is n-1", "the group is n-1"),
    ],
)
def test_an_example_shows_no_pinned_segment(text, shown):
    templates = (
        "/companies({c})/orders({id})",
        "/Areas(Customer='{d}',Org='{o}')/x",
        "/group/{unit}/items/{item}",
        "/{c}/y",
    )
    assert text_editor(templates, Places(path=frozenset({"c", "o", "unit"})))(text) == shown


def test_made_operation_ids_stay_as_they_were():
    tree = deepcopy(SALES)
    for item in tree["paths"].values():
        for method in item.values():
            method.pop("operationId")
    before = read_contract(parse_document(json.dumps(tree).encode(), "sales.json"))
    after = published(before, Places(path=frozenset({"Order"})))
    assert {o.operation_id for o in after.operations} == {o.operation_id for o in before.operations}


def test_paths_that_collapse_without_their_pins_are_told(folder):
    def edit(held):
        held["paths"]["/orders"] = deepcopy(held["paths"]["/companies"])
        held["paths"]["/orders"]["get"]["operationId"] = "again"

    change(folder, "contracts/books/1.0.yaml", edit)
    assert ("contracts/books/1.0.yaml", "paths-collapse", True) in faults(folder)


def plan(name, pins, contract=None, protocol="odata-v2"):
    contract = contract or sales()
    operation = next(o for o in contract.operations if o.operation_id == name)
    return isolate(contract, operation, Pins.model_validate(pins), protocol)


BARE = {"record": {"field": "Org", "value": "1"}}


@pytest.mark.parametrize(
    ("name", "pins", "says"),
    [
        ("createSale", BARE, "for whom"),
        ("listItems", BARE, "another record"),
        ("getItem", BARE, "have no `Org`"),
        ("changeItem", BARE, "cannot be read"),
        ("addItem", org_pins("1"), "holds its parent fast"),
        ("countSale", org_pins("1"), "bare number"),
        ("listSales", {"body": {"Org": "1"}}, "nothing in its address"),
        ("getItem", {**BARE, "proofs": {"getItem": {"parent": "/Sales('{Sale}')"}}}, "`{Sale}`"),
        ("getItem", {**BARE, "proofs": {"getItem": {"parent": "/Sales"}}}, "same for every call"),
    ],
)
def test_a_gap_says_why(name, pins, says):
    found = plan(name, pins)
    assert isinstance(found, Gap)
    assert says in found.reason
    assert found.remedy


def test_a_plan_says_what_is_done():
    pins = org_pins("1")
    assert (plan("listSales", pins).how, plan("listSales", pins).lists) == ("own", True)
    assert (plan("getSale", pins).how, plan("getSale", pins).lists) == ("own", False)
    assert plan("changeSale", pins).guarded
    assert plan("changeSale", pins).parent == "/Sales('{Order}')"
    assert plan("createSale", pins).put_in == {"Org": "1"}
    assert plan("changeSale", pins).put_in == {}
    assert plan("listItems", pins).how == "parent"
    pins["record"]["unchanging"] = True
    assert plan("addItem", pins).how == "parent"


def test_members_inside_tuples_are_declared():
    tree = deepcopy(SALES)
    line = {"type": "object", "properties": {"Part": {"type": "string"}}, "additionalProperties": False}
    command = {"type": "array", "prefixItems": [{"const": "create"}, {"type": "array", "items": line}], "items": False}
    commands = {"type": "array", "items": command}
    body = {"type": "object", "properties": {"Org": {}, "lines": commands}, "additionalProperties": False}
    post = tree["paths"]["/Sales"]["post"]
    post["requestBody"] = {"content": {"application/json": {"schema": body}}}
    contract = read_contract(parse_document(json.dumps(tree).encode(), "sales.json"))
    assert plan(post["operationId"], {"header": {"X-Org": "1"}}, contract).body_members == {"Org", "lines", "Part"}


@pytest.mark.parametrize("path", ["/$batch", "/Sales('{Order}')/$ref", "/Sales('{Order}')/$value", "/Sales/$query"])
def test_what_reaches_beyond_is_never_served(path):
    tree = deepcopy(SALES)
    tree["paths"] = {path: {"get": deepcopy(SALES["paths"]["/Sales('{Order}')"]["get"])}}
    if "{" not in path:
        tree["paths"][path]["get"]["parameters"] = []
    contract = read_contract(parse_document(json.dumps(tree).encode(), "sales.json"))
    assert isinstance(plan("getSale", org_pins("1"), contract), Gap)
    assert isinstance(plan("getSale", {"query": {"company": "1"}}, contract), Gap)


def test_a_rest_list_needs_an_address():
    assert isinstance(plan("listSales", BARE, protocol="rest"), Gap)
    assert plan("listSales", {"query": {"company": "1"}}, protocol="rest").how == "address"


def test_values_are_laid_over():
    pins = Pins.model_validate({"query": {"a": "1"}, **BARE, "body": {"Org": "1", "b": "2"}})
    changed = with_values(pins, PinValues(query={"a": "9", "z": "9"}, record="7", body={"b": "8"}))
    assert (changed.query, changed.body, changed.record.value) == ({"a": "9"}, {"Org": "7", "b": "8"}, "7")


@pytest.mark.parametrize("value", ["", "a\nb", "x" * 201])
def test_values_are_plain(value):
    with pytest.raises(ValidationError):
        Pins(query={"a": value})
