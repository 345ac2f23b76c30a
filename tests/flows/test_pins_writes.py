"""Writes on a shared system: proven before they have an effect, guarded by the ETag of what was proven."""

import json

import pytest

SALES = "/sales/v1/Sales"


def asked(shared):
    return [one[0] for one in shared.asked]


@pytest.mark.parametrize("condition", [None, "*", "own"])
def test_a_change_reads_first_and_goes_with_the_etag(shared, call, condition):
    etag = shared.etag("1")
    heads = {} if condition is None else {"If_Match": etag if condition == "own" else condition}
    reply = call("PATCH", f"{SALES}('1')", body={"Note": "new"}, **heads)
    assert reply.status == 204, reply.body
    assert asked(shared) == ["GET", "PATCH"]
    assert "$select=Org" in shared.asked[0][1]
    assert shared.asked[1][2]["if-match"] == etag
    assert shared.sales["1"]["Note"] == "new"


def test_the_callers_own_condition_still_holds(shared, call):
    reply = call("PATCH", f"{SALES}('1')", body={"Note": "new"}, If_Match='W/"1-0"')
    assert (reply.status, reply.problem) == (412, "record-changed")
    assert asked(shared) == ["GET"]


@pytest.mark.parametrize("number", ["1", "2", "9"])
@pytest.mark.parametrize("condition", ["abc", 'W/"1-1', "", '* , "a"', "W/abc", '"a" b'])
def test_a_condition_that_is_none_is_told_so_whosever_the_record_is(shared, call, condition, number):
    """Else it is 412: "read the record again" leads nobody to the quotes."""
    reply = call("PATCH", f"{SALES}('{number}')", body={"Note": "new"}, If_Match=condition)
    assert (reply.status, reply.problem) == (400, "condition-unreadable")
    assert reply.json["detail"] == "If-Match is no ETag: send it as it came, with its quotes, or `*`."
    assert shared.asked == []


@pytest.mark.parametrize("condition", ['"a", W/"1-1"', "*", ' W/"1-1" '])
def test_a_list_of_tags_is_a_condition(shared, call, condition):
    assert call("PATCH", f"{SALES}('1')", body={"Note": "new"}, If_Match=condition).status == 204


def test_a_contract_that_wants_a_condition_gets_one_from_the_caller(shared, call):
    reply = call("DELETE", f"{SALES}('1')")
    assert (reply.status, reply.problem) == (428, "condition-needed")
    assert "`If-Match`" in reply.json["detail"]
    assert shared.asked == []
    assert call("DELETE", f"{SALES}('1')", If_Match=shared.etag("1")).status == 204


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_record_that_changes_hands_meanwhile_is_not_written(shared, call, method):
    def flip():
        shared.sales["1"]["Org"] = "1720"
        shared.version["1"] += 1

    shared.before_write = flip
    body = {"Note": "x"} if method == "PATCH" else None
    reply = call(method, f"{SALES}('1')", body=body, If_Match="*")
    assert (reply.status, reply.problem) == (404, "record-not-there")
    assert shared.sales["1"] == {"Order": "1", "Org": "1720", "Total": 1, "Note": "north"}


def test_a_record_that_somebody_changed_meanwhile_is_told_so(shared, call):
    shared.before_write = lambda: shared.version.update({"1": 5})
    reply = call("PATCH", f"{SALES}('1')", body={"Note": "x"})
    assert (reply.status, reply.problem) == (412, "record-changed")
    assert shared.sales["1"]["Note"] == "north"


def test_other_conditions_of_a_write_go_along(shared, call):
    conditions = {"If_None_Match": '"x"', "If_Unmodified_Since": "Mon, 23 Nov 2026 00:00:00 GMT"}
    assert call("PATCH", f"{SALES}('1')", body={"Note": "x"}, **conditions).status == 204
    read, written = shared.asked[0][2], shared.asked[1][2]
    assert not {"if-none-match", "if-unmodified-since"} & read.keys()
    assert (written["if-none-match"], written["if-match"]) == ('"x"', 'W/"1-1"')
    assert written["if-unmodified-since"].startswith("Mon")


def test_an_item_is_guarded_by_the_record_that_it_belongs_to(shared, call):
    assert call("PATCH", "/sales/v1/Items(Order='1',Item='10')", body={"Note": "x"}).status == 204
    assert [one[1].split("?")[0] for one in shared.asked] == ["/v2/Sales('1')", "/v2/Items(Order='1',Item='10')"]
    assert shared.asked[1][2]["if-match"] == 'W/"1-1"'


