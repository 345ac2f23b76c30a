"""The validator that shares nothing with the engine of the gateway: python's `jsonschema`, references read lazily."""

from typing import Any, Final

import jsonschema
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from contracts.content import CONTENT_FORMATS
from contracts.formats import STRING_FORMATS
from contracts.probe import texts
from contracts.probe.raw import UnknownError

_WORDS: Final = 300

Refused = tuple[str, tuple[str | int, ...], str]
"""The keyword, the way to the value, and the validator's words."""


class Independent:
    """Validators over definitions that were made known before."""

    def __init__(self) -> None:
        self._registry: Any = Registry()
        self._formats = _formats()

    def know(self, name: str, definitions: dict[str, Any]) -> bool:
        """Definitions to which `NAME#/$defs/...` refers from now on."""
        resource = DRAFT202012.create_resource({"$defs": definitions})
        self._registry = self._registry.with_resource(f"urn:{name}", resource)
        return True

    def refused(self, schema: Any, value: Any) -> list[Refused] | None:
        """What the value breaks, the deepest first; empty for nothing. None where this validator has no answer."""
        validator = jsonschema.Draft202012Validator(schema, registry=self._registry, format_checker=self._formats)
        found: list[Refused] = []
        for error in validator.iter_errors(value):
            found += _leaves(error)
            if len(found) > _WORDS:
                break
        return sorted(found, key=lambda one: (-len(one[1]), one[0]))


def _leaves(error: Any) -> list[Refused]:
    own = (str(error.validator), tuple(error.absolute_path), str(error.message)[:_WORDS])
    below = [leaf for inner in error.context or () for leaf in _leaves(inner)]
    return [*below, own]


def _formats() -> jsonschema.FormatChecker:
    """Formats as this project asserts them; those of the engine by other implementations than the engine's."""
    theirs = jsonschema.FormatChecker()
    checker = jsonschema.FormatChecker(formats=())
    for name in (*STRING_FORMATS, *CONTENT_FORMATS, *texts.GOOD, *theirs.checkers):

        def keeps(value: object, name: str = name) -> bool:
            known = STRING_FORMATS.get(name) or CONTENT_FORMATS.get(name)
            if not isinstance(value, str):
                return True
            if known is not None:
                return bool(known(value))
            try:
                return texts.keeps_to_format(name, value)
            except UnknownError:
                return theirs.conforms(value, name) if name in theirs.checkers else _plainly(name, value)

        checker.checks(name)(keeps)
    return checker


def _plainly(name: str, value: str) -> bool:
    """Formats for which neither has a judge: what lacks the signs that each text of the format has is none."""
    signs = {"uri": ":", "iri": ":", "date-time": "T", "time": ":", "duration": "P", "email": "@"}
    return signs.get(name, "") in value
