"""What a model refused, in words that the person who wrote the file understands."""

import difflib
import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from contracts.model import SECRET_IN_CLEAR

Path = tuple[str | int, ...]

_PATTERNS: Mapping[str, str] = {
    "^[A-Z]{2}$": "two capital letters (ISO 3166-1: DE, US)",
    "^[0-9a-z]{8}$": "8 characters out of 0-9 and a-z; `tidewaiter key new` writes it",
    "^hmac-sha256:[0-9a-f]{64}$": "hmac-sha256: and 64 hexadecimal digits; `tidewaiter key new` writes it",
    "^[a-z]{2,8}$": "2 to 8 small letters",
    "^(/[^?#]*[^/?#])?$": "a path that begins with / and does not end with /, without ? and #",
    "^/": "a path that begins with /",
    "^[A-Z][A-Z0-9_]*$": "capital letters, digits and _, such as ERP_PASSWORD",
}
_PATTERN_STARTS: Mapping[str, str] = {
    "^[a-z][a-z0-9]*(?:-": "small letters, digits and hyphens, such as bc-us",
    "^(0|[1-9]": "an exact version such as 1.2 or 1.2.3, in quotes where it stands as a value",
    "^[a-z][a-z0-9-]*@": "api@version with an exact version, such as sales-orders@1.2",
    "^[a-z][a-z0-9-]*$": "small letters, digits and hyphens",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault in a tree. `path` leads to what is wrong, or to where something is missing."""

    path: Path
    code: str
    message: str
    remedy: str


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like `word`, if any is like it."""
    names = sorted(known)
    folded = {name.lower().replace("_", "").replace("-", ""): name for name in reversed(names)}
    same = folded.get(word.lower().replace("_", "").replace("-", ""))
    found = [same] if same else difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    return found[0] if found else None


def instead(word: str, known: Iterable[str]) -> str:
    """A remedy: the nearest known word, or all of them."""
    names = sorted(known)
    close = nearest(word, names)
    if close is not None:
        return f"write `{close}`"
    if not names:
        return "there is none"
    return "one of " + ", ".join(f"`{name}`" for name in names[:12]) + (", ..." if len(names) > 12 else "")


def faults_of(error: ValidationError, model: type[BaseModel], tree: Any) -> list[Fault]:
    """Every fault once, in the order of the tree; those that only follow from another are left out."""
    details = error.errors(include_url=False)
    found: dict[Path, Fault] = {}
    for detail in details:
        path = _path_in(detail["loc"], tree)
        fault = _fault(detail, path, model)
        found.setdefault((*path, fault.message if fault.code == "missing-key" else ""), fault)
    inside = {fault.path[:n] for fault in found.values() for n in range(len(fault.path))}
    # A list whose items are refused is also reported as too short.
    return [f for f in found.values() if f.code != "too-few" or f.path not in inside]


def _path_in(loc: Sequence[str | int], tree: Any) -> Path:
    """The part of pydantic's `loc` that exists in the tree: names of union members and of validators are dropped."""
    path: list[str | int] = []
    for step in loc:
        in_mapping = isinstance(tree, dict) and step in tree
        if in_mapping or (isinstance(tree, list) and isinstance(step, int) and step < len(tree)):
            tree = tree[step]
            path.append(step)
    return tuple(path)


def written(path: Path) -> str:
    """A path as people write it: `offers[0].system`."""
    text = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")
    return f"`{text}`" if text else "the file"


def _fault(detail: ErrorDetails, path: Path, model: type[BaseModel]) -> Fault:
    kind, loc, context = detail["type"], detail["loc"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        keys = _keys_at(model, loc[:-1])
        return Fault(path, "unknown-key", f"{_in(path)} is not a key here", instead(str(loc[-1]), keys))
    if kind == "missing":
        place = f" of {written(path)}" if path else ""
        return Fault(path, "missing-key", f"`{loc[-1]}`{place} is missing", f"add `{loc[-1]}: ...`")
    if kind == SECRET_IN_CLEAR:
        return Fault(path, "secret-in-clear", f"{written(path)}: {detail['msg']}", "write secret:NAME (A-Z, 0-9, _)")
    if isinstance(context, dict) and "code" in context:  # a fault that a model of ours words itself
        key = context.get("key")
        place_of = (*path, key) if key else path
        return Fault(place_of, str(context["code"]), f"{written(path)}: {detail['msg']}", str(context["remedy"]))
    if kind == "value_error":
        # Validators of models say what is wrong, a colon, and what to do.
        said, _, remedy = detail["msg"].removeprefix("Value error, ").partition(": ")
        return Fault(path, "wrong-value", f"{written(path)}: {said}", remedy)
    if detail["input"] is None and not kind.startswith("union_tag"):
        return Fault(path, "empty-value", f"{written(path)} has no value", "give it one, or take the line out")
    if loc and loc[-1] == "[key]":
        return Fault(path, "wrong-name", f"the name {written(path)} cannot stand here", "write " + _wanted(detail))
    if kind == "string_too_short":
        least = context.get("min_length", 1)
        message = f"{written(path)} is {'too short' if detail['input'] else 'empty'}"
        return Fault(path, "wrong-value", message, f"write at least {least} character{'' if least == 1 else 's'}")
    if kind == "too_short":
        return Fault(path, "too-few", f"{written(path)} is empty", "give it at least one entry")
    return Fault(path, "wrong-value", f"{written(path)} {_seen(detail)}", "write " + _wanted(detail))


def _in(path: Path) -> str:
    last = f"`{path[-1]}`" if path else "the file"
    return f"{last} (in {written(path[:-1])})" if len(path) > 1 else last


def _seen(detail: ErrorDetails) -> str:
    """What stands there: its kind; itself only where it was compared with a fixed list or with a bound."""
    value, kind = detail["input"], detail["type"]
    if kind == "literal_error" and isinstance(value, str) and re.fullmatch(r"[\w. @-]{1,40}", value):
        return f"is `{value}`"
    if kind == "union_tag_invalid":
        return "has a `type` that is not known"
    if kind == "union_tag_not_found":
        return "has no `type`"
    if kind in _BOUNDS and isinstance(value, int | float):
        return f"is {str(value)[:20]}"
    for python, word in _KINDS:
        if isinstance(value, python):
            return f"is {word}"
    return "cannot stand here"


_BOUNDS = frozenset(("greater_than", "greater_than_equal", "less_than", "less_than_equal"))
_KINDS: tuple[tuple[type | tuple[type, ...], str], ...] = (
    (bool, "true or false"),
    ((int, float), "a number"),
    (str, "a text that does not fit"),
    (dict, "a mapping"),
    (list, "a list"),
)


def _context(name: str, text: str) -> Callable[[ErrorDetails], str]:
    return lambda detail: text.format(detail.get("ctx", {}).get(name, ""))


_WANTED: Mapping[str, str | Callable[[ErrorDetails], str]] = {
    "model_type": "a mapping: keys and values, one a line",
    "model_attributes_type": "a mapping: keys and values, one a line",
    "dict_type": "a mapping: names and values, one a line",
    "tuple_type": "a list: one entry a line, each with `- ` before it",
    "list_type": "a list: one entry a line, each with `- ` before it",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "string_unicode": "a text of whole characters",
    "float_type": "a number",
    "float_parsing": "a number",
    "url_type": "an address such as https://erp.example.com, in quotes",
    "url_parsing": "an address such as https://erp.example.com",
    "url_scheme": "an address that begins with https:// or http://",
    "timezone_aware": "a time with its zone, such as 2026-01-31T00:00:00Z",
    "ip_v4_network": "a network such as 10.0.0.0/8 or 2001:db8::/32",
    "ip_v6_network": "a network such as 10.0.0.0/8 or 2001:db8::/32",
    "greater_than": _context("gt", "a number above {}"),
    "greater_than_equal": _context("ge", "a number from {} up"),
    "less_than": _context("lt", "a number below {}"),
    "less_than_equal": _context("le", "a number up to {}"),
    "string_too_long": _context("max_length", "at most {} characters"),
    "union_tag_invalid": _context("expected_tags", "`type:` with one of {}"),
    "union_tag_not_found": "`type: ...` as its first line",
}


def _wanted(detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        words = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        value = detail["input"]
        close = nearest(value, words) if isinstance(value, str) else None
        return (f"`{close}`; it is " if close else "") + "one of " + ", ".join(f"`{word}`" for word in words)
    if kind == "string_type":
        return "a text" + (
            " (in quotes, as it is read as a number)" if isinstance(detail["input"], int | float) else ""
        )
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern", ""))
        starts = next((words for start, words in _PATTERN_STARTS.items() if pattern.startswith(start)), None)
        return _PATTERNS.get(pattern) or starts or f"what matches {pattern}"
    if kind.startswith(("date_", "date")) and not kind.startswith("datetime"):
        return "a date: YYYY-MM-DD"
    if kind.startswith("datetime"):
        return "a time with its zone, such as 2026-01-31T00:00:00Z"
    wanted = _WANTED.get(kind)
    if wanted is None:
        return "what the JSON Schema of this file allows: tidewaiter schema"
    return wanted if isinstance(wanted, str) else wanted(detail)


def _keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that may stand where pydantic's `loc` points."""
    place: Any = model
    for step in loc:
        place = _into(place, step)
    return [
        info.alias or key
        for member in _members(place)
        if _is_model(member)
        for key, info in member.model_fields.items()
    ]


def _into(annotation: Any, step: str | int) -> Any:
    for member in _members(annotation):
        if _is_model(member):
            if step in member.model_fields:
                return member.model_fields[str(step)].annotation
            if step in _tags(member):
                return member
        elif get_origin(member) in (dict, Mapping):
            return get_args(member)[1]
        elif get_origin(member) in (tuple, list):
            return get_args(member)[0]
    return annotation


def _members(annotation: Any) -> list[Any]:
    if get_origin(annotation) is Annotated:
        return _members(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        return [inner for member in get_args(annotation) for inner in _members(member)]
    return [annotation]


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    kind = model.model_fields.get("type")
    return get_args(kind.annotation) if kind and get_origin(kind.annotation) is Literal else ()
