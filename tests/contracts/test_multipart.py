"""A multipart body has one meaning or is refused: boundaries, heads of parts, names, limits."""

import email.parser
import email.policy
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.media import read_media_type
from contracts.multipart import boundary_of, cut, disposition_of
from contracts.parameters import UnreadableError

GOOD = (
    b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.bin"\r\nContent-Type: image/png\r\n\r\n\x00\n\r\x01\r\n'
    b"--b--\r\n"
)


def part(head, content=b"1"):
    return b"--b\r\n" + head + b"\r\n\r\n" + content + b"\r\n--b--\r\n"


def parts_of(body, boundary=b"b", most=10, head_bytes=200):
    return cut(body, boundary, most, head_bytes)


def test_parts_are_places_in_the_body():
    first, second = parts_of(GOOD)

    assert bytes(first.content) == b"1"
    assert bytes(second.content) == b"\x00\n\r\x01"
    assert second.content.obj is GOOD, "nothing is copied"
    assert second.headers["content-type"] == b"image/png"
    assert disposition_of(second).filename == "x.bin"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "does not begin"),
        (b"hello\r\n" + GOOD, "does not begin"),
        (b"\r\n" + GOOD, "does not begin"),
        (GOOD + b"trailer", "follows its last boundary"),
        (GOOD + b"\r\n", "follows its last boundary"),
        (GOOD[:-4], "boundary"),
        (GOOD[:-7] + b"\r\n", "last boundary is missing"),
        (GOOD.replace(b"\r\n", b"\n"), "CRLF"),
        (GOOD.replace(b"1\r\n--b", b"1\n--b"), "inside a part"),
        (GOOD.replace(b"1\r\n--b", b"1--b"), "inside a part"),
        (GOOD.replace(b'--b\r\nContent-Disposition: form-data; name="f"', b'--b \r\nContent-Disposition: form-data; name="f"'), "end its line"),
        (part(b'Content-Disposition: form-data; name="a"', b"x\r\n--bb\r\ny"), "inside a part"),
        (b"--b\r\n--b--\r\n", "inside a part"),
        (b"--b\r\n\r\n--b--\r\n", "no end"),
        (part(b"A: 1\nB: 2"), "no header"),
        (part(b"A: 1\r\n B: 2"), "no header"),
        (part(b"A : 1"), "no header"),
        (part(b"A\r\nB: 1"), "no header"),
        (part(b"A: 1\x00"), "no header"),
        (part(b"A: 1\rB: 2"), "no header"),
        (part(b"A: 1\r\na: 1"), "twice"),
        (part(b"A: " + b"x" * 300), "larger than 200"),
        (part(b"Content-Transfer-Encoding: base64"), "bytes as they are"),
        (part(b"Content-Transfer-Encoding: quoted-printable"), "bytes as they are"),
    ],
)  # fmt: skip
def test_what_can_be_read_in_two_ways_is_refused(body, said):
    with pytest.raises(UnreadableError) as caught:
        parts_of(body)

    assert said in caught.value.words


@pytest.mark.parametrize("coding", [b"binary", b"8bit", b"7BIT"])
def test_a_transfer_encoding_that_changes_nothing_is_taken(coding):
    assert len(parts_of(part(b"Content-Transfer-Encoding: " + coding))) == 1


def test_parts_are_counted():
    many = b"".join(b"--b\r\n\r\nx\r\n" for _ in range(3)) + b"--b--"

    assert len(parts_of(many, most=3)) == 3
    with pytest.raises(UnreadableError, match="more than 2 parts"):
        parts_of(many, most=2)


@pytest.mark.parametrize(
    ("stated", "boundary"),
    [
        ("multipart/form-data; boundary=b", b"b"),
        ('multipart/form-data; boundary="a b"', b"a b"),
        ("multipart/form-data; boundary=" + "x" * 70, b"x" * 70),
        ("multipart/form-data; boundary=b; boundary=b", b"b"),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary = b", None),
        ("multipart/form-data; boundary=b; boundary*=utf-8''c", None),
        ("multipart/form-data; boundary*0=b", None),
        ("multipart/form-data; boundary=", None),
        ('multipart/form-data; boundary=""', None),
        ('multipart/form-data; boundary="b "', None),
        ("multipart/form-data; boundary=" + "x" * 71, None),
        ('multipart/form-data; boundary="a\\"b"', None),
        ("multipart/form-data; boundary=a; boundary=b", None),
        ("multipart/form-data; boundary=a; boundary=A", None),
        ('multipart/form-data; boundary="a@b"', None),
    ],
)
def test_boundaries(stated, boundary):
    named = read_media_type(stated)
    if boundary is not None:
        assert boundary_of(named) == boundary
    elif named is not None:
        with pytest.raises(UnreadableError, match="boundary"):
            boundary_of(named)


