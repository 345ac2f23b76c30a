"""Browser origins: none by default; those that are named get exactly what they need."""

import pytest

from contracts.settings import Cors
from policies.cors import ORIGIN_DENIED, bind_cors
from policies.step import Call, Refusal, Span

SHOP = b"https://shop.example"


async def unread(bound):
    return b""


def call(method="GET", **headers):
    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Call("id", "uuid", method, b"/", b"", named, unread, Span())


def preflight(origin=SHOP):
    return call("OPTIONS", origin=origin, access_control_request_method=b"POST")


def test_without_an_origin_nothing_is_said():
    asked = call()

    assert bind_cors(Cors())(asked) is None
    assert asked.answer_headers == []


def test_a_preflight_of_an_unknown_origin_is_refused_by_default():
    with pytest.raises(Refusal) as caught:
        bind_cors(Cors())(preflight())

    assert caught.value.problem is ORIGIN_DENIED


def test_a_preflight_of_a_named_origin_is_answered_without_identity():
    answer = bind_cors(Cors(origins=("https://shop.example/",)))(preflight())

    assert answer.status == 204
    assert (b"access-control-allow-origin", SHOP) in answer.headers
    assert dict(answer.headers)[b"access-control-max-age"] == b"600"


def test_a_call_of_a_named_origin_may_read_the_answer():
    asked = call(origin=SHOP)

    assert bind_cors(Cors(origins=("https://shop.example",)))(asked) is None
    assert (b"access-control-allow-origin", SHOP) in asked.answer_headers


def test_a_call_of_an_unknown_origin_goes_on_without_permission_to_read():
    asked = call(origin=b"https://evil.example")

    assert bind_cors(Cors(origins=("https://shop.example",)))(asked) is None
    assert asked.answer_headers == []


def test_credentials_are_never_allowed():
    answer = bind_cors(Cors(origins=("https://shop.example",)))(preflight())

    assert b"access-control-allow-credentials" not in dict(answer.headers)
