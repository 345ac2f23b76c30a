"""What proves an answer and what does not, over documents of every form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.isolation import Isolation
from contracts.pins import Pins
from policies.proof import NotProvenError, prove, without_members
from policies.put_in import put_in

PINS = Pins.model_validate({
    "record": {"field": "Org", "value": "1"},
    "nested": {"Lines": {"same": ["Id"]}, "Partner": "own", "Address": "part"},
})  # fmt: skip


def isolation(protocol="odata-v4", how="own", same=(), pins=PINS):
    return Isolation(pins, protocol, "/Sales", how, pins.record, True, same=same)


def judged(value, plan=None, parent=None, protocol="odata-v4"):
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return prove(body, plan or isolation(protocol), parent or {}, 64)


@pytest.mark.parametrize(
    "value",
    [
        {"value": []},
        {"value": [{"Org": "1"}, {"Org": "1", "tags": ["a", 1, None]}], "@odata.count": 2},
        {"Org": "1", "value": 5},
        {"Org": "1", "Id": "7", "Lines": [{"Id": "7", "Address": {"street": "x"}}]},
        {"Org": "1", "Partner": {"Org": "1"}, "Address": {"Org": "1"}, "Lines": []},
        {"Org": "1", "Partner": None},
    ],
)
def test_proven(value):
    assert judged(value) is not None


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"null",
        b"1",
        b'{"Org": "2", "Org": "1"}',
        b'{"Org": "1"} {"Org": "2"}',
        b'\xef\xbb\xbf{"Org": "1"}',
        b'{"Org": "1", "x": NaN}',
        {"value": [{"Org": "2"}]},
        {"value": [{"Org": "1"}, None]},
        {"value": [[{"Org": "1"}]]},
        {"value": [{"Org": "1"}], "more": [{"Org": "1"}]},
        {"value": [{"Org": "1"}], "@odata.delta": [{"Org": "2"}]},
        {"value": {"Org": "1"}},
        {"org": "1"},
        {"Org": 1},
        {"Org": True},
        {"Org": ["1"]},
        {"Org": "1 "},
        {"Org": "1", "Else": {"a": 1}},
        {"Org": "1", "Else": [{"a": 1}]},
        {"Org": "1", "Id": "7", "Lines": [{"Id": "8"}]},
        {"Org": "1", "Id": "7", "Lines": [{}]},
        {"Org": "1", "Lines": [{"Id": "8"}]},
        {"Org": "1", "Id": "7", "Lines": [{"Id": "7", "Org": "2"}]},
        {"Org": "1", "Id": "7", "Lines": [{"Id": "7", "Partner": {}}]},
        {"Org": "1", "Partner": {"Org": "2"}},
        {"Org": "1", "Partner": {"Name": "x"}},
        {"Org": "1", "Address": {"Org": "2"}},
        {"Org": "1", "Address": {"deep": {"a": 1}}},
    ],
)
def test_not_proven(value):
    with pytest.raises(NotProvenError):
        judged(value)


@pytest.mark.parametrize(
    ("value", "proven"),
    [
        ({"d": {"Org": "1", "Lines": {"__deferred": {"uri": "x"}}}}, True),
        ({"d": {"Org": "1", "__metadata": {"uri": "x", "properties": {"a": {"b": 1}}}}}, True),
        ({"d": {"results": [{"Org": "1", "Id": "7", "Lines": {"results": [{"Id": "7"}]}}], "__count": "1"}}, True),
        ({"d": [{"Org": "1"}]}, True),
        ({"d": None}, True),
        ({"d": {"results": [{"Org": "2"}]}}, False),
        ({"d": {"Org": "1"}, "e": {"Org": "2"}}, False),
        ({"Org": "1"}, False),
        ({"d": {"results": [{"Org": "1"}], "more": {"a": 1}}}, False),
        ({"d": {"Org": "1", "Else": {"__deferred": {"uri": "x"}, "Secret": "x"}}}, False),
    ],
)
def test_the_forms_of_v2(value, proven):
    if proven:
        judged(value, protocol="odata-v2")
    else:
        with pytest.raises(NotProvenError):
            judged(value, protocol="odata-v2")


def test_records_of_a_parent():
    plan = isolation(how="parent", same=("Id",))
    assert judged({"value": [{"Id": "7"}]}, plan, {"Id": "7"})
    for record, parent in (({"Id": "8"}, {"Id": "7"}), ({}, {"Id": "7"}), ({"Id": None}, {}), ({}, {})):
        with pytest.raises(NotProvenError):
            judged({"value": [record]}, plan, parent)
    with pytest.raises(NotProvenError):
        judged({"value": [{"Id": "7", "Org": "2"}]}, plan, {"Id": "7"})


def test_an_address_still_refuses_what_names_another():
    plan = isolation(how="address")
    assert judged({"value": [{"a": 1, "Else": [{"b": 2}]}]}, plan)
    for value in ({"value": [{"Org": "2"}]}, {"value": [{"Else": [{"Org": "2"}]}]}):
        with pytest.raises(NotProvenError):
            judged(value, plan)


@pytest.mark.parametrize(("kind", "value", "proven"), [("number", 1, True), ("number", "1", True), ("number", True, False),
                                                       ("number", 1.5, False), ("guid", "1", True)])  # fmt: skip
def test_kinds_of_values(kind, value, proven):
    record = PINS.record.model_copy(update={"type": kind})
    plan = isolation(pins=PINS.model_copy(update={"record": record}))
    if proven:
        assert judged({"Org": value}, plan)
    else:
        with pytest.raises(NotProvenError):
            judged({"Org": value}, plan)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(
        st.sampled_from(["Org", "value", "Lines", "Partner", "Else", "d", "results"]), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def foreign(value):
    """Whether any object names another entity."""
    if isinstance(value, dict):
        return value.get("Org", "1") != "1" or any(foreign(inner) for inner in value.values())
    return isinstance(value, list) and any(foreign(inner) for inner in value)


@given(JSON, st.sampled_from(["odata-v4", "odata-v2", "rest"]), st.sampled_from(["own", "address"]))
def test_nothing_that_names_another_entity_is_ever_proven(value, protocol, how):
    try:
        records = judged(value, isolation(protocol, how))
    except NotProvenError:
        return
    # Objects around records may carry anything but records: a scalar there is nobody's.
    assert not foreign(records)


@given(
    st.dictionaries(
        st.sampled_from(["Org", "a", "O\u0072g2", "b"]), st.integers() | st.text() | st.lists(st.integers())
    )
)
def test_members_are_taken_out_and_nothing_else(value):
    left = json.loads(without_members(json.dumps(value).encode(), frozenset({"Org"})))
    assert left == {name: inner for name, inner in value.items() if name != "Org"}


def test_an_escaped_name_is_taken_out_too():
    assert without_members(b'{"\\u004frg": "1", "n": 1.50}', frozenset({"Org"})) == b'{ "n": 1.50}'


@given(st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=4), st.booleans())
def test_members_are_put_in(value, spaced):
    body = json.dumps(value, indent=1 if spaced else None).encode()
    made = put_in(body, {"Org": '\u00e9"1', "Other": "x"})
    if not {"Org", "Other"} & value.keys():
        assert json.loads(made) == {"Org": '\u00e9"1', "Other": "x", **value}
    assert made.endswith(body[1:])
