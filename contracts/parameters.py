"""Parameters read off the wire by location, style and explode (OpenAPI 3.x, "Style Values"; RFC 6570).

Delimiters are looked for in what was sent, before percent-decoding: an encoded comma is data. In a query and in a form
`+` is a space, as every ERP's server reads it. A decoder raises `UnreadableError`; it never guesses.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from contracts.shape import Reader, Shape, read_text, reader_of

Pairs = Mapping[str, list[bytes]]
"""Names, decoded, with their raw values in the order in which they came."""
ReadOne = Callable[[bytes], Any]
ReadPairs = Callable[[Pairs], Any]

_BAD_PERCENT = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_BRACKETS = re.compile(r"\[([^\[\]]*)\]")
_PIPE = re.compile(rb"\||%7[Cc]")
_SPACE = re.compile(rb"%20|\+| ")
_MOST_STEPS: Final = 6


class _Missing:
    """The parameter was not sent."""


MISSING: Final = _Missing()


class UnreadableError(Exception):
    """What was sent is not in the form that the contract states. `name` where it is about a member of its own."""

    def __init__(self, rule: str, words: str, name: str = "") -> None:
        super().__init__(words)
        self.rule = rule
        self.words = words
        self.name = name


def text_of(raw: bytes, *, plus: bool = False) -> str:
    """Percent-decoded UTF-8 (RFC 3986, section 2.1). Raises UnreadableError."""
    if plus and b"+" in raw:
        raw = raw.replace(b"+", b" ")
    if b"%" in raw:
        if _BAD_PERCENT.search(raw):
            raise UnreadableError("encoding", "a % is not followed by two hexadecimal digits")
        raw = unquote_to_bytes(raw)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise UnreadableError("encoding", "it is not UTF-8") from None


def _query_text(raw: bytes) -> str:
    return text_of(raw, plus=True)


def header_text(raw: bytes) -> str:
    """The text of a header value. Never percent-decoded."""
    try:
        return raw.decode().strip(" \t")
    except UnicodeDecodeError:
        return raw.decode("latin-1").strip(" \t")


def pairs_of(query: bytes) -> dict[str, list[bytes]]:
    """A query or a form cut into pairs. A name without `=` has an empty value. Raises UnreadableError."""
    pairs: dict[str, list[bytes]] = {}
    for pair in query.split(b"&"):
        if pair:
            raw, _, value = pair.partition(b"=")
            name = _query_text(raw) if b"%" in raw or b"+" in raw or not raw.isascii() else raw.decode("ascii")
            known = pairs.get(name)
            if known is None:
                pairs[name] = [value]
            else:
                known.append(value)
    return pairs


def cookies_of(header: bytes) -> dict[str, list[bytes]]:
    """The pairs of a Cookie header (RFC 6265, section 4.2.1)."""
    pairs: dict[str, list[bytes]] = {}
    for pair in header.split(b";"):
        raw, sign, value = pair.strip(b" \t").partition(b"=")
        if sign:
            pairs.setdefault(raw.decode("latin-1"), []).append(value)
    return pairs


# One value: path, header, and the parts of a query that stand under one name.


def _readers(shape: Shape, *, plain: bool) -> tuple[Reader, Reader, Callable[[str], Reader]]:
    """How the value, an item of it, and a member of it are read."""
    if plain:
        return read_text, read_text, lambda _name: read_text
    named = {name: reader_of(member) for name, member in shape.members.items()}
    other = reader_of(shape.open or Shape())
    if shape.open is None:
        other = read_text
    return reader_of(shape), reader_of(shape.items or Shape()), lambda name: named.get(name, other)


def _listed(parts: Iterable[bytes], text: Callable[[bytes], str], read: Reader) -> list[Any]:
    return [read(text(part)) for part in parts]


def _couples(parts: list[bytes], text: Callable[[bytes], str], member: Callable[[str], Reader]) -> dict[str, Any]:
    """`R,100,G,200`."""
    if len(parts) % 2:
        raise UnreadableError("style", "expected names and values in turn")
    found: dict[str, Any] = {}
    for raw, value in zip(parts[::2], parts[1::2], strict=True):
        _put(found, text(raw), text(value), member)
    return found


def _equations(parts: Iterable[bytes], text: Callable[[bytes], str], member: Callable[[str], Reader]) -> dict[str, Any]:
    """`R=100,G=200`."""
    found: dict[str, Any] = {}
    for part in parts:
        raw, sign, value = part.partition(b"=")
        if not sign:
            raise UnreadableError("style", "expected name=value")
        _put(found, text(raw), text(value), member)
    return found


def _put(found: dict[str, Any], name: str, value: str, member: Callable[[str], Reader]) -> None:
    if name in found:
        raise UnreadableError("style", "a member is given more than once")
    found[name] = member(name)(value)


def read_one(style: str, name: str, shape: Shape, kind: str, *, explode: bool, plain: bool = False) -> ReadOne:
    """The decoder of a path or header value, or of one text with delimiters. `kind`: scalar, array or object."""
    scalar, item, member = _readers(shape, plain=plain)
    text, cut = _CUTS.get(style, _CUTS["simple"])
    sign = b"." if style == "label" else b";" if style == "matrix" else b""
    label = name.encode()
    split = cut
    if explode and sign:

        def split(raw: bytes) -> list[bytes]:
            return raw.split(sign)

    def read(raw: bytes) -> Any:
        if sign:
            if not raw.startswith(sign):
                raise UnreadableError("style", f"expected the style {style}, which starts with {sign.decode()}")
            raw = raw[1:]
            if style == "matrix" and not (explode and kind != "scalar"):
                raw = _after_name(raw, label)
        if kind == "scalar":
            return scalar(text(raw))
        parts = split(raw) if raw else []
        if kind == "array":
            if explode and style == "matrix":
                parts = [_after_name(part, label) for part in parts]
            return _listed(parts, text, item)
        return _equations(parts, text, member) if explode else _couples(parts, text, member)

    return read


def _after_name(raw: bytes, name: bytes) -> bytes:
    found, _, value = raw.partition(b"=")
    if text_of(found).encode() != name:
        raise UnreadableError("style", "expected the style matrix, which repeats the parameter's name")
    return value


def _comma(raw: bytes) -> list[bytes]:
    return raw.split(b",")


_CUTS: Final[Mapping[str, tuple[Callable[[bytes], str], Callable[[bytes], list[bytes]]]]] = {
    "simple": (text_of, _comma),
    "label": (text_of, _comma),
    "matrix": (text_of, _comma),
    "header": (header_text, _comma),
    "form": (_query_text, _comma),
    "cookie": (header_text, _comma),
    "spaceDelimited": (_query_text, _SPACE.split),
    "pipeDelimited": (_query_text, _PIPE.split),
}


# Several values under names: query, cookie, form.


def read_pairs(style: str, name: str, shape: Shape, kind: str, *, explode: bool, plain: bool = False) -> ReadPairs:
    """The decoder of a parameter of a query, a cookie or a form."""
    if style == "deepObject":
        return _read_deep(name, shape, plain=plain)
    text = _CUTS.get(style, _CUTS["form"])[0]
    if explode and kind == "array":
        item = _readers(shape, plain=plain)[1]

        def read_array(pairs: Pairs) -> Any:
            values = pairs.get(name)
            return MISSING if values is None else _listed(values, text, item)

        return read_array
    if explode and kind == "object" and style in ("form", "cookie"):
        member = _readers(shape, plain=plain)[2]
        names = tuple(shape.members)
        lists = {key: _readers(part, plain=plain)[1] for key, part in shape.members.items() if part.is_array}

        def read_object(pairs: Pairs) -> Any:
            found: dict[str, Any] = {}
            for key in names if shape.open is None else pairs:
                values = pairs.get(key)
                if values is not None:
                    found[key] = (
                        _listed(values, text, lists[key]) if key in lists else member(key)(text(_single(values)))
                    )
            return found or MISSING

        return read_object
    one = read_one(style, name, shape, kind, explode=explode and kind != "object", plain=plain)

    def read(pairs: Pairs) -> Any:
        values = pairs.get(name)
        return MISSING if values is None else one(_single(values))

    return read


def _single(values: list[bytes]) -> bytes:
    if len(values) != 1:
        raise UnreadableError("style", "given more than once; expected one value")
    return values[0]


def steps_of(name: str, key: str) -> tuple[str, ...] | None:
    """`filter[a][b]` -> ("a", "b") for the parameter `filter`; None for another name."""
    if not key.startswith(name):
        return None
    rest = key[len(name) :]
    steps = tuple(_BRACKETS.findall(rest))
    return steps if steps and len(rest) == sum(len(step) + 2 for step in steps) else None


def _read_deep(name: str, shape: Shape, *, plain: bool) -> ReadPairs:
    """`filter[a]=1&filter[b][]=2`. Beyond one level no specification says how; this is how servers read it."""
    scalar = read_text if plain else reader_of(shape)

    def read(pairs: Pairs) -> Any:
        tree: dict[str, Any] = {}
        for key, values in pairs.items():
            steps = steps_of(name, key)
            if steps is None:
                continue
            if len(steps) > _MOST_STEPS:
                raise UnreadableError("style", f"it is nested more than {_MOST_STEPS} deep", key)
            place = tree
            for step in steps[:-1]:
                place = place.setdefault(step, {})
                if not isinstance(place, dict):
                    raise UnreadableError("style", "one name stands for a value and for an object", key)
            if steps[-1] in place:
                raise UnreadableError("style", "one name stands for a value and for an object", key)
            place[steps[-1]] = values
        bare = pairs.get(name)
        if bare is not None:
            if tree or not (shape.is_scalar or shape.is_array):
                raise UnreadableError("style", f"expected the style deepObject: {name}[member]=value")
            if shape.is_array and not shape.is_object:
                return _listed(bare, _query_text, read_text if plain else reader_of(shape.items or Shape()))
            return scalar(_query_text(_single(bare)))
        return _grown(tree, shape, name, plain=plain) if tree else MISSING

    return read


def _grown(node: dict[str, Any] | list[bytes], shape: Shape, name: str, *, plain: bool) -> Any:
    if isinstance(node, list):
        if shape.is_array:
            return _listed(node, _query_text, read_text if plain else reader_of(shape.items or Shape()))
        return (read_text if plain else reader_of(shape))(_query_text(_single(node)))
    if shape.is_array and all(key == "" or key.isdecimal() for key in node):
        items: list[Any] = []
        for key in sorted(node, key=lambda k: (len(k), k)):
            child = node[key]
            inner = shape.items or Shape()
            if key == "" and isinstance(child, list):
                items.extend(_grown([value], inner, name, plain=plain) for value in child)
            else:
                items.append(_grown(child, inner, f"{name}[{key}]", plain=plain))
        return items
    found: dict[str, Any] = {}
    for key, child in node.items():
        member = shape.members.get(key, shape.open)
        if member is None:
            if shape.stated and shape.members:
                raise UnreadableError("undeclared", "the contract does not declare this member", f"{name}[{key}]")
            member = Shape()
        found[key] = _grown(child, member, f"{name}[{key}]", plain=plain)
    return found
