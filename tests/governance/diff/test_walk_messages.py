"""Bodies, answers and their headers, media types and encodings."""

import pytest
from walked import line, lines, of, walked

TEXT = {"type": "string"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def body(content, **more):
    return of({"requestBody": {"content": content, **more}}, method="post")


def answer(content, status="200", **more):
    return of({"responses": {status: {"description": "", "content": content, **more}}})


@pytest.mark.parametrize("required", [True, False])
def test_a_body_that_came_or_went(required):
    empty, full = of({}, method="post"), body({JSON: {"schema": TEXT}}, required=required)

    (came,), (went,) = walked(empty, full).changes, walked(full, empty).changes

    assert (line(came), came.traits.required) == ("body body adds request: request body", required)
    assert (line(went), went.traits.required) == ("body body removes request: request body", required)


def test_whether_a_body_is_required():
    optional, needed = body({JSON: {}}, description="a"), body({JSON: {}}, required=True)

    assert lines(optional, needed) == [
        "body description removes request: request body",
        "body required narrows request: request body",
    ]
    assert "body required widens request: request body" in lines(needed, optional)


def test_a_schema_that_came_under_a_media_type():
    found = walked(body({JSON: {}}), body({JSON: {"schema": TEXT}}))

    (site,) = found.sites
    assert (found.changes, site.old, site.new) == (
        [],
        None,
        "/paths/~1orders/post/requestBody/content/application~1json/schema",
    )


@pytest.mark.parametrize(
    ("old", "new", "request_facts", "response_facts"),
    [
        (["application/json"], ["Application/JSON"], [], []),
        (["application/json"], ["application/json; charset=utf-8"], [], []),
        (["application/json"], ["application/json;charset=latin1"], ["name narrows"], ["name narrows"]),
        (["a/b;v=1"], ["a/b"], ["name widens"], ["name widens"]),
        (["a/b;v=1"], ["a/b; v=2"], ["name changes"], ["name changes"]),
        (["a/b;v=1", "a/b"], ["a/b", "a/b;v=1"], [], []),
        (["application/json"], ["application/*"], ["name widens"], ["name widens"]),
        (["application/*"], ["application/json"], ["name narrows"], ["name narrows"]),
        (["application/json"], ["*/*"], ["name widens"], ["name widens"]),
        (["*/*", "application/*"], ["application/*", "*/*"], [], []),
        (["application/*"], ["application/*", "application/json"], [], []),
        (["application/json", "*/*"], ["*/*"], [], []),
        (["application/json", "a/b"], ["application/*", "a/b"], ["name widens"], ["name widens"]),
        (["application/json"], ["image/*"], ["media-type adds", "media-type removes"], ["media-type adds", "media-type removes"]),
        (["application/problem+json"], ["application/json"], ["name changes"], ["name widens"]),
        (["application/json"], ["application/problem+json"], ["name changes"], ["name changes"]),
        (["application/a+json"], ["application/b+json"], ["name changes"], ["name changes"]),
        (["text/xml"], ["application/atom+xml"], ["name changes"], ["name changes"]),
        (["application/json"], ["text/plain"], ["media-type adds", "media-type removes"], ["media-type adds", "media-type removes"]),
        (["application/json"], ["application/json", "text/csv"], ["media-type adds"], ["media-type adds"]),
    ],
)  # fmt: skip
def test_names_of_media_types(old, new, request_facts, response_facts):
    contents = [{name: {"schema": TEXT} for name in names} for names in (old, new)]

    for make, expected in ((body, request_facts), (answer, response_facts)):
        found = walked(*(make(content) for content in contents)).changes
        assert sorted(f"{change.kind} {change.effect}" for change in found) == expected


def test_schemas_are_compared_across_a_range_that_stays():
    old = body({"application/*": {"schema": TEXT}})
    new = body({"application/*": {"schema": TEXT}, JSON: {"schema": {"type": "integer"}}})

    (site,) = walked(old, new).sites

    assert site.old.endswith("/application~1*/schema")
    assert site.new.endswith("/application~1json/schema")


def test_what_a_media_type_says_of_itself():
    components = {"examples": {"One": {"value": 1}}}
    old = body({JSON: {"examples": {"a": {"value": 1}}, "x-a": 1}}) | {"components": components}
    same = body({JSON: {"examples": {"a": {"$ref": "#/components/examples/One"}}, "x-a": 1}}) | {
        "components": components
    }
    new = body({JSON: {"examples": {"a": {"value": True}}, "x-a": "1"}}) | {"components": components}

    assert lines(old, same) == []
    assert lines(old, new) == [
        "media-type examples changes request: request body application/json",
        "media-type extension changes request: request body application/json x-a",
    ]


def test_items_of_a_stream_since_3_2():
    old, new = (answer({"application/jsonl": {"itemSchema": {"type": kind}}}) for kind in ("string", "integer"))

    assert [site.use.where for site in walked(old, new, "3.2.0").sites] == ["response 200 application/jsonl item"]


def test_answers_that_came_and_went():
    old = of({"responses": {"200": {"description": ""}, "404": {"description": ""}}})
    new = of({"responses": {"200": {"description": ""}, "201": {"description": ""}}})

    assert lines(old, new) == [
        "response response adds response: response 201",
        "response response removes response: response 404",
    ]


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        (["200"], ["2XX"], ["range widens"]),
        (["2XX"], ["200"], ["range narrows"]),
        (["2xx"], ["2XX"], []),
        (["200", "2XX"], ["2XX"], ["range widens"]),
        (["2XX"], ["2XX", "201"], ["range narrows"]),
        (["200", "404"], ["200", "default"], ["range widens"]),
        (["200", "404", "default"], ["200", "default"], ["range widens"]),
        (["200", "default"], ["404", "default"], ["range narrows", "range widens"]),
        (["200", "default"], ["201", "default"], ["response adds", "response removes"]),
        (["200"], ["default"], ["range widens"]),
        (["default"], ["200"], ["range narrows"]),
        (["200"], ["200", "default"], ["response adds"]),
        (["200", "4XX"], ["200"], ["response removes"]),
        (["200", "4XX"], ["200", "5XX"], ["response adds", "response removes"]),
        (["200", "4XX"], ["200", "default"], ["range widens"]),
    ],
)
def test_statuses_and_ranges(old, new, facts):
    trees = [of({"responses": {status: {"description": ""} for status in statuses}}) for statuses in (old, new)]

    assert sorted(f"{change.kind} {change.effect}" for change in walked(*trees).changes) == facts


