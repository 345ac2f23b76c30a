"""Who is signed in to the portal: what a cookie proves, when it ends, and what it never does."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import pytest_asyncio
from flows_workspace import PEPPER, SIGNER, STRANGER
from gateway_thread import write
from portal_asgi import ORIGIN, PortalInMemory

from gateway.node import load_node
from gateway.portal import records
from policies.keys import new_key

ISSUER = {"issuer": "https://issuer.example", "audience": "portal", "jwks_url": "https://issuer.example/jwks.json",
          "consumer_claim": "client_id"}  # fmt: skip


MORE = {
    "policies/issuers.yaml": {"issuers": {"main": ISSUER, "spare": {**ISSUER, "audience": "spare"}}},
    "consumers/tokens.yaml": {
        "name": "Token shop", "owner": "x", "plan": "plain", "entities": ["one"], "audience": "partner",
        "credentials": [{"type": "jwt", "issuer": "main", "claim": "app-1"}],
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def made_once(tmp_path_factory):
    return PortalInMemory(tmp_path_factory.mktemp("portal"), MORE)


@pytest.fixture
def portal(made_once):
    """One for all whose files stay as they are."""
    yield made_once
    made_once.suspend()
    made_once.runtime.ahead = 0.0
    made_once.told.clear()
    made_once.runtime.keep(("address-limit",), dict).clear()


@pytest_asyncio.fixture
async def own(tmp_path):
    """One of the test's own, whose files it may change."""
    made = PortalInMemory(tmp_path / "own", MORE)
    yield made
    await made.close()


def token(signer=SIGNER, kid="k1", **changes):
    now = datetime.now(UTC)
    content = {"iss": ISSUER["issuer"], "aud": "portal", "sub": "app-1", "client_id": "app-1", "scope": "a b", "iat": now,
               "exp": now + timedelta(minutes=30), "jti": "1", **changes}  # fmt: skip
    return jwt.encode(content, signer, algorithm="ES256", headers={"kid": kid, "typ": "at+jwt"})


async def test_the_cookie_is_for_the_portal_alone(portal):
    reply = await portal.post("/-/sign-in", {"credential": portal.keys["guest"]})
    parts = [part.strip() for part in reply.header("set-cookie").split(";")]

    assert parts[0].startswith("tidewaiter-portal=")
    assert set(parts[1:]) == {"Path=/-/", "Max-Age=3600", "HttpOnly", "SameSite=Strict"}
    assert (reply.status, reply.header("location"), reply.header("cache-control")) == (303, "/-/account", "no-store")
    assert portal.keys["guest"] not in str(reply.headers)


async def test_over_https_it_is_secure(tmp_path):
    portal = PortalInMemory(tmp_path, public_url="https://api.example")
    reply = await portal.post("/-/sign-in", {"credential": portal.keys["guest"]}, origin="https://api.example")

    assert reply.cookie.startswith("__Secure-tidewaiter-portal=")
    assert "Secure" in reply.header("set-cookie").split("; ")
    assert await portal.knows(reply.cookie)
    assert not await portal.knows(reply.cookie.removeprefix("__Secure-"))
    await portal.close()


async def test_it_tells_nothing_to_who_reads_it(portal):
    value = (await portal.sign_in("guest")).partition("=")[2]

    assert re.fullmatch(r"[A-Za-z0-9_-]{60,}", value)
    assert value != (await portal.sign_in("guest")).partition("=")[2]


async def test_a_key_and_a_token_sign_in(portal):
    by_key = await portal.get("/-/account", await portal.sign_in("guest"))
    by_token = await portal.get("/-/account", await portal.sign_in(token()))
    copied = await portal.post("/-/sign-in", {"credential": f"  Bearer {token(jti='2')}\n"})

    assert "Guest shop" in by_key.text
    assert "Token shop" in by_token.text
    assert "<code>a</code> <code>b</code>" in by_token.text
    assert copied.status == 303


