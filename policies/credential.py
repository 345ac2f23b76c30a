"""The gateway's own credential towards a system: none, Basic, an API key, or OAuth 2.0 client credentials.

State: tokens and sessions in `runtime.keep`, keyed by system, environment and credential (DESIGN law 17); a changed
secret is another credential. A reload keeps them; a restart and a second worker get their own; no store holds them.
"""

import base64
import hashlib
import os
import re
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar
from urllib.parse import urlsplit

from contracts.systems import ApiKeyCredential, BasicCredential, OAuth2Credential, System
from policies.csrf import bind_csrf
from policies.discard import discard
from policies.fault_profile import fault_profile
from policies.flight import Flight, ObtainError, before_sending
from policies.oauth2 import TokenClient
from policies.step import Answer, Exchange, Header, Problem, Refusal, Runtime, SecretError, Send, SystemPolicy

SYSTEM_CREDENTIAL = Problem(
    "system-credential",
    502,
    "The gateway could not sign in to the system",
    "The call was not carried out and is not at fault. The system's owner must look at the system's credential; the "
    "detail says what failed.",
)
_VALUE = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
_REFUSED = "The system refused the gateway's credential."


@dataclass(frozen=True, slots=True)
class Credential:
    """`environment` keeps apart what one process holds for several of them."""

    environment: str = ""
    refuses: ClassVar[tuple[Problem, ...]] = (SYSTEM_CREDENTIAL,)

    def bind(self, system_id: str, system: System, runtime: Runtime, inner: Send) -> Send:
        """Secrets are resolved here. Raises SecretError, so that a release without them is refused."""
        asked, origin = system.credential, _origin(str(system.url))
        secrets: tuple[str, ...] = ()
        name = b"authorization"
        match asked:
            case BasicCredential():
                secrets = (runtime.secret(asked.username, origin), runtime.secret(asked.password, origin))
                if ":" in secrets[0]:
                    raise SecretError(f"{asked.username} holds a colon, which a Basic user name cannot (RFC 7617)")
                value = b"Basic " + base64.b64encode(":".join(secrets).encode())
            case ApiKeyCredential():
                secrets = (runtime.secret(asked.key, origin),)
                if not _VALUE.fullmatch(secrets[0]):
                    raise SecretError(f"{asked.key} holds characters that a header cannot carry")
                name, value = asked.header.lower().encode("ascii"), secrets[0].encode()
            case OAuth2Credential():
                token_origin = _origin(str(asked.token_url))
                secrets = (
                    runtime.secret(asked.client_id, token_origin),
                    runtime.secret(asked.client_secret, token_origin),
                )
        key = (system_id, self.environment, _fingerprint(runtime, str(system.url), repr(asked), *secrets))
        send = inner
        if system.csrf is not None:
            send = bind_csrf(system.csrf, system, key, frozenset({name}), runtime, inner)
        if isinstance(asked, OAuth2Credential):
            client = TokenClient(asked, secrets[0], secrets[1], runtime)
            return _with_token(client, key, system.product, runtime, inner, send)
        if secrets:
            return _with_header((name, value), send)
        return _told(send) if system.csrf is not None else inner


def _with_header(header: Header, send: Send) -> Send:
    inner = _told(send)

    async def with_header(exchange: Exchange) -> Answer:
        answer = await inner(replace(exchange, headers=(*exchange.headers, header)))
        if answer.status != 401:
            return answer
        await discard(answer.body)
        raise Refusal(SYSTEM_CREDENTIAL, _REFUSED, fault="gateway")

    return with_header


def _with_token(
    client: TokenClient, key: tuple[str, ...], product: str, runtime: Runtime, plain: Send, send: Send
) -> Send:
    judge = fault_profile(product).judge
    flight: Flight[bytes] = runtime.keep(("token", *key), lambda: Flight(runtime))

    async def with_token(exchange: Exchange) -> Answer:
        """A token that the system refuses is dropped. With a new one goes again what is safe, and what had no effect.

        That a refused write had none is for the product's profile to say.
        """
        call = exchange.call
        for last in (False, True):
            try:
                value = await before_sending(exchange, flight.get(partial(client.obtain, call, plain)))
            except ObtainError as error:
                raise _refusal(error) from None
            try:
                answer = await send(replace(exchange, headers=(*exchange.headers, (b"authorization", value))))
                fetched = False
            except ObtainError as error:
                if not error.refused:
                    raise _refusal(error) from None
                answer, fetched = Answer(401, []), True
            if answer.status != 401:
                return answer
            runtime.count("system_token_refused")
            flight.drop(value)
            await discard(answer.body)
            told = judge(exchange.method, answer.status, answer.headers, answer.body)
            unharmed = fetched or (told is not None and told.renew and told.effect == "none")
            if last or not (exchange.safe or unharmed) or not isinstance(exchange.body, bytes):
                break
            exchange = exchange.again()
        raise Refusal(SYSTEM_CREDENTIAL, _REFUSED, fault="gateway")

    return with_token


def _told(send: Send) -> Send:
    async def told(exchange: Exchange) -> Answer:
        try:
            return await send(exchange)
        except ObtainError as error:
            raise _refusal(error) from None

    return told


def _refusal(error: ObtainError) -> Refusal:
    return Refusal(SYSTEM_CREDENTIAL, error.detail, fault=error.fault)


def _fingerprint(runtime: Runtime, *parts: str) -> str:
    """Tells credentials apart without holding them: keyed, so that it says nothing about a weak secret."""
    key: bytes = runtime.keep(("credential", "fingerprint-key"), lambda: os.urandom(32))
    return hashlib.blake2b("\x00".join(parts).encode(), key=key, digest_size=12).hexdigest()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


_guard: type[SystemPolicy] = Credential
