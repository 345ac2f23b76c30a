"""Whatever the actions: each value of the outcome stands where its origin says, and the vendor's tree is left alone."""

import copy
import json

from hypothesis import given
from hypothesis import strategies as st
from laws import tried

from contracts.bundle import File, unshared
from contracts.diagnostic import InvalidInputError
from contracts.overlay import apply
from contracts.overlays import read_overlay
from contracts.path_text import value_at, written
from contracts.references import walk_to

KEYS = st.sampled_from(["a", "b", "c", "x/y", "~"])
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        st.integers(0, 9) | st.sampled_from(["s", "t"]),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=5,
)


def places(tree, at=()):
    yield at
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, (*at, key))


def pointer(location):
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in location)


@st.composite
def cases(draw):
    tree = draw(TREES)
    actions = []
    for _ in range(draw(st.integers(1, 6))):
        target = draw(st.sampled_from([*map(written, places(tree)), "$..a", "$..b[0]", "$..*[-1]", "$.a..c"]))
        action = {"target": target}
        kind = draw(st.sampled_from(["update", "remove", "copy"]))
        if kind == "update":
            action["update"] = draw(TREES | st.lists(TREES, max_size=2) | st.integers(10, 19))
        elif kind == "remove":
            action["remove"] = True
        else:
            action["copy"] = draw(st.sampled_from([written(place) for place in places(tree)]))
        actions.append(action)
    return tree, actions


@tried(100)
@given(case=cases())
def test_each_value_stands_where_its_origin_says(case):
    vendor, actions = case
    overlay = {"overlay": "1.1.0", "info": {"title": "O", "version": "1"}, "actions": actions}
    file = File("overlay.json", json.dumps(overlay).encode(), overlay)
    read = read_overlay(file)
    before, tree = copy.deepcopy((vendor, overlay)), unshared(vendor)
    # An action that does not fit is refused; those that fit alone are applied.
    good = []
    for action in read.actions:
        try:
            apply(unshared(tree), read.model_copy(update={"actions": [*good, action]}), file)
        except InvalidInputError:
            continue
        good.append(action)
    numbers = [read.actions.index(action) for action in good]
    trace = apply(tree, read.model_copy(update={"actions": good}), file)

    for place in places(tree):
        ours, origin = trace.origin(pointer(place))
        value = value_at(tree, place)
        if ours:
            _, _, number, rest = origin.split("/", 3)
            origin = f"/actions/{numbers[int(number)]}/{rest}"
        there = walk_to(overlay if ours else vendor, origin)
        if not isinstance(value, dict | list):
            assert (type(there), there) == (type(value), value), (place, ours, origin)
        else:
            assert isinstance(there, dict | list)
    assert (vendor, overlay) == before
