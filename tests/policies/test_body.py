"""The body is read as the body plan says, whole before anything goes to a system."""

from types import SimpleNamespace

import pytest

from contracts.compile import BodyPlan
from contracts.settings import Bounds
from policies.body import BODY_ENCODED, BODY_NOT_EXPECTED, BODY_TOO_LARGE, ReadBody
from policies.step import Answer, Call, Refusal, Span


async def stream(*chunks):
    for chunk in chunks:
        yield chunk


def call(body, **headers):
    async def read(bound):
        return body if isinstance(body, bytes) and len(body) <= bound else stream(body)

    named = {name.replace("_", "-").encode(): value for name, value in headers.items()}
    return Call("id", "uuid", "POST", b"/", b"", named, read, Span())


async def inner(call):
    return Answer(200, [], call.body)


def step(kind="buffer", bound=10):
    operation = SimpleNamespace(body_plan=BodyPlan(kind, True, ()), safe=False)
    return ReadBody(Bounds(request_body_bytes=bound)).bind(
        SimpleNamespace(operation=operation, isolation=None), None, inner
    )


async def test_a_body_within_the_bound_is_read_whole():
    assert (await step()(call(b"0123456789"))).body == b"0123456789"


@pytest.mark.parametrize("asked", [call(b"0123456789x"), call(b"", content_length=b"11")])
async def test_a_larger_one_is_refused(asked):
    with pytest.raises(Refusal) as caught:
        await step()(asked)

    assert (caught.value.problem, caught.value.detail) == (BODY_TOO_LARGE, "At most 10 bytes are taken.")


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"identity, gzip", b"GZIP"])
async def test_a_compressed_one_is_refused(coding):
    with pytest.raises(Refusal) as caught:
        await step()(call(b"x", content_encoding=coding))

    assert caught.value.problem is BODY_ENCODED


async def test_identity_is_no_compression():
    assert (await step()(call(b"x", content_encoding=b"identity"))).body == b"x"


async def test_a_body_where_the_contract_has_none_is_refused():
    with pytest.raises(Refusal) as caught:
        await step("none")(call(b"x"))

    assert caught.value.problem is BODY_NOT_EXPECTED


async def test_no_body_where_the_contract_has_none():
    assert (await step("none")(call(b""))).body == b""


async def test_a_streamed_body_has_a_bound_too():
    operation = SimpleNamespace(body_plan=BodyPlan("stream", True, ()), safe=False)
    route = SimpleNamespace(operation=operation, isolation=None)
    bound = ReadBody(Bounds(streamed_body_bytes=10)).bind(route, None, inner)

    answer = await bound(call(b"0123456789x"))
    with pytest.raises(Refusal) as caught:
        [chunk async for chunk in answer.body]
    assert caught.value.problem is BODY_TOO_LARGE
    with pytest.raises(Refusal):
        await bound(call(b"", content_length=b"11"))


async def test_a_streamed_body_is_not_held():
    answer = await step("stream")(call(b"0123456789x"))

    assert [chunk async for chunk in answer.body] == [b"0123456789x"]
