"""Parameters: which is which, how they are written, and what they hold."""

import pytest
from walked import OK, line, lines, of, walked

TEXT = {"type": "string"}


def query(name="limit", schema=TEXT, **more):
    return {"name": name, "in": "query", **({"schema": schema} if schema is not None else {}), **more}


def declared(*parameters):
    return of({"parameters": list(parameters)})


@pytest.mark.parametrize("required", [True, False])
def test_a_parameter_that_came(required):
    new = declared(query(required=required, schema={"type": "integer", "default": 5}))

    (change,) = walked(of({}), new).changes

    assert line(change) == "parameter parameter adds request: query parameter limit"
    assert (change.traits.required, change.traits.has_default) == (required, True)
    assert (change.pointer_old, change.pointer_new) == ("/paths/~1orders/get", "/paths/~1orders/get/parameters/0")
    assert change.identity == "GET /orders query limit parameter"
    assert [(u.method, u.path, u.where) for u in change.reach] == [("GET", "/orders", "query parameter limit")]


def test_a_parameter_that_went_says_whether_it_was_required():
    (change,) = walked(declared(query(required=True)), of({})).changes

    assert (change.effect, change.traits.required, change.traits.has_default) == ("removes", True, False)


def test_the_same_name_elsewhere_is_another_parameter():
    assert lines(declared(query("a")), declared({"name": "a", "in": "header", "schema": TEXT})) == [
        "parameter parameter adds request: header parameter a",
        "parameter parameter removes request: query parameter a",
    ]


def test_names_of_headers_are_one_in_any_case():
    old, new = ({"name": name, "in": "header", "schema": TEXT} for name in ("X-Trace", "x-trace"))

    assert lines(declared(old), declared(new)) == []


@pytest.mark.parametrize("name", ["Accept", "content-type", "AUTHORIZATION"])
def test_headers_that_openapi_passes_over(name):
    assert lines(of({}), declared({"name": name, "in": "header", "required": True, "schema": TEXT})) == []


def test_the_order_of_parameters_is_none():
    assert lines(declared(query("a"), query("b")), declared(query("b"), query("a"))) == []


def test_parameters_of_the_path_item_count_as_the_operations():
    old = {"paths": {"/a": {"parameters": [query("a"), query("b")], "get": {"responses": OK}}}}
    new = {"paths": {"/a": {"parameters": [query("a")], "get": {"parameters": [query("b")], "responses": OK}}}}

    assert lines(old, new) == []


def test_an_operations_own_parameter_wins():
    shared = {"parameters": [query("a", required=True)]}
    old = {"paths": {"/a": {**shared, "get": {"responses": OK}}}}
    new = {"paths": {"/a": {**shared, "get": {"parameters": [query("a")], "responses": OK}}}}

    assert lines(old, new) == ["parameter required widens request: query parameter a"]


def test_a_path_parameter_is_always_required():
    old, new = ({"name": "id", "in": "path", "schema": TEXT, **more} for more in ({}, {"required": True}))

    assert lines(of({"parameters": [old]}, "/a/{id}"), of({"parameters": [new]}, "/a/{id}")) == []


ARRAY = {"type": "array", "items": TEXT}
OBJECT = {"type": "object"}


