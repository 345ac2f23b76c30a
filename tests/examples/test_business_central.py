"""The Business Central simulator answers as prior experience with its API v2.0 says."""

import time

import pytest
from simulated import SECRETS, options

HOST = "https://BC-INTERNAL.example:7048"
COMPANY = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"
CANADA = "a07c5d18-3f62-4b9e-9d40-2c8e6f1b7a55"
NEW = {
    "customerNumber": "10000",
    "externalDocumentNumber": "WEB-1",
    "salesOrderLines": [
        {"lineType": "Item", "lineObjectNumber": "PUMP-40", "quantity": 2},
        {"lineObjectNumber": "HOSE-10", "quantity": 1.5, "discountPercent": 10},
    ],
}


def first(bc, orders):
    return bc.read(orders, _top=1).json["value"][0]


def test_a_page_is_written_as_odata_v4_has_it(bc, orders):
    got = bc.read(orders, _count="true")
    page = got.json
    base = f"{HOST}/v2.0/meridian/production/api/v2.0"
    assert got.header("content-type") == "application/json; odata.metadata=minimal; odata.streaming=true"
    assert got.header("odata-version") == "4.0"
    assert list(page) == ["@odata.context", "@odata.count", "value", "@odata.nextLink"]
    assert page["@odata.context"] == f"{base}/$metadata#companies({COMPANY})/salesOrders"
    assert page["@odata.count"] == 45
    assert page["@odata.nextLink"].startswith(f"{base}/companies({COMPANY})/salesOrders?")
    row = page["value"][0]
    assert row["@odata.etag"].startswith('W/"')
    assert isinstance(row["totalAmountIncludingTax"], float)
    assert row["discountAmount"] == 0


def test_pages_lead_through_all_rows(bc, orders):
    token, seen = bc.token(), []
    got = bc.call("GET", orders, token=token, _select="number", _orderby="number desc")
    while True:
        seen += [row["number"] for row in got.json["value"]]
        link = got.json.get("@odata.nextLink")
        if link is None:
            break
        got = bc.simulated.call("GET", link.removeprefix(HOST), token)
    assert seen == [f"S-ORD{n}" for n in range(101045, 101000, -1)]


def test_a_caller_may_ask_for_smaller_pages(bc, orders):
    assert len(bc.read(orders, {"prefer": "odata.maxpagesize=7"}).json["value"]) == 7
    assert len(bc.read(orders, {"prefer": "odata.maxpagesize=700"}).json["value"]) == 20


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("status eq 'Open'", lambda o: o["status"] == "Open"),
        ("totalAmountIncludingTax gt 5000 and status ne 'Draft'", lambda o: o["totalAmountIncludingTax"] > 5000),
        ("contains(customerName,'Yachts') or customerNumber eq '10000'", lambda o: o["customerNumber"] in ("10000", "40000")),
        ("orderDate ge 2026-04-01 and orderDate lt 2026-05-01", lambda o: o["orderDate"].startswith("2026-04")),
        ("not fullyShipped and tolower(currencyCode) eq 'usd' and orderDate lt 2026-02-01", lambda o: not o["fullyShipped"]),
    ],
)  # fmt: skip
def test_filters(bc, orders, text, check):
    rows = bc.read(orders, _filter=text, _top=100).json["value"]
    assert rows
    assert all(check(row) for row in rows)
    assert len(rows) < 45


def test_select_and_expand(bc, orders):
    page = bc.read(orders, _select="number,id", _expand="salesOrderLines,customer", _top=1).json
    row = page["value"][0]
    assert page["@odata.context"].endswith("/salesOrders(id,number)")
    assert set(row) == {"@odata.etag", "id", "number", "salesOrderLines", "customer"}
    assert row["customer"]["blocked"] == "_x0020_"
    lines = bc.read(f"{orders}({row['id']})/salesOrderLines").json["value"]
    assert [line["id"] for line in row["salesOrderLines"]] == [line["id"] for line in lines]


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"_filter": "colour eq 'red'"}, "colour"),
        ({"_filter": "number eq"}, "operand"),
        ({"_select": "colour"}, "colour"),
        ({"_expand": "colour"}, "colour"),
        ({"_orderby": "colour"}, "colour"),
        ({"_top": "many"}, "$top"),
    ],
)
def test_wrong_options_are_refused(bc, orders, given, word):
    got = bc.read(orders, **given)
    assert (got.status, got.json["error"]["code"]) == (400, "BadRequest")
    assert word in got.json["error"]["message"]
    assert "  CorrelationId:  " in got.json["error"]["message"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (f"/companies({COMPANY})/salesOrders(00000000-0000-0000-0000-000000000000)", 404, "Internal_RecordNotFound"),
        ("/companies(00000000-0000-0000-0000-000000000000)", 404, "Internal_CompanyNotFound"),
        ("/companies(4711)/items", 400, "BadRequest"),
        (f"/companies({COMPANY})/colours", 404, "BadRequest_ResourceNotFound"),
        ("/colours", 404, "BadRequest_ResourceNotFound"),
        (f"/companies({COMPANY})/items(", 404, "BadRequest_ResourceNotFound"),
    ],
)
def test_what_is_not_there(bc, path, status, code):
    got = bc.read(path)
    assert (got.status, got.json["error"]["code"]) == (status, code)


