"""Names and versions of packages, as npm wants them."""

import re
from typing import Final

_SEMVER: Final = re.compile(
    r"(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)"
    r"(?:-(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][\da-zA-Z-]*))*)?"
)
_NUMBERS: Final = re.compile(r"\d{1,9}(?:\.\d{1,9}){0,2}")
_LONGEST: Final = 60


def npm_name(prefix: str, distribution: str) -> str:
    """A name in the company's scope, such as `@acme/orders` of `acme-orders`: nobody else can publish there."""
    return f"@{prefix}/{distribution.removeprefix(f'{prefix}-')}"


def semver_of(stated: str) -> str:
    """A version of three numbers; what is none becomes a pre-release of 0.0.0."""
    text = stated.strip().removeprefix("v")
    if _SEMVER.fullmatch(text) and len(text) <= _LONGEST:
        return text
    if _NUMBERS.fullmatch(text):
        numbers = [str(int(number)) for number in text.split(".")]
        return ".".join([*numbers, "0", "0"][:3])
    parts = re.findall(r"[a-z0-9]+", text.lower()[:_LONGEST])
    told = ".".join(str(int(part)) if part.isdecimal() else part for part in parts)
    return f"0.0.0-{told}" if told else "0.0.0"
