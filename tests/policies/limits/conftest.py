"""A runtime whose clock stands still until told, and a real Valkey."""

import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from governance import valkey_server
from policies.step import SecretError

# A busy machine is no fault of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


class StillRuntime:
    """The runtime of a process, with a clock that tests set."""

    def __init__(self) -> None:
        self.time = 1_780_000_000.0
        self.events: Counter[str] = Counter()
        self.secrets: dict[str, str] = {}
        self._kept: dict[tuple[str, ...], Any] = {}

    def now(self) -> float:
        return self.time

    def keep(self, key: tuple[str, ...], make: Callable[[], Any]) -> Any:
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def detach(self, work: Awaitable[Any]) -> None:
        raise AssertionError("limits detach nothing")

    async def offload(self, fn: Callable[..., Any], *args: Any) -> Any:
        return fn(*args)

    def secret(self, name: str, origin: str) -> str:
        try:
            return self.secrets[name]
        except KeyError:
            raise SecretError(f"{name} is not known to this node") from None

    def count(self, event: str, **labels: str) -> None:
        self.events[",".join((event, *(f"{k}={v}" for k, v in sorted(labels.items()))))] += 1


@pytest.fixture
def still() -> StillRuntime:
    return StillRuntime()


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """A Valkey that tests start, stop and kill."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_port()
        self.process = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self, *options: str) -> None:
        self.process = valkey_server.start(self.port, self.folder, *options)

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def say(self, *words: str, password: str = "") -> bytes:
        """One inline command over a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            for line in ([f"AUTH {password}"] if password else []) + [" ".join(words)]:
                connection.sendall(line.encode() + b"\r\n")
                answer = connection.recv(65536)
        return answer


@pytest.fixture(scope="session")
def shared_valkey(tmp_path_factory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def valkey(shared_valkey) -> Server:
    """A running server, emptied."""
    assert shared_valkey.say("FLUSHALL") == b"+OK\r\n"
    return shared_valkey


@pytest.fixture
def own_valkey(tmp_path) -> Iterator[Server]:
    """A server not yet started, for tests that kill it."""
    server = Server(tmp_path)
    yield server
    server.kill()
