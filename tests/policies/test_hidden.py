"""Links and texts of a pinned offer show nothing of its pins, and none lead to another entity."""

import pytest

from contracts.pins import Pins
from contracts.systems import System
from policies.hidden import Hidden
from policies.rebase import Rebase

GUID = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"
OTHER = "7b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"
TEMPLATES = (
    "/companies({company_id})/orders({id})",
    "/Areas(Customer='{Customer}',Org='{Org}')",
    "/group/{unit}/items/{item}",
)
PINS = Pins.model_validate({
    "path": {"company_id": GUID, "Org": "1710", "unit": "n-1"},
    "query": {"company": "CRONUS"},
    "body": {"Company": "CRONUS"},
    "record": {"field": "SalesOrg", "value": "1710"},
})  # fmt: skip
REBASE = Rebase(
    System.model_validate({"owner": "x", "url": "https://erp.example/base", "protocol": "odata-v4"}),
    "/svc",
    "https://gw.example/a/v1",
    Hidden(PINS, TEMPLATES),
)


def link(value):
    found = REBASE.link("https://erp.example/base/svc" + value, "/base/svc/")
    return None if found is None else found.removeprefix("https://gw.example/a/v1")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (f"/companies({GUID})/orders(5)", "/orders(5)"),
        (f"/companies({GUID.upper()})/orders(5)", "/orders(5)"),
        (f"/companies(id={GUID})/orders(5)", "/orders(5)"),
        (f"/companies%28{GUID}%29/orders(5)", "/orders(5)"),
        (f"/companies({GUID})", ""),
        (f"/companies%2528{GUID}%2529/orders(5)", "/orders(5)"),
        (f"/companies%252528{GUID}%252529/orders%25285%2529", "/orders%25285%2529"),
        (f"/companies%2528{OTHER}%2529/orders(5)", None),
        (f"/$metadata#companies%2528{GUID}%2529/orders", "/$metadata#orders"),
        (f"/$metadata#companies({GUID})%2Forders", None),
        (f"/orders({GUID})", None),
        ("/Areas%2528Customer='7',Org='1710'%2529", None),
        ("/Areas%2528Customer='7',Org='1720'%2529", None),
        ("/orders(5)", "/orders(5)"),
        ("/orders%25285%2529", "/orders%25285%2529"),
        ("/orders('1710')", "/orders('1710')"),
        (f"/companies({OTHER})/orders(5)", None),
        ("/Areas(Customer='7',Org='1710')", "/Areas(Customer='7')"),
        ("/Areas(Org='1710',Customer='7')", "/Areas(Customer='7')"),
        ("/Areas(Customer='7',Org='1720')", None),
        ("/group/n-1/items/3", "/group/items/3"),
        ("/group/n-2/items/3", None),
        ("/orders?company=CRONUS&a=1", "/orders?a=1"),
        ("/orders?Company=CRONUS", "/orders"),
        (f"/$metadata#companies({GUID})/orders/$entity", "/$metadata#orders/$entity"),
        (f"/$metadata#companies({OTHER})/orders", None),
        ("/$metadata#Sales(Order,SalesOrg)", "/$metadata#Sales"),
        ("/$metadata#Sales(Order,Total)", "/$metadata#Sales(Order,Total)"),
    ],
)
def test_a_link(value, shown):
    assert link(value) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Invalid: SalesOrg eq '1710'", "Invalid: [system] eq '[system]'"),
        ("salesorg of cronus", "[system] of [system]"),
        ("customer 17100001 is blocked", "customer 17100001 is blocked"),
        (f"no Company {GUID}", "no [system] [system]"),
    ],
)
def test_an_errors_text(text, shown):
    assert REBASE.redacted(text) == shown


BY_PLACE = Rebase(
    System.model_validate({"owner": "x", "url": "https://erp.example"}),
    "",
    "https://gw.example/a/v1",
    Hidden(
        Pins.model_validate({"path": {"division": "100", "unit": "n-1"}}),
        ("/{division}/orders/{id}", "/{division}/orders/{id}/{unit}", "/status/{what}"),
    ),
)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/100/orders/7", "/orders/7"), ("/%31%30%30/orders/7", "/orders/7"), ("/200/orders/7", None),
        ("/100/orders/7/n-1", "/orders/7"), ("/100/orders/7/n-2", None), ("/status/up", "/status/up"),
        ("/%2532%2530%2530/orders/7", None), ("/orders/7", None),
    ],
)  # fmt: skip
def test_a_pin_without_a_literal_in_front_is_known_by_its_place(value, shown):
    found = BY_PLACE.link("https://erp.example" + value, "/")

    assert shown == (None if found is None else found.removeprefix("https://gw.example/a/v1"))


def test_a_link_that_is_the_gateways_own_already_has_no_pin_in_it():
    assert BY_PLACE.link("https://gw.example/a/v1/orders/7", "/") == "https://gw.example/a/v1/orders/7"
