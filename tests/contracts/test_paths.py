"""The matcher: precedence, values, groups, and what other gateways got wrong."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.paths import InvalidTemplateError, PathMatcher, UnsafePathError, canonical, read_template


def matcher(*templates, prefix="/sales/v1", group="1.0.0"):
    made = PathMatcher()
    for template in templates:
        made.add(prefix, template, group, template)
    return made


def only(found):
    return (found[0].first, found[0].values) if found else None


TABLE = matcher(
    "/", "/orders", "/orders/", "/orders/{id}", "/orders/new", "/orders/{id}.json", "/orders/{id}/items/{n}",
    "/orders/{id}/items/$count", "/orders/new/{x}", "/$metadata", "/report.{format}", "/{a}-{b}", "/{any}/lines",
    "/a.b/{x}", "/v(1)/{x}", "/x+y*/{x}", "/employees/{prct}", "/sales/v1/{x}", "/caf\u00e9/{x}", "/a b/{x}", "/it's",
    "/A_SalesOrder('{id}')", "/A_SalesOrder('{id}')/to_Item", "/A_SalesOrder", "/v{n}/x{m}y", "/A_SalesOrder/$count",
)  # fmt: skip


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/orders", ("/orders", ())),
        (b"/orders/", ("/orders/", ())),
        (b"/", ("/", ())),
        (b"", None),
        (b"/orders/5", ("/orders/{id}", (b"5",))),
        (b"/orders/5/", None),
        (b"/orders/new", ("/orders/new", ())),
        (b"/orders/newer", ("/orders/{id}", (b"newer",))),
        (b"/orders/new/items/2", ("/orders/{id}/items/{n}", (b"new", b"2"))),
        (b"/orders/new/5", ("/orders/new/{x}", (b"5",))),
        (b"/orders/5/items/$count", ("/orders/{id}/items/$count", (b"5",))),
        (b"/orders/5.json", ("/orders/{id}.json", (b"5",))),
        (b"/orders/.json", ("/orders/{id}", (b".json",))),
        (b"/$metadata", ("/$metadata", ())),
        (b"/xmetadata", None),
        (b"/report.pdf", ("/report.{format}", (b"pdf",))),
        (b"/report.", None),
        (b"/reportXpdf", None),
        (b"/report.tar.gz", ("/report.{format}", (b"tar.gz",))),
        (b"/report.a-b", ("/report.{format}", (b"a-b",))),
        (b"/x-y", ("/{a}-{b}", (b"x", b"y"))),
        (b"/x-y-z", ("/{a}-{b}", (b"x-y", b"z"))),
        (b"/-y", None),
        (b"/x-", None),
        (b"/x-y/lines", ("/{any}/lines", (b"x-y",))),
        (b"/orders/lines", ("/orders/{id}", (b"lines",))),
        (b"/other/lines", ("/{any}/lines", (b"other",))),
        (b"/a.b/1", ("/a.b/{x}", (b"1",))),
        (b"/aXb/1", None),
        (b"/v(1)/1", ("/v(1)/{x}", (b"1",))),
        (b"/v1/1", None),
        (b"/x+y*/1", ("/x+y*/{x}", (b"1",))),
        (b"/xxy/1", None),
        (b"/employees/7", ("/employees/{prct}", (b"7",))),
        (b"/sales/v1/9", ("/sales/v1/{x}", (b"9",))),
        (b"/caf%C3%A9/1", ("/caf\u00e9/{x}", (b"1",))),
        (b"/a%20b/1", ("/a b/{x}", (b"1",))),
        (b"/it's", ("/it's", ())),
        (b"/A_SalesOrder('1')", ("/A_SalesOrder('{id}')", (b"1",))),
        (b"/A_SalesOrder('1')/to_Item", ("/A_SalesOrder('{id}')/to_Item", (b"1",))),
        (b"/A_SalesOrder('a%2Fb')/to_Item", ("/A_SalesOrder('{id}')/to_Item", (b"a%2Fb",))),
        (b"/A_SalesOrder", ("/A_SalesOrder", ())),
        (b"/A_SalesOrder/$count", ("/A_SalesOrder/$count", ())),
        (b"/v12/xaby", ("/v{n}/x{m}y", (b"12", b"ab"))),
        (b"/v12/xy", None),
        (b"/orders/caf%C3%A9", ("/orders/{id}", (b"caf%C3%A9",))),
        (b"/orders/X('a%2Fb')", None),
    ],
)  # fmt: skip
def test_where_a_path_leads(path, found):
    assert only(TABLE.match(b"/sales/v1" + path if path else b"/sales/v1")) == found


@pytest.mark.parametrize(
    "path", [b"", b"/", b"/sales", b"/sales/", b"/sales/v1", b"/sales/v2/orders", b"/orders", b"/sales/v1x/orders"]
)
def test_the_prefix_is_literal(path):
    assert TABLE.match(path) == ()


def test_values_come_from_their_own_segment_below_any_prefix():
    assert only(matcher("/orders/{id}", prefix="/a/b/c/d/v3").match(b"/a/b/c/d/v3/orders/7")) == (
        "/orders/{id}",
        (b"7",),
    )
    assert only(matcher("/orders/{id}", prefix="").match(b"/orders/7")) == ("/orders/{id}", (b"7",))


def test_a_literal_never_splits_an_escape():
    table = matcher("/{a}20{b}", "/x/{a}20", "/y/{a}C{b}D")
    assert table.match(b"/sales/v1/x%20y") == ()
    assert only(table.match(b"/sales/v1/x20y")) == ("/{a}20{b}", (b"x", b"y"))
    assert table.match(b"/sales/v1/x/a%20") == ()
    assert only(table.match(b"/sales/v1/y/a%C3%A9Cb%CDD")) == ("/y/{a}C{b}D", (b"a%C3%A9", b"b%CD"))


def test_more_literal_text_wins_whatever_the_order_of_adding():
    templates = ["/{a}.json", "/report.{f}", "/report-{a}.{f}", "/{a}.{b}", "/{any}"]
    for order in (templates, templates[::-1]):
        table = matcher(*order)
        assert only(table.match(b"/sales/v1/report-1.json")) == ("/report-{a}.{f}", (b"1", b"json"))
        assert only(table.match(b"/sales/v1/report.json")) == ("/report.{f}", (b"json",))
        assert only(table.match(b"/sales/v1/x.json")) == ("/{a}.json", (b"x",))
        assert only(table.match(b"/sales/v1/x.xml")) == ("/{a}.{b}", (b"x", b"xml"))
        assert only(table.match(b"/sales/v1/x")) == ("/{any}", (b"x",))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/employees/{prct}", "/employees/{zd}"),
        ("/a/{x}/b/{y}", "/a/{y}/b/{x}"),
        ("/{a}-{b}", "/{c}-{d}"),
        ("/A('{x}')", "/A('{y}')"),
        ("/A('{x}')", "/A(Key='{x}')"),
        ("/A(%27{x}%27)", "/A('{y}')"),
        ("/X(A='{a}',B='{b}')", "/X(B='{p}',A='{q}')"),
        ("/caf%c3%a9", "/caf\u00e9"),
        ("/%6frders", "/orders"),
        ("/orders", "/orders"),
    ],
)
def test_templates_that_collapse_are_an_error_that_names_both(one, other):
    table = matcher(one)
    with pytest.raises(InvalidTemplateError) as caught:
        table.add("/sales/v1", other, "1.0.0", other)
    assert caught.value.code == "paths-collapse"
    assert one in caught.value.message
    assert other in caught.value.message
    table.add("/sales/v2", other, "1.0.0", other)
    table.add("/sales/v1", other, "1.1.0", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("/a/{x}", "/a/{x}/"),
        ("/A('{x}')", "/A({x})"),
        ("/{a}-{b}", "/{a}_{b}"),
        ("/a", "/{a}"),
        ("/X(A='{a}',B={b})", "/X(A={a},B='{b}')"),
    ],
)
def test_templates_that_differ_stand_side_by_side(one, other):
    assert matcher(one, other).match(b"/none") == ()


@pytest.mark.parametrize(
    "template",
    [
        "", "orders", "/a//b", "/a/../b", "/a/./b", "/a;b", "/a\\b", "/a/{x", "/a/x}", "/a/{}", "/a/{{x}}", "/a/{x}/{x}",
        "/a?b={c}", "/a#b", "/a%2Fb", "/a%5Cb", "/a%zz", "/a%2{x}", "/a%{x}", "/a%252f", "/{a}{b}", "/a\x00", "/a/{b/c}",
    ],
)  # fmt: skip
def test_templates_that_no_call_can_be_matched_to(template):
    with pytest.raises(InvalidTemplateError) as caught:
        matcher(template, prefix="")
    assert caught.value.code == "path-template"
    assert caught.value.remedy


def test_groups_share_paths_and_keep_their_own():
    table = PathMatcher()
    table.add("/s/v1", "/orders/{id}", "1.0.0", "old id")
    table.add("/s/v1", "/orders/{number}", "1.1.0", "new id")
    table.add("/s/v1", "/orders/recent", "1.1.0", "recent")
    table.add("/s/v1", "/A('{x}')", "1.0.0", "old A")
    table.add("/s/v1", "/A(Key='{x}')", "1.1.0", "new A")
    (both,) = table.match(b"/s/v1/orders/5")
    assert both.of("1.0.0") == ("old id", (b"5",))
    assert both.of("1.1.0") == ("new id", (b"5",))
    assert both.of("1.2.0") is None
    first, second = table.match(b"/s/v1/orders/recent")
    assert (first.by_group, first.values) == ({"1.1.0": "recent"}, ())
    assert (second.by_group, second.values) == ({"1.0.0": "old id"}, (b"recent",))
    assert {name: c.of(name) for c in table.match(b"/s/v1/A('7')") for name in c.by_group} == {
        "1.0.0": ("old A", (b"7",)),
        "1.1.0": ("new A", (b"7",)),
    }
    assert [c.by_group for c in table.match(b"/s/v1/A(Key='7')")] == [{"1.1.0": "new A"}]


def test_apis_do_not_see_each_other():
    table = PathMatcher()
    table.add("/a/v1", "/{x}", "1.0.0", "a")
    table.add("/b/v1", "/{x}", "1.0.0", "b")
    assert [c.first for c in table.match(b"/b/v1/1")] == ["b"]


NAMES = st.sampled_from(["a", "b", "orders", "x.y", "$count", "A(1)", "-", "new"])
SEGMENT = st.one_of(
    NAMES, st.just("{P}"), st.tuples(NAMES, st.just("{P}")).map("".join), st.just("{P}-{P}"), st.just("K('{P}')")
)


@st.composite
def templates(draw):
    text = "/" + "/".join(draw(st.lists(SEGMENT, min_size=1, max_size=4)))
    counter = iter(range(100))
    return re.sub(r"\{P\}", lambda _: f"{{p{next(counter)}}}", text)


@settings(max_examples=200)
@given(st.lists(templates(), min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_the_best_template_is_found_as_a_plain_search_finds_it(texts, random):
    """Against a slow reading of the rule: every template tried by itself, the best by segment wins."""
    table, kept = PathMatcher(), []
    for text in texts:
        try:
            table.add("", text, "1", text)
        except InvalidTemplateError:
            continue
        kept.append(text)
    pattern = random.choice(kept)
    path = re.sub(r"\{p\d+\}", lambda _: random.choice(["a", "b", "a-b", "new", "7", "x.y"]), pattern).encode()
    alone = {text: matcher(text, prefix="", group="1").match(path) for text in kept}
    hits = {text: found for text, found in alone.items() if found}

    def rank(text):
        segments = text.split("/")[1:]
        return [
            (0,) if "{" not in s else (1,) if s.startswith("K('") else (3,) if re.fullmatch(r"\{p\d+\}", s) else
            (2, -len(re.sub(r"\{p\d+\}", "", s)), s.count("{") + 1, re.split(r"\{p\d+\}", s)) for s in segments
        ]  # fmt: skip

    found = table.match(path)
    assert pattern in hits
    assert len(found) == 1
    assert found[0].first == min(hits, key=rank)
    assert found[0].values == hits[found[0].first][0].values


@given(st.binary(max_size=60))
def test_any_path_is_matched_without_a_crash(tail):
    try:
        path = canonical(b"/sales/v1/" + tail)
    except UnsafePathError:
        return
    for candidate in TABLE.match(path):
        assert all(value and b"/" not in value for value in candidate.values)
        assert len(candidate.values) == len(read_template(candidate.first).names)


def test_a_hostile_path_visits_no_more_than_the_tree():
    table = matcher(*("".join(f"/{{p{d}}}" if bits >> d & 1 else "/a" for d in range(9)) for bits in range(512)))
    assert only(table.match(b"/sales/v1" + b"/a" * 9)) == ("/a" * 9, ())
    assert table.match(b"/sales/v1" + b"/a" * 8) == ()
    assert table.match(b"/sales/v1" + b"/a" * 20_000) == ()
    dashes = matcher("/" + "-".join(f"{{p{n}}}" for n in range(20)))
    assert len(dashes.match(b"/sales/v1/" + b"-" * 100_000 + b"%20-")[0].values) == 20
    assert dashes.match(b"/sales/v1/" + b"x-" * 19) == ()
