"""Every form of the gate's verdict: what stands in it, that it keeps to its schema, and that text stays text."""

import json
import re
from dataclasses import replace
from datetime import date

import pytest
from gate_forms import FORMS, JUDGES, assert_html, assert_json, assert_markdown, assert_stays_text
from gate_verdicts import (
    CONTRACT,
    EXPOSES,
    FINE,
    NARROWED,
    NOTHING,
    QUORUM,
    REFUSED,
    SHOP,
    UNASKED,
    UNDECIDED,
    WHOLE,
    about,
    attacked,
    verdict,
    waiver,
)
from hostile_documents import ATTACKS, EVERYTHING
from report_schemas import assert_junit, assert_sarif

from contracts.apis import Version
from governance.changes.changed import Changed
from governance.diff.rules.table import BY_ID
from governance.promised import Promised, Since
from governance.release.covering import Ruling
from governance.reports.gate_context import Context
from governance.reports.gate_github import as_github
from governance.reports.gate_html import as_html
from governance.reports.gate_json import as_json
from governance.reports.gate_junit import as_junit
from governance.reports.gate_markdown import MARK, as_markdown
from governance.reports.gate_sarif import as_sarif
from governance.reports.gate_text import as_text

VERDICTS = {"whole": WHOLE, "nothing": NOTHING, "fine": FINE}
ASKED = Context("main; rm -rf /", ("--workspace", "my ws"), "sub folder/", "2 of Anna, Bert")


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("name", VERDICTS)
def test_every_form_keeps_to_its_schema(form, name):
    JUDGES[form](FORMS[form](VERDICTS[name], ASKED))


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("attack", [*ATTACKS, "everything"])
def test_hostile_text_stays_text(form, attack):
    hostile = {**ATTACKS, "everything": EVERYTHING}[attack]
    text = FORMS[form](attacked(hostile), Context(f"b {hostile}", ("--trust", hostile), f"f {hostile}/", hostile))

    assert_stays_text(form, text)


def test_the_decision_comes_first_in_a_comment():
    lines = as_markdown(WHOLE, ASKED).splitlines()

    assert lines[0] == MARK
    assert lines[1].replace("\\", "").replace("\u2060", "") == (
        "## 2 changes to be decided until 2026-12-10 by orders@harbour.example (anna, bert) and shop@harbour.example (carl), "
        "the board's quorum: 2 of Anna, Bert; 1 change refused by a decision"
    )
    assert lines[5] == "If nobody decides: They stay out until somebody decides: silence never approves."
    assert "- Sign the decision new: `tidewaiter board sign new --workspace 'my ws'`" in lines
    command = "tidewaiter explain finding 00000000000a --base 'main; rm -rf /' --workspace 'my ws'"
    assert f"- Read all that is known of one finding: `{command}`" in lines


def test_what_waiting_costs():
    text = as_text(WHOLE)

    assert "2 changes that need no further decision wait with the others" in text
    assert "The waiver unit-is-sent ends on 2026-12-01: what it lets pass counts from the next day on." in text
    assert "They are refused on that day" in as_text(verdict(UNDECIDED, then="refused"))
    late = verdict(UNDECIDED, waivers=(waiver(until=WHOLE.due),))
    assert "The waiver" not in as_text(late)


def many(changes, points, text=""):
    """A verdict of so many changes of so many findings."""
    held = tuple(
        replace(NARROWED, finding=replace(NARROWED.finding, fingerprint=f"{number:012x}", message=f"{number} {text}"))
        for number in range(points)
    )
    names = [f"orders-{number}@1.0" for number in range(changes)]
    return verdict(*(Ruling(replace(CONTRACT, name=name, points=held), QUORUM, None) for name in names))


@pytest.mark.parametrize(("changes", "points", "text"), [
    (300, 40, ""), (1, 5000, "long " * 500), (3, 30, "`|*_@#<" * 2000), (40, 25, EVERYTHING), (2000, 1, "\u20ac" * 300),
])  # fmt: skip
def test_a_comment_is_bounded(changes, points, text):
    made = as_markdown(many(changes, points, text))

    folded = assert_markdown(made)
    assert len(made) > 15_000
    assert folded[0].startswith("Who may be concerned")
    assert folded[-1] == "How this was made"
    told = re.search(r"(\d+) parts? of the report did not fit", made)
    assert (int(told[1]) if told else 0) + len(folded) == changes + 2


