"""A simulated ERP with one planted fault, or none: `python bench/planted/system.py --port N --fault NAME --state DIR`.

Prints `ready <port>` when it listens. faults.yaml says what each fault is, variants.yaml what is odd in each variant;
the key it asks for is TIDEWAITER_SECRET_NORTH_KEY, or the one in secrets.yaml. The first data are made when the folder
is empty; they are the same for each fault, and differ by variant.
"""

import argparse
import asyncio
import hmac
import os
import re
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import archive
import orders
import parties
import prices
import seed
import uvicorn
import yaml
from asked import Answer, Asked, RefusedError, not_as_agreed
from books import Books, not_there
from capitals import CapitalsProtocol
from store import Store
from written import STYLES, Style, written_headers, written_json

HERE = Path(__file__).resolve().parent
Do = Callable[..., Answer]

_DIVISION = r"[1-9][0-9]{2}"
_PATHS: list[tuple[str, tuple[str, ...], dict[str, Do]]] = [
    ("{}/parties", (_DIVISION,), {"GET": parties.list_parties, "POST": parties.create_party}),
    (
        "{}/parties/{}", (_DIVISION, "P[0-9]{6}"),
        {"GET": parties.get_party, "PATCH": parties.change_party, "DELETE": parties.delete_party},
    ),
    ("{}/orders", (_DIVISION,), {"GET": orders.list_orders, "POST": orders.place_order}),
    ("{}/orders/{}", (_DIVISION, "O[0-9]{6}"), {"GET": orders.get_order, "PATCH": orders.change_order}),
    ("{}/shipments", (_DIVISION,), {"GET": orders.list_shipments}),
    ("{}/shipments/{}", (_DIVISION, "S[0-9]{6}"), {"GET": orders.get_shipment}),
    ("prices", (), {"GET": prices.list_prices}),
    ("prices/{}", ("[A-Z]{2,8}-[0-9]{2,4}",), {"PUT": prices.set_price}),
    ("archive/{}", (r"[A-Za-z0-9_-]{1,40}\.(?:pdf|bin)",), {"GET": archive.read_file, "PUT": archive.store_file}),
]  # fmt: skip
_SHIPMENTS = re.compile(f"/{_DIVISION}/shipments")
_OWN_QUERY: set[Do] = {parties.list_parties, orders.list_orders, orders.list_shipments, prices.list_prices,
                       prices.set_price}  # fmt: skip
"""These read the query themselves; all others take none."""


class North:
    """The application: who calls, which operation, and how its answer is written."""

    def __init__(self, books: Books, style: Style, key: str) -> None:
        self._books, self._style, self._key = books, style, key
        self._calls = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        body = await _body(receive)
        if scope["type"] != "http" or body is None:
            return
        headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        asked = Asked(scope["method"], scope["raw_path"].decode("latin-1"), scope["query_string"], headers, body)
        self._calls += 1
        if self._style.slow_every and self._calls % self._style.slow_every == 0:
            await asyncio.sleep(1)
        try:
            answer = self._answer(asked)
        except RefusedError as error:
            answer = _refusal(error)
        await self._send(send, answer, head=asked.method == "HEAD")

    def _answer(self, asked: Asked) -> Answer:
        open_now = self._books.faulty("shipments-open") and _SHIPMENTS.fullmatch(asked.path) is not None
        sent = asked.header("x-api-key") or ""
        if not open_now and not hmac.compare_digest(sent.encode("latin-1"), self._key.encode()):
            raise RefusedError(401, "not_identified", "The key is missing or wrong.")
        do, values = self._found(asked)
        if do is None:
            raise not_there()
        if asked.body and asked.method in ("GET", "HEAD", "DELETE"):
            raise not_as_agreed("body", "none")
        if do not in _OWN_QUERY and asked.query():
            raise not_as_agreed("query", "undeclared")
        in_path = bool(values) and re.fullmatch(_DIVISION, values[0]) is not None
        if in_path and self._books.store.get("division", values[0], values[0]) is None:
            raise not_there()
        return do(self._books, asked, *values)

    def _found(self, asked: Asked) -> tuple[Do | None, list[str]]:
        """The operation and the values of its path. Raises RefusedError."""
        segments = asked.segments()
        method = "GET" if asked.method == "HEAD" else asked.method
        for template, patterns, methods in _PATHS:
            names = template.split("/")
            if len(names) != len(segments):
                continue
            pairs = list(zip(names, segments, strict=True))
            values = [value for name, value in pairs if name == "{}"]
            if any(name not in ("{}", value) for name, value in pairs) or not all(values):
                continue
            if method not in methods:
                error = RefusedError(405, "method", "There is no such method here.")
                error.headers = [("Allow", ", ".join(methods))]
                raise error
            if not all(re.fullmatch(pattern, value) for pattern, value in zip(patterns, values, strict=True)):
                return _malformed, []
            return methods[method], values
        return None, []

    async def _send(self, send: Callable[[Any], Awaitable[None]], answer: Answer, *, head: bool) -> None:
        headers = list(answer.headers)
        body = b""
        if answer.raw is not None or answer.value is not None:
            body = answer.raw if answer.raw is not None else written_json(answer.value, self._style)
            headers.append(("Content-Type", answer.media))
        made = written_headers(headers, self._style)
        pieces = self._style.pieces and bool(body) and not head
        if not pieces and answer.status != 204:
            made.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": answer.status, "headers": made})
        if pieces:
            for start, end in ((0, 1), (1, 7), (7, 100), (100, len(body))):
                await send({"type": "http.response.body", "body": body[start:end], "more_body": True})
                await asyncio.sleep(0)
        rest = b"" if pieces or head else body
        await send({"type": "http.response.body", "body": rest})


