"""Who calls: tokens that are renewed, keys where the contract wants them, and no secret where people read."""

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx2
import pytest
from runtime_client import PACKAGE, READ, WRITE, Server, answer, problem

from codegen.runtime.auth import ApiKey, Basic, ClientCredentials, Token
from codegen.runtime.errors import CredentialError, SetupError, Unauthorized

SECRET = "s3cr3t-of-the-test"


def with_security(*groups):
    return replace(READ, security=groups)


TOKENED, KEYED = with_security(("token",)), with_security(("key",))


class Issuer(Server):
    """Gives numbered tokens; other requests are answered as told."""

    def __init__(self, *answers, expires_in=3600):
        super().__init__(*answers)
        self.forms = []
        self.expires_in = expires_in

    def __call__(self, request):
        if request.url.host == "login.example":
            self.forms.append((request.read().decode(), request.headers.get("authorization", "")))
            return answer({"access_token": f"token-{len(self.forms)}", "expires_in": self.expires_in})
        return super().__call__(request)


def sent(server):
    return [request.headers.get("authorization") for request in server.requests]


def test_each_credential_goes_where_the_contract_wants_it():
    server = Server(answer({}))
    everything = server.sync(
        auth=[Token("t"), ApiKey("k", scheme="key"), ApiKey("q", scheme="query"), Basic("u", "p:ä")]
    )
    everything.call(TOKENED, "7")
    everything.call(KEYED, "7")
    everything.call(with_security(("query",)), "7")
    everything.call(with_security(("basic",)), "7")
    everything.call(with_security(("token", "key")), "7")
    everything.call(with_security(), "7")
    everything.call(with_security(("token",), ()), "7")

    heads = [(r.headers.get("authorization"), r.headers.get("x-api-key"), r.url.query) for r in server.requests]
    assert heads == [
        ("Bearer t", None, b""), (None, "k", b""), (None, None, b"api_key=q"), ("Basic dTpwOsOk", None, b""),
        ("Bearer t", "k", b""), (None, None, b""), ("Bearer t", None, b""),
    ]  # fmt: skip


@pytest.mark.parametrize(("auth", "word"), [(None, "give the client `auth=`"), (ApiKey(SECRET), "none of the given")])
def test_what_is_missing_is_told_before_anything_is_sent(auth, word):
    server = Server(answer({}))
    with pytest.raises(SetupError) as told:
        server.sync(auth=auth).call(TOKENED, "7")

    assert word in str(told.value)
    assert SECRET not in str(told.value)
    assert server.requests == []


def test_a_token_is_fetched_once_used_until_it_ends_and_renewed_early():
    clock = [1000.0]
    auth = ClientCredentials("me", SECRET, scopes=["a", "b"], audience="api", clock=lambda: clock[0])
    server = Issuer(answer({}), expires_in=100)
    client = server.sync(auth=auth)
    for _ in range(3):
        client.call(TOKENED, "7")
    clock[0] += 91
    client.call(TOKENED, "7")

    assert sent(server) == ["Bearer token-1"] * 3 + ["Bearer token-2"]
    form, head = server.forms[0]
    assert form == "grant_type=client_credentials&scope=a+b&audience=api"
    assert head.startswith("Basic ")
    assert SECRET not in form


def test_id_and_secret_may_go_in_the_form():
    server = Issuer(answer({}))
    server.sync(
        auth=ClientCredentials("me", lambda: SECRET, sent_as="form", token_url="https://login.example/other")
    ).call(TOKENED, "7")

    assert server.forms == [(f"grant_type=client_credentials&client_id=me&client_secret={SECRET}", "")]


def test_calls_at_once_share_one_request_for_a_token():
    server = Issuer(answer({}))
    client = server.sync(auth=ClientCredentials("me", SECRET))
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.call(TOKENED, "7"), range(32)))
    looping = Issuer(answer({}))

    async def many():
        async with looping.asynchronous(auth=ClientCredentials("me", SECRET)) as made:
            await asyncio.gather(*(made.call(TOKENED, "7") for _ in range(32)))

    asyncio.run(many())
    assert len(server.forms) == len(looping.forms) == 1


def test_a_refused_token_is_replaced_once_and_the_write_goes_on():
    expired = problem("token-expired", 401, effect="none")
    write = replace(WRITE, security=(("token",),))
    server = Issuer(expired, answer({"ok": True}))
    assert server.sync(auth=ClientCredentials("me", SECRET)).call(write, body={}) == {"ok": True}
    assert sent(server) == ["Bearer token-1", "Bearer token-2"]

    server = Issuer(expired)
    with pytest.raises(Unauthorized):
        server.sync(auth=ClientCredentials("me", SECRET)).call(write, body={})
    assert sent(server) == ["Bearer token-1", "Bearer token-2"]

    server = Server(expired)
    with pytest.raises(Unauthorized):
        server.sync(auth=Token("fixed")).call(write, body={})
    assert len(server.requests) == 1


