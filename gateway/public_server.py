"""The server of a public listener: uvicorn with the gateway's own wire, and without its signal handlers."""

import contextlib
from collections.abc import Generator
from typing import Any

import uvicorn

from gateway.wire import Wire


class PublicServer(uvicorn.Server):
    """uvicorn's, without its signal handlers: the process has one set, for all that it does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


def public_config(app: Any, wire: type[Wire], calls_seconds: float) -> uvicorn.Config:
    """How it serves; calls under way may take `calls_seconds` to end."""
    return uvicorn.Config(
        app,
        interface="asgi3",
        http=wire,
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
        timeout_graceful_shutdown=int(calls_seconds) or 1,
        backlog=2048,
    )
