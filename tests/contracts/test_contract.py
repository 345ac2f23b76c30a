"""Contracts: operations as OpenAPI 3.0, 3.1 and 3.2 mean them, and every fault of a document at its line."""

import json

import pytest
from outside_documents import CORPUS, some_documents

from contracts.contract import examine, read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document, parse_document


def document(paths, openapi="3.1.0", **more):
    tree = {"openapi": openapi, "info": {"title": "T", "version": "1.2.0"}, "paths": paths, **more}
    return parse_document(json.dumps(tree, indent=1).encode(), "openapi.json")


def contract(paths, openapi="3.1.0", **more):
    return read_contract(document(paths, openapi, **more))


def get(**more):
    return {"get": {"responses": {"200": {"description": "fine"}}, **more}}


def faults(paths, openapi="3.1.0", **more):
    with pytest.raises(InvalidInputError) as caught:
        contract(paths, openapi, **more)
    return caught.value.diagnostics


def parameter(name, location="query", **more):
    return {
        "name": name,
        "in": location,
        "schema": {"type": "string"},
        **({"required": True} if location == "path" else {}),
        **more,
    }


@pytest.mark.parametrize(
    ("stated", "version"),
    [("3.0.0", "3.0"), ("3.0.4", "3.0"), ("3.1.1", "3.1"), ("3.2.0", "3.2"), ("3.1.0-rc1", "3.1")],
)
def test_versions_that_are_read(stated, version):
    read = contract({}, stated)
    assert (read.version, read.title, read.stated_version, read.operations) == (version, "T", "1.2.0", ())


def test_a_version_that_yaml_took_for_a_number_is_read_with_a_warning():
    read = read_contract(parse_document(b"openapi: 3.1\ninfo: {title: T, version: 1.0}\npaths: {}\n"))
    assert read.version == "3.1"
    assert [(w.code, w.line) for w in read.warnings] == [("openapi-version", 1), ("wrong-type", 2)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"swagger: '2.0'\npaths: {}\n", "swagger-2"),
        (b"info: {}\n", "not-openapi"),
        (b"openapi: 4.0.0\n", "openapi-version"),
        (b"openapi: 3.10.0\n", "openapi-version"),
        (b"openapi: [3]\n", "openapi-version"),
        (b"openapi: 3.0.0\ninfo: {title: T, version: 1.0.0}\n", "missing-paths"),
        (b"openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\n", "missing-paths"),
        (b"openapi: 3.1.0\npaths: []\n", "wrong-type"),
    ],
)
def test_what_is_no_contract(text, code):
    with pytest.raises(InvalidInputError) as caught:
        read_contract(parse_document(text))
    fault = caught.value.diagnostics[0]
    assert (fault.code, fault.line) == (code, 2 if code == "wrong-type" else 1)
    assert fault.remedy


def test_paths_may_be_left_out_beside_webhooks_or_components_from_3_1():
    read = read_contract(parse_document(b"openapi: 3.1.0\ninfo: {title: T, version: 1.0.0}\nwebhooks: {}\n"))
    assert read.operations == ()


