"""The clients that generated ones are made of: settings, views, the head of an answer, closing."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, ClassVar, Final, Generic, ParamSpec, Self, TypeVar
from urllib.parse import urlsplit

import httpx2

from .auth import Auth
from .core import LAST, AsyncCore, Core, limits, no_cookies
from .errors import SetupError
from .flow import Reply
from .notices import hide_in_logs
from .retry import Retries
from .settings import Event, Package, Settings, Timeouts

T = TypeVar("T")
Q = ParamSpec("Q")
_KEEP: Final = object()


@dataclass(frozen=True, slots=True)
class Result(Generic[T]):
    """What an operation gave back, with the head of its answer."""

    value: T
    status: int
    headers: Mapping[str, str]

    @property
    def etag(self) -> str | None:
        """The record's tag, for `if_match` of a change."""
        return self.headers.get("etag")

    @property
    def correlation_id(self) -> str:
        """What to name to the owner of the API."""
        return self.headers.get("x-correlation-id", "")

    @property
    def api_version(self) -> str | None:
        """The exact version that answered."""
        return self.headers.get("api-version")


def _auths(auth: Any) -> tuple[Auth, ...]:
    """Raises SetupError, which does not repeat what was given: that may be a secret."""
    if auth is None:
        return ()
    several = isinstance(auth, Sequence) and not isinstance(auth, str | bytes)
    given = tuple(auth) if several else (auth,)
    if not all(isinstance(one, Auth) for one in given):
        remedy = "ApiKey(...), Token(...), ClientCredentials(...), Basic(...), or a list of them"
        raise SetupError(f"auth= is no plain text: say what kind of credential each is, by {remedy}")
    return given


def _settings(
    package: Package, usual: str, base_url: str, auth: Auth | Sequence[Auth] | None, options: Mapping[str, Any]
) -> Settings:
    address = (base_url or usual).rstrip("/")
    if not address:
        raise SetupError("say where the API is: base_url=")
    _check(address)
    hide_in_logs([scheme.wire for scheme in package.schemes if scheme.location == "query"])
    auths = _auths(auth)
    return Settings(package, address, auths, **{name: value for name, value in options.items() if value is not None})


