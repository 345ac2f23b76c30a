"""The S/4HANA simulator answers as prior experience with OData V2 services says."""

import pytest

HOST = "https://vhcala4hci.dmz.example:44300"
NEW = {
    "SalesOrderType": "OR",
    "SalesOrganization": "1710",
    "DistributionChannel": "10",
    "OrganizationDivision": "00",
    "SoldToParty": "17100001",
    "to_Item": [
        {"Material": "PUMP-40", "RequestedQuantity": "2"},
        {"Material": "SEAL-08", "RequestedQuantity": "12.5"},
    ],
}


def numbers(got):
    return [row["SalesOrder"] for row in got.json["d"]["results"]]


def test_an_order_is_written_as_odata_v2_has_it(s4):
    got = s4.read("/A_SalesOrder('4711')")
    order = got.json["d"]
    base = f"{HOST}/sap/opu/odata/sap/API_SALES_ORDER_SRV"
    assert order["__metadata"]["uri"] == f"{base}/A_SalesOrder('4711')"
    assert order["to_Item"] == {"__deferred": {"uri": f"{base}/A_SalesOrder('4711')/to_Item"}}
    assert order["TotalNetAmount"] == "911.00"
    assert order["SalesOrderDate"] == "/Date(1769040000000)/"
    assert order["LastChangeDateTime"] == "/Date(1769087700000+0000)/"
    assert got.header("etag") == order["__metadata"]["etag"] == "W/\"datetimeoffset'2026-01-22T13%3A15%3A00.0000000Z'\""


def test_banner_and_cookie_are_on_every_answer(s4):
    for got in (s4.read("/A_SalesOrder"), s4.read("/A_SalesOrder('1')"), s4.simulated.call("GET", "/")):
        assert got.header("server").startswith("SAP NetWeaver")
        assert got.header("sap-server") == "true"
        assert got.all("set-cookie") == ["sap-usercontext=sap-client=100; path=/"]


@pytest.mark.parametrize(
    ("headers", "client"),
    [({"authorization": "Basic QTpC"}, "100"), ({"authorization": "Bearer x"}, "100"), ({}, "200"), ({}, "")],
)
def test_a_failed_logon_is_a_page(s4, headers, client):
    got = s4.read("/A_SalesOrder", headers, **{"sap-client": client})
    assert got.status == 401
    assert got.header("content-type").startswith("text/html")
    assert got.header("www-authenticate").startswith('Basic realm="SAP NetWeaver')


def test_pages_and_their_links(s4):
    seen, path = [], {"_inlinecount": "allpages", "_orderby": "SalesOrder desc"}
    got = s4.read("/A_SalesOrder", **path)
    assert got.json["d"]["__count"] == "80"
    while True:
        seen += numbers(got)
        link = got.json["d"].get("__next")
        if link is None:
            break
        assert link.startswith(f"{HOST}/sap/opu/odata/sap/API_SALES_ORDER_SRV/A_SalesOrder?")
        assert "sap-client" not in link
        got = s4.simulated.call("GET", link.removeprefix(HOST) + "&sap-client=100", s4.basic)
    assert seen == [str(n) for n in (*range(4767, 4710, -1), *range(2023, 2000, -1))]


def test_links_repeat_the_client_where_it_is_set_so(s4):
    s4.simulated.control("settings", {"client_in_links": True})
    assert "sap-client=100&" in s4.read("/A_SalesOrder").json["d"]["__next"]


