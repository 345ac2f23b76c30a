"""One worker: the public listener's calls. Started by `gateway.parent`, which it serves no longer than it lives.

It loads and compiles what the parent says, tells what it found, and waits for the listening socket. Then it does what
it is asked over the channel. When the channel ends, so does the worker: calls under way are finished, no new one is
taken.
"""

import asyncio
import contextlib
import dataclasses
import io
import logging
import os
import select
import signal
import socket
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

import uvloop
from prometheus_client import generate_latest

from contracts.diagnostic import InvalidInputError
from contracts.workspace import Workspace, load
from gateway.channel import Channel, Message, hear_now, tell_now
from gateway.ending import warnings_of
from gateway.instance import Instance
from gateway.node import Node, load_node
from gateway.portal.content import make_content
from gateway.portal.given import read_portal
from gateway.release import Release, make_release
from gateway.releases.overridden import keep_clock, overrides_here, time_here
from gateway.releases.released import all_revoked, read_released, refuse_workspace, take
from policies.forward_clock import kept_clock
from policies.limit_shares import share_lines
from policies.overrides import Override
from policies.step import SecretError
from policies.suspensions import operation_names

_QUIET_SECONDS = 1.0
"""Before a replaced worker closes connections on which nothing happens."""
_GRACE_SECONDS = 5.0
ADMIN_TOKEN = "ADMIN_TOKEN"  # noqa: S105 - the name of a secret


class Lines(io.TextIOBase):
    """A log that several processes write: each line is one write to the end of the file, so none is torn."""

    def __init__(self, path: str | None) -> None:
        self._path = path
        self._fd = self._opened()

    def write(self, text: str) -> int:
        """Write it at once."""
        data = text.encode()
        while data:
            data = data[os.write(self._fd, data) :]
        return len(text)

    def flush(self) -> None:
        """Nothing waits."""

    def reopen(self) -> None:
        """After the file was moved away (log rotation)."""
        if self._path is not None:
            old, self._fd = self._fd, self._opened()
            os.close(old)

    def _opened(self) -> int:
        if self._path is None:
            return sys.stdout.fileno()
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)


