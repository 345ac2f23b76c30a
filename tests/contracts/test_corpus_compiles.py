"""Documents from outside: every operation compiles and is built, or is declined with its reason and place."""

import os
import sys
from collections import Counter
from pathlib import Path

import pytest

from contracts.compile import Declined, compile_operation
from contracts.contract import examine
from contracts.diagnostic import InvalidInputError
from contracts.document import load_document
from contracts.settings import Bounds

CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS is not set"),
    pytest.mark.timeout(300),
]
MOST_BUILT = 25
"""How many operations of one document are built: each validator of a large one takes megabytes."""


def documents(folder):
    paths = (path for path in Path(CORPUS, folder).rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    return sorted(path for path in paths if path.is_file())


@pytest.mark.parametrize("folder", ["real", "oasdiff", "others"])
def test_every_operation_compiles_or_is_declined(folder, record_property, capsys):
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    for path in documents(folder):
        try:
            contract, _ = examine(load_document(path))
        except InvalidInputError:
            counts["unreadable"] += 1
            continue
        if contract is None:
            counts["no OpenAPI 3"] += 1
            continue
        compiled = []
        for operation in contract.operations:
            try:
                compiled.append(compile_operation(contract, operation, "corpus", "1.0", Bounds()))
            except Declined as declined:
                counts["declined"] += 1
                reasons[declined.reason.split(":")[0]] += 1
                counts["declined without a place"] += not (declined.reason and declined.pointer.startswith("/"))
        counts["compiled"] += len(compiled)
        for operation in compiled[:: max(1, len(compiled) // MOST_BUILT)]:
            operation.build()
            counts["built"] += 1
            outcome = operation.judge_request((), b"", {}, b"").outcome
            assert outcome in ("conforms", "violates")
            assert operation.judge_answer(999, [], b"").outcome in ("conforms", "violates")
            operation.drop()
    record_property("counts", str(dict(counts)))
    with capsys.disabled():
        sys.stdout.write(f"\n{folder}: {dict(counts)}; declined: {dict(reasons)}\n")
    assert counts["declined without a place"] == 0
    assert counts["compiled"] > 50
    assert counts["declined"] < counts["compiled"] / 5


def test_a_document_of_megabytes_compiles():
    path = max(documents("real"), key=lambda found: found.stat().st_size)
    contract, _ = examine(load_document(path))
    assert contract is not None
    compiled = 0
    for operation in contract.operations:
        try:
            compile_operation(contract, operation, "corpus", "1.0", Bounds())
        except Declined:
            continue
        compiled += 1
    assert compiled > 100
