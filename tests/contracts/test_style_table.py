"""The table "Style Examples" of OpenAPI, cell by cell: what is read of each is exactly the value of the table.

The table is that of 3.2.1, which mends those before it: 3.0.0 to 3.0.3 and 3.1.0 delimit an unexploded `label` by dots,
against RFC 6570, which they cite. A cell that the specification calls undefined could not be checked, and says so.
"""

import pytest

STRING = "blue"
ARRAY = ["blue", "black", "brown"]
OBJECT = {"R": 100, "G": 200, "B": 150}
RGB = {name: {"type": "integer"} for name in OBJECT}


def schema_of(value):
    """Takes this one value."""
    kinds = {str: "string", list: "array", dict: "object"}
    return {
        "type": kinds[type(value)], "const": value,
        **({"items": {"type": "string"}} if isinstance(value, list) else {}),
        **({"properties": {k: {"type": "integer" if isinstance(v, int) else "string"} for k, v in value.items()}}
           if isinstance(value, dict) else {}),
    }  # fmt: skip


@pytest.fixture
def call(workbench):
    def judged(location, style, explode, schema, raw, *, required=False, **more):
        """`raw` None: nothing is sent."""
        parameter = {"name": "color", "in": location, "schema": schema, "required": required or location == "path"}
        parameter |= {"style": style, "explode": explode, **more}
        path = "/things/{color}" if location == "path" else "/things"
        operation = workbench.operation(version="3.2.0", method="get", path=path, parameters=[parameter])
        values = (raw or b"",) if location == "path" else ()
        query = raw or b"" if location == "query" else b""
        name = {"header": b"color", "cookie": b"cookie"}.get(location)
        headers = {name: raw} if name is not None and raw is not None else {}
        judgement = operation.judge_request(values, query, headers, b"")
        return [v.rule for v in judgement.violations] or judgement.reason or judgement.outcome

    return judged


