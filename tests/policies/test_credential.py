"""The gateway's credential towards a system: what is put on an exchange, and what happens when it is refused."""

import base64

import pytest

from contracts.systems import System
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from policies.credential import Credential
from policies.step import Answer, Call, Exchange, Refusal, SecretError, Span


@pytest.fixture
async def runtime(tmp_path):
    settings = NodeSettings.model_validate(
        {
            "secrets": {
                "USER": {"value": "sara"},
                "PASSWORD": {"value": "pä:ss"},
                "COLON": {"value": "a:b"},
                "KEY": {"value": "k-1"},
                "BROKEN": {"value": "a\r\nx-evil: 1"},
                "ELSEWHERE": {"value": "k-2", "origins": ["https://other.example"]},
            },
            "allow_unnamed_secrets": False,
        }
    )
    made = GatewayRuntime(Node(settings, tmp_path))
    yield made
    await made.drain(1)
    await made.aclose()


def a_system(**credential):
    return System.model_validate({"owner": "it", "url": "https://erp.example:8443/base", "credential": credential})


def an_exchange(method="GET"):
    async def never(_):
        raise AssertionError("the body was read already")

    call = Call("c", "u", method, b"/x", b"", {}, never, Span())
    return Exchange(call, method, b"/p", ((b"accept", b"*/*"),), b"", method == "GET", Span())


class Inner:
    def __init__(self, *statuses):
        self.statuses = list(statuses)
        self.seen = []

    async def __call__(self, exchange):
        self.seen.append(exchange)
        exchange.span.close("complete")
        return Answer(self.statuses.pop(0) if self.statuses else 200, [])


async def test_none_is_no_step_at_all(runtime):
    inner = Inner()
    assert Credential().bind("erp", a_system(type="none"), runtime, inner) is inner


async def test_basic(runtime):
    inner = Inner()
    system = a_system(type="basic", username="secret:USER", password="secret:PASSWORD")
    exchange = an_exchange()
    await Credential().bind("erp", system, runtime, inner)(exchange)
    name, value = inner.seen[0].headers[-1]
    assert name == b"authorization"
    assert base64.b64decode(value.removeprefix(b"Basic ")).decode() == "sara:pä:ss"
    assert inner.seen[0].span is exchange.span
    assert exchange.headers == ((b"accept", b"*/*"),), "an exchange that is sent again must not hold the old credential"


async def test_api_key(runtime):
    inner = Inner()
    await Credential().bind("erp", a_system(type="api_key", header="X-Erp-Key", key="secret:KEY"), runtime, inner)(
        an_exchange()
    )
    assert inner.seen[0].headers[-1] == (b"x-erp-key", b"k-1")


@pytest.mark.parametrize(
    "credential",
    [
        {"type": "basic", "username": "secret:USER", "password": "secret:MISSING"},
        {"type": "basic", "username": "secret:COLON", "password": "secret:PASSWORD"},
        {"type": "api_key", "key": "secret:BROKEN"},
        {"type": "api_key", "key": "secret:ELSEWHERE"},
        {"type": "oauth2", "token_url": "https://t.example/t", "client_id": "secret:KEY", "client_secret": "secret:NO"},
        {"type": "oauth2", "token_url": "https://t.example/t", "client_id": "secret:KEY",
         "client_secret": "secret:ELSEWHERE"},
    ],
)  # fmt: skip
async def test_a_secret_that_cannot_be_used_refuses_the_release(credential, runtime):
    with pytest.raises(SecretError) as caught:
        Credential().bind("erp", a_system(**credential), runtime, Inner())
    for value in ("pä:ss", "a:b", "k-1", "k-2", "x-evil"):
        assert value not in str(caught.value)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_credential_is_the_gateways_fault_and_not_the_callers(method, runtime):
    inner = Inner(401)
    send = Credential().bind("erp", a_system(type="api_key", key="secret:KEY"), runtime, inner)
    with pytest.raises(Refusal) as caught:
        await send(an_exchange(method))
    assert (caught.value.problem.name, caught.value.problem.status) == ("system-credential", 502)
    assert caught.value.fault == "gateway"
    assert caught.value.headers == ()
    assert len(inner.seen) == 1


async def test_other_refusals_of_the_system_pass(runtime):
    send = Credential().bind("erp", a_system(type="api_key", key="secret:KEY"), runtime, Inner(403, 404))
    assert (await send(an_exchange())).status == 403
    assert (await send(an_exchange())).status == 404
