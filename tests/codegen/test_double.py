"""The double of a server: it refuses what the contract refuses, as the gateway does, and answers with its examples."""

import json

import httpx2
import pytest
from compatible_changes import contract
from gateway_thread import GatewayThread  # noqa: F401 - its mock beside the double
from generated_client import MERIDIAN, generate, load
from mock_thread import MockThread


@pytest.fixture(scope="module")
def stock(tmp_path_factory):
    out, _ = generate("stock@1.1", tmp_path_factory.mktemp("stock"), MERIDIAN)
    return load(out)


@pytest.fixture(scope="module")
def testing(stock):
    from importlib import import_module

    return import_module(f"{stock.__name__}.testing")


@pytest.fixture(scope="module")
def mock():
    made = MockThread(MERIDIAN / "contracts" / "stock" / "1.1.yaml")
    yield made
    made.stop()


GOOD = {"material": "PUMP-40", "plant": "1710", "quantity": "2", "validUntil": "2026-02-10T18:00:00Z"}
BEARER = {"authorization": "Bearer x"}
CALLS = [
    ("GET", "/stock/PUMP-40", BEARER, None),
    ("GET", "/stock/PUMP-40", {"x-api-key": "k"}, None),
    ("GET", "/stock/PUMP-40", {}, None),
    ("GET", "/stock/pump", BEARER, None),
    ("GET", "/stock?material=PUMP-40,SEAL-08&plant=1710", BEARER, None),
    ("GET", "/stock?plant=1710", BEARER, None),
    ("GET", "/stock?material=PUMP-40&plant=17", BEARER, None),
    ("GET", "/stock?material=PUMP-40,PUMP-40", BEARER, None),
    ("GET", "/stock?material=PUMP-40&unknown=1", BEARER, None),
    ("GET", "/stock?material=PUMP-40&material=SEAL-08", BEARER, None),
    ("GET", "/nothing", BEARER, None),
    ("PUT", "/stock", BEARER, None),
    ("POST", "/reservations", BEARER, GOOD),
    ("POST", "/reservations", {"x-api-key": "k"}, GOOD),
    ("POST", "/reservations", BEARER, {**GOOD, "quantity": "two"}),
    ("POST", "/reservations", BEARER, {**GOOD, "more": 1}),
    ("POST", "/reservations", BEARER, {**GOOD, "validUntil": "soon"}),
    ("POST", "/reservations", BEARER, {"material": "PUMP-40"}),
    ("POST", "/reservations", BEARER, [GOOD]),
    ("POST", "/reservations", BEARER, b"{"),
    ("POST", "/reservations", BEARER, b""),
    ("POST", "/reservations", {**BEARER, "content-type": "text/plain"}, GOOD),
    ("DELETE", "/reservations/R-2000417", BEARER, None),
    ("DELETE", "/reservations/R-1", BEARER, None),
    ("GET", "/reservations/R-2000417", BEARER, GOOD),
]


@pytest.mark.parametrize(("method", "path", "headers", "body"), CALLS)
def test_it_takes_and_refuses_what_the_gateway_s_own_mock_does(method, path, headers, body, testing, mock):
    double = testing.ServerDouble()
    content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    sent = {"content-type": "application/json", **headers} if content is not None else dict(headers)
    with httpx2.Client(transport=double.transport()) as client:
        found = client.request(method, double.base_url + path, headers=sent, content=content)
    told = mock.call(method, path, sent, content)

    assert found.is_success == (told.status < 300)
    if not found.is_success and found.status_code != told.status:
        assert {found.status_code, told.status} <= {400, 415}
    if found.is_success:
        assert (found.status_code, found.content) == (told.status, told.body)
    elif found.status_code == told.status == 400 and "errors" in told.json:
        assert {one["pointer"] for one in told.json["errors"]} <= {one["pointer"] for one in found.json()["errors"]} | {
            "query"
        }
    assert "two" not in found.text


def test_what_came_is_kept_and_what_comes_back_can_be_said(stock, testing):
    double = testing.ServerDouble()
    with double.client() as client:
        assert client.stock.get_stock("PUMP-40").stock
        double.prepare("getStock", json={"stock": []})
        assert client.stock.get_stock("SEAL-08").stock == []
        assert client.stock.get_stock("PUMP-40").stock
        double.prepare_problem("getStock", "rate-limited", status=429, headers={"Retry-After": "99"})
        with pytest.raises(stock.errors.RateLimitedProblem):
            client.stock.get_stock("PUMP-40")
        double.prepare("getStock", status=503, times=None)
        with pytest.raises(stock.errors.Unavailable):
            client.with_options(retries=stock.NO_RETRIES).stock.get_stock("PUMP-40")

    assert [(call.operation, call.arguments["material"], call.status) for call in double.calls][:2] == [
        ("getStock", "PUMP-40", 200), ("getStock", "SEAL-08", 200),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="no operation nothing"):
        double.prepare("nothing")
    with pytest.raises(ValueError, match=r"it has .*get_stock"):
        double.prepare("get_stok")