TABLE = [
    ("path", "matrix", False, b";color=blue", b";color=blue,black,brown", b";color=R,100,G,200,B,150"),
    ("path", "matrix", True, b";color=blue", b";color=blue;color=black;color=brown", b";R=100;G=200;B=150"),
    ("path", "label", False, b".blue", b".blue,black,brown", b".R,100,G,200,B,150"),
    ("path", "label", True, b".blue", b".blue.black.brown", b".R=100.G=200.B=150"),
    ("path", "simple", False, b"blue", b"blue,black,brown", b"R,100,G,200,B,150"),
    ("path", "simple", True, b"blue", b"blue,black,brown", b"R=100,G=200,B=150"),
    ("header", "simple", False, b"blue", b"blue,black,brown", b"R,100,G,200,B,150"),
    ("header", "simple", True, b"blue", b"blue,black,brown", b"R=100,G=200,B=150"),
    ("query", "form", False, b"color=blue", b"color=blue,black,brown", b"color=R,100,G,200,B,150"),
    ("query", "form", True, b"color=blue", b"color=blue&color=black&color=brown", b"R=100&G=200&B=150"),
    ("query", "spaceDelimited", False, None, b"color=blue%20black%20brown", b"color=R%20100%20G%20200%20B%20150"),
    ("query", "spaceDelimited", True, None, None, None),
    ("query", "pipeDelimited", False, None, b"color=blue%7Cblack%7Cbrown", b"color=R%7C100%7CG%7C200%7CB%7C150"),
    ("query", "pipeDelimited", True, None, None, None),
    ("query", "deepObject", False, None, ..., b"color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ("query", "deepObject", True, None, ..., b"color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150"),
    ("cookie", "form", False, b"color=blue", b"color=blue,black,brown", b"color=R,100,G,200,B,150"),
    ("cookie", "form", True, b"color=blue", None, None),
    ("cookie", "cookie", False, b"color=blue", None, None),
    ("cookie", "cookie", True, b"color=blue", b"color=blue; color=black; color=brown", b"R=100; G=200; B=150"),
]
"""None: undefined. `...`: a list as `deepObject` is undefined too, and read as the servers that use it do."""
CELLS = [
    (location, style, explode, value, raw)
    for location, style, explode, *cells in TABLE
    for value, raw in zip((STRING, ARRAY, OBJECT), cells, strict=True)
]


@pytest.mark.parametrize(
    ("location", "style", "explode", "value", "raw"), [c for c in CELLS if isinstance(c[4], bytes)]
)
def test_a_cell_is_read_as_the_table_has_it(call, location, style, explode, value, raw):
    assert call(location, style, explode, schema_of(value), raw) == "conforms"
    other = {str: "x", list: ["x"], dict: {"x": 1}}[type(value)]
    assert call(location, style, explode, {**schema_of(value), "const": other}, raw) == ["const"], "it was judged"


@pytest.mark.parametrize(("location", "style", "explode", "value", "raw"), [c for c in CELLS if c[4] is None])
@pytest.mark.parametrize("sent", [b"color=blue", b"color=blue,black", b"R=100"])
def test_a_cell_that_is_undefined_could_not_be_checked(call, location, style, explode, value, raw, sent):
    schema = schema_of(value)
    spread = isinstance(value, dict) and explode and style in ("form", "cookie")
    if sent == b"R=100" and not spread:
        return  # another name
    if sent != b"R=100" and spread:
        return  # as above
    reason = call(location, style, explode, schema, sent)

    assert "defined" in reason
    assert style in reason
    assert call(location, style, explode, schema, None) == "conforms", "where it is not sent there is nothing to check"
    assert call(location, style, explode, schema, None, required=True) == ["required"]


def test_where_nothing_is_asked_of_it_nothing_is_left_unchecked(call):
    assert call("query", "spaceDelimited", False, {"type": "string"}, b"color=a") == "conforms"
    assert call("query", "deepObject", True, {}, b"color=a") == "conforms"


@pytest.mark.parametrize(
    ("location", "style", "explode", "value", "raw"), [c for c in CELLS if isinstance(c[4], bytes)]
)
def test_what_is_missing(call, location, style, explode, value, raw):
    """RFC 6570 leaves an undefined value out, and with it an empty list and an empty object."""
    expected = ["required"] if location == "path" else "conforms"
    assert call(location, style, explode, schema_of(value), None) == expected
    assert call(location, style, explode, schema_of(value), None, required=True) == ["required"]


@pytest.mark.parametrize(
    ("location", "style", "explode", "value", "raw"),
    [
        ("path", "matrix", False, "", b";color"),
        ("path", "matrix", True, "", b";color="),
        ("path", "label", False, "", b"."),
        ("header", "simple", False, "", b""),
        ("header", "simple", False, [], b""),
        ("query", "form", False, "", b"color="),
        ("query", "form", True, "", b"color"),
        ("query", "form", False, [], b"color="),
        ("query", "form", True, [""], b"color="),
        ("query", "form", True, ["", ""], b"color=&color="),
        ("query", "form", False, ["", ""], b"color=,"),
        ("query", "form", True, {"R": ""}, b"R="),
        ("query", "spaceDelimited", False, [], b"color="),
        ("query", "pipeDelimited", False, ["", ""], b"color=|"),
        ("query", "deepObject", True, {"R": ""}, b"color[R]="),
        ("cookie", "form", False, "", b"color="),
        ("cookie", "cookie", True, "", b"color="),
    ],
)
def test_what_is_empty(call, location, style, explode, value, raw):
    assert call(location, style, explode, schema_of(value), raw) == "conforms"


@pytest.mark.parametrize(
    ("location", "style", "explode", "value", "raw"),
    [
        ("path", "simple", False, ["a,b", "c"], b"a%2Cb,c"),
        ("path", "simple", True, {"a=b": "c,d"}, b"a%3Db=c%2Cd"),
        ("path", "label", False, ["a,b", "c"], b".a%2cb,c"),
        ("path", "label", True, ["a.b", "c"], b".a%2Eb.c"),
        ("path", "matrix", True, ["a;b", "c"], b";color=a%3Bb;color=c"),
        ("path", "simple", False, "a/b?c#d", b"a%2Fb%3Fc%23d"),
        ("path", "simple", False, "a+b", b"a+b"),
        ("query", "form", False, ["a,b", "c"], b"color=a%2Cb,c"),
        ("query", "form", True, ["a&b", "c=d", "e,f"], b"color=a%26b&color=c%3Dd&color=e,f"),
        ("query", "form", True, ["c=d"], b"color=c=d"),
        ("query", "form", True, {"a&b": "c d"}, b"a%26b=c+d"),
        ("query", "form", False, {"a,b": "c"}, b"color=a%2Cb,c"),
        ("query", "pipeDelimited", False, ["a,b", "c"], b"color=a,b|c"),
        ("query", "pipeDelimited", False, ["a", "b", "c"], b"color=a%7Cb|c"),
        ("query", "spaceDelimited", False, ["a", "b", "c"], b"color=a%20b+c"),
        ("query", "spaceDelimited", False, ["a+b", "c"], b"color=a%2Bb%20c"),
        ("query", "deepObject", True, {"a&b": "c[d]"}, b"color%5Ba%26b%5D=c%5Bd%5D"),
        ("header", "simple", False, ["a%2Cb", "c"], b"a%2Cb, c"),
        ("cookie", "form", False, ["a,b", "c+d"], b"color=a%2Cb,c+d"),
        ("cookie", "form", False, "a;b", b"color=a%3Bb"),
        ("cookie", "cookie", True, "a%2Cb", b"color=a%2Cb"),
        ("cookie", "cookie", True, ["a,b", "c"], b"color=a,b; color=c"),
        ("cookie", "cookie", True, {"greeting": "Hello%2C%20world!"}, b"greeting=Hello%2C%20world!"),
    ],
)
def test_an_encoded_delimiter_is_data(call, location, style, explode, value, raw):
    """But for those of `spaceDelimited` and `pipeDelimited`, which are always encoded: there is no other way to send them."""
    assert call(location, style, explode, schema_of(value), raw) == "conforms"


@pytest.mark.parametrize("reserved", [False, True])
@pytest.mark.parametrize("raw", [b"color=:/?@!$'()*;=", b"color=%3A%2F%3F%40%21%24%27%28%29%2A%3B%3D"])
def test_reserved_characters_read_the_same_whatever_allow_reserved_says(call, reserved, raw):
    """It says what a sender must encode; what was sent has one meaning either way."""
    assert call("query", "form", True, schema_of(":/?@!$'()*;="), raw, allowReserved=reserved) == "conforms"


def test_a_delimiter_that_allow_reserved_leaves_as_it_is_still_delimits(call):
    """Senders have to encode it themselves (OpenAPI 3.2, "Parameter Object", `allowReserved`)."""
    assert call("query", "form", False, schema_of(["a", "b"]), b"color=a,b", allowReserved=True) == "conforms"
    assert call("query", "form", False, schema_of(["a,b"]), b"color=a%2Cb", allowReserved=True) == "conforms"


@pytest.mark.parametrize(
    ("style", "schema", "raw", "expected"),
    [
        ("form", {"type": "integer"}, b"color=", "conforms"),
        ("form", {"type": "integer"}, b"color", "conforms"),
        ("form", {"type": "integer"}, b"color=&color=", ["style"]),
        ("form", {"type": "integer"}, b"color=x", ["type"]),
        ("form", {"type": "array", "items": {"type": "integer"}}, b"color=", "conforms"),
        ("form", {"type": "array", "items": {"type": "integer"}}, b"color=&color=1", ["type"]),
        ("deepObject", {"type": "object", "properties": RGB}, b"color=", ["style"]),
        ("pipeDelimited", {"type": "array", "minItems": 1}, b"color=", "conforms"),
    ],
)
def test_allow_empty_value(call, style, schema, raw, expected):
    """Passed over where the style could not write an empty value (OpenAPI 3.x, `allowEmptyValue`)."""
    assert call("query", style, style == "form", schema, raw, allowEmptyValue=True) == expected


def test_a_cookie_that_is_an_object_names_its_members(workbench):
    parameter = {"name": "c", "in": "cookie", "style": "cookie", "schema": {"type": "object", "properties": RGB}}
    operation = workbench.operation(version="3.2.0", method="get", parameters=[parameter])

    assert operation.cookie_names == {b"R", b"G", b"B"}
