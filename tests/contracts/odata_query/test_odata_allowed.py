"""What an operation's contract allows its query options to name."""

from pathlib import Path

import pytest

from contracts.contract import examine, read_contract
from contracts.document import load_document, parse_document
from contracts.odata_query.allowed import DEFAULT_EXPAND_DEPTH, NotAllowedError, derive
from contracts.odata_query.described import Describer
from contracts.odata_query.options import parse_options
from contracts.yaml12 import parse

EXAMPLES = Path(__file__).parents[3] / "examples" / "meridian" / "contracts"

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
        - {name: $orderby, in: query, schema: {type: string}}
        - {name: $expand, in: query, schema: {type: string}}
        - {name: $top, in: query, schema: {allOf: [{type: integer, maximum: 1000}, {exclusiveMaximum: 501}]}}
        - {name: $count, in: query, schema: {type: boolean}}
        - {name: $search, in: query, schema: {type: string}}
        - {name: skip, in: query, schema: {type: integer}}
        - {name: '@status', in: query, schema: {type: string}}
      responses: &page
        '200':
          description: x
          content:
            application/json:
              schema:
                type: object
                properties:
                  '@odata.context': {type: string}
                  value: {type: array, items: {$ref: '#/components/schemas/Order'}}
  /Narrow:
    get:
      operationId: narrow
      security: []
      parameters: *options
      responses: *page
      x-odata: {filterable: [status, lines/quantity, customer/name], sortable: [orderDate], expandable: [lines/item], maxExpandDepth: 2, maxPageSize: 100}
  /Orders/$count:
    get: {operationId: count, security: [], parameters: *options, responses: {'200': {description: x, content: {text/plain: {schema: {type: integer}}}}}}
  /Orders({id}):
    get:
      operationId: one
      security: []
      parameters:
        - {name: id, in: path, required: true, schema: {type: string}}
        - {name: $select, in: query, schema: {type: string}}
        - {name: $expand, in: query, schema: {type: array, items: {type: string, enum: [lines, 'customer($select=name)']}}}
      responses: {'200': {description: x, content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}}
      x-odata: {maxPageSize: 10}
  /Unstated:
    get:
      operationId: unstated
      security: []
      parameters: *options
      responses: {'200': {description: x, content: {application/json: {}}}}
  /V2:
    get:
      operationId: v2
      security: []
      parameters:
        - {name: $filter, in: query, schema: {type: string}}
        - {name: $inlinecount, in: query, schema: {type: string}}
        - {name: $expand, in: query, schema: {type: string, enum: [to_Item, 'to_Item,to_Partner']}}
        - {name: search, in: query, schema: {type: string}}
      responses:
        '200':
          description: x
          content:
            application/json:
              schema:
                type: object
                properties:
                  d:
                    type: object
                    properties:
                      __count: {type: string}
                      results: {type: array, items: {$ref: '#/components/schemas/A_Order'}}
components:
  schemas:
    Record:
      type: object
      properties: {id: {type: string, format: uuid}, '@odata.etag': {type: string}}
    Order:
      allOf:
        - $ref: '#/components/schemas/Record'
        - type: object
          properties:
            status: {type: string}
            orderDate: {type: [string, 'null'], format: date}
            secret: {type: string, writeOnly: true}
            address: {type: object, properties: {city: {type: string}}, additionalProperties: false}
            customer: {anyOf: [{$ref: '#/components/schemas/Customer'}, {type: 'null'}]}
            lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
            tags: {type: array, items: {type: string}}
            more: {type: object, additionalProperties: true}
    Customer:
      type: object
      properties: {name: {type: string}, orders: {type: array, items: {$ref: '#/components/schemas/Order'}}}
    Line:
      type: object
      properties: {quantity: {type: number}, order: {$ref: '#/components/schemas/Order'}, item: {type: object, properties: {name: {type: string}}}}
    A_Order:
      type: object
      properties:
        __metadata: {type: object, properties: {uri: {type: string}}}
        SalesOrder: {type: string}
        to_Item:
          anyOf:
            - {type: object, properties: {__deferred: {type: object, properties: {uri: {type: string}}}}}
            - {type: object, properties: {results: {type: array, items: {type: object, properties: {Material: {type: string}}}}}}
