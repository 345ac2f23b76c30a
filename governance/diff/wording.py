"""How a change is said in one line: what it is about, and what was and is there."""

import json
from collections.abc import Callable
from typing import Any, Final

from contracts.plain import plain
from governance.diff.change import Area, Change, Effect
from governance.diff.same import canonical

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
    if change.area is Area.SCHEMA and change.kind in _MEMBERS:
        holder = _place(change)
        named = holder == change.subject or holder.endswith((f".{change.subject}", f" {change.subject}"))
        joint = " " if holder and not holder.endswith("]") and "." not in holder and " " in holder else "."
        return plain(holder if named else f"{holder}{joint}{change.subject}" if holder else change.subject)
    return plain(change.subject or _place(change) or "the document")


_MEMBERS: Final = ("property", "required", "dependentSchemas")
"""Kinds whose subject is the name of a member."""


def _place(change: Change) -> str:
    """`Order.lines[].quantity` inside a component, `request body application/json total` inside a message."""
    pointer = change.pointer_new or change.pointer_old
    if change.effect is Effect.REMOVES:
        pointer = change.pointer_old or pointer
    return place_in_words(pointer, change.reach[0].where if change.reach else "")


def place_in_words(pointer: str, where: str) -> str:
    """A place by its component, or by the message `where` that it stands in, and the names of members from there."""
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
    where = component or where
    return f"{where}{'' if component or not way else ' '}{way}" if where else pointer


def _inside(tokens: list[str]) -> list[str]:
    """What stands in the schema of a message."""
    return tokens[tokens.index("schema") + 1 :] if "schema" in tokens else []


def turned(change: Change) -> str:
    """What was there and what is there now."""
    before, after = change.old is not None, change.new is not None
    if isinstance(change.old, list) and isinstance(change.new, list):
        return _exchanged(change.old, change.new)
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


def _exchanged(old: list[Any], new: list[Any]) -> str:
    """Which values of a list came and which went."""
    before, after = ({canonical(value): value for value in values} for values in (old, new))
    gone = [value for text, value in before.items() if text not in after]
    come = [value for text, value in after.items() if text not in before]
    said = [f"{words} {_several(values)}" for words, values in (("lost", gone), ("gained", come)) if values]
    return " and ".join(said) or "is in another order"


def _several(values: list[Any]) -> str:
    more = f" and {len(values) - _MOST} more" if len(values) > _MOST else ""
    return ", ".join(shown(value) for value in values[:_MOST]) + more


_MOST: Final = 5
"""Values of a list that a message shows."""

_DONE: Final = {Effect.NARROWS: "was narrowed", Effect.WIDENS: "was widened", Effect.CHANGES: "was changed"}


def valued(what: str) -> Callable[[Change], str]:
    """The message of a field that has a value: `query parameter limit: maxLength was 20, is now 10`."""
    return lambda change: f"{about(change)}: {what} {turned(change)}"


def says(what: str) -> Callable[[Change], str]:
    """The message of a thing: `query parameter limit: the parameter was removed`."""
    return lambda change: f"{about(change)}: {what}"
