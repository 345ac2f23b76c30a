"""The sales order API of the simulated S/4HANA: its types, its first data, and how it writes values in OData V2."""

import random
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from entity_type import EntityType, InvalidValueError, Property
from rows import Row, Rows

SERVICE = "/sap/opu/odata/sap/API_SALES_ORDER_SRV"
NAMESPACE = "API_SALES_ORDER_SRV"
CUSTOMERS = {
    "10100001": "Pompes du Midi SAS",
    "10100002": "Ateliers Garonne SARL",
    "17100001": "Nordhafen Maschinenbau GmbH",
    "17100002": "Elbtal Pumpen AG",
    "17100003": "Kaiser & Söhne OHG",
    "17100006": "Rheinwerft Logistik GmbH",
    "17100012": "Adler Werkzeuge KG",
}
"""By number: the first four digits are the sales organisation that they buy from."""
ORGANIZATIONS = ("1010", "1710")
"""Meridian France, Meridian Deutschland."""
BLOCKED_CUSTOMER = "17100099"
"""A business partner whose credit limit is used up: an order for it is rejected."""
MATERIALS = {
    "BRG-11": ("Ball bearing 6204, sealed", Decimal("17.50")),
    "GBX-12": ("Gear box 1:12, flange mounted", Decimal("105.00")),
    "PUMP-40": ("Circulation pump DN 40", Decimal("624.95")),
    "SEAL-08": ("Shaft seal 8 mm", Decimal("3.20")),
    "VALVE-2": ("Ball valve 2 inch, brass", Decimal("41.90")),
}

ORDER = EntityType(
    "A_SalesOrder",
    (
        Property("SalesOrder", length=10),
        Property("SalesOrderType", length=4, writable="create"),
        Property("SalesOrganization", length=4, writable="create"),
        Property("DistributionChannel", length=2, writable="create"),
        Property("OrganizationDivision", length=2, writable="create"),
        Property("SoldToParty", length=10, writable="create"),
        Property("PurchaseOrderByCustomer", length=35, writable="always", default=""),
        Property("SalesOrderDate", "date", writable="always"),
        Property("RequestedDeliveryDate", "date", writable="always"),
        Property("CreationDate", "date"),
        Property("CreatedByUser", length=12),
        Property("LastChangeDateTime", "datetime"),
        Property("TransactionCurrency", length=5, writable="create", default="EUR"),
        Property("TotalNetAmount", "decimal"),
        Property("CustomerPaymentTerms", length=4, writable="always", default="0001"),
        Property("IncotermsClassification", length=3, writable="always", default="EXW"),
        Property("DeliveryBlockReason", length=2, writable="always", default=""),
        Property("HeaderBillingBlockReason", length=2, writable="always", default=""),
        Property("OverallSDProcessStatus", length=1),
        Property("OverallDeliveryStatus", length=1),
    ),
)
ITEM = EntityType(
    "A_SalesOrderItem",
    (
        Property("SalesOrder", length=10),
        Property("SalesOrderItem", length=6),
        Property("SalesOrderItemCategory", length=4, writable="create", default="TAN"),
        Property("SalesOrderItemText", length=40, writable="always"),
        Property("Material", length=40, writable="create"),
        Property("RequestedQuantity", "decimal", scale=3, writable="always"),
        Property("RequestedQuantityUnit", length=3, writable="always", default="PC"),
        Property("ProductionPlant", length=4, writable="always", default="1710"),
        Property("NetAmount", "decimal"),
        Property("TransactionCurrency", length=5),
        Property("SDProcessStatus", length=1),
    ),
)
TYPES = {kind.name: kind for kind in (ORDER, ITEM)}
LINKS = {ORDER.name: {"to_Item": ITEM}, ITEM.name: {"to_SalesOrder": ORDER}}
REQUIRED = ("SalesOrderType", "SalesOrganization", "DistributionChannel", "OrganizationDivision", "SoldToParty")


