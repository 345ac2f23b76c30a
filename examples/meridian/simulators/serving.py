"""Runs one simulator: `python FILE --port N --state DIR [--seed N]`; prints `ready <port>` when it listens."""

import argparse
import asyncio
import signal
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Protocol

import faults  # noqa: F401 - puts the faults that all simulators share into the table
import uvicorn
from control import PREFIX, AskError, Control, asked_json, fault_table
from fault_table import Given
from message import Ask, Reply, json_reply
from wire import Line
from wire import Protocol as WireProtocol


@dataclass(frozen=True, slots=True)
class Options:
    """The command line."""

    port: int
    state: Path
    seed: int


class Simulator(Protocol):
    """What one system does. `settings` is a frozen dataclass whose fields tests may change."""

    origin: str
    settings: Any

    async def answer(self, ask: Ask) -> Reply:
        """The true answer."""
        ...

    def auxiliary(self, ask: Ask) -> bool:
        """Whether the request only fetches a token."""
        ...

    def reset(self, *, sessions: bool, data: bool) -> None:
        """Begin counting anew; with `sessions`, forget sessions and tokens; with `data`, make the data anew."""
        ...

    def state(self) -> dict[str, Any]:
        """What tests may want to know."""
        ...

    def actions(self) -> dict[str, Callable[[], None]]:
        """Control actions of its own, by name."""
        ...


class App:
    """ASGI around a simulator: records, faults, control."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._first_settings = simulator.settings
        self._control = Control()
        self._actions = simulator.actions()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        extension = scope["extensions"]["line"]
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        body = await _body(receive)
        if body is None:
            return
        ask = Ask(scope["method"], target, headers, body)
        if ask.path.startswith(PREFIX):
            await _send(send, self._controlled(ask), ask.method)
            return
        record = self._control.record(ask, extension["number"])
        began = time.perf_counter()
        order = self._control.take(ask, auxiliary=self._simulator.auxiliary(ask))
        reply: Reply | None

        async def work() -> Reply:
            done = await self._simulator.answer(ask)
            record.worked = done.status
            return done

        if order is None:
            reply = await work()
        else:
            record.fault = order.fault.name
            line = Line(extension["transport"], receive)
            given = Given(ask, order.options, self._simulator.origin, line, work)
            reply = await order.fault.deliver(given)
        record.seconds = time.perf_counter() - began
        if reply is not None:
            record.status = reply.status
            await _send(send, reply, ask.method)

    def _controlled(self, ask: Ask) -> Reply:
        try:
            return self._control_reply(ask)
        except (AskError, TypeError, ValueError) as error:
            return json_reply(400, {"error": str(error)})

    def _control_reply(self, ask: Ask) -> Reply:
        match ask.method, ask.path.removeprefix(PREFIX):
            case "GET", "faults":
                return fault_table()
            case "GET", "requests":
                return self._control.listing(int(ask.query.get("since", 0)), int(ask.query.get("limit", -1)))
            case "POST", "misbehave":
                self._control.misbehave(asked_json(ask))
            case "GET", "state":
                return json_reply(200, self._simulator.state())
            case "GET", "settings":
                pass
            case "POST", "settings":
                self._change(asked_json(ask))
            case "POST", "reset":
                self._control.reset()
                self._simulator.settings = self._first_settings
                asked = asked_json(ask)
                data = bool(asked.get("data", False))
                self._simulator.reset(sessions=data or bool(asked.get("sessions", False)), data=data)
            case "POST", name if name in self._actions:
                self._actions[name]()
            case _:
                raise AskError(
                    "there are: GET faults, requests, settings, state; POST "
                    + ", ".join(["misbehave", "settings", "reset", *self._actions])
                )
        named = {
            field.name: getattr(self._simulator.settings, field.name) for field in fields(self._simulator.settings)
        }
        return json_reply(200, {"settings": named, "faults_to_come": len(self._control.orders)})

    def _change(self, asked: Any) -> None:
        held = self._simulator.settings
        known = {field.name: type(getattr(held, field.name)) for field in fields(held)}
        for name, value in asked.items():
            if name not in known:
                raise AskError(f"there is no setting {name}; there are: {', '.join(sorted(known))}")
            if not isinstance(value, known[name]) and not (known[name] is float and isinstance(value, int)):
                raise AskError(f"{name} is a {known[name].__name__}")
        self._simulator.settings = replace(held, **asked)


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes | None:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


async def _send(send: Callable[[Any], Awaitable[None]], reply: Reply, method: str) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if reply.status not in (204, 304) and not any(name == b"content-length" for name, _ in headers):
        headers.append((b"content-length", str(len(reply.body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})


class _Server(uvicorn.Server):
    """Ends cleanly, with exit code 0, on SIGTERM and SIGINT."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal again after the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when it listens."""
        await super().startup(sockets)
        for sock in sockets or ():
            print("ready", sock.getsockname()[1], flush=True)


def run(description: str, make: Callable[[Options], Simulator]) -> None:
    """Parse the command line and serve until told to end."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--state", type=Path, required=True, help="the folder of its data")
    parser.add_argument("--seed", type=int, default=1, help="what the first data are made from")
    given = parser.parse_args()
    given.state.mkdir(parents=True, exist_ok=True)
    # asyncio sends small pieces at once (TCP_NODELAY) only where the protocol is named.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", given.port))
    except OSError as error:
        sys.exit(f"port {given.port} cannot be used: {error.strerror}")
    app = App(make(Options(sock.getsockname()[1], given.state, given.seed)))
    config = uvicorn.Config(
        app, http=WireProtocol, ws="none", lifespan="off", log_level="warning", access_log=False,
        server_header=False, date_header=False, proxy_headers=False, timeout_keep_alive=75,
        timeout_graceful_shutdown=1, backlog=512,
    )  # fmt: skip
    asyncio.run(_Server(config).serve(sockets=[sock]))
