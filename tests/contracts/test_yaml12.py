"""YAML 1.2 by the core schema, against an independent loader and row by row."""

import json

import pytest
import yaml
import yamlcore
from hypothesis import given
from hypothesis import strategies as st
from outside_documents import CORPUS, some_documents

from contracts import yaml12
from contracts.diagnostic import InvalidInputError


def same(one, other):
    """Equal with equal types: 1, 1.0 and True differ."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return one == other


def text_keys(value):
    if isinstance(value, dict):
        return {key if isinstance(key, str) else str(key): text_keys(inner) for key, inner in value.items()}
    return [text_keys(inner) for inner in value] if isinstance(value, list) else value


def read_or_faults(text):
    try:
        return yaml12.parse(text, "f.yaml"), ()
    except InvalidInputError as error:
        return None, error.diagnostics


def keys_are_text(value):
    if isinstance(value, dict):
        return all(isinstance(key, str) and keys_are_text(inner) for key, inner in value.items())
    return all(map(keys_are_text, value)) if isinstance(value, list) else True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("off", "off"),
        ("true", True), ("False", False), ("TRUE", True), ("tRUE", "tRUE"),
        ("null", None), ("~", None), ("NULL", None), ("nUll", "nUll"), ("''", ""), ("'null'", "null"),
        ("012", 12), ("0o14", 12), ("0x1F", 31), ("-0x1F", "-0x1F"), ("+7", 7), ("0b1", "0b1"), ("1_000", "1_000"),
        ("1:30", "1:30"), ("2026-01-31", "2026-01-31"), ("1.5", 1.5), ("1.", 1.0), (".5", 0.5), ("1e3", 1000.0),
        ("-.5e-1", -0.05), ("'012'", "012"), ("=", "="), ("1e", "1e"), (".", "."), ("0.0", 0.0),
        ("9" * 30, int("9" * 30)), ('"\\u00e9"', "é"), ('"a\\nb"', "a\nb"), ("|\n a\n b\n", "a\nb\n"),
    ],
)  # fmt: skip
def test_scalars_of_the_core_schema(text, value):
    assert same(yaml12.parse(text.encode(), "f.yaml"), value)


def test_keys_are_text_whatever_they_look_like():
    tree = yaml12.parse(b"200: a\ntrue: b\nnull: c\n~: d\n1.0: e\n<<: f\non: g\n", "f.yaml")
    assert tree == {"200": "a", "true": "b", "null": "c", "~": "d", "1.0": "e", "<<": "f", "on": "g"}


def test_a_merge_key_merges_nothing():
    assert yaml12.parse(b"a: &x {p: 1}\nb:\n  <<: *x\n", "f.yaml")["b"] == {"<<": {"p": 1}}


def test_without_libyaml_the_outcome_is_the_same(monkeypatch):
    texts = [
        b"a: &x [1, no, 0o14]\nb: *x\n",
        b"a: 1\na: 2\n",
        b"a: !!str 1\n",
        b"a: &x {b: *x}\n",
        b"a: [\n",
        b"",
        b"a: \x01",
    ]
    fast = [read_or_faults(text) for text in texts]
    monkeypatch.setattr(yaml12, "_CParser", None)
    for text, (tree, faults) in zip(texts, fast, strict=True):
        slow_tree, slow_faults = read_or_faults(text)
        assert same(slow_tree, tree)
        assert [(f.code, f.line) for f in slow_faults] == [(f.code, f.line) for f in faults]


def test_empty_files_and_a_byte_order_mark():
    assert yaml12.parse(b"", "f.yaml") is None
    assert yaml12.parse(b"# only a comment\n", "f.yaml") is None
    assert yaml12.parse(b"\xef\xbb\xbfa: 1\n", "f.yaml") == {"a": 1}


def nested(depth, opening, closing):
    return (opening * depth + closing * depth).encode()


BILLION = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{b}: &{b} [{', '.join(['*' + a] * 10)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)
DEEP_ALIASES = "k0: &k0 [1]\n" + "".join(f"k{n}: &k{n} [*k{n - 1}]\n" for n in range(1, 260))


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        (b"a: 1\nb: 2\na: 3\n", "duplicate-key", 3, 1),
        (b"r:\n  200: x\n  '200': y\n", "duplicate-key", 3, 3),
        (b"a: {b: 1, b: 2}\n", "duplicate-key", 1, 11),
        (b"a: &x\n  b: *x\n", "cyclic-alias", 2, 6),
        (b"a: &x [*x]\n", "cyclic-alias", 1, 8),
        (b"a: *nobody\n", "unknown-anchor|yaml-syntax", 1, 4),
        (b"a: 1\n---\nb: 2\n", "second-document", 2, 1),
        (b"a: !!python/object/apply:os.system [ls]\n", "tag", 1, 4),
        (b"a: !!str 1\n", "tag", 1, 4),
        (b"a: ! x\n", "tag", 1, 4),
        (b"n: 1e400\n", "number-out-of-range", 1, 4),
        (b"n: -1e400\n", "number-out-of-range", 1, 4),
        (b"n: 1e-400\n", "number-out-of-range", 1, 4),
        (b"n: " + b"9" * 5000 + b"\n", "number-out-of-range", 1, 4),
        (b"n: .inf\n", "not-finite", 1, 4),
        (b"n: -.INF\n", "not-finite", 1, 4),
        (b"n: .NaN\n", "not-finite", 1, 4),
        (b"? [a, b]\n: 1\n", "key-not-text", 1, 3),
        (b"? {a: b}\n: 1\n", "key-not-text", 1, 3),
        (b"a: &k x\n*k : 1\n", "key-not-text", 2, 1),
        (b"a: 1\n\tb: 2\n", "yaml-syntax", 2, 1),
        (b"a: [1, 2\n", "yaml-syntax", 2, 1),
        (b"a: 'x\n", "yaml-syntax", 2, 1),
        (b"a: b: c\n", "yaml-syntax", 1, 5),
        (b"a: \x01\n", "yaml-syntax", 1, 4),
        (b"ok: 1\na: \xff\n", "not-utf-8", 2, 4),
        (nested(201, "[", "]"), "too-deep", 1, 201),
        (nested(201, "{a: ", "}"), "too-deep", 1, 801),
        (nested(100_000, "[", "]"), "too-deep|yaml-syntax", 1, 201),
        (BILLION.encode(), "alias-budget", 5, 36),
        (DEEP_ALIASES.encode(), "too-deep", 200, 0),
    ],
)  # fmt: skip
def test_what_is_refused_and_where(text, code, line, column):
    with pytest.raises(InvalidInputError) as caught:
        yaml12.parse(text, "f.yaml")
    fault = caught.value.diagnostics[0]
    assert (fault.file, fault.severity) == ("f.yaml", "error")
    assert fault.code in code.split("|")
    assert fault.message
    assert fault.remedy
    assert fault.line == line
    if column:
        assert fault.column == column


def test_depth_at_the_bound_is_read():
    assert yaml12.parse(nested(200, "[", "]"), "f.yaml") is not None


def test_all_faults_are_told_up_to_a_bound():
    with pytest.raises(InvalidInputError) as caught:
        yaml12.parse(b"a: 1\na: 2\nb: .nan\nc: !x y\n", "f.yaml")
    assert [(d.code, d.line) for d in caught.value.diagnostics] == [
        ("duplicate-key", 2), ("not-finite", 3), ("tag", 4),
    ]  # fmt: skip
    with pytest.raises(InvalidInputError) as many:
        yaml12.parse(b"a: 1\n" * 500, "f.yaml")
    assert len(many.value.diagnostics) == yaml12.FAULTS


def test_a_value_never_stands_in_a_message():
    with pytest.raises(InvalidInputError) as caught:
        yaml12.parse(b"password: !!str hunter2\nn: 1e400\n", "f.yaml")
    assert "hunter2" not in str(caught.value)
    assert "1e400" not in str(caught.value)


def test_a_key_in_a_message_is_bounded_and_printable():
    with pytest.raises(InvalidInputError) as caught:
        yaml12.parse(b'"\\x1b[31m' + b"k" * 500 + b'": 1\n' + b'"\\x1b[31m' + b"k" * 500 + b'": 1\n', "f.yaml")
    message = caught.value.diagnostics[0].message
    assert "\x1b" not in message
    assert len(message) < 150


def test_aliases_share_what_they_name():
    tree = yaml12.parse(b"a: &x {p: [1]}\nb: *x\nc: [*x, *x]\n", "f.yaml")
    assert tree["b"] == {"p": [1]} == tree["c"][1]


def test_positions_of_keys_items_and_aliases():
    text = b"a:\n  - x: 1\n    y/z~: 2\n  - [p, q]\nb: &n {k: v}\nc: *n\nd: *n\n"
    found = yaml12.positions(text)
    assert found[""] == (1, 1)
    assert found["/a"] == (1, 1)
    assert found["/a/0"] == (2, 5)
    assert found["/a/0/x"] == (2, 5)
    assert found["/a/0/y~1z~0"] == (3, 5)
    assert found["/a/1"] == (4, 5)
    assert found["/a/1/1"] == (4, 9)
    assert found["/b/k"] == (5, 8)
    assert found["/c"] == (6, 1)
    assert found["/d"] == (7, 1)
    assert "/c/k" not in found


def test_positions_of_a_broken_text_are_refused():
    with pytest.raises(InvalidInputError):
        yaml12.positions(b"a: [1\n")


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(JSON_LIKE)
def test_what_json_writes_is_read_back(value):
    """JSON is YAML, as long as no surrogate pair is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    if all(0x20 <= ord(c) < 0x7F or 0xA0 <= ord(c) < 0x2000 for c in text):  # YAML prints fewer characters than JSON
        assert same(yaml12.parse(text.encode(), "f.yaml"), value)


