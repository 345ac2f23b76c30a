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
                raise UnreadableError(error.rule, f"the field {name}: {error.words}") from None
            if value is not MISSING:
                found[name] = value
        for name, values in pairs.items():
            if name not in fields and not any(steps_of(prefix, name) for prefix in deep):
                texts = [other(text_of(value, plus=True)) for value in values]
                found[name] = texts[0] if len(texts) == 1 else texts
        return found

    return read


def _style(stated: Any) -> str:
    style = stated.get("style") if isinstance(stated, Mapping) else None
    return style if isinstance(style, str) else "form"


def _field(name: str, shape: Shape, stated: Any, depth: int, *, plain: bool) -> ReadPairs:
    rules = stated if isinstance(stated, Mapping) else {}
    style = _style(rules)
    by_style = any(word in rules for word in ("style", "explode", "allowReserved"))
    content = rules.get("contentType")
    named = read_media_type(content) if isinstance(content, str) else None
    as_json = not by_style and (is_json(named.essence) if named is not None else shape.is_object)
    if as_json:
        return _json_field(name, depth)
    explode = rules.get("explode")
    kind = "array" if shape.is_array else "object" if shape.is_object else "scalar"
    wide = explode if isinstance(explode, bool) else style == "form"
    return read_pairs(style, name, shape, kind, explode=wide, plain=plain)


def _json_field(name: str, depth: int) -> ReadPairs:
    """An object in a form is JSON unless a style is stated."""

    def read(pairs: Pairs) -> Any:
        values = pairs.get(name)
        if values is None:
            return MISSING
        if len(values) != 1:
            raise UnreadableError("style", "given more than once; expected one value")
        return read_json(text_of(values[0], plus=True).encode(), depth)

    return read
