"""Real calls, and what `tidewaiter why` then tells of them: by the id in the answer, with the file that decided."""

import json
import re
import threading
import time

import pytest

from governance.cli.main import main

ORDER, ORDERS = "/orders/v1/orders/4711", "/orders/v1/orders"
GOOD = b'{"customer": "C"}'
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def why(tmp_path, capsys):
    """What the command tells of an answer, once its line is written."""

    def run(gateway, reply, name=None, form="json"):
        correlation = reply.header("x-correlation-id")
        for _ in range(200):
            if correlation in gateway.log.getvalue():
                break
            time.sleep(0.01)
        log = tmp_path / "access.log"
        log.write_text(gateway.log.getvalue())
        capsys.readouterr()
        code = main([
            "why", name or correlation, "--workspace", str(gateway.folder), "--log", str(log), "--format", form,
        ])  # fmt: skip
        out = capsys.readouterr().out
        assert code == 0
        if form == "text":
            return out
        (told,) = json.loads(out)["calls"]
        return told

    return run


def test_a_call_that_succeeds_at_once(group, why):
    gateway = group.gateway()
    reply = gateway.call("GET", ORDER, group.bearer())
    told = why(gateway, reply)

    assert (told["status"], told["end"], told["refused"], told["problem"]) == (200, "complete", "", "")
    assert (told["consumer"], told["credential"], told["entity"], told["system"]) == ("shop", "main/k1", "one", "erp")
    assert (told["api"], told["version"], told["operation"]) == ("orders", "1.1", "getOrder")
    assert told["same_release"] is True
    (sent,) = told["sent"]
    assert (sent["status"], sent["problem"], sent["own"], told["attempts"]) == (200, "", False, 1)
    (line,) = [line for line in gateway.lines() if line["id"] == told["correlation"]]
    assert "at_ms" in line
    assert "sent" not in line, "most calls have a short line"
    phases = told["phases"]
    assert sum(phases.values()) == pytest.approx(told["ms"], abs=0.1)
    assert 0 < phases["at_system"] <= told["ms"]
    assert [one["file"] for one in told["route"]] == [
        "consumers/shop.yaml", "contracts/orders/1.1.yaml", "entities/one.yaml",
    ]  # fmt: skip


def test_each_attempt_is_told(group, why):
    gateway = group.gateway()
    told = why(gateway, gateway.call("GET", "/orders/v1/orders/cut", group.bearer()))

    assert told["attempts"] == len(told["sent"]) == 3
    assert {one["problem"] for one in told["sent"]} == {"system-answer-broken"}
    starts = [one["at_ms"] for one in told["sent"]]
    assert starts == sorted(starts)
    assert told["phases"]["between"] > 0
    assert told["refused"] == "transport"


def test_what_an_answer_means_is_told(group, why):
    gateway = group.gateway()
    told = why(gateway, gateway.call("GET", "/orders/v1/orders/throttled", group.bearer()))

    assert [(one["status"], one["fault"]) for one in told["sent"]] == [(429, "transient.capacity")]
    assert (told["refused"], told["problem"]) == ("resilience", "system-throttled")


def test_a_wait_for_room_is_told(group, why, tmp_path_factory):
    gateway = group.gateway()
    hold = threading.Thread(
        target=gateway.call, args=("GET", "/orders/v1/orders/hold", {**group.bearer(), "X-Entity": "full"})
    )
    hold.start()
    assert group.system.holding.acquire(timeout=5)
    try:
        told = why(gateway, gateway.call("GET", ORDER, {**group.bearer(), "X-Entity": "full"}))
    finally:
        group.system.release.set()
        hold.join()
        group.system.release.clear()

    assert (told["refused"], told["attempts"], told["sent"]) == ("capacity", 0, [])
    assert told["decided"][0]["file"] == "systems/full.yaml"


@pytest.mark.parametrize("name", ["instance", "correlation", "traceparent", "trace"])
def test_whatever_a_consumer_has_in_hand_leads_there(group, why, name):
    gateway = group.gateway()
    reply = gateway.call("DELETE", ORDER, group.bearer())
    trace = reply.header("traceparent")
    names = {"instance": reply.json["instance"], "correlation": reply.json["correlation"], "traceparent": trace,
             "trace": trace[3:35]}  # fmt: skip

    assert why(gateway, reply, names[name])["problem"] == "method-not-allowed"


@pytest.mark.parametrize("name", ["instance", "correlation", "traceparent"])
def test_what_the_wire_refuses_is_found_too(group, why, name):
    gateway = group.gateway()
    reply = gateway.raw(b"GET / HTTP/1.1\r\n\r\n")
    names = {"instance": reply.json["instance"], "correlation": reply.json["correlation"],
             "traceparent": reply.header("traceparent")}  # fmt: skip

    told = why(gateway, reply, names[name])

    assert (told["refused"], told["problem"], told["status"]) == ("wire", "bad-host", 400)


def test_a_write_of_unknown_effect(group, why):
    gateway = group.gateway()
    reply = gateway.call("PUT", "/orders/v1/orders/slow", {**group.bearer(), **JSON}, GOOD)
    assert reply.json["effect"] == "unknown"
    time.sleep(0.3)  # the ledger's thread

    out = why(gateway, reply, form="text")

    assert "refused   by transport: 504 system-timeout, fault: system" in out
    assert re.search(r"sent +1 of 1 at [0-9.]+ ms: system-timeout after 5[0-9]{2}\.[0-9] ms", out)
    assert re.search(r"decided by systems/erp\.yaml:[0-9]+: the timeouts of the system", out)
    assert "effect    unknown: look it up in the system by its correlation id" in out
    assert "`tidewaiter report unknown-effects` lists it" in out


