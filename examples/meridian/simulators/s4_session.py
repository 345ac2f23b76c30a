"""Who calls the simulated S/4HANA: Basic authentication, security sessions and their CSRF tokens."""

import base64
import binascii
import secrets
import time
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie

from message import Ask, Headers, Reply

SYSTEM_ID = "S4H"


@dataclass(slots=True)
class Session:
    """A session is known by two cookies; its token is good only together with both."""

    token: str
    other_half: str
    ends: float


class Sessions:
    """All sessions of one client. They live in memory: a restart forgets them, as in real life."""

    def __init__(self, client: str) -> None:
        self._session_cookie = f"SAP_SESSIONID_{SYSTEM_ID}_{client}"
        self._half_cookie = f"sap-XSRF_{SYSTEM_ID}_{client}"
        self._context = f"sap-usercontext=sap-client={client}; path=/"
        self._known: dict[str, Session] = {}

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._known)

    def fetch(self, ask: Ask, seconds: float) -> Headers:
        """The headers that answer `X-CSRF-Token: Fetch`: the token, and cookies where the session is new."""
        cookies = _cookies(ask)
        session = self._living(cookies)
        if session is not None:
            session.ends = time.monotonic() + seconds
            return [("x-csrf-token", session.token), ("set-cookie", self._context)]
        name = secrets.token_urlsafe(32)
        session = Session(secrets.token_urlsafe(18), secrets.token_urlsafe(12), time.monotonic() + seconds)
        self._known[name] = session
        return [
            ("x-csrf-token", session.token),
            ("set-cookie", self._context),
            ("set-cookie", f"{self._session_cookie}={name}; path=/; HttpOnly"),
            ("set-cookie", f"{self._half_cookie}={session.other_half}; path=/; HttpOnly; SameSite=None"),
        ]

    def context(self) -> Headers:
        """The cookie that every answer sets."""
        return [("set-cookie", self._context)]

    def trusts(self, ask: Ask) -> bool:
        """Whether the token is the session's, and the session is alive."""
        session = self._living(_cookies(ask))
        return session is not None and secrets.compare_digest(
            session.token.encode(), ask.header("x-csrf-token").encode("latin-1", "replace")
        )

    def renew_tokens(self) -> None:
        """Sessions stay, their tokens are new: those that were handed out are stale."""
        for session in self._known.values():
            session.token = secrets.token_urlsafe(18)

    def lose(self) -> None:
        """All sessions are gone."""
        self._known.clear()

    def _living(self, cookies: dict[str, str]) -> Session | None:
        session = self._known.get(cookies.get(self._session_cookie, ""))
        if session is None or session.ends < time.monotonic():
            return None
        return session if cookies.get(self._half_cookie) == session.other_half else None


def _cookies(ask: Ask) -> dict[str, str]:
    jar = SimpleCookie()
    try:
        for name, value in ask.headers:
            if name.lower() == "cookie":
                jar.load(value)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def basic(ask: Ask) -> tuple[str, str] | None:
    """User and password of the request (RFC 7617)."""
    scheme, _, text = ask.header("authorization").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, colon, password = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, password) if colon else None


def logon_page(client: str, host: str) -> Reply:
    """What a failed logon is answered with: a page, not an OData error."""
    page = (
        "<html><head><title>Logon Error Message</title></head><body><h1>Logon failed</h1>"
        f"<p>Client, name or password is not correct ({host}, client {client}).</p></body></html>"
    )
    realm = f'Basic realm="SAP NetWeaver Application Server [{SYSTEM_ID}/{client}]"'
    return Reply(401, [("www-authenticate", realm), ("content-type", "text/html; charset=utf-8")], page.encode())
