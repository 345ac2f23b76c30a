"""The token table: one row for each known attack on tokens. Every row is refused, and the refusal tells nothing."""

import base64
import hashlib
import hmac
import json
import zlib

import pytest
from cryptography.hazmat.primitives import serialization

from contracts.consumers import Consumer
from contracts.settings import Settings
from policies.identify import INVALID_TOKEN, TOKEN_EXPIRED, bind_identify
from policies.key_set import parse_key_set
from policies.step import Call, Refusal, Span
from policies.tokens import TokenFault, TokenRules, read, verify

NOW = 1_800_000_000


def b64(data):
    data = data if isinstance(data, bytes) else (data if isinstance(data, str) else json.dumps(data)).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def call_with(**headers):
    raw = {
        name.replace("_", "-").encode(): value.encode() if isinstance(value, str) else value
        for name, value in headers.items()
    }

    async def read(bound):
        return b""

    return Call("c", "u", "GET", b"/", b"", raw, read, Span())


def pem(mint, form=serialization.Encoding.PEM):
    return mint.keys["rsa"].public_key().public_bytes(form, serialization.PublicFormat.SubjectPublicKeyInfo)


def hs256(mint, secret, header=None, **claims):
    start = f"{b64({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'rsa', **(header or {})})}.{b64(mint.claims(**claims))}"
    return f"{start}.{b64(hmac.new(secret, start.encode(), hashlib.sha256).digest())}"


def unsigned(mint, alg):
    return f"{b64({'alg': alg, 'typ': 'at+jwt', 'kid': 'rsa'})}.{b64(mint.claims())}."


def with_member(mint, **claims):
    return mint.token(claims=claims)


def twisted(mint, part, change):
    parts = mint.token().split(".")
    parts[part] = change(parts[part])
    return ".".join(parts)


