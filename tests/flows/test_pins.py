"""Entities that share a system: companies told apart in the path, as consumers see it and as the system is asked."""

import pytest
from pinned_workspace import NORTH, SOUTH


@pytest.mark.parametrize(("entity", "company"), [("north", NORTH), ("south", SOUTH)])
def test_the_company_is_put_into_the_path_and_never_shown(shared, call, entity, company):
    reply = call("GET", "/books/v1/orders", entity)
    assert reply.status == 200, reply.body
    assert shared.asked[0][1] == f"/v4/companies({company})/orders"
    assert reply.json["value"][0]["id"] == f"{company}-1"
    assert reply.json["@odata.context"].endswith("/books/v1/$metadata#orders")


def test_a_record_and_what_is_made(shared, call):
    reply = call("GET", "/books/v1/orders(5)", "south")
    assert reply.status == 200, reply.body
    assert shared.asked[0][1] == f"/v4/companies({SOUTH})/orders(5)"
    made = call("POST", "/books/v1/orders", "south", {"number": "7"})
    assert made.status == 201, made.body
    assert made.header("location").endswith("/books/v1/orders(9)")
    assert shared.asked[1][1] == f"/v4/companies({SOUTH})/orders"


@pytest.mark.parametrize(
    "says",
    [f"companies({SOUTH})/orders", f"companies({SOUTH})/orders/$entity", f"companies(id={SOUTH})/orders(id,number)",
     f"companies%28{SOUTH}%29/orders", f"companies%2528{SOUTH}%2529/orders", f"companies({SOUTH.upper()})/orders"],
)  # fmt: skip
@pytest.mark.parametrize(("method", "path"), [("GET", "orders"), ("GET", "orders(5)"), ("POST", "orders")])
def test_an_answer_that_says_itself_that_it_is_another_companys(shared, call, says, method, path):
    shared.says = says
    reply = call(method, f"/books/v1/{path}", "north", {"number": "7"} if method == "POST" else None, consumer="loose")
    assert (reply.status, reply.problem) == (502, "answer-not-proven"), reply.body
    assert SOUTH.encode() not in reply.body.lower()
    assert len(shared.asked) == 1


@pytest.mark.parametrize("says", [f"companies({NORTH.upper()})/orders", f"companies(id={NORTH})/orders", "orders", ""])
def test_an_answer_that_says_that_it_is_its_own_or_nothing(shared, call, says):
    shared.says = says
    assert call("GET", "/books/v1/orders", "north").status == 200


def test_the_company_itself(shared, call):
    assert call("GET", "/books/v1/").status == 200
    assert shared.asked[0][1] == f"/v4/companies({NORTH})"


def test_what_nothing_keeps_apart_is_not_served(shared, call):
    reply = call("GET", "/books/v1/companies")
    assert (reply.status, reply.problem) == (501, "not-served")
    assert shared.asked == []


@pytest.mark.parametrize("path", [f"/books/v1/companies({SOUTH})/orders", f"/books/v1/companies({NORTH})/orders"])
def test_the_systems_own_path_is_none_of_the_gateways(shared, call, path):
    assert call("GET", path).status == 404
    assert shared.asked == []


def test_pins_of_a_rest_system_at_every_place(shared, call):
    reply = call("GET", "/parts/v1/parts?q=x")
    assert (reply.status, reply.json) == (200, [{"id": "1"}])
    _, target, headers, _ = shared.asked[0]
    assert target == "/rest/parts?q=x&company=1710"
    assert headers["x-company"] == "1710"
    reply = call("POST", "/parts/v1/parts", body=b'{"amount": 1.50}')
    assert (reply.status, reply.body) == (201, b'{"id": "1", "amount": 1.5}')
    _, target, headers, body = shared.asked[1]
    assert (target, body) == ("/rest/parts?company=1710", b'{"company": "1710","amount": 1.50}')
    reply = call("GET", "/parts/v1/areas/parts/7")
    assert reply.status == 200
    assert shared.asked[2][1] == "/rest/areas/a%201710/parts/7?company=1710"


@pytest.mark.parametrize(
    "rows", [[{"id": "1", "company": "1720"}], [{"company": "1710"}, {"deep": {"company": "1720"}}], {"company": "2"}]
)
def test_a_rest_system_that_answers_for_another_entity(shared, call, rows):
    shared.rows = rows
    assert call("GET", "/parts/v1/parts").problem == "answer-not-proven"


@pytest.mark.parametrize("query", ["?company=1720", "?COMPANY=1720", "?compan%79=1720", "?area=x", "?company[]=1720"])
def test_a_rest_query(shared, call, query):
    assert call("GET", "/parts/v1/parts" + query, consumer="loose").problem == "entity-selector-refused"
    assert shared.asked == []


@pytest.mark.parametrize("headers", [{"X_Company": "1720"}, {"company": "1720"}, {"Cookie": "Company=1720"}])
def test_a_rest_head(shared, call, headers):
    reply = call("GET", "/parts/v1/parts", **headers)
    assert reply.problem == "entity-selector-refused"
    assert shared.asked == []


@pytest.mark.parametrize("body", ['{"company": "1720"}', '{"Company": "1710"}', '{"x": [{"COMPANY": "1"}]}'])
def test_a_rest_body(shared, call, body):
    reply = call("POST", "/parts/v1/parts", body=body.encode(), consumer="loose")
    assert reply.problem == "entity-selector-refused"
    assert shared.asked == []


def test_an_error_of_a_system_tells_no_pin(shared, call):
    shared.fails["/v2/Sales"] = 409
    reply = call("GET", "/sales/v1/Sales", "south", consumer="loose")
    assert reply.status == 409
    assert b"1720" not in reply.body
