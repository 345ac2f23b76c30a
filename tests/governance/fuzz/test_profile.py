"""The direct profile keeps the entity's pins and the run's key; the way through the gateway keeps every step."""

import json
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from simulated import SECRETS

from gateway.app import Gateway
from gateway.node import Node, NodeSettings
from gateway.runtime import GatewayRuntime
from governance.fuzz.asked import Asked
from governance.fuzz.calling import Caller
from governance.fuzz.guard import Guard
from governance.fuzz.made import Paths
from governance.fuzz.plan import make_plan
from governance.fuzz.profile import bind_direct
from governance.fuzz.through import bind_through
from governance.fuzz.watch import Watch
from policies.fault_profile import fault_profile
from policies.step import Answer
from policies.store import make_store

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "meridian"
JSON = (b"content-type", b"application/json")
NEW = {"SalesOrderType": "OR", "DistributionChannel": "10", "OrganizationDivision": "00", "SoldToParty": "17100001",
       "to_Item": [{"Material": "PUMP-40", "RequestedQuantity": "2"}]}  # fmt: skip


class Outside:
    """What would leave: each exchange is kept, and answered with what is told."""

    def __init__(self):
        self.sent = []
        self.answer = Answer(201, [JSON], json.dumps({"d": {"SalesOrganization": "1710"}}).encode())

    def bind(self, system_id, system):
        async def send(exchange):
            exchange.span.close("complete")
            if exchange.own:
                return Answer(200, [(b"x-csrf-token", b"token")], b"")
            self.sent.append(exchange)
            return Answer(self.answer.status, list(self.answer.headers), self.answer.body)

        return send

    async def fetch(self, url, headers, most):
        raise OSError("nothing is fetched")

    def fetch_with(self, ca="", file=""):
        return self.fetch


@pytest.fixture(scope="module")
def plan():
    return make_plan(Asked(EXAMPLE, "mde", "test"))


@pytest.fixture
async def ways(plan, monkeypatch):
    """Callers: the direct one, one that has not the key, and one through the gateway; and what left."""
    for name, value in {**SECRETS, "KEY_PEPPER": "pepper" * 8}.items():
        monkeypatch.setenv(f"TIDEWAITER_SECRET_{name}", value)
    runtime, outside, target = GatewayRuntime(Node(NodeSettings(), EXAMPLE)), Outside(), plan.targets[0]
    make_store(plan.workspace.settings.model_copy(update={"store": type(plan.workspace.settings.store)()}), runtime)
    guard = Guard(Paths(target), {})
    direct = bind_direct(plan, target, runtime, outside, "key", guard)
    whole = bind_through(plan, runtime, outside, guard)
    watch = Watch(fault_profile("sap-s4hana"))
    made = {
        "direct": Caller(Gateway(lambda: direct, [], pages=None), target, "key", watch),
        "stranger": Caller(Gateway(lambda: direct, [], pages=None), target, "other", watch),
        "gateway": Caller(Gateway(lambda: whole, [], pages=None), target, "", watch),
    }
    yield made, outside
    await runtime.aclose()


async def send(caller, method, path, query="", body=None, **headers):
    data = b"" if body is None else json.dumps(body).encode()
    given = {"content-type": "application/json"} if data else {}
    return await caller.send(method, f"/sales-orders/v1{path}", query, {**given, **headers}, data, "probe")


async def test_only_the_run_itself_may_call(ways):
    callers, outside = ways

    assert (await send(callers["stranger"], "GET", "/A_SalesOrder")).status == 401
    assert outside.sent == []


@pytest.mark.parametrize("way", ["direct", "gateway"])
async def test_pins_are_put_in(ways, way):
    callers, outside = ways

    assert (await send(callers[way], "POST", "/A_SalesOrder", body=NEW, **{"api-version": "1.1"})).status == 201
    await send(callers[way], "GET", "/A_SalesOrder", "$top=2", **{"api-version": "1.1"})

    assert json.loads(outside.sent[0].body)["SalesOrganization"] == "1710"
    assert "SalesOrganization eq '1710'" in unquote_plus(outside.sent[1].target.decode())
    assert b"sap-client=200" in outside.sent[1].target


@pytest.mark.parametrize("way", ["direct", "gateway"])
async def test_another_entity_is_never_named(ways, way):
    callers, outside = ways

    reply = await send(callers[way], "POST", "/A_SalesOrder", body={**NEW, "SalesOrganization": "1010"},
                       **{"api-version": "1.1"})  # fmt: skip

    assert reply.status == 403
    assert outside.sent == []


async def test_a_write_without_a_body_is_refused_where_a_member_is_pinned(ways):
    callers, outside = ways

    reply = await send(callers["direct"], "POST", "/A_SalesOrder")

    assert (reply.status, outside.sent) == (400, [])
    assert reply.json["type"].endswith("/body-not-proven")


async def test_rubbish_goes_on_directly_and_not_through_the_gateway(ways):
    callers, outside = ways
    rubbish = {**NEW, "SalesOrderType": "ZZZ"}

    assert (await send(callers["direct"], "POST", "/A_SalesOrder", body=rubbish)).status == 201
    assert (
        await send(callers["gateway"], "POST", "/A_SalesOrder", body=rubbish, **{"api-version": "1.1"})
    ).status == 400
    assert len(outside.sent) == 1


async def test_every_scope_is_assumed(ways):
    """`deleteSalesOrder` asks for two scopes; an order of nobody is not there."""
    callers, outside = ways
    outside.answer = Answer(404, [JSON], b"{}")

    reply = await send(callers["gateway"], "DELETE", "/A_SalesOrder('9')", **{"if-match": "*", "api-version": "1.1"})

    assert reply.json is None or not reply.json.get("type", "").endswith(("/not-allowed", "/not-identified"))
