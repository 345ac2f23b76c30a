"""How long an exchange lives: callers who leave, writes that go on, connections used again, answers that stream."""

import asyncio
import contextlib
from contextlib import asynccontextmanager

import pytest

from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from gateway.transport import Transport
from policies.step import Call, CallerLeft, Exchange, Problem, Refusal, Span

AMPLE = {
    "connect_seconds": 3,
    "first_byte_seconds": 3,
    "idle_seconds": 3,
    "total_seconds": 6,
    "operation_seconds": 9,
}
OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Upstream:
    """A system that reads whole requests and answers each with what `answer` gives for its number, or closes."""

    def __init__(self, answer):
        self.answer = answer
        self.requests: list[bytes] = []
        self.connections = 0
        self.closed = 0
        self.writers = []
        self._tasks = set()

    async def serve(self, reader, writer):
        self._tasks.add(asyncio.current_task())
        self.connections += 1
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lower = head.lower()
                body = b""
                if b"content-length:" in lower:
                    body = await reader.readexactly(int(lower.split(b"content-length:")[1].split(b"\r\n")[0]))
                elif b"transfer-encoding: chunked" in lower:
                    body = await reader.readuntil(b"0\r\n\r\n")
                self.requests.append(head + body)
                said = self.answer(len(self.requests))
                if asyncio.iscoroutine(said):
                    said = await said
                if said is None:
                    break
                writer.write(said)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()
        finally:
            self.closed += 1
            writer.close()

    async def stop(self):
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)


@asynccontextmanager
async def upstream(answer):
    made = Upstream(answer)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        await made.stop()


