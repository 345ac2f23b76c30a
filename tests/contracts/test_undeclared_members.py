"""Which members a contract names, through composition and references; what is unknown is told and taken out."""

import json

import pytest

from contracts import known_members
from contracts.described_bodies import NotToldApartError

A, B, C = ({name: {"type": "string"}} for name in "abc")
JSON = {b"content-type": b"application/json"}
FREE = {"type": "object"}


def objects(properties, **more):
    return {"type": "object", "properties": properties, **more}


SCHEMAS = {
    "Base": objects(A),
    "More": {"allOf": [{"$ref": "#/components/schemas/Base"}, objects(B)]},
    "Node": objects({"value": {"type": "string"}, "next": {"$ref": "#/components/schemas/Node"},
                     "children": {"type": "array", "items": {"$ref": "#/components/schemas/Node"}}}),
    "Cat": objects({"kind": {"type": "string"}, **A}),
    "Dog": objects({"kind": {"type": "string"}, **B}),
    "Bag": {"type": "object", "required": ["kind"]},
    "Knot": {"oneOf": [{"properties": {"c": {"$ref": "#/components/schemas/Knot"}}},
                       {"properties": {"c": objects(B)}}], "properties": {"c": {"properties": A}}},
}  # fmt: skip


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


def mapped(*names):
    return {"oneOf": [ref(n) for n in names], "discriminator": {"propertyName": "kind"}}


ROWS = [
    # schema, value, the pointers of what is unknown
    (objects(A), {"a": "1", "x": 1}, ["/x"]),
    (objects(A), {"a": "1"}, []),
    ({"properties": A}, {"x": {"y": 1}}, ["/x"]),
    ({}, {"x": 1}, []),
    (FREE, {"x": {"y": 1}}, []),
    (objects({"a": {}}), {"a": {"x": 1}}, []),
    (objects({}, additionalProperties=False), {"x": 1}, ["/x"]),
    (objects(A, additionalProperties=True), {"x": {"y": 1}}, []),
    (objects(A, additionalProperties={}), {"x": 1}, []),
    (objects(A, additionalProperties=objects(B)), {"x": {"b": "1", "y": 1}}, ["/x/y"]),
    (objects(A, patternProperties={"^x-": objects(B)}), {"x-1": {"b": "", "z": 1}, "y": 1}, ["/y", "/x-1/z"]),
    (objects(A, propertyNames={"maxLength": 3}), {"x": 1}, []),
    (objects(A, unevaluatedProperties={"type": "integer"}), {"x": 1}, []),
    (objects(A, unevaluatedProperties=False), {"x": 1}, ["/x"]),
    (objects(A, required=["a", "q"]), {"q": 1, "x": 1}, ["/x"]),
    (objects(A, dependentRequired={"d": ["e"]}), {"d": 1, "e": 1, "x": 1}, ["/x"]),
    (objects(A, dependentSchemas={"d": objects(B)}), {"d": 1, "b": "", "x": 1}, ["/x"]),
    (objects(A, **{"not": {"required": ["no"]}}), {"no": 1, "x": 1}, ["/x"]),
    ({"allOf": [objects(A), objects(B)]}, {"a": "", "b": "", "x": 1}, ["/x"]),
    ({"allOf": [objects(A), FREE]}, {"a": "", "x": 1}, ["/x"]),
    (ref("More"), {"a": "", "b": "", "x": 1}, ["/x"]),
    ({**ref("Base"), "properties": B}, {"a": "", "b": "", "x": 1}, ["/x"]),
    ({"oneOf": [objects(A), objects(B)]}, {"a": "", "b": "", "x": 1}, ["/x"]),
    ({"anyOf": [objects(A), FREE]}, {"x": 1}, []),
    ({"oneOf": [objects(A), {"type": "string"}]}, {"x": 1}, ["/x"]),
    (objects(A, anyOf=[{"required": ["a"]}, {"required": ["b"]}]), {"b": 1, "x": 1}, ["/x"]),
    (objects({"a": {"oneOf": [objects(A), FREE]}}), {"a": {"x": 1}}, []),
    ({"oneOf": [objects({"d": objects(A)}), objects({"d": FREE})]}, {"d": {"x": 1}}, []),
    ({"oneOf": [objects({"d": objects(A)}), objects({"d": objects(B)})]}, {"d": {"a": 1, "b": 1, "x": 1}}, ["/d/x"]),
    ({"oneOf": [objects({"d": objects(A)}), objects({"e": {}})]}, {"d": {"x": 1}, "e": {"x": 1}}, ["/d/x"]),
    ({"oneOf": [objects(A), objects({"kind": {}}, additionalProperties=True)]}, {"x": 1}, []),
    (objects(A, **{"if": {"properties": {"k": {"const": 1}}}, "then": objects(B), "else": objects(C)}),
     {"k": 1, "b": "", "c": "", "x": 1}, ["/x"]),
    ({"if": {"required": ["k"]}, "then": objects(B)}, {"x": 1}, []),
    (mapped("Cat", "Dog"), {"kind": "Cat", "a": "", "x": 1}, ["/x"]),
    (mapped("Cat", "Bag"), {"kind": "Bag", "x": 1}, []),
    (ref("Node"), {"next": {"next": {"x": 1}}, "children": [{"children": [{"value": "", "y": 1}]}]},
     ["/next/next/x", "/children/0/children/0/y"]),
    (ref("Knot"), {"c": {"c": {"c": {"a": "", "b": "", "x": 1}}}}, ["/c/c/c/x"]),
    ({"type": "array", "items": objects(A)}, [{"a": ""}, {"x": 1}], ["/1/x"]),
    ({"type": "array", "prefixItems": [objects(A)], "items": objects(B)}, [{"a": ""}, {"b": "", "x": 1}], ["/1/x"]),
    ({"type": "array"}, [{"x": 1}], []),
    ({"oneOf": [{"type": "array", "items": objects(A)}, {"type": "array"}]}, [{"x": 1}], []),
    ({"oneOf": [{"type": "array", "items": objects(A)}, {"type": "null"}]}, [{"x": 1}], ["/0/x"]),
    ({"enum": [{"x": 1}, None]}, {"x": 1}, []),
    (objects({"a/b~c": objects(A)}), {"a/b~c": {"x": 1}}, ["/a~1b~0c/x"]),
]  # fmt: skip