def test_methods_of_a_path_item():
    item = {m: get()["get"] for m in ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")}
    item |= {
        "summary": "s",
        "servers": [],
        "x-get": {},
        "additionalOperations": {"COPY": get()["get"], "LinkTo": get()["get"]},
    }
    methods = [o.method for o in contract({"/a": item}, "3.2.0").operations]
    assert methods == ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE", "QUERY", "COPY", "LinkTo"]
    older = contract({"/a": item}, "3.1.0")
    assert [o.method for o in older.operations] == methods[:8]
    assert {w.code for w in older.warnings} == {"newer-key"}
    pointers = [o.pointer for o in contract({"/a": item}, "3.2.0").operations]
    assert pointers[0] == "/paths/~1a/get"
    assert pointers[-1] == "/paths/~1a/additionalOperations/LinkTo"


@pytest.mark.parametrize("method", ["get", "POST", "query", "b c", ""])
def test_additional_operations_have_methods_of_their_own(method):
    (fault,) = faults({"/a": {"additionalOperations": {method: get()["get"]}}}, "3.2.0")
    assert fault.code == "method"


def test_path_items_by_reference():
    item = {
        "parameters": [parameter("id", "path"), parameter("q")],
        "get": {"responses": {}, "parameters": [parameter("q", style="pipeDelimited")]},
    }
    read = contract(
        {
            "/a/{id}": {"$ref": "#/components/pathItems/one"},
            "/b/{id}": {"$ref": "#/components/pathItems/one", "post": {"responses": {}}},
        },
        components={"pathItems": {"one": {"$ref": "#/components/pathItems/two"}, "two": item}},
    )
    assert [(o.method, o.path, o.pointer) for o in read.operations] == [
        ("GET", "/a/{id}", "/paths/~1a~1{id}/get"),
        ("POST", "/b/{id}", "/paths/~1b~1{id}/post"),
        ("GET", "/b/{id}", "/paths/~1b~1{id}/get"),
    ]
    assert len({o.operation_id for o in read.operations}) == 3
    for operation in read.operations:
        assert isinstance(read.document.resolve(operation.pointer), dict)
        assert read.document.position(operation.pointer)[1] > 0
    first = read.operations[0]
    assert [(p.name, p.style, p.pointer) for p in first.parameters] == [
        ("id", "simple", "/components/pathItems/two/parameters/0"),
        ("q", "pipeDelimited", "/components/pathItems/two/get/parameters/0"),
    ]


@pytest.mark.parametrize(
    ("location", "style", "explode"),
    [
        ("path", "simple", False),
        ("query", "form", True),
        ("header", "simple", False),
        ("cookie", "form", True),
        ("querystring", "form", True),
    ],
)
def test_styles_by_default(location, style, explode):
    described = parameter("p", location)
    if location == "querystring":
        described = {"name": "p", "in": location, "content": {"application/json": {"schema": True}}}
    read = contract({"/a/{p}" if location == "path" else "/a": get(parameters=[described])}, "3.2.0")
    found = read.operations[0].parameters[0]
    assert (found.style, found.explode, found.required) == (style, explode, location == "path")
    assert not found.allow_reserved
    assert not found.allow_empty_value


@pytest.mark.parametrize(
    ("style", "explode"), [("form", True), ("spaceDelimited", False), ("pipeDelimited", False), ("deepObject", False)]
)
def test_explode_follows_the_style(style, explode):
    read = contract({"/a": get(parameters=[parameter("p", style=style, allowReserved=True, allowEmptyValue=True)])})
    found = read.operations[0].parameters[0]
    assert (found.style, found.explode, found.allow_reserved, found.allow_empty_value) == (style, explode, True, True)
    read = contract({"/a": get(parameters=[parameter("p", style=style, explode=not explode)])})
    assert read.operations[0].parameters[0].explode is not explode


def test_an_operation_overrides_by_name_and_location():
    shared = [parameter("a"), parameter("a", "header"), parameter("X-Tag", "header"), parameter("b", required=True)]
    own = [parameter("a", required=True), parameter("x-tag", "header", required=True)]
    read = contract({"/p": {"parameters": shared, **get(parameters=own)}})
    assert [(p.name, p.location, p.required) for p in read.operations[0].parameters] == [
        ("a", "header", False), ("b", "query", True), ("a", "query", True), ("x-tag", "header", True),
    ]  # fmt: skip


def test_headers_that_openapi_says_elsewhere_are_passed_over():
    names = ["Accept", "content-type", "AUTHORIZATION", "If-Match"]
    read = contract({"/p": get(parameters=[parameter(name, "header") for name in names])})
    assert [p.name for p in read.operations[0].parameters] == ["If-Match"]


def test_bodies_and_responses_with_their_pointers():
    schemas = {"A": {"type": "object"}}
    media = {"application/json": {"schema": {"$ref": "#/components/schemas/A"}, "encoding": {"a": {"style": "form"}}}}
    read = contract(
        {
            "/a": {
                "post": {
                    "requestBody": {"$ref": "#/components/requestBodies/R"},
                    "responses": {
                        "200": {"$ref": "#/components/responses/ok"}, "2xx": {"description": ""}, "default": {"description": ""},
                        "x-note": 1,
                    },
                    "x-extension": {"a": 1}, "deprecated": True,
                }
            }
        },
        components={
            "schemas": schemas,
            "requestBodies": {"R": {"required": True, "content": media}},
            "responses": {
                "ok": {
                    "description": "", "content": media,
                    "headers": {"ETag": {"$ref": "#/components/headers/E"}, "Content-Type": {"schema": {}}},
                }
            },
            "headers": {"E": {"required": True, "schema": {"type": "string"}}},
        },
    )  # fmt: skip
    (operation,) = read.operations
    body = operation.request_body
    assert body is not None
    assert (body.required, body.pointer) == (True, "/components/requestBodies/R")
    described = body.content["application/json"]
    assert described.schema == {"$ref": "#/components/schemas/A"}
    assert described.pointer == "/components/requestBodies/R/content/application~1json"
    assert described.encoding == {"a": {"style": "form"}}
    assert list(operation.responses) == ["200", "2XX", "default"]
    ok = operation.responses["200"]
    assert ok.pointer == "/components/responses/ok"
    assert list(ok.headers) == ["ETag"]
    header = ok.headers["ETag"]
    assert (header.location, header.required, header.style, header.explode, header.pointer) == (
        "header", True, "simple", False, "/components/headers/E",
    )  # fmt: skip
    assert operation.deprecated
    assert operation.extensions == {"x-extension": {"a": 1}}


def test_item_schemas_of_3_2():
    content = {
        "application/jsonl": {"itemSchema": {"type": "object"}},
        "text/plain": {"$ref": "#/components/mediaTypes/T"},
    }
    read = contract(
        {"/a": {"get": {"responses": {"200": {"description": "", "content": content}}}}}, "3.2.0",
        components={"mediaTypes": {"T": {"schema": True}}},
    )  # fmt: skip
    found = read.operations[0].responses["200"].content
    assert (found["application/jsonl"].schema, found["application/jsonl"].item_schema) == (None, {"type": "object"})
    assert found["text/plain"].schema is True
    assert found["text/plain"].pointer == "/components/mediaTypes/T"


SCHEMES = {
    "oauth": {"type": "oauth2", "flows": {}}, "oidc": {"type": "openIdConnect"}, "jwt": {"type": "http", "scheme": "Bearer"},
    "basic": {"type": "http", "scheme": "basic"}, "key": {"type": "apiKey", "in": "header", "name": "k"},
    "tls": {"type": "mutualTLS"}, "ref": {"$ref": "#/components/securitySchemes/oauth"}, "odd": {"type": "magic"}, "bad": [],
}  # fmt: skip


def security_of(paths, **more):
    found, _ = examine(document(paths, components={"securitySchemes": SCHEMES}, **more))
    assert found is not None
    return found.operations[0].security


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("oauth", "oauth2"), ("oidc", "oauth2"), ("ref", "oauth2"), ("jwt", "bearer"), ("key", "api_key"),
        ("basic", "unsupported"), ("tls", "unsupported"), ("odd", "unsupported"), ("bad", "unsupported"), ("none", "unsupported"),
    ],
)  # fmt: skip
def test_kinds_of_security(name, kind):
    security = security_of({"/a": get(security=[{name: ["read"]}])})
    ((use,),) = security
    assert (use.name, use.kind, use.scopes, use.pointer) == (name, kind, {"read"}, f"/paths/~1a/get/security/0/{name}")


