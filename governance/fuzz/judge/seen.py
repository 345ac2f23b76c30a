"""A recorded call as judges see it: with its operation, and what the contract says of both its sides."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import Operation
from contracts.isolation import Gap, Isolation, isolate
from contracts.judgement import Judgement, Violation
from contracts.paths import PathMatcher, canonical
from contracts.raw_path import UnsafePathError
from contracts.settings import Bounds
from contracts.templates import InvalidTemplateError
from governance.fuzz.entry import Entry, Exchanged, Headers
from governance.fuzz.plan import Target
from policies.fault_profile import Told, fault_profile

UNKNOWN: Final = Judgement("could_not_check", reason="it was not kept")
_GROUP: Final = "seen"
SIGNED_OFF: Final = ("no-credential", "wrong-credential")
"""Probes that go without the system's credential."""


class Subject:
    """One version, ready to judge its calls."""

    def __init__(self, target: Target, bounds: Bounds) -> None:
        self.target = target
        self.operations = {one.operation_id: one for one in target.operations}
        self.described = {op.operation_id: op for op in target.published.operations}
        self._answering: dict[str, CompiledOperation | None] = {}
        self._isolations: dict[str, Isolation | None] = {}
        self._bounds = bounds
        self.with_pins = {op.operation_id: op for op in target.described.operations}
        self._matcher: PathMatcher[str] = PathMatcher()
        for template in dict.fromkeys(one.template for one in target.operations):
            try:
                self._matcher.add("", template, _GROUP, template)
            except InvalidTemplateError:
                continue
        self.faults = fault_profile(target.system.product)

    def values(self, operation: CompiledOperation, path: str) -> tuple[bytes, ...] | None:
        """The raw values of a path; None where it is not the operation's."""
        try:
            found = self._matcher.match(canonical(path.encode("ascii", "replace")))
        except UnsafePathError:
            return None
        for candidate in found:
            at = candidate.of(_GROUP)
            if at is not None and at[0] == operation.template:
                return at[1]
        return None

    def answering(self, operation_id: str) -> CompiledOperation | None:
        """The operation as the system answers it: with what is pinned. None where that cannot be judged."""
        target = self.target
        if target.described is target.published:
            return self.operations.get(operation_id)
        if operation_id not in self._answering:
            made = None
            if operation_id in self.with_pins:
                try:
                    made = compile_operation(
                        target.described, self.with_pins[operation_id], target.api, target.version, self._bounds
                    )
                except Declined:
                    made = None
            self._answering[operation_id] = made
        return self._answering[operation_id]

    def isolation(self, operation_id: str) -> Isolation | None:
        """How the gateway keeps the operation to the entity; None where nothing is pinned, or it cannot."""
        target = self.target
        operation = self.with_pins.get(operation_id)
        if not target.offer.pins.places or operation is None:
            return None
        if operation_id not in self._isolations:
            found = isolate(target.described, operation, target.offer.pins, target.system.protocol)
            self._isolations[operation_id] = None if isinstance(found, Gap) else found
        return self._isolations[operation_id]


@dataclass(eq=False)
class Seen:
    """One call. Judgements are made when first asked for."""

    entry: Entry
    subject: Subject
    compiled: CompiledOperation
    operation: Operation

    @property
    def name(self) -> str:
        """`api@version operationId`."""
        return self.entry.operation

    @property
    def number(self) -> int:
        """Of the entry."""
        return self.entry.number

    @property
    def main(self) -> Exchanged | None:
        """What the system was asked, if it was."""
        return self.entry.main

    @property
    def status(self) -> int:
        """What the system answered; 0 where it did not."""
        return self.entry.status

    @property
    def accepted(self) -> bool:
        """Whether the system carried the call out."""
        return 200 <= self.status < 300

    @cached_property
    def request(self) -> Judgement:
        """What the contract says of the call as its caller made it."""
        call = self.entry.call
        values = self.subject.values(self.compiled, call.path.removeprefix(self.subject.target.base))
        if values is None or call.body is None:
            return UNKNOWN
        headers = {name.encode("latin-1", "replace"): value.encode("utf-8") for name, value in call.headers}
        return self.compiled.judge_request(values, call.query.encode(), headers, call.body, every=True)

    @cached_property
    def answer(self) -> Judgement:
        """What the contract says of the system's own answer."""
        received = None if self.main is None else self.main.received
        operation = self.subject.answering(self.compiled.operation_id)
        if received is None or operation is None:
            return UNKNOWN
        return operation.judge_answer(received.status, as_bytes(received.headers), received.body, every=True)

    @cached_property
    def told(self) -> Told | None:
        """What the product's own rules make of the answer."""
        received = None if self.main is None else self.main.received
        if received is None:
            return None
        return self.subject.faults.judge(
            self.compiled.method, received.status, as_bytes(received.headers), received.body or b""
        )

    @property
    def throttled(self) -> bool:
        """Whether the system said that it has no room: no verdict."""
        if self.told is not None and self.told.kind == "transient.capacity":
            return True
        received = None if self.main is None else self.main.received
        return received is not None and received.status == 503 and bool(received.header("retry-after"))

    @cached_property
    def sent_json(self) -> Any:
        """The caller's body; None where it is no JSON."""
        return as_json(self.entry.call.body)

    @cached_property
    def answer_json(self) -> Any:
        """The system's body; None where it is no JSON."""
        received = None if self.main is None else self.main.received
        return None if received is None else as_json(received.body)

    def reached(self) -> tuple[Violation, ...]:
        """What the call breaks and the system could see: not what the gateway takes out or puts in on the way."""
        main = self.main
        if main is None or self.request.outcome != "violates":
            return ()
        sent = dict(main.sent.headers)
        came = dict(self.entry.call.headers)
        return tuple(
            one
            for one in self.request.violations
            if one.location != "cookie"
            and (one.location != "header" or sent.get(one.pointer.lower()) == came.get(one.pointer.lower()))
        )


@dataclass(frozen=True, slots=True)
class Case:
    """All that judges look at."""

    seen: Sequence[Seen]
    canaries: Sequence[str] = ()
    """Texts of other entities' records."""
    foreign: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Keys of other entities' records, by the name of the parameter that takes them."""
    witnessed: Mapping[str, Mapping[str, Mapping[str, bool]]] = field(default_factory=dict)
    """By version, other entity and list: whether the list was another one after the run."""
    failures: Sequence[Mapping[str, str]] = field(default_factory=list)
    """Checks of the fuzzer that failed, each with its test case."""

    def of_run(self) -> Sequence[Seen]:
        """Calls that were made as the direct profile makes them, with the system's credential."""
        return [one for one in self.seen if one.entry.part in ("learn", "fuzz", "probe", "clean-up")
                and one.entry.about.get("probe") not in SIGNED_OFF]  # fmt: skip


def as_bytes(headers: Headers) -> list[tuple[bytes, bytes]]:
    """As the compiled contract takes them."""
    return [(name.encode("latin-1", "replace"), value.encode("utf-8")) for name, value in headers]


def as_json(body: bytes | None) -> Any:
    """None where it is no JSON."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None
