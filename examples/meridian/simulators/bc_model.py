"""What the simulated Business Central holds: types of its API v2.0, its first data, and how it writes values."""

import base64
import random
import uuid
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from entity_type import EntityType, Property
from rows import VERSION, Row, Rows

COMPANY_ID = "6b1f4c2e-9a3d-4e57-8c21-0d5a7e93b410"
"""Meridian North America."""
OTHER_COMPANY_ID = "a07c5d18-3f62-4b9e-9d40-2c8e6f1b7a55"
"""Meridian Canada, in the same database."""
NO_GUID = "00000000-0000-0000-0000-000000000000"
USER_ID = "e0a1b2c3-0001-4000-8000-00000000beef"

COMPANY = EntityType(
    "companies",
    (
        Property("id", "guid"),
        Property("systemVersion"),
        Property("timestamp", "integer"),
        Property("name", length=30),
        Property("displayName", length=250),
        Property("businessProfileId"),
        Property("systemCreatedAt", "datetime"),
        Property("systemCreatedBy", "guid"),
        Property("systemModifiedAt", "datetime"),
        Property("systemModifiedBy", "guid"),
    ),
)
CUSTOMER = EntityType(
    "customers",
    (
        Property("id", "guid"),
        Property("number", length=20, writable="always", default=""),
        Property("displayName", length=100, writable="always", default=""),
        Property("type", "enum", writable="always", choices=("Company", "Person"), default="Company"),
        Property("addressLine1", length=100, writable="always", default=""),
        Property("city", length=30, writable="always", default=""),
        Property("state", length=30, writable="always", default=""),
        Property("country", length=10, writable="always", default="US"),
        Property("postalCode", length=20, writable="always", default=""),
        Property("phoneNumber", length=30, writable="always", default=""),
        Property("email", length=80, writable="always", default=""),
        Property("currencyCode", length=10, writable="always", default="USD"),
        Property("balanceDue", "decimal", default="0.00"),
        Property("creditLimit", "decimal", writable="always", default="0.00"),
        # A blank choice has this name in OData, where a name cannot be blank.
        Property(
            "blocked", "enum", writable="always", choices=("_x0020_", "Ship", "Invoice", "All"), default="_x0020_"
        ),
        Property("lastModifiedDateTime", "datetime"),
    ),
)
ITEM = EntityType(
    "items",
    (
        Property("id", "guid"),
        Property("number", length=20, writable="always", default=""),
        Property("displayName", length=100, writable="always", default=""),
        Property(
            "type",
            "enum",
            writable="always",
            choices=("Inventory", "Service", "Non_x002D_Inventory"),
            default="Inventory",
        ),
        Property("itemCategoryCode", length=20, writable="always", default=""),
        Property("blocked", "boolean", writable="always", default=False),
        Property("gtin", length=14, writable="always", default=""),
        Property("inventory", "decimal", scale=3, default="0"),
        Property("unitPrice", "decimal", writable="always", default="0.00"),
        Property("unitCost", "decimal", writable="always", default="0.00"),
        Property("baseUnitOfMeasureCode", length=10, writable="always", default="PCS"),
        Property("lastModifiedDateTime", "datetime"),
    ),
)
ORDER = EntityType(
    "salesOrders",
    (
        Property("id", "guid"),
        Property("number", length=20),
        Property("externalDocumentNumber", length=35, writable="always", default=""),
        Property("orderDate", "date", writable="always"),
        Property("postingDate", "date", writable="always"),
        Property("customerId", "guid", writable="always"),
        Property("customerNumber", length=20, writable="always"),
        Property("customerName", length=100),
        Property("currencyCode", length=10, writable="always", default="USD"),
        Property("pricesIncludeTax", "boolean", writable="always", default=False),
        Property("requestedDeliveryDate", "date", writable="always", default="0001-01-01"),
        Property("discountAmount", "decimal", writable="always", default="0.00"),
        Property("totalAmountExcludingTax", "decimal", default="0.00"),
        Property("totalTaxAmount", "decimal", default="0.00"),
        Property("totalAmountIncludingTax", "decimal", default="0.00"),
        Property("fullyShipped", "boolean", default=False),
        Property("status", "enum", choices=("Draft", "In_x0020_Review", "Open"), default="Draft"),
        Property("phoneNumber", length=30, writable="always", default=""),
        Property("email", length=80, writable="always", default=""),
        Property("lastModifiedDateTime", "datetime"),
    ),
)
LINE = EntityType(
    "salesOrderLines",
    (
        Property("id", "guid"),
        Property("documentId", "guid"),
        Property("sequence", "integer"),
        Property("itemId", "guid", writable="create"),
        Property("lineType", "enum", writable="create", choices=("Comment", "Account", "Item"), default="Item"),
        Property("lineObjectNumber", length=20, writable="create", default=""),
        Property("description", length=100, writable="always", default=""),
        Property("unitOfMeasureCode", length=10, writable="always", default="PCS"),
        Property("quantity", "decimal", scale=3, writable="always", default="1"),
        Property("unitPrice", "decimal", writable="always", default="0.00"),
        Property("discountPercent", "decimal", scale=2, writable="always", default="0"),
        Property("netAmount", "decimal", default="0.00"),
    ),
)
SETS = {kind.name: kind for kind in (CUSTOMER, ITEM, ORDER)}
TAX = Decimal("0.08")


