"""Shapes -> Python source of their classes, by datamodel-code-generator; the only file that knows it.

What it is given is plain: each class has its name, each member its name in Python and its wire name, each type is
written out. What it returns is read again and held against what was asked for, so nothing that a document says can end
up as code.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from codegen.python_types import UNKNOWN
from codegen.shapes.shape import (
    NULL,
    Constants,
    EnumShape,
    ListOf,
    MapOf,
    Member,
    Named,
    ObjectShape,
    OneOf,
    Scalar,
    ScalarKind,
    Shape,
    takes_null,
    told_apart,
)
from codegen.texts import plain_text
from codegen.verified import verify_enums, verify_objects

_OURS: Final[Mapping[ScalarKind, str]] = {
    "number": "Number", "decimal": "DecimalText", "base64": "Base64", "day": "Day", "file": "Upload",
}  # fmt: skip
"""Types of the runtime that stand for a scalar."""
_PLAIN: Final[Mapping[ScalarKind, dict[str, Any]]] = {
    "string": {"type": "string"}, "integer": {"type": "integer"},
    "boolean": {"type": "boolean"}, "moment": {"type": "string", "format": "date-time"},
    "uuid": {"type": "string", "format": "uuid"}, "null": {"type": "null"}, "any": {}, "object": {"type": "object"},
}  # fmt: skip
_PREFIX: Final = "#/components/schemas/"
NULLABLE: Final = "x-null"
"""Marks a member that may be left out, and may be null as well."""
LONGEST_TEXT: Final = 600


def enums_source(enums: Sequence[EnumShape], package: str) -> str:
    """The module of all enumerations."""
    schemas: dict[str, Any] = {}
    for enum in enums:
        schemas[enum.name] = {
            "type": "integer" if enum.whole else "string",
            "enum": [value for _, value in enum.values],
            "x-enum-varnames": [name for name, _ in enum.values],
            **_text(enum.text),
        }
    source = _generated(schemas, package, "Received", {}, {}) if schemas else ""
    verify_enums(source, enums)
    return source


def objects_source(objects: Sequence[ObjectShape], enums: Iterable[EnumShape], package: str, *, sent: bool) -> str:
    """The module of all objects of one direction: `models`, or `inputs` where they are sent."""
    ours = (*_OURS.values(), UNKNOWN)
    schemas: dict[str, Any] = {name: {"type": "string"} for name in ours}
    sent_only = {"Number": "SentNumber", "DecimalText": "SentDecimalText"} if sent else {}
    overrides = {name: f"{package}._runtime.values.{sent_only.get(name, name)}" for name in ours}
    for enum in enums:
        schemas[enum.name] = {"type": "string"}
        overrides[enum.name] = f"{package}.{'choices' if sent else 'enums'}.{enum.name}"
    aliases: dict[str, str] = {}
    for shape in objects:
        schemas[shape.name] = _object(shape, sent=sent)
        aliases.update({f"{shape.name}.{one.wire}": one.name for one in shape.members if one.wire != one.name})
    source = _generated(schemas, package, "Sent" if sent else "Received", overrides, aliases) if objects else ""
    verify_objects(source, objects)
    return source


def _object(shape: ObjectShape, *, sent: bool) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {member.wire: _member(member, sent=sent) for member in shape.members},
        **_text(shape.text),
    }
    required = [member.wire for member in shape.members if member.required]
    if required:
        schema["required"] = required
    if sent and shape.closed:
        schema["additionalProperties"] = False
    return schema


def _member(member: Member, *, sent: bool) -> dict[str, Any]:
    schema = {**_schema(member.shape, sent=sent), **_text(member.text)}
    if sent and not member.required and takes_null(member.shape):
        schema[NULLABLE] = True
    return schema


def _schema(shape: Shape, *, sent: bool) -> dict[str, Any]:
    if isinstance(shape, Scalar):
        ours = _OURS.get(shape.kind)
        return {"$ref": _PREFIX + ours} if ours else dict(_PLAIN[shape.kind])
    if isinstance(shape, Constants):
        whole = isinstance(shape.values[0], int)
        return {"type": "integer" if whole else "string", "enum": list(shape.values)}
    if isinstance(shape, Named):
        return {"$ref": _PREFIX + shape.name}
    if isinstance(shape, ListOf):
        return {"type": "array", "items": _schema(shape.item, sent=sent)}
    if isinstance(shape, MapOf):
        return {"type": "object", "additionalProperties": _schema(shape.value, sent=sent)}
    assert isinstance(shape, OneOf)
    parts = [_schema(part, sent=sent) for part in shape.parts]
    if not sent and told_apart(shape):
        parts.insert(len(parts) - (NULL in shape.parts), {"$ref": _PREFIX + UNKNOWN})
    return {"anyOf": parts}


def _text(text: str) -> dict[str, str]:
    shown = plain_text(text, LONGEST_TEXT)
    return {"description": shown} if shown else {}


def _generated(
    schemas: dict[str, Any], package: str, base: str, overrides: dict[str, str], aliases: dict[str, str]
) -> str:
    from datamodel_code_generator import LiteralType, generate  # noqa: PLC0415 - slow to load, and an extra
    from datamodel_code_generator.enums import DataModelType, InputFileType, OpenAPIScope  # noqa: PLC0415
    from datamodel_code_generator.format import PythonVersion  # noqa: PLC0415

    values = f"{package}._runtime.values"
    document = {
        "openapi": "3.1.0",
        "info": {"title": "-", "version": "1"},
        "paths": {},
        "components": {"schemas": schemas},
    }
    made = generate(
        json.dumps(document),
        input_file_type=InputFileType.OpenAPI,
        input_filename="contract.json",
        openapi_scopes=[OpenAPIScope.Schemas],
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        base_class=f"{values}.{base}",
        import_overrides={"StrEnum": values, "IntEnum": values},
        type_overrides=overrides,
        aliases=aliases,
        # Names are made already; by its own it drops the `_` of those that would hide a type.
        custom_class_name_generator=str,
        custom_file_header='"""Classes of the contract."""',
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.One,
        field_constraints=True,
        field_extra_keys={NULLABLE},
        formatters=[],
        keep_model_order=True,
        strict_nullable=True,
        treat_dot_as_module=False,
        use_annotated=True,
        use_field_description=True,
        use_schema_description=True,
        use_specialized_enum=True,
        use_double_quotes=True,
    )
    assert isinstance(made, str)
    return made
