"""One exchange as it came: whatever a system does, it is told in a word and within bounds."""

import asyncio
import contextlib

import pytest

from contracts.systems import System
from governance.fuzz.recorder import Masks, Recorder
from governance.fuzz.system_wire import SystemWire
from policies.step import Call, Exchange, Refusal, Span

OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


class Kept:
    """A writer's place."""

    count = 0

    def add(self, entry):
        raise AssertionError("no call ends here")


class Waiting:
    """A runtime that only keeps what is detached."""

    def __init__(self):
        self.detached = []

    def detach(self, work):
        self.detached.append(asyncio.ensure_future(work))


def exchange(body=b"", method="GET"):
    async def read(_):
        return b""

    call = Call(id="x" * 8, uuid="u", method=method, path=b"/a", query=b"", headers={}, read=read, span=Span())
    return Exchange(call, method, b"/a?b=1", ((b"accept", b"*/*"),), body, method == "GET", Span())


async def asked(script, *, most=1_000, timeouts=None, sent=None):
    """What one exchange with a system that does `script` comes to: answer or refusal, and what was told."""
    seen, handlers = bytearray(), []

    async def serve(reader, writer):
        handlers.append(asyncio.current_task())
        with contextlib.suppress(OSError):
            seen.extend(await reader.read(65_536))
            await script(writer)
        with contextlib.suppress(OSError):
            writer.close()
            await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    told, runtime = [], Waiting()
    recorder = Recorder(Kept(), Masks(), ["X-Key"], lambda _: None, told.append)
    times = {"connect_seconds": 1, "first_byte_seconds": 0.2, "total_seconds": 0.5, "operation_seconds": 0.8}
    system = System(owner="o", url=f"http://127.0.0.1:{port}", timeouts={**times, **(timeouts or {})})
    send = SystemWire(runtime, None, recorder, most).bind("erp", system)
    out = sent or exchange()
    try:
        result = await send(out)
    except Refusal as refusal:
        result = refusal
    detached = list(runtime.detached)
    held = out.span.end is None
    await asyncio.gather(*detached, return_exceptions=True)
    server.close()
    await asyncio.gather(*handlers, return_exceptions=True)
    return result, told[0], bytes(seen), (len(detached), held, out.span.end)


def writes(*pieces, pause=0.0):
    async def script(writer):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


async def nothing(_):
    await asyncio.sleep(0.6)


ANSWERS = {
    "plain": (OK, 200, b"{}"),
    "interim first": (b"HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n" + OK, 200, b"{}"),
    "chunked": (b"HTTP/1.1 201 X\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 201, b"{}"),
    "until the end": (b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\nall of it", 200, b"all of it"),
    "without a body": (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    "a second one": (OK + b"HTTP/1.1 500 X\r\ncontent-length: 0\r\n\r\n", 200, b"{}"),
    "html": (b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 6\r\n\r\n<html>", 200, b"<html>"),
    "redirect": (b"HTTP/1.1 302 X\r\nlocation: https://x.example\r\ncontent-length: 0\r\n\r\n", 302, b""),
}


@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_is_kept_as_it_came(name):
    data, status, body = ANSWERS[name]

    patient = {"first_byte_seconds": 10, "total_seconds": 20, "operation_seconds": 30}
    answer, told, _, span = await asked(writes(data), timeouts=patient)

    assert (answer.status, answer.body) == (status, body)
    assert (told.failure, told.received.status, told.received.body) == ("", status, body)
    assert span == (0, False, "complete")


BROKEN = {
    "garbage": (writes(b"220 mail.example ESMTP\r\n"), "not-http"),
    "two lengths": (writes(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}"), "not-http"),
    "bad chunk": (writes(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}"), "not-http"),
    "cut": (writes(b"HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n{}"), "closed"),
    "nothing": (writes(), "closed"),
    "half a head": (writes(b"HTTP/1.1 200 OK\r\ncontent-"), "closed"),
    "too large": (writes(b"HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n" + b"a" * 5000), "too-large"),
}


@pytest.mark.parametrize("name", BROKEN)
async def test_what_is_no_answer_is_told(name):
    script, failure = BROKEN[name]

    refusal, told, _, span = await asked(script)

    assert isinstance(refusal, Refusal)
    assert (told.failure, span[1]) == (failure, False)


async def test_a_system_that_does_not_answer_keeps_its_place_until_it_is_done():
    refusal, told, _, (detached, held, end) = await asked(nothing)

    assert (refusal.problem.name, told.failure) == ("system-timeout", "timeout")
    assert (detached, held, end) == (1, True, "cut")


async def test_an_answer_that_drips_ends_in_time():
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n"

    refusal, told, _, _ = await asked(writes(head, *[b"a"] * 9, pause=0.1))

    assert (refusal.problem.name, told.failure) == ("system-timeout", "timeout")


async def test_a_system_that_is_not_there_is_told():
    out = exchange()
    told = []
    recorder = Recorder(Kept(), Masks(), [], lambda _: None, told.append)
    send = SystemWire(Waiting(), None, recorder, 10).bind("erp", System(owner="o", url="http://127.0.0.1:9"))

    with pytest.raises(Refusal):
        await send(out)
    assert (told[0].failure, out.span.end) == ("unreachable", "cut")


async def test_the_request_is_whole():
    _, _, seen, _ = await asked(writes(OK), sent=exchange(b'{"a":1}', "POST"))

    head, _, body = seen.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a?b=1 HTTP/1.1\r\nhost: 127.0.0.1:")
    assert b"content-length: 7" in head
    assert b"connection: close" in head
    assert body == b'{"a":1}'
