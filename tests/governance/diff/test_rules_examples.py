"""Every rule is found by its own example, in the direction and with the severity that it states."""

import json

from diff_changes import AT
from rows import over

from contracts.document import load_document
from governance.diff.comparison import compare
from governance.diff.rules.documents import whole
from governance.diff.rules.table import BY_ID
from governance.finding import Severity


def found(rule, folder):
    folder = folder / rule.id
    folder.mkdir()
    sides = []
    for name, tree in zip(("old", "new"), whole(rule), strict=True):
        path = folder / f"{name}.json"
        path.write_text(json.dumps(tree), encoding="utf-8")
        sides.append(load_document(path, folder))
    return compare(*sides, at=AT)


@over("rule", BY_ID.values(), ids=lambda rule: rule.id)
def test_a_rule_is_found_by_its_example(rule, tmp_path):
    findings = found(rule, tmp_path)

    mine = [one for one in findings if one.rule == rule.id]
    assert mine, [(one.rule, one.severity.value, one.message) for one in findings]
    assert {one.direction for one in mine} <= set(rule.directions)
    if isinstance(rule.wire, Severity):
        assert rule.wire in {one.severity for one in mine}, [(one.severity, one.reason) for one in mine]
