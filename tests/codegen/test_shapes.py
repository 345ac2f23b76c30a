"""Schemas as types: what is composed is joined, what holds itself is cut, names are stable, Python's and their own."""

import json

import pytest

from codegen.describe import describe
from codegen.naming import Names, attribute_name, class_name, constant_name, distribution_name
from codegen.paging import paging_of
from codegen.python_types import received_type, sent_type
from contracts.contract import read_contract
from contracts.document import parse_document


def described(schemas, root=None, version="3.1.0", **operation):
    """A contract whose one operation answers and takes `root`."""
    root = root or {"$ref": f"#/components/schemas/{next(iter(schemas))}"}
    content = {"content": {"application/json": {"schema": root}}}
    made = {
        "operationId": "go", "security": [], "requestBody": content, "responses": {"200": {"description": "x", **content}}, **operation,
    }  # fmt: skip
    tree = {
        "openapi": version,
        "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"post": made}},
        "components": {"schemas": schemas},
    }
    return describe(read_contract(parse_document(json.dumps(tree).encode(), "a.json")))


def types(schemas, root=None, **more):
    """Python's type of the answer, and its objects' members."""
    found = described(schemas, root, **more)
    (operation,) = found.operations
    return received_type(operation.successes[0].shape), {
        shape.name: {
            member.name: received_type(member.shape) + ("" if member.required else "?") for member in shape.members
        }
        for shape in found.received
    }


def obj(*required, **properties):
    return {"type": "object", "required": list(required), "properties": properties}


TEXT, WHOLE = {"type": "string"}, {"type": "integer"}
A = obj("a", a=TEXT)


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schemas", "root", "kind", "objects"),
    [
        ({"A": {"type": "array", "items": WHOLE}}, None, "list[int]", {}),
        ({"A": {"type": "object", "additionalProperties": {"type": "number"}}}, None, "dict[str, values.Number]", {}),
        ({"A": {"type": "object"}}, None, "dict[str, Any]", {}),
        ({"A": {}}, None, "Any", {}),
        ({"A": {"type": ["string", "null"]}}, None, "str | None", {}),
        ({"A": {"type": "string", "format": "date"}}, None, "values.Day", {}),
        ({"A": {"type": "string", "format": "decimal"}}, None, "values.DecimalText", {}),
        ({"A": {"type": "number", "format": "double"}}, None, "values.Number", {}),
        ({"A": {"anyOf": [TEXT, WHOLE, {"type": "null"}]}}, None, "str | int | None", {}),
        ({"A": {"oneOf": [{"$ref": "#/components/schemas/B"}]}, "B": A}, None, "models.B", {"B": {"a": "str"}}),
        ({"A": {"allOf": [ref("B"), {"description": "x"}]}, "B": A}, None, "models.B", {"B": {"a": "str"}}),
        ({"A": {"allOf": [ref("B"), obj("b", b=WHOLE)]}, "B": A}, None, "models.A", {"A": {"a": "str", "b": "int"}}),
        ({"A": {**A, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}}, None, "models.A", {"A": {"a": "str"}}),
        ({"A": {**A, "anyOf": [obj("b", b=WHOLE), obj("c", c=TEXT)]}}, None, "models.A", {"A": {"a": "str", "b": "int?", "c": "str?"}}),
        ({"A": {"oneOf": [ref("B"), ref("C")]}, "B": A, "C": obj(c=TEXT)}, None, "models.B | models.C | values.UnknownAlternative", {"B": {"a": "str"}, "C": {"c": "str?"}}),
        ({"A": obj(next=ref("A"), all={"type": "array", "items": ref("A")})}, None, "models.A", {"A": {"next": "models.A?", "all": "list[models.A]?"}}),
        ({"A": {"anyOf": [TEXT, {"type": "array", "items": ref("A")}]}}, None, "str | list[Any]", {}),
        ({"A": {"allOf": [ref("A"), A]}}, None, "models.A", {"A": {"a": "str"}}),
        ({"A": obj(kind={"type": "string", "enum": ["x", "y"]})}, None, "models.A", {"A": {"kind": "enums.AKind?"}}),
        ({"A": obj(kind={"enum": [1, "x", None]})}, None, "models.A", {"A": {"kind": "int | str | None?"}}),
        ({"A": obj(kind={"const": "x"})}, None, "models.A", {"A": {"kind": "str?"}}),
        ({"A": obj(part=obj(x=obj(y=TEXT)))}, None, "models.A", {"A": {"part": "models.APart?"}, "APart": {"x": "models.APartX?"}, "APartX": {"y": "str?"}}),
        ({"sap.api.Order": A, "SapApiOrder": obj(b=TEXT)}, obj(x=ref("sap.api.Order"), y=ref("SapApiOrder")), "models.GoAnswer",
         {"GoAnswer": {"x": "models.SapApiOrderjngl?", "y": "models.SapApiOrder?"}, "SapApiOrder": {"b": "str?"}, "SapApiOrderjngl": {"a": "str"}}),
        ({"A": obj(**{"class": TEXT, "asOf": TEXT, "as_of": TEXT, "@odata.etag": TEXT, "2fa": TEXT, "copy": TEXT, "$": TEXT, "é": TEXT, "list": WHOLE})}, None, "models.A",
         {"A": {"class_": "str?", "as_of": "str?", "as_of_gpdl": "str?", "odata_etag": "str?", "n2_fa": "str?", "copy_": "str?", "unnamed": "str?", "é": "str?", "list_": "int?"}}),
    ],
)  # fmt: skip
def test_what_answers_hold(schemas, root, kind, objects):
    found = types(schemas, root)

    assert found[0] == kind
    assert found[1] == objects


