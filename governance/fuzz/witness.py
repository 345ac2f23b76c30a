"""Other entities on the same system, as they are before and after a run: what a run does must not reach them.

Their lists are read by the gateway, within their own pins; the fuzzer sees nothing of it, and nothing of it is kept but
a salted digest of each list.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from contracts.contract import Operation
from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.app import Gateway
from governance.fuzz.calling import Caller
from governance.fuzz.entry import Entry
from governance.fuzz.guard import Guard
from governance.fuzz.made import Paths
from governance.fuzz.plan import Plan, Target, make_plan
from governance.fuzz.profile import bind_direct
from governance.fuzz.recorder import Masks, Recorder
from governance.fuzz.rows import rows_of
from governance.fuzz.system_wire import SystemWire
from governance.fuzz.walking import read_all
from governance.fuzz.watch import Watch
from policies.step import Runtime

Digests = dict[str, str]
"""By operation id of a list: the salted digest of its records."""


class _Nowhere:
    """In the place of a recording: nothing of another entity is written down."""

    count = 0

    def add(self, entry: Entry) -> None:
        """Nothing is kept."""


@dataclass(frozen=True, slots=True)
class Witness:
    """One other entity that offers the same version on the same system."""

    entity: str
    plan: Plan
    target: Target


def witnesses(plan: Plan, target: Target, names: tuple[str, ...]) -> list[Witness]:
    """Those that offer what is fuzzed. Raises InvalidInputError for one that may not be read there."""
    found = []
    for name in names:
        if name == plan.asked.entity:
            message, remedy = "an entity is no witness of its own run", "name another one"
            raise InvalidInputError([Diagnostic(f"entities/{name}.yaml", "witness", message, remedy)])
        asked = replace(plan.asked, entity=name, apis=(target.name,), operations=(), writes=False)
        try:
            other = make_plan(asked)
        except InvalidInputError as error:
            if any(one.code == "not-offered" for one in error.diagnostics):
                continue
            raise
        found += [Witness(name, other, one) for one in other.targets if one.offer.system == target.offer.system]
    return found


class Looking:
    """Reads the lists of witnesses, before and after."""

    def __init__(self, runtime: Runtime, folder: Path, most_bytes: int, watch: Watch) -> None:
        self._runtime, self._folder, self._most, self._watch = runtime, folder, most_bytes, watch
        self._salt = secrets.token_bytes(16)

    async def look(self, witness: Witness) -> Digests:
        """A digest of each list that can be read without a key. Raises RunStoppedError."""
        recorder = Recorder(_Nowhere(), Masks(), (), lambda _: None, self._watch.note)
        wire = SystemWire(self._runtime, self._folder, recorder, self._most)
        guard = Guard(Paths(witness.target), {})
        key = secrets.token_urlsafe(32)
        profile = bind_direct(witness.plan, witness.target, self._runtime, wire, key, guard)
        caller = Caller(Gateway(lambda: profile, [], pages=None), witness.target, key, self._watch)
        found: Digests = {}
        called = {one.operation_id for one in witness.target.operations}
        for operation in witness.target.published.operations:
            if operation.operation_id in called and _is_list(operation):
                answers = await read_all(caller, operation)
                rows = [json.dumps(row, sort_keys=True) for answer in answers for row in rows_of(answer) or [answer]]
                if answers:
                    found[operation.operation_id] = self._digest(rows)
        return found

    def _digest(self, rows: list[str]) -> str:
        whole = hashlib.sha256(self._salt)
        for row in sorted(rows):
            whole.update(row.encode() + b"\n")
        return whole.hexdigest()


def _is_list(operation: Operation) -> bool:
    return operation.method == "GET" and not any(one.required for one in operation.parameters)


def changed(before: Mapping[str, Digests], after: Mapping[str, Digests]) -> dict[str, dict[str, bool]]:
    """By entity and list: whether it is another one than before."""
    return {
        name: {operation: digest != after.get(name, {}).get(operation, digest) for operation, digest in held.items()}
        for name, held in before.items()
    }
