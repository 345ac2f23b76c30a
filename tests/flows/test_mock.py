"""`tidewaiter mock`, on real sockets: answers, preferences, security, negotiation, and the same problems as a gateway."""

import inspect
import json
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from gateway_thread import GatewayThread
from mock_thread import MockThread

from gateway.mock.preferences import OWN
from gateway.mock.serve import MOCK_PROBLEMS
from governance.cli.mock import command

ROOT = Path(__file__).resolve().parent.parent.parent
SHOP = Path(__file__).with_name("mock_shop.yaml")
KEY = {"X-Shop-Key": "anything"}


@pytest.fixture(scope="module")
def shop():
    made = MockThread(SHOP)
    yield made
    made.stop()


def asked(shop, *preferences, path="/orders", method="GET", **headers):
    return shop.call(method, path, {**KEY, "Authorization": "Bearer x", "Prefer": ", ".join(preferences), **headers})


def test_the_first_example_is_the_answer_with_its_digits_and_the_contract_s_headers(shop):
    answer = shop.call("GET", "/orders", KEY)

    assert (answer.status, answer.header("tidewaiter-mock")) == (200, "example")
    assert b"19.990000000000000001" in answer.body
    assert int(answer.header("x-total")) >= 3
    assert answer.header("x-page") == "first"
    assert not answer.header("preference-applied")


def test_an_example_that_breaks_the_contract_is_not_sent(shop):
    answer = shop.call("GET", "/orders/A-1", {"Authorization": "Bearer x"})

    assert (answer.status, answer.header("tidewaiter-mock")) == (200, "generated")
    assert re.fullmatch("A-[0-9]+", answer.json["id"])
    assert "secret" not in answer.json


def test_preferences_choose_status_and_example(shop):
    assert asked(shop, "example=none").json == []
    assert asked(shop, 'example="two"').json[1] == {"id": "A-2", "total": 2}
    for spelled in ("code=404", "status=404", 'Code="404"'):
        answer = asked(shop, spelled)
        assert (answer.status, list(answer.json)) == (404, ["message"])
        assert answer.header("preference-applied").lower() == spelled.replace('"', "").lower()
    assert asked(shop, "code=503").status == 503
    assert asked(shop, "code=404; seed=4").header("preference-applied") == "code=404, seed=4"


def test_generated_answers_are_the_same_for_one_seed_and_differ_by_seed(shop):
    bodies = {seed: asked(shop, "dynamic=true", f"seed={seed}").body for seed in range(6)}

    assert {seed: asked(shop, f"seed={seed}", "dynamic=true").body for seed in range(6)} == bodies
    assert len(set(bodies.values())) > 3
    free = asked(shop, "dynamic=true")
    seed = free.header("tidewaiter-mock").removeprefix("generated;seed=")
    assert asked(shop, "dynamic=true", f"seed={seed}").body == free.body
    # A seed says nothing of an example, so it is not told as applied.
    assert not asked(shop, "seed=3").header("preference-applied")


def test_the_command_s_seed_holds_where_the_call_names_none():
    first, second = (MockThread(SHOP, seed=5, dynamic=True) for _ in range(2))
    try:
        assert first.call("GET", "/orders", KEY).body == second.call("GET", "/orders", KEY).body
        assert first.call("GET", "/orders", KEY).header("tidewaiter-mock") == "generated;seed=5"
        assert asked(first, "seed=6").header("tidewaiter-mock") == "generated;seed=6"
    finally:
        first.stop()
        second.stop()


def test_a_delay_is_kept_and_wait_bounds_it(shop):
    started = time.monotonic()
    assert asked(shop, "delay=400").header("preference-applied") == "delay=400"
    assert time.monotonic() - started >= 0.4
    started = time.monotonic()
    assert asked(shop, "delay=30000", "wait=0").status == 200
    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("preference", "words"),
    [
        ("cod=404", "write `code`"),
        ("code=418", "`404`"),
        ("code=abc", "200 to 599"),
        ("code=100", "200 to 599"),
        ("code=404, status=500", "two statuses"),
        ("example=tow", "write `two`"),
        ("example", "example=name"),
        ("example=two, dynamic=true", "name one"),
        ("dynamic=maybe", "`true` or `false`"),
        ("delay=60001", "0 to 60000"),
        ("seed=-1", "seed"),
        ("code=404;;=", "cannot be read"),
    ],
)
def test_what_cannot_be_preferred_is_told(shop, preference, words):
    answer = asked(shop, preference)

    assert (answer.status, answer.problem) == (400, "mock-preference")
    assert words in answer.json["detail"]