"""


def of(operation, dialect="v4", text=CONTRACT):
    contract = read_contract(parse_document(text.encode()))
    describer = Describer(contract)
    return derive(describer, next(o for o in contract.operations if o.operation_id == operation), dialect)


ALLOWED = of("list")
NARROW = of("narrow")
V2 = of("v2", "v2")


def judge(allowed, **options):
    values = {f"${name}": text for name, text in options.items()}
    allowed.check(parse_options(values, allowed.dialect))


@pytest.mark.parametrize(
    ("allowed", "options"),
    [
        (ALLOWED, {"filter": "status eq 'Open' and id eq 6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"}),
        (ALLOWED, {"filter": "address/city eq 'Ulm' or customer/name eq 'x'"}),
        (ALLOWED, {"filter": "$it/status eq @status"}),
        (ALLOWED, {"filter": "lines/any(l:l/quantity gt 5 and l/item/name eq status)"}),
        (ALLOWED, {"filter": "lines/any() and lines/$count gt 2 and tags/any(t:t eq 'red')"}),
        (ALLOWED, {"filter": "lines/any(status:status/quantity gt 5)"}),
        (ALLOWED, {"filter": "more/anything eq 1"}),
        (ALLOWED, {"filter": "customer/orders/any(o:o/lines/any(l:l/quantity gt 1))"}),
        (ALLOWED, {"filter": "isof(status,Edm.String)"}),
        (ALLOWED, {"select": "id,status,lines/quantity,address,*,customer/*", "orderby": "orderDate desc,length(status)"}),
        (ALLOWED, {"expand": "lines,customer", "top": "500"}),
        (ALLOWED, {"expand": "lines($filter=quantity gt 1;$select=quantity;$orderby=quantity;$top=5;$count=true)"}),
        (ALLOWED, {"expand": "lines($expand=item)"}),
        (ALLOWED, {"expand": "customer/orders"}),
        (ALLOWED, {"expand": "customer($levels=2)"}),
        (NARROW, {"filter": "status eq 'x' and lines/any(l:l/quantity gt 1)", "orderby": "orderDate"}),
        (NARROW, {"expand": "lines($filter=quantity gt 1;$expand=item)"}),
        (NARROW, {"expand": "lines/item"}),
        (of("count"), {"filter": "status eq 'x'"}),
        (of("one"), {"select": "status", "expand": "customer($select=name)"}),
        (of("unstated"), {"filter": "whatever eq 1", "select": "x,y", "expand": "z"}),
        (V2, {"filter": "SalesOrder eq '1'", "expand": "to_Item,to_Partner", "inlinecount": "allpages"}),
    ],
)  # fmt: skip
def test_it_is_allowed(allowed, options):
    judge(allowed, **options)


@pytest.mark.parametrize(
    ("allowed", "options", "option", "position"),
    [
        (ALLOWED, {"filter": "Status eq 'Open'"}, "$filter", 0),
        (ALLOWED, {"filter": "status eq 'Open' and colour eq 'red'"}, "$filter", 21),
        (ALLOWED, {"filter": "secret eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "status/x eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "address eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "lines eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "tags eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "lines/quantity eq 5"}, "$filter", 0),
        (ALLOWED, {"filter": "status/$count gt 5"}, "$filter", 0),
        (ALLOWED, {"filter": "customer/any(c:c/name eq 'x')"}, "$filter", 0),
        (ALLOWED, {"filter": "lines/any(l:l/colour eq 'x')"}, "$filter", 12),
        (ALLOWED, {"filter": "lines/any(l:quantity eq 1)"}, "$filter", 12),
        (ALLOWED, {"filter": "lines/any(l:l/quantity eq 1) and l/quantity eq 1"}, "$filter", 33),
        (ALLOWED, {"filter": "lines/any(status:status eq 'x') and $root/Orders eq 1"}, "$filter", 36),
        (ALLOWED, {"filter": "$this/status eq 1"}, "$filter", 0),
        (ALLOWED, {"filter": "status eq @other"}, "$filter", 10),
        (ALLOWED, {"filter": "Sales.Boss/name eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "more/Sales.Boss/name eq 'x'"}, "$filter", 0),
        (ALLOWED, {"filter": "isof(Sales.Boss)"}, "$filter", 5),
        (ALLOWED, {"filter": "not (length(colour) gt 1)"}, "$filter", 12),
        (ALLOWED, {"filter": "colour in (1)"}, "$filter", 0),
        (ALLOWED, {"orderby": "status,colour desc"}, "$orderby", 7),
        (ALLOWED, {"orderby": "lines"}, "$orderby", 0),
        (ALLOWED, {"select": "status,colour"}, "$select", 7),
        (ALLOWED, {"select": "secret"}, "$select", 0),
        (ALLOWED, {"select": "status/x"}, "$select", 0),
        (ALLOWED, {"select": "Sales.Boss/name"}, "$select", 0),
        (ALLOWED, {"expand": "status"}, "$expand", 0),
        (ALLOWED, {"expand": "colour"}, "$expand", 0),
        (ALLOWED, {"expand": "*"}, "$expand", 0),
        (ALLOWED, {"expand": "lines/$ref"}, "$expand", 0),
        (ALLOWED, {"expand": "lines/$count"}, "$expand", 0),
        (ALLOWED, {"expand": "lines,customer/orders/lines"}, "$expand", 6),
        (ALLOWED, {"expand": "customer($expand=orders($expand=lines))"}, "$expand", 32),
        (ALLOWED, {"expand": "customer($levels=max)"}, "$expand", 0),
        (ALLOWED, {"expand": "customer($levels=3)"}, "$expand", 0),
        (ALLOWED, {"expand": "lines($filter=colour eq 1)"}, "$expand", 14),
        (ALLOWED, {"expand": "lines($select=colour)"}, "$expand", 14),
        (ALLOWED, {"expand": "lines($top=501)"}, "$expand", 0),
        (ALLOWED, {"expand": "Sales.Boss/lines"}, "$expand", 0),
        (ALLOWED, {"top": "501"}, "$top", 0),
        (NARROW, {"filter": "orderDate eq null"}, "$filter", 0),
        (NARROW, {"filter": "lines/any(l:l/item/name eq 'x')"}, "$filter", 12),
        (NARROW, {"filter": "lines/any()"}, "$filter", 0),
        (NARROW, {"orderby": "status"}, "$orderby", 0),
        (NARROW, {"expand": "customer"}, "$expand", 0),
        (NARROW, {"expand": "lines($filter=item/name eq 'x')"}, "$expand", 14),
        (NARROW, {"expand": "lines/item/name"}, "$expand", 0),
        (of("one"), {"expand": "lines($filter=quantity gt 1)"}, "$expand", 0),
        (of("one"), {"expand": "lines($skip=1)"}, "$expand", 0),
        (of("one"), {"expand": "lines/order"}, "$expand", 0),
        (of("count"), {"filter": "colour eq 'x'"}, "$filter", 0),
        (of("unstated"), {"filter": "Sales.Boss/x eq 1"}, "$filter", 0),
        (V2, {"filter": "to_Item/Material eq '1'"}, "$filter", 0),
        (V2, {"filter": "__metadata/uri eq '1'"}, "$filter", 0),
        (V2, {"filter": "Colour eq '1'"}, "$filter", 0),
        (V2, {"expand": "to_Text"}, "$expand", 0),
    ],
)  # fmt: skip
def test_it_is_not_allowed(allowed, options, option, position):
    with pytest.raises(NotAllowedError) as caught:
        judge(allowed, **options)

    assert (caught.value.option, caught.value.position) == (option, position)


def test_what_is_derived():
    assert ALLOWED.options == {"$filter", "$select", "$orderby", "$expand", "$top", "$count", "$skip", "@status"}
    assert ALLOWED.spelled["$skip"] == "skip"
    assert (ALLOWED.top_max, ALLOWED.page_size, ALLOWED.many, ALLOWED.stated) == (500, None, True, True)
    assert ALLOWED.expand_depth == DEFAULT_EXPAND_DEPTH
    assert (NARROW.page_size, NARROW.expand_depth) == (100, 2)
    assert (of("one").page_size, of("one").expandable) == (None, {("lines",), ("customer",)})
    assert not of("unstated").stated
    assert not of("count").many
    assert V2.options == {"$filter", "$inlinecount", "$expand"}
    assert V2.own == {"search"}
    assert ALLOWED.own == frozenset()
    assert V2.expandable == {("to_Item",), ("to_Partner",)}


def test_an_option_of_the_other_version_is_none():
    assert "$inlinecount" not in of("v2", "v4").options
    assert "$count" not in of("list", "v2").options


def test_a_type_that_leads_back_to_itself_ends():
    line = ALLOWED.of.properties["lines"].of

    assert line.properties["order"].of.properties["lines"].of is line


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("[a]", "not a mapping"),
        ("{filterable: status}", "not a list"),
        ("{filterable: [1]}", "not a list"),
        ("{maxPageSize: 0}", "whole number"),
        ("{maxPageSize: true}", "whole number"),
        ("{maxExpandDepth: 6}", "whole number"),
        ("{filterabel: [status]}", "no member of this name"),
    ],
)
def test_a_broken_extension_is_a_fault_of_the_contract(written, message):
    text = CONTRACT.replace("x-odata: {maxPageSize: 10}", f"x-odata: {written}")

    _, faults = examine(parse_document(text.encode()))

    [fault] = [fault for fault in faults if fault.severity == "error"]
    assert message in fault.message
    assert fault.code == "x-odata"
    assert fault.line > 0


def test_what_the_contract_declares_in_vain_is_said():
    _, faults = examine(parse_document(CONTRACT.encode()))

    assert {(fault.severity, fault.code, fault.pointer.rsplit("/", 1)[-1]) for fault in faults} == {
        ("warning", "odata-option", "6"),  # `$search`
        ("warning", "x-odata", "x-odata"),  # a page size that nothing asks for
    }
    assert all("never taken" in fault.message or "cannot be asked" in fault.message for fault in faults)


@pytest.mark.parametrize(
    ("schema", "most"),
    [
        ("{maximum: 10}", 10), ("{maximum: 10, exclusiveMaximum: true}", 9), ("{maximum: 10.5}", 10),
        ("{exclusiveMaximum: 10.5}", 10), ("{exclusiveMaximum: 10}", 9), ("{maximum: ten}", None), ("{type: {}}", None), ("true", None),
    ],
)  # fmt: skip
def test_the_most_that_top_may_be(schema, most):
    text = CONTRACT.replace("{allOf: [{type: integer, maximum: 1000}, {exclusiveMaximum: 501}]}", schema)

    contract, _ = examine(parse_document(text.encode()))

    assert derive(Describer(contract), contract.operations[0], "v4").top_max == most


@pytest.mark.parametrize(
    "schema",
    [
        "{}", "true", "{type: {}}", "{type: [[]]}", "{properties: []}", "{properties: {a: null, b: 1, c: true}}",
        "{items: true}", "{type: array}", "{allOf: {}}", "{anyOf: [1, null]}", "{enum: 5}",
        "{properties: {value: 5, results: true, d: {properties: 1}}}", "{$ref: 5}", "{additionalProperties: 5}",
    ],
)  # fmt: skip
def test_a_schema_that_makes_no_sense_stops_nothing(schema):
    text = CONTRACT.replace("schema: {$ref: '#/components/schemas/Order'}", f"schema: {schema}")
    contract, _ = examine(parse_document(text.encode()))

    for operation in contract.operations:
        derive(Describer(contract), operation, "v4")
        derive(Describer(contract), operation, "v2")


def test_the_example_contracts_are_read():
    orders = EXAMPLES / "business-central" / "2.0.yaml"
    assert parse(orders.read_bytes(), "x")
    contract = read_contract(load_document(orders))
    describer = Describer(contract)
    found = {o.operation_id: derive(describer, o, "v4") for o in contract.operations}

    listed = found["listSalesOrders"]
    assert listed.many
    assert listed.stated
    assert {"status", "orderDate"} <= listed.of.properties.keys()
    assert listed.expandable == {("salesOrderLines",), ("customer",)}
    judge(listed, filter="status eq 'Open' and orderDate ge 2026-03-01", expand="salesOrderLines", top="20000")
    with pytest.raises(NotAllowedError):
        judge(listed, filter="companyId eq 'x'")
