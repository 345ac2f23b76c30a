"""Reports say the same in every form, and nothing of what the systems said."""

import json

import pytest
from fuzz_tape import PARTY, TAG, Tape

from governance.fuzz.judge.table import FUZZ_RULES
from governance.reports.fuzz_html import as_html
from governance.reports.fuzz_json import FuzzReportModel, as_json
from governance.reports.fuzz_markdown import as_markdown
from governance.reports.fuzz_text import as_text

CANARIES = ("CANARY-BODY", "CANARY-PATH", "CANARY-QUERY", "CANARY-HEADER", "CANARY-TEXT", "CANARY-SENT")
HOSTILE = "<script>x</script>[a](b)\x1b[31m::error::"
FORMS = {"json": as_json, "html": as_html, "text": lambda v: as_text(v, everything=True),
         "markdown": lambda v: as_markdown(v, everything=True)}  # fmt: skip


@pytest.fixture
def verdict(tmp_path):
    tape = Tape(tmp_path).all_fine()
    tape.canaries = ["CANARY-TEXT"]
    tape.add("getParty", 200, {**PARTY, "name": "CANARY-BODY" * 9, "remark": "CANARY-TEXT"}, headers=TAG)
    tape.add("getParty", 500, {"error": "CANARY-BODY"}, path="/parties/9")
    tape.add("listParties", 200, {"items": [PARTY]}, query="status=CANARY-QUERY")
    tape.add("changeParty", 200, {**PARTY, "remark": "x"}, body={"remark": 5, "code": "CANARY-SENT"})
    tape.add(
        "deleteParty", 404, {"error": "password=CANARY-PATH"}, path="/parties/8", headers=(*TAG, ("x", "CANARY-HEADER"))
    )
    tape.add("getParty", 200, {**PARTY, HOSTILE: 1}, headers=TAG)
    tape.add("getParty", 200, PARTY, headers=TAG, part="gateway", about={"of": 3})
    return tape.verdict()


@pytest.mark.parametrize("form", FORMS)
def test_nothing_of_the_systems_stands_in_a_report(form, verdict):
    text = FORMS[form](verdict)

    assert [word for word in CANARIES if word in text] == []
    assert verdict.recording.salt not in text


@pytest.mark.parametrize("form", FORMS)
def test_every_finding_and_operation_stands_in_it(form, verdict):
    text = FORMS[form](verdict)

    rules = {one.finding.rule for one in verdict.findings}
    assert {"answer-drift", "server-error", "accepted-rubbish", "error-tells", "foreign-data"} <= rules
    for rule in rules:
        assert rule in text.replace("\\-", "-")
    for row in verdict.coverage:
        assert row.operation in text.replace("\\", "")


def test_names_of_members_take_no_effect(verdict):
    assert "<script>" not in as_html(verdict)
    assert "\x1b" not in as_text(verdict, everything=True)
    assert "<script>" not in as_markdown(verdict, everything=True)


def test_the_form_for_machines_is_the_published_one(verdict):
    told = FuzzReportModel.model_validate_json(as_json(verdict))

    assert told.exit_code == 1
    assert told.counts["error"] == sum(one.severity == "error" for one in told.findings)
    first = told.findings[0]
    assert [one.commitment for one in first.evidence] == [
        verdict.recording.commitment(one.entry) for one in first.evidence
    ]
    assert told.crossings[0].agreed == 1
    assert json.loads(as_json(verdict))["form"] == "tidewaiter-fuzz/1"


def test_each_rule_says_why_and_what_to_do():
    for name, rule in FUZZ_RULES.items():
        assert rule.id == name
        assert rule.reason.endswith(".")
        assert rule.do.endswith(".")
