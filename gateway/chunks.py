"""A chunked body read strictly (RFC 9112 7.1): sizes in plain hexadecimal, every CRLF in its place, trailers dropped.

What the chunks cost beside their data is bounded too: long extensions or one-byte chunks without end are refused.
"""

import re
from typing import Final, NoReturn

from gateway.head import BAD_FRAMING, HEAD_TOO_LARGE, are_fields
from policies.step import Refusal

LINE_BYTES: Final = 256
"""The most that a chunk's first line may take, its extensions included."""
EXCESS_BYTES: Final = 16_384
"""How much more the lines may take than a body in fair chunks costs: 16 bytes a chunk and as much as twice its data."""

_TOKEN = rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
_QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e\x80-\xff]|\\[\t \x21-\x7e\x80-\xff])*"'
_SIZE_LINE = re.compile(rb"([0-9A-Fa-f]{1,12})((?:;" + _TOKEN + rb"(?:=(?:" + _TOKEN + rb"|" + _QUOTED + rb"))?)*)\r\n")
_FRAMING_FIELD = re.compile(
    rb"(?:\A|\n)(?:host|content-length|transfer-encoding|te|trailer|connection|upgrade|expect):", re.IGNORECASE
)
_SIZE, _DATA, _END, _TRAILERS, _DONE = range(5)


class ChunkReader:
    """Reads one chunked body. `feed` is given what has arrived and says how much of it belongs to the body."""

    __slots__ = ("_excess", "_left", "_state", "_trailer_bytes")

    def __init__(self, trailer_bytes: int) -> None:
        self._trailer_bytes = trailer_bytes
        self._state = _SIZE
        self._left = 0
        self._excess = 0

    @property
    def done(self) -> bool:
        """Whether the body has ended, its trailers included."""
        return self._state == _DONE

    def feed(self, data: bytes) -> tuple[list[bytes], int]:
        """The pieces of body in `data`, and how many bytes were taken; the rest is to be given again with more.

        Raises Refusal BAD_FRAMING, or HEAD_TOO_LARGE for trailers past their bound.
        """
        pieces: list[bytes] = []
        at = 0
        end = len(data)
        while at < end and self._state != _DONE:
            if self._state == _DATA:
                piece = data[at : at + self._left]
                pieces.append(piece)
                at += len(piece)
                self._left -= len(piece)
                if self._left:
                    break
                self._state = _END
            elif self._state == _END:
                if end - at < 2:
                    if data[at] != 13:
                        _refuse("A chunk's data is not followed by CRLF.")
                    break
                if data[at : at + 2] != b"\r\n":
                    _refuse("A chunk's data is not followed by CRLF.")
                at += 2
                self._state = _SIZE
            else:
                taken = self._size_line(data, at) if self._state == _SIZE else self._trailers(data, at)
                if not taken:
                    break
                at += taken
        return pieces, at

    def _size_line(self, data: bytes, at: int) -> int:
        stop = data.find(b"\n", at, at + LINE_BYTES)
        if stop < 0:
            if len(data) - at >= LINE_BYTES:
                _refuse(f"A chunk's first line takes more than {LINE_BYTES} bytes.")
            if data[at] not in b"0123456789abcdefABCDEF":
                _refuse("A chunk's size is not a plain hexadecimal number.")
            return 0
        line = _SIZE_LINE.fullmatch(data, at, stop + 1)
        if line is None:
            _refuse("A chunk's first line is not a plain hexadecimal size, extensions and CRLF.")
        size = int(line[1], 16)
        taken = stop + 1 - at
        self._excess = max(0, self._excess + taken - 16 - 2 * size)
        if self._excess > EXCESS_BYTES:
            _refuse("The chunks carry far more of their own than of data.")
        self._left = size
        self._state = _DATA if size else _TRAILERS
        return taken

    def _trailers(self, data: bytes, at: int) -> int:
        """Trailers are checked and dropped: they never become headers."""
        if data.startswith(b"\r\n", at):
            self._state = _DONE
            return 2
        stop = data.find(b"\r\n\r\n", at)
        if (len(data) if stop < 0 else stop) - at > self._trailer_bytes:
            raise Refusal(HEAD_TOO_LARGE, f"The trailers take more than {self._trailer_bytes} bytes.")
        if stop < 0:
            last = data.rfind(b"\r\n", at)
            whole = at if last < 0 else last + 2
            if not are_fields(data[at:whole]) or b"\n" in data[whole:]:
                _refuse("The trailers are not well-formed header lines.")
            return 0
        trailers = data[at : stop + 2]
        if not are_fields(trailers):
            _refuse("The trailers are not well-formed header lines.")
        if _FRAMING_FIELD.search(trailers):
            _refuse("A trailer frames or routes the message, which only a header may do (RFC 9110 6.5.1).")
        self._state = _DONE
        return stop + 4 - at


def _refuse(detail: str) -> NoReturn:
    raise Refusal(BAD_FRAMING, detail)
