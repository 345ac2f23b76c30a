"""Calls that a run makes itself, straight into the gateway's application: no socket lies between."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

from contracts.contract import Operation
from contracts.odata import quoted_parameters
from governance.fuzz.entry import Part
from governance.fuzz.plan import Target
from governance.fuzz.recorder import ABOUT, Application
from governance.fuzz.watch import Watch

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_KEPT: Final = "-._~!$'()*+,;:@"
"""What a path segment may hold unescaped (RFC 3986, section 3.3)."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A call to make. `values` are those of parameters by name; `body` is sent as JSON, bytes as they are."""

    operation: Operation
    values: Mapping[str, Any] = field(default_factory=dict)
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back. `headers` have lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def accepted(self) -> bool:
        """Whether the call was carried out."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body, or None where it is no JSON."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


class RunStoppedError(Exception):
    """The run was told to end: nothing more is called."""


class Caller:
    """Calls one version through one application, until the run is told to end."""

    def __init__(self, application: Application, target: Target, key: str, watch: Watch) -> None:
        self._application, self.target = application, target
        self._key, self._watch = key, watch

    async def make(self, wanted: Wanted, part: Part, about: Mapping[str, Any] | None = None) -> Reply:
        """Make the call, and have it recorded as what it is for."""
        target = self.target.base + path_of(wanted.operation, wanted.values)
        query = _query(wanted.operation, wanted.values)
        headers = {name.lower(): value for name, value in wanted.headers.items()}
        headers |= {
            one.name.lower(): str(wanted.values[one.name])
            for one in wanted.operation.parameters
            if one.location == "header" and one.name in wanted.values
        }
        body = wanted.body
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("content-type", "application/json")
        return await self.send(wanted.operation.method, target, query, headers, body or b"", part, about)

    async def send(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes, part: Part,
        about: Mapping[str, Any] | None = None,
    ) -> Reply:  # fmt: skip
        """A message as it is; the run's own key is added. Raises RunStoppedError."""
        if self._watch.stopped.is_set():
            raise RunStoppedError
        fields = [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in headers.items()]
        fields = [one for one in fields if one[0] not in (b"authorization", b"content-length", b"host")]
        fields += [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {self._key}".encode())]
        if body:
            fields.append((b"content-length", str(len(body)).encode()))
        scope = {
            "type": "http", "method": method, "raw_path": path.encode("ascii", "replace"),
            "query_string": query.encode("ascii", "replace"), "headers": fields, "client": ("127.0.0.1", 0),
            "extensions": {},
        }  # fmt: skip
        token = ABOUT.set((part, about or {}))
        try:
            return await _through(self._application, scope, body)
        finally:
            ABOUT.reset(token)


async def _through(application: Application, scope: Mapping[str, Any], body: bytes) -> Reply:
    unread = [body]
    status, held = 0, bytearray()
    headers: dict[str, str] = {}

    async def receive() -> dict[str, Any]:
        if not unread:
            await asyncio.Event().wait()  # nobody hangs up
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {n.decode("latin-1").lower(): v.decode("latin-1") for n, v in message["headers"]}
        elif message["type"] == "http.response.body":
            held.extend(message.get("body", b""))

    await application(scope, receive, send)
    return Reply(status, headers, bytes(held))


def path_of(operation: Operation, values: Mapping[str, Any]) -> str:
    """The path with its values put in, as it stands on the wire. Raises KeyError where one is missing."""
    quoted = quoted_parameters(operation.path)
    literal, names = _PARAMETER.split(operation.path)[0::2], _PARAMETER.findall(operation.path)
    made = quote(literal[0], safe="/" + _KEPT)
    for name, after in zip(names, literal[1:], strict=True):
        text = text_of(values[name])
        text = text.replace("'", "''") if name in quoted else text
        made += quote(text, safe="") + quote(after, safe="/" + _KEPT)
    return made


def _query(operation: Operation, values: Mapping[str, Any]) -> str:
    pairs = [
        f"{quote(one.name, safe='$')}={quote(text_of(values[one.name]), safe='')}"
        for one in operation.parameters
        if one.location == "query" and one.name in values
    ]
    return "&".join(pairs)


def text_of(value: Any) -> str:
    """A scalar as it stands in a path, a query or a header."""
    return value if isinstance(value, str) else json.dumps(value)
