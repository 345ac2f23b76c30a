"""Keys of OData: the forms that mean the same, and what each stands for."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts import odata
from contracts.paths import PathMatcher, UnsafePathError, canonical


def taken(template, raw):
    """The values of one path against one template; None for a miss, "refused" where it has no canonical form."""
    matcher = PathMatcher()
    matcher.add("/api/v1", template, "1.0.0", "it")
    try:
        found = matcher.match(canonical(b"/api/v1" + raw))
    except UnsafePathError:
        return "refused"
    return found[0].values if found else None


GUID = b"5d115c9c-44e3-ea11-bb43-000d3a2feca1"


@pytest.mark.parametrize(
    ("template", "raw", "values"),
    [
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('4711')", (b"4711",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder(%274711%27)", (b"4711",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder%28%274711%27%29", (b"4711",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder(SalesOrder='4711')", (b"4711",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder(Other='4711')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('47%2F11')", (b"47%2F11",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('O''Neil')", (b"O''Neil",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('O%27%27Neil')", (b"O%27%27Neil",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('''')", (b"''",)),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('O'Neil')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder(4711)", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('1','2')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('1')x", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/a_salesorder('1')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder(X'1')", None),
        ("/A_SalesOrder('{SalesOrder}')", b"/A_SalesOrder('a),(b=,c')", (b"a),(b=,c",)),
        ("/A_SalesOrder(%27{SalesOrder}%27)", b"/A_SalesOrder('4711')", (b"4711",)),
        ("/A_SalesOrder('{SalesOrder}')/to_Item", b"/A_SalesOrder('4711')/to_Item", (b"4711",)),
        ("/companies({company_id})/salesOrders({salesOrder_id})", b"/companies(" + GUID + b")/salesOrders(" + GUID + b")", (GUID, GUID)),
        ("/companies({company_id})", b"/companies(id=" + GUID + b")", (GUID,)),
        ("/companies({company_id})", b"/companies(company_id=" + GUID + b")", (GUID,)),
        ("/companies({company_id})", b"/companies(name=" + GUID + b")", None),
        ("/companies(id={company_id})", b"/companies(company_id=" + GUID + b")", None),
        ("/companies(id={company_id})", b"/companies(" + GUID + b")", (GUID,)),
        ("/companies({company_id})", b"/companies('x')", (b"'x'",)),
        ("/companies({company_id})", b"/companies('a%2Fb')", None),
        ("/companies({company_id})", b"/companies()", None),
        ("/companies({company_id})", b"/companies(a,b)", None),
        ("/companies({company_id})", b"/companies(a%2Fb)", "refused"),
        ("/X(A='{A}',B='{B}')", b"/X(A='1',B='2')", (b"1", b"2")),
        ("/X(A='{A}',B='{B}')", b"/X(B='2',A='1')", (b"1", b"2")),
        ("/X(A='{A}',B='{B}')", b"/X(B%3D%272%27%2CA%3D%271%27)", (b"1", b"2")),
        ("/X(A='{A}',B='{B}')", b"/X(A='1',A='2')", None),
        ("/X(A='{A}',B='{B}')", b"/X(A='1')", None),
        ("/X(A='{A}',B='{B}')", b"/X(A='1',B='2',C='3')", None),
        ("/X(A='{A}',B='{B}')", b"/X('1','2')", None),
        ("/X(A='{A}', B={B})", b"/X(A='1',B=2)", (b"1", b"2")),
        ("/X(A='{A}',B={B})", b"/X(B=2,A='1%2F2')", (b"1%2F2", b"2")),
        ("/X(Type='S',Id='{Id}')", b"/X(Id='7',Type='S')", (b"7",)),
        ("/X(Type='S',Id='{Id}')", b"/X(Id='7',Type='T')", None),
        ("/X(Type='S',Id='{Id}')", b"/X(Id='7',Type=S)", None),
        ("/X(guid'{Id}')", b"/X(guid'" + GUID + b"')", (GUID,)),
        ("/X(guid'{Id}')", b"/X('" + GUID + b"')", None),
        ("/X({Id}L)", b"/X(5L)", (b"5",)),
        ("/X({Id}L)", b"/X(5)", None),
        ("/X({Id}L)", b"/X(L)", None),
    ],
)  # fmt: skip
def test_which_paths_a_template_takes(template, raw, values):
    assert taken(template, raw) == values


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"4711", b"4711"), (b"O''Neil", b"O'Neil"), (b"O%27%27Neil", b"O'Neil"), (b"O'%27Neil", b"O'Neil"),
        (b"''", b"'"), (b"''''", b"''"), (b"a%2Fb", b"a/b"), (b"caf%C3%A9", "café".encode()), (b"a+b", b"a+b"),
    ],
)  # fmt: skip
def test_what_a_quoted_key_stands_for(raw, text):
    assert odata.decode_quoted(raw) == text


KEYS = st.text(
    st.characters(min_codepoint=0x20, exclude_characters="\\\x7f%", exclude_categories=("Cc", "Cs")), min_size=1
)


@given(KEYS.filter(lambda key: "/" not in key or not {".", ".."} & set(key.split("/"))))
def test_every_key_comes_back_as_it_was(key):
    """However a caller encodes it: quotes doubled, then percent-encoded wholly or barely."""
    for safe in ("", "'(),=!$*+:@"):
        written = quote(key.replace("'", "''"), safe=safe).encode()
        values = taken("/X('{k}')/y", b"/X('" + written + b"')/y")
        assert values is not None
        assert odata.decode_quoted(values[0]) == key.encode()


@given(st.permutations(["A", "B", "C"]), KEYS.filter(lambda key: "/" not in key))
def test_the_order_of_named_keys_is_free(order, key):
    written = {
        name: b"%s='%s'" % (name.encode(), quote(name + key.replace("'", "''"), safe="").encode()) for name in order
    }
    values = taken("/X(A='{a}',B='{b}',C='{c}')", b"/X(" + b",".join(written[name] for name in order) + b")")
    assert values is not None
    assert [odata.decode_quoted(value) for value in values] == [(name + key).encode() for name in "ABC"]


@pytest.mark.parametrize(
    ("template", "quoted"),
    [
        ("/A('{x}')/B({y})", {"x"}), ("/A(p='{x}',q={y},r='{z}')", {"x", "z"}), ("/A(t='S',p={x},q='{y}')", {"y"}),
        ("/a/{x}", set()), ("/A(guid'{x}')", {"x"}),
    ],
)  # fmt: skip
def test_which_parameters_are_quoted(template, quoted):
    assert odata.quoted_parameters(template) == quoted


@pytest.mark.parametrize(
    "segment", ["orders", "{id}", "X()", "X('a')", "X('{a}-{b}')", "X({a},{b})", "X(A={a},A={b})", "X({a},)", "X(a={a}"]
)
def test_what_is_no_template_with_keys(segment):
    assert odata.read_template(segment) is None


@given(st.binary(max_size=60))
def test_any_segment_can_be_split(segment):
    odata.split(segment)
