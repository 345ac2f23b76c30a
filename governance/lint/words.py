"""Places of a document in words, and severities as lint calls them."""

from collections.abc import Mapping
from typing import Final, Literal

from governance.diff.wording import place_in_words
from governance.finding import Severity

Weight = Literal["error", "warning", "info", "off"]
SEVERITIES: Final[Mapping[str, Severity | None]] = {
    "error": Severity.BREAKING,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
    "off": None,
}
"""What people write, and what a finding weighs; None: the rule is not asked."""
NAMES: Final[Mapping[Severity, str]] = {found: name for name, found in SEVERITIES.items() if found is not None}
_COMPONENT: Final = 3


def place(pointer: str, where: str) -> str:
    """`Order.lines[].quantity` inside a component, `request body application/json total` inside a message."""
    tokens = pointer.split("/")[1:]
    if tokens[:1] == ["components"] and len(tokens) == _COMPONENT:
        return tokens[2].replace("~1", "/").replace("~0", "~")
    return place_in_words(pointer, where)
