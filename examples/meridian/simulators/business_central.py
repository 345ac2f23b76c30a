"""A simulated Business Central: companies, customers, items and sales orders of its API v2.0 in OData V4.

It asks for a bearer token of its own token endpoint, works on five requests at once, lets 95 wait and takes 6,000 in
five minutes; it names itself by a host that nobody outside knows. Data are kept in SQLite.
"""

import asyncio
import os
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bc_capacity import Capacity, TooLongError, TooManyError
from bc_model import seed
from bc_service import BusinessError, Company
from bc_tokens import Tokens
from fault_table import Given, fault
from message import Ask, Headers, Reply, json_reply
from naming import dress, dress_header
from rows import Rows
from serving import Options, run
from wire import open_connections

ROOT = re.compile(r"/v2\.0/[^/]+/[^/]+/api/v2\.0(?=/|\?|$)")
MEDIA = "application/json; odata.metadata=minimal; odata.streaming=true"
BANNER: Headers = [
    ("server", "Microsoft-HTTPAPI/2.0"),
    ("odata-version", "4.0"),
    ("x-ms-server-name", "BC-INTERNAL"),
    ("access-control-allow-origin", "*"),
]


@dataclass(frozen=True, slots=True)
class Settings:
    """What tests may change. `minute_seconds` shortens the vendor's minutes: 8 for an operation, 5 of the window."""

    naming: str = "plain"
    page_size: int = 20
    minute_seconds: float = 60.0
    operation_minutes: float = 8.0
    window_minutes: float = 5.0
    window_requests: int = 6_000
    at_work: int = 5
    queue: int = 95
    connections: int = 100
    work_seconds: float = 0.0
    token_seconds: float = 3600.0


