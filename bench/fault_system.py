"""A scripted system that fails as it is told by the marker in each message, and keeps account of what it did.

A marker is `NUMBER.FAULT`. The first message with it meets the fault; of those that come again, some meet it again.
The account says for each marker every message that came, and how often its order was written.
"""

import asyncio
import hashlib
import json
import re
import secrets
import threading
from collections import Counter, defaultdict
from dataclasses import dataclass

_MARKER = re.compile(rb"\d{7}\.[a-z0-9-]+")
_SLOW_SECONDS = 1.2


@dataclass(frozen=True)
class Fault:
    """`applied`: the order is written first; None: it depends on the marker. `proven`: the answer proves it was not."""

    status: int = 0
    body: bytes = b""
    headers: tuple[str, ...] = ()
    applied: bool | None = False
    proven: bool = False
    how: str = "answer"


def _error(**content: object) -> bytes:
    return json.dumps(content).encode()


def _odoo(name: str) -> bytes:
    return _error(jsonrpc="2.0", error={"code": 200, "data": {"name": name}})


JSON = ("content-type: application/json",)
ANYWHERE = {
    "ok": Fault(201, b'{"id": "1", "total": "1.00"}', JSON, applied=True),
    "reset-before": Fault(how="reset"),
    "reset-after": Fault(applied=True, how="reset"),
    "cut": Fault(201, b'{"id": "1", "total": "1.00"}', JSON, applied=True, how="cut"),
    "garbage": Fault(applied=None, how="garbage"),
    "slow": Fault(201, b'{"id": "1", "total": "1.00"}', JSON, applied=True, how="slow"),
    "html": Fault(200, b"<html>Sign in</html>", ("content-type: text/html",), applied=None),
    "away-page": Fault(503, b"<html>Away</html>", ("content-type: text/html",), applied=None),
    "redirect": Fault(302, b"", ("location: https://elsewhere.example/",), applied=None),
    "429": Fault(429, _error(error={"code": "x"}), JSON, proven=True),
    "429-wait": Fault(429, b"", ("retry-after: 0",), proven=True),
    "408": Fault(408, b"", applied=None),
    "500": Fault(500, _error(error={"code": "Internal_ServerError"}), JSON, applied=None),
    "502": Fault(502, b"", applied=None),
    "503": Fault(503, b"", ("retry-after: 0",), applied=None),
    "504": Fault(504, b"", applied=None),
    "400": Fault(400, _error(error={"code": "x"}), JSON),
    "409": Fault(409, _error(error={"code": "x"}), JSON),
}
OF_PRODUCT = {
    "generic": {},
    "business-central": {
        "401": Fault(401, b"", proven=True),
        "200-with-error": Fault(200, _error(error={"code": "Internal_ServerError"}), JSON, applied=None),
        "dialog": Fault(400, _error(error={"code": "Application_DialogException"}), JSON),
    },
    "sap-s4hana": {
        "csrf": Fault(403, b"", ("x-csrf-token: Required",), proven=True),
        "200-with-error": Fault(200, _error(error={"code": "V1/801"}), JSON, applied=None),
        "credit": Fault(400, _error(error={"code": "V1/849"}), JSON),
    },
    "netsuite": {
        "400-capacity": Fault(400, _error(error={"code": "SSS_REQUEST_LIMIT_EXCEEDED"}), JSON, proven=True),
        "400-script": Fault(400, _error(error={"code": "USER_ERROR"}), JSON, applied=None),
    },
    "odoo": {
        "200-serialization": Fault(200, _odoo("psycopg2.errors.SerializationFailure"), JSON, proven=True),
        "200-user": Fault(200, _odoo("odoo.exceptions.UserError"), JSON),
    },
}
"""Product -> faults of its own."""
_ALL = {**ANYWHERE, **{name: fault for faults in OF_PRODUCT.values() for name, fault in faults.items()}}


class FaultSystem:
    """Serves on a free port of loopback, in a thread."""

    def __init__(self) -> None:
        self.came: dict[str, list[str]] = defaultdict(list)
        self.written: Counter[str] = Counter()
        self.port = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._run, daemon=True).start()
        self._ready.wait(10)

    def _run(self) -> None:
        async def main() -> None:
            server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await server.serve_forever()

        self._loop.run_until_complete(main())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length: (\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if not await self._answer(head, body, writer):
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()

    async def _answer(self, head: bytes, body: bytes, writer: asyncio.StreamWriter) -> bool:
        target = head.split(b" ", 2)[1]
        if target.startswith(b"/token"):
            token = _error(access_token=secrets.token_urlsafe(8), token_type="Bearer", expires_in=3600)
            return self._write(writer, Fault(200, token, JSON))
        if target.startswith(b"/csrf"):
            token_head = (f"x-csrf-token: {secrets.token_urlsafe(8)}", "set-cookie: session=1; path=/")
            return self._write(writer, Fault(200, b"{}", (*JSON, *token_head)))
        marker = _MARKER.search(body or target)
        if marker is None:
            return self._write(writer, Fault(404))
        fault = self._account(marker[0].decode())
        if fault.how == "slow":
            await asyncio.sleep(_SLOW_SECONDS)
        if fault.how == "reset":
            writer.transport.abort()
            return False
        if fault.how == "garbage":
            writer.write(b"220 mail.example ESMTP\r\n\r\n")
            return False
        return self._write(writer, fault)

    def _account(self, marker: str) -> Fault:
        """Which fault this message meets, and whether its order is written."""
        came = self.came[marker]
        wanted = marker.split(".", 1)[1]
        dice = hashlib.blake2b(f"{marker}/{len(came)}".encode(), digest_size=1).digest()[0]
        name = wanted if not came or dice % 3 == 0 else "ok"
        fault = _ALL[name]
        applied = fault.applied if fault.applied is not None else dice % 2 == 0
        came.append(name)
        self.written[marker] += applied
        return fault

    def _write(self, writer: asyncio.StreamWriter, fault: Fault) -> bool:
        lines = [f"HTTP/1.1 {fault.status} Said", f"content-length: {len(fault.body)}", *fault.headers, "", ""]
        body = fault.body[: len(fault.body) // 2] if fault.how == "cut" else fault.body
        writer.write("\r\n".join(lines).encode() + body)
        return fault.how != "cut"


def proven(name: str) -> bool:
    """Whether an answer of that fault proves that nothing was written."""
    return _ALL[name].proven
