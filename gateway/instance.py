"""Everything that one process serves calls with: a runtime, a release bound to it, and the public listener.

A reload is two steps, so that several processes change together or not at all: `prepare` compiles and binds beside what
serves, `commit` is one assignment, `discard` forgets. Calls under way keep the release that they began with.
"""

import asyncio
import contextlib
import dataclasses
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from prometheus_client import CollectorRegistry

from contracts.diagnostic import InvalidInputError
from contracts.layout import SETTINGS
from contracts.settings import Settings
from contracts.validators import ValidatorBuilder
from contracts.workspace import Workspace
from contracts.written import Source
from gateway.app import Gateway
from gateway.health import ProcessMetrics
from gateway.node import Node
from gateway.portal.app import PortalApp
from gateway.portal.content import make_content
from gateway.portal.records import Records
from gateway.problems import body_of
from gateway.proved import run_in_background
from gateway.public_server import PublicServer, mark, public_config
from gateway.release import Release
from gateway.routes import Live, bind
from gateway.runtime import GatewayRuntime
from gateway.telemetry import AccessLog, Audit, Metrics
from gateway.transport import Transport
from gateway.wire import Wire, make_protocol
from policies.ledger import Ledger
from policies.overrides import Overrides, kept_overrides
from policies.step import Problem
from policies.store import make_store
from policies.suspensions import Suspensions, kept_suspensions

READY_AHEAD_SECONDS = 10.0
"""How long `prepare` waits for the validators of the next release: calls shall not wait for them afterwards."""


