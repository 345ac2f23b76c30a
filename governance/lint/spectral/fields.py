"""What a rule looks at inside of what its path leads to: a field, the names of all, or a path of its own."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from contracts.path_text import Location
from governance.lint.spectral.javascript import UNDEFINED, to_string
from governance.lint.spectral.paths import members, read_path

Target = tuple[Location, Any]
"""Where it stands below the place, and its value; undefined where nothing stands there."""
Field = Callable[[Any], Iterator[Target]]

_PART: Final = re.compile(r"""\[\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\]]*))\s*\]|([^.\[\]]+)""")


def read_field(text: str | None) -> Field:
    """Read the `field` of a rule. Raises RuleFaultError where it is a path that is not run here."""
    if text is None:
        return _itself
    if text == "@key":
        return _keys
    if text.startswith("$"):
        return _along(text)
    names = tuple(next((part for part in parts if part), "") for parts in _PART.findall(text))

    def named(value: Any) -> Iterator[Target]:
        if not isinstance(value, dict | list):
            yield (), value
        elif isinstance(value, dict) and text in value:
            # As lodash reads it: a member that is called `a.b` comes before one inside of another.
            yield (text,), value[text]
        else:
            yield names, _inside(value, names)

    return named


def _itself(value: Any) -> Iterator[Target]:
    yield (), value


def _keys(value: Any) -> Iterator[Target]:
    if not isinstance(value, dict | list):
        yield (), value
        return
    found = members(value)
    for key, _ in found:
        yield (key,), to_string(key)
    if not found:
        yield (), UNDEFINED


def _along(text: str) -> Field:
    path = read_path(text)

    def along(value: Any) -> Iterator[Target]:
        if not isinstance(value, dict | list):
            yield (), value
            return
        found = path.find(value)
        yield from ((match.location, match.value) for match in found)
        if not found:
            yield (), UNDEFINED

    return along


def _inside(value: Any, names: Location) -> Any:
    for name in names:
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name == "length":
            value = len(value)
        elif isinstance(value, list) and str(name).isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            return UNDEFINED
    return value
