"""Business partners of a division."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from asked import Answer, Asked, RefusedError
from books import AMOUNT, COUNTRY, Books, compare, condition, conflict, not_there
from fields import Choice, Flag, Form, Moment, Number, Text, is_day
from store import Row

_NAME = Text(1, 60)
_LONG_NAME = Text(1, 10_000)
_CITY = Text(0, 40, nullable=True)
_TERMS = Choice(("prepaid", "net_14", "net_30", "direct_debit"))
_LISTED = Form({
    "page": Number("1", "1000", "1"), "page_size": Number("1", "100", "1"), "name": _NAME, "country": COUNTRY,
    "blocked": Flag(), "changed_since": Moment(),
})  # fmt: skip
_NEW = Form(
    {"name": _NAME, "country": COUNTRY, "city": _CITY, "payment_terms": _TERMS, "credit_limit": AMOUNT},
    ("name", "country"),
)
_CHANGE = {"name": _NAME, "city": _CITY, "payment_terms": _TERMS, "credit_limit": AMOUNT, "blocked": Flag()}


def now() -> str:
    """The moment, as records hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def list_parties(books: Books, asked: Asked, division: str) -> Answer:
    """One page."""
    query = asked.query()
    if books.faulty("sql-in-error") and not _is_moment(query.get("changed_since", "2026-01-01T00:00:00Z")):
        raise RefusedError(400, "not_as_agreed", _SQL)
    said = _LISTED.from_query(query)
    crosses = books.faulty("changed-since-crosses") and "changed_since" in said
    found = [row for row in books.store.rows("party", None if crosses else division) if _fits(row, said)]
    page, size = said.get("page", 1), said.get("page_size", 20)
    items = [_shown(row) for row in found[(page - 1) * size : page * size]]
    return Answer(200, {"items": items, "page": page, "page_size": size, "total": len(found)})


def create_party(books: Books, asked: Asked, division: str) -> Answer:
    """A new one."""
    given = asked.json()
    _NEW.check(given)
    _text_column(books, given)
    row: Row = {
        "party_id": books.store.next_key("party", division, "P"), "division": division, "name": given["name"],
        "country": given["country"], "city": given.get("city"), "payment_terms": given.get("payment_terms", "net_14"),
        "credit_limit": str(given.get("credit_limit", 0)), "blocked": False, "changed_at": now(),
    }  # fmt: skip
    version = books.store.put("party", division, row["party_id"], row)
    where = ("Location", f"/{division}/parties/{row['party_id']}")
    return Answer(201, _shown(row), [where, books.etag(version)])


def get_party(books: Books, _: Asked, division: str, key: str) -> Answer:
    """One by its number."""
    row, version = _held(books, division, key)
    value = _shown(row)
    bank = books.store.get("bank", division, key)
    if books.faulty("bank-details") and bank is not None:
        value |= {"z_bank_iban": bank[0]["iban"], "z_bank_mandate": bank[0]["mandate"]}
    return Answer(200, value, [books.etag(version)])


def change_party(books: Books, asked: Asked, division: str, key: str) -> Answer:
    """Members that are given replace those that are held."""
    tag, given = condition(asked), asked.json()
    cuts = books.faulty("name-cut")
    Form(_CHANGE | {"name": _LONG_NAME} if cuts else _CHANGE).check(given)
    row, version = _held(books, division, key)
    if not books.faulty("stale-tag-accepted"):
        compare(tag, version)
    _text_column(books, given)
    row |= {name: str(value) if name == "credit_limit" else value for name, value in given.items()}
    row |= {"name": row["name"][:60], "changed_at": now()}
    version = books.store.put("party", division, key, row)
    return books.changed(_shown(row), version)


def delete_party(books: Books, _: Asked, division: str, key: str) -> Answer:
    """Only where it has no orders."""
    _held(books, division, key)
    if any(order["party_id"] == key for order in books.store.rows("order", division)):
        raise conflict("A party with orders is not deleted.")
    if not books.faulty("delete-forgets"):
        books.store.remove("party", division, key)
    return Answer(204)


def _held(books: Books, division: str, key: str) -> tuple[Row, int]:
    found = books.store.get("party", division, key)
    if found is None:
        raise not_there()
    return found


def _fits(row: Row, said: dict[str, Any]) -> bool:
    return (
        said.get("name", "").casefold() in row["name"].casefold()
        and said.get("country", row["country"]) == row["country"]
        and said.get("blocked", row["blocked"]) == row["blocked"]
        and said.get("changed_since", "") <= row["changed_at"]
    )


def _shown(row: Row) -> dict[str, Any]:
    value = {name: held for name, held in row.items() if name != "city" or held is not None}
    return value | {"credit_limit": Decimal(row["credit_limit"])}


def _text_column(books: Books, given: dict[str, Any]) -> None:
    """The faulty system's column holds three bytes a character."""
    texts = (given.get("name"), given.get("city"))
    if books.faulty("emoji-500") and any(ord(c) > 0xFFFF for text in texts for c in text or ""):
        raise RefusedError(500, "internal", "An unexpected error occurred.")


def _is_moment(text: str) -> bool:
    return Moment().rule(text) == "" and is_day(text[:10])


_SQL = (
    "ORA-01861: literal does not match format string\n"
    "SELECT P.ID, P.NAME, P.COUNTRY FROM NORTHPRD.PARTY P WHERE P.DIV = :1 AND P.CHANGED_AT >= TO_TIMESTAMP(:2)\n"
    "  at com.north.erp.dao.PartyDao.list(PartyDao.java:214)\n"
    "  at com.north.erp.rest.PartyResource.get(PartyResource.java:88)\n"
    "jdbc:oracle:thin:NORTH_APP/Pr0d-2019@//erpdb01.int.north.example:1521/NORTHPRD"
)
