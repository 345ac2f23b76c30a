"""What is asked of schemas rather than of values: the canonical algebra of jsonschema-rs, and its slower validators.

The algebra is experimental. Its `no` is never shown without a message that proves it, and tests try to contradict its
`yes` by search. Patterns that no linear engine runs are run with a bounded number of steps.
"""

from collections.abc import Callable
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import canonical

from contracts.content import CONTENT_FORMATS
from contracts.engine import PATTERN_OPTIONS
from contracts.formats import STRING_FORMATS

_PATTERNS: Final = jsonschema_rs.FancyRegexOptions(backtrack_limit=100_000, size_limit=4_000_000)
_FORMATS: Final = {**STRING_FORMATS, **CONTENT_FORMATS}


class NoAnswerError(Exception):
    """The engine does not take the schema."""


def _fetch_nothing(uri: str) -> Any:
    raise LookupError(uri)


def validator(schema: Any) -> Callable[[Any], bool]:
    """Whether a value keeps to a plain schema. Raises NoAnswerError where the engine does not take the schema."""
    try:
        made = jsonschema_rs.Draft202012Validator(
            schema, formats=_FORMATS, validate_formats=True, retriever=_fetch_nothing, pattern_options=_PATTERNS
        )
    except Exception as error:
        raise NoAnswerError(str(error).splitlines()[0][:200] if str(error) else type(error).__name__) from error
    return made.is_valid


def covers(receiver: Any, sender: Any) -> bool | None:
    """Whether the receiver takes every value of the sender; None where the algebra does not know.

    The time is bounded by the size of what is asked: callers ask about a few dozen schemas at most.
    """
    try:
        wide = jsonschema_rs.canonicalize(receiver, validate_formats=True, retriever=_fetch_nothing)
        narrow = jsonschema_rs.canonicalize(sender, validate_formats=True, retriever=_fetch_nothing)
        answer = wide.covers(narrow)
    except Exception:  # noqa: BLE001 - whatever it stumbles over, it has no answer
        return None
    if answer == canonical.Containment.YES:
        return True
    return False if answer == canonical.Containment.NO else None


def is_empty(schema: Any) -> bool | None:
    """Whether no value keeps to the schema; None where the algebra does not know."""
    try:
        answer = jsonschema_rs.canonicalize(schema, validate_formats=True, retriever=_fetch_nothing).satisfiability()
    except Exception:  # noqa: BLE001 - as above
        return None
    if answer == canonical.Satisfiability.NO:
        return True
    return False if answer == canonical.Satisfiability.YES else None


def unsatisfiable(schema: Any) -> dict[str, tuple[bool, frozenset[str]]]:
    """The subschemas that no value satisfies, by JSON pointer: whether each is `false`, and which keywords do it.

    Empty where the algebra does not know.
    """
    try:
        found = canonical.find_unsatisfiable(schema, pattern_options=PATTERN_OPTIONS)
    except (canonical.CanonicalizationError, jsonschema_rs.ReferencingError, jsonschema_rs.ValidationError, ValueError):
        return {}
    return {
        pointer: (isinstance(reason, canonical.UnsatisfiableReason.Literal), _keywords(getattr(reason, "cause", None)))
        for pointer, reason in found.items()
    }


def _keywords(cause: Any) -> frozenset[str]:
    return frozenset({""}) if cause is None else frozenset(cause.keywords)