@pytest.mark.parametrize(
    ("location", "schema", "old", "new", "kinds"),
    [
        ("query", ARRAY, {}, {"style": "form", "explode": True}, []),
        ("query", ARRAY, {}, {"explode": False}, ["explode"]),
        ("query", TEXT, {}, {"explode": False}, []),
        ("query", {"enum": [1, "a"]}, {}, {"explode": False}, []),
        ("query", {"const": "a"}, {}, {"explode": False}, []),
        ("query", {"$ref": "#/components/schemas/Id"}, {}, {"explode": False}, []),
        ("query", {"anyOf": [TEXT, {"type": ["integer", "null"]}]}, {}, {"explode": False}, []),
        ("query", {"anyOf": [TEXT, ARRAY]}, {}, {"explode": False}, ["explode"]),
        ("query", {"allOf": [{}, TEXT]}, {}, {"explode": False}, []),
        ("query", {}, {}, {"explode": False}, ["explode"]),
        ("query", None, {}, {"explode": False}, ["explode"]),
        ("query", ARRAY, {}, {"style": "pipeDelimited"}, ["style"]),
        ("query", ARRAY, {"style": "pipeDelimited"}, {"style": "pipeDelimited", "explode": False}, []),
        ("query", TEXT, {}, {"style": "pipeDelimited"}, []),
        ("query", OBJECT, {}, {"style": "deepObject"}, ["style"]),
        ("query", OBJECT, {"style": "deepObject"}, {"style": "deepObject", "explode": True}, []),
        ("path", TEXT, {}, {"style": "simple", "explode": False}, []),
        ("path", ARRAY, {}, {"explode": True}, []),
        ("path", OBJECT, {}, {"explode": True}, ["explode"]),
        ("path", TEXT, {}, {"style": "matrix"}, ["style"]),
        ("header", OBJECT, {}, {"explode": True}, ["explode"]),
        ("cookie", ARRAY, {}, {"style": "form"}, []),
        ("query", TEXT, {}, {"allowReserved": False}, []),
        ("query", TEXT, {}, {"allowReserved": True}, ["allowReserved"]),
        ("path", TEXT, {}, {"allowReserved": True}, []),
        ("query", TEXT, {}, {"allowEmptyValue": True}, ["allowEmptyValue"]),
        ("header", TEXT, {}, {"allowEmptyValue": True}, []),
    ],
)
def test_what_serialization_comes_to(location, schema, old, new, kinds):
    path = "/a/{p}" if location == "path" else "/a"
    stated = {"name": "p", "in": location, **({} if schema is None else {"schema": schema})}
    components = {"schemas": {"Id": TEXT}}
    trees = [of({"parameters": [{**stated, **more}]}, path, components=components) for more in (old, new)]

    assert [change.kind for change in walked(*trees).changes] == kinds
    assert [change.kind for change in walked(*reversed(trees)).changes] == kinds


def test_flags_narrow_and_widen():
    old = declared(query(allowReserved=True, allowEmptyValue=False))
    new = declared(query(allowReserved=False, allowEmptyValue=True))

    assert lines(old, new) == [
        "parameter allowEmptyValue widens request: query parameter limit",
        "parameter allowReserved narrows request: query parameter limit",
    ]


def test_reserved_characters_in_a_path_count_since_3_2():
    stated = {"name": "p", "in": "path", "schema": TEXT}
    trees = [of({"parameters": [{**stated, "allowReserved": flag}]}, "/a/{p}") for flag in (False, True)]

    assert lines(*trees, "3.2.0") == ["parameter allowReserved widens request: path parameter p"]


def test_from_schema_to_content():
    new = declared(query(schema=None, content={"application/json": {"schema": TEXT}}))

    found = walked(declared(query()), new)

    assert [(c.kind, c.old, c.new) for c in found.changes] == [("content", "schema", "content")]
    assert found.changes[0].pointer_new.endswith("/parameters/0/content")
    assert found.sites == []


def test_what_content_holds():
    old, new = (
        declared(query(schema=None, content={name: {"schema": {"type": kind}}}))
        for name, kind in (("application/json", "string"), ("application/problem+json", "integer"))
    )

    found = walked(old, new)

    assert [line(c) for c in found.changes] == [
        "media-type name changes request: query parameter limit application/problem+json"
    ]
    (site,) = found.sites
    assert (site.text, site.use.where) == (False, "query parameter limit application/problem+json")


def test_the_whole_query():
    def whole(kind):
        form = {"application/x-www-form-urlencoded": {"schema": {"type": kind}}}
        return of({"parameters": [{"name": "q", "in": "querystring", "content": form}]})

    (site,) = walked(whole("object"), whole("array"), "3.2.0").sites

    assert (site.text, site.use.where) == (True, "querystring parameter q application/x-www-form-urlencoded")