def test_openapi_3_0_says_null_and_references_otherwise():
    schemas = {
        "A": {
            "type": "object",
            "properties": {"a": {"type": "string", "nullable": True}, "b": {**ref("B"), "nullable": True}},
        },
        "B": A,
    }

    assert types(schemas, version="3.0.3")[1]["A"] == {"a": "str | None?", "b": "models.B?"}


def test_directions_have_their_own_members_and_share_enumerations():
    schemas = {
        "A": obj(
            "id",
            "secret",
            "kind",
            id={**TEXT, "readOnly": True},
            secret={**TEXT, "writeOnly": True},
            kind={"type": "string", "enum": ["x", "y"]},
        )
    }
    found = described(schemas)

    assert [[member.name for member in shape.members] for shape in (*found.received, *found.sent)] == [
        ["id", "kind"],
        ["secret", "kind"],
    ]
    (operation,) = found.operations
    assert sent_type(operation.payload.shape) == "inputs.A"
    assert [enum.name for enum in found.enums] == ["AKind"]


def test_constants_tell_alternatives_apart():
    schemas = {
        "A": {"oneOf": [ref("B"), ref("C")]}, "B": obj("kind", kind={"const": "b"}), "C": obj("kind", kind={"enum": ["c"]}),
    }  # fmt: skip
    assert types(schemas)[1] == {"B": {"kind": "Literal['b']"}, "C": {"kind": "Literal['c']"}}


def test_default_is_a_failure_and_what_has_no_other_success_a_success():
    def outcomes(**responses):
        (operation,) = described(
            {"A": A}, responses={status: {"description": "x", **body} for status, body in responses.items()}
        ).operations
        return [one.status for one in operation.successes], [one.status for one in operation.failures]

    body = {"content": {"application/json": {"schema": ref("A")}}}
    assert outcomes(**{"200": body, "default": body, "404": {}}) == (["200"], ["404", "default"])
    assert outcomes(default=body) == (["2XX"], ["default"])
    assert outcomes(**{"204": {}, "200": body, "4XX": body}) == (["200", "204"], ["4XX"])


def test_a_circle_of_five_hundred_and_a_deep_nest_are_read():
    circle = {f"S{n}": obj(next=ref(f"S{(n + 1) % 500}")) for n in range(500)}
    nest = TEXT
    for _ in range(80):
        nest = {"type": "array", "items": nest}

    assert len(types(circle)[1]) == 500
    assert types({"A": nest})[0].startswith("list[list[")
    assert "Any" in types({"A": nest})[0]