class BusinessCentral:
    """One tenant; any name of tenant and environment in the path is its own."""

    origin = "https://BC-INTERNAL.example:7048"

    def __init__(self, options: Options) -> None:
        self.settings = Settings()
        self._seed = options.seed
        self._rows = Rows(options.state / "business_central.sqlite")
        self._tokens = Tokens(
            os.environ.get("TIDEWAITER_SECRET_BC_CLIENT_ID", "tidewaiter-gateway"),
            os.environ.get("TIDEWAITER_SECRET_BC_CLIENT_SECRET", "welcome"),
        )
        self._capacity = Capacity()
        if self._rows.is_empty:
            seed(self._rows, self._seed)

    def auxiliary(self, ask: Ask) -> bool:
        """A fetch of a token."""
        return ask.path == "/token"

    def reset(self, *, sessions: bool, data: bool) -> None:
        """Counters begin anew; with `sessions`, tokens end; with `data`, the first data come back."""
        if sessions:
            self._tokens.revoke()
        if not self._capacity.at_work:
            self._capacity = Capacity()
        if data:
            self._rows.clear()
            seed(self._rows, self._seed)

    def state(self) -> dict[str, Any]:
        """Counts, and the most that there was of each since the last reset."""
        held = self._capacity
        return {
            "rows": self._rows.counts(),
            "tokens_issued": self._tokens.issued,
            "at_work": held.at_work,
            "waiting": held.waiting,
            "most_at_work": held.most_at_work,
            "most_waiting": held.most_waiting,
            "connections": len(open_connections),
        }

    def actions(self) -> dict[str, Callable[[], None]]:
        """None of its own."""
        return {}

    async def answer(self, ask: Ask) -> Reply:
        """The answer with banner and links as this system writes them."""
        if ask.path == "/token":
            if "refuse" in ask.told:
                status, _, _, headers = ask.told["refuse"]
                return json_reply(status, {"error": "temporarily_unavailable"}, headers)
            return self._tokens.issue(ask, self.settings.token_seconds)
        correlation = str(uuid.uuid4())
        try:
            reply = await self._limited(ask)
        except BusinessError as error:
            text = f"{error.text}  CorrelationId:  {correlation}."
            reply = json_reply(error.status, {"error": {"code": error.code, "message": text}}, error.headers, MEDIA)
        origin = str(ask.told.get("origin", self.origin))
        naming = str(ask.told.get("naming", self.settings.naming))
        headers = [(k, dress_header(v, origin, naming) if k == "location" else v) for k, v in reply.headers]
        headers += [*BANNER, ("request-id", correlation)]
        is_json = any(k == "content-type" and v.startswith("application/json") for k, v in headers)
        return Reply(reply.status, headers, dress(reply.body, origin, naming) if is_json else reply.body)

    async def _limited(self, ask: Ask) -> Reply:
        held = self.settings
        if ask.told.get("token") == "revoked":
            self._tokens.revoke()
        refusal = self._tokens.refusal(ask)
        if refusal:
            asks = [("www-authenticate", f'Bearer realm="{self.origin}", error="invalid_token"')]
            raise BusinessError(401, "Authentication_InvalidCredentials", refusal, asks)
        if len(open_connections) > held.connections:
            raise BusinessError(429, "Application_TooManyRequests", "There are too many connections")
        try:
            self._capacity.count(held.window_requests, held.window_minutes * held.minute_seconds)
            seconds = held.operation_minutes * held.minute_seconds
            async with self._capacity.turn(held.at_work, held.queue, seconds) as left:
                if held.work_seconds:
                    await asyncio.sleep(min(held.work_seconds, max(left, 0)))
                if held.work_seconds > left:
                    raise TooLongError
                return self._served(ask)
        except TooManyError as error:
            wait = [("retry-after", str(error.retry_after))] if error.retry_after is not None else []
            raise BusinessError(429, "Application_TooManyRequests", str(error), wait) from error
        except TooLongError as error:
            raise BusinessError(408, "Application_OperationTimeout", "The operation took too long") from error

    def _served(self, ask: Ask) -> Reply:
        if "refuse" in ask.told:
            raise BusinessError(*ask.told["refuse"])
        root = ROOT.match(ask.target)
        if root is None:
            raise BusinessError(404, "BadRequest_NotFound", f"Nothing is here on {self.origin}")
        base = str(ask.told.get("origin", self.origin)) + root[0]
        made = Company(self._rows, base, self.settings.page_size).serve(ask, ask.target[root.end() :].partition("?")[0])
        if made.value is None:
            return Reply(made.status, made.headers)
        return json_reply(made.status, made.value, made.headers, MEDIA)


@fault("token-revoked", "401: the token is not good any more, although its time is not over")
async def token_revoked(given: Given) -> Reply:
    """A new token helps."""
    given.ask.told["token"] = "revoked"
    return await given.work()


def _refused(status: int, code: str, text: str, headers: Headers | None = None) -> Any:
    async def deliver(given: Given) -> Reply:
        more = list(headers or [])
        if "retry_after" in given.options:
            more = [("retry-after", str(given.options["retry_after"]))]
        given.ask.told["refuse"] = (status, code, text, more)
        return await given.work()

    return deliver


fault("429-with-retry-after", "Too Many Requests with Retry-After, `retry_after` (2) seconds")(
    _refused(429, "Application_TooManyRequests", "Too many requests in the time window", [("retry-after", "2")])
)
fault("429-without-retry-after", "Too Many Requests, and no word about when to come again")(
    _refused(429, "Application_TooManyRequests", "The queue of waiting requests is full")
)
fault("408", "the operation was given up after eight minutes and rolled back")(
    _refused(408, "Application_OperationTimeout", "The operation took too long")
)
fault("locked", "409: another session holds the record (without effect, worth another try)")(
    _refused(409, "Internal_RecordLocked", "The record is locked by another user")
)
fault("closed-period", "400: a rule of the business says no")(
    _refused(400, "Application_DialogException", "The posting date is not within your range of allowed posting dates")
)


if __name__ == "__main__":
    run(__doc__.partition("\n")[0], BusinessCentral)
