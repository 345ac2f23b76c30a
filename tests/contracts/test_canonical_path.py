"""One form of a path for everybody, and a refusal where two readers could differ."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.paths import UnsafePathError, canonical


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"/", b"/"),
        (b"/orders/5", b"/orders/5"),
        (b"/orders/", b"/orders/"),
        (b"/%6frders/%7E%2d%5f", b"/orders/~-_"),
        (b"/a%3ab", b"/a%3Ab"),
        (b"/caf%c3%a9", b"/caf%C3%A9"),
        (b"/a%20b", b"/a%20b"),
        (b"/.well-known/x", b"/.well-known/x"),
        (b"/...", b"/..."),
        (b"/a.b/..c/d..", b"/a.b/..c/d.."),
        (b"/$metadata", b"/$metadata"),
        (b"/a|b", b"/a%7Cb"),
        (b"/%7bx%7d", b"/%7Bx%7D"),
        (b"/{x}", b"/%7Bx%7D"),
        (b"/100%25", b"/100%25"),
        (b"/100%25x", b"/100%25x"),
        (b"/A_SalesOrder('47%2f11')", b"/A_SalesOrder('47%2F11')"),
        (b"/A_SalesOrder(%2747%2f11%27)", b"/A_SalesOrder(%2747%2F11%27)"),
        (b"/X(A='a%2Fb',B='c''%2Fd')/$value", b"/X(A='a%2Fb',B='c''%2Fd')/$value"),
        (b"/X(guid'a%2Fb')", b"/X(guid'a%2Fb')"),
        (b"/O('O%27%27Neil')", b"/O('O%27%27Neil')"),
    ],
)
def test_one_form(raw, expected):
    assert canonical(raw) == expected
    assert canonical(expected) == expected


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "begin with a slash"), (b"orders", "begin with a slash"), (b"*", "begin with a slash"),
        (b"http://host/orders", "begin with a slash"),
        (b"//", "empty segment"), (b"/a//b", "empty segment"), (b"/a//", "empty segment"), (b"//host/a", "empty segment"),
        (b"/..", "dot segment"), (b"/.", "dot segment"), (b"/a/../b", "dot segment"), (b"/a/./b", "dot segment"),
        (b"/a/..", "dot segment"), (b"/a/./", "dot segment"), (b"/%2e%2e/b", "dot segment"), (b"/.%2E/b", "dot segment"),
        (b"/%2e", "dot segment"), (b"/a/%2e%2e%3bx/b", "dot segment"),
        (b"/X('a%2F..%2Fb')", "dot segment"),
        (b"/a\\b", "backslash"), (b"/a%5cb", "encoded backslash"), (b"/X('a%5Cb')", "encoded backslash"),
        (b"/a;b", "semicolon"), (b"/a/..;/b", "semicolon"), (b"/a?b", "question mark"), (b"/a#b", "number sign"),
        (b"/a b", "space"), (b"/a\tb", "control"), (b"/a\x00", "control"), (b"/a\x7f", "control"),
        (b"/a\r\nb", "control"), (b"/a%00", "encoded control"), (b"/a%0a", "encoded control"), (b"/a%1F", "encoded control"),
        (b"/a%7f", "encoded control"), (b"/a%c2%85", "encoded control"),
        (b"/caf\xc3\xa9", "not ASCII"), (b"/a\xff", "not ASCII"),
        (b"/a%", "begins no escape"), (b"/a%2", "begins no escape"), (b"/a%zz", "begins no escape"), (b"/a%%41", "begins no escape"),
        (b"/a%252fb", "encoded twice"), (b"/a%25%32%66", "encoded twice"), (b"/%252e%252e/", "encoded twice"),
        (b"/a%2541", "encoded twice"), (b"/X('a%2541')", "encoded twice"),
        (b"/a%c0%afb", "not UTF-8"), (b"/a%ff", "not UTF-8"), (b"/a%ed%a0%80", "not UTF-8"), (b"/a%c3", "not UTF-8"),
        (b"/a%2fb", "encoded slash"), (b"/a%2Fb", "encoded slash"), (b"/%2f", "encoded slash"),
        (b"/X(a%2Fb)", "encoded slash"), (b"/X%2FY('a')", "encoded slash"), (b"/X('a')%2Fb", "encoded slash"),
        (b"/X('a%2Fb'", "encoded slash"), (b"/X('a'%2F'b')", "encoded slash"), (b"/X('a%2Fb')c", "encoded slash"),
        (b"/'a%2Fb'", "encoded slash"), (b"/X(A%2F='a')", "encoded slash"), (b"/X('it's%2Fit')", "encoded slash"),
        (b"/X('a)/b%2Fc')", "encoded slash"),
    ],
)  # fmt: skip
def test_refused_with_its_reason(raw, reason):
    with pytest.raises(UnsafePathError, match=reason):
        canonical(raw)


def test_the_reason_does_not_repeat_the_path():
    with pytest.raises(UnsafePathError) as caught:
        canonical(b"/secret-token/../x")
    assert "secret" not in str(caught.value)


ALPHABET = st.sampled_from([
    *(b"%c" % c for c in b"abXY019-._~!$&'()*+,;=:@/\\%\"<>[]^`{|}?# \x00\xff"), b"%2F", b"%2f", b"%2e", b"%27",
    b"%28", b"%29", b"%25", b"%41", b"%c3%a9", b"%5C", b"..", b"//", b"('", b"')",
])  # fmt: skip


@given(st.lists(ALPHABET, max_size=20).map(b"".join))
def test_the_form_is_stable_and_safe(tail):
    try:
        path = canonical(b"/" + tail)
    except UnsafePathError:
        return
    assert canonical(path) == path
    assert path.isascii()
    assert not any(byte < 0x21 or byte in b"\\;?#\x7f" for byte in path)
    assert all(segment not in (b".", b"..") for segment in path.split(b"/"))
    assert b"//" not in path
    assert b"%5C" not in path.upper()
    if b"%2F" in path:
        assert b"'" in path or b"%27" in path


@given(st.binary(max_size=60))
def test_any_bytes_have_a_form_or_a_reason(tail):
    try:
        told = canonical(b"/" + tail).decode("ascii")
    except UnsafePathError as error:
        told = str(error)
    assert told.startswith(("/", "The path "))


def test_a_long_hostile_path_takes_no_longer_than_its_length():
    for piece in (b"X('", b"''", b"%27", b"a%2F", b"(", b"X(A='1',", b"%28"):
        try:
            canonical(b"/" + piece * 30_000)
        except UnsafePathError:
            continue
