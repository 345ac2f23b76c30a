"""Organisations told apart by a field of each record: lists and reads of a shared OData V2 system."""

from urllib.parse import parse_qs, quote, urlsplit

import pytest

SALES = "/sales/v1/Sales"


def query_of(asked):
    return {name: values[0] for name, values in parse_qs(urlsplit(asked[1]).query).items()}


@pytest.mark.parametrize(("entity", "org", "numbers"), [("north", "1710", ["1", "3"]), ("south", "1720", ["2"])])
def test_a_list_is_narrowed_proven_and_shows_no_pin(shared, call, entity, org, numbers):
    reply = call("GET", SALES, entity)
    assert reply.status == 200, reply.body
    assert query_of(shared.asked[0]) == {"$filter": f"Org eq '{org}'", "sap-client": "100"}
    assert [row["Order"] for row in reply.json["d"]["results"]] == numbers
    assert b"Org" not in reply.body


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("Total gt 1", "(Org eq '1710') and (Total gt 1)"),
        ("Total gt 1 or Total lt 3", "(Org eq '1710') and (Total gt 1 or Total lt 3)"),
        ("Note eq 'a'') or (1 eq 1'", "(Org eq '1710') and (Note eq 'a'') or (1 eq 1')"),
        ("Note eq 'Org'", "(Org eq '1710') and (Note eq 'Org')"),
    ],
)
def test_a_filter_is_printed_again_inside_its_brackets(shared, call, text, printed):
    reply = call("GET", f"{SALES}?$filter={quote(text)}")
    assert reply.status == 200, reply.body
    assert query_of(shared.asked[0])["$filter"] == printed


@pytest.mark.parametrize(
    "text", ["1 eq 1) or (1 eq 1", "Total gt", "Total gt 1 -- ", "a eq 'b", "Total gt 1;x", "(Total gt 1"]
)
def test_a_filter_that_does_not_parse_reaches_no_system(shared, call, text):
    reply = call("GET", f"{SALES}?$filter={quote(text)}")
    assert (reply.status, reply.problem) == (400, "option-unreadable")
    assert shared.asked == []


def test_the_field_is_added_to_what_is_selected_and_taken_out_again(shared, call):
    reply = call("GET", f"{SALES}?$select=Total")
    assert reply.status == 200, reply.body
    assert "Org" in query_of(shared.asked[0])["$select"].split(",")
    assert all("Org" not in row and "Total" in row for row in reply.json["d"]["results"])


def test_numbers_keep_their_bytes(shared, call):
    shared.sales["1"]["Total"] = 12345678901234567890123
    reply = call("GET", f"{SALES}('1')")
    assert b"12345678901234567890123" in reply.body


@pytest.mark.parametrize(
    "row",
    [
        {"Order": "2", "Org": "1720", "Note": "CANARY"},
        {"Order": "2", "Org": None, "Note": "CANARY"},
        {"Order": "2", "Note": "CANARY"},
        {"Order": "2", "Org": 1710, "Note": "CANARY"},
        {"Order": "2", "Org": ["1710"], "Note": "CANARY"},
        {"Order": "2", "Org": "1710", "Inner": {"Org": "1720", "Note": "CANARY"}},
        {"Order": "2", "Org": "1710", "to_Item": {"results": [{"Order": "4", "Note": "CANARY"}]}},
        {"Order": "2", "Org": "1710", "to_Item": {"results": [{"Note": "CANARY"}]}},
        {"Order": "2", "Org": "1710", "to_Item": [{"Order": "2", "deep": [{"Note": "CANARY"}]}]},
    ],
)
def test_an_answer_with_anything_unproven_is_refused_whole(shared, call, row):
    shared.rows = [shared.sales["1"], row]
    reply = call("GET", SALES)
    assert (reply.status, reply.problem) == (502, "answer-not-proven")
    assert b"CANARY" not in reply.body


def test_what_lies_inside_comes_along_where_it_is_proven(shared, call):
    reply = call("GET", f"{SALES}('1')?$expand=to_Item&$select=Total,to_Item")
    assert reply.status == 200, reply.body
    assert reply.json["d"]["to_Item"]["results"] == [shared.items["1", "10"]]
    shared.items["1", "10"] = {"Order": "2", "Item": "10", "Amount": 9}
    assert call("GET", f"{SALES}('1')?$expand=to_Item").problem == "answer-not-proven"


