"""Patterns that a parser of regular expressions warns of or breaks at: each is named with a reason, nothing crashes."""

import json

import pytest

from contracts.engine import linear_pattern

PATTERNS = {
    "a count past every bound": ("a{9999999999999999999999}", "too large"),
    "a count past the engine's bound": ("a{2147483648,4294967296000}", "too large"),
    "deeply nested groups": ("(" * 499 + "a" + ")" * 499, "nested"),
    "what a later Python reads otherwise": ("[[a]--b](?P<c>d)(?P=c)", "no regular expression"),
    "an open group": ("(a", "missing"),
    "an unknown name": ("\\N{foo}", "undefined character name"),
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_is_told_why(pattern, command, tmp_path):
    text, says = PATTERNS[pattern]
    assert says in linear_pattern(text)[1]

    documents = []
    for bound in (3, 9):
        schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": text, "maxLength": bound}}}
        body = {"content": {"application/json": {"schema": schema}}}
        paths = {"/a": {"post": {"requestBody": body, "responses": {"200": {"description": "ok"}}}}}
        documents.append(tmp_path / f"{bound}.json")
        tree = {"openapi": "3.1.0", "info": {"title": "t", "version": "1"}, "paths": paths}
        documents[-1].write_text(json.dumps(tree), encoding="utf-8")
    assert command("diff", *reversed(documents))[0] == 1
    assert command("lint", *documents)[0] in (0, 1)