def test_security_by_root_and_operation():
    assert security_of({"/a": get()}) is None
    assert security_of({"/a": get(security=[])}) == ()
    assert security_of({"/a": get()}, security=[]) == ()
    assert security_of({"/a": get(security=[{}])}) == ((),)
    ((root,),) = security_of({"/a": get()}, security=[{"jwt": []}])
    assert (root.kind, root.pointer) == ("bearer", "/security/0/jwt")
    assert security_of({"/a": get(security=[])}, security=[{"jwt": []}]) == ()
    both, nobody = security_of({"/a": get(security=[{"jwt": [], "key": []}, {}])})
    assert [use.kind for use in both] == ["bearer", "api_key"]
    assert nobody == ()


@pytest.mark.parametrize(
    "security", [{"jwt": []}, "none", [["jwt"]], [{"jwt": "read"}], [{"jwt": [1]}], [{"jwt": None}], False, 0, ""]
)
def test_security_that_cannot_be_read_is_never_open(security):
    found = security_of({"/a": get(security=security)})
    assert found
    assert all(uses and all(use.kind == "unsupported" for use in uses) for uses in found)
    assert "wrong-type" in {
        f.code for f in faults({"/a": get(security=security)}, components={"securitySchemes": SCHEMES})
    }


def test_a_null_security_is_no_statement():
    assert security_of({"/a": get()}, security=None) is None


