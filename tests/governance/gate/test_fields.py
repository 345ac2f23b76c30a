"""Files that people write, key by key: each rule and each row of the table is found, by a table of old and new texts."""

import json
from pathlib import Path

import pytest
import yaml

from contracts.consumers import Consumer
from contracts.entities import Entity
from contracts.files import Files
from contracts.issuers import Issuers
from contracts.plans import Plan
from contracts.settings import Settings
from contracts.systems import System
from contracts.written import Entry, Source
from governance.changes.fields import compare, words
from governance.changes.fields.compare import MODELS, Around, file_points
from governance.changes.fields.leaf import Leaf
from governance.changes.fields.rows import ROWS

TABLE = yaml.safe_load((Path(__file__).parent / "fields.yaml").read_text())


def laid(text, change):
    """`change` laid over a text; `<gone>` takes a key out."""
    if not isinstance(text, dict) or not isinstance(change, dict):
        return change
    made = {**text, **{key: laid(text.get(key), value) for key, value in change.items()}}
    return {key: value for key, value in made.items() if value != "<gone>"}


def source(kind, change):
    # JSON is YAML.
    text = json.dumps(laid(TABLE["texts"][kind], change or {}), default=str).encode()
    return Source(f"{kind}.yaml", text, json.loads(text))


def plan(**said):
    return Plan.model_validate(said)


def rate(requests, burst, window=60):
    return {"name": "per-minute", "requests": requests, "window_seconds": window, "burst": burst}


PLANS = {
    "small": plan(rates=[rate(60, 10)]), "large": plan(rates=[rate(600, 100)]),
    "mixed": plan(rates=[rate(600, 5)]), "same": plan(rates=[rate(120, 10, 120)]),
}  # fmt: skip


def value_of(model, tree):
    return Entry(Source(""), model.model_validate(tree))


@pytest.fixture(scope="module")
def around():
    texts = json.loads(json.dumps(TABLE["texts"], default=str))
    files = Files(Path(), value_of(Settings, texts["tidewaiter"]))
    files.systems = {
        "erp": value_of(System, texts["system"]),
        "lax": value_of(System, {"owner": "o", "url": "https://lax.example", "tls": {"verify": False}}),
        "oauth": value_of(System, {"owner": "o", "url": "https://o.example", "credential": {
            "type": "oauth2", "token_url": "https://o.example/token", "client_id": "secret:I", "client_secret": "secret:S",
        }}),
    }  # fmt: skip
    files.issuers = value_of(Issuers, texts["issuers"])
    files.consumers = {"shop": value_of(Consumer, texts["consumer"])}
    files.entities = {"north": value_of(Entity, texts["entity"])}
    return Around(PLANS, PLANS, files)


def found_by(row, around):
    kind = row["kind"]
    return list(file_points(kind, source(kind, row.get("was")), source(kind, row.get("now")), around))


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: f"{row['kind']}:{','.join(row['finds']) or 'nothing'}")
def test_a_row(row, around):
    found = found_by(row, around)

    expected = {rule: frozenset(does.split()) - {"nobody"} for rule, does in row["finds"].items()}
    assert expected == {one.finding.rule: frozenset(one.classes) for one in found}
    for one in found:
        assert one.line == 1
        assert one.finding.message
        assert "hmac-sha256" not in one.finding.message


def test_no_row_of_the_rules_is_dead(around, monkeypatch):
    real, hit = compare.row_of, set()

    def seen(kind, leaf):
        number = real(kind, leaf)
        hit.add((kind, number))
        return number

    monkeypatch.setattr(compare, "row_of", seen)
    for row in TABLE["rows"]:
        found_by(row, around)

    rows = {(kind, number) for kind, rows in ROWS.items() for number in range(len(rows))}
    assert rows
    dead = {f"{kind}: {ROWS[kind][number][0]}" for kind, number in rows - hit}
    assert not dead


def test_every_kind_of_file_has_rows_and_a_text():
    assert set(ROWS) == set(MODELS) == set(TABLE["texts"]) == {row["kind"] for row in TABLE["rows"]}


@pytest.mark.parametrize("kind", MODELS)
def test_the_same_text_finds_nothing(kind, around):
    assert not list(file_points(kind, source(kind, None), source(kind, None), around))


def test_lists_say_what_came_and_what_went():
    """Values that prove somebody are not among it."""
    key = {"type": "api_key", "id": "aaaaaaaa", "hash": "hmac-sha256:1"}
    leaf = Leaf(("modes",), "/modes", True, [{"mode": "enforce", "api": None}, key], [{"mode": "report"}])
    said = words.message(leaf)
    assert said.startswith(
        'modes: gone: {"mode": "enforce"}, {"type": "api_key", "id": "aaaaaaaa", "hash": "(not shown)"}'
    )
    assert said.endswith('; new: {"mode": "report"}')
    assert "hmac" not in said
    assert "another order" in words.message(Leaf(("modes",), "/modes", True, [1, 2], [2, 1]))
