"""The token endpoint of the simulated Business Central: OAuth 2.0 client credentials (RFC 6749, section 4.4)."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote_plus

from message import Ask, Reply, json_reply


@dataclass(slots=True)
class Tokens:
    """Tokens that were handed out; a restart forgets them."""

    client_id: str
    client_secret: str
    issued: int = 0
    _ends: dict[str, float] = field(default_factory=dict)

    def issue(self, ask: Ask, seconds: float) -> Reply:
        """Answer a token request, with the client in the header or in the form."""
        form = dict(parse_qsl(ask.body.decode("latin-1")))
        client = _basic(ask) or (form.get("client_id", ""), form.get("client_secret", ""))
        if ask.method != "POST":
            return Reply(405, [("allow", "POST")])
        if client != (self.client_id, self.client_secret):
            return json_reply(401, {"error": "invalid_client"}, [("www-authenticate", 'Basic realm="token"')])
        if form.get("grant_type") != "client_credentials":
            return json_reply(400, {"error": "unsupported_grant_type"})
        token = secrets.token_urlsafe(32)
        self._ends[token] = time.monotonic() + seconds
        self.issued += 1
        body = {"token_type": "Bearer", "expires_in": int(seconds), "access_token": token}
        return json_reply(200, body, [("cache-control", "no-store")])

    def refusal(self, ask: Ask) -> str:
        """Why the bearer token of a request is not good; empty where it is."""
        scheme, _, token = ask.header("authorization").partition(" ")
        if scheme.lower() != "bearer" or not token:
            return "The credentials are missing"
        ends = self._ends.get(token)
        if ends is None:
            return "The token is not known"
        return "The token has expired" if ends < time.monotonic() else ""

    def revoke(self) -> None:
        """No token is good any more."""
        self._ends.clear()


def _basic(ask: Ask) -> tuple[str, str] | None:
    scheme, _, text = ask.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    # RFC 6749, section 2.3.1: both were form-encoded before they were put together.
    return unquote_plus(name), unquote_plus(secret)
