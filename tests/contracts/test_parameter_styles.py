"""Parameters by location, style and explode: the tables of OpenAPI 3.x, what departs from them, and odd queries."""

import pytest

TEXTS = {"type": "array", "items": {"type": "string"}}
NUMBERS = {"type": "array", "items": {"type": "integer"}, "minItems": 1}
POINT = {
    "type": "object",
    "required": ["R", "G"],
    "additionalProperties": False,
    "properties": {"R": {"type": "integer"}, "G": {"type": "integer"}, "B": {"type": "integer"}},
}
INTEGER = {"type": "integer", "maximum": 10}


def parameter(location, schema, **more):
    return {"name": "p", "in": location, "required": location == "path", "schema": schema, **more}


class Calls:
    """Calls one operation with one parameter."""

    def __init__(self, workbench):
        self.workbench = workbench

    def __call__(self, location, schema, raw, **more):
        path = "/things/{p}" if location == "path" else "/things"
        operation = self.workbench.operation(
            version=more.pop("version", "3.1.0"),
            method="get",
            path=path,
            parameters=[parameter(location, schema, **more)],
        )
        values = (raw,) if location == "path" else ()
        query = raw if location == "query" else b""
        headers = {b"p": raw} if location == "header" else {b"cookie": raw} if location == "cookie" else {}
        judgement = operation.judge_request(values, query, headers, b"")
        return [(v.location, v.pointer, v.rule) for v in judgement.violations] or judgement.outcome


@pytest.fixture
def call(workbench):
    return Calls(workbench)


@pytest.mark.parametrize(
    ("location", "style", "explode", "schema", "raw"),
    [
        ("path", "simple", False, INTEGER, b"5"),
        ("path", "simple", False, NUMBERS, b"3,4,5"),
        ("path", "simple", True, NUMBERS, b"3,4,5"),
        ("path", "simple", False, POINT, b"R,100,G,200,B,150"),
        ("path", "simple", True, POINT, b"R=100,G=200,B=150"),
        ("path", "label", False, INTEGER, b".5"),
        ("path", "label", False, NUMBERS, b".3,4,5"),
        ("path", "label", True, NUMBERS, b".3.4.5"),
        ("path", "label", False, POINT, b".R,100,G,200"),
        ("path", "label", True, POINT, b".R=100.G=200"),
        ("path", "matrix", False, INTEGER, b";p=5"),
        ("path", "matrix", True, INTEGER, b";p=5"),
        ("path", "matrix", False, NUMBERS, b";p=3,4,5"),
        ("path", "matrix", True, NUMBERS, b";p=3;p=4;p=5"),
        ("path", "matrix", False, POINT, b";p=R,100,G,200"),
        ("path", "matrix", True, POINT, b";R=100;G=200"),
        ("query", "form", False, INTEGER, b"p=5"),
        ("query", "form", True, INTEGER, b"p=5"),
        ("query", "form", False, NUMBERS, b"p=3,4,5"),
        ("query", "form", True, NUMBERS, b"p=3&p=4&p=5"),
        ("query", "form", True, NUMBERS, b"p=3"),
        ("query", "form", False, POINT, b"p=R,100,G,200"),
        ("query", "form", True, POINT, b"R=100&G=200"),
        ("query", "spaceDelimited", False, NUMBERS, b"p=3%204%205"),
        ("query", "spaceDelimited", False, NUMBERS, b"p=3+4+5"),
        ("query", "spaceDelimited", False, POINT, b"p=R%20100%20G%20200"),
        ("query", "pipeDelimited", False, NUMBERS, b"p=3|4|5"),
        ("query", "pipeDelimited", False, NUMBERS, b"p=3%7C4%7c5"),
        ("query", "pipeDelimited", False, POINT, b"p=R|100|G|200"),
        ("query", "deepObject", True, POINT, b"p[R]=100&p[G]=200"),
        ("query", "deepObject", True, POINT, b"p%5BR%5D=100&p%5BG%5D=200"),
        ("header", "simple", False, INTEGER, b"5"),
        ("header", "simple", False, NUMBERS, b"3,4,5"),
        ("header", "simple", False, NUMBERS, b"3, 4 ,\t5"),
        ("header", "simple", False, POINT, b"R,100,G,200"),
        ("header", "simple", True, POINT, b"R=100,G=200"),
        ("header", "simple", True, POINT, b"R=100, G=200"),
        ("cookie", "form", False, INTEGER, b"p=5"),
        ("cookie", "form", True, INTEGER, b"other=1; p=5"),
        ("cookie", "form", False, NUMBERS, b"p=3,4,5"),
        ("cookie", "form", False, POINT, b"a=b;p=R,100,G,200"),
    ],
)
def test_the_table_of_styles(call, location, style, explode, schema, raw):
    assert call(location, schema, raw, style=style, explode=explode) == "conforms"


