"""What `contentEncoding` and `contentMediaType` say of a text is asserted where a text can break it."""

import pytest

from contracts.compile import Compiler
from contracts.settings import Bounds

JSON = "application/json"


@pytest.mark.parametrize(
    ("encoding", "good", "bad"),
    [
        ("base64", ["", "aGk=", "aGVsbG8h"], ["!", "aGk", "a-_b"]),
        ("BASE64", ["aGk="], ["!"]),
        ("base64url", ["", "aGk", "a-_b"], ["a", "a+/b"]),
        ("base32", ["", "NBUQ====", "NBUWY3DP"], ["nbuq====", "NBUQ", "1BUQ===="]),
        ("base16", ["", "6869", "fF"], ["6", "6g"]),
        ("quoted-printable", ["=", "=zz"], []),
        ("7bit", ["é"], []),
        (3, ["!"], []),
    ],
)
def test_encodings(workbench, judge_body, encoding, good, bad):
    operation = workbench.operation(version="3.1.0", body={"contentEncoding": encoding})
    assert {judge_body(operation, text) for text in [*good, 7]} == {"conforms"}
    assert [judge_body(operation, text) for text in bad] == [[("", "contentEncoding")]] * len(bad)


@pytest.mark.parametrize(
    ("schema", "good", "bad"),
    [
        ({"contentMediaType": JSON}, ['{"a":1}', "1", '"x"'], ["{", "", "{:}", "NaN"]),
        ({"contentMediaType": "application/problem+json; charset=utf-8"}, ["{}"], ["{"]),
        ({"contentMediaType": "image/png"}, ["{"], []),
        ({"contentMediaType": "application/xml"}, ["{"], []),
        ({"contentMediaType": JSON, "contentEncoding": "base64"}, ["e30=", "MQ=="], ["ew==", ""]),
        ({"contentMediaType": JSON, "contentEncoding": "base64url"}, ["e30", "e30="], ["ew"]),
        ({"contentMediaType": JSON, "contentEncoding": "base32"}, ["PN6Q===="], ["PM======"]),
        ({"contentMediaType": JSON, "contentEncoding": "base16"}, ["7b7D"], ["7b"]),
        ({"contentMediaType": JSON, "contentEncoding": "7bit"}, ["{"], []),
    ],
)
def test_media_types(workbench, judge_body, schema, good, bad):
    operation = workbench.operation(version="3.1.0", body=schema)
    assert {judge_body(operation, text) for text in [*good, None]} == {"conforms"}
    assert [judge_body(operation, text) for text in bad] == [[("", "contentMediaType")]] * len(bad)


def test_a_broken_encoding_is_told_once(workbench, judge_body):
    operation = workbench.operation(version="3.1.0", body={"contentEncoding": "base64", "contentMediaType": JSON})
    assert judge_body(operation, "!") == [("", "contentEncoding")]


def test_no_contract_can_name_the_engines_formats(workbench, judge_body):
    operation = workbench.operation(version="3.1.0", body={"format": "\0base64"})
    assert judge_body(operation, "!") == "conforms"


def test_annotated_only(workbench, judge_body):
    """As JSON Schema itself has it; the test suite demands that it can be had."""
    body = {"properties": {"a": {"format": "uuid"}, "b": {"contentEncoding": "base64"}, "c": {"format": "int32"}}}
    document = {
        "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
        "paths": {"/t": {"post": {"operationId": "t", "security": [], "responses": {"200": {"description": "d"}},
                                  "requestBody": {"content": {JSON: {"schema": body}}}}}},
    }  # fmt: skip
    contract = workbench.contract(document)
    value = {"a": "!", "b": "!", "c": 2**31}
    strict, loose = (
        Compiler(contract, Bounds(), asserted=asserted).compile(contract.operations[0], "t", "1")
        for asserted in (True, False)
    )
    assert judge_body(loose, value) == "conforms"
    assert sorted(judge_body(strict, value)) == [("/a", "format"), ("/b", "contentEncoding"), ("/c", "format")]
