"""What `$filter` takes and what it does not, by dialect; each refusal with the character where it goes wrong."""

import pytest
from rows import over

from contracts.odata_query.filter import FUNCTIONS, MOST_DEPTH, MOST_HEIGHT, parse_filter, parse_literal
from contracts.odata_query.printer import print_filter
from contracts.odata_query.tokens import MOST_CHARACTERS, ODataSyntaxError
from contracts.odata_query.tree import Binary, In, Lambda, Literal, Logic, Path, Unary, string

GUID = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"

V4 = f"""
status eq 'Open'
status eq 'Open' and orderDate ge 2026-03-01
contains(customerName,'Yachts')
Price lt 10
Price le 10.5
Price gt -3
Price ge +3
Price eq 3.5E+10
Price eq 1e5
Price ne INF
Price ne -INF
Price eq NaN
Name eq 'O''Neil'
Name eq ''
Name eq ''''
Name eq '%27'
Name eq ') or (1 eq 1'
Name eq ';$top=5'
Name eq '/* no comment */ -- none'
Name eq 'Zürich 東京 🚢'
Größe gt 5
_id eq 1
id eq {GUID}
id eq {GUID.upper()}
{GUID} eq id
customerId in ({GUID},{GUID})
d eq 2026-02-28
t eq 2026-02-28T13:20:00Z
t eq 2026-02-28T13:20Z
t eq 2026-02-28T13:20:00.1234567Z
t eq 2026-02-28T13:20:00+02:00
t lt 2026-02-28T13:20:00-05:30
clock eq 07:59:59.999
clock eq 07:59
wait eq duration'P12DT23H59M59.999999999999S'
wait eq duration'-PT5M'
data eq binary'T0RhdGE='
Pattern has Sales.Pattern'Yellow'
Pattern has Sales.Pattern'Yellow,Blue'
Pattern eq A.B.C'1'
Name in ('Milk','Cheese')
Name in ('Milk', 'Cheese', 'Butter')
not Name in ('Milk')
Number in (1)
Number in (@a,2)
Name eq @name
@a eq @b
active
not active
not active and big
not (active and big)
not(active)
not contains(a,'b')
not startswith(a,'b') or c
not not active
active eq true
active eq false
note eq null
null ne note
true
(active)
((((active))))
(a eq 1) and (b eq 2)
(a eq 1)and(b eq 2)
a eq 1 and b eq 2 or c eq 3
a eq 1 or b eq 2 and c eq 3
a eq 1 and (b eq 2 or c eq 3)
(a or b) or c
a or (b or c)
a add b eq 3
a sub -5 eq 3
a sub b sub c eq 0
a mul b add c div d eq 0
a divby 2 gt 1
a mod 2 eq 0
-a lt 5
-a mul b lt 5
-(a add b) lt 0
-(-5) eq a
- 5 eq a
a eq -b
a gt b eq true
a eq b eq c
a eq not b
address/city eq 'Ulm'
address/country/code eq 'DE'
$it/name eq 'x'
$it eq null
$root/A eq 1
lines/$count gt 2
lines/any()
lines/any(l:l/quantity gt 5)
lines/any(l: l/quantity gt 5)
lines/all(l:l/quantity gt 5 and l/unit eq 'PC')
lines/any(l:l/parts/any(p:p/id eq l/id))
tags/any(t:t eq 'red')
$it/lines/any(l:l/q eq $it/q)
a/b/lines/any(x:not x/done)
length(name) eq 19
indexof(name,'x') eq 1
substring(name,1) eq 'x'
substring(name,1,2) eq 'x'
tolower(name) eq 'x'
toupper(name) eq 'X'
trim(name) eq 'x'
concat(concat(city,', '),country) eq 'Ulm, DE'
startswith(name,'A')
endswith(name,'Z') eq true
year(d) eq 2026
month(d) eq 5
day(d) eq 8
hour(t) eq 1
minute(t) eq 0
second(t) eq 0
fractionalseconds(t) lt 0.1
date(t) eq 2026-01-01
time(t) le 12:00
totaloffsetminutes(t) eq 60
totalseconds(wait) gt 5
t ge now()
t ge mindatetime()
t le maxdatetime()
round(price) eq 32
floor(price) eq 32
ceiling(price) eq 33
round(a add 2) eq 3
cast(price,Edm.String) eq '3'
cast(Edm.Int32) eq 3
isof(Edm.String)
isof(price, Edm.Decimal)
hassubset(a,b)
hassubsequence(a,b)
geo.distance(position,geography'SRID=0;Point(142.1 64.1)') le 1
geo.length(line) lt 10
geo.intersects(position,geometry'SRID=4326;Polygon((0 0,1 1,2 2,0 0))')
eqx eq 1
android eq 1
Sales.Boss/name eq 'x'
a/Sales.Boss/name eq 'x'
nullable eq 1
trueValue eq 1
INFO eq 1
any eq 1
 a eq 1
a  eq	1
""".strip("\n").split("\n")

