"""Laws over generated schemas: what keeps to one is accepted, and each mutation is refused by the keyword it breaks."""

import json
import warnings
from decimal import Decimal

import pytest
from generated_messages import Sample, samples
from hypothesis import assume, event, given
from hypothesis import strategies as st
from keyword_cells import written
from laws import ANY_SIZE, tried

from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.settings import Bounds

VERSIONS = {"3.0": "3.0.4", "3.1": "3.1.1", "3.2": "3.2.0"}
HEAD = {b"content-type": b"application/json"}


def document(sample: Sample, version: str) -> dict:
    content = {"application/json": {"schema": sample.schema}}
    operation = {
        "operationId": "it", "security": [], "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done", "content": content}},
    }  # fmt: skip
    return {
        "openapi": VERSIONS[version], "info": {"title": "t", "version": "1"}, "servers": [{"url": "http://localhost"}],
        "paths": {"/it": {"post": operation}}, "components": {"schemas": sample.schemas},
    }  # fmt: skip


def compiled(sample, version):
    contract = read_contract(parse_document(written(document(sample, version)).encode(), "it.json"))
    return compile_operation(contract, contract.operations[0], "it", "1", Bounds())


def judged(operation, way, value):
    body = written(value).encode()
    if way == "request":
        return operation.judge_request((), b"", HEAD, body)
    return operation.judge_answer(200, list(HEAD.items()), body)


@given(data=st.data(), version=st.sampled_from(sorted(VERSIONS)))
@tried(60, *ANY_SIZE)
def test_what_keeps_to_it_is_accepted_and_each_mutation_is_refused_by_its_keyword(data, version):
    sample = data.draw(samples(version))
    operation = compiled(sample, version)
    for way in ("request", "answer"):
        judgement = judged(operation, way, sample.value)
        assert judgement.outcome == "conforms", judgement
        for mutation in sample.mutations:
            judgement = judged(operation, way, mutation.value)
            if way not in mutation.directions:
                assert judgement.outcome == "conforms", judgement
                continue
            event(mutation.keyword)
            told = {(violation.pointer, violation.rule) for violation in judgement.violations}
            # At the place: deeper, another keyword may be broken as well by what was put there.
            assert (mutation.pointer, mutation.keyword) in told or named(mutation, judgement), (mutation, judgement)


def named(mutation, judgement):
    return any(
        violation.pointer == mutation.pointer and mutation.keyword in violation.contract.split("/")
        for violation in judgement.violations
    )


READ_ONLY = {"properties": {"own": {"readOnly": True}}}
WRITE_ONLY = {"properties": {"own": {"writeOnly": True}}}
HOLES = {
    "decimals": ("it judges multiples of 0.01 in binary floats", "request", {"multipleOf": 0.01}, Decimal("19.99")),
    "formats": ("it asserts a few formats only", "request", {"type": "string", "format": "duration"}, "P1H"),
    "readOnly": ("it enforces it for 3.0 only", "request", READ_ONLY, {"own": 1}),
    "writeOnly": ("it enforces it for 3.0 only", "answer", WRITE_ONLY, {"own": 1}),
}
"""What openapi-core is known to judge otherwise, by what a sample uses; each with a message that shows it."""


def their_own(sample, version):
    core = pytest.importorskip("openapi_core")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        config = core.Config(spec_validator_cls=None)
        return core.OpenAPI.from_dict(json.loads(written(document(sample, version))), config=config)


def theirs(api, way, body):
    testing = pytest.importorskip("openapi_core.testing")
    request = testing.MockRequest("http://localhost", "post", "/it", data=body, content_type="application/json")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if way == "request":
            return "violates" if list(api.iter_request_errors(request)) else "conforms"
        response = testing.MockResponse(data=body, status_code=200, content_type="application/json")
        return "violates" if list(api.iter_response_errors(request, response)) else "conforms"


@given(data=st.data(), version=st.sampled_from(sorted(VERSIONS)))
@tried(25, *ANY_SIZE)
def test_openapi_core_says_the_same_outside_its_holes(data, version):
    sample = data.draw(samples(version))
    assume(sample.uses.isdisjoint(HOLES))
    operation = compiled(sample, version)
    api = their_own(sample, version)
    for way in ("request", "answer"):
        for value in (sample.value, *(mutation.value for mutation in sample.mutations)):
            assert judged(operation, way, value).outcome == theirs(api, way, written(value).encode()), (way, value)


@pytest.mark.parametrize("hole", HOLES)
def test_a_hole_is_still_one(hole):
    _, way, schema, value = HOLES[hole]
    sample = Sample(schema, value, ())
    ours = judged(compiled(sample, "3.1"), way, value).outcome
    assert ours != theirs(their_own(sample, "3.1"), way, written(value).encode())
