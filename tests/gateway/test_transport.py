"""The misbehaving-system table: raw sockets on the system's side, and what the caller is told for each fault."""

import asyncio
import gzip
import time
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.problems import proxy_status
from gateway.runtime import GatewayRuntime
from gateway.transport import Transport
from policies.step import Answer, Call, Exchange, Refusal, Span

SHORT = {
    "connect_seconds": 2,
    "first_byte_seconds": 1,
    "idle_seconds": 0.8,
    "total_seconds": 2,
    "operation_seconds": 2.4,
}
AMPLE = {
    "connect_seconds": 20,
    "first_byte_seconds": 20,
    "idle_seconds": 20,
    "total_seconds": 20,
    "operation_seconds": 25,
}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Peer:
    """What one connection's script may do, and what it read."""

    def __init__(self, reader, writer, recorded):
        self.reader, self.writer, self.recorded = reader, writer, recorded

    async def request(self) -> bytes:
        head = await self.reader.readuntil(b"\r\n\r\n")
        lower = head.lower()
        body = b""
        if b"content-length:" in lower:
            length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
            body = await self.reader.readexactly(length)
        elif b"transfer-encoding: chunked" in lower:
            body = await self.reader.readuntil(b"0\r\n\r\n")
        self.recorded.append(head + body)
        return head + body

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()


Script = Callable[[Peer], Awaitable[None]]


def says(data: bytes, *, stay: bool = False) -> Script:
    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.say(data)
        if stay:
            await asyncio.sleep(30)

    return script


async def hangs(peer: Peer) -> None:
    await peer.request()
    await asyncio.sleep(30)


async def dribbles_head(peer: Peer) -> None:
    await peer.request()
    for byte in OK * 3:
        await peer.say(bytes([byte]))
        await asyncio.sleep(0.1)


