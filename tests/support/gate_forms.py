"""Every form of the gate's report, and what judges it: its schema, and whether text stays text for whoever shows it."""

import json
import re
from html import unescape

import jsonschema_rs
from lxml import html
from markdown_it import MarkdownIt
from report_schemas import assert_junit, assert_sarif

from governance.file_kinds import schema_of
from governance.reports.gate_github import as_github
from governance.reports.gate_html import as_html
from governance.reports.gate_json import as_json
from governance.reports.gate_junit import as_junit
from governance.reports.gate_markdown import MARK, MOST, as_markdown
from governance.reports.gate_sarif import as_sarif
from governance.reports.gate_text import as_text

FORMS = {"text": as_text, "json": as_json, "markdown": as_markdown, "sarif": as_sarif, "junit": as_junit,
         "github": as_github, "html": as_html}  # fmt: skip
# What a terminal obeys, and what turns or hides text; a line feed is ours.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
CALLS = re.compile(r"https?://\w|www\.\w|(?<!\w)@\w|(?<!\w)#\d", re.IGNORECASE)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
TAGS = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p", "strong", "code", "pre",
        "span", "div", "ul", "li", "dl", "dt", "dd", "section", "article", "nav", "details", "summary", "br", "a"}  # fmt: skip
FOLDED = re.compile(r"<details><summary>([^<>]*)</summary>\n?")


def assert_github(text):
    for line in text.splitlines():
        assert re.match(r"::(error|warning|notice) [a-z]", line), line
        assert line.count("::") >= 2
    return text


def assert_json(text):
    tree = json.loads(text)
    errors = [error.message for error in jsonschema_rs.validator_for(schema_of("gate-report")).iter_errors(tree)]
    assert errors == []
    return tree


def assert_markdown(text):
    """What GitHub makes of it holds no tag but ours, no link, no mention. Returns the folded parts' titles."""
    assert len(text.encode()) <= MOST
    folded = []
    for block in MARKDOWN.parse(text):
        if block.type == "html_block":
            opened = FOLDED.fullmatch(block.content)
            assert opened or block.content.strip() in (MARK, "</details>"), block.content
            assert not (opened and CALLS.search(unescape(opened[1]))), block.content
            folded += [unescape(opened[1])] if opened else []
        for part in block.children or ():
            assert part.type not in ("html_inline", "link_open", "image"), part
            assert part.type != "text" or not CALLS.search(part.content), part.content
    assert text.count("\n<details>") == text.count("\n</details>")
    return folded


def assert_html(text):
    page = html.document_fromstring(text)
    assert {element.tag for element in page.iter()} <= TAGS
    for element in page.iter():
        assert not [name for name in element.keys() if name.startswith("on") or name in ("style", "src")]  # noqa: SIM118
        assert element.get("href", "#").startswith("#")
        target = element.get("href", "#")[1:]
        assert not target or page.get_element_by_id(target) is not None
    assert "default-src 'none'" in page.find("head/meta[@http-equiv]").get("content")
    return page


JUDGES = {"json": assert_json, "sarif": assert_sarif, "junit": assert_junit, "github": assert_github,
          "markdown": assert_markdown, "text": str, "html": assert_html}  # fmt: skip


def assert_stays_text(form, text):
    """The form is whole, and nothing in it is obeyed by a terminal or by a CI system."""
    JUDGES[form](text)
    assert not OBEYED.search(text)
    commands = [line for line in text.splitlines() if re.search(r"^\s*::|##(\[|vso\[)", line)]
    assert form == "github" or commands == []
