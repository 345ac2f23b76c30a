"""Keeps a run's hands off what it did not make: a change by key reaches its own records, and what is not there.

Whether a record is there is asked of the system itself, by reading it: systems take `0004711` for `4711`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final

from contracts.contract import Operation
from governance.fuzz.conditions import CURRENT_TAGS
from governance.fuzz.made import Made, Paths, Record
from policies.step import Answer, Call, Problem, Refusal, Step

NOT_OURS = Problem(
    "record-not-of-this-run",
    403,
    "The run did not make this record",
    "A fuzzing run changes and deletes what it made itself, and what its samples name for the operation.",
)
Look = Callable[[Operation, Mapping[str, str]], Awaitable[tuple[int, str]]]
"""Reads a record; gives the status of the answer, and its ETag or nothing."""
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_ABSENT: Final = frozenset({400, 404, 405, 410, 422})


class Guard:
    """One version's. `allowed` are records that samples name, by operation id."""

    def __init__(self, paths: Paths, allowed: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
        self.paths, self._allowed = paths, allowed
        self.made = Made()
        self.look: Look | None = None
        """Set once the application is there that it goes through."""
        self.seen: set[tuple[str, tuple[str, ...]]] = set()
        """Keys of records that were there before the run made any: an answer that names one made nothing."""
        self._absent: set[tuple[str, tuple[str, ...]]] = set()
        self._others: set[tuple[str, tuple[str, ...]]] = set()

    def around(self, operation: Operation, inner: Step) -> Step:
        """The step with the guard before it, which learns from what came back."""
        if operation.method in ("GET", "HEAD", "OPTIONS"):
            return inner
        base = self.paths.target.base

        async def guarded(call: Call) -> Answer:
            record = self.paths.record(call.path.decode("latin-1")[len(base) :])
            if record is not None and record.values and not await self._may(operation, record):
                raise Refusal(NOT_OURS, fault="gateway")
            if record is not None and call.headers.get(b"if-match") in CURRENT_TAGS:
                tag = await self._tag(record)
                call.headers = {**call.headers, b"if-match": tag.encode("latin-1", "replace") or b"*"}
            answer = await inner(call)
            if 200 <= answer.status < 300:
                self._learn(operation, record, answer)
            return answer

        return guarded

    async def _may(self, operation: Operation, record: Record) -> bool:
        if self.made.holds(record) or record.key in self._absent:
            return True
        for sample in self._allowed.get(operation.operation_id, ()):
            if all(record.values.get(name) == value for name, value in sample.items() if name in record.values):
                return True
        reader = self._reader(record)
        if reader is None or self.look is None or record.key in self._others:
            return False
        status, _ = await self.look(reader, record.values)
        if status in _ABSENT:
            self._absent.add(record.key)
            return True
        self._others.add(record.key)
        return False

    async def _tag(self, record: Record) -> str:
        """The ETag that the record has now; empty where it has none, or cannot be read."""
        reader = self._reader(record)
        return "" if reader is None or self.look is None else (await self.look(reader, record.values))[1]

    def _reader(self, record: Record) -> Operation | None:
        """What reads the record: GET on the same path, else on the nearest one around it with the same values."""
        found: Operation | None = None
        for other in self.paths.operations.values():
            names = set(_PARAMETER.findall(other.path))
            needed = any(one.required and one.location != "path" for one in other.parameters)
            if other.method != "GET" or needed or not names or not names <= record.values.keys():
                continue
            around = record.template == other.path or record.template.startswith((other.path + "/", other.path + "("))
            if around and (found is None or len(other.path) > len(found.path)):
                found = other
        return found

    def _learn(self, operation: Operation, record: Record | None, answer: Answer) -> None:
        values = record.values if record is not None else {}
        if operation.method == "DELETE" and record is not None:
            self.made.forget(record)
        elif operation.method == "POST":
            headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in answer.headers}
            body = answer.body if isinstance(answer.body, bytes) else b""
            found = self.paths.created(operation, values, headers, body)
            if found is not None and found.key not in self.seen:
                self.made.add(found)
        elif operation.method == "PUT" and record is not None and answer.status == 201:
            self.made.add(record)