def pointers(looked):
    return [violation.pointer for violation in looked.violations]


def without(looked, body):
    return body if looked.without is None else looked.without()


@pytest.mark.parametrize("number", range(len(ROWS)))
def test_what_the_contract_names_is_known_and_nothing_else(workbench, number):
    schema, value, unknown = ROWS[number]
    operation = workbench.operation(version="3.1.0", body=schema, schemas=SCHEMAS)
    body = json.dumps(value).encode()

    looked = operation.described_requests("rest").look(JSON, body)

    assert pointers(looked) == unknown
    assert pointers(operation.described_requests("rest").look(JSON, without(looked, body))) == []


def test_an_error_names_the_rule_and_the_place_in_the_contract(workbench):
    operation = workbench.operation(body=objects(A))

    (found,) = operation.described_requests("rest").look(JSON, b'{"x": 1}').violations

    assert (found.location, found.rule) == ("body", "undeclared")
    assert found.contract == "/paths/~1things/post/requestBody/content/application~1json/schema"
    assert found.message == "the contract does not declare this member"


CUTS = [
    (b'{"a":"1","x":2}', b'{"a":"1"}'),
    (b'{"x":2,"a":"1"}', b'{"a":"1"}'),
    (b'{ "x" : 2 }', b"{ }"),
    (b'{"x":1, "y":[1,{"a":2}], "a":"1"}', b'{  "a":"1"}'),
    (b'{"a":"1", "x":1, "y":2, "b":"2" }', b'{"a":"1", "b":"2" }'),
    (b'{"a":"1", "x":{"x":[",}]"]}, "y":2 }', b'{"a":"1"}'),
    (b'{"\\u0061":"\\u00e4","\\u0078":1}', b'{"\\u0061":"\\u00e4"}'),
    (b'{"a":"}\\"{,","x":"\\\\"}', b'{"a":"}\\"{,"}'),
    (b'{"n":1.50,"m":12345678901234567890123,"x":1e3}', b'{"n":1.50,"m":12345678901234567890123}'),
    (b'{"o":{"a":"1","x":1},"x":{},"l":[{"x":1},{"a":"2"}]}', b'{"o":{"a":"1"},"l":[{},{"a":"2"}]}'),
]


