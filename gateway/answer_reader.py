"""What a system's answer must look like before anything of it is used. Pure: no sockets, no clock."""

import re
from collections.abc import Container, Sequence

from policies.step import Header, Refusal
from policies.system_faults import broken, encoded, redirected

SNIFF_BYTES = 512
"""How much of a body is looked at to see whether it is HTML."""

_CONTROL = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_SINGLE = frozenset({b"content-type", b"content-length", b"content-encoding", b"etag", b"location", b"last-modified"})
_HTML_TYPES = (b"text/html", b"application/xhtml+xml")
_HTML = re.compile(
    rb"(?>\s*+(?:<!--.*?-->|<\?xml[^>]*+>))*+\s*+<(?:!doctype\s+html|html|head|body|title|script)\b",
    re.IGNORECASE | re.DOTALL,
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def read_head(status: int, raw: Sequence[Header], head_bytes: int, own_pages: Container[int] = ()) -> list[Header]:
    """The header lines in lower case, once the head is known to have one meaning (RFC 9112, section 6.3).

    Raises Refusal: broken, redirected or encoded. `head_bytes` bounds the names and values together. `own_pages`:
    statuses for which the product has pages of its own, so that one has to be looked at.
    """
    headers: list[Header] = []
    seen: dict[bytes, bytes] = {}
    size = 0
    for raw_name, value in raw:
        name = raw_name.lower()
        size += len(name) + len(value) + 4
        if _CONTROL.search(value):
            raise broken("The system's answer has a control character in its head")
        if name in _SINGLE and seen.get(name, value) != value:
            raise broken(f"The system's answer has two different {name.decode()} headers")
        seen[name] = value
        headers.append((name, value))
    if size > head_bytes:
        raise broken(f"The head of the system's answer is larger than {head_bytes} bytes")
    if not 200 <= status < 600:
        raise broken("The system's answer has a status that is none")
    if b"transfer-encoding" in seen:
        if b"content-length" in seen:
            raise broken("The system's answer states its length in two ways")
        if seen[b"transfer-encoding"].strip().lower() != b"chunked":
            raise broken("The system's answer has a transfer coding that was not asked for")
    if 300 <= status < 400 and status != 304:
        raise redirected(status)
    if seen.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
        raise encoded()
    if _is_html(seen.get(b"content-type", b"")) and not (
        _tells_by_status(status) or wants_sign_in(status, headers) or status in own_pages
    ):
        raise page()
    return headers


def page() -> Refusal:
    """An HTML page in the place of an answer: most likely of something in between."""
    return broken("The system answered with an HTML page")


def wants_sign_in(status: int, headers: Sequence[Header]) -> bool:
    """Whether the system turns down the gateway's own credential or session. Its page about that is for nobody.

    Such an answer goes on without its body, so that the credential is renewed or reported.
    """
    if status == 401:
        return True
    return status == 403 and any(n == b"x-csrf-token" and v.lower() == b"required" for n, v in headers)


def is_error_page(status: int, headers: Sequence[Header]) -> bool:
    """Whether an HTML page comes with a status that says enough by itself. The answer goes on without the page."""
    return _tells_by_status(status) and is_page(headers)


def is_page(headers: Sequence[Header]) -> bool:
    """Whether the head says that the body is an HTML page."""
    return any(_is_html(value) for name, value in headers if name == b"content-type")


def _tells_by_status(status: int) -> bool:
    return status == 429 or status >= 500


def _is_html(media: bytes) -> bool:
    return media.split(b";", 1)[0].strip().lower() in _HTML_TYPES


def without_body(headers: Sequence[Header]) -> list[Header]:
    """The header lines of an answer whose body is dropped."""
    return [header for header in headers if not header[0].startswith(b"content-")]


def refuse_html(start: bytes) -> None:
    """Raise Refusal where a body begins like an HTML page, whatever its Content-Type says."""
    for mark in _MARKS:
        if start.startswith(mark):
            # UTF-16 is ASCII with zero bytes in between; for a look at the first tag that is near enough.
            start = start[len(mark) :].replace(b"\x00", b"")
            break
    if start.lstrip()[:1] == b"<" and _HTML.match(start):
        raise page()