def test_a_comment_lists_fewer_findings_before_it_leaves_a_change_out():
    made = as_markdown(many(10, 25, "word " * 70))

    assert len(assert_markdown(made)) == 12
    assert "and 20 more findings" in made


def test_json_tells_all():
    tree = assert_json(as_json(WHOLE))

    assert [(one["name"], one["status"], one["decided_by"]) for one in tree["changes"]] == [
        ("orders@1.1", "undecided", ""), ("entities/west.yaml", "undecided", ""), ("consumers/shop.yaml", "undecided", ""),
        ("policies/plans.yaml", "decided", "lower-limits"), ("consumers/hub.yaml", "automatic", ""),
    ]  # fmt: skip
    narrowed = tree["changes"][0]["findings"][0]
    assert (narrowed["before"], narrowed["after"], narrowed["does"]) == (35, 20, ["breaks"])
    assert narrowed["do"].startswith("You must")
    assert tree["changes"][0]["noted"][0]["waived"] == ["unit-is-sent"]
    assert tree["changes"][1]["findings"][0]["in_base_only"]
    assert tree["counts"] == {
        "undecided": 3, "decided": 1, "automatic": 1, "breaks": 3, "exposes": 1, "weakens": 0, "unproven": 1, "lint": 0,
        "compatible": 2,
    }  # fmt: skip
    assert tree["unanswered"] == {"due": "2026-12-10", "then": "open", "contact": "board@harbour.example"}
    assert [(one["consumer"], len(one["breaks"]), len(one["unproven"])) for one in tree["affected"]] == [
        ("shop", 4, 1), ("hub", 2, 1),
    ]  # fmt: skip
    assert {one["usage"] for one in tree["affected"]} == {"unknown"}


def test_sarif_levels_suppressions_and_places():
    run, waivers = assert_sarif(as_sarif(WHOLE, ASKED))["runs"]

    levels = {one["ruleId"]: one["level"] for one in run["results"]}
    assert levels == {
        "request-max-length-narrowed": "error", "response-enum-widened": "error", "request-pattern-changed": "error",
        "request-property-became-required": "note", "path-added": "note", "limit-lowered": "note", "file-removed": "error",
        "change-refused": "error",
    }  # fmt: skip
    suppressed = [one for one in run["results"] if "suppressions" in one]
    assert [one["ruleId"] for one in suppressed] == ["request-property-became-required"]
    assert run["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "sub%20folder/contracts/orders/1.1.yaml"}, "region": {"startLine": 40, "startColumn": 1}
    }  # fmt: skip
    assert run["properties"]["undecided"] == 3
    assert [one["ruleId"] for one in waivers["results"]] == ["waiver-ends-soon"]
    place = waivers["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "sub%20folder/decisions/unit-is-sent.yaml"
    place = suppressed[0]["suppressions"][0]["location"]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "sub%20folder/decisions/unit-is-sent.yaml"
    assert "bound" not in run["invocations"][0]
    notes = run["invocations"][0]["toolExecutionNotifications"]
    assert [note["message"]["text"] for note in notes][1] == "60 seconds of proofs were used up"


def test_junit_fails_what_lacks_a_decision():
    root = assert_junit(as_junit(WHOLE))

    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}
    counts = {
        name: tuple(int(one.get(key)) for key in ("failures", "errors", "skipped")) for name, one in suites.items()
    }
    assert counts == {
        "orders@1.1": (2, 1, 1), "entities/west.yaml": (1, 0, 0), "consumers/shop.yaml": (1, 0, 0),
        "policies/plans.yaml": (0, 0, 0), "consumers/hub.yaml": (0, 0, 0), "waivers": (0, 0, 0),
    }  # fmt: skip


