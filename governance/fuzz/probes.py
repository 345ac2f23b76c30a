"""Calls that a fuzzer does not make: without a credential, the life of a record, other entities' keys, page after page.

Each is recorded with what it is about; what it shows is judged from the recording like all else.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from contracts.contract import Operation
from governance.fuzz.broken import broken, kept_broken, starts
from governance.fuzz.calling import Caller, Wanted, path_of
from governance.fuzz.conditions import condition, condition_name
from governance.fuzz.entry import Entry
from governance.fuzz.guard import Guard
from governance.fuzz.made import Record
from governance.fuzz.prepared import Prepared, Preparing
from governance.fuzz.rows import OFFSETS, SIZES, folded
from governance.fuzz.samples import Samples
from governance.fuzz.variants import variants
from governance.fuzz.walking import walk

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_SAFE: Final = ("GET", "HEAD", "OPTIONS")
STRANGE_TAG: Final = '"tidewaiter-names-no-state"'
_FOREIGN: Final = 3


@dataclass(slots=True)
class Probes:
    """The probes of one version. `accepted` holds one accepted call of each operation."""

    caller: Caller
    signed_off: Mapping[str, Caller]
    """Callers without the system's credential, by the name of the probe; none where the system asks for none."""
    guard: Guard
    preparing: Preparing
    prepared: Prepared
    samples: Samples
    accepted: Mapping[str, Entry]

    async def run(self) -> None:
        """All of them. Raises RunStoppedError."""
        operations = self.caller.target.published.operations
        called = {one.operation_id for one in self.caller.target.operations}
        for operation in operations:
            if operation.operation_id in called and operation.method == "GET":
                await self._read(operation)
        for operation in operations:
            creates = operation.method == "POST" and not _PARAMETER.search(operation.path)
            if operation.operation_id in called and creates:
                await self._life(operation)
        for operation in operations:
            if operation.operation_id in called and operation.method in ("POST", "PUT", "PATCH"):
                await self._broken(operation)
        for operation in operations:
            if operation.operation_id in called:
                await self._without_body(operation)
                await self._signed_off(operation)

    async def _read(self, operation: Operation) -> None:
        """The same again; page after page; other entities' keys."""
        entry = self._entry(operation)
        if entry is not None:
            await self._again(entry)
        values = next(iter(self.prepared.sets.get(operation.operation_id, [])), {})
        needed = {one.name for one in operation.parameters if one.required}
        size = next((one.name for one in operation.parameters if folded(one.name) in SIZES), None)
        offset = next((one.name for one in operation.parameters if folded(one.name) in OFFSETS), None)
        if size is not None and needed <= values.keys():
            await self.caller.make(Wanted(operation, {**values, size: 2}), "probe", {"probe": "page", "page": 1})
            if offset is not None:
                more = {**values, size: 2, offset: 2}
                await self.caller.make(Wanted(operation, more), "probe", {"probe": "page", "page": 2})
        if needed <= values.keys():
            await walk(self.caller, operation, values)
        names = _PARAMETER.findall(operation.path)
        if names and all(self.samples.foreign.get(name) for name in names):
            for i in range(min(_FOREIGN, *(len(self.samples.foreign[name]) for name in names))):
                keys = {name: self.samples.foreign[name][i] for name in names}
                await self.caller.make(Wanted(operation, {**values, **keys}), "probe", {"probe": "foreign"})

    async def _again(self, entry: Entry) -> None:
        call = entry.call
        await self.caller.send(
            call.method, call.path, call.query, dict(call.headers), call.body or b"", "probe",
            {"probe": "again", "of": entry.number},
        )  # fmt: skip

    async def _life(self, operation: Operation) -> None:
        """Made, read, changed, read, deleted, read; then made and changed with values at the edge of the contract."""
        await self.preparing.settle(operation)
        good = next(iter(self.prepared.bodies.get(operation.operation_id, [])), None)
        record = await self._make(operation, good)
        if record is None:
            return
        changing = self._of(record, "PATCH") or self._of(record, "PUT")
        if changing is not None:
            await self._change(changing, record)
        deleting = self._of(record, "DELETE")
        await self._look(record)
        if deleting is not None:
            await self.caller.make(Wanted(deleting, self._with_tag(deleting, record)), "probe", {"probe": "life"})
            await self._look(record)
        for name, body in variants(self.caller.target.published.document, operation, good, without=True):
            record = await self._make(operation, body, name)
            if record is not None:
                await self._look(record)

    async def _make(self, operation: Operation, body: Any, member: str = "") -> Record | None:
        before = set(self.guard.made.records)
        about = {"probe": "life", **({"member": member} if member else {})}
        self.preparing.next(operation)
        fresh = self.preparing.fresh(operation, body)
        if member and member in body and isinstance(fresh, Mapping):
            fresh = {**fresh, member: body[member]}
        await self.caller.make(Wanted(operation, {}, fresh), "probe", about)
        new = [record for key, record in self.guard.made.records.items() if key not in before]
        return new[-1] if new else None

    async def _change(self, operation: Operation, record: Record) -> None:
        good = next(iter(self.prepared.bodies.get(operation.operation_id, [])), None)
        if good is None:
            return
        await self._look(record)
        bodies = [("", good), *variants(self.caller.target.published.document, operation, good)]
        for name, body in bodies:
            about = {"probe": "life", **({"member": name} if name else {})}
            reply = await self.caller.make(Wanted(operation, self._with_tag(operation, record), body), "probe", about)
            if reply.accepted:
                await self._look(record)
        name = condition_name(operation)
        if name:
            values = {**self._with_tag(operation, record), name: STRANGE_TAG}
            await self.caller.make(Wanted(operation, values, good), "probe", {"probe": "strange-tag"})

    async def _broken(self, operation: Operation) -> None:
        """Bodies that break one keyword each, at any depth, made of one that the system accepted."""
        bodies = self.prepared.bodies.get(operation.operation_id, [])
        if self._entry(operation) is None or not bodies:
            return
        values: dict[str, Any] = {}
        if _PARAMETER.search(operation.path):
            values = next(iter(self.prepared.sets.get(operation.operation_id, [])), {})
            record = await self.preparing.record(operation)
            if record is not None:
                values = self._with_tag(operation, record)
            if not values:
                return
        for good in starts(bodies):
            for keyword, body in broken(self.caller.target.published, operation, good):
                if operation.method == "POST" and not values:
                    self.preparing.next(operation)
                made = kept_broken(good, body, self.preparing.fresh(operation, good))
                about = {"probe": "broken", "keyword": keyword}
                await self.caller.make(Wanted(operation, values, made), "probe", about)

    async def _look(self, record: Record) -> None:
        reading = self._of(record, "GET")
        if reading is not None:
            await self.caller.make(Wanted(reading, dict(record.values)), "probe", {"probe": "life"})

    def _with_tag(self, operation: Operation, record: Record) -> dict[str, Any]:
        return {**record.values, **condition(self.caller.target.published.document, operation)}

    def _of(self, record: Record, method: str) -> Operation | None:
        called = {one.operation_id for one in self.caller.target.operations}
        return next(
            (op for op in self.caller.target.published.operations if op.path == record.template and op.method == method
             and op.operation_id in called and not any(one.required and one.location == "query" for one in
                                                       op.parameters)), None,
        )  # fmt: skip

    async def _signed_off(self, operation: Operation) -> None:
        """An accepted call again, without a credential and with a wrong one."""
        for probe, caller in self.signed_off.items():
            await self._with_credential(operation, probe, caller)

    async def _with_credential(self, operation: Operation, probe: str, caller: Caller) -> None:
        """On a record of the run, where the call changes one."""
        entry = self._entry(operation)
        if entry is None:
            return
        path, headers = await self._on_own(operation, entry)
        body = entry.call.body or b""
        if operation.method == "POST" and path == entry.call.path:
            body = self._other(operation, body)
        about = {"probe": probe, "of": entry.number}
        await caller.send(entry.call.method, path, entry.call.query, headers, body, "probe", about)

    async def _without_body(self, operation: Operation) -> None:
        """An accepted call again with nothing in its body, where the contract allows that: left out, or of no bytes."""
        entry, body = self._entry(operation), operation.request_body
        if entry is None or body is None or not entry.call.body:
            return
        kind = dict(entry.call.headers).get("content-type", "")
        empty: list[dict[str, str]] = [] if body.required else [{}]
        media = body.content.get(kind.partition(";")[0].strip())
        if media is not None and media.schema is None:
            empty.append({"content-type": kind})  # bytes of any kind, and of any number
        if not empty:
            return
        path, headers = await self._on_own(operation, entry)
        headers.pop("content-type", "")
        for named in empty:
            about = {"probe": "without-body", "of": entry.number}
            await self.caller.send(entry.call.method, path, entry.call.query, {**headers, **named}, b"", "probe", about)

    async def _on_own(self, operation: Operation, entry: Entry) -> tuple[str, dict[str, str]]:
        """Path and headers of an accepted call, on a new record of the run where it changes one and one can be made."""
        path, headers = entry.call.path, dict(entry.call.headers)
        if operation.method in _SAFE or not _PARAMETER.search(operation.path):
            return path, headers
        record = await self.preparing.record(operation)
        if record is None:
            return path, headers  # the guard knows whether it is the run's own
        path = self.caller.target.base + path_of(operation, record.values)
        tags = condition(self.caller.target.published.document, operation)
        headers |= {name.lower(): str(tag) for name, tag in tags.items()} if "if-match" in headers else {}
        return path, headers

    def _other(self, operation: Operation, body: bytes) -> bytes:
        """The body with what names the record counted up: a refusal of the second of its name says nothing."""
        try:
            value = json.loads(body)
        except ValueError:
            return body
        self.preparing.next(operation)
        return json.dumps(self.preparing.fresh(operation, value)).encode()

    def _entry(self, operation: Operation) -> Entry | None:
        return self.accepted.get(self.caller.target.named(operation.operation_id))
