"""Two companies of one Business Central: one credential, the same paths, and nobody sees or names the other one's."""

import pytest
from meridian import COMPANIES, BusinessCentral

from governance.demo.calls import CENTRAL, WRITE

OTHER = {"mna": "mca", "mca": "mna"}
CURRENCY = {"mna": "USD", "mca": "CAD"}
NOBODYS = "99999999-9999-4999-8999-999999999999"
BOTH = pytest.mark.parametrize("entity", [*COMPANIES])


@pytest.fixture
def central(bc, monkeypatch):
    """Calls for an entity by its name, with every scope."""
    everything = bc.meridian.caller.bearer("webshop", f"{WRITE} orders.delete orders.post master-data.write")
    monkeypatch.setattr(bc.meridian, "_bearer", everything)
    return {entity: BusinessCentral(bc.meridian, entity) for entity in COMPANIES}


def orders_of(system, query="$top=45"):
    """Every order that an entity finds, page by page."""
    found, path = [], f"{CENTRAL}/salesOrders?{query}"
    while path:
        told = system.call("GET", path)
        assert (told.status, told.leaks()) == (200, [])
        found += told.json["value"]
        link = told.json.get("@odata.nextLink")
        path = told.leads(link) if link else ""
    return found


def test_each_finds_all_of_its_own_and_nothing_else(central):
    held = {entity: orders_of(system) for entity, system in central.items()}

    for entity, rows in held.items():
        assert len(rows) == 45
        assert {row["currencyCode"] for row in rows} == {CURRENCY[entity]}
        assert {"CANARY-MCA" in row["externalDocumentNumber"] for row in rows} == {entity == "mca"}
    ids = {entity: {row["id"] for row in rows} for entity, rows in held.items()}
    assert ids["mna"].isdisjoint(ids["mca"])


def test_one_token_serves_both(central):
    issued = central["mna"].control("state")["tokens_issued"]

    for entity, system in central.items():
        assert system.read().status == 200
        [asked] = [asked for asked in system.requests() if "salesOrders" in asked["target"]]
        assert f"/companies({COMPANIES[entity]})/salesOrders?" in asked["target"]
        system.control("reset", {})
    assert central["mna"].control("state")["tokens_issued"] == issued


@BOTH
def test_what_comes_along_and_what_is_written_is_in_the_same_company(central, entity):
    system = central[entity]
    line = {"lineObjectNumber": "PUMP-40", "quantity": 2}

    made = system.write(salesOrderLines=[line])
    place = made.leads(made.headers["location"])
    read = system.call("GET", f"{place}?$expand=salesOrderLines,customer")
    lines = system.call("GET", f"{place}/salesOrderLines")
    added = system.call("POST", f"{place}/salesOrderLines", line)
    changed = system.call("PATCH", place, {"phoneNumber": "1"}, If_Match=system.call("GET", place).headers["etag"])

    for told, status in ((made, 201), (read, 200), (lines, 200), (added, 201), (changed, 200)):
        assert (told.status, told.problem, told.leaks()) == (status, "", []), told.body[:300]
    assert made.json["currencyCode"] == CURRENCY[entity]
    assert read.json["customer"]["country"] == {"mna": "US", "mca": "CA"}[entity]
    assert [each["lineObjectNumber"] for each in read.json["salesOrderLines"]] == ["PUMP-40"]
    assert place == f"{CENTRAL}/salesOrders({made.json['id']})"
    assert made.json["@odata.context"].endswith(f"{CENTRAL}/$metadata#salesOrders/$entity")
    assert {f"/companies({COMPANIES[entity]})/" in asked["target"] for asked in system.requests()} == {True}
    assert system.call("DELETE", place, If_Match="*").status == 204