def _malformed(_: Books, __: Asked) -> Answer:
    raise not_as_agreed("path", "pattern")


def _refusal(error: RefusedError) -> Answer:
    value: dict[str, Any] = {"code": error.code, "message": error.message}
    if error.fields:
        value["fields"] = [{"at": at, "rule": rule} for at, rule in error.fields]
    return Answer(error.status, {"error": value}, error.headers)


async def _body(receive: Callable[[], Awaitable[Any]]) -> bytes | None:
    parts = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


class _Server(uvicorn.Server):
    """Ends with exit code 0 on SIGTERM and SIGINT."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """uvicorn's own raises the signal again after the end."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say so when it listens."""
        await super().startup(sockets)
        for sock in sockets or ():
            print("ready", sock.getsockname()[1], flush=True)


def read_names(file: str) -> list[str]:
    """The names in one of the manifests of this folder."""
    return [row["name"] for row in yaml.safe_load((HERE / file).read_text(encoding="utf-8"))]


def main() -> None:
    """Parse the command line and serve until told to end."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, required=True, help="0 takes a free one")
    parser.add_argument("--fault", choices=["none", *read_names("faults.yaml")], default="none", metavar="NAME")
    parser.add_argument("--variant", type=int, choices=range(len(STYLES)), default=0, metavar="N", help="0 is plain")
    parser.add_argument("--state", type=Path, required=True, help="the folder of its data")
    given = parser.parse_args()
    style = STYLES[given.variant]
    store = Store(given.state)
    seed.fill(store, odd=style.odd_texts, lone=style.lone, long=style.long_texts)
    secrets = yaml.safe_load((HERE / "secrets.yaml").read_text(encoding="utf-8"))
    key = os.environ.get("TIDEWAITER_SECRET_NORTH_KEY", secrets["NORTH_KEY"])
    books = Books(store, given.fault, style.weak_tags, style.minimal)
    # asyncio sends small pieces at once (TCP_NODELAY) only where the protocol is named.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind(("127.0.0.1", given.port))
    except OSError as error:
        sys.exit(f"port {given.port} cannot be used: {error.strerror}")
    protocol = CapitalsProtocol if style.capitals else "httptools"
    config = uvicorn.Config(
        North(books, style, key), http=protocol, ws="none", lifespan="off", log_level="warning", access_log=False,
        server_header=False, date_header=False, proxy_headers=False, timeout_keep_alive=75, timeout_graceful_shutdown=1,
    )  # fmt: skip
    asyncio.run(_Server(config).serve(sockets=[sock]))


if __name__ == "__main__":
    main()
