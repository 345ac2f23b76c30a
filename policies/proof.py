"""Proves that every record of an answer is the entity's own, and takes the field that says so out again.

Pure functions over bytes. The document is read once by an exact reader (duplicate members are refused) and changed by
splicing, so numbers and everything else stay as the system wrote them.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from contracts.isolation import Isolation
from contracts.media import read_json
from contracts.parameters import UnreadableError
from contracts.pins import RecordPin, Same
from policies.splice import NotJsonError, splice, tokens


class NotProvenError(Exception):
    """The reason in words, without anything of the answer. `own`: the outermost record itself was proven."""

    def __init__(self, reason: str, *, own: bool = False) -> None:
        super().__init__(reason)
        self.own = own


def records_of(body: bytes, isolation: Isolation, depth: int) -> list[dict[str, Any]]:
    """The outermost records of an answer. Raises NotProvenError where its form is not the protocol's."""
    try:
        value = read_json(body, depth)
    except UnreadableError as error:
        raise NotProvenError(f"it cannot be read: {error.words}") from None
    if isolation.protocol == "odata-v2":
        if not isinstance(value, dict) or set(value) - {"d"}:
            raise NotProvenError("it has not the form of OData V2")
        return _inside_v2(value.get("d"))
    if isolation.protocol == "odata-v4" and isinstance(value, dict) and isinstance(value.get("value"), list):
        _no_records({name: inner for name, inner in value.items() if name != "value"})
        return _all_records(value["value"])
    return _all_records(value if isinstance(value, list) else [value])


def _inside_v2(value: Any) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, dict) and isinstance(value.get("results"), list):
        _no_records({name: inner for name, inner in value.items() if name != "results"})
        value = value["results"]
    return _all_records(value if isinstance(value, list) else [value])


def _all_records(values: list[Any]) -> list[dict[str, Any]]:
    if not all(isinstance(value, dict) for value in values):
        raise NotProvenError("it holds something that is no record")
    return values


def _no_records(wrapper: Mapping[str, Any]) -> None:
    if any(isinstance(inner, dict | list) for inner in wrapper.values()):
        raise NotProvenError("it holds records where none belong")


def prove(body: bytes, isolation: Isolation, parent: Mapping[str, Any], depth: int) -> list[dict[str, Any]]:
    """The outermost records, all proven, at every depth. `parent` is the record read first. Raises NotProvenError."""
    records = records_of(body, isolation, depth)
    record = isolation.record
    if record is None:
        return records
    for one in records:
        if isolation.how == "own" or record.field in one:
            _own(one, record)
        for name in isolation.same:
            if name not in one or name not in parent or one[name] != parent[name]:
                raise NotProvenError("a record is not that of its parent")
    for one in records:
        _inner(one, isolation, record)
    return records


def is_own(one: Mapping[str, Any], record: RecordPin) -> bool:
    """Whether the record names this entity and no other."""
    value = one.get(record.field)
    if record.type == "number":
        return not isinstance(value, bool) and value is not None and str(value) == record.value
    if not isinstance(value, str):
        return False
    return value.lower() == record.value.lower() if record.type == "guid" else value == record.value


def _own(one: Mapping[str, Any], record: RecordPin, *, inside: bool = False) -> None:
    if not is_own(one, record):
        raise NotProvenError("a record is not the entity's own", own=inside)


def _inner(one: Mapping[str, Any], isolation: Isolation, record: RecordPin) -> None:
    """What lies inside a proven record."""
    for name, value in one.items():
        if not isinstance(value, dict | list) or name == "__metadata":
            continue
        if isinstance(value, dict) and set(value) == {"__deferred"}:
            continue
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            continue
        how = isolation.nested.get(name)
        if how is None and isolation.how != "address":
            raise NotProvenError("it holds records inside a record, and nothing says how they are proven", own=True)
        inside = _inside_v2(value) if isolation.protocol == "odata-v2" else _flat(value)
        for inner in inside:
            if how == "own" or record.field in inner:
                _own(inner, record, inside=True)
            if isinstance(how, Same):
                for member in how.same:
                    if member not in inner or member not in one or inner[member] != one[member]:
                        raise NotProvenError("a record inside a record is not that one's own", own=True)
            _inner(inner, isolation, record)


def _flat(value: Any) -> list[dict[str, Any]]:
    try:
        return _all_records(value if isinstance(value, list) else [value])
    except NotProvenError:
        raise NotProvenError("it holds lists inside lists", own=True) from None


def without_members(body: bytes, members: frozenset[str]) -> bytes:
    """The body without those members, at every depth. Raises NotProvenError where it is no JSON."""
    names = {name.encode() for name in members}
    if b"\\" not in body and not any(name in body for name in names):
        return body
    try:
        return splice(body, lambda _, name: name in names, lambda _: None, found_by=_tokens(members))
    except NotJsonError:
        raise NotProvenError("it is not JSON") from None


@lru_cache(64)
def _tokens(members: frozenset[str]) -> re.Pattern[bytes]:
    """Runs of members that stay are one token, which makes most of a document cost next to nothing."""
    names = b"|".join(re.escape(name.encode()) for name in sorted(members))
    return tokens(rb"(?!(?:" + names + rb')")[^"\\]*+')


def etag_of(one: Mapping[str, Any]) -> str:
    """The record's own ETag: OData V4 writes it beside the record, V2 into its `__metadata`."""
    about = one.get("__metadata")
    found = about.get("etag") if isinstance(about, dict) else one.get("@odata.etag", one.get("@etag"))
    return found if isinstance(found, str) else ""
