"""The forms of a diff: what they hold, and that no text of a document takes effect in any of them."""

import hashlib
import json
import re
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from diff_findings import ADDED, BREAKING, EXAMPLE, NEW, OLD, RULES, UNPROVEN, WORDED, report, verdict

from governance.diff.report import DiffVerdict
from governance.reports.diff_github import as_github
from governance.reports.diff_html import as_html
from governance.reports.diff_json import as_json
from governance.reports.diff_junit import as_junit
from governance.reports.diff_markdown import as_markdown
from governance.reports.diff_sarif import as_sarif
from governance.reports.diff_text import as_text

FORMS = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_github,
}
ALL = (BREAKING, UNPROVEN, ADDED, WORDED)


@pytest.mark.parametrize("form", FORMS)
def test_each_form_tells_what_matters_and_is_the_same_on_every_run(form):
    text = FORMS[form](verdict(*ALL))

    assert text == FORMS[form](verdict(*reversed(ALL)))
    assert text.endswith("\n")
    for word in ("required-narrowed", "/orders", "0123456789ab" if form in ("json", "sarif", "junit") else "quantity"):
        assert word.replace("-", "\\-") in text or word in text
    assert "old/openapi.yaml" in text or "old/openapi\\.yaml" in text


def test_text_shows_root_causes():
    text = as_text(verdict(*ALL, limits=["the proofs took 60 seconds"]))

    assert text.splitlines() == [
        "old/openapi.yaml (1.2.3) -> new/openapi.yaml (1.3.0)",
        "  breaking required-narrowed",
        "    POST /orders: member quantity: must be sent now",
        "      0123456789ab; old/openapi.yaml:12 -> new/openapi.yaml:14; reaches 37 operations: GET /a0, POST /a1, GET /a2 and 34 more",
        '      fails: {"item": "a"} (request body application/json): valid in old, refused by new: "quantity" is required',
        "  warning pattern-changed",
        "    POST /orders: member item: pattern was changed [could not be proven]",
        "      0123456789ac; old/openapi.yaml:15 -> new/openapi.yaml:16",
        "      the patterns could not be compared",
        "  for information",
        "    GET /orders: the operation was added [exposes]",
        "  1 change of documentation, examples and extensions only (--all lists them)",
        "  bound: the proofs took 60 seconds",
        (
            "1 breaking, 1 warning, 2 for information; 1 could not be proven: 1 finding at or above breaking; "
            "1 operation compared as wire in 0.2 s"
        ),
    ]


def many(count):
    breaking = [
        replace(BREAKING, message=f"member m{n}: must be sent now", fingerprint=f"b{n:011}") for n in range(count)
    ]
    added = [replace(ADDED, message=f"operation {n}", fingerprint=f"a{n:011}") for n in range(count)]
    worded = [replace(WORDED, fingerprint=f"c{n:011}") for n in range(count)]
    return [*breaking, *added, *worded]


def test_much_is_one_screen_and_all_is_all():
    short, whole = as_text(verdict(*many(500))), as_text(verdict(*many(500)), everything=True)

    assert len(short.splitlines()) < 25
    assert "and 497 more of this rule (--all lists them)" in short
    assert "  500 operation-added, exposes: GET /orders" in short
    assert "500 changes of documentation" in short
    assert all(f"member m{n}:" in whole and f"operation {n} " in whole for n in range(500))
    assert "documentation, examples and extensions only" not in whole


def test_positions_are_read_for_what_is_shown_only(monkeypatch):
    from contracts.document import Document

    asked = []
    monkeypatch.setattr(Document, "position", lambda self, pointer: asked.append(pointer) or ("openapi.yaml", 1, 1))

    as_text(verdict(*many(500)))

    assert len(asked) <= 10


def test_nothing_found():
    nothing = {form: write(verdict()) for form, write in FORMS.items()}

    assert nothing["text"].splitlines()[-1] == "no difference; 1 operation compared as wire in 0.2 s"
    assert "no difference" in nothing["markdown"]
    assert "no difference" in nothing["html"]
    assert json.loads(nothing["sarif"])["runs"][0]["results"] == []
    assert nothing["github"].startswith("::notice ")
    assert [case.get("name") for case in ET.fromstring(nothing["junit"]).iter("testcase")] == ["no finding"]