V2 = f"""
substringof('a''b',Name)
substringof('Alfreds',CompanyName) eq true
TotalNetAmount gt 1000.00M
TotalNetAmount gt 12.5m
Count eq 5L
Count eq 5l
Weight eq 2.0d
Weight eq 2.5F
Weight eq 1E+3d
Weight eq -2.0D
Weight eq NaN
SalesOrderDate ge datetime'2026-01-01T00:00:00'
SalesOrderDate ge datetime'2026-01-01T00:00'
SalesOrderDate lt datetime'2026-01-01T00:00:00.1234567'
LastChange gt datetimeoffset'2026-01-01T00:00:00Z'
LastChange gt datetimeoffset'2026-01-01T00:00:00+01:00'
Id eq guid'{GUID}'
Duration eq time'PT13H20M'
Duration eq time'P1Y2M3DT4H5M6.7S'
Data eq binary'0FAB'
Data eq X'0fab'
SalesOrder eq '4711'
SalesOrder eq null
SalesOrder ne null and Blocked eq false
to_Partner/Customer eq '1'
not (A eq 1)
not endswith(Name,'x')
not substringof('x',Name)
startswith(Name,'x') eq true
replace(Name,' ','') eq 'x'
length(Name) gt 5
indexof(Name,'x') eq -1
substring(Name,1) eq 'x'
substring(Name,1,2) eq 'x'
tolower(Name) eq 'x'
toupper(Name) eq 'X'
trim(Name) eq 'x'
concat(A,B) eq 'x'
day(D) eq 1
year(D) eq 2026
round(P) eq 1
floor(P) eq 1
ceiling(P) eq 1
isof('Edm.String')
isof(Name,'Edm.String')
(A eq '1' or A eq '2') and B ne 'x'
A eq 1 and B eq 2 and C eq 3
A add 1 eq 2
A sub 1 eq 2
A mul 2 eq 4
A div 2 eq 4
A mod 2 eq 0
-A eq 5
has eq 1
in eq 1
""".strip("\n").split("\n")

