"""What the simulators answer is what the example's contracts promise, judged by the gateway's own compiler."""

import json
import re

import pytest
from simulated import EXAMPLE

from contracts.compile import compile_operation
from contracts.workspace import load

COMPANY = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"


@pytest.fixture(scope="module")
def compiled():
    workspace = load(EXAMPLE)
    return {
        (f"{api}@{version}", operation.operation_id): compile_operation(
            contract, operation, api, version, workspace.settings.bounds
        )
        for (api, version), contract in workspace.contracts.items()
        for operation in contract.operations
    }


def judge(operation, got):
    headers = [(name.lower().encode(), value.encode()) for name, value in got.headers]
    judged = operation.judge_answer(got.status, headers, got.body)
    return judged.outcome, [(v.pointer, v.rule, v.message) for v in judged.violations], judged.reason


GOOD = ("conforms", [], "")


def asked(operation, query="", body=None, headers=None, values=()):
    given = {name.encode(): value.encode() for name, value in (headers or {}).items()}
    if body is not None:
        given[b"content-type"] = b"application/json"
    judged = operation.judge_request(
        tuple(value.encode() for value in values),
        query.encode(),
        given,
        b"" if body is None else json.dumps(body).encode(),
    )
    return judged.outcome, [(v.location, v.pointer, v.rule) for v in judged.violations], judged.reason


@pytest.mark.parametrize("version", ["1.0", "1.1"])
@pytest.mark.parametrize("naming", ["plain", "mixed"])
def test_reads_of_s4(s4, compiled, version, naming):
    s4.simulated.control("settings", {"naming": naming})
    api = f"sales-orders@{version}"
    for operation, got in (
        ("listSalesOrders", s4.read("/A_SalesOrder")),
        (
            "listSalesOrders",
            s4.read("/A_SalesOrder", _inlinecount="allpages", _filter="TotalNetAmount gt 1M", _skip=40),
        ),
        ("listSalesOrders", s4.read("/A_SalesOrder", _filter="Colour eq 1")),
        ("getSalesOrder", s4.read("/A_SalesOrder('4711')")),
        ("getSalesOrder", s4.read("/A_SalesOrder('999')")),
        ("listSalesOrderItems", s4.read("/A_SalesOrder('4711')/to_Item")),
    ):
        assert judge(compiled[api, operation], got) == GOOD, operation


def test_what_only_the_new_version_has(s4, compiled):
    api = "sales-orders@1.1"
    tag = s4.read("/A_SalesOrder('4711')").header("etag")
    item = "/A_SalesOrderItem(SalesOrder='4711',SalesOrderItem='10')"
    for operation, got in (
        ("listSalesOrders", s4.read("/A_SalesOrder", _select="SalesOrder,to_Item", _expand="to_Item")),
        ("getSalesOrder", s4.read("/A_SalesOrder('4711')", {"if-none-match": tag})),
        ("getSalesOrder", s4.read("/A_SalesOrder('4711')", _expand="to_Item")),
        ("getSalesOrderItem", s4.read(item)),
        ("getSalesOrderItem", s4.read(item, _select="Material")),
        ("getSalesOrderOfItem", s4.read(f"{item}/to_SalesOrder")),
        ("addSalesOrderItem", s4.write("POST", "/A_SalesOrder('4711')/to_Item", {"Material": "SEAL-08"})),
        ("changeSalesOrderItem", s4.write("PATCH", item, {"RequestedQuantity": "3"}, {"if-match": "*"})),
        ("deleteSalesOrderItem", s4.write("DELETE", item, None, {"if-match": 'W/"x"'})),
        ("deleteSalesOrderItem", s4.write("DELETE", item, None, {"if-match": "*"})),
        ("deleteSalesOrder", s4.write("DELETE", "/A_SalesOrder('4711')")),
        ("deleteSalesOrder", s4.write("DELETE", "/A_SalesOrder('4711')", None, {"if-match": "*"})),
    ):
        assert judge(compiled[api, operation], got) == GOOD, (operation, got.status, got.body[:200])


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_writes_of_s4(s4, compiled, version):
    api = f"sales-orders@{version}"
    order = {
        "SalesOrderType": "OR", "SalesOrganization": "1710", "DistributionChannel": "10",
        "OrganizationDivision": "00", "SoldToParty": "17100001", "RequestedDeliveryDate": "/Date(1770595200000)/",
        "to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "2"}],
    }  # fmt: skip
    assert asked(compiled[api, "createSalesOrder"], body=order) == GOOD
    for body in (order, {**order, "SoldToParty": "17100099"}):
        assert judge(compiled[api, "createSalesOrder"], s4.write("POST", "/A_SalesOrder", body)) == GOOD
    path, change = "/A_SalesOrder('4711')", {"PurchaseOrderByCustomer": "B"}
    seen = []
    for headers in ({}, {"if-match": 'W/"old"'}, {"if-match": "*"}):
        got = s4.write("PATCH", path, change, headers)
        seen.append(got.status)
        assert asked(compiled[api, "changeSalesOrder"], body=change, headers=headers, values=("4711",)) == GOOD
        assert judge(compiled[api, "changeSalesOrder"], got) == GOOD
    assert seen == [428, 412, 204]