@pytest.mark.parametrize(
    ("text", "kind", "attribute", "constant"),
    [
        ("SalesOrder", "SalesOrder", "sales_order", "SALES_ORDER"), ("asOf", "AsOf", "as_of", "AS_OF"), ("SDProcessStatus", "SDProcessStatus", "sd_process_status", "SD_PROCESS_STATUS"),
        ("A_SalesOrder", "ASalesOrder", "a_sales_order", "A_SALES_ORDER"), ("SALES_ORDER", "SalesOrder", "sales_order", "SALES_ORDER"), ("x-request-id", "XRequestId", "x_request_id", "X_REQUEST_ID"),
        ("", "Unnamed", "unnamed", "EMPTY"), ("3d", "N3D", "n3_d", "N3_D"), ("class", "Class", "class_", "CLASS"), ("None", "None_", "none", "NONE"), ("+1", "N1", "n1", "N1"), (">=", "Unnamed", "greater_equal", "GREATER_EQUAL"),
        ("注文 id", "注文Id", "注文_id", "注文_ID"),
    ],
)  # fmt: skip
def test_names(text, kind, attribute, constant):
    assert (class_name(text), attribute_name(text), constant_name(text)) == (kind, attribute, constant)
    assert all(name.isidentifier() for name in (kind, attribute, constant))


def test_names_of_one_place_are_told_apart_and_long_ones_cut():
    names = Names()
    given = [names.give(key, attribute_name(key)) for key in ("asOf", "as_of", "as-of", "asOf")]

    assert given[0] == given[3] == "as_of"
    assert len(set(given)) == 3
    assert len(class_name("a" * 5000)) < 70
    assert class_name("a" * 5000) != class_name("a" * 4999)
    assert distribution_name("Sales orders of Müller & Co") == "sales-orders-of-muller-co"


def pages(answer, *parameters, headers=None):
    tree = {
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"},
        "paths": {"/a": {"get": {
            "operationId": "list", "security": [],
            "parameters": [{"name": name, "in": "query", "schema": WHOLE if name in ("offset", "limit", "page", "$skip", "$top") else TEXT} for name in parameters],
            "responses": {"200": {"description": "x", "headers": headers or {}, "content": {"application/json": {"schema": answer}}}},
        }}},
    }  # fmt: skip
    (operation,) = describe(read_contract(parse_document(json.dumps(tree).encode(), "a.json"))).operations
    found = operation.paging
    return None if found is None else (found.kind, found.items, found.next, found.parameter)


ROWS = {"type": "array", "items": A}
KEYED = {"type": "array", "items": obj("id", "orderNumber", id=TEXT, orderNumber=TEXT, total=WHOLE, note=TEXT)}
LISTED = obj(data=KEYED, has_more={"type": "boolean"})


@pytest.mark.parametrize(
    ("answer", "parameters", "headers", "found"),
    [
        (obj(value=ROWS, **{"@odata.nextLink": TEXT}), [], None, ("link", ("value",), ("@odata.nextLink",), "")),
        (obj(d=obj(results=ROWS, __next=TEXT)), [], None, ("link", ("d", "results"), ("d", "__next"), "")),
        (obj(calls=ROWS, next_page_uri=TEXT), [], None, ("link", ("calls",), ("next_page_uri",), "")),
        (obj(items=ROWS, next_cursor=TEXT), ["cursor"], None, ("cursor", ("items",), ("next_cursor",), "cursor")),
        (obj(items=ROWS, nextPageToken=TEXT), ["pageToken"], None, ("cursor", ("items",), ("nextPageToken",), "page_token")),
        (LISTED, ["starting_after", "limit"], None, ("last", ("data",), ("has_more",), "starting_after")),
        (obj(data=KEYED, paging=obj(hasNext={"type": "boolean"})), ["afterOrderNumber"], None, ("last", ("data",), ("paging", "hasNext"), "after_order_number")),
        (obj(data=KEYED), ["starting_after"], None, None), (LISTED, ["starting_with", "after_total", "after_note"], None, None),
        (ROWS, [], {"Link": {"schema": TEXT}}, ("header", (), (), "")),
        (ROWS, ["offset", "limit"], None, ("offset", (), (), "offset")),
        (obj(value=ROWS), ["$skip", "$top"], None, ("offset", ("value",), (), "skip")),
        (obj(data=ROWS), ["page"], None, ("page", ("data",), (), "page")),
        (obj(a=ROWS, b=ROWS), ["page"], None, None), (ROWS, ["offset"], None, None), (A, ["page"], None, None), (obj(value=ROWS, next=WHOLE), [], None, None),
    ],
)  # fmt: skip
def test_how_lists_go_on(answer, parameters, headers, found):
    assert pages(answer, *parameters, headers=headers) == found
    assert paging_of((), (), {}, linked=True) is None
