"""docs/fuzzing.md holds every rule as it is."""

from pathlib import Path

from governance.fuzz.judge.table import FUZZ_RULES, TABLES
from governance.lint.words import NAMES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "fuzzing.md").read_text(encoding="utf-8")


def test_every_rule_is_told_as_it_is():
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]

    assert rows == [
        f"| `{rule.id}` | {NAMES[rule.severity]} | {rule.reason} | {rule.do} |" for rule in FUZZ_RULES.values()
    ]
    assert [line[4:] for line in PAGE.splitlines() if line.startswith("### ")] == list(TABLES)
