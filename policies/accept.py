"""What a system is asked for: the contract's media types, narrowed by what the caller takes (RFC 9110, 12.5.1)."""

import re
from collections.abc import Callable, Sequence

_RANGE = re.compile(rb"\s*+([!#$%&'*+\-.^_`|~0-9A-Za-z]++/[!#$%&'*+\-.^_`|~0-9A-Za-z]++)\s*+((?:;[^,\"]*+)?)")
"""Possessive: a hostile Accept costs one pass."""
_PARAMETER = re.compile(
    rb"\s*((?:odata\.)?(?:metadata|streaming)|ieee754compatible)\s*=\s*([A-Za-z0-9]+)\s*", re.IGNORECASE
)
_REFUSED = re.compile(rb";\s*q\s*=\s*0(?:\.0{0,3})?\s*(?:;|$)", re.IGNORECASE)


def accept_for(media_types: Sequence[str]) -> Callable[[bytes | None], bytes]:
    """The caller's Accept -> the outgoing one.

    A type that the contract does not declare is not asked for; where nothing fits, all that it declares is. Of a
    range's parameters only OData's go along (`odata.metadata`, `IEEE754Compatible`): they change its form.
    """
    types = [media.split(";", 1)[0].strip().lower().encode("ascii", "ignore") for media in media_types]
    types = list(dict.fromkeys(t for t in types if t and not t.endswith((b"/html", b"/xhtml+xml")))) or [b"*/*"]
    everything = b", ".join(types)

    def accept(given: bytes | None) -> bytes:
        if given is None or given == b"*/*":
            return everything
        asked: dict[bytes, None] = {}
        for part in given.split(b","):
            match = _RANGE.fullmatch(part)
            if match is None or _REFUSED.search(match[2]):
                continue
            wanted = match[1].lower()
            for media in types:
                if wanted == media:
                    asked[media + _parameters(match[2])] = None
                elif _covers(wanted, media):
                    asked[media] = None
        return b", ".join(asked) if asked else everything

    return accept


def _covers(wanted: bytes, media: bytes) -> bool:
    return wanted == b"*/*" or (wanted.endswith(b"/*") and media.startswith(wanted[:-1]))


def _parameters(given: bytes) -> bytes:
    found = [_PARAMETER.fullmatch(part) for part in given.split(b";")]
    return b"".join(b";" + m[1] + b"=" + m[2] for m in found if m is not None)
