"""Calls that are refused, each for another reason, and systems that misbehave."""

import secrets
from collections.abc import Callable

from governance.demo.calls import CANADIAN, CENTRAL, READ, SALES, Caller, Reply, Row

_ORDER = f"{SALES}/A_SalesOrder('4711')"
_ORDERS = f"{SALES}/A_SalesOrder"


def _get(caller: Caller, path: str, consumer: str = "webshop", entity: str = "mde", **more: str) -> Reply:
    return caller.call("GET", path, {**caller.bearer(consumer), "X-Entity": entity, **more})


def _forged(caller: Caller) -> Reply:
    head, claims, _ = caller.fleet.token("webshop", READ).split(".")
    return caller.call("GET", _ORDER, {"Authorization": f"Bearer {head}.{claims}.{secrets.token_urlsafe(256)}"})


def _post(caller: Caller, body: object, **headers: str) -> Reply:
    return caller.call("POST", _ORDERS, {**caller.bearer("webshop"), "X-Entity": "mde", **headers}, body)


def _form(caller: Caller) -> Reply:
    headers = {**caller.bearer("webshop"), "X-Entity": "mna", "Content-Type": "application/x-www-form-urlencoded"}
    return caller.call("POST", f"{CENTRAL}/salesOrders", headers, b"a=b")


def _too_often(caller: Caller) -> Reply:
    for _ in range(6):
        reply = caller.call("GET", _ORDER, caller.bearer("edi-hub", READ))
    return reply


def _faulty(fault: str, **order: object) -> Callable[[Caller], Reply]:
    """A read of an order while S/4HANA misbehaves."""

    def send(caller: Caller) -> Reply:
        caller.misbehave("s4-eu", fault, **order)
        return _get(caller, _ORDER)

    return send


def _write_cut(caller: Caller) -> Reply:
    caller.misbehave("bc-us", "down-after", match={"method": "POST"})
    path = f"{CENTRAL}/salesOrders"
    headers = {**caller.bearer("webshop"), "X-Entity": "mna"}
    return caller.call("POST", path, headers, {"customerNumber": caller.known["customer"]})


def _token_ended(caller: Caller) -> Reply:
    caller.misbehave("bc-us", "token-revoked", match={"method": "POST"})
    path = f"{CENTRAL}/salesOrders"
    headers = {**caller.bearer("webshop"), "X-Entity": "mna"}
    return caller.call("POST", path, headers, {"customerNumber": caller.known["customer"]})


def _smuggled(caller: Caller) -> Reply:
    return caller.raw(
        b"POST /sales-orders/v1/A_SalesOrder HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\n\r\n"
    )


def _preflight(caller: Caller) -> Reply:
    asked = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "GET"}
    return caller.call("OPTIONS", _ORDER, asked)


