"""Prices of a division. Articles have the same numbers in all of them."""

from decimal import Decimal
from typing import Any

from asked import Answer, Asked
from books import AMOUNT, CURRENCY, Books, not_there
from fields import Day, Form, Number, Text
from seed import DIVISIONS
from store import Row

_DIVISION = Text(pattern="[1-9][0-9]{2}")
_LISTED = Form(
    {
        "division": _DIVISION, "sku": Text(pattern="[A-Z]{1,8}(-[0-9]{0,4})?"), "currency": CURRENCY,
        "offset": Number("0", "100000", "1"), "limit": Number("1", "50", "1"),
    },
    ("division",),
)  # fmt: skip
_ADDRESSED = Form({"division": _DIVISION}, ("division",))
_NEW = Form({"currency": CURRENCY, "unit_price": AMOUNT, "valid_from": Day()}, ("currency", "unit_price"))


def list_prices(books: Books, asked: Asked) -> Answer:
    """Those that fit, from an offset on."""
    said = _LISTED.from_query(asked.query())
    _exists(books, said["division"])
    rows = [
        row for row in books.store.rows("price", said["division"])
        if row["sku"].startswith(said.get("sku", "")) and said.get("currency", row["currency"]) == row["currency"]
    ]  # fmt: skip
    offset = said.get("offset", 0)
    items = [_listed(books, row) for row in rows[offset : offset + said.get("limit", 20)]]
    return Answer(200, {"items": items, "offset": offset, "total": len(rows)})


def set_price(books: Books, asked: Asked, key: str) -> Answer:
    """The first price of an article in the division, or another one."""
    division = _ADDRESSED.from_query(asked.query())["division"]
    _exists(books, division)
    given = asked.json()
    _NEW.check(given)
    held = books.store.get("price", division, key)
    row: Row = held[0] if held else {"sku": key}
    row |= given | {"unit_price": str(given["unit_price"])}
    books.store.put("price", division, key, row)
    if books.faulty("price-crosses"):
        _everywhere(books, key, row["unit_price"])
    if held is None:
        return Answer(201, headers=[("Location", f"/prices/{key}?division={division}")])
    return Answer(204) if books.minimal else Answer(200, _shown(row))


def _everywhere(books: Books, key: str, unit_price: str) -> None:
    """The faulty system's UPDATE names the article and not the division."""
    for division in DIVISIONS:
        held = books.store.get("price", division, key)
        if held is not None:
            books.store.put("price", division, key, held[0] | {"unit_price": unit_price})


def _exists(books: Books, division: str) -> None:
    if books.store.get("division", division, division) is None:
        raise not_there()


def _listed(books: Books, row: Row) -> dict[str, Any]:
    value = _shown(row)
    if books.faulty("price-comma") and value["unit_price"] >= 1000:
        value["unit_price"] = f"{value['unit_price']:,.2f}".translate(str.maketrans(",.", ".,"))
    return value


def _shown(row: Row) -> dict[str, Any]:
    value = {name: held for name, held in row.items() if name != "description" or held is not None}
    return value | {"unit_price": Decimal(row["unit_price"])}
