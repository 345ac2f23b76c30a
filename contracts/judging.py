"""Judging bodies with the engines of an operation: what requests and answers have in common."""

from contracts.bodies import BodyEntry, concrete
from contracts.definition import Definitions
from contracts.judging_values import Engines, Found, judge_items, judge_value
from contracts.media import MediaTable, Named

_TEXTUAL = frozenset({"json", "lines", "sequence", "events", "form", "text", "multipart"})


def judge_body(
    body: bytes | None,
    named: Named,
    entry: BodyEntry,
    engines: Engines,
    definitions: Definitions,
    found: Found,
    *,
    itemwise: bool = False,
) -> None:
    """A body that is there, under its entry of `content`. None: streamed, or too large to be held.

    `itemwise`: a stream whose items are judged as they come, where nothing is asked of the whole.
    """
    if entry.kind == "opaque" or (body is None and itemwise and entry.items is not None):
        return
    if entry.kind == "unchecked":
        found.unchecked(entry.reason)
        return
    if body is None:
        found.unchecked("the body is too large to be checked, or is streamed")
        return
    if entry.multipart is not None:
        entry.multipart.judge(body, named, entry.key, entry.item_key, engines, definitions, found)
        return
    value = judge_value(body, entry.readings, entry.key, engines, definitions, "body", None, entry.pointer, found)
    if entry.item_key is not None and isinstance(value, list):
        judge_items(value, entry.item_key, engines[entry.item_key], definitions, found)
        if entry.data is not None and not found.violations:
            for number, event in enumerate(value):
                entry.data.judge(event, f"/{number}", engines, definitions, found)


def match_entry(
    named: Named | None, stated: bool, table: MediaTable[BodyEntry], pointer: str, found: Found
) -> BodyEntry | None:
    """The entry for a Content-Type; None where there is none, which is a violation of `content`."""
    if not stated:
        found.add("header", "content-type", "content", "a body needs a Content-Type", pointer)
    elif named is None or "*" in named.essence:
        found.add("header", "content-type", "content", "it names no media type", pointer)
    else:
        entry = table.match(named)
        if entry is None:
            words = "expected " + (" or ".join(table.names[:8]) if table.names else "no body")
            found.add("header", "content-type", "content", words, pointer)
        elif (entry := concrete(entry, named.essence)).kind in _TEXTUAL and not named.utf8:
            found.add("header", "content-type", "content", "expected the charset utf-8", pointer)
        else:
            return entry
    return None
