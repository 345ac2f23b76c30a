"""A document from a URL, fetched only where that was allowed: bounded, without proxies, from no other host.

A credential is shown only where one was given for it (`governance.diff.url_credential`).
"""

import http.client
import json
import re
import ssl
import time
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from contracts.bundle import FILE_BYTES
from contracts.diagnostic import InvalidInputError
from contracts.plain import plain
from governance.diff.from_files import refused
from governance.diff.url_credential import GATEWAYS, KEY_VARIABLE, TOKEN_VARIABLE, Credential

SECONDS: Final = 30.0
"""How long a document may take, redirects and all."""
REDIRECTS: Final = 5

_MOVED: Final = frozenset((301, 302, 303, 307, 308))
_CHUNK: Final = 65_536
_PAGES: Final = frozenset(("text/html", "application/xhtml+xml"))
_PAGE_STARTS: Final = (b"<!doctype html", b"<html")
_ENDINGS: Final = (".yaml", ".yml", ".json")
_PORTAL: Final = re.compile(r"/-/(?:apis|contracts)/([a-z0-9-]{1,64})(?:/([0-9.]{1,40}))?(?:/.*)?")
"""Pages of a gateway's portal that are about an API, or one version of it."""
_SAID: Final = 300


@dataclass(frozen=True, slots=True)
class Page:
    """What was fetched. `folder` and `name` together are the address, without its query: that may hold a token."""

    text: bytes
    folder: str
    name: str


def fetch(url: str, *, allowed: bool, credential: Credential | None = None) -> Page:
    """The document at an http or https address. Raises InvalidInputError."""
    address = _address(url)
    shown = _shown(address)
    if not allowed:
        raise refused(shown, "url-not-allowed", "documents are not fetched from a network", "allow it: --allow-url")
    until = time.monotonic() + SECONDS
    try:
        text = _follow(address, until, credential)
    except (OSError, http.client.HTTPException) as error:
        raise refused(shown, "unreachable", _reason(error), "look whether the address answers from here") from None
    folder, _, name = shown.rpartition("/")
    return Page(text, folder + "/", name or "openapi.yaml")


def _address(url: str) -> SplitResult:
    try:
        address = urlsplit(url)
        host, _ = address.hostname, address.port
    except ValueError:
        raise refused("the URL", "wrong-url", "this is no address", "write https://host/path") from None
    if address.scheme.lower() not in ("http", "https"):
        remedy = "name the file itself" if address.scheme.lower() == "file" else "use https or http, or a file"
        message = f"documents are fetched by https and http, not by {address.scheme.lower()}"
        raise refused(_shown(address), "wrong-url", message, remedy)
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        raise refused(_shown(address), "wrong-url", "this is no address", "write https://host/path, percent-encoded")
    if address.username is not None or address.password is not None:
        message, remedy = "credentials in an address are not used", "fetch it yourself and pipe it in: ... | tidewaiter"
        raise refused(_shown(address), "wrong-url", message, remedy)
    return address


def _shown(address: SplitResult) -> str:
    host = address.netloc.rpartition("@")[2]
    return f"{address.scheme}://{host}{address.path or '/'}"


def _follow(address: SplitResult, until: float, credential: Credential | None) -> bytes:
    """The body of the answer, over redirects that stay on the host and do not leave TLS."""
    for _ in range(REDIRECTS + 1):
        connection = _connected(address, until)
        try:
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            headers = {"Accept": "application/yaml, application/json;q=0.9, */*;q=0.5", "Accept-Encoding": "identity"}
            proof = credential.for_address(address, _shown(address)) if credential is not None else {}
            connection.request("GET", target, headers=headers | proof)
            with connection.getresponse() as answer:
                if answer.status in _MOVED:
                    address = _moved(address, answer.getheader("Location", ""))
                    continue
                if answer.status != http.client.OK:
                    raise _refusal(answer, address, credential.source if credential and proof else "")
                kind = answer.getheader("Content-Type", "").partition(";")[0].strip().lower()
                text = b"" if kind in _PAGES else _bounded(answer, address, until)
                if kind in _PAGES or text[:_CHUNK].lstrip().lower().startswith(_PAGE_STARTS):
                    raise refused(_shown(address), "not-a-contract", "that is a page, not a contract", _where(address))
                return text
        finally:
            connection.close()
    message = f"it redirects more than {REDIRECTS} times"
    raise refused(_shown(address), "redirected", message, "name the address that they end at")