def test_registered_preferences_are_passed_over(shop):
    assert asked(shop, "return=minimal", "odata.maxpagesize=5", "handling=strict").status == 200


def test_an_example_asked_for_that_breaks_the_contract_is_501_with_the_keyword(shop):
    answer = asked(shop, "example=broken")

    assert (answer.status, answer.problem) == (501, "mock-no-answer")
    assert answer.json["errors"][0]["rule"] == "type"
    assert "`type`" in answer.json["detail"]


@pytest.mark.parametrize(("path", "words"), [("/impossible", "breaks `not`"), ("/silent", "no answer")])
def test_what_cannot_be_made_is_501_and_says_why(shop, path, words):
    answer = shop.call("GET", path)

    assert (answer.status, answer.problem) == (501, "mock-no-answer")
    assert words in answer.json["detail"]


def test_accept_is_negotiated(shop):
    csv = asked(shop, Accept="text/csv, application/json;q=0.5")
    assert (csv.header("content-type"), csv.body) == ("text/csv", b"id,total\nA-1,3\n")
    assert asked(shop, Accept="application/*").header("content-type") == "application/json"
    refused = asked(shop, Accept="image/png")
    assert (refused.status, refused.problem) == (406, "not-acceptable")
    # A contract's error has its own type, whatever the caller takes of successes.
    assert asked(shop, "code=404", Accept="text/csv").header("content-type") == "application/json"


def test_an_xml_example_leaves_and_is_told_as_not_checked(shop):
    answer = shop.call("GET", "/catalogue")

    assert (answer.status, answer.body) == (200, b"<catalogue/>")
    assert answer.header("contract-check") == "answer=could-not-check"


def test_head_options_methods_and_paths(shop):
    head = shop.call("HEAD", "/orders", KEY)
    assert (head.status, head.body) == (200, b"")
    options = shop.call("OPTIONS", "/orders")
    assert (options.status, options.header("allow")) == (204, "GET, HEAD, OPTIONS, POST")
    wrong = shop.call("PUT", "/orders", KEY)
    assert (wrong.status, wrong.problem, wrong.header("allow")) == (405, "method-not-allowed", options.header("allow"))
    missed = shop.call("GET", "/order", KEY)
    assert (missed.status, missed.problem) == (404, "not-found")
    assert "/orders" in missed.json["detail"]
    assert shop.call("DELETE", "/orders/A-1").status == 204


def test_a_header_that_a_gateway_keeps_for_itself_reaches_the_judge(shop):
    assert shop.call("GET", "/versions", {"API-Version": "7"}).status == 200
    assert shop.call("GET", "/versions", {"API-Version": "8"}).problem == "request-violates-contract"


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "bearer x"}, {"Cookie": "a=b; session=1"}, {"query": "?key=1"}],
    ids=lambda h: next(iter(h)),
)
def test_any_value_of_a_scheme_is_taken(shop, headers):
    query = headers.pop("query", "")
    assert shop.call("GET", f"/orders/A-1{query}", headers).status == 200


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer"}, {"Authorization": "Basic x"}, {"Cookie": "session="}, KEY], ids=str
)
def test_without_a_credential_it_is_401(shop, headers):
    answer = shop.call("GET", "/orders/A-1", headers)

    assert (answer.status, answer.problem) == (401, "not-identified")
    assert answer.header("www-authenticate").startswith("Bearer ")
    assert "`key`" in answer.json["detail"]


def test_security_can_be_switched_off_and_a_key_in_the_query_is_no_parameter():
    made = MockThread(SHOP, security=False)
    try:
        assert made.call("GET", "/orders/A-1").status == 200
        assert made.call("GET", "/orders/A-1?key=1").status == 200
        assert made.call("GET", "/orders/A-1?other=1").status == 400
    finally:
        made.stop()


def test_pages_of_browsers_may_call_where_that_is_asked_for(shop):
    page = {"Origin": "http://localhost:5173"}
    assert not shop.call("GET", "/orders", {**KEY, **page}).header("access-control-allow-origin")
    made = MockThread(SHOP, cors=True)
    try:
        before = made.call("OPTIONS", "/orders", {
            **page, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-shop-key,prefer",
        })  # fmt: skip
        assert (before.status, before.header("access-control-allow-origin")) == (204, "*")
        assert before.header("access-control-allow-headers") == "x-shop-key,prefer"
        assert before.header("access-control-allow-methods") == "POST"
        for headers in (KEY, {}):
            assert made.call("GET", "/orders", {**headers, **page}).header("access-control-allow-origin") == "*"
    finally:
        made.stop()