V4_REFUSED = [
    ("", 0), ("   ", 0), ("1 eq 1) or (1 eq 1", 6), ("(1 eq 1", 7), ("1 eq 1)", 6), ("()", 1), ("a eq", 4),
    ("eq 1", 0), ("a eq eq 1", 5), ("and b", 0), ("a and", 5), ("a and or b", 6), ("a b", 2), ("a eq 1 b eq 2", 7),
    ("a eq 'x", 5), ("a eq 'x''", 5), ("a eq x'", 6), ("a eq 'x' 'y'", 9), ("a eq 'x'or b", 8), ("a eq 1or b", 5),
    ("1eq 1", 0), ("a eq'x'", 2), ('a eq "x"', 5), ("a = 1", 2), ("a == 1", 2), ("a > 1", 2), ("a && b", 2),
    ("a || b", 2), ("!a", 0), ("a EQ 1", 2), ("a eq 1 AND b eq 2", 7), ("NOT a", 4), ("not", 0), ("not a eq 1", 6),
    ("not a add 1", 6), ("not length(a) gt 1", 14), ("a eq 1 -- x", 7), ("a eq 1 /* x */", 7), ("a eq 1; b", 6),
    ("a eq 1#", 6), ("a eq 1\n", 6), ("a eq 1\x00", 6), ("a eq 'x\x00'", 7), ("a\u00a0eq 1", 1), ("a eq \u2019x\u2019", 5),
    ("a eq \uff07x\uff07", 5), ("\ufeffa eq 1", 0), ("a eq 01:00:00:00", 5), ("a eq 2026-13-01", 5),
    ("a eq 2026-02-32", 5), ("a eq 2026-02-28T25:00Z", 5), ("a eq 2026-02-28T13:20:00", 5), ("a eq 2026-02-28x", 5),
    (f"a eq {GUID}0", 5), (f"a eq {GUID[:-1]}", 5), ("a eq 1.", 5), ("a eq .5", 5), ("a eq 1.5.5", 5), ("a eq 1e", 5),
    ("a eq 0x10", 5), ("a eq 12.5M", 5), ("a eq 5L", 5), ("a eq 1-1", 5), ("a eq -+-1", 6), ("a eq +b", 5),
    ("a eq datetime'2026-01-01T00:00:00'", 5), (f"a eq guid'{GUID}'", 5), ("a eq X'0f'", 5),
    ("a eq duration'P'", 5), ("a eq duration'PT'", 5), ("a eq duration 'P1D'", 14), ("a eq binary'###'", 5),
    ("a has N.E''", 6), ("a has E'x'", 6), ("a has N.E'x,'", 6), ("a has N.E'x y'", 6),
    ("geo.length(geography'Point(1 2)')", 11),
    ("a in ()", 6), ("a in 'x'", 5), ("a in b", 5), ("a in ('x',)", 10), ("a in ('x' 'y')", 10), ("a in ((1))", 6),
    ("a in (b)", 6), ("a in (1", 7), ("a in ['x']", 5), ('a eq {"a":1}', 5),
    ("substringof('a',b)", 0), ("replace(a,'b','c') eq 'd'", 0), ("matchesPattern(a,'b')", 0), ("nosuch(a)", 0),
    ("case(a:2)", 0), ("NS.Func(a)", 0), ("a/NS.Func(b)", 2), ("a/Func()", 2), ("contains(a)", 0), ("contains(a,'b','c')", 0),
    ("length()", 0), ("now(1)", 0), ("contains (a,'b')", 9), ("contains(a,'b'", 14), ("contains(a,'b'))", 15),
    ("contains(a b)", 11), ("contains(,a)", 9), ("contains(a,)", 11), ("Contains(a,'b')", 0),
    ("a/", 2), ("/a", 0), ("a//b", 2), ("a /b", 2), ("a/ b", 3), ("a/'x'", 2), ("a/1", 2), ("a/$ref", 2), ("a/$value", 2),
    ("a/$count/b", 8), ("$count gt 1", 0), ("$all", 0), ("$filter eq 1", 0), ("a eq $top", 5), ("a.b.", 3), (".a eq 1", 0),
    ("a/any(x)", 7), ("a/any(x:)", 8), ("a/any(:x)", 6), ("a/any(x:x eq 1", 14), ("a/all()", 6), ("a/any(1:1)", 6),
    ("a/any(eq:eq eq 1)", 6), ("a/any(null:null eq 1)", 6), ("a/any(x/y:1)", 7), ("a/any(x:x)/b", 10), ("any(x:x)", 0),
    ("a/some(x:x)", 2), ("@ eq 1", 0), ("@1 eq 1", 0), ("a eq @@b", 5), ("*", 0), ("a,b", 1), ("a:b", 1),
    ("a eq 1 and", 10), ("a eq (1", 7), ("a eq 1 or)", 9), ("-", 1), ("a - b", 2), ("-not", 1),
    ("x" * 129 + " eq 1", 0), ("(" * (MOST_DEPTH + 1), MOST_DEPTH + 1), ("-" + " -" * MOST_DEPTH, None),
    ("not " * (MOST_DEPTH + 1) + "a", None), ("a" + " add a" * (MOST_HEIGHT + 1), None),
    ("a eq '" + "x" * MOST_CHARACTERS + "'", MOST_CHARACTERS),
    ("x/any(x:" * (MOST_DEPTH + 1) + "true" + ")" * (MOST_DEPTH + 1), None),
]  # fmt: skip

V2_REFUSED = [
    ("contains(Name,'x')", 0), ("A eq 2026-01-01", 5), (f"A eq {GUID}", 5), ("A has N.E'x'", 6), ("A has B", 2), ("A in ('x')", 2),
    ("A divby 2 eq 1", 2), ("L/any(x:x/a eq 1)", 2), ("L/any()", 2), ("L/$count gt 1", 2), ("$it/a eq 1", 0),
    ("A eq @p", 5), ("A eq duration'P1D'", 5), ("A eq datetime'2026-01-01'", 5), ("A eq datetime'x' or 1 eq 1'", 5),
    ("A eq datetime'2026-01-01T00:00:00Z'", 5), ("A eq datetimeoffset'2026-01-01T00:00:00'", 5),
    ("A eq guid'x'", 5), ("A eq GUID'" + GUID + "'", 5), ("A eq binary'0'", 5), ("A eq X'0g'", 5), ("A eq time'1'", 5),
    ("A eq 12.5MM", 5), ("A eq 5LM", 5), ("A eq 12,5M", 7), ("date(A) eq 1", 0), ("cast(A,'Edm.String') eq 'x'", 0),
    ("now() eq A", 0), ("1 eq 1) or (1 eq 1", 6), ("A eq '1' or (A eq '2'", 21), ("substringof('a')", 0),
    ("N.E'x' eq A", 0),
]  # fmt: skip