@given(st.text(alphabet="ab:-[]{}&*!|>'\"# \n0123.~", max_size=60))
def test_any_text_is_read_as_the_oracle_reads_it_or_refused(text):
    read, faults = read_or_faults(text.encode())
    assert all(fault.line and fault.column for fault in faults)
    if faults:
        return
    expected = yaml.load(text.encode(), Loader=yamlcore.CCoreLoader)
    if keys_are_text(expected):  # the oracle makes numbers and None of some keys; ours stay as written
        assert same(read, expected)


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused_with_a_place(data):
    tree, faults = read_or_faults(data)
    assert tree is None or not faults
    assert all(fault.code and fault.message for fault in faults)


@given(JSON_LIKE)
def test_every_pointer_has_a_place(value):
    text = yaml.safe_dump(value, allow_unicode=True)
    try:
        read = yaml12.parse(text.encode(), "f.yaml")
    except InvalidInputError:
        return
    found = yaml12.positions(text.encode())
    assert not isinstance(read, dict) or len(found) > len(read)


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no folder with outside documents")
@pytest.mark.timeout(300)
def test_every_file_of_the_corpus_is_read_as_the_oracle_reads_it():
    files = [path for path in some_documents() if path.suffix == ".yaml"]
    assert files
    for path in files:
        text = path.read_bytes()
        expected = yaml.load(text, Loader=yamlcore.CCoreLoader)
        assert same(yaml12.parse(text, path.name), text_keys(expected)), path.name
