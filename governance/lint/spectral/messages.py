"""Messages of rules: texts with places such as `{{property}}`, which are filled where something is found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from governance.diff.wording import shown
from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.functions import printed
from governance.lint.spectral.javascript import to_string

_PLACE: Final = re.compile(r"(#?)\{\{([^}\n]+)\}\}")
_PRINT: Final = re.compile(r"""\s*print\(\s*(?:"([a-z]*)"|'([a-z]*)')\s*\)\s*""")
_NAMES: Final = ("property", "error", "path", "description", "value")


@dataclass(frozen=True, slots=True)
class Told:
    """What places are filled with."""

    property: str
    error: str
    path: str
    description: str
    value: Any


def judge_template(text: str) -> None:
    """Raises RuleFaultError for an expression that is not run; an unknown name is empty, as it is with Spectral."""
    for match in _PLACE.finditer(text):
        name = match[2].strip()
        if match[1] and name not in _NAMES and not _PRINT.fullmatch(name):
            message = f"the message computes {shown(name)}, which is not run here"
            raise RuleFaultError("message", message, 'write `{{property}}`, `{{value}}` or `#{{print("property")}}`')


def filled(text: str, told: Told) -> str:
    """The message with its places filled."""
    values: Mapping[str, str] = {
        "property": told.property, "error": told.error, "path": told.path, "description": told.description,
        "value": to_string(told.value),
    }  # fmt: skip

    def fill(match: re.Match[str]) -> str:
        name = match[2].strip() if match[1] else match[2]
        asked = _PRINT.fullmatch(name) if match[1] else None
        if asked is None:
            return values.get(name, "")
        kind = asked[1] or asked[2] or ""
        if kind == "property":
            return f'"{told.property}" property ' if told.property else "The document "
        return printed(told.value) if kind == "value" else values.get(kind, "")

    return _PLACE.sub(fill, text)


def dotted(names: tuple[str | int, ...]) -> str:
    """Names as Spectral joins them: `get.responses[200]`."""
    text = ""
    for number, name in enumerate(names):
        word = str(name)
        if not word or re.search(r"\s", word):
            text += f"['{word}']"
        elif isinstance(name, int) or _is_numeric(word):
            text += f"[{word}]"
        else:
            text += word if number == 0 else f".{word}"
    return text


def _is_numeric(word: str) -> bool:
    return bool(re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", word))
