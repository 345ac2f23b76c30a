"""`explain call` and the gateway say the same of the same call: refused with a problem, or let through.

`explain` never sees a system, so what a system ends in is outside: it says "reaches the system" then.
"""

import random
from contextlib import closing

import pytest
from laws import TIMES

from contracts.files import read_files
from gateway.dry_run import Asked
from gateway.problems import ROUTED
from governance.call_explanation import explain_call
from policies.identify import Assumed
from policies.suspension_ledger import SuspensionLedger, in_force, turns_of

ORDER, ORDERS = "/orders/v1/orders/4711", "/orders/v1/orders"
ALL = "orders.read orders.write"
GOOD = b'{"customer": "C"}'
JSON = {"Content-Type": "application/json"}
ERP = {problem.name for step in ("resilience", "credential", "capacity", "transport") for problem in ROUTED[step]}

# method, target, consumer, scopes, headers, body
CALLS = [
    ("GET", ORDER, "shop", ALL, {}, b""),
    ("HEAD", ORDER, "shop", ALL, {}, b""),
    ("OPTIONS", ORDER, "shop", ALL, {}, b""),
    ("GET", ORDERS + "?dryRun=true", "shop", ALL, {"X-Note": "n"}, b""),
    ("GET", ORDERS + "?dryRun=maybe", "shop", ALL, {}, b""),
    ("GET", ORDERS + "?debug=1", "shop", ALL, {}, b""),
    ("GET", ORDERS + "?debug=1", "loose", ALL, {}, b""),
    ("GET", ORDERS + "?SAP-Client=200", "loose", ALL, {"X-Entity": "linked"}, b""),
    ("GET", ORDERS + "?$filter=1%20eq%201)", "loose", ALL, {"X-Entity": "linked"}, b""),
    ("GET", ORDERS, "shop", "", {}, b""),
    ("GET", ORDER, "shop", "", {}, b""),
    ("GET", ORDER, "chain", ALL, {}, b""),
    ("GET", ORDER, "chain", ALL, {"X-Entity": "two"}, b""),
    ("GET", ORDER, "chain", ALL, {"X-Entity": "shut"}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": "elsewhere"}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": "shut"}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": ""}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": "mended"}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": "dead"}, b""),
    ("GET", ORDER, "shop", ALL, {"X-Entity": "strange"}, b""),
    ("GET", ORDER, "shop", ALL, {"API-Version": "1.0"}, b""),
    ("GET", ORDER, "shop", ALL, {"API-Version": "1.2"}, b""),
    ("GET", ORDER, "shop", ALL, {"API-Version": "1.7"}, b""),
    ("GET", "/orders/v1/nowhere", "shop", ALL, {}, b""),
    ("GET", "/orders/v3/orders", "shop", ALL, {}, b""),
    ("GET", "/orders/v1/orders/%2e%2e/hidden", "shop", ALL, {}, b""),
    ("GET", "/orders/v1/forgotten", "shop", ALL, {}, b""),
    ("GET", "/hidden/v1/orders", "shop", ALL, {}, b""),
    ("DELETE", ORDER, "shop", ALL, {}, b""),
    ("BREW", ORDER, "shop", ALL, {}, b""),
    ("GET", ORDER, "narrowed", ALL, {}, b""),
    ("GET", ORDER, "sleeping", ALL, {}, b""),
    ("GET", ORDER, "portal", "", {}, b""),
    ("GET", ORDERS, "portal", "", {}, b""),
    ("GET", ORDER, "", "", {}, b""),
    ("GET", "/orders/v1/health", "", "", {"X-Entity": "one"}, b""),
    ("GET", "/nowhere", "", "", {}, b""),
    ("POST", ORDERS, "shop", ALL, JSON, GOOD),
    ("POST", ORDERS, "shop", "orders.read", JSON, GOOD),
    ("POST", ORDERS, "shop", ALL, JSON, b'{"customer": "C", "quantity": "two"}'),
    ("POST", ORDERS, "shop", ALL, JSON, b'{"customer": "C", "customer": "D"}'),
    ("POST", ORDERS, "shop", ALL, {"Content-Type": "text/plain"}, GOOD),
    ("POST", ORDERS, "shop", ALL, {**JSON, "Content-Encoding": "gzip"}, GOOD),
    ("POST", ORDERS, "shop", ALL, JSON, b'{"customer": "' + b"x" * 1_100_000 + b'"}'),
    ("PUT", "/orders/v1/documents/1", "shop", ALL, {"Content-Type": "application/xml"}, b"<a/>"),
    ("PUT", ORDER, "shop", ALL, {**JSON, "If-Match": '"1"'}, GOOD),
    ("GET", ORDER, "shop", ALL, {}, b"{}"),
]  # fmt: skip


def explained(folder, method, target, consumer, scopes, headers, body):
    ledger = folder / ".tidewaiter" / "ledger.sqlite"
    turns = tuple(in_force(turns_of(ledger)).values()) if ledger.is_file() else None
    assumed = Assumed(consumer, "", frozenset(scopes.split())) if consumer else None
    asked = Asked(method, target, "127.0.0.1", tuple(headers.items()), body)
    return explain_call(read_files(folder), None, asked, assumed, turns, body_given=bool(body))


