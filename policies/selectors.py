"""Refuses every selector of an entity that a call names itself, and every way to records that nothing proves.

On offers with pins only, and there whatever the modes say. The pins themselves are put in by `forward`.

State: none. A reload, a restart and a second worker change nothing.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import unquote_to_bytes

from contracts.isolation import Isolation, fold
from contracts.media import is_json, read_json, read_media_type
from contracts.parameters import UnreadableError, cookies_of
from contracts.pins import Same
from contracts.settings import Bounds
from policies.pinned_options import OPTIONS, judge_option
from policies.pinned_problems import ENTITY_SELECTOR, OPTION_NOT_PROVEN, OPTION_UNREADABLE
from policies.step import Answer, Call, Policy, Problem, Refusal, Route, Runtime, Step

BODY_NOT_PROVEN = Problem(
    "body-not-proven",
    400,
    "The body cannot be looked through for another entity's selectors",
    "Send one JSON object in UTF-8, each member once, and say so in Content-Type. The detail says what is wrong.",
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
_USUAL: Final = frozenset({"accept", "connection", "date", "expect", "from", "host", "origin", "prefer", "range",
                           "referer", "te", "upgrade", "user-agent", "via", "warning"})  # fmt: skip
_V2_OWN: Final = frozenset({"__metadata", "type", "results"})
_PARTS: Final = re.compile(r"[@/.]")


@dataclass(frozen=True, slots=True)
class Selectors:
    """Of `bounds` it takes the depth of JSON, and the size above which a body is looked through off the loop."""

    bounds: Bounds
    refuses: ClassVar[tuple[Problem, ...]] = (
        ENTITY_SELECTOR, OPTION_NOT_PROVEN, OPTION_UNREADABLE, BODY_NOT_PROVEN, REFERENCE_NOT_PROVEN,
    )  # fmt: skip

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """The names to look for are folded once."""
        isolation, operation = route.isolation, route.operation
        if isolation is None:
            return inner
        pins = isolation.pins
        names = {fold(name).removeprefix("$") for name in
                 (*pins.path, *pins.query, *pins.header, *pins.places.members)}  # fmt: skip
        in_query = frozenset(names - {fold(name.decode()) for name in operation.query_names})
        in_head = frozenset(names - _USUAL - {fold(name.decode()) for name in operation.header_names})
        in_head |= {fold(name) for name in pins.header}
        off_loop, depth = self.bounds.off_loop_bytes, self.bounds.json_depth

        async def selectors(call: Call) -> Answer:
            try:
                if call.query:
                    _query(call.query, isolation, in_query, operation.query_names)
                _head(call.headers, in_head)
                if call.body and isinstance(call.body, bytes):
                    _is_readable(call.headers)
                    if len(call.body) > off_loop:
                        await runtime.offload(_body, call.body, isolation, depth)
                    else:
                        _body(call.body, isolation, depth)
            except Refusal as refusal:
                runtime.count("pin_refused", api=operation.api, problem=refusal.problem.name)
                raise
            return await inner(call)

        return selectors


def _selector(place: str) -> Refusal:
    return Refusal(ENTITY_SELECTOR, f"A selector stands in the {place}; the gateway sets it.", fault="gateway")


def _query(query: bytes, isolation: Isolation, names: frozenset[str], declared: frozenset[bytes]) -> None:
    odata = isolation.protocol != "rest"
    seen: set[str] = set()
    for part in query.split(b"&"):
        raw, _, value = part.partition(b"=")
        if not part:
            continue
        name, text = _decoded(raw), _decoded(value)
        folded = fold(name)
        plain = folded.lstrip("$ ")
        if plain in names or re.split(r"[\[.]", plain, maxsplit=1)[0] in names or "%" in name:
            raise _selector("query")
        if not odata:
            continue
        if plain in OPTIONS or folded.startswith(("$", "@")):
            if name != f"${plain}" or name.encode() not in declared or not OPTIONS.get(plain, False):
                what = "This option" if plain in OPTIONS else "An option of this name"
                raise Refusal(OPTION_NOT_PROVEN, f"{what} is not taken here.", fault="gateway")
            if plain in seen:
                raise Refusal(OPTION_NOT_PROVEN, f"`${plain}` is given more than once.", fault="gateway")
            seen.add(plain)
            judge_option(plain, text, isolation)


def _decoded(raw: bytes) -> str:
    try:
        return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal(OPTION_UNREADABLE, "The query is not UTF-8.", fault="gateway") from None


def _head(headers: Mapping[bytes, bytes], names: frozenset[str]) -> None:
    for name in headers:
        if fold(name.decode("latin-1")) in names:
            raise _selector("head")
    cookie = headers.get(b"cookie")
    if cookie is not None and any(fold(name).lstrip("$") in names for name in cookies_of(cookie)):
        raise _selector("cookies")


def _is_readable(headers: Mapping[bytes, bytes]) -> None:
    """JSON in UTF-8, whatever the modes say: what a system reads differently could name anything."""
    stated = headers.get(b"content-type")
    named = read_media_type(stated.decode("latin-1")) if stated is not None else None
    if named is None or not is_json(named.essence):
        raise Refusal(BODY_NOT_PROVEN, "Content-Type must say that it is JSON.", fault="gateway")
    charset = re.search(rb"charset\s*=\s*\"?([^\s;\"]*)", stated or b"", re.IGNORECASE)
    if charset is not None and charset[1].lower() not in (b"utf-8", b"utf8"):
        raise Refusal(BODY_NOT_PROVEN, "Only UTF-8 is taken.", fault="gateway")


def _body(body: bytes, isolation: Isolation, depth: int) -> None:
    try:
        value = read_json(body, depth)
    except UnreadableError as error:
        raise Refusal(BODY_NOT_PROVEN, error.words, fault="gateway") from None
    if isolation.put_in and not isinstance(value, dict):
        raise Refusal(BODY_NOT_PROVEN, "It is no object.", fault="gateway")
    if isolation.protocol == "odata-v2" and isinstance(value, dict) and fold_keys(value) & {"d", "results"}:
        raise Refusal(BODY_NOT_PROVEN, "The record stands inside another object.", fault="gateway")
    by_record = isolation.how != "address"
    for holder in _objects(value):
        for key, inner in holder.items():
            parts = [fold(part).lstrip("$") for part in _PARTS.split(key)]
            if any(part in isolation.body_names for part in parts):
                raise _selector("body")
            if _refers(key, parts, inner) or (by_record and _holds_records(inner) and not _declared(key, isolation)):
                raise Refusal(REFERENCE_NOT_PROVEN, fault="gateway")
            how = isolation.nested.get(key)
            if isinstance(how, Same) and any(fold(name) in _names_below(inner) for name in how.same):
                raise Refusal(REFERENCE_NOT_PROVEN, "It says itself which record it belongs to.", fault="gateway")
            known = isolation.body_members
            if known is not None and key not in known and key not in _V2_OWN and not key.endswith("@odata.type"):
                raise Refusal(BODY_NOT_PROVEN, "It has a member that the contract does not declare.", fault="gateway")


def fold_keys(value: Mapping[str, Any]) -> set[str]:
    """The names of an object's members as they are compared."""
    return {fold(key) for key in value}


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
        return not isinstance(inner, dict) or fold_keys(inner) != {"type"}
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


_guard: type[Policy] = Selectors
