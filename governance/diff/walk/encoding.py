"""How the parts of a form or of a multipart body are written."""

from typing import Any, Final

from contracts.media import is_form
from governance.diff.change import Area, Effect
from governance.diff.walk import headers, notes, serialization
from governance.diff.walk.facts import Around, Comparison, Two, effect_of
from governance.diff.walk.headers import Value
from governance.diff.walk.reading import Node, Reading
from governance.diff.walk.value_kinds import ANY, kinds_of
from governance.finding import Direction

_ENCODING: Final = Area.ENCODING
_DEPTH: Final = 8
_STYLED: Final = ("style", "explode", "allowReserved")


def compare(
    comparison: Comparison, media: Two, around: Around, direction: Direction, essence: str, value: Value, depth: int = 0
) -> None:
    """The `encoding` of a media type by property; since 3.2 also by position, and nested."""
    if depth > _DEPTH:
        return
    holders = media.child("encoding")
    names = {name for node in (holders.old, holders.new) for name in node.members if not str(name).startswith("x-")}
    for name in sorted(names):
        two = Two(*(_stated(node, str(name)) for node in (holders.old, holders.new)))
        schemas = Two(_property(comparison.old, media.old, str(name)), _property(comparison.new, media.new, str(name)))
        _part(comparison, two, schemas, around.inside(f"part {name}"), direction, essence, value, depth)
    if is_form(essence):
        return
    nowhere = Two(Node(None, media.old.at), Node(None, media.new.at))
    two = media.child("itemEncoding")
    if two.old.there or two.new.there:
        _part(comparison, two, nowhere, around.inside("every part"), direction, essence, value, depth)
    prefix = media.child("prefixEncoding")
    old, new = list(prefix.old.items()), list(prefix.new.items())
    for number in range(max(len(old), len(new))):
        one, other = (side[number] if number < len(side) else None for side in (old, new))
        inside = around.inside(f"part {number + 1}")
        two = Two(one or Node(None, prefix.old.at), other or Node(None, prefix.new.at))
        if one is None or other is None:
            comparison.state(
                _ENCODING, "part-encoding", effect_of(two), direction, two, inside,
                old=two.old.value, new=two.new.value,
            )  # fmt: skip
        else:
            _part(comparison, two, nowhere, inside, direction, essence, value, depth)


def _stated(holder: Node, name: str) -> Node:
    """What is said of a property; saying nothing is an empty one."""
    found = holder.child(name)
    return found if isinstance(found.value, dict) else Node({}, holder.at)


def _property(reading: Reading, media: Node, name: str) -> Node:
    schema = reading.follow(media.child("schema"))
    return schema.child("properties").child(name)


def _part(
    comparison: Comparison,
    two: Two,
    schemas: Two,
    around: Around,
    direction: Direction,
    essence: str,
    value: Value,
    depth: int,
) -> None:
    types = _content_type(comparison.old, two.old, schemas.old), _content_type(comparison.new, two.new, schemas.new)
    by_style = _by_style(comparison.old, two.old, essence), _by_style(comparison.new, two.new, essence)
    if types[0] != types[1] and not all(by_style):
        place = two.child("contentType")
        effect = Effect.CHANGES if all(types) else effect_of(Two(*(Node(said or None, "") for said in types)))
        comparison.state(
            _ENCODING, "contentType", effect, direction, place, around, old=types[0] or None, new=types[1] or None
        )
    if any(by_style):
        old, new = (
            serialization.written(reading, node, "form")
            for reading, node in ((comparison.old, two.old), (comparison.new, two.new))
        )
        kinds = kinds_of(comparison.old, schemas.old) & kinds_of(comparison.new, schemas.new)
        serialization.text(comparison, _ENCODING, two, around, direction, (old, new), kinds or ANY)
        both = old.allow_reserved, new.allow_reserved
        serialization.flag(comparison, "allowReserved", two, around, direction, both)
    notes.extensions(comparison, _ENCODING, direction, two, around)
    if essence.startswith("multipart/"):
        headers.compare(comparison, two, around, direction, value)
    if any(
        key in node.members for node in (two.old, two.new) for key in ("encoding", "prefixEncoding", "itemEncoding")
    ):
        compare(comparison, two, around, direction, "multipart/nested", value, depth + 1)


def _by_style(reading: Reading, node: Node, essence: str) -> bool:
    """Whether a part is written as a query parameter is, so that its media type does not count."""
    if is_form(essence):
        return not node.child("contentType").there or any(key in node.members for key in _STYLED)
    return reading.version != "3.0" and any(key in node.members for key in _STYLED)


def _content_type(reading: Reading, node: Node, schema: Node) -> str:
    """The media type in force, as text to compare; empty where it cannot be told."""
    stated = node.child("contentType").text
    if stated:
        return ", ".join(sorted(one.strip().lower() for one in stated.split(",")))
    return _default(reading, reading.follow(schema))


def _default(reading: Reading, schema: Node) -> str:
    """What OpenAPI says where nothing is stated (3.1, "Encoding Object")."""
    value: dict[str, Any] = schema.members
    kind = value.get("type")
    if kind == "array":
        return _default(reading, reading.follow(schema.child("items")))
    if kind == "object":
        return "application/json"
    if kind == "string":
        binary = value.get("format") == "binary" if reading.version == "3.0" else "contentEncoding" in value
        return "application/octet-stream" if binary else "text/plain"
    return "text/plain" if kind in ("integer", "number", "boolean") else ""