class Worker:
    """What the parent's questions are answered with."""

    def __init__(self, start: Message, instance: Instance, log: Lines) -> None:
        self._start = start
        self._instance = instance
        self._log = log
        self._ending = asyncio.Event()
        self.finish = asyncio.Event()
        self.cut = 0

    async def answer(self, asked: Message) -> Message:
        """One question of the parent, by the name under `do`. Never raises: a defect is an answer too."""
        try:
            done: Message = await getattr(self, f"do_{asked['do']}")(asked)
        except InvalidInputError as error:
            return faults_of(error)
        except Exception as error:
            logging.getLogger("tidewaiter.worker").exception("the worker failed at %s", asked.get("do"))
            return {"failed": type(error).__name__}
        return done

    async def do_suspended(self, asked: Message) -> Message:
        """Put the list in force. Says which of `names` the release served does not know."""
        self._instance.suspensions.replace(asked["turns"])
        return {"unknown": [name for name in asked.get("names", ()) if not _knows(self._instance.live.release, *name)]}

    async def do_prepare(self, asked: Message) -> Message:
        """Compile and bind the workspace in `folder` beside what serves."""
        named = {name: asked[name] for name in ("folder", "staged")}
        release = await self._instance.runtime.offload(load_release, {**self._start, **named})
        await self._instance.prepare(release)
        return hello_of(release, None, self._start["workers"])

    async def do_take(self, asked: Message) -> Message:
        """Take what was prepared: from then on it is the active release of this node. `entry` is its place."""
        return {"entry": await self._instance.runtime.offload(take, {**self._start, **asked})}

    async def do_revoked(self, _: Message) -> Message:
        """What was revoked on this node, as `turns`; and why what serves was withdrawn, where it was."""
        found = await self._instance.runtime.offload(all_revoked, self._start)
        withdrawn = found.withdrawn.get(self._instance.live.release.digest, "")
        self._instance.mark_withdrawn(withdrawn)
        return {"turns": list(found.turns), "withdrawn": withdrawn}

    async def do_overridden(self, _: Message) -> Message:
        """Put in force the overrides that this node took, and only these. Says which operations nobody serves."""
        await self.read_overrides()
        now = self._instance.overrides.in_force()
        release = self._instance.live.release
        names = sorted({name for one in now for name in one.operations if not _knows(release, "operation", name)})
        return {"in_force": [one.sequence for one in now], "unknown": names}

    async def read_overrides(self) -> None:
        """Raises InvalidInputError where one cannot be verified: then none is in force."""
        found: tuple[Override, ...] = ()
        try:
            found = await self._instance.runtime.offload(overrides_here, self._start)
        finally:
            self._instance.overrides.replace(found)

    async def do_commit(self, _: Message) -> Message:
        """Serve what was prepared."""
        self._instance.commit()
        self._log.reopen()
        if self._start.get("staged"):
            # Who signed the activation may have said that the machine's clock is right.
            with contextlib.suppress(InvalidInputError):
                runtime = self._instance.runtime
                kept_clock(runtime).settle(await runtime.offload(time_here, self._start))
        return {"digest": self._instance.live.release.digest}

    async def do_discard(self, _: Message) -> Message:
        """Forget what was prepared."""
        self._instance.discard()
        return {}

    async def do_metrics(self, _: Message) -> Message:
        """The metrics page of this process; also how the parent sees that it still answers."""
        instance, clock = self._instance, kept_clock(self._instance.runtime)
        if instance.overrides.given or instance.live.stops:
            with contextlib.suppress(OSError):
                kept = await instance.runtime.offload(keep_clock, self._start, clock.latest())
                if kept is not None:
                    clock.settle(kept)
        ends = warnings_of(instance.live.release.ends, datetime.fromtimestamp(clock.now(), UTC))
        return {
            "page": generate_latest(instance.registry).decode(), "open": instance.gateway.open,
            "ends": [*([*key, line] for key, line in ends), *_clock_told(clock.off())],
        }  # fmt: skip

    async def do_last_answers(self, _: Message) -> Message:
        """End each connection after its next answer."""
        self._instance.last_answers()
        return {}

    async def do_drain(self, asked: Message) -> Message:
        """Stop accepting, finish what is under way, and answer with how much was cut off."""
        if asked.get("quietly"):
            # Others accept now. Connections on which calls follow each other end with their next answer.
            self._instance.stop_accepting()
            await asyncio.sleep(_QUIET_SECONDS)
        self.cut = await self._instance.drain()
        self.finish.set()
        return {"cut": self.cut, "page": generate_latest(self._instance.registry).decode()}


def _clock_told(off: float) -> list[list[Any]]:
    """As what ends soon is told: the clock of the machine, where it cannot be right or was not."""
    which = "ahead of" if off > 0 else "behind"
    line = (
        f"the clock of the machine is {abs(off) / 3600:.1f} hours {which} what this node knows: what ends is ended by "
        "the later of both. Put the clock right; where it is, say so: tidewaiter release rollback LIVE --clock-is-right"
    )
    return [["the clock", 1 if off > 0 else -1, line]] if off else []


def _knows(release: Release, kind: str, name: str) -> bool:
    workspace = release.workspace
    if kind == "key":
        return any(getattr(c, "id", "") == name for who in workspace.consumers.values() for c in who.credentials)
    if kind == "operation":
        return any(
            name in operation_names(operation.api, operation.version, operation.operation_id)
            for contract in release.contracts.values()
            for operation in contract.operations
        )
    known: dict[str, Any] = {
        "consumer": workspace.consumers, "issuer": workspace.issuers,
        "entity": workspace.entities, "system": workspace.systems,
    }  # fmt: skip
    return name in known[kind]


def load_release(start: Message) -> Release:
    """Load and compile what the parent names. Raises InvalidInputError."""
    released = read_released(start) if start.get("staged") else None
    if released is None:
        refuse_workspace(Path(start["home"]))
    port = start["port"]
    workspace = load(Path(start["folder"]), start["environment"], **({} if port is None else {"public_port": port}))
    given = read_portal(Path(start["home"]))
    release = dataclasses.replace(make_release(workspace), content=make_content(workspace, given))
    if released is None:
        return release
    return released.given_to(release, datetime.fromtimestamp(time_here(start), UTC))


