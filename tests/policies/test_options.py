"""The step of OData options: what reaches the rest of the chain, and with which bytes."""

from types import SimpleNamespace

import pytest

from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.systems import System
from policies.options import Options
from policies.step import Answer, Call, Refusal, Span

CONTRACT = """
openapi: 3.1.0
info: {title: T, version: 1.0.0}
paths:
  /Orders:
    get:
      operationId: list
      security: []
      parameters: &options
        - {name: $filter, in: query, schema: {type: string}}
        - {name: $select, in: query, schema: {type: string}}
        - {name: $top, in: query, schema: {type: integer, maximum: 1000}}
        - {name: $skiptoken, in: query, schema: {type: string}}
        - {name: '@p', in: query, schema: {type: string}}
        - {name: dryRun, in: query, schema: {type: boolean}}
        - {name: search, in: query, schema: {type: string}}
      responses: &page
        '200':
          description: x
          content:
            application/json:
              schema:
                type: object
                properties:
                  value: {type: array, items: {type: object, properties: {id: {type: string}, total: {type: number}}}}
  /Capped:
    get:
      operationId: capped
      security: []
      parameters: *options
      responses: *page
      x-odata: {maxPageSize: 100}
  /Preferred:
    get:
      operationId: preferred
      security: []
      parameters:
        - {name: $top, in: query, schema: {type: integer}}
        - {name: Prefer, in: header, schema: {type: string}}
      responses: *page
      x-odata: {maxPageSize: 100}
"""


READ = read_contract(parse_document(CONTRACT.encode()))
OPERATIONS = {operation.operation_id: operation for operation in READ.operations}
POLICY = Options({("orders", "1.0.0"): READ})


def bound(operation="list", protocol="odata-v4"):
    described = OPERATIONS[operation]
    compiled = SimpleNamespace(
        api="orders", version="1.0.0", pointer=described.pointer,
        header_names=frozenset({b"prefer"} if operation == "preferred" else ()),
        operation_id=operation,
    )  # fmt: skip
    system = System.model_validate({"owner": "it", "url": "https://erp.example", "protocol": protocol})
    inner = Inner()
    return POLICY.bind(SimpleNamespace(operation=compiled, system=system), None, inner), inner


class Inner:
    def __init__(self):
        self.calls = []

    async def __call__(self, call):
        self.calls.append(call)
        return Answer(200, [])


def a_call(query=b"", headers=None):
    async def never(_):
        raise AssertionError("the body was read already")

    return Call("c", "u", "GET", b"/orders/v1/Orders", query, headers or {}, never, Span())


async def passed(query, *, headers=None, **route):
    """The call as the rest of the chain sees it."""
    step, inner = bound(**route)
    call = a_call(query, headers)
    await step(call)
    [seen] = inner.calls
    return seen


@pytest.mark.parametrize(
    "query",
    [
        b"", b"dryRun=true", b"%24top=2", b"$filter=total%20gt%205&&$select=id,total", b"$filter=id+eq+%27%C3%BC%27",
        b"a=%41&$top=0001", b"$filter=id eq @p&@p='x'", b"$skiptoken=a%26b%2B;c", b"$top=1000&=&x",
    ],
)  # fmt: skip
async def test_what_is_allowed_keeps_its_bytes(query):
    call = await passed(query)

    assert (call.query, call.answer_headers, call.headers) == (query, [], {})


