# ruff: noqa: N818 - their names say what happened
"""What can go wrong with a call.

    ClientError
      SetupError          a setting or an argument is wrong: nothing was sent
      CredentialError     no token could be had
      ConnectionFailed    no answer came; `effect` says whether the call may have had one
        TimedOut
      UnreadableAnswer    the answer is not what the contract promises; `places` names where
      StatusError         the server refused; the classes below go by status, those in `errors` by type of problem
        NotModified, BadRequest, Unauthorized, Forbidden, NotFound, Conflict, Gone, PreconditionFailed,
        Unprocessable, PreconditionRequired, TooManyRequests, ServerError, Unavailable, ...

No message holds a credential, a header's value or a body.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal, TypeVar

T = TypeVar("T")
Effect = Literal["none", "applied", "unknown"]
"""What a call did to the system behind the API."""


class ClientError(Exception):
    """Whatever a client raises."""


class SetupError(ClientError):
    """A setting or an argument is wrong. Nothing was sent."""


class CredentialError(ClientError):
    """No token could be had. Nothing was sent."""


class ConnectionFailed(ClientError):
    """No answer came."""

    def __init__(self, message: str, *, effect: Effect, correlation_id: str) -> None:
        super().__init__(message)
        self.effect = effect
        self.correlation_id = correlation_id


class TimedOut(ConnectionFailed):
    """No answer came in time."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a message, and what is wrong there. `pointer` is a JSON pointer (RFC 6901)."""

    pointer: str
    message: str
    location: str = ""
    """Such as `body`, `query`, `path`, `header`; empty where nobody said."""
    rule: str = ""


class UnreadableAnswer(ClientError):
    """The answer is not what the contract promises. The call itself succeeded."""

    def __init__(self, message: str, places: tuple[Place, ...] = (), *, correlation_id: str = "") -> None:
        super().__init__(message)
        self.places = places
        self.correlation_id = correlation_id
        self.effect: Effect = "applied"


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem detail (RFC 9457)."""

    type: str
    title: str
    detail: str
    instance: str
    effect: Effect | None
    fault: str
    """Who is at fault, such as gateway, contract, system, business; empty where nobody said."""
    correlation_id: str
    errors: tuple[Place, ...]
    members: Mapping[str, Any] = field(repr=False)
    """All members as they came."""

    @property
    def name(self) -> str:
        """The last segment of the type's address."""
        return self.type.rstrip("/").rpartition("/")[2]


class StatusError(ClientError):
    """The server answered, and it was no success."""

    status_of_class: ClassVar[int] = 0

    def __init__(
        self, *, status: int, headers: Mapping[str, str], body: bytes, operation: str, correlation_id: str,
        effect: Effect, problem: Problem | None = None, value: object = None,
    ) -> None:  # fmt: skip
        self.status = status
        self.headers = headers
        self.body = body
        """The first bytes of the body, as they came."""
        self.operation = operation
        self.correlation_id = correlation_id
        self.effect: Effect = effect
        self.problem = problem
        self.value = value
        """The body as the contract declares it for this status, where it could be read so."""
        super().__init__(self._message())

    def _message(self) -> str:
        said = "" if self.problem is None else f" {self.problem.name}: {self.problem.detail or self.problem.title}"
        return f"{self.status}{said} ({self.operation}, correlation {self.correlation_id or 'unknown'})"

    @property
    def errors(self) -> tuple[Place, ...]:
        """The places of the request that were refused, where the server named them."""
        return () if self.problem is None else self.problem.errors

    @property
    def retry_after_seconds(self) -> float | None:
        """How long the server asks to wait, where it says so in seconds."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isascii() and value.isdigit() else None

    def value_as(self, kind: type[T]) -> T | None:
        """The body as this class of the contract's; None where it is no such thing."""
        return self.value if isinstance(self.value, kind) else None


class NotModified(StatusError):
    """304: what was asked for is as `if_none_match` says."""

    status_of_class = 304


class BadRequest(StatusError):
    """400."""

    status_of_class = 400


class Unauthorized(StatusError):
    """401."""

    status_of_class = 401


class Forbidden(StatusError):
    """403."""

    status_of_class = 403


class NotFound(StatusError):
    """404."""

    status_of_class = 404


class Conflict(StatusError):
    """409."""

    status_of_class = 409


class Gone(StatusError):
    """410: the version is retired."""

    status_of_class = 410


class PreconditionFailed(StatusError):
    """412: somebody else changed the record; read it again."""

    status_of_class = 412


class Unprocessable(StatusError):
    """422."""

    status_of_class = 422


class PreconditionRequired(StatusError):
    """428: a change needs `if_match`."""

    status_of_class = 428


class TooManyRequests(StatusError):
    """429, after all retries."""

    status_of_class = 429


class ServerError(StatusError):
    """500 and above."""

    status_of_class = 500


class Unavailable(ServerError):
    """503."""

    status_of_class = 503


BY_STATUS: Mapping[int, type[StatusError]] = {
    kind.status_of_class: kind
    for kind in (
        NotModified, BadRequest, Unauthorized, Forbidden, NotFound, Conflict, Gone, PreconditionFailed, Unprocessable,
        PreconditionRequired, TooManyRequests, ServerError, Unavailable,
    )
}  # fmt: skip


def class_of(status: int) -> type[StatusError]:
    """The class of a status."""
    return BY_STATUS.get(status) or (ServerError if status >= 500 else StatusError)