def test_github_annotates_lines_and_says_the_sum_first():
    lines = as_github(WHOLE, ASKED).splitlines()

    assert lines[0].startswith("::error title=Release gate::5 changes: 1 automatic, 1 decided, 3 without a decision")
    assert lines[1].startswith(
        "::error file=sub folder/contracts/orders/1.1.yaml,line=40,col=1,title=request-max-length"
    )
    kinds = [(line.split()[0], re.search(r"title=([^:]+)::", line)[1]) for line in lines]
    assert ("::error", "file-removed 00000000000e") in kinds
    assert not any("west.yaml,line" in line for line in lines)
    assert ("::notice", "limit-lowered 00000000000d") in kinds
    assert ("::notice", "waived%3A request-property-became-required") in kinds
    assert ("::warning", "Bound") in kinds
    assert any(line.startswith("::error file=sub folder/consumers/shop.yaml,line=1,") for line in lines)
    assert as_github(FINE).splitlines()[0].startswith("::notice title=Release gate::2 changes")


@pytest.mark.parametrize("form", FORMS)
def test_a_waiver_stands_where_it_does_in_the_workspace(form):
    """The base's are read from a folder that is gone when the report is read."""
    away = replace(about(), file="/tmp/gone/decisions/unit-is-sent.yaml")
    held = waiver()
    held = replace(held, source=replace(held.source, file=away.file))
    text = FORMS[form](replace(WHOLE, about_waivers=(away,), waivers=(held,)))

    assert "/tmp/gone" not in text
    assert "decisions/unit-is-sent.yaml" in text.replace("\\", "")


def test_text_lists_all_where_it_is_asked_to():
    change = Changed("contract", "orders@1.0", "sha256:0", points=(NARROWED,) * 9)
    short, whole = (as_text(verdict(Ruling(change, QUORUM, None)), everything=one) for one in (False, True))

    assert "and 3 more (--all lists them)" in short
    assert whole.count("request-max-length-narrowed") == 9


def test_where_nobody_may_call_it():
    lonely = replace(NARROWED, callers=())
    shown = verdict(Ruling(Changed("contract", "orders@1.0", "sha256:0", points=(lonely,)), QUORUM, None))

    assert "the access rules name no consumer for it" in as_text(shown)
    assert "Who may be concerned" not in as_markdown(shown)
    assert json.loads(as_json(shown))["affected"] == []


def test_a_consumer_is_told_once():
    twice = verdict(UNDECIDED, Ruling(replace(CONTRACT, name="orders@1.2"), QUORUM, None))

    told = json.loads(as_json(twice))["affected"]
    assert [one["consumer"] for one in told] == ["hub", "shop"]
    assert told[1]["entities"] == list(SHOP.entities)
    assert told[1]["breaks"] == ["00000000000a", "00000000000b"]


@pytest.mark.parametrize("form", FORMS)
def test_a_verdict_without_a_decision_to_take(form):
    text = FORMS[form](verdict(UNASKED, REFUSED))

    JUDGES[form](text)
    assert form in ("json", "sarif") or "refuse" in text


PROMISED = Promised(
    {"00000000000a": Since(date(2024, 2, 3), exact=True), "00000000000b": Since(date(2025, 5, 1), exact=False)},
    {"orders@1.1": Version(stage="deprecated", deprecated=date(2026, 3, 1), sunset=date(2027, 6, 30), successor="1.2")},
)  # fmt: skip
BOARD = Context("main", board="2 of Anna, Bert", promised=PROMISED, titles={"orders": "Orders of the harbour"})
SECTIONS = ["decision", "verdict", "causes", "affected", "duties", "since", "waivers", "unproven", "made", "findings"]


def section(page, name):
    found = page.get_element_by_id(name)
    for one in found.iter("dt", "br"):
        one.tail = f" {one.tail or ''}"
    return " ".join(found.text_content().split())


