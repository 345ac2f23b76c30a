"""What the diff claims of random schemas: no message contradicts `compatible`, and every failing example fails."""

from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laws import TIMES
from sampling import Sampler
from schema_mutations import SPOTS, document, pointer
from schema_oracle import Oracle
from schema_pairs import PAIRS, RECURSIVE
from written_forms import as_json

from governance.diff.comparison import compare
from governance.finding import Proof, Severity

BATCH = 12
MESSAGES = 60

R = {"type": "object", "properties": {"a": {"anyOf": [RECURSIVE, {"type": "integer"}]}, "b": {"type": "string"}}}

pytestmark = pytest.mark.timeout(180)


def documents(pairs, direction):
    old, new = (document([(pair[side], SPOTS[0]) for pair in pairs], direction) for side in (0, 1))
    for tree in (old, new):
        tree["components"]["schemas"]["R"] = R
    return old, new


def claims_compatible(findings):
    return all(f.severity is not Severity.BREAKING and f.proof is not Proof.UNPROVEN for f in findings)


def contradiction(sender, receiver, at, random):
    """A message that the sender may send and the receiver refuses; None where none was found."""
    sampler = Sampler(random, depth=3)
    for _ in range(MESSAGES):
        value = sampler.value([(sender.written, sender.written.at(at)), (receiver.written, receiver.written.at(at))])
        if sender.closed.accepts(at, value) and not receiver.written.accepts(at, value):
            return (value,)
    return None


class Side:
    def __init__(self, tree):
        self.written, self.closed = Oracle(tree), Oracle(tree, closed=True)


@settings(deadline=None, suppress_health_check=list(HealthCheck), print_blob=True, max_examples=25 * TIMES)
@given(st.lists(PAIRS, min_size=1, max_size=BATCH), st.sampled_from(["request", "response"]), st.integers(0, 999))
def test_no_message_contradicts_a_claim(pairs, direction, seed):
    old, new = documents(pairs, direction)
    findings = compare(as_json(old), as_json(new))
    sides = {"old": Side(old), "new": Side(new)}
    sender, receiver = ("old", "new") if direction == "request" else ("new", "old")
    for number, pair in enumerate(pairs):
        at = pointer(number, direction)
        found = [f for f in findings if any(use.path == f"/{number}" for use in f.reach)]
        if claims_compatible(found):
            wrong = contradiction(sides[sender], sides[receiver], at, Random(seed))
            assert wrong is None, (pair, wrong, [f.rule for f in found])
        for finding in found:
            example = finding.failing_example
            assert example is not None or finding.severity is not Severity.BREAKING or finding.proof is not Proof.PROVEN
            if example is not None and finding.path == f"/{number}":
                assert (example.valid_in, example.refused_by) == (sender, receiver)
                assert sides[sender].closed.accepts(at, example.value), (pair, finding)
                assert not sides[receiver].written.accepts(at, example.value), (pair, finding)
