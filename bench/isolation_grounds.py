"""Systems that two companies share: whose a row is, and what is planted in it to be known wherever it turns up."""

import base64
import json
import re
import secrets
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from isolation_attack import Attack, Family
from isolation_judges import Canaries
from isolation_rows import Row

Planted = tuple[list[Row], dict[str, Canaries]]


@dataclass(frozen=True, slots=True)
class Ground:
    """One such system. `pins`: what names each entity inside it."""

    system: str
    database: str
    pins: Mapping[str, str]
    own: Callable[[Sequence[Row], str], list[Row]]
    """The rows of the one that this pin names."""
    plant: Callable[[Sequence[Row], Mapping[str, str]], Planted]
    keys: Callable[[Sequence[Row], str], dict[str, str]]
    """ETags by key of the records that are attacked."""
    partners: Mapping[str, tuple[str, ...]]
    """Partners who may act for one entity only."""
    versions: tuple[str, ...]
    lists: str
    """The address of a list whose pages are continued."""
    record: str
    """The address of a record, with `{0}` for its key."""
    named: Family
    families: tuple[Family, ...]
    reach: Callable[[Attack, str], Attack]
    """The attack as it is made where nothing is pinned: to see whether the judges see."""
    hidden: re.Pattern[bytes]
    """The pin itself: stands in no answer unless the caller wrote it."""

    def without(self, rows: Sequence[Row], pin: str) -> list[Row]:
        """The rows as if the one that this pin names had none, but for the last number that the system gave."""
        theirs = self.own(rows, pin)
        last = max((int(key) for _, key, _, _ in rows if key.isdigit()), default=0)
        gone = {(kind, key) for kind, key, _, _ in theirs if key != str(last)}
        return [row for row in rows if (row[0], row[1]) not in gone]


MARKS = (("MDE", "941414", "2032"), ("MFR", "831313", "2031"))
"""For each side a word, the beginning of its amounts, and a year."""
_YEARS = {"2031": "192499", "2032": "195652"}
"""How a year's first days begin in milliseconds since 1970."""


def sales_rows(rows: Sequence[Row], organization: str) -> list[Row]:
    """S/4HANA: an organisation's orders, and their items."""
    orders = {key for key, code in _organizations(rows).items() if code == organization}
    return [row for row in rows if (row[1] if row[0] == "A_SalesOrder" else row[2]) in orders]


def _organizations(rows: Sequence[Row]) -> dict[str, str]:
    return {key: str(json.loads(body)["SalesOrganization"]) for kind, key, _, body in rows if kind == "A_SalesOrder"}


def sales_tags(rows: Sequence[Row], organization: str) -> dict[str, str]:
    """S/4HANA: the ETag of each order."""
    return {
        key: f"W/\"datetimeoffset'{json.loads(body)['LastChangeDateTime'].replace(':', '%3A')}'\""
        for kind, key, _, body in sales_rows(rows, organization)
        if kind == "A_SalesOrder"
    }


def plant_sales(rows: Sequence[Row], pins: Mapping[str, str]) -> Planted:
    """S/4HANA: in every member that can hold one, new for each run; nothing is too far along to be deleted."""
    nonce = secrets.token_hex(3)
    marks = dict(zip(pins.values(), MARKS, strict=True))
    organization = _organizations(rows)
    made: list[Row] = []
    for number, (kind, key, parent, text) in enumerate(rows):
        body = json.loads(text)
        name, amount, year = marks[organization[key if kind == "A_SalesOrder" else parent]]
        mark, total = f"CANARY-{name}-{nonce}-{number}", f"{amount}{number:03d}.13"
        if kind == "A_SalesOrder":
            moment = f"{year}-01-01T00:{number // 60 % 60:02d}:{number % 60:02d}.0000000Z"
            body |= {
                "PurchaseOrderByCustomer": mark, "TotalNetAmount": total, "LastChangeDateTime": moment,
                "CreatedByUser": f"{name}{nonce}", "OverallDeliveryStatus": "A", "OverallSDProcessStatus": "A",
                "RequestedDeliveryDate": f"{year}-01-01",
            }  # fmt: skip
        else:
            body |= {"SalesOrderItemText": mark, "NetAmount": total, "SDProcessStatus": "A"}
        made.append((kind, key, parent, json.dumps(body)))
    found = {}
    for entity, pin in pins.items():
        name, amount, year = marks[pin]
        words = (
            f"CANARY-{name}-{nonce}", f"{name}{nonce}", rf"{amount}\d\d\d\.13", rf"{year}-01-01T",
            rf"Date\({_YEARS[year]}",
        )  # fmt: skip
        keys = frozenset(key for key, code in organization.items() if code == pin)
        found[entity] = Canaries(re.compile("|".join(words).encode(), re.IGNORECASE), keys)
    return made, found


_TEXTS = {
    "companies": ("displayName", "name", "businessProfileId"),
    "customers": ("displayName", "addressLine1"),
    "items": ("displayName",),
    "salesOrders": ("externalDocumentNumber", "customerName"),
    "salesOrderLines": ("description",),
}
"""Business Central: by kind, texts that can hold a canary."""
_AMOUNTS = {
    "customers": ("creditLimit",),
    "items": ("unitCost",),
    "salesOrders": ("totalAmountIncludingTax",),
    "salesOrderLines": ("netAmount",),
}


def company_rows(rows: Sequence[Row], company: str) -> list[Row]:
    """Business Central: all that lies in a company, and the company."""
    orders = {key for kind, key, parent, _ in rows if kind == "salesOrders" and parent == company}
    return [row for row in rows if company in (row[1], row[2]) or row[2] in orders]


def company_tags(rows: Sequence[Row], company: str) -> dict[str, str]:
    """Business Central: the ETag of each order."""
    return {key: _tag(key, body) for kind, key, _, body in company_rows(rows, company) if kind == "salesOrders"}


def _tag(key: str, body: str) -> str:
    version = json.loads(body)["~version"]
    text = f"20;{uuid.UUID(key).int % 10**20};1{version};"
    return f'W/"{base64.b64encode(text.encode()).decode()}"'


def plant_companies(rows: Sequence[Row], pins: Mapping[str, str]) -> Planted:
    """Business Central: as for S/4HANA. Identifiers and ETags of records are canaries, too."""
    nonce = secrets.token_hex(3)
    mine = {entity: {(row[0], row[1]) for row in company_rows(rows, pin)} for entity, pin in pins.items()}
    marks = dict(zip(pins, MARKS, strict=True))
    made: list[Row] = []
    for number, (kind, key, parent, text) in enumerate(rows):
        entity = next(entity for entity, held in mine.items() if (kind, key) in held)
        name, amount, year = marks[entity]
        body = json.loads(text)
        body |= dict.fromkeys(_TEXTS[kind], f"CANARY-{name}-{nonce}-{number}")
        body |= dict.fromkeys(_AMOUNTS.get(kind, ()), f"{amount}{number:03d}.13")
        for member in ("lastModifiedDateTime", "systemModifiedAt"):
            if member in body:
                body[member] = f"{year}-01-01T00:00:00.000Z"
        made.append((kind, key, parent, json.dumps(body)))
    found = {}
    for entity, held in mine.items():
        name, amount, year = marks[entity]
        tags = [re.escape(_tag(key, body)[3:-1]) for kind, key, _, body in made if (kind, key) in held]
        words = (f"CANARY-{name}-{nonce}", rf"{amount}\d\d\d\.13", rf"{year}-01-01T", *tags)
        found[entity] = Canaries(re.compile("|".join(words).encode()), frozenset(key for _, key in held))
    return made, found