def test_both_companies_are_listed_to_whoever_asks(bc):
    found = {row["id"]: row["name"] for row in bc.read("/companies").json["value"]}
    assert found == {COMPANY: "Meridian North America", CANADA: "Meridian Canada"}


@pytest.mark.parametrize("name", ["salesOrders", "customers", "items"])
def test_each_company_has_rows_of_its_own(bc, name):
    own, other = ({row["id"] for row in bc.read(f"/companies({id_})/{name}", _top=100).json["value"]}
                  for id_ in (COMPANY, CANADA))  # fmt: skip
    assert own
    assert len(own) == len(other)
    assert own.isdisjoint(other)


def test_the_numbers_of_both_companies_are_the_same_and_their_words_are_not(bc, orders):
    numbers, words = [], []
    for path in (orders, orders.replace(COMPANY, CANADA)):
        rows = bc.read(path, _top=100, _expand="customer").json["value"]
        numbers.append([row["number"] for row in rows])
        words.append({(row["currencyCode"], row["customer"]["country"]) for row in rows})
        assert {row["customerNumber"] for row in rows} <= {row["customer"]["number"] for row in rows}
        canaries = {"CANARY-MCA" in row["externalDocumentNumber"] for row in rows}
        assert canaries == {CANADA in path}
    assert numbers[0] == numbers[1]
    assert words == [{("USD", "US")}, {("CAD", "CA")}]


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
def test_a_record_of_another_company_is_not_there(bc, orders, method):
    order = first(bc, orders)
    line = bc.read(f"{orders}({order['id']})/salesOrderLines").json["value"][0]
    elsewhere = orders.replace(COMPANY, CANADA)
    before = bc.read(f"{orders}({order['id']})").body
    assert bc.read(f"{orders}({order['id']})").status == 200
    change = {"phoneNumber": "1"} if method == "PATCH" else None
    got = bc.call(method, f"{elsewhere}({order['id']})", change, {"if-match": "*"})
    assert (got.status, got.json["error"]["code"]) == (404, "Internal_RecordNotFound")
    assert bc.read(f"{elsewhere}({order['id']})/salesOrderLines").status == 404
    assert bc.read(f"{orders}({first(bc, elsewhere)['id']})/salesOrderLines({line['id']})").status == 404
    assert bc.call("POST", f"{elsewhere}({order['id']})/Microsoft.NAV.shipAndInvoice").status == 404
    assert bc.read(f"{orders}({order['id']})").body == before


@pytest.mark.parametrize("kind", ["customer", "item"])
def test_what_belongs_to_another_company_cannot_be_ordered(bc, orders, kind):
    theirs = bc.read(f"/companies({CANADA})/{kind}s", _top=1).json["value"][0]["id"]
    body = (
        {"customerId": theirs}
        if kind == "customer"
        else {**NEW, "salesOrderLines": [{"itemId": theirs, "quantity": 1}]}
    )
    before = bc.simulated.control("state")["rows"]
    got = bc.call("POST", orders, body)
    assert (got.status, got.json["error"]["code"]) == (400, "Application_FieldValidationException")
    if kind == "customer":
        at = f"{orders}({first(bc, orders)['id']})"
        assert bc.call("PATCH", at, body, {"if-match": "*"}).status == 400
    assert bc.simulated.control("state")["rows"] == before


def test_an_order_is_placed_with_its_lines(bc, orders):
    got = bc.call("POST", orders, NEW)
    order = got.json
    assert got.status == 201
    assert got.header("location") == f"{HOST}/v2.0/meridian/production/api/v2.0{orders}({order['id']})"
    assert got.header("etag") == order["@odata.etag"]
    assert order["number"] == "S-ORD101046"
    assert order["totalAmountExcludingTax"] == 1481.65
    assert order["customerName"] == "Larkspur Research"
    lines = bc.read(f"{orders}({order['id']})/salesOrderLines").json["value"]
    assert [line["quantity"] for line in lines] == [2, 1.5]
    assert bc.call("POST", orders, NEW).json["number"] == "S-ORD101047"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"customerNumber": "60000"}, "Application_DialogException"),
        ({"customerNumber": "9"}, "Application_FieldValidationException"),
        ({"number": "S-1"}, "Application_FieldValidationException"),
        ({"colour": "red"}, "BadRequest"),
        ({"externalDocumentNumber": "x" * 36}, "Application_StringExceededLength"),
        ({"salesOrderLines": [{"lineObjectNumber": "NONE"}]}, "Application_FieldValidationException"),
    ],
)
def test_a_rejected_order_leaves_nothing_behind(bc, orders, change, code):
    before = bc.simulated.control("state")["rows"]
    got = bc.call("POST", orders, {**NEW, **change})
    assert (got.status, got.json["error"]["code"]) == (400, code)
    assert bc.simulated.control("state")["rows"] == before


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_needs_the_right_tag(bc, orders, method):
    order = first(bc, orders)
    path, tag = f"{orders}({order['id']})", order["@odata.etag"]
    body = {"externalDocumentNumber": "NEW"} if method == "PATCH" else None
    assert bc.call(method, path, body).status == 400
    assert bc.call(method, path, body, {"if-match": "nonsense"}).status == 412
    assert bc.call("PATCH", path, {"phoneNumber": "1"}, {"if-match": tag}).status == 200
    stale = bc.call(method, path, body, {"if-match": tag})
    assert (stale.status, stale.json["error"]["code"]) == (409, "Request_EntityChanged")
    fresh = bc.read(path)
    assert bc.call(method, path, body, {"if-match": fresh.header("etag")}).status == (200 if body else 204)
    assert bc.read(path).status == (200 if body else 404)


