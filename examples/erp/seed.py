"""What Meridian Sverige AB has in a new Tryton, put in from outside through its JSON-RPC.

Nothing of Tryton's code is imported. Names, numbers and prices are invented. Everything is made in one order, so that
ids are the same at each seeding.
"""

import base64
import json
import urllib.error
import urllib.request
from datetime import date

USER = "admin"
GROUPS = ("Sales", "Stock", "Stock Force Assignment", "Party Administration", "Product Administration")
"""What the gateway's own user may do: no accounting, no administration."""
CUSTOMERS = (
    # name, code, street, postal code, city
    ("Norrvik Varv AB", "SE-1001", "Kajgatan 4", "85230", "Sundsvall"),
    ("Ljusvattnet Bruk AB", "SE-1002", "Bruksvägen 12", "93191", "Skellefteå"),
    ("Hamnpumpar i Ystad AB", "SE-1003", "Hamngatan 9", "27139", "Ystad"),
    ("Östersjö Energi HB", "SE-1004", "Strandvägen 31", "62157", "Visby"),
    ("Fjällrör & Söner", "SE-1005", "Gruvgatan 2", "98132", "Kiruna"),
    ("Vänerskog Papper AB", "SE-1006", "Sågvägen 18", "65221", "Karlstad"),
    ("Mälardrift Kommunalteknik", "SE-1007", "Torget 1", "72215", "Västerås"),
    ("Skagerrak Fisk AB", "SE-1008", "Bryggan 7", "45332", "Lysekil"),
)
GOODS = (
    # name, code, list price, cost
    ("Cirkulationspump 40", "PUMP-40", "4180.00", "2590.0000"),
    ("Dränkbar pump 65", "PUMP-65", "9350.50", "6120.0000"),
    ("Axeltätning 8", "SEAL-08", "146.25", "61.5000"),
    ("Kulventil DN50", "VALVE-50", "812.00", "402.7500"),
    ("Tryckslang 10 m", "HOSE-10", "395.00", "180.0000"),
)


class Tryton:
    """A session of JSON-RPC. Raises SystemExit with what Tryton said where it refuses."""

    def __init__(self, url: str, password: str) -> None:
        self.url = url
        self.head = {"Content-Type": "application/json"}
        self.context: dict[str, object] = {}
        user, session, *_ = self.call("common.db.login", USER, {"password": password}, "en")
        token = base64.b64encode(f"{USER}:{user}:{session}".encode()).decode()
        self.head["Authorization"] = f"Session {token}"
        self.user = user

    def call(self, method: str, *params: object) -> object:
        body = json.dumps({"id": 1, "method": method, "params": params}).encode()
        request = urllib.request.Request(f"{self.url}/rpc/", body, self.head)
        try:
            with urllib.request.urlopen(request, timeout=120) as answer:
                told = json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{method}: {error.code} {error.read()[:500].decode(errors='replace')}") from None
        if "error" in told:
            raise SystemExit(f"{method}: {str(told['error'])[:2000]}")
        return told["result"]

    def model(self, name: str, method: str, *params: object) -> object:
        return self.call(f"model.{name}.{method}", *params, self.context)

    def create(self, name: str, /, **values: object) -> int:
        return self.model(name, "create", [values])[0]

    def find(self, name: str, *domain: object) -> list[int]:
        return self.model(name, "search", list(domain), 0, None, [["id", "ASC"]])

    def the(self, name: str, *domain: object) -> int:
        found = self.find(name, *domain)
        if len(found) != 1:
            raise SystemExit(f"{name} {domain}: {len(found)} found, one is needed")
        return found[0]


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def day(value: date) -> dict[str, object]:
    return {"__class__": "date", "year": value.year, "month": value.month, "day": value.day}


def seed(url: str, password: str) -> str:
    """Fill the database behind `url` (with the database's name) and return the key of the REST API."""
    erp = Tryton(url, password)
    company = _company(erp)
    erp.context = {"company": company}
    accounts = _chart(erp, company)
    products = _products(erp, accounts)
    customers = [_customer(erp, *row) for row in CUSTOMERS]
    _stock(erp, company, products)
    _sales(erp, company, customers, products)
    return _gateway(erp, company)


def _company(erp: Tryton) -> int:
    currency = erp.create("currency.currency", name="Swedish krona", code="SEK", numeric_code="752", symbol="kr")
    erp.create("currency.currency.rate", currency=currency, rate=decimal("1"), date=day(date(2020, 1, 1)))
    party = erp.create("party.party", name="Meridian Sverige AB", code="MSE")
    company = erp.create("company.company", party=party, currency=currency)
    erp.model("res.user", "write", [erp.user], {"companies": [["add", [company]]], "company": company})
    return company


