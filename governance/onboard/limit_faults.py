"""Asks for what a sound system refuses: a record and a path that are not there, bodies that cannot be read."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from contracts.compile import CompiledOperation
from contracts.contract import Operation
from contracts.fuzzing import LimitProbes
from governance.fuzz.calling import Caller, path_of
from governance.fuzz.entry import Entry
from governance.fuzz.fresh import fresh_keys
from governance.fuzz.made import Paths
from governance.onboard.limit_reads import Reads, operation_of

UNKNOWN: Final = "tidewaiter-names-nothing"
WHATS: Final = ("unknown-record", "unknown-path", "malformed-json", "wrong-media-type")
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_CUT: Final = b'{"tidewaiter": '
_NO_MEDIA: Final = "application/x-tidewaiter"
_FRESH: Final = 3


@dataclass(frozen=True, slots=True)
class Faults:
    """The calls of one system. `room` says why not so many calls more, of which so many may make records."""

    caller: Caller
    reads: Reads
    agreed: LimitProbes
    room: Callable[[int, int], str]

    async def run(self) -> None:
        """Each at most once. Raises RunStoppedError."""
        target = self.caller.target
        by_key, listed = self.reads.by_key, self.reads.listed
        if by_key and (path := _not_there(self.reads)):
            await self._send("unknown-record", "GET", target.base + path, by_key[0])
        if listed is not None:
            await self._send("unknown-path", "GET", target.base + _moved(self.reads, listed), listed)
        create = _creating(self.reads) if self.agreed.bodies else None
        if create is not None:
            path = target.base + create.path
            await self._send("malformed-json", "POST", path, None, "application/json", _CUT)
            await self._send("wrong-media-type", "POST", path, None, _NO_MEDIA, b"tidewaiter")

    async def _send(
        self, what: str, method: str, path: str, like: Entry | None, media: str = "", body: bytes = b""
    ) -> None:  # fmt: skip
        if self.room(1, int(method == "POST")):
            return
        headers = dict(like.call.headers) if like is not None else {}
        query = like.call.query if like is not None else ""
        if media:
            headers["content-type"] = media
        about: dict[str, Any] = {"probe": "limits", "what": what}
        await self.caller.send(method, path, query, headers, body, "limits", about)


def beside(reads: Reads) -> tuple[CompiledOperation, ...]:
    """The list again at a path beside its own that the system has not, with all that keeps its calls to the entity."""
    if reads.listed is None:
        return ()
    name = reads.listed.operation.partition(" ")[2]
    listed = next(one for one in reads.target.operations if one.operation_id == name)
    return (replace(listed, template=_moved(reads, reads.listed), pointer=f"{listed.pointer}/beside"),)


def _moved(reads: Reads, listed: Entry) -> str:
    return f"{operation_of(reads.target, listed).path.rpartition('/')[0]}/{UNKNOWN}"


def _not_there(reads: Reads) -> str:
    """The path of a record that is not there, by its keys in the form of those that are; empty where none is known."""
    target, operation = reads.target, operation_of(reads.target, reads.by_key[0])
    paths, known = Paths(target), {name: list[str]() for name in _PARAMETER.findall(operation.path)}
    for entry in reads.by_key:
        record = paths.record(entry.call.path.removeprefix(target.base))
        for name, values in known.items():
            if record is not None and name in record.values:
                values.append(record.values[name])
    made = fresh_keys(target.published.document, operation, known, _FRESH)
    return path_of(operation, made[-1]) if made else ""


def _creating(reads: Reads) -> Operation | None:
    """What makes a record of no other one, and takes JSON."""
    called = {one.operation_id for one in reads.target.operations}
    for operation in reads.target.published.operations:
        body = operation.request_body
        takes = body is not None and any("json" in name for name in body.content)
        plain = operation.method == "POST" and not _PARAMETER.search(operation.path)
        if plain and takes and operation.operation_id in called:
            return operation
    return None
