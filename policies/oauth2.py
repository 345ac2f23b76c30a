"""OAuth 2.0 client credentials towards a system (RFC 6749, sections 2.3.1 and 4.4)."""

import base64
import json
from typing import Any
from urllib.parse import quote_plus, urlencode, urlsplit

from contracts.systems import OAuth2Credential
from policies.discard import discard
from policies.flight import Fresh, ObtainError
from policies.step import Answer, Call, Exchange, Header, Runtime, Send, Span
from policies.trace import sent_trace

_ANSWER_BYTES = 65_536
_DEFAULT_SECONDS = 300.0
"""Used where the token endpoint leaves `expires_in` out; it is only recommended (section 5.1)."""
_LONGEST_SECONDS = 86_400.0
_OWN_ERRORS = frozenset({
    "invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type",
    "invalid_scope",
})  # fmt: skip
"""The registered codes of section 5.2: the only words of the endpoint that are passed on."""


class TokenClient:
    """Gets tokens at one token endpoint. Secrets are resolved by whoever makes it, at load time."""

    def __init__(self, credential: OAuth2Credential, client_id: str, client_secret: str, runtime: Runtime) -> None:
        url = urlsplit(str(credential.token_url))
        self._runtime = runtime
        self._ahead = credential.refresh_ahead_seconds
        self._origin = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
        self._target = ((url.path or "/") + (f"?{url.query}" if url.query else "")).encode()
        form = {"grant_type": "client_credentials"}
        if credential.scope:
            form["scope"] = credential.scope
        headers: list[Header] = [
            (b"accept", b"application/json"),
            (b"accept-encoding", b"identity"),
            (b"content-type", b"application/x-www-form-urlencoded"),
            (b"user-agent", b"tidewaiter"),
        ]
        if credential.client_auth == "body":
            form |= {"client_id": client_id, "client_secret": client_secret}
        else:
            pair = f"{quote_plus(client_id)}:{quote_plus(client_secret)}".encode()
            headers.append((b"authorization", b"Basic " + base64.b64encode(pair)))
        self._headers = tuple(headers)
        self._body = urlencode(form).encode()

    async def obtain(self, call: Call, send: Send) -> Fresh[bytes]:
        """A new token as the value of an Authorization header.

        Raises ObtainError where the endpoint gives none, Refusal where it does not answer.
        """
        asked_at = self._runtime.now()
        exchange = Exchange(
            call, "POST", self._target, (*self._headers, *sent_trace(call)), self._body,
            safe=True, span=Span(), buffer_bytes=_ANSWER_BYTES, origin=self._origin, own=True,
        )  # fmt: skip
        answer = await send(exchange)
        await discard(answer.body)
        token, seconds = _read(answer)
        self._runtime.count("system_token_obtained")
        ahead = min(self._ahead, seconds / 2)  # a short-lived token is not renewed on each call
        return Fresh(b"Bearer " + token, asked_at + seconds - ahead, asked_at + seconds)


def _read(answer: Answer) -> tuple[bytes, float]:
    if not isinstance(answer.body, bytes):
        raise ObtainError("The token endpoint's answer is too large.")
    content = _object(answer.body)
    if answer.status != 200:
        code = content.get("error")
        said = f" ({code})" if code in _OWN_ERRORS else ""
        ours = 400 <= answer.status < 500 and answer.status not in (408, 429)
        raise ObtainError(
            f"The token endpoint gave no token: it answered {answer.status}{said}.",
            fault="gateway" if ours else "system",
        )
    token, kind = content.get("access_token"), content.get("token_type")
    if not isinstance(token, str) or not token or not token.isascii() or not token.isprintable() or " " in token:
        raise ObtainError("The token endpoint's answer holds no usable access_token.")
    if not isinstance(kind, str) or kind.lower() != "bearer":
        raise ObtainError("The token endpoint gave a token that is not a bearer token.")
    return token.encode(), _seconds(content.get("expires_in"))


def _object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _seconds(stated: Any) -> float:
    """Some endpoints state the number as a string."""
    if isinstance(stated, str) and stated.isascii() and stated.isdigit() and len(stated) < 10:
        stated = int(stated)
    if isinstance(stated, bool) or not isinstance(stated, int | float) or not stated > 0:
        return _DEFAULT_SECONDS
    return min(float(stated), _LONGEST_SECONDS)
