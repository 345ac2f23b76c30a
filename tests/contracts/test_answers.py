"""Answers that are made from contracts: each keeps to its contract, judged by a plan of its own; the same for one seed."""

import os
import sys
from pathlib import Path

import pytest

from contracts.answers.bodies import json_bytes, written
from contracts.answers.maker import PLAIN, AnswerMaker, NoAnswerError, Wanted
from contracts.compile import Compiler, Declined
from contracts.contract import examine, read_contract
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document, parse_document
from contracts.exact import number
from contracts.settings import Bounds
from gateway.mock.answers import Answering
from governance.mock_contract import contract_of
from policies.step import Refusal

ROOT = Path(__file__).resolve().parent.parent.parent
MERIDIAN = sorted(p for p in (ROOT / "examples/meridian/contracts").glob("*/*.yaml") if p.name != "api.yaml")
CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
WANTED = (PLAIN, Wanted(seed=1), Wanted(dynamic=True), Wanted(dynamic=True, seed=2))


def named(path):
    return f"{path.parent.name}-{path.stem}"


PLANS = {}
"""Two of each contract: the second has no part in making an answer."""


def compiled_by(contract, operation, number):
    held, compiler, known = PLANS.get(number, (None, None, None))
    if held is not contract:
        compiler, known = Compiler(contract, Bounds(json_depth=60 + number)), {}
        PLANS[number] = contract, compiler, known
    if operation.pointer not in known:
        known[operation.pointer] = compiler.compile(operation, "own", "1.0")
    return known[operation.pointer]


def judged(contract, operation, made):
    return compiled_by(contract, operation, 1).judge_answer(made.status, made.headers, made.body)


def choose(contract, operation, wanted=PLAIN, status=0):
    compiled = compiled_by(contract, operation, 0)
    maker = AnswerMaker(contract, operation)
    return Answering(maker, compiled, None, False).choose(status or maker.default, wanted, ()).made


@pytest.mark.parametrize("path", MERIDIAN, ids=named)
@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_every_operation_of_the_example_answers_with_what_conforms(path, wanted):
    contract = read_contract(load_document(path))
    for operation in contract.operations:
        made = choose(contract, operation, wanted)
        assert judged(contract, operation, made).outcome == "conforms", operation.operation_id
        assert made == choose(contract, operation, wanted), operation.operation_id
        assert not (wanted.dynamic and made.source == "example")


@pytest.mark.parametrize("path", MERIDIAN, ids=named)
def test_every_status_that_the_example_names_can_be_forced(path):
    contract = read_contract(load_document(path))
    for operation in contract.operations:
        for status in operation.responses:
            code = int(status.upper().replace("X", "0")) if status != "default" else 500
            made = choose(contract, operation, status=code)
            assert made.status == code
            assert judged(contract, operation, made).outcome == "conforms", (operation.operation_id, status)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set")
