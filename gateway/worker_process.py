"""A worker as its parent sees it: a process, the channel to it, and what it last told. Imports nothing heavy."""

import asyncio
import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from gateway.channel import Channel, ChannelClosedError, Message
from gateway.metrics_merge import Page, read_page

START_SECONDS = 300.0
"""For a worker to load, compile and bind: large contracts take long."""
_ROOT = str(Path(__file__).resolve().parent.parent)


class StartError(Exception):
    """A worker did not get to serve. `faults` are those of the workspace, as data; the text is for people."""

    def __init__(self, text: str, faults: list[Message] | None = None) -> None:
        super().__init__(text)
        self.faults = faults


class WorkerProcess:
    """One worker. Made by `spawn`; `hello` and `go` bring it to serve."""

    def __init__(self, process: subprocess.Popen[bytes], channel: Channel) -> None:
        self.process = process
        self.channel = channel
        self.started = time.monotonic()
        self.ready = False
        self.leaving = False
        """Whether its end is wanted."""
        self.digest = ""
        self.page = Page()
        self.ends: list[list[Any]] = []
        """What ends soon of what it serves, or has ended: a name, within how many days, and the line."""
        self.open = 0
        self.cut = 0

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    async def hello(self) -> Message:
        """What it found in the workspace. Raises StartError."""
        return await self._told()

    async def go(self, listening: socket.socket, turns: list[Message]) -> None:
        """Hand it the listening socket and what is suspended; returns once it accepts calls. Raises StartError."""
        try:
            socket.send_fds(self.channel.sock, [b"L"], [listening.fileno()])
            await self.channel.tell({"turns": turns})
        except OSError:
            raise StartError(await self._how_it_ended()) from None
        await self._told()
        self.ready = True

    async def _told(self) -> Message:
        try:
            told = await self.channel.heard(START_SECONDS)
        except ChannelClosedError:
            raise StartError(await self._how_it_ended()) from None
        except TimeoutError:
            self.kill()
            raise StartError(f"a worker did not start within {START_SECONDS:.0f} seconds") from None
        if "faults" in told:
            raise StartError(told["text"], told["faults"])
        return told

    async def ask(self, message: Message, seconds: float) -> Message:
        """Ask it. Raises ChannelClosedError or TimeoutError."""
        return await self.channel.ask(message, seconds)

    async def look(self, seconds: float) -> None:
        """Ask for its metrics and keep them. Raises ChannelClosedError or TimeoutError."""
        told = await self.ask({"do": "metrics"}, seconds)
        self.page, self.open = read_page(told["page"]), told["open"]
        self.ends = told["ends"]

    async def drain(self, seconds: float, *, quietly: bool = False) -> None:
        """Let it finish what is under way, and end; after `seconds` it is killed."""
        self.leaving = True
        try:
            told = await self.ask({"do": "drain", "quietly": quietly}, seconds)
            self.cut = told.get("cut", 0)
            if "page" in told:
                self.page = read_page(told["page"])
            await asyncio.wait_for(self.ended(), 10)
        except TimeoutError:
            self.cut += 1
        except ChannelClosedError:
            pass  # it ended already
        self.kill()
        await self.ended()

    def kill(self) -> None:
        """End it at once."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()

    async def ended(self) -> str:
        """Wait until the process has ended. Returns how, in words."""
        await self.channel.closed.wait()
        self.ready = False
        return await self._how_it_ended()

    async def _how_it_ended(self) -> str:
        """The channel has ended: the process is at its end, or frozen on the way there."""
        for _ in range(1_000):
            if self.process.poll() is not None:
                break
            await asyncio.sleep(0.01)
        else:
            self.kill()
            await asyncio.to_thread(self.process.wait)
        await self.channel.aclose()
        code = self.process.returncode
        return f"worker {self.pid} " + (f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}")


async def spawn(start: Message) -> WorkerProcess:
    """Start a worker and tell it what to load. Raises OSError where no process can be made."""
    ours, theirs = socket.socketpair()
    try:
        paths = os.pathsep.join(filter(None, (_ROOT, os.environ.get("PYTHONPATH"))))
        process = subprocess.Popen(  # noqa: S603, ASYNC220 - a fixed command, and starting it does not wait
            # -P: a folder named `gateway` where somebody happens to stand is not ours.
            [sys.executable, "-P", "-m", "gateway.worker", str(theirs.fileno())],
            stdin=subprocess.DEVNULL, pass_fds=(theirs.fileno(),), env={**os.environ, "PYTHONPATH": paths},
        )  # fmt: skip
    except BaseException:
        ours.close()
        raise
    finally:
        theirs.close()
    worker = WorkerProcess(process, Channel(ours, _asks_nothing))
    with contextlib.suppress(ChannelClosedError):  # how it ended is told by whoever waits for its hello
        await worker.channel.tell(start)
    return worker


async def _asks_nothing(_: Message) -> Message:
    return {}
