"""The parameters of one operation, planned once: where each is read from, how, and what judges it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, Literal

from contracts.contract import Parameter
from contracts.forms import names_in, read_form
from contracts.media import is_form, is_json, read_json, read_media_type
from contracts.parameters import (
    MISSING,
    Pairs,
    header_text,
    read_one,
    read_pairs,
    text_of,
)
from contracts.schema import Lowering
from contracts.shape import Shape, is_ambiguous, shape_of

Place = Literal["path", "query", "header", "cookie"]
Read = Callable[[Any], Any]

IGNORED_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
"""Header parameters of these names do not count (OpenAPI 3.x, "Parameter Object")."""
_DEFAULT_STYLES: Final[Mapping[str, str]] = {"path": "simple", "header": "simple", "query": "form", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class Argument:
    """One parameter or header. `readings` are tried in turn; `key` names its definition, None where all text passes.

    `absorbs` says that every other name of the query belongs to it; `reason` is of one that cannot be checked.
    """

    name: str
    place: Place
    required: bool
    allow_empty: bool
    pointer: str
    readings: tuple[Read, ...]
    key: str | None
    names: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    absorbs: bool = False
    whole: bool = False
    reason: str = ""


def plan_argument(parameter: Parameter, lowering: Lowering, depth: int, *, quoted: bool = False) -> Argument | None:
    """None for a header that does not count. Lowers the parameter's schema. `quoted`: inside an OData key."""
    place: Place = "query" if parameter.location == "querystring" else parameter.location
    name = parameter.name.lower() if place == "header" else parameter.name
    if place == "header" and name in IGNORED_HEADERS:
        return None
    if parameter.content:
        return _of_content(parameter, name, place, lowering, depth)
    schema = True if parameter.schema is None else parameter.schema
    pointer = f"{parameter.pointer}/schema"
    key = lowering.root(schema, pointer)
    shape = shape_of(schema, pointer, lowering.members)
    style = parameter.style or _DEFAULT_STYLES[place]
    readings = _readings(name, place, style, parameter.explode, shape, quoted=quoted)
    deep = style == "deepObject" and place == "query"
    spread = parameter.explode and shape.is_object and style in ("form", "cookie") and place in ("query", "cookie")
    anything = lowering.is_any_text(key) and not (shape.is_array or shape.is_object)
    reason = "" if anything else _undefined(name, place, style, parameter.explode, shape)
    return Argument(
        name,
        place,
        parameter.required or place == "path",
        parameter.allow_empty_value and place == "query" and not (deep or reason),
        parameter.pointer,
        readings,
        None if anything else key,
        frozenset(shape.members) | ({name} if shape.is_scalar or shape.is_array else frozenset())
        if spread
        else frozenset({name}),
        (f"{name}[",) if deep else (),
        spread and place == "query" and shape.open is not None,
        reason=reason,
    )


def _undefined(name: str, place: Place, style: str, explode: bool, shape: Shape) -> str:
    """Why no specification says how such a value is written (OpenAPI 3.2.1, "Style Examples": the cells n/a)."""
    several = shape.is_array or shape.is_object
    if style in ("spaceDelimited", "pipeDelimited"):
        if explode:
            return f"the parameter {name} has the style {style} with explode, which is defined nowhere"
        if not several:
            return f"the parameter {name} has the style {style}, which is defined for lists and objects only"
    if style == "deepObject" and not several:
        return f"the parameter {name} has the style deepObject, which is defined for objects only"
    if place == "cookie" and several and explode != (style == "cookie"):
        how = "with" if explode else "without"
        return f"the cookie {name} is a list or an object of the style {style} {how} explode, which is defined nowhere"
    return ""