@dataclass(frozen=True, slots=True)
class Books:
    """One company of the database: its currency, and its customers by name, street, city, state and postal code."""

    id: str
    name: str
    country: str
    currency: str
    places: tuple[tuple[str, str, str, str, str], ...]
    mark: str
    """What its own numbers of orders begin with."""


COMPANIES = (
    Books(
        COMPANY_ID, "Meridian North America", "US", "USD",
        (
            ("Larkspur Research", "153 Thomas Drive", "Chicago", "IL", "61236"),
            ("Harborline Outfitters", "19 Pier Road", "Miami", "FL", "37125"),
            ("Halyard Systems", "25 Water Way", "Atlanta", "GA", "31772"),
            ("Cobalt Bay Yachts", "7 Marina Street", "Savannah", "GA", "31401"),
            ("Stonefield Hardware", "200 Quarry Lane", "Denver", "CO", "80014"),
            ("Prairie Pump & Supply", "4 Grain Avenue", "Omaha", "NE", "68007"),
        ),
        "WEB",
    ),
    Books(
        OTHER_COMPANY_ID, "Meridian Canada", "CA", "CAD",
        (
            ("Fundy Marine Supply", "12 Wharf Street", "Halifax", "NS", "B3H 1A1"),
            ("Laurentide Pompes", "840 rue du Port", "Montreal", "QC", "H2Y 1C6"),
            ("Kawartha Locks & Docks", "5 Canal Road", "Peterborough", "ON", "K9J 2V4"),
            ("Foothills Irrigation", "77 Ranch Trail", "Calgary", "AB", "T2P 1J9"),
            ("Georgia Strait Ferries", "3 Quay Street", "Nanaimo", "BC", "V9R 5J6"),
            ("Red River Plumbing", "210 Elevator Row", "Winnipeg", "MB", "R3B 0N2"),
        ),
        "CANARY-MCA",  # a text that no other company may ever see
    ),
)  # fmt: skip
_THINGS = (
    ("PUMP-40", "Circulation pump DN 40", "687.50", "412.00"),
    ("SEAL-08", "Shaft seal 8 mm", "3.60", "1.15"),
    ("VALVE-2", "Ball valve 2 inch, brass", "45.90", "22.40"),
    ("HOSE-10", "Pressure hose 10 m", "79.00", "31.75"),
    ("GAUGE-6", "Pressure gauge 6 bar", "28.25", "11.90"),
)