def test_an_answer_is_compared_with_the_range_that_covers_it():
    old, new = answer({JSON: {"schema": TEXT}}), answer({JSON: {"schema": {"type": "integer"}}}, "2XX")

    (site,) = walked(old, new).sites

    assert (site.direction, site.use.where) == ("response", "response 2XX application/json")
    assert ("/200/" in site.old, "/2XX/" in site.new) == (True, True)


def headers(**stated):
    return answer({}, headers={name.replace("_", "-"): value for name, value in stated.items()})


def test_headers_of_answers():
    old = headers(ETag={"required": True, "schema": TEXT}, Content_Type={"schema": TEXT}, X_Old={"schema": TEXT})
    new = headers(etag={"schema": {"type": "integer"}, "deprecated": True}, X_New={"required": True, "schema": TEXT})

    found = walked(old, new)

    assert sorted(line(change) for change in found.changes) == [
        "header deprecated adds response: response 200 header etag",
        "header header adds response: response 200 header X-New",
        "header header removes response: response 200 header X-Old",
        "header required widens response: response 200 header etag",
    ]
    assert {c.subject: c.traits.required for c in found.changes if c.kind == "header"} == {
        "response 200 header X-New": True,
        "response 200 header X-Old": False,
    }
    assert [(site.text, site.use.where) for site in found.sites] == [(True, "response 200 header etag")]


def test_how_a_header_is_written():
    old, new = (headers(X_A={"schema": {"type": "object"}, "explode": flag}) for flag in (False, True))

    assert lines(old, new) == ["header explode changes response: response 200 header X-A"]


