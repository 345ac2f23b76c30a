"""The course of one call, without any input or output: what to send, when to wait, what came of it.

Both clients run the same course; each does the sending and waiting in its own way.
"""

import logging
import time
import uuid
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Any, Final, TypeAlias
from urllib.parse import quote, urlsplit

from .auth import Auth, chosen
from .errors import ConnectionFailed, Effect, SetupError, TimedOut
from .notices import tell
from .operation import Operation, Scheme
from .read import failure_of, problem_of
from .retry import delay_after, delay_after_loss
from .settings import Event, Settings
from .values import File
from .written import FormFile, form_bytes, form_parts, header_text, headers_of, json_bytes, path_of, query_of

_UNAUTHORIZED: Final = 401


@dataclass(slots=True)
class Outgoing:
    """One request. `content` is None where it has no body, or where `files` are its body."""

    method: str
    url: str
    headers: list[tuple[str, str]]
    content: Any = None
    files: Sequence[FormFile] | None = None

    @property
    def replayable(self) -> bool:
        """Whether its body can be sent once more."""
        if self.files is not None:
            return not any(_is_stream(one[1][1]) for one in self.files)
        return self.content is None or isinstance(self.content, bytes)


@dataclass(frozen=True, slots=True)
class Authorize:
    """Asks for a credential. `refused`: the one that the server did not take."""

    auth: Auth
    refused: str | None
    token_url: str
    """Where the contract says that tokens are made; empty where it does not."""


@dataclass(frozen=True, slots=True)
class Send:
    """Asks for a request to be sent. `streamed`: of a success of this status the body is not to be read."""

    request: Outgoing
    streamed: Callable[[int], bool]
    read_seconds: float | None
    """Less than the timeout of reading, where the deadline of the call is nearer."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Asks for a wait."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered. `body` is what was read: all of it, but of a success that is streamed nothing."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    handle: Any = field(default=None, repr=False)
    """The response of the HTTP library, still open where the body is streamed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """No answer came. `sent`: the server may have got the request."""

    sent: bool
    timed_out: bool
    what: str


Step: TypeAlias = Authorize | Send | Pause
Course: TypeAlias = Generator[Step, Any, Reply]
Credential: TypeAlias = tuple[Auth, Scheme, str]


def request_of(settings: Settings, operation: Operation[Any], arguments: Sequence[Any], body: Any) -> Outgoing:
    """The request of a call, without credentials. Raises SetupError."""
    query = "&".join(f"{name}={value}" for name, value in query_of(operation, arguments))
    url = settings.base_url + path_of(operation, arguments) + (f"?{query}" if query else "")
    request = Outgoing(operation.method, url, headers_of(operation, arguments))
    if operation.body is None or body is None:
        if operation.body is not None and operation.body.required:
            raise SetupError(f"{operation.label} needs a body")
        return request
    kind = operation.body.kind
    if kind == "multipart":
        request.files = form_parts(operation.body, body)
        return request
    request.headers.append(("Content-Type", operation.body.media_type))
    if kind == "json":
        request.content = json_bytes(body)
    elif kind == "form":
        request.content = form_bytes(operation.body, body)
    else:
        request.content = body.encode("utf-8") if isinstance(body, str) else body
    return request


