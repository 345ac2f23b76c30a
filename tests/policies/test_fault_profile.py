"""What answers mean: the rules as data, their order, what they look at, and that every status has a meaning."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import over

from contracts import yaml12
from contracts.systems import System
from policies.fault_profile import FaultProfile, fault_profile
from policies.fault_refusals import refusal_of, retry_after
from policies.products import PRODUCTS, profile
from policies.products.fault_rules import FaultRule

CORPUS = yaml12.parse(
    (Path(__file__).resolve().parent.parent.parent / "bench" / "fault_corpus.yaml").read_bytes(), "fault_corpus.yaml"
)
ROWS = [(product, row) for product, rows in CORPUS.items() for row in rows]


def a_rule(name="r", kind="unknown", effect="unknown", **when):
    rule = {"name": name, "when": {"status": ["xx"], **when}, "class": kind, "effect": effect,
            "source": "https://x.example", "says": "x"}  # fmt: skip
    return name, FaultRule.model_validate(rule)


@over(("product", "row"), ROWS, ids=lambda row: f"{row[0]}: {row[1]['is']}")
def test_a_labelled_answer(product, row):
    body = json.dumps(row["json"]).encode() if "json" in row else row["text"].encode()
    headers = [(name.encode(), value.encode()) for name, value in row.get("headers", {}).items()]
    told = fault_profile(product).judge(row["method"], row["status"], headers, body)
    got = ("fine", None) if told is None else (told.kind, told.effect)
    assert got == (row["class"], row.get("effect"))


def test_the_corpus_is_large_enough():
    assert {product for product in PRODUCTS if product != "example"} == set(CORPUS)
    assert all(len(rows) >= 12 for rows in CORPUS.values())


@pytest.mark.parametrize("product", PRODUCTS)
def test_every_error_status_means_something_and_no_plain_success_does(product):
    judge = fault_profile(product).judge
    for status in range(200, 600):
        told = judge("POST", status, [], b"")
        assert (told is None) == (status < 400), status
        if told is not None and told.effect == "none":
            assert status < 500 or told.kind in ("contract.violation", "auth"), "a failure proves nothing by itself"


@pytest.mark.parametrize("product", PRODUCTS)
def test_rules_have_sources_and_names_of_their_own(product):
    faults = profile(product).faults
    assert len({rule.name for rule in faults}) == len(faults)
    assert all(rule.source.startswith("https://") and rule.says for rule in faults)


@pytest.mark.parametrize("product", PRODUCTS)
def test_what_is_sent_again_on_a_write_is_of_a_class_that_passes(product):
    for rule in profile(product).faults:
        if rule.effect == "none" and rule.retry:
            assert rule.kind.startswith("transient."), rule.name


def test_the_first_rule_that_fits_counts():
    rules = [a_rule("first", "outage", status=[500], media=["text/plain"]), a_rule("second", "unknown", status=["5xx"])]
    judge = FaultProfile(rules).judge
    assert judge("GET", 500, [(b"content-type", b"text/plain; charset=utf-8")], b"").rule == "first"
    assert judge("GET", 500, [(b"content-type", b"application/json")], b"").rule == "second"
    assert judge("GET", 400, [], b"") is None


@pytest.mark.parametrize(
    ("when", "answer", "fits"),
    [
        ({"method": ["post"]}, ("POST", [], b""), True),
        ({"method": ["post"]}, ("GET", [], b""), False),
        ({"header": {"X-Error": "^a+$"}}, ("GET", [(b"x-error", b"aaa")], b""), True),
        ({"header": {"X-Error": "^a+$"}}, ("GET", [(b"x-error", b"b"), (b"x-error", b"a")], b""), True),
        ({"header": {"X-Error": "^a+$"}}, ("GET", [(b"x-error", b"aab")], b""), False),
        ({"header": {"X-Error": "."}}, ("GET", [], b""), False),
        ({"members": [{"at": "/error/code", "equals": [5]}]}, ("GET", [], b'{"error":{"code":5}}'), True),
        ({"members": [{"at": "/error/code", "equals": ["5"]}]}, ("GET", [], b'{"error":{"code":5}}'), True),
        ({"members": [{"at": "/error/code", "equals": [5]}]}, ("GET", [], b'{"error":{"code":true}}'), False),
        ({"members": [{"at": "/error/code"}]}, ("GET", [], b'{"error":{"code":null}}'), False),
        ({"members": [{"at": "/error/code"}]}, ("GET", [], b'{"error":{"code":{}}}'), True),
        ({"members": [{"at": "/error/1/code"}]}, ("GET", [], b'{"error":[0,{"code":1}]}'), True),
        ({"members": [{"at": "/error/7/code"}]}, ("GET", [], b'{"error":[0,{"code":1}]}'), False),
        ({"members": [{"at": "/a~1b", "matches": "x"}]}, ("GET", [], b'{"a/b":"-x-"}'), True),
        ({"members": [{"at": "/error"}]}, ("GET", [], b'{"error":'), False),
        ({"members": [{"at": "/error"}]}, ("GET", [], b"[" * 100_000 + b'"error"'), False),
        ({"members": [{"at": "/error"}]}, ("GET", [], b'{"error":1}' + b" " * 300_000), False),
    ],
)
def test_what_a_rule_looks_at(when, answer, fits):
    method, headers, body = answer
    judge = FaultProfile([a_rule(status=[500], **when)]).judge
    assert (judge(method, 500, headers, body) is not None) is fits


def test_a_page_is_read_by_the_rule_that_knows_it_wherever_that_stands():
    rules = [
        a_rule("any", status=[404], media=["text/html"]),
        a_rule("page", status=[404], page="^<!doctype html>\\n<a>"),
    ]
    profile = FaultProfile(rules)
    head = [(b"content-type", b"TEXT/HTML; charset=utf-8")]
    assert profile.pages == {404}
    assert [profile.is_own_page(s, b) for s, b in ((404, b"<!doctype html>\n<a>"), (404, b"<a>"), (500, b""))] == [
        True, False, False]  # fmt: skip
    assert profile.judge("GET", 404, head, b"<!doctype html>\n<a>" + b"x" * 900).rule == "page"
    assert profile.judge("GET", 404, head, b" <!doctype html>\n<a>").rule == "any"
    assert profile.judge("GET", 404, [(b"content-type", b"text/plain")], b"<!doctype html>\n<a>") is None


async def test_a_stream_is_judged_by_its_head_alone():
    async def pieces():
        yield b'{"error": 1}'

    judge = FaultProfile([a_rule(status=[500], members=[{"at": "/error"}]), a_rule("head", status=[500])]).judge
    assert judge("GET", 500, [], pieces()).rule == "head"


@given(st.binary(max_size=200), st.integers(200, 599), st.sampled_from(PRODUCTS))
def test_no_body_breaks_the_judge(body, status, product):
    fault_profile(product).judge("POST", status, [(b"content-type", body)], b'{"error":' + body)


def test_a_pattern_that_takes_long_is_refused():
    with pytest.raises(ValueError, match="linear time"):
        FaultProfile([a_rule(status=[500], header={"x": r"^(a)\1$"})])


@pytest.mark.parametrize("status", ["6xx", "50x", 99, 600])
def test_a_status_that_is_none_is_refused(status):
    with pytest.raises(ValueError):
        a_rule(status=[status])


@pytest.mark.parametrize("product", PRODUCTS)
@pytest.mark.parametrize("safe", [True, False])
def test_what_passes_is_said_by_the_business_and_changed_nothing(product, safe):
    for status in range(200, 600):
        told = fault_profile(product).judge("POST", status, [], b"")
        if told is None:
            continue
        refusal = refusal_of(told, status, None, safe=safe)
        if refusal is None:
            assert 400 <= status < 500
            assert status not in (401, 408, 429)
            assert safe or told.effect == "none"
        else:
            assert refusal.problem.status != 429
            assert refusal.fault in ("system", "gateway", "business")
            if refusal.problem.status == 503:
                assert int(dict(refusal.headers)[b"retry-after"]) >= 1


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (b"7", 7.0), (b"0", 0.0), (b"99999999", 86_400.0), (b"Thu, 01 Jan 1970 00:01:40 GMT", 90.0),
        (b"Thu, 01 Jan 1970 00:00:00 GMT", 0.0), (b"soon", None), (b"-1", None), (b"1.5", None), (b"", None),
        (b"\xff", None), (b"9" * 400, None),
    ],
)  # fmt: skip
def test_retry_after(value, seconds):
    assert retry_after([(b"retry-after", value)], 10.0) == seconds


def test_settings_that_cannot_be_meant_are_refused():
    base = {"owner": "x", "url": "https://erp.example"}
    assert System.model_validate({**base, "breaker": None}).breaker is None
    with pytest.raises(ValueError, match="longest_open_seconds 2 is less than open_seconds 5"):
        System.model_validate({**base, "breaker": {"open_seconds": 5, "longest_open_seconds": 2}})