def test_a_shared_header_is_one_change():
    def tree(required):
        responses = {
            status: {"description": "", "headers": {"X-A": {"$ref": "#/components/headers/A"}}}
            for status in ("200", "400")
        }
        return of({"responses": responses}, components={"headers": {"A": {"required": required, "schema": TEXT}}})

    (change,) = walked(tree(False), tree(True)).changes

    assert [use.where for use in change.reach] == ["response 200 header X-A", "response 400 header X-A"]
    assert change.identity == "headers A required"


def test_links():
    def links(**stated):
        return answer({}, links=stated)

    old = links(a={"operationId": "get", "parameters": {"id": "$response.body#/id"}}, b={"operationId": "x"})
    new = links(a={"operationId": "find", "parameters": {"id": "$request.path.id"}, "description": "a"}, c={})

    assert lines(old, new) == [
        "link description adds response: response 200 link a",
        "link link adds response: response 200 link c",
        "link link removes response: response 200 link b",
        "link target changes response: response 200 link a",
        "link target changes response: response 200 link a",
    ]


PROPERTIES = {"a": TEXT, "o": {"type": "object"}, "l": {"type": "array", "items": {"type": "object"}}, "any": {}}


def parts(media, **encoding):
    return body({media: {"schema": {"type": "object", "properties": PROPERTIES}, "encoding": encoding}})


@pytest.mark.parametrize(
    ("media", "old", "new", "facts"),
    [
        ("multipart/form-data", {}, {"a": {"contentType": "text/plain"}}, []),
        ("multipart/form-data", {}, {"o": {"contentType": "application/json"}}, []),
        ("multipart/form-data", {}, {"l": {"contentType": "application/json"}}, []),
        ("multipart/form-data", {}, {"a": {"contentType": "text/csv"}}, ["contentType changes"]),
        ("multipart/form-data", {}, {"any": {"contentType": "text/csv"}}, ["contentType adds"]),
        ("multipart/form-data", {"a": {"contentType": "A/B, c/d"}}, {"a": {"contentType": "c/d,a/b"}}, []),
        ("multipart/form-data", {"any": {"contentType": "a/b"}}, {}, ["contentType removes"]),
        ("multipart/form-data", {}, {"a": {"x-a": 1}}, ["extension adds"]),
        (FORM, {}, {"l": {"style": "form", "explode": True}}, []),
        (FORM, {}, {"l": {"explode": False}}, ["explode changes"]),
        (FORM, {}, {"a": {"explode": False}}, []),
        (FORM, {}, {"l": {"style": "pipeDelimited"}}, ["style changes"]),
        (FORM, {}, {"a": {"allowReserved": False}}, []),
        (FORM, {}, {"a": {"allowReserved": True}}, ["allowReserved widens"]),
        (FORM, {"a": {"allowReserved": True}}, {}, ["allowReserved narrows"]),
        (JSON, {}, {"a": {"contentType": "text/csv"}}, []),
    ],
)
def test_encoding_of_parts(media, old, new, facts):
    found = walked(parts(media, **old), parts(media, **new)).changes

    assert [f"{change.kind} {change.effect}" for change in found] == facts


def test_headers_of_parts():
    new = parts("multipart/form-data", a={"headers": {"X-A": {"required": True, "schema": TEXT}}})

    assert lines(parts("multipart/form-data"), new) == [
        "header header adds request: request body multipart/form-data part a header X-A"
    ]


def test_parts_by_position_since_3_2():
    def mixed(*types, rest="a/b"):
        prefix = [{"contentType": name} for name in types]
        return body({"multipart/mixed": {"prefixEncoding": prefix, "itemEncoding": {"contentType": rest}}})

    assert lines(mixed("a/a", "a/b"), mixed("a/c", rest="a/d"), "3.2.0") == [
        "encoding contentType changes request: request body multipart/mixed every part",
        "encoding contentType changes request: request body multipart/mixed part 1",
        "encoding part-encoding removes request: request body multipart/mixed part 2",
    ]
