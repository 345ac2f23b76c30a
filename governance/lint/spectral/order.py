"""The order of names, as `localeCompare` has it for texts of Latin letters: letters before case and accents."""

import unicodedata
from typing import Any, Final

from governance.lint.spectral.javascript import is_number, to_number

_MARKS: Final = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""Signs as the root collation of CLDR has them, before digits and letters."""
_RANK: Final = {sign: (0, number) for number, sign in enumerate(_MARKS)}


def misplaced(left: Any, right: Any) -> bool:
    """Whether the right one comes before the left one."""
    # As Spectral has it: by number where the right one is a number and the left one is none, or a number itself.
    if (is_number(left) or _is_nan(left)) and (is_number(right) or not _is_nan(right)):
        return to_number(left) - to_number(right) >= 1
    return isinstance(left, str) and isinstance(right, str) and _key(left) > _key(right)


def _is_nan(value: Any) -> bool:
    number = to_number(value)
    return number != number  # noqa: PLR0124 - NaN


def _key(text: str) -> tuple[Any, ...]:
    """Letters first, then accents, then case: small before capital."""
    split = unicodedata.normalize("NFD", text)
    letters = [sign for sign in split if not unicodedata.combining(sign)]
    accents = [ord(sign) if unicodedata.combining(sign) else 0 for sign in split]
    return [_rank(sign) for sign in letters], accents, [sign.isupper() for sign in letters]


def _rank(sign: str) -> tuple[int, int]:
    if sign in _RANK:
        return _RANK[sign]
    folded = sign.casefold()
    kind = -1 if sign.isspace() else 1 if sign.isdecimal() else 2
    return kind, ord(folded[0])
