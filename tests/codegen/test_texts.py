"""Texts of a contract in a README: code words stay code words, and nothing else becomes markup."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import tried
from markdown_it import MarkdownIt

from codegen.texts import in_markdown

PIECES = ("`", "``", "\\", "*", "_", "[a](b)", "<b>", "![c](d)", "x", " ", "|", "&amp;", "a`b", "#", "\n")
MARKDOWN = MarkdownIt("gfm-like", {"html": True, "linkify": False})


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("A key, as `tidewaiter key new` makes *it*", "A key, as `tidewaiter key new` makes \\*it\\*"),
        ("``two`` and `one", "\\`\\`two\\`\\` and \\`one"),
        ("`a|b` and a`", "\\`a\\|b` and a`"),
    ],
)
def test_code_words_stay(text, shown):
    assert in_markdown(text) == shown


@tried(400)
@given(st.lists(st.sampled_from(PIECES), min_size=1, max_size=9).map("".join))
def test_nothing_else_is_markup(text):
    inline = MARKDOWN.renderInline(f"Say: {in_markdown(text)} end")
    row = MARKDOWN.render(f"| a | b |\n|---|---|\n| x | {in_markdown(text)} |\n")

    assert set(re.findall(r"</?([a-z]+)", inline)) <= {"code"}
    assert row.count("<td") == 2
    assert not re.search(r"<(a|b|em|strong|img|s)\b", row)
