"""Documents written as text are read back as what they were, by readers of YAML 1.2, YAML 1.1 and JSON."""

import json

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from contracts import yaml12
from contracts.document_text import as_json, as_yaml
from contracts.json_text import parse_json

ODD = ["yes", "no", "on", "Y", "012", "1e3", "0o14", "0x1f", "12:30:45", "2020-01-01", "~", "null", "Null", ".inf", "=",
       "<<", "a: b", "- x", "a #b", "#", "", " x", "x ", "a\nb", "a\n", "\na", "a\n\n", "  a\nb", "a \nb", "&x", "*x",
       "!t", "%d", "@x", "`x", "key: |", "a\tb\nc", "\u2028", "\x85", "é\nü", "-", "---", "...", "a:", "?", "a\r\nb",
       "\x00", "\ufeff", "\U0001f600", "'", '"', "\\", "{}", "[]", "{a: b}", ">", "|", "a\n b\n  c", "1_000"]  # fmt: skip
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(allow_nan=False, allow_infinity=False),
    st.text(), st.sampled_from(ODD),
)  # fmt: skip
NAMES = st.one_of(st.text(), st.sampled_from(ODD), st.sampled_from(["200", "x-a", "/orders/{id}"]))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(NAMES, inner, max_size=4)),
    max_leaves=20,
)


@given(TREES)
def test_nothing_is_lost(tree):
    tree = {"root": tree}
    text = as_yaml(tree)

    assert repr(yaml12.parse(text.encode(), "a.yaml")) == repr(tree), text
    assert repr(yaml.load(text, Loader=yaml.CSafeLoader)) == repr(tree), text
    assert repr(parse_json(as_json(tree).encode(), "a.json")) == repr(tree)
    assert json.loads(as_json(tree, indent=0)) == tree


@pytest.mark.parametrize("number", ["9999999999999999.99", "0.1000000000000000055", "123456789012345678901234567890"])
def test_a_number_keeps_its_digits(number):
    tree = parse_json(f'{{"maximum": {number}}}'.encode(), "a.json")

    assert as_json(tree, indent=0) == f'{{"maximum":{number}}}'
    assert as_yaml(tree) == f"maximum: {number}\n"


def test_what_no_text_can_hold_is_replaced():
    tree = {"a\ud800": ["\udfff"]}

    assert as_yaml(tree) == '"a\ufffd":\n  - "\ufffd"\n'
    assert json.loads(as_json(tree).encode()) == {"a\ufffd": ["\ufffd"]}


def test_people_can_read_it():
    info = {"description": "First.\n\nSecond: with a colon.\n", "version": "1.0"}
    tree = {"info": info, "tags": [{"name": "a"}], "x": []}

    assert as_yaml(tree) == (
        'info:\n  description: |\n    First.\n\n    Second: with a colon.\n  version: "1.0"\ntags:\n  - name: a\nx: []\n'
    )


def test_members_in_one_order():
    assert as_json({"b": 1, "a": {"d": 1, "c": [2]}}, indent=0, sort=True) == '{"a":{"c":[2],"d":1},"b":1}'
