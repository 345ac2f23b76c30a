"""The first data: the same at each start, made from a fixed seed."""

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from store import Row, Store

DIVISIONS = ("100", "200")
_NAMES = {
    "100": ("Weber", "Hansen", "Krüger", "Brandt", "Öztürk", "Lindner", "Schröder", "Vogt"),
    "200": ("Moreau", "Lefèvre", "Garnier", "d'Aubigny", "Rousseau", "Chevalier", "Benoît", "Mercier"),
}
_TRADES = ("Pumpen", "Anlagenbau", "Hydraulik", "Schiffstechnik", "Ventile", "Service")
_CITIES = {"100": ("Bremen", "Köln", "Emden", None), "200": ("Lyon", "Brest", "Saint-Étienne", None)}
_COUNTRY = {"100": ("DE", "DE", "NL", "AT"), "200": ("FR", "FR", "BE", "CH")}
_CURRENCY = {"100": "EUR", "200": "EUR"}
_ODD = ("株式会社 東京", "مضخات النيل", "Ελληνικές Αντλίες", "Ñandú 🚢 Ltda", "ﬁne ﬂow", "e\u0301clair", "насосы")
_ARTICLES = (
    ("PUMP", 40, "Feed pump", 480), ("PUMP", 55, "Bilge pump", 1240), ("PUMP", 90, "Fire pump", 3890),
    ("SEAL", 8, "Shaft seal 8 mm", 3), ("SEAL", 12, "Shaft seal 12 mm", 5), ("VALVE", 20, "Ball valve", 64),
    ("VALVE", 50, "Gate valve", 310), ("HOSE", 10, "Hose, by the metre", 7), ("MOTOR", 75, "Motor 7.5 kW", 1985),
    ("FLANGE", 100, "Flange DN 100", 42), ("GASKET", 100, "Gasket DN 100", 2), ("FILTER", 30, "Oil filter", 19),
)  # fmt: skip


def sku(letters: str, number: int) -> str:
    """The number of an article."""
    return f"{letters}-{number:02d}"


def first_rows(*, odd: bool, lone: bool, long: bool) -> list[tuple[str, str, str, Row]]:
    """(kind, division, key, row). `odd`: names in many scripts. `lone`: division 200 is empty. `long`: full texts."""
    rows: list[tuple[str, str, str, Row]] = [("division", division, division, {}) for division in DIVISIONS]
    for division in DIVISIONS[:1] if lone else DIVISIONS:
        made = random.Random(int(division))
        rows += _prices(division)
        parties = [_party(made, division, n, odd=odd) for n in range(1, 46)]
        rows += [("party", division, row["party_id"], row) for row in parties]
        rows += [("bank", division, row["party_id"], _bank(made)) for row in parties if _pays_direct(row)]
        orders = [_order(made, division, n, long=long) for n in range(1, 61)]
        rows += [("order", division, row["order_id"], row) for row in orders]
        sent = [row for row in orders if row["status"] in ("shipped", "invoiced")]
        shipments = [_shipment(made, division, n, row) for n, row in enumerate(sent, 1)]
        rows += [("shipment", division, row["shipment_id"], row) for row in shipments]
    return rows