@asynccontextmanager
async def raw_system(serve):
    """A system whose connections do what `serve` does; gives its port."""
    tasks = set()

    async def tracked(reader, writer):
        tasks.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.transport.abort() if asyncio.current_task().cancelling() else writer.close()

    server = await asyncio.start_server(tracked, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
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


def send_to(port, runtime, folder, **more):
    system = System.model_validate(
        {"owner": "it", "url": f"http://127.0.0.1:{port}", "timeouts": {**AMPLE, **more.pop("timeouts", {})}, **more}
    )
    return Transport(runtime, folder).bind("sys", system)


def exchange_of(method, body=b"", headers=(), bound=100_000):
    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("correlation-1", "u", method, b"/x", b"", {}, never, Span())
    return Exchange(call, method, b"/p", headers, body, method == "GET", Span(), bound)


def after(seconds, said=OK):
    async def answer():
        await asyncio.sleep(seconds)
        return said

    return lambda _: answer()


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
async def test_a_write_on_a_connection_that_goes_away_is_never_sent_twice(method, runtime, tmp_path):
    """aiohttp by itself sends PUT and DELETE again on a connection that was used before."""
    async with upstream(lambda n: OK if n == 1 else None) as system:
        send = send_to(system.port, runtime, tmp_path)
        await send(exchange_of("GET"))
        exchange = exchange_of(method, b"{}")
        with pytest.raises(Refusal) as caught:
            await send(exchange)
    assert caught.value.problem.name == "system-answer-broken"
    assert exchange.call.effect == "unknown"
    assert len(system.requests) == 2
    assert system.connections == 1


async def test_a_read_on_a_connection_that_goes_away_is_sent_once_more_and_counted(runtime, tmp_path):
    async with upstream(lambda n: None if n == 2 else OK) as system:
        send = send_to(system.port, runtime, tmp_path)
        await send(exchange_of("GET"))
        assert (await send(exchange_of("GET"))).status == 200
    assert (len(system.requests), system.connections) == (3, 2)
    assert runtime.events["stale_connection", ()] == 1


async def test_a_read_on_a_fresh_connection_is_sent_once(runtime, tmp_path):
    async with upstream(lambda _: None) as system:
        with pytest.raises(Refusal):
            await send_to(system.port, runtime, tmp_path)(exchange_of("GET"))
    assert len(system.requests) == 1


@pytest.mark.parametrize("unread", [False, True])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_that_nobody_asked_for_reaches_nobody(method, unread, runtime, tmp_path):
    """Else each caller on that connection gets the answer of the one before. `unread`: only the kernel has it yet."""
    stray = OK.replace(b"{}", b"[]")

    async with upstream(lambda _: OK) as system:
        send = send_to(system.port, runtime, tmp_path)
        await send(exchange_of("GET"))
        (writer,) = system.writers
        writer.write(stray)
        if not unread:
            await asyncio.sleep(0.05)
        answer = await send(exchange_of(method))
    assert (answer.body, len(system.requests), system.connections) == (b"{}", 2, 2)
    assert runtime.events["unasked_answer", ()] == 1


async def test_a_write_is_not_sent_on_a_connection_that_was_just_closed(runtime, tmp_path):
    """The end lies unread in the kernel: sent there, the write would be lost and its effect unknown."""
    async with upstream(lambda _: OK) as system:
        send = send_to(system.port, runtime, tmp_path)
        await send(exchange_of("GET"))
        (writer,) = system.writers
        writer.write_eof()
        exchange = exchange_of("POST", b"{}")
        assert (await send(exchange)).status == 200
    assert (exchange.call.effect, len(system.requests), system.connections) == ("applied", 2, 2)
    assert runtime.events["closed_connection", ()] == 1


async def test_connections_are_used_again(runtime, tmp_path):
    async with upstream(lambda _: OK) as system:
        send = send_to(system.port, runtime, tmp_path)
        for method in ("GET", "POST", "GET", "DELETE"):
            await send(exchange_of(method))
    assert (len(system.requests), system.connections) == (4, 1)


async def test_a_reload_keeps_the_pool(runtime, tmp_path):
    async with upstream(lambda _: OK) as system:
        for _ in range(2):
            await send_to(system.port, runtime, tmp_path)(exchange_of("GET"))
    assert system.connections == 1


async def test_a_read_ends_with_its_caller(runtime, tmp_path):
    async with upstream(after(10)) as system:
        exchange = exchange_of("GET")
        task = asyncio.create_task(send_to(system.port, runtime, tmp_path)(exchange))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert exchange.span.end == "left"


async def test_a_write_goes_on_without_its_caller(runtime, tmp_path):
    async with upstream(after(0.6)) as system:
        exchange = exchange_of("POST", b"{}")
        task = asyncio.create_task(send_to(system.port, runtime, tmp_path)(exchange))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert exchange.span.end is None, "the system still works on it"
        assert exchange.call.effect == "unknown"
        assert await runtime.drain(3) == 0
    assert exchange.span.end == "complete"
    assert system.closed == 1
    assert runtime.events["write_ended_without_its_caller", (("ended", "2xx"),)] == 1


async def test_a_write_that_timed_out_holds_its_slot_until_the_system_answers(runtime, tmp_path):
    async with upstream(after(0.9)) as system:
        exchange = exchange_of("POST", b"{}")
        with pytest.raises(Refusal) as caught:
            await send_to(system.port, runtime, tmp_path, timeouts={"first_byte_seconds": 0.3})(exchange)
        assert caught.value.problem.status == 504
        assert exchange.span.end is None
        await runtime.drain(3)
        assert exchange.span.end == "complete"
        assert exchange.call.effect == "unknown"


@pytest.mark.parametrize("left", [True, False])
async def test_a_read_that_holds_a_slot_holds_it_until_the_system_answers(left, runtime, tmp_path):
    """Closing a socket does not stop a system: who hangs up, or waits too long, frees no slot before it is free."""
    async with upstream(after(0.8)) as system:
        exchange = exchange_of("GET")
        exchange.holds = True
        send = send_to(system.port, runtime, tmp_path, timeouts={"first_byte_seconds": 3 if left else 0.3})
        task = asyncio.create_task(send(exchange))
        if left:
            await asyncio.sleep(0.1)
            task.cancel()
        with pytest.raises((Refusal, asyncio.CancelledError)):
            await task
        assert exchange.span.end is None
        assert await runtime.drain(3) == 0
        assert exchange.span.end == "complete"
        assert exchange.call.effect == "none"
    assert runtime.events["read_ended_without_its_caller", (("ended", "2xx"),)] == 1


async def test_a_write_that_nobody_answers_ends_with_the_operation(runtime, tmp_path):
    async with upstream(after(30)) as system:
        exchange = exchange_of("POST", b"{}")
        short = {"first_byte_seconds": 0.3, "operation_seconds": 1.5}
        with pytest.raises(Refusal):
            await send_to(system.port, runtime, tmp_path, timeouts=short)(exchange)
        assert exchange.span.end is None
        assert await runtime.drain(5) == 0
        assert exchange.span.end == "cut"


@pytest.mark.parametrize(("method", "holds"), [("GET", False), ("GET", True), ("POST", False)])
async def test_cancelled_at_every_tick_each_exchange_ends_once(method, holds, runtime, tmp_path):
    async with upstream(lambda _: OK) as system:
        send = send_to(system.port, runtime, tmp_path, max_connections=2)
        spans = []
        for ticks in range(40):
            exchange = exchange_of(method, b"{}" if method == "POST" else b"")
            exchange.holds = holds
            ends = []
            exchange.span.on_close(ends.append)
            task = asyncio.create_task(send(exchange))
            for _ in range(ticks):
                await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Refusal):
                await task
            spans.append((ticks, ends))
        for _ in range(100):
            if all(len(ends) == 1 for _, ends in spans[1:]):
                break
            await asyncio.sleep(0.02)
        assert all(len(ends) == 1 for ticks, ends in spans if ticks), spans
        assert (await send(exchange_of("GET"))).status == 200, "the pool is whole again"


