"""Documents from outside: what was judged right is found, and large documents are judged in seconds."""

import os
from pathlib import Path

import pytest

from contracts import yaml12
from governance.diff.inputs import Sources, read
from governance.lint.judge import lint
from governance.lint.rule_sets import NEWEST, built_in
from governance.lint.settings import LintSettings

SAMPLE = yaml12.parse((Path(__file__).parent / "sample.yaml").read_bytes(), "sample.yaml")["findings"]
SMALL = sorted({entry["document"] for entry in SAMPLE if not entry["document"].startswith("real/")})
LARGE = {"real/xero-accounting/2026-07-13_e952d0bd.yaml": 8, "real/paypal-orders/2024-02-02_fb6f1262.json": 8}


def test_the_sample_is_large_enough_and_says_why():
    assert len(SAMPLE) >= 60
    assert all(entry["why"] for entry in SAMPLE)
    assert sum(entry["right"] for entry in SAMPLE) >= 0.95 * len(SAMPLE)


@pytest.fixture(scope="module")
def corpus():
    folder = os.environ.get("TIDEWAITER_CORPUS")
    if not folder:
        pytest.skip("TIDEWAITER_CORPUS names no documents from outside")
    return Path(folder)


@pytest.mark.corpus
def test_what_was_judged_right_is_found(corpus):
    gone = []
    for name in (*SMALL, *LARGE):
        report = lint(read(str(corpus / name), Sources()), built_in(NEWEST), LintSettings())
        found = {(one.rule, one.fingerprint) for one in report.findings}
        gone += [
            entry
            for entry in SAMPLE
            if entry["document"] == name and entry["right"] and (entry["rule"], entry["fingerprint"]) not in found
        ]
        assert report.seconds < LARGE.get(name, 2)
    assert gone == []
