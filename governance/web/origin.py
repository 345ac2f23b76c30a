"""One origin for the board's pages: who else's pages ask, or under another name, gets nothing."""

from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

App = Callable[[Any, Any, Any], Awaitable[None]]

BODY_BYTES: Final = 65_536
"""The largest form that is read."""
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS: Final = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""On every answer that states none of its own: it runs nothing, fetches nothing from elsewhere, stands in no frame."""


@dataclass(frozen=True, slots=True)
class Origin:
    """`http://localhost:8700`: what a browser calls these pages."""

    scheme: str
    host: str
    """With the port, as a browser sends it."""

    @property
    def text(self) -> str:
        """As a browser writes it."""
        return f"{self.scheme}://{self.host}"

    @property
    def name(self) -> str:
        """The host without the port."""
        return self.host.partition(":")[0]


def parse_origin(text: str) -> Origin:
    """The origin in a text. Raises ValueError where it is none, or could be read on the way."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("an origin is written https://board.example.com")
    if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1"):
        raise ValueError("http is for this machine only: others on the way could read the session; write https://")
    default = {"http": 80, "https": 443}[parts.scheme]
    port = "" if parts.port in (None, default) else f":{parts.port}"
    return Origin(parts.scheme, parts.hostname.lower() + port)


def guarded(app: App, origin: Origin) -> App:
    """The app, asked only under its own name and by its own pages, its answers with the headers that guard them."""

    async def asked(scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        refusal = _refusal(scope, origin)

        async def guard(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                stated = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((k.encode(), v.encode()) for k, v in HEADERS.items() if k.encode() not in stated),
                ]
            await send(message)

        if refusal is None:
            await app(scope, receive, guard)
            return
        status, text = refusal
        headers = [(b"content-type", b"text/plain; charset=utf-8")]
        await guard({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": text.encode()})

    return asked


def _refusal(scope: MutableMapping[str, Any], origin: Origin) -> tuple[int, str] | None:
    stated: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        stated.setdefault(name.lower(), []).append(value)
    if stated.get(b"host") != [origin.host.encode()]:
        return 421, f"These pages are at {origin.text}"
    if scope["method"] in ("GET", "HEAD"):
        return None
    if scope["method"] != "POST":
        return 405, "Method Not Allowed"
    if stated.get(b"origin") != [origin.text.encode()]:
        return 403, "This form was not sent by these pages"
    if stated.get(b"sec-fetch-site", [b"same-origin"]) != [b"same-origin"]:
        return 403, "This form was not sent by these pages"
    length = stated.get(b"content-length", [b""])[0]
    if not length.isdigit() or int(length) > BODY_BYTES:
        return 413, f"A form has {BODY_BYTES} bytes at most"
    return None
