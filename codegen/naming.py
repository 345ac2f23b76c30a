"""Names of a contract -> names of Python: the same each time, and nothing of a document is ever code.

A name follows from the contract's own name alone, so what else a contract holds renames nothing. Where two names of one
place become one in Python, one keeps it and each other one gets four letters of its own name's digest.
"""

import hashlib
import keyword
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Final

LONGEST: Final = 60
"""How long a made name may be; what is longer is cut and told apart by its digest."""

_WORDS: Final = re.compile(r"[A-Z]+(?![^\W\dA-Z_])|[A-Z]?[^\W\dA-Z_]+|\d+", re.UNICODE)
_TEXT_OF_SIGNS: Final[Mapping[str, str]] = {
    "+": "plus",
    "-": "minus",
    "<": "less",
    ">": "greater",
    "=": "equal",
    "*": "star",
}

OF_MODELS: Final = frozenset((
    "construct", "copy", "dict", "fields", "from_orm", "json", "model_computed_fields", "model_config",
    "model_construct", "model_copy", "model_dump", "model_dump_json", "model_extra", "model_fields",
    "model_fields_set", "model_json_schema", "model_parametrized_name", "model_post_init", "model_rebuild",
    "model_validate", "model_validate_json", "model_validate_strings", "parse_file", "parse_obj", "parse_raw",
    "schema", "schema_json", "update_forward_refs", "validate", "list", "str", "int", "bool", "float", "bytes",
    "object",
))  # fmt: skip
"""Names that members of a model may not have: pydantic's own, and those of types that stand in its annotations."""
OF_METHODS: Final = frozenset((
    "list", "dict", "str", "int", "bool", "float", "bytes", "object", "datetime", "values", "models", "inputs", "enums",
    "choices",
))  # fmt: skip
"""Names that methods may not have: they stand in the annotations of other methods."""
OF_CLIENTS: Final = frozenset(
    ["close", "aclose", "answer", "with_options", "base_url", "entity", "api_version", "operations"]
)
"""Names that resources of a client may not have."""
OF_ENUMS: Final = frozenset(
    """mro name value capitalize casefold center count encode endswith expandtabs find format format_map index isalnum
    isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust
    lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip
    split splitlines startswith strip swapcase title translate upper zfill""".upper().split()
)
"""Names that members of enumerations may not have."""
_OF_MODULES: Final = frozenset((
    "Annotated", "Any", "AwareDatetime", "BaseModel", "Client", "AsyncClient", "ConfigDict", "Decimal", "Enum",
    "False", "Field", "Final", "IntEnum", "Literal", "Mapping", "None", "Received", "RootModel", "Sent", "StrEnum",
    "True", "UUID", "Base64", "Number", "DecimalText", "SentNumber", "SentDecimalText", "Day", "Upload", "Iterable",
    "AsyncIterable", "TypeAlias", "TypeVar", "Union", "Optional", "UnknownAlternative",
))  # fmt: skip
"""Names that classes of a contract may not have: they stand in the modules beside them."""


def words(text: str) -> list[str]:
    """The words of a name: `asOf`, `as_of` and `as-of` have the same two. None where it has no letter or digit."""
    plain = unicodedata.normalize("NFKC", text)
    found = _WORDS.findall(plain)
    return [word for word in found if f"x{word}".isidentifier()]


def class_name(text: str) -> str:
    """In the way of `SalesOrder`."""
    found = words(text)
    shouted = len(found) > 1 and text.isupper()
    made = "".join(word.capitalize() if shouted else word[:1].upper() + word[1:] for word in found)
    return _safe(made or "Unnamed", text, _OF_MODULES, "N")


def attribute_name(text: str, reserved: frozenset[str] = frozenset()) -> str:
    """In the way of `sales_order`: of members, methods, arguments, resources."""
    made = "_".join(word.lower() for word in words(text))
    return _safe(made or _signs(text).lower() or "unnamed", text, reserved, "n")


def constant_name(text: str) -> str:
    """In the way of `IN_REVIEW`: of members of enumerations."""
    made = "_".join(words(text)).upper()
    return _safe(made or _signs(text).upper() or "EMPTY", text, OF_ENUMS, "N")


def distribution_name(text: str) -> str:
    """In the way of `sales-orders`: of what is installed."""
    latin = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    made = "-".join(word.lower() for word in words(latin))
    return made[:LONGEST].strip("-") or "api"


def _safe(made: str, text: str, reserved: frozenset[str], before_digits: str) -> str:
    made = unicodedata.normalize("NFKC", made)
    if not made[0].isalpha():
        made = before_digits + made
    if len(made) > LONGEST:
        made = made[:LONGEST].rstrip("_") + digest_of(text)
    return f"{made}_" if keyword.iskeyword(made) or made in reserved else made


def _signs(text: str) -> str:
    return "_".join(_TEXT_OF_SIGNS[sign] for sign in text[:4] if sign in _TEXT_OF_SIGNS)


def digest_of(text: str) -> str:
    """Four letters that tell one name from another."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:4].translate(_LETTERS)


_LETTERS: Final = str.maketrans("0123456789", "ghijklmnop")


class Names:
    """Gives each name of one place a Python name of its own."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._given: dict[str, str] = {}

    def give_all(self, wanted: Mapping[str, str]) -> None:
        """Names for all keys, whatever their order: those that are written as in Python first."""
        for key in sorted(wanted, key=lambda key: (wanted[key] != key, key)):
            self.give(key, wanted[key])

    def give(self, key: str, wanted: str) -> str:
        """The name of what is called `key`, the same each time; `wanted` where nobody else has it."""
        known = self._given.get(key)
        if known is not None:
            return known
        name, salt = wanted, key
        while name in self._taken:
            name = f"{wanted.rstrip('_')}{_joint(wanted)}{digest_of(salt)}"
            salt += "'"
        self._taken.add(name)
        self._given[key] = name
        return name


def _joint(wanted: str) -> str:
    return "_" if wanted.islower() or wanted.isupper() else ""