@BOTH
@pytest.mark.parametrize(
    ("method", "below", "body"),
    [
        ("GET", "", None),
        ("HEAD", "", None),
        ("GET", "?$expand=customer", None),
        ("GET", "?$select=number", None),
        ("GET", "/salesOrderLines", None),
        ("PATCH", "", {"phoneNumber": "6"}),
        ("DELETE", "", None),
        ("POST", "/salesOrderLines", {"lineObjectNumber": "PUMP-40", "quantity": 2}),
        ("POST", "/Microsoft.NAV.shipAndInvoice", None),
    ],
)
def test_a_record_of_the_other_company_is_as_absent_as_none(central, entity, method, below, body):
    theirs = central[OTHER[entity]]
    order = theirs.read().json["value"][0]
    condition = {"If_Match": "*"} if method in ("PATCH", "DELETE") else {}
    before = theirs.call("GET", f"salesOrders({order['id']})?$expand=salesOrderLines").body

    tolds = [central[entity].call(method, f"salesOrders({key}){below}", body, **condition)
             for key in (order["id"], NOBODYS)]  # fmt: skip

    said = [(told.status, told.problem, sorted(told.headers), len(told.body), told.leaks()) for told in tolds]
    assert said[0] == said[1]
    assert said[0][0] == 404
    assert said[0][4] == []
    assert order["number"].encode() not in tolds[0].body
    assert theirs.call("GET", f"salesOrders({order['id']})?$expand=salesOrderLines").body == before


@BOTH
def test_naming_a_company_is_refused_before_the_system_is_asked(central, entity):
    system, rows = central[entity], central[entity].control("state")["rows"]
    both = [*COMPANIES.values()]
    tolds = []
    for company in both:
        tolds += [system.call("GET", f"{CENTRAL}/{path}") for path in (
            f"companies({company})/salesOrders", f"companies({company})", "companies",
            f"salesOrders?company_id={company}", f"salesOrders?$COMPANY_ID={company}",
            f"salesOrders?company={company}", f"salesOrders?%63ompany_id={company}",
            "salesOrders?$expand=company", f"salesOrders/../companies({company})/salesOrders",
        )]  # fmt: skip
        tolds.append(system.call("GET", f"{CENTRAL}/salesOrders", Cookie=f"company_id={company}"))
        tolds += [system.write(**member) for member in (
            {"company_id": company}, {"Company_Id": company}, {"companyId": company},
            {"customer@odata.bind": f"companies({company})/customers({NOBODYS})"},
        )]  # fmt: skip

    assert {told.status for told in tolds} <= {400, 403, 404}
    assert {told.problem for told in tolds} - {""} == {told.problem for told in tolds}
    assert [told.leaks() for told in tolds if told.leaks()] == []
    assert [asked["target"] for asked in system.requests() if "/companies" in asked["target"]] == []
    assert system.control("state")["rows"] == rows


def test_another_companys_customer_or_item_cannot_be_ordered(central):
    theirs = {
        kind: central["mca"].call("GET", f"{kind}s?$top=1").json["value"][0]["id"] for kind in ("customer", "item")
    }
    rows = central["mna"].control("state")["rows"]

    by_customer = central["mna"].call("POST", "salesOrders", {"customerId": theirs["customer"]})
    by_item = central["mna"].write(salesOrderLines=[{"itemId": theirs["item"], "quantity": 1}])

    for told in (by_customer, by_item):
        assert (told.status, told.problem, told.leaks()) == (400, "", [])
    assert central["mna"].control("state")["rows"] == rows


def test_a_continuation_of_one_company_is_none_of_the_other(central):
    link = central["mca"].call("GET", "salesOrders?$top=45").json["@odata.nextLink"]
    path = link.removeprefix(central["mca"].meridian.fleet.url)

    assert central["mca"].call("GET", path).status == 200
    told = central["mna"].call("GET", path)
    assert (told.status, told.problem) == (400, "continuation-refused")


def test_what_business_central_says_of_a_company_does_not_come_out(central):
    central["mna"].misbehave("500", times=1)
    assert central["mna"].read().leaks() == []
    gone = central["mna"].call("GET", f"salesOrders({COMPANIES['mca']})")
    assert (gone.status, gone.leaks()) == (404, [])
