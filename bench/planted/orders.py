"""Sales orders of a division, and what was shipped of them."""

from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from asked import Answer, Asked, RefusedError
from books import SKU, Books, compare, condition, conflict, not_there
from fields import Choice, Day, Flag, Form, Number, Text
from parties import now
from store import Row

_PARTY_ID = Text(pattern="P[0-9]{6}")
_ORDER_ID = Text(pattern="O[0-9]{6}")
_REFERENCE = Text(1, 35)
_SHORT_REFERENCE = Text(1, 34)
_QUANTITY = Number("0", "100000", "0.001", above=True)
_ANY_QUANTITY = Number("-100000", "100000", "0.001")
_LISTED = Form({
    "limit": Number("1", "200", "1"), "after": Text(pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}\.O[0-9]{6}"),
    "status": Choice(("open", "confirmed", "shipped", "invoiced", "cancelled")), "party_id": _PARTY_ID,
    "ordered_from": Day(), "ordered_to": Day(),
})  # fmt: skip
_CHANGE = Form({"customer_reference": _REFERENCE, "requested_delivery": Day(), "remark": Text(0, 500), "hold": Flag()})
_SHIPMENTS = Form({"status": Choice(("planned", "in_transit", "delivered")), "order_id": _ORDER_ID})
_CENT = Decimal("0.01")


class _Lines:
    """Between one and fifty lines."""

    def __init__(self, quantity: Number) -> None:
        self._form = Form({"sku": SKU, "quantity": quantity}, ("sku", "quantity"))

    def rule(self, value: Any) -> str:
        if not isinstance(value, list):
            return "type"
        if not 1 <= len(value) <= 50:
            return "minItems" if not value else "maxItems"
        for number, line in enumerate(value):
            self._form.check(line, f"lines/{number}/")
        return ""

    def from_text(self, text: str) -> Any:
        return text


def list_orders(books: Books, asked: Asked, division: str) -> Answer:
    """The page that begins after a place."""
    said = _LISTED.from_query(asked.query())
    fitting = [row for row in books.store.rows("order", division) if _fits(row, said)]
    rows = sorted(fitting, key=_place)
    after = said.get("after", "")
    if books.faulty("page-loses"):
        rows = [row for row in rows if row["order_date"] > after[:10]]
    else:
        rows = [row for row in rows if _place(row) > after]
    limit = said.get("limit", 25)
    value: dict[str, Any] = {"items": [_shown(books, row) for row in rows[:limit]]}
    if len(rows) > limit:
        value["next"] = _place(rows[limit - 1])
    return Answer(200, value)


def place_order(books: Books, asked: Asked, division: str) -> Answer:
    """A new one, at the prices of today."""
    given = asked.json()
    _new_form(books).check(given)
    party = books.store.get("party", division, given["party_id"])
    prices = [books.store.get("price", division, line["sku"]) for line in given["lines"]]
    if party is None or None in prices:
        if books.faulty("html-refusal"):
            return Answer(422, raw=_HTML, media="text/html; charset=utf-8")
        what = "The party" if party is None else "An article"
        raise RefusedError(422, "not_possible", f"{what} is not there.")
    if party[0]["blocked"]:
        raise conflict("The party is blocked.")
    lines, total = [], Decimal(0)
    for number, (line, price) in enumerate(zip(given["lines"], prices, strict=True), 1):
        assert price is not None
        # The faulty system drops a minus sign; with the true one there is none.
        quantity = abs(Decimal(line["quantity"])) or Decimal(1)
        unit_price = Decimal(price[0]["unit_price"])
        amount = (quantity * unit_price).quantize(_CENT, ROUND_HALF_UP)
        total += amount
        lines.append({
            "line": number, "sku": line["sku"], "quantity": str(quantity), "unit_price": str(unit_price),
            "amount": str(amount),
        })  # fmt: skip
    named = {name: given[name] for name in ("customer_reference", "requested_delivery", "remark") if name in given}
    row: Row = {
        "order_id": books.store.next_key("order", division, "O"), "division": division,
        "party_id": given["party_id"], "order_date": datetime.now(UTC).date().isoformat(), "status": "open",
        "hold": False, "currency": "EUR", "lines": lines, "total": str(total), "changed_at": now(), **named,
    }  # fmt: skip
    version = books.store.put("order", division, row["order_id"], row)
    where = [] if books.faulty("no-location") else [("Location", f"/{division}/orders/{row['order_id']}")]
    return Answer(201, _shown(books, row), [*where, books.etag(version)])


