"""OData query options on their way to the example's systems: what is allowed arrives as it was meant, the rest not."""

import pytest

from contracts.odata_query.filter import parse_filter
from contracts.odata_query.query import parts_of
from contracts.odata_query.tree import Logic

V2 = [
    "$filter=SalesOrder%20eq%20%274711%27&$format=json",
    "%24filter=TotalNetAmount+gt+100.00M+and+SalesOrderDate+ge+datetime%272020-01-01T00:00:00%27&$top=2",
    "$filter=substringof('47',SalesOrder)%20or%20not%20(SalesOrderType%20eq%20'OR')&$orderby=SalesOrder%20desc",
]
V4 = [
    "$filter=status%20eq%20'Open'%20and%20orderDate%20ge%202020-03-01&$select=id,number&$top=3",
    "$filter=contains(customerName,%27Yachts%27)&$expand=salesOrderLines&$orderby=number%20desc",
]
REFUSED = [
    "$filter=1%20eq%201)%20or%20(1%20eq%201", "$filter=Unknown%20eq%201", "$filter=1%20eq%201%00", "$apply=aggregate(x)",
    "$top=1&$top=2", "$top=1&%24top=2", "$top=1&TOP=2", "top=1", "$search=x", "$compute=1%20as%20x", "$expand=*",
    "$filter=a/any(x:x%20eq%201)", "$deltatoken=x", "$orderby=Unknown", "$filter=$root/x%20eq%201",
]  # fmt: skip


def filter_in(query, dialect):
    [text] = [part.text() for part in parts_of(query.encode()) if part.option == "$filter"]
    return parse_filter(text, dialect)


def judge_arrival(system, path, query, dialect):
    """The caller's filter is the whole one, or the last operand of the `and` that pins it; it stands there once."""
    told = system.call("GET", f"{path}?{query}")

    assert told.status == 200, told.body[:300]
    [target] = [asked["target"] for asked in system.requests() if f"/{path}?" in asked["target"]]
    sent, meant = filter_in(target.partition("?")[2], dialect), filter_in(query, dialect)
    pinned = isinstance(sent, Logic) and sent.operator == "and" and len(sent.operands) == 2
    assert sent == meant or (pinned and sent.operands[1] == meant)


@pytest.mark.parametrize("query", V2)
def test_options_of_v2_arrive_as_they_were_meant(s4, query):
    judge_arrival(s4, "A_SalesOrder", query, "v2")


@pytest.mark.parametrize("query", V4)
def test_options_of_v4_arrive_as_they_were_meant(bc, query):
    judge_arrival(bc, "salesOrders", query, "v4")


@pytest.mark.parametrize("query", REFUSED)
def test_nothing_of_what_is_refused_arrives(s4, bc, query):
    for system, path in ((s4, "A_SalesOrder"), (bc, "salesOrders")):
        told = system.call("GET", f"{path}?{query}")

        assert told.status in (400, 403)
        assert "option" in told.problem or told.problem == "query-not-declared"
        assert told.leaks() == []
        assert [asked for asked in system.requests() if path in asked["target"]] == []
