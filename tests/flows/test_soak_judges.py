"""The judges of the soak find what they are there for: each fault is planted in figures that were in order."""

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest

_FILE = Path(__file__).resolve().parents[2] / "bench" / "soak_judges.py"


@pytest.fixture(scope="module")
def judges():
    spec = importlib.util.spec_from_file_location("soak_judges", _FILE)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def served(number, status=200, **more):
    line = {"event": "served", "id": f"call-{number}", "method": "GET", "status": status, "end": "complete", "ms": 3.0}
    return line | more


LINES = (
    served(1, api="o", version="1", operation="list", system="erp", attempts=1, effect="none"),
    served(2, 401, problem="invalid-token", fault="gateway"),
    served(3, 403, problem="scope-missing", fault="gateway", consumer="shop"),
    served(4, 201, method="POST", api="o", version="1", operation="make", system="erp", attempts=2, effect="applied"),
    served(5, 0, end="left"),
    {"event": "refused", "id": "wire-1", "problem": "bad-framing", "end": "complete"},
)


def outcomes(j):
    return [
        j.Outcome("call-1", "read", "GET", "answer", 200, good=True, expected=frozenset({200})),
        j.Outcome("call-2", "bad", "GET", "answer", 401, "invalid-token"),
        j.Outcome("call-3", "bad", "GET", "answer", 403, "scope-missing"),
        j.Outcome("call-4", "write", "POST", "answer", 201, marker="m4"),
        j.Outcome("call-5", "leave", "GET", "left", marker="m5"),
        j.Outcome("call-6", "pipelined", "GET", "never"),
        j.Outcome("wire-1", "wire", "GET", "answer", 400, "bad-framing"),
    ]


def without(number):
    return [line for line in LINES if line["id"] != f"call-{number}"]


def changed(number, **more):
    return [line | (more if line["id"] == f"call-{number}" else {}) for line in LINES]


def test_lines_in_order(judges):
    assert judges.judge_lines(outcomes(judges), LINES) == []


@pytest.mark.parametrize(
    "lines",
    [
        pytest.param(without(1), id="a line is missing"),
        pytest.param(without(5), id="the line of one who left is missing"),
        pytest.param([*LINES, LINES[0]], id="a call has two lines"),
        pytest.param([*LINES, served(6)], id="a line of a call that never came to be"),
        pytest.param([*LINES, served(77)], id="a line of nobody"),
        pytest.param(changed(1, status=502), id="another status than the caller saw"),
        pytest.param(changed(3, problem="other"), id="another problem than the caller saw"),
        pytest.param(changed(4, end="cut"), id="cut, and the caller has it whole"),
    ],
)
def test_lines_with_a_fault(judges, lines):
    assert judges.judge_lines(outcomes(judges), lines)


def test_statuses(judges):
    assert judges.judge_statuses(outcomes(judges)) == []
    for wrong in (
        judges.Outcome("x", "read", "GET", "answer", 401, "invalid-token", expected=frozenset({200})),
        judges.Outcome("x", "read", "GET", "answer", 400, "request-violates-contract", good=True),
        judges.Outcome("x", "read", "GET", "answer", 500, "internal-error"),
        judges.Outcome("x", "read", "GET", "cut"),
    ):
        assert judges.judge_statuses([*outcomes(judges), wrong])


def counted():
    return {
        "calls": Counter({("o", "1", "list", "200"): 1, ("o", "1", "make", "201"): 1, ("", "", "", "401"): 1,
                          ("", "", "", "403"): 1, ("", "", "", "0"): 1}),
        "problems": Counter({("invalid-token", "gateway"): 1, ("scope-missing", "gateway"): 1}),
        "ends": Counter({("left",): 1}),
        "effects": Counter({("applied",): 1}),
        "wire": Counter({("bad-framing",): 1}),
    }  # fmt: skip


def test_metrics_in_order(judges):
    assert judges.judge_metrics(LINES, counted(), 0) == []
    assert judges.judge_metrics(LINES, counted(), 1), "a call is still open"


@pytest.mark.parametrize("name", ["calls", "problems", "ends", "effects", "wire"])
def test_metrics_with_a_fault(judges, name):
    samples = counted()
    samples[name][next(iter(samples[name]))] += 1
    assert judges.judge_metrics(LINES, samples, 0)


def test_ledger(judges):
    record = {"correlation": "call-3", "problem": "scope-missing"}
    assert judges.judge_ledger(LINES, [record], 1, 0) == []
    assert judges.judge_ledger(LINES, [], 1, 0), "a record is missing"
    assert judges.judge_ledger(LINES, [], 1, 1) == [], "its drop was counted"
    assert judges.judge_ledger(LINES, [record, record], 1, 0), "a record stands twice"
    assert judges.judge_ledger(LINES, [record], 0, 0), "an anonymous refusal was not counted"
    assert judges.judge_ledger(LINES, [record], 2, 0), "one too many was counted"


def requests(**of_call_4):
    fetch = {"correlation": "call-4", "safe": True, "status": 200}
    read = {"correlation": "call-1", "safe": True, "status": 200}
    return [read, fetch, {"correlation": "call-4", "safe": False, "status": 201} | of_call_4]


