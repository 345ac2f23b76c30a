"""Laws of the grammar: what is printed parses to the same tree, no text leaves its brackets, no input is costly."""

import contextlib
import re
import sys
from re._constants import MAXREPEAT
from re._parser import SubPattern

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from laws import ANY_SIZE, tried

from contracts.odata_query import names, options, printer, tokens
from contracts.odata_query.filter import FUNCTIONS, MOST_HEIGHT, parse_filter
from contracts.odata_query.names import READ, REFUSED
from contracts.odata_query.options import Expanded, Options, Ordered, Selected, parse_option
from contracts.odata_query.printer import conjoin, print_filter
from contracts.odata_query.tokens import ODataSyntaxError
from contracts.odata_query.tree import (
    Alias,
    Binary,
    FunctionCall,
    In,
    Lambda,
    Literal,
    Logic,
    Path,
    Unary,
    equals,
    string,
    walk,
)

DIALECTS = ("v2", "v4")
COMPARE = ("eq", "ne", "gt", "ge", "lt", "le", "add", "sub", "mul", "div", "mod")
WORDS = {"and", "or", "not", "has", "in", "divby", "true", "false", "null", "INF", "NaN", *COMPARE}
TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\u2028\u2029\ufeff"), max_size=12
).map(string)
NAMES = st.from_regex(r"[A-Za-z_Äé][A-Za-z0-9_ß]{0,8}", fullmatch=True).filter(lambda name: name not in WORDS)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(lambda names: Path(tuple(names)))
NUMBERS = st.one_of(
    st.integers(-(10**20), 10**20).map(str), st.decimals(-1000, 1000, places=3).map(str), st.just("-INF")
).map(lambda text: Literal("number", text))
OF = {
    "v4": [
        Literal("guid", "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"), Literal("date", "2026-02-28"),
        Literal("date", "2026-02-28T13:20:00.5+02:00"), Literal("time", "07:59:59"),
        Literal("typed", "duration'-P1DT2H'"), Literal("typed", "Ns.Colour'Red,Blue'"),
    ],
    "v2": [
        Literal("typed", "datetime'2026-02-28T13:20:00'"), Literal("typed", "X'0f'"), Literal("number", "12.5M"),
        Literal("typed", "guid'6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410'"), Literal("number", "5L"),
    ],
}  # fmt: skip
PLAIN = [Literal("null", "null"), Literal("boolean", "true"), Literal("boolean", "false")]


def trees(dialect):
    """Any tree of a dialect, not too high."""
    values = st.one_of(TEXT, NUMBERS, st.sampled_from([*PLAIN, *OF[dialect]]))
    leaves = [values, PATHS]
    if dialect == "v4":
        leaves.append(NAMES.map(Alias))
        leaves.append(NAMES.map(lambda name: Path((name, "$count"))))

    def above(node):
        calls = st.sampled_from(
            [(n, a) for n, several in FUNCTIONS[dialect].items() for a in several if n not in ("cast", "isof")]
        )
        kinds = [
            st.builds(Unary, st.sampled_from(["not", "-"]), node),
            st.builds(Binary, st.sampled_from(COMPARE), node, node),
            st.builds(Logic, st.sampled_from(["and", "or"]), st.lists(node, min_size=2, max_size=4).map(tuple)),
            calls.flatmap(
                lambda call: st.lists(node, min_size=call[1], max_size=call[1]).map(
                    lambda arguments: FunctionCall(call[0], tuple(arguments))
                )
            ),
        ]
        if dialect == "v4":
            kinds += [
                st.builds(Binary, st.sampled_from(["has", "divby"]), node, node),
                st.builds(In, node, st.lists(values, min_size=1, max_size=3).map(tuple)),
                st.builds(Lambda, PATHS, st.sampled_from(["any", "all"]), NAMES, node),
                st.builds(Lambda, PATHS, st.just("any")),
            ]
        return st.one_of(kinds)

    return st.recursive(st.one_of(leaves), above, max_leaves=12)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_tree_prints_to_text_that_parses_to_it(dialect):
    @tried(100, HealthCheck.too_slow)
    @given(trees(dialect))
    def law(tree):
        assert parse_filter(print_filter(tree), dialect) == tree

    law()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_pin_and_a_caller_are_two_operands_of_one_and(dialect):
    @tried(50, HealthCheck.too_slow)
    @given(trees(dialect), TEXT, PATHS)
    def law(caller, value, path):
        pin = equals(path.segments, value)
        text = conjoin(pin, caller)
        assert text == f"({print_filter(pin)}) and ({print_filter(caller)})"
        assert parse_filter(text, dialect) == Logic("and", (pin, caller))

    law()


