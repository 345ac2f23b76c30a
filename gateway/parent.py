"""The parent of the workers: owns the listeners for admin, health and metrics, what is active and what is suspended.

It compiles nothing and serves no call. It starts workers, hands them the one listening socket of the public listener,
replaces those that die, and tells them what changes. It loads no library of the request path, so it stays small.

All workers accept from one inherited socket. With a socket each (SO_REUSEPORT), calls that wait in the queue of a
worker that dies would be lost; here another worker takes them, and one that is busy takes fewer.
"""

import asyncio
import contextlib
import json
import shlex
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import Coroutine
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from contracts.counted import counted
from contracts.diagnostic import InvalidInputError
from gateway.activation import Activation
from gateway.admin import Admin, Door
from gateway.channel import ChannelClosedError, Message
from gateway.listen import bound_socket, url_of
from gateway.metrics_merge import Page, merged, what_stays, written
from gateway.plain_http import Asked, Told, listen
from gateway.releases.staged import Staged, live_in, serving
from gateway.releases.suspended_memory import MEMORY_FILE as SUSPENDED
from gateway.releases.suspended_memory import RememberedLedger
from gateway.say import Warned, say
from gateway.staging import Staging
from gateway.worker_process import StartError, WorkerProcess, spawn
from policies.suspension_ledger import SuspensionLedger

LOOK_SECONDS = 5.0
"""How often each worker is asked how it is; its counts are kept, should it die."""
SILENT_SECONDS = 30.0
"""A worker that does not answer for so long is replaced."""
STEADY_SECONDS = 10.0
"""Who lived that long and dies is replaced at once; the others with growing pauses."""
MOST_PAUSE_SECONDS = 10.0
GIVE_UP = 5
"""So many replacements in a row that did not start, and nobody serving: the supervisor shall know."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line said."""

    folder: Path
    environment: str | None
    port: int | None
    access_log: Path | None
    workers: int
    store: Path | None = None
    """The node's releases: what is active there is served, and not the files of the folder."""
    memory: Path | None = None
    """With `store`: the folder of the node's settings, where it keeps what it has seen."""


_SEEN_BY_SERVE_ALONE = frozenset(("listener", "ledger", "store", "authority", "unsafe-jwks-url"))
"""Codes of faults that show only when the gateway starts: `check` opens no store, no ledger and no socket."""


def no_service(error: Exception, options: Options) -> str:
    """The last line where nothing is served: how many faults, and `check` only where it lists them all."""
    faults = tuple(error.faults or ()) if isinstance(error, StartError) else ()
    if isinstance(error, InvalidInputError):
        return f"tidewaiter does not serve: {counted(len(error.diagnostics), 'fault')}"
    if not faults:
        return "tidewaiter does not serve"
    if options.store is not None:
        return f"tidewaiter does not serve: {counted(len(faults), 'fault')} in what is active"
    said = f"tidewaiter does not serve: {counted(len(faults), 'fault')}"
    if any(fault["code"] in _SEEN_BY_SERVE_ALONE for fault in faults):
        return said
    chosen = ["-e", options.environment] if options.environment else []
    check = shlex.join(["tidewaiter", "check", str(options.folder), *chosen])
    return f"{said}; `{check}` lists {'it' if len(faults) == 1 else 'them'} too"


def no_ledger(path: Path, stated: str, error: Exception) -> str:
    """Why the ledger cannot be used: it could not be made, or it is there and cannot be read."""
    if path.exists():
        remedy = "mend the file, or bring back a copy of it: without it suspensions would be forgotten"
        return f"{path}: what is suspended cannot be read: {error}; {remedy}"
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    remedy = "let the gateway write there, or name a place that it may write to: `ledger: /var/lib/...`"
    return f"{path}: the ledger cannot be made: {why}; `ledger` in tidewaiter.yaml is {stated}; {remedy}"


def run() -> None:
    """`python -m gateway.parent OPTIONS`: the process that `tidewaiter serve` becomes; `OPTIONS` as JSON."""
    given = json.loads(sys.argv[1])
    paths = {name: Path(given[name]) if given.get(name) else None for name in ("access_log", "store", "memory")}
    options = Options(**{**given, "folder": Path(given["folder"]), **paths})
    sys.exit(asyncio.run(Parent(options).run()))


