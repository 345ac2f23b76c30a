"""Members that OData puts into every body and no contract names: exempt where the system speaks OData, and only there.

V4: control information (OData JSON Format 4.01, section 4.6), of the object or of one of its members, and operations
that it advertises. V2: what begins with two underscores by its JSON format. An annotation of an unknown member is as
unknown as the member, and annotations of other vocabularies (`@com.example.note`) are data.
"""

from collections.abc import Callable, Mapping
from typing import Final

from contracts.known_members import Place

Exempt = Callable[[str, Place], bool]
"""(name of a member that the contract does not name, where it stands) -> whether it may stand there all the same."""

_CONTROL: Final = frozenset(
    {"associationLink", "bind", "collectionAnnotations", "context", "count", "delta", "deltaLink", "editLink", "etag",
     "id", "mediaContentType", "mediaEditLink", "mediaEtag", "mediaReadLink", "metadataEtag", "navigationLink",
     "nextLink", "readLink", "removed", "type"}
)  # fmt: skip
"""The terms that 4.01 lets stand without `odata.`."""
_V2: Final = frozenset({"__count", "__deferred", "__delta", "__mediaresource", "__metadata", "__next"})


def _never(name: str, place: Place) -> bool:  # noqa: ARG001 - an `Exempt`
    return False


def _v2(name: str, place: Place) -> bool:  # noqa: ARG001 - an `Exempt`
    return name in _V2


def _v4(name: str, place: Place) -> bool:
    of, at, term = name.rpartition("@")
    if not at:
        return name.startswith("#")
    if not (term.startswith("odata.") or term in _CONTROL):
        return False
    return not of or place.below(of) is not None or _v4(of, place)


EXEMPT: Final[Mapping[str, Exempt]] = {"rest": _never, "odata-v2": _v2, "odata-v4": _v4}
"""By the protocol of the system."""