def test_a_pin_alone():
    assert conjoin(equals(("company",), string("O'Neil")), None) == "company eq 'O''Neil'"


ESCAPES = [
    "1 eq 1) or (1 eq 1", "a eq 'x') or ('1' eq '1", "a eq 'x'') or (1 eq 1", "1 eq 1) or true --", "true) or (true",
    "a eq 1 or", ") or (", "a eq '\\') or (1 eq 1'", "a eq 'x' /* ') or ( */", "a eq \u2019) or (1 eq 1\u2019",
    "a eq 1%29 or %281 eq 1", "1 eq 1\x00) or (1 eq 1", "not (a eq 1)) or (b eq 1", "a/any(x:x)) or (b/any(x:x)",
]  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("text", ESCAPES)
def test_no_caller_leaves_the_brackets(dialect, text):
    """What parses is one tree below the `and`; what would close a bracket that it did not open does not parse."""
    pin = equals(("company",), string("1"))
    try:
        caller = parse_filter(text, dialect)
    except ODataSyntaxError:
        return
    assert parse_filter(conjoin(pin, caller), dialect) == Logic("and", (pin, caller))
    assert text not in ESCAPES[:2] + ESCAPES[3:7] + ESCAPES[8:]


ALPHABET = st.sampled_from(
    ["a", "b", "1", "'", "''", "(", ")", " ", ",", "/", ":", ";", "=", "-", "*", "$", "@", ".", "%", "eq", " eq ",
     " and ", " or ", "not ", " in ", "any(", "all(", "x:", "null", "true", "$it", "$count", "$filter=", "$top=1",
     "2026-01-01", "T00:00Z", "datetime'", "guid'", "Ns.E'", "\x00", "\n", "\u2019", "é", "東", "\U0001f6a2", "desc"]
)  # fmt: skip
SOUP = st.one_of(st.lists(ALPHABET, max_size=24).map("".join), st.text(max_size=40))


def outcome(option, text, dialect):
    """What was read, or why it was not; any other exception is the test's failure."""
    try:
        return parse_option(option, text, dialect), None
    except ODataSyntaxError as error:
        return None, error


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "chosen", [*([option] for option in sorted(READ)), sorted(REFUSED | {"$nosuch"})], ids=" ".join
)
def test_nothing_else_is_ever_raised(dialect, chosen):
    @tried(40)
    @given(st.sampled_from(chosen), SOUP)
    def law(option, text):
        value, error = outcome(option, text, dialect)
        if error is not None:
            assert error.option == option
            assert 0 <= error.position <= len(text)
            return
        again = {
            "$filter": printer.print_filter, "$select": printer.print_select, "$orderby": printer.print_orderby,
            "$expand": printer.print_expand,
        }.get(option)  # fmt: skip
        if again is not None:
            assert parse_option(option, again(value), dialect) == value

    law()


def selections():
    return st.lists(st.lists(NAMES, min_size=1, max_size=2), min_size=1, max_size=3).map(
        lambda items: tuple(Selected(tuple(item)) for item in items)
    )


def expansions():
    node = trees("v4")
    ordered = st.lists(st.builds(Ordered, node, st.booleans()), min_size=1, max_size=2).map(tuple)

    def item(inner):
        nested = st.builds(
            Options,
            filter=st.none() | node,
            select=st.none() | selections(),
            orderby=st.none() | ordered,
            top=st.none() | st.integers(0, 999),
            skip=st.none() | st.integers(0, 999),
            count=st.none() | st.booleans(),
            expand=st.none() | inner,
        ).filter(lambda made: made != Options())
        one = st.builds(
            Expanded,
            st.lists(NAMES, min_size=1, max_size=2).map(tuple),
            st.sampled_from(["", "$ref", "$count"]),
            st.none() | nested,
            st.sampled_from([0, 3, -1]),
        )
        return st.lists(one, min_size=1, max_size=2).map(tuple)

    plain = st.lists(NAMES, min_size=1, max_size=2).map(lambda names: (Expanded(tuple(names)),))
    return st.recursive(plain, item, max_leaves=4)


@tried(40, *ANY_SIZE)
@given(expansions())
def test_expansions_print_to_text_that_parses_to_them(items):
    assert parse_option("$expand", printer.print_expand(items), "v4") == items


