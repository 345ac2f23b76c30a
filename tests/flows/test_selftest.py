"""An operation whose self-test fails is not served, in whatever mode; the others are."""

import http.client

import pytest
from flows_workspace import write_workspace
from gateway_thread import GatewayThread, write

from contracts import compile as compiler
from contracts.workspace import load
from governance.check import check
from governance.routes import route_rows


def without(keyword):
    """An engine in which one keyword has no effect."""
    real = compiler.make_engine

    def stripped(node):
        if isinstance(node, dict):
            return {name: stripped(child) for name, child in node.items() if name != keyword}
        return [stripped(child) for child in node] if isinstance(node, list) else node

    return lambda schema: real(stripped(schema))


@pytest.fixture
def weakened(monkeypatch, tmp_path, group):
    """A gateway whose validators pass over `minimum`, which the bodies of writes state, in mode `off`."""
    monkeypatch.setattr(compiler, "make_engine", without("minimum"))
    key, _ = write_workspace(tmp_path, group.system.port, group.dead)
    write(tmp_path, {"policies/modes.yaml": {"modes": [{"mode": "off", "reason": "not even then"}]}})
    made = GatewayThread(tmp_path, {})
    made.key = key
    yield made
    made.stop()


def ask(gateway, method, path, headers, body=None):
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=10)
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


def test_it_is_not_served(weakened, group):
    group.system.script = None
    headers = {**group.bearer(), "X-Entity": "one", "Content-Type": "application/json"}
    status, body = ask(weakened, "POST", "/orders/v1/orders", headers, b'{"customer": "C"}')
    assert status == 501, body
    assert b"not-served" in body
    status, _ = ask(weakened, "GET", "/orders/v1/orders/7", headers)
    assert status != 501
    metrics = http.client.HTTPConnection("127.0.0.1", weakened.health, timeout=10)
    metrics.request("GET", "/metrics")
    text = metrics.getresponse().read().decode()
    metrics.close()
    assert 'tidewaiter_selftest{outcome="failed"}' in text


def test_check_names_the_keyword(weakened, capsys):
    report = check(weakened.folder, node=False)
    found = [one.diagnostic for one in report.found if one.diagnostic.code == "self-test"]
    assert {"the keyword `minimum` has no effect" in one.message for one in found} == {True}
    assert all(one.pointer.endswith("/minimum") and one.line for one in found)
    assert report.not_served >= len(found) > 0


def test_routes_names_it_too(weakened):
    rows = route_rows(load(weakened.folder))
    told = {row.operation: row.why_not for row in rows if row.entity == "one" and row.version == "1.1"}
    assert "the keyword `minimum` has no effect" in told["createOrder"]
    assert told["getOrder"] == ""
