"""A call through the gateway's own front and chains, with nothing behind them: what it would meet before it is made.

The same `Gateway`, the same bound routes, the same order. In two places something else stands: who calls is assumed,
not proven, and the first message to a system, a token endpoint or the like ends the run. So the run says how far the
call comes, never what a system answers. Limits are looked at as if nothing was used up yet.
"""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from contracts.settings import StoreSettings
from contracts.systems import System
from gateway.app import PAGES, Gateway
from gateway.head import read_head
from gateway.node import load_node
from gateway.release import Release
from gateway.routes import Live, bind
from gateway.telemetry import Served
from policies.flight import ObtainError
from policies.forward_clock import kept_clock
from policies.identify import Assumed, bind_assumed
from policies.step import Answer, Call, CallerLeft, Exchange, Fetch, Fetched, Header, Refusal, SecretError, Send
from policies.store import make_store

T = TypeVar("T")
PLACEHOLDER = "not-a-secret"
"""Stands for every secret that this node does not have; nothing made with it leaves the process."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The call as somebody would make it. `target` is origin-form; `host` what Host would say."""

    method: str
    target: str
    host: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Ran:
    """How far it came. `call` is None where it never became one."""

    call: Call | None
    status: int
    headers: tuple[Header, ...]
    refusal: Refusal | None
    problem: str
    matched: str
    reached: Exchange | None
    """The first message that would have been sent."""
    own_page: bool = False

    @property
    def reaches(self) -> bool:
        """Whether a system would be asked, or the contract's examples in its place."""
        return self.reached is not None or (self.call is not None and self.call.attempts > 0)


class Unsent:
    """`gateway.routes.Outward` with nobody outside: what would be sent is kept, and the run ends there."""

    def __init__(self) -> None:
        self.reached: list[Exchange] = []

    def bind(self, system_id: str, system: System) -> Send:  # noqa: ARG002 - one signature
        """A send that sends nothing."""

        async def unsent(exchange: Exchange) -> Answer:
            self.reached.append(exchange)
            exchange.span.close("left")
            if exchange.own:  # a fetch that calls share ends for all of them: as one that got nothing
                raise ObtainError("Nothing is sent.")
            raise CallerLeft

        return unsent

    async def fetch(self, url: str, headers: Mapping[str, str], most: int) -> Fetched:  # noqa: ARG002 - one signature
        """Nothing is fetched."""
        raise OSError("nothing is fetched")

    def fetch_with(self, ca: str = "", file: str = "") -> Fetch:  # noqa: ARG002 - one signature
        """As `fetch`."""
        return self.fetch


class _Alone:
    """A `policies.step.Runtime` for one run. `secret` asks the node only for what stays in the process."""

    def __init__(self, secret: Callable[[str], str]) -> None:
        self._secret = secret
        self._kept: dict[tuple[str, ...], Any] = {}
        self._threads = ThreadPoolExecutor(max_workers=1)
        self._detached: list[asyncio.Future[Any]] = []

    def now(self) -> float:
        return time.time()

    def keep(self, key: tuple[str, ...], make: Callable[[], T]) -> T:
        if key not in self._kept:
            self._kept[key] = make()
        kept: T = self._kept[key]
        return kept

    def detach(self, work: Awaitable[Any]) -> None:
        self._detached.append(asyncio.ensure_future(work))

    async def offload(self, fn: Callable[..., T], *args: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, fn, *args)

    def secret(self, name: str, origin: str) -> str:
        return PLACEHOLDER if origin else self._secret(name)

    def count(self, event: str, **labels: str) -> None:
        """Nobody reads it."""

    async def aclose(self) -> None:
        for work in self._detached:
            work.cancel()
        await asyncio.gather(*self._detached, return_exceptions=True)
        for kept in self._kept.values():
            close = getattr(kept, "aclose", None)
            if close is not None:
                with contextlib.suppress(Exception):
                    await close()
        self._threads.shutdown(wait=False, cancel_futures=True)


def dry_run(
    release: Release,
    asked: Asked,
    assumed: Assumed | None,
    suspended: Iterable[Mapping[str, Any]],
    secret: Callable[[str], str] = lambda _: PLACEHOLDER,
    late: float = 0.0,
) -> Ran:
    """Run the call; nobody calls where `assumed` is None. `suspended` are turns with `kind` and `name`.

    It is `late` at least, in seconds since the epoch: as the node knows it.

    Raises InvalidInputError where the release cannot be served, NoCredentialError where the consumer has none such.
    """
    return asyncio.run(_run(release, asked, assumed, suspended, secret, late))


async def _run(
    release: Release,
    asked: Asked,
    assumed: Assumed | None,
    suspended: Iterable[Mapping[str, Any]],
    secret: Callable[[str], str],
    late: float,
) -> Ran:
    runtime, outside = _Alone(secret), Unsent()
    kept_clock(runtime).not_before(late)
    workspace = release.workspace
    try:
        # In memory: the store that all share must not count a call that is not made.
        make_store(workspace.settings.model_copy(update={"store": StoreSettings()}), runtime)
        live = bind(release, runtime, outside)
        live.suspensions.replace(suspended)
        if assumed is not None:
            identify = bind_assumed(
                assumed, workspace.issuers, workspace.consumers, workspace.environment, workspace.settings, runtime,
                outside.fetch,
            )  # fmt: skip
            live = replace(live, identify=identify)
        try:
            head = read_head(_head_of(asked), live.settings.bounds)
        except Refusal as refusal:
            return Ran(None, refusal.problem.status, refusal.headers, refusal, refusal.problem.name, "", None)
        if head.path.startswith(PAGES):
            return Ran(None, 200, (), None, "", "", None, own_page=True)
        scope = {
            "type": "http", "method": head.method.decode(), "raw_path": head.path, "query_string": head.query,
            "headers": head.fields, "client": ("127.0.0.1", 0),
        }  # fmt: skip
        return await _through(live, scope, asked.body, outside)
    finally:
        await runtime.aclose()


def _head_of(asked: Asked) -> bytes:
    lines = [f"{asked.method} {asked.target} HTTP/1.1", f"Host: {asked.host}"]
    lines += [f"{name}: {value}" for name, value in asked.headers]
    if asked.body:
        lines.append(f"Content-Length: {len(asked.body)}")
    return "\r\n".join([*lines, "", ""]).encode("utf-8", "replace")


async def _through(live: Live, scope: dict[str, Any], body: bytes, outside: Unsent) -> Ran:
    told: list[Served] = []
    started: list[MutableMapping[str, Any]] = []
    unread = [body]

    async def receive() -> dict[str, Any]:
        if not unread:
            await _for_ever()
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            started.append(message)

    await Gateway(lambda: live, [told.append], pages=None)(scope, receive, send)
    served = told[0]
    return Ran(
        served.call,
        served.status,
        tuple(started[0]["headers"]) if started else (),
        served.refusal,
        served.problem,
        served.matched,
        outside.reached[0] if outside.reached else None,
    )


async def _for_ever() -> NoReturn:
    await asyncio.Event().wait()
    raise CallerLeft


def node_secret(folder: Path) -> Callable[[str], str]:
    """The secrets of the node that stay on it, where it has them: with its pepper, sealed links can be read."""
    node = load_node(folder)

    def secret(name: str) -> str:
        try:
            return node.secret(name, "")
        except SecretError:
            return PLACEHOLDER

    return secret
