"""Being signed in to the portal: a sealed cookie that names a consumer and which of its credentials proved it.

It holds no credential, opens nothing but the portal, and lasts an hour at most, or as long as the credential. At each
request the consumer is judged anew by what is live: a consumer, a key or an issuer that is suspended or taken out ends
the session with the next page. State: none here; all workers and nodes with the same secret open one another's cookies.
Sessions that were ended before their time are told apart by their names (`gateway.portal.records`).
"""

import hashlib
import json
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from contracts.consumers import Consumer, JwtCredential, KeyCredential
from contracts.workspace import Workspace
from policies.consumer_table import ConsumerTable, NoCredentialError
from policies.issuer_presets import profile_of
from policies.jwks import JwksState
from policies.seal import LIFE_SECONDS, Seal, SealError, make_seal
from policies.step import Header, Identity, Runtime, SecretError
from policies.tokens import TokenFault, read

COOKIE: Final = "tidewaiter-portal"
PATH: Final = "/-/"
_BOUND: Final = b"tidewaiter portal session"
_SCOPES_CHARACTERS: Final = 1_000
_COOKIE_BYTES: Final = 4_096


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, by which credential, and until when (seconds since the epoch)."""

    identity: Identity
    until: float
    name: str
    """Its own, by chance; it opens nothing."""


class Sessions:
    """Makes cookies, and says whom one proves now. `open` is False where the node has no secret to seal with."""

    def __init__(self, workspace: Workspace, runtime: Runtime) -> None:
        settings = workspace.settings
        self._workspace = workspace
        self._runtime = runtime
        self._table = ConsumerTable(workspace.consumers, workspace.environment, settings, runtime)
        self._bound = (_BOUND, settings.name.encode(), str(settings.public_url).encode())
        self._secure = settings.public_url.scheme == "https"
        self._seal: Seal | None = None
        try:
            self._seal = make_seal(runtime, settings.key_pepper)
        except SecretError:
            self._seal = None

    @property
    def open(self) -> bool:
        """Whether anybody can sign in."""
        return self._seal is not None

    @property
    def name(self) -> str:
        """Of the cookie; browsers take one of that prefix over https alone."""
        return f"__Secure-{COOKIE}" if self._secure else COOKIE

    def begin(self, identity: Identity, credential: str) -> Header:
        """The cookie for a consumer that `credential` has just proven."""
        assert self._seal is not None
        now = self._runtime.now()
        until = now + LIFE_SECONDS
        content: dict[str, Any] = {"c": identity.consumer, "s": identity.scheme, "i": identity.credential,
                                   "n": secrets.token_hex(8)}  # fmt: skip
        if identity.scheme == "jwt":
            claims = _claims(credential)
            content["m"] = self._mark_of_token(identity, claims)
            content["o"] = sorted(identity.scopes) if len(" ".join(identity.scopes)) <= _SCOPES_CHARACTERS else []
            until = min(until, float(claims.get("exp", now)))
        else:
            entry = _key(self._workspace.consumers[identity.consumer], identity.credential)
            content["m"] = _digest(entry.hash) if entry is not None else ""
            until = min(until, entry.expires.timestamp()) if entry is not None else now
        content["u"] = int(until)
        sealed = self._seal.seal(json.dumps(content, separators=(",", ":")).encode(), self._bound, now)
        return self._cookie(sealed, max(0, int(until - now)))

    def end(self) -> Header:
        """What takes the cookie away."""
        return self._cookie("", 0)

    def _cookie(self, value: str, seconds: int) -> Header:
        secure = "; Secure" if self._secure else ""
        text = f"{self.name}={value}; Path={PATH}; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}"
        return b"set-cookie", text.encode("ascii")

    def judge(self, cookies: Iterable[bytes]) -> Session | None:
        """Whom the call's cookies prove now; None for nobody. Suspensions are asked by the caller."""
        value = _only(cookies, self.name)
        if self._seal is None or not value or len(value) > _COOKIE_BYTES:
            return None
        now = self._runtime.now()
        try:
            content = json.loads(self._seal.open(value, self._bound, now))
        except SealError:
            return None
        if now >= content["u"] or "n" not in content:
            return None
        identity = self._still(content, now)
        return None if identity is None else Session(identity, content["u"], content["n"])

    def _still(self, content: dict[str, Any], now: float) -> Identity | None:
        """The consumer as it is in this release, where the same credential would prove it today."""
        consumer = self._workspace.consumers.get(content["c"])
        if consumer is None or self._table.suspended(content["c"]):
            return None
        which = content["i"]
        by_key = content["s"] == "api_key"
        name = which if by_key else which.partition("/")[0]
        try:
            identity, expires = self._table.of_consumer(content["c"], name, frozenset(content.get("o", ())))
        except NoCredentialError:
            return None
        if by_key:
            entry = _key(consumer, which)
            same = entry is not None and _digest(entry.hash) == content["m"]
            return identity if same and now < expires else None
        return _by(identity, which) if content["m"] in self._marks(consumer, name) and self._signs(which) else None

    # Tokens.

    def _mark_of_token(self, identity: Identity, claims: dict[str, Any]) -> str:
        """Which entry of the consumer the token belongs to."""
        issuer = identity.credential.partition("/")[0]
        stated = [claims.get(name) for name in profile_of(self._workspace.issuers[issuer]).consumer_claims]
        for entry in self._workspace.consumers[identity.consumer].credentials:
            if isinstance(entry, JwtCredential) and entry.issuer == issuer and entry.claim in stated:
                return self._mark(entry)
        return ""

    def _marks(self, consumer: Consumer, issuer: str) -> set[str]:
        entries = (one for one in consumer.credentials if isinstance(one, JwtCredential) and one.issuer == issuer)
        return {self._mark(entry) for entry in entries if issuer in self._workspace.issuers}

    def _mark(self, entry: JwtCredential) -> str:
        """The entry and the issuer's settings: where either is another one, the token would have to be judged anew."""
        return _digest(entry.claim + self._workspace.issuers[entry.issuer].model_dump_json(warnings=False))

    def _signs(self, which: str) -> bool:
        """Whether the issuer's keys, as far as this process has them, still hold the one that signed the token."""
        issuer_id, _, kid = which.partition("/")
        url = str(self._workspace.issuers[issuer_id].jwks_url)
        keys = self._runtime.keep(("jwks", issuer_id, url), JwksState).keys
        return keys is None or keys.knows(None if kid == "-" else kid)


def _claims(token: str) -> dict[str, Any]:
    """Of a token that was verified."""
    try:
        return read(token.encode("ascii", "replace")).claims
    except TokenFault:
        return {}


def _key(consumer: Consumer, key_id: str) -> KeyCredential | None:
    keys = (one for one in consumer.credentials if isinstance(one, KeyCredential))
    return next((one for one in keys if one.id == key_id), None)


def _by(identity: Identity, credential: str) -> Identity:
    return Identity(
        identity.consumer, identity.plan, identity.audience, identity.entities, identity.default_entity,
        identity.apis, identity.pinned, identity.scheme, identity.scopes, credential,
    )  # fmt: skip


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _only(cookies: Iterable[bytes], name: str) -> str:
    """The one cookie of the name; none where several were sent, since one of them is somebody else's work."""
    found = [
        value
        for header in cookies
        for key, _, value in (part.strip().partition("=") for part in header.decode("latin-1").split(";"))
        if key == name
    ]
    return found[0] if len(found) == 1 else ""
