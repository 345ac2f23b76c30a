"""Where operations are called."""

import pytest
from walked import OK, lines, of, walked


def at(*urls):
    return of({}, servers=[{"url": url} if isinstance(url, str) else url for url in urls])


PROD = "https://api.example"


@pytest.mark.parametrize(
    ("old", "new", "facts"),
    [
        ([PROD], [PROD + "/"], []),
        ([PROD + "/v1"], [PROD + "/v1/"], []),
        ([PROD], ["HTTPS://API.example:443"], []),
        ([PROD], ["https://other.example"], [("host", "changes", "api.example", "other.example")]),
        ([PROD], ["http://api.example"], [("scheme", "changes", "https", "http")]),
        ([PROD + "/v1"], [PROD + "/v2"], [("base-path", "changes", "/v1", "/v2")]),
        ([PROD], [PROD + "/v2"], [("base-path", "changes", "/", "/v2")]),
        (["/v1"], ["v1"], []),
        (["/v1"], [PROD + "/v1"], [("host", "adds", None, "api.example"), ("scheme", "adds", None, "https")]),
        ([PROD], [PROD, "https://b.example"], [("host", "adds", None, "https://b.example")]),
        ([PROD, "https://b.example"], ["https://b.example"], [("host", "removes", PROD, None)]),
        ([PROD], [PROD, PROD + "/v2"], [("base-path", "adds", None, PROD + "/v2")]),
        ([PROD], [PROD, "http://api.example"], [("scheme", "adds", None, "http://api.example")]),
        ([PROD, "https://b.example"], ["https://b.example", PROD], []),
        ([PROD + "/v1", "https://b.example/v1"], ["https://b.example/v1", PROD + "/v2"], [("base-path", "changes", "/v1", "/v2")]),
        ([], [PROD + "/v1"], [("host", "adds", None, PROD + "/v1")]),
    ],
)  # fmt: skip
def test_servers_of_a_document(old, new, facts):
    found = walked(at(*old), at(*new)).changes

    assert sorted((c.kind, c.effect, c.old, c.new) for c in found) == facts


def named(url, **variables):
    return {"url": url, "variables": {name: {"default": value} for name, value in variables.items()}}


def test_variables():
    regions = {"url": "https://{region}.example", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}}
    turned = {"url": "https://{region}.example", "variables": {"region": {"default": "eu", "enum": ["us", "eu"]}}}
    fewer = {"url": "https://{region}.example", "variables": {"region": {"default": "us", "enum": ["us"]}}}

    assert lines(at(regions), at(turned)) == []
    assert lines(at(regions), at(fewer)) == [
        "server variable changes: server https://{region}.example variable region default",
        "server variable changes: server https://{region}.example variable region enum",
    ]


def test_a_variable_that_stands_for_what_was_there():
    old, new = at(PROD), at(named("https://{host}", host="api.example"))

    assert [change.kind for change in walked(old, new).changes] == ["variable"]


def test_what_a_server_says_of_itself():
    new = at({"url": PROD, "description": "Production", "x-env": "prod"})

    assert lines(at(PROD), new) == [
        "server description adds: server https://api.example",
        "server extension adds: server https://api.example x-env",
    ]


def test_servers_may_stand_at_any_level():
    stated = {"servers": [{"url": PROD}]}
    at_root = {"paths": {"/a": {"get": {"responses": OK}}}, **stated}
    at_path = {"paths": {"/a": {"get": {"responses": OK}, **stated}}}
    at_operation = {"paths": {"/a": {"get": {"responses": OK, **stated}}}}

    for old in (at_root, at_path, at_operation):
        for new in (at_root, at_path, at_operation):
            assert lines(old, new) == []


def test_the_documents_servers_are_one_change_that_reaches_all():
    def tree(url, paths):
        return {"servers": [{"url": url}], "paths": {f"/{n}": {"get": {"responses": OK}} for n in range(paths)}}

    (change,) = walked(tree(PROD + "/v1", 3), tree(PROD + "/v2", 3)).changes

    assert [use.path for use in change.reach] == ["/0", "/1", "/2"]
    assert (change.pointer_old, change.pointer_new) == ("/servers/0/url", "/servers/0/url")
    assert change.identity == walked(tree(PROD + "/v1", 1), tree(PROD + "/v2", 1)).changes[0].identity


def test_an_operation_with_servers_of_its_own_is_not_reached():
    def tree(url):
        own = {"get": {"responses": OK, "servers": [{"url": "https://own.example"}]}}
        return {"servers": [{"url": url}], "paths": {"/a": {"get": {"responses": OK}}, "/b": own}}

    (change,) = walked(tree(PROD), tree("https://other.example")).changes

    assert [use.path for use in change.reach] == ["/a"]


def test_servers_of_a_document_without_operations():
    assert lines({"servers": [{"url": "/a"}]}, {"servers": [{"url": "/b"}]}) == ["server base-path changes: server /a"]


def test_a_base_path_that_moved_is_still_seen_where_the_paths_did_not_follow():
    old = {"servers": [{"url": PROD + "/v1"}], "paths": {p: {"get": {"responses": OK}} for p in ("/a", "/b", "/c")}}
    new = {"servers": [{"url": PROD}], "paths": {p: {"get": {"responses": OK}} for p in ("/v1/a", "/v1/b", "/c")}}

    assert lines(old, new) == ["path path adds: path /c", "path path removes: path /c"]