def test_github_commands():
    lines = as_github(verdict(BREAKING, UNPROVEN, WORDED)).splitlines()

    assert lines[0].startswith("::error file=new/openapi.yaml,line=14,col=7,title=required-narrowed::POST /orders: ")
    assert "%0Areaches 37 operations: GET /a0, POST /a1, GET /a2 and 34 more%0A" in lines[0]
    assert lines[1].startswith("::warning file=new/openapi.yaml,line=16,")
    assert lines[2].startswith("::error title=Contract comparison::")
    assert len(lines) == 3


def test_github_points_at_no_file_that_is_not_in_the_working_tree():
    made = report(BREAKING)
    elsewhere = replace(made, new=replace(made.new, folder="main:new/", in_tree=False))

    line = as_github(DiffVerdict((elsewhere,), rules=RULES)).splitlines()[0]

    assert line.startswith("::error title=required-narrowed::")
    assert line.endswith("%0Aold/openapi.yaml:12 -> main:new/openapi.yaml:14")


def test_junit_counts():
    (suite,) = ET.fromstring(as_junit(verdict(*ALL)))

    cases = list(suite.iter("testcase"))
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    assert [[child.tag for child in case] for case in cases] == [["failure"], ["error"], ["system-out"]]
    assert cases[0].get("classname") == "POST /orders"
    assert "reaches 37 operations" in cases[0][0].text


ATTRIBUTES = {
    "testsuites": set(),
    "testsuite": {"name", "tests", "failures", "errors", "skipped", "time", "id"},
    "testcase": {"name", "classname"},
    "failure": {"type", "message"},
    "error": {"type", "message"},
    "system-out": set(),
}
CHILDREN = {
    "testsuites": {"testsuite"},
    "testsuite": {"testcase", "system-out"},
    "testcase": {"failure", "error", "system-out"},
}


def test_junit_keeps_to_the_form_of_junit_10():
    root = ET.fromstring(as_junit(verdict(*ALL, limits=["a bound"])))

    assert root.tag == "testsuites"
    for element in root.iter():
        assert set(element.keys()) == ATTRIBUTES[element.tag]
        assert {child.tag for child in element} <= CHILDREN.get(element.tag, set())
    pattern = r"(([0-9]{0,3},)*[0-9]{3}|[0-9]{0,3})*(\.[0-9]{0,3})?"
    assert all(re.fullmatch(pattern, suite.get("time")) for suite in root)


def test_sarif_holds_places_rules_and_fingerprints():
    log = json.loads(as_sarif(verdict(*ALL)))

    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    first = run["results"][0]
    assert run["tool"]["driver"]["rules"][first["ruleIndex"]]["id"] == first["ruleId"] == "required-narrowed"
    assert [result["level"] for result in run["results"]] == ["error", "warning", "note", "note"]
    physical = first["locations"][0]["physicalLocation"]
    assert physical["artifactLocation"] == {"uri": "new/openapi.yaml"}
    assert physical["region"] == {"startLine": 14, "startColumn": 7}
    related = first["relatedLocations"][0]["physicalLocation"]
    assert related["artifactLocation"] == {"uri": "old/openapi.yaml"}
    assert first["partialFingerprints"] == {"tidewaiterFinding/v1": "0123456789ab"}
    assert run["results"][1]["properties"]["tags"] == ["could-not-be-proven"]


def test_html_is_one_page_that_fetches_nothing():
    page = as_html(verdict(*ALL))

    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)[1]
    style = re.search(r"<style>(.*?)</style>", page, re.DOTALL)[1]
    digest = b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'").startswith(f"default-src 'none'; style-src 'sha256-{digest}'")
    assert not re.search(r"<script|<link|<img|<iframe|src=|style=|\son[a-z]+=|https?:", page)
    assert "Why required-narrowed is judged so." in page
    assert page.count("<details>") == 5  # the reach of one, three reasons, the documentation