@pytest.mark.parametrize(("came", "left"), CUTS)
def test_every_byte_that_stays_is_as_it_came(workbench, came, left):
    inner = objects(A)
    schema = objects({**A, **B, "n": {}, "m": {}, "o": inner, "l": {"type": "array", "items": inner}})
    operation = workbench.operation(body=schema)

    assert without(operation.described_requests("rest").look(JSON, came), came) == left


def answer(schema, **content):
    return {"200": {"description": "", "content": {"application/json": {"schema": schema}, **content}}}


V4 = {
    "@odata.context": "c", "@odata.etag": "e", "@context": "c", "a@odata.type": "t", "@odata.custom": {"x": 1},
    "#Model.Approve": {"target": "t"}, "a": "1", "a@odata.type@odata.note": 1,
}  # fmt: skip
V2 = {"__metadata": {"uri": "u"}, "__deferred": {"uri": "u"}, "__next": "n", "a": "1"}


@pytest.mark.parametrize(
    ("protocol", "value", "unknown"),
    [
        ("odata-v4", V4, []),
        ("odata-v4", {"x@odata.type": "t", "@com.example.note": "n", "@note": 1, "@odata": 1},
         ["/x@odata.type", "/@com.example.note", "/@note", "/@odata"]),
        ("odata-v4", V2, ["/__metadata", "/__deferred", "/__next"]),
        ("odata-v2", V2, []),
        ("odata-v2", {"__secret": 1, "@odata.context": "c"}, ["/__secret", "/@odata.context"]),
        ("rest", {"@odata.context": "c", "__metadata": {}}, ["/@odata.context", "/__metadata"]),
    ],
)  # fmt: skip
def test_annotations_are_exempt_by_the_protocol_of_the_system(workbench, protocol, value, unknown):
    operation = workbench.operation(responses=answer(objects(A)))
    body = json.dumps(value).encode()

    looked = operation.described_answers(protocol).look(200, [*JSON.items()], body)

    assert pointers(looked) == unknown
    assert json.loads(without(looked, body)) == {n: v for n, v in value.items() if f"/{n}" not in unknown}


FORM = {"content": {"application/x-www-form-urlencoded": {
    "schema": objects({**A, "deep": objects(B)}), "encoding": {"deep": {"style": "deepObject"}}}}}  # fmt: skip


@pytest.mark.parametrize(
    ("came", "left", "unknown"),
    [
        (b"a=1&x=2", b"a=1", ["/x"]), (b"x=2", b"", ["/x"]), (b"a=%31&deep%5Bb%5D=1", b"a=%31&deep%5Bb%5D=1", []),
        (b"a=1&&b=+", b"a=1&", ["/b"]), (b"%61=1&%78+=2", b"%61=1", ["/x "]),
    ],
)  # fmt: skip
def test_fields_of_a_form(workbench, came, left, unknown):
    looked = (
        workbench.operation(**FORM)
        .described_requests("rest")
        .look({b"content-type": b"application/x-www-form-urlencoded"}, came)
    )

    assert (pointers(looked), without(looked, came)) == (unknown, left)


def test_each_line_is_looked_through(workbench):
    content = {"application/x-ndjson": {"itemSchema": objects(A)}}
    came = b'{"a":"1","x":1}\n\n{"y":2}\n'

    looked = (
        workbench.operation(version="3.2.0", content=content)
        .described_requests("rest")
        .look({b"content-type": b"application/x-ndjson"}, came)
    )

    assert (pointers(looked), without(looked, came)) == (["/0/x", "/1/y"], b'{"a":"1"}\n\n{}\n')


def test_both_schemas_of_a_list_of_lines_name_members(workbench):
    content = {"application/json-seq": {"schema": {"type": "array", "items": objects(A)}, "itemSchema": objects(B)}}
    came = b'\x1e{"a":"1","x":1}\n\x1e{"b":"2"}\n'

    looked = (
        workbench.operation(version="3.2.0", content=content)
        .described_requests("rest")
        .look({b"content-type": b"application/json-seq"}, came)
    )

    assert (pointers(looked), without(looked, came)) == (["/0/x"], b'\x1e{"a":"1"}\n\x1e{"b":"2"}\n')


def test_fields_of_events_are_told_and_cannot_be_taken_out(workbench):
    content = {"text/event-stream": {"itemSchema": objects({"data": {"type": "string"}})}}

    looked = (
        workbench.operation(version="3.2.0", content=content)
        .described_requests("rest")
        .look({b"content-type": b"text/event-stream"}, b"data: a\n\nevent: b\ndata: c\n\n")
    )

    assert (pointers(looked), looked.without) == (["/1/event"], None)


