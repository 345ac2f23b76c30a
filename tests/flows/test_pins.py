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