class Instance:
    """One process's share of the gateway. Make it, `start`, later `drain`, and `aclose` in any case."""

    def __init__(self, release: Release, node: Node, log: TextIO | None, *, home: Path, workers: int = 1) -> None:
        """Bind the release. `home` is the workspace as people keep it: what is written goes there.

        Raises InvalidInputError where it cannot be served.
        """
        workspace, settings = release.workspace, release.workspace.settings
        self._workers = workers
        self.runtime = GatewayRuntime(node)
        self.registry = CollectorRegistry()
        self._metrics = Metrics(self.registry)
        make_store(settings, self.runtime, workers)
        ledger_file = _inside(home, settings.ledger)
        self._records = Records(ledger_file, self.runtime.now)
        self._ledger = Ledger(ledger_file, lambda: self.runtime.count("ledger_dropped"))
        self._builder = ValidatorBuilder(settings.validator_memory_bytes)
        self.access = AccessLog(log)
        self.suspensions: Suspensions = kept_suspensions(self.runtime)
        self.overrides: Overrides = kept_overrides(self.runtime)
        self._audit = Audit(self._ledger, self.runtime.now)
        self._prepared: tuple[Live, PortalApp] | None = None
        try:
            self.live, portal = self._bind(release, workspace.folder)
        except BaseException:
            self._builder.close()
            self._ledger.close()
            raise
        self._builder.schedule(_operations(release), run_in_background(release))
        listeners = (self.access, self._metrics, self._audit)
        self.gateway = Gateway(lambda: self.live, listeners, portal, home=True)
        self.registry.register(ProcessMetrics(self.runtime, self._builder, self.gateway, lambda: self.live))
        self._wire: type[Wire] = self._protocol(self.live)
        self._server = PublicServer(public_config(self.gateway, self._wire, settings.drain.calls_seconds))
        mark(self._server.config, development=release.development)
        self._serving: asyncio.Task[None] | None = None

    async def start(self, sock: socket.socket) -> None:
        """Accept calls on a bound socket. Raises RuntimeError where the server ends at once."""
        self._serving = asyncio.create_task(self._server.serve(sockets=[sock]))
        while not self._server.started:
            if self._serving.done():
                raise RuntimeError("the public listener did not start") from self._serving.exception()
            await asyncio.sleep(0.005)

    @property
    def ended(self) -> "asyncio.Task[None] | None":
        """Done once the public listener has ended; None before `start`."""
        return self._serving

    # A reload.

    async def prepare(self, release: Release) -> None:
        """Bind beside what serves, and build its validators. Raises InvalidInputError: then nothing has changed."""
        self.discard()
        _same_foundations(self.live.settings, release.workspace, releases=release.digest != release.workspace.digest)
        prepared = self._bind(release, release.workspace.folder)
        self._builder.schedule(_operations(release), run_in_background(release))
        self._prepared = prepared
        await self.runtime.offload(self._builder.wait, READY_AHEAD_SECONDS)

    def commit(self) -> None:
        """Serve what was prepared, from the next call on."""
        if self._prepared is None:
            return
        old, (self.live, self.gateway.pages), self._prepared = self.live, self._prepared, None
        mark(self._server.config, development=self.live.release.development)
        settings = self.live.settings
        self._builder.budget_bytes = settings.validator_memory_bytes
        self._builder.forget(_operations(old.release))
        if settings.bounds != old.settings.bounds or self.live.problems_base != old.problems_base:
            # Connections keep the bounds that they were accepted under.
            self._wire = self._protocol(self.live)
            self._server.config.http_protocol_class = self._wire

    def mark_withdrawn(self, why: str) -> None:
        """What serves was withdrawn, or was not: it goes on, and the metrics tell it."""
        if self.live.release.withdrawn != why:
            self.live = dataclasses.replace(self.live, release=dataclasses.replace(self.live.release, withdrawn=why))

    def discard(self) -> None:
        """Forget what was prepared."""
        if self._prepared is not None:
            self._builder.forget(_operations(self._prepared[0].release))
            self._prepared = None

    # The end.

    def stop_accepting(self) -> None:
        """Leave new connections to other processes, and end those that are there after their next answer."""
        self._wire.last_answers = True
        for server in self._server.servers:
            server.close()

    def last_answers(self) -> None:
        """From now on every answer ends its connection, so that callers go where they will be served."""
        self._wire.last_answers = True

    async def drain(self) -> int:
        """Stop accepting, finish calls and writes whose callers left. Returns how many of these were cut off."""
        seconds = self.live.settings.drain.calls_seconds
        cut = 0
        if self._serving is not None:
            self._server.should_exit = True
            await asyncio.wait([self._serving], timeout=seconds + 1)
            cut = self.gateway.open
        return cut + await self.runtime.drain(seconds)

    async def aclose(self) -> None:
        """Let go of threads, pools and files."""
        if self._serving is not None and not self._serving.done():
            self._serving.cancel()
        if self._serving is not None:
            await asyncio.gather(self._serving, return_exceptions=True)
        await asyncio.to_thread(self._builder.close)
        await self.runtime.aclose()
        await asyncio.to_thread(self._ledger.close)

    def _bind(self, release: Release, folder: Path) -> tuple[Live, PortalApp]:
        content = release.content or make_content(release.workspace)
        release = dataclasses.replace(release, content=content)
        live = bind(release, self.runtime, Transport(self.runtime, folder), self._workers)
        return live, PortalApp(live, content, self.runtime, (self.access, self._audit), self._records)

    def _protocol(self, live: Live) -> type[Wire]:
        base = live.problems_base

        def refused(problem: str, address: str, correlation: str) -> None:
            self.runtime.count("wire_refused", problem=problem)
            self.access.refused_by_wire(problem, address, correlation)

        def rendered(problem: Problem, detail: str, instance: str, correlation: str) -> bytes:
            return body_of(base, problem, instance, correlation, detail, fault="gateway")

        return make_protocol(live.settings.bounds, rendered, refused)


def _operations(release: Release) -> Sequence[Any]:
    return [operation for contract in release.contracts.values() for operation in contract.operations]


_FOUNDATIONS: Mapping[str, str] = {
    "public": "the public listener", "health": "the health listener", "admin": "the admin listener",
    "store": "the store", "ledger": "the ledger",
}  # fmt: skip


_RESTART = "set it back, or stop the gateway and start it again"
_RESTART_WITH_RELEASES = (
    "stop the gateway, give the same command (`tidewaiter release activate` or `rollback`) while it is down, "
    "and start it again"
)


def _same_foundations(now: Settings, workspace: Workspace, *, releases: bool) -> None:
    """What outlives a release cannot be changed by one. Raises InvalidInputError."""
    then = workspace.settings
    changed = [name for name in _FOUNDATIONS if getattr(now, name) != getattr(then, name)]
    if not changed:
        return
    source = Source(SETTINGS)
    with contextlib.suppress(OSError):
        source.text = (workspace.folder / SETTINGS).read_bytes()
    faults = [
        source.fault(
            f"/{name}", "needs-restart", f"{_FOUNDATIONS[name]} is another one: a reload leaves it as it is",
            _RESTART_WITH_RELEASES if releases else _RESTART,
        )
        for name in changed
    ]  # fmt: skip
    raise InvalidInputError(faults)


def _inside(folder: Path, name: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return path
