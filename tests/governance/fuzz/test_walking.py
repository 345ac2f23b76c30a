"""Lists page after page, whatever way a system pages; other entities looked at before and after."""

import json
from urllib.parse import parse_qsl

import pytest
from fuzz_tape import Tape

from contracts.diagnostic import InvalidInputError
from governance.fuzz.asked import Asked
from governance.fuzz.calling import Caller
from governance.fuzz.plan import make_plan
from governance.fuzz.rows import next_query, rows_of
from governance.fuzz.walking import PAGES, read_all, walk
from governance.fuzz.watch import Watch
from governance.fuzz.witness import changed, witnesses
from policies.fault_profile import fault_profile


class Listing:
    """An application with one list of `count` numbers, and the queries that it was asked."""

    def __init__(self, count, paging):
        self.rows, self.paging, self.asked = [{"id": n} for n in range(count)], paging, []

    async def __call__(self, scope, receive, send):
        query = dict(parse_qsl(scope["query_string"].decode()))
        self.asked.append(query)
        limit = int(query.get("limit", 3))
        offset = int(query.get("offset") or query.get("after") or 0)
        rows = self.rows[offset : offset + limit]
        value = {"items": rows}
        if offset + limit < len(self.rows) and self.paging == "link":
            value["next"] = f"https://inner.example/x?limit={limit}&offset={offset + limit}"
        if self.paging == "loop":
            value["next"] = f"/x?limit={limit}&offset={offset}"
        await send({"type": "http.response.start", "status": 200 if self.paging != "fails" else 500, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(value).encode()})


@pytest.fixture
def plan(tmp_path):
    return make_plan(Asked(Tape(tmp_path).workspace(), "harbour", "test"))


def listed(plan, application):
    target = plan.targets[0]
    operation = next(op for op in target.published.operations if op.operation_id == "listParties")
    return Caller(application, target, "key", Watch(fault_profile("generic"))), operation


@pytest.mark.parametrize("paging", ["link", "offset"])
async def test_a_list_is_read_whole_and_then_by_pages(plan, paging):
    application = Listing(20, paging)

    await walk(*listed(plan, application), {})

    assert application.asked[0] == {"limit": "50"}
    assert [one.get("offset", "0") for one in application.asked[1:]] == ["0", "6", "12", "18"]


async def test_a_short_list_has_no_pages(plan):
    application = Listing(3, "link")

    await walk(*listed(plan, application), {})

    assert len(application.asked) == 1


async def test_pages_that_never_end_do(plan):
    application = Listing(20, "loop")

    await walk(*listed(plan, application), {})

    assert len(application.asked) == PAGES + 1


async def test_a_list_that_fails_is_not_walked(plan):
    application = Listing(20, "fails")

    await walk(*listed(plan, application), {})

    assert len(application.asked) == 1


async def test_all_of_a_list_is_read_with_the_largest_pages(plan):
    application = Listing(120, "offset")

    answers = await read_all(*listed(plan, application))

    assert [len(rows_of(one)) for one in answers] == [50, 50, 20]


@pytest.mark.parametrize(
    ("answer", "query"),
    [
        ({"items": [], "next": "abc"}, {"limit": "2", "after": "abc"}),
        ({"value": [], "@odata.nextLink": "https://x/y?$skiptoken=5"}, {"$skiptoken": "5"}),
        ({"d": {"results": [], "__next": "/y?a=1&b="}}, {"a": "1", "b": ""}),
        ({"items": [], "page": {"next": "/y?p=2"}}, {"p": "2"}),
        ({"items": [], "next": None}, None),
        ({"items": [], "next": "/plain/path"}, None),
        ([], None),
    ],
)
def test_the_way_to_the_next_page(answer, query):
    assert next_query(answer, {"limit": "2"}, "after") == query


def test_a_witness_must_be_another_entity_that_may_be_read(plan):
    target = plan.targets[0]

    with pytest.raises(InvalidInputError) as caught:
        witnesses(plan, target, ("harbour",))
    assert "no witness of its own run" in str(caught.value)
    with pytest.raises(InvalidInputError) as caught:
        witnesses(plan, target, ("nobody",))
    assert caught.value.diagnostics[0].code == "no-entity"


def test_what_changed_is_told_by_list():
    before = {"two": {"listPrices": "a", "listParties": "b"}}

    assert changed(before, {"two": {"listPrices": "x", "listParties": "b"}}) == {
        "two": {"listPrices": True, "listParties": False}
    }
    assert changed(before, {"two": {"listPrices": "a"}}) == {"two": {"listPrices": False, "listParties": False}}