def loose_last(text):
    """The same bytes, spelt with other spare bits in the last character."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    assert len(text) % 4, "no spare bits"
    return text[:-1] + alphabet[alphabet.index(text[-1]) ^ 1]


def thief_signed(mint, **header):
    return mint.signed(
        {"alg": "RS256", "typ": "at+jwt", "kid": "rsa", **header}, json.dumps(mint.claims()), "rsa-thief"
    )


def json_form(mint, **members):
    head, payload, signature = mint.token().split(".")
    return json.dumps({"payload": payload, "protected": head, "signature": signature, **members})


def es_with(mint, signature):
    start = mint.token("ec", "ES256").rsplit(".", 1)[0]
    return f"{start}.{b64(signature)}"


def deflated(mint):
    bomb = zlib.compress(b" " * 5_000_000)
    return (
        f"{b64({'alg': 'dir', 'enc': 'A256GCM', 'zip': 'DEF'})}..{b64(b'0' * 12)}.{b64(bomb[:8000])}.{b64(b'0' * 16)}"
    )


ROWS = {
    # the signature is taken away
    "alg none": lambda m: unsigned(m, "none"),
    "alg None": lambda m: unsigned(m, "None"),
    "alg NONE": lambda m: unsigned(m, "NONE"),
    "alg nOnE": lambda m: unsigned(m, "nOnE"),
    "alg none with a signature": lambda m: m.signed({"alg": "none", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims())),
    "null signature": lambda m: m.token().rsplit(".", 1)[0] + ".",
    "signature of one byte": lambda m: m.token().rsplit(".", 1)[0] + ".AA",
    "signature of zeros": lambda m: m.token().rsplit(".", 1)[0] + "." + b64(bytes(256)),
    "signature left out with its dot": lambda m: m.token().rsplit(".", 1)[0],
    # the key is exchanged
    "HS256 with the public key in PEM": lambda m: hs256(m, pem(m)),
    "HS256 with the public key in PEM, stripped": lambda m: hs256(m, pem(m).strip()),
    "HS256 with the public key in DER": lambda m: hs256(m, pem(m, serialization.Encoding.DER)),
    "HS256 with a blank secret": lambda m: hs256(m, b""),
    "HS256 with a weak secret": lambda m: hs256(m, b"secret"),
    "HS256 with the modulus": lambda m: hs256(m, m.jwk("rsa")["n"].encode()),
    "another RSA key under a known kid": thief_signed,
    "embedded jwk": lambda m: thief_signed(m, jwk=m.jwk("rsa-thief")),
    "embedded jwk, truly signed": lambda m: m.token(header={"jwk": m.jwk("rsa")}),
    "jku": lambda m: thief_signed(m, jku="https://evil.example/keys"),
    "jku, truly signed": lambda m: m.token(header={"jku": "https://issuer.example/keys"}),
    "x5u": lambda m: thief_signed(m, x5u="https://evil.example/cert"),
    "x5c": lambda m: thief_signed(m, x5c=[b64(pem(m, serialization.Encoding.DER))]),
    "x5c, truly signed": lambda m: m.token(header={"x5c": ["AAAA"]}),
    "alg PS256 said, RS256 signed": lambda m: m.signed({"alg": "PS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims())),
    "alg RS512 said, RS256 signed": lambda m: m.signed({"alg": "RS512", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims())),
    "alg ES256 with an RSA kid": lambda m: m.signed({"alg": "ES256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims()), "ec", "ES256"),
    "alg EdDSA with an EC kid": lambda m: m.signed({"alg": "EdDSA", "typ": "at+jwt", "kid": "ec"}, json.dumps(m.claims()), "ed", "EdDSA"),
    "alg ES256K": lambda m: m.signed({"alg": "ES256K", "typ": "at+jwt", "kid": "ec"}, json.dumps(m.claims()), "ec", "ES256"),
    "ECDSA with r = s = 0": lambda m: es_with(m, bytes(64)),
    "ECDSA with r = s = n": lambda m: es_with(m, (0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551).to_bytes(32) * 2),
    "ECDSA, DER signature": lambda m: es_with(m, b"\x30\x06\x02\x01\x00\x02\x01\x00"),
    "ECDSA, one byte too long": lambda m: es_with(m, bytes(65)),
    "Ed25519 signature of zeros": lambda m: m.token("ed", "EdDSA").rsplit(".", 1)[0] + "." + b64(bytes(64)),
    # the kid
    "kid unknown": lambda m: m.token(header={"kid": "nobody"}),
    "kid leads out of a folder": lambda m: hs256(m, b"", {"kid": "../../../../dev/null"}),
    "kid is SQL": lambda m: hs256(m, b"x", {"kid": "x' UNION SELECT 'x"}),
    "kid is a command": lambda m: m.token(header={"kid": "|/usr/bin/id"}),
    "kid with a null byte": lambda m: m.token(header={"kid": "rsa\x00"}),
    "kid empty": lambda m: m.token(header={"kid": ""}),
    "kid null": lambda m: m.signed('{"alg":"RS256","typ":"at+jwt","kid":null}', json.dumps(m.claims())),
    "kid a number": lambda m: m.token(header={"kid": 1}),
    "kid a list": lambda m: m.token(header={"kid": ["rsa"]}),
    "kid of 257 characters": lambda m: m.token(header={"kid": "k" * 257}),
    "kid left out where the set has several keys": lambda m: m.token(header={"kid": None}),
    # the header
    "crit unknown": lambda m: m.token(header={"crit": ["x-demand"], "x-demand": 1}),
    "crit empty": lambda m: m.token(header={"crit": []}),
    "crit b64": lambda m: m.token(header={"crit": ["b64"], "b64": False}),
    "b64 true": lambda m: m.token(header={"b64": True}),
    "zip": lambda m: m.token(header={"zip": "DEF"}),
    "p2c": lambda m: m.token(header={"p2c": 2_000_000_000}),
    "a token inside a token": lambda m: m.token(header={"cty": "JWT"}),
    "typ of an ID token": lambda m: m.token(header={"typ": "id_token+jwt"}),
    "typ of a logout token": lambda m: m.token(header={"typ": "logout+jwt"}),
    "typ of a DPoP proof": lambda m: m.token(header={"typ": "dpop+jwt"}),
    "typ a list": lambda m: m.token(header={"typ": ["at+jwt"]}),
    "typ left out": lambda m: m.token(header={"typ": None}),
    "alg left out": lambda m: m.token(header={"alg": None}),
    "alg a list": lambda m: m.token(header={"alg": ["RS256"]}),
    "alg lower case": lambda m: m.token(header={"alg": "rs256"}),
    "alg twice": lambda m: m.signed('{"alg":"none","alg":"RS256","typ":"at+jwt","kid":"rsa"}', json.dumps(m.claims())),
    "alg twice, once escaped": lambda m: m.signed(r'{"\u0061lg":"none","alg":"RS256","typ":"at+jwt","kid":"rsa"}', json.dumps(m.claims())),
    "header a list": lambda m: m.signed('["RS256"]', json.dumps(m.claims())),
    "header with a byte order mark": lambda m: m.signed('\ufeff{"alg":"RS256","typ":"at+jwt","kid":"rsa"}', json.dumps(m.claims())),
    # the form
    "JSON serialisation, flattened": json_form,
    "JSON serialisation without signatures": lambda m: json_form(m, signatures=[]),
    "JWE": lambda m: ".".join([b64({"alg": "dir", "enc": "A256GCM"}), "", b64(b"0" * 12), b64(b"x"), b64(b"0" * 16)]),
    "JWE that inflates": deflated,
    "JWE with many rounds": lambda m: ".".join([b64({"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 2**31, "p2s": "AAAA"}), *["AAAA"] * 4]),
    "four parts": lambda m: m.token() + ".AAAA",
    "one part": lambda m: "AAAA",
    "only dots": lambda m: "..",
    "longer than the bound": lambda m: m.token(claims={"pad": "x" * 20_000}),
    "payload with padding": lambda m: twisted(m, 1, lambda p: p + "=" * (-len(p) % 4 or 4)),
    "signature in another spelling": lambda m: twisted(m, 2, loose_last),
    "signature with standard base64": lambda m: twisted(m, 2, lambda p: "+" + p[1:]),
    "whitespace in a part": lambda m: twisted(m, 2, lambda p: p[:4] + " " + p[4:]),
    "newline in a part": lambda m: twisted(m, 2, lambda p: p[:4] + "\n" + p[4:]),
    "not ASCII": lambda m: m.token() + "é",
    "payload changed": lambda m: twisted(m, 1, lambda p: b64(m.claims(client_id="admin"))),
    "payload a list": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, "[]"),
    "payload twice nested too deep": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, '{"a":' * 400 + "1" + "}" * 400),
    "payload not UTF-8": lambda m: f"{b64({'alg': 'RS256', 'typ': 'at+jwt', 'kid': 'rsa'})}.{b64(bytes([123, 34, 255, 34, 58, 49, 125]))}.AAAA",
    "payload with a lone surrogate": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims(name="\ud800"))),
    "payload with NaN": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims(x=float("nan")))),
    "aud twice": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims())[:-1] + ', "aud": "other"}'),
    "client_id twice": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims())[:-1] + ', "client_id": "shop"}'),
    # the claims
    "iss unknown": lambda m: with_member(m, iss="https://evil.example"),
    "iss with a slash more": lambda m: with_member(m, iss="https://issuer.example/"),
    "iss in capitals": lambda m: with_member(m, iss="https://ISSUER.example"),
    "iss a list": lambda m: with_member(m, iss=["https://issuer.example"]),
    "iss left out": lambda m: m.token(drop=["iss"]),
    "aud of somebody else": lambda m: with_member(m, aud="api://other"),
    "aud holds ours as a part": lambda m: with_member(m, aud="api://tidewaiter.evil"),
    "aud in capitals": lambda m: with_member(m, aud="API://TIDEWAITER"),
    "aud list without ours": lambda m: with_member(m, aud=["a", "b"]),
    "aud list with a number": lambda m: with_member(m, aud=["api://tidewaiter", 1]),
    "aud an object": lambda m: with_member(m, aud={"api://tidewaiter": 1}),
    "aud empty": lambda m: with_member(m, aud=[]),
    "aud left out": lambda m: m.token(drop=["aud"]),
    "aud of 101 members": lambda m: with_member(m, aud=["api://tidewaiter", *["a"] * 100]),
    "exp left out": lambda m: m.token(drop=["exp"]),
    "exp null": lambda m: with_member(m, exp=None),
    "exp a string": lambda m: with_member(m, exp=str(NOW + 600)),
    "exp a float": lambda m: with_member(m, exp=NOW + 600.5),
    "exp 1e308": lambda m: with_member(m, exp=1e308),
    "exp infinite": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims(exp=7)).replace('"exp": 7', '"exp": 1e999')),
    "exp negative": lambda m: with_member(m, exp=-1),
    "exp true": lambda m: with_member(m, exp=True),
    "exp of 400 digits": lambda m: m.signed({"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(m.claims(exp=7)).replace('"exp": 7', '"exp": ' + "9" * 400)),
    "exp in the year 10000": lambda m: with_member(m, exp=253_402_300_800),
    "exp over by more than the skew": lambda m: with_member(m, exp=NOW - 30, iat=NOW - 100),
    "nbf in the future": lambda m: with_member(m, nbf=NOW + 31),
    "nbf a string": lambda m: with_member(m, nbf="0"),
    "iat in the future": lambda m: with_member(m, iat=NOW + 31),
    "iat a float string": lambda m: with_member(m, iat="1e3"),
    "iat true": lambda m: with_member(m, iat=True),
    "nbf true": lambda m: with_member(m, nbf=True),
    "sub a list": lambda m: with_member(m, sub=["shop"]),
    "jti a number": lambda m: with_member(m, jti=1),
    "cnf with a certificate": lambda m: with_member(m, cnf={"x5t#S256": "AAAA"}),
    "cnf of DPoP": lambda m: with_member(m, cnf={"jkt": "AAAA"}),
    "cnf null": lambda m: with_member(m, cnf=None),
    "ID token: nonce": lambda m: with_member(m, nonce="n"),
    "ID token: at_hash": lambda m: with_member(m, at_hash="h"),
    "logout token: events": lambda m: with_member(m, events={}),
    "consumer claim left out": lambda m: m.token(drop=["client_id"]),
    "consumer claim a list": lambda m: with_member(m, client_id=["shop"]),
    "consumer claim an object": lambda m: with_member(m, client_id={"a": 1}),
    "consumer claim empty": lambda m: with_member(m, client_id=""),
    "scope a number": lambda m: with_member(m, scope=1),
    "scope a list of lists": lambda m: with_member(m, scope=[["admin"]]),
}  # fmt: skip


def bound(mint, issuer, runtime, **more):
    shop = Consumer(
        name="Shop", owner="a@example.com", plan="standard", entities=("mna",),
        credentials=({"type": "jwt", "issuer": "main", "claim": "shop"},),
    )  # fmt: skip
    settings = Settings(name="t", public_url="https://gateway.example")
    return bind_identify({"main": issuer, **more}, {"shop": shop}, "test", settings, runtime, mint.fetch)


@pytest.mark.parametrize("attack", ROWS)
async def test_every_attack_is_refused(attack, mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    assert (await identify(call_with(authorization=f"Bearer {mint.token()}"))).consumer == "shop"
    token = ROWS[attack](mint)
    for _ in range(2):  # the second time nothing may come out of a cache
        with pytest.raises(Refusal) as refused:
            await identify(call_with(authorization=f"Bearer {token}".encode()))
        problem = refused.value.problem
        assert problem in (INVALID_TOKEN, TOKEN_EXPIRED)
        assert problem.status == 401
        challenge = dict(refused.value.headers)[b"www-authenticate"].decode("ascii")
        assert challenge.startswith('Bearer realm="tidewaiter", error="invalid_token", error_description="')
        said = refused.value.detail + challenge
        for part in token.split("."):
            assert len(part) < 8 or part not in said
        assert "evil" not in said
        assert "shop" not in said
    assert all(url == "https://issuer.example/keys" for url, _ in mint.asked), "a token chose an address"


def test_each_check_stands_by_itself(mint, issuer):
    """What an earlier check already refuses is refused again where it counts."""
    token = read(mint.token().encode())
    other = TokenRules(issuer.model_copy(update={"issuer": "https://other.example"}))
    with pytest.raises(TokenFault):
        other.claims(token, NOW)
    assert TokenRules(issuer).claims(token, NOW).consumer_claim == "shop"
    key = parse_key_set(json.dumps(mint.key_set()).encode()).find("rsa", "RS256")[0]
    assert verify(token, (key.bound("RS256"),)) is key.bound("RS256")
    confused = read(mint.signed({"alg": "RS384", "typ": "at+jwt", "kid": "rsa"}, json.dumps(mint.claims())).encode())
    for wrong, keys in ((confused, (key.bound("RS256"),)), (token, (key.bound("PS256"),)), (token, ())):
        with pytest.raises(TokenFault):
            verify(wrong, keys)


def test_the_table_is_long_enough():
    assert len(ROWS) >= 45


async def test_only_expiry_is_told_as_expiry(mint, issuer, clocked):
    identify = bound(mint, issuer, clocked)
    with pytest.raises(Refusal) as refused:
        await identify(call_with(authorization="Bearer " + mint.token(claims={"exp": NOW - 31})))
    assert refused.value.problem is TOKEN_EXPIRED
    forged = thief_signed(mint)
    with pytest.raises(Refusal) as refused:
        await identify(call_with(authorization="Bearer " + forged))
    assert refused.value.problem is INVALID_TOKEN


async def test_a_forged_token_is_told_nothing_of_what_is_known(mint, issuer, clocked):
    """Unknown issuer, unknown key and wrong signature are one answer; claims are not spoken of before a signature."""
    identify = bound(mint, issuer, clocked)
    details = set()
    for token in (
        mint.token(claims={"iss": "https://nobody.example"}),
        mint.token(header={"kid": "nobody"}),
        thief_signed(mint),
        mint.signed(
            {"alg": "RS256", "typ": "at+jwt", "kid": "rsa"}, json.dumps(mint.claims(aud="x", exp=1)), "rsa-thief"
        ),
    ):
        with pytest.raises(Refusal) as refused:
            await identify(call_with(authorization="Bearer " + token))
        details.add(refused.value.detail)
    assert len(details) == 1


async def test_a_key_of_one_issuer_signs_nothing_of_another(mint, issuer, clocked, private_keys):
    other = issuer.model_copy(update={"issuer": "https://other.example"})
    identify = bound(mint, issuer, clocked, other=other)
    mint.published = ["rsa"]
    assert (await identify(call_with(authorization="Bearer " + mint.token()))).consumer == "shop"
    mint.published = ["rsa2"]  # this is what the other issuer's address answers
    forged = mint.token(claims={"iss": "https://other.example"})
    with pytest.raises(Refusal) as refused:
        await identify(call_with(authorization="Bearer " + forged))
    assert refused.value.problem is INVALID_TOKEN
