"""What each step of a call does, by itself: one test a step, so that taking the step out is seen by its name."""

import time

from policies.ledger_entries import anonymous_counts, entries

ORDER = "/orders/v1/orders/4711"
ORDERS = "/orders/v1/orders"
GOOD = b'{"customer": "C-1"}'
JSON = {"Content-Type": "application/json"}


def line_of(gateway, reply):
    for _ in range(100):
        lines = [line for line in gateway.lines() if line["id"] == reply.header("x-correlation-id")]
        if lines:
            (line,) = lines
            return line
        time.sleep(0.01)
    raise AssertionError("no access line")


def test_access_asks_for_the_scope_before_the_body_is_read(group, gateway):
    group.system.seen.clear()

    reply = gateway.call("POST", ORDERS, {**group.bearer(scope="orders.read"), **JSON}, b"no JSON")

    assert (reply.status, reply.problem) == (403, "not-allowed")
    assert group.system.seen == []


def test_access_tells_a_key_from_a_token(gateway):
    reply = gateway.call("GET", ORDERS, {"X-API-Key": gateway.key})

    assert (reply.status, reply.problem) == (403, "not-allowed")


def test_conform_lets_no_bad_request_through(group, gateway):
    group.system.seen.clear()

    reply = gateway.call("POST", ORDERS, {**group.bearer(), **JSON}, b'{"quantity": 0}')

    assert (reply.status, reply.problem) == (400, "request-violates-contract")
    assert sorted(error["pointer"] for error in reply.json["errors"]) == ["", "/quantity"]
    assert group.system.seen == []


def test_conform_lets_no_bad_answer_through(group, gateway):
    reply = gateway.call("GET", ORDERS + "/drift", group.bearer())

    assert (reply.status, reply.problem) == (502, "answer-violates-contract")


def test_a_body_past_its_bound_is_not_read_to_the_end(group, gateway):
    headers = {**group.bearer("loose"), **JSON}

    assert gateway.call("POST", ORDERS, headers, b" " * 1_100_000).problem == "body-too-large"
    assert gateway.call("POST", ORDERS, headers, GOOD).status == 201


def test_the_address_is_that_which_a_trusted_proxy_tells(group):
    told = {"Forwarded": "for=198.51.100.7, for=192.0.2.9", **group.bearer()}
    trusting = group.gateway("proxied", trusted_proxies=["127.0.0.0/8"])

    assert line_of(trusting, trusting.call("GET", ORDER, told))["address"] == "192.0.2.9"
    usual = group.gateway()
    assert line_of(usual, usual.call("GET", ORDER, told))["address"] == "127.0.0.1"


def test_answers_before_a_route_tell_the_limits_too(group, gateway):
    reply = gateway.call("GET", "/orders/v1/nothing-here", group.bearer())

    assert (reply.status, reply.header("ratelimit-policy")) == (404, '"burst";q=100000;w=60')


def test_the_systems_own_query_is_set_by_the_gateway(group, gateway):
    group.system.seen.clear()

    assert gateway.call("GET", ORDER, {**group.bearer(), "X-Entity": "linked"}).status == 200
    assert [target for _, target, _, _ in group.system.seen] == ["/orders/4711?sap-client=100"]


def test_the_gateway_signs_on_to_the_system_by_itself(group, gateway):
    group.system.seen.clear()

    reply = gateway.call("GET", ORDER, {**group.bearer(), "X-Entity": "strange"})

    assert (reply.status, reply.problem) == (502, "system-credential")
    assert {target for _, target, _, _ in group.system.seen} == {"/token"}


def test_every_answer_is_kept_out_of_caches_and_sniffers(group, gateway):
    for reply in (gateway.call("GET", ORDER, group.bearer()), gateway.call("GET", ORDER)):
        assert reply.header("cache-control") == "no-store"
        assert reply.header("x-content-type-options") == "nosniff"
        assert "Authorization" in reply.header("vary")
        assert len(reply.header("traceparent")) == 55


def test_a_call_leaves_one_line_that_holds_no_data(group, gateway):
    bearer = group.bearer()
    sent = {**bearer, **JSON, "X-Note": "CANARYNOTE"}

    reply = gateway.call("PUT", ORDERS + "/CANARYKEY?dryRun=CANARYQUERY", sent, b'{"customer": "CANARYBODY"}')

    line = line_of(gateway, reply)
    assert (line["method"], line["path"], line["operation"]) == ("PUT", "/orders/{id}", "putOrder")
    assert (line["consumer"], line["in_bytes"] >= 0, line["ms"] > 0) == ("shop", True, True)
    assert "CANARY" not in gateway.log.getvalue()
    assert bearer["Authorization"].rsplit(".", 1)[1] not in gateway.log.getvalue()


def test_a_refusal_of_somebody_known_is_in_the_ledger(group, gateway):
    reply = gateway.call("DELETE", ORDER, group.bearer())
    gateway.call("GET", ORDER)
    file = gateway.folder / ".tidewaiter" / "ledger.sqlite"

    def found():
        return [entry for entry in entries(file) if entry.correlation == reply.header("x-correlation-id")]

    for _ in range(100):
        if found() and anonymous_counts(file):
            break
        time.sleep(0.02)
    (entry,) = found()
    assert (entry.consumer, entry.problem, entry.status, entry.address) == (
        "shop",
        "method-not-allowed",
        405,
        "127.0.0.1",
    )
    assert "not-identified" in {count.problem for count in anonymous_counts(file)}


def test_a_crash_is_a_problem_and_its_text_reaches_no_log(group, gateway, crash, caplog):
    reply = gateway.call("GET", ORDER, group.bearer())

    assert (reply.status, reply.problem, reply.json["fault"]) == (500, "internal-error", "gateway")
    assert "RuntimeError" in caplog.text
    assert "CANARY-OF-THE-CRASH" not in caplog.text + reply.body.decode() + gateway.log.getvalue()


def test_a_head_is_answered_without_a_body_but_asked_as_get(group, gateway):
    group.system.seen.clear()

    reply = gateway.call("HEAD", ORDER, group.bearer())

    assert (reply.status, reply.body, group.system.seen[0][0]) == (200, b"", "GET")
