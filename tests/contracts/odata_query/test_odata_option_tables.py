"""What the options beside `$filter` take and what they do not, by dialect."""

import pytest
from rows import over

from contracts.odata_query.names import READ, REFUSED, option_of
from contracts.odata_query.options import Expanded, Options, Ordered, Selected, parse_option, parse_options
from contracts.odata_query.query import options_of, parts_of, with_value
from contracts.odata_query.tokens import ODataSyntaxError
from contracts.odata_query.tree import Binary, FunctionCall, Literal, Path

TAKEN = [
    ("v4", "$select", "a"), ("v4", "$select", "a,b"), ("v4", "$select", "a, b"), ("v4", "$select", "*"),
    ("v4", "$select", "a/b,c"), ("v4", "$select", "a/*"), ("v2", "$select", "to_Item/Material,SalesOrder"),
    ("v2", "$select", "*"), ("v4", "$orderby", "a"), ("v4", "$orderby", "a asc,b desc"), ("v4", "$orderby", "a  desc"),
    ("v4", "$orderby", "length(a) desc, b/c"), ("v4", "$orderby", "(a add b) desc"), ("v2", "$orderby", "a/b desc"),
    ("v4", "$orderby", "lines/$count desc"), ("v4", "$orderby", "asc desc"), ("v2", "$expand", "to_Item"),
    ("v2", "$expand", "to_Item/to_Schedule,to_Partner"), ("v4", "$expand", "lines"), ("v4", "$expand", "lines,customer"),
    ("v4", "$expand", "*"), ("v4", "$expand", "*/$ref"), ("v4", "$expand", "*($levels=2)"), ("v4", "$expand", "lines/$ref"),
    ("v4", "$expand", "lines/$count"), ("v4", "$expand", "lines($select=a,b)"), ("v4", "$expand", "lines($levels=max)"),
    ("v4", "$expand", "lines($filter=a eq ');$top=5(';$top=2),customer"),
    ("v4", "$expand", "lines($expand=item($select=name;$top=1);$count=true)"),
    ("v4", "$expand", "lines($orderby=a desc,b;$skip=1;$select=*)"), ("v4", "$expand", "a/Sales.Boss/b"),
    ("v4", "$top", "0"), ("v4", "$top", "20000"), ("v2", "$skip", "0010"), ("v4", "$count", "true"),
    ("v4", "$count", "false"), ("v2", "$inlinecount", "allpages"), ("v2", "$inlinecount", "none"),
    ("v2", "$format", "json"), ("v4", "$format", "application/json;odata.metadata=minimal"),
    ("v4", "$format", "application/json; IEEE754Compatible=true"), ("v4", "$skiptoken", "D'x')20 aid=1;b"),
    ("v2", "$skiptoken", "20"),
]  # fmt: skip

NOT_TAKEN = [
    ("v4", "$select", "", 0), ("v4", "$select", "a,", 2), ("v4", "$select", ",a", 0), ("v4", "$select", "a b", 2),
    ("v4", "$select", "a/*/b", 3), ("v4", "$select", "*a", 1), ("v4", "$select", "a($select=b)", 1),
    ("v4", "$select", "a eq 1", 2), ("v4", "$select", "a;b", 1), ("v4", "$select", "Ns.*", 2), ("v4", "$select", "'a'", 0),
    ("v4", "$select", "a/ b", 3), ("v4", "$select", "a /b", 2), ("v4", "$select", "$it", 0), ("v4", "$select", "@p", 0),
    ("v4", "$select", "a" + ",a" * 200, 401), ("v4", "$orderby", "", 0), ("v4", "$orderby", "a up", 2),
    ("v4", "$orderby", "a desc asc", 7), ("v4", "$orderby", "a DESC", 2), ("v4", "$orderby", "a,,b", 2),
    ("v4", "$orderby", "a)desc", 1), ("v4", "$orderby", "(a)desc", 3), ("v4", "$expand", "", 0), ("v4", "$expand", "lines(", 6),
    ("v4", "$expand", "lines()", 6), ("v4", "$expand", "lines($top=1", 12), ("v4", "$expand", "lines($top=1))", 13),
    ("v4", "$expand", "lines($top=1;)", 13), ("v4", "$expand", "lines($top=1;$top=2)", 13),
    ("v4", "$expand", "lines($levels=1;$levels=2)", 16), ("v4", "$expand", "lines($apply=x)", 6),
    ("v4", "$expand", "lines($search=x)", 6), ("v4", "$expand", "lines($compute=x)", 6),
    ("v4", "$expand", "lines(top=1)", 6), ("v4", "$expand", "lines($TOP=1)", 6), ("v4", "$expand", "lines($top =1)", 11),
    ("v4", "$expand", "lines($top:1)", 10), ("v4", "$expand", "lines($top=-1)", 11), ("v4", "$expand", "lines($top='1')", 11),
    ("v4", "$expand", "lines($count=yes)", 13), ("v4", "$expand", "lines($levels=0)", 14),
    ("v4", "$expand", "lines($levels=10)", 14), ("v4", "$expand", "lines ($top=1)", 6), ("v4", "$expand", "lines/$value", 6),
    ("v4", "$expand", "$ref", 0), ("v4", "$expand", "lines/$ref/a", 10), ("v4", "$expand", "lines($filter=a eq 1) or (b)", 22),
    ("v4", "$expand", "lines($filter=1 eq 1) or (1 eq 1;$top=1)", 22), ("v4", "$expand", "lines&$top=1", 5),
    ("v4", "$expand", "a($expand=" * 33 + "b" + ")" * 33, None), ("v2", "$expand", "to_Item($top=1)", 7),
    ("v2", "$expand", "*", 0), ("v2", "$expand", "to_Item/$ref", 8), ("v4", "$top", "", 0), ("v4", "$top", "-1", 0),
    ("v4", "$top", "1.0", 0), ("v4", "$top", "+1", 0), ("v4", "$top", "1e3", 0), ("v4", "$top", " 1", 0),
    ("v4", "$top", "0x10", 0), ("v4", "$top", "99999999999", 0), ("v4", "$top", "\u0661", 0), ("v4", "$top", "max", 0),
    ("v4", "$skip", "x", 0), ("v4", "$count", "TRUE", 0), ("v4", "$count", "1", 0), ("v4", "$count", "", 0),
    ("v2", "$inlinecount", "all", 0), ("v2", "$format", "", 0), ("v2", "$format", "json xml", 0),
    ("v2", "$format", "json\r\nX: y", 0), ("v4", "$format", "<json>", 0), ("v4", "$skiptoken", "", 0),
    ("v4", "$skiptoken", "a\nb", 0), ("v4", "$skiptoken", "a\x00", 0), ("v4", "$skiptoken", "x" * 9000, 0),
    *(("v4", option, "x", 0) for option in sorted(REFUSED)), ("v4", "$nosuch", "x", 0), ("v4", "filter", "a eq 1", 0),
]  # fmt: skip