def fill(store: Store, *, odd: bool, lone: bool, long: bool) -> None:
    """Put the first data into an empty store."""
    if store.is_empty:
        store.fill(first_rows(odd=odd, lone=lone, long=long))
        store.put_file("terms.pdf", b"%PDF-1.4\n% Terms of business\n%%EOF\n", "application/pdf")
        size = 2_000_000 if long else 2_000
        store.put_file("drawings.bin", bytes(range(250)) * (size // 250), "application/octet-stream")


def price_of(division: str, base: int) -> str:
    """A price as decimal text."""
    return str((Decimal(base) * (Decimal("1.07") if division == "200" else 1)).quantize(Decimal("0.01")))


def _prices(division: str) -> list[tuple[str, str, str, Row]]:
    found: list[tuple[str, str, str, Row]] = []
    for letters, number, text, base in _ARTICLES:
        row = {
            "sku": sku(letters, number), "description": None if letters == "GASKET" else text,
            "currency": _CURRENCY[division], "unit_price": price_of(division, base), "valid_from": "2026-01-01",
        }  # fmt: skip
        found.append(("price", division, row["sku"], row))
    return found


def _moment(made: random.Random) -> str:
    at = datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(seconds=made.randrange(60 * 86400))
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _party(made: random.Random, division: str, number: int, *, odd: bool) -> Row:
    name = f"{made.choice(_NAMES[division])} {made.choice(_TRADES)} {number}"
    return {
        "party_id": f"P{division}{number:03d}", "division": division, "name": made.choice(_ODD) if odd else name,
        "country": made.choice(_COUNTRY[division]), "city": made.choice(_CITIES[division]),
        "payment_terms": ("net_30", "direct_debit", "net_14", "prepaid")[number % 4],
        "credit_limit": str(made.randrange(0, 50_000)) + made.choice((".00", ".50", "")),
        "blocked": number % 9 == 4, "changed_at": _moment(made),
    }  # fmt: skip


def _pays_direct(row: Row) -> bool:
    return bool(row["payment_terms"] == "direct_debit")


def _bank(made: random.Random) -> Row:
    return {"iban": f"DE{made.randrange(10**20):020d}", "mandate": f"SEPA-{made.randrange(10**6):06d}"}


def _order(made: random.Random, division: str, number: int, *, long: bool) -> Row:
    # Several orders a day, as in life: a page often ends within a day.
    ordered = date(2026, 1, 5) + timedelta(days=number // 4)
    chosen = made.sample(_ARTICLES, made.randrange(1, 4))
    lines, total = [], Decimal(0)
    for n, (letters, article, _, base) in enumerate(chosen, 1):
        quantity = Decimal(made.randrange(1, 20)) + (Decimal("0.5") if letters == "HOSE" else 0)
        price = price_of(division, base)
        amount = (quantity * Decimal(price)).quantize(Decimal("0.01"))
        total += amount
        lines.append({
            "line": n, "sku": sku(letters, article), "quantity": str(quantity), "unit_price": price,
            "amount": str(amount),
        })  # fmt: skip
    row: Row = {
        "order_id": f"O{division}{number:03d}", "division": division,
        "party_id": f"P{division}{made.randrange(1, 41):03d}", "order_date": ordered.isoformat(),
        "status": ("invoiced", "shipped", "open", "confirmed", "open", "cancelled")[number % 6],
        "hold": False, "currency": _CURRENCY[division], "lines": lines, "total": str(total),
        "changed_at": f"{ordered.isoformat()}T09:{number % 60:02d}:00Z",
    }  # fmt: skip
    if number % 3:
        row["customer_reference"] = f"PO-{made.randrange(10_000)}"
        row["requested_delivery"] = (ordered + timedelta(days=21)).isoformat()
    if long or number % 5 == 0:
        row["remark"] = "Please deliver to gate 3. " * 19 if long else "Please deliver to gate 3."
    return row


def _shipment(made: random.Random, division: str, number: int, order: Row) -> Row:
    row: Row = {
        "shipment_id": f"S{division}{number:03d}", "order_id": order["order_id"],
        "carrier": made.choice(("DHL Freight", "Schenker", "own lorry")), "packages": made.randrange(1, 9),
        "weight_kg": str(Decimal(made.randrange(100, 90_000)) / 100),
        "status": ("delivered", "in_transit", "planned")[number % 3],
    }  # fmt: skip
    if row["status"] != "planned":
        row["shipped_at"] = f"{order['order_date']}T16:{number:02d}:00Z"
        row["tracking"] = f"TR{made.randrange(10**9):09d}"
    return row
