"""Bodies: for each entry of `content`, how its bytes become a value and what judges it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from contracts.contract import MediaType
from contracts.forms import read_form
from contracts.media import is_form, is_json, is_json_lines, is_xml, read_json, read_media_type
from contracts.parameters import UnreadableError
from contracts.schema import Lowering
from contracts.shape import is_ambiguous, shape_of

BodyKind = Literal["json", "lines", "form", "text", "opaque", "unchecked"]
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


def plan_body(name: str, media: MediaType, lowering: Lowering, depth: int) -> BodyEntry:
    """How one entry of `content` is judged. Lowers its schemas.

    A range (`*/*`, as some generators write it) is planned for each kind of type that a message may name.
    """
    named = read_media_type(name)
    essence = named.essence if named is not None else name.strip().lower()
    key = None if media.schema is None else lowering.root(media.schema, f"{media.pointer}/schema")
    item_key = None if media.item_schema is None else lowering.root(media.item_schema, f"{media.pointer}/itemSchema")

    def plan(of: str) -> BodyEntry:
        return _plan(name, of, media, key, item_key, lowering, depth)

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
    "form": "application/x-www-form-urlencoded",
    "xml": "application/xml",
    "multipart": "multipart/form-data",
    "text": "text/plain",
    "other": "application/octet-stream",
}
"""Families of types that are read alike, each with one that stands for it."""


def _family(essence: str) -> str:
    if is_json(essence):
        return "json"
    if is_json_lines(essence):
        return "lines"
    if is_form(essence):
        return "form"
    if is_xml(essence):
        return "xml"
    if essence.startswith("multipart/"):
        return "multipart"
    return "text" if essence.startswith("text/") and essence != "text/event-stream" else "other"


def _plan(
    name: str, essence: str, media: MediaType, key: str | None, item_key: str | None, lowering: Lowering, depth: int
) -> BodyEntry:
    judging = key if key is not None and not lowering.is_trivial(key) else None
    family = _family(essence)
    if family == "json":
        return BodyEntry(name, "json", media.pointer, judging, None, (lambda body: read_json(body, depth),))
    if family == "lines":
        return BodyEntry(name, "lines", media.pointer, judging, item_key, (lambda body: _read_lines(body, depth),))
    if judging is None and item_key is None:
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
        return BodyEntry(name, "unchecked", media.pointer, reason="multipart bodies cannot be checked")
    if key is not None and item_key is None and lowering.is_any_text(key):
        return BodyEntry(name, "opaque", media.pointer)
    if family == "text" and item_key is None:
        return BodyEntry(name, "text", media.pointer, judging, None, (_read_utf8,))
    return BodyEntry(name, "unchecked", media.pointer, reason=f"bodies of type {essence} cannot be checked")


def _read_utf8(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "it is not UTF-8") from None


def _read_lines(body: bytes, depth: int) -> list[Any]:
    return [read_json(line, depth) for line in body.split(b"\n") if line.strip()]


def nothing_to_check(entries: Iterable[BodyEntry]) -> bool:
    """Whether a body may pass as a stream."""
    return all(entry.kind == "opaque" for entry in entries)
