"""The document that the fuzzer reads: the published contract of one version, with real values as its examples.

Operations that are not called, security and servers are left out: the fuzzer knows of nothing that it must not call.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, Final

from contracts.contract import Operation
from governance.fuzz.conditions import condition
from governance.fuzz.plan import Target
from governance.fuzz.prepared import Prepared

_LEFT_OUT: Final = ("security", "servers", "webhooks", "tags", "externalDocs")
_OF_OPERATION: Final = ("security", "servers", "callbacks", "tags", "externalDocs")
_MOST: Final = 4


def fuzzed_document(target: Target, prepared: Prepared) -> dict[str, Any]:
    """One OpenAPI document, whole in itself."""
    document = target.published.document
    tree = {name: deepcopy(value) for name, value in document.tree.items() if name not in (*_LEFT_OUT, "paths")}
    components = tree.get("components")
    if isinstance(components, dict):
        components.pop("securitySchemes", None)
    paths: dict[str, dict[str, Any]] = {}
    operations = {op.operation_id: op for op in target.published.operations}
    for called in target.operations:
        operation = operations[called.operation_id]
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(target, operation, prepared)
    return {**tree, "paths": paths}


def _operation(target: Target, operation: Operation, prepared: Prepared) -> dict[str, Any]:
    document = target.published.document
    held = document.resolve(operation.pointer)
    made = {name: deepcopy(value) for name, value in held.items() if name not in _OF_OPERATION}
    made["operationId"] = operation.operation_id
    sets = prepared.sets.get(operation.operation_id, [])[:_MOST]
    made["parameters"] = [
        _with_examples(
            deepcopy(document.follow(*document.step(one.pointer))[0]),
            [values[one.name] for values in sets if one.name in values]
            or ([] if one.location == "path" else prepared.known.get(one.name, [])[:_MOST]),
        )
        for one in operation.parameters
    ]
    if operation.request_body is not None:
        body = deepcopy(document.follow(*document.step(operation.request_body.pointer))[0])
        _give_bodies(body, prepared.bodies.get(operation.operation_id, [])[:_MOST])
        made["requestBody"] = body
    _give_condition(made["parameters"], condition(document, operation))
    return made


def _give_condition(parameters: list[dict[str, Any]], values: Mapping[str, Any]) -> None:
    """The tag that the guard replaces is the only value of `If-Match`: a made-up one only shows that it is refused."""
    for one in parameters:
        if one.get("in") == "header" and one.get("name") in values:
            one.pop("example", None)
            value = values[one["name"]]
            one |= {"schema": {"type": "string", "enum": [value]}, "examples": {"known-1": {"value": value}}}


def _with_examples(parameter: dict[str, Any], values: list[Any]) -> dict[str, Any]:
    if not values:
        return parameter
    parameter.pop("example", None)
    parameter["examples"] = {f"known-{i}": {"value": value} for i, value in enumerate(values, 1)}
    return parameter


def _give_bodies(body: dict[str, Any], bodies: list[Any]) -> None:
    content = body.get("content")
    if not bodies or not isinstance(content, Mapping):
        return
    for name, media in content.items():
        if "json" in name and isinstance(media, dict):
            media.pop("example", None)
            media["examples"] = {f"known-{i}": {"value": value} for i, value in enumerate(bodies, 1)}
