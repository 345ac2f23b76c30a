"""A call through every step, on real sockets."""

import json


def test_an_order_is_read(group, gateway):
    reply = gateway.call("GET", "/orders/v1/orders/4711", group.bearer())

    assert (reply.status, reply.json) == (200, {"id": "4711", "total": "12.50"})
    assert reply.header("api-version") == "1.1"
    assert reply.header("cache-control") == "no-store"
    assert reply.header("ratelimit-policy") == '"burst";q=100000;w=60'
    assert reply.header("server") == ""


def test_an_order_is_written_once_with_the_bytes_that_came(group, gateway):
    sent = b'{ "customer":"C-1",  "quantity": 2 }'
    group.system.seen.clear()

    reply = gateway.call("POST", "/orders/v1/orders", {**group.bearer(), "Content-Type": "application/json"}, sent)

    assert reply.status == 201
    assert reply.header("location") == f"http://127.0.0.1:{gateway.port}/orders/v1/orders/4711"
    ((method, target, headers, body),) = group.system.seen
    assert (method, target, body) == ("POST", "/orders", sent)
    assert {name.lower() for name, _ in headers} <= {
        "host", "accept", "accept-encoding", "content-type", "content-length", "user-agent", "x-correlation-id",
        "traceparent",
    }  # fmt: skip


def test_a_body_in_chunks_reaches_the_system_after_it_was_judged(group, gateway):
    """Other gateways read it for judging and sent nothing on."""
    parts = (b'{ "customer":"C-1"', b',  "quantity', b'": 2 }')
    head = (
        f"POST /orders/v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: {group.bearer()['Authorization']}\r\n"
        "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    )
    chunks = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    group.system.seen.clear()

    reply = gateway.raw(head.encode() + chunks + b"0\r\n\r\n")

    assert reply.status == 201
    assert [(method, body) for method, _, _, body in group.system.seen] == [("POST", b"".join(parts))]


def test_correlation_and_trace_go_all_the_way(group, gateway):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    own = {"X-Correlation-ID": "order-4711-try-1", "traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    group.system.seen.clear()

    reply = gateway.call("GET", "/orders/v1/orders/4711", {**group.bearer(), **own})

    sent = {name.lower(): value for name, value in group.system.seen[0][2]}
    assert reply.header("x-correlation-id") == sent["x-correlation-id"] == "order-4711-try-1"
    assert reply.header("traceparent")[3:35] == sent["traceparent"][3:35] == trace
    assert sent["traceparent"] != reply.header("traceparent") != own["traceparent"]
    line = next(line for line in gateway.lines() if line["id"] == "order-4711-try-1")
    assert (line["trace"], line["consumer"], line["entity"], line["status"]) == (trace, "shop", "one", 200)


def test_what_a_caller_adds_reaches_nobody(group, gateway):
    added = {
        "Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "sap-user": "ADMIN", "X-HTTP-Method-Override": "DELETE",
        "X-Entity": "one", "Proxy-Authorization": "x", "X-Anything": "x", "Via": "x",
    }  # fmt: skip
    group.system.seen.clear()

    assert gateway.call("GET", "/orders/v1/orders/4711", {**group.bearer(), **added}).status == 200
    sent = {name.lower() for name, _ in group.system.seen[0][2]}
    assert sent & {"authorization", "x-entity", *(name.lower() for name in added)} == set()


def test_what_a_system_adds_reaches_nobody(group, gateway):
    reply = gateway.call("GET", "/orders/v1/orders/banner", group.bearer())

    assert reply.status == 200
    assert "SECRET" not in str(reply.headers)
    assert "CANARY" not in str(reply.headers)


def test_an_older_version_says_how_long_it_lives(group, gateway):
    reply = gateway.call("GET", "/orders/v1/orders/4711", {**group.bearer(), "API-Version": "1.0"})

    assert (reply.status, reply.header("api-version"), reply.header("deprecation")) == (200, "1.0", "@1767225600")
    assert reply.header("sunset") == "Fri, 01 Jan 2027 00:00:00 GMT"
    assert 'rel="successor-version"' in reply.header("link")


def test_head_options_and_an_open_operation(group, gateway):
    head = gateway.call("HEAD", "/orders/v1/orders/4711", group.bearer())
    options = gateway.call("OPTIONS", "/orders/v1/orders/4711", group.bearer())

    assert (head.status, head.body) == (200, b"")
    assert (options.status, options.header("allow")) == (204, "GET, HEAD, OPTIONS, PUT")


def test_a_key_reads_what_a_key_may_read(gateway):
    assert gateway.call("GET", "/orders/v1/orders/4711", {"X-API-Key": gateway.key}).status == 200


def test_an_answer_to_a_write_that_violates_is_let_through_and_named(group, gateway):
    headers = {**group.bearer(), "Content-Type": "application/json"}

    reply = gateway.call("PUT", "/orders/v1/orders/drift", headers, b'{"customer": "C-1"}')

    assert (reply.status, reply.json, reply.header("contract-check")) == (200, {"id": 4711}, "answer=violates")


def test_every_problem_has_a_page(gateway):
    from gateway.problems import PROBLEMS

    index = gateway.call("GET", "/-/problems/").body.decode()
    for name, problem in PROBLEMS.items():
        page = gateway.call("GET", f"/-/problems/{name}")
        assert page.status == 200
        assert f"/-/problems/{name}" in index
        assert str(problem.status) in page.body.decode()
    assert gateway.call("GET", "/-/problems/nothing-of-the-kind").status == 404


def test_health_and_metrics_name_nobody(group, gateway):
    import urllib.request

    gateway.call("GET", "/orders/v1/orders/4711", group.bearer())
    pages = {
        name: urllib.request.urlopen(f"http://127.0.0.1:{gateway.health}/{name}", timeout=5).read().decode()
        for name in ("livez", "readyz", "metrics")
    }

    assert (pages["livez"], pages["readyz"]) == ("ok\n", "ready\n")
    assert 'tidewaiter_calls_total{api="orders",operation="getOrder",status="200",version="1.1"}' in pages["metrics"]
    assert "shop" not in pages["metrics"]
    assert json.dumps("one") not in pages["metrics"]


def test_head_is_judged_like_get(group, gateway):
    assert gateway.call("HEAD", "/orders/v1/orders/drift", group.bearer()).status == 502
