"""`application/x-www-form-urlencoded` bodies, read by their schema and its Encoding Objects (OpenAPI 3.x)."""

from collections.abc import Callable, Mapping
from typing import Any

from contracts.media import is_json, read_json, read_media_type
from contracts.parameters import (
    MISSING,
    Pairs,
    ReadPairs,
    UnreadableError,
    pairs_of,
    read_pairs,
    steps_of,
    text_of,
)
from contracts.shape import Shape, read_text, reader_of


def read_form(shape: Shape, encoding: Mapping[str, Any], depth: int, *, plain: bool) -> Callable[[bytes], Any]:
    """Bytes of a form -> an object. Fields that no property names are kept as text, for the schema to judge."""
    fields = {name: _field(name, part, encoding.get(name), depth, plain=plain) for name, part in shape.members.items()}
    deep = tuple(name for name in fields if _style(encoding.get(name)) == "deepObject")
    other = read_text if plain or shape.open is None else reader_of(shape.open)

    def read(body: bytes) -> dict[str, Any]:
        pairs = pairs_of(body)
        found: dict[str, Any] = {}
        for name, field in fields.items():
            try:
                value = field(pairs)
            except UnreadableError as error:
                raise UnreadableError(error.rule, f"the field {name}: {error.words}", error.name) from None
            if value is not MISSING:
                found[name] = value
        for name, values in pairs.items():
            if name not in fields and not any(steps_of(prefix, name) for prefix in deep):
                texts = [other(text_of(value, plus=True)) for value in values]
                found[name] = texts[0] if len(texts) == 1 else texts
        return found

    return read


def names_in(shape: Shape, encoding: Mapping[str, Any]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The names that a form of this shape may hold, and how others may begin."""
    names: set[str] = set()
    deep: list[str] = []
    for name, part in shape.members.items():
        rules = encoding.get(name)
        explode = rules.get("explode", True) if isinstance(rules, Mapping) else True
        if _style(rules) == "deepObject":
            deep.append(f"{name}[")
        elif _by_style(rules) and _style(rules) == "form" and explode is True and part.is_object:
            names |= part.members.keys()
        else:
            names.add(name)
    return frozenset(names), tuple(deep)


def _by_style(stated: Any) -> bool:
    return isinstance(stated, Mapping) and any(word in stated for word in ("style", "explode", "allowReserved"))


def _style(stated: Any) -> str:
    style = stated.get("style") if isinstance(stated, Mapping) else None
    return style if isinstance(style, str) else "form"


def _field(name: str, shape: Shape, stated: Any, depth: int, *, plain: bool) -> ReadPairs:
    rules = stated if isinstance(stated, Mapping) else {}
    style = _style(rules)
    by_style = _by_style(rules)
    content = rules.get("contentType")
    named = read_media_type(content) if isinstance(content, str) else None
    one = shape.items or Shape() if shape.is_array else shape
    as_json = not by_style and (is_json(named.essence) if named is not None else one.is_object)
    if as_json:
        return _json_field(name, depth, many=shape.is_array, whole=named is not None and not one.is_array)
    explode = rules.get("explode")
    kind = "array" if shape.is_array else "object" if shape.is_object else "scalar"
    wide = explode if isinstance(explode, bool) else style == "form"
    return read_pairs(style, name, shape, kind, explode=wide, plain=plain)


def _json_field(name: str, depth: int, *, many: bool, whole: bool) -> ReadPairs:
    """An object in a form is JSON unless a style is stated; of a list each item is (OpenAPI 3.x, "Encoding Object").

    `whole`: one value that holds a JSON list is that list too, as senders have it where `contentType` says JSON.
    """

    def read(pairs: Pairs) -> Any:
        values = pairs.get(name)
        if values is None:
            return MISSING
        if many:
            items = [read_json(text_of(value, plus=True).encode(), depth) for value in values]
            return items[0] if whole and len(items) == 1 and isinstance(items[0], list) else items
        if len(values) != 1:
            raise UnreadableError("style", "given more than once; expected one value")
        return read_json(text_of(values[0], plus=True).encode(), depth)

    return read
