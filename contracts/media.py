"""Media types: which entry of `content` a message falls under, and how its bytes are read."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import jiter

from contracts.parameters import UnreadableError

T = TypeVar("T")

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_TYPE = re.compile(rf"\s*({_WORD})/({_WORD})\s*")
_PARAMETER = re.compile(rf"\s*;\s*(?:({_WORD})\s*=\s*(?:({_WORD})|\"((?:[^\"\\]|\\.)*)\"))?\s*")
_SPACED = re.compile(r"boundary(?:\s+=|=\s)", re.IGNORECASE)
_UTF8: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_LINES: Final = frozenset(
    {"application/jsonl", "application/x-ndjson", "application/ndjson", "application/x-jsonlines"}
)
EVENTS: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Named:
    """A media type as named by a message or a contract (RFC 9110, section 8.3.1), in lower case."""

    essence: str
    parameters: Mapping[str, str]

    @property
    def utf8(self) -> bool:
        """Whether text of it is UTF-8; nothing said means it is."""
        return self.parameters.get("charset", "utf-8").lower() in _UTF8


def read_media_type(value: str) -> Named | None:
    """None where it is no media type. `*` is a token, so media ranges are read too."""
    match = _TYPE.match(value)
    if match is None:
        return None
    parameters: dict[str, str] = {}
    at = match.end()
    while at < len(value):
        found = _PARAMETER.match(value, at)
        if found is None or found.end() == at:
            return None
        if found[1] is not None:
            name, said = found[1].lower(), found[2] if found[2] is not None else found[3]
            known = parameters.setdefault(name, said)
            if known != said and (name == "boundary" or known.lower() != said.lower()):
                return None  # readers take the first or the last of two charsets, or of two boundaries
            if name == "boundary" and _SPACED.search(found[0]):
                return None  # some readers find none there
        at = found.end()
    return Named(f"{match[1]}/{match[2]}".lower(), parameters)


def essence_of(value: str) -> str:
    """The type without its parameters, in lower case; the text itself where it is no media type."""
    named = read_media_type(value)
    return value.strip().lower() if named is None else named.essence


class MediaTable(Generic[T]):
    """The entries of one `content`: the exact type is taken before `type/*`, and that before `*/*`.

    Parameters are passed over, except where the contract has several entries of one type: then the one whose
    parameters the message repeats is taken.
    """

    __slots__ = ("_by_essence", "names")

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        self._by_essence: dict[str, list[tuple[Mapping[str, str], T]]] = {}
        names = []
        for name, entry in entries:
            named = read_media_type(name)
            names.append(name)
            essence, parameters = (name.strip().lower(), {}) if named is None else (named.essence, named.parameters)
            self._by_essence.setdefault(essence, []).append((parameters, entry))
        self.names = tuple(names)

    def __iter__(self) -> Iterator[T]:
        return (entry for entries in self._by_essence.values() for _, entry in entries)

    def match(self, named: Named) -> T | None:
        """The entry that a message of this type falls under."""
        essence = named.essence
        for key in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
            entries = self._by_essence.get(key)
            if entries is not None:
                if len(entries) == 1:
                    return entries[0][1]
                return max(entries, key=lambda entry: _agreement(entry[0], named.parameters))[1]
        return None


def _agreement(stated: Mapping[str, str], sent: Mapping[str, str]) -> int:
    same = sum(1 for name, value in stated.items() if sent.get(name, "").lower() == value.lower())
    return same - 100 * (len(stated) - same)


def is_json(essence: str) -> bool:
    """`application/json`, `text/json` and everything `+json` (RFC 6839, section 3.1)."""
    return essence.endswith("+json") or essence in ("application/json", "text/json")


def is_json_lines(essence: str) -> bool:
    """One JSON value a line."""
    return essence in _LINES


def is_json_sequence(essence: str) -> bool:
    """`application/json-seq` and everything `+json-seq` (RFC 7464, RFC 8091)."""
    return essence == "application/json-seq" or essence.endswith("+json-seq")


def is_xml(essence: str) -> bool:
    """XML (RFC 7303)."""
    return essence.endswith("+xml") or essence in ("application/xml", "text/xml")


def is_form(essence: str) -> bool:
    """A form as a query."""
    return essence == "application/x-www-form-urlencoded"


def read_json(body: bytes, depth: int) -> Any:
    """Exact JSON (RFC 8259): numbers as int and Decimal; duplicate members, NaN, a byte order mark and lone surrogates
    refused, as is nesting deeper than `depth`. Raises UnreadableError, whose words hold nothing of the body.
    """  # noqa: D205 - one sentence
    try:
        value = jiter.from_json(body, catch_duplicate_keys=True, float_mode="decimal", allow_inf_nan=False)
    except ValueError as error:
        raise UnreadableError("json", _json_fault(body, str(error), depth)) from None
    except RecursionError:
        raise UnreadableError("depth", f"it is nested more than {depth} deep") from None
    if body.count(b"{") + body.count(b"[") > depth and _deeper_than(value, depth):
        raise UnreadableError("depth", f"it is nested more than {depth} deep")
    return value


_PLACE = re.compile(r"at line (\d+) column (\d+)$")


def _json_fault(body: bytes, said: str, depth: int) -> str:
    match = _PLACE.search(said)
    place = f" (line {match[1]}, column {match[2]})" if match else ""
    if body[:3] == b"\xef\xbb\xbf" or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return "it starts with a byte order mark, which JSON on the wire must not have"
    if said.startswith("Detected duplicate key"):
        return f"a member is given more than once{place}"
    if said.startswith("recursion limit"):
        return f"it is nested more than {depth} deep{place}"
    if said.startswith("EOF"):
        return f"it is not complete JSON{place}" if body.strip() else "it is empty, and JSON is expected"
    if "escape" in said or "surrogate" in said:
        return f"an escape in a text is no Unicode character{place}"
    if "number" in said:
        return f"a number is not written as JSON writes numbers, or is too long{place}"
    return f"it is not JSON{place}"


def _deeper_than(value: Any, depth: int) -> bool:
    """Level by level, so that the cost is bounded by the size and nothing recurses."""
    level = [value] if isinstance(value, dict | list) else []
    for _ in range(depth):
        if not level:
            return False
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if isinstance(child, dict | list)
        ]
    return bool(level)
