"""A passkey in software: what a browser and an authenticator would answer, and what they never would."""

import base64
import hashlib
import json
import os
import struct

from cbor2 import dumps
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.trust.passkeys import answer_of, challenge_of

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the group of P-256."""


def encoded(raw):
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


class SoftPasskey:
    """An ES256 credential for one origin."""

    def __init__(self, origin="http://localhost:8700"):
        self.origin, self.rp = origin, origin.split("//")[1].split(":")[0]
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential = encoded(os.urandom(16))
        self.count = 0

    @property
    def public_key(self):
        """COSE, base64url."""
        numbers = self.key.public_key().public_numbers()
        return encoded(
            dumps({1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")})
        )

    def named(self):
        """The parts of the statement that names it."""
        return {"credential": self.credential, "public_key": self.public_key, "origin": self.origin}

    def response(self, signed_bytes, *, origin="", rp="", flags=0x05, kind="webauthn.get", challenge=None):
        """What it answers when asked for a signature over what a key would sign. `flags`: 1 present, 4 verified."""
        self.count += 1
        client = {
            "type": kind,
            "challenge": encoded(challenge or challenge_of(signed_bytes)),
            "origin": origin or self.origin,
        }
        data = json.dumps({**client, "crossOrigin": False}).encode()
        authenticator = (
            hashlib.sha256((rp or self.rp).encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)
        )
        value = self.key.sign(authenticator + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        return {
            "clientDataJSON": encoded(data), "authenticatorData": encoded(authenticator), "signature": encoded(value),
        }  # fmt: skip

    def sign(self, signed_bytes, **changed):
        """The signature as an envelope keeps it."""
        return answer_of(self.credential, self.response(signed_bytes, **changed))

    def written_otherwise(self, signature):
        """Its signature in the other form that ECDSA takes for the same: nobody needs the key to make that."""
        tree = json.loads(signature.value)
        left, right = decode_dss_signature(base64.urlsafe_b64decode(tree["signature"] + "=="))
        tree["signature"] = encoded(encode_dss_signature(left, ORDER - right))
        return answer_of(self.credential, tree)

    def answer(self, signed_bytes, **changed):
        """The same as the script of the pages sends it."""
        response = self.response(signed_bytes, **changed)
        return json.dumps({"id": self.credential, "rawId": self.credential, "type": "public-key", "response": response})
