"""Where links stand in a JSON body, by the protocol of the system. Nowhere else is anything looked for."""

from collections.abc import Callable, Mapping

Place = Callable[[bytes, bytes], bool]
"""(name of the member that holds the object; name of the member) -> whether a link stands there."""

_V4_TERMS = frozenset({
    b"associationlink", b"context", b"deltalink", b"editlink", b"id", b"mediaeditlink", b"mediareadlink",
    b"navigationlink", b"nextlink", b"readlink", b"type",
})  # fmt: skip
_V2_TOP = frozenset({b"__next", b"__delta"})
_V2_OWNERS = frozenset({b"__metadata", b"__deferred", b"__mediaresource"})
_V2_MEMBERS = frozenset({b"uri", b"id", b"media_src", b"edit_media", b"associationuri"})


def odata_v4(owner: bytes, name: bytes) -> bool:
    """Annotations `@odata.nextLink`, `Items@odata.nextLink`, the short forms of 4.01, and targets of operations.

    OData JSON Format 4.01, sections 4.5 and 4.6; an operation is advertised as `"#Model.Approve": {"target": ...}`.
    """
    at = name.rfind(b"@")
    if at < 0:
        return name == b"target" and owner.startswith(b"#")
    return name[at + 1 :].lower().removeprefix(b"odata.") in _V4_TERMS


def odata_v2(owner: bytes, name: bytes) -> bool:
    """`__next` anywhere, and the members of `__metadata`, `__deferred`, `__mediaresource` that hold addresses."""
    return name in _V2_TOP or (owner in _V2_OWNERS and name in _V2_MEMBERS)


def nowhere(owner: bytes, name: bytes) -> bool:  # noqa: ARG001 - a `Place`
    """A plain REST system names no place."""
    return False


DULL: Mapping[str, bytes] = {
    "rest": rb"(?!)",
    "odata-v2": rb'(?!__|uri"|id"|media_src"|edit_media"|associationuri")[^"\\]*+',
    "odata-v4": rb'(?!target")[^"\\@]*+',
}
"""Names at which no place can be, as a pattern for `policies.splice.tokens`."""
PLACES: Mapping[str, Place] = {"rest": nowhere, "odata-v2": odata_v2, "odata-v4": odata_v4}


def annotation(name: bytes) -> bytes:
    """The term of a V4 annotation in lower case, without `odata.`: `context`, `type`; empty for other members."""
    at = name.rfind(b"@")
    return name[at + 1 :].lower().removeprefix(b"odata.") if at >= 0 else b""