@pytest.mark.parametrize("name", ["createReservation", "create_reservation", "reservations.create_reservation"])
def test_a_prepared_refusal_outlasts_the_client_s_retries(name, stock, testing):
    double = testing.ServerDouble()
    double.prepare_problem(name, "rate-limited", status=429, headers={"Retry-After": "0"})
    made = stock.inputs.NewReservation.model_validate(GOOD)
    with double.client() as client:
        with pytest.raises(stock.errors.RateLimitedProblem):
            client.reservations.create_reservation(made)
        with pytest.raises(stock.errors.RateLimitedProblem):
            client.reservations.create_reservation(made)
        assert len(double.calls) > 2
        double.prepare_problem(name, "rate-limited", status=429, times=1)
        assert client.reservations.create_reservation(made).material == "PUMP-40"


def test_without_the_extra_its_import_says_what_to_install(testing, monkeypatch):
    import sys
    from importlib import import_module

    package = testing.__name__.rpartition(".")[0]
    for name in (testing.__name__, f"{package}._runtime.double"):
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    with pytest.raises(ImportError, match=r'pip install "\./meridian_stock-1\.1\.0-py3-none-any\.whl\[testing\]"'):
        import_module(testing.__name__)


def test_tokens_are_made_for_whoever_asks(stock, testing):
    double = testing.ServerDouble()
    auth = stock.ClientCredentials("me", "secret")
    with double.client(auth=auth, entity="mde") as client:
        assert client.stock.get_stock("PUMP-40").stock
    assert [call.operation for call in double.calls] == ["getStock"]


def test_what_cannot_be_judged_is_told(tmp_path):
    tree = contract()
    tree["paths"]["/orders"]["post"]["requestBody"]["content"] = {"application/xml": {"schema": {"type": "object"}}}
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(tree))
    out, _ = generate(path, tmp_path / "out", prefix="xml")
    package = load(out)
    from importlib import import_module

    double = import_module(f"{package.__name__}.testing").ServerDouble()
    with double.client() as client:
        client.orders.create_order(b"<order/>")

    assert double.unchecked == ["createOrder body application/xml"]


FORMS = {
    "openapi": "3.1.0", "info": {"title": "Forms", "version": "1"}, "servers": [{"url": "https://f.example/v1"}],
    "paths": {"/f/{id}": {"get": {
        "operationId": "look", "security": [], "responses": {"200": {"description": "x"}},
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "array", "items": {"type": "integer"}}},
            {"name": "deep", "in": "query", "style": "deepObject", "schema": {"type": "object", "properties": {"n": {"type": "integer"}, "m": {"type": "object", "properties": {"b": {"type": "boolean"}}}}}},
            {"name": "piped", "in": "query", "style": "pipeDelimited", "explode": False, "schema": {"type": "array", "items": {"type": "string", "maxLength": 2}}},
            {"name": "flat", "in": "query", "schema": {"type": "object", "properties": {"x": {"type": "integer"}, "y": {"type": "string"}}}},
            {"name": "data", "in": "query", "content": {"application/json": {"schema": {"type": "object", "required": ["a"], "properties": {"a": {"type": "number"}}}}}},
            {"name": "X-Ids", "in": "header", "schema": {"type": "array", "items": {"type": "integer"}}},
            {"name": "session", "in": "cookie", "schema": {"type": "string", "minLength": 3}},
        ],
    }}},
}  # fmt: skip


def test_every_style_goes_from_the_client_to_the_double_and_back(tmp_path):
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(FORMS))
    out, _ = generate(path, tmp_path / "out", prefix="acme")
    package = load(out)
    from importlib import import_module

    testing = import_module(f"{package.__name__}.testing")
    sent = {
        "id": [1, 2],
        "deep": {"n": 1, "m": {"b": True}},
        "piped": ["a", "b"],
        "flat": {"x": 3, "y": "é &"},
        "data": {"a": 1.5},
        "x_ids": [4, 5],
        "session": "a;b c",
    }
    double = testing.ServerDouble()
    with double.client() as client:
        client.api.look(**sent)
    (call,) = double.calls
    assert call.errors == ()
    assert call.arguments == {
        "id": [1, 2], "deep": {"n": 1, "m": {"b": True}}, "piped": ["a", "b"], "flat": {"x": 3, "y": "é &"}, "data": {"a": 1.5},
        "X-Ids": [4, 5], "session": "a;b c",
    }  # fmt: skip
    wrong = {**sent, "deep": {"n": "x"}, "piped": ["abc"], "session": "a", "data": {}}
    with double.client() as client, pytest.raises(package.errors.RequestViolatesContractProblem) as told:
        client.api.look(**wrong)
    assert sorted(place.pointer for place in told.value.errors) == ["data", "deep/n", "piped/0", "session"]


@pytest.mark.parametrize("given", ["tw_CANARY", b"tw_CANARY", ["tw_CANARY"], 5, {"key": "tw_CANARY"}])
def test_a_credential_without_its_kind_is_refused_at_once(given, stock):
    for kind in (stock.Client, stock.AsyncClient):
        with pytest.raises(stock.errors.SetupError, match=r"ApiKey\(\.\.\.\), Token") as told:
            kind(auth=given)
        assert "CANARY" not in str(told.value)
