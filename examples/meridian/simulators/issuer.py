"""A token issuer for demos and tests: JWTs of any algorithm, keys made anew at each start, rotation on demand.

It gives a token to whoever asks and so must never be reachable from outside.
"""

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm
from message import Ask, Reply, json_reply
from serving import Options, run

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
AUDIENCE = "https://api.meridian.example"
_CURVES: dict[str, Callable[[], ec.EllipticCurve]] = {
    "ES256": ec.SECP256R1,
    "ES384": ec.SECP384R1,
    "ES512": ec.SECP521R1,
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What tests may change. Times in seconds."""

    down: bool = False
    """503 for everything but control."""
    kept_keys: int = 2
    """How many generations of keys the key set shows: the present one and those before it."""
    expires_in: int = 3600


@dataclass(frozen=True, slots=True)
class Key:
    """A private key and its public half as the key set shows it."""

    private: Any
    public: dict[str, Any]


class Generation:
    """The keys between two rotations, each made when its kind is first asked for; RSA keys serve RS and PS."""

    def __init__(self) -> None:
        self._kid = uuid.uuid4().hex[:12]
        self._keys: dict[str, Key] = {}
        self.key("RS256")

    def key(self, algorithm: str) -> Key:
        """The key for an algorithm."""
        kind = "RSA" if algorithm[:2] in ("RS", "PS") else algorithm
        if kind not in self._keys:
            self._keys[kind] = self._make(kind)
        return self._keys[kind]

    def public(self) -> list[dict[str, Any]]:
        """What the key set shows of it."""
        return [key.public for key in self._keys.values()]

    def _make(self, kind: str) -> Key:
        private: Any
        shown: Any
        if kind == "RSA":
            private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            shown = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
        elif kind == "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
            shown = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        else:
            private = ec.generate_private_key(_CURVES[kind]())
            shown = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        kept = {name: value for name, value in shown.items() if name not in ("key_ops", "d")}
        # An RSA key names no algorithm: it signs with both families.
        named = {"alg": kind} if kind != "RSA" else {}
        return Key(private, {**kept, **named, "use": "sig", "kid": f"{self._kid}-{kind.lower()}"})


class Issuer:
    """Signs what it is asked to sign."""

    def __init__(self, options: Options) -> None:
        self.settings = Settings()
        self.origin = f"http://127.0.0.1:{options.port}"
        self._generations = [Generation()]
        self._rotations = 0
        self._fetches = 0
        self._issued = 0

    def auxiliary(self, ask: Ask) -> bool:  # noqa: ARG002 - every request counts
        """Nothing here only helps another request."""
        return False

    def reset(self, *, sessions: bool, data: bool) -> None:  # noqa: ARG002 - it knows no sessions
        """Counters begin anew; with `data`, the keys are others, and old tokens are worth nothing."""
        self._rotations = self._fetches = self._issued = 0
        if data:
            self._generations = [Generation()]

    def rotate(self) -> None:
        """New keys from now on; the key set still shows the last ones."""
        self._rotations += 1
        self._generations = [Generation(), *self._generations][: max(self.settings.kept_keys, 1)]

    def state(self) -> dict[str, Any]:
        """Counts."""
        return {"key_set_fetches": self._fetches, "tokens_issued": self._issued, "rotations": self._rotations}

    def actions(self) -> dict[str, Callable[[], None]]:
        """Control actions of its own, by name."""
        return {"rotate": self.rotate, "down": lambda: self._set_down(True), "up": lambda: self._set_down(False)}

    def _set_down(self, down: bool) -> None:
        self.settings = replace(self.settings, down=down)

    async def answer(self, ask: Ask) -> Reply:
        """Key set, discovery document, tokens."""
        if self.settings.down:
            return json_reply(503, {"error": "temporarily_unavailable"})
        if "refuse" in ask.told:
            status, _, _, headers = ask.told["refuse"]
            return json_reply(status, {"error": "temporarily_unavailable"}, headers)
        match ask.method, ask.path:
            case "GET", "/.well-known/jwks.json":
                self._fetches += 1
                keys = [key for generation in self._generations for key in generation.public()]
                return json_reply(200, {"keys": keys}, [("cache-control", "public, max-age=300")])
            case "GET", "/.well-known/openid-configuration":
                return json_reply(200, self._discovery())
            case "POST", "/token":
                return self._token(dict(parse_qsl(ask.body.decode("latin-1"))))
            case _:
                return json_reply(404, {"error": "not_found"})

    def _discovery(self) -> dict[str, Any]:
        return {
            "issuer": self.origin,
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/.well-known/jwks.json",
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "token_endpoint_auth_methods_supported": ["none", "client_secret_post"],
            "id_token_signing_alg_values_supported": list(ALGORITHMS),
        }

    def _token(self, form: dict[str, str]) -> Reply:
        algorithm = form.get("alg", "RS256")
        if form.get("grant_type", "client_credentials") != "client_credentials":
            return json_reply(400, {"error": "unsupported_grant_type"})
        if not form.get("client_id") or algorithm not in ALGORITHMS:
            text = "client_id is needed" if not form.get("client_id") else f"alg is one of {', '.join(ALGORITHMS)}"
            return json_reply(400, {"error": "invalid_request", "error_description": text})
        try:
            seconds = int(form.get("expires_in", self.settings.expires_in))
            more = json.loads(form.get("claims", "{}"))
            headers = json.loads(form.get("header", "{}"))
        except ValueError:
            text = "expires_in is a whole number; claims and header are JSON objects"
            return json_reply(400, {"error": "invalid_request", "error_description": text})
        now = int(time.time())
        claims = {
            "iss": self.origin,
            "sub": form["client_id"],
            "client_id": form["client_id"],
            "aud": form.get("audience") or AUDIENCE,
            "iat": now,
            "exp": now + seconds,
            "jti": str(uuid.uuid4()),
            "scope": form.get("scope", ""),
            **more,
        }
        key = self._generations[0].key(algorithm)
        claims = {name: value for name, value in claims.items() if value is not None}
        header = {"typ": "at+jwt", "kid": key.public["kid"], **headers}
        token = jwt.encode(claims, key.private, algorithm, headers=header)
        self._issued += 1
        body = {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "scope": form.get("scope", "")}
        return json_reply(200, body, [("cache-control", "no-store")])


if __name__ == "__main__":
    run(__doc__.partition("\n")[0], Issuer)
