"""Where a call goes inside a system: path and query, from the system's settings and what the contract declares."""

import re
from collections.abc import Mapping
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes, urlsplit

from contracts.systems import System
from policies.undeclared_query import shown_name

_PLAIN = re.compile(rb"[A-Za-z0-9\-._~!$&'()*+,=:@/?%]*")
"""What a query may hold as it is (RFC 3986, section 3.4) but for `;`, which some systems take for `&`."""
_KEPT = "!$&'()*+,=:@/?%"


class NotDeclaredError(Exception):
    """A query parameter that the contract does not declare. `name` is safe to show."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class FixedError(NotDeclaredError):
    """A query parameter that the system's settings fix."""


def base_path(system: System) -> bytes:
    """The path of the system's URL without its last slash."""
    return urlsplit(str(system.url)).path.rstrip("/").encode("ascii")


def fixed_query(query: Mapping[str, str]) -> bytes:
    """`system.query` as it is put on every call."""
    return "&".join(f"{quote(name, safe='$')}={quote(value, safe='')}" for name, value in query.items()).encode("ascii")


def fixed_names(query: Mapping[str, str]) -> frozenset[bytes]:
    """The names in `system.query`, as they are compared."""
    return frozenset(name.lower().encode() for name in query)


def name_of(part: bytes) -> bytes:
    """The decoded name of one `name=value` of a query."""
    name = part.split(b"=", 1)[0]
    return unquote_to_bytes(name.replace(b"+", b" ")) if b"%" in name or b"+" in name else name


def with_fixed(target: bytes, fixed: bytes) -> bytes:
    """A path, maybe with a query, and the fixed parameters."""
    return target + (b"&" if b"?" in target else b"?") + fixed if fixed else target


def outgoing_query(raw: bytes, declared: frozenset[bytes] | None, fixed: frozenset[bytes]) -> bytes:
    """The caller's parameters as they were given. Raises NotDeclaredError or FixedError.

    `declared` is None where the contract leaves names open. `name[key]` counts as `name` (style deepObject). Compared
    with `fixed` in any case, since systems do so too.
    """
    parts = [part for part in raw.split(b"&") if part]
    for part in parts:
        name = name_of(part)
        folded = name.strip().lower()
        if fixed and (folded in fixed or folded.split(b"[", 1)[0] in fixed):
            raise FixedError(shown_name(name))
        if declared is None:
            continue
        if name not in declared and (b"[" not in name or name.split(b"[", 1)[0] not in declared):
            raise NotDeclaredError(shown_name(name))
    query = raw if declared is None else b"&".join(parts)
    return query if _PLAIN.fullmatch(query) else quote_from_bytes(query, safe=_KEPT).encode("ascii")


def without_fixed(query: str, fixed: frozenset[bytes]) -> str:
    """A link's query without the parameters that callers cannot set."""
    if not query or not fixed:
        return query
    return "&".join(part for part in query.split("&") if name_of(part.encode()).lower() not in fixed)
