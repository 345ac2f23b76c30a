"""Which consumer a proven credential belongs to. Bound once for a release; state: none."""

import math
from collections.abc import Iterator, Mapping

from contracts.consumers import Consumer, JwtCredential, KeyCredential
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.settings import Settings
from policies.keys import ParsedKey, hash_key, same_hash
from policies.step import Identity, Runtime
from policies.tokens import Proven

_NOBODY = "hmac-sha256:" + "0" * 64
"""Compared with where the id is unknown, so that an unknown id takes as long as a known one."""


class NoCredentialError(Exception):
    """The consumer has no such credential."""


class ConsumerTable:
    """Consumers by (issuer, claim) and by key id, in one environment."""

    def __init__(
        self, consumers: Mapping[str, Consumer], environment: str, settings: Settings, runtime: Runtime
    ) -> None:
        """Raises InvalidInputError where one credential stands for two consumers, SecretError without a pepper."""
        self._environment = environment
        self._prefix = settings.key_prefix
        self._by_claim: dict[tuple[str, str], Identity] = {}
        self._by_key: dict[str, tuple[str, Identity, float]] = {}
        self._suspended = frozenset(name for name, c in consumers.items() if c.suspended_since is not None)
        faults: list[Diagnostic] = []
        for name, consumer in consumers.items():
            faults.extend(self._add(name, consumer))
        if faults:
            raise InvalidInputError(faults)
        self._pepper = runtime.secret(settings.key_pepper, origin="") if self._by_key else "nobody"

    def _add(self, name: str, consumer: Consumer) -> Iterator[Diagnostic]:
        for credential in consumer.credentials:
            identity = _identity(name, consumer, credential)
            if isinstance(credential, JwtCredential):
                other = self._by_claim.setdefault((credential.issuer, credential.claim), identity)
                what = f"the claim {credential.claim} of the issuer {credential.issuer}"
            else:
                entry = (credential.hash, identity, credential.expires.timestamp())
                other = self._by_key.setdefault(credential.id, entry)[1]
                what = f"the API key {credential.id}"
            if other is not identity:
                where = "twice here" if other.consumer == name else f"also for the consumer {other.consumer}"
                yield Diagnostic(
                    f"consumers/{name}.yaml",
                    "ambiguous-credential",
                    f"{what} stands {where}",
                    "one credential names one consumer: take one of the two out",
                )

    def suspended(self, consumer: str) -> bool:
        """Whether the consumer may not call at all for now."""
        return consumer in self._suspended

    def by_token(self, issuer_id: str, proven: Proven, credential: str) -> Identity | None:
        """The consumer of a verified token, with the token's scopes. The claim is compared character by character."""
        found = self._by_claim.get((issuer_id, proven.consumer_claim))
        return None if found is None else _with(found, proven.scopes, credential)

    def of_consumer(self, consumer: str, credential: str, scopes: frozenset[str]) -> tuple[Identity, float]:
        """Whom a credential of the consumer would prove, and when that ends; the first credential where none is named.

        Raises NoCredentialError.
        """
        for (issuer_id, _), identity in self._by_claim.items():
            if identity.consumer == consumer and credential in ("", issuer_id):
                return _with(identity, scopes, issuer_id), math.inf
        for key_id, (_, identity, expires) in self._by_key.items():
            if identity.consumer == consumer and credential in ("", key_id):
                return identity, expires
        raise NoCredentialError(consumer)

    def by_key(self, key: str, parsed: ParsedKey) -> tuple[Identity, float] | None:
        """The consumer of an API key and when the key expires, in seconds since the epoch; None for a wrong key."""
        kept, identity, expires = self._by_key.get(parsed.id, (_NOBODY, None, 0.0))
        same = same_hash(hash_key(key, self._pepper), kept)
        elsewhere = parsed.environment not in ("", self._environment) or parsed.prefix != self._prefix
        if not same or identity is None or elsewhere:
            return None
        return identity, expires


def _identity(name: str, consumer: Consumer, credential: JwtCredential | KeyCredential) -> Identity:
    is_key = isinstance(credential, KeyCredential)
    return Identity(
        consumer=name,
        plan=consumer.plan,
        audience=consumer.audience,
        entities=consumer.entities,
        default_entity=consumer.default_entity,
        apis=None if consumer.apis is None else frozenset(consumer.apis),
        pinned=_pinned(consumer.pinned),
        scheme="api_key" if is_key else "jwt",
        scopes=frozenset(credential.scopes) if isinstance(credential, KeyCredential) else frozenset(),
        credential=credential.id if isinstance(credential, KeyCredential) else credential.issuer,
    )


def _with(identity: Identity, scopes: frozenset[str], credential: str) -> Identity:
    return Identity(
        identity.consumer, identity.plan, identity.audience, identity.entities, identity.default_entity,
        identity.apis, identity.pinned, identity.scheme, scopes, credential,
    )  # fmt: skip


def _pinned(versions: tuple[str, ...]) -> Mapping[str, str]:
    """`sales-orders@1.2.0` as `sales-orders@1` -> `1.2.0`."""
    pinned: dict[str, str] = {}
    for written in versions:
        api, _, version = written.partition("@")
        pinned[f"{api}@{version.split('.')[0]}"] = version
    return pinned
