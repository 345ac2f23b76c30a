"""Differences in what a schema says beside its demands: descriptions, defaults, marks of life."""

from collections.abc import Iterator
from typing import Any, Final

from contracts.content import encoding_format, media_format
from contracts.formats import is_asserted
from governance.diff.change import Effect, Traits
from governance.diff.same import canonical
from governance.diff.sets.difference import Delta, Sides, place
from governance.diff.sets.lowered import LoweredSide, Source
from governance.diff.sets.node import Node

_KINDS: Final = {
    "default": "default", "deprecated": "deprecated", "readOnly": "readOnly", "writeOnly": "writeOnly",
    "x-sunset": "sunset", "x-stability-level": "stability", "x-extensible-enum": "extensible-enum", "title": "title",
    "description": "description", "example": "examples", "examples": "examples", "externalDocs": "externalDocs",
    "xml": "xml",
}  # fmt: skip
_UNJUDGED: Final = ("format", "contentEncoding", "contentMediaType", "contentSchema")
"""Keywords that demand something which no engine may be able to judge."""
_FLAGS: Final = ("deprecated", "readOnly", "writeOnly")

Notes = dict[str, tuple[Any, Source, str]]
"""Kind, or `extension NAME`, to value, the schema that says it, and the keyword."""


def notes_of(side: LoweredSide, node: Node) -> Notes:
    """What is said of a value; where several schemas say it, what the outermost says."""
    found: Notes = {}
    for source in node.parts:
        raw = side.raw(source)
        if not isinstance(raw, dict) or ("$ref" in raw and side.lowering.old):
            continue
        for keyword, value in raw.items():
            kind = _KINDS.get(keyword) or (f"extension {keyword}" if keyword.startswith("x-") else "")
            if keyword in _UNJUDGED and not _is_judged(keyword, value, raw):
                kind = keyword
            if kind and not (keyword in _FLAGS and value is not True):
                found.setdefault(kind, ([value] if keyword == "example" else value, source, keyword))
    return found


def traits_of(sides: Sides, old: Notes, new: Notes, *, required: bool = False) -> Traits:
    """What a member says of itself, in both documents."""
    sent = old if sides.sends_old else new

    def said(notes: Notes, kind: str) -> str:
        return str(notes[kind][0]) if kind in notes else ""

    return Traits(
        deprecated_old="deprecated" in old, deprecated_new="deprecated" in new,
        sunset_old=said(old, "sunset"), sunset_new=said(new, "sunset"),
        stability_old=said(old, "stability"), stability_new=said(new, "stability"),
        required=required, has_default="default" in new,
        read_only="readOnly" in sent, write_only="writeOnly" in sent,
    )  # fmt: skip


def differences(sides: Sides, old: Node, new: Node, before: Notes, after: Notes) -> Iterator[Delta]:
    """What is said otherwise, or by one document only."""
    for kind in {**before, **after}:
        one, other = before.get(kind), after.get(kind)
        if one is not None and other is not None and canonical(one[0]) == canonical(other[0]):
            continue
        effect = Effect.ADDS if one is None else Effect.REMOVES if other is None else Effect.CHANGES
        keyword = (other or one or ("", "", kind))[2]
        delta = Delta(
            kind.partition(" ")[0], effect,
            place(sides.old, old, None, "") if one is None else sides.old.pointer(one[1], one[2]),
            place(sides.new, new, None, "") if other is None else sides.new.pointer(other[1], other[2]),
            one and one[0], other and other[0], subject=keyword if kind.startswith("extension") else "",
            asked=False, traits=traits_of(sides, before, after),
        )  # fmt: skip
        if kind in _UNJUDGED:
            delta.effect = {Effect.ADDS: Effect.NARROWS, Effect.REMOVES: Effect.WIDENS}.get(effect, effect)
            delta.asked = True
            if kind == "format":
                delta.reason = "no engine knows which texts this format takes"
            else:
                delta.ruled = "no engine looks into what a text holds"
        yield delta


def _is_judged(keyword: str, value: Any, schema: dict[str, Any]) -> bool:
    """Whether lowering made a demand of it, which is compared as such."""
    if keyword == "format":
        return not isinstance(value, str) or is_asserted(value)
    if keyword == "contentEncoding":
        return encoding_format(value) is not None
    return keyword == "contentMediaType" and media_format(schema.get("contentEncoding"), value) is not None
