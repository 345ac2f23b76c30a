"""Reads a list whole and then page after page: what the pages lose or repeat shows when both are laid side by side."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from contracts.contract import Operation
from governance.fuzz.calling import Caller, path_of
from governance.fuzz.rows import OFFSETS, SIZES, TOKENS, folded, next_query, rows_of

PAGES: Final = 40
_WHOLE: Final = 200
_LEAST: Final = 4
"""A list of fewer records has no pages to speak of."""


async def walk(caller: Caller, operation: Operation, values: Mapping[str, Any]) -> None:
    """Nothing for a list without a page size. Raises RunStoppedError."""
    size = next((one for one in operation.parameters if folded(one.name) in SIZES and one.location == "query"), None)
    if size is None or caller.target.system.protocol != "rest":
        return
    document = caller.target.published.document
    schema = document.follow(size.schema, "")[0] if size.schema is not None else {}
    most = schema.get("maximum", _WHOLE) if isinstance(schema, Mapping) else _WHOLE
    most = min(int(most), _WHOLE) if isinstance(most, int | float) else _WHOLE
    token = next((one.name for one in operation.parameters if folded(one.name) in TOKENS), None)
    kept = {one.name: str(values[one.name]) for one in operation.parameters
            if one.location == "query" and one.required and one.name in values}  # fmt: skip
    path = caller.target.base + path_of(operation, values)
    whole = await _page(caller, path, {**kept, size.name: str(most)}, 0)
    rows = rows_of(whole)
    if rows is None or len(rows) < _LEAST:
        return
    few = max(1, min(7, len(rows) // 3))
    offset = next((one.name for one in operation.parameters if folded(one.name) in OFFSETS), None)
    query: dict[str, str] = {**kept, size.name: str(few)}
    for number in range(1, PAGES + 1):
        answer = await _page(caller, path, query, number)
        found = rows_of(answer) or []
        onward = next_query(answer, query, token)
        if onward is None and offset is not None and len(found) == few:
            onward = {**query, offset: str(number * few)}
        if answer is None or onward is None:
            return
        query = onward


async def _page(caller: Caller, path: str, query: Mapping[str, str], number: int) -> Any:
    """The answer, or None where it was none of success."""
    reply = await caller.send("GET", path, urlencode(query), {}, b"", "probe", {"probe": "walk", "page": number})
    return reply.json if reply.accepted else None
