"""One process alone: the public listener, and the listener for health and metrics, on one event loop.

`tidewaiter serve` has a parent and workers (`gateway.parent`, `gateway.worker`); this serves a release inside the
process that made it, for tests and for whoever embeds the gateway.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TextIO

import uvicorn

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.workspace import Workspace
from gateway.health import health_app
from gateway.instance import Instance
from gateway.listen import bound_socket, url_of
from gateway.node import Node
from gateway.public_server import PublicServer
from gateway.release import Release
from policies.suspension_ledger import SuspensionLedger


@dataclass(slots=True)
class Ready:
    """What the caller is told once both listeners accept."""

    public: str
    health: str


class _State:
    accepting = False


async def serve_until(
    stop: asyncio.Event, release: Release, node: Node, on_ready: Callable[[Ready], None], log: TextIO | None
) -> int:
    """Serve until `stop` is set, then drain. Returns 0, or 1 with work cut off.

    Raises InvalidInputError where the release cannot be served: nothing has been bound then.
    """
    settings = release.workspace.settings
    instance = Instance(release, node, log, home=release.workspace.folder)
    state = _State()
    try:
        instance.suspensions.replace(_suspended(release.workspace))
        health = _health(health_app(instance.registry, lambda: state.accepting))
        public = bound_socket(settings.public.host, settings.public.port, "public")
        other = bound_socket(settings.health.host, settings.health.port, "health")
        await instance.start(public)
        watching = asyncio.create_task(health.serve(sockets=[other]))
        while not (health.started or watching.done()):  # noqa: ASYNC110 - uvicorn tells it by a flag
            await asyncio.sleep(0.005)
        state.accepting = True
        on_ready(Ready(url_of(public), url_of(other)))
        told = asyncio.create_task(stop.wait())
        await asyncio.wait([told, watching, *filter(None, [instance.ended])], return_when=asyncio.FIRST_COMPLETED)
        told.cancel()
        state.accepting = False  # /readyz first: whoever balances load stops sending
        left = await instance.drain()
        health.should_exit = True
        await asyncio.gather(watching, return_exceptions=True)
        return 1 if left else 0
    finally:
        await instance.aclose()


def _suspended(workspace: Workspace) -> list[dict[str, Any]]:
    """What the ledger says. Raises InvalidInputError where it cannot be read: nothing is served then."""
    path = workspace.folder / workspace.settings.ledger
    try:
        ledger = SuspensionLedger(path)
    except (sqlite3.Error, OSError) as error:
        message = f"what is suspended cannot be read: {error}"
        raise InvalidInputError([Diagnostic(str(path), "ledger", message, "mend the file")]) from None
    with contextlib.closing(ledger):
        return [asdict(turn) for turn in ledger.now]


def _health(app: object) -> PublicServer:
    return PublicServer(
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
