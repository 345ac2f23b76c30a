"""Splicing: what is named changes, every other byte stays."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.link_places import DULL, PLACES
from policies.splice import NotJsonError, splice, tokens

RUNS = tokens(rb'[^"L\\]*+')


def is_link(owner: bytes, name: bytes) -> bool:
    return name.startswith(b"L")


def change(value: str) -> str | None:
    return None if value == "x" else value.upper()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"L1":"x","L2":"x","a":1}', '{"a":1}'),
        ('{"a":1,"L1":"x","L2":"x","b":2}', '{"a":1,"b":2}'),
        ('{"a":1,"L1":"x","b":2,"L2":"x"}', '{"a":1,"b":2}'),
        ('{"a":1,"L1":"x"}', '{"a":1}'),
        ('{"L1":"x"}', "{}"),
        ('{"L1":"x","L2":"q"}', '{"L2":"Q"}'),
        ('{"L2":"q" , "L1":"x" , "c": [ ]}', '{"L2":"Q" , "c": [ ]}'),
        ('{"a":{"L":["q",{"L3":"z"}],"b":[1,2]},"L9":null}', '{"a":{"b":[1,2]},"L9":null}'),
        ('{"L8":5,"L7":true,"L6": null ,"L5":{"deep":{"L4":"q"}}}', '{"L6": null }'),
        ('["L1","x"]', '["L1","x"]'),
        ('"x"', '"x"'),
        ("12.50", "12.50"),
        ("{}", "{}"),
        ('{"\\u004c1":"h\\/i"}', '{"\\u004c1":"H/I"}'),
        ('{"a":"b\\"L1\\":\\"q","c\\\\":"L","L":"ä"}', '{"a":"b\\"L1\\":\\"q","c\\\\":"L","L":"\\u00c4"}'),
        (
            '{"n":1.10,"m":100000000000000000000.0,"L":"q","e":1E+2}',
            '{"n":1.10,"m":100000000000000000000.0,"L":"Q","e":1E+2}',
        ),
        ('{"a":"{[,]}","b":"}","L":"q"}', '{"a":"{[,]}","b":"}","L":"Q"}'),
        ('{"L":"ALREADY\\/SO"}', '{"L":"ALREADY\\/SO"}'),
    ],
)
def test_links_change_and_nothing_else(text, expected):
    assert splice(text.encode(), is_link, change).decode() == expected


@pytest.mark.parametrize(
    "text",
    [
        b'{"a":1', b'{"a"', b'["a":1]', b'{"a" "b"}', b"{,}", b'{"a":1,,"b":2}', b"]", b'{"a":[1}', b'"\x00"', b'"open',
        b'{"L":"\\ud83"}', b'{"L":"\xff"}', b"[" * 600 + b"]" * 600, '{"L":"q"}'.encode("utf-16"), b"{{}}", b'{"a":"b":"c"}',
        b",", b'{"L":"\\x"}',
    ],
)  # fmt: skip
def test_what_is_not_json_is_refused(text):
    with pytest.raises(NotJsonError):
        splice(text, is_link, change)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["L1", "L2", "La"]), inner),
    max_leaves=30,
)


def expected_of(value):
    """The same change made on values."""
    if isinstance(value, dict):
        made = {}
        for name, member in value.items():
            if name.startswith("L"):
                if member is None:
                    made[name] = None
                elif isinstance(member, str) and change(member) is not None:
                    made[name] = change(member)
            else:
                made[name] = expected_of(member)
        return made
    return [expected_of(item) for item in value] if isinstance(value, list) else value


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_splicing_is_changing_the_values(value, ascii_only, indent):
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    if any("\ud800" <= character <= "\udfff" for character in text):
        return
    assert json.loads(splice(text.encode(), is_link, change)) == expected_of(value)
    assert splice(text.encode(), is_link, change, found_by=RUNS) == splice(text.encode(), is_link, change)


@given(values)
def test_with_no_link_not_one_byte_changes(value):
    text = json.dumps(value).encode()
    assert splice(text, lambda owner, name: False, change) == text


@given(st.binary(max_size=60) | st.text('{}[],:"\\ L1x', max_size=40).map(str.encode))
def test_nothing_crashes_on_any_bytes(text):
    for found_by in (RUNS, tokens(b"(?!)")):
        with contextlib.suppress(NotJsonError):
            splice(text, is_link, change, found_by=found_by)
    with contextlib.suppress(NotJsonError):
        splice(text, is_link, change, str.upper)


NAMES = [
    "__next",
    "__metadata",
    "__deferred",
    "uri",
    "id",
    "media_src",
    "type",
    "target",
    "a@odata.nextLink",
    "@context",
    "x",
]


@pytest.mark.parametrize("protocol", ["odata-v2", "odata-v4"])
@given(
    value=st.recursive(
        st.text('ab"\\@', max_size=4) | st.integers(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner),
        max_leaves=25,
    )
)
def test_runs_of_dull_members_hide_no_place(protocol, value):
    text = json.dumps(value).encode()
    made = [splice(text, PLACES[protocol], change, found_by=tokens(dull)) for dull in (b"(?!)", DULL[protocol])]
    assert made[0] == made[1]


def test_the_owner_of_a_member_is_named_through_arrays():
    seen = []

    def watch(owner, name):
        seen.append((owner, name))
        return False

    splice(b'{"d":{"results":[{"__metadata":{"uri":"a"}},[{"k":"v"}]]},"z":"1"}', watch, change)
    assert [place for place in seen if place[1] in (b"uri", b"k", b"z")] == [
        (b"__metadata", b"uri"),
        (b"results", b"k"),
        (b"", b"z"),
    ]


def test_other_strings_are_given_to_other():
    text = b'{"a":"secret","L":"q","b":["secret"],"secret":1}'
    made = splice(text, is_link, change, lambda value: value.replace("secret", "-"))
    assert made == b'{"a":"-","L":"Q","b":["-"],"secret":1}'


def test_time_grows_with_size_only():
    text = b'{"L":"' + b'\\\\"' * 3 + b"," * 200_000
    with pytest.raises(NotJsonError):
        splice(text, is_link, change)
    assert splice(b"[" + b'"' + b"\\\\" * 300_000 + b'"]', is_link, change).startswith(b'["')