def test_the_page_tells_a_member_of_the_board_what_to_know_in_this_order():
    page = assert_html(as_html(WHOLE, BOARD))

    assert [one.get("id") for one in page.iterfind("body/main/section")] == SECTIONS
    assert page.findtext("body/main/h1") == "harbour: 3 changes need a decision"
    decision = section(page, "decision")
    for told in (
        "To be decided by 10 December 2026 (14 days from 26 November 2026)",
        "It breaks something for 2 consumers that may call it: shop (shop@harbour.example), hub",
        "Of whom orders@harbour.example (anna, bert) and shop@harbour.example (carl), on Orders of the harbour 1.1 orders@1.1",
        "and of the board's quorum: 2 of Anna, Bert, on entities/west.yaml: breaks",
        "Refused consumers/shop.yaml: decisions/no.yaml refuses it: no",
        "If nobody decides They stay out until somebody decides",
        "What waiting costs What runs now keeps running as it is, and none of what is new reaches anybody.",
        "Questions to board@harbour.example",
    ):
        assert told in decision
    causes = section(page, "causes")
    assert (
        "Before 35 After 20 Promised since 3 February 2024 Who may call it shop (shop@harbour.example), hub" in causes
    )
    assert "Whoever keeps to what was promised may send this (request body application/json). With the change" in causes
    assert "Promised since at least 1 May 2025" in causes
    assert "the entity west is gone" in causes
    assert (
        "Web shop shop, owner shop@harbour.example, for north, south 4 findings break it, 1 finding could not be proven; usage"
        in section(page, "affected")
    )
    assert section(page, "affected").count("usage unknown") == 2
    assert "You must stop sending longer texts. POST /orders: Order.note: maxLength was 35, is now 20" in section(
        page, "duties"
    )
    assert "orders@1.1: deprecated since 1 March 2026, meant to end on 30 June 2027, successor 1.2" in section(
        page, "since"
    )
    assert "Order.note: maxLength was 35, is now 20: since 3 February 2024" in section(page, "since")
    assert "unit-is-sent until 2026-12-01 (owner orders@harbour.example, approved by A. Berg)" in section(
        page, "waivers"
    )
    assert "Order.unit: is required now: waived by unit-is-sent" in section(page, "waivers")
    assert "the patterns could not be compared" in section(page, "unproven")
    assert "A bound was hit in orders@1.1: 60 seconds of proofs were used up" in section(page, "unproven")
    assert "Made again by tidewaiter gate --base main" in section(page, "made")
    assert "Trust root version 1, sha256:ab" in section(page, "made")
    findings = section(page, "findings")
    for ruling in WHOLE.rulings:
        for point in (*ruling.change.points, *ruling.change.noted):
            assert point.finding.fingerprint in findings


def test_the_page_of_a_verdict_that_asks_for_nothing():
    page = assert_html(as_html(FINE))

    assert page.findtext("body/main/h1") == "harbour: nothing has to be decided"
    assert section(page, "decision") == "The decision Nothing has to be decided. 2 changes: 1 automatic, 1 decided."
    assert "no history of it could be read" in section(page, "since")
    assert "No waiver lets anything of this pass." in section(page, "waivers")
    assert "Nothing: all was looked at in full." in section(page, "unproven")
    assert assert_html(as_html(NOTHING)).findtext("body/main/h1") == "harbour: nothing changed"


def test_the_page_tells_many_findings_in_the_appendix_only():
    page = assert_html(as_html(many(1, 30)))

    assert len(page.get_element_by_id("change-1").findall("article")) == 3
    assert "27 more are in the appendix." in section(page, "causes")
    assert "and 27 more" in section(page, "duties")
    assert section(page, "findings").count("request-max-length-narrowed") == 30
    points = [replace(NARROWED, finding=replace(NARROWED.finding, rule=rule)) for rule in list(BY_ID)[:20]]
    several = verdict(Ruling(replace(CONTRACT, points=tuple(points)), QUORUM, None))
    assert len(assert_html(as_html(several)).get_element_by_id("change-1").findall("article")) == 12


def test_what_only_exposes_breaks_nobody():
    point = replace(NARROWED, classes=frozenset((EXPOSES,)))
    shown = verdict(Ruling(Changed("contract", "orders@1.0", "sha256:0", points=(point,)), QUORUM, None))
    page = assert_html(as_html(shown))

    assert "No consumer that may call is broken, as far as could be proven." in section(page, "decision")
    assert section(page, "duties") == "What each consumer would have to do Nothing."
    assert "for north, south 1 finding exposes or weakens; usage unknown" in section(page, "affected")


def test_consumers_that_have_to_do_the_same_stand_together():
    page = assert_html(as_html(verdict(UNDECIDED)))

    assert [one.text_content() for one in page.get_element_by_id("duties").findall("h3")] == [
        "hub (edi@harbour.example, suspended), shop (shop@harbour.example)"
    ]
