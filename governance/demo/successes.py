"""Calls that go through: both systems, reads and writes, pages, conditional changes, versions."""

from collections.abc import Callable

from governance.demo.calls import AMERICAN, CANADIAN, CENTRAL, READ, SALES, Caller, Reply, Row

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


def _central_orders(caller: Caller, entity: str = "mna") -> Reply:
    return caller.call("GET", f"{CENTRAL}/salesOrders", _shop(caller, entity))


def _central_leads_on(caller: Caller, reply: Reply) -> bool:
    caller.known["central-next"] = caller.path_of(reply.json["@odata.nextLink"])
    caller.known["american"] = f"{CENTRAL}/salesOrders({reply.json['value'][0]['id']})"
    caller.known["customer"] = reply.json["value"][0]["customerNumber"]
    return bool(caller.known["central-next"]) and _names_no_company(reply)


def _is_canadian(caller: Caller, reply: Reply) -> bool:
    rows = reply.json["value"]
    caller.known["canadian"] = f"{CENTRAL}/salesOrders({rows[0]['id']})"
    return all(row["currencyCode"] == "CAD" for row in rows) and _names_no_company(reply)


def _in(currency: str) -> Callable[[Caller, Reply], bool]:
    return lambda _, reply: reply.json["currencyCode"] == currency and _names_no_company(reply)


def _names_no_company(reply: Reply) -> bool:
    """Whether neither head nor body says where in the system the records are."""
    said = f"{reply.headers}{reply.body.decode()}".lower()
    return not any(word in said for word in (AMERICAN, CANADIAN, "companies("))


def _central_create(caller: Caller) -> Reply:
    path = f"{CENTRAL}/salesOrders"
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
    Row(
        "orders of Business Central", _central_orders, 200, "OAuth2 towards the system; no link names the company",
        shows=_central_leads_on,
    ),
    Row("their next page", lambda c: c.call("GET", c.known["central-next"], _shop(c, "mna")), 200, "by that link"),
    Row(
        "orders of the other company there", lambda c: _central_orders(c, "mca"), 200,
        "same system, same token: the gateway says which company", shows=_is_canadian,
    ),
    Row("an American order", lambda c: c.call("GET", c.known["american"], _shop(c, "mna")), 200,
        "X-Entity says for which company", shows=_in("USD")),
    Row("a Canadian order", lambda c: c.call("GET", c.known["canadian"], _shop(c, "mca")), 200,
        "the same path for both", shows=_in("CAD")),
    Row(
        "an order is placed there", _central_create, 201, "Location leads to the gateway",
        shows=lambda c, r: bool(c.path_of(r.headers["location"])) and _names_no_company(r),
    ),
    Row(
        "with an API key",
        lambda c: c.call("GET", f"{SALES}/A_SalesOrder?$top=1", {"X-API-Key": c.fleet.keys["dashboard"]}),
        200, "the contract lets a key read",
    ),
    Row(
        "with a partner's key",
        lambda c: c.call("GET", "/stock/v1/stock?material=PUMP-40", {"X-API-Key": c.fleet.keys["portal"]}),
        200, "partners see a process API, and no system's own",
    ),
    Row(
        "an older version", _old_version, 200, "pinned for this consumer; says until when it lives",
        shows=lambda _c, r: r.headers["api-version"] == "1.0" and "sunset" in r.headers and "deprecation" in r.headers,
    ),
    Row("an open operation", lambda c: c.call("GET", "/directory/v1/companies", {"X-Entity": "mde"}), 200,
        "`security: []` says open on purpose"),
)  # fmt: skip
