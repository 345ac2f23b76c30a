"""Calls that go through: both systems, reads and writes, pages, conditional changes, versions."""

from governance.demo.calls import CENTRAL, READ, SALES, Caller, Reply, Row

_ORDER = {
    "SalesOrderType": "OR", "DistributionChannel": "10", "OrganizationDivision": "00",
    "SoldToParty": "17100001", "PurchaseOrderByCustomer": "PO-DEMO-1",
    "to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "2"}],
}  # fmt: skip


def _shop(caller: Caller, entity: str = "mde") -> dict[str, str]:
    return {**caller.bearer("webshop"), "X-Entity": entity}


def _list_orders(caller: Caller) -> Reply:
    return caller.call("GET", f"{SALES}/A_SalesOrder?$inlinecount=allpages", _shop(caller))


def _leads_on(caller: Caller, reply: Reply) -> bool:
    caller.known["next"] = caller.path_of(reply.json["d"]["__next"])
    return bool(caller.known["next"])


def _read_order(caller: Caller) -> Reply:
    return caller.call("GET", f"{SALES}/A_SalesOrder('4711')", _shop(caller))


def _create_order(caller: Caller) -> Reply:
    return caller.call("POST", f"{SALES}/A_SalesOrder", _shop(caller), _ORDER)


def _is_placed(caller: Caller, reply: Reply) -> bool:
    caller.known["order"] = caller.path_of(reply.headers["location"])
    caller.known["etag"] = reply.json["d"]["__metadata"]["etag"]
    return bool(caller.known["order"])


def _change_order(caller: Caller, etag: str | None) -> Reply:
    condition = {"If-Match": etag} if etag is not None else {}
    change = {"PurchaseOrderByCustomer": "PO-DEMO-2"}
    return caller.call("PATCH", caller.known["order"], {**_shop(caller), **condition}, change)


def _french_orders(caller: Caller) -> Reply:
    return caller.call("GET", f"{SALES}/A_SalesOrder?$inlinecount=allpages", _shop(caller, "mfr"))


def _is_french(caller: Caller, reply: Reply) -> bool:
    rows = reply.json["d"]["results"]
    caller.known["french"] = caller.path_of(rows[0]["__metadata"]["uri"])
    return bool(caller.known["french"]) and all(row["SoldToParty"].startswith("1010") for row in rows)


def _companies(caller: Caller) -> Reply:
    return caller.call("GET", f"{CENTRAL}/companies", _shop(caller, "mna"))


def _knows_company(caller: Caller, reply: Reply) -> bool:
    caller.known["company"] = reply.json["value"][0]["id"]
    return str(reply.json["@odata.context"]).startswith(caller.fleet.url)


def _central_orders(caller: Caller) -> Reply:
    return caller.call("GET", f"{CENTRAL}/companies({caller.known['company']})/salesOrders", _shop(caller, "mna"))


def _central_leads_on(caller: Caller, reply: Reply) -> bool:
    caller.known["central-next"] = caller.path_of(reply.json["@odata.nextLink"])
    caller.known["customer"] = reply.json["value"][0]["customerNumber"]
    return bool(caller.known["central-next"])


def _central_create(caller: Caller) -> Reply:
    path = f"{CENTRAL}/companies({caller.known['company']})/salesOrders"
    return caller.call("POST", path, _shop(caller, "mna"), {"customerNumber": caller.known["customer"]})


def _old_version(caller: Caller) -> Reply:
    return caller.call("GET", f"{SALES}/A_SalesOrder('4711')", caller.bearer("edi-hub", READ))


SUCCESSES = (
    Row("a list from S/4HANA", _list_orders, 200, "links lead to the gateway, not to the system", shows=_leads_on),
    Row("its next page", lambda c: c.call("GET", c.known["next"], _shop(c)), 200, "by the link that came"),
    Row(
        "one order", _read_order, 200, "the key stands in the path, quoted, as OData writes it",
        shows=lambda _c, r: r.headers["api-version"] == "1.1" and "ratelimit" in r.headers,
    ),
    Row("an order is placed", _create_order, 201, "the gateway fetched CSRF token and cookies", shows=_is_placed),
    Row("changed without If-Match", lambda c: _change_order(c, None), 428, "a change wants a condition",
        "condition-needed"),
    Row("changed on an old state", lambda c: _change_order(c, 'W/"1"'), 412, "somebody was quicker",
        "record-changed"),
    Row("changed as it was read", lambda c: _change_order(c, c.known["etag"]), 204, "the condition holds"),
    Row(
        "orders of the company beside it", _french_orders, 200, "same system, same user: the gateway tells them apart",
        shows=_is_french,
    ),
    Row("companies of Business Central", _companies, 200, "OAuth2 towards the system", shows=_knows_company),
    Row("orders of a company", _central_orders, 200, "@odata.nextLink leads to the gateway", shows=_central_leads_on),
    Row("their next page", lambda c: c.call("GET", c.known["central-next"], _shop(c, "mna")), 200, "by that link"),
    Row(
        "an order is placed there", _central_create, 201, "Location leads to the gateway",
        shows=lambda c, r: bool(c.path_of(r.headers["location"])),
    ),
    Row(
        "with an API key",
        lambda c: c.call("GET", f"{SALES}/A_SalesOrder?$top=1", {"X-API-Key": c.fleet.keys["portal"]}),
        200, "the contract lets a partner's key read",
    ),
    Row(
        "an older version", _old_version, 200, "pinned for this consumer; says until when it lives",
        shows=lambda _c, r: r.headers["api-version"] == "1.0" and "sunset" in r.headers and "deprecation" in r.headers,
    ),
    Row("an open operation", lambda c: c.call("GET", "/directory/v1/companies", {"X-Entity": "mde"}), 200,
        "`security: []` says open on purpose"),
)  # fmt: skip
