"""Reads a JSON Web Key Set (RFC 7517) and keeps of it what may verify tokens: public, for signatures, strong enough.

Dropped, and counted: symmetric keys (`oct`), keys for encryption, private keys (whoever publishes one has lost it),
RSA below 2048 or above 8192 bits, unknown curves, an `alg` that does not fit the type. What is left is bound to the
algorithms that it may be used with, so that a header cannot choose another (RFC 8725, section 3.1).
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jiter
from cryptography.exceptions import UnsupportedAlgorithm
from jwt import PyJWK
from jwt.exceptions import PyJWTError

from policies.tokens import MAX_KID_CHARACTERS

MAX_SET_BYTES = 524_288
MAX_KEYS = 256
"""A set with more is taken for broken, not cut short: which keys are missing would be chance."""
MAX_SAME_KID = 4
"""Keys under one `kid` that are tried; RFC 7517, section 4.5 allows the same `kid` for different types."""

_RSA = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
_CURVES = {
    ("EC", "P-256"): ("ES256",),
    ("EC", "P-384"): ("ES384",),
    ("EC", "P-521"): ("ES512",),
    ("OKP", "Ed25519"): ("EdDSA",),
    ("OKP", "Ed448"): ("EdDSA",),
}
_MATERIAL = ("kty", "n", "e", "crv", "x", "y")
_PRIVATE = ("d", "p", "q", "dp", "dq", "qi", "oth", "k")
_MIN_RSA_BITS = 2048
_MAX_RSA_BITS = 8192
_MAX_EXPONENT = 1 << 32


class KeySetError(Exception):
    """The document is not a key set that can be used. The text is for the log and holds nothing of the document."""


class Key:
    """One usable key. Equal material under an equal `kid` has an equal `fingerprint`."""

    __slots__ = ("_bound", "_material", "algorithms", "fingerprint", "kid")

    def __init__(self, kid: str | None, algorithms: tuple[str, ...], material: dict[str, str]) -> None:
        self.kid = kid
        self.algorithms = algorithms
        self._material = material
        self._bound: dict[str, PyJWK] = {}
        text = "\0".join((kid or "", ",".join(algorithms), *(f"{k}={v}" for k, v in sorted(material.items()))))
        self.fingerprint = hashlib.sha256(text.encode()).hexdigest()

    def bound(self, algorithm: str) -> PyJWK:
        """The key for use with this algorithm and no other. Raises KeySetError where it cannot be built."""
        key = self._bound.get(algorithm)
        if key is None:
            try:
                key = self._bound[algorithm] = PyJWK(self._material, algorithm=algorithm)
            except (PyJWTError, ValueError, TypeError, UnsupportedAlgorithm):
                raise KeySetError("the key's numbers are not a key") from None
        return key


@dataclass(frozen=True, slots=True)
class KeySet:
    """The usable keys of an issuer."""

    by_kid: Mapping[str, tuple[Key, ...]]
    without_kid: tuple[Key, ...]
    fingerprints: frozenset[str]
    dropped: int

    def find(self, kid: str | None, algorithm: str) -> tuple[Key, ...]:
        """The keys that may have signed. A token without `kid` is judged only where the set has one usable key."""
        if kid is None:
            all_keys = [*self.without_kid, *(key for keys in self.by_kid.values() for key in keys)]
            found = tuple(all_keys) if len(all_keys) == 1 else ()
        else:
            found = self.by_kid.get(kid, ())
        return tuple(key for key in found if algorithm in key.algorithms)[:MAX_SAME_KID]

    def knows(self, kid: str | None) -> bool:
        """Whether fetching the set again could add nothing for this `kid`."""
        return kid is None or kid in self.by_kid


def parse_key_set(document: bytes, known: KeySet | None = None) -> KeySet:
    """Read a set; keys that `known` has already are taken over as they are. Raises KeySetError."""
    if len(document) > MAX_SET_BYTES:
        raise KeySetError(f"the key set is larger than {MAX_SET_BYTES} bytes")
    try:
        tree = jiter.from_json(document, catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError:
        raise KeySetError("the key set is not JSON with unique members") from None
    entries = tree.get("keys") if isinstance(tree, dict) else None
    if not isinstance(entries, list):
        raise KeySetError("the key set has no list `keys`")
    if len(entries) > MAX_KEYS:
        raise KeySetError(f"the key set has more than {MAX_KEYS} keys")
    old = {} if known is None else {key.fingerprint: key for keys in known.by_kid.values() for key in keys}
    if known is not None:
        old.update({key.fingerprint: key for key in known.without_kid})
    by_kid: dict[str, list[Key]] = {}
    without: list[Key] = []
    seen: set[str] = set()
    dropped = 0
    for entry in entries:
        key = _usable(entry, old)
        if key is None:
            dropped += 1
        elif key.fingerprint not in seen:
            seen.add(key.fingerprint)
            (without if key.kid is None else by_kid.setdefault(key.kid, [])).append(key)
    return KeySet({kid: tuple(keys) for kid, keys in by_kid.items()}, tuple(without), frozenset(seen), dropped)


def _usable(entry: Any, old: Mapping[str, Key]) -> Key | None:
    """The key, or None where it may not verify tokens."""
    if not isinstance(entry, dict) or any(name in entry for name in _PRIVATE):
        return None
    kid = entry.get("kid")
    if kid is not None and not (isinstance(kid, str) and 0 < len(kid) <= MAX_KID_CHARACTERS and kid.isprintable()):
        return None
    if entry.get("use", "sig") != "sig":
        return None
    operations = entry.get("key_ops", ["verify"])
    if not isinstance(operations, list) or "verify" not in operations:
        return None
    algorithms = _algorithms(entry)
    if not algorithms:
        return None
    key = Key(kid, algorithms, {name: entry[name] for name in _MATERIAL if isinstance(entry.get(name), str)})
    if key.fingerprint in old:
        return old[key.fingerprint]
    try:
        key.bound(algorithms[0])
    except KeySetError:
        return None
    return key


def _algorithms(entry: dict[str, Any]) -> tuple[str, ...]:
    """What the type, the curve and the key's own `alg` leave; nothing where they do not fit together."""
    kind = entry.get("kty")
    fitting: tuple[str, ...]
    if kind == "RSA":
        fitting = _RSA if _sound_rsa(entry) else ()
    else:
        curve = entry.get("crv")
        fitting = _CURVES.get((kind, curve), ()) if isinstance(kind, str) and isinstance(curve, str) else ()
    stated = entry.get("alg")
    if stated is None:
        return fitting
    if stated in ("Ed25519", "Ed448") and stated == entry.get("crv"):
        stated = "EdDSA"  # RFC 9864 names the curve; tokens of these issuers still say EdDSA
    return tuple(name for name in fitting if name == stated)


def _sound_rsa(entry: dict[str, Any]) -> bool:
    modulus, exponent = _number(entry.get("n")), _number(entry.get("e"))
    return (
        _MIN_RSA_BITS <= modulus.bit_length() <= _MAX_RSA_BITS
        and modulus % 2 == 1
        and 3 <= exponent < _MAX_EXPONENT
        and exponent % 2 == 1
    )


def _number(text: Any) -> int:
    """A Base64urlUInt (RFC 7518, section 2); 0 where it is none."""
    if not isinstance(text, str) or len(text) > _MAX_RSA_BITS:
        return 0
    try:
        return int.from_bytes(urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
    except ValueError:
        return 0