REFUSALS = (
    Row("nobody", lambda c: c.call("GET", _ORDER), 401, "no credential", "not-identified"),
    Row("nobody, nowhere", lambda c: c.call("GET", "/no/such/path"), 401, "and nobody learns which paths exist",
        "not-identified"),
    Row("a forged token", _forged, 401, "the signature is not the issuer's", "invalid-token"),
    Row("an expired token", lambda c: c.call("GET", _ORDER, c.bearer("webshop", READ, expires_in="-3600")), 401,
        "expired an hour ago", "token-expired"),
    Row("a key with a typing error", lambda c: c.call("GET", _ORDER, {"X-API-Key": c.fleet.keys["portal"][:-1] + "-"}),
        401, "its checksum tells", "invalid-key"),
    Row("a client nobody knows", lambda c: _get(c, _ORDER, "stranger"), 403, "a good token, not a consumer",
        "unknown-consumer"),
    Row("a scope is missing", lambda c: c.call("POST", _ORDERS, {**c.bearer("webshop", READ), "X-Entity": "mde"}, {}),
        403, "the contract asks for sales-orders.write", "not-allowed"),
    Row("somebody else's entity", lambda c: _get(c, _ORDER, "edi-hub", "mna"), 403, "the credential covers mde only",
        "entity-not-allowed"),
    Row("somebody else's order", lambda c: _get(c, c.known["french"]), 404, "as absent as an order that never was",
        "record-not-there"),
    Row("somebody else's orders", lambda c: _get(c, _ORDERS + "?$filter=1%20eq%201)%20or%20(1%20eq%201"), 400,
        "a filter is read by its grammar", "option-unreadable"),
    Row("an order for somebody else", lambda c: _post(c, {"SalesOrganization": "1010"}), 403,
        "the gateway says for whom", "entity-selector-refused"),
    Row("an API for others", lambda c: c.call("GET", f"{CENTRAL}/salesOrders", {"X-API-Key": c.fleet.keys["portal"]}),
        404, "what may not be seen is not there", "not-found"),
    Row("a system's own model", lambda c: c.call("GET", _ORDER, {"X-API-Key": c.fleet.keys["portal"]}),
        404, "partners see process APIs", "not-found"),
    Row("a method that is not there", lambda c: c.call("DELETE", _ORDERS, {**c.bearer("webshop"), "X-Entity": "mde"}),
        405, "Allow lists those that are", "method-not-allowed"),
    Row("a retired version", lambda c: _get(c, "/stock/v1/stock", **{"API-Version": "1.0"}), 410,
        "Link names its successor", "version-retired"),
    Row("a body against the contract", lambda c: _post(c, {"SalesOrderType": 7, "SoldToParty": 5}), 400,
        "every place is named", "request-violates-contract", lambda _c, r: len(r.json["errors"]) >= 2),
    Row("the other company's order", lambda c: _get(c, c.known["canadian"], entity="mna"), 404,
        "the system itself looks in one company only", shows=lambda _c, r: b"CANARY" not in r.body),
    Row("the other company by name", lambda c: _get(c, f"{CENTRAL}/salesOrders?company_id={CANADIAN}", entity="mna"),
        403, "the gateway says which company", "entity-selector-refused"),
    Row("the other company in the path",
        lambda c: _get(c, f"{CENTRAL}/companies({CANADIAN})/salesOrders", entity="mna"), 404,
        "no path of the contract names a company", "not-found"),
    Row("an OData option too many", lambda c: _get(c, f"{CENTRAL}/salesOrders?$apply=groupby((status))", entity="mna"),
        403, "what it finds cannot be proven", "option-not-proven"),
    Row("the system's own selector", lambda c: _get(c, _ORDERS + "?sap-client=200"), 400,
        "the gateway sets it, callers cannot", "request-violates-contract"),
    Row("a form for JSON", _form, 415, "the contract names JSON", "media-type-not-taken"),
    Row("a path with two readings", lambda c: _get(c, "/sales-orders/v1/%2e%2e/A_SalesOrder"), 400,
        "refused before routing", "unsafe-path"),
    Row("two lengths for one body", _smuggled, 400, "request smuggling is refused on the wire", "bad-framing"),
    Row("a browser from elsewhere", _preflight, 403, "no origin is allowed by default", "origin-denied"),
    Row("too often", _too_often, 429, "the plan starter has four a minute", "rate-limited",
        lambda _c, r: int(r.headers["retry-after"]) >= 1),
    Row("the system drifts", _faulty("drift-extra"), 502, "its answer is judged too", "answer-violates-contract"),
    Row("the system answers HTML", _faulty("html"), 502, "HTML of a system never passes",
        "system-answer-broken"),
    Row("the system redirects", _faulty("redirect"), 502, "the gateway follows none", "system-redirect"),
    Row("the system is too slow", _faulty("slow", options={"seconds": 6}), 504, "nothing hangs past its timeout",
        "system-timeout"),
    Row("the system hangs up", _faulty("down", times=2), 200, "a read is safe, so it is asked again"),
    Row("the system is away", _faulty("503", options={"retry_after": 60}), 503, "the system's fault, told as such",
        "system-unavailable", lambda _c, r: int(r.headers["retry-after"]) >= 60),
    Row("the system has enough", _faulty("429", times=3), 503, "its 429 is never told as the caller's own",
        "system-throttled"),
    Row("an error under status 200", _faulty("200-with-error"), 502, "the body is looked into, not the status alone",
        "system-failed"),
    Row("a token ends under a write", _token_ended, 201, "401: nothing was carried out, so it is sent once more"),
    Row("it hangs up on a write", _write_cut, 502, "effect: unknown; the gateway does not send it again",
        "system-answer-broken", lambda _c, r: r.json["effect"] == "unknown"),
)  # fmt: skip
