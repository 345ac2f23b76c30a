"""Which keys of a set may verify tokens, and with which algorithms."""

import base64
import contextlib
import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given
from hypothesis import strategies as st

from policies.key_set import MAX_SAME_KID, Key, KeySet, KeySetError, parse_key_set

PS256 = "PS256"


def parsed(*keys):
    return parse_key_set(json.dumps({"keys": list(keys)}).encode())


def kids(key_set):
    return sorted(key_set.by_kid)


def modulus(bits, last=1):
    number = (1 << (bits - 1)) | last
    return base64.urlsafe_b64encode(number.to_bytes((bits + 7) // 8)).rstrip(b"=").decode()


DROPPED = {
    "symmetric": lambda m: {"kty": "oct", "k": "AAAA", "kid": "x", "alg": "HS256"},
    "symmetric of no length": lambda m: {"kty": "oct", "k": "", "kid": "x"},
    "for encryption": lambda m: m.jwk("rsa", use="enc"),
    "for wrapping": lambda m: m.jwk("rsa", key_ops=["wrapKey"]),
    "for signing only": lambda m: m.jwk("rsa", key_ops=["sign"]),
    "key_ops not a list": lambda m: m.jwk("rsa", key_ops="verify"),
    "alg of encryption": lambda m: m.jwk("rsa", alg="RSA-OAEP-256"),
    "alg of another type": lambda m: m.jwk("rsa", alg="ES256"),
    "alg symmetric": lambda m: m.jwk("rsa", alg="HS256"),
    "alg none": lambda m: m.jwk("rsa", alg="none"),
    "alg a list": lambda m: m.jwk("rsa", alg=["RS256"]),
    "a private RSA key": lambda m: m.jwk("rsa", d="AAAA"),
    "RSA of 1024 bits": lambda m: m.jwk("weak"),
    "RSA of 2047 bits": lambda m: m.jwk("rsa", n=modulus(2047)),
    "RSA of 8200 bits": lambda m: m.jwk("rsa", n=modulus(8200)),
    "RSA of 0 bits": lambda m: m.jwk("rsa", n=""),
    "RSA, even": lambda m: m.jwk("rsa", n=modulus(2048, 2)),
    "RSA with exponent 1": lambda m: m.jwk("rsa", e="AQ"),
    "RSA with a huge exponent": lambda m: m.jwk("rsa", e=modulus(2048)),
    "RSA without modulus": lambda m: {**m.jwk("rsa"), "n": None},
    "RSA, modulus not base64": lambda m: m.jwk("rsa", n="é" * 400),
    "EC without curve": lambda m: {k: v for k, v in m.jwk("ec").items() if k != "crv"},
    "EC on secp256k1": lambda m: m.jwk("ec", crv="secp256k1"),
    "EC on the wrong curve": lambda m: m.jwk("ec", crv="P-384"),
    "EC off the curve": lambda m: m.jwk("ec", y=m.jwk("ec")["x"]),
    "EC point at nought": lambda m: m.jwk("ec", x="A" * 43, y="A" * 43),
    "OKP for agreement": lambda m: m.jwk("ed", crv="X25519"),
    "OKP too short": lambda m: m.jwk("ed", x="AAAA"),
    "OKP with EC's alg": lambda m: m.jwk("ed", alg="ES256"),
    "type unknown": lambda m: m.jwk("rsa", kty="RSAX"),
    "type a list": lambda m: m.jwk("rsa", kty=["RSA"]),
    "curve a list": lambda m: m.jwk("ec", crv=["P-256"]),
    "kid a number": lambda m: m.jwk("rsa", kid=1),
    "kid empty": lambda m: m.jwk("rsa", kid=""),
    "kid with a line end": lambda m: m.jwk("rsa", kid="a\nb"),
    "kid too long": lambda m: m.jwk("rsa", kid="k" * 257),
    "a string": lambda m: "key",
    "null": lambda m: None,
}


@pytest.mark.parametrize("what", DROPPED)
def test_dropped_beside_a_good_key(what, mint):
    key_set = parsed(DROPPED[what](mint), mint.jwk("rsa2"))
    assert kids(key_set) == ["rsa2"]
    assert key_set.without_kid == ()
    assert key_set.dropped == 1


@pytest.mark.parametrize(
    ("name", "more", "algorithms"),
    [
        ("rsa", {}, {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
        ("rsa", {"alg": "PS256"}, {"PS256"}),
        ("ec", {}, {"ES256"}),
        ("ed", {}, {"EdDSA"}),
        ("ed", {"alg": "Ed25519"}, {"EdDSA"}),
        ("ed", {"alg": "EdDSA", "key_ops": ["verify"]}, {"EdDSA"}),
    ],
)
def test_bound_to_the_algorithms_of_its_type(name, more, algorithms, mint):
    key_set = parsed(mint.jwk(name, **more))
    every = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "HS256", "none"]
    assert {a for a in every if key_set.find(name, a)} == algorithms
    assert {key_set.find(name, a)[0].bound(a).algorithm_name for a in algorithms} == algorithms


def test_without_kid_only_where_there_is_one_key(mint):
    alone = {k: v for k, v in mint.jwk("rsa").items() if k != "kid"}
    assert len(parsed(alone).find(None, "RS256")) == 1
    assert len(parsed(mint.jwk("rsa")).find(None, "RS256")) == 1
    assert parsed(alone, mint.jwk("rsa2")).find(None, "RS256") == ()
    assert parsed(mint.jwk("rsa"), mint.jwk("ec")).find(None, "RS256") == ()
    assert parsed().find(None, "RS256") == ()
    assert parsed(alone).find("rsa", "RS256") == (), "a key without kid answers to no kid"


def test_one_kid_for_several_keys(mint):
    same = [mint.jwk(name, kid="k") for name in ("rsa", "rsa2", "ec", "rsa")]
    key_set = parsed(*same)
    assert len(key_set.find("k", "RS256")) == 2, "the same key twice is one"
    assert len(key_set.find("k", "ES256")) == 1


def test_few_keys_are_tried_under_one_kid():
    keys = tuple(Key("k", ("RS256",), {"kty": "RSA", "n": str(n)}) for n in range(20))
    assert len(KeySet({"k": keys}, (), frozenset(), 0).find("k", "RS256")) == MAX_SAME_KID


def test_a_strong_key_is_taken():
    strong = rsa.generate_private_key(65537, 3072).public_key().public_numbers()
    n = base64.urlsafe_b64encode(strong.n.to_bytes(384)).rstrip(b"=").decode()
    assert kids(parsed({"kty": "RSA", "n": n, "e": "AQAB", "kid": "big"})) == ["big"]


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.sampled_from(["RSA", "EC", "OKP", "sig", "P-256", "AQAB"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["kty", "kid", "n", "e", "crv", "x", "y", "use", "alg", "key_ops", "keys"]), inner, max_size=8),
    max_leaves=20,
)  # fmt: skip


@given(_json)
def test_no_set_breaks_the_reader(tree):
    with contextlib.suppress(KeySetError):
        parse_key_set(json.dumps({"keys": [tree, tree]}).encode())


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(body):
    with pytest.raises(KeySetError):
        parse_key_set(body)
