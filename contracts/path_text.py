"""Places of a document as JSONPaths that people write (RFC 9535), without what reads such paths."""

import re
from typing import Any, Final

Location = tuple[str | int, ...]
"""Names and indexes from the root."""

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def written(location: Location) -> str:
    """A location as a path that people write: `$.paths['/orders'].get`."""
    return "$" + "".join(
        f"[{step}]" if isinstance(step, int) else f".{step}" if _NAME.fullmatch(step) else f"[{quoted(step)}]"
        for step in location
    )


def quoted(text: str) -> str:
    """A text as a literal of JSONPath."""
    escaped = "".join(
        f"\\{c}" if c in "\\'" else c if c >= " " and c not in "\x7f\x85\u2028\u2029" else f"\\u{ord(c):04x}"
        for c in text
    )
    return f"'{escaped}'"


def value_at(tree: Any, location: Location) -> Any:
    """What stands at a location that is there."""
    for step in location:
        tree = tree[step]
    return tree
