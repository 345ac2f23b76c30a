"""The readers of heads and chunks beside httptools, on what nobody thought of; and what they cost."""

import contextlib
import itertools

import httptools
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contracts.settings import Bounds
from gateway.chunks import EXCESS_BYTES, ChunkReader
from gateway.head import CHUNKED, METHODS, OWNED, check_partial, read_head, refuses
from gateway.headers import REPEATED_HEADER, SINGLE, single_valued
from policies.step import Refusal

BOUNDS = Bounds()


class Oracle:
    """What httptools makes of the same bytes."""

    def __init__(self) -> None:
        self.url, self.fields, self.body, self.ended, self.in_head = b"", [], b"", 0, True

    def on_url(self, url):
        self.url += url

    def on_header(self, name, value):
        if self.in_head:
            self.fields.append((name.lower(), value.strip(b" \t")))  # it leaves a tab at the end

    def on_headers_complete(self):
        self.in_head = False

    def on_body(self, body):
        self.body += body

    def on_message_complete(self):
        self.ended += 1


def oracle(raw):
    seen = Oracle()
    parser = httptools.HttpRequestParser(seen)
    parser.feed_data(raw)
    return seen, parser


PIECES = st.sampled_from(
    [
        b"GET", b"POST", b" ", b"/", b"/a", b"?b", b" HTTP/1.1", b" HTTP/1.0", b"\r\n", b"\n", b"\r", b"\t", b"\x00",
        b"Host: a", b"Host:a:80", b"host", b":", b": ", b"Content-Length: 3", b"Content-Length", b"3", b"0", b"+", b",",
        b"Transfer-Encoding: chunked", b"chunked", b"gzip", b"Connection: close", b"Connection: x-a", b"X-A: b", b"X_A",
        b"Upgrade: h2c", b"Expect: 100-continue", b"http://a", b"*", b"#", b"\xe4", b"\x0b", b";", b"\r\n\r\n",
    ]
)  # fmt: skip
HEADS = st.lists(PIECES, max_size=14).map(b"".join)
LIKELY = st.lists(PIECES, max_size=6).map(lambda p: b"GET / HTTP/1.1\r\nHost: a\r\n" + b"".join(p) + b"\r\n\r\n")


