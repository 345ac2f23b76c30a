"""What leaves the portal: pages, redirects and documents, each with the headers that guard it."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from gateway.pages import GUARD
from gateway.portal.content import Edition
from gateway.portal.documents import MEDIA_TYPES, Form
from gateway.portal.given import ArchiveFile
from gateway.portal.pages import Page
from policies.step import Answer, Header

DIGEST: Final = b"contract-digest"
_GUARD: Final[tuple[Header, ...]] = tuple((name.encode(), value.encode()) for name, value in GUARD.items())
_VARY_DOCUMENT: Final = b"Authorization, X-API-Key, Cookie, Accept-Encoding"
_NOT_AT_ALL: Final = frozenset((b"q=0", b"q=0.0", b"q=0.00", b"q=0.000"))


def page_answer(page: Page, headers: Mapping[bytes, bytes], *, personal: bool, more: tuple[Header, ...] = ()) -> Answer:
    """HTML. `personal`: it is of somebody or of this moment, and is kept nowhere."""
    answer = [*_GUARD, (b"vary", b"Cookie"), *more]
    if personal or page.status != 200:
        answer.append((b"cache-control", b"no-store"))
    else:
        tag = _tag(page.html)
        answer += [(b"cache-control", b"private, no-cache"), (b"etag", tag)]
        if same(headers.get(b"if-none-match", b""), tag):
            return Answer(304, answer)
    return Answer(page.status, [(b"content-type", b"text/html; charset=utf-8"), *answer], page.html.encode())


def redirect(place: str, *more: Header) -> Answer:
    """To another page of the portal, to be read with GET."""
    kept = ((b"cache-control", b"no-store"), (b"vary", b"Cookie"))
    return Answer(303, [*_GUARD, (b"location", place.encode()), *kept, *more])


def text_answer(status: int, text: str, *more: Header) -> Answer:
    """A few words."""
    headers = [
        *_GUARD, (b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), (b"vary", b"Cookie"),
        *more,
    ]  # fmt: skip
    return Answer(status, headers, text.encode())


def wants_gzip(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the caller takes it (RFC 9110, section 12.5.3)."""
    stated = (part.partition(b";") for part in headers.get(b"accept-encoding", b"").lower().split(b","))
    return any(
        coding.strip() in (b"gzip", b"x-gzip") and quality.replace(b" ", b"") not in _NOT_AT_ALL
        for coding, _, quality in stated
    )


def document_answer(
    edition: Edition, form: Form, body: bytes, headers: Mapping[bytes, bytes], *, packed: bool, public: bool
) -> Answer:
    """A contract's document; the headers of its version's life are those of its calls."""
    assert edition.download is not None
    digest = edition.download.digest
    tag = f'"{digest[7:39]}-{form}{"-gzip" if packed else ""}"'.encode()
    answer: list[Header] = [
        *_GUARD,
        *edition.headers,
        (DIGEST, digest.encode()),
        (b"etag", tag),
        (b"cache-control", b"public, no-cache" if public else b"private, no-cache"),
        (b"vary", _VARY_DOCUMENT),
    ]
    if same(headers.get(b"if-none-match", b""), tag):
        return Answer(304, answer)
    name = f'inline; filename="{edition.api}-{edition.version}.{form}"'
    answer += [(b"content-type", MEDIA_TYPES[form].encode()), (b"content-disposition", name.encode())]
    if packed:
        answer.append((b"content-encoding", b"gzip"))
    return Answer(200, answer, body)


def archive_answer(
    edition: Edition, archive: ArchiveFile, body: bytes, headers: Mapping[bytes, bytes], *, public: bool
) -> Answer:
    """An archive of a client. `Repr-Digest` (RFC 9530) says what its bytes are."""
    assert edition.client is not None
    tag = f'"{archive.sha256[:32]}"'.encode()
    answer: list[Header] = [
        *_GUARD,
        (DIGEST, edition.client.digest.encode()),
        (b"etag", tag),
        (b"repr-digest", b"sha-256=:" + base64.b64encode(bytes.fromhex(archive.sha256)) + b":"),
        (b"cache-control", b"public, no-cache" if public else b"private, no-cache"),
        (b"vary", _VARY_DOCUMENT),
    ]
    if same(headers.get(b"if-none-match", b""), tag):
        return Answer(304, answer)
    answer += [
        (b"content-type", b"application/zip"),
        (b"content-disposition", f'attachment; filename="{archive.name}"'.encode()),
    ]
    return Answer(200, answer, body)


def same(asked: bytes, tag: bytes) -> bool:
    """Whether If-None-Match names the tag (RFC 9110, section 13.1.2: weak comparison)."""
    stated = [one.strip().removeprefix(b"W/") for one in asked.split(b",")]
    return tag in stated or b"*" in stated


def _tag(text: str) -> bytes:
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'.encode()