def test_attempts(judges):
    def judge(seen, resent=0, lines=LINES):
        return judges.judge_attempts(lines, seen, resent, {"erp"})

    assert judge(requests()) == []
    assert judge(requests()[1:]), "an attempt that no system saw"
    assert judge(requests()[1:], lines=changed(1, problem="system-unreachable")) == [], "it could not be reached"
    assert judge([*requests(), requests()[0]]), "a request more than the line says"
    assert judge([*requests(), requests()[0]], resent=1) == [], "counted as sent again"
    assert judge([*requests(), {"correlation": "", "safe": True, "status": 200}]), "a request of nobody"
    twice = [*requests()[1:], requests()[2]]
    assert any("delivered 2 times" in fault for fault in judge(twice, resent=9)), "a write was sent twice"
    retried = [*requests(status=403), requests()[2]]
    assert judge(retried, lines=changed(4, attempts=3)) == [], "the first was refused for its session"
    full = [*requests(status=429), requests()[2]]
    assert judge(full, lines=changed(4, attempts=3)) == [], "the first was turned away for want of capacity"
    for unproven in (0, 408, 500, 502, 503, 504, 201):
        unsafe = [*requests(status=unproven), requests()[2]]
        assert judge(unsafe, lines=changed(4, attempts=3)), "sent again although it may have been carried out"
    away = changed(1, problem="system-unreachable", attempts=2)
    assert judge(requests()[1:], lines=away) == [], "neither attempt could be sent"
    assert judge(requests()[1:], lines=changed(1, problem="system-failed", attempts=2)), "no such problem"


def test_writes(judges):
    seen = outcomes(judges)
    assert judges.judge_writes(seen, {"m4": 1}) == []
    assert judges.judge_writes(seen, {"m4": 1, "m5": 1}) == [], "who left cannot know"
    assert judges.judge_writes(seen, {}), "201, and nothing was written"
    assert judges.judge_writes(seen, {"m4": 2}), "written twice"
    assert judges.judge_writes(seen, {"m4": 1, "m5": 2}), "written twice for one who left"
    told = judges.Outcome("x", "write", "POST", "answer", 502, "system-unreachable", "none", marker="m6")
    assert judges.judge_writes([told], {}) == []
    assert judges.judge_writes([told], {"m6": 1}), "told to have had no effect"
    applied = judges.Outcome("x", "write", "POST", "answer", 502, "links-not-checked", "applied", marker="m7")
    assert judges.judge_writes([applied], {}), "told to have been carried out"


def test_times(judges):
    assert judges.judge_times(LINES, 5, 6) == []
    assert judges.judge_times(changed(1, ms=17_500), 5, 6)


HOSTS, WORDS, SECRETS = ["vhcala4hci.dmz.example"], ["SAP NetWeaver"], ["s3cr3t-of-the-fleet"]


@pytest.mark.parametrize(
    "data",
    [
        b"https://vhcala4hci.dmz.example:44300/x",
        b"VHCALA4HCI.DMZ.EXAMPLE",
        b"vhcala4hci%2Edmz%2Eexample",
        b"vhcala4hci%252Edmz%252Eexample",
        rb"https:\/\/vhcala4hci.dmz.example",
        rb"vhcala4hci\u002edmz\u002eexample",
        b"server: SAP NetWeaver Application Server",
        b'{"password": "s3cr3t-of-the-fleet"}',
        b"Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln",
        b"tw_4k2m9xqp_0123456789abcdefABCDEF0123456789_abc123",
        b"set-cookie: other=AbCdEf0123456789_-x; path=/",
    ],
)
def test_a_canary_is_found(judges, data):
    canaries = judges.Canaries(HOSTS, WORDS, SECRETS)
    canaries.learn(["AbCdEf0123456789_-x", "short"])
    canaries.look("answer", b'{"plain": "https://gateway.example/%2528", "short": 1}')
    assert canaries.judge() == []
    canaries.look("answer", data)
    (fault,) = canaries.judge()
    assert "answer" in fault
    assert not any(secret in fault for secret in (*SECRETS, "eyJ", "AbCdEf0123456789"))


def test_slopes(judges):
    level = [(float(t), 100.0 + (t % 3)) for t in range(60)]
    assert judges.judge_slope("memory", level, 0.1) == []
    rising = [(float(t), 100.0 + t) for t in range(60)]
    assert judges.slope(rising) == pytest.approx(1)
    assert judges.judge_slope("memory", rising, 0.5)
    assert judges.judge_slope("memory", rising, 1.5) == []
    warming = [(float(t), min(t, 20) * 50.0) for t in range(60)]
    assert judges.judge_slope("memory", warming, 0.5) == [], "the first third does not count"
    assert judges.judge_slope("memory", level[:6], 9.0), "too few samples prove nothing"


def test_log(judges):
    assert judges.judge_log("the store of limits is away (timeout): local-share until it decides again") == []
    assert judges.judge_log("call 1234 crashed: KeyError at gateway/app.py:99")


def test_worth(judges):
    assert judges.judge_worth({"calls": (100, 100)}) == []
    assert judges.judge_worth({"calls": (100, 50), "callers who left": (0, 1)}), "nobody left: nothing is proved"
