"""Fills the table of keywords by OpenAPI version and direction, and takes the lowering of one keyword out."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest import mock

import jsonschema_specifications
from keyword_rows import DIRECTIONS, FORMATS, ROWS, VERSIONS, Row

from contracts import direction, references, schema
from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import parse_document
from contracts.formats import ENGINE_FORMATS, NUMBER_RANGES, STRING_FORMATS
from contracts.judgement import Judgement
from contracts.keywords import BY_NAME, IN_PLACE, MEMBER, ONE, PLAIN
from contracts.settings import Bounds

_PATCH = {"3.0": "3.0.4", "3.1": "3.1.1", "3.2": "3.2.0"}
_TYPE = "application/json"


def written(value: Any) -> str:
    """JSON with decimals as they are."""
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def compiled(row: Row, version: str) -> CompiledOperation | str:
    """An operation whose body and answer have the row's schema; or `not loaded` or `declined`."""
    content = {_TYPE: {"schema": row.schema}}
    operation = {
        "operationId": "it", "security": [], "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done", "content": content}},
    }  # fmt: skip
    whole = {
        "openapi": _PATCH[version], "info": {"title": "Keywords", "version": "1"},
        "paths": {"/it": {"post": operation}}, "components": {"schemas": dict(row.schemas)},
    }  # fmt: skip
    try:
        contract = read_contract(parse_document(written(whole).encode(), "keywords.json"))
        return compile_operation(contract, contract.operations[0], "keywords", "1", Bounds())
    except InvalidInputError:
        return "not loaded"
    except Declined:
        return "declined"


def judged(operation: CompiledOperation, way: str, value: Any) -> Judgement:
    """The judgement of one value as bytes."""
    body, head = written(value).encode(), {b"content-type": _TYPE.encode()}
    if way == "request":
        return operation.judge_request((), b"", head, body)
    return operation.judge_answer(200, list(head.items()), body)


def fault(row: Row, version: str, way: str) -> str:
    """Why a cell does not hold; empty where it does."""
    operation = compiled(row, version)
    gap = row.gap(version, way)
    if isinstance(operation, str):
        return "" if gap is not None and gap.becomes == operation else operation
    kept = [judged(operation, way, value) for value in row.good]
    refused = [judgement for judgement in kept if judgement.outcome != "conforms"]
    judgement = judged(operation, way, row.bad)
    if gap is not None:
        becomes = "passes" if judgement.outcome == "conforms" and not refused else "counts for nothing"
        return "" if gap.becomes == becomes else f"{becomes}, and not: {gap.becomes}"
    if refused:
        return f"a value that keeps to it {refused[0].outcome}: {refused[0].violations}"
    if judgement.outcome != "violates":
        return f"the mutation {judgement.outcome}"
    name = row.told_as or row.keyword.partition(":")[0]
    if any(name in (violation.rule, *violation.contract.split("/")) for violation in judgement.violations):
        return ""
    return f"refused, and {name} is not named: {judgement.violations}"


def cells(row: Row) -> Iterator[tuple[str, str]]:
    """The cells of a row that must be filled."""
    return ((v, way) for v in VERSIONS for way in DIRECTIONS if row.gap(v, way) is None)


@contextmanager
def taken_out(keyword: str) -> Iterator[None]:
    """The product without the lowering of one keyword."""
    name, _, value = keyword.partition(": ")
    node, named, mentioned = schema.Lowering._node, references._named, direction._mentions

    def stripped(holder: Any) -> Any:
        gone = isinstance(holder, dict) and name in holder and (not value or value == str(holder[name]).lower())
        return {key: child for key, child in holder.items() if key != name} if gone else holder

    def lower(self: Any, holder: Any, *where: Any) -> Any:
        return node(self, stripped(holder), *where)

    def find(tree: Any, pointer: str) -> Iterator[tuple[str, Any]]:
        return ((at, stripped(holder)) for at, holder in named(tree, pointer))

    def mentions(tree: Any, flag: str) -> bool:
        return flag != name and mentioned(tree, flag)

    with (
        mock.patch.object(schema.Lowering, "_node", lower),
        mock.patch.object(references, "_named", find),
        mock.patch.object(direction, "_mentions", mentions),
    ):
        yield


_META = "https://json-schema.org/draft/2020-12/"
_OF_OPENAPI = {"nullable", "discriminator", "readOnly", "writeOnly", "xml", "externalDocs", "example", "deprecated"}
_OF_2019_09 = {"$recursiveAnchor", "$recursiveRef"}
"""The meta-schema of 2020-12 still names them, as deprecated."""


def keywords_without_row() -> set[str]:
    """Keywords and formats that JSON Schema 2020-12, OpenAPI or the product's own tables have and the table has not."""
    registry = jsonschema_specifications.REGISTRY
    stated = {
        keyword for uri in registry if uri.startswith(_META) for keyword in registry.contents(uri).get("properties", ())
    }
    assert len(stated) > 55
    lowered = {*PLAIN, *IN_PLACE, *ONE, *MEMBER, *BY_NAME}
    formats = {f"format: {name}" for name in (*ENGINE_FORMATS, *NUMBER_RANGES, *STRING_FORMATS)}
    rows = {row.keyword for row in (*ROWS, *FORMATS)}
    return (stated | _OF_OPENAPI | lowered | formats) - _OF_2019_09 - {"format"} - rows
