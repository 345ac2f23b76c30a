"""The forms of lint: what they hold, and that no text of a document takes effect in any of them."""

import copy
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from linted import HOSTILE, ORDERS, linted

from governance.lint.report import Stale
from governance.reports.lint_github import as_github
from governance.reports.lint_html import as_html
from governance.reports.lint_json import LintReportModel, as_json
from governance.reports.lint_junit import as_junit
from governance.reports.lint_markdown import as_markdown
from governance.reports.lint_sarif import as_sarif
from governance.reports.lint_text import as_text

FORMS = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
    "html": as_html,
    "sarif": as_sarif,
    "junit": as_junit,
    "github": as_github,
}


def hostile():
    """A document in which every text that a report may show is hostile."""
    tree = copy.deepcopy(ORDERS)
    tree["paths"] = {f"/{HOSTILE}/{{id}}": tree["paths"]["/orders"]}
    tree["paths"]["/x"] = {"get": {"operationId": HOSTILE, "responses": {HOSTILE: {"description": "x"}}}}
    order = tree["components"]["schemas"]["Order"]
    order["properties"][HOSTILE + "price"] = {"type": "number", "format": HOSTILE, "example": HOSTILE}
    order["properties"]["p"] = {"type": "string", "pattern": f"(?={HOSTILE}"}
    order["required"] = [HOSTILE]
    tree["components"]["schemas"][HOSTILE] = {"type": "object", "maxLength": HOSTILE}
    tree["security"] = [{HOSTILE: []}]
    tree["servers"] = [{"url": "http://" + HOSTILE}]
    return linted(tree, shown=HOSTILE)


def with_baseline(verdict):
    (report,) = verdict.reports
    known = frozenset({(report.side.shown, report.findings[0].fingerprint)})
    stale = Stale(report.side.shown, "money-as-number", "/components/schemas/Gone", "0123456789ab", "sales")
    return replace(verdict, baseline="known.yaml", accepted=known, stale=(stale,))


@pytest.mark.parametrize("form", FORMS)
def test_each_form_tells_what_matters(form):
    text = FORMS[form](linted())
    assert text.endswith("\n")
    for word in ("security-unstated", "money-as-number", "openapi.json"):
        assert word in text or word.replace("-", "\\-").replace(".", "\\.") in text


def test_text_shows_root_causes():
    lines = as_text(linted()).splitlines()
    assert lines[0] == "openapi.json (1.0.0)"
    assert lines[1] == "  error security-unstated"
    assert "  warning money-as-number" in lines
    assert "    Order.price is money and a number: digits are lost in floating point" in lines
    assert "reaches 2 operations: PUT /orders, POST /orders" in as_text(linted())
    assert lines[-1].startswith("1 error, ")


def test_much_is_one_screen_and_all_is_all():
    tree = copy.deepcopy(ORDERS)
    properties = tree["components"]["schemas"]["Order"]["properties"]
    properties |= {f"price{n}": {"type": "number"} for n in range(300)}
    short, whole = as_text(linted(tree)), as_text(linted(tree), everything=True)
    assert len(short.splitlines()) < 60
    assert "and 296 more of this rule (--all lists them)" in short
    assert sum("is money and a number" in line for line in whole.splitlines()) == 301


def test_json_keeps_to_its_own_schema():
    told = json.loads(as_json(with_baseline(linted())))
    LintReportModel.model_validate(told)
    (document,) = told["documents"]
    assert [one["known"] for one in document["findings"]].count(True) == 1
    assert document["counts"]["known"] == 1
    assert told["stale"][0]["owner"] == "sales"


def test_sarif_suppresses_what_is_known_and_places_the_rest():
    log = json.loads(as_sarif(with_baseline(linted())))
    (run,) = log["runs"]
    assert [bool(one.get("suppressions")) for one in run["results"]].count(True) == 1
    names = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    for result in run["results"]:
        assert names[result["ruleIndex"]] == result["ruleId"]
        assert result["locations"][0]["physicalLocation"]["region"]["startLine"] >= 1


def test_junit_counts_what_it_holds():
    root = ET.fromstring(as_junit(with_baseline(linted())))
    suite, stale = root.findall("testsuite")
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases)
    assert int(suite.get("failures")) == sum(case.find("failure") is not None for case in cases) == 0
    assert int(suite.get("skipped")) == sum(case.find("skipped") is not None for case in cases) == 1
    assert len(stale.findall("testcase")) == 1


def test_no_finding_is_still_a_case():
    tree = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}
    root = ET.fromstring(as_junit(linted(tree)))
    assert [case.get("name") for case in root.iter("testcase")] == ["no finding"]
    assert "no finding" in as_text(linted(tree))


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        assert not any(name.startswith("on") for name, _ in attributes)


def test_hostile_text_stays_text():
    verdict = hostile()
    assert len(verdict.reports[0].findings) > 10
    page = as_html(verdict)
    tags = Tags()
    tags.feed(page)
    assert "script" not in tags.seen
    ET.fromstring(as_junit(verdict))
    for form, write in FORMS.items():
        text = write(verdict)
        assert "\x1b" not in text, form
        assert "\u202e" not in text, form
    for line in as_github(verdict).splitlines():
        assert line.startswith(("::error ", "::warning ", "::notice "))
    marked = as_markdown(verdict, everything=True)
    outside = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", marked.replace("\\`", ""))
    assert not any(sign in outside for sign in ("<script>", "[a](b)", "@team"))
    assert not any(line.startswith("::") for line in as_text(verdict, everything=True).splitlines())