def get_order(books: Books, _: Asked, division: str, key: str) -> Answer:
    """One by its number."""
    row, version = _held(books, None if books.faulty("order-crosses") else division, key)
    return Answer(200, _shown(books, row), [books.etag(version)])


def change_order(books: Books, asked: Asked, division: str, key: str) -> Answer:
    """Members that are given replace those that are held."""
    tag, given = condition(asked), asked.json()
    _CHANGE.check(given)
    row, version = _held(books, division, key)
    compare(tag, version)
    if row["status"] not in ("open", "confirmed"):
        message = "What was shipped, invoiced or cancelled is not changed."
        if books.faulty("error-with-200"):
            error = {"error": {"code": "not_in_this_state", "message": message}}
            return Answer(200, error, [books.etag(version)])
        raise conflict(message)
    row |= given | {"changed_at": now()}
    version = books.store.put("order", division, key, row)
    return books.changed(_shown(books, row), version)


def list_shipments(books: Books, asked: Asked, division: str) -> Answer:
    """All that fit."""
    said = _SHIPMENTS.from_query(asked.query())
    rows = [row for row in books.store.rows("shipment", division) if all(row[name] == said[name] for name in said)]
    return Answer(200, {"items": [_shipment(row) for row in rows]})


def get_shipment(books: Books, _: Asked, division: str, key: str) -> Answer:
    """One by its number."""
    found = books.store.get("shipment", division, key)
    if found is None:
        if books.faulty("login-redirect"):
            return Answer(302, headers=[("Location", "/login?reason=expired")], raw=b"", media="text/html")
        raise not_there()
    return Answer(200, _shipment(found[0]))


def _new_form(books: Books) -> Form:
    reference = _SHORT_REFERENCE if books.faulty("reference-35-refused") else _REFERENCE
    quantity = _ANY_QUANTITY if books.faulty("negative-quantity") else _QUANTITY
    members = {
        "party_id": _PARTY_ID, "customer_reference": reference, "requested_delivery": Day(), "remark": Text(0, 500),
        "lines": _Lines(quantity),
    }  # fmt: skip
    return Form(members, ("party_id", "lines"))


def _held(books: Books, division: str | None, key: str) -> tuple[Row, int]:
    found = books.store.get("order", division, key)
    if found is None:
        raise not_there()
    return found


def _fits(row: Row, said: dict[str, Any]) -> bool:
    return (
        said.get("status", row["status"]) == row["status"]
        and said.get("party_id", row["party_id"]) == row["party_id"]
        and said.get("ordered_from", "") <= row["order_date"] <= said.get("ordered_to", "9999-99-99")
    )


def _place(row: Row) -> str:
    return f"{row['order_date']}.{row['order_id']}"


def _shown(books: Books, row: Row) -> dict[str, Any]:
    lines = [
        line | {name: Decimal(line[name]) for name in ("quantity", "unit_price", "amount")} for line in row["lines"]
    ]
    held = {"status": "on_hold"} if books.faulty("hold-status") and row["hold"] else {}
    return row | {"lines": lines, "total": Decimal(row["total"])} | held


def _shipment(row: Row) -> dict[str, Any]:
    return row | {"weight_kg": Decimal(row["weight_kg"])}


_HTML = (
    b"<!DOCTYPE html>\n<html><head><title>422 Unprocessable Entity</title></head>\n"
    b"<body><h1>Unprocessable Entity</h1><p>The request could not be processed.</p></body></html>\n"
)
