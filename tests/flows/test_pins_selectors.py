"""Every way to name another entity, and every way to records that nothing proves, with modes on and off."""

from urllib.parse import quote

import pytest

SALES = "/sales/v1/Sales"
BOOKS = "/books/v1/orders"

SELECTORS = [
    "?Org=1720",
    "?org=1720",
    "?$Org=1720",
    "?%4frg=1720",
    "?%24org=1720",
    "?x=1&ORG=1720",
    "?Org=1710&Org=1720",
    "?Org[eq]=1720",
    "?%254frg=1720",
    f"?$filter={quote('Org eq ' + chr(39) + '1720' + chr(39))}",
    f"?$filter={quote('tolower(oRG) eq ' + chr(39) + '1720' + chr(39))}",
    "?$filter=Org%20ne%20'1710'",
    "?$filter=%4frg%20ne%20'1710'",
    "?$orderby=Org",
    "?$orderby=Total,org%20desc",
    "?$select=Org",
    "?$select=Total,ORG",
]
BEYOND = [
    "?$expand=to_Partner",
    "?$expand=to_Item/to_Sale",
    "?$filter=to_Partner/Name%20eq%20'x'",
    "?$filter=to_Item/Amount%20gt%201",
    "?$orderby=to_Item/Amount",
    "?$select=to_Partner/Name",
    "?$apply=aggregate(Total)",
    "?$compute=Total%20as%20x",
    "?$search=x",
    "?search=x",
    "?$deltatoken=1",
    "?!deltatoken=1",
    "?$root=1",
    "?@p=1",
    "?filter=Total%20gt%201",
    "?$FILTER=Total%20gt%201",
    "?%24Filter=Total%20gt%201",
    "?$filter=Total%20gt%201&$filter=1%20eq%201",
    "?$top=1&$top=2",
    "?$crossjoin=x",
    "?$links=x",
]


@pytest.mark.parametrize("consumer", ["shop", "other", "loose"])
@pytest.mark.parametrize("query", SELECTORS)
def test_a_selector_in_the_query(shared, call, query, consumer):
    reply = call("GET", SALES + query, consumer=consumer)
    assert (reply.status, reply.problem) == (403, "entity-selector-refused"), reply.body
    assert shared.asked == []


@pytest.mark.parametrize("consumer", ["shop", "loose"])
@pytest.mark.parametrize("query", BEYOND)
def test_a_way_to_records_that_nothing_proves(shared, call, query, consumer):
    reply = call("GET", SALES + query, consumer=consumer)
    assert reply.problem in ("option-not-proven", "query-not-declared", "request-violates-contract",
                             "query-option-refused", "option-unreadable")  # fmt: skip
    assert reply.status in (400, 403)
    assert shared.asked == []


NOT_KNOWN = [
    ("?$tpo=1", "`$tpo` is not declared; write `$top`."),
    ("?top=1", "`top` is not declared; write `$top`."),
    ("?$TOP=1", "`$TOP` is not declared; write `$top`."),
    ("?$serch=x", "`$serch` is not declared; write `$select`."),
    ("?$count=true", "`$count` is not declared; write `$inlinecount`."),
    ("?$t%00p%C3%A9=CANARY", "`$t?p?` is not declared; write `$top`."),
    ("?$" + "x" * 500 + "=1", f"`${'x' * 63}` is not declared."),
]


@pytest.mark.parametrize("consumer", ["shop", "loose"])
@pytest.mark.parametrize(("query", "detail"), NOT_KNOWN, ids=[query[:12] for query, _ in NOT_KNOWN])
def test_a_name_that_is_no_option_is_told_as_such_with_the_nearest(shared, call, query, detail, consumer):
    reply = call("GET", SALES + query, consumer=consumer)
    assert (reply.status, reply.problem, reply.json["detail"]) == (400, "query-not-declared", detail)
    assert [one["location"] for one in reply.json["errors"]] == ["query"]
    assert "CANARY" not in str(reply.json)
    assert shared.asked == []