def test_an_undefined_scheme_is_told_once():
    item = get(security=[{"gone": []}])
    read = contract({"/a": item, "/b": item})
    assert [w.code for w in read.warnings] == ["undefined-scheme"]


def test_ids_are_made_where_none_are_stated():
    paths = {
        "/orders/{id}": get(parameters=[parameter("id", "path")]),
        "/orders-id": get(),
        "/x": get(operationId="get_orders_id"),
    }
    assert [o.operation_id for o in contract(paths).operations] == [
        "get_orders_id_2",
        "get_orders_id_3",
        "get_orders_id",
    ]


@pytest.mark.parametrize(
    ("paths", "code", "pointer"),
    [
        ({"/a": get(operationId="x"), "/b": get(operationId="x")}, "duplicate-operation-id", "/paths/~1b/get/operationId"),
        ({"/a": get(operationId=7)}, "wrong-type", "/paths/~1a/get/operationId"),
        ({"/a/{id}": get()}, "path-parameter-undeclared", "/paths/~1a~1{id}/get/parameters"),
        ({"/a/{id}": get(parameters=[parameter("ID", "path")])}, "path-parameter-undeclared", "/paths/~1a~1{id}/get/parameters"),
        ({"/a": get(parameters=[parameter("p"), parameter("p")])}, "duplicate-parameter", "/paths/~1a/get/parameters/1"),
        ({"/a": get(parameters=[parameter("P", "header"), parameter("p", "header")])}, "duplicate-parameter", "/paths/~1a/get/parameters/1"),
        ({"/a": get(parameters=[{"in": "query"}])}, "missing-key", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters=[parameter("b", "body")])}, "parameter-location", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters=[{"name": "b"}])}, "parameter-location", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters=[parameter("b", {"type": "x"})])}, "parameter-location", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters=["p"])}, "wrong-type", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters={})}, "wrong-type", "/paths/~1a/get/parameters"),
        ({"/a": get(parameters=[parameter("p", style="deep")])}, "parameter-style", "/paths/~1a/get/parameters/0/style"),
        ({"/a": get(parameters=[parameter("p", content={})])}, "schema-and-content", "/paths/~1a/get/parameters/0"),
        ({"/a": get(parameters=[{**parameter("p"), "schema": 7}])}, "wrong-type", "/paths/~1a/get/parameters/0/schema"),
        ({"/a": get(requestBody={})}, "missing-key", "/paths/~1a/get/requestBody"),
        ({"/a": get(requestBody=[])}, "wrong-type", "/paths/~1a/get/requestBody"),
        ({"/a": get(responses={"20": {}})}, "status", "/paths/~1a/get/responses/20"),
        ({"/a": get(responses=[])}, "wrong-type", "/paths/~1a/get/responses"),
        ({"/a": get(responses={"200": "fine"})}, "wrong-type", "/paths/~1a/get/responses/200"),
        ({"/a": []}, "wrong-type", "/paths/~1a"),
        ({"/a": {"get": []}}, "wrong-type", "/paths/~1a/get"),
        ({"a": get()}, "path-template", "/paths/a"),
        ({"/a?b={c}": get()}, "path-template", "/paths/~1a?b={c}"),
        ({"/a/{x}": get(parameters=[parameter("x", "path")]), "/a/{y}": get(parameters=[parameter("y", "path")])}, "paths-collapse", "/paths/~1a~1{y}"),
        ({"/a": get(responses={"200": {"$ref": "#/components/responses/no"}})}, "dangling-reference", "/paths/~1a/get/responses/200/$ref"),
        ({"/a": {"$ref": "#/paths/~1a"}}, "circular-reference", "/paths/~1a/$ref"),
    ],
)  # fmt: skip
def test_faults_and_their_places(paths, code, pointer):
    found = faults(paths)
    assert [(f.code, f.pointer, f.severity) for f in found] == [(code, pointer, "error")]
    assert found[0].line > 1
    assert found[0].message
    assert found[0].remedy