def _where(address: SplitResult) -> str:
    """What to name instead, where the address is one of a gateway."""
    found = _PORTAL.fullmatch(address.path)
    api, version = (found[1], found[2]) if found else (None, None)
    base = _shown(address._replace(path="/-/")).removesuffix("/-/")
    return (
        f"name {base}/-/contracts/{api or '{api}'}/{version or '{version}'}.yaml (a gateway's catalogue is {base}/-/)"
    )


def _refusal(answer: http.client.HTTPResponse, address: SplitResult, source: str) -> InvalidInputError:
    """Why there is no document. `source` of the credential that was shown; empty for none."""
    shown = _shown(address)
    said = _problem(answer)
    told = f"the server answered {answer.status}" + (f": {said}" if said else "")
    give = f"show a credential: put a key into {KEY_VARIABLE} or a token into {TOKEN_VARIABLE}"
    if not address.path.lower().endswith(_ENDINGS) and answer.status < http.client.INTERNAL_SERVER_ERROR:
        return refused(shown, "unreachable", told, f"look the address up; of a gateway {_where(address)}")
    if GATEWAYS not in shown:
        return refused(shown, "unreachable", told, "look the address up")
    if answer.status == http.client.UNAUTHORIZED:
        remedy = f"{source} is not taken: look whether it ended, or is another gateway's" if source else give
        return refused(shown, "not-identified", told, remedy)
    if answer.status == http.client.FORBIDDEN:
        return refused(shown, "not-allowed", told, "ask the owner of the API" if source else give)
    if answer.status == http.client.NOT_FOUND:
        seen = f"look the address up; what {source} may not see answers the same" if source else "look the address up"
        return refused(shown, "not-there", told, seen if source else f"{seen}, or {give}")
    return refused(shown, "unreachable", told, "look the address up")


def _problem(answer: http.client.HTTPResponse) -> str:
    """What a problem detail (RFC 9457) says; empty where the answer is none."""
    if answer.getheader("Content-Type", "").partition(";")[0].strip().lower() != "application/problem+json":
        return ""
    try:
        members = json.loads(answer.read(_CHUNK))
    except ValueError:
        return ""
    stated = [members.get(name) for name in ("title", "detail")] if isinstance(members, dict) else []
    return ". ".join(plain(one).rstrip(".")[:_SAID] for one in stated if isinstance(one, str) and one)


def _connected(address: SplitResult, until: float) -> http.client.HTTPConnection:
    seconds = max(0.001, until - time.monotonic())
    host = address.hostname or ""
    if address.scheme.lower() == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, address.port, timeout=seconds, context=context)
    return http.client.HTTPConnection(host, address.port, timeout=seconds)


def _moved(address: SplitResult, location: str) -> SplitResult:
    """Where a redirect leads. Raises InvalidInputError where that is another host, or https no more."""
    target = _address(urljoin(address.geturl(), location))
    same = target.hostname == address.hostname and (target.port == address.port or target.scheme != address.scheme)
    if not same or (address.scheme.lower() == "https" and target.scheme.lower() != "https"):
        message = "it redirects to another host" if not same else "it redirects from https to http"
        raise refused(_shown(address), "redirected", message, f"name that address yourself: {_shown(target)}")
    return target


def _bounded(answer: http.client.HTTPResponse, address: SplitResult, until: float) -> bytes:
    text = bytearray()
    while chunk := answer.read1(_CHUNK):
        text += chunk
        if len(text) > FILE_BYTES:
            remedy = "save its parts as files in one folder, and name that"
            message = f"the document is larger than {FILE_BYTES} bytes"
            raise refused(_shown(address), "too-large", message, remedy)
        if time.monotonic() > until:
            raise TimeoutError
    if answer.length:
        raise refused(_shown(address), "unreachable", "the answer broke off", "try again")
    return bytes(text)


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"no whole answer within {SECONDS:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"the TLS connection failed: {error.reason}"
    if isinstance(error, OSError):
        return f"the address cannot be reached: {(error.strerror or type(error).__name__).lower()}"
    return "the answer is no HTTP"
