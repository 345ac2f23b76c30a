"""What a body on a pinned offer may hold: no selector, no reference that nothing proves, nothing undeclared.

Looked through twice: for what is refused as such before the contract is asked, and strictly, whatever the modes say,
before it leaves. In between the contract says best what else is wrong with it.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from contracts.isolation import Isolation, fold
from contracts.media import is_json, read_json, read_media_type
from contracts.parameters import UnreadableError
from contracts.pins import Same
from policies.pinned_problems import selector
from policies.step import Problem, Refusal

BODY_NOT_PROVEN = Problem(
    "body-not-proven",
    400,
    "The body cannot be looked through for another entity's selectors",
    "Send one JSON object in UTF-8, each member once and declared by the contract, and say so in Content-Type. The "
    "detail says what is wrong.",
)
REFERENCE_NOT_PROVEN = Problem(
    "reference-not-proven",
    403,
    "The body refers to another record, and nothing proves whose that is",
    "Leave out `@odata.bind`, `__metadata.uri` and records inside the record, but for those that the contract's offer "
    "declares with how they are proven.",
)

_REFERS: Final = frozenset({"bind", "id", "readlink", "editlink", "navigationlink", "associationlink", "context",
                            "delta", "removed", "nextlink", "deltalink"})  # fmt: skip
"""Terms of annotations that make a value of a body a reference (OData JSON 4.01, sections 4.6 and 8.3)."""
_OWN_OF_V2: Final = frozenset({"__metadata", "type", "results"})
_PARTS: Final = re.compile(r"[@/.]")
_CHARSET: Final = re.compile(rb"charset\s*=\s*\"?([^\s;\"]*)", re.IGNORECASE)


def look_through(body: bytes, isolation: Isolation, depth: int) -> None:
    """Raises Refusal for a selector or a reference. What cannot be read is left to the contract, and to `settle`."""
    try:
        value = read_json(body, depth)
    except UnreadableError:
        return
    by_record = isolation.how != "address"
    for holder in _objects(value):
        for key, inner in holder.items():
            parts = [fold(part).lstrip("$") for part in _PARTS.split(key)]
            if any(part in isolation.body_names for part in parts):
                raise selector(key, "body")
            if _refers(key, parts, inner) or (by_record and _holds_records(inner) and not _declared(key, isolation)):
                raise Refusal(REFERENCE_NOT_PROVEN, fault="gateway")
            how = isolation.nested.get(key)
            if isinstance(how, Same) and any(fold(name) in _names_below(inner) for name in how.same):
                raise Refusal(REFERENCE_NOT_PROVEN, "It says itself which record it belongs to.", fault="gateway")


def settle(body: bytes, headers: Mapping[bytes, bytes], isolation: Isolation, depth: int) -> None:
    """Raises Refusal unless it is JSON in UTF-8 with declared members only: others could be read differently."""
    stated = headers.get(b"content-type")
    named = read_media_type(stated.decode("latin-1")) if stated is not None else None
    if named is None or not is_json(named.essence):
        raise Refusal(BODY_NOT_PROVEN, "Content-Type must say that it is JSON.", fault="gateway")
    charset = _CHARSET.search(stated or b"")
    if charset is not None and charset[1].lower() not in (b"utf-8", b"utf8"):
        raise Refusal(BODY_NOT_PROVEN, "Only UTF-8 is taken.", fault="gateway")
    try:
        value = read_json(body, depth)
    except UnreadableError as error:
        raise Refusal(BODY_NOT_PROVEN, error.words, fault="gateway") from None
    if isolation.put_in and not isinstance(value, dict):
        raise Refusal(BODY_NOT_PROVEN, "It is no object.", fault="gateway")
    if isolation.protocol == "odata-v2" and isinstance(value, dict) and {fold(k) for k in value} & {"d", "results"}:
        raise Refusal(BODY_NOT_PROVEN, "The record stands inside another object.", fault="gateway")
    known = isolation.body_members
    if known is None:
        return
    for holder in _objects(value):
        for key in holder:
            if key not in known and key not in _OWN_OF_V2 and not key.endswith("@odata.type"):
                raise Refusal(BODY_NOT_PROVEN, "It has a member that the contract does not declare.", fault="gateway")


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object, level by level."""
    level = [value]
    while level:
        following: list[Any] = []
        for node in level:
            if isinstance(node, dict):
                yield node
                following += node.values()
            elif isinstance(node, list):
                following += node
        level = [node for node in following if isinstance(node, dict | list)]


def _names_below(value: Any) -> set[str]:
    return {fold(name) for holder in _objects(value) for name in holder}


def _refers(key: str, parts: list[str], inner: Any) -> bool:
    if parts[0] in ("__deferred", "__mediaresource"):
        return True
    if parts[0] == "__metadata":
        return not isinstance(inner, dict) or {fold(name) for name in inner} != {"type"}
    return "@" in key and parts[-1] in _REFERS


def _holds_records(value: Any) -> bool:
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in value)
    return isinstance(value, dict)


def _declared(key: str, isolation: Isolation) -> bool:
    if key in ("__metadata", "results"):  # `results` is V2's list inside a declared member
        return True
    how = isolation.nested.get(key)
    return how is not None and how != "own"