# Each kind of refusal: the call, the step that refuses, and the file that decides (nothing where no file does).
TABLE = {
    "rate-limited": (("GET", ORDER, "limited", {}), "limits", "policies/plans.yaml"),
    "not-allowed": (("POST", ORDERS, "reader", {}), "access", "contracts/orders/1.1.yaml"),
    "consumer-suspended": (("GET", ORDER, "sleeping", {}), "identify", "consumers/sleeping.yaml"),
    "unknown-consumer": (("GET", ORDER, "nobody", {}), "identify", "policies/issuers.yaml"),
    "not-identified": (("GET", ORDER, "", {}), "select", ""),
    "not-found": (("GET", "/hidden/v1/orders", "shop", {}), "select", "contracts/hidden/api.yaml"),
    "method-not-allowed": (("DELETE", ORDER, "shop", {}), "select", "contracts/orders/api.yaml"),
    "api-not-allowed": (("GET", ORDER, "narrowed", {}), "select", "consumers/narrowed.yaml"),
    "entity-needed": (("GET", ORDER, "chain", {}), "select", "consumers/chain.yaml"),
    "entity-not-allowed": (("GET", ORDER, "chain", {"X-Entity": "shut"}), "select", "consumers/chain.yaml"),
    "entity-suspended": (("GET", ORDER, "shop", {"X-Entity": "shut"}), "select", "entities/shut.yaml"),
    "version-retired": (("GET", ORDER, "shop", {"API-Version": "1.2"}), "select", "contracts/orders/api.yaml"),
    "version-not-offered": (("GET", ORDER, "shop", {"API-Version": "1.7"}), "select", "entities/one.yaml"),
    "not-served": (("GET", "/orders/v1/forgotten", "shop", {}), "select", "contracts/orders/api.yaml"),
    "system-in-maintenance": (("GET", ORDER, "shop", {"X-Entity": "mended"}), "maintenance", "systems/mended.yaml"),
    "request-violates-contract": (("GET", ORDERS + "?dryRun=CANARY", "shop", {}), "conform", "contracts/orders/1.1.yaml"),
    "query-not-declared": (("GET", ORDERS + "?CANARY=1", "loose", {}), "forward", "contracts/orders/1.1.yaml"),
    "query-fixed": (("GET", ORDERS + "?SAP-Client=200", "loose", {"X-Entity": "linked"}), "forward", "systems/linked.yaml"),
    "answer-violates-contract": (("GET", "/orders/v1/orders/drift", "shop", {}), "conform", "contracts/orders/1.1.yaml"),
    "system-unreachable": (("GET", ORDER, "shop", {"X-Entity": "dead"}), "transport", "systems/dead.yaml"),
    "system-failed": (("GET", "/orders/v1/orders/boom", "shop", {}), "resilience", "systems/erp.yaml"),
    "system-credential": (("GET", ORDER, "shop", {"X-Entity": "strange"}), "credential", "systems/strange.yaml"),
    "unsafe-path": (("GET", "/orders/v1/orders/%2e%2e/hidden", "shop", {}), "path", ""),
}  # fmt: skip


@pytest.mark.parametrize("problem", TABLE)
def test_a_refusal_names_its_step_and_its_file(group, why, problem):
    (method, target, consumer, headers), step, file = TABLE[problem]
    gateway = group.gateway()
    more = {"scope": "orders.read"} if consumer == "reader" else {}
    credential = group.bearer({"reader": "shop"}.get(consumer, consumer), **more) if consumer else {}
    body = GOOD if method == "POST" else None
    sent = {**credential, **headers, **(JSON if body else {})}
    reply = gateway.call(method, target, sent, body)
    if problem == "rate-limited":
        reply = gateway.call(method, target, sent, body)
    assert reply.problem == problem

    told = why(gateway, reply)

    assert (told["problem"], told["refused"]) == (problem, step)
    decided = [one for one in told["decided"] if "file" in one]
    assert (decided[0]["file"] if decided else "") == file
    if decided and decided[0]["written"]:
        text = (gateway.folder / file).read_text().splitlines()
        assert 1 <= decided[0]["line"] <= len(text)
    assert "CANARY" not in json.dumps(told)


def test_the_mode_is_among_what_decides(group, why):
    gateway = group.gateway()
    told = why(gateway, gateway.call("GET", ORDERS + "?dryRun=maybe", group.bearer()))

    first = told["decided"][0]
    written = (gateway.folder / first["file"]).read_text().splitlines()
    assert '"type": "boolean"' in written[first["line"] - 1], "the line of what is not kept to, not of the operation"
    assert [(one["what"], one["file"], one["written"]) for one in told["decided"]] == [
        ("what is not kept to: `type`", "contracts/orders/1.1.yaml", True),
        ("what the contract says of the operation", "contracts/orders/1.1.yaml", True),
        ("the mode is enforce", "policies/modes.yaml", False),
    ]


def test_the_line_of_a_plan_is_that_of_the_limit(group, why):
    gateway = group.gateway()
    for _ in range(2):
        reply = gateway.call("GET", ORDER, group.bearer("daily"))
    told = why(gateway, reply)

    first = told["decided"][0]
    lines = (gateway.folder / first["file"]).read_text().splitlines()
    assert first["what"] == "the limit `day` of the plan `daily`"
    assert '"name": "day"' in "\n".join(lines[first["line"] - 1 : first["line"] + 2])