PART = '--b\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'


def test_parts_and_members_of_parts_are_told_and_cannot_be_taken_out(workbench):
    content = {"multipart/form-data": {"schema": objects({**A, "inner": objects(B)})}}
    parts = PART.format("a", "1") + PART.format("x", "2") + PART.format("inner", '{"b":"1","y":2}')

    looked = (
        workbench.operation(content=content)
        .described_requests("rest")
        .look({b"content-type": b"multipart/form-data; boundary=b"}, (parts + "--b--\r\n").encode())
    )

    assert (pointers(looked), looked.without) == (["/x", "/inner/y"], None)


@pytest.mark.parametrize(
    ("status", "kind", "body", "why"),
    [
        (200, b"application/xml", b"<a/>", "media type"), (200, None, b"{}", "media type"),
        (500, b"application/json", b"{}", "an answer of 500"), (200, b"application/json", None, "too large"),
        (200, b"application/json", b'{"a":1,"a":2}', "more than once"), (200, b"application/json", b"{", "not complete"),
        (200, b"application/json; charset=utf-16", b"{}", "cannot be told apart"),
        (201, b"application/json", b"{}", "a body of this answer"),
        (200, b"text/xml", b"<a/>", "cannot be told apart"),
    ],
)  # fmt: skip
def test_a_body_that_cannot_be_told_apart_says_why(workbench, status, kind, body, why):
    responses = answer(objects(A), **{"text/xml": {"schema": objects(A)}}) | {"201": {"description": ""}}
    described = workbench.operation(responses=responses).described_answers("rest")

    with pytest.raises(NotToldApartError, match=why):
        described.look(status, [] if kind is None else [(b"content-type", kind)], body)


@pytest.mark.parametrize(("status", "body"), [(204, b""), (304, b""), (200, b""), (500, b"")])
def test_no_body_has_no_members(workbench, status, body):
    described = workbench.operation(responses=answer(objects(A))).described_answers("rest")

    assert pointers(described.look(status, [], body)) == []


def test_what_the_contract_leaves_open_passes_as_it_is(workbench):
    responses = answer({}, **{"application/pdf": {}, "text/plain": {"schema": {"type": "string", "maxLength": 5}}})
    described = workbench.operation(responses=responses).described_answers("rest")

    for kind in (b"application/json", b"application/pdf", b"text/plain"):
        assert pointers(described.look(200, [(b"content-type", kind)], b"whatever it is")) == []


def test_at_most_twenty_are_told(workbench):
    body = json.dumps(dict.fromkeys((f"x{n}" for n in range(50)), 1)).encode()

    looked = workbench.operation(body=objects(A)).described_requests("rest").look(JSON, body)

    assert len(looked.violations) == 20
    assert without(looked, body) == b"{                                                 }"


def test_more_places_than_are_kept_cannot_be_told_apart(workbench, monkeypatch):
    monkeypatch.setattr(known_members, "_MOST_PLACES", 3)
    deep = objects({"a": objects({"b": objects({"c": objects({"d": objects(A)})})})})
    operation = workbench.operation(
        content={"application/json": {"schema": objects(A)}},
        responses=answer(deep) | {"201": answer(objects(B))["200"]},
    )

    assert pointers(operation.described_requests("rest").look(JSON, b'{"x":1}')) == ["/x"]
    described = operation.described_answers("rest")
    for status in (200, 201):
        with pytest.raises(NotToldApartError, match="too many different places"):
            described.look(status, [*JSON.items()], b'{"a":{"b":{}}}')


def test_composition_that_names_itself_over_and_over_ends(workbench):
    many = {f"S{n}": objects({f"p{m}": ref(f"S{m}") for m in range(12)},
                             oneOf=[{"properties": {"q": ref(f"S{(n + k) % 12}")}} for k in (1, 5)])
            for n in range(12)}  # fmt: skip
    operation = workbench.operation(version="3.1.0", body=ref("S0"), schemas=many)

    looked = operation.described_requests("rest").look(JSON, b'{"q":{"q":{"p3":{"q":{"p11":{"x":1}}}}}}')

    assert pointers(looked) == ["/q/q/p3/q/p11/x"]
