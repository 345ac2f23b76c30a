"""A simulated SAP S/4HANA: the sales order API `API_SALES_ORDER_SRV` in OData V2, with the ways of the real one.

It asks for Basic authentication and `sap-client`, for a CSRF token with all cookies of its session before a write, for
`If-Match` before a change; it names itself by a host that nobody outside knows. Data are kept in SQLite.
"""

import asyncio
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fault_table import Given, fault
from message import Ask, Headers, Reply
from naming import dress, dress_header
from rows import Rows
from s4_model import SERVICE, seed
from s4_service import Answered, ODataError, SalesOrders, error_reply
from s4_session import Sessions, basic, logon_page
from serving import Options, run

BANNER: Headers = [
    ("server", "SAP NetWeaver Application Server / ABAP 795"),
    ("sap-server", "true"),
    ("sap-system", "S4H"),
    ("x-powered-by", "SAP NetWeaver Application Server"),
    ("dataserviceversion", "2.0"),
    ("sap-processing-info", "ODataBEP=,crp=,RAL=,st=,MedCacheHub=SHM,codeployed=X,softstate="),
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What tests may change. Times in seconds."""

    client: str = "100"
    naming: str = "plain"
    page_size: int = 20
    session_seconds: float = 1800.0
    work_seconds: float = 0.0
    client_in_links: bool = False
    """Whether `__next` repeats `sap-client`, as systems behind a web dispatcher do."""


class S4Hana:
    """One system with one client."""

    origin = "https://vhcala4hci.dmz.example:44300"

    def __init__(self, options: Options) -> None:
        self.settings = Settings()
        self._seed = options.seed
        self._rows = Rows(options.state / "s4hana.sqlite")
        self._sessions = Sessions(self.settings.client)
        self._user = os.environ.get("TIDEWAITER_SECRET_S4_USER", "TIDEWAITER")
        self._password = os.environ.get("TIDEWAITER_SECRET_S4_PASSWORD", "welcome")
        self._at_work = 0
        if self._rows.is_empty:
            seed(self._rows, self._seed)

    def auxiliary(self, ask: Ask) -> bool:
        """A fetch of a CSRF token."""
        return ask.header("x-csrf-token").lower() == "fetch"

    def reset(self, *, sessions: bool, data: bool) -> None:
        """With `sessions`, sessions end; with `data`, the first orders come back."""
        if sessions:
            self._sessions.lose()
        if data:
            self._rows.clear()
            seed(self._rows, self._seed)

    def state(self) -> dict[str, Any]:
        """Counts."""
        return {"rows": self._rows.counts(), "sessions": self._sessions.count, "at_work": self._at_work}

    def actions(self) -> dict[str, Callable[[], None]]:
        """None of its own."""
        return {}

    async def answer(self, ask: Ask) -> Reply:
        """The answer with banner, cookies and links as this system writes them."""
        self._at_work += 1
        try:
            reply = await self._answer(ask)
        finally:
            self._at_work -= 1
        origin = str(ask.told.get("origin", self.origin))
        naming = str(ask.told.get("naming", self.settings.naming))
        headers = [(k, dress_header(v, origin, naming) if k == "location" else v) for k, v in reply.headers]
        if not any(name == "set-cookie" for name, _ in headers):
            headers += self._sessions.context()
        body = dress(reply.body, origin, naming) if _is_json(reply) else reply.body
        return Reply(reply.status, [*headers, *BANNER], body)

    async def _answer(self, ask: Ask) -> Reply:
        client = ask.query.get("sap-client", "")
        if client != self.settings.client or basic(ask) != (self._user, self._password):
            return logon_page(client or "none", self.origin.partition("://")[2])
        if "csrf" in ask.told:
            self._sessions.lose() if ask.told["csrf"] == "lost" else self._sessions.renew_tokens()
        if ask.method not in ("GET", "HEAD", "OPTIONS") and not self._sessions.trusts(ask):
            text = "CSRF token validation failed"
            return Reply(403, [("x-csrf-token", "Required"), ("content-type", "text/plain")], text.encode())
        more = self._sessions.fetch(ask, self.settings.session_seconds) if self.auxiliary(ask) else []
        if self.settings.work_seconds:
            await asyncio.sleep(self.settings.work_seconds)
        reply = self._served(ask)
        return Reply(reply.status, [*reply.headers, *more], reply.body)

    def _served(self, ask: Ask) -> Reply:
        origin = str(ask.told.get("origin", self.origin))
        try:
            if "refuse" in ask.told:
                status, code, text, headers = ask.told["refuse"]
                raise ODataError(status, code, text, headers)
            if not (ask.path + "/").startswith(SERVICE + "/"):
                raise ODataError(403, "/IWFND/MED/170", f"No service found for the path on {origin}")
            method = ask.method
            if method == "POST" and ask.header("x-http-method"):
                method = ask.header("x-http-method").upper()
            suffix = f"?sap-client={self.settings.client}" if self.settings.client_in_links else ""
            answered: Answered = SalesOrders(self._rows, origin + SERVICE, self.settings.page_size, suffix).serve(
                method, ask
            )
            return answered.reply(ask)
        except ODataError as error:
            return error_reply(error, origin)


def _is_json(reply: Reply) -> bool:
    return any(k == "content-type" and v.startswith("application/json") for k, v in reply.headers)


@fault("csrf-expired", "the session stays, its CSRF token is another one now")
async def csrf_expired(given: Given) -> Reply:
    """A write is refused with 403 until the token is fetched again."""
    given.ask.told["csrf"] = "expired"
    return await given.work()


@fault("session-lost", "all sessions are gone, as after a restart of the system")
async def session_lost(given: Given) -> Reply:
    """A write is refused with 403 until token and cookies are fetched again."""
    given.ask.told["csrf"] = "lost"
    return await given.work()


def _refused(status: int, code: str, text: str, headers: Headers | None = None) -> Any:
    async def deliver(given: Given) -> Reply:
        given.ask.told["refuse"] = (status, code, text, headers or [])
        return await given.work()

    return deliver


fault("locked", "400: somebody else edits the document (without effect, worth another try)")(
    _refused(400, "V1/042", "Sales document is currently being processed by user MMUELLER")
)
fault("closed-period", "400: a rule of the business says no")(
    _refused(400, "V1/802", "Posting period 001 2026 is not open")
)
fault("429", "Too Many Requests of the web dispatcher, without Retry-After")(
    _refused(429, "/IWFND/CM_OPS/029", "Too many requests from this user")
)
fault("403-not-csrf", "403: an authorisation is missing; fetching a token again does not help")(
    _refused(403, "/IWFND/MED/084", "User TIDEWAITER is not authorised for this operation")
)


if __name__ == "__main__":
    run(__doc__.partition("\n")[0], S4Hana)