def test_top_and_skip(s4):
    assert numbers(s4.read("/A_SalesOrder", _top=2, _skip=3)) == ["4714", "4715"]
    assert "__next" not in s4.read("/A_SalesOrder", _top=20).json["d"]
    page = s4.read("/A_SalesOrder", _top=30, _skip=1).json["d"]
    rest = s4.simulated.call("GET", page["__next"].removeprefix(HOST) + "&sap-client=100", s4.basic)
    assert len(page["results"]) == 20
    assert len(numbers(rest)) == 10
    assert numbers(rest)[0] == "4732"
    assert numbers(s4.read("/A_SalesOrder", _top=0)) == []


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("SalesOrder eq '4712'", lambda o: o["SalesOrder"] == "4712"),
        ("TotalNetAmount gt 5000M", lambda o: float(o["TotalNetAmount"]) > 5000),
        ("not (OverallSDProcessStatus eq 'A') and TotalNetAmount le 900.5", lambda o: float(o["TotalNetAmount"]) <= 900.5),
        ("SalesOrderDate ge datetime'2026-04-01T00:00:00'", lambda o: int(o["SalesOrderDate"][6:-2]) >= 1775001600000),
        ("substringof('123',PurchaseOrderByCustomer) or SalesOrder eq '4711'", lambda o: True),
        ("startswith(SoldToParty,'1710000') and SoldToParty ne '17100001'", lambda o: o["SoldToParty"] != "17100001"),
        ("LastChangeDateTime lt datetimeoffset'2026-02-01T00:00:00Z'", lambda o: int(o["SalesOrderDate"][6:-2]) < 1769904000000),
    ],
)  # fmt: skip
def test_filters(s4, text, check):
    rows = s4.read("/A_SalesOrder", _filter=text).json["d"]["results"]
    assert rows
    assert all(check(row) for row in rows)
    assert len(rows) < 80


@pytest.mark.parametrize(
    ("option", "text"),
    [
        ("_filter", "Colour eq 'red'"),
        ("_filter", "SalesOrder eq"),
        ("_filter", "SalesOrder eq '4711"),
        ("_filter", "TotalNetAmount eq '5'"),
        ("_filter", "(" * 60 + "SalesOrder eq '1'" + ")" * 60),
        ("_orderby", "Colour"),
        ("_orderby", "SalesOrder up"),
        ("_select", "Colour"),
        ("_expand", "to_Colour"),
        ("_top", "-1"),
        ("_top", "many"),
    ],
)
def test_wrong_options_are_refused_in_its_own_form(s4, option, text):
    got = s4.read("/A_SalesOrder", **{option: text})
    error = got.json["error"]
    assert got.status == 400
    assert error["message"]["lang"] == "en"
    assert HOST in error["innererror"]["Error_Resolution"]["SAP_Transaction"]


def test_select_and_expand(s4):
    row = s4.read("/A_SalesOrder('4711')", _select="SalesOrder,TotalNetAmount").json["d"]
    assert set(row) == {"__metadata", "SalesOrder", "TotalNetAmount"}
    row = s4.read("/A_SalesOrder('4711')", _expand="to_Item").json["d"]
    items = row["to_Item"]["results"]
    assert sum(float(item["NetAmount"]) for item in items) == pytest.approx(float(row["TotalNetAmount"]))


@pytest.mark.parametrize(
    "path",
    [
        "/A_SalesOrderItem(SalesOrder='4711',SalesOrderItem='10')",
        "/A_SalesOrderItem(SalesOrderItem='10',SalesOrder='4711')",
        "/A_SalesOrderItem(SalesOrder=%274711%27,SalesOrderItem=%2710%27)",
    ],
)
def test_composite_keys_in_any_order(s4, path):
    item = s4.read(path).json["d"]
    assert (item["SalesOrder"], item["SalesOrderItem"], item["RequestedQuantity"]) == ("4711", "10", "25")
    assert s4.read(f"{path}/to_SalesOrder").json["d"]["SalesOrder"] == "4711"


def test_named_keys_and_leading_zeros(s4):
    assert s4.read("/A_SalesOrder(SalesOrder='4711')").json["d"]["SalesOrder"] == "4711"
    assert s4.read("/A_SalesOrder('0000004711')").json["d"]["SalesOrder"] == "4711"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/A_SalesOrder('999')", 404),
        ("/A_SalesOrder('a%2Fb')", 404),
        ("/A_SalesOrder('O%27%27Neil')", 404),
        ("/A_Unknown", 404),
        ("/A_SalesOrder('4711')/to_Nowhere", 404),
        ("/A_SalesOrder(4711)", 400),
        ("/A_SalesOrder(Wrong='4711')", 400),
        ("/A_SalesOrderItem(SalesOrder='4711')", 400),
    ],
)
def test_what_is_not_there(s4, path, status):
    got = s4.read(path)
    assert got.status == status
    assert got.json["error"]["message"]["value"]


