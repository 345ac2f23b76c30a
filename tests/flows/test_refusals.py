"""The refusal table: one row for each problem, brought about over real sockets.

Each row is a function that makes the call; its name is the problem's. Status, type, headers, body, log line and
metric are judged alike for all of them. The rows equal the collected problems, both ways.
"""

import threading
import time
import urllib.request
import uuid
from contextlib import closing

import pinned_refusals
import pytest
from flows_workspace import ENDED, STRANGER

from gateway.app import Gateway
from gateway.problems import PROBLEMS
from policies.suspension_ledger import SuspensionLedger

ORDER = "/orders/v1/orders/4711"
ORDERS = "/orders/v1/orders"
JSON = {"Content-Type": "application/json"}
ROWS = {**pinned_refusals.ROWS}


def row(fn):
    ROWS[fn.__name__.replace("_", "-")] = fn
    return fn


def head(*lines, method="GET", target=ORDER, version="HTTP/1.1", host="Host: x"):
    return "\r\n".join([f"{method} {target} {version}", *([host] if host else []), *lines, "", ""]).encode("latin-1")


def get(group, path=ORDER, consumer="shop", method="GET", body=None, **more):
    headers = {**group.bearer(consumer), **{name.replace("_", "-"): value for name, value in more.items()}}
    return group.gateway().call(method, path, headers, body)


def post(group, body=b'{"customer": "C"}', path=ORDERS, **more):
    return get(group, path, method="POST", body=body, **{"Content-Type": "application/json", **more})


# What the wire refuses.


@row
def bad_framing(group):
    return group.gateway().raw(head("Content-Length: 3", "Transfer-Encoding: chunked", method="POST"))


@row
def bad_host(group):
    return group.gateway().raw(head(host=""))


@row
def bad_target(group):
    return group.gateway().raw(head(target="http://other.example/orders"))


@row
def header_name_refused(group):
    return group.gateway().raw(head("X_Entity: two"))


@row
def upgrade_refused(group):
    return group.gateway().raw(head("Upgrade: websocket", "Connection: Upgrade"))


@row
def head_too_large(group):
    return group.gateway().raw(head("X-Long: " + "x" * 40_000))


@row
def target_too_long(group):
    return group.gateway().raw(head(target="/" + "x" * 9_000))


@row
def expectation_failed(group):
    return group.gateway().raw(head("Expect: a miracle"))


@row
def method_unknown(group):
    return group.gateway().raw(head(method="BREW"))


@row
def http_version_not_served(group):
    return group.gateway().raw(head(version="HTTP/2.0"))


def narrow_bounds(group):
    bounds = {"head_seconds": 0.3, "body_seconds": 0.3}
    return group.gateway("narrow", bounds=bounds, trusted_proxies=["127.0.0.0/8"])


@row
def head_timeout(group):
    return narrow_bounds(group).raw(b"GET / HT")


@row
def body_timeout(group):
    bearer = group.bearer()["Authorization"]
    data = head(f"Authorization: {bearer}", "Content-Length: 9", "Content-Type: application/json",
                method="POST", target=ORDERS)  # fmt: skip
    return narrow_bounds(group).raw(data + b"{")


@row
def too_many_connections(group):
    gateway = group.gateway("full", bounds={"connections": 2})
    hold = ("GET", "/orders/v1/orders/hold", group.bearer())
    threads = [threading.Thread(target=gateway.call, args=hold) for _ in range(2)]
    for thread in threads:
        thread.start()
    assert all(group.system.holding.acquire(timeout=5) for _ in threads)
    try:
        return gateway.raw(b"")
    finally:
        group.system.release.set()
        for thread in threads:
            thread.join()
        group.system.release.clear()


@row
def no_answer(group):
    before = Gateway._serve

    async def silent(self, live, scope, receive, send):
        if scope["raw_path"] != b"/silent":
            await before(self, live, scope, receive, send)

    Gateway._serve = silent
    try:
        return group.gateway().call("GET", "/silent")
    finally:
        Gateway._serve = before


