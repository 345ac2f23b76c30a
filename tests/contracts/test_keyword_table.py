"""Keyword by OpenAPI version and direction: the mutation is refused by its name, and missed where it is taken out."""

import pytest
from keyword_cells import cells, fault, keywords_without_row, taken_out
from keyword_rows import DIRECTIONS, FORMATS, ROWS, VERSIONS

from contracts import plain_keywords, schema

EVERY = (*ROWS, *FORMATS)


def named(rows):
    return [pytest.param(row, id=row.keyword) for row in rows]


@pytest.mark.parametrize("row", named(EVERY))
def test_every_cell_holds(row):
    """An empty cell too: what it says becomes of the mutation does."""
    found = {(version, way): fault(row, version, way) for version in VERSIONS for way in DIRECTIONS}
    assert {cell: why for cell, why in found.items() if why} == {}


@pytest.mark.parametrize("row", named(row for row in EVERY if next(cells(row), None)))
def test_a_keyword_taken_out_is_noticed_in_each_of_its_cells(row):
    with taken_out(row.keyword):
        assert [cell for cell in cells(row) if not fault(row, *cell)] == []


@pytest.mark.parametrize(
    ("module", "table", "keyword"),
    [
        pytest.param(module, table, keyword, id=keyword)
        for module, table in (
            (plain_keywords, "PLAIN"), (schema, "IN_PLACE"), (schema, "ONE"), (schema, "MEMBER"), (schema, "BY_NAME"),
        )
        for keyword in getattr(module, table)
    ],
)  # fmt: skip
def test_a_keyword_missing_in_the_tables_of_the_lowering_is_noticed(monkeypatch, module, table, keyword):
    known = getattr(module, table)
    left = [name for name in known if name != keyword]
    monkeypatch.setattr(module, table, {name: known[name] for name in left} if table == "PLAIN" else tuple(left))
    (row,) = [row for row in ROWS if row.keyword == keyword]
    assert [cell for cell in cells(row) if not fault(row, *cell)] == []


def test_every_keyword_and_format_has_a_row():
    assert keywords_without_row() == set()
