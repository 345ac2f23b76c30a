"""The JSON Schema engine: patterns in linear time, formats asserted, nothing fetched, no value in a message."""

import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, Literal, Protocol

import jsonschema_rs

from contracts.content import CONTENT_FORMATS
from contracts.formats import STRING_FORMATS

Schema = dict[str, Any] | bool


class SchemaError(Protocol):
    """One error of the engine."""

    @property
    def schema_path(self) -> list[str | int]:
        """The way to the keyword, from the root of the schema or from `$defs`."""
        ...

    @property
    def instance_path(self) -> list[str | int]:
        """The way to the value."""
        ...

    @property
    def kind(self) -> Any:
        """What was broken."""
        ...


class Engine(Protocol):
    """A schema made ready. Thread-safe."""

    def is_valid(self, instance: Any) -> bool:
        """Whether the value keeps to the schema."""
        ...

    def iter_errors(self, instance: Any) -> Iterator[SchemaError]:
        """Every error, all collected at the first step."""
        ...

    def validate(self, instance: Any) -> None:
        """Raises the first error, a ValueError."""
        ...


def first_error(engine: Engine, instance: Any) -> SchemaError | None:
    """The first error, without collecting the others; None for a value that keeps to the schema."""
    try:
        engine.validate(instance)
    except jsonschema_rs.ValidationError as error:
        return error
    return None


class EngineRefusedError(Exception):
    """The engine does not take a schema that lowering let through."""


def _fetch_nothing(uri: str) -> Any:
    raise LookupError(f"a schema asked for {uri}, and nothing is fetched")


# A pattern larger than this when compiled is refused.
PATTERN_OPTIONS: Final = jsonschema_rs.RegexOptions(size_limit=10_000_000, dfa_size_limit=1_000_000)
_FORMATS: Final[dict[str, Callable[..., bool]]] = {**STRING_FORMATS, **CONTENT_FORMATS}


Dialect = Literal["draft4", "draft6", "draft7", "draft2019-09", "draft2020-12"]
_DIALECTS: Final = {
    "draft4": jsonschema_rs.Draft4Validator,
    "draft6": jsonschema_rs.Draft6Validator,
    "draft7": jsonschema_rs.Draft7Validator,
    "draft2019-09": jsonschema_rs.Draft201909Validator,
    "draft2020-12": jsonschema_rs.Draft202012Validator,
}


def make_engine(schema: Schema, dialect: Dialect = "draft2020-12") -> Engine:
    """Compile a plain JSON Schema. Raises EngineRefusedError; its text holds no more than the contract does."""
    try:
        return _DIALECTS[dialect](
            schema,
            formats=_FORMATS,
            validate_formats=True,
            retriever=_fetch_nothing,
            pattern_options=PATTERN_OPTIONS,
            mask="the value",
        )
    except (ValueError, LookupError, TypeError, RecursionError, OverflowError, jsonschema_rs.ReferencingError) as error:
        raise EngineRefusedError(str(error).splitlines()[0] if str(error) else type(error).__name__) from error


@lru_cache(maxsize=8192)
def linear_pattern(pattern: str) -> tuple[str, str]:
    """The pattern as the linear-time engine runs it, and why it cannot; one of the two is empty or the pattern."""
    for form in (pattern, _PIECE.sub(_with_literal_hyphen, pattern)):
        try:
            make_engine({"pattern": form})
        except EngineRefusedError:
            continue
        return form, ""
    return pattern, _why(pattern)


# `[\w-.]` is old ECMAScript for a word character, a hyphen or a dot (ECMA-262, B.1.2); the engine wants `\-`.
_PIECE: Final = re.compile(r"\\[wdsWDS]-(?!\])|\\.", re.DOTALL)


def _with_literal_hyphen(match: re.Match[str]) -> str:
    return match[0][:2] + "\\-" if len(match[0]) == 3 else match[0]


_COUNTED: Final = re.compile(
    r"\^(\.|\\[wdsWDS]|\\p\{[^{}]+\}|\[(?:[^\[\]\\]|\\.)+\])\{([0-9]{1,9})(,?)([0-9]{0,9})\}\$", re.DOTALL
)
_FEW: Final = 64


def counted_pattern(pattern: str) -> tuple[str, int, int | None] | None:
    """`^[a-z]{1,4000}$` as a pattern without counting, and the least and most characters of a text.

    Counted repetition takes memory for every count when compiled, megabytes for thousands; lengths take none.
    None for every other pattern, and where the counts are small.
    """
    match = _COUNTED.fullmatch(pattern)
    if match is None:
        return None
    least = int(match[2])
    most = least if not match[3] else int(match[4]) if match[4] else None
    if max(least, most or 0) <= _FEW or (most is not None and most < least):
        return None
    return f"^{match[1]}*$", least, most


_NOT_LINEAR: Final[Mapping[str, str]] = {
    "(?=": "look-ahead", "(?!": "look-ahead", "(?<=": "look-behind", "(?<!": "look-behind",
}  # fmt: skip


_SHOWN: Final = 1_000
"""Longer patterns are not parsed again only to say what is wrong with them."""


def _why(pattern: str) -> str:
    for sign, name in _NOT_LINEAR.items():
        if sign in pattern:
            return f"it uses {name}, which no engine runs in linear time"
    if any(f"\\{digit}" in pattern for digit in "123456789") or "\\k<" in pattern:
        return "it uses a back-reference, which no engine runs in linear time"
    try:
        with warnings.catch_warnings():
            # Of what a later Python may read otherwise it would write to the terminal.
            warnings.simplefilter("ignore", FutureWarning)
            re.compile(pattern[:_SHOWN])
    except (OverflowError, RecursionError):
        return "it is too large, or too deeply nested"
    except re.error as error:
        if len(pattern) <= _SHOWN:
            at = "" if error.pos is None else f", at its character {error.pos + 1}"
            return f"it is no regular expression ({error.msg}{at})"
    return "it is no regular expression that the linear-time engine knows, or it is too large when compiled"