@pytest.mark.parametrize(
    ("make", "status", "said"),
    [
        (lambda keys: keys["guest"][:-2] + "xx", 401, "API key is not accepted"),
        (lambda _: new_key("tw", PEPPER, 0, 1)[0], 401, "not known here"),
        (lambda _: token(signer=STRANGER), 401, "token is not accepted"),
        (lambda _: token(exp=datetime(2020, 1, 1, tzinfo=UTC)), 401, "token has expired"),
        (lambda _: token(client_id="nobody"), 403, "not a consumer here"),
        (lambda _: "rubbish", 401, "not accepted"),
        (lambda _: "Ä\u202e<b>", 401, "not accepted"),
        (lambda _: "", 400, "Nothing was sent"),
    ],
)
async def test_a_wrong_credential_is_told_and_not_shown(portal, make, status, said):
    credential = make(portal.keys)
    reply = await portal.post("/-/sign-in", {"credential": credential})

    assert (reply.status, reply.header("set-cookie")) == (status, "")
    assert said in reply.text
    assert not credential or credential not in reply.text
    assert reply.header("cache-control") == "no-store"
    assert 'name="credential"' in reply.text, "the form is there again"


async def test_guesses_are_counted_by_address(portal):
    for _ in range(400):
        if (await portal.post("/-/sign-in", {"credential": "tw_wrong"})).status == 429:
            break
    reply = await portal.post("/-/sign-in", {"credential": portal.keys["guest"]})
    other = await portal.post("/-/sign-in", {"credential": portal.keys["guest"]}, address="198.51.100.7")

    assert (reply.status, reply.header("set-cookie")) == (429, "")
    assert int(reply.header("retry-after")) > 0
    assert other.status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": None}, {"origin": "null"}, {"origin": "https://evil.example"}, {"origin": f"{ORIGIN}.evil.example"},
        {"origin": "http://127.0.0.1"}, {"origin": ORIGIN.upper()}, {"origin": f"{ORIGIN}/"},
        {"sec_fetch_site": "cross-site"}, {"sec_fetch_site": "same-site"}, {"sec_fetch_site": "none"},
    ],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/-/sign-in", "/-/sign-out"])
async def test_a_form_of_another_page_is_refused(portal, headers, path):
    reply = await portal.post(path, {"credential": portal.keys["guest"]}, **headers)

    assert (reply.status, reply.header("set-cookie")) == (403, "")
    assert f"{ORIGIN}{path}" in reply.text, "it says where to go"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"credential=%s", {"content_type": "text/plain"}),
        (b"credential=%s", {"content_type": "multipart/form-data; boundary=a"}),
        (b'{"credential": "%s"}', {"content_type": "application/json"}),
        (b"other=%s", {}),
        (b"a=1&b=2&c=3&d=4&e=5&credential=%s", {}),
        (b"credential=%s" + b"a" * 70_000, {}),
        (b"credential=\xff%s", {}),
    ],
)
async def test_what_is_no_such_form_is_refused(portal, body, headers):
    reply = await portal.post("/-/sign-in", body.replace(b"%s", portal.keys["guest"].encode()), **headers)

    assert (reply.status, reply.header("set-cookie")) == (400, "")


@pytest.mark.parametrize("change", ["", "x", "AAAA", lambda v: v[:40] + ("A" if v[40] != "A" else "B") + v[41:], lambda v: v + "A",
                                    lambda v: v[8:], lambda v: v.lower(), lambda v: v * 40])  # fmt: skip
async def test_a_cookie_that_was_touched_proves_nobody(portal, change):
    value = (await portal.sign_in("guest")).partition("=")[2]
    touched = change(value) if callable(change) else change

    assert not await portal.knows(f"tidewaiter-portal={touched}")
    assert (await portal.get("/-/", f"tidewaiter-portal={touched}")).status == 200


async def test_of_two_cookies_neither_counts(portal):
    cookie = await portal.sign_in("guest")
    other = await portal.sign_in("insider")

    assert not await portal.knows(f"{cookie}; {other}")
    assert not await portal.knows(f"{other}; tidewaiter-portal=x")
    assert await portal.knows(f"a=b; {cookie}; c=d")


async def test_a_cookie_of_another_gateway_proves_nobody(portal, tmp_path):
    """With the same secrets, under another name."""
    other = PortalInMemory(tmp_path / "other", name="other")

    assert not await portal.knows(await other.sign_in("insider"))
    await other.close()


async def test_it_lasts_an_hour(portal):
    cookie = await portal.sign_in("guest")
    portal.runtime.ahead = 3_590
    assert await portal.knows(cookie)
    portal.runtime.ahead = 3_601
    assert not await portal.knows(cookie)


async def test_it_lasts_no_longer_than_what_proved_it(portal):
    by_token = await portal.post("/-/sign-in", {"credential": token()})
    portal.runtime.ahead = 86_400 - 600
    by_key = await portal.post("/-/sign-in", {"credential": portal.keys["guest"]})

    assert 1_700 < int(re.search(r"Max-Age=(\d+)", by_token.header("set-cookie"))[1]) <= 1_800
    assert 500 < int(re.search(r"Max-Age=(\d+)", by_key.header("set-cookie"))[1]) <= 600
    portal.runtime.ahead = 86_400 + 1
    assert not await portal.knows(by_key.cookie)


