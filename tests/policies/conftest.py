"""A token issuer and a runtime with a clock of its own, for the tests of identity."""

import asyncio
import base64
import json
from collections import Counter

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from contracts.issuers import Issuer
from policies.step import Fetched

NOW = 1_800_000_000.0
ISSUER = "https://issuer.example"
AUDIENCE = "api://tidewaiter"


def b64(data):
    """Base64url without padding; objects as JSON."""
    if not isinstance(data, bytes):
        data = (data if isinstance(data, str) else json.dumps(data)).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class ClockedRuntime:
    """A Runtime whose clock stands still unless it is moved."""

    def __init__(self):
        self.time = NOW
        self.kept = {}
        self.events = Counter()
        self.secrets = {"secret:KEY_PEPPER": "a pepper that is long enough"}

    def now(self):
        return self.time

    def keep(self, key, make):
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def detach(self, work):
        raise AssertionError("identity detaches nothing")

    async def offload(self, fn, *args):
        return fn(*args)

    def secret(self, name, origin):
        assert origin == ""
        return self.secrets[name]

    def count(self, event, **labels):
        self.events[event, *sorted(labels.values())] += 1

    async def close(self):
        for kept in self.kept.values():
            if hasattr(kept, "aclose"):
                await kept.aclose()


class Mint:
    """An issuer: its keys, its tokens, its key set, and a `Fetch` that can be told to misbehave."""

    def __init__(self, keys):
        self.keys = keys
        self.published = ["rsa", "ec", "ed"]
        self.answer = None
        self.delay = None
        self.asked = []

    def jwk(self, name, **more):
        key = self.keys[name].public_key()
        kind = (
            RSAAlgorithm if name.startswith("rsa") or name == "weak" else ECAlgorithm if name == "ec" else OKPAlgorithm
        )
        return {**kind.to_jwk(key, as_dict=True), "kid": name, "use": "sig", **more}

    def key_set(self):
        return {"keys": [self.jwk(name) for name in self.published]}

    async def fetch(self, url, headers, most):
        self.asked.append((url, headers))
        if self.delay is not None:
            await self.delay()
        if isinstance(self.answer, BaseException):
            raise self.answer
        if self.answer is not None:
            return self.answer() if callable(self.answer) else self.answer
        return Fetched(200, {}, json.dumps(self.key_set()).encode())

    def claims(self, **more):
        return {
            "iss": ISSUER, "aud": AUDIENCE, "sub": "shop", "client_id": "shop", "scope": "orders:read orders:write",
            "iat": int(NOW), "exp": int(NOW) + 600, **more,
        }  # fmt: skip

    def token(self, key="rsa", alg="RS256", header=None, claims=None, drop=()):
        """A token; `claims` and `header` replace members, `drop` takes claims out."""
        content = {k: v for k, v in self.claims(**(claims or {})).items() if k not in drop}
        head = {"typ": "at+jwt", "kid": key, "alg": alg, **(header or {})}
        return self.signed(head, json.dumps(content), key, alg)

    def signed(self, head, payload, key="rsa", alg="RS256"):
        """Any header (an object or text) and any payload text under a true signature."""
        head_text = head if isinstance(head, str) else json.dumps({k: v for k, v in head.items() if v is not None})
        start = f"{b64(head_text)}.{b64(payload)}".encode()
        algorithm = jwt.get_algorithm_by_name(alg)
        return f"{start.decode()}.{b64(algorithm.sign(start, algorithm.prepare_key(self.keys[key])))}"


@pytest.fixture(scope="session")
def private_keys():
    def make_rsa(bits=2048):
        return rsa.generate_private_key(65537, bits)

    return {
        "rsa": make_rsa(), "rsa2": make_rsa(), "rsa-thief": make_rsa(), "weak": make_rsa(1024),
        "ec": ec.generate_private_key(ec.SECP256R1()), "ed": ed25519.Ed25519PrivateKey.generate(),
    }  # fmt: skip


@pytest.fixture
def mint(private_keys):
    return Mint(private_keys)


@pytest.fixture
async def clocked():
    runtime = ClockedRuntime()
    yield runtime
    await runtime.close()
    left = [task for task in asyncio.all_tasks() if task.get_name().startswith("jwks-")]
    assert left == [], "a fetch of keys outlived its owner"


@pytest.fixture
def issuer():
    return Issuer(issuer=ISSUER, audience=AUDIENCE, jwks_url=f"{ISSUER}/keys")
