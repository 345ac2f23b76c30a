"""`If-Match` of calls that a run makes: a stand-in that the direct profile replaces by the record's ETag of the moment.

A fuzzer cannot know it: after one change the tag that it was given is another's.
"""

from typing import Any, Final

from contracts.contract import Operation
from contracts.document import Document
from contracts.engine import EngineRefusedError, make_engine

_CURRENT: Final = ('"tidewaiter-current"', 'W/"tidewaiter-current"', '"1c-tidewaiter"')
CURRENT_TAGS: Final = frozenset(tag.encode() for tag in _CURRENT)
"""Whoever sends one of these means the record as it is."""
ANY: Final = "*"


def condition_name(operation: Operation) -> str:
    """What the header is called in the contract; empty where the operation takes none."""
    return next(
        (one.name for one in operation.parameters if one.location == "header" and one.name.lower() == "if-match"), ""
    )


def condition(document: Document, operation: Operation) -> dict[str, Any]:
    """The parameter with the stand-in that the contract allows; nothing where the operation takes no condition."""
    name = condition_name(operation)
    if not name:
        return {}
    schema = next(one.schema for one in operation.parameters if one.name == name and one.location == "header")
    held = {} if schema is None else document.follow(schema, "")[0]
    try:
        engine = make_engine(held if isinstance(held, dict) else {})
    except EngineRefusedError:
        return {name: ANY}
    return {name: next((tag for tag in (*_CURRENT, ANY) if engine.is_valid(tag)), ANY)}