def hello_of(release: Release, node: Node | None, workers: int) -> Message:
    """What the parent has to know of a release: it loads none itself."""
    workspace: Workspace = release.workspace
    settings = workspace.settings
    token = ""
    if node is not None:
        with contextlib.suppress(SecretError):
            token = node.secret(ADMIN_TOKEN, "")
    return {
        "digest": release.digest,
        "name": settings.name,
        "warnings": [*(str(warning) for warning in workspace.warnings), *release.notes],
        "development": release.development,
        "revoked": list(release.revoked),
        "withdrawn": release.withdrawn,
        "shares": share_lines(settings, workspace.plans, workers),
        "public": [settings.public.host, settings.public.port],
        "health": [settings.health.host, settings.health.port],
        "admin": [settings.admin.host, settings.admin.port],
        "ledger": settings.ledger,
        "drain": [settings.drain.wait_seconds, settings.drain.calls_seconds],
        "admin_token": token,
    }


def faults_of(error: InvalidInputError) -> Message:
    """The faults, as data and as the lines that people read."""
    return {"faults": [dataclasses.asdict(fault) for fault in error.diagnostics], "text": str(error)}


def run() -> None:
    """`python -m gateway.worker FD`: the process."""
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s")
    # A terminal's Ctrl-C and a supervisor's SIGTERM reach the whole group: the parent says when a worker ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    sock = socket.socket(fileno=int(sys.argv[1]))
    with contextlib.suppress(ConnectionError):
        start = hear_now(sock)
        sys.exit(_serve(sock, start))


def _serve(sock: socket.socket, start: Message) -> int:
    try:
        release = load_release(start)
        node = load_node(Path(start["home"]))
        log = Lines(start["access_log"])
    except InvalidInputError as error:
        tell_now(sock, faults_of(error))
        return 2
    except OSError as error:
        tell_now(sock, {"faults": [], "text": f"{error.strerror or error}: {error.filename or ''}"})
        return 2
    tell_now(sock, hello_of(release, node, start["workers"]))
    _, descriptors, _, _ = socket.recv_fds(sock, 1, 1)
    if not descriptors:
        return 0  # the parent has ended meanwhile
    listening = socket.socket(fileno=descriptors[0])
    go = hear_now(sock)
    return uvloop.run(_until_told(sock, start, release, node, log, listening, go))


async def _until_told(
    sock: socket.socket, start: Message, release: Release, node: Node, log: Lines, listening: socket.socket, go: Message
) -> int:
    text_log: TextIO = log  # type: ignore[assignment]
    try:
        instance = Instance(release, node, text_log, home=Path(start["home"]), workers=start["workers"])
    except InvalidInputError as error:
        tell_now(sock, faults_of(error))
        return 2
    instance.suspensions.replace(go["turns"])  # before the first call
    if start.get("staged"):
        kept_clock(instance.runtime).settle(time_here(start))
    worker = Worker(start, instance, log)
    try:
        await _overridden(worker)
        await instance.start(listening)
        tell_now(sock, {"ready": True})
        _end_with(sock.fileno(), release.workspace.settings.drain.calls_seconds + _GRACE_SECONDS)
        channel = Channel(sock, worker.answer)
        waits = [asyncio.create_task(event.wait()) for event in (channel.closed, worker.finish)]
        await asyncio.wait([*waits, *filter(None, [instance.ended])], return_when=asyncio.FIRST_COMPLETED)
        if not worker.finish.is_set():
            worker.cut = await instance.drain()
        for wait in waits:
            wait.cancel()
        await channel.aclose()  # the answer to `drain` leaves first
        return 1 if worker.cut else 0
    finally:
        await instance.aclose()


async def _overridden(worker: Worker) -> None:
    """Before the first call. An override that cannot be verified loosens nothing, and keeps nobody from serving."""
    try:
        await worker.read_overrides()
    except InvalidInputError as error:
        logging.getLogger("tidewaiter.worker").warning("no override is in force: %s", error)


def _end_with(descriptor: int, seconds: float) -> None:
    """No orphan: where the parent is gone and the loop does not get to its end in time, the process ends anyway."""
    # A duplicate: the loop may close its own at any time.
    watched = os.dup(descriptor)

    def watch() -> None:
        poll = select.poll()
        poll.register(watched, 0)  # only the end is told
        poll.poll()
        time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, name="tidewaiter-parent", daemon=True).start()


if __name__ == "__main__":
    run()
