"""Paths and operations: which one is which, and what came or went."""

import pytest
from walked import OK, lines, of, walked

GET = {"get": {"responses": OK}}


def paths(*names, item=GET, **rest):
    return {"paths": dict.fromkeys(names, item), **rest}


def by_id(name):
    parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    return {"parameters": [parameter], "get": {"responses": OK}}


def test_nothing_changes_nothing():
    tree = paths("/a", "/a/{id}", item=by_id("id"))

    found = walked(tree, tree)

    assert (found.changes, found.sites, found.operations) == ([], [], 2)


def test_the_order_of_keys_does_not_matter():
    one = {"paths": {"/a": {"get": {"summary": "x", "responses": OK}}, "/b": GET}}
    other = {"paths": {"/b": GET, "/a": {"get": {"responses": OK, "summary": "x"}}}}

    assert lines(one, other) == []


def test_order_of_keys_does_not_change_the_result():
    old = {"paths": {"/a": GET, "/b": GET, "/c": GET}}
    new = {"paths": {"/c": {}, "/b": {"get": {"tags": ["x"]}, "post": {}}, "/d": GET}}
    turned = {"paths": dict(reversed(new["paths"].items()))}

    assert walked(old, new).changes == walked(old, turned).changes


def test_a_path_that_went_is_one_change_that_reaches_its_operations():
    item = {"get": {"responses": OK}, "delete": {"responses": OK}}

    (change,) = walked(paths("/a", "/b", item=item), paths("/a", item=item)).changes

    assert (change.area, change.kind, change.effect) == ("path", "path", "removes")
    assert (change.pointer_old, change.pointer_new) == ("/paths/~1b", "/paths")
    assert [(use.method, use.path) for use in change.reach] == [("GET", "/b"), ("DELETE", "/b")]


def test_operations_of_a_path_that_went_stand_apart_where_they_differ():
    item = {"get": {"responses": OK}, "delete": {"deprecated": True, "responses": OK}}

    found = walked(paths("/a", "/b", item=item), paths("/a", item=item)).changes

    assert [(c.kind, c.reach[0].method, c.traits.deprecated_old) for c in found] == [
        ("operation", "GET", False),
        ("operation", "DELETE", True),
    ]


def test_operations_that_came_and_went():
    old = {"paths": {"/a": {"get": {"responses": OK}, "put": {"responses": OK}}}}
    new = {"paths": {"/a": {"get": {"responses": OK}, "post": {"responses": OK}}}}

    assert lines(old, new) == ["operation operation adds: POST /a", "operation operation removes: PUT /a"]


def test_a_renamed_path_parameter_is_one_change():
    old = {"paths": {"/a/{id}": by_id("id")}}
    new = {"paths": {"/a/{orderId}": by_id("orderId")}}

    (change,) = walked(old, new).changes

    assert (change.kind, change.old, change.new) == ("parameter-name", "/a/{id}", "/a/{orderId}")
    assert change.identity == "/a/{} parameter-name"


def test_what_changes_in_a_renamed_parameter_is_still_seen():
    old = {"paths": {"/a/{id}": by_id("id")}}
    new = {"paths": {"/a/{orderId}": by_id("orderId")}}
    new["paths"]["/a/{orderId}"]["parameters"][0] |= {"description": "Its number"}
    new["paths"]["/a/{orderId}"]["parameters"][0]["schema"] = {"type": "integer"}

    found = walked(old, new)

    assert [c.kind for c in found.changes] == ["parameter-name", "description"]
    assert [(s.old, s.new) for s in found.sites] == [
        ("/paths/~1a~1{id}/parameters/0/schema", "/paths/~1a~1{orderId}/parameters/0/schema")
    ]


def test_swapped_names_are_paired_by_position():
    def item(first, second):
        kinds = {first: "string", second: "integer"}
        named = [{"name": n, "in": "path", "required": True, "schema": {"type": t}} for n, t in kinds.items()]
        return {"get": {"parameters": named, "responses": OK}}

    old = {"paths": {"/a/{x}/{y}": item("x", "y")}}
    new = {"paths": {"/a/{y}/{x}": item("y", "x")}}

    found = walked(old, new)

    assert [c.kind for c in found.changes] == ["parameter-name"]
    assert found.sites == []


def test_an_exact_partner_is_not_taken_by_another_template():
    old = {
        "paths": {"/a/{id}": by_id("id"), "/a/{x}": {"parameters": by_id("x")["parameters"], "post": {"responses": OK}}}
    }
    new = {"paths": {"/a/{id}": {**by_id("id"), "post": {"responses": OK}}}}

    found = walked(old, new)

    assert [c.kind for c in found.changes] == ["parameter-name"]
    assert found.operations == 2


def test_a_shape_without_a_common_operation_is_the_same_path():
    old = {"paths": {"/a/{id}": {"get": {"responses": OK}}}}
    new = {"paths": {"/a/{x}": {"post": {"responses": OK}}}}

    assert lines(old, new) == ["operation operation adds: POST /a/{x}", "operation operation removes: GET /a/{id}"]


@pytest.mark.parametrize(("new", "kinds"), [("/O('{id}')", ["key"]), ("/O/{id}", ["path", "path"])])
def test_keys_of_odata(new, kinds):
    found = walked({"paths": {"/O({id})": by_id("id")}}, {"paths": {new: by_id("id")}}).changes

    assert [change.kind for change in found] == kinds


