"""What is read, changed or hinted at of somebody else's, told from answers and rows alone: pure functions.

A hint is a difference: the same call, once with the other entity's records in the system and once without them, must
get the same answer byte by byte, apart from what belongs to the call itself, after the same calls to the system.
"""

import json
import re
import time
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from isolation_attack import Told
from isolation_rows import Row

_OWN_LINES = re.compile(rb"(?im)^(date|traceparent|x-correlation-id|ratelimit|ratelimit-policy):[^\r\n]*\r?\n")
_OWN_MEMBER = re.compile(
    rb'"instance": ?"[^"]*"|CorrelationId: {1,2}[0-9a-f-]{36}|"transactionid": ?"[0-9A-F]{32}","timestamp": ?"[0-9.]*"'
)
"""The gateway's name for the call; those of Business Central and S/4HANA, which they write into their errors."""
_TOKEN = re.compile(rb"skiptoken=([A-Za-z0-9_.~%-]{40,})")
_MILLISECONDS = re.compile(rb"Date\((\d{13})")
_MOMENT = re.compile(rb"(20\d\d-\d\d-\d\d)(?:T\d\d(?::|%3A)\d\d(?::|%3A)\d\d(?:\.\d+)?Z?)?")
_GUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_CODED_TAG = re.compile(rb'W/(\\?"|%22)[A-Za-z0-9+/]{16,}=*(\\?"|%22)')
_ESCAPE = re.compile(rb"\\u([0-9a-fA-F]{4})")
_NUMBER = re.compile(rb"['\"]0*(\d{4,10})['\"]")
_DAY = 86_400

Asked = tuple[tuple[str, str], ...]
"""Method and target of each call that a system got."""


@dataclass(frozen=True, slots=True)
class Canaries:
    """What stands in one entity's records only. `patterns` nobody may see; `keys` only who named them himself."""

    patterns: re.Pattern[bytes]
    keys: frozenset[str]

    def found(self, told: Told, said: bytes = b"") -> str:
        """The first of them in an answer, however it is written there."""
        for text in _readings(told):
            match = self.patterns.search(text)
            if match is not None:
                return match[0].decode("latin-1")
            for key in (*_NUMBER.findall(text), *_GUID.findall(text.lower())):
                if key.decode() in self.keys and key not in said.lower():
                    return f"the key {key.decode()}"
        return ""


def _readings(told: Told) -> list[bytes]:
    texts = [told.raw, told.body]
    with suppress(ValueError):
        texts.append(json.dumps(json.loads(told.body), ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return [*texts, *(unquote_to_bytes(text) for text in texts)]


def in_plain(said: bytes) -> bytes:
    """What a caller said, out of percent-encoding and JSON's escapes: to tell it back names nothing new."""
    plain = unquote_to_bytes(unquote_to_bytes(said))
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "surrogatepass"), plain)


def changed(before: Sequence[Row], after: Sequence[Row]) -> str:
    """Which rows of the other entity are new, gone or different."""
    if before == after:
        return ""
    old, new = ({(kind, key): (parent, body) for kind, key, parent, body in rows} for rows in (before, after))
    found = [f"{' '.join(key)} {'gone' if key not in new else 'new' if key not in old else 'changed'}"
             for key in sorted(old.keys() | new.keys()) if old.get(key) != new.get(key)]  # fmt: skip
    return ", ".join(found[:4]) or "the order of its rows"


def anybodys(raw: bytes) -> bytes:
    """An answer without what is each call's own: the date, what is left of a plan, the call's address in the log."""
    return _OWN_MEMBER.sub(b"", _OWN_LINES.sub(b"", raw))


def difference(one: bytes, other: bytes) -> str:
    """Where two answers begin to differ; nothing where they do not."""
    if one == other:
        return ""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    start = max(at - 40, 0)
    return f"{one[start : at + 60]!r} with the other's records, {other[start : at + 60]!r} without"


def hinted(full: tuple[Told, Asked], bare: tuple[Told, Asked], known: Collection[bytes]) -> str:
    """How the answers differ with the other's records and without. `known`: identifiers that are not made by chance."""
    found = difference(plain(full[0].raw, known), plain(bare[0].raw, known))
    if found:
        return found
    if full[1] != bare[1]:
        return f"the system is asked {full[1]} with the other's records, {bare[1]} without"
    return ""


def plain(raw: bytes, known: Collection[bytes] = ()) -> bytes:
    """Likewise, and without the moment, and what is sealed or made by chance."""
    today = {time.strftime("%Y-%m-%d", time.gmtime(time.time() + days * _DAY)).encode() for days in (-1, 0, 1)}
    raw = _TOKEN.sub(lambda m: b"skiptoken=SEALED-%d" % len(m[1]), anybodys(raw))
    raw = _MILLISECONDS.sub(lambda m: b"Date(NOW" if abs(int(m[1]) / 1000 - time.time()) < 2 * _DAY else m[0], raw)
    raw = _MOMENT.sub(lambda m: b"NOW" if m[1] in today else m[0], raw)
    raw = _CODED_TAG.sub(b"ETAG", raw)
    return _GUID.sub(lambda m: m[0] if m[0] in known else b"GUID", raw)