def _readings(name: str, place: Place, style: str, explode: bool, shape: Shape, *, quoted: bool) -> tuple[Read, ...]:
    kinds = [kind for kind, fits in (("array", shape.is_array), ("object", shape.is_object)) if fits]
    if shape.is_scalar or not kinds:
        kinds.append("scalar")
    if style == "deepObject":
        kinds = ["object"]
    plain = (False, True) if is_ambiguous(shape) else (False,)
    if place in ("query", "cookie"):
        if place == "cookie" and style == "form":
            return tuple(
                _cookie(read_pairs("form", name, shape, k, explode=explode, plain=p)) for k, p in product(kinds, plain)
            )
        return tuple(read_pairs(style, name, shape, k, explode=explode, plain=p) for k, p in product(kinds, plain))
    if place == "header":
        return tuple(read_one("header", name, shape, k, explode=explode, plain=p) for k, p in product(kinds, plain))
    found = tuple(read_one(style, name, shape, k, explode=explode, plain=p) for k, p in product(kinds, plain))
    return tuple(_unquoted(read) for read in found) if quoted else found


def _cookie(read: Callable[[Pairs], Any]) -> Read:
    """A cookie's `+` is no space: it is kept from being read as one."""

    def read_cookie(pairs: Pairs) -> Any:
        return read({name: [value.replace(b"+", b"%2B") for value in values] for name, values in pairs.items()})

    return read_cookie


def _unquoted(read: Callable[[bytes], Any]) -> Read:
    """Inside an OData string key a doubled quote stands for one (OData V4 URL conventions, section 5.1.1.6.1)."""

    def read_key(raw: bytes) -> Any:
        return read(raw.replace(b"%27", b"'").replace(b"''", b"'"))

    return read_key


def _of_content(parameter: Parameter, name: str, place: Place, lowering: Lowering, depth: int) -> Argument:
    """A parameter with `content`: one media type, whose text stands in the value."""
    media_type, media = next(iter(parameter.content.items()))
    named = read_media_type(media_type)
    essence = named.essence if named is not None else media_type.lower()
    schema = True if media.schema is None else media.schema
    pointer = f"{media.pointer}/schema"
    key = lowering.root(schema, pointer)
    whole = parameter.location == "querystring"
    reason = ""
    readings: tuple[Read, ...]
    names: frozenset[str] = frozenset({name})
    prefixes: tuple[str, ...] = ()
    absorbs = whole
    if whole and is_form(essence):
        shape = shape_of(schema, pointer, lowering.members)
        names, prefixes = names_in(shape, media.encoding)
        absorbs = shape.open is not None
        readings = tuple(
            read_form(shape, media.encoding, depth, plain=plain)
            for plain in ((False, True) if is_ambiguous(shape) else (False,))
        )
    elif whole:
        readings = (_text_reader(essence, depth, text_of),)
    elif place in ("query", "cookie"):
        one = _text_reader(essence, depth, lambda raw: text_of(raw, plus=place == "query"))
        readings = (_single_of(name, one),)
    elif place == "header":
        readings = (_text_reader(essence, depth, header_text),)
    else:
        readings = (_text_reader(essence, depth, text_of),)
    if not (is_json(essence) or essence.startswith("text/plain") or (whole and is_form(essence))):
        reason = f"the parameter {name} is {essence}, which cannot be checked"
    return Argument(
        name, place, parameter.required or place == "path", parameter.allow_empty_value and place == "query",
        parameter.pointer, readings, None if lowering.is_trivial(key) else key,
        names, prefixes, absorbs, whole=whole, reason=reason,
    )  # fmt: skip


def _text_reader(essence: str, depth: int, text: Callable[[bytes], str]) -> Callable[[bytes], Any]:
    if is_json(essence):
        return lambda raw: read_json(text(raw).encode(), depth)
    return text


def _single_of(name: str, one: Callable[[bytes], Any]) -> Read:
    read = read_pairs("form", name, Shape(), "scalar", explode=False, plain=True)

    def read_single(pairs: Pairs) -> Any:
        if read(pairs) is MISSING:
            return MISSING
        return one(pairs[name][0])

    return read_single
