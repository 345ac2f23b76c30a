"""What documents say of themselves, tags, components, and what OData adds."""

import pytest
from walked import OK, line, lines, of, walked


def test_info():
    old = {"info": {"title": "A", "version": "1", "description": "a", "license": {"name": "MIT"}, "x-a": 1}}
    new = {"info": {"title": "B", "version": "2", "contact": {"name": "C"}, "license": {"name": "MIT"}, "x-a": 2}}
    old["externalDocs"], new["x-team"] = {"url": "a"}, "one"

    assert lines(old, new, "3.0.0", "3.0.3") == [
        "document description removes: info description",
        "document extension adds: x-team",
        "document extension changes: info x-a",
        "document externalDocs removes: externalDocs",
        "document info adds: info contact",
        "document info changes: info title",
        "document openapi changes: openapi",
        "document version changes: info version",
    ]


def test_the_dialect_of_schemas():
    assert lines({}, {"jsonSchemaDialect": "https://example.com/d"}) == ["document dialect adds: jsonSchemaDialect"]


def test_tags():
    old = {"tags": [{"name": "a", "description": "A"}, {"name": "b"}]}
    new = {"tags": [{"name": "c"}, {"name": "a", "externalDocs": {"url": "u"}}]}

    assert lines(old, new) == [
        "tag description adds: tag a externalDocs",
        "tag description removes: tag a description",
        "tag tag adds: tag c",
        "tag tag removes: tag b",
    ]


def test_components_that_nothing_refers_to():
    used = {"requestBody": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/Used"}}}}}
    deeper = {"allOf": [{"$ref": "#/components/schemas/Deep~1er"}]}

    def tree(**schemas):
        return of(used, components={"schemas": {"Used": deeper, "Deep/er": {"type": "string"}, **schemas}})

    old = tree(Gone={}, Ring={"items": {"$ref": "#/components/schemas/Ring"}}, Changed={"type": "string"})
    new = tree(Came={}, Changed={"type": "integer"})

    assert lines(old, new) == [
        "document component adds: component schemas Came",
        "document component changes: component schemas Changed",
        "document component removes: component schemas Gone",
        "document component removes: component schemas Ring",
    ]


def test_a_component_that_came_with_its_use_is_no_fact_of_its_own():
    new = of({"responses": {"200": {"$ref": "#/components/responses/Ok"}}}, components={"responses": {"Ok": OK["200"]}})

    assert lines(of({}), new) == []


def test_equal_text_of_another_version_is_walked():
    tree = of({"parameters": [{"name": "a", "in": "query", "schema": {"type": "string", "nullable": True}}]})

    found = walked(tree, tree, "3.0.3", "3.1.0")

    assert [change.kind for change in found.changes] == ["openapi"]
    assert [site.old for site in found.sites] == ["/paths/~1orders/get/parameters/0/schema"]


@pytest.mark.parametrize("name", ["$filter", "$search"])
def test_query_options_of_odata(name):
    new = of({"parameters": [{"name": name, "in": "query", "schema": {"type": "string"}}]})
    needed = of({"parameters": [{"name": name, "in": "query", "required": True, "schema": {"type": "string"}}]})

    assert lines(of({}), new) == [f"odata option adds request: query parameter {name}"]
    assert lines(new, of({})) == [f"odata option removes request: query parameter {name}"]
    assert lines(of({}), needed) == [f"parameter parameter adds request: query parameter {name}"]


def test_what_query_options_may_name():
    old = of({"x-odata": {"filterable": ["a", "b"], "sortable": ["a"], "expandable": ["a"], "maxExpandDepth": 2}})
    new = of({"x-odata": {"filterable": ["b"], "sortable": ["a", "c"], "expandable": ["b"], "maxPageSize": 100}})

    assert lines(old, new) == [
        "odata expandable changes request: names in $expand",
        "odata filterable narrows request: names in $filter",
        "odata maxExpandDepth widens request: x-odata maxExpandDepth",
        "odata maxPageSize narrows request: x-odata maxPageSize",
        "odata sortable widens request: names in $orderby",
    ]


def test_stating_what_may_be_named_narrows():
    assert lines(of({}), of({"x-odata": {"filterable": ["a"]}})) == [
        "odata filterable narrows request: names in $filter"
    ]
    assert lines(of({"x-odata": {}}), of({})) == []


def test_values_are_compared_strictly():
    old, new = of({"x-a": 1, "x-b": 1, "x-c": None}), of({"x-a": 1.0, "x-b": True})

    assert lines(old, new) == [
        "operation extension changes: x-b",
        "operation extension removes: x-c",
    ]


def test_long_values_are_not_carried_along():
    (change,) = walked(of({"x-a": list(range(200))}), of({"x-a": "a" * 300})).changes

    assert line(change) == "operation extension changes: x-a"
    assert (change.old, len(change.new)) == (None, 200)