def moment() -> str:
    """The time to the millisecond, in UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:23] + "Z"


def etag(row: Row) -> str:
    """A weak ETag that looks like the real one: base64 that means nothing to anybody else."""
    text = f"20;{uuid.UUID(row['id']).int % 10**20};1{row[VERSION]};".encode()
    return f'W/"{base64.b64encode(text).decode()}"'


def written(value: Any, of: Property) -> Any:
    """A held value as OData V4 JSON has it: numbers are numbers."""
    if value is None:
        return NO_GUID if of.kind == "guid" else None
    if of.kind == "decimal":
        number = Decimal(str(value))
        return int(number) if number == number.to_integral_value() else float(number)
    return value


def new_row(of: EntityType, values: Row) -> Row:
    """A row with its defaults."""
    return {**{p.name: p.default for p in of.properties}, **values}


def priced_line(order: str, sequence: int, item: Row, quantity: Decimal, values: Row) -> Row:
    """A line of an order, priced by its item unless a price was given."""
    price = Decimal(values.get("unitPrice") or item["unitPrice"])
    discount = Decimal(values.get("discountPercent") or 0)
    net = (price * quantity * (100 - discount) / 100).quantize(Decimal("0.01"))
    return new_row(
        LINE,
        {
            "id": str(uuid.uuid4()), "documentId": order, "sequence": sequence, "itemId": item["id"],
            "lineObjectNumber": item["number"], "description": values.get("description") or item["displayName"],
            "unitOfMeasureCode": item["baseUnitOfMeasureCode"], "quantity": str(quantity), "unitPrice": str(price),
            "discountPercent": str(discount), "netAmount": str(net),
        },
    )  # fmt: skip


def totals(lines: list[Row], discount: str) -> Row:
    """The amounts of an order, from its lines."""
    net = sum((Decimal(line["netAmount"]) for line in lines), Decimal(0)) - Decimal(discount or 0)
    tax = (net * TAX).quantize(Decimal("0.01"))
    return {
        "totalAmountExcludingTax": str(net.quantize(Decimal("0.01"))),
        "totalTaxAmount": str(tax),
        "totalAmountIncludingTax": str((net + tax).quantize(Decimal("0.01"))),
    }


def seed(rows: Rows, number: int) -> None:
    """Two companies with six customers, five items and 45 orders each; the last customer is blocked."""
    made = random.Random(number)
    stamp = "2026-01-05T06:30:00.000Z"
    with rows.together():
        for books in COMPANIES:
            about = {
                "id": books.id, "systemVersion": "27.0.34487.0", "timestamp": 24539, "name": books.name,
                "displayName": books.name, "businessProfileId": "", "systemCreatedAt": stamp,
                "systemCreatedBy": USER_ID, "systemModifiedAt": stamp, "systemModifiedBy": USER_ID,
            }  # fmt: skip
            rows.add(COMPANY.name, books.id, "", about)
            _seed_company(rows, books, made, stamp)


def _guid(made: random.Random) -> str:
    return str(uuid.UUID(int=made.getrandbits(128), version=4))


def _seed_company(rows: Rows, books: Books, made: random.Random, stamp: str) -> None:
    company, customers, items = books.id, [], []
    for place, (name, street, city, state, code) in enumerate(books.places):
        customer = new_row(
            CUSTOMER,
            {
                "id": _guid(made), "number": str(10000 * (place + 1)), "displayName": name, "addressLine1": street,
                "city": city, "state": state, "postalCode": code, "lastModifiedDateTime": stamp,
                "email": f"orders@{name.split()[0].lower()}.example", "creditLimit": "25000.00",
                "country": books.country, "currencyCode": books.currency,
                "blocked": "All" if place == len(books.places) - 1 else "_x0020_",
            },
        )  # fmt: skip
        customers.append(rows.add(CUSTOMER.name, customer["id"], company, customer))
    for code, name, price, cost in _THINGS:
        item = new_row(
            ITEM,
            {
                "id": _guid(made), "number": code, "displayName": name, "unitPrice": price, "unitCost": cost,
                "inventory": str(made.randrange(400)), "itemCategoryCode": "FLOW", "lastModifiedDateTime": stamp,
            },
        )  # fmt: skip
        items.append(rows.add(ITEM.name, item["id"], company, item))
    for place in range(45):
        customer = made.choice(customers[:-1])
        day = date(2026, 1, 5) + timedelta(days=made.randrange(120))
        order = new_row(
            ORDER,
            {
                "id": _guid(made), "number": f"S-ORD{101001 + place}", "orderDate": day.isoformat(),
                "externalDocumentNumber": f"{books.mark}-{made.randrange(10**6):06d}", "postingDate": day.isoformat(),
                "customerId": customer["id"], "customerNumber": customer["number"],
                "customerName": customer["displayName"], "email": customer["email"],
                "currencyCode": books.currency,
                "requestedDeliveryDate": (day + timedelta(days=made.randrange(3, 30))).isoformat(),
                "status": made.choice(("Draft", "In_x0020_Review", "Open")), "lastModifiedDateTime": stamp,
            },
        )  # fmt: skip
        lines = []
        for sequence in range(10000, 10000 * made.randrange(2, 5), 10000):
            line = priced_line(order["id"], sequence, made.choice(items), Decimal(made.randrange(1, 25)), {})
            line["id"] = _guid(made)
            lines.append(rows.add(LINE.name, line["id"], order["id"], line))
        rows.add(ORDER.name, order["id"], company, {**order, **totals(lines, "0")})
