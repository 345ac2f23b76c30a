"""The issuer simulator: tokens that verify against its key set, rotation, and being away."""

import jwt
import pytest
from simulated import options

ALGORITHMS = ("RS256", "RS512", "PS256", "ES256", "ES384", "ES512", "EdDSA")


def token(issuer, **form):
    got = issuer.call("POST", "/token", {}, options(client_id="webshop", **form).encode())
    assert got.status == 200, got.body
    return got.json["access_token"]


def keys(issuer):
    return {key.key_id: key for key in jwt.PyJWKSet(issuer.call("GET", "/.well-known/jwks.json").json["keys"]).keys}


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_token_verifies(issuer, algorithm):
    made = token(issuer, alg=algorithm, scope="sales-orders.read stock.read", expires_in=60)
    header = jwt.get_unverified_header(made)
    assert (header["alg"], header["typ"]) == (algorithm, "at+jwt")
    claims = jwt.decode(
        made, keys(issuer)[header["kid"]].key, [algorithm],
        audience="https://api.meridian.example", issuer=f"http://127.0.0.1:{issuer.port}",
    )  # fmt: skip
    assert (claims["client_id"], claims["scope"]) == ("webshop", "sales-orders.read stock.read")
    assert claims["exp"] - claims["iat"] == 60


def test_what_is_asked_for_goes_into_the_token(issuer):
    made = token(issuer, audience="https://a.example", claims='{"nbf": 5, "scope": null}', header='{"typ": "JWT"}')
    claims = jwt.decode(made, options={"verify_signature": False})
    assert (claims["aud"], claims["nbf"]) == ("https://a.example", 5)
    assert "scope" not in claims
    assert jwt.get_unverified_header(made)["typ"] == "JWT"


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"grant_type": "password", "client_id": "a"}, "unsupported_grant_type"),
        ({"scope": "a"}, "invalid_request"),
        ({"client_id": "a", "alg": "none"}, "invalid_request"),
        ({"client_id": "a", "alg": "HS256"}, "invalid_request"),
        ({"client_id": "a", "expires_in": "soon"}, "invalid_request"),
        ({"client_id": "a", "claims": "{"}, "invalid_request"),
    ],
)
def test_wrong_requests(issuer, form, error):
    got = issuer.call("POST", "/token", {}, options(**form).encode())
    assert (got.status, got.json["error"]) == (400, error)


def test_keys_are_public_and_for_signatures(issuer):
    token(issuer, alg="ES256")
    token(issuer, alg="EdDSA")
    shown = issuer.call("GET", "/.well-known/jwks.json").json["keys"]
    assert {key["kty"] for key in shown} == {"RSA", "EC", "OKP"}
    assert {key["use"] for key in shown} == {"sig"}
    assert all(set(key) <= {"kty", "n", "e", "crv", "x", "y", "alg", "use", "kid"} for key in shown)


def test_rotation_keeps_the_last_keys_for_a_while(issuer):
    first = jwt.get_unverified_header(token(issuer))["kid"]
    issuer.control("rotate", {})
    second = jwt.get_unverified_header(token(issuer))["kid"]
    assert first != second
    assert {first, second} <= set(keys(issuer))
    issuer.control("rotate", {})
    assert first not in keys(issuer)
    assert second in keys(issuer)
    assert issuer.control("state") == {"key_set_fetches": 3, "tokens_issued": 2, "rotations": 2}


def test_keys_are_fresh_at_each_reset_with_data(issuer):
    before = set(keys(issuer))
    issuer.control("reset", {"data": True})
    assert not before & set(keys(issuer))


def test_discovery(issuer):
    found = issuer.call("GET", "/.well-known/openid-configuration").json
    base = f"http://127.0.0.1:{issuer.port}"
    assert found["issuer"] == base
    assert issuer.call("GET", found["jwks_uri"].removeprefix(base)).status == 200
    assert issuer.call("GET", "/elsewhere").status == 404


def test_away_and_back(issuer):
    issuer.control("down", {})
    assert issuer.call("GET", "/.well-known/jwks.json").status == 503
    assert issuer.call("POST", "/token", {}, b"client_id=a").status == 503
    issuer.control("up", {})
    assert keys(issuer)
    issuer.misbehave("500")
    assert issuer.call("GET", "/.well-known/jwks.json").status == 500
    assert keys(issuer)
