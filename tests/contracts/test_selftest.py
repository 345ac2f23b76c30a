"""The self-test: a validator without effect is found, a right one is not suspected."""

import pytest
from generated_messages import samples
from hypothesis import given
from hypothesis import strategies as st
from keyword_cells import compiled, taken_out, written
from keyword_rows import FORMATS, ROWS, VERSIONS
from laws import ANY_SIZE, tried

from contracts import compile as compiler
from contracts import selftest
from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.selftest import MOST, Proof, self_test
from contracts.settings import Bounds

SCHEMA = b"""{"type": "object", "required": ["code"], "additionalProperties": false, "properties": {
  "code": {"type": "string", "pattern": "^[A-Z]{2}[0-9]{3}$"},
  "count": {"type": "integer", "minimum": 3, "maximum": 9, "multipleOf": 3},
  "day": {"type": "string", "format": "date"}, "state": {"type": "string", "enum": ["open", "done"]},
  "tags": {"type": "array", "maxItems": 2, "uniqueItems": true, "items": {"type": "string", "maxLength": 4}},
  "own": {"type": "integer", "readOnly": true}, "fixed": {"const": "x"}, "secret": {"type": "string", "writeOnly": true},
  "one": {"anyOf": [{"type": "integer", "exclusiveMinimum": 5}, {"type": "integer", "minimum": 7}]}}}"""
FULL = {"3.0": "3.0.4", "3.1": "3.1.1", "3.2": "3.2.0"}
PLANTED = (
    "type", "required", "additionalProperties", "pattern", "minimum", "maximum", "multipleOf", "format", "enum",
    "maxItems", "uniqueItems", "maxLength", "readOnly", "const", "writeOnly", "exclusiveMinimum",
)  # fmt: skip


def one(schema=SCHEMA, version=b"3.1.0"):
    content = b'{"application/json": {"schema": %b}}' % schema
    text = (
        b'{"openapi": "%b", "info": {"title": "t", "version": "1"}, "paths": {"/it": {"post": {"operationId": "it", '
        b'"security": [], "requestBody": {"required": true, "content": %b}, "responses": {"200": {"description": "d", '
        b'"content": %b}}}}}}' % (version, content, content)
    )
    contract = read_contract(parse_document(text, "it.json"))
    return contract, compile_operation(contract, contract.operations[0], "things", "1", Bounds())


def outcome(schema=SCHEMA, most=MOST):
    contract, operation = one(schema)
    return self_test(contract.document.tree, contract.version, operation, most)


def test_a_right_validator_passes():
    found = outcome(most=60)
    assert found.failures == ()
    assert found.left_out == ()
    assert set(PLANTED) <= found.keywords


def test_the_messages_are_bounded():
    assert outcome().tested == MOST + 2
    assert outcome(most=4).tested == 6


@pytest.mark.parametrize("keyword", PLANTED)
def test_a_keyword_whose_lowering_is_taken_out_is_named(keyword):
    with taken_out(keyword):
        found = outcome(most=60)
    assert keyword in {failure.keyword for failure in found.failures}
    failure = next(failure for failure in found.failures if failure.keyword == keyword)
    assert f"the keyword `{keyword}` has no effect" in failure.reason
    assert failure.pointer.endswith(keyword)


class Everything:
    """An engine without effect."""

    def is_valid(self, instance):
        return True

    def iter_errors(self, instance):
        return iter(())

    def validate(self, instance):
        return None


def test_an_engine_that_accepts_everything(monkeypatch):
    monkeypatch.setattr(compiler, "make_engine", lambda _: Everything())
    found = outcome()
    assert {failure.where for failure in found.failures} == {"request", "answer"}
    assert found.keywords == set()


def test_an_engine_that_refuses_everything(monkeypatch):
    real = compiler.make_engine
    monkeypatch.setattr(compiler, "make_engine", lambda _: real(False))
    found = outcome()
    assert [failure.keyword for failure in found.failures] == ["", ""]
    assert "a request that keeps to it was refused" in found.failures[0].reason


def test_no_row_of_the_table_of_keywords_is_suspected():
    tested = 0
    for row in (*ROWS, *FORMATS):
        for version in VERSIONS:
            operation = compiled(row, version)
            if isinstance(operation, str):
                continue
            tree = operation._compiler.contract.document.tree
            found = self_test(tree, version, operation)
            assert found.failures == (), (row.keyword, version)
            tested += found.tested
    assert tested > 500


def test_a_generator_that_crashes_keeps_nothing_from_being_served(monkeypatch):
    def crash(*_, **__):
        raise RuntimeError

    monkeypatch.setattr(selftest, "request_probes", crash)
    found = outcome()
    assert (found.failures, found.tested) == ((), 0)
    assert found.left_out == (("the messages could not be made: RuntimeError", "/paths/~1it/post"),)


def test_a_proof_runs_once(monkeypatch):
    contract, operation = one()
    proof = Proof(contract.document.tree, contract.version, operation, "it")
    assert proof.outcome is None
    first = proof.run()
    monkeypatch.setattr(compiler, "make_engine", lambda _: Everything())
    operation.drop()
    assert proof.run() is first is proof.outcome


@given(data=st.data(), version=st.sampled_from(sorted(FULL)))
@tried(40, *ANY_SIZE)
def test_nothing_right_is_suspected(data, version):
    sample = data.draw(samples(version))
    content = {"application/json": {"schema": sample.schema}}
    operation = {
        "operationId": "it", "security": [], "requestBody": {"required": True, "content": content},
        "responses": {"200": {"description": "done", "content": content}},
    }  # fmt: skip
    whole = {
        "openapi": FULL[version], "info": {"title": "t", "version": "1"}, "paths": {"/it": {"post": operation}},
        "components": {"schemas": sample.schemas},
    }  # fmt: skip
    contract = read_contract(parse_document(written(whole).encode(), "it.json"))
    compiled_one = compile_operation(contract, contract.operations[0], "it", "1", Bounds())
    assert self_test(contract.document.tree, contract.version, compiled_one, 40).failures == ()
