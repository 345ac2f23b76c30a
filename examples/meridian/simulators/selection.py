"""`$filter`, `$orderby`, `$skip` and `$top` on rows; `$select` and `$expand` as lists of names."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from entity_type import EntityType, Property
from filters import FilterError, parse_filter
from rows import Row


class OptionError(ValueError):
    """A query option cannot be understood; the message says which."""


@dataclass(frozen=True, slots=True)
class Selected:
    """A page: its rows, how many there are in all, and where the next page begins (None: there is none)."""

    rows: list[Row]
    total: int
    next_skip: int | None


def select_rows(rows: list[Row], of: EntityType, options: Mapping[str, str], page: int) -> Selected:
    """The page that `options` ask for, at most `page` rows. Raises OptionError."""
    if options.get("$filter"):
        try:
            test = parse_filter(options["$filter"], of)
        except FilterError as error:
            raise OptionError(str(error)) from error
        rows = [row for row in rows if test(row)]
    total = len(rows)
    rows = _ordered(rows, of, options.get("$orderby", ""))
    begin = _number(options, "$skip", 0) + _number(options, "$skiptoken", 0)
    end = total if "$top" not in options else min(_number(options, "$skip", 0) + _number(options, "$top", 0), total)
    stop = min(begin + page, end)
    return Selected(rows[begin:stop], total, stop - _number(options, "$skip", 0) if stop < end else None)


def _number(options: Mapping[str, str], name: str, default: int) -> int:
    text = options.get(name, "")
    if not text:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise OptionError(f"Invalid value for {name}: a whole number, not less than 0, is expected")
    return int(text)


def _ordered(rows: list[Row], of: EntityType, text: str) -> list[Row]:
    for part in reversed([part.strip() for part in text.split(",") if part.strip()]):
        name, _, direction = part.partition(" ")
        found = of.named(name)
        if found is None:
            raise OptionError(f"Could not find a property named '{name}' on type '{of.name}'")
        if direction.strip() not in ("", "asc", "desc"):
            raise OptionError("$orderby takes asc or desc")
        rows = _sorted(rows, found, descending=direction.strip() == "desc")
    return rows


def _sorted(rows: list[Row], column: Property, *, descending: bool) -> list[Row]:
    def by(row: Row) -> tuple[bool, Any]:
        value = column.comparable(row.get(column.name))
        return value is not None, value if value is not None else 0

    return sorted(rows, key=by, reverse=descending)


def chosen_names(text: str, of: EntityType, more: tuple[str, ...] = ()) -> frozenset[str]:
    """The names in `$select`; empty means all. Raises OptionError for one that does not exist."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    if "*" in names:
        return frozenset()
    for name in sorted(names):
        if of.named(name) is None and name not in more:
            raise OptionError(f"Could not find a property named '{name}' on type '{of.name}'")
    return names


def expanded_names(text: str, of: EntityType, known: tuple[str, ...]) -> frozenset[str]:
    """The names in `$expand`. Raises OptionError for one that does not exist."""
    names = frozenset(part.strip() for part in text.split(",") if part.strip())
    for name in sorted(names):
        if name not in known:
            raise OptionError(f"Could not find a property named '{name}' on type '{of.name}'")
    return names