@pytest.mark.parametrize(
    ("location", "style", "explode", "schema", "raw", "rule"),
    [
        ("path", "simple", False, INTEGER, b"11", "maximum"),
        ("path", "simple", False, INTEGER, b"5.0", "type"),
        ("path", "simple", False, INTEGER, b"05", "type"),
        ("path", "simple", False, INTEGER, b"+5", "type"),
        ("path", "simple", False, INTEGER, b"1e1", "type"),
        ("path", "simple", False, INTEGER, b"%205", "type"),
        ("path", "simple", False, INTEGER, b"5%0A", "type"),
        ("path", "simple", False, INTEGER, b"9" * 5000, "type"),
        ("path", "simple", False, INTEGER, "٣".encode(), "type"),
        ("path", "simple", False, INTEGER, b"", "required"),
        ("path", "simple", False, {"type": "string"}, b"%ff", "encoding"),
        ("path", "simple", False, {"type": "string"}, b"%zz", "encoding"),
        ("path", "simple", False, POINT, b"R,100,G", "style"),
        ("path", "simple", True, POINT, b"R=100,G", "style"),
        ("path", "simple", True, POINT, b"R=100,R=1,G=2", "style"),
        ("path", "simple", True, POINT, b"R=100,X=1,G=2", "additionalProperties"),
        ("path", "label", False, INTEGER, b"5", "style"),
        ("path", "matrix", False, INTEGER, b";q=5", "style"),
        ("path", "matrix", False, INTEGER, b"5", "style"),
        ("query", "form", True, INTEGER, b"p=5&p=6", "style"),
        ("query", "form", True, INTEGER, b"p=", "type"),
        ("query", "form", True, INTEGER, b"p", "type"),
        ("query", "form", False, NUMBERS, b"p=1,a", "type"),
        ("query", "form", False, NUMBERS, b"p=1&p=2", "style"),
        ("query", "form", False, NUMBERS, b"p=1%2C2", "type"),
        ("query", "form", False, NUMBERS, b"p=", "minItems"),
        ("query", "form", True, {"type": "boolean"}, b"p=True", "type"),
        ("query", "form", True, {"type": "boolean"}, b"p=1", "type"),
        ("query", "form", True, {"type": "number"}, b"p=NaN", "type"),
        ("query", "form", True, {"type": "number"}, b"p=1e99999", "type"),
        ("query", "form", True, {"type": "number"}, b"p=0x10", "type"),
        ("query", "deepObject", True, POINT, b"p[R]=100&p[R]=1&p[G]=2", "style"),
        ("query", "deepObject", True, POINT, b"p[R]=x&p[G]=2", "type"),
        ("query", "deepObject", True, POINT, b"p[R]=1&p[G]=2&p[X]=3", "undeclared"),
        ("query", "deepObject", True, POINT, b"p=1", "style"),
        ("query", "deepObject", True, POINT, b"p[R]=1&p[R][a]=1&p[G]=1", "style"),
        ("query", "form", True, INTEGER, b"q=1", "undeclared"),
        ("query", "form", True, INTEGER, b"P=1", "undeclared"),
        ("query", "form", True, INTEGER, b"p%zz=1", "encoding"),
        ("header", "simple", False, NUMBERS, b"1,,2", "type"),
        ("cookie", "form", False, INTEGER, b"p=1; p=2", "style"),
    ],
)
def test_what_departs_from_the_table(call, location, style, explode, schema, raw, rule):
    found = call(location, schema, raw, style=style, explode=explode)
    assert [entry[2] for entry in found] == [rule]
    assert found[0][0] == location


