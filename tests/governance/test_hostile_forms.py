"""Every form of every report over contracts whose every text attacks: it stays text for whoever shows the form."""

import json
import re

import pytest
from hostile_documents import ATTACKS, EVERYTHING, attacking_workspace
from lxml import html
from markdown_it import MarkdownIt

COMMANDS = {
    "diff": ("diff", "orders@1.0", "orders@1.1", "--at", "2026-11-26"),
    "lint": ("lint",),
    "lifecycle": ("lifecycle", "--at", "2026-11-26"),
    "changelog": ("changelog", "orders@1.0", "orders@1.1"),
}
ALL_FORMS = ("text", "json", "markdown", "html", "sarif", "junit", "github")
FORMS = {"diff": ALL_FORMS, "lint": ALL_FORMS, "lifecycle": ALL_FORMS[:4], "changelog": ALL_FORMS[:4]}
# What a terminal obeys, and what turns or hides text; a line feed is ours.
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")
# What GitHub makes a link, a mention or a reference of in plain text.
CALLS = re.compile(r"https?://\w|www\.\w|(?<!\w)@\w|(?<!\w)#\d", re.IGNORECASE)
MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


@pytest.fixture(params=[*ATTACKS, "everything"])
def workspace_under_attack(request, tmp_path):
    attacking_workspace(tmp_path, {**ATTACKS, "everything": EVERYTHING}[request.param])
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_it_stays_text(name, command, workspace_under_attack):
    for form in FORMS[name]:
        code, text, err = command(*COMMANDS[name], "-w", workspace_under_attack, "--format", form)
        assert code in (0, 1), err
        assert not OBEYED.search(text), form
        assert not OBEYED.search(err), form
        commands = [line for line in text.splitlines() if re.search(r"^\s*::|##(\[|vso\[)", line)]
        if form == "github":
            assert all(re.match(r"::(error|warning|notice) [a-z]", line) for line in text.splitlines())
        else:
            assert commands == [], form
        JUDGES.get(form, str)(text)


def as_markdown(text):
    for block in MARKDOWN.parse(text):
        assert block.type != "html_block", block.content
        for part in block.children or ():
            assert part.type not in ("html_inline", "link_open", "image"), part
            assert part.type != "text" or not CALLS.search(part.content), part.content


def as_html(text):
    page = html.document_fromstring(text)
    known = {"html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "h4", "p", "strong", "code", "pre",
             "span", "div", "table", "thead", "tbody", "tr", "th", "td", "ul", "li", "dl", "dt", "dd", "section", "article",
             "details", "summary", "br", "a"}  # fmt: skip
    assert {element.tag for element in page.iter()} <= known
    for element in page.iter():
        assert not [name for name in element.keys() if name.startswith("on") or name in ("style", "src")]  # noqa: SIM118
        assert element.get("href", "#").startswith("#")


JUDGES = {"json": json.loads, "sarif": json.loads, "markdown": as_markdown, "html": as_html}
