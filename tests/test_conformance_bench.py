"""What `make conformance` counts, over a suite of two groups: nothing that fails is passed over, listed or not."""

import importlib
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parent.parent / "bench"
TESTS = (("a number", 1, True), ("a text", "a", False))
OUTSIDE = {"$ref": "https://elsewhere.test/schema"}


@pytest.fixture
def conformance(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    return importlib.import_module("conformance")


def bench_of(conformance, schema, tests=TESTS, rows=(), file="draft2020-12/type.json"):
    class Two:
        def groups(self, folder):
            yield conformance.Group(file, "it", schema, tests)

        def remotes(self):
            return {"https://elsewhere.test/schema": {"type": "number"}}

    return conformance.Bench(Two(), list(rows))


def row(conformance, test="", *, remote=False, judged=False):
    return conformance.Row(conformance.RUNS[0].name, "type.json", "it", test, "why", remote, judged)


def counted(tally):
    return tally.passed, tally.total, tally.apart


def test_what_passes(conformance):
    bench = bench_of(conformance, {"type": "number"})
    assert counted(bench.run(conformance.RUNS[0])) == (2, 2, 0)
    assert bench.failed == []


@pytest.mark.parametrize(
    ("schema", "why"),
    [({"type": "string"}, "violates"), ({}, "conforms"), (OUTSIDE, "not loaded"), ({"type": "file"}, "declined")],
)
def test_what_fails_is_told(conformance, schema, why):
    bench = bench_of(conformance, schema)
    tally = bench.run(conformance.RUNS[0])
    assert tally.passed < tally.total == 2
    assert all(why in line for line in bench.failed[:1])


def test_a_listed_case_that_passes_is_an_error(conformance):
    listed = row(conformance, "a text")
    bench_of(conformance, {"type": "number"}, rows=[listed]).run(conformance.RUNS[0])
    assert len(listed.idle) == 1


@pytest.mark.parametrize(
    ("schema", "judged", "failed"),
    [({"type": "file"}, False, 0), ({"type": "file"}, True, 2), ({}, True, 0), ({}, False, 1)],
)
def test_a_row_for_what_is_not_judged_covers_no_wrong_judgement(conformance, schema, judged, failed):
    rows = [row(conformance, judged=judged)]
    bench = bench_of(conformance, schema, rows=rows)
    bench.run(conformance.RUNS[0])
    assert len(bench.failed) == failed


def test_a_case_that_leads_outside_is_counted_apart_and_judged_with_the_document_put_in(conformance):
    bench = bench_of(conformance, OUTSIDE, rows=[row(conformance, remote=True)])
    assert counted(bench.run(conformance.RUNS[0])) == (0, 0, 2)
    assert counted(bench.run_put_in()) == (2, 2, 0)


def test_numbers_are_sent_as_they_stand(conformance):
    text = '{"a":[1,1.0,1e400,-0,12345678901234567890123.10],"b":null,"c":"\\u00e9"}'
    suite = importlib.import_module("conformance_suite")
    assert suite.written(suite.read(text)) == text


def test_only_what_3_0_knows_goes_into_3_0(conformance):
    (run,) = [run for run in conformance.RUNS if run.version.startswith("3.0")]
    for schema in (
        {"items": [{}]},
        {"type": ["string"]},
        {"type": "null"},
        {"not": {"const": 1}},
        {"$ref": "#", "id": "x"},
    ):
        assert counted(bench_of(conformance, schema).run(run)) == (0, 0, 0)
    assert counted(bench_of(conformance, {"properties": {"const": {}}, "type": "number"}).run(run)) == (2, 2, 0)


def test_every_listed_row_says_why(conformance):
    rows = list(conformance.known())
    assert all(listed.reason and listed.run in {run.name for run in conformance.RUNS} for listed in rows)
    assert len({(r.run, r.file, r.group, r.test) for r in rows}) == len(rows)