class Parent:
    """One gateway."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.workers: set[WorkerProcess] = set()
        self.staging: Staging | None = None
        self.hello: Message = {}
        """What the active release says of itself."""
        self.folder = options.folder
        """The copy of the workspace that is active, or the release's files."""
        self.staged: Staged | None = None
        """The release that is active; None where a workspace is served."""
        self.revoked: list[Message] = []
        """Credentials that count no more, beside those that the ledger suspends."""
        self.ledger: SuspensionLedger
        self._public: socket.socket
        self._past = Page()
        self.restarts = 0
        self._warned = Warned()
        self._failures = 0
        self._accepting = False
        self.ending = False
        self._stop = asyncio.Event()
        self._hurry = asyncio.Event()
        self._fatal = ""
        self._cut = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.activation = Activation(self)

    # The beginning.

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT; SIGHUP reloads. Returns 0 drained, 1 with work cut off, 2 it cannot be served.

        What is wrong is said on standard error.
        """
        self._take_signals()
        async with contextlib.AsyncExitStack() as stack:
            stack.push_async_callback(self._leave_nobody)
            try:
                if not await self._unless_stopped(self._begin(stack)):
                    return 0
            except (StartError, InvalidInputError, OSError, sqlite3.Error) as error:
                say(str(error))
                say(no_service(error, self.options))
                return 2
            await self._stop.wait()
            if self._fatal:
                say(self._fatal)
                return 2
            await self._drain()
        return 1 if self._cut else 0

    async def _unless_stopped(self, work: Coroutine[Any, Any, None]) -> bool:
        """Whether it was done before the gateway was told to end. Raises what it raises."""
        doing, stop = asyncio.create_task(work), asyncio.create_task(self._stop.wait())
        await asyncio.wait([doing, stop], return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not doing.done():
            doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            return False
        await doing
        return True

    async def _begin(self, stack: contextlib.AsyncExitStack) -> None:
        if self.options.folder.is_dir():
            self.staging = await asyncio.to_thread(Staging, self.options.folder)
            stack.callback(self.staging.close)
            self.folder, self.staged = await asyncio.to_thread(self.take)
        first = [await self._spawn() for _ in range(self.options.workers)]
        hellos = [await worker.hello() for worker in first]
        self.hello = hellos[0]
        self.revoked = self.hello["revoked"]
        for line in (*self.hello["warnings"], *self.hello["shares"]):
            say(line)
        self.ledger = self._open_ledger()
        stack.callback(self.ledger.close)
        self._public = self._bound("public")
        stack.callback(self._public.close)
        self._public.listen(2048)
        health = self._bound("health")
        stack.callback((await listen(health, self._health)).close)
        await self._open_admin(stack)
        await asyncio.gather(*(self._go(worker, said) for worker, said in zip(first, hellos, strict=True)))
        self._accepting = True
        self._background(self._look_after())
        say(f"tidewaiter serves {self.hello['name']} at {url_of(self._public)}")
        say(serving(self.staged, self.hello, self.options.environment))
        say(f"health and metrics at {url_of(health)}")

    def take(self) -> tuple[Path, Staged | None]:
        """The workspace as it is now, or the release that is active. Raises InvalidInputError, OSError."""
        assert self.staging is not None
        if self.options.store is None:
            return self.staging.take(), None
        staged = live_in(self.options.store, self.options.environment or "")
        return self.staging.take_release(self.options.store, staged.release), staged

    def _bound(self, name: str) -> socket.socket:
        host, port = self.hello[name]
        return bound_socket(host, port, name)

    def _open_ledger(self) -> SuspensionLedger:
        path = self.options.folder / self.hello["ledger"]
        memory = self.options.memory
        try:
            return SuspensionLedger(path) if memory is None else RememberedLedger(path, memory / SUSPENDED)
        except (sqlite3.Error, OSError) as error:
            # Without it nobody knows who is suspended: nothing is served then.
            raise StartError(no_ledger(path, self.hello["ledger"], error), []) from None

    async def _open_admin(self, stack: contextlib.AsyncExitStack) -> None:
        sock = self._bound("admin")
        door = Door(self.options.folder)
        try:
            token = door.open(url_of(sock), self.hello["admin_token"])
            door.remember(self.options.access_log, self.options.environment)
        except OSError as error:
            say(f"the admin listener stays shut: its files cannot be written: {error}")
            sock.close()
            return
        stack.callback(door.close)
        admin = Admin(self.activation, token, sock.getsockname()[1])
        stack.callback((await listen(sock, admin.handle)).close)

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end)
        loop.add_signal_handler(signal.SIGHUP, lambda: self._background(self.activation.reload_and_say()))

    def _end(self) -> None:
        if self._stop.is_set():
            self._hurry.set()  # told twice
        self._stop.set()

    def _background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    # Workers.

    async def _spawn(self) -> WorkerProcess:
        options = self.options
        worker = await spawn({
            "folder": str(self.folder.resolve()), "home": str(options.folder.resolve()),
            "environment": options.environment, "port": options.port, "workers": options.workers,
            "access_log": str(options.access_log.resolve()) if options.access_log else None,
            "staged": asdict(self.staged) if self.staged is not None else None,
        })  # fmt: skip
        self.workers.add(worker)
        self._background(self._watch(worker))
        return worker

    async def _go(self, worker: WorkerProcess, said: Message) -> None:
        worker.digest = said["digest"]
        if worker.digest == self.hello["digest"]:
            await worker.go(self._public, self.turns())
        if worker.digest != self.hello["digest"]:  # a reload came in between
            worker.leaving = True
            worker.kill()
            raise StartError(f"worker {worker.pid} loaded what is served no longer")
        # What was suspended or overridden while it bound its routes.
        await self.activation.impose([worker])
        await self.activation.put_overrides([worker])

    async def start_worker(self) -> WorkerProcess:
        """One more worker, serving. Raises StartError or OSError."""
        worker = await self._spawn()
        try:
            await self._go(worker, await worker.hello())
        except BaseException:
            worker.leaving = True
            worker.kill()
            raise
        return worker

    async def _watch(self, worker: WorkerProcess) -> None:
        how = await worker.ended()
        self.workers.discard(worker)
        self._past = merged([self._past, what_stays(worker.page)])
        if worker.leaving or self.ending or not self._accepting:
            return
        self.restarts += 1
        say(f"{how}; another one starts")
        await self._replace(lived=time.monotonic() - worker.started)

    async def _replace(self, *, lived: float) -> None:
        self._failures = 0 if lived >= STEADY_SECONDS else self._failures + 1
        while not self.ending:
            if self._failures > 1:
                await asyncio.sleep(min(0.1 * 2**self._failures, MOST_PAUSE_SECONDS))
            try:
                await self.start_worker()
            except (StartError, OSError) as error:
                self._failures += 1
                say(f"a worker did not start: {error}")
                if self._failures >= GIVE_UP and not any(worker.ready for worker in self.workers):
                    self._fatal = f"no worker serves, and {self._failures} in a row did not start"
                    self._stop.set()
                    return
            else:
                return

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.gather(*(self._look_at(worker) for worker in self.workers if worker.ready))

    async def _look_at(self, worker: WorkerProcess) -> None:
        try:
            await worker.look(SILENT_SECONDS)
            self._warned.tell(worker.ends)
        except TimeoutError:
            say(f"worker {worker.pid} does not answer; it is ended")
            worker.kill()
        except ChannelClosedError:
            return

    def serving(self) -> list[WorkerProcess]:
        """Workers that accept calls."""
        return [worker for worker in self.workers if worker.ready and not worker.leaving]

    def turns(self) -> list[Message]:
        """What is suspended or revoked, as workers are told."""
        return [*(asdict(turn) for turn in self.ledger.now), *self.revoked]

    # The end.

    async def _drain(self) -> None:
        self._accepting = False  # /readyz first: whoever balances load stops sending
        self.ending = True
        wait_seconds, calls_seconds = self.hello["drain"]
        workers = self.serving()
        with contextlib.suppress(TimeoutError, ChannelClosedError):
            await asyncio.gather(*(worker.ask({"do": "last_answers"}, 5) for worker in workers), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), wait_seconds)
        self._public.close()
        # Calls, then writes whose callers left: each may take that long.
        drained = [asyncio.create_task(worker.drain(2 * calls_seconds + 5)) for worker in workers]
        hurry = asyncio.create_task(self._hurry.wait())
        everything = asyncio.gather(*drained, return_exceptions=True)
        ends: list[asyncio.Future[Any]] = [everything, hurry]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        self._cut = sum(worker.cut for worker in workers) + (not everything.done())
        hurry.cancel()
        await self._leave_nobody()

    async def _leave_nobody(self) -> None:
        self.ending = True
        left = tuple(self.workers)
        for worker in left:
            worker.kill()
        await asyncio.gather(*(worker.ended() for worker in left))
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Health and metrics.

    async def _health(self, asked: Asked) -> Told:
        if asked.path not in ("/livez", "/readyz", "/metrics"):
            return Told(404, b"Not Found\n")
        if asked.method != "GET":
            return Told(405, b"Method Not Allowed\n", headers=(("allow", "GET"),))
        if asked.path == "/livez":
            return Told(200, b"ok\n")
        if asked.path == "/readyz":
            ready = self._accepting and self.serving()
            return Told(200, b"ready\n") if ready else Told(503, b"not accepting calls\n")
        return Told(200, (await self._metrics()).encode(), "text/plain; version=0.0.4")

    async def _metrics(self) -> str:
        looks = (worker.look(2.0) for worker in self.serving())
        await asyncio.gather(*looks, return_exceptions=True)  # who is silent is told as it last was
        pages = [worker.page for worker in self.workers]
        return written(
            merged([self._past, *pages]),
            {
                "tidewaiter_workers": ("gauge", "Workers that accept calls.", len(self.serving())),
                "tidewaiter_worker_restarts_total": ("counter", "Workers that died and were replaced.", self.restarts),
                "tidewaiter_suspended": ("gauge", "Names that are suspended.", len(self.ledger.now)),
            },
        )


if __name__ == "__main__":
    run()
