"""Lists that come in pages, as iterators over their records."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urljoin

from .errors import SetupError, UnreadableAnswer
from .flow import Outgoing, Reply, request_of, same_origin
from .links import link
from .operation import Operation, Paging
from .read import json_value, typed
from .settings import Settings

P = TypeVar("P")
I = TypeVar("I")  # noqa: E741
_MOST_PAGES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class PagePlan(Generic[P, I]):
    """An operation whose answers `P` are pages of records `I`."""

    operation: Operation[P]
    paging: Paging


@dataclass(slots=True)
class Page(Generic[P]):
    """One page, read."""

    value: P
    records: list[Any]
    following: Outgoing | None


class _Walk(Generic[P, I]):
    """From one page to the next, without any input or output."""

    def __init__(self, plan: PagePlan[P, I], settings: Settings, arguments: Sequence[Any]) -> None:
        self._plan = plan
        self._settings = settings
        self._arguments = list(arguments)
        self._seen: set[str] = set()

    def first(self) -> Outgoing:
        """The request of the first page."""
        return self._request()

    def read(self, request: Outgoing, reply: Reply) -> Page[P]:
        """A page, and the request of the one after it. Raises UnreadableAnswer."""
        operation, paging = self._plan.operation, self._plan.paging
        correlation = reply.headers.get("x-correlation-id", "")
        try:
            raw = json_value(reply.body)
        except ValueError:
            message = f"a page of {operation.label} is no JSON"
            raise UnreadableAnswer(message, correlation_id=correlation) from None
        value: P = typed(operation, operation.answers[0], raw, correlation)
        found = at(raw, paging.items)
        count = len(found) if isinstance(found, list) else 0
        records = _records(value, paging.items)
        return Page(value, records, self._following(request, raw, reply.headers, count))

    def _request(self) -> Outgoing:
        return request_of(self._settings, self._plan.operation, self._arguments, None)

    def _following(self, request: Outgoing, raw: Any, headers: Mapping[str, str], count: int) -> Outgoing | None:
        paging = self._plan.paging
        if paging.kind in ("link", "header"):
            target = at(raw, paging.next) if paging.kind == "link" else link(headers.get("link", ""), "next")
            return self._linked(request, target) if isinstance(target, str) and target else None
        if paging.kind == "cursor":
            cursor = at(raw, paging.next)
            if not isinstance(cursor, str) or not cursor or cursor == self._arguments[paging.parameter]:
                return None
            self._arguments[paging.parameter] = cursor
            return self._request()
        if not count:
            return None
        if paging.kind == "last":
            return self._after(at(raw, paging.items)[-1]) if at(raw, paging.next) is True else None
        start = self._arguments[paging.parameter]
        if paging.kind == "offset":
            self._arguments[paging.parameter] = (start or 0) + count
        else:
            self._arguments[paging.parameter] = (1 if start is None else start) + 1
        return self._request()

    def _after(self, record: Any) -> Outgoing:
        paging = self._plan.paging
        last = at(record, (paging.key,))
        if last is None:
            raise UnreadableAnswer("there are more pages, and the last record does not say after what they begin")
        if last == self._arguments[paging.parameter]:
            raise UnreadableAnswer("the pages of this list lead round in a circle")
        self._arguments[paging.parameter] = last
        return self._request()

    def _linked(self, request: Outgoing, target: str) -> Outgoing:
        url = urljoin(request.url, target)
        if not same_origin(self._settings.base_url, url):
            raise SetupError("the link to the next page leads to another server: it is not followed")
        if url in self._seen or len(self._seen) >= _MOST_PAGES:
            raise UnreadableAnswer("the pages of this list lead round in a circle")
        self._seen.add(url)
        headers = [pair for pair in self._request().headers if pair[0] != "Cookie"]
        return Outgoing("GET", url, headers)


def at(value: Any, path: Sequence[str]) -> Any:
    """The member at a path of names; None where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _records(value: Any, path: Sequence[str]) -> list[Any]:
    """The same in a value of the contract's type."""
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
            continue
        fields = getattr(type(value), "model_fields", {})
        attribute = next((key for key, described in fields.items() if (described.alias or key) == name), name)
        value = getattr(value, attribute, None)
    return value if isinstance(value, list) else []


class Pages(Generic[P, I]):
    """The records of a list, page after page: `for order in client.orders.iterate_orders(): ...`."""

    def __init__(
        self, plan: PagePlan[P, I], settings: Settings, arguments: Sequence[Any],
        fetch: Callable[[Operation[Any], Outgoing], Reply],
    ) -> None:  # fmt: skip
        self._plan = plan
        self._settings = settings
        self._arguments = arguments
        self._fetch = fetch

    def __iter__(self) -> Iterator[I]:
        for page in self._walk():
            yield from page.records

    def pages(self) -> Iterator[P]:
        """The pages themselves, as the contract describes them."""
        for page in self._walk():
            yield page.value

    def _walk(self) -> Iterator[Page[P]]:
        walk = _Walk(self._plan, self._settings, self._arguments)
        request: Outgoing | None = walk.first()
        while request is not None:
            page = walk.read(request, self._fetch(self._plan.operation, request))
            yield page
            request = page.following


class AsyncPages(Generic[P, I]):
    """The same for an asynchronous client: `async for order in client.orders.iterate_orders(): ...`."""

    def __init__(
        self, plan: PagePlan[P, I], settings: Settings, arguments: Sequence[Any],
        fetch: Callable[[Operation[Any], Outgoing], Awaitable[Reply]],
    ) -> None:  # fmt: skip
        self._plan = plan
        self._settings = settings
        self._arguments = arguments
        self._fetch = fetch

    async def __aiter__(self) -> AsyncIterator[I]:
        async for page in self._walk():
            for record in page.records:
                yield record

    async def pages(self) -> AsyncIterator[P]:
        """The pages themselves, as the contract describes them."""
        async for page in self._walk():
            yield page.value

    async def _walk(self) -> AsyncIterator[Page[P]]:
        walk = _Walk(self._plan, self._settings, self._arguments)
        request: Outgoing | None = walk.first()
        while request is not None:
            page = walk.read(request, await self._fetch(self._plan.operation, request))
            yield page
            request = page.following