def test_all_faults_are_told_at_once():
    paths = {"/a/{id}": get(operationId="x"), "/b": get(operationId="x", parameters=[{}]), "/c": {"$ref": "#/no"}}
    assert {f.code for f in faults(paths)} == {
        "path-parameter-undeclared", "duplicate-operation-id", "missing-key", "dangling-reference",
    }  # fmt: skip


def test_a_dangling_reference_has_a_nearest_name():
    (fault,) = faults(
        {"/a": get(responses={"200": {"$ref": "#/components/responses/Ordr"}})},
        components={"responses": {"Order": {"description": ""}}},
    )
    assert fault.remedy == "write `#/components/responses/Order`"
    (fault,) = faults({"/a": get(responses={"200": {"$ref": "#/components/responses/Ordr"}})})
    assert "#/components/responses" in fault.remedy


def test_anchors_and_names_of_schemas_are_references_from_3_1():
    schemas = {
        "A": {"$anchor": "a"},
        "B": {"$ref": "#a"},
        "C": {"$id": "https://x/c"},
        "D": {"$ref": "https://x/c"},
        "E": {"$ref": "#no"},
    }
    assert [f.pointer for f in faults({}, components={"schemas": schemas})] == ["/components/schemas/E/$ref"]
    assert "/components/schemas/B/$ref" in {f.pointer for f in faults({}, "3.0.3", components={"schemas": schemas})}


def test_references_that_go_round_in_schemas_are_fine_and_empty_circles_are_not():
    schemas = {"Tree": {"properties": {"child": {"$ref": "#/components/schemas/Tree"}}}}
    assert contract({}, components={"schemas": schemas}).warnings == ()
    schemas = {"A": {"$ref": "#/components/schemas/B"}, "B": {"$ref": "#/components/schemas/A"}}
    assert {f.code for f in faults({}, components={"schemas": schemas})} == {"circular-reference"}


@pytest.mark.parametrize(
    ("paths", "code"),
    [
        ({"/a": {"get": {}}}, "no-responses"),
        ({"/a": get(parameters=[{"name": "p", "in": "query"}])}, "no-schema"),
        ({"/a": get(parameters=[parameter("p", "path")])}, "path-parameter-unused"),
        ({"/a/{p}": get(parameters=[{"name": "p", "in": "path", "schema": {}}])}, "path-parameter-optional"),
        ({"/a": {"query": {"responses": {}}}}, "newer-key"),
    ],
)
def test_what_is_served_with_a_warning(paths, code):
    assert [(w.code, w.severity) for w in contract(paths).warnings] == [(code, "warning")]


def test_examine_reads_what_can_be_read():
    found, diagnostics = examine(document({"/a/{id}": get(), "/b": get()}))
    assert found is not None
    assert [o.path for o in found.operations] == ["/a/{id}", "/b"]
    assert [d.code for d in diagnostics] == ["path-parameter-undeclared"]
    assert examine(parse_document(b"swagger: '2.0'\n"))[0] is None


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no folder with outside documents")
@pytest.mark.timeout(300)
def test_every_document_of_the_corpus_is_examined():
    read = refused = 0
    for path in some_documents():
        try:
            found, diagnostics = examine(load_document(path))
        except InvalidInputError as error:
            found, diagnostics = None, error.diagnostics
        assert found is not None or diagnostics
        assert all(d.line for d in diagnostics), path.name
        read, refused = read + (found is not None), refused + (found is None)
    assert read > 50 * refused
