"""What a system is asked for: the contract's media types, narrowed by what the caller takes (RFC 9110, 12.5.1)."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_RANGE = re.compile(rb"\s*+([!#$%&'*+\-.^_`|~0-9A-Za-z]++/[!#$%&'*+\-.^_`|~0-9A-Za-z]++)\s*+((?:;[^,\"]*+)?)")
"""Possessive: a hostile Accept costs one pass."""
_PARAMETER = re.compile(
    rb"\s*((?:odata\.)?(?:metadata|streaming)|ieee754compatible)\s*=\s*([A-Za-z0-9]+)\s*", re.IGNORECASE
)
_QUALITY = re.compile(rb";\s*q\s*=\s*([01](?:\.[0-9]{0,3})?)\s*(?:;|$)", re.IGNORECASE)
_MOST_RANGES = 64


class NotAcceptableError(Exception):
    """Of what the operation answers with, the caller takes nothing. `types` are those of its successes."""

    def __init__(self, types: tuple[str, ...]) -> None:
        super().__init__()
        self.types = types


class _Range(NamedTuple):
    media: bytes
    quality: float
    parameters: bytes

    def covers(self, media: bytes) -> int:
        """How closely it names a type: 3 by name, 2 by its family, 1 as everything, 0 not at all."""
        if self.media == media:
            return 3
        if self.media == b"*/*":
            return 1
        return 2 if self.media.endswith(b"/*") and media.startswith(self.media[:-1]) else 0


def accept_for(media_types: Sequence[str], successes: Sequence[str] = ()) -> Callable[[bytes | None], bytes]:
    """The caller's Accept -> the outgoing one. Raises NotAcceptableError.

    A type that the contract does not declare is not asked for. Where none of `successes` fits, nothing is asked at all;
    where these are not stated, or the header cannot be read, all that the contract declares is. Of a range's parameters
    only OData's go along (`odata.metadata`, `IEEE754Compatible`): they change its form.
    """
    types = _asked_for(media_types) or [b"*/*"]
    good = [media for media in _asked_for(successes) if media in types]
    everything = b", ".join(types)
    usual = {media: media for media in types if not media.endswith(b"/*") and (not good or media in good)}

    def accept(given: bytes | None) -> bytes:
        if given is None or given == b"*/*" or not given.strip():
            return everything
        if given in usual:
            return usual[given]
        ranges, whole = _ranges(given)
        fitting = {media: _fitting(media, ranges) for media in types}
        asked = [found for one in fitting.values() for found in one]
        if whole and ranges and good and not any(fitting[media] for media in good):
            raise NotAcceptableError(tuple(media.decode("ascii") for media in good))
        if not asked:
            return everything
        same = len({one.quality for one in asked}) == 1
        asked.sort(key=lambda one: -one.quality)
        return b", ".join(
            dict.fromkeys(
                one.media + one.parameters + (b"" if same or one.quality == 1 else b";q=%g" % one.quality)
                for one in asked
            )
        )

    return accept


def _asked_for(media_types: Sequence[str]) -> list[bytes]:
    """Types without their parameters; none of HTML, which never passes."""
    types = [media.split(";", 1)[0].strip().lower().encode("ascii", "ignore") for media in media_types]
    return list(dict.fromkeys(t for t in types if t and not t.endswith((b"/html", b"/xhtml+xml"))))


def _ranges(given: bytes) -> tuple[list[_Range], bool]:
    """The ranges that can be read, and whether that is all of them."""
    parts = [part for part in given.split(b",") if part.strip()]
    found: list[_Range] = []
    for part in parts[:_MOST_RANGES]:
        match = _RANGE.fullmatch(part)
        if match is not None:
            more = match[2]
            stated = _QUALITY.search(more) if more else None
            quality = min(1.0, float(stated[1])) if stated else 1.0
            found.append(_Range(match[1].lower(), quality, _parameters(more) if more else b""))
    return found, len(found) == len(parts)


def _fitting(media: bytes, ranges: Sequence[_Range]) -> list[_Range]:
    """What to ask for of a declared type: the closest range decides. Of a declared range, what the caller names."""
    if media.endswith(b"/*"):
        own = _Range(media, 1.0, b"")
        named = [one for one in ranges if one.quality > 0 and not one.media.endswith(b"/*") and own.covers(one.media)]
        wide = [one for one in ranges if one.quality > 0 and one.media.endswith(b"/*")]
        return named + [
            _Range(_narrower(one.media, media), one.quality, b"") for one in wide if _meet(one.media, media)
        ]
    closest: _Range | None = None
    how = 0
    for one in ranges:
        covers = one.covers(media)
        if covers > how or (closest is not None and covers == how and one.quality > closest.quality):
            closest, how = one, covers
    if closest is None or closest.quality == 0:
        return []
    return [_Range(media, closest.quality, closest.parameters if closest.media == media else b"")]


def _meet(one: bytes, other: bytes) -> bool:
    return b"*/*" in (one, other) or one == other


def _narrower(one: bytes, other: bytes) -> bytes:
    return other if one == b"*/*" else one


def _parameters(given: bytes) -> bytes:
    found = [_PARAMETER.fullmatch(part) for part in given.split(b";")]
    return b"".join(b";" + m[1] + b"=" + m[2] for m in found if m is not None)
