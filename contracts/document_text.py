"""A document's tree as text: JSON, and YAML that every reader takes for the same (1.1 and 1.2)."""

import json
import re
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, Final

from contracts.exact import Rounded

_PLAIN: Final = re.compile(r"[A-Za-z_/$][A-Za-z0-9_./$-]*(?: [A-Za-z0-9_./$(-][A-Za-z0-9_./$()-]*)*")
_WORDS: Final = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))
"""Texts that some reader takes for something else, in any case."""
_LINES: Final = re.compile(r"[\x20-\x7e\xa0-\ud7ff\uf900-\ufdcf\ufdf0-\ufefe\n]+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_ESCAPED: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def as_json(tree: Any, *, indent: int = 2, sort: bool = False) -> str:
    """The tree as JSON, each number as it was written; `indent` 0 is one line, `sort` orders members by their names."""
    pieces: list[str] = []
    _json(tree, "\n" if indent else "", " " * indent, pieces, sort=sort)
    return "".join(pieces)


def _json(value: Any, line: str, indent: str, pieces: list[str], *, sort: bool) -> None:
    if isinstance(value, str):
        pieces.append(encode_basestring(_whole(value)))
    elif isinstance(value, dict | list) and value:
        inside = line + indent
        is_map = isinstance(value, dict)
        for number, child in enumerate((sorted(value) if sort else value) if is_map else value):
            pieces.append(("," if number else "{" if is_map else "[") + inside)
            if is_map:
                pieces.append(encode_basestring(_whole(child)) + (": " if indent else ":"))
            _json(value[child] if is_map else child, inside, indent, pieces, sort=sort)
        pieces.append(line + ("}" if is_map else "]"))
    elif isinstance(value, Rounded | Decimal):
        pieces.append(str(value.written if isinstance(value, Rounded) else value))
    else:
        pieces.append(json.dumps(value))


def _whole(text: Any) -> str:
    """A text that UTF-8 can hold."""
    whole = str(text)
    return whole if whole.isascii() else _SURROGATE.sub("\ufffd", whole)


def as_yaml(tree: Any) -> str:
    """The tree as YAML in block style."""
    lines: list[str] = []
    _block(tree, 0, "", lines)
    return "\n".join(lines) + "\n"


def _block(value: Any, depth: int, lead: str, lines: list[str]) -> None:
    """Append a value. `lead` stands before it on its first line: `key:` or `-`, with its indent."""
    inside = "  " * depth
    if isinstance(value, dict) and value:
        first = _opened(lead, lines)
        for name, child in value.items():
            _block(child, depth + 1, f"{first if first is not None else inside}{_key(name)}:", lines)
            first = None
    elif isinstance(value, list) and value:
        first = _opened(lead, lines)
        for child in value:
            _block(child, depth + 1, f"{first if first is not None else inside}-", lines)
            first = None
    else:
        lines.append(f"{lead} {_scalar(value, depth)}".lstrip() if not lead else f"{lead} {_scalar(value, depth)}")


def _opened(lead: str, lines: list[str]) -> str | None:
    """What the first line of a collection begins with: an item's own `- `, or nothing where a key had a line."""
    if lead.endswith("-"):
        return lead + " "
    if lead:
        lines.append(lead)
    return None


def _key(name: Any) -> str:
    text = _whole(name)
    return text if _is_plain(text) else _quoted(text)


def _is_plain(text: str) -> bool:
    return len(text) < 200 and _PLAIN.fullmatch(text) is not None and text.lower() not in _WORDS


def _scalar(value: Any, depth: int) -> str:
    if isinstance(value, str):
        text = _whole(value)
        if _is_plain(text):
            return text
        return _literal(text, depth) if "\n" in text else _quoted(text)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return "{}" if isinstance(value, dict) else "[]"
    return str(value.written) if isinstance(value, Rounded) else _float(value)


def _float(value: Any) -> str:
    """`1e+16` has a point for readers of YAML 1.1, who take it for text otherwise."""
    text = repr(value) if isinstance(value, float) else str(value)
    return text.replace("e", ".0e", 1) if "e" in text and "." not in text else text


def _literal(text: str, depth: int) -> str:
    """Several lines as they are, where that is sure to be read back the same."""
    body = text.rstrip("\n")
    ends = len(text) - len(body)
    if not body or ends > 1 or body[0] in " \n" or not _LINES.fullmatch(text) or re.search(r" (?:\n|$)", body):
        return _quoted(text)
    indent = "  " * max(depth, 1)
    lines = [f"{indent}{line}" if line else "" for line in body.split("\n")]
    return "\n".join(["|" if ends else "|-", *lines])


def _quoted(text: str) -> str:
    """Double quotes: every escape of JSON is one of YAML, too."""
    written: str = encode_basestring(text)
    return _ESCAPED.sub(lambda found: f"\\u{ord(found[0]):04x}", written)
