"""One process: the public listener, and the listener for health and metrics, on one event loop."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import uvicorn
import uvloop
from prometheus_client import CollectorRegistry

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.settings import Listener
from contracts.validators import ValidatorBuilder
from contracts.workspace import Workspace
from gateway.app import Gateway
from gateway.health import health_app
from gateway.node import Node
from gateway.pages import pages_app
from gateway.problems import PROBLEMS, body_of
from gateway.release import Release, make_release
from gateway.routes import Live, bind
from gateway.runtime import GatewayRuntime
from gateway.telemetry import AccessLog, Audit, Metrics
from gateway.transport import Transport
from gateway.wire import make_protocol
from policies.ledger import Ledger
from policies.step import Problem
from policies.store import make_store

_DRAIN_SECONDS = 20.0


@dataclass(slots=True)
class Ready:
    """What the caller of `serve` is told once both listeners accept."""

    public: str
    health: str


class _Server(uvicorn.Server):
    """uvicorn's, without its signal handlers: the process has one set, for both listeners."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


def serve(
    workspace: Workspace,
    node: Node,
    on_ready: Callable[[Ready], None],
    access_log: TextIO | None = None,
) -> int:
    """Serve until SIGTERM or SIGINT. Returns the exit code: 0 drained, 1 with work cut off.

    Raises InvalidInputError where the release cannot be served: nothing has been bound then.
    """
    release = make_release(workspace)

    async def until_signalled() -> int:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        return await serve_until(stop, release, node, on_ready, access_log)

    return uvloop.run(until_signalled())


async def serve_until(
    stop: asyncio.Event, release: Release, node: Node, on_ready: Callable[[Ready], None], log: TextIO | None
) -> int:
    """Serve until `stop` is set, then drain; see `serve`."""
    workspace, settings = release.workspace, release.workspace.settings
    runtime = GatewayRuntime(node)
    registry = CollectorRegistry()
    metrics = Metrics(registry)
    make_store(settings, runtime)
    ledger = Ledger(_inside(workspace.folder, settings.ledger), lambda: runtime.count("ledger_dropped"))
    transport = Transport(runtime, workspace.folder)
    builder = ValidatorBuilder(settings.validator_memory_bytes)
    try:
        live = bind(release, runtime, transport)
        builder.schedule(op for contract in release.contracts.values() for op in contract.operations)
        access = AccessLog(log)
        listeners = (access, metrics, Audit(ledger, runtime.now))
        gateway = Gateway(lambda: live, listeners, pages_app(PROBLEMS, live.problems_base))
        state = _State()
        health = health_app(registry, runtime, builder, gateway, lambda: state.accepting, release.digest)
        servers = (_public(gateway, live, runtime, access), _health(health))
        sockets = (_listen(settings.public, "public"), _listen(settings.health, "health"))
        return await _run(stop, servers, sockets, state, runtime, on_ready)
    finally:
        await asyncio.to_thread(builder.close)
        await runtime.aclose()
        await asyncio.to_thread(ledger.close)


class _State:
    accepting = False


async def _run(
    stop: asyncio.Event,
    servers: tuple[_Server, _Server],
    sockets: tuple[socket.socket, socket.socket],
    state: _State,
    runtime: GatewayRuntime,
    on_ready: Callable[[Ready], None],
) -> int:
    tasks = [asyncio.create_task(server.serve(sockets=[sock])) for server, sock in zip(servers, sockets, strict=True)]
    while not all(server.started for server in servers):
        if any(task.done() for task in tasks):
            break
        await asyncio.sleep(0.005)
    state.accepting = True
    on_ready(Ready(_url(sockets[0]), _url(sockets[1])))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait([told, *tasks], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    state.accepting = False  # /readyz first: whoever balances load stops sending
    servers[0].should_exit = True
    await asyncio.wait([tasks[0]], timeout=_DRAIN_SECONDS)
    left = await runtime.drain(_DRAIN_SECONDS)
    servers[1].should_exit = True
    await asyncio.gather(*tasks, return_exceptions=True)
    return 1 if left else 0


def _public(gateway: Gateway, live: Live, runtime: GatewayRuntime, log: AccessLog) -> _Server:
    bounds = live.settings.bounds
    base = live.problems_base

    def refused(problem: str, address: str, correlation: str) -> None:
        runtime.count("wire_refused", problem=problem)
        log.refused_by_wire(problem, address, correlation)

    def rendered(problem: Problem, detail: str, instance: str, correlation: str) -> bytes:
        return body_of(base, problem, instance, correlation, detail, fault="gateway")

    return _Server(
        uvicorn.Config(
            gateway,
            interface="asgi3",
            http=make_protocol(bounds, rendered, refused),
            loop="none",
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            date_header=True,
            access_log=False,
            log_config=None,
            limit_concurrency=None,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=int(_DRAIN_SECONDS),
            backlog=2048,
        )
    )


def _health(app: object) -> _Server:
    return _Server(
        uvicorn.Config(
            app,  # type: ignore[arg-type]
            loop="none",
            lifespan="off",
            ws="none",
            proxy_headers=False,
            server_header=False,
            access_log=False,
            log_config=None,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=1,
        )
    )


def _listen(listener: Listener, name: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in listener.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((listener.host, listener.port))
    except OSError as error:
        sock.close()
        message = f"the {name} listener cannot bind {listener.host}:{listener.port}: {error.strerror or error}"
        remedy = f"free the port, or set `{name}.port` to another one"
        raise InvalidInputError([Diagnostic("tidewaiter.yaml", "listener", message, remedy)]) from None
    return sock


def _url(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