def agree(told, reply):
    """Refused by P, exactly where the gateway answers with P; let through, where it does not refuse by itself."""
    if told.verdict == "refused":
        assert (told.problem, told.status) == (reply.problem, reply.status)
        assert told.detail == reply.json.get("detail", "")
    else:
        assert told.verdict in ("reaches", "answered"), told.why
        assert reply.problem in ERP | {""}, reply.body


def test_the_table_is_long_enough():
    assert len(CALLS) >= 30


@pytest.mark.parametrize("call", CALLS, ids=lambda call: f"{call[0]} {call[1][:40]} {call[2]} {call[4]}"[:90])
def test_both_say_the_same(group, call):
    gateway = group.gateway()
    method, target, consumer, scopes, headers, body = call
    credential = {}
    if consumer == "portal":
        credential = {"X-API-Key": gateway.key}
    elif consumer:
        credential = group.bearer(consumer, scope=scopes)

    reply = gateway.call(method, target, {**credential, **headers}, body or None)
    if method == "HEAD":
        assert reply.status == 200

    agree(explained(gateway.folder, *call), reply)


METHODS = ("GET", "GET", "GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE")
TARGETS = (ORDERS, ORDER, ORDERS + "/", "/orders/v1/documents/1", "/orders/v1/health", "/hidden/v1/orders",
           "/orders/v2/orders", "/orders//v1", "/orders/v1/orders/a%2fb", "/orders/v1/forgotten", "*")  # fmt: skip
QUERIES = ("", "", "", "?dryRun=true", "?dryRun=x", "?a=b", "?", "?dryRun=true&dryRun=false", "?sap-client=1")
HEADERS = {
    "X-Entity": ("one", "two", "shut", "dead", "linked", "mended", "nobody"), "API-Version": ("1.0", "1.1", "1.2", "x"),
    "Accept": ("text/html", "*/*;q=0"), "Origin": ("https://a.example",), "If-Match": ("x",),
    "X-HTTP-Method-Override": ("DELETE",), "Content-Encoding": ("gzip",), "Content-Type": ("application/json", "x"),
}  # fmt: skip


@pytest.mark.parametrize("seed", range(2 * TIMES))
def test_both_say_the_same_of_calls_made_by_chance(group, seed):
    gateway, chance = group.gateway(), random.Random(seed)
    for _ in range(12):
        method = chance.choice(METHODS)
        target = chance.choice(TARGETS) + chance.choice(QUERIES)
        consumer, scopes = chance.choice(("shop", "shop", "loose", "chain", "")), chance.choice((ALL, ALL, ""))
        headers = {name: chance.choice(values) for name, values in HEADERS.items() if chance.random() < 0.25}
        body = chance.choice((GOOD, b"{}", b"[")) if method in ("POST", "PUT", "PATCH") else b""
        credential = group.bearer(consumer, scope=scopes) if consumer else {}

        reply = gateway.call(method, target, {**credential, **headers}, body or None)

        agree(explained(gateway.folder, method, target, consumer, scopes, headers, body), reply)


PINNED = [
    ("GET", "/sales/v1/Sales", {}, b""),
    ("GET", "/sales/v1/Sales?Org=1720", {}, b""),
    ("GET", "/sales/v1/Sales?$expand=to_Partner", {}, b""),
    ("GET", "/sales/v1/Sales?$filter=1%20eq%201)%20or%20(1%20eq%201", {}, b""),
    ("GET", "/sales/v1/Sales?$skiptoken=20", {}, b""),
    ("GET", "/sales/v1/Sales('1')", {}, b""),
    ("POST", "/sales/v1/Sales", JSON, b'{"Note": "n"}'),
    ("POST", "/sales/v1/Sales", JSON, b'{"Note": "n", "to_Partner@odata.bind": "Partners(1)"}'),
    ("DELETE", "/sales/v1/Sales('1')", {}, b""),
]


@pytest.mark.parametrize("call", PINNED, ids=lambda call: f"{call[0]} {call[1]}")
def test_they_agree_where_entities_share_a_system(group, call):
    gateway = group.pinned()
    gateway.system.reset()
    method, target, headers, body = call

    reply = gateway.call(method, target, body=body or None)
    told = explained(gateway.folder, method, target, "shop", "", {"X-Entity": "north", **headers}, body)

    agree(told, reply)
    assert "1710" not in told.sends


def test_what_is_switched_off_is_known_from_the_ledger(group):
    gateway = group.gateway("explained-off")
    with closing(SuspensionLedger(gateway.folder / ".tidewaiter" / "ledger.sqlite")) as ledger:
        assert ledger.suspend("operation", "orders@1.1/listOrders", "it is slow", "ann")

    told = explained(gateway.folder, "GET", ORDERS, "shop", ALL, {}, b"")

    assert (told.verdict, told.problem) == ("refused", "operation-suspended")
    assert [one.what for one in told.decided] == [
        "`tidewaiter suspend operation orders@1.1/listOrders` by ann, reason: it is slow"
    ]


def test_nothing_is_sent(group):
    before = len(group.system.seen)
    explained(group.gateway().folder, "POST", ORDERS, "shop", ALL, JSON, GOOD)

    assert len(group.system.seen) == before
