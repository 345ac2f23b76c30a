"""A multipart body cut into its parts (RFC 2046, section 5.1; RFC 7578), so strictly that it has one meaning.

What some readers pass over and others read is refused: text before the first boundary or after the last, lines that end
in a bare LF, a boundary inside a part, headers given twice or folded. The parts are places in the body that came; none
of it is copied. RFC 2046 lets a reader be more generous: a gateway must not, for the system behind it reads again.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.media import Named
from contracts.parameters import UnreadableError

_BOUNDARY: Final = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_LINE: Final = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00-\x08\x0a-\x1f\x7f]*)")
_FIELD: Final = re.compile(r"[ \t]*;[ \t]*([!#$%&'+.^_`|~0-9A-Za-z*-]+)=(?:\"([^\"\\]*)\"|([^\s\"\\;,]+))")
_ESCAPED: Final = re.compile(r"%(?:22|0[AaDd])")
_UNSAFE_FILE: Final = re.compile(r"[/\\\x00-\x1f\x7f]|\A\.{0,2}\Z")
_MOST_FILE_NAME: Final = 255
_PLAIN_CODINGS: Final = frozenset({b"7bit", b"8bit", b"binary"})


@dataclass(frozen=True, slots=True)
class Part:
    """One part. `headers` have lower-case names; `content` is a view of the body."""

    headers: Mapping[str, bytes]
    content: memoryview


@dataclass(frozen=True, slots=True)
class Disposition:
    """What `Content-Disposition: form-data` says; `filename` is None where none is named."""

    name: str
    filename: str | None


def _refused(words: str, name: str = "") -> UnreadableError:
    return UnreadableError("multipart", words, name)


def boundary_of(named: Named) -> bytes:
    """The boundary of a Content-Type. Raises UnreadableError."""
    stated = named.parameters.get("boundary")
    if stated is None:
        raise _refused("its Content-Type names no boundary")
    if any(name.startswith("boundary*") for name in named.parameters):
        raise _refused("its Content-Type names its boundary in two ways (RFC 2231)")
    if _BOUNDARY.fullmatch(stated) is None:
        raise _refused("its boundary is none: expected 1 to 70 characters, as RFC 2046 allows them")
    return stated.encode("ascii")


def cut(body: bytes, boundary: bytes, most: int, head_bytes: int) -> list[Part]:
    """The parts in their order. Raises UnreadableError, whose words hold nothing of the body."""
    line = b"--" + boundary
    if not body.startswith(line):
        raise _refused("it does not begin with its boundary")
    view = memoryview(body)
    found: list[Part] = []
    at = 0
    while True:
        begin = at + len(line)
        after = body[begin : begin + 2]
        if after == b"--":
            if body[begin + 2 : begin + 5] not in (b"", b"\r\n"):
                raise _refused("something follows its last boundary")
            return found
        if after != b"\r\n":
            raise _refused("a boundary does not end its line with CRLF, or stands inside a part")
        if len(found) == most:
            raise _refused(f"it has more than {most} parts")
        begin += 2
        at = body.find(line, begin)
        if at < 0:
            raise _refused("its last boundary is missing")
        end = at - 2
        if end < begin or body[end:at] != b"\r\n":
            raise _refused("a boundary does not begin its line after CRLF, or stands inside a part")
        start, headers = _head(body, begin, end, head_bytes)
        found.append(Part(headers, view[start:end]))


def _head(body: bytes, begin: int, end: int, most: int) -> tuple[int, Mapping[str, bytes]]:
    """Where the content begins, and the headers before it."""
    if body[begin : begin + 2] == b"\r\n" and begin + 2 <= end:
        return begin + 2, {}
    stop = body.find(b"\r\n\r\n", begin, min(end, begin + most + 4))
    if stop < 0:
        raise _refused(f"the head of a part has no end, or is larger than {most} bytes")
    headers: dict[str, bytes] = {}
    for line in body[begin:stop].split(b"\r\n"):
        match = _LINE.fullmatch(line)
        if match is None:
            raise _refused("the head of a part has a line that is no header, is folded, or does not end with CRLF")
        name = match[1].decode("ascii").lower()
        if name in headers:
            raise _refused("the head of a part names a header twice")
        headers[name] = match[2].rstrip(b" \t")
    coding = headers.get("content-transfer-encoding", b"binary")
    if coding.lower() not in _PLAIN_CODINGS:
        raise _refused("a part has a Content-Transfer-Encoding: expected its bytes as they are (RFC 7578, section 4.7)")
    return stop + 4, headers


def disposition_of(part: Part) -> Disposition:
    """The name of a part of a form. Raises UnreadableError."""
    raw = part.headers.get("content-disposition")
    if raw is None:
        raise _refused("a part has no Content-Disposition, which names it")
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise _refused("the Content-Disposition of a part is not UTF-8") from None
    fields = _fields(text)
    if fields is None:
        raise _refused('a Content-Disposition is not written as form-data; name="..."; filename="..."')
    for name in fields:
        if name not in ("name", "filename"):
            raise _refused("a Content-Disposition says more than name and filename (RFC 7578, section 4.2)")
    name = fields.get("name", "")
    if not name:
        raise _refused("a Content-Disposition gives no name")
    if _ESCAPED.search(name):
        raise _refused("the name of a part holds an escape, which readers take for two names")
    filename = fields.get("filename")
    if filename is not None and (len(filename.encode()) > _MOST_FILE_NAME or _UNSAFE_FILE.search(filename)):
        raise _refused("the name of a file holds a path or a control character, is empty, or is too long")
    return Disposition(name, filename)


def _fields(text: str) -> dict[str, str] | None:
    """The parameters of `form-data`, each once; None where it is written otherwise."""
    fields: dict[str, str] = {}
    if text[:9].lower() != "form-data":
        return None
    at = 9
    while at < len(text):
        field = _FIELD.match(text, at)
        if field is None or field[1].lower() in fields:
            return None
        fields[field[1].lower()] = field[2] if field[2] is not None else field[3]
        at = field.end()
    return fields