FORMS = [
    ("GET", "('{}')", {}),
    ("HEAD", "('{}')", {}),
    ("GET", "('{}')?$select=Total", {}),
    ("GET", "('{}')?$expand=to_Item", {}),
    ("GET", "('{}')", {"If-None-Match": 'W/"2-1"'}),
    ("GET", "('{}')", {"If-None-Match": "*"}),
    ("HEAD", "('{}')", {"If-None-Match": 'W/"2-1"'}),
    ("GET", "('{}')", {"If-Match": '"other"'}),
    ("GET", "('{}')", {"If-Modified-Since": "Mon, 23 Nov 2026 00:00:00 GMT"}),
    ("GET", "('{}')", {"Range": "bytes=0-1"}),
    ("GET", "('{}')/to_Item", {}),
    ("HEAD", "('{}')/to_Item", {}),
    ("GET", "('{}')/to_Item?$inlinecount=allpages", {}),
    ("GET", "('{}')/$count", {}),
    ("PATCH", "('{}')", {"If-Match": 'W/"2-1"'}),
    ("PATCH", "('{}')", {"If-Match": "*"}),
    ("DELETE", "('{}')", {"If-Match": "*"}),
    ("DELETE", "('{}')", {}),
    ("POST", "('{}')/to_Item", {}),
]


def told(reply):
    """All of an answer but what is the call's own."""
    body = reply.body
    headers = {name.lower(): value for name, value in reply.headers}
    for name in ("x-correlation-id", "traceparent", "date", "ratelimit"):
        headers.pop(name, None)
    if body:
        told = reply.json
        told.pop("instance")
        told.pop("correlation")
        body = list(told.items())
    return reply.status, headers, body


@pytest.mark.parametrize(("method", "path", "headers"), FORMS)
def test_another_entitys_record_is_as_absent_as_none(shared, call, method, path, headers):
    body = {"Note": "x"} if method == "PATCH" else {"Item": "20"} if method == "POST" else None
    heads = {name.replace("-", "_"): value for name, value in headers.items()}
    before = {number: dict(row) for number, row in shared.sales.items()}
    replies = []
    for number in ("2", "7"):
        shared.asked.clear()
        replies.append((told(call(method, SALES + path.format(number), body=body, **heads)), len(shared.asked)))
    assert replies[0] == replies[1]
    assert replies[0][0][0] in (404, 428, 501)
    assert shared.sales == before
    assert ("2", "20") not in shared.items
    assert all(one[0] == "GET" for one in shared.asked)


@pytest.mark.parametrize("path", ["/sales/v1/Items(Order='{}',Item='10')", "/sales/v1/Items(Item='10',Order='{}')"])
def test_an_item_is_as_absent_as_its_order(shared, call, path):
    assert call("GET", path.format("1")).json["d"]["Amount"] == 1
    shared.asked.clear()
    foreign, first = told(call("GET", path.format("2"))), len(shared.asked)
    absent = told(call("GET", path.format("7")))
    assert foreign == absent
    assert foreign[0] == 404
    assert len(shared.asked) == 2 * first


def test_navigation_is_proven_by_what_it_finds(shared, call):
    assert call("GET", "/sales/v1/Items(Order='1',Item='10')/to_Sale").json["d"]["Order"] == "1"
    assert call("GET", "/sales/v1/Items(Order='2',Item='10')/to_Sale").problem == "record-not-there"


def test_the_gateway_judges_conditions_of_reads_itself(shared, call):
    reply = call("GET", f"{SALES}('1')", If_None_Match=shared.etag("1"))
    assert (reply.status, reply.body, reply.header("etag")) == (304, b"", shared.etag("1"))
    assert call("GET", f"{SALES}('1')", If_None_Match='W/"other"').status == 200
    assert all("if-none-match" not in asked[2] for asked in shared.asked)


@pytest.mark.parametrize("status", [400, 403, 409, 410, 423, 429, 500, 503])
def test_a_systems_no_to_a_key_says_nothing_of_a_record(shared, call, status):
    shared.fails["/v2/Sales('2')"] = status
    reply = call("GET", f"{SALES}('2')")
    assert reply.status >= 500 if status in (429, 500, 503) else reply.problem == "record-not-there"
    assert b"CANARY" not in reply.body


def test_a_record_too_large_to_look_through_is_as_absent_as_none(shared, call):
    shared.sales["2"]["Note"] = "CANARY" * 2_000_000
    foreign = [told(call(method, f"{SALES}('2')")) for method in ("GET", "HEAD")]
    absent = [told(call(method, f"{SALES}('7')")) for method in ("GET", "HEAD")]
    assert foreign == absent
