"""Which operations stop when what let a change ends: those that could not be called, or not so, without it."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.consumers import Consumer
from contracts.workspace import Workspace
from gateway.ending import Stopped
from governance.callers import may_use
from governance.changes.changed import Changed, Point
from governance.changes.files import kind_of
from governance.changes.state import State
from governance.finding import Finding
from governance.waiver_files import FOLDER

_NAMED: Final = {"systems": "system", "entities": "entity", "consumers": "consumer"}
"""Keys of an environment's file under which things stand by their name."""


@dataclass(frozen=True, slots=True)
class Stopping:
    """Changes of a newer state of a workspace against its base."""

    base: State | None
    new: State
    changes: tuple[Changed, ...]

    def of_change(self, change: Changed) -> Iterator[Stopped]:
        """What a decision let: of a contract the operations that it found something about, of a file what it is of.

        Nothing for what is of no operation: plans, issuers, settings, rules.
        """
        if change.kind == "contract":
            yield from self._of_points(change.name, change.points)
            return
        kind, name = kind_of(change.name)
        waiver = change.name.removeprefix(f"{FOLDER}/").removesuffix(".yaml")
        if change.name == f"{FOLDER}/{waiver}.yaml":
            for waived in self.waived_by(waiver):
                yield from self.of_waiver(waived, waiver)
        elif kind == "api":
            yield from self._of_api(name, change.points)
        elif kind == "environment":
            for point in change.points:
                yield from self._of_key(point.finding)
        else:
            yield from self._of_file(kind, name)

    def waived_by(self, waiver: str) -> Iterator[Changed]:
        """The changes of which it let something pass."""
        for one in self.changes:
            if any(waiver in point.finding.waived for point in one.noted):
                yield one

    def of_waiver(self, change: Changed, waiver: str) -> Iterator[Stopped]:
        """What a waiver let pass of a change."""
        points = [one for one in change.noted if waiver in one.finding.waived]
        if change.kind == "contract":
            yield from self._of_points(change.name, points)
        else:
            yield from self._of_api(kind_of(change.name)[1], points)

    def _of_points(self, contract: str, points: Iterable[Point]) -> Iterator[Stopped]:
        """Those that the findings reach; all of it where one is about more than operations."""
        there = self._served(contract)
        reached: set[str] = set()
        for point in points:
            uses = {f"{use.method} {use.path}" for use in point.finding.reach if use.method}
            if not uses and point.finding.method:
                uses = {f"{point.finding.method} {point.finding.path}"}
            if not uses:
                reached |= there
            reached |= uses & there
        if reached:
            yield Stopped(contract=contract, operations=() if reached == there else tuple(sorted(reached)))

    def _served(self, contract: str) -> set[str]:
        api, _, version = contract.partition("@")
        workspace = self.new.workspace
        found = workspace.published.get((api, version)) or workspace.contracts.get((api, version))
        return {f"{one.method} {one.path}" for one in found.operations} if found is not None else set()

    def _of_api(self, api: str, points: Sequence[Point]) -> Iterator[Stopped]:
        versions: set[str] = set()
        for one in points:
            parts = one.finding.pointer_new.split("/")
            named = parts[2] if len(parts) > 2 and parts[1] == "versions" else ""
            versions |= {named} if named else {version for its, version in self.new.workspace.contracts if its == api}
        for version in sorted(versions):
            if (api, version) in self.new.workspace.contracts:
                yield Stopped(contract=f"{api}@{version}")

    def _of_key(self, finding: Finding) -> Iterator[Stopped]:
        parts = finding.pointer_new.replace("~1", "/").split("/")
        if len(parts) > 2 and parts[1] in _NAMED:
            yield from self._of_file(_NAMED[parts[1]], parts[2])

    def _of_file(self, kind: str, name: str) -> Iterator[Stopped]:
        entities = self.new.workspace.entities
        if kind == "entity" and name in entities:
            yield from (Stopped(contract=one.contract, entity=name) for one in entities[name].offers)
        elif kind == "system":
            for entity in sorted(entities):
                for offer in entities[entity].offers:
                    if offer.system == name:
                        yield Stopped(contract=offer.contract, entity=entity)
        elif kind == "consumer" and name in self.new.workspace.consumers:
            yield from self._of_consumer(name)

    def _of_consumer(self, name: str) -> Iterator[Stopped]:
        """What it may call from now on and could not before; all of its own where nothing was added."""
        now = _callable(self.new.workspace.consumers[name], self.new.workspace)
        was = self.base.workspace.consumers.get(name) if self.base is not None else None
        before = _callable(was, self.base.workspace) if was is not None and self.base is not None else set()
        for entity, contract in sorted((now - before) or now):
            yield Stopped(contract=contract, entity=entity, consumer=name)


def one_row_each(rows: Iterable[Stopped]) -> tuple[Stopped, ...]:
    """Each once, in an order that does not depend on how they were found."""
    found = {(one.contract, one.entity, one.consumer, one.operations): one for one in rows}
    return tuple(found[key] for key in sorted(found))


def _callable(consumer: Consumer, workspace: Workspace) -> set[tuple[str, str]]:
    """Entity and contract, as far as the files say: scopes are in tokens."""
    found = set()
    for entity in consumer.entities:
        for offer in workspace.entities[entity].offers if entity in workspace.entities else ():
            api = offer.contract.partition("@")[0]
            if may_use(consumer, api, workspace.apis[api].visibility):
                found.add((entity, offer.contract))
    return found
