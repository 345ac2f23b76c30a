"""Paths of rules in Spectral's dialect: where they lead, and which are refused by name."""

import pytest

from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.fields import read_field
from governance.lint.spectral.javascript import UNDEFINED, loosely_equal, ordered, strictly_equal, to_number, truthy
from governance.lint.spectral.paths import TooManyError, read_path

TREE = {
    "paths": {
        "/a": {
            "get": {
                "parameters": [
                    {"in": "header", "name": "X-Trace", "required": True},
                    {"in": "query", "name": "q", "deprecated": False, "max": 10},
                ],
                "responses": {"200": {"content": {"application/json": {}}}, "404": {}, "default": None},
            },
            "x-own": {"enum": ["a", "b", "c"], "type": ["string", "null"]},
        }
    },
    "info": {"title": "", "count": 0},
}


def found(path, tree=TREE):
    return ["/".join(map(str, match.location)) for match in read_path(path).find(tree)]


GET = "paths//a/get"
P0, P1 = f"{GET}/parameters/0", f"{GET}/parameters/1"
LEADS = [
    ("$", [""]),
    ("$.paths.*.get", [GET]),
    ("$.paths.[*].get", [GET]),
    ("$['paths']['/a'][\"get\"]", [GET]),
    ("$.paths[*][get,post,x-own]", [GET, "paths//a/x-own"]),
    ("$..responses.200", [f"{GET}/responses/200"]),
    ("$..responses[200,404]", [f"{GET}/responses/200", f"{GET}/responses/404"]),
    ("$..content.application/json", [f"{GET}/responses/200/content/application/json"]),
    ("$..parameters[0]", [P0]),
    ("$..parameters[-1:]", [P1]),
    ("$..enum[0:3:2]", ["paths//a/x-own/enum/0", "paths//a/x-own/enum/2"]),
    ("$..parameters[?(@.in == 'header')]", [P0]),
    ('$..parameters.[?(@ && @.in === "query")].name', [f"{P1}/name"]),
    ("$..[?(@ && @.deprecated)]", []),
    ("$..[?(@ && @.deprecated === false)]", [P1]),
    ("$..[?(@ && @.deprecated !== undefined)]", [P1]),
    ("$..[?(@ && @.deprecated !== void 0 && @.name)]", [P1]),
    ("$..[?(@ && @['in'] && !@.required)]", [P1]),
    ("$..responses[?(@property >= 200 && @property < 300 && @property != 204)]", [f"{GET}/responses/200"]),
    ("$..responses[?(@property.match(/^4\\d\\d$/))]", [f"{GET}/responses/404"]),
    ("$..responses[?(/^DEF/i.test(@property))]", [f"{GET}/responses/default"]),
    ("$..responses[?(@ == null)]", [f"{GET}/responses/default"]),
    ("$.paths[*][?(@property === 'get' || @property === 'put')]", [GET]),
    ("$..[?(['header', 'cookie'].includes(@.in))]", [P0]),
    ("$..[?(@.in in ['query'])]", [P1]),
    ("$..[?(@ && @.type && @.type.includes('null'))]", ["paths//a/x-own"]),
    ("$..[?(@ && @.enum && @.enum.length > 2)]", ["paths//a/x-own"]),
    ("$..content[?(@property.indexOf('json') === -1)]", []),
    ("$..[?(@.name && @.name.startsWith('X-') && @.name.toLowerCase().endsWith('trace'))]", [P0]),
    ("$..[?(@.max >= 10)]", [P1]),
    ("$..[?(@.max < -1)]", []),
    ("$..content[?(@property === 'application/json')]^", [f"{GET}/responses/200/content"]),
    ("$..name^^", [f"{GET}/parameters"]),
    ("$..*", None),
]  # fmt: skip


@pytest.mark.parametrize(("path", "places"), LEADS, ids=[path for path, _ in LEADS])
def test_where_a_path_leads(path, places):
    if places is None:
        assert len(found(path)) == 30
    else:
        assert found(path) == places


def test_names_are_values_of_their_own():
    matches = read_path("$.paths[*]~").find(TREE)
    assert [(match.location, match.value, match.is_key) for match in matches] == [(("paths", "/a"), "/a", True)]
    assert [match.value for match in read_path("$..content[*]^~").find(TREE)] == ["content"]
    assert read_path("$~").find(TREE) == []