def test_without_a_word_about_json_it_answers_in_atom(s4):
    got = s4.read("/A_SalesOrder", _format="atom")
    assert got.header("content-type").startswith("application/atom+xml")
    assert s4.read("/A_SalesOrder", {"accept": "application/json"}, _format="").json["d"]


def test_an_order_is_placed_with_its_items(s4):
    got = s4.write("POST", "/A_SalesOrder", NEW)
    order = got.json["d"]
    assert got.status == 201
    assert (
        got.header("location")
        == order["__metadata"]["uri"]
        == f"{HOST}{s4.target('').split('?')[0]}/A_SalesOrder('4768')"
    )
    assert order["TotalNetAmount"] == "1289.90"
    assert [i["RequestedQuantity"] for i in order["to_Item"]["results"]] == ["2", "12.5"]
    # Sent twice, placed twice: the system knows no idempotency.
    assert s4.write("POST", "/A_SalesOrder", NEW).json["d"]["SalesOrder"] == "4769"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"SoldToParty": "17100099"}, 400),
        ({"SoldToParty": "5"}, 400),
        ({"SalesOrderType": None}, 400),
        ({"to_Item": [{"Material": "NONE", "RequestedQuantity": "1"}]}, 400),
        ({"to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "0"}]}, 400),
        ({"to_Item": [{"Material": "PUMP-40", "RequestedQuantity": 2}]}, 400),
        ({"RequestedDeliveryDate": "tomorrow"}, 400),
        ({"Colour": "red"}, 400),
    ],
)
def test_a_rejected_order_leaves_nothing_behind(s4, change, status):
    before = s4.simulated.control("state")["rows"]
    got = s4.write("POST", "/A_SalesOrder", {**NEW, **change})
    assert got.status == status
    assert s4.simulated.control("state")["rows"] == before


def test_a_write_needs_token_and_all_cookies(s4):
    session = s4.session()
    cookies = session["cookie"].split("; ")
    assert len(cookies) == 3
    without = {name: value for name, value in session.items() if name != "cookie"}
    for given in (
        s4.basic,
        without,
        {**without, "cookie": cookies[1]},
        {**without, "cookie": cookies[2]},
        {**session, "x-csrf-token": "stale"},
    ):
        got = s4.write("POST", "/A_SalesOrder", NEW, session=given)
        assert (got.status, got.header("x-csrf-token")) == (403, "Required")
        assert got.body == b"CSRF token validation failed"
    assert s4.simulated.control("state")["rows"]["A_SalesOrder"] == 80
    assert s4.write("POST", "/A_SalesOrder", NEW, session={**without, "cookie": "; ".join(cookies[1:])}).status == 201


def test_a_second_fetch_in_a_session_gives_the_same_token(s4):
    session = s4.session()
    got = s4.read("/", {"x-csrf-token": "fetch", "cookie": session["cookie"]})
    assert got.header("x-csrf-token") == session["x-csrf-token"]
    assert len(got.all("set-cookie")) == 1


def test_a_session_ends(s4):
    s4.simulated.control("settings", {"session_seconds": 0.0})
    assert s4.write("POST", "/A_SalesOrder", NEW).status == 403


@pytest.mark.parametrize("fault", ["csrf-expired", "session-lost"])
def test_a_stale_token_is_refused_once_and_a_new_one_is_good(s4, fault):
    session = s4.session()
    s4.simulated.misbehave(fault)
    got = s4.write("POST", "/A_SalesOrder", NEW, session=session)
    assert (got.status, got.header("x-csrf-token")) == (403, "Required")
    assert s4.write("POST", "/A_SalesOrder", NEW, session=session).status == 403
    assert s4.write("POST", "/A_SalesOrder", NEW).status == 201


