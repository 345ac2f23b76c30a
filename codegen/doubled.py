"""What the test double of a package knows: how requests are judged, and what is answered. Data, as JSON text."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from codegen.description import ClientDescription, Operation, Paging
from codegen.first_call import ease
from codegen.presented import shown as presented
from codegen.samples import Samples
from codegen.shapes.shape import Constants, ListOf, MapOf, Named, ObjectShape, OneOf, Scalar, Shape
from contracts.contract import Contract
from contracts.contract import Operation as Declared
from contracts.document_text import as_json

_KINDS: Final[Mapping[str, str]] = {
    "integer": "integer", "number": "number", "boolean": "boolean", "object": "object",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Doubled:
    """The data of a double and of the package's own tests."""

    double: bytes
    calls: bytes
    """A call of each operation for which values could be made."""
    first_call: tuple[Operation, Mapping[str, Any]] | None
    """An operation that reads, with what it is called with, to be shown first."""


def doubled(contract: Contract, description: ClientDescription) -> Doubled:
    """Everything for the double of a description."""
    samples = Samples(contract)
    declared = {(one.method, one.path): one for one in contract.operations}
    objects = {shape.name: shape for shape in description.sent}
    iterators = _iterators(description)
    operations: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    shown: list[tuple[Operation, Mapping[str, Any]]] = []
    for operation in description.operations:
        one = declared[operation.method, operation.path]
        operations.append(_operation(one, operation, samples, objects))
        arguments = samples.arguments(one, operation)
        body = samples.body(one, operation)
        needs_body = operation.payload is not None and operation.payload.required
        if arguments is None or (needs_body and body is None) or "answer" not in operations[-1]:
            continue
        call = {"resource": operation.resource, "method": operation.name, "arguments": arguments, "body": body}
        iterator = iterators.get((operation.resource, operation.name)) if body is None else None
        calls.append({**call, "iterate": iterator} if iterator else call)
        if operation.method == "GET" and operation.payload is None:
            shown.append((operation, arguments))
    shown.sort(key=lambda one: ease(one[0]))
    definitions = {key: found.schema for key, found in samples.requests.definitions.items()}
    schemes = [
        {"name": one.name, "kind": one.kind, "location": one.location, "wire": one.wire} for one in description.schemes
    ]
    double = {"operations": operations, "schemes": schemes, "definitions": _reached(definitions, operations)}
    return Doubled(_bytes(double), _bytes(calls), shown[0] if shown else None)


def _iterators(description: ClientDescription) -> Mapping[tuple[str, str], str]:
    """Names of the methods that walk over all pages, by resource and method."""
    return {(one.name, each.name): each.iterate_name for one in description.resources for each in presented(one)}


def _operation(
    declared: Declared, operation: Operation, samples: Samples, objects: Mapping[str, ObjectShape]
) -> dict[str, Any]:
    by_place = {(one.location, one.name): one for one in declared.parameters}
    parameters: list[dict[str, Any]] = []
    for argument in operation.arguments:
        parameter = by_place[argument.location, argument.wire]
        schema, pointer = parameter.schema, f"{parameter.pointer}/schema"
        for media in parameter.content.values():
            schema, pointer = media.schema, f"{media.pointer}/schema"
        parameters.append(
            {
                "name": argument.wire, "in": argument.location, "style": argument.style, "explode": argument.explode,
                "json": argument.json, "required": argument.required, "reads": _reads(argument.shape, objects),
                "schema": samples.requests.root(schema, pointer),
            }
        )  # fmt: skip
    made: dict[str, Any] = {
        "id": operation.id, "name": operation.name, "resource": operation.resource,
        "method": operation.method, "path": operation.path, "parameters": parameters,
        "security": None if operation.security is None else [list(group) for group in operation.security],
    }  # fmt: skip
    if operation.payload is not None and declared.request_body is not None:
        kinds = {
            name: samples.requests.root(found.schema, f"{found.pointer}/schema") if found.schema is not None else ""
            for name, found in declared.request_body.content.items()
        }
        made["body"] = {"required": operation.payload.required, "content": kinds}
    answer = samples.answer(declared, paging=operation.paging)
    if operation.paging is not None and operation.paging.kind in ("offset", "page"):
        made["counted"] = _counted(operation, operation.paging)
    if answer is not None:
        headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers]
        made["answer"] = {"status": answer.status, "headers": headers, **_body(answer.body)}
    return made


def _counted(operation: Operation, paging: Paging) -> dict[str, Any]:
    """A list whose pages are counted ends after its example: `begins` is the highest value of its first page."""
    parameter = next(one.wire for one in operation.arguments if one.name == paging.parameter)
    return {"parameter": parameter, "begins": 1 if paging.kind == "page" else 0, "items": list(paging.items)}


def _body(body: bytes) -> dict[str, str]:
    try:
        return {"text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _reads(shape: Shape, objects: Mapping[str, ObjectShape], depth: int = 0) -> Any:
    """As what a text of a parameter is read: one of a few words, a list or an object of these."""
    if depth > 4 or isinstance(shape, MapOf):
        return "object" if isinstance(shape, MapOf) else "text"
    if isinstance(shape, Scalar):
        return _KINDS.get(shape.kind, "text")
    if isinstance(shape, Constants):
        return "integer" if isinstance(shape.values[0], int) else "text"
    if isinstance(shape, ListOf):
        return {"list": _reads(shape.item, objects, depth + 1)}
    if isinstance(shape, Named):
        if shape.of == "enum":
            return "any"
        members = objects[shape.name].members
        return {"object": {one.wire: _reads(one.shape, objects, depth + 1) for one in members}}
    assert isinstance(shape, OneOf)
    parts = [part for part in shape.parts if part != Scalar("null")]
    return _reads(parts[0], objects, depth + 1) if len(parts) == 1 else "any"


def _reached(definitions: Mapping[str, Any], operations: list[dict[str, Any]]) -> dict[str, Any]:
    """The definitions that the operations' own schemas lead to."""
    waiting = [one["schema"] for operation in operations for one in operation["parameters"]]
    waiting += [key for operation in operations for key in operation.get("body", {"content": {}})["content"].values()]
    found: dict[str, Any] = {}
    while waiting:
        key = waiting.pop()
        if key and key not in found:
            found[key] = definitions[key]
            waiting += list(_references(definitions[key]))
    return dict(sorted(found.items()))


def _references(schema: Any) -> list[str]:
    found: list[str] = []
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            ref = node.get("$ref")
            if isinstance(ref, str):
                found.append(ref.rpartition("/")[2])
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
    return found


def _bytes(value: Any) -> bytes:
    return (as_json(value, indent=1, sort=True) + "\n").encode()
