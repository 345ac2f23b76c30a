"""A caller who leaves at any moment: everything that was taken is given back, and the call is told of exactly once."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from flows_workspace import key_set, token, write_workspace
from gateway_thread import write
from scripted import as_json
from uvicorn.protocols.utils import ClientDisconnected

import gateway.app
import gateway.caller
from contracts.workspace import load
from gateway.app import Gateway
from gateway.caller import Caller
from gateway.node import load_node
from gateway.release import make_release
from gateway.routes import bind
from gateway.runtime import GatewayRuntime
from gateway.transport import Transport
from governance.demo.process import free_ports
from policies.step import Answer, Span
from policies.store import make_store
from policies.system_faults import broken

TICKS = range(40)
ORDER = {"id": "4711", "total": "12.50"}
CALLS = {"GET": ("/orders/v1/orders/4711", b""), "POST": ("/orders/v1/orders", b'{"customer": "C"}')}
DONE = {"GET": 200, "POST": 201}


class System:
    """Answers on the test's own event loop, so that a tick is a tick for it too."""

    def __init__(self):
        self.writes = 0

    async def serve(self, reader, writer):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                if b"content-length:" in head:
                    await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
                self.writes += head.startswith(b"post")
                for _ in range(15):
                    await asyncio.sleep(0)
                if b"/jwks.json" in head:
                    said = as_json(key_set())
                else:
                    said = as_json(ORDER, "201 Created" if head.startswith(b"post") else "200 OK")
                writer.write(said)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


class Line:
    """One caller as `wire` shows it: a body in two pieces, then silence until it leaves."""

    def __init__(self, method, authorization):
        path, body = CALLS[method]
        self.status = 0
        self.gone = asyncio.Event()
        self.pieces = [body[:5], body[5:]] if body else [b""]
        headers = [(b"host", b"x"), (b"authorization", authorization.encode())]
        if body:
            headers += [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        self.scope = {
            "type": "http", "method": method, "raw_path": path.encode(), "query_string": b"", "headers": headers,
            "client": ("192.0.2.1", 1), "extensions": {},
        }  # fmt: skip

    async def receive(self):
        await asyncio.sleep(0)
        if self.pieces and not self.gone.is_set():
            piece = self.pieces.pop(0)
            return {"type": "http.request", "body": piece, "more_body": bool(self.pieces)}
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        await asyncio.sleep(0)
        if self.gone.is_set():
            raise ClientDisconnected
        self.status = message.get("status", self.status)


class World:
    """A gateway without its wire. Its consumer may have one call under way."""

    def __init__(self, app, runtime, system, served, authorization):
        self.app, self.runtime, self.system = app, runtime, system
        self.served, self.authorization = served, authorization

    async def whole(self, method):
        line = Line(method, self.authorization)
        await asyncio.wait_for(self.app(line.scope, line.receive, line.send), 5)
        return line.status

    async def left_at(self, tick, method, how):
        """A call that ends at that tick; the one Served event of it."""
        self.served.clear()
        line = Line(method, self.authorization)
        task = asyncio.create_task(self.app(line.scope, line.receive, line.send))
        for _ in range(tick):
            await asyncio.sleep(0)
        if how == "leaves":
            line.gone.set()
        else:
            task.cancel()
        await asyncio.wait({task}, timeout=5)
        assert task.done()
        assert await self.runtime.drain(5) == 0
        (served,) = self.served
        return served


@asynccontextmanager
async def world(folder, monkeypatch, send=None):
    monkeypatch.setattr(gateway.caller, "_WATCH_AFTER_SECONDS", 0)
    system = System()
    server = await asyncio.start_server(system.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    write_workspace(folder, port, free_ports(1)[0])
    write(folder, {"tidewaiter.yaml": {"name": "flows", "public_url": "http://127.0.0.1:1"}})
    runtime = GatewayRuntime(load_node(folder))
    release = make_release(load(folder))
    make_store(release.workspace.settings, runtime)
    if send is not None:
        monkeypatch.setattr(Transport, "bind", lambda *_: send)
    live = bind(release, runtime, Transport(runtime, folder))
    served = []
    app = Gateway(lambda: live, (served.append,), None)
    try:
        yield World(app, runtime, system, served, f"Bearer {token(port, 'solo')}")
    finally:
        await runtime.aclose()
        server.close()
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("how", ["leaves", "is-cancelled"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_caller_may_leave_at_every_tick(method, how, tmp_path, monkeypatch):
    ends, unseen = [], 0
    async with world(tmp_path, monkeypatch) as it:
        assert await it.whole(method) == DONE[method]
        for tick in TICKS[how == "is-cancelled" :]:  # a task that never began is no call
            it.system.writes = 0
            served = await it.left_at(tick, method, how)

            ends.append(served.end)
            unseen += served.end == "left" and it.system.writes
            assert it.app.open == 0
            if it.system.writes:
                assert served.call.effect != "none", "what reached the system is not told as if it had not"
            assert it.system.writes <= 1
            assert await it.whole(method) == DONE[method], f"tick {tick}: the one slot is free again"
    assert ends == sorted(ends, reverse=True), "from one tick on all are complete"
    assert {"left", "complete"} == set(ends)
    assert bool(unseen) == (method == "POST"), "writes whose callers left while the system worked are among them"


async def test_a_stream_that_nobody_takes_any_more():
    """Told as left, not as cut by us: it is no fault of the gateway or the system."""

    async def pieces():
        yield b"a"
        yield b"b"

    async def silence():
        await asyncio.Event().wait()

    sent = []

    async def send(message):
        if len(sent) == 2:
            raise ClientDisconnected
        sent.append(message)

    caller = Caller(silence, send, 1)
    whole = await caller.answer(Answer(200, [], pieces()), [], head=False)
    assert (whole, caller.left) == (False, True)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refusal_below_all_steps_comes_out_as_the_same_object(method, tmp_path, monkeypatch):
    refusal, rendered = broken("It is a test"), []

    async def send(exchange):
        raise refusal

    def render(base, given, call):
        rendered.append(given)
        return Answer(502, [])

    async with world(tmp_path, monkeypatch, send) as it:
        monkeypatch.setattr(gateway.app, "render", render)
        assert await it.whole(method) == 502
        assert rendered[0] is refusal
        assert (it.served[0].problem, it.served[0].call.fault) == ("system-answer-broken", "system")


async def test_a_refusal_and_a_crash_give_back_the_slot(tmp_path, monkeypatch):
    async with world(tmp_path, monkeypatch) as it:
        for body in (b"{", b'{"customer": 1}'):
            monkeypatch.setitem(CALLS, "POST", ("/orders/v1/orders", body))
            assert await it.whole("POST") == 400
        monkeypatch.setattr(Span, "close", crash(Span.close))
        assert await it.whole("GET") == 200
        assert [one.end for one in it.served] == ["complete"] * 3


def crash(close):
    def with_a_closer_that_fails(span, end):
        span.on_close(lambda _: 1 // 0)
        close(span, end)

    return with_a_closer_that_fails
