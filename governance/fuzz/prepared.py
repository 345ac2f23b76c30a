"""Records and bodies for operations that change something: each gets records that the run made itself."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.contract import Operation
from contracts.selftest import probes_of
from governance.fuzz.calling import Caller, Wanted
from governance.fuzz.conditions import condition
from governance.fuzz.copied import copied_bodies
from governance.fuzz.fresh import fresh_body, fresh_keys
from governance.fuzz.guard import Guard
from governance.fuzz.learned import Learned, values_for
from governance.fuzz.made import Record
from governance.fuzz.samples import Samples

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_SETS: Final = {"DELETE": 3, "POST": 2, "PATCH": 2, "PUT": 2}
_BODIES: Final = 4
_TURNS: Final = 4
_TWICE: Final = 2


@dataclass(slots=True)
class Prepared:
    """What the fuzzer starts from."""

    sets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By operation id: values of parameters that belong together."""
    bodies: dict[str, list[Any]] = field(default_factory=dict)
    """By operation id: JSON bodies, those first that the system has accepted."""
    known: dict[str, list[Any]] = field(default_factory=dict)
    """By name of a parameter: values that samples give, for operations that have no set of their own."""


class Preparing:
    """Makes the records that changes and deletions need; reading starts from what was learned."""

    def __init__(self, caller: Caller, guard: Guard, learned: Learned, samples: Samples) -> None:
        self._caller, self._guard, self._learned, self._samples = caller, guard, learned, samples
        called = {one.operation_id for one in caller.target.operations}
        self._operations = [op for op in caller.target.published.operations if op.operation_id in called]
        self._prepared = Prepared(known={name: list(values) for name, values in samples.parameters.items()})
        self._good: dict[str, Any] = {}
        self._refused: set[str] = set()
        self._turns: dict[str, int] = {}
        self._repeats: dict[str, bool] = {}
        self._unmade: set[str] = set()
        """Operations that none of the records which the run can make is about."""

    async def run(self) -> Prepared:
        """Values and bodies for every operation. Raises RunStoppedError."""
        prepared = self._prepared
        for operation in self._operations:
            name = operation.operation_id
            bodies = list(bodies_for(operation, self._caller, self._samples))
            if bodies:
                prepared.bodies[name] = bodies
            if operation.method in ("GET", "HEAD", "OPTIONS"):
                sets = self._learned.sets.get(name) or values_for(operation, self._learned, self._samples)
                if sets and sets != [{}]:
                    prepared.sets[name] = sets
        for operation in self._operations:
            if operation.method in _SETS and _PARAMETER.search(operation.path):
                sets = await self._own(operation)
                if sets:
                    prepared.sets[operation.operation_id] = sets
        for operation in self._operations:
            if operation.method == "POST" and not _PARAMETER.search(operation.path) and self._is_untried(operation):
                await self._create(operation, {})
        for name, body in self._good.items():
            others = [other for other in prepared.bodies.get(name, []) if other != body]
            prepared.bodies[name] = [body, *others]
        return prepared

    async def _own(self, operation: Operation) -> list[dict[str, Any]]:
        """Sets of values that name records of the run, or those that samples name for the operation."""
        named = [dict(one.parameters) for one in self._samples.operations.get(operation.operation_id, ())
                 if one.parameters]  # fmt: skip
        if named:
            return [{**condition(self._caller.target.published.document, operation), **one} for one in named]
        found = []
        for _ in range(_SETS[operation.method]):
            record = await self.record(operation)
            if record is None:
                break
            document = self._caller.target.published.document
            found.append({**record.values, **condition(document, operation)})
        return found or (self._not_there_yet(operation) if operation.method == "PUT" else [])

    def _not_there_yet(self, operation: Operation) -> list[dict[str, Any]]:
        """What PUT itself makes has no operation that makes it: keys that name nothing yet."""
        document = self._caller.target.published.document
        known = {name: list(values) for name, values in self._prepared.known.items()}
        for sets in self._learned.sets.values():
            for values in sets:
                for name, value in values.items():
                    known.setdefault(name, []).append(value)
        around = next(iter(values_for(operation, self._learned, self._samples)), {})
        made = fresh_keys(document, operation, known, _SETS["PUT"])
        return [{**around, **keys, **condition(document, operation)} for keys in made]

    async def record(self, operation: Operation) -> Record | None:
        """A new record that the operation is about: made at once, or under another one that is made for it."""
        names = set(_PARAMETER.findall(operation.path))
        creators = [] if operation.operation_id in self._unmade else self._creators(set())
        others = 0
        for creator in sorted(creators, key=lambda one: not operation.path.startswith(one.path)):
            outer = await self._create(creator, {})
            if outer is None:
                continue
            if self._fits(outer, names, operation):
                return outer
            for inner in self._creators(set(outer.values)):
                made = await self._create(inner, dict(outer.values))
                if made is not None and self._fits(made, names, operation):
                    return made
            others += 1
        if others == len(creators):
            self._unmade.add(operation.operation_id)
        return None

    def _fits(self, record: Record, names: set[str], operation: Operation) -> bool:
        """Whether the operation is about the record: by its values, and under its path."""
        if not names <= record.values.keys():
            return False
        probe = Record(operation.path, {name: record.values[name] for name in names})
        return self._guard.made.holds(probe)

    def _creators(self, known: set[str]) -> list[Operation]:
        """POSTs that can be made with these values; those that have succeeded before first."""
        found = []
        for operation in self._operations:
            names = set(_PARAMETER.findall(operation.path))
            fits = not names if not known else bool(names) and names <= known
            if operation.method == "POST" and fits and operation.operation_id not in self._refused:
                found.append(operation)
        return sorted(found, key=lambda op: op.operation_id not in self._good)

    async def _create(self, operation: Operation, values: dict[str, Any]) -> Record | None:
        name = operation.operation_id
        for body in self._bodies(operation):
            for _ in range(_TURNS):
                before = set(self._guard.made.records)
                reply = await self._caller.make(Wanted(operation, values, self.fresh(operation, body)), "learn")
                if reply.accepted and body is not None:
                    self._good[name] = body
                new = [record for key, record in self._guard.made.records.items() if key not in before]
                if new:
                    return new[-1]
                if reply.status != 409 and not (reply.status in (400, 422) and name in self._good):
                    break
                self._turns[name] = self._turns.get(name, 0) + 1
        if name not in self._good:
            self._refused.add(name)
        return None

    def _bodies(self, operation: Operation) -> Sequence[Any]:
        """The one that was accepted; else those to try, last of all what the system's own lists give."""
        name = operation.operation_id
        if name in self._good:
            return [self._good[name]]
        return [*self._prepared.bodies.get(name, [None])[:_BODIES], *self._copied(operation)]

    def _copied(self, operation: Operation) -> Iterator[dict[str, Any]]:
        bases = self._prepared.bodies.get(operation.operation_id, [])
        return copied_bodies(self._caller.target.published, operation, bases, self._learned.records)

    def _is_untried(self, operation: Operation) -> bool:
        """Whether nothing is known of a create that a body could be copied for."""
        return operation.operation_id not in self._good.keys() | self._refused and any(self._copied(operation))

    def fresh(self, operation: Operation, body: Any) -> Any:
        """The body with what names the record counted up, as often as the system said that it is there already."""
        if self._repeats.get(operation.operation_id, False):
            return body
        contract = self._caller.target.published
        return fresh_body(contract, operation, body, self._turns.get(operation.operation_id, 0))

    async def settle(self, operation: Operation) -> None:
        """Find out whether the same body makes a second record; where it does, bodies stay as they are."""
        name, body = operation.operation_id, next(iter(self._prepared.bodies.get(operation.operation_id, [])), None)
        if name in self._repeats or body is None or _PARAMETER.search(operation.path):
            return
        sent, records, made = self.fresh(operation, body), self._guard.made.records, []
        for _ in range(2):
            reply = await self._caller.make(Wanted(operation, {}, sent), "learn")
            if not reply.accepted:
                break
            made.append(len(records))
        told = any(one.template.startswith(operation.path) for one in records.values())
        self._repeats[name] = len(made) == _TWICE and (made[0] < made[1] or not told)

    def next(self, operation: Operation) -> None:
        """The next body of the operation is to be another one."""
        self._turns[operation.operation_id] = self._turns.get(operation.operation_id, 0) + 1


def bodies_for(operation: Operation, caller: Caller, samples: Samples) -> Iterator[Any]:
    """JSON bodies to start from: of samples, of the contract's examples, and one that is made to keep to it."""
    body = operation.request_body
    if body is None:
        return
    yield from (one.body for one in samples.operations.get(operation.operation_id, ()) if one.body is not None)
    document = caller.target.published.document
    for name, media in body.content.items():
        if "json" not in name:
            continue
        held = document.resolve(media.pointer)
        if isinstance(held, dict):
            if "example" in held:
                yield held["example"]
            stated = held.get("examples")
            for one in stated.values() if isinstance(stated, dict) else ():
                shown = document.follow(one, "")[0]
                if isinstance(shown, dict) and "value" in shown:
                    yield shown["value"]
    requests, _ = probes_of(document.tree, caller.target.published.version, operation.pointer, most=0)
    if requests.good is not None and requests.good.message.body:
        try:
            yield json.loads(requests.good.message.body)
        except ValueError:
            return
