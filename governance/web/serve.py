"""Serves the board's pages until it is told to stop: one process, one listener, sessions in its memory."""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

from contracts.settings import Bounds
from gateway.listen import bound_socket
from gateway.problems import body_of
from gateway.public_server import PublicServer, public_config
from gateway.wire import Wire, make_protocol
from governance.web.app import BoardPages
from policies.step import Problem

_PROBLEMS: Final = "urn:tidewaiter:problem:"
"""What is refused before there is a request has no page here."""
_ENDING_SECONDS: Final = 2
"""How long requests under way may take once it is told to stop."""


def bound(host: str, port: int) -> socket.socket:
    """The listener's socket. Raises InvalidInputError where the address cannot be bound."""
    remedy = "free the port, or name another one with --port"
    return bound_socket(host, port, "board's", where="tidewaiter board serve", remedy=remedy)


async def serve_pages(
    stop: asyncio.Event, pages: BoardPages, listening: socket.socket, on_ready: Callable[[], None]
) -> None:
    """Serve until `stop` is set."""
    try:
        server = PublicServer(public_config(pages, _wire(), _ENDING_SECONDS))
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        while not (server.started or serving.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
        if not serving.done():
            on_ready()
        told = asyncio.create_task(stop.wait())
        await asyncio.wait([told, serving], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        server.should_exit = True
        await asyncio.wait([serving], timeout=_ENDING_SECONDS + 5)
    finally:
        listening.close()


def _wire() -> type[Wire]:
    def rendered(problem: Problem, detail: str, instance: str, correlation: str) -> bytes:
        return body_of(_PROBLEMS, problem, instance, correlation, detail, fault="gateway")

    def refused(_problem: str, _address: str, _correlation: str) -> None:
        return

    return make_protocol(Bounds(), rendered, refused)