# What the front refuses.


@row
def repeated_header(group):
    return group.gateway().raw(head("X-Entity: one", "X-Entity: two"))


@row
def bad_forwarded(group):
    return narrow_bounds(group).call("GET", ORDER, {"Forwarded": "for=", **group.bearer()})


@row
def address_rate_limited(group):
    gateway = group.gateway("few", address_limit={"requests": 1, "window_seconds": 60, "failures": 1})
    gateway.call("GET", ORDER)
    return gateway.call("GET", ORDER)


@row
def too_many_refused_credentials(group):
    gateway = group.gateway("failing", address_limit={"requests": 500, "window_seconds": 60, "failures": 1})
    for _ in range(3):
        reply = gateway.call("GET", ORDER, {"Authorization": "Bearer x.y.z"})
    return reply


@row
def unsafe_path(group):
    return get(group, "/orders/v1/orders/%2e%2e/hidden")


@row
def empty_choice(group):
    return get(group, X_Entity="")


@row
def origin_denied(group):
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    return group.gateway().call("OPTIONS", ORDER, asked)


@row
def ambiguous_credentials(group):
    return get(group, X_API_Key=group.gateway().key)


@row
def invalid_token(group):
    return group.gateway().call("GET", ORDER, group.bearer(signer=STRANGER))


@row
def token_expired(group):
    return group.gateway().call("GET", ORDER, group.bearer(exp=int(time.time()) - 3600))


@row
def invalid_key(group):
    wrong = group.gateway().key[:-1] + ("0" if group.gateway().key[-1] != "0" else "1")
    return group.gateway().call("GET", ORDER, {"X-API-Key": wrong})


@row
def key_expired(group):
    return group.gateway().call("GET", ORDER, {"X-API-Key": group.gateway().expired_key})


@row
def issuer_unavailable(group):
    return group.gateway().call("GET", ORDER, group.bearer(iss="https://away.example"))


@row
def unknown_consumer(group):
    return get(group, consumer="nobody")


@row
def consumer_suspended(group):
    return get(group, consumer="sleeping")


@row
def not_identified(group):
    return group.gateway().call("GET", ORDER)


@row
def not_found(group):
    return get(group, "/hidden/v1/orders")


@row
def method_not_allowed(group):
    return get(group, method="DELETE")


@row
def api_not_allowed(group):
    return get(group, consumer="narrowed")


@row
def entity_needed(group):
    return get(group, consumer="chain")


@row
def entity_not_allowed(group):
    return get(group, X_Entity="elsewhere")


@row
def entity_suspended(group):
    return get(group, X_Entity="shut")


@row
def version_not_offered(group):
    return get(group, API_Version="1.7")


@row
def version_retired(group):
    return get(group, API_Version="1.2")


@row
def not_served(group):
    return get(group, "/orders/v1/forgotten")


# What a route's chain refuses.


@row
def rate_limited(group):
    get(group, consumer="limited")
    return get(group, consumer="limited")


@row
def quota_exceeded(group):
    get(group, consumer="daily")
    return get(group, consumer="daily")


@row
def too_many_concurrent(group):
    first = threading.Thread(target=get, args=(group, "/orders/v1/orders/hold", "solo"))
    first.start()
    assert group.system.holding.acquire(timeout=5)
    try:
        return get(group, consumer="solo")
    finally:
        group.system.release.set()
        first.join()
        group.system.release.clear()


@row
def limits_unavailable(group):
    store = {"kind": "redis", "url": "secret:STORE_URL", "when_away": "deny"}
    return group.gateway("storeless", store=store).call("GET", ORDER, group.bearer())


@row
def not_allowed(group):
    return group.gateway().call("POST", ORDERS, {**group.bearer(scope="orders.read"), **JSON}, b'{"customer": "C"}')