def _check(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise SetupError("base_url is an address such as https://host/api/v1, without a query")
    if parts.username is not None or parts.password is not None:
        raise SetupError("base_url holds no credentials: give them with auth=")


def _changed(
    settings: Settings, *, entity: Any, api_version: Any, timeouts: Timeouts | None, retries: Retries | None,
    headers: Mapping[str, str] | None, correlation_id: Any,
) -> Settings:  # fmt: skip
    changes: dict[str, Any] = {"entity": entity, "api_version": api_version, "correlation_id": correlation_id}
    changes = {name: value for name, value in changes.items() if value is not _KEEP}
    if timeouts is not None:
        changes["timeouts"] = timeouts
    if retries is not None:
        changes["retries"] = retries
    if headers is not None:
        changes["headers"] = {**settings.headers, **headers}
    return replace(settings, **changes)


class SyncClient:
    """A client that waits. One may be used by many threads."""

    _package: ClassVar[Package]
    _usual_url: ClassVar[str] = ""
    _core: Core

    def __init__(
        self,
        base_url: str = "",
        *,
        auth: Auth | Sequence[Auth] | None = None,
        entity: str | None = None,
        api_version: str | None = None,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
        trace: Callable[[], Mapping[str, str]] | None = None,
        http: httpx2.Client | None = None,
    ) -> None:
        """Nothing is sent yet.

        Args:
            base_url: Where the API is, such as `https://host/stock/v1`; left out, where its contract says.
            auth: Who calls: `Token`, `ClientCredentials`, `ApiKey`, `Basic`, or several of them.
            entity: For which entity all calls are, where the credential leaves a choice (`X-Entity`).
            api_version: The exact version to be served; left out, the newest that fits.
            timeouts: How long to wait, for what.
            retries: How often to try again.
            headers: Further headers of every call.
            on_event: Called after each try, with what may be logged.
            trace: Gives `traceparent` for each call, to go on in a trace.
            http: Where requests go instead of a connection of its own; it stays open when this client is closed.
        """
        options = {
            "entity": entity, "api_version": api_version, "timeouts": timeouts, "retries": retries, "headers": headers,
            "on_event": on_event, "trace": trace,
        }  # fmt: skip
        settings = _settings(self._package, self._usual_url, base_url, auth, options)
        self._owned = http is None
        made = http or httpx2.Client(timeout=limits(settings.timeouts), cookies=no_cookies())
        self._core = Core(settings, made, logging.getLogger(self._package.name.replace("-", "_")))

    def with_options(
        self,
        *,
        entity: Any = _KEEP,
        api_version: Any = _KEEP,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        correlation_id: Any = _KEEP,
    ) -> Self:
        """A view of this client with other settings. It shares its connections, and need not be closed."""
        view = type(self).__new__(type(self))
        settings = _changed(
            self._core.settings, entity=entity, api_version=api_version, timeouts=timeouts, retries=retries,
            headers=headers, correlation_id=correlation_id,
        )  # fmt: skip
        view._owned = False  # noqa: SLF001
        view._core = Core(settings, self._core.http, self._core.log)  # noqa: SLF001
        return view

    def answer(self, method: Callable[Q, T], /, *args: Q.args, **kwargs: Q.kwargs) -> Result[T]:
        """Call a method and get the head of its answer too: `client.answer(client.orders.get_order, "4711").etag`."""
        seen: list[Reply] = []
        before = LAST.set(seen)
        try:
            value = method(*args, **kwargs)
        finally:
            LAST.reset(before)
        return _result(value, seen)

    def close(self) -> None:
        """Close the connections that this client made."""
        if self._owned:
            self._core.http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsynchronousClient:
    """A client for an event loop."""

    _package: ClassVar[Package]
    _usual_url: ClassVar[str] = ""
    _core: AsyncCore

    def __init__(
        self,
        base_url: str = "",
        *,
        auth: Auth | Sequence[Auth] | None = None,
        entity: str | None = None,
        api_version: str | None = None,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        on_event: Callable[[Event], None] | None = None,
        trace: Callable[[], Mapping[str, str]] | None = None,
        http: httpx2.AsyncClient | None = None,
    ) -> None:
        """Nothing is sent yet. The arguments are those of `Client`."""
        options = {
            "entity": entity, "api_version": api_version, "timeouts": timeouts, "retries": retries, "headers": headers,
            "on_event": on_event, "trace": trace,
        }  # fmt: skip
        settings = _settings(self._package, self._usual_url, base_url, auth, options)
        self._owned = http is None
        made = http or httpx2.AsyncClient(timeout=limits(settings.timeouts), cookies=no_cookies())
        self._core = AsyncCore(settings, made, logging.getLogger(self._package.name.replace("-", "_")))

    def with_options(
        self,
        *,
        entity: Any = _KEEP,
        api_version: Any = _KEEP,
        timeouts: Timeouts | None = None,
        retries: Retries | None = None,
        headers: Mapping[str, str] | None = None,
        correlation_id: Any = _KEEP,
    ) -> Self:
        """A view of this client with other settings. It shares its connections, and need not be closed."""
        view = type(self).__new__(type(self))
        settings = _changed(
            self._core.settings, entity=entity, api_version=api_version, timeouts=timeouts, retries=retries,
            headers=headers, correlation_id=correlation_id,
        )  # fmt: skip
        view._owned = False  # noqa: SLF001
        view._core = AsyncCore(settings, self._core.http, self._core.log)  # noqa: SLF001
        return view

    async def answer(self, method: Callable[Q, Awaitable[T]], /, *args: Q.args, **kwargs: Q.kwargs) -> Result[T]:
        """Call a method and get the head of its answer too."""
        seen: list[Reply] = []
        before = LAST.set(seen)
        try:
            value = await method(*args, **kwargs)
        finally:
            LAST.reset(before)
        return _result(value, seen)

    async def aclose(self) -> None:
        """Close the connections that this client made."""
        if self._owned:
            await self._core.http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


def _result(value: T, seen: list[Reply]) -> Result[T]:
    if not seen:
        raise SetupError("answer() takes a method of a resource of this client that makes a call")
    return Result(value, seen[-1].status, seen[-1].headers)
