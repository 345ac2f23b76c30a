"""Values of a system are taken out of findings; the words of the fuzzer and of the contract stay."""

import json
from types import SimpleNamespace

import pytest

from governance.fuzz.entry import Entry, Exchanged, Received, Sent
from governance.fuzz.recording import Recording
from governance.onboard.words_told import MARK, Told

CONTRACT = (
    b'{"paths": {"/parties": {}}, "enum": ["active", "blocked", "K\\u00e4ufer"], "name": "creditLimit",'
    b' "maximum": 1000000, "properties": {"X-Parties-Context": {}, "delivery_order_number": {}}}'
)
ANSWER = {
    "name": "Nordhafen GmbH", "code": "P-4711", "credit": 104500.25, "status": "blocked", "creditLimit": 5000,
    "anna.berg@harbour.example": "yes", "tags": ["Anna", "kund"], "rest": "0000", "kind": "Käufer", "part": "order_number",
}  # fmt: skip
PROBLEM = {"title": "The request violates the contract", "errors": [{"message": "anything of at most 40 characters"}]}


def told(*entries):
    recording = Recording("r", {}, tuple(entries), (), "complete", "", "sha256:0")
    subject = SimpleNamespace(state=SimpleNamespace(files={"c.yaml": CONTRACT}), files=frozenset({"c.yaml"}))
    return Told(recording, subject)


def entry(body, *, target="/parties/4712", problem="", headers=()):
    received = Received(200, headers, body)
    exchange = Exchanged("main", Sent("GET", target), received, "", 0.1)
    return Entry(1, "fuzz", "parties@1.0 getParty", Sent("GET", target), (exchange,), received, problem, 0.0)


SEEN = told(
    entry(
        json.dumps(ANSWER).encode(),
        headers=(("x-owner", "Annika B."), ("vary", "x-parties-context"), ("date", "Thu, 26 Nov 2026")),
    ),
    entry(b"<html><h1>Fatal: user=svc_tidewaiter@erp01 gone</h1>", target="/parties?q=Malm%C3%B6"),
)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("the answer holds /items/*/anna.berg@harbour.example", f"the answer holds /items/*/{MARK}"),
        ("Nordhafen GmbH is told", f"{MARK} is told"),
        ("Nordhafen is told", f"{MARK} is told"),
        ("P-4711, 4712 and 104500.25", f"{MARK}, {MARK} and {MARK}"),
        ("q=Malmö of Annika B.", f"q={MARK} of {MARK}"),
        ("svc_tidewaiter@erp01", MARK),
        ("Anna signed", f"{MARK} signed"),
        ("Annapurna", "Annapurna"),
        ("the status blocked, the member creditLimit at /parties", "the status blocked, the member creditLimit at /parties"),
        ("Thu, 26 Nov 2026", "Thu, 26 Nov 2026"),
        ("an integer of at most 1000000", "an integer of at most 1000000"),
        ("an integer of at most 10000000", f"an integer of at most 1{MARK}000"),
        ("0000 is told", f"{MARK} is told"),
        ("the header x-parties-context: required", "the header x-parties-context: required"),
        ("a Käufer at /delivery_order_number", "a Käufer at /delivery_order_number"),
        ("answers 500 to 31 calls", "answers 500 to 31 calls"),
    ],
)  # fmt: skip
def test_a_text(text, left):
    assert SEEN.text(text) == left


def test_what_the_gateway_says_is_not_the_systems():
    """Its problems are recorded, too: words of theirs stand in findings."""
    one = told(
        Entry(1, "fuzz", "o", Sent("GET", "/p"), (), Received(400, (), json.dumps(PROBLEM).encode()), "violates", 0.0)
    )
    assert one.text("takes anything of at most 40 characters") == "takes anything of at most 40 characters"


def test_only_what_is_worded_is_looked_through():
    report = {
        "recording": "sha256:4712" + "0" * 60, "started": "2026-11-26T10:00:00+00:00", "state_reason": "P-4711 stopped it",
        "findings": [{"message": "P-4711", "pointer": "/Nordhafen", "reason": "", "fingerprint": "471247124712"}],
        "left_out": [{"operation": "o", "reason": "P-4711"}], "notes": ["4712"],
    }  # fmt: skip
    assert SEEN.report(report) == {
        **report, "state_reason": f"{MARK} stopped it", "notes": [MARK],
        "findings": [{"message": MARK, "pointer": f"/{MARK}", "reason": "", "fingerprint": "471247124712"}],
        "left_out": [{"operation": "o", "reason": MARK}],
    }  # fmt: skip