def test_a_read_with_the_same_tag_is_304(bc, orders):
    order = first(bc, orders)
    got = bc.read(f"{orders}({order['id']})", {"if-none-match": order["@odata.etag"]})
    assert (got.status, got.body) == (304, b"")


def test_a_line_changes_the_total(bc, orders):
    order = first(bc, orders)
    path = f"{orders}({order['id']})"
    added = bc.call("POST", f"{path}/salesOrderLines", {"lineObjectNumber": "SEAL-08", "quantity": 10})
    assert (added.status, added.json["netAmount"]) == (201, 36)
    total = bc.read(path).json["totalAmountExcludingTax"]
    assert total == pytest.approx(order["totalAmountExcludingTax"] + 36)
    assert bc.read(f"{path}/salesOrderLines({added.json['id']})").json["description"] == "Shaft seal 8 mm"


def test_an_order_is_posted_once(bc, orders):
    path = f"{orders}({first(bc, orders)['id']})"
    assert bc.call("POST", f"{path}/Microsoft.NAV.shipAndInvoice").status == 204
    assert bc.read(path).json["fullyShipped"] is True
    assert bc.call("POST", f"{path}/Microsoft.NAV.shipAndInvoice").status == 400


@pytest.mark.parametrize("name", ["customers", "items"])
def test_master_data(bc, name):
    at = f"/companies({COMPANY})/{name}"
    made = bc.call("POST", at, {"displayName": "New one", "number": "N-1"})
    assert made.status == 201
    assert bc.call("POST", at, {"displayName": "Another", "number": "N-1"}).status == 409
    assert bc.call("POST", at, {"number": "N-2"}).status == 400
    path = f"{at}({made.json['id']})"
    changed = bc.call("PATCH", path, {"displayName": "Renamed"}, {"if-match": made.header("etag")})
    assert changed.json["displayName"] == "Renamed"
    assert changed.json["@odata.etag"] != made.json["@odata.etag"]
    assert bc.call("PATCH", path, {"type": "Colour"}, {"if-match": "*"}).status == 400
    assert bc.call("DELETE", path, None, {"if-match": "*"}).status == 204


def test_tokens_are_asked_for_and_end(bc, orders):
    assert bc.call("GET", orders, token={"authorization": "Bearer nonsense"}).status == 401
    assert bc.call("GET", orders, token={"x": "y"}).status == 401
    bc.simulated.control("settings", {"token_seconds": 0.3})
    token = bc.token()
    assert bc.call("GET", orders, token=token).status == 200
    time.sleep(0.35)
    got = bc.call("GET", orders, token=token)
    assert (got.status, got.json["error"]["code"]) == (401, "Authentication_InvalidCredentials")
    assert 'error="invalid_token"' in got.header("www-authenticate")
    bc.simulated.control("settings", {"token_seconds": 60.0})
    token = bc.token()
    bc.simulated.misbehave("token-revoked")
    assert bc.call("GET", orders, token=token).status == 401
    assert bc.call("GET", orders).status == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
        ({"grant_type": "client_credentials", "client_id": "gw", "client_secret": "wrong"}, 401, "invalid_client"),
        ({"grant_type": "password", "client_id": "gw", "client_secret": SECRETS["BC_CLIENT_SECRET"]}, 400, "unsupported_grant_type"),
    ],
)  # fmt: skip
def test_wrong_token_requests(bc, form, status, error):
    got = bc.simulated.call("POST", "/token", {}, options(**form).encode())
    assert (got.status, got.json["error"]) == (status, error)


def test_the_token_endpoint_takes_the_client_in_the_header(bc):
    import base64
    from urllib.parse import quote

    pair = ":".join(quote(SECRETS[name], safe="") for name in ("BC_CLIENT_ID", "BC_CLIENT_SECRET"))
    headers = {"authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    got = bc.simulated.call("POST", "/token", headers, b"grant_type=client_credentials")
    assert (got.status, got.json["token_type"], got.json["expires_in"]) == (200, "Bearer", 3600)
    assert got.header("cache-control") == "no-store"
