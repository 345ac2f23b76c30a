"""The server of a public listener: uvicorn with the gateway's own wire, and without its signal handlers."""

import contextlib
from collections.abc import Generator
from typing import Any, Final

import uvicorn

from gateway.wire import Wire


class PublicServer(uvicorn.Server):
    """uvicorn's, without its signal handlers: the process has one set, for all that it does."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Leave signals alone."""
        yield


DEVELOPMENT: Final = ("Tidewaiter-Served", "development")
"""On every answer of what nobody is known to have decided on: a workspace, or a release by a development trust root."""


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


def mark(config: uvicorn.Config, *, development: bool) -> None:
    """Say on every answer from now on, refusals of the wire too, whether this is for development."""
    marked = [(name.lower().encode(), value.encode()) for name, value in (DEVELOPMENT,)] if development else []
    config.headers = [DEVELOPMENT] if development else []
    config.encoded_headers = marked