def test_a_base_path_that_moved_into_the_paths_keeps_the_addresses():
    old = {"servers": [{"url": "https://a.example/v1"}], "paths": {"/a/{id}": by_id("id"), "/b": GET}}
    new = {"servers": [{"url": "https://a.example"}], "paths": {"/v1/a/{id}": by_id("id"), "/v1/b": GET}}

    assert lines(old, new) == []
    assert lines(new, old) == []


def test_a_new_method_of_3_2():
    new = {"paths": {"/a": {**GET, "query": {"responses": OK}, "additionalOperations": {"COPY": {"responses": OK}}}}}

    for version in ("3.2.0", "3.1.0"):
        assert lines(paths("/a"), new, version) == [
            "operation operation adds: COPY /a",
            "operation operation adds: QUERY /a",
        ]


def test_parameters_of_a_path_without_operations():
    new = {"paths": {"/a": {"parameters": [{"name": "a", "in": "query"}]}}}

    assert lines({"paths": {"/a": {}}}, new) == ["parameter parameter adds request: query parameter a"]


def test_a_path_item_behind_a_reference():
    item = {"get": {"operationId": "list", "responses": OK}}
    old = {"paths": {"/a": item, "/b": item}}
    new = {"paths": {"/a": {"$ref": "#/components/pathItems/All"}, "/b": {"$ref": "#/components/pathItems/All"}}}
    new["components"] = {"pathItems": {"All": {"get": {"operationId": "all", "responses": OK}}}}

    found = walked(old, new).changes

    assert [(c.kind, c.pointer_old, c.pointer_new) for c in found] == [
        ("operationId", "/paths/~1a/get/operationId", "/components/pathItems/All/get/operationId"),
        ("operationId", "/paths/~1b/get/operationId", "/components/pathItems/All/get/operationId"),
    ]


def test_members_beside_a_reference_win():
    old = {"paths": {"/a": {"$ref": "#/components/pathItems/All"}}, "components": {"pathItems": {"All": GET}}}
    new = {"paths": {"/a": {"$ref": "#/components/pathItems/All", "get": {"deprecated": True, "responses": OK}}}}
    new["components"] = old["components"]

    assert lines(old, new) == ["operation deprecated adds: GET /a"]


def test_what_an_operation_says_of_itself():
    old = of({"operationId": "list", "summary": "All", "tags": ["a", "b"], "x-team": "one", "x-sunset": "2030-01-01"})
    new = of({"operationId": "all", "description": "All", "tags": ["b", "c"], "x-team": "two", "deprecated": True})

    assert lines(old, new) == [
        "operation deprecated adds: GET /orders",
        "operation description adds: GET /orders",
        "operation description removes: GET /orders",
        "operation extension changes: x-team",
        "operation operationId changes: GET /orders",
        "operation sunset removes: GET /orders",
        "tag operation-tag adds: tag c",
        "tag operation-tag removes: tag a",
    ]
    change = walked(old, new).changes[0]
    assert change.traits.sunset_old == "2030-01-01"
    assert change.traits.tags == ("a", "b", "c")


WRONG = [
    {},
    {"paths": None},
    {"paths": []},
    {"paths": {"/a": None, "/b": [], "/c": "x", "x-d": 1}},
    {"paths": {"/a": {"get": None, "put": [], "post": 3}}},
    {"paths": {"/a": {"parameters": {}, "servers": {}, "get": {"parameters": [None, 1, {"name": 2}, {"in": "query"}]}}}},
    {"paths": {"/a": {"get": {"responses": [], "requestBody": [], "callbacks": [], "security": {}, "tags": {}}}}},
    {"paths": {"/a": {"get": {"responses": {"200": None, "xx": {}, "404": {"content": [], "headers": [], "links": 1}}}}}},
    {"paths": {"/a": {"get": {"requestBody": {"content": {"": None, "json": [], "a/b": {"schema": 3, "encoding": []}}}}}}},
    {"paths": {"/a": {"get": {"security": [1, None, {"a": 1}], "servers": [1, {"url": 3}, {"url": "http://[::"}]}}}},
    {"paths": {"/a": {"$ref": "#/paths/~1a"}, "/b": {"$ref": "#/nowhere"}, "/c/{}": {"get": {"$ref": "#/x"}}}},
    {"paths": {"/a": {"get": {"parameters": [{"$ref": "#/components/parameters/A"}]}}}},
    {"components": {"parameters": {"A": {"$ref": "#/components/parameters/A"}}, "schemas": [], "securitySchemes": 1}},
    {"components": [], "tags": {}, "servers": 1, "security": {}, "webhooks": [], "info": [], "externalDocs": 1},
    {"webhooks": {"a": {"post": {"callbacks": {"b": {"x": {"post": {}}}}}}}, "tags": [1, {"name": []}]},
    {"openapi": None, "components": {"securitySchemes": {"a": {"type": [], "flows": []}, "b": None}}},
    {"openapi": 3.0, "info": None, "components": {"schemas": {"A": {"$ref": "#/99999999999999999999"}}}},
]  # fmt: skip


@pytest.mark.parametrize("old", range(len(WRONG)))
def test_odd_documents_are_walked(old):
    for new in WRONG:
        walked(WRONG[old], new)
    assert walked(WRONG[old], WRONG[old]).changes == []