def test_sites_of_schemas():
    old = declared(query(schema={"type": "integer", "maximum": 10}))
    new = declared(query(schema={"type": "integer", "maximum": 9, "default": 3}, required=True))

    found = walked(old, new)

    (site,) = found.sites
    assert (site.direction, site.text, site.use.where) == ("request", True, "query parameter limit")
    assert site.old == site.new == "/paths/~1orders/get/parameters/0/schema"
    assert (site.traits.required, site.traits.has_default) == (False, True)
    assert walked(old, old).sites == []


@pytest.mark.parametrize(("old", "new"), [(None, TEXT), (TEXT, None)])
def test_a_schema_on_one_side(old, new):
    (site,) = walked(declared(query(schema=old)), declared(query(schema=new))).sites

    assert [pointer is None for pointer in (site.old, site.new)] == [old is None, new is None]


def test_what_a_parameter_says_of_itself():
    old = declared(query(description="a", example=1, **{"x-a": 1, "x-b": 1, "x-sunset": "2030-01-01"}))
    new = declared(
        query(deprecated=True, examples={"a": {"value": 1}}, **{"x-a": 1.0, "x-b": True, "x-stability-level": "beta"})
    )

    found = walked(old, new)

    assert sorted(line(c) for c in found.changes) == [
        "parameter deprecated adds request: query parameter limit",
        "parameter description removes request: query parameter limit",
        "parameter examples adds request: query parameter limit",
        "parameter examples removes request: query parameter limit",
        "parameter extension changes request: query parameter limit x-b",
        "parameter stability adds request: query parameter limit",
        "parameter sunset removes request: query parameter limit",
    ]
    traits = found.changes[0].traits
    assert (traits.deprecated_new, traits.sunset_old, traits.stability_new) == (True, "2030-01-01", "beta")


def shared(required, paths=3):
    used = {"parameters": [{"$ref": "#/components/parameters/Limit"}], "responses": OK}
    component = query(required=required, schema={"type": "integer" if required else "string"})
    return {"paths": {f"/{n}": {"get": used} for n in range(paths)}, "components": {"parameters": {"Limit": component}}}


def test_a_shared_parameter_is_one_change_that_reaches_all():
    found = walked(shared(required=False), shared(required=True))

    (change,) = found.changes
    assert change.pointer_old == "/components/parameters/Limit/required"
    assert change.pointer_new == "/components/parameters/Limit/required"
    assert [use.path for use in change.reach] == ["/0", "/1", "/2"]
    assert change.identity == "parameters Limit required"
    assert [site.use.path for site in found.sites] == ["/0", "/1", "/2"]


def test_the_name_of_a_shared_change_does_not_depend_on_the_operations():
    names = {walked(shared(False, n), shared(True, n)).changes[0].identity for n in (1, 3)}

    assert len(names) == 1


def test_traits_of_a_shared_change_are_the_stricter_ones():
    old, new = shared(required=False, paths=2), shared(required=True, paths=2)
    for tree in (old, new):
        tree["paths"]["/0"] = {"get": {**tree["paths"]["/0"]["get"], "deprecated": True, "x-stability-level": "alpha"}}

    (change,) = walked(old, new).changes

    assert (change.traits.deprecated_old, change.traits.stability_old) == (False, "")


def test_texts_beside_a_reference_win_since_3_1():
    component = {"parameters": {"Limit": query(description="a")}}
    old = of({"parameters": [{"$ref": "#/components/parameters/Limit"}]}, components=component)
    new = of({"parameters": [{"$ref": "#/components/parameters/Limit", "description": "b"}]}, components=component)

    (change,) = walked(old, new).changes

    assert (change.kind, change.old, change.new) == ("description", "a", "b")
    assert change.pointer_old == "/components/parameters/Limit/description"
    assert change.pointer_new == "/paths/~1orders/get/parameters/0/description"
    assert lines(old, new, "3.0.3") == []


def test_moving_a_parameter_into_components_is_no_change():
    old = declared(query())
    new = of({"parameters": [{"$ref": "#/components/parameters/Limit"}]}, components={"parameters": {"Limit": query()}})

    assert lines(old, new) == []
