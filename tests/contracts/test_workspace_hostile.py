"""Whatever stands in a file, it is judged: no crash, one line a fault, and no secret in what is said."""

import copy
import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from laws import tried
from pydantic import ValidationError

from contracts import yaml12
from contracts.layout import KINDS
from contracts.wording import faults_of
from contracts.written import read_entry

GOOD = Path(__file__).resolve().parent.parent / "workspaces" / "harbour"
CANARY = "Tr0ub4dor&3-canary"
FILES = {
    "tidewaiter": "tidewaiter.yaml",
    "environment": "environments/test.yaml",
    "api": "contracts/orders/api.yaml",
    "overlay": "contracts/stock/2.0/overlay.yaml",
    "system": "systems/erp-north.yaml",
    "entity": "entities/north.yaml",
    "consumer": "consumers/carrier.yaml",
    "plans": "policies/plans.yaml",
    "issuers": "policies/issuers.yaml",
    "modes": "policies/modes.yaml",
}
TREES = {kind: yaml12.parse((GOOD / file).read_bytes(), file) for kind, file in FILES.items()}
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


def places(tree, path=()):
    yield path
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for key, value in items:
        yield from places(value, (*path, key))


def put(tree, path, value):
    if not path:
        return value
    changed = copy.deepcopy(tree)
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    return changed


@st.composite
def broken(draw):
    kind = draw(st.sampled_from(sorted(TREES)))
    tree = TREES[kind]
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(list(places(tree))))
        tree = put(tree, path, draw(VALUES))
        if not isinstance(tree, dict):
            break
        if draw(st.booleans()):
            tree = {**tree, draw(st.text(max_size=8)): draw(VALUES)}
    return kind, tree


@tried(100)
@given(broken())
def test_any_tree_is_accepted_or_every_fault_has_words(case):
    kind, tree = case
    model = KINDS[kind].model
    try:
        model.model_validate(tree)
    except ValidationError as error:
        faults = faults_of(error, model, tree)
        assert faults
        for fault in faults:
            assert fault.code
            assert fault.message
            assert "nput should" not in fault.message + fault.remedy
            assert not re.search(r"pydantic|\bTuple\b|\bdict|[Vv]alidat", fault.message + fault.remedy), fault
            reached = tree
            for step in fault.path[:-1]:  # the last step may name a key that is missing
                reached = reached[step]


ODD = [
    None, True, -1, 3.5, 10**30, 1e300, "", "x" * 300, "x y", "\ud800", [], [1], {}, {"a": 1}, "2026-13-01", "http://",
    "https://a b", "secret:x", "2026-01-01T00:00:00Z",
]  # fmt: skip


@pytest.mark.parametrize("kind", sorted(TREES))
def test_every_refusal_of_every_place_is_worded_for_people(kind):
    model = KINDS[kind].model
    for path in places(TREES[kind]):
        for value in ODD:
            tree = put(TREES[kind], path, value)
            try:
                model.model_validate(tree)
            except ValidationError as error:
                for fault in faults_of(error, model, tree):
                    said = fault.message + "; " + fault.remedy
                    assert not re.search(r"nput should|nput str|pydantic|Tuple|[Vv]alid|JSON Schema", said), (
                        path,
                        value,
                        said,
                    )
                    assert fault.remedy, (path, value, said)


@tried(75)
@given(text=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_read_or_refused(text, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "x.yaml"
    path.write_bytes(text)
    for kind in KINDS.values():
        entry = read_entry(path, "x.yaml", kind.model)
        assert (entry.value is None) == bool(entry.faults)


SECRET_PLACES = [
    ("system", ("credential", "client_id")),
    ("system", ("credential", "client_secret")),
    ("system", ("credential",)),
    ("tidewaiter", ("key_pepper",)),
    ("tidewaiter", ("store", "url")),
    ("tidewaiter", ("store",)),
    ("consumer", ("credentials", 0, "hash")),
    ("consumer", ("credentials", 0, "id")),
    ("consumer", ("credentials", 0, "expires")),
    ("consumer", ("credentials", 0)),
    ("consumer", ("credentials",)),
]
SHAPES = [
    CANARY,
    [CANARY],
    {"value": CANARY},
    {"type": "basic", "password": CANARY},
    f"secret:{CANARY}",
    f"https://u:{CANARY}@[h",
]


@pytest.mark.parametrize(
    ("kind", "path"), SECRET_PLACES, ids=lambda x: ".".join(map(str, x)) if isinstance(x, tuple) else x
)
@pytest.mark.parametrize("shape", SHAPES, ids=range(len(SHAPES)))
def test_a_secret_in_clear_is_never_repeated(kind, path, shape, tmp_path):
    file = tmp_path / "x.yaml"
    file.write_text(json.dumps(put(TREES[kind], path, shape)))

    entry = read_entry(file, "x.yaml", KINDS[kind].model)

    assert entry.value is None
    assert entry.faults
    assert CANARY not in "".join(repr(fault) for fault in entry.faults)