async def test_all_connections_in_use_is_said_as_such(runtime, tmp_path):
    async with upstream(after(0.25)) as system:
        send = send_to(
            system.port,
            runtime,
            tmp_path,
            max_connections=1,
            timeouts={"connect_seconds": 0.1, "first_byte_seconds": 2},
        )
        first = asyncio.create_task(send(exchange_of("GET")))
        await asyncio.sleep(0.05)
        exchange = exchange_of("POST", b"{}")
        with pytest.raises(Refusal) as caught:
            await send(exchange)
        assert (caught.value.problem.name, caught.value.problem.status) == ("system-busy", 503)
        assert exchange.call.effect == "none"
        assert (await first).status == 200
    assert len(system.requests) == 1


def big(size):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % size + b"7" * size


@pytest.mark.parametrize("bound", [0, 1000, 99_999])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_answer_over_the_bound_streams_whole(method, bound, runtime, tmp_path):
    async with upstream(lambda _: big(100_000)) as system:
        send = send_to(system.port, runtime, tmp_path)
        exchange = exchange_of(method, bound=bound)
        answer = await send(exchange)
        assert not isinstance(answer.body, bytes)
        assert exchange.span.end is None
        held = b"".join([chunk async for chunk in answer.body])
        assert held == b"7" * 100_000
        assert exchange.span.end == "complete"
        await send(exchange_of("GET", bound=0))
    assert system.connections == 1


async def test_an_answer_at_the_bound_is_held(runtime, tmp_path):
    async with upstream(lambda _: big(5000)) as system:
        answer = await send_to(system.port, runtime, tmp_path)(exchange_of("GET", bound=5000))
    assert answer.body == b"7" * 5000