@tried(25, HealthCheck.too_slow)
@given(st.lists(st.builds(Ordered, trees("v4"), st.booleans()), min_size=1, max_size=3).map(tuple))
def test_orders_print_to_text_that_parses_to_them(items):
    assert parse_option("$orderby", printer.print_orderby(items), "v4") == items


def calls_of(fn):
    """How many Python functions one call enters: a cost that no load of the machine changes."""
    count = 0

    def profile(_frame, event, _argument):
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(profile)
    try:
        fn()
    finally:
        sys.setprofile(None)
    return count


GROWING = {
    "a chain": lambda n: " or ".join(["a eq 1"] * n),
    "a list": lambda n: "a in (" + ",".join(["1"] * n) + ")",
    "a text": lambda n: "a eq '" + "''x" * n + "'",
    "an open quote": lambda n: "a eq '" + "''" * n,
    "many open quotes": lambda n: "a'" * n,
    "white space": lambda n: "a" + " " * (4 * n) + "eq 1",
    "white space and no more": lambda n: " " * (4 * n),
    "white space before a bad character": lambda n: "a" + " \t" * n + "!",
    "digits": lambda n: "a eq " + "1" * (4 * n) + "x",
    "a long name": lambda n: "x" * (4 * n),
    "dots": lambda n: "a." * n,
    "dots and a quote": lambda n: "a." * n + "a'",
    "dates": lambda n: "2026-01-01T" * n,
    "a path": lambda n: "/".join(["a"] * n),
    "brackets": lambda n: "(" * n,
    "nots": lambda n: "not " * n,
    "arguments": lambda n: "concat(" * n,
    "lambdas": lambda n: "a/any(x:" * n,
    "a geography": lambda n: "geography'SRID=0;Point(" + "1 " * n + "'",
    "a duration": lambda n: "duration'P" + "1D" * n + "'",
    "an enum": lambda n: "N.E'" + "a," * n + "'",
    "bytes": lambda n: "binary'" + "ab" * n + "=='",
}


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize("shape", sorted(GROWING))
def test_four_times_the_text_takes_no_more_than_about_four_times_the_steps(shape, dialect):
    def cost(size):
        def read():
            with contextlib.suppress(ODataSyntaxError):
                print_filter(parse_filter(GROWING[shape](size), dialect))

        return calls_of(read)

    small, large = cost(100), cost(400)
    assert large <= 5 * small + 200
    assert large <= 40_000


def repeats(parsed):
    """Every unbounded repeat in a pattern that may give back what it took."""
    for code, argument in parsed:
        name = str(code)
        if name in ("MAX_REPEAT", "MIN_REPEAT"):
            yield from [name] if argument[1] is MAXREPEAT else []
            yield from repeats(argument[2])
        elif isinstance(argument, tuple | list):
            for part in argument:
                if isinstance(part, SubPattern):
                    yield from repeats(part)
                elif isinstance(part, list):
                    for one in part:
                        yield from repeats(one) if isinstance(one, SubPattern) else ()


def test_no_pattern_gives_back_what_it_took():
    """Function calls do not count what happens inside a pattern, so its form is judged."""
    patterns = [value for module in (tokens, options, names) for value in vars(module).values()]
    patterns += [inner for value in patterns if isinstance(value, dict) for inner in value.values()]
    patterns += [inner for value in patterns if isinstance(value, dict) for inner in value.values()]
    judged = [value for value in patterns if isinstance(value, re.Pattern)]

    assert len(judged) >= 15
    assert [p.pattern for p in judged if list(repeats(re._parser.parse(p.pattern)))] == []
    assert list(repeats(re._parser.parse("(?:a|(b+))"))) == ["MAX_REPEAT"]


def test_what_is_parsed_is_never_so_high_that_walking_it_fails():
    def height(node, seen=0):
        below = [height(child, seen + 1) for child in children_of(node)]
        return 1 + max(below, default=0)

    def children_of(node):
        from contracts.odata_query.tree import children

        return children(node)

    texts = ["not " * 31 + "a", "(" * 31 + "a" + ")" * 31, "a" + " add a" * 63, "concat(a," * 31 + "a" + ")" * 31]
    texts.append("(" * 31 + "a" + " add a) add a" * 31)
    texts.append("a/any(x:" * 31 + "x" + ")" * 31)
    for text in texts:
        tree = parse_filter(text, "v4")
        assert height(tree) <= MOST_HEIGHT + 2
        assert len(list(walk(tree))) < 1000
