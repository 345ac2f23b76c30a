"""Links to the next page: sealed, bound to consumer, entity, address and an hour."""

from urllib.parse import parse_qs, urlsplit

import pytest

SALES = "/sales/v1/Sales"
NEXT = "$filter=(Org%20eq%20'1710')%20and%20(Total%20gt%201)&sap-client=100&$skiptoken=20"


@pytest.fixture
def link(shared, call):
    """The path and query of a next link that `shop` got for `north`."""
    shared.next_query = NEXT
    reply = call("GET", f"{SALES}?$filter=Total%20gt%201")
    assert reply.status == 200, reply.body
    shared.next_query = None
    shared.asked.clear()
    parts = urlsplit(reply.json["d"]["__next"])
    assert parts.path == SALES
    assert b"1710" not in reply.body
    assert b"Org" not in reply.body
    return f"{parts.path}?{parts.query}"


def token_of(link):
    return parse_qs(urlsplit(link).query)["$skiptoken"][0]


def test_a_link_is_followed_as_it_is(shared, call, link):
    reply = call("GET", link)
    assert reply.status == 200, reply.body
    query = parse_qs(urlsplit(shared.asked[0][1]).query)
    assert query == {"$filter": ["(Org eq '1710') and (Total gt 1)"], "$skiptoken": ["20"], "sap-client": ["100"]}


def test_clients_may_write_the_option_in_their_own_way(shared, call, link):
    assert call("GET", link.replace("$", "%24")).status == 200
    assert call("GET", link + "&$format=json").status == 200


def test_what_a_continuation_finds_is_proven_like_anything_else(shared, call, link):
    shared.rows = list(shared.sales.values())
    assert call("GET", link).problem == "answer-not-proven"


@pytest.mark.parametrize(
    "change",
    [
        {"consumer": "other"},
        {"entity": "south"},
        {"path": "/sales/v1/Sales('1')/to_Item"},
        {"more": "&$top=5"},
        {"more": "&$filter=Total%20gt%200"},
    ],
)
def test_nobody_else_follows_it_and_nowhere_else(shared, call, link, change):
    path = change.get("path", SALES) + "?" + urlsplit(link).query + change.get("more", "")
    reply = call("GET", path, change.get("entity", "north"), consumer=change.get("consumer", "shop"))
    assert (reply.status, reply.problem) == (400, "continuation-refused")
    assert all("$skiptoken=20" not in asked[1] for asked in shared.asked)


@pytest.mark.parametrize("place", [0, 5, 20, -1, -20])
def test_a_token_that_was_changed_opens_nothing(shared, call, link, place):
    token = token_of(link)
    at = place % len(token)
    changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    reply = call("GET", f"{SALES}?$skiptoken={changed}")
    assert (reply.status, reply.problem) == (400, "continuation-refused")
    assert shared.asked == []


@pytest.mark.parametrize("token", ["20", "", "x" * 100, "%00", "A" * 39, "é", "=" * 60])
def test_what_is_no_token_opens_nothing(shared, call, token):
    reply = call("GET", f"{SALES}?$skiptoken={token}".encode("ascii", "replace").decode())
    assert reply.status == 400
    assert shared.asked == []


def test_an_old_link_is_no_link(shared, call, monkeypatch):
    monkeypatch.setattr("policies.seal.LIFE_SECONDS", -5)
    shared.next_query = NEXT
    link = urlsplit(call("GET", SALES).json["d"]["__next"])
    shared.asked.clear()
    reply = call("GET", f"{link.path}?{link.query}")
    assert (reply.status, reply.problem) == (400, "continuation-refused")
    assert shared.asked == []


def test_pages_of_a_company(shared, call):
    shared.next_query = "$skiptoken=2"
    reply = call("GET", "/books/v1/orders")
    link = urlsplit(reply.json["@odata.nextLink"])
    assert link.path == "/books/v1/orders"
    shared.asked.clear()
    shared.next_query = None
    assert call("GET", f"{link.path}?{link.query}").status == 200
    assert shared.asked[0][1].endswith("/orders?$skiptoken=2")