@pytest.mark.parametrize(
    ("said", "problem"), [(big(100_000)[:-10], "system-timeout"), (None, "system-answer-broken")], ids=["stops", "cut"]
)
async def test_a_stream_that_fails_raises_from_its_iterator(said, problem, runtime, tmp_path):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said or big(100_000)[:-10])
        await writer.drain()
        if said:
            await asyncio.sleep(5)

    async with raw_system(serve) as port:
        exchange = exchange_of("GET", bound=1000)
        answer = await send_to(port, runtime, tmp_path, timeouts={"idle_seconds": 0.3})(exchange)
        with pytest.raises(Refusal) as caught:
            async for _ in answer.body:
                pass
        assert caught.value.problem.name == problem
        assert exchange.span.end == "cut"


async def test_a_stream_ends_with_its_call_even_if_nobody_reads_it(runtime, tmp_path):
    async with upstream(lambda _: big(3_000_000)) as system:
        exchange = exchange_of("GET", bound=1000)
        answer = await send_to(system.port, runtime, tmp_path)(exchange)
        exchange.call.span.close("left")
        assert exchange.span.end == "left"
        assert [chunk async for chunk in answer.body] == []


async def test_a_stream_given_up_gives_its_connection_up(runtime, tmp_path):
    async with upstream(lambda _: big(3_000_000)) as system:
        exchange = exchange_of("POST", bound=1000)
        answer = await send_to(system.port, runtime, tmp_path)(exchange)
        await answer.body.aclose()
        assert exchange.span.end == "cut"
        for _ in range(50):
            if system.closed:
                break
            await asyncio.sleep(0.02)
        assert system.closed == 1


async def test_large_and_streamed_bodies_arrive_with_their_framing(runtime, tmp_path):
    async def pieces():
        for part in (b"abc", b"", b"de"):
            yield part

    async with upstream(lambda _: OK) as system:
        send = send_to(system.port, runtime, tmp_path)
        await send(exchange_of("POST", b"x" * 3_000_000))
        await send(exchange_of("POST", pieces()))
        await send(exchange_of("POST", pieces(), ((b"content-length", b"5"),)))
    large, chunked, known = system.requests
    assert large.endswith(b"\r\n\r\n" + b"x" * 3_000_000)
    assert b"content-length: 3000000" in large[:500].lower()
    assert chunked.endswith(b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
    assert known.endswith(b"\r\n\r\nabcde")
    assert b"transfer-encoding" not in known.lower()
    assert system.connections == 1


@pytest.mark.parametrize("error", [CallerLeft(), Refusal(Problem("body-timeout", 408, "t", "r"))])
async def test_what_goes_wrong_with_the_callers_body_is_the_callers_affair(error, runtime, tmp_path):
    async def pieces():
        yield b"abc"
        await asyncio.sleep(0.05)
        raise error

    async with upstream(lambda _: OK) as system:
        exchange = exchange_of("POST", pieces())
        with pytest.raises(type(error)) as caught:
            await send_to(system.port, runtime, tmp_path)(exchange)
        assert caught.value is error
        assert exchange.call.effect == "unknown"
        assert exchange.span.end == ("left" if isinstance(error, CallerLeft) else "cut")
    assert system.requests == [], "a body that was cut must not look whole"


async def test_an_answer_before_the_body_was_taken_spoils_the_connection(runtime, tmp_path):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()
        await asyncio.sleep(0.3)

    async def slow():
        for _ in range(100):
            yield b"x" * 1000
            await asyncio.sleep(0.01)

    async with raw_system(serve) as port:
        exchange = exchange_of("POST", slow())
        answer = await send_to(port, runtime, tmp_path)(exchange)
        assert (answer.status, exchange.call.effect, exchange.span.end) == (413, "none", "complete")


async def test_a_system_that_takes_the_body_slowly_is_given_time_for_each_piece(runtime, tmp_path):
    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        left = 3_000_000
        while left > 0:
            left -= len(await reader.read(1_000_000))
            await asyncio.sleep(0.03)
        writer.write(OK)
        await writer.drain()

    async with raw_system(serve) as port:
        send = send_to(port, runtime, tmp_path, timeouts={"first_byte_seconds": 0.6, "total_seconds": 9})
        assert (await send(exchange_of("POST", b"x" * 3_000_000))).status == 200