async def test_a_token_that_has_ended_proves_nobody(portal):
    cookie = await portal.sign_in(token())
    portal.runtime.ahead = 1_801

    assert not await portal.knows(cookie)


async def test_a_credential_shown_for_a_document_is_judged_as_a_calls_is(portal):
    path, shown = "/-/contracts/deals/1.1.yaml", {"x-api-key": portal.keys["guest"]}
    assert (await portal.get(path, **shown)).status == 200
    portal.suspend(("consumer", "guest"))
    assert "consumer-suspended" in (await portal.get(path, **shown)).text
    portal.suspend()
    wrong = {"x-api-key": portal.keys["guest"][:-1] + "x"}
    for _ in range(400):
        if "too-many-refused-credentials" in (await portal.get(path, **wrong)).text:
            break
    assert "too-many-refused-credentials" in (await portal.get(path, **shown)).text
    assert (await portal.get("/-/")).status == 200, "who shows none is let in"


@pytest.mark.parametrize(
    ("who", "kind", "name"),
    [("key", "consumer", "guest"), ("key", "key", ""), ("token", "consumer", "tokens"), ("token", "issuer", "main")],
)
async def test_what_is_suspended_is_signed_in_no_longer(portal, who, kind, name):
    cookie = await portal.sign_in("guest" if who == "key" else token())
    name = name or portal.keys["guest"].split("_")[1]
    assert await portal.knows(cookie)

    portal.suspend((kind, name))
    assert not await portal.knows(cookie)
    assert "CANARYPARTNER" not in (await portal.get("/-/", cookie)).text
    assert (
        await portal.post("/-/sign-in", {"credential": portal.keys["guest"] if who == "key" else token()})
    ).status == 403

    portal.suspend()
    assert await portal.knows(cookie), "the suspension was lifted within the hour"


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("consumers/guest.yaml", lambda f: f.update(suspended_since="2026-01-01T00:00:00Z")),
        ("consumers/guest.yaml", lambda f: f.update(credentials=[new_key("tw", PEPPER, 1e9, 9e5)[1].model_dump(mode="json")])),
        ("consumers/guest.yaml", lambda f: f["credentials"][0].update(expires="2027-01-01T00:00:00Z", hash="hmac-sha256:" + "0" * 64)),
        ("tidewaiter.yaml", lambda f: f.update(name="renamed")),
    ],
)  # fmt: skip
async def test_a_release_without_the_credential_ends_the_session(own, file, change):
    cookie = await own.sign_in("guest")
    own.change(file, change)

    assert not await own.knows(cookie)


async def test_a_release_that_changes_nothing_of_it_keeps_the_session(own):
    cookie = await own.sign_in("guest")
    own.change("consumers/guest.yaml", lambda f: f.update(audience="internal", name="Grown shop"))
    page = await own.get("/-/", cookie)

    assert "Grown shop" in page.text
    assert "CANARYINTERNAL" in page.text, "what it may see is asked anew"


async def test_a_consumer_that_is_gone_is_signed_in_no_longer(own):
    cookie = await own.sign_in("guest")
    (own.folder / "consumers/guest.yaml").unlink()
    own.reload()

    assert not await own.knows(cookie)


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("consumers/tokens.yaml", lambda f: f["credentials"][0].update(claim="app-2")),
        ("consumers/tokens.yaml", lambda f: f["credentials"][0].update(issuer="spare")),
        ("policies/issuers.yaml", lambda f: f["issuers"]["main"].update(audience="another")),
        ("policies/issuers.yaml", lambda f: f["issuers"]["main"].update(algorithms=["RS256"])),
    ],
)
async def test_a_token_is_judged_by_todays_settings(own, file, change):
    cookie = await own.sign_in(token())
    own.change(file, change)

    assert not await own.knows(cookie)


async def test_a_key_that_its_issuer_took_back_proves_nobody(own):
    cookie = await own.sign_in(token())
    assert await own.knows(cookie)
    state = own.runtime.keep(("jwks", "main", ISSUER["jwks_url"]), lambda: None)
    state.keys.by_kid.clear()

    assert not await own.knows(cookie)