@pytest.mark.parametrize(("entity", "org"), [("north", "1710"), ("south", "1720")])
def test_a_new_record_is_the_entitys_own(shared, call, entity, org):
    sent = b'{ "Note" : "n", "to_Item":[{"Item": "10"}]}'
    reply = call("POST", SALES, entity, sent)
    assert reply.status == 201, reply.body
    assert "Org" not in reply.json["d"]
    assert shared.sales["9"]["Org"] == org
    assert shared.asked[0][3].endswith(sent[1:])


def test_what_nothing_holds_fast_is_not_added_to(shared, call):
    reply = call("POST", f"{SALES}('1')/to_Item", body={"Item": "20"})
    assert (reply.status, reply.problem) == (501, "not-served")
    assert shared.asked == []


BODIES = [
    '{"Note": "n", "Org": "1720"}',
    '{"Note": "n", "Org": "1710"}',
    '{"Note": "n", "org": "1720"}',
    '{"Note": "n", "ORG": "1720"}',
    '{"Note": "n", "\\u004frg": "1720"}',
    '{"Note": "n", " Org": "1720"}',
    '{"Note": "n", "\uff2frg": "1720"}',
    '{"Note": "n", "Org@odata.type": "x"}',
    '{"Note": "n", "to_Item": [{"Item": "1", "oRg": "1720"}]}',
    '{"Note": "n", "to_Item": {"results": [{"Org": "1720"}]}}',
]
REFERENCES = [
    '{"d": {"Note": "n"}}',
    '{"Note": "n", "to_Partner@odata.bind": "Partners(1)"}',
    '{"Note": "n", "to_Partner": {"Name": "x"}}',
    '{"Note": "n", "to_Item": [{"__metadata": {"uri": "Items(1)"}}]}',
    '{"Note": "n", "to_Item": {"__deferred": {"uri": "Items(1)"}}}',
    '{"Note": "n", "to_Item": [{"@odata.id": "Items(1)"}]}',
    '{"Note": "n", "to_Item": [{"Order": "2", "Item": "10"}]}',
    '{"Note": "n", "to_Item": {"results": [{"order": "2"}]}}',
]
UNDECLARED = [
    '{"Note": "n", "SalesOffice": "0001"}',
    '{"Note": "n", "to_Item": [{"Item": "1", "Plant": "2"}]}',
]
UNREADABLE = [
    '{"Note": "n", "Note": "m"}',
    '[{"Note": "n"}]',
    "\ufeff{}",
    "{",
    "null",
]


@pytest.mark.parametrize(
    ("body", "problem"),
    [(body, "entity-selector-refused") for body in BODIES]
    + [(body, "reference-not-proven") for body in REFERENCES]
    + [(body, "body-not-proven") for body in UNREADABLE + UNDECLARED],
)
@pytest.mark.parametrize("consumer", ["shop", "loose"])
def test_a_body_neither_sets_a_pin_nor_refers_to_other_records(shared, call, body, problem, consumer):
    reply = call("POST", SALES, "north", body.encode(), consumer)
    contract = {"request-violates-contract"} if problem == "body-not-proven" and consumer == "shop" else set()
    assert reply.problem in {problem} | contract, reply.body
    assert shared.asked == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "application/json; charset=utf-16", "application/json;charset=utf-7"]
)
def test_a_body_that_cannot_be_looked_through_goes_nowhere(shared, call, kind):
    for consumer in ("shop", "loose"):
        reply = call("POST", SALES, body=json.dumps({"Note": "n"}).encode(), consumer=consumer, Content_Type=kind)
        assert reply.problem in ("body-not-proven", "media-type-not-taken")
    assert shared.asked == []


@pytest.mark.parametrize("name", ["Order", "order", "ORDER"])
@pytest.mark.parametrize("consumer", ["shop", "loose"])
def test_an_item_cannot_be_handed_to_another_order(shared, call, name, consumer):
    path = "/sales/v1/Items(Order='1',Item='10')"
    reply = call("PATCH", path, body={"Note": "n", name: "2"}, consumer=consumer)
    assert (reply.status, reply.problem) == (403, "entity-selector-refused")
    assert shared.asked == []
