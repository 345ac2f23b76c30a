"""Each narrowing and widening of a schema is found where it is, in its direction, under the rule of its keyword."""

from collections import defaultdict
from functools import cache

import pytest
from expected_rules import rules_for
from rows import over
from schema_mutations import CASES, MUTATIONS, SPOTS, document, pointer
from schema_oracle import Oracle
from written_forms import as_json

from governance.diff.change import Area, Effect
from governance.diff.comparison import compare
from governance.finding import Direction, Proof, Severity

NARROWS = (Effect.NARROWS, Effect.REMOVES, Effect.CHANGES)
WIDENS = (Effect.WIDENS, Effect.ADDS, Effect.CHANGES)
REQUEST, RESPONSE = Direction.REQUEST, Direction.RESPONSE
GONE = "response-property-removed"
"""A property that is not answered any more is a warning, though nobody's message is refused."""

pytestmark = pytest.mark.timeout(180)


@cache
def compared(direction, version, *, narrows):
    """The findings of all cases of a version, by the number of the case; and the two documents as others read them."""
    sides = [[(getattr(m, side), spot) for m, spot in CASES if m.version == version] for side in ("loose", "tight")]
    old, new = (document(side, direction.value, version) for side in (sides if narrows else sides[::-1]))
    found = defaultdict(list)
    for finding in compare(as_json(old), as_json(new)):
        found[finding.path].append(finding)
    oracles = (
        {"old": Oracle(old), "new": Oracle(new)},
        {name: Oracle(t, closed=True) for name, t in (("old", old), ("new", new))},
    )
    return found, *oracles


def check_example(finding, number, direction, written, closed):
    """The example is valid for its sender and refused by its receiver, as another validator sees it."""
    example = finding.failing_example
    assert example is not None, finding
    assert (example.valid_in, example.refused_by) == (("old", "new") if direction == REQUEST else ("new", "old"))
    assert closed[example.valid_in].accepts(pointer(number, direction), example.value), example
    assert not written[example.refused_by].accepts(pointer(number, direction), example.value), example


@pytest.mark.parametrize("narrows", [True, False], ids=["narrowed", "widened"])
@pytest.mark.parametrize("direction", [REQUEST, RESPONSE])
@over("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_changed_schema_is_found_wherever_it_stands(mutation, direction, narrows):
    found, written, closed = compared(direction, mutation.version, narrows=narrows)
    effects = (*(NARROWS if narrows else WIDENS), *((*NARROWS, *WIDENS) if mutation.apart else ()))
    harmful = mutation.apart or narrows == (direction is REQUEST)
    numbers = [n for n, (m, _) in enumerate(c for c in CASES if c[0].version == mutation.version) if m is mutation]
    for number, spot in zip(numbers, SPOTS, strict=True):
        findings = found[f"/{number}"]
        said = (spot.name, [(f.rule, f.severity.value, f.proof.value, f.reason) for f in findings])
        named = [
            f for f in findings if f.rule in rules_for(Area.SCHEMA, (*mutation.kinds, *spot.beside), effects, direction)
        ]
        assert named, said
        assert {(f.direction, f.method) for f in findings} == {(direction, "POST")}, said
        if harmful:
            assert Severity.BREAKING in {f.severity for f in named}, said
        else:
            assert all(f.severity is Severity.INFO or f.rule == GONE for f in findings), said
        for finding in findings:
            if finding.severity is Severity.BREAKING and finding.proof is Proof.PROVEN:
                check_example(finding, number, direction.value, written, closed)


def test_there_are_mutations_enough():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 60
