"""Documents from outside: every operation compiles and is built, or is declined with its reason and place."""

import sys
from collections import Counter

import pytest
from outside_documents import CORPUS, documents, mended, some_documents, take

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set"),
    pytest.mark.timeout(300),
]
MOST_BUILT = 25
"""How many operations of one document are built: each validator of a large one takes megabytes."""


@pytest.mark.parametrize("folder", ["real", "oasdiff", "others"])
def test_every_operation_compiles_or_is_declined(folder, record_property, capsys, tmp_path):
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    chosen = some_documents(folder)
    largest = max(chosen, key=lambda found: found.stat().st_size)
    for path in chosen:
        outcome = take(path, tmp_path)
        assert (path.name, outcome.crash, outcome.unexplained) == (path.name, "", [])
        counts[f"refused: {outcome.refused}" if outcome.refused else "read"] += 1
        counts["given security"] += outcome.given_security
        counts["compiled"] += len(outcome.compiled)
        assert folder != "real" or path != largest or len(outcome.compiled) > 100
        reasons += outcome.left_out
        for operation in outcome.compiled[:: max(1, len(outcome.compiled) // MOST_BUILT)]:
            operation.build()
            counts["built"] += 1
            judged = operation.judge_request((), b"", {}, b"").outcome
            assert judged in ("conforms", "violates")
            assert operation.judge_answer(999, [], b"").outcome in ("conforms", "violates")
            operation.drop()
    record_property("counts", str(dict(counts)))
    with capsys.disabled():
        sys.stdout.write(f"\n{folder}: {dict(counts)}; not served: {dict(reasons)}\n")
    assert counts["compiled"] > 50
    assert reasons.total() < counts["compiled"] / 5


def test_every_fault_is_gone_once_its_action_is_pasted(tmp_path):
    total = 0
    chosen = [path for path in documents("real") if path.suffix == ".yaml"]
    for number, path in enumerate([*documents("oasdiff"), *chosen[:1]]):
        folder = tmp_path / str(number)
        folder.mkdir()
        told, left = mended(path, folder)
        assert (path.name, [str(fault) for fault in left]) == (path.name, [])
        total += told
    assert total > 300
