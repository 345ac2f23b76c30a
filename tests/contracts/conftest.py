"""Documents written in a test, compiled the way a release compiles them."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from contracts.compile import CompiledOperation, compile_operation
from contracts.contract import read_contract
from contracts.document import load_document
from contracts.settings import Bounds


class Workbench:
    """Turns parts of an OpenAPI document into a compiled operation."""

    def __init__(self, folder) -> None:
        self.folder = folder
        self.count = 0

    def contract(self, document: Mapping[str, Any]):
        self.count += 1
        path = self.folder / f"document-{self.count}.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return read_contract(load_document(path))

    def operation(
        self,
        *,
        version: str = "3.0.3",
        path: str = "/things",
        method: str = "post",
        parameters: list | None = None,
        body: Any = None,
        content: Mapping[str, Any] | None = None,
        required: bool = True,
        responses: Mapping[str, Any] | None = None,
        schemas: Mapping[str, Any] | None = None,
        bounds: Bounds | None = None,
        **more: Any,
    ) -> CompiledOperation:
        """One operation. `body` is the schema of a JSON body, `content` a whole `content` of the request."""
        operation: dict[str, Any] = {"operationId": "it", "security": [], "parameters": parameters or []}
        if body is not None:
            content = {"application/json": {"schema": body}}
        if content is not None:
            operation["requestBody"] = {"required": required, "content": content}
        operation["responses"] = responses or {"200": {"description": "done"}}
        document = {
            "openapi": version,
            "info": {"title": "Things", "version": "1.0.0"},
            "paths": {path: {method: operation}},
            "components": {"schemas": schemas or {}},
            **more,
        }
        contract = self.contract(document)
        return compile_operation(contract, contract.operations[0], "things", "1.0", bounds or Bounds())


@pytest.fixture
def workbench(tmp_path) -> Workbench:
    return Workbench(tmp_path)


JSON = {b"content-type": b"application/json"}


@pytest.fixture
def judge_body():
    """Judges one JSON body of a request; the rules that were broken with their places, or `conforms`."""

    def judge(operation: CompiledOperation, body: Any, *, values: tuple[bytes, ...] = ()):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        judgement = operation.judge_request(values, b"", JSON, raw)
        if judgement.outcome != "violates":
            return judgement.outcome
        return [(violation.pointer, violation.rule) for violation in judgement.violations]

    return judge


@pytest.fixture
def judge_answer():
    """As `judge_body`, for a JSON answer of 200."""

    def judge(operation: CompiledOperation, body: Any, status: int = 200):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        judgement = operation.judge_answer(status, [(b"content-type", b"application/json")], raw)
        if judgement.outcome != "violates":
            return judgement.outcome
        return [(violation.pointer, violation.rule) for violation in judgement.violations]

    return judge


def answer_of(schema: Any) -> dict[str, Any]:
    """`responses` with one JSON answer."""
    return {"200": {"description": "done", "content": {"application/json": {"schema": schema}}}}