def now_text() -> str:
    """The time with seven digits, as ETags have it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def item_key(order: str, item: str) -> str:
    """How an item is found in the data."""
    return f"{order}/{item}"


def etag(row: Row) -> str:
    """The weak ETag of an order: its last change, percent-encoded inside."""
    return f"W/\"datetimeoffset'{row['LastChangeDateTime'].replace(':', '%3A')}'\""


def written(value: Any, of: Property) -> Any:
    """A held value as OData V2 JSON has it: decimals as text, dates as milliseconds."""
    if value is None:
        return None
    if of.kind == "date":
        return f"/Date({int(datetime.fromisoformat(value).replace(tzinfo=UTC).timestamp() * 1000)})/"
    if of.kind == "datetime":
        return f"/Date({int(datetime.fromisoformat(value[:26] + '+00:00').timestamp() * 1000)}+0000)/"
    if of.kind == "decimal":
        text = str(value)
        return text.rstrip("0").rstrip(".") if of.scale == 3 and "." in text else text
    return value


def read(value: Any, of: Property) -> Any:
    """A value of a request as it is held. Raises InvalidValueError."""
    if value is not None and of.kind == "date":
        return _date(value, of)
    if of.kind == "decimal" and value is not None and not isinstance(value, str):
        # What SAP says for a number that is not text: Edm.Decimal is written in quotes in OData V2.
        raise InvalidValueError(f"Invalid value for property {of.name}: Edm.Decimal is written in quotes")
    return of.checked(value)


def _date(value: Any, of: Property) -> str:
    found = re.fullmatch(r"/Date\((-?\d{1,15})(?:[+-]\d{4})?\)/", value) if isinstance(value, str) else None
    try:
        if found:
            return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=int(found[1]))).date().isoformat()
        return date.fromisoformat(value[:10]).isoformat()
    except (OverflowError, TypeError, ValueError) as error:
        raise InvalidValueError(f"Invalid value for property {of.name}: no date") from error


def seed(rows: Rows, number: int) -> None:
    """The first orders, each with one to four items: 57 German ones from 4711 on, 23 French ones from 2001 on."""
    made = random.Random(number)
    with rows.together():
        for order in range(4711, 4711 + 57):
            _seed_order(rows, made, order, "1710")
        for order in range(2001, 2001 + 23):
            _seed_order(rows, made, order, "1010")


def _seed_order(rows: Rows, made: random.Random, order: int, organization: str) -> None:
    day = date(2026, 1, 5) + timedelta(days=made.randrange(120))
    status = made.choice("ABC")
    header: Row = {
        "SalesOrder": str(order),
        "SalesOrderType": "OR",
        "SalesOrganization": organization,
        "DistributionChannel": "10",
        "OrganizationDivision": "00",
        "SoldToParty": made.choice(sorted(name for name in CUSTOMERS if name.startswith(organization))),
        "PurchaseOrderByCustomer": f"PO-{made.randrange(10**6):06d}",
        "SalesOrderDate": day.isoformat(),
        "RequestedDeliveryDate": (day + timedelta(days=made.randrange(3, 30))).isoformat(),
        "CreationDate": day.isoformat(),
        "CreatedByUser": "MMUELLER",
        "LastChangeDateTime": f"{day.isoformat()}T{made.randrange(6, 18):02d}:15:00.0000000Z",
        "TransactionCurrency": "EUR",
        "CustomerPaymentTerms": "0001",
        "IncotermsClassification": "EXW",
        "DeliveryBlockReason": "",
        "HeaderBillingBlockReason": "",
        "OverallSDProcessStatus": status,
        "OverallDeliveryStatus": status,
    }
    if organization == "1010":  # a text that no other company may ever see
        header["PurchaseOrderByCustomer"] = f"CANARY-MFR-{order}"
    total = Decimal(0)
    for position in range(10, 10 * made.randrange(1, 5) + 1, 10):
        item = new_item(str(order), position, made.choice(sorted(MATERIALS)), Decimal(made.randrange(1, 40)))
        item["SDProcessStatus"], item["ProductionPlant"] = status, organization
        total += Decimal(item["NetAmount"])
        rows.add(ITEM.name, item_key(str(order), str(position)), str(order), item)
    rows.add(ORDER.name, str(order), "", {**header, "TotalNetAmount": str(total)})


def new_item(order: str, position: int, material: str, quantity: Decimal) -> Row:
    """An item with its price. Raises InvalidValueError for a material that is not there."""
    if material not in MATERIALS:
        raise InvalidValueError("Material is not defined for sales org. 1710, distr.chan. 10, language EN")
    text, price = MATERIALS[material]
    return {
        "SalesOrder": order,
        "SalesOrderItem": str(position),
        "SalesOrderItemCategory": "TAN",
        "SalesOrderItemText": text,
        "Material": material,
        "RequestedQuantity": str(quantity.quantize(Decimal("0.001"))),
        "RequestedQuantityUnit": "PC",
        "ProductionPlant": "1710",
        "NetAmount": str((price * quantity).quantize(Decimal("0.01"))),
        "TransactionCurrency": "EUR",
        "SDProcessStatus": "A",
    }
