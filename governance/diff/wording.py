"""How a change is said in one line: what it is about, and what was and is there."""

import json
from collections.abc import Callable
from typing import Any, Final

from contracts.plain import plain
from governance.diff.change import Change, Effect

_COMPONENT: Final = 3
"""Tokens of `/components/schemas/Order`."""
_LONGEST: Final = 60
"""Characters of a value that a message shows."""


def shown(value: Any) -> str:
    """A value as JSON on one line, cut where it is long; nothing in it takes effect anywhere."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, TypeError):
        text = str(value)
    text = plain(text)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def about(change: Change) -> str:
    """What the change is about, in words of the contract; its pointer where it has none."""
    return plain(change.subject or _place(change) or "the document")


def _place(change: Change) -> str:
    """`Order.lines[].quantity` inside a component, `request body application/json total` inside a message."""
    pointer = change.pointer_new or change.pointer_old
    tokens = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    component = tokens[2] if tokens[:1] == ["components"] and len(tokens) > _COMPONENT else ""
    way = ""
    steps = iter(tokens[_COMPONENT:] if component else _inside(tokens))
    for step in steps:
        if step == "properties":
            name = next(steps, "")
            way += f".{name}" if way or component else name
        elif step in ("items", "prefixItems"):
            way += "[]"
    where = component or (change.reach[0].where if change.reach else "")
    return f"{where}{'' if component or not way else ' '}{way}" if where else pointer


def _inside(tokens: list[str]) -> list[str]:
    """What stands in the schema of a message."""
    return tokens[tokens.index("schema") + 1 :] if "schema" in tokens else []


def turned(change: Change) -> str:
    """What was there and what is there now."""
    before, after = change.old is not None, change.new is not None
    if before and after:
        return f"was {shown(change.old)}, is now {shown(change.new)}"
    if change.effect is Effect.ADDS:
        return f"is now {shown(change.new)}" if after else "was added"
    if change.effect is Effect.REMOVES:
        return f"is gone, was {shown(change.old)}" if before else "was removed"
    if after:
        return f"is now {shown(change.new)}"
    if before and change.effect is not Effect.CHANGES:
        return f"is gone, was {shown(change.old)}"
    return _DONE[change.effect]


_DONE: Final = {Effect.NARROWS: "was narrowed", Effect.WIDENS: "was widened", Effect.CHANGES: "was changed"}


def valued(what: str) -> Callable[[Change], str]:
    """The message of a field that has a value: `query parameter limit: maxLength was 20, is now 10`."""
    return lambda change: f"{about(change)}: {what} {turned(change)}"


def says(what: str) -> Callable[[Change], str]:
    """The message of a thing: `query parameter limit: the parameter was removed`."""
    return lambda change: f"{about(change)}: {what}"