def test_a_callable_is_asked_for_each_try_also_an_asynchronous_one():
    tokens = iter(["one", "two", "three"])
    server = Server(problem("token-expired", 401), answer({}))
    server.sync(auth=Token(lambda: next(tokens))).call(TOKENED, "7")
    assert sent(server) == ["Bearer one", "Bearer two"]

    async def later():
        await asyncio.sleep(0)
        return "later"

    looping = Server(answer({}))

    async def call():
        async with looping.asynchronous(auth=Token(later)) as client:
            await client.call(TOKENED, "7")

    asyncio.run(call())
    assert sent(looping) == ["Bearer later"]
    with pytest.raises(SetupError, match="AsyncClient only"):
        Server(answer({})).sync(auth=Token(later)).call(TOKENED, "7")


@pytest.mark.parametrize(
    ("reply", "word"),
    [
        (answer({"error": "invalid_client", "error_description": SECRET}, 401), "401: invalid_client"),
        (answer({"error": "\x1b[31m"}, 400), "no reason given"),
        (httpx2.Response(502, content=SECRET.encode()), "502: no reason given"),
        (answer({"token_type": "Bearer"}), "without an access token"),
        (httpx2.Response(200, content=b"no json"), "without an access token"),
        (httpx2.ConnectError(SECRET), "cannot be reached: ConnectError"),
    ],
)
def test_why_no_token_could_be_had_is_told_without_the_secret(reply, word):
    server = Server(reply)
    with pytest.raises(CredentialError) as told:
        server.sync(auth=ClientCredentials("me", SECRET)).call(TOKENED, "7")

    assert word in str(told.value)
    assert SECRET not in str(told.value)
    assert all(request.url.host == "login.example" for request in server.requests)


def test_no_secret_stands_where_people_read(caplog):
    """In no `repr`, log line, event or exception: of the client, its settings, its credentials, its requests."""
    caplog.set_level(logging.DEBUG)
    events = []
    keys = [
        Token(f"{SECRET}-t"),
        ApiKey(f"{SECRET}-k", scheme="query"),
        Basic("u", f"{SECRET}-b"),
        ClientCredentials("c", f"{SECRET}-c"),
    ]
    server = Server(answer({}), problem("stale", 400, detail="no"))
    client = server.sync(auth=keys, headers={"X-Private": f"{SECRET}-h"}, on_event=events.append)
    client.call(with_security(("query",)), "7")
    with pytest.raises(Exception, match="stale") as told:
        client.call(with_security(("token",)), f"{SECRET}-path")

    said = [
        repr(client),
        repr(client._core.settings),
        *map(repr, keys),
        repr(events),
        str(told.value),
        repr(told.value),
    ]
    said += [record.getMessage() for record in caplog.records if not record.name.startswith("httpcore")]
    assert [text for text in said if SECRET in text and "-path" not in text] == []
    assert any("api_key=..." in text for text in said)
    assert json.dumps(PACKAGE.name)
    ours = [record.getMessage() for record in caplog.records if record.name == "acme_orders"]
    assert ours
    assert not any(SECRET in text for text in ours)


def test_redirects_are_not_followed_and_cookies_are_not_kept():
    server = Server(answer(status=302, location="https://elsewhere.example/"), answer({}, set_cookie="a=b"), answer({}))
    client = server.sync(auth=Token("t"))
    with pytest.raises(Exception, match="302"):
        client.call(TOKENED, "7")
    client.call(TOKENED, "7")
    client.call(TOKENED, "7")

    assert {request.url.host for request in server.requests} == {"api.example"}
    real = type(client)("https://api.example", auth=Token("t"))
    response = httpx2.Response(200, headers={"set-cookie": "a=b"}, request=httpx2.Request("GET", "https://api.example"))
    real._core.http.cookies.extract_cookies(response)
    assert not real._core.http.cookies
    real.close()


@pytest.mark.parametrize("url", ["", "ftp://x", "https://", "https://u:p@host", "https://host?x=1", "host/path"])
def test_an_address_that_is_none_is_told(url):
    client = type(Server(answer()).sync())
    with pytest.raises(SetupError) as told:
        client(url)
    assert "u:p" not in str(told.value)