@pytest.mark.parametrize("method", ["PATCH", "MERGE", "PUT"])
def test_a_change_needs_the_tag(s4, method):
    path = "/A_SalesOrder('4711')"
    tag = s4.read(path).header("etag")
    change = {"PurchaseOrderByCustomer": "NEW-1"}
    assert s4.write(method, path, change).status == 428
    assert s4.write(method, path, change, {"if-match": 'W/"old"'}).status == 412
    got = s4.write(method, path, change, {"if-match": tag})
    assert (got.status, got.body) == (204, b"")
    again = s4.read(path)
    assert again.json["d"]["PurchaseOrderByCustomer"] == "NEW-1"
    assert again.header("etag") != tag
    assert s4.write(method, path, change, {"if-match": tag}).status == 412
    assert s4.write(method, path, change, {"if-match": "*"}).status == 204


def test_a_method_in_a_header_is_obeyed(s4):
    got = s4.write("POST", "/A_SalesOrder('4711')", {}, {"x-http-method": "MERGE", "if-match": "*"})
    assert got.status == 204


def test_a_read_with_the_same_tag_is_304(s4):
    tag = s4.read("/A_SalesOrder('4711')").header("etag")
    got = s4.read("/A_SalesOrder('4711')", {"if-none-match": tag})
    assert (got.status, got.body) == (304, b"")


def test_items_are_added_changed_and_taken_out(s4):
    path = "/A_SalesOrder('4711')"
    total = float(s4.read(path).json["d"]["TotalNetAmount"])
    added = s4.write("POST", f"{path}/to_Item", {"Material": "SEAL-08", "RequestedQuantity": "10"})
    assert added.status == 201
    item = added.json["d"]
    assert added.header("location").endswith(f"SalesOrderItem='{item['SalesOrderItem']}')")
    assert float(s4.read(path).json["d"]["TotalNetAmount"]) == pytest.approx(total + 32)
    at = f"/A_SalesOrderItem(SalesOrder='4711',SalesOrderItem='{item['SalesOrderItem']}')"
    tag = s4.read(path).header("etag")
    assert s4.write("PATCH", at, {"RequestedQuantity": "20"}, {"if-match": tag}).status == 204
    assert s4.read(at).json["d"]["NetAmount"] == "64.00"
    assert s4.write("DELETE", at, None, {"if-match": "*"}).status == 204
    assert s4.read(at).status == 404
    assert float(s4.read(path).json["d"]["TotalNetAmount"]) == pytest.approx(total)


def test_an_order_is_withdrawn_unless_it_was_delivered(s4):
    rows = s4.read("/A_SalesOrder", _select="SalesOrder,OverallDeliveryStatus", _top=20).json["d"]["results"]
    done = next(row["SalesOrder"] for row in rows if row["OverallDeliveryStatus"] == "C")
    open_ = next(row["SalesOrder"] for row in rows if row["OverallDeliveryStatus"] == "A")
    assert s4.write("DELETE", f"/A_SalesOrder('{done}')", None, {"if-match": "*"}).status == 400
    assert s4.write("DELETE", f"/A_SalesOrder('{open_}')", None, {"if-match": "*"}).status == 204
    assert s4.read(f"/A_SalesOrder('{open_}')").status == 404


@pytest.mark.parametrize(
    ("method", "path", "status"), [("DELETE", "/A_SalesOrder", 405), ("POST", "/A_SalesOrder('4711')", 405)]
)
def test_methods_that_are_not_there(s4, method, path, status):
    got = s4.write(method, path, {})
    assert got.status == status
    assert got.header("allow")


def test_other_bodies_are_refused(s4):
    assert s4.write("POST", "/A_SalesOrder", b"a=b", {"content-type": "text/plain"}).status == 415
    assert s4.write("POST", "/A_SalesOrder", b"{", {"content-type": "application/json"}).status == 400
    assert s4.write("POST", "/A_SalesOrder", [1]).status == 400
