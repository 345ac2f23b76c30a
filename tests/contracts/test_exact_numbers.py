"""Numbers of a contract with more digits than a binary float holds: amounts of `decimal(18,2)` and the like."""

import copy
import json
from decimal import Decimal

import pytest

from contracts import yaml12
from contracts.compile import compile_operation
from contracts.contract import read_contract
from contracts.document import parse_document
from contracts.exact import Rounded, exact, number
from contracts.json_text import parse_json
from contracts.settings import Bounds

BIG = "9999999999999999.99"
HEAD = {b"content-type": b"application/json"}


@pytest.mark.parametrize(
    "text", ["0.1", "19.99", "1e300", "-2.5E-7", "1.", "100.00", "0.0", "5e-324", "1e400", "1e-400"]
)
def test_what_a_float_holds_is_a_float(text):
    assert type(number(text)) is float


@pytest.mark.parametrize("text", [BIG, "-" + BIG, "0.10000000000000000001", "1.0000000000000000000000001e5"])
def test_what_it_cannot_hold_keeps_its_digits(text):
    read = number(text)
    assert isinstance(read, Rounded)
    assert (float(read), read.written) == (float(text), Decimal(text))
    assert exact({"a": [read, 1.5, "x"]}) == {"a": [Decimal(text), 1.5, "x"]}
    assert exact(copy.deepcopy(read)) == Decimal(text)
    assert json.dumps(read) == json.dumps(float(text))


@pytest.mark.parametrize("read", [lambda t: parse_json(t, "a.json"), lambda t: yaml12.parse(t, "a.yaml")])
def test_both_readers_keep_them(read):
    assert exact(read(b'{"a": ' + BIG.encode() + b"}")) == {"a": Decimal(BIG)}


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ('"maximum": ' + BIG, BIG, "10000000000000000"),
        ('"maximum": ' + BIG, BIG + "0", "9999999999999999.991"),
        ('"exclusiveMaximum": ' + BIG, "9999999999999999.98", BIG),
        ('"minimum": -' + BIG, "-" + BIG, "-10000000000000000"),
        ('"exclusiveMinimum": 0.10000000000000000001', "0.10000000000000000002", "0.1"),
        ('"multipleOf": 0.00000000000000000003', "0.00000000000000000009", "0.0000000000000000001"),
        ('"const": ' + BIG, BIG, "10000000000000000"),
        ('"enum": [{"a": [' + BIG + "]}]", '{"a": [' + BIG + "]}", '{"a": [10000000000000000]}'),
    ],
)
@pytest.mark.parametrize("version", ["3.0.4", "3.1.1"])
def test_they_are_judged_as_they_were_written(version, schema, good, bad):
    text = (
        '{"openapi": "%s", "info": {"title": "t", "version": "1"}, "paths": {"/t": {"post": {"operationId": "t",'
        ' "security": [], "responses": {"200": {"description": "d"}}, "requestBody": {"content": {"application/json":'
        ' {"schema": {%s}}}}}}}}'
    )
    contract = read_contract(parse_document((text % (version, schema)).encode(), "it.json"))
    operation = compile_operation(contract, contract.operations[0], "t", "1", Bounds())
    assert operation.judge_request((), b"", HEAD, good.encode()).outcome == "conforms"
    judgement = operation.judge_request((), b"", HEAD, bad.encode())
    assert [violation.rule for violation in judgement.violations] == [schema.split('"')[1]]


def test_the_bound_is_told_as_it_was_written(workbench):
    text = b'{"openapi":"3.1.1","info":{"title":"t","version":"1"},"paths":{"/t":{"post":{"operationId":"t","security":[],"responses":{"200":{"description":"d"}},"requestBody":{"content":{"application/json":{"schema":{"maximum":9999999999999999.99}}}}}}}}'
    contract = read_contract(parse_document(text, "it.json"))
    operation = compile_operation(contract, contract.operations[0], "t", "1", Bounds())
    (violation,) = operation.judge_request((), b"", HEAD, b"1e17").violations
    assert BIG in violation.message