async def test_signing_out_takes_the_cookie_away(portal):
    cookie = await portal.sign_in("guest")
    reply = await portal.post("/-/sign-out", {}, cookie)

    assert (reply.status, reply.header("location")) == (303, "/-/")
    assert reply.header("set-cookie").startswith("tidewaiter-portal=; Path=/-/; Max-Age=0;")


async def test_signing_out_ends_the_session_and_no_other(portal):
    """Also for a copy of the cookie, and for what serves after a reload or in another process."""
    cookie, other = await portal.sign_in("guest"), await portal.sign_in("guest")
    await portal.post("/-/sign-out", {}, cookie)

    assert [await portal.knows(one) for one in (cookie, other)] == [False, True]
    portal.reload()
    assert [await portal.knows(one) for one in (cookie, other)] == [False, True]
    portal.runtime.ahead = 7200.0
    await portal.post("/-/sign-out", {}, await portal.sign_in("guest"))
    with closing(sqlite3.connect(portal.ledger)) as database:
        assert database.execute("SELECT count(*) FROM ended_sessions").fetchone() == (1,), "those that are over go"


async def test_another_site_signs_nobody_out(portal):
    cookie = await portal.sign_in("guest")
    reply = await portal.post("/-/sign-out", {}, cookie, origin="https://elsewhere.example")

    assert (reply.status, await portal.knows(cookie)) == (403, True)


async def test_where_the_ledger_cannot_be_asked_nobody_is_signed_in(own, caplog):
    cookie = await own.sign_in("guest")
    moved = own.ledger.rename(own.ledger.with_suffix(".away"))
    assert not await own.knows(cookie)
    assert "the ledger cannot be read" in caplog.text

    moved.rename(own.ledger)
    assert await own.knows(cookie)


async def test_where_the_ledger_cannot_be_written_that_is_told(own, monkeypatch):
    def locked(*_):
        raise sqlite3.OperationalError("locked")

    cookie = await own.sign_in("guest")
    monkeypatch.setattr(records, "end_session", locked)
    reply = await own.post("/-/sign-out", {}, cookie)

    assert reply.status == 503
    assert "in this browser only" in reply.text
    assert "Max-Age=0" in reply.header("set-cookie")


async def test_a_session_that_ended_is_led_to_the_form(portal):
    reply = await portal.get("/-/account", "tidewaiter-portal=old")

    assert (reply.status, reply.header("location")) == (303, "/-/sign-in")
    assert "Max-Age=0" in reply.header("set-cookie")
    assert (await portal.get("/-/account")).header("set-cookie") == ""


async def test_without_a_secret_nobody_signs_in(own):
    for path in (own.folder / "consumers").iterdir():
        path.unlink()
    write(own.folder, {".tidewaiter/node.yaml": {"allow_unnamed_secrets": False}})
    own.runtime._node = load_node(own.folder)
    own.reload()
    form, posted = await own.get("/-/sign-in"), await own.post("/-/sign-in", {"credential": own.keys["guest"]})

    assert "Nobody can sign in here" in form.text
    assert (posted.status, posted.header("set-cookie")) == (400, "")


async def test_signing_in_is_told_without_the_credential(portal):
    await portal.sign_in("guest")
    await portal.post("/-/sign-in", {"credential": portal.keys["guest"][:-1]})
    good, bad = portal.told

    assert (good.status, good.call.identity.consumer, good.matched, good.problem) == (303, "guest", "/-/sign-in", "")
    assert (bad.status, bad.problem, bad.refusal.problem.name) == (401, "invalid-key", "invalid-key")
    assert json.dumps([good.detail, bad.detail]).count(portal.keys["guest"][12:40]) == 0


async def test_without_an_issuer_only_keys_are_taken(tmp_path):
    keys_only = PortalInMemory(tmp_path)
    try:
        reply = await keys_only.post("/-/sign-in", {"credential": "eyJCANARY"})
        assert reply.status == 401
        assert "Only API keys are taken here" in reply.text
        assert "CANARY" not in reply.text
        assert (await keys_only.post("/-/sign-in", {"credential": keys_only.keys["guest"]})).status == 303

        page = (await keys_only.get("/-/credentials")).text
        assert "takes API keys only" in page
        assert "from the issuer" not in page
        assert "named on the API's page" in page
        for api in ("open", "deals", "inner"):
            keys_only.change(f"contracts/{api}/api.yaml", lambda f: f.update(visibility="internal"))
        keys_only.reload()
        page = (await keys_only.get("/-/credentials")).text
        assert "ask whoever told you of this gateway" in page
        assert "named on the API's page" not in page
    finally:
        await keys_only.close()