def test_every_answer_says_that_it_is_a_mock_s(shop):
    answers = [
        shop.call("GET", "/orders", KEY), shop.call("GET", "/orders"), shop.call("GET", "/nowhere"),
        shop.call("OPTIONS", "/orders"), asked(shop, "x=1"), shop.call("GET", "/orders?limit=1000", KEY),
    ]  # fmt: skip
    said = [answer.header("tidewaiter-mock") for answer in answers]
    assert said == ["example", "refused", "refused", "options", "refused", "refused"]
    page = shop.call("GET", "/-/problems/mock-preference", {"Accept": "application/json"})
    assert page.json["status"] == 400


WRONG = [
    ("GET", "/sales/v1/orders?limit=1000&status=lost", None, {}),
    ("GET", "/sales/v1/orders?colour=red", None, {}),
    ("GET", "/sales/v1/orders/7", None, {}),
    ("POST", "/sales/v1/orders", b'{"customer": 5, "lines": []}', {"Content-Type": "application/json"}),
    ("POST", "/sales/v1/orders", b'{"customer": ', {"Content-Type": "application/json"}),
    ("POST", "/sales/v1/orders", b"<order/>", {"Content-Type": "application/xml"}),
    ("POST", "/sales/v1/orders", None, {}),
    ("GET", "/sales/v1/orders", None, {"Accept": "image/png"}),
    ("PUT", "/sales/v1/orders", None, {}),
    ("GET", "/sales/v1/./orders", None, {}),
]


def test_a_request_that_violates_gets_the_problem_that_a_gateway_gives(tmp_path):
    command = [sys.executable, "-m", "governance.cli.main", "init", str(tmp_path / "first")]
    written = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True, timeout=60)
    key = {"X-API-Key": re.search(r"X-API-Key: (\w+)'", written.stdout)[1]}
    gateway = GatewayThread(tmp_path / "first", {})
    mock = MockThread(tmp_path / "first/contracts/sales/1.0.yaml")
    try:
        for method, path, body, headers in WRONG:
            real = gateway.call(method, path, {**key, **headers}, body)
            made = mock.call(method, path.removeprefix("/sales/v1"), {**key, **headers}, body)
            assert real.problem, path
            same = ("title", "status", "errors", "fault", "effect")
            assert [made.json.get(name) for name in same] == [real.json.get(name) for name in same], (path, made.json)
            assert made.problem == real.problem
        good = b'{"customer": "C-17", "currency": "EUR", "lines": [{"item": "PUMP-40", "quantity": 2}]}'
        placed = mock.call("POST", "/orders", {**key, "Content-Type": "application/json"}, good)
        assert (placed.status, placed.json["id"]) == (201, "SO-1002")
    finally:
        mock.stop()
        gateway.stop()


def test_calls_are_told_in_the_access_log_without_their_values(shop):
    shop.call("GET", "/orders/A-123456", {"Authorization": "Bearer hush"})
    line = shop.lines()[-1]
    assert (line["operation"], line["path"], line["status"]) == ("getOrder", "/orders/{id}", 200)
    assert "hush" not in json.dumps(shop.lines())
    assert "A-123456" not in json.dumps(shop.lines())


def test_validators_are_built_when_first_called_and_kept_to_a_budget():
    made = MockThread(SHOP)
    try:
        operation = next(route.operation for route, _ in made.mocked.selection.routes.values() if route.operation.safe)
        assert not operation.ready
        assert made.call("GET", "/orders", KEY).status == 200
        assert operation.keeper.stats().built == 1
        operation.keeper.budget_bytes = 1
        assert made.call("POST", "/orders", {**KEY, "Content-Type": "application/json"}, b'{"id": "A-1"}').status == 201
        assert not operation.ready
        assert made.call("GET", "/orders", KEY).status == 200
    finally:
        made.stop()


def test_a_hostile_prefer_header_costs_no_time(shop):
    for value in (" " * 20_000 + "=", '"' * 20_000, "a" * 20_000, "code=404" + " \t" * 9_000 + "="):
        started = time.monotonic()
        assert asked(shop, value).status in (200, 400)
        assert time.monotonic() - started < 5


def test_the_page_names_every_problem_preference_and_option():
    text = (ROOT / "docs/mock.md").read_text(encoding="utf-8")
    options = [name for name in inspect.signature(command).parameters if name not in ("contract", "security")]
    for name in (*MOCK_PROBLEMS, *(f"`{one}=" for one in OWN), *(f"--{one.replace('_', '-')}" for one in options)):
        assert name in text, name