def test_markdown():
    text = as_markdown(verdict(*ALL))

    assert "### Breaking" in text
    assert "- **member quantity: must be sent now**" in text
    assert "reaches 37 operations: `GET /a0`" in text
    assert "- 1 `operation-added`, exposes" in text
    assert "- 1 change of documentation, examples and extensions only" in text


def test_a_candidate_against_many():
    against = DiffVerdict(
        (report(BREAKING), report(ADDED)),
        candidate="orders@2.0",
        rules=RULES,
        left_out=(("orders@1.0", "it is retired"),),
    )

    made = {form: write(against) for form, write in FORMS.items()}

    assert "orders@2.0 against 2 versions in use" in made["text"]
    assert "not compared with orders@1.0: it is retired" in made["text"]
    assert "not compared" in made["markdown"]
    assert "not compared" in made["html"]
    assert len(json.loads(made["sarif"])["runs"]) == 2
    assert len(ET.fromstring(made["junit"])) == 2
    assert json.loads(made["json"])["exit_code"] == 1


HOSTILE = (
    "\x1b[31mred\x1b]8;;http://evil\x07\n::error::owned\n##[error]x <script>alert(1)</script> <b>&amp; "
    "[click](javascript:alert(1)) **bold** `code` | cell {0} @team #12 http://evil.example ]]> \u202egnp \ud800 [red]m[/red]"
)


def hostile():
    return replace(
        BREAKING, message=HOSTILE, path=f"/{HOSTILE}", reason=HOSTILE, rule="required-narrowed",
        reach=tuple(replace(use, path=f"/{HOSTILE}{number}") for number, use in enumerate(BREAKING.reach[:3])),
        failing_example=replace(EXAMPLE, value={HOSTILE: HOSTILE}, where=HOSTILE, error=HOSTILE, instance_pointer=HOSTILE),
    )  # fmt: skip


@pytest.fixture(params=FORMS)
def written(request):
    made = report(hostile(), old=OLD, new=NEW, limits=[HOSTILE])
    against = DiffVerdict((made,), candidate=HOSTILE, rules=RULES, left_out=((HOSTILE, HOSTILE),))
    return request.param, FORMS[request.param](against)


def test_no_text_of_a_document_takes_effect(written):
    form, text = written

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text), "a terminal would obey"
    commands = [line for line in text.splitlines() if re.search(r"^\s*::|##(\[|vso\[)", line)]
    if form == "github":
        assert [re.match(r"::[a-z]+ [a-z]", line) is not None for line in commands] == [True] * 3
        assert len(text.splitlines()) == 3
    else:
        assert commands == []
    if form == "json":
        assert json.loads(text)["comparisons"][0]["findings"][0]["message"] == HOSTILE


def test_hostile_names_in_html():
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen.append(tag)
            assert not [name for name, _ in attributes if name.startswith("on")]

    Reader().feed(as_html(verdict(hostile())))

    assert "script" not in seen
    assert "b" not in seen
    assert "a" not in seen


def test_hostile_names_in_markdown():
    text = as_markdown(verdict(hostile()))

    outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)
    outside = re.sub(r"\\.", "", outside)
    assert not re.search(r"<|\]\(|@team|#12|http://evil|`", outside)
    assert outside.count("**") == 4  # the outcome, and the message of the finding


def test_hostile_names_in_xml():
    root = ET.fromstring(as_junit(verdict(hostile())))

    assert {element.tag for element in root.iter()} == {"testsuites", "testsuite", "testcase", "failure", "system-out"}


def test_hostile_names_in_sarif():
    (run,) = json.loads(as_sarif(verdict(hostile())))["runs"]

    text = run["results"][0]["message"]["text"]
    assert not re.search(r"(?<!\\)\[", text)
    assert "{{0}}" in text
    assert not re.search(r"(?<!\{)\{0\}(?!\})", text)