def _chart(erp: Tryton, company: int) -> dict[str, int]:
    """Tryton's minimal chart of accounts: without one it writes no invoice, and so processes no sale."""
    template = erp.find("account.account.template", ["parent", "=", None])[0]
    data: dict[str, object] = {"start": {}, "account": {"company": company, "account_template": template}}
    session, *_ = erp.call("wizard.account.create_chart.create", erp.context)
    erp.call("wizard.account.create_chart.execute", session, data, "create_account", erp.context)
    kinds = {
        kind: erp.find("account.account", [f"type.{kind}", "=", True], ["closed", "!=", True])[0]
        for kind in ("receivable", "payable", "revenue", "expense")
    }
    data["properties"] = {
        "company": company, "account_receivable": kinds["receivable"], "account_payable": kinds["payable"],
    }  # fmt: skip
    erp.call("wizard.account.create_chart.execute", session, data, "create_properties", erp.context)
    erp.call("wizard.account.create_chart.delete", session, erp.context)
    return kinds


def _products(erp: Tryton, accounts: dict[str, int]) -> list[int]:
    unit = erp.the("product.uom", ["name", "=", "Unit"])
    hour = erp.the("product.uom", ["name", "=", "Hour"])
    category = erp.create(
        "product.category", name="Sales", accounting=True,
        account_revenue=accounts["revenue"], account_expense=accounts["expense"],
    )  # fmt: skip
    made = []
    for name, code, price, cost in GOODS:
        made += _product(erp, name, code, price, cost, type="goods", default_uom=unit, account_category=category)
    service = _product(
        erp, "Driftsättning", "START-UP", "1250.00", "0", type="service", default_uom=hour, account_category=category
    )
    return made + service


def _product(erp: Tryton, name: str, code: str, price: str, cost: str, **values: object) -> list[int]:
    sold = values["default_uom"]
    template = erp.create(
        "product.template", name=name, code=code, list_price=decimal(price), salable=True, sale_uom=sold,
        products=[["create", [{"suffix_code": "", "cost_price": decimal(cost)}]]], **values,
    )  # fmt: skip
    return erp.find("product.product", ["template", "=", template])


def _customer(erp: Tryton, name: str, code: str, street: str, postal_code: str, city: str) -> int:
    address = {"street_unstructured": street, "postal_code": postal_code, "city": city}
    mail = {"type": "email", "value": f"inkop@{code.lower()}.example"}
    return erp.create(
        "party.party", name=name, code=code,
        addresses=[["create", [address]]], contact_mechanisms=[["create", [mail]]],
    )  # fmt: skip


def _stock(erp: Tryton, company: int, products: list[int]) -> None:
    """What was found at an inventory."""
    lost = erp.the("stock.location", ["type", "=", "lost_found"])
    storage = erp.the("stock.location", ["type", "=", "storage"], ["code", "=", "STO"])
    moves = [
        erp.create(
            "stock.move", product=product, quantity=200.0 + 10 * number, from_location=lost, to_location=storage,
            unit=erp.the("product.uom", ["name", "=", "Unit"]), company=company,
            planned_date=day(date(2026, 1, 7)), effective_date=day(date(2026, 1, 7)),
        )
        for number, product in enumerate(products[: len(GOODS)])
    ]  # fmt: skip
    erp.model("stock.move", "do", moves)


def _sales(erp: Tryton, company: int, customers: list[int], products: list[int]) -> None:
    """Twelve sales: three each are drafts, quotations, in work with a shipment that waits, and cancelled."""
    prices = [row[2] for row in GOODS]
    for number in range(12):
        party = customers[number % len(customers)]
        lines = [
            {
                "product": products[(number + step) % len(GOODS)],
                "quantity": float(1 + number % 4),
                "unit_price": decimal(prices[(number + step) % len(GOODS)]),
                "unit": erp.the("product.uom", ["name", "=", "Unit"]),
            }
            for step in range(1 + number % 3)
        ]
        address = erp.find("party.address", ["party", "=", party])[0]
        sale = erp.create(
            "sale.sale", party=party, company=company, reference=f"PO-{7000 + number}",
            invoice_address=address, shipment_address=address, lines=[["create", lines]],
        )  # fmt: skip
        if number % 4 in {1, 2}:
            erp.model("sale.sale", "quote", [sale])
        if number % 4 == 2:
            erp.model("sale.sale", "confirm", [sale])
            erp.model("sale.sale", "process", [sale])
        if number % 4 == 3:
            erp.model("sale.sale", "cancel", [sale])


def _gateway(erp: Tryton, company: int) -> str:
    groups = [erp.the("res.group", ["name", "=", name]) for name in GROUPS]
    user = erp.create(
        "res.user", name="Tidewaiter", login="tidewaiter", companies=[["add", [company]]], company=company,
        groups=[["add", groups]],
    )  # fmt: skip
    application = erp.create("res.user.application", user=user, application="rest")
    return erp.model("res.user.application", "read", [application], ["key"])[0]["key"]
