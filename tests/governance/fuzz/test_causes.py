"""One cause, one finding: what is told of many operations that share a parameter, and what is kept of each."""

import json
import re

import pytest
from fuzz_tape import MADE, NEW, PARTY, TAG, Tape, looser

from governance.reports.fuzz_causes import evidence_of, told_causes, told_counts, told_operations
from governance.reports.fuzz_html import as_html
from governance.reports.fuzz_json import as_json
from governance.reports.fuzz_markdown import as_markdown
from governance.reports.fuzz_text import as_text
from governance.reports.onboarding_html import groups_of

CONTEXT = {"name": "X-Context", "in": "header", "required": True, "schema": {"type": "string", "enum": ["eu"]}}
SHARED = {"$ref": "#/components/parameters/Context"}


@pytest.fixture
def tape(tmp_path):
    """Four operations take the same header, two of them by reference; one takes another one of that name."""
    document = looser()
    document["components"]["parameters"] = {"Context": {**CONTEXT, "description": "Where."}}
    parties, party = document["paths"]["/parties"], document["paths"]["/parties/{id}"]
    parties["get"]["parameters"] = [*parties["get"]["parameters"], SHARED]
    party["get"]["parameters"] = [SHARED]
    parties["post"]["parameters"] = [{**CONTEXT, "description": "For whom.", "example": "eu"}]
    party["delete"]["parameters"] = [CONTEXT]
    party["patch"]["parameters"] = [{**CONTEXT, "schema": {"type": "string", "enum": ["eu", "us"]}}]
    return Tape(tmp_path, document=document).all_fine()


def missing(verdict):
    return [one for one in verdict.findings if "x-context: the header is missing" in one.finding.message]


def test_the_same_parameter_is_one_cause_whether_by_reference_or_not(tape):
    found = missing(tape.verdict())

    assert len(found) == 5
    by_cause = {}
    for one in found:
        by_cause.setdefault(one.cause, []).append(one.operation.partition(" ")[2])
    assert sorted(by_cause.values()) == [["changeParty"], ["createParty", "deleteParty", "getParty", "listParties"]]


@pytest.mark.parametrize(
    "form",
    [as_text, lambda v: as_markdown(v).replace("\\", "").replace("\u2060", ""), as_html],
    ids=["text", "markdown", "html"],
)
def test_a_report_tells_it_once_with_its_operations(tape, form):
    text = form(tape.verdict())

    assert text.count("the header is missing") == 2
    assert "4 operations: accepts a request that breaks" in text
    assert "parties@1.0: createParty, deleteParty, getParty, listParties" in text


def test_machines_find_each_place(tape):
    verdict = tape.verdict()
    told = json.loads(as_json(verdict))

    found = [one for one in told["findings"] if "x-context" in one["message"]]
    assert {one["operation"] for one in found} == {one.operation for one in missing(verdict)}
    assert all(one["pointer"] and one["evidence"] and one["fingerprint"] for one in found)
    assert len({one["fingerprint"] for one in found}) == 5
    assert told["counts"]["warning"] == 5
    assert told["causes"] == {"error": 0, "warning": 2, "info": 0}
    assert told_counts(told["findings"]) == "0 errors, 2 warnings found (5 by operation)"


def test_a_fault_of_one_schema_names_all_operations_that_show_it(tmp_path):
    tape = Tape(tmp_path).all_fine()
    tape.add("getParty", 200, {**PARTY, "name": 5}, headers=TAG)
    tape.add("createParty", 201, {**PARTY, "name": 5}, body=NEW, headers=MADE)

    found = [one for one in tape.verdict().findings if one.finding.rule == "answer-drift"]
    assert [(one.operation.partition(" ")[2], len(one.operations)) for one in found] == [("getParty", 2)]
    assert "parties@1.0: getParty, createParty" in as_text(tape.verdict())


def test_parameters_of_one_operation_are_told_apart(tmp_path):
    tape = Tape(tmp_path).all_fine()
    tape.add("listParties", 200, {"items": [PARTY]}, query="limit=-1&offset=-1")

    told = sorted(one.finding.message for one in tape.verdict().findings)
    assert told == [
        "accepts a request that breaks `minimum` at query limit: expected an integer of at least 1",
        "accepts a request that breaks `minimum` at query offset: expected an integer of at least 0",
    ]


def test_the_severest_weighs_alone():
    one = {"fingerprint": "a" * 12, "operation": "o@1 a", "severity": "error", "cause": "c" * 12}
    other = {**one, "fingerprint": "b" * 12, "operation": "o@1 b"}

    assert told_causes([one, {**other, "cause": "d" * 12}, other]) == [[one, other], [{**other, "cause": "d" * 12}]]
    assert told_operations([one, other]) == ["o@1 a", "o@1 b"]
    del one["cause"], other["cause"]
    assert told_causes([one, other]) == [[one], [other]]


def test_evidence_of_several_findings():
    assert evidence_of(9, [7, 3, 3, 9, 12, 1, 40]) == "9 calls: 1, 3, 7, 9, 12 and more"
    assert evidence_of(2, [4, 2]) == "2 calls: 2, 4"


def test_the_onboarding_page_tells_it_once(tape):
    (warnings,) = groups_of(json.loads(as_json(tape.verdict())))

    assert warnings["heading"] == "Warnings"
    (rule,) = warnings["rules"]
    assert rule["rule"] == "accepted-rubbish"
    assert [(one["message"].partition(": ")[0], one["places"]) for one in rule["causes"]] == [
        ("4 operations", ["parties@1.0: createParty, deleteParty, getParty, listParties"]),
        ("parties@1.0 changeParty", []),
    ]
    assert all(re.fullmatch(r"[0-9a-f]{12}|cause [0-9a-f]{12}", one["name"]) for one in rule["causes"])