@pytest.mark.timeout(300)
def test_operations_of_outside_documents_answer_with_what_conforms(capsys):
    counts = {"conforms": 0, "none": 0, "no answer named": 0}
    paths = sorted(Path(CORPUS, "oasdiff").rglob("*.yaml"))[::6]
    paths += [p for p in sorted(Path(CORPUS, "real").rglob("*.json")) if p.stat().st_size < 600_000][:3]
    for path in paths:
        try:
            contract = contract_of(path).contract
        except InvalidInputError:
            continue
        usable = [operation for operation in contract.operations if not operation.at_fault]
        for operation in usable[:: max(1, len(usable) // 8)]:
            for wanted in (PLAIN, Wanted(dynamic=True, seed=3)):
                try:
                    made = choose(contract, operation, wanted)
                except Declined:
                    continue
                except Refusal:
                    counts["none" if operation.responses else "no answer named"] += 1
                    continue
                assert judged(contract, operation, made).outcome == "conforms", (path, operation.path)
                counts["conforms"] += 1
    with capsys.disabled():
        sys.stdout.write(f"\nmock, outside documents: {counts}\n")
    assert counts["conforms"] > 150
    assert counts["none"] < counts["conforms"] / 20


def operation_of(responses, version="3.2.0"):
    text = '{"openapi": "%s", "info": {"title": "T", "version": "1"}, "paths": {"/a": {"get": {"responses": %s}}}}'
    contract, faults = examine(parse_document((text % (version, responses)).encode(), "a.json"))
    assert not [fault for fault in faults if fault.severity == "error"]
    return contract, contract.operations[0]


def content(media, inside, status="200"):
    return f'{{"{status}": {{"description": "D", "content": {{"{media}": {inside}}}}}}}'


@pytest.mark.parametrize(
    ("media", "inside"),
    [
        ("application/jsonl", '{"itemSchema": {"type": "object", "required": ["a"]}}'),
        ("application/json-seq", '{"itemSchema": {"type": "integer", "minimum": 4}}'),
        ("text/event-stream", ('{"itemSchema": {"type": "object", "required": ["data", "event"],'
         ' "properties": {"data": {"type": "string"}, "event": {"const": "sold"}}}}')),
        ("application/x-www-form-urlencoded", ('{"schema": {"type": "object", "required": ["a"],'
         ' "properties": {"a": {"type": "integer"}}}}')),
        ("text/plain", '{"schema": {"type": "string", "minLength": 30}}'),
        ("application/pdf", '{"schema": {"type": "string", "format": "binary"}}'),
        ("application/problem+json", '{"schema": {"type": "object", "required": ["title"]}}'),
        ("application/*", '{"schema": {"type": "object", "required": ["a"]}}'),
        ("application/json", ('{"schema": {"type": "object", "minProperties": 2, "additionalProperties":'
         ' {"type": "number", "multipleOf": 0.01, "exclusiveMinimum": 7}}}')),
        ("application/json", ('{"schema": {"type": "array", "minItems": 3, "uniqueItems": true,'
         ' "items": {"type": "integer", "minimum": 9007199254740993}}}')),
        ("application/json", ('{"schema": {"unevaluatedProperties": false, "allOf": [{"type": "object",'
         ' "required": ["a"], "properties": {"a": {"enum": ["x", "y"]}}}]}}')),
        (
            "application/json",
            (
                '{"schema": {"type": "array", "minItems": 4, "items": {"type": "integer"}, "contains":'
                ' {"minimum": 70}, "minContains": 2}}'
            ),
        ),
        ("application/json", '{"schema": {"type": "string", "contentEncoding": "base64"}}'),
        ("application/json", '{"schema": true}'),
        ("application/json", "{}"),
    ],
)  # fmt: skip
def test_bodies_of_each_kind_keep_to_their_schema(media, inside):
    contract, operation = operation_of(content(media, inside))
    for wanted in (PLAIN, Wanted(dynamic=True, seed=4)):
        made = choose(contract, operation, wanted)
        assert judged(contract, operation, made).outcome == "conforms"
        assert made.source == "generated"


def test_the_status_is_the_first_success_else_the_default_else_what_there_is():
    described = '{"description": "D"}'
    for names, status in (
        (["404", "202", "201"], 201), (["2XX", "404"], 200), (["404", "default"], 200), (["500", "302"], 302),
        (["100"], 0), ([], 0),
    ):  # fmt: skip
        maker = AnswerMaker(*operation_of("{" + ", ".join(f'"{name}": {described}' for name in names) + "}"))
        assert maker.default == status, names
    with pytest.raises(NoAnswerError, match="no answer of the operation"):
        next(maker.tries(0))


def test_examples_of_openapi_3_2_are_taken_as_data_or_as_they_are_sent():
    contract, operation = operation_of(
        content("application/json", '{"schema": {"type": "object"}, "examples": {'
                '"data": {"dataValue": {"a": 1}}, "sent": {"serializedValue": "{ \\"a\\": 2 }"}}}')
    )  # fmt: skip
    assert choose(contract, operation).body == b'{"a": 1}'
    assert choose(contract, operation, Wanted("sent")).body == b'{ "a": 2 }'


def test_numbers_keep_the_digits_that_the_contract_writes():
    big = [number("19.990000000000000001"), 123456789012345678901234567890, number("1e2")]
    assert json_bytes(big) == b"[19.990000000000000001, 123456789012345678901234567890, 100.0]"
    assert json_bytes({"ä": ['"\n', None, True]}) == '{"ä": ["\\"\\n", null, true]}'.encode()
    assert json_bytes("\ud800") == b'"\\ud800"'


def test_what_cannot_be_written_is_not_written():
    assert list(written("application/xml", {"a": 1})) == []
    assert list(written("application/x-www-form-urlencoded", {"a": {"b": 1}})) == []
    assert list(written("text/plain", 5)) == [b"5"]
