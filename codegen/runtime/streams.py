"""Answers that are read piece by piece: files, and lists that arrive one item at a time."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Generic, Self, TypeVar

import httpx2

from .errors import ConnectionFailed, UnreadableAnswer
from .operation import Answer, Operation
from .read import json_value, typed

I = TypeVar("I")  # noqa: E741
_PIECE: Final = 65_536


def _broken(correlation_id: str) -> ConnectionFailed:
    return ConnectionFailed("the answer broke off", effect="none", correlation_id=correlation_id)


class Download:
    """A file, as it arrives: `with client.files.download(...) as file: file.save("out.pdf")`."""

    def __init__(self, response: httpx2.Response, correlation_id: str) -> None:
        self._response = response
        self.correlation_id = correlation_id

    @property
    def media_type(self) -> str:
        """What the server says that it is."""
        return self._response.headers.get("content-type", "application/octet-stream")

    @property
    def headers(self) -> httpx2.Headers:
        """The headers of the answer."""
        return self._response.headers

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.iter_bytes(_PIECE)
        except httpx2.HTTPError:
            raise _broken(self.correlation_id) from None

    def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join(self)

    def save(self, path: str | Path) -> int:
        """Write it to a file, piece by piece; returns the number of bytes."""
        written = 0
        with Path(path).open("wb") as file:
            for piece in self:
                written += file.write(piece)
        return written

    def close(self) -> None:
        """Give the connection back, whatever was read."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncDownload:
    """A file, as it arrives: `async with await client.files.download(...) as file`."""

    def __init__(self, response: httpx2.Response, correlation_id: str) -> None:
        self._response = response
        self.correlation_id = correlation_id

    @property
    def media_type(self) -> str:
        """What the server says that it is."""
        return self._response.headers.get("content-type", "application/octet-stream")

    @property
    def headers(self) -> httpx2.Headers:
        """The headers of the answer."""
        return self._response.headers

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._response.aiter_bytes(_PIECE):
                yield piece
        except httpx2.HTTPError:
            raise _broken(self.correlation_id) from None

    async def read(self) -> bytes:
        """All of it, in memory."""
        return b"".join([piece async for piece in self])

    async def aclose(self) -> None:
        """Give the connection back, whatever was read."""
        await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Items(Generic[I]):
    """Items of an answer, each as it arrives: `with client.prices.watch() as prices: for price in prices: ...`."""

    def __init__(
        self, response: httpx2.Response, operation: Operation[Any], answer: Answer, correlation_id: str
    ) -> None:
        self._response = response
        self._operation = operation
        self._answer = answer
        self.correlation_id = correlation_id

    def __iter__(self) -> Iterator[I]:
        reader = _Reader(self._operation, self._answer, self.correlation_id)
        try:
            for line in self._response.iter_lines():
                yield from reader.line(line)
        except httpx2.HTTPError:
            raise _broken(self.correlation_id) from None
        yield from reader.end()

    def close(self) -> None:
        """Give the connection back, whatever was read."""
        self._response.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncItems(Generic[I]):
    """The same for an asynchronous client: `async with await client.prices.watch() as prices`."""

    def __init__(
        self, response: httpx2.Response, operation: Operation[Any], answer: Answer, correlation_id: str
    ) -> None:
        self._response = response
        self._operation = operation
        self._answer = answer
        self.correlation_id = correlation_id

    async def __aiter__(self) -> AsyncIterator[I]:
        reader = _Reader(self._operation, self._answer, self.correlation_id)
        try:
            async for line in self._response.aiter_lines():
                for item in reader.line(line):
                    yield item
        except httpx2.HTTPError:
            raise _broken(self.correlation_id) from None
        for item in reader.end():
            yield item

    async def aclose(self) -> None:
        """Give the connection back, whatever was read."""
        await self._response.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class _Reader:
    """Lines -> items: one JSON text a line, or server-sent events."""

    def __init__(self, operation: Operation[Any], answer: Answer, correlation_id: str) -> None:
        self._operation = operation
        self._answer = answer
        self._correlation_id = correlation_id
        self._event: dict[str, Any] = {}

    def line(self, line: str) -> Iterator[Any]:
        """The items that end with this line: one or none."""
        if self._answer.kind == "lines":
            if line.strip():
                yield self._typed(self._json(line))
            return
        if not line:
            yield from self.end()
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            held = self._event.get("data")
            self._event["data"] = value if held is None else f"{held}\n{value}"
        elif name in ("event", "id"):
            self._event[name] = value
        elif name == "retry" and value.isascii() and value.isdigit():
            self._event[name] = int(value)

    def end(self) -> Iterator[Any]:
        """The event that no empty line ended."""
        event, self._event = self._event, {}
        if event:
            yield self._typed(event)

    def _json(self, text: str) -> Any:
        try:
            return json_value(text.encode())
        except ValueError:
            message = f"an item of {self._operation.label} is no JSON"
            raise UnreadableAnswer(message, correlation_id=self._correlation_id) from None

    def _typed(self, value: Any) -> Any:
        return typed(self._operation, self._answer, value, self._correlation_id)