@given(st.one_of(HEADS, LIKELY))
@example(b"GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n\r\n")
@example(b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\n")
@example(b"POST /a?b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nConnection: x-a\r\nX-A: b\r\n\r\n")
def test_a_head_that_is_taken_is_read_the_same_by_httptools(raw):
    try:
        head = read_head(raw, BOUNDS)
    except Refusal as refusal:
        if refusal.problem not in refuses:
            raise
        return
    if head.upgrade_ignored:
        return
    seen, parser = oracle(raw)
    assert not seen.in_head
    assert parser.get_method() == head.method
    assert parser.get_http_version().encode() == head.version
    assert seen.ended == (not head.length)
    stays = [field for field in seen.fields if field in head.fields]
    assert stays == head.fields
    if head.path != b"*" and seen.url.startswith(b"/"):
        assert seen.url.partition(b"?")[::2] == (head.path, head.query)


@given(st.one_of(HEADS, LIKELY))
def test_the_beginning_of_a_good_head_is_never_refused(raw):
    try:
        read_head(raw, BOUNDS)
    except Refusal:
        return
    for end in range(1, len(raw)):
        check_partial(raw[:end], BOUNDS)


@given(st.binary(max_size=300))
def test_garbage_is_refused_and_raises_nothing_else(raw):
    for reading in (read_head, check_partial):
        with contextlib.suppress(Refusal):
            reading(raw, BOUNDS)


@given(st.lists(st.sampled_from([b"GET / HTTP/1.1\r\n", b"Host: s3cret", b"\r\n", b" s3cret", b"X-A s3cret", b"\x00", b":"]), max_size=8))  # fmt: skip
def test_a_detail_never_holds_what_was_sent(pieces):
    try:
        read_head(b"".join(pieces), BOUNDS)
    except Refusal as refusal:
        detail = refusal.detail
    else:
        return
    assert detail
    assert "s3cret" not in detail


CHUNK_PIECES = st.sampled_from(
    [b"0", b"1", b"3", b"a", b"A", b"00", b"\r\n", b"\n", b"\r", b"abc", b"x", b";", b";a=b", b' ;q="', b'"', b" ", b"0x",
     b"-", b"X-A: b\r\n", b"X-A", b":", b"\r\n\r\n", b"3\r\nabc\r\n", b"0\r\n\r\n"]
)  # fmt: skip
CHUNKS = st.lists(CHUNK_PIECES, max_size=10).map(lambda pieces: b"".join(pieces) + b"0\r\n\r\n")


def read_chunks(pieces):
    """The body, and what follows it; None where it has not ended."""
    chunks = ChunkReader(1000)
    body, waiting = b"", b""
    for piece in pieces:
        waiting += piece
        if not chunks.done:
            got, taken = chunks.feed(waiting)
            body += b"".join(got)
            waiting = waiting[taken:]
    return (body, waiting) if chunks.done else None


@given(CHUNKS)
def test_chunks_that_are_taken_are_read_the_same_by_httptools(raw):
    try:
        read = read_chunks([raw])
    except Refusal:
        return
    if read is None:
        return
    body, rest = read
    seen, _ = oracle(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + raw[: len(raw) - len(rest)])
    assert (seen.body, seen.ended) == (body, 1)


@given(CHUNKS, st.lists(st.integers(0, 60), max_size=5))
def test_chunks_are_read_the_same_however_they_come(raw, cuts):
    def outcome(pieces):
        try:
            return read_chunks(pieces)
        except Refusal as refusal:
            return refusal.problem.name

    places = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    split = [raw[a:b] for a, b in itertools.pairwise(places)]
    assert outcome(split) == outcome([raw]) == outcome([bytes([byte]) for byte in raw])


def test_small_chunks_are_taken_and_long_extensions_without_end_are_not():
    chunks = ChunkReader(1000)
    pieces, _ = chunks.feed(b"1\r\na\r\n" * 10_000)
    assert len(pieces) == 10_000
    chunks = ChunkReader(1000)
    with pytest.raises(Refusal):
        chunks.feed((b"1;" + b"e" * 200 + b"\r\na\r\n") * (EXCESS_BYTES // 150))


def test_heads_are_framed():
    def length(*lines):
        return read_head(b"\r\n".join([b"POST / HTTP/1.1", b"Host: a", *lines, b"", b""]), BOUNDS).length

    assert length() == 0
    assert length(b"Content-Length: 12") == 12
    assert length(b"Content-Length: 999999999999999") == 999_999_999_999_999
    assert length(b"Transfer-Encoding: Chunked") == CHUNKED


@pytest.mark.parametrize("method", sorted(METHODS - {b"CONNECT"}))
def test_httptools_knows_every_known_method(method):
    seen, parser = oracle(method + b" / HTTP/1.1\r\nHost: a\r\n\r\n")
    assert (seen.ended, parser.get_method()) == (1, method)


@pytest.mark.parametrize("name", sorted(name for name in OWNED if b"-" in name))
def test_no_owned_header_has_an_alias(name):
    for mark in b"_.+~":
        alias = name.replace(b"-", bytes([mark]), 1)
        with pytest.raises(Refusal) as caught:
            read_head(b"GET / HTTP/1.1\r\nHost: a\r\n" + alias.upper() + b": x\r\n\r\n", BOUNDS)
        assert caught.value.problem.name == "header-name-refused"


def test_a_header_with_an_underscore_that_is_nobodys_alias_is_taken():
    head = read_head(b"GET / HTTP/1.1\r\nHost: a\r\nsales_org: 1000\r\n\r\n", BOUNDS)
    assert (b"sales_org", b"1000") in head.fields


def test_headers_become_single_valued():
    assert single_valued([(b"host", b"a"), (b"accept", b"b")]) == {b"host": b"a", b"accept": b"b"}
    fields = [(b"accept", b"a"), (b"cookie", b"c=1"), (b"accept", b"b"), (b"cookie", b"d=2"), (b"x-any", b""), (b"x-any", b"e")]  # fmt: skip
    assert single_valued(fields) == {b"accept": b"a, b", b"cookie": b"c=1; d=2", b"x-any": b", e"}


@pytest.mark.parametrize("name", sorted(SINGLE))
def test_a_header_with_one_value_may_stand_once(name):
    with pytest.raises(Refusal) as caught:
        single_valued([(name, b"s3cret"), (b"accept", b"a"), (name, b"s3cret")])
    assert caught.value.problem is REPEATED_HEADER
    assert name.decode() in caught.value.detail
    assert "s3cret" not in caught.value.detail


def test_every_problem_says_what_to_do():
    from gateway.wire import refuses as all_of_them

    assert len({problem.name for problem in all_of_them}) == len(all_of_them)
    for problem in all_of_them:
        assert 400 <= problem.status < 600
        assert problem.title
        assert problem.remedy.endswith(".")