@over(("dialect", "option", "text"), TAKEN)
def test_it_is_taken(dialect, option, text):
    parse_option(option, text, dialect)


@over(("dialect", "option", "text", "position"), NOT_TAKEN)
def test_it_is_not_taken(dialect, option, text, position):
    with pytest.raises(ODataSyntaxError) as caught:
        parse_option(option, text, dialect)

    assert caught.value.option == option
    assert position in (None, caught.value.position)


def test_what_is_read():
    assert parse_option("$select", "a,b/*", "v4") == (Selected(("a",)), Selected(("b", "*")))
    assert parse_option("$orderby", "length(a) desc,b", "v4") == (
        Ordered(FunctionCall("length", (Path(("a",)),)), descending=True),
        Ordered(Path(("b",))),
    )
    assert parse_option("$expand", "a/b($filter=c eq ')';$top=2),d/$ref", "v4") == (
        Expanded(("a", "b"), options=Options(filter=Binary("eq", Path(("c",)), Literal("string", "')'")), top=2)),
        Expanded(("d",), "$ref"),
    )
    assert parse_option("$expand", "a($levels=max)", "v4") == (Expanded(("a",), levels=-1),)
    assert parse_options({"$top": "5", "$count": "true", "$format": "json"}, "v4") == Options(
        top=5, count=True, format="json"
    )


@pytest.mark.parametrize(
    ("name", "option"),
    [
        ("$filter", "$filter"), ("filter", "$filter"), ("FILTER", "$filter"), ("$Filter", "$filter"),
        (" $filter", "$filter"), ("$fil\tter", "$filter"), ("$filter\x00", "$filter"), ("apply", "$apply"),
        ("$nosuch", "$nosuch"), ("@p", "@p"), ("dryRun", None), ("value", None), ("id", None), ("sap-client", None),
        ("filters", None), ("", None),
    ],
)  # fmt: skip
def test_names_that_a_server_may_take_for_an_option(name, option):
    assert option_of(name) == option


SPELLED = {option: option for option in READ}


@pytest.mark.parametrize(
    "query",
    [
        b"$top=1&$top=2", b"$top=1&%24top=2", b"%24top=1&%24%74op=2", b"$top=1&top=2", b"$top=1&$TOP=2",
        b"top=1&$top=2", b"$top=1&TOP=2", b"$top=1&+$top=2", b"$top=1&$top%00=2", b"$TOP=1", b"top=1", b"%20$top=1",
        b"$apply=x", b"apply=x", b"$search=x", b"SEARCH=x", b"$compute=x", b"$deltatoken=x", b"$query=x", b"$nosuch=1",
        b"$=1", b"@p=1", b"$id=x", b"$top%FF=1", b"$top%2=1",
    ],
)  # fmt: skip
def test_an_option_is_given_once_and_as_the_contract_writes_it(query):
    with pytest.raises(ODataSyntaxError) as caught:
        options_of(parts_of(query), SPELLED)

    assert caught.value.option in READ | REFUSED | {""}


def test_options_among_other_parameters():
    parts = parts_of(b"dryRun=true&%24top=5&&$filter=a+eq+%27%C3%BC%27&sap-language=DE")

    given = options_of(parts, SPELLED)

    assert {option: part.text() for option, part in given.items()} == {"$top": "5", "$filter": "a eq 'ü'"}


@pytest.mark.parametrize("value", [b"%", b"%2", b"%zz", b"%FF", b"%ED%A0%80"])
def test_a_value_that_is_no_text(value):
    [part] = parts_of(b"$filter=" + value)

    with pytest.raises(ODataSyntaxError):
        part.text()


def test_one_parameter_is_set_and_the_rest_keeps_its_bytes():
    parts = parts_of(b"a=%41&%24top=500&b=+")

    assert with_value(parts, "$top", b"100") == b"a=%41&$top=100&b=+"
    assert with_value(parts, "$skip", b"1") == b"a=%41&%24top=500&b=+&$skip=1"
    assert with_value([], "$top", b"100") == b"$top=100"