def course(settings: Settings, operation: Operation[Any], request: Outgoing, log: logging.Logger) -> Course:
    """Sends a request until it is answered by a success; raises what else came of it."""
    started = time.monotonic()
    correlation = settings.correlation_id or str(uuid.uuid4())
    request.headers += _common(settings, operation, correlation)
    granted = chosen(operation, settings.package.schemes, settings.auths)
    policy, whole = settings.retries, settings.timeouts.whole
    refused: str | None = None
    renewed = False
    tries = 0
    while True:
        credentials: list[Credential] = []
        for auth, scheme in granted:
            secret: str = yield Authorize(auth, refused if auth.renewable else None, scheme.token_url)
            credentials.append((auth, scheme, secret))
        left = None if whole is None else max(0.001, started + whole - time.monotonic())
        tries += 1
        sent_at = time.monotonic()
        outcome: Reply | Lost = yield Send(authorized(request, credentials), operation.streams, left)
        seconds = time.monotonic() - sent_at
        left = None if whole is None else started + whole - time.monotonic()
        if isinstance(outcome, Lost):
            wait = delay_after_loss(
                policy, tries=tries, sent=outcome.sent, safe=operation.safe, replayable=request.replayable,
                left_seconds=left,
            )  # fmt: skip
            _note(settings, log, Event(operation.label, tries, None, seconds, correlation, "", wait))
            if wait is None:
                raise _lost(operation, outcome, correlation)
            yield Pause(wait)
            continue
        said = outcome.headers.get("x-correlation-id", correlation)
        if 200 <= outcome.status < 300:
            policy.budget.succeeded()
            _note(settings, log, Event(operation.label, tries, outcome.status, seconds, said, "", None))
            tell(settings.package.name, operation.label, outcome.headers, log, safe=operation.safe)
            return outcome
        problem = problem_of(outcome.headers, outcome.body)
        if outcome.status == _UNAUTHORIZED and not renewed and request.replayable and _renewable(credentials):
            renewed, wait = True, 0.0
            refused = next(secret for auth, _, secret in credentials if auth.renewable)
        else:
            wait = delay_after(
                policy, tries=tries, status=outcome.status, headers=outcome.headers, safe=operation.safe,
                effect=None if problem is None else problem.effect, replayable=request.replayable, left_seconds=left,
            )  # fmt: skip
        name = "" if problem is None else problem.name
        _note(settings, log, Event(operation.label, tries, outcome.status, seconds, said, name, wait))
        if wait is None:
            problems = settings.package.problems
            raise failure_of(operation, outcome.status, outcome.headers, outcome.body, said, problems)
        if wait:
            yield Pause(wait)


def authorized(request: Outgoing, credentials: Sequence[Credential]) -> Outgoing:
    """The request with its credentials; the one that was given stays without."""
    headers, url = list(request.headers), request.url
    for auth, scheme, secret in credentials:
        if scheme.location == "query":
            url += f"{'&' if '?' in url else '?'}{_quoted(scheme.wire)}={_quoted(secret)}"
        elif scheme.location == "cookie":
            headers.append(("Cookie", f"{scheme.wire}={secret}"))
        else:
            lead = {"bearer": "Bearer ", "basic": "Basic "}.get(auth.kind, "")
            headers.append((scheme.wire, lead + header_text(scheme.wire, secret)))
    return Outgoing(request.method, url, headers, request.content, request.files)


def same_origin(base_url: str, url: str) -> bool:
    """Whether an address is of the server that the client calls: a credential is sent nowhere else."""
    ours, theirs = urlsplit(base_url), urlsplit(url)
    return (ours.scheme, ours.hostname, _port(ours.scheme, ours.port)) == (
        theirs.scheme, theirs.hostname, _port(theirs.scheme, theirs.port),
    )  # fmt: skip


def _port(scheme: str, port: int | None) -> int | None:
    return port or {"http": 80, "https": 443}.get(scheme)


def _common(settings: Settings, operation: Operation[Any], correlation: str) -> list[tuple[str, str]]:
    headers = [
        ("Accept", operation.accept),
        ("User-Agent", f"{settings.package.name}/{settings.package.version}"),
        ("X-Contract-Digest", settings.package.contract),
        ("X-Correlation-ID", correlation),
    ]
    if settings.entity is not None:
        headers.append(("X-Entity", header_text("X-Entity", settings.entity)))
    if settings.api_version is not None:
        headers.append(("API-Version", header_text("API-Version", settings.api_version)))
    traced = settings.trace() if settings.trace is not None else {}
    headers += [(name, header_text(name, value)) for name, value in {**traced, **settings.headers}.items()]
    return headers


def _renewable(credentials: Sequence[Credential]) -> bool:
    return any(auth.renewable for auth, _, _ in credentials)


def _lost(operation: Operation[Any], lost: Lost, correlation: str) -> ConnectionFailed:
    effect: Effect = "unknown" if lost.sent and not operation.safe else "none"
    kind = TimedOut if lost.timed_out else ConnectionFailed
    return kind(
        f"{operation.label}: {lost.what} (correlation {correlation})", effect=effect, correlation_id=correlation
    )


def _note(settings: Settings, log: logging.Logger, event: Event) -> None:
    log.debug(
        "%s attempt=%d status=%s seconds=%.3f correlation=%s problem=%s waits=%s",
        event.operation, event.attempt, event.status, event.seconds, event.correlation_id, event.problem or "-",
        event.waits_seconds,
    )  # fmt: skip
    if settings.on_event is not None:
        settings.on_event(event)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _is_stream(content: bytes | str | IO[bytes] | File) -> bool:
    return not isinstance(content, bytes | str)
