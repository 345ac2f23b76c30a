"""How many of the outside pairs of schemas that break have a failing example: all, and none of those that do not."""

import json
import os
from pathlib import Path

import pytest
from two_engines import TwoEngines

from governance.diff.examples.search import NOT_FOUND, failing

CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")


def pairs():
    """Case, sender, receiver, whether it breaks."""
    for line in (Path(CORPUS) / "semantic" / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        base, revision = (
            json.loads(
                json.dumps({"$ref": "#/$defs/S", "$defs": case[which]["components"]["schemas"]}).replace(
                    "#/components/schemas/", "#/$defs/"
                )
            )
            for which in ("base_doc", "revision_doc")
        )
        sender, receiver = (base, revision) if case["direction"] == "request" else (revision, base)
        yield case["case"], sender, receiver, case["expected_breaking"]


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set: 257 pairs of schemas are not searched")
def test_all_that_break_are_found_and_no_other():
    missed, shown = [], []
    for case, sender, receiver, breaks in pairs():
        sends, takes = TwoEngines(sender), TwoEngines(receiver)
        found = failing(sender, receiver, valid=sends.valid, accepted=takes.valid, deadline_seconds=5)
        if found is not NOT_FOUND:
            assert sends.both_take(found)
            assert not takes.both_take(found)
        if breaks and found is NOT_FOUND:
            missed.append(case)
        elif not breaks and found is not NOT_FOUND:
            shown.append((case, found))
    assert (missed, shown) == ([], [])