REFUSED = [
    ("paths.get", "does not begin with $"),
    ("$.paths.", "ends too early"),
    ("$..", "ends too early"),
    ("$.paths[", "cannot be read from character 9"),
    ("$.paths[a", "cannot be read"),
    ("$paths", "cannot be read from character 2"),
    ("$.a`b", "cannot be read from character 4"),
    ("$..parameters[(@.length-1)]", "computes a name"),
    ("$..@string()", 'asks for "@string()"'),
    ("$.a[1:2:0]", "goes on by 0"),
    ("$.paths~.get", "`~` and `^` are run at its end only"),
    ("$.paths^.get", "`~` and `^` are run at its end only"),
    ("$.a[?(@.b]", "without its end"),
    ("$[?((@.b)]", "without its end"),
    ("$.a[?(@.b", "without its end"),
    ("$[?(@.a = 1)]", "lacks `)`"),
    ("$[?(@.a + 1)]", "lacks `)`"),
    ("$[?(@.a) @.b]", "cannot be read from character 6 on"),
    ("$[?()]", "cannot be read"),
    ("$[?(@path == 'x')]", "asks for `@path`"),
    ("$[?(@parentProperty == 'x')]", "asks for `@parentProperty`"),
    ("$[?(@root.a)]", "asks for `@root`"),
    ("$[?(@.constructor.name === 'Array')]", "`constructor` of JavaScript's objects"),
    ("$[?(typeof @.a === 'string')]", "asks for `typeof`"),
    ("$[?(a.b)]", "names `a`"),
    ("$[?(@.a.slice(1))]", "calls `slice`"),
    ("$[?(@.a.includes('a', 1))]", "calls `includes` with 2 values"),
    ("$[?(@.a.match(@.b))]", "with a pattern that is not written down"),
    ("$[?(@.a.match(/(?=b)/))]", "it looks ahead or behind"),
    ("$[?(" + "!" * 99 + "@.a)]", "nested too deep"),
    ("$[?(" + "(" * 99 + "@.a" + ")" * 99 + ")]", "nested too deep"),
    ("$." + "a" * 5_000, "longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "said"), REFUSED, ids=[path[:40] for path, _ in REFUSED])
def test_what_is_not_run_is_refused_by_name(path, said):
    with pytest.raises(RuleFaultError) as refused:
        read_path(path)
    assert said in str(refused.value)
    assert refused.value.remedy


def test_shared_and_circular_parts_are_met_once():
    shared = {"type": "array"}
    tree = {"a": {"x": shared}, "b": {"x": shared}}
    shared["self"] = tree
    assert found("$..[?(@ && @.type)]", tree) == ["a/x", "b/x"]
    assert found("$..[?(@ && @.type)].type", tree) == ["a/x/type"]
    assert sorted(found("$..[?(@ && @.type)]^", tree)) == ["a", "b"]


def test_a_path_that_visits_too_much_is_stopped():
    tree = [0]
    for _ in range(40):
        tree = [tree, tree]
    assert len(found("$..*", tree)) == 81
    with pytest.raises(TooManyError):
        read_path("$..[*]^^").find(tree)


FIELDS = [
    ("title", {"title": "t"}, [(("title",), "t")]),
    ("info.title", {"info": {"title": "t"}}, [(("info", "title"), "t")]),
    ("info.title", {"info.title": "whole"}, [(("info.title",), "whole")]),
    ("a[0].b", {"a": [{"b": 1}]}, [(("a", "0", "b"), 1)]),
    ("a['b.c']", {"a": {"b.c": 1}}, [(("a", "b.c"), 1)]),
    ("a.length", {"a": [1, 2]}, [(("a", "length"), 2)]),
    ("x", {}, [(("x",), UNDEFINED)]),
    ("x", "text", [((), "text")]),
    ("@key", {"a": 1, "b": 2}, [(("a",), "a"), (("b",), "b")]),
    ("@key", ["x"], [((0,), "0")]),
    ("@key", {}, [((), UNDEFINED)]),
    ("@key", "text", [((), "text")]),
    ("$.a[*]", {"a": [1, 2]}, [(("a", 0), 1), (("a", 1), 2)]),
    ("$.b", {"a": 1}, [((), UNDEFINED)]),
    ("$.b", "text", [((), "text")]),
    (None, {"a": 1}, [((), {"a": 1})]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "targets"), FIELDS)
def test_what_a_field_means(field, value, targets):
    assert list(read_field(field)(value)) == targets


NAN = float("nan")


def test_truth_and_equality_are_javascripts():
    assert [truthy(one) for one in (0, "", None, False, UNDEFINED, NAN)] == [False] * 6
    assert all(truthy(one) for one in ([], {}, "0", -1, True))
    assert loosely_equal("1", 1)
    assert loosely_equal(None, UNDEFINED)
    assert loosely_equal(True, 1)
    assert not loosely_equal("", None)
    assert not loosely_equal([], "")
    assert not strictly_equal("1", 1)
    assert not strictly_equal(True, 1)
    assert strictly_equal(1, 1.0)
    assert not strictly_equal([], [])
    assert ordered("<", "10", "9")
    assert not ordered("<", "10", 9)
    assert not ordered(">", UNDEFINED, 1)
    assert [to_number(one) for one in ("", " 12 ", "0x10", "1e3", True, None)] == [0, 12, 16, 1000, 1, 0]
    assert all(to_number(one) != to_number(one) for one in ("1_000", "nan", "abc", [], UNDEFINED))
