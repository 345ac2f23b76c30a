"""Tables that are judged in one test: no row hides another, and a table without rows is no proof."""

import pytest
from rows import over


def failure_of(test, **fixtures):
    with pytest.raises(pytest.fail.Exception) as caught:
        test(**fixtures)
    return str(caught.value)


def test_each_row_that_fails_is_told():
    @over(("name", "number"), [("one", 1), ("two", 2), ("three", 3), ("four", "4")], ids=lambda row: row[0])
    def test(limit, name, number):
        assert name
        assert number < limit

    said = failure_of(test, limit=2)

    assert said.startswith("3 of 4 rows are wrong:\n")
    assert [word for word in ("one", "two", "three", "four") if f"\n{word}\n" in said] == ["two", "three", "four"]
    assert "assert 3 < 2" in said
    assert "TypeError" in said
    assert f"{__file__}:" in said


def test_what_was_expected_and_did_not_come_is_told():
    @over("text", ["1", "x"])
    def test(text):
        with pytest.raises(ValueError):
            int(text)

    assert "1 of 2 rows are wrong:\n'1'\n" in failure_of(test)


def test_tables_may_be_crossed():
    @over("a", [1, 2])
    @over("b", [1, 2, 3])
    def test(a, b):
        assert a + b < 5

    said = failure_of(test)
    assert "1 of 2 rows" in said
    assert "1 of 3 rows" in said


def test_a_table_without_rows_fails():
    @over("row", [])
    def test(row):
        pass

    assert failure_of(test) == "the table has no rows"


@over("row", [1, 2])
async def test_rows_may_wait(row, tmp_path):
    assert tmp_path.is_dir()
    assert row