@pytest.mark.parametrize(
    ("schema", "raw", "good"),
    [
        ({"type": "number", "multipleOf": 0.01}, b"p=19.99", True),
        ({"type": "number", "multipleOf": 0.01}, b"p=19.999", False),
        ({"type": "number", "maximum": 0.3}, b"p=0.30000000000000000000000001", False),
        ({"type": "integer"}, b"p=123456789012345678901234567890", True),
        ({"type": "integer", "format": "int64"}, b"p=9223372036854775807", True),
        ({"type": "integer", "format": "int64"}, b"p=9223372036854775808", False),
        ({"type": "integer", "format": "int32"}, b"p=-2147483649", False),
        ({"type": "string", "format": "date-time"}, b"p=2026-01-31T12:00:00%2B01:00", True),
        ({"type": "string", "format": "date-time"}, b"p=2026-01-31T12:00:00+01:00", False),
        ({"type": "string", "format": "date"}, b"p=2026-02-30", False),
        ({"type": "string", "enum": ["a b"]}, b"p=a+b", True),
        ({"type": "string", "enum": ["a b"]}, b"p=a%20b", True),
        ({"type": "string", "enum": ["a+b"]}, b"p=a%2Bb", True),
        ({"type": ["integer", "null"]}, b"p=5", True),
        ({"type": ["integer", "null"]}, b"p=null", True),
        ({"type": ["integer", "null"]}, b"p=x", False),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string", "minLength": 3}]}, b"p=5", True),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string", "minLength": 3}]}, b"p=500", True),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string", "minLength": 3}]}, b"p=50", False),
        ({"oneOf": [{"type": "boolean"}, {"enum": ["auto"]}]}, b"p=true", True),
        ({"oneOf": [{"type": "boolean"}, {"enum": ["auto"]}]}, b"p=auto", True),
        ({"enum": [1, 2]}, b"p=2", True),
        ({"enum": [1, 2]}, b"p=3", False),
        ({"const": True}, b"p=true", True),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, b"p=2", False),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, b"p=3", True),
        ({"type": "array", "items": {"type": "string", "enum": ["1", "2"]}}, b"p=1&p=2", True),
        ({"type": "array", "items": {"type": ["integer", "string"], "maxLength": 2}}, b"p=1&p=ab", True),
        ({"type": ["array", "string"], "items": {"type": "integer"}, "minLength": 2}, b"p=ab", True),
        (True, b"p=anything", True),
        ({"type": "string", "pattern": "^\\$[a-z]$"}, b"p=$a", True),
    ],
)
def test_types_by_schema(call, schema, raw, good):
    assert (call("query", schema, raw) == "conforms") is good


@pytest.mark.parametrize(
    "query",
    [
        b"&",
        b"&&",
        b"=",
        b"=&=",
        b"%",
        b"%=1",
        b"a=%",
        b"[]=1",
        b"p[=1",
        b"p]=1",
        b"p[]",
        b"?",
        b";",
        b"\xff=1",
        b"p=\x00",
        b"p==",
        b"p=a=b",
        b"+",
        b"#",
    ],
)
def test_odd_queries_are_judged_and_raise_nothing(call, query):
    for style, schema in (("form", TEXTS), ("deepObject", {"type": "object"}), ("form", {"type": "string"})):
        assert call("query", schema, query, style=style)


def test_an_empty_value(call):
    assert call("query", INTEGER, b"p=", allowEmptyValue=True) == "conforms"
    assert call("query", INTEGER, b"p", allowEmptyValue=True) == "conforms"
    assert call("query", INTEGER, b"p=11", allowEmptyValue=True) != "conforms"
    assert call("query", {"type": "string"}, b"p=") == "conforms"
    assert call("query", {"type": "string", "minLength": 1}, b"p=") != "conforms"


@pytest.mark.parametrize("location", ["query", "header", "cookie"])
def test_required(call, location):
    assert call(location, INTEGER, b"", required=False) in ("conforms", [("header", "p", "type")])
    operation = call.workbench.operation(method="get", parameters=[parameter(location, INTEGER) | {"required": True}])
    violations = operation.judge_request((), b"", {}, b"").violations
    assert [(v.location, v.pointer, v.rule) for v in violations] == [(location, "p", "required")]


def test_odata_options_have_their_dollar(workbench):
    names = ("$filter", "$top", "$skip", "$select")
    parameters = [
        {"name": name, "in": "query", "schema": {"type": "integer" if name in ("$top", "$skip") else "string"}}
        for name in names
    ]
    operation = workbench.operation(method="get", parameters=parameters)
    assert operation.query_names == {name.encode() for name in names}
    good = b"$top=5&%24skip=1&$filter=Name%20eq%20'O''Brien'&$select=A,B"
    assert operation.judge_request((), good, {}, b"").outcome == "conforms"
    assert [v.rule for v in operation.judge_request((), b"$top=x", {}, b"").violations] == ["type"]
    assert [v.rule for v in operation.judge_request((), b"top=5", {}, b"").violations] == ["undeclared"]


@pytest.mark.parametrize("raw", [b"O''Brien", b"O%27%27Brien", b"O''Brie%6E"])
def test_a_doubled_quote_inside_an_odata_key(workbench, raw):
    schema = {"type": "string", "enum": ["O'Brien"]}
    operation = workbench.operation(method="get", path="/Customers('{p}')", parameters=[parameter("path", schema)])
    assert operation.judge_request((raw,), b"", {}, b"").outcome == "conforms"


def test_values_stand_in_the_order_of_the_template(workbench):
    parameters = [
        {"name": "b", "in": "path", "required": True, "schema": {"type": "integer"}},
        {"name": "a", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z]+$"}},
    ]
    operation = workbench.operation(method="get", path="/x/{a}/y/{b}.json", parameters=parameters)
    assert operation.path_names == ("a", "b")
    assert operation.judge_request((b"abc", b"5"), b"", {}, b"").outcome == "conforms"
    assert len(operation.judge_request((b"5", b"abc"), b"", {}, b"").violations) == 2


