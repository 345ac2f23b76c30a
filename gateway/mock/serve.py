"""Serves a mock until it is told to stop: one process, one listener, nothing written."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, TextIO

from contracts.contract import Contract
from contracts.validators import ValidatorBuilder
from gateway.app import Gateway
from gateway.listen import bound_socket, url_of
from gateway.mock.answers import MOCK_NO_ANSWER
from gateway.mock.front import Mocked, MockSettings, bind_mock
from gateway.mock.preferences import MOCK_PREFERENCE
from gateway.node import Node, NodeSettings
from gateway.pages import pages_app
from gateway.problems import PROBLEMS, body_of
from gateway.public_server import PublicServer, public_config
from gateway.runtime import GatewayRuntime
from gateway.telemetry import AccessLog, Listener
from gateway.wire import Wire, make_protocol
from policies.step import Problem

MOCK_PROBLEMS: Final[Mapping[str, Problem]] = {one.name: one for one in (MOCK_PREFERENCE, MOCK_NO_ANSWER)}
"""Those that no gateway raises."""
_CALLS_SECONDS: Final = 1
"""How long calls under way may take once it is told to stop."""


async def serve_mock(
    stop: asyncio.Event,
    contract: Contract,
    asked: MockSettings,
    address: tuple[str, int],
    on_ready: Callable[[str, Mocked], None],
    log: TextIO | None = None,
) -> None:
    """Serve until `stop` is set. Raises InvalidInputError where the address cannot be bound."""
    remedy = "free the port, or name another one with --port"
    listening = bound_socket(*address, "mock's", where="tidewaiter mock", remedy=remedy)
    runtime = GatewayRuntime(Node(NodeSettings(), Path()))
    try:
        url = url_of(listening)
        mocked = await asyncio.to_thread(bind_mock, contract, asked, runtime, url)
        keeper = ValidatorBuilder(mocked.settings.validator_memory_bytes)
        for route, _ in mocked.selection.routes.values():
            route.operation.keeper = keeper  # built when first called, and dropped over the budget
        access = None if log is None else AccessLog(log)
        listeners: tuple[Listener, ...] = () if access is None else (access,)
        gateway = Gateway(lambda: mocked, listeners, pages_app({**PROBLEMS, **MOCK_PROBLEMS}, mocked.problems_base),
                          own=False)  # fmt: skip
        server = PublicServer(public_config(gateway, _wire(mocked, access), _CALLS_SECONDS))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not (server.started or serving.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
        if not serving.done():
            on_ready(url, mocked)
        told = asyncio.create_task(stop.wait())
        await asyncio.wait([told, serving], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        server.should_exit = True
        await asyncio.wait([serving], timeout=_CALLS_SECONDS + 5)
    finally:
        listening.close()
        await runtime.aclose()


def _wire(mocked: Mocked, access: AccessLog | None) -> type[Wire]:
    def refused(problem: str, address: str, correlation: str) -> None:
        if access is not None:
            access.refused_by_wire(problem, address, correlation)

    def rendered(problem: Problem, detail: str, instance: str, correlation: str) -> bytes:
        return body_of(mocked.problems_base, problem, instance, correlation, detail, fault="gateway")

    return make_protocol(mocked.settings.bounds, rendered, refused)
