"""The rows of bench/mutants.yaml name places and tests that are there; that the tests fail is shown by `make mutants`."""

from pathlib import Path

import yaml
from rows import over

ROOT = Path(__file__).resolve().parent.parent
ROWS = yaml.safe_load((ROOT / "bench" / "mutants.yaml").read_text(encoding="utf-8"))


@over("row", ROWS, ids=lambda row: row["name"])
def test_a_row_takes_out_one_place_and_names_a_test(row):
    file, _, test = row["test"].partition("::")
    function = test.partition("[")[0]

    assert (ROOT / row["file"]).read_text(encoding="utf-8").count(row["old"]) == 1
    assert row["new"] != row["old"]
    assert f"def {function}(" in (ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8")


def test_each_row_has_a_name_of_its_own_and_a_short_run_has_enough_of_them():
    assert len({row["name"] for row in ROWS}) == len(ROWS) >= 100
    assert len([row for row in ROWS if not row.get("full")]) >= 60
