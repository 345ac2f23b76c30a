"""Each change of a document's objects is found, in its direction, under its rule, with its weight; and taken back."""

import pytest
from document_mutations import BACK, MUTATIONS, REQUEST
from document_places import copied
from expected_rules import rules_for
from rich_documents import RICH_3_1
from rows import over
from written_forms import as_json

from governance.diff.change import Area, Effect
from governance.diff.comparison import compare
from governance.finding import Proof, Severity

_ALIKE = {Effect.NARROWS: (Effect.REMOVES, Effect.CHANGES), Effect.WIDENS: (Effect.ADDS, Effect.CHANGES)}


@pytest.mark.parametrize("backwards", [False, True], ids=["made", "taken-back"])
@over("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_changed_document_is_found(mutation, backwards):
    changed = copied(RICH_3_1)
    mutation.change(changed)
    old, new = (changed, RICH_3_1) if backwards else (RICH_3_1, changed)
    findings = compare(as_json(old), as_json(new))
    effect = BACK[mutation.effect] if backwards else mutation.effect
    effects = (effect, *(_ALIKE.get(effect, ()) if mutation.area is Area.SCHEMA else ()))
    if effect is Effect.CHANGES:
        effects = tuple(Effect)
    named = [f for f in findings if f.rule in rules_for(mutation.area, [mutation.kind], effects, mutation.direction)]
    said = [(f.rule, f.severity.value, f.proof.value, f.pointer_new) for f in findings]
    assert named, said
    assert max((f.severity for f in named), key=lambda s: s.weight) is (mutation.back if backwards else mutation.severity), said  # fmt: skip
    for finding in findings:
        if mutation.area is Area.SCHEMA and finding.severity is Severity.BREAKING and finding.proof is Proof.PROVEN:
            example = finding.failing_example
            assert example is not None or mutation.kind == "readOnly", finding
            if example is not None:
                assert example.valid_in == ("old" if finding.direction is REQUEST else "new")


def test_there_are_mutations_enough():
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 50