@pytest.mark.parametrize(
    ("query", "status", "problem", "detail"),
    [
        ("?$apply=x", 403, "option-not-proven", "`$apply` reaches beyond the record: leave it out."),
        ("?@p=1", 403, "option-not-proven", "`@p` reaches beyond the record: leave it out."),
        ("?$top=1&$top=2", 400, "option-unreadable", "`$top` is given more than once: give it once."),
        ("?$top=abc", 400, "option-unreadable",
         "`$top` cannot be read: expected a whole number from 0 to 999999999."),
        ("?$inlinecount=CANARY", 400, "option-unreadable",
         "`$inlinecount` cannot be read: expected `allpages` or `none`."),
        ("?oRg=CANARY", 403, "entity-selector-refused", "`oRg` in the query: the gateway sets it; leave it out."),
        ("?$select=Total,ORG", 403, "entity-selector-refused",
         "`ORG` in the query: the gateway sets it; leave it out."),
        ("?$filter=Org%20ne%20'CANARY'", 403, "entity-selector-refused",
         "`Org` in the query: the gateway sets it; leave it out."),
    ],
)  # fmt: skip
def test_what_is_refused_is_named_and_its_value_is_not(shared, call, query, status, problem, detail):
    reply = call("GET", SALES + query)
    assert (reply.status, reply.problem, reply.json["detail"]) == (status, problem, detail)
    assert "CANARY" not in str(reply.json)
    assert shared.asked == []


@pytest.mark.parametrize(
    ("heads", "body", "detail"),
    [
        ({"ORG": "CANARY"}, None, "`org` in the head: the gateway sets it; leave it out."),
        ({"Cookie": "a=b; oRg=CANARY"}, None, "`oRg` in the cookies: the gateway sets it; leave it out."),
        ({}, {"Note": "n", "to_Item": [{"Item": "1", "oRg": "CANARY"}]},
         "`oRg` in the body: the gateway sets it; leave it out."),
    ],
)  # fmt: skip
def test_a_selector_elsewhere_is_named_too(shared, call, heads, body, detail):
    reply = call("POST" if body else "GET", SALES, body=body, **heads)
    assert (reply.status, reply.problem, reply.json["detail"]) == (403, "entity-selector-refused", detail)
    assert "CANARY" not in str(reply.json)
    assert shared.asked == []


@pytest.mark.parametrize("headers", [{"Org": "1720"}, {"ORG": "1720"}, {"Cookie": "a=b; Org=1720"},
                                     {"Cookie": "oRg=1720"}, {"company_id".replace("_", "-"): "x"}])  # fmt: skip
def test_a_selector_in_the_head(shared, call, headers):
    heads = {name.replace("-", "_"): value for name, value in headers.items()}
    reply = call("GET", SALES, **heads)
    if "company_id" in heads:
        assert reply.status == 200  # no selector of this offer
    else:
        assert (reply.status, reply.problem) == (403, "entity-selector-refused")
        assert shared.asked == []


@pytest.mark.parametrize("query", ["?company_id=x", "?Company_Id=x", "?$company_id=x", "?company%5Fid=x"])
def test_a_pinned_segment_is_no_parameter_either(shared, call, query):
    reply = call("GET", BOOKS + query)
    assert (reply.status, reply.problem) == (403, "entity-selector-refused")
    assert shared.asked == []


@pytest.mark.parametrize(
    ("path", "method"),
    [("/$batch", "POST"), ("/$metadata", "GET"), ("/$entity", "GET"), ("/$all", "GET"), ("/$crossjoin(a,b)", "GET"),
     ("/Sales('1')/$links/to_Item", "GET"), ("/Sales('1')/$ref", "GET"), ("/Sales/$query", "POST"),
     ("/Sales('2')/Org/$value", "GET"), ("/$1/to_Item", "GET")],
)  # fmt: skip
def test_resources_of_odata_that_reach_beyond(shared, call, path, method):
    reply = call(method, "/sales/v1" + path, body={} if method == "POST" else None, consumer="loose")
    assert reply.status in (404, 405, 501)
    assert shared.asked == []
