"""Rule sets of Spectral's form beside npm's Spectral: both find the same at the same places. Skipped without it."""

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
RULES = Path(__file__).with_name("spectral_rules.yaml")
CONTRACTS = ROOT / "examples" / "meridian" / "contracts"
DOCUMENTS = ["stock/1.1.yaml", "sales-orders/1.1.yaml"]
OAS = """\
extends: [[spectral:oas, all]]
rules: {no-$ref-siblings: off, oas3-operation-security-defined: off, oas3-schema: off, oas3-server-variables: off,
  oas3-unused-component: off, oas3-valid-media-example: off, oas3-valid-schema-example: off,
  openapi-tags-uniqueness: off, operation-operationId-unique: off, operation-parameters: off,
  operation-success-response: off, operation-tag-defined: off, path-params: off}
"""
ODD = """\
openapi: 3.0.3
info: {title: '<script>', version: '1', description: 'eval(1)'}
tags: [{name: b}, {name: a}]
servers: [{url: 'https://example.com/'}]
paths:
  /a/{}/: {get: {operationId: 'a b', tags: [x, y], responses: {'200': {description: x, content: {a/b: {examples: {e: {}}}}}}}}
  /b?c=d: {post: {parameters: [{name: a, in: query, schema: {type: array}}], responses: {}}}
components:
  schemas:
    One: {type: string, enum: [a, a, 1], nullable: true}
    Two: {type: integer, enum: [1, 1.5, null], nullable: true}
"""


@pytest.fixture(scope="module")
def beside():
    sys.path.insert(0, str(ROOT / "bench"))
    try:
        spec = importlib.util.spec_from_file_location("lint_beside", ROOT / "bench" / "lint_beside.py")
        made = importlib.util.module_from_spec(spec)
        sys.modules["lint_beside"] = made
        spec.loader.exec_module(made)
    finally:
        sys.path.remove(str(ROOT / "bench"))
    if made.why_not():
        pytest.skip(made.why_not())
    return made


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_same_at_the_same_places(beside, name):
    made = beside.compare(RULES, CONTRACTS / name)
    assert (made.only_theirs, made.only_ours) == ((), ())
    assert made.both > 20


@pytest.mark.parametrize("name", ["business-central/2.0.yaml", "odd.yaml"])
def test_its_own_rules_find_the_same(beside, tmp_path, name):
    (tmp_path / "odd.yaml").write_text(ODD, encoding="utf-8")
    (tmp_path / "oas.yaml").write_text(OAS, encoding="utf-8")
    made = beside.compare(tmp_path / "oas.yaml", tmp_path / name if name == "odd.yaml" else CONTRACTS / name)
    assert (made.only_theirs, made.only_ours) == ((), ())
    assert made.both >= (20 if name == "odd.yaml" else 1)


WORDS = """\
rules:
  a: {given: $.info, message: '{{error}}', then: {field: x, function: truthy}}
  b: {given: $.info.title, message: '{{property}} {{value}} {{path}}', then: {function: pattern, functionOptions: {match: ^X}}}
  c: {given: $.paths, message: '{{error}}', then: {field: '@key', function: casing, functionOptions: {type: snake}}}
  d: {given: $.tags, message: '{{error}}', then: {function: alphabetical, functionOptions: {keyedBy: name}}}
  e: {given: $.info, then: {function: length, functionOptions: {max: 1}}}
  f: {given: $.info, description: Told., then: {function: xor, functionOptions: {properties: [title, version]}}}
  g: {given: '$.paths[*][*]', message: '#{{print("property")}}lacks {{property}}', then: {field: 'responses.500', function: truthy}}
  h: {given: $.openapi, message: '{{error}}', then: {function: enumeration, functionOptions: {values: [a, 1, null]}}}
"""


def test_the_same_words(beside, tmp_path):
    (tmp_path / "words.yaml").write_text(WORDS, encoding="utf-8")
    (tmp_path / "odd.yaml").write_text(ODD, encoding="utf-8")
    made = beside.compare(tmp_path / "words.yaml", tmp_path / "odd.yaml")
    assert (made.only_theirs, made.only_ours, made.messages) == ((), (), {})
    assert made.both == 10