@pytest.mark.parametrize(
    ("stated", "name", "filename"),
    [
        (b'form-data; name="a"', "a", None),
        (b"form-data; name=a", "a", None),
        (b'Form-Data;name="a b";filename="c d.pdf"', "a b", "c d.pdf"),
        (b'form-data; filename="x;y.txt"; name="a"', "a", "x;y.txt"),
        ('form-data; name="Größe"; filename="ü.txt"'.encode(), "Größe", "ü.txt"),
        (b'form-data; name="a"; filename="%2e%2e.txt"', "a", "%2e%2e.txt"),
    ],
)
def test_names_of_parts(stated, name, filename):
    (found,) = parts_of(part(b"Content-Disposition: " + stated))

    assert (disposition_of(found).name, disposition_of(found).filename) == (name, filename)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        (b"Content-Type: text/plain", "no Content-Disposition"),
        (b'Content-Disposition: attachment; name="a"', "not written as"),
        (b"Content-Disposition: form-data", "gives no name"),
        (b'Content-Disposition: form-data; name=""', "gives no name"),
        (b'Content-Disposition: form-data; name="a"; name="b"', "not written as"),
        (b'Content-Disposition: form-data; name="a"; NAME="a"', "not written as"),
        (b'Content-Disposition: form-data; name="a\\"b"', "not written as"),
        (b'Content-Disposition: form-data; name="a"b"', "not written as"),
        (b'Content-Disposition: form-data; name="a', "not written as"),
        (b'Content-Disposition: form-data; name = "a"', "not written as"),
        (b'Content-Disposition: form-data, name="a"', "not written as"),
        (b'Content-Disposition: form-data; name="a%22b"', "two names"),
        (b'Content-Disposition: form-data; name="a%0d%0Ab"', "two names"),
        (b"Content-Disposition: form-data; name=\"a\"; filename*=UTF-8''x", "more than name"),
        (b'Content-Disposition: form-data; name="a"; size=3', "more than name"),
        (b'Content-Disposition: form-data; name="a"; filename=""', "name of a file"),
        (b'Content-Disposition: form-data; name="a"; filename=".."', "name of a file"),
        (b'Content-Disposition: form-data; name="a"; filename="../x"', "name of a file"),
        (b'Content-Disposition: form-data; name="a"; filename="C:/x"', "name of a file"),
        (b'Content-Disposition: form-data; name="a"; filename="C:\\x"', "not written as"),
        (b'Content-Disposition: form-data; name="a"; filename="' + b"x" * 256 + b'"', "name of a file"),
        (b'Content-Disposition: form-data; name="\xff"', "not UTF-8"),
    ],
)  # fmt: skip
def test_names_that_readers_take_for_different_ones_are_refused(head, said):
    (found,) = parts_of(part(head), head_bytes=1000)

    with pytest.raises(UnreadableError) as caught:
        disposition_of(found)
    assert said in caught.value.words


@pytest.mark.parametrize(
    "body",
    [
        b"--b\r\n" + b"\r\n--" * 100_000,
        b"--b\r\n\r\n" + b"--b" * 100_000,
        b"--b\r\nContent-Disposition: form-data" + b" ;" * 50_000 + b"\r\n\r\n\r\n--b--",
        b"--b\r\n" + b"A: " + b" " * 200_000 + b"\r\n\r\n\r\n--b--",
    ],
)
def test_a_hostile_body_costs_one_pass(body):
    before = time.process_time()
    try:
        for found in parts_of(body, head_bytes=1_000_000):
            disposition_of(found)
    except UnreadableError:
        pass
    assert time.process_time() - before < 0.5


@given(
    st.lists(
        st.tuples(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=1), st.binary(max_size=40)),
        min_size=1,
        max_size=4,
    )
)
def test_what_is_taken_is_read_the_same_by_the_standard_library(pairs):
    boundary = b"a-boundary-of-our-own"
    body = b"".join(
        b'--%b\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % (boundary, name.encode(), content)
        for name, content in pairs
    )
    body += b"--" + boundary + b"--\r\n"

    ours = [(disposition_of(one).name, bytes(one.content)) for one in cut(body, boundary, 10, 400)]

    head = b"Content-Type: multipart/form-data; boundary=" + boundary + b"\r\n\r\n"
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    theirs = [
        (one.get_param("name", header="content-disposition"), one.get_payload(decode=True))
        for one in message.get_payload()
    ]
    assert ours == [(name, content) for name, content in pairs]
    # The library takes bare CR and LF for ends of lines and drops the last; what is no line end it reads as we do.
    assert [name for name, _ in theirs] == [name for name, _ in ours]
    assert all(
        content == other for (_, content), (_, other) in zip(ours, theirs, strict=True) if not set(content) & {10, 13}
    )