@row
def body_too_large(group):
    return post(group, b'{"customer": "' + b"x" * 1_100_000 + b'"}')


@row
def body_encoded(group):
    return post(group, Content_Encoding="gzip")


@row
def body_not_expected(group):
    return get(group, body=b"{}")


@row
def query_option_refused(group):
    return get(group, ORDERS + "?$filter=1%20eq%201)%20or%20(1%20eq%201", "loose", X_Entity="linked")


@row
def request_violates_contract(group):
    return post(group, b'{"customer": "C", "quantity": "two"}')


@row
def not_acceptable(group):
    return get(group, Accept="application/pdf, text/*;q=0.5")


@row
def media_type_not_taken(group):
    return post(group, b"customer=C", **{"Content-Type": "application/x-www-form-urlencoded"})


@row
def request_not_checked(group):
    return get(group, "/orders/v1/documents/1", method="PUT", body=b"<a/>", **{"Content-Type": "application/xml"})


@row
def query_not_declared(group):
    return get(group, ORDERS + "?debug=1", "loose")


@row
def query_fixed(group):
    return get(group, ORDERS + "?SAP-Client=200", "loose", X_Entity="linked")


@row
def header_not_sendable(group):
    bearer = group.bearer("loose")["Authorization"]
    return group.gateway().raw(head("X-Note: caf\xe9", f"Authorization: {bearer}", "Connection: close", target=ORDERS))


@row
def condition_not_declared(group):
    body = b'{"customer": "C"}'
    return get(group, method="PUT", body=body, **{"Content-Type": "application/json", "If-Match": '"1"'})


@row
def links_not_checked(group):
    return get(group, "/orders/v1/orders/half", "loose", X_Entity="linked")


@row
def answer_violates_contract(group):
    return get(group, "/orders/v1/orders/drift")


@row
def answer_not_checked(group):
    return get(group, "/orders/v1/documents/xml")


# What somebody switched off.


def switched_off(group, kind, name):
    """A gateway whose ledger says so."""
    path = group._folders.mktemp("ledger") / "ledger.sqlite"
    with closing(SuspensionLedger(path)) as ledger:
        assert ledger.suspend(kind, name, "the tests", "somebody")
    return group.gateway(f"without-{kind}", ledger=str(path))


@row
def key_suspended(group):
    first = group.gateway("to-restart")
    with closing(SuspensionLedger(first.folder / ".tidewaiter/ledger.sqlite")) as ledger:
        assert ledger.suspend("key", first.key.split("_")[1], "lost", "somebody")
    return group.restarted("to-restart").call("GET", ORDER, {"X-API-Key": first.key})


@row
def issuer_suspended(group):
    return switched_off(group, "issuer", "main").call("GET", ORDER, group.bearer())


@row
def system_suspended(group):
    return switched_off(group, "system", "dead").call("GET", ORDER, {**group.bearer(), "X-Entity": "dead"})


@row
def operation_suspended(group):
    return switched_off(group, "operation", "orders@1.1/listOrders").call("GET", ORDERS, group.bearer())


@row
def approval_ended(group):
    return group.gateway("ended", ends=(ENDED,)).call("GET", ORDERS, group.bearer())


@row
def system_in_maintenance(group):
    return get(group, X_Entity="mended")


# What the system ends in.


@row
def system_unreachable(group):
    return post(group, X_Entity="dead")


@row
def system_busy(group):
    first = threading.Thread(target=get, args=(group, "/orders/v1/orders/hold"), kwargs={"X_Entity": "narrow"})
    first.start()
    assert group.system.holding.acquire(timeout=5)
    try:
        return get(group, X_Entity="narrow")
    finally:
        group.system.release.set()
        first.join()
        group.system.release.clear()


