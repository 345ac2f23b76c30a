"""Bodies: for each entry of `content`, how its bytes become a value and what judges it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from contracts.contract import MediaType
from contracts.event_data import EventData, plan_data
from contracts.forms import read_form
from contracts.items import ItemKind, read_items
from contracts.media import (
    EVENTS,
    is_form,
    is_json,
    is_json_lines,
    is_json_sequence,
    is_xml,
    read_json,
    read_media_type,
)
from contracts.multipart_plan import MultipartPlan, plan_multipart
from contracts.parameters import UnreadableError
from contracts.schema import Lowering
from contracts.settings import Bounds
from contracts.shape import is_ambiguous, shape_of

BodyKind = Literal["json", "lines", "sequence", "events", "form", "multipart", "text", "octets", "opaque", "unchecked"]
ReadBytes = Callable[[bytes], Any]


@dataclass(frozen=True, slots=True)
class BodyEntry:
    """One entry of `content`. `key` and `item_key` name definitions; `reason` is of a body that cannot be checked.

    `readings` are tried in turn: the first under which the value keeps to the schema counts.
    """

    media_type: str
    kind: BodyKind
    pointer: str
    key: str | None = None
    item_key: str | None = None
    readings: tuple[ReadBytes, ...] = ()
    reason: str = ""
    variants: "Mapping[str, BodyEntry] | None" = None
    multipart: MultipartPlan | None = None
    data: EventData | None = None

    @property
    def items(self) -> ItemKind | None:
        """What its items are, where each is judged by itself, so that a body need not be held to be judged."""
        return self.kind if self.key is None and self.kind in ("lines", "sequence", "events") else None

    @property
    def keys(self) -> tuple[str, ...]:
        """The definitions that judge it."""
        own = tuple(key for key in (self.key, self.item_key) if key is not None)
        if self.data is not None:
            own = (*own, self.data.key)
        return own if self.multipart is None else (*own, *self.multipart.keys)


def plan_body(name: str, media: MediaType, lowering: Lowering, bounds: Bounds) -> BodyEntry:
    """How one entry of `content` is judged. Lowers its schemas.

    A range (`*/*`, as some generators write it) is planned for each kind of type that a message may name.
    """
    named = read_media_type(name)
    essence = named.essence if named is not None else name.strip().lower()
    key = None if media.schema is None else lowering.root(media.schema, f"{media.pointer}/schema")
    item_key = None if media.item_schema is None else lowering.root(media.item_schema, f"{media.pointer}/itemSchema")

    def plan(of: str) -> BodyEntry:
        return _plan(name, of, media, key, item_key, lowering, bounds)

    if not essence.endswith("/*"):
        return plan(essence)
    if item_key is None and (key is None or lowering.is_any_text(key)):
        return BodyEntry(name, "opaque", media.pointer)
    variants = {family: plan(example) for family, example in _FAMILIES.items()}
    return replace(variants["other"], variants=variants)


def concrete(entry: BodyEntry, essence: str) -> BodyEntry:
    """The plan for a message of this type, where the entry is one of a range."""
    return entry if entry.variants is None else entry.variants[_family(essence)]


_FAMILIES: Final[Mapping[str, str]] = {
    "json": "application/json",
    "lines": "application/jsonl",
    "sequence": "application/json-seq",
    "events": EVENTS,
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "multipart": "multipart/form-data",
    "text": "text/plain",
    "other": "application/octet-stream",
}
"""Families of types that are read alike, each with one that stands for it."""


Family = Literal["json", "lines", "sequence", "events", "form", "xml", "multipart", "text", "other"]


def _family(essence: str) -> Family:
    if is_json(essence):
        return "json"
    if is_json_lines(essence):
        return "lines"
    if is_json_sequence(essence):
        return "sequence"
    if essence == EVENTS:
        return "events"
    if is_form(essence):
        return "form"
    if is_xml(essence):
        return "xml"
    if essence.startswith("multipart/"):
        return "multipart"
    return "text" if essence.startswith("text/") else "other"


def _plan(
    name: str,
    essence: str,
    media: MediaType,
    key: str | None,
    item_key: str | None,
    lowering: Lowering,
    bounds: Bounds,
) -> BodyEntry:
    depth = bounds.json_depth
    judging = key if key is not None and not lowering.is_trivial(key) else None
    family = _family(essence)
    if family == "json":
        return BodyEntry(name, "json", media.pointer, judging, None, (lambda body: read_json(body, depth),))
    if family in ("lines", "sequence"):
        return _sequence(name, family, media, judging, item_key, depth)
    in_parts = family == "multipart" and (media.parts or media.prefix_parts or media.item_parts)
    if judging is None and item_key is None and not in_parts:
        return BodyEntry(name, "opaque", media.pointer)
    if family == "form" and key is not None:
        shape = shape_of(media.schema, f"{media.pointer}/schema", lowering.members)
        readings = [read_form(shape, media.encoding, depth, plain=False)]
        if is_ambiguous(shape):
            readings.append(read_form(shape, media.encoding, depth, plain=True))
        return BodyEntry(name, "form", media.pointer, judging, None, tuple(readings))
    if family == "xml":
        return BodyEntry(name, "unchecked", media.pointer, reason="XML bodies cannot be checked")
    if family == "multipart":
        plan = plan_multipart(media, essence, lowering, bounds)
        if isinstance(plan, str):
            return BodyEntry(name, "unchecked", media.pointer, reason=plan)
        return BodyEntry(name, "multipart", media.pointer, judging, item_key, multipart=plan)
    if key is not None and item_key is None and lowering.is_any_text(key):
        return BodyEntry(name, "opaque", media.pointer)
    whole = shape_of(media.schema, f"{media.pointer}/schema", lowering.members)
    if family == "events" and (whole.is_array or (item_key is not None and judging is None)):
        data = plan_data(media.item_schema, f"{media.pointer}/itemSchema", lowering, depth)
        return replace(_sequence(name, family, media, judging, item_key, depth), data=data)
    if family == "text" and item_key is None:
        return BodyEntry(name, "text", media.pointer, judging, None, (_read_utf8,))
    if family == "other" and item_key is None and judging is not None and _is_of_octets(media, lowering):
        return BodyEntry(name, "octets", media.pointer, judging, None, (_read_octets,))
    return BodyEntry(name, "unchecked", media.pointer, reason=f"bodies of type {essence} cannot be checked")


def _read_utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "it is not UTF-8") from None


def _read_octets(body: bytes) -> str:
    """One character an octet, so that a length counts octets (OpenAPI 3.2, "Binary Streams")."""
    return body.decode("latin-1")


def _is_of_octets(media: MediaType, lowering: Lowering) -> bool:
    """Whether all that is asked of the bytes is how many they are, or that they are Base64 and its kin."""
    schema = media.schema
    target = lowering.members.target(schema, f"{media.pointer}/schema") if isinstance(schema, dict) else None
    if target is not None and isinstance(schema, dict) and schema.keys() == {"$ref"}:
        schema = target[0]
    if not isinstance(schema, dict) or schema.get("type", "string") != "string":
        return False
    return all(key in _OF_OCTETS or key.startswith("x-") for key in schema) and schema.get("format") in _OCTET_FORMATS


_OF_OCTETS: Final = frozenset({
    "$comment", "contentEncoding", "contentMediaType", "default", "deprecated", "description", "example", "examples",
    "externalDocs", "format", "maxLength", "minLength", "title", "type",
})  # fmt: skip
_OCTET_FORMATS: Final = (None, "binary", "byte", "base64url")


def _sequence(
    name: str, kind: ItemKind, media: MediaType, key: str | None, item_key: str | None, depth: int
) -> BodyEntry:
    """A list, judged as a whole where the contract has a schema of the whole, and item by item."""
    return BodyEntry(name, kind, media.pointer, key, item_key, (lambda body: read_items(kind, body, depth),))


def nothing_to_check(entries: Iterable[BodyEntry]) -> bool:
    """Whether a body may pass as a stream."""
    return all(entry.kind == "opaque" for entry in entries)
