"""JSONPath: RFC 9535 where overlays need it, bounded, and told in words a person can act on."""

import time

import pytest

from contracts import jsonpath
from contracts.jsonpath import LENGTH, Path, PathError
from contracts.path_text import quoted, value_at, written

TREE = {
    "paths": {
        "/orders": {"get": {"tags": ["a", "b"], "x-n": 1}, "post": {"tags": ["b"]}},
        "/orders/{id}": {"get": {"parameters": [{"name": "id", "in": "path"}, {"name": "q", "in": "query"}]}},
    },
    "a.b": {"c'd": 1},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$", [()]),
        ("$.paths['/orders'].get.tags", [("paths", "/orders", "get", "tags")]),
        ("$.paths.*.get.tags[-1]", [("paths", "/orders", "get", "tags", 1)]),
        ("$..tags[?@ == 'b']", [("paths", "/orders", "get", "tags", 1), ("paths", "/orders", "post", "tags", 0)]),
        ("$..parameters[?@.name=='q' && @.in=='query']", [("paths", "/orders/{id}", "get", "parameters", 1)]),
        ("$.paths[?@.get['x-n'] > 0]", [("paths", "/orders")]),
        ("$.paths[?length(@.get.tags) == 2].get", [("paths", "/orders", "get")]),
        ("$.paths.*[?count(@.tags[*]) == 1]", [("paths", "/orders", "post")]),
        ("$..[?match(@.name, 'i.')].name", [("paths", "/orders/{id}", "get", "parameters", 0, "name")]),
        ("$..[?search(@.in, 'uer')].name", [("paths", "/orders/{id}", "get", "parameters", 1, "name")]),
        ("$['a.b']['c\\'d']", [("a.b", "c'd")]),
        ("$.paths['/none']", []),
    ],
)
def test_what_a_path_selects(path, found):
    assert Path(path).find(TREE) == found


@pytest.mark.parametrize("text", ["paths", "", "$.", "$[", "$[?nope(@.a)]", "$[?@.a=", "$.a b", "$[?@.a == 01]"])
def test_what_is_no_path(text):
    with pytest.raises(PathError, match="no JSONPath") as caught:
        Path(text)
    assert caught.value.code == "jsonpath"
    assert caught.value.remedy


def test_a_dot_is_no_line_end():
    (found,) = Path("$[?match(@, 'a.c')]").find(["a\nc", "a\rc", "abc"])
    assert found == (2,)


@pytest.mark.parametrize("function", ["match", "search"])
def test_evil_patterns_run_in_linear_time(function):
    started = time.perf_counter()

    assert Path(f"$[?{function}(@, '(a|aa)+b')]").find(["a" * 20_000]) == []

    assert time.perf_counter() - started < 5


@pytest.mark.parametrize("text", ["$..[?count($..*) > 1]", "$..*..*..*", "$..[?@..*..*]", "$..[?$..[?@ == 1]]"])
def test_a_path_that_visits_too_much_is_refused(text, monkeypatch):
    monkeypatch.setattr(jsonpath, "VISITS", 50_000)
    tree = list(range(10))
    for _ in range(190):
        tree = [tree, *range(10)]

    with pytest.raises(PathError, match="visits more than") as caught:
        Path(text).find(tree)
    assert caught.value.code == "jsonpath-too-long"


def test_the_count_begins_anew_with_each_tree(monkeypatch):
    monkeypatch.setattr(jsonpath, "VISITS", 1_000)
    path = Path("$..*")
    for _ in range(3):
        assert len(path.find([[i] for i in range(150)])) == 300


def test_long_and_deep_paths_are_refused():
    with pytest.raises(PathError, match="longer than"):
        Path("$" + ".a" * LENGTH)
    with pytest.raises(PathError):
        Path("$[?" + "(" * 2_000 + "@.a" + ")" * 2_000 + "]")


def test_the_deepest_document_is_searched():
    tree = {}
    for _ in range(198):
        tree = {"a": tree}
    assert len(Path("$..a").find(tree)) == 198


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("$.path['/orders']", "write `$.paths['/orders']`"),
        ("$.paths['/order'].get", "leads as far as `$.paths`; write `$.paths['/orders']['get']`"),
        ("$.paths['/orders'].get.tagz", "write `$.paths['/orders'].get.tags`"),
        ("$.paths['/zebra'].get", "where nothing is"),
    ],
)
def test_how_far_a_path_leads(path, says):
    assert says in Path(path).why_nothing(TREE)


def test_a_path_that_ends_at_a_reference():
    tree = {"paths": {"/a": {"$ref": "a.yaml"}}}
    assert "is a reference to `a.yaml`" in Path("$.paths['/a'].get").why_nothing(tree)


@pytest.mark.parametrize("key", ["a", "a b", "a'b", "a\\b", "/x/{id}", "\n", "\u2028", "é", "1a", "$ref", ""])
def test_what_is_written_is_read_again(key):
    tree = {key: [{key: 1}]}
    location = (key, 0, key)

    assert Path(written(location)).find(tree) == [location]
    assert value_at(tree, location) == 1
    assert Path(f"$[?@[0][{quoted(key)}] == 1]").find(tree) == [(key,)]
