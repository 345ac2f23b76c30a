# ruff: noqa: ARG002 - each credential has the same methods, whatever it needs
"""Who calls: a token, client credentials that get one and renew it, an API key, a name with a password."""

import asyncio
import base64
import inspect
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias
from urllib.parse import quote_plus, urlencode

from .errors import CredentialError, SetupError
from .operation import Operation, Scheme
from .read import json_value

Secret: TypeAlias = str | Callable[[], str]
"""A secret, or what gives it each time that it is needed."""
AsyncSecret: TypeAlias = str | Callable[[], str] | Callable[[], Awaitable[str]]

_EARLY_SECONDS: Final = 30.0
_SUCCESS: Final = 200


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """A request to a token endpoint."""

    url: str
    headers: tuple[tuple[str, str], ...]
    content: bytes


@dataclass(frozen=True, slots=True)
class TokenReply:
    """What a token endpoint answered."""

    status: int
    body: bytes


Exchange: TypeAlias = Callable[[TokenRequest], TokenReply]
AsyncExchange: TypeAlias = Callable[[TokenRequest], Awaitable[TokenReply]]


class Auth:
    """One way to say who calls. Its secret is in no `repr`, no log and no exception."""

    kind: Literal["bearer", "basic", "key"] = "bearer"
    scheme: str | None = None
    """The scheme of the contract that it is meant for; None: whichever is of its kind."""
    renewable: bool = False
    """Whether a refused credential can be replaced by a new one."""

    def credential(self, exchange: Exchange, *, refused: str | None = None) -> str:
        """What is sent. `refused`: what the server did not take just now. Raises CredentialError."""
        raise SetupError(f"{type(self).__name__} cannot be used by Client")

    async def async_credential(self, exchange: AsyncExchange, *, refused: str | None = None) -> str:
        """As `credential`."""
        raise SetupError(f"{type(self).__name__} cannot be used by AsyncClient")

    def fits(self, scheme: Scheme) -> bool:
        """Whether it answers to a scheme of the contract."""
        return self.kind == scheme.kind and self.scheme in (None, scheme.name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"


class _Held(Auth):
    """A credential that somebody else holds: a text, or a callable that is asked before each call."""

    def __init__(self, value: AsyncSecret, *, scheme: str | None = None) -> None:
        self._value = value
        self.scheme = scheme
        self.renewable = callable(value)

    def credential(self, exchange: Exchange, *, refused: str | None = None) -> str:
        """The text itself, or what the callable gives."""
        found = self._value() if callable(self._value) else self._value
        if not isinstance(found, str):
            if inspect.iscoroutine(found):
                found.close()
            raise SetupError("an asynchronous callable gives credentials to AsyncClient only")
        return found

    async def async_credential(self, exchange: AsyncExchange, *, refused: str | None = None) -> str:
        """As `credential`; the callable may be asynchronous."""
        found = self._value() if callable(self._value) else self._value
        return found if isinstance(found, str) else await found


class Token(_Held):
    """A bearer token: `Token("...")`, or `Token(get_token)` with a callable that is asked before each call."""

    kind = "bearer"


class ApiKey(_Held):
    """An API key. `scheme` names the contract's scheme where it has several."""

    kind = "key"


class Basic(Auth):
    """A name and a password."""

    kind = "basic"

    def __init__(self, user: str, password: Secret, *, scheme: str | None = None) -> None:
        self._user = user
        self._password = password
        self.scheme = scheme

    def credential(self, exchange: Exchange, *, refused: str | None = None) -> str:
        """The pair in base64."""
        return _pair(self._user, _said(self._password))

    async def async_credential(self, exchange: AsyncExchange, *, refused: str | None = None) -> str:
        """As `credential`."""
        return _pair(self._user, _said(self._password))


class ClientCredentials(Auth):
    """OAuth 2 client credentials: gets a token when one is needed, renews it before it ends and when it is refused.

    One object may serve many clients; concurrent calls share one request for a token.
    """

    kind = "bearer"
    renewable = True

    def __init__(
        self,
        client_id: str,
        client_secret: Secret,
        *,
        token_url: str = "",
        scopes: Sequence[str] = (),
        audience: str | None = None,
        sent_as: Literal["basic", "form"] = "basic",
        scheme: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`token_url`: where the contract says, if left out. `sent_as`: in the header Authorization, or in the form."""
        self._client_id = client_id
        self._client_secret = client_secret
        self._token_url = token_url
        self._scopes = tuple(scopes)
        self._audience = audience
        self._sent_as = sent_as
        self.scheme = scheme
        self._clock = clock
        self._token = ""
        self._renew_at = 0.0
        self._lock = threading.Lock()
        self._locks: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Lock] = weakref.WeakKeyDictionary()

    def credential(self, exchange: Exchange, *, refused: str | None = None) -> str:
        """A token that is good for a while."""
        with self._lock:
            if not self._usable(refused):
                self._take(exchange(self._request()))
            return self._token

    async def async_credential(self, exchange: AsyncExchange, *, refused: str | None = None) -> str:
        """As `credential`."""
        lock = self._locks.setdefault(asyncio.get_running_loop(), asyncio.Lock())
        async with lock:
            if not self._usable(refused):
                self._take(await exchange(self._request()))
            return self._token

    def _usable(self, refused: str | None) -> bool:
        return bool(self._token) and self._token != refused and self._clock() < self._renew_at

    def _request(self) -> TokenRequest:
        form = [("grant_type", "client_credentials")]
        headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")]
        secret = _said(self._client_secret)
        if self._sent_as == "basic":
            headers.append(("Authorization", "Basic " + _pair(quote_plus(self._client_id), quote_plus(secret))))
        else:
            form += [("client_id", self._client_id), ("client_secret", secret)]
        if self._scopes:
            form.append(("scope", " ".join(self._scopes)))
        if self._audience:
            form.append(("audience", self._audience))
        return TokenRequest(self._token_url, tuple(headers), urlencode(form).encode("ascii"))

    def _take(self, reply: TokenReply) -> None:
        try:
            members = json_value(reply.body)
        except ValueError:
            members = None
        members = members if isinstance(members, dict) else {}
        if reply.status != _SUCCESS:
            stated = members.get("error")
            word = (
                stated if isinstance(stated, str) and stated.isascii() and stated.isprintable() else "no reason given"
            )
            raise CredentialError(f"the token endpoint answered {reply.status}: {word[:100]}")
        token = members.get("access_token")
        if not isinstance(token, str) or not token:
            raise CredentialError("the token endpoint answered without an access token")
        lifetime = members.get("expires_in")
        try:
            seconds = float(lifetime) if lifetime is not None else 300.0
        except (TypeError, ValueError):
            seconds = 300.0
        self._token = token
        self._renew_at = self._clock() + seconds - min(_EARLY_SECONDS, seconds / 10)


def _said(secret: Secret) -> str:
    return secret() if callable(secret) else secret


def _pair(user: str, password: str) -> str:
    return base64.b64encode(f"{user}:{password}".encode()).decode("ascii")


def chosen(operation: Operation[Any], schemes: Sequence[Scheme], auths: Sequence[Auth]) -> list[tuple[Auth, Scheme]]:
    """What an operation is called with. Raises SetupError where what it asks for was not given."""
    if operation.security is None:
        return [(auth, _usual(auth)) for auth in auths[:1]]
    known = {scheme.name: scheme for scheme in schemes}
    for group in operation.security:
        wanted = [known[name] for name in group if name in known]
        found = [next(((auth, scheme) for auth in auths if auth.fits(scheme)), None) for scheme in wanted]
        fitting = [one for one in found if one is not None]
        if group and len(fitting) == len(group):
            return fitting
    if not operation.security or () in operation.security:
        return []  # anybody may call
    names = " or ".join(" and ".join(group) for group in operation.security)
    given = "none of the given credentials is of that kind" if auths else "give the client `auth=`"
    raise SetupError(f"{operation.label} asks for {names}: {given}")


def _usual(auth: Auth) -> Scheme:
    kind = auth.kind
    return Scheme("", kind, "header", "X-API-Key" if kind == "key" else "Authorization")