@pytest.mark.parametrize(
    ("query", "pointer", "said"),
    [
        (b"$filter=1%20eq%201)%20or%20(1%20eq%201", "$filter", "character 7"),
        (b"$filter=Totla%20eq%20'CANARY'", "$filter", "character 1: the contract declares no property `Totla` here; write `total`"),
        (b"$filter=id%20eq%202020-01-01T00:00:00+02:00", "$filter", "character"),
        (b"$filter=%FF", "$filter", "UTF-8"),
        (b"$filter=", "$filter", "expected a value"),
        (b"$select=id,zz", "$select", "character 4: the contract declares no property `zz` here"),
        (b"$select=" + b"z" * 100, "$select", f"`{'z' * 64}` here"),
        (b"$top=1001", "$top", "at most 1000"),
        (b"$top=CANARY", "$top", "whole number"),
        (b"$top=1&$top=2", "$top", "twice"),
        (b"$top=1&%24top=2", "$top", "twice"),
        (b"$top=1&top=2", "$top", "twice"),
        (b"$top=1&$Top=2", "$top", "twice"),
        (b"%24TOP=2", "$top", "`$top`"),
        (b"top=2", "$top", "`$top`"),
        (b"$skip=2", "$skip", "does not declare"),
        (b"$apply=CANARY", "$apply", "not taken"),
        (b"$search=CANARY", "$search", "not taken"),
        (b"search=CANARY", "$search", "not taken"),
        (b"@p=1 or 1", "@p", "character"),
        (b"$filter=id eq @q", "$filter", "alias"),
        (b"%2=1", "query", "hexadecimal"),
    ],
)  # fmt: skip
async def test_what_is_refused_reaches_nobody_and_is_not_repeated(query, pointer, said):
    step, inner = bound()

    with pytest.raises(Refusal) as caught:
        await step(a_call(query))

    refusal = caught.value
    assert inner.calls == []
    assert refusal.problem.name == "query-option-refused"
    assert [error["pointer"] for error in refusal.errors] == [pointer]
    assert said in refusal.errors[0]["message"]
    assert "CANARY" not in refusal.detail + str(refusal.errors)


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        (b"$tpo=CANARY", "`$tpo` is not declared; write `$top`."),
        (b"@pp=CANARY", "`@pp` is not declared; write `@p`."),
        (b"%24zz=CANARY", "`$zz` is not declared."),
        (b"$" + b"z" * 200 + b"=1", f"`${'z' * 63}` is not declared."),
    ],
    ids=["near", "alias", "far", "long"],
)
async def test_a_name_that_is_no_option_is_named_with_the_nearest(query, detail):
    step, inner = bound()

    with pytest.raises(Refusal) as caught:
        await step(a_call(query))

    assert inner.calls == []
    assert (caught.value.problem.name, caught.value.detail) == ("query-not-declared", detail)
    assert [error["location"] for error in caught.value.errors] == ["query"], "so that logs hold no name"


async def test_v2_reads_its_own_literals_and_has_no_option_without_a_sign():
    await passed(b"$filter=substringof('a',id)%20and%20total%20gt%2012.5M&search=x", protocol="odata-v2")

    step, _ = bound(protocol="odata-v2")
    with pytest.raises(Refusal):
        await step(a_call(b"$filter=contains(id,'a')"))


def test_a_system_without_odata_has_no_step():
    step, inner = bound(protocol="rest")

    assert step is inner


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        (b"", b"$top=100"),
        (b"dryRun=%74rue", b"dryRun=%74rue&$top=100"),
        (b"$filter=id%20eq%20'1'&%24top=500&dryRun=1", b"$filter=id%20eq%20'1'&$top=100&dryRun=1"),
    ],
)
async def test_a_page_is_capped_and_the_caller_is_told(query, sent):
    call = await passed(query, operation="capped")

    assert call.query == sent
    assert call.answer_headers == [(b"preference-applied", b"odata.maxpagesize=100")]


@pytest.mark.parametrize("query", [b"$top=100", b"$top=0", b"$skiptoken=x"])
async def test_a_page_that_is_small_enough_or_goes_on_is_left_alone(query):
    call = await passed(query, operation="capped")

    assert (call.query, call.answer_headers) == (query, [])


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (None, b"odata.maxpagesize=100"),
        (b"return=minimal", b"return=minimal, odata.maxpagesize=100"),
        (b"odata.maxpagesize=500, return=minimal", b"return=minimal, odata.maxpagesize=100"),
        (b"maxpagesize=20", b"maxpagesize=20"),
        (b'odata.MaxPageSize="20"', b'odata.MaxPageSize="20"'),
        (b"odata.maxpagesize=20, odata.maxpagesize=500", b"odata.maxpagesize=100"),
        (b"odata.maxpagesize=0", b"odata.maxpagesize=100"),
        (b"odata.maxpagesize=-1", b"odata.maxpagesize=100"),
        (b"xmaxpagesize=20", b"odata.maxpagesize=100"),
    ],
)
async def test_where_the_contract_knows_prefer_the_system_pages(given, sent):
    headers = {} if given is None else {b"prefer": given}

    call = await passed(b"$top=5000", headers=headers, operation="preferred")

    assert call.headers[b"prefer"] == sent
    assert call.query == b"$top=5000"


def test_what_is_allowed_is_derived_once_for_all_offers():
    described = OPERATIONS["list"]
    compiled = SimpleNamespace(api="orders", version="1.0.0", pointer=described.pointer)
    system = System.model_validate({"owner": "it", "url": "https://erp.example", "protocol": "odata-v4"})
    routes = [SimpleNamespace(operation=compiled, system=system) for _ in range(2)]

    assert POLICY.allowed(routes[0]) is POLICY.allowed(routes[1])
