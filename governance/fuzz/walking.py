"""Reads a list whole and then page after page: what the pages lose or repeat shows when both are laid side by side."""

from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from contracts.contract import Operation, Parameter
from governance.fuzz.calling import Caller, path_of
from governance.fuzz.rows import OFFSETS, SIZES, TOKENS, folded, next_query, rows_of

PAGES: Final = 40
_WHOLE: Final = 200
_LEAST: Final = 4
"""A list of fewer records has no pages to speak of."""


async def walk(caller: Caller, operation: Operation, values: Mapping[str, Any]) -> None:
    """Nothing for a list without a page size. Raises RunStoppedError."""
    size = _named(operation, SIZES)
    if size is None or caller.target.system.protocol != "rest":
        return
    kept = {one.name: str(values[one.name]) for one in operation.parameters
            if one.location == "query" and one.required and one.name in values}  # fmt: skip
    path = caller.target.base + path_of(operation, values)
    whole = await _page(caller, path, {**kept, size.name: str(_most(caller, size))}, 0)
    rows = rows_of(whole)
    if rows is not None and len(rows) >= _LEAST:
        await _pages(caller, operation, path, {**kept, size.name: str(max(1, min(7, len(rows) // 3)))})


async def read_all(caller: Caller, operation: Operation) -> list[Any]:
    """All pages of a list that needs no key, each as long as may be; empty where it cannot be read."""
    size = _named(operation, SIZES)
    query = {} if size is None else {size.name: str(_most(caller, size))}
    return await _pages(caller, operation, caller.target.base + path_of(operation, {}), query)


async def _pages(caller: Caller, operation: Operation, path: str, query: Mapping[str, str]) -> list[Any]:
    """One page after the other, by links, tokens, or an offset, until there is no next one."""
    token, offset, size = (_named(operation, names) for names in (TOKENS, OFFSETS, SIZES))
    few = int(query[size.name]) if size is not None and size.name in query else 0
    answers: list[Any] = []
    for number in range(1, PAGES + 1):
        answer = await _page(caller, path, query, number)
        if answer is None:
            break
        answers.append(answer)
        onward = next_query(answer, query, None if token is None else token.name)
        if onward is None and offset is not None and few and len(rows_of(answer) or []) == few:
            onward = {**query, offset.name: str(number * few)}
        if onward is None:
            break
        query = onward
    return answers


def _named(operation: Operation, names: Collection[str]) -> Parameter | None:
    return next((one for one in operation.parameters if one.location == "query" and folded(one.name) in names), None)


def _most(caller: Caller, size: Parameter) -> int:
    document = caller.target.published.document
    schema = document.follow(size.schema, "")[0] if size.schema is not None else {}
    most = schema.get("maximum", _WHOLE) if isinstance(schema, Mapping) else _WHOLE
    return min(int(most), _WHOLE) if isinstance(most, int | float) else _WHOLE


async def _page(caller: Caller, path: str, query: Mapping[str, str], number: int) -> Any:
    """The answer, or None where it was none of success."""
    reply = await caller.send("GET", path, urlencode(query), {}, b"", "probe", {"probe": "walk", "page": number})
    return reply.json if reply.accepted else None