@row
def system_at_capacity(group):
    first = threading.Thread(target=get, args=(group, "/orders/v1/orders/hold"), kwargs={"X_Entity": "full"})
    first.start()
    assert group.system.holding.acquire(timeout=5)
    try:
        return get(group, X_Entity="full")
    finally:
        group.system.release.set()
        first.join()
        group.system.release.clear()


@row
def system_throttled(group):
    return get(group, "/orders/v1/orders/throttled")


@row
def system_unavailable(group):
    return get(group, "/orders/v1/orders/away")


@row
def system_failed(group):
    return get(group, "/orders/v1/orders/boom")


@row
def system_rejected(group):
    return get(group, "/orders/v1/orders/rejected", X_Entity="central")


@row
def system_denied(group):
    return get(group, "/orders/v1/orders/denied", X_Entity="central")


@row
def system_circuit_open(group):
    get(group, "/orders/v1/orders/away", X_Entity="flaky")
    return get(group, X_Entity="flaky")


@row
def system_timeout(group):
    return get(group, "/orders/v1/orders/slow")


@row
def system_answer_broken(group):
    return get(group, "/orders/v1/orders/html")


@row
def system_redirect(group):
    return get(group, "/orders/v1/orders/redirect")


@row
def system_answer_encoded(group):
    return get(group, "/orders/v1/orders/gzip")


@row
def system_credential(group):
    return get(group, X_Entity="strange")


@row
def internal_error(group):
    return get(group)


def test_the_rows_are_the_problems_both_ways():
    assert set(ROWS) == set(PROBLEMS)


@pytest.mark.parametrize("name", sorted(PROBLEMS))
def test_a_refusal(name, group, request):
    if name == "internal-error":
        request.getfixturevalue("crash")
    problem = PROBLEMS[name]

    reply = ROWS[name](group)

    assert (reply.problem, reply.status) == (name, problem.status), reply.body
    detail = reply.json
    assert (detail["status"], detail["title"]) == (problem.status, problem.title)
    assert detail.get("detail"), "what to do next, where the refusal says nothing of its own"
    assert "the detail" not in detail["detail"].lower(), "what a page says of details is none"
    assert uuid.UUID(detail["instance"].removeprefix("urn:uuid:"))
    correlation = reply.header("x-correlation-id")
    assert detail["correlation"] == correlation
    assert len(reply.header("traceparent")) == 55
    assert reply.header("cache-control") == "no-store"
    assert reply.header("x-content-type-options") == "nosniff"
    assert reply.header("server") == ""
    judge_status_headers(problem, reply)
    judge_traces(group, name, correlation)
    said = reply.body.decode() + str(reply.headers)
    assert [
        word for word in ("SECRET", "CANARY", "Traceback", "127.0.0.1:" + str(group.system.port)) if word in said
    ] == []


def judge_status_headers(problem, reply):
    if problem.status == 401:
        assert "Bearer" in reply.header("www-authenticate")
    if problem.status in (429, 503) and problem.name != "entity-suspended":
        assert int(reply.header("retry-after")) >= 1
    if problem.status == 405:
        assert "GET" in reply.header("allow")
    if reply.header("proxy-status"):
        assert reply.header("proxy-status").startswith("tidewaiter; error=")


def judge_traces(group, name, correlation):
    """One line in one log, with the problem's name; nothing secret in any log."""
    gateways = list(group._gateways.values())
    for _ in range(100):
        lines = [line for gateway in gateways for line in gateway.lines() if line["id"] == correlation]
        if lines:
            break
        time.sleep(0.01)
    assert [line["problem"] for line in lines] == [name]
    assert [g for g in gateways if "SECRET" in g.log.getvalue() or "CANARY" in g.log.getvalue()] == []


def test_refusals_are_counted(group):
    get(group, method="DELETE")
    page = urllib.request.urlopen(f"http://127.0.0.1:{group.gateway().health}/metrics", timeout=5).read().decode()

    assert 'tidewaiter_problems_total{fault="gateway",problem="method-not-allowed"}' in page