@pytest.mark.parametrize("naming", ["plain", "mixed"])
def test_reads_of_business_central(bc, orders, compiled, naming):
    bc.simulated.control("settings", {"naming": naming})
    api, company = "business-central@2.0", f"/companies({COMPANY})"
    order = bc.read(orders, _top=1).json["value"][0]
    path = f"{orders}({order['id']})"
    customer = bc.read(f"{company}/customers", _top=1).json["value"][0]
    item = bc.read(f"{company}/items", _top=1).json["value"][0]
    for operation, got in (
        ("listSalesOrders", bc.read(orders, _count="true", _expand="salesOrderLines,customer")),
        ("listSalesOrders", bc.read(orders, _select="number", _filter="status eq 'Open'")),
        ("listSalesOrders", bc.read(orders, _filter="colour eq 1")),
        ("getSalesOrder", bc.read(path)),
        ("getSalesOrder", bc.read(path, {"if-none-match": order["@odata.etag"]})),
        ("getSalesOrder", bc.read(f"{orders}({COMPANY})")),
        ("listSalesOrderLines", bc.read(f"{path}/salesOrderLines")),
        ("listCustomers", bc.read(f"{company}/customers")),
        ("getCustomer", bc.read(f"{company}/customers({customer['id']})")),
        ("listItems", bc.read(f"{company}/items")),
        ("getItem", bc.read(f"{company}/items({item['id']})")),
    ):
        assert judge(compiled[api, operation], got) == GOOD, (operation, got.status)


def test_writes_of_business_central(bc, orders, compiled):
    api, company = "business-central@2.0", f"/companies({COMPANY})"
    new = {"customerNumber": "10000", "salesOrderLines": [{"lineObjectNumber": "PUMP-40", "quantity": 1.5}]}
    assert asked(compiled[api, "createSalesOrder"], body=new, values=(COMPANY,)) == GOOD
    made = bc.call("POST", orders, new)
    path, tag = f"{orders}({made.json['id']})", made.header("etag")
    change = {"externalDocumentNumber": "B"}
    item = bc.call("POST", f"{company}/items", {"displayName": "New"})
    at = f"{company}/items({item.json['id']})"
    for operation, got in (
        ("createSalesOrder", made),
        ("createSalesOrder", bc.call("POST", orders, {"customerNumber": "60000"})),
        ("changeSalesOrder", bc.call("PATCH", path, change, {"if-match": tag})),
        ("changeSalesOrder", bc.call("PATCH", path, change, {"if-match": tag})),
        ("changeSalesOrder", bc.call("PATCH", path, change, {"if-match": "x"})),
        (
            "addSalesOrderLine",
            bc.call("POST", f"{path}/salesOrderLines", {"lineObjectNumber": "SEAL-08", "quantity": 1}),
        ),
        ("shipAndInvoiceSalesOrder", bc.call("POST", f"{path}/Microsoft.NAV.shipAndInvoice")),
        ("deleteSalesOrder", bc.call("DELETE", path, None, {"if-match": "*"})),
        ("createItem", item),
        ("createItem", bc.call("POST", f"{company}/items", {"displayName": "New", "number": item.json["number"]})),
        ("changeItem", bc.call("PATCH", at, {"unitPrice": 2.5}, {"if-match": "*"})),
        ("deleteItem", bc.call("DELETE", at, None, {"if-match": "*"})),
        ("createCustomer", bc.call("POST", f"{company}/customers", {"displayName": "New"})),
    ):
        assert judge(compiled[api, operation], got) == GOOD, (operation, got.status, got.body[:200])


@pytest.mark.parametrize(
    ("fault", "options", "outcome"),
    [
        ("drift-type", {"member": "TotalNetAmount"}, "violates"),
        ("drift-missing", {}, "violates"),
        ("drift-extra", {}, "violates"),
        ("unknown-status", {}, "violates"),
        ("200-with-error", {}, "violates"),
        ("html", {}, "violates"),
        ("wrong-type", {}, "violates"),
        ("empty", {}, "violates"),
        ("bad-json", {}, "violates"),
        ("byte-order-mark", {}, "violates"),
        ("leak-cookie", {}, "conforms"),
        ("foreign-host-link", {}, "conforms"),
    ],
)
def test_faults_that_the_contract_sees(s4, compiled, fault, options, outcome):
    s4.simulated.misbehave(fault, **options)
    got = s4.read("/A_SalesOrder('4711')")
    assert judge(compiled["sales-orders@1.1", "getSalesOrder"], got)[0] == outcome


@pytest.mark.parametrize(
    ("operation", "query", "values", "outcome"),
    [
        ("listSalesOrders", "$top=5&$skip=2&$orderby=SalesOrderDate%20desc", (), "conforms"),
        ("listSalesOrders", "$select=SalesOrder,TotalNetAmount&$expand=to_Item&$inlinecount=allpages", (), "conforms"),
        ("listSalesOrders", "$filter=TotalNetAmount%20gt%201000.00M", (), "conforms"),
        ("listSalesOrders", "$skiptoken=20", (), "conforms"),
        ("listSalesOrders", "$top=-1", (), "violates"),
        ("listSalesOrders", "$select=Colour", (), "violates"),
        ("listSalesOrders", "$expand=to_Partner", (), "violates"),
        ("listSalesOrders", "$format=xml", (), "violates"),
        ("listSalesOrders", "sap-client=200", (), "violates"),
        ("getSalesOrder", "", ("4711",), "conforms"),
        ("getSalesOrder", "", ("47%2F11",), "violates"),
        ("getSalesOrder", "", ("12345678901",), "violates"),
    ],
)
def test_requests_that_the_contract_takes(compiled, operation, query, values, outcome):
    assert asked(compiled["sales-orders@1.1", operation], query, values=values)[0] == outcome


@pytest.mark.parametrize("system", ["s4-eu", "bc-us"])
def test_the_system_file_knows_the_simulators_own_name(s4, bc, orders, system):
    known = [str(url).rstrip("/") for url in load(EXAMPLE).systems[system].also_known_as]
    body = (s4.read("/A_SalesOrder") if system == "s4-eu" else bc.read(orders)).body.decode()
    origins = {origin.lower() for origin in re.findall(r"https?://[^/\"]+", body)}
    assert origins == {name.lower() for name in known}