async def dribbles_body(peer: Peer) -> None:
    await peer.request()
    await peer.say(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(200):
        await peer.say(b" ")
        await asyncio.sleep(0.05)


async def says_continue_for_ever(peer: Peer) -> None:
    await peer.request()
    for _ in range(2000):
        await peer.say(b"HTTP/1.1 100 Continue\r\n\r\n" * 20)
        await asyncio.sleep(0.01)


async def resets(peer: Peer) -> None:
    await peer.request()
    peer.writer.transport.abort()


async def closes_unread(peer: Peer) -> None:
    await peer.reader.read(10)
    peer.writer.close()


@asynccontextmanager
async def system_of(script: Script):
    recorded: list[bytes] = []
    tasks = set()

    async def serve(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await script(Peer(reader, writer, recorded))
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], recorded
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@pytest.fixture
async def runtime(tmp_path):
    made = GatewayRuntime(Node(NodeSettings(), tmp_path))
    yield made
    await made.drain(5)
    await made.aclose()


def send_to(port: int, runtime, folder, **more):
    system = System.model_validate({"owner": "it", "url": f"http://127.0.0.1:{port}", "timeouts": AMPLE, **more})
    return Transport(runtime, folder).bind("sys", system)


async def never(bound):
    raise AssertionError("the body was read already")


def a_call(method: str = "GET") -> Call:
    return Call("correlation-1", "u", method, b"/x", b"", {}, never, Span())


def exchange_of(method: str, body=b"", headers=(), bound: int = 100_000) -> Exchange:
    return Exchange(a_call(method), method, b"/p?q=1", headers, body, method == "GET", Span(), bound)


async def refused(send, exchange: Exchange) -> Refusal:
    with pytest.raises(Refusal) as caught:
        await send(exchange)
    return caught.value


HTML = b"<!DOCTYPE html><html><body>Sign in</body></html>"


def http(status: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([b"HTTP/1.1 " + status, *lines, b"Content-Length: %d" % len(body), b"", body])


JSON = b"Content-Type: application/json"
LATE: dict[str, Script] = {
    "never answers": hangs,
    "dribbles its head": dribbles_head,
    "dribbles its body": dribbles_body,
    "stops in its body": says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", stay=True),
    "floods 100 Continue": says_continue_for_ever,
}
ROWS: dict[str, tuple[Script, str]] = {
    "closes without a word": (says(b""), "system-answer-broken"),
    "closes before it read all": (closes_unread, "system-answer-broken"),
    "resets": (resets, "system-answer-broken"),
    "cuts in its head": (says(b"HTTP/1.1 200 OK\r\nContent-Ty"), "system-answer-broken"),
    "cuts in its body": (says(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}"), "system-answer-broken"),
    "cuts in a chunk": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc"),
        "system-answer-broken",
    ),
    "leaves the last chunk out": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        "system-answer-broken",
    ),
    "garbled chunk size": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n"),
        "system-answer-broken",
    ),
    "chunk longer than said": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n"),
        "system-answer-broken",
    ),
    "length and chunks": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
        "system-answer-broken",
    ),
    "two lengths": (
        says(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "),
        "system-answer-broken",
    ),
    "no number as length": (says(b"HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\n{}"), "system-answer-broken"),
    "unknown transfer coding": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
        "system-answer-broken",
    ),
    "more bytes than said": (says(OK + b"HTTP/9 nonsense"), "system-answer-broken"),
    "204 with a body": (says(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello"), "system-answer-broken"),
    "garbage": (says(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" * 4), "system-answer-broken"),
    "HTTP/0.9": (says(b"<p>hello</p>\n"), "system-answer-broken"),
    "a status that is none": (says(b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n"), "system-answer-broken"),
    "switches protocols": (
        says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
        "system-answer-broken",
    ),
    "a header line too long": (
        says(b"HTTP/1.1 200 OK\r\nX-Big: " + b"a" * 20_000 + b"\r\nContent-Length: 0\r\n\r\n"),
        "system-answer-broken",
    ),
    "a head too large": (
        says(
            b"HTTP/1.1 200 OK\r\n"
            + b"".join(b"X-%d: %s\r\n" % (n, b"a" * 4000) for n in range(20))
            + b"Content-Length: 0\r\n\r\n"
        ),
        "system-answer-broken",
    ),
    "too many header lines": (
        says(b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: a\r\n" % n for n in range(500)) + b"Content-Length: 0\r\n\r\n"),
        "system-answer-broken",
    ),
    "a control byte in its head": (
        says(b"HTTP/1.1 200 OK\r\nETag: a\x01b\r\nContent-Length: 0\r\n\r\n"),
        "system-answer-broken",
    ),
    "two content types": (
        says(http(b"200 OK", JSON, b"Content-Type: text/plain", body=b"{}")),
        "system-answer-broken",
    ),
    "HTML": (says(http(b"200 OK", b"Content-Type: text/html; charset=utf-8", body=HTML)), "system-answer-broken"),
    "HTML with 404": (says(http(b"404 Oops", b"Content-Type: TEXT/HTML", body=HTML)), "system-answer-broken"),
    "HTML that says JSON": (says(http(b"200 OK", JSON, body=b"\n  " + HTML)), "system-answer-broken"),
    "HTML that says nothing": (says(http(b"503 Busy", body=b"<html>")), "system-answer-broken"),
    "HTML behind a mark": (
        says(http(b"200 OK", b"Content-Type: text/plain", body=b"\xff\xfe" + HTML.decode().encode("utf-16-le"))),
        "system-answer-broken",
    ),
    "redirect": (says(http(b"302 Found", b"Location: http://127.0.0.1:1/x")), "system-redirect"),
    "redirect 307": (says(http(b"307 Temporary Redirect", b"Location: /login")), "system-redirect"),
    "redirect 300 to nowhere": (says(http(b"300 Multiple Choices")), "system-redirect"),
    "gzip": (
        says(http(b"200 OK", JSON, b"Content-Encoding: gzip", body=gzip.compress(b"{}"))),
        "system-answer-encoded",
    ),
    "bomb": (
        says(http(b"200 OK", JSON, b"Content-Encoding: gzip", body=gzip.compress(b"0" * 10_000_000))),
        "system-answer-encoded",
    ),
    "layered coding": (says(http(b"200 OK", JSON, b"Content-Encoding: br, gzip", body=b"x")), "system-answer-encoded"),
}
STATUS = {
    "system-timeout": 504,
    "system-answer-broken": 502,
    "system-redirect": 502,
    "system-answer-encoded": 502,
}


METHODS = ("GET", "POST", "PUT")


async def is_refused(script, problem, method, runtime, folder, timeouts, others=None):
    async with system_of(script) as (port, recorded):
        exchange = exchange_of(method, b"" if method == "GET" else b'{"a":1}')
        send = send_to(port, runtime, folder, timeouts=timeouts)
        if others is not None:
            await others.wait()  # what others prepare takes nobody's time
        started = time.monotonic()
        refusal = await refused(send, exchange)
        assert time.monotonic() - started < 10
        assert (refusal.problem.name, refusal.problem.status) == (problem, STATUS[problem])
        assert refusal.fault == "system"
        assert str(port) not in refusal.detail
        assert "127.0.0.1" not in refusal.detail
        assert exchange.call.effect == ("none" if method == "GET" else "unknown")
        assert len(recorded) <= 1, "sent twice"
        await runtime.drain(10)
        assert exchange.span.end is not None


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("row", ROWS)
async def test_a_misbehaving_system_is_refused_in_time(row, method, runtime, tmp_path):
    script, problem = ROWS[row]
    await is_refused(script, problem, method, runtime, tmp_path, AMPLE)


async def test_a_system_that_is_late_is_refused_in_time(tmp_path):
    async def one(row, method):
        runtime = GatewayRuntime(Node(NodeSettings(), tmp_path))
        try:
            await is_refused(LATE[row], "system-timeout", method, runtime, tmp_path, SHORT, all_ready)
        finally:
            await runtime.aclose()

    cases = [(row, method) for row in LATE for method in METHODS]
    all_ready = asyncio.Barrier(len(cases))
    fates = await asyncio.gather(*(one(*case) for case in cases), return_exceptions=True)
    assert {case: fate for case, fate in zip(cases, fates, strict=True) if fate is not None} == {}


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_system_that_is_down_did_nothing(method, runtime, tmp_path):
    server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    exchange = exchange_of(method)
    refusal = await refused(send_to(port, runtime, tmp_path), exchange)
    assert (refusal.problem.name, exchange.call.effect, refusal.fault) == ("system-unreachable", "none", "system")
    assert proxy_status(refusal) == b"tidewaiter; error=connection_refused"
    assert exchange.span.end == "cut"


async def test_an_unknown_name_did_nothing(runtime, tmp_path):
    system = System.model_validate({"owner": "it", "url": "http://no-such-host.invalid", "timeouts": SHORT})
    exchange = exchange_of("POST")
    refusal = await refused(Transport(runtime, tmp_path).bind("s", system), exchange)
    assert refusal.problem.name in ("system-unreachable", "system-timeout")
    assert exchange.call.effect == "none"
    assert "invalid" not in refusal.detail


async def test_a_whole_answer_comes_back_as_it_was(runtime, tmp_path):
    body = b'{"n": 1.10}'
    script = says(http(b"201 Created", JSON, b'ETag: W/"1"', b"Set-Cookie: a=1", b"Set-Cookie: b=2", body=body))
    async with system_of(script) as (port, recorded):
        exchange = exchange_of("POST", b'{"x":1}', ((b"content-type", b"application/json"), (b"x-a", "ä".encode())))
        answer = await send_to(port, runtime, tmp_path)(exchange)
    assert (answer.status, answer.body) == (201, body)
    assert answer.headers.count((b"set-cookie", b"a=1")) == answer.headers.count((b"set-cookie", b"b=2")) == 1
    assert (exchange.call.effect, exchange.span.end, exchange.call.attempts) == ("applied", "complete", 1)
    assert exchange.call.upstream_seconds > 0
    head, _, sent = recorded[0].partition(b"\r\n\r\n")
    assert sent == b'{"x":1}'
    assert head.split(b"\r\n")[0] == b"POST /p?q=1 HTTP/1.1"
    names = sorted(line.split(b":")[0].lower() for line in head.split(b"\r\n")[1:])
    assert names == [b"content-length", b"content-type", b"host", b"x-a"], "aiohttp added a header"
    assert "x-a: ä".encode() in head.lower()


@pytest.mark.parametrize(
    "target",
    [
        b"/A_SalesOrder('4711')?$filter=x%20eq%20'a%3Bb'&a=+1",
        b"/b%2Fc/%27%27?x",
        b"/companies(6f1)/x?$expand=a($select=b)&q=%C3%A4%2B",
    ],
)
async def test_targets_arrive_byte_for_byte(target, runtime, tmp_path):
    async with system_of(says(OK)) as (port, recorded):
        exchange = exchange_of("GET")
        exchange.target = target
        await send_to(port, runtime, tmp_path)(exchange)
    assert recorded[0].split(b" ")[1] == target


@pytest.mark.parametrize(
    ("status", "effect"),
    [(b"200 OK", "applied"), (b"204 No Content", "applied"), (b"400 Bad", "none"), (b"403 No", "none"),
     (b"408 Late", "unknown"), (b"412 Failed", "none"), (b"500 Oops", "unknown"), (b"503 Busy", "unknown")],
)  # fmt: skip
async def test_the_effect_of_a_write_by_its_status(status, effect, runtime, tmp_path):
    said = b"HTTP/1.1 " + status + b"\r\n\r\n" if status.startswith(b"204") else http(status, JSON)
    async with system_of(says(said)) as (port, _):
        exchange = exchange_of("PATCH", b"{}")
        answer = await send_to(port, runtime, tmp_path)(exchange)
        assert answer.status == int(status[:3])
        assert exchange.call.effect == effect


async def test_an_interim_answer_is_passed_over(runtime, tmp_path):
    said = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK
    async with system_of(says(said)) as (port, _):
        answer = await send_to(port, runtime, tmp_path)(exchange_of("POST", b"{}"))
    assert (answer.status, answer.body) == (200, b"{}")
    assert b"link" not in dict(answer.headers)


async def test_304_is_an_answer(runtime, tmp_path):
    async with system_of(says(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')) as (port, _):
        answer = await send_to(port, runtime, tmp_path)(exchange_of("GET"))
    assert (answer.status, answer.body) == (304, b"")


async def test_an_answer_without_length_ends_with_its_connection(runtime, tmp_path):
    async with system_of(says(b"HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n[1]")) as (port, _):
        answer = await send_to(port, runtime, tmp_path)(exchange_of("GET"))
    assert answer.body == b"[1]"


async def test_cookies_of_one_answer_are_not_sent_with_the_next_call(runtime, tmp_path):
    async def script(peer: Peer) -> None:
        for _ in range(2):
            await peer.request()
            await peer.say(http(b"200 OK", JSON, b"Set-Cookie: session=of-another", body=b"{}"))

    async with system_of(script) as (port, recorded):
        send = send_to(port, runtime, tmp_path, url=f"http://localhost:{port}")  # of addresses no jar keeps cookies
        await send(exchange_of("GET"))
        await send(exchange_of("GET"))
    assert len(recorded) == 2
    assert b"of-another" not in recorded[1]


@pytest.mark.parametrize(
    ("status", "lines"), [(b"401 Unauthorized", []), (b"403 Forbidden", [b"X-CSRF-Token: Required"])]
)
async def test_a_page_that_wants_a_sign_in_goes_on_without_its_body(status, lines, runtime, tmp_path):
    async with system_of(says(http(status, b"Content-Type: text/html", *lines, body=HTML))) as (port, _):
        exchange = exchange_of("POST", b"{}")
        answer = await send_to(port, runtime, tmp_path)(exchange)
    assert (answer.status, answer.body) == (int(status[:3]), b"")
    assert not {b"content-type", b"content-length"} & {name for name, _ in answer.headers}
    assert (exchange.call.effect, exchange.span.end) == ("none", "complete")


@pytest.mark.parametrize("status", [429, 500, 503, 504])
@pytest.mark.parametrize("bound", [100_000, 3])
async def test_a_page_with_a_status_that_says_enough_goes_on_without_it(status, bound, runtime, tmp_path):
    page = http(b"%d Oops" % status, b"Content-Type: TEXT/HTML", b"Retry-After: 7", body=HTML)
    async with system_of(says(page)) as (port, _):
        exchange = exchange_of("POST", b"{}", bound=bound)
        answer = await send_to(port, runtime, tmp_path)(exchange)
    assert (answer.status, answer.headers, answer.body) == (status, [(b"retry-after", b"7")], b"")
    assert exchange.call.effect == ("none" if status == 429 else "unknown")


@pytest.mark.parametrize("bound", [100_000, 3])
async def test_a_page_of_the_products_own_goes_on_to_its_rules(bound, runtime, tmp_path):
    page = b"<!doctype html>\n<html lang=en>\n<title>404 Not Found</title>\n<h1>Not Found</h1>\n" + b"x" * 9_000
    async with system_of(says(http(b"404 Not Found", b"Content-Type: text/html", body=page))) as (port, _):
        answer = await send_to(port, runtime, tmp_path, product="tryton")(exchange_of("PUT", b"{}", bound=bound))
        refusal = await refused(send_to(port, runtime, tmp_path), exchange_of("PUT", b"{}", bound=bound))
    assert (answer.status, answer.headers, answer.body) == (404, [(b"content-type", b"text/html")], page[:512])
    assert refusal.problem.name == "system-answer-broken"


async def test_an_answer_object_is_of_the_vocabulary(runtime, tmp_path):
    async with system_of(says(OK)) as (port, _):
        answer = await send_to(port, runtime, tmp_path)(exchange_of("GET"))
    assert isinstance(answer, Answer)
    assert all(name == name.lower() for name, _ in answer.headers)
