"""JSON files of contracts: nothing is lost, and everything has a place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.diagnostic import InvalidInputError
from contracts.json_text import JsonPlaces, parse_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=25,
)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (b'{"a": 1,\n "b": 2,\n "a": 3}', "duplicate-key", 3, 2),
        (b'[{"x": {"a": 1}},\n {"a": [{"q": 1, "q": 2}]}]', "duplicate-key", 2, 18),
        (b'{"a": NaN}', "number-out-of-range", 1, 7),
        (b'{"a":\n -Infinity}', "number-out-of-range", 2, 2),
        (b'{"a":\n 1e400}', "number-out-of-range", 2, 2),
        (b'{"a": 1e-400}', "number-out-of-range", 1, 7),
        (b'{"a": ' + b"9" * 5000 + b"}", "number-out-of-range", 0, 0),
        (b'{"a": "\\ud800"}', "lone-surrogate", 0, 0),
        (b'{"a": 1,}', "json-syntax", 1, 9),
        (b'{"a": 1}\n{"b": 2}', "json-syntax", 2, 1),
        (b"", "json-syntax", 1, 1),
        (b'{"a": "\xff"}', "not-utf-8", 1, 8),
        (b"[" * 201 + b"]" * 201, "too-deep", 0, 0),
        (b"[" * 100_000 + b"]" * 100_000, "too-deep", 0, 0),
    ],
)
def test_what_is_refused_and_where(text, code, line, column):
    with pytest.raises(InvalidInputError) as caught:
        parse_json(text, "f.json")
    fault = caught.value.diagnostics[0]
    assert (fault.file, fault.code, fault.line, fault.column) == ("f.json", code, line, column)
    assert fault.remedy


def test_every_duplicate_is_told():
    with pytest.raises(InvalidInputError) as caught:
        parse_json(b'{"a": 1, "a": 2, "b": {"c": 1,\n"c": 2}, "d": ["c", "c"]}', "f.json")
    assert [(d.line, d.column) for d in caught.value.diagnostics] == [(1, 10), (2, 1)]


def test_numbers_and_characters_are_kept():
    text = '{"big": 123456789012345678901234567890, "rate": 0.01, "smile": "\\ud83d\\ude00", "ä": true}'
    assert parse_json(b"\xef\xbb\xbf" + text.encode(), "f.json") == json.loads(text)
    assert parse_json(b"[" * 200 + b"]" * 200, "f.json")


@given(VALUES, st.sampled_from([None, 2]), st.booleans())
def test_every_place_begins_what_it_names(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    assert parse_json(text.encode(), "f.json") == value
    places = JsonPlaces(text.encode())
    lines = text.split("\n")

    def rest(pointer):
        line, column = places.place(pointer)
        return "\n".join([lines[line - 1][column - 1 :], *lines[line:]])

    def visit(inner, pointer):
        if isinstance(inner, dict):
            for key, below in inner.items():
                at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
                assert rest(at).startswith(json.dumps(key, ensure_ascii=ascii_only))
                visit(below, at)
        elif isinstance(inner, list):
            for number, below in enumerate(inner):
                if not isinstance(below, dict | list):
                    assert rest(f"{pointer}/{number}").startswith(json.dumps(below, ensure_ascii=ascii_only))
                visit(below, f"{pointer}/{number}")

    visit(value, "")


def test_a_place_that_is_not_there_is_that_around_it():
    places = JsonPlaces(b'{\n "a": {"b": [1,\n  2]}\n}')
    assert places.place("/a/b/1") == (3, 3)
    assert places.place("/a/b/7") == (2, 8)
    assert places.place("/a/zz/0") == (2, 2)
    assert places.place("/zz") == (1, 1)
    assert places.place("/a/b/1/deeper") == (3, 3)
