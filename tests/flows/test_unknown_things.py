"""What the contract does not name, modes by rule, samples, and what would have been refused: on real sockets."""

import http.client
import json
from collections import Counter

import pytest
import scripted
from flows_workspace import write_workspace
from gateway_thread import GatewayThread, write

from governance.cli.main import main
from policies.would_refuse import would_refuse

CUSTOM = b'{ "id":"4711", "ZZ_PRICE": {"a":[1,"}"], "CANARY":1} , "total":"12.50" ,"YY_N":1e3}'
LEFT = b'{ "id":"4711", "total":"12.50" }'
SALES = b'{"@odata.etag":"W/1","id@odata.type":"t","ZZ@odata.type":"t","id":"4711","ZZ":"CANARY","total":"12.50"}'
TOKENS = b'{"@odata.etag":"W/1","id@odata.type":"t","id":"4711","total":"12.50"}'
ANSWERS = {
    "custom": (CUSTOM, "x-acme-version: 7", "x-acme-secret: CANARY", "x-other: CANARY"),
    "sales": (SALES,),
}
JSON = {"Content-Type": "application/json"}


def rule(**more):
    return {"reason": "a flow", **more}


MODES = {
    "unknown": [
        rule(members="strip", entity="one"),
        rule(members="refuse", entity="two"),
        rule(members="report", entity="narrow"),
        rule(members="strip", entity="linked"),
        rule(headers="refuse", families=["x-acme-"], cookies="report", entity="flaky"),
        rule(headers="report", families=["x-acme-"], entity="central", direction="answer"),
    ],
    "modes": [
        rule(mode="off", consumer="loose"),
        rule(mode="report", rule="type", entity="flaky", direction="answer"),
        rule(mode="report", rule="type", entity="full"),
        rule(mode="report", rule="required", entity="full"),
        rule(mode="report", rule="minimum", entity="full"),
        rule(mode="enforce", direction="answer", entity="strange", sample=1e-9),
        rule(mode="enforce", direction="request", entity="linked", show_values=True),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def watched(group, tmp_path_factory):
    folder = tmp_path_factory.mktemp("watched")
    write_workspace(folder, group.system.port, group.dead)
    strange = json.loads((folder / "systems/strange.yaml").read_text())
    del strange["credential"]
    write(folder, {"policies/modes.yaml": MODES, "systems/strange.yaml": strange})
    with pytest.MonkeyPatch.context() as patch:
        for name, (body, *headers) in ANSWERS.items():
            patch.setitem(
                scripted.BEHAVIOURS, name, scripted.message("200 OK", body, "content-type: application/json", *headers)
            )
        gateway = GatewayThread(folder, {})
        yield gateway
        gateway.stop()


@pytest.fixture
def call(group, watched):
    def made(method, path, entity="one", consumer="shop", headers=None, body=None):
        group.system.seen.clear()
        sent = {**group.bearer(consumer), "X-Entity": entity, **(headers or {})}
        return watched.call(method, f"/orders/v1{path}", sent, body)

    return made


def checks(reply):
    return sorted(value for name, value in reply.headers if name.lower() == "contract-check")


def errors(reply):
    return [(one["location"], one["pointer"], one["rule"]) for one in reply.json["errors"]]


def test_custom_fields_of_an_answer_are_stripped_and_no_other_byte_changes(call):
    reply = call("GET", "/orders/custom")

    assert (reply.status, reply.body) == (200, LEFT)
    assert reply.header("content-length") == str(len(LEFT))
    assert checks(reply) == ["answer=stripped"]
    assert "CANARY" not in str(reply.headers)


def test_stripping_holds_whatever_the_mode_says(call):
    assert call("GET", "/orders/custom", consumer="loose").body == LEFT


def test_what_cannot_be_looked_through_does_not_pass_unstripped(call):
    reply = call("GET", "/orders/xml", consumer="loose")

    assert (reply.status, reply.problem) == (502, "answer-not-checked")
    assert "does not describe a body of this media type" in reply.json["detail"]


def test_an_unknown_member_of_a_request_never_reaches_the_system(call, group):
    sent = b'{ "customer":"C-1", "ZZ":[1], "quantity": 2 }'

    reply = call("POST", "/orders", headers=JSON, body=sent)

    assert reply.status == 201
    assert checks(reply) == ["request=stripped"]
    assert [body for *_, body in group.system.seen] == [b'{ "customer":"C-1", "quantity": 2 }']


def test_an_unknown_member_is_refused_with_its_place_in_both(call, group):
    reply = call("GET", "/orders/custom", "two")

    assert (reply.status, reply.problem) == (502, "answer-violates-contract")
    assert errors(reply) == [("body", "/ZZ_PRICE", "undeclared"), ("body", "/YY_N", "undeclared")]
    assert reply.json["errors"][0]["contract"].endswith("/responses/200/content/application~1json/schema")
    assert b"CANARY" not in reply.body

    reply = call("POST", "/orders", "two", headers=JSON, body=b'{"customer":"C-1","ZZ":1}')
    assert (reply.status, errors(reply)) == (400, [("body", "/ZZ", "additionalProperties")])  # told once
    assert group.system.seen == []


def test_an_unknown_member_is_only_told(call):
    reply = call("GET", "/orders/custom", "narrow")

    assert (reply.status, reply.body, checks(reply)) == (200, CUSTOM, ["answer=violates"])


def test_annotations_stay_where_the_system_speaks_odata(call):
    assert call("GET", "/orders/sales", "linked").body == TOKENS
    assert call("GET", "/orders/sales", "one").body == LEFT.replace(b" ", b"")


def test_headers_of_a_family_and_cookies_are_told_or_refused(call, group):
    reply = call("GET", "/orders/4711", "flaky", headers={"X-Acme-Tag": "CANARY", "X-Other": "1"})
    assert (reply.status, errors(reply)) == (400, [("header", "x-acme-tag", "undeclared")])
    assert b"CANARY" not in reply.body

    reply = call("GET", "/orders/4711", "flaky", headers={"Cookie": "sid=CANARY; a=b"})
    assert (reply.status, checks(reply)) == (200, ["request=violates"])
    assert "cookie" not in {name.lower() for name, _ in group.system.seen[0][2]}

    reply = call("GET", "/orders/custom", "central")
    assert (reply.status, checks(reply)) == (200, ["answer=violates"])
    assert "CANARY" not in str(reply.headers)


def test_one_rule_is_reported_and_the_others_are_enforced(call):
    reply = call("GET", "/orders/drift", "flaky")

    assert (reply.status, errors(reply)) == (502, [("body", "", "required")])

    reply = call("GET", "/orders/drift", "full")
    assert (reply.status, reply.json, checks(reply)) == (200, {"id": 4711}, ["answer=violates"])

    assert call("POST", "/orders", "full", headers=JSON, body=b'{"customer":1,"quantity":0}').status == 201
    long = call(
        "POST", "/orders", "full", headers=JSON, body=json.dumps({"customer": "x" * 41, "quantity": 0}).encode()
    )
    assert (long.status, errors(long)) == (400, [("body", "/customer", "maxLength")])


def test_an_answer_out_of_the_sample_is_counted_and_not_judged(call, watched):
    reply = call("GET", "/orders/drift", "strange")

    assert (reply.status, reply.json, checks(reply)) == (200, {"id": 4711}, [])
    assert watched.lines()[-1]["contract"] == {"answer": "not in the sample"}
    assert 'event="answer_sampled"' in metrics(watched)


def test_a_value_is_shown_only_where_the_policy_says_so(call):
    body = b'{"customer":12345,"quantity":0}'

    shown = call("POST", "/orders", "linked", headers=JSON, body=body)
    hidden = call("POST", "/orders", "one", headers=JSON, body=body)

    assert {one["pointer"]: one.get("value") for one in shown.json["errors"]} == {
        "/customer": "12345",
        "/quantity": "0",
    }
    assert b"12345" not in hidden.body
    assert call("GET", "/orders?dryRun=perhaps", "linked").json["errors"][0]["value"] == "perhaps"


def metrics(gateway):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.health, timeout=5)
    try:
        connection.request("GET", "/metrics")
        return connection.getresponse().read().decode()
    finally:
        connection.close()


def test_what_would_have_been_refused_is_counted_and_listed(call, watched, capsys):
    for _ in range(3):
        call("GET", "/orders/drift", "full")
    call("POST", "/orders", "full", headers=JSON, body=b'{"customer":1,"quantity":0}')

    line = next(
        line for line in metrics(watched).splitlines()
        if 'event="would_refuse"' in line and 'rule="required"' in line and 'operation="getOrder"' in line
    )  # fmt: skip
    assert 'direction="answer"' in line
    assert 'version="1.1"' in line
    assert float(line.rsplit(" ", 1)[1]) >= 3
    assert "shop" not in line  # consumers stand in the ledger only
    watched.stop()
    found = Counter()
    for one in would_refuse(watched.folder / ".tidewaiter/ledger.sqlite"):
        found[one.consumer, one.operation, one.direction, one.rule] += one.calls
    assert found["shop", "getOrder", "answer", "required"] >= 3
    assert found["shop", "createOrder", "request", "type"] >= 1
    assert found["shop", "createOrder", "request", "minimum"] >= 1
    assert main(["report", "would-refuse", "-w", str(watched.folder), "--since", "1h"]) == 1
    assert "orders@1.1 createOrder" in capsys.readouterr().out