def test_deep_object_of_any_of(workbench):
    """A range or a single moment, as payment APIs state it."""
    schema = {
        "anyOf": [
            {"type": "object", "properties": {"gt": {"type": "integer"}, "lt": {"type": "integer"}}},
            {"type": "integer"},
        ]
    }
    expand = {"name": "expand", "in": "query", "style": "deepObject", "explode": True, "schema": TEXTS}
    operation = workbench.operation(
        method="get", parameters=[parameter("query", schema, style="deepObject", explode=True), expand]
    )

    def rules(query):
        return [v.rule for v in operation.judge_request((), query, {}, b"").violations]

    assert rules(b"p=5") == rules(b"p[gt]=5&p[lt]=6") == rules(b"expand[]=a&expand[]=b") == rules(b"expand[0]=a") == []
    assert rules(b"p[gt]=x") == ["anyOf"]
    assert rules(b"p=x") == ["anyOf"]
    assert rules(b"p[eq]=5") == ["undeclared"]


def test_names_of_headers_do_not_care_for_case(workbench):
    parameters = [
        {"name": "If-Match", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "Accept", "in": "header", "required": True, "schema": {"type": "integer"}},
        {"name": "Content-Type", "in": "header", "schema": {"type": "integer"}},
        {"name": "Authorization", "in": "header", "required": True, "schema": {"type": "string"}},
    ]
    operation = workbench.operation(method="get", parameters=parameters)
    assert operation.header_names == {b"if-match"}
    etag = {b"if-match": b'W/"datetime\'2026-01-31T12%3A00%3A00\'", "b"'}
    assert operation.judge_request((), b"", etag, b"").outcome == "conforms"
    assert [v.pointer for v in operation.judge_request((), b"", {}, b"").violations] == ["if-match"]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'p={"a":1}', "conforms"),
        (b"p=%7B%22a%22%3A1%7D", "conforms"),
        (b'p={"a":"1"}', [("query", "p", "type")]),
        (b"p={a}", [("query", "p", "json")]),
        (b'p={"a":1,"a":2}', [("query", "p", "json")]),
        (b"p={}&p={}", [("query", "p", "style")]),
    ],
)
def test_content_parameters(workbench, raw, expected):
    schema = {"type": "object", "properties": {"a": {"type": "integer"}}}
    content = {"name": "p", "in": "query", "content": {"application/json": {"schema": schema}}}
    operation = workbench.operation(method="get", parameters=[content])
    judgement = operation.judge_request((), raw, {}, b"")
    assert ([(v.location, v.pointer, v.rule) for v in judgement.violations] or judgement.outcome) == expected


def test_a_content_parameter_that_cannot_be_checked(workbench):
    content = {"name": "p", "in": "query", "content": {"application/xml": {"schema": {"type": "object"}}}}
    operation = workbench.operation(method="get", parameters=[content])
    assert operation.judge_request((), b"", {}, b"").outcome == "conforms"
    judgement = operation.judge_request((), b"p=<a/>", {}, b"")
    assert judgement.outcome == "could_not_check"
    assert "application/xml" in judgement.reason


def test_querystring_of_3_2(workbench):
    schema = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "integer"}},
        "additionalProperties": False,
    }
    whole = {
        "name": "q",
        "in": "querystring",
        "required": True,
        "content": {"application/x-www-form-urlencoded": {"schema": schema}},
    }
    operation = workbench.operation(version="3.2.0", method="get", parameters=[whole])
    assert operation.judge_request((), b"a=1", {}, b"").outcome == "conforms"
    assert [v.rule for v in operation.judge_request((), b"a=1&b=2", {}, b"").violations] == ["undeclared"]
    assert [v.rule for v in operation.judge_request((), b"", {}, b"").violations] == ["required"]


def test_an_open_object_takes_every_other_name(workbench):
    free = {"type": "object", "additionalProperties": {"type": "integer"}}
    operation = workbench.operation(method="get", parameters=[parameter("query", free)])
    assert operation.judge_request((), b"a=1&b=2", {}, b"").outcome == "conforms"
    assert [v.rule for v in operation.judge_request((), b"a=x", {}, b"").violations] == ["type"]


def test_what_is_undeclared_is_named_without_its_value(workbench):
    operation = workbench.operation(method="get")
    violation = operation.judge_request((), b"secret-name=secret-value", {}, b"").violations[0]
    assert (violation.location, violation.pointer, violation.rule) == ("query", "secret-name", "undeclared")
    assert "secret-value" not in str(violation)
