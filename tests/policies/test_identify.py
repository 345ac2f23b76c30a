"""From a credential to an identity: presets, consumers, caching, keys, suspensions, an issuer that is away."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import HttpUrl

from contracts.consumers import Consumer
from contracts.diagnostic import InvalidInputError
from contracts.issuers import Issuer
from contracts.settings import Settings
from policies import identify as module
from policies.identify import (
    AMBIGUOUS_CREDENTIALS,
    CONSUMER_SUSPENDED,
    INVALID_KEY,
    INVALID_TOKEN,
    ISSUER_UNAVAILABLE,
    KEY_EXPIRED,
    UNKNOWN_CONSUMER,
    bind_identify,
    refuses,
)
from policies.keys import new_key
from policies.step import ANONYMOUS, Call, Fetched, Refusal, SecretError, Span

NOW = 1_800_000_000
PEPPER = "a pepper that is long enough"
SETTINGS = Settings(name="t", public_url="https://gateway.example")


def call_with(**headers):
    raw = {n.replace("_", "-").encode(): v if isinstance(v, bytes) else v.encode() for n, v in headers.items()}

    async def read(bound):
        return b""

    return Call("c", "u", "GET", b"/", b"", raw, read, Span())


def consumer(*credentials, **more):
    written = {"name": "C", "owner": "a@example.com", "plan": "standard", "entities": ("mna",), **more}
    return Consumer(credentials=credentials, **written)


def jwt_of(claim="shop", issuer="main"):
    return {"type": "jwt", "issuer": issuer, "claim": claim}


SHOP = consumer(
    jwt_of(), audience="partner", apis=("orders",), pinned=("orders@1.2.0", "stock@2.0"), default_entity="mna"
)


def bound(mint, issuer, runtime, consumers=None, environment="test", **issuers):
    return bind_identify(
        {"main": issuer, **issuers}, consumers or {"shop": SHOP}, environment, SETTINGS, runtime, mint.fetch
    )


async def refused(identify, **headers):
    with pytest.raises(Refusal) as caught:
        await identify(call_with(**headers))
    assert caught.value.problem in refuses
    assert caught.value.fault == "gateway"
    return caught.value


async def test_no_credential_is_anonymous(mint, issuer, clocked):
    assert await bound(mint, issuer, clocked)(call_with()) is ANONYMOUS
    assert mint.asked == []


async def test_a_token_becomes_an_identity(mint, issuer, clocked):
    identity = await bound(mint, issuer, clocked)(call_with(authorization="Bearer " + mint.token()))
    assert identity.consumer == "shop"
    assert (identity.plan, identity.audience, identity.entities) == ("standard", "partner", ("mna",))
    assert identity.default_entity == "mna"
    assert identity.apis == {"orders"}
    assert identity.pinned == {"orders@1": "1.2.0", "stock@2": "2.0"}
    assert identity.scheme == "jwt"
    assert identity.scopes == {"orders:read", "orders:write"}
    assert identity.credential == "main/rsa"


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
async def test_the_scheme_in_any_case(scheme, mint, issuer, clocked):
    assert (await bound(mint, issuer, clocked)(call_with(authorization=f"{scheme}  {mint.token()}"))).consumer == "shop"


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YTpi", "Negotiate abc", "Bearer\ttoken", "DPoP x"])
async def test_another_scheme_is_refused(value, mint, issuer, clocked):
    refusal = await refused(bound(mint, issuer, clocked), authorization=value)
    assert refusal.problem is INVALID_TOKEN
    assert b"www-authenticate" in dict(refusal.headers)


@pytest.mark.parametrize(
    ("key", "alg"),
    [
        ("rsa", "RS256"),
        ("rsa", "RS384"),
        ("rsa", "RS512"),
        ("rsa", "PS256"),
        ("rsa", "PS384"),
        ("rsa", "PS512"),
        ("ec", "ES256"),
        ("ed", "EdDSA"),
    ],
)
async def test_every_algorithm(key, alg, mint, issuer, clocked):
    assert (
        await bound(mint, issuer, clocked)(call_with(authorization="Bearer " + mint.token(key, alg)))
    ).consumer == "shop"


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": ["other", "api://tidewaiter"]},
        {"exp": NOW - 29},
        {"nbf": NOW + 30, "iat": NOW + 30},
        {"scope": ["orders:read", "a b"]},
        {"scope": ""},
        {"sub": "Ünï © 漢字"},
    ],
)
async def test_what_is_good_stays_good(claims, mint, issuer, clocked):
    assert (
        await bound(mint, issuer, clocked)(call_with(authorization="Bearer " + mint.token(claims=claims)))
    ).consumer == "shop"


async def test_a_token_without_kid_where_the_set_has_one_key(mint, issuer, clocked):
    mint.published = ["rsa"]
    token = mint.token(header={"kid": None})
    assert (await bound(mint, issuer, clocked)(call_with(authorization="Bearer " + token))).credential == "main/rsa"


PRESETS = [
    ("entra", {"typ": "JWT"}, {"azp": "shop", "scp": "a b", "roles": ["c"]}, {"a", "b", "c"}),
    ("entra", {"typ": "JWT"}, {"appid": "shop", "roles": ["c"]}, {"c"}),
    ("okta", {"typ": None}, {"cid": "shop", "scp": ["a", "b"]}, {"a", "b"}),
    ("okta", {"typ": "application/at+JWT"}, {"cid": "shop", "scp": ["a"]}, {"a"}),
    ("auth0", {"typ": "JWT"}, {"azp": "shop", "scope": "a b", "permissions": ["p"]}, {"a", "b", "p"}),
    ("auth0", {"typ": "at+jwt"}, {"client_id": "shop", "scope": "a"}, {"a"}),
    ("keycloak", {"typ": "JWT"}, {"azp": "shop", "typ": "Bearer", "scope": "a", "nonce": "n"}, {"a"}),
    ("sap-ias", {"typ": None, "jku": "https://evil.example/keys"}, {"azp": "shop", "ias_apis": ["a"]}, {"a"}),
    ("generic", {"typ": "at+jwt"}, {"client_id": "shop", "scope": "a"}, {"a"}),
]


@pytest.mark.parametrize(("preset", "header", "claims", "scopes"), PRESETS)
async def test_presets(preset, header, claims, scopes, mint, issuer, clocked):
    issuer = issuer.model_copy(update={"preset": preset})
    token = mint.token(header=header, claims=claims, drop=[n for n in ("client_id", "scope") if n not in claims])
    identity = await bound(mint, issuer, clocked)(call_with(authorization="Bearer " + token))
    assert identity.consumer == "shop"
    assert identity.scopes == scopes
    assert {url for url, _ in mint.asked} == {"https://issuer.example/keys"}


@pytest.mark.parametrize(
    ("preset", "header", "claims"),
    [
        ("entra", {"typ": "at+jwt"}, {"azp": "shop"}),
        ("keycloak", {"typ": "JWT"}, {"azp": "shop", "typ": "ID"}),
        ("keycloak", {"typ": "JWT"}, {"azp": "shop", "typ": "Refresh"}),
        ("keycloak", {"typ": "JWT"}, {"azp": "shop"}),
        ("okta", {"typ": None}, {"aud": "api://tidewaiter"}),
        ("auth0", {"typ": "JWT"}, {"azp": "shop", "nonce": "n"}),
        ("auth0", {"typ": "JWT", "jku": "https://issuer.example/keys"}, {"azp": "shop"}),
    ],
)
async def test_tokens_that_are_no_access_tokens_of_the_preset(preset, header, claims, mint, issuer, clocked):
    issuer = issuer.model_copy(update={"preset": preset})
    token = mint.token(header=header, claims=claims, drop=["client_id"])
    assert (await refused(bound(mint, issuer, clocked), authorization="Bearer " + token)).problem is INVALID_TOKEN


async def test_settings_replace_the_preset(mint, clocked):
    own = Issuer(
        issuer="https://issuer.example", audience="api://tidewaiter", jwks_url="https://issuer.example/keys",
        consumer_claim="sub", scope_claims=("rights",), accepted_typ=("own+jwt",), algorithms=("ES256",), leeway_seconds=0,
    )  # fmt: skip
    identify = bound(mint, own, clocked)
    good = mint.token("ec", "ES256", {"typ": "OWN+jwt"}, {"rights": "a", "sub": "shop"})
    identity = await identify(call_with(authorization="Bearer " + good))
    assert identity.scopes == {"a"}
    for token in (
        mint.token(header={"typ": "own+jwt"}),
        mint.token("ec", "ES256"),
        mint.token("ec", "ES256", {"typ": "own+jwt"}, {"exp": NOW}),
    ):
        await refused(identify, authorization="Bearer " + token)


async def test_a_consumer_is_issuer_and_claim(mint, issuer, clocked):
    """The same client id of another issuer is somebody else; look-alike letters and other cases are too."""
    other = issuer.model_copy(update={"issuer": "https://other.example"})
    identify = bound(mint, issuer, clocked, {"shop": SHOP, "twin": consumer(jwt_of(issuer="other"))}, other=other)
    first = await identify(call_with(authorization="Bearer " + mint.token()))
    second = await identify(call_with(authorization="Bearer " + mint.token(claims={"iss": "https://other.example"})))
    assert (first.consumer, second.consumer) == ("shop", "twin")
    for claim in ("SHOP", "shop ", "sh\u043ep", "shop\u0301", "\uff53\uff48\uff4f\uff50", "shop\u0000", "shop\u200b"):
        refusal = await refused(identify, authorization="Bearer " + mint.token(claims={"client_id": claim}))
        assert refusal.problem is UNKNOWN_CONSUMER
        assert refusal.detail == ""


async def test_two_entries_of_one_issuer_are_told_apart_by_audience(mint, issuer, clocked):
    other = issuer.model_copy(update={"audience": "api://second"})
    consumers = {"shop": SHOP, "late": consumer(jwt_of(issuer="other"))}
    identify = bound(mint, issuer, clocked, consumers, other=other)
    second = mint.token(claims={"aud": ["x", "api://second"]})
    assert (await identify(call_with(authorization="Bearer " + second))).consumer == "late"


async def test_one_credential_for_two_consumers_is_refused_at_load(mint, issuer, clocked):
    with pytest.raises(InvalidInputError, match="also for the consumer shop"):
        bound(mint, issuer, clocked, {"shop": SHOP, "twin": consumer(jwt_of())})
    _, entry = new_key("tw", PEPPER, NOW, 1)
    with pytest.raises(InvalidInputError, match="ambiguous-credential"):
        bound(mint, issuer, clocked, {"a": consumer(entry), "b": consumer(entry)})


async def test_a_key_set_over_plain_http_is_refused_at_load(mint, issuer, clocked):
    bad = issuer.model_copy(update={"jwks_url": HttpUrl("http://issuer.example/keys")})
    with pytest.raises(InvalidInputError, match="https"):
        bound(mint, bad, clocked)


async def test_both_credentials_are_refused(mint, issuer, clocked):
    refusal = await refused(bound(mint, issuer, clocked), authorization="Bearer " + mint.token(), x_api_key="k")
    assert refusal.problem is AMBIGUOUS_CREDENTIALS
    assert refusal.problem.status == 400


async def test_suspended_whatever_is_cached(mint, issuer, clocked):
    key, entry = new_key("tw", PEPPER, NOW, 1)
    open_now = consumer(jwt_of(), entry)
    identify = bound(mint, issuer, clocked, {"shop": open_now})
    token = "Bearer " + mint.token()
    await identify(call_with(authorization=token))
    stopped = open_now.model_copy(update={"suspended_since": datetime(2099, 1, 1, tzinfo=UTC)})
    identify = bound(mint, issuer, clocked, {"shop": stopped})
    for headers in ({"authorization": token}, {"x_api_key": key}):
        call = call_with(**headers)
        with pytest.raises(Refusal) as caught:
            await identify(call)
        assert caught.value.problem is CONSUMER_SUSPENDED
        assert call.identity.consumer == "shop", "the audit record must say who was refused"


async def verified(monkeypatch):
    """Counts signatures that are really verified."""
    counted = []
    true = module.verify
    monkeypatch.setattr(module, "verify", lambda token, keys: (counted.append(1), true(token, keys))[1])
    return counted


async def test_a_verified_token_is_verified_once_a_minute(mint, issuer, clocked, monkeypatch):
    counted = await verified(monkeypatch)
    identify = bound(mint, issuer, clocked)
    call = call_with(authorization="Bearer " + mint.token())
    first = await identify(call)
    assert await identify(call) is first
    clocked.time += 59.9
    assert await identify(call) is first
    assert len(counted) == 1
    clocked.time += 0.2
    assert await identify(call) == first
    assert len(counted) == 2


async def test_exp_counts_on_every_hit(mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    token = "Bearer " + mint.token(claims={"exp": NOW + 5})
    await identify(call_with(authorization=token))
    clocked.time += 34.9
    await identify(call_with(authorization=token))
    clocked.time += 0.1
    assert (await refused(identify, authorization=token)).problem.name == "token-expired"


async def test_a_dropped_key_drops_what_it_verified(mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    token = "Bearer " + mint.token()
    await identify(call_with(authorization=token))
    mint.published = ["ec"]
    await refused(identify, authorization="Bearer " + mint.token(header={"kid": "unheard-of"}))  # brings the new set
    assert (await refused(identify, authorization=token)).problem is INVALID_TOKEN


async def test_a_replaced_key_under_the_same_kid_drops_what_it_verified(mint, issuer, clocked, private_keys):
    identify = bound(mint, issuer, clocked)
    token = "Bearer " + mint.token()
    await identify(call_with(authorization=token))
    thief = mint.jwk("rsa-thief")
    mint.answer = Fetched(200, {}, json.dumps({"keys": [{**thief, "kid": "rsa"}]}).encode())
    await refused(identify, authorization="Bearer " + mint.token(header={"kid": "unheard-of"}))
    await refused(identify, authorization=token)


async def test_a_reload_keeps_what_holds_and_forgets_what_was_judged_by_other_settings(
    mint, issuer, clocked, monkeypatch
):
    counted = await verified(monkeypatch)
    token = "Bearer " + mint.token()
    await bound(mint, issuer, clocked)(call_with(authorization=token))
    again = bound(mint, issuer, clocked, {"renamed": SHOP})
    assert (await again(call_with(authorization=token))).consumer == "renamed"
    assert len(counted) == 1
    stricter = bound(mint, issuer.model_copy(update={"audience": "api://other"}), clocked)
    assert (await refused(stricter, authorization=token)).problem is INVALID_TOKEN
    gone = bind_identify({}, {}, "test", SETTINGS, clocked, mint.fetch)
    assert (await refused(gone, authorization=token)).problem is INVALID_TOKEN
    assert len(mint.asked) == 1


async def test_a_clock_set_back_does_not_prolong_the_cache(mint, issuer, clocked, monkeypatch):
    counted = await verified(monkeypatch)
    identify = bound(mint, issuer, clocked)
    token = "Bearer " + mint.token(claims={"iat": NOW - 5000})
    await identify(call_with(authorization=token))
    clocked.time -= 3600
    another = "Bearer " + mint.token(claims={"iat": NOW - 5000, "jti": "2"})
    await identify(call_with(authorization=another))  # asks for the set again, so that it is young by this clock
    await identify(call_with(authorization=token))
    assert len(counted) == 3


async def test_the_cache_does_not_outlive_a_set_that_is_too_old(mint, issuer, clocked):
    strict = issuer.model_copy(update={"jwks_max_stale_seconds": 0.0})
    identify = bound(mint, strict, clocked)
    await identify(call_with(authorization="Bearer " + mint.token(claims={"jti": "1"})))
    mint.answer = OSError()
    clocked.time += strict.jwks_ttl_seconds - 1
    token = "Bearer " + mint.token(claims={"jti": "2", "exp": NOW + 9000})
    await identify(call_with(authorization=token))
    clocked.time += 2
    assert (await refused(identify, authorization=token)).problem is ISSUER_UNAVAILABLE


async def test_the_cache_is_bounded(mint, issuer, clocked, monkeypatch):
    monkeypatch.setattr(module, "TOKENS", 3)
    identify = bound(mint, issuer, clocked)
    for number in range(6):
        await identify(call_with(authorization="Bearer " + mint.token(claims={"jti": str(number)})))
    assert len(clocked.kept["identify", "tokens"]) == 3


async def test_tokens_that_nobody_uses_any_more_take_no_room(mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    used = call_with(authorization="Bearer " + mint.token())
    await identify(used)
    for number in range(5):
        await identify(call_with(authorization="Bearer " + mint.token(claims={"jti": str(number)})))
    clocked.time += module.TOKEN_SECONDS + 1
    await identify(used)
    assert len(clocked.kept["identify", "tokens"]) == 1


async def test_refused_tokens_take_no_room(mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    for number in range(5):
        await refused(identify, authorization="Bearer " + mint.token(claims={"aud": str(number)}))
    assert len(clocked.kept["identify", "tokens"]) == 0


async def test_an_issuer_that_is_away_is_not_the_tokens_fault(mint, issuer, clocked):
    mint.answer = OSError()
    identify = bound(mint, issuer, clocked)
    refusal = await refused(identify, authorization="Bearer " + mint.token())
    assert refusal.problem is ISSUER_UNAVAILABLE
    assert refusal.problem.status == 503
    assert int(dict(refusal.headers)[b"retry-after"]) >= 1
    # What can be judged without the issuer is: no key is asked for.
    assert (await refused(identify, authorization="Bearer " + mint.token(header={"typ": "x"}))).problem is INVALID_TOKEN
    mint.answer = None
    clocked.time += 1
    assert (await identify(call_with(authorization="Bearer " + mint.token()))).consumer == "shop"


async def test_a_private_authority_is_asked_for(mint, issuer, clocked):
    wanted = []

    def fetch_with(ca, file):
        wanted.append((ca, file))
        return mint.fetch

    own = issuer.model_copy(update={"ca": "ca.pem"})
    identify = bind_identify({"main": own}, {"shop": SHOP}, "test", SETTINGS, clocked, None, fetch_with)
    assert (await identify(call_with(authorization="Bearer " + mint.token()))).consumer == "shop"
    assert wanted == [("ca.pem", "policies/issuers.yaml")]


async def test_a_key_becomes_an_identity(mint, issuer, clocked):
    key, entry = new_key("tw", PEPPER, NOW, 1, ("orders:read",))
    second, other = new_key("tw", PEPPER, NOW, 2)
    identify = bound(mint, issuer, clocked, {"portal": consumer(entry, other)})
    identity = await identify(call_with(x_api_key=key))
    assert (identity.consumer, identity.scheme, identity.credential) == ("portal", "api_key", entry.id)
    assert identity.scopes == {"orders:read"}
    assert (await identify(call_with(x_api_key=second))).scopes == frozenset()
    assert mint.asked == []


async def test_wrong_keys(mint, issuer, clocked):
    key, entry = new_key("tw", PEPPER, NOW, 1)
    stranger, _ = new_key("tw", PEPPER, NOW, 1)
    elsewhere, named = new_key("tw", PEPPER, NOW, 1, environment="prod")
    foreign, short = new_key("xx", PEPPER, NOW, 1)
    old_pepper, salted = new_key("tw", "another pepper, also long", NOW, 1)
    consumers = {"a": consumer(entry), "b": consumer(named), "c": consumer(short), "d": consumer(salted)}
    identify = bound(mint, issuer, clocked, consumers)
    swapped = key.replace(entry.id, named.id)
    for wrong in (
        stranger,
        elsewhere,
        foreign,
        old_pepper,
        swapped,
        key[:-1],
        key + "x",
        key.upper(),
        "",
        "x",
        "eyJhbGciOi",
        key.encode() + b"\xff",
    ):
        refusal = await refused(identify, x_api_key=wrong)
        assert refusal.problem is INVALID_KEY
        assert dict(refusal.headers)[b"www-authenticate"] == b'Bearer realm="tidewaiter"'
        assert not wrong or not isinstance(wrong, str) or len(wrong) < 3 or wrong not in refusal.detail
    production = bound(mint, issuer, clocked, consumers, environment="prod")
    assert (await production(call_with(x_api_key=elsewhere))).consumer == "b"


async def test_an_expired_key(mint, issuer, clocked):
    key, entry = new_key("tw", PEPPER, NOW, 1)
    identify = bound(mint, issuer, clocked, {"a": consumer(entry)})
    clocked.time += 86_399
    await identify(call_with(x_api_key=key))
    clocked.time += 1
    assert (await refused(identify, x_api_key=key)).problem is KEY_EXPIRED


async def test_an_unknown_id_is_hashed_and_compared_too(mint, issuer, clocked, monkeypatch):
    key, entry = new_key("tw", PEPPER, NOW, 1)
    stranger, _ = new_key("tw", PEPPER, NOW, 1)
    identify = bound(mint, issuer, clocked, {"a": consumer(entry)})
    compared = []
    from policies import consumer_table

    true = consumer_table.same_hash
    monkeypatch.setattr(
        consumer_table, "same_hash", lambda one, other: (compared.append(len(one)), true(one, other))[1]
    )
    await identify(call_with(x_api_key=key))
    await refused(identify, x_api_key=stranger)
    assert compared == [76, 76]


async def test_credentials_in_the_wrong_header_get_a_hint(mint, issuer, clocked):
    key, entry = new_key("tw", PEPPER, NOW, 1)
    identify = bound(mint, issuer, clocked, {"a": consumer(entry)})
    assert "X-API-Key" in (await refused(identify, authorization="Bearer " + key)).detail
    assert "Bearer" in (await refused(identify, x_api_key=mint.token())).detail


async def test_a_missing_pepper_stops_the_start_where_a_key_is_known(mint, issuer, clocked):
    _, entry = new_key("tw", PEPPER, NOW, 1)

    def missing(name, origin):
        raise SecretError(name)

    clocked.secret = missing
    with pytest.raises(SecretError):
        bound(mint, issuer, clocked, {"a": consumer(entry)})
    identify = bound(mint, issuer, clocked)
    key, _ = new_key("tw", "nobody", NOW, 1)
    assert (await refused(identify, x_api_key=key)).problem is INVALID_KEY


def test_three_live_keys_are_refused_by_the_model():
    keys = [new_key("tw", PEPPER, NOW + n, 1)[1] for n in range(3)]
    with pytest.raises(ValueError, match="three API keys"):
        consumer(*keys)
    later = new_key("tw", PEPPER, NOW + 90_000, 1)[1]
    assert len(consumer(keys[0], keys[1], later).credentials) == 3, "a key that has ended by then does not count"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=300) | st.builds(lambda a, b, c: a + b"." + b + b"." + c, *[st.binary(max_size=60)] * 3))
async def test_nothing_but_a_refusal(mint, issuer, clocked, value):
    identify = bound(mint, issuer, clocked)
    for headers in ({"authorization": value}, {"authorization": b"Bearer " + value}, {"x_api_key": value}):
        await refused(identify, **headers)


_claim = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.lists(st.text(max_size=4), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "exp", "nbf", "iat", "sub", "jti", "cnf", "client_id", "azp", "scope", "nonce"]),
        _claim,
        min_size=1,
    )
)
async def test_signed_rubbish_is_a_refusal_or_the_same_consumer(mint, issuer, clocked, claims):
    """Whatever an issuer signs, the answer is a refusal or the consumer that its claim names."""
    identify = bound(mint, issuer, clocked)
    try:
        token = mint.token(claims=claims)
    except UnicodeEncodeError:
        return
    try:
        identity = await identify(call_with(authorization="Bearer " + token))
    except Refusal:
        return
    assert claims.get("client_id", "shop") == "shop"
    assert identity.consumer == "shop"
