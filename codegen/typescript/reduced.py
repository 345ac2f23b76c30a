"""A description -> an OpenAPI document that holds what types need, and no more: what openapi-typescript reads.

No reference leads outside, no name is of the contract's making but those of members, parameters and paths, and every
text is plain. What a published contract has beyond types never gets to the generator.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from codegen.description import Argument, ClientDescription, Operation, Outcome
from codegen.shapes.shape import (
    Constants,
    EnumShape,
    ListOf,
    MapOf,
    Named,
    ObjectShape,
    OneOf,
    Scalar,
    ScalarKind,
    Shape,
)
from codegen.texts import one_line, plain_text
from codegen.verified import UnfaithfulError

IS: Final = "x-is"
"""Marks a schema for which the types have a word of their own: `upload`, `file`, `open`, `items`, `whole`."""
LONGEST_TEXT: Final = 600
MOST_EXACT: Final = 2**53 - 1
"""The largest whole number up to which JavaScript tells each from the next."""
MEMBER: Final = "\ue024"
"""Stands before the name of each member, and is taken away from the types: generators obey names such as `$ref`."""
PERCENT: Final = "\ue025"
"""Stands for `%` in names, which the generator takes for a part of an address."""
METHODS: Final = ("GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH")
"""Methods that fetch sends and OpenAPI has a place for."""
BODILESS: Final = ("GET", "HEAD")
"""Methods with which fetch sends no body."""

_PLAIN: Final[Mapping[ScalarKind, dict[str, Any]]] = {
    "string": {"type": "string"}, "moment": {"type": "string", "format": "date-time"},
    "day": {"type": "string", "format": "date"}, "uuid": {"type": "string", "format": "uuid"},
    "base64": {"type": "string", "format": "byte"}, "decimal": {"type": "string", "format": "decimal"},
    "integer": {"type": "integer"}, "number": {"type": "number"}, "boolean": {"type": "boolean"},
    "null": {"type": "null"}, "any": {}, "object": {"type": "object", "additionalProperties": {}},
}  # fmt: skip
_PREFIX: Final = "#/components/schemas/"


def reduced(description: ClientDescription) -> dict[str, Any]:
    """The document. Its schemas are named `enums.X`, `models.X` (of answers) and `inputs.X` (of what is sent)."""
    schemas: dict[str, Any] = {}
    for enum in description.enums:
        schemas[f"enums.{enum.name}"] = _enum(enum)
    for shape in description.received:
        schemas[f"models.{shape.name}"] = _object(shape, _Side(sent=False))
    for shape in description.sent:
        schemas[f"inputs.{shape.name}"] = _object(shape, _Side(sent=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in sorted(description.operations, key=lambda one: (one.path, one.method)):
        paths.setdefault(_name(operation.path), {})[operation.method.lower()] = _operation(operation)
    return {
        "openapi": "3.1.0", "info": {"title": "types", "version": "1"}, "paths": paths,
        "components": {"schemas": schemas},
    }  # fmt: skip


def said(text: str) -> str:
    """A text of the contract as it may stand in a comment that tools read: no tag, no end, not too long."""
    return plain_text(text, LONGEST_TEXT).replace("@", "\\@").replace("*/", "* /")


class _Side:
    """How shapes are written for one direction."""

    def __init__(self, *, sent: bool) -> None:
        self._sent = sent

    def schema(self, shape: Shape) -> dict[str, Any]:
        """A shape as a schema."""
        if isinstance(shape, Scalar):
            return self._scalar(shape)
        if isinstance(shape, Constants):
            return _constants(shape.values)
        if isinstance(shape, ListOf):
            return {"type": "array", "items": self.schema(shape.item)}
        if isinstance(shape, MapOf):
            return {"type": "object", "additionalProperties": self.schema(shape.value)}
        if isinstance(shape, OneOf):
            return {"anyOf": [self.schema(part) for part in shape.parts]}
        assert isinstance(shape, Named)
        return self._named(shape)

    def _scalar(self, shape: Scalar) -> dict[str, Any]:
        if shape.kind == "file":
            return {"type": "string", IS: "upload" if self._sent else "file"}
        if shape.kind == "integer" and self._sent:
            return {"type": "integer", IS: "whole"}
        return dict(_PLAIN[shape.kind])

    def _named(self, shape: Named) -> dict[str, Any]:
        if shape.of == "object":
            return {"$ref": f"{_PREFIX}{'inputs' if self._sent else 'models'}.{shape.name}"}
        known = {"$ref": f"{_PREFIX}enums.{shape.name}"}
        return known if self._sent else {"anyOf": [known, {"type": "string", IS: "open", "x-of": known["$ref"]}]}


def _enum(enum: EnumShape) -> dict[str, Any]:
    return {**_constants([value for _, value in enum.values]), **_text(enum.text)}


def _constants(values: Sequence[str | int | bool]) -> dict[str, Any]:
    kinds = {bool: "boolean", int: "integer", str: "string"}
    found = list(dict.fromkeys(kinds[type(value)] for value in values))
    if any(isinstance(value, int) and abs(value) > MOST_EXACT for value in values):
        return {"type": found} if len(found) > 1 else {"type": found[0]}
    return {"type": found if len(found) > 1 else found[0], "enum": list(values)}


def _object(shape: ObjectShape, side: _Side) -> dict[str, Any]:
    made: dict[str, Any] = {"type": "object", **_text(shape.text)}
    if not shape.members and not shape.closed:
        return {**made, "additionalProperties": {}}
    made["properties"] = {_member(one.wire): {**side.schema(one.shape), **_text(one.text)} for one in shape.members}
    made["required"] = [_member(one.wire) for one in shape.members if one.required]
    return made


def _operation(operation: Operation) -> dict[str, Any]:
    sent, received = _Side(sent=True), _Side(sent=False)
    made: dict[str, Any] = {
        "parameters": [_argument(one, sent) for one in operation.arguments],
        "responses": {one.status: _outcome(one, received) for one in (*operation.failures, *operation.successes)},
    }
    if operation.summary:
        made["summary"] = said(one_line(operation.summary))
    if operation.text and operation.text != operation.summary:
        made["description"] = said(operation.text)
    if operation.deprecated:
        made["deprecated"] = True
    payload = operation.payload
    if payload is not None and operation.method not in BODILESS:
        content = {_name(payload.media_type): {"schema": sent.schema(payload.shape)}}
        made["requestBody"] = {"required": payload.required, "content": content, **_text(payload.text)}
    return made


def _argument(argument: Argument, side: _Side) -> dict[str, Any]:
    return {
        "name": _name(argument.wire), "in": argument.location, "required": argument.required,
        "schema": side.schema(argument.shape), **_text(argument.text),
    }  # fmt: skip


def _outcome(outcome: Outcome, side: _Side) -> dict[str, Any]:
    if outcome.shape is None:
        return {"description": ""}
    schema = side.schema(outcome.shape)
    if outcome.kind in ("lines", "events"):
        schema = {"type": "string", IS: "items", "x-item": schema}
    return {"description": "", "content": {_name(outcome.media_type): {"schema": schema}}}


def _name(name: str) -> str:
    """A name of the contract, as the generator can take it. Raises UnfaithfulError."""
    if MEMBER in name or PERCENT in name:
        raise UnfaithfulError("a name of the contract holds a character for private use (U+E024 or U+E025)")
    return name.replace("%", PERCENT)


def _member(name: str) -> str:
    return MEMBER + _name(name)


def _text(text: str) -> dict[str, str]:
    shown = said(text)
    return {"description": shown} if shown else {}