@over(("dialect", "text"), [("v4", t) for t in V4] + [("v2", t) for t in V2])
def test_it_is_taken_and_prints_to_the_same_tree(dialect, text):
    tree = parse_filter(text, dialect)
    printed = print_filter(tree)

    assert parse_filter(printed, dialect) == tree
    assert print_filter(parse_filter(printed, dialect)) == printed


@over(("dialect", "text", "position"), [("v4", *row) for row in V4_REFUSED] + [("v2", *row) for row in V2_REFUSED])
def test_it_is_refused_where_it_goes_wrong(dialect, text, position):
    with pytest.raises(ODataSyntaxError) as caught:
        parse_filter(text, dialect)

    assert caught.value.option == "$filter"
    assert position in (None, caught.value.position)
    assert 0 <= caught.value.position <= len(text)


def test_the_tables_are_as_long_as_promised():
    assert len({*V4, *V2}) >= 120
    assert len(V4_REFUSED) + len(V2_REFUSED) >= 80


@pytest.mark.parametrize("dialect", ["v2", "v4"])
def test_every_function_is_taken_with_its_arguments_and_not_with_one_more(dialect):
    for name, arities in FUNCTIONS[dialect].items():
        for arity in arities:
            parse_filter(f"{name}({','.join('a' for _ in range(arity))}) eq b", dialect)
        with pytest.raises(ODataSyntaxError):
            parse_filter(f"{name}({','.join('a' for _ in range(max(arities) + 1))}) eq b", dialect)


def test_trees_are_as_the_grammar_says():
    a, b, c = Path(("a",)), Path(("b",)), Path(("c",))
    one = Literal("number", "1")

    assert parse_filter("a or b and c", "v4") == Logic("or", (a, Logic("and", (b, c))))
    assert parse_filter("a or b or c", "v4") == Logic("or", (a, b, c))
    assert parse_filter("(a or b) or c", "v4") == Logic("or", (Logic("or", (a, b)), c))
    assert parse_filter("a add b mul c eq 1", "v4") == Binary("eq", Binary("add", a, Binary("mul", b, c)), one)
    assert parse_filter("a sub b sub c eq 1", "v4") == Binary("eq", Binary("sub", Binary("sub", a, b), c), one)
    assert parse_filter("a gt b eq c", "v4") == Binary("eq", Binary("gt", a, b), c)
    assert parse_filter("not a and b", "v4") == Logic("and", (Unary("not", a), b))
    assert parse_filter("not a in (1)", "v4") == Unary("not", In(a, (one,)))
    assert parse_filter("-a add b eq c", "v4") == Binary("eq", Binary("add", Unary("-", a), b), c)
    assert parse_filter("a/any(x:x eq b)", "v4") == Lambda(a, "any", "x", Binary("eq", Path(("x",)), b))
    assert parse_filter("a eq 'O''Neil'", "v4") == Binary("eq", a, string("O'Neil"))


def test_what_is_printed_needs_no_readers_order_of_operators():
    assert print_filter(parse_filter("a or b and not c", "v4")) == "a or (b and (not c))"
    assert print_filter(parse_filter("a add b mul c eq 1", "v4")) == "(a add (b mul c)) eq 1"


def test_many_alternatives_are_no_depth():
    text = " or ".join(f"a eq {number}" for number in range(600))

    assert len(parse_filter(text, "v4").operands) == 600


def test_one_literal():
    assert parse_literal(f"guid'{GUID}'", "v2") == Literal("typed", f"guid'{GUID}'")
    with pytest.raises(ODataSyntaxError):
        parse_literal("a", "v2")
    with pytest.raises(ODataSyntaxError):
        parse_literal("1 or 1", "v4")


def test_a_message_does_not_hold_what_was_sent():
    told = []
    for text, _ in V4_REFUSED:
        try:
            parse_filter(text.replace("a", "CANARY").replace("x", "CANARY"), "v4")
        except ODataSyntaxError as error:
            told.append(str(error))
    assert len(told) > 80
    assert [message for message in told if "CANARY" in message] == []
