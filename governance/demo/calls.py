"""The demo's calls: each success and each refusal, what is sent, what must come back, and why."""

import http.client
import json
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from governance.demo.fleet import Fleet

_SECONDS = 20
SALES = "/sales-orders/v1"
CENTRAL = "/business-central/v2"
AMERICAN, CANADIAN = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410", "a07c5d18-3f62-4b9e-9d40-2c8e6f1b7a55"
"""Ids of the companies inside Business Central, which no consumer needs or sees."""
READ = "sales-orders.read orders.read master-data.read stock.read"
WRITE = f"{READ} sales-orders.write orders.write stock.reserve"


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, or None where it is no JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def problem(self) -> str:
        """The name of the problem type, or nothing."""
        if "problem+json" not in self.headers.get("content-type", ""):
            return ""
        return str((self.json or {}).get("type", "")).rsplit("/", 1)[-1]


@dataclass(slots=True)
class Caller:
    """Sends calls to the gateway of a fleet and remembers what later calls need."""

    fleet: Fleet
    known: dict[str, Any] = field(default_factory=dict)

    def bearer(self, consumer: str, scope: str = WRITE, **more: str) -> dict[str, str]:
        """Headers with a token."""
        return {"Authorization": f"Bearer {self.fleet.token(consumer, scope, **more)}"}

    def call(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: object | None = None
    ) -> Reply:
        """One call on a connection of its own; `body` is sent as JSON unless it is bytes."""
        sent = {"Content-Type": "application/json"} if body is not None else {}
        sent.update(headers or {})
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.fleet.port, timeout=_SECONDS)
        try:
            connection.request(method, path, data, sent)
            return _reply(connection.getresponse())
        finally:
            connection.close()

    def raw(self, data: bytes) -> Reply:
        """Bytes as they are."""
        with socket.create_connection(("127.0.0.1", self.fleet.port), timeout=_SECONDS) as sock:
            sock.sendall(data)
            answer = http.client.HTTPResponse(sock)
            answer.begin()
            return _reply(answer)

    def path_of(self, link: str) -> str:
        """Path and query of a link of the gateway; empty where the link leads anywhere else."""
        parts = urlsplit(link)
        if f"{parts.scheme}://{parts.netloc}" != self.fleet.url:
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def misbehave(self, system: str, fault: str, **order: object) -> None:
        """Switch one fault of a simulator on, in place of any other; `order` as its control endpoint takes it."""
        self.fleet.control(system, "reset", {})
        self.fleet.control(system, "misbehave", {"fault": fault, **order})


def _reply(answer: http.client.HTTPResponse) -> Reply:
    headers: dict[str, str] = {}
    for name, value in answer.getheaders():
        headers[name.lower()] = f"{headers[name.lower()]}, {value}" if name.lower() in headers else value
    return Reply(answer.status, headers, answer.read())


@dataclass(frozen=True, slots=True)
class Row:
    """One call of the demo."""

    name: str
    send: Callable[[Caller], Reply]
    status: int
    why: str
    problem: str = ""
    shows: Callable[[Caller, Reply], bool] = lambda _caller, _reply: True
    """What else must be true of the answer."""

    def judge(self, caller: Caller) -> tuple[Reply | None, str]:
        """The answer, and what is wrong with it: empty where it is the expected one."""
        try:
            reply = self.send(caller)
        except (OSError, http.client.HTTPException, KeyError, TypeError, ValueError) as error:
            return None, f"no answer: {type(error).__name__}"
        if (reply.status, reply.problem) != (self.status, self.problem):
            return reply, f"expected {self.status} {self.problem}".rstrip()
        try:
            shown = self.shows(caller, reply)
        except (KeyError, TypeError, IndexError, ValueError, AttributeError):
            shown = False
        return reply, "" if shown else "status as expected, answer not"
