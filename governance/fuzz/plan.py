"""What a run calls and what it leaves out: one entity, its offers, their operations, within what is allowed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from contracts.budgets import Budget, Queue
from contracts.compile import CompiledOperation
from contracts.contract import Contract
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Entity, Offer
from contracts.files import Files, read_files
from contracts.isolation import Gap
from contracts.systems import System
from contracts.wording import instead
from contracts.workspace import Workspace, assemble
from gateway.pinned import isolation_of
from gateway.release import Release, make_release
from governance.fuzz.asked import Asked
from policies.capacity import budgets_of

_WAITING: Final = Queue(waiting=1_000, wait_seconds=600)
"""A run waits for room, however long: what is refused for load says nothing of the system."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An operation that is not called, and why. `operation` is `api@version operationId`, or a whole version."""

    operation: str
    reason: str


@dataclass(frozen=True, slots=True)
class Target:
    """One version that the entity offers on a system."""

    api: str
    version: str
    offer: Offer
    system: System
    published: Contract
    """As consumers see it; calls are made and judged by it."""
    described: Contract
    """With what is pinned; answers of the system are judged by it."""
    operations: tuple[CompiledOperation, ...]
    """Those that are called."""

    @property
    def name(self) -> str:
        """`api@version`."""
        return f"{self.api}@{self.version}"

    @property
    def base(self) -> str:
        """What stands before the contract's paths."""
        return f"/{self.api}/v{self.version.partition('.')[0]}"

    def named(self, operation_id: str) -> str:
        """What an operation is called in a recording."""
        return f"{self.name} {operation_id}"


@dataclass(frozen=True, slots=True)
class Plan:
    """All of a run. `workspace` holds the one entity and what it calls, nothing else, so that nothing can leave it."""

    asked: Asked
    workspace: Workspace
    release: Release
    entity: Entity
    targets: tuple[Target, ...]
    left_out: tuple[LeftOut, ...]
    production: bool

    @property
    def operations(self) -> tuple[str, ...]:
        """Names of all that is called."""
        return tuple(one.named(op.operation_id) for one in self.targets for op in one.operations)


def make_plan(asked: Asked) -> Plan:
    """Raises InvalidInputError where nothing may be called, or what is asked for is not there."""
    files = read_files(asked.folder)
    workspace = assemble(files, asked.environment)
    entity = workspace.entities.get(asked.entity)
    where = f"entities/{asked.entity}.yaml"
    if entity is None:
        raise _refused(where, "no-entity", "there is no entity of this name", instead(asked.entity, workspace.entities))
    production = not _for_tests(files, asked.environment)
    writes = _allowed(entity, asked, where, production=production)
    left_out: list[LeftOut] = []
    offers = tuple(_offers(workspace, entity, asked, left_out))
    if not offers:
        said = "; ".join(f"{one.operation}: {one.reason}" for one in left_out) or "it offers nothing"
        raise _refused(where, "nothing-to-fuzz", f"there is nothing to call: {said}", "offer a contract on a system")
    alone = narrowed(workspace, asked.entity, entity, offers)
    release = make_release(alone)
    targets = tuple(_target(alone, release, offer, asked, writes, left_out) for offer in offers)
    _known(targets, left_out, (*asked.operations, *entity.fuzzing.leave_out), where)
    targets = tuple(target for target in targets if target.operations)
    if not targets:
        said = "; ".join(dict.fromkeys(one.reason for one in left_out))
        raise _refused(where, "nothing-to-fuzz", f"no operation is left to call: {said}", "ask for others")
    return Plan(asked, alone, release, entity, targets, tuple(left_out), production)


def _for_tests(files: Files, environment: str | None) -> bool:
    """Only an environment that says so is one for tests."""
    entry = files.environments.get(environment or "")
    return entry is not None and entry.value is not None and entry.value.purpose == "test"


def _allowed(entity: Entity, asked: Asked, where: str, *, production: bool) -> bool:
    """Whether writes may be made; raises InvalidInputError where nothing may."""
    if not production:
        return asked.writes and entity.fuzzing.writes
    allowed = entity.fuzzing.production
    place = f"environments/{asked.environment}.yaml" if asked.environment else where
    name = f"the environment {asked.environment}" if asked.environment else "without an environment, a workspace"
    if allowed is None:
        message = f"{name} is production, and the entity does not allow in writing that it is fuzzed there"
        remedy = (
            "name an environment whose file says `purpose: test` with --environment, or let the entity's owner write "
            "`fuzzing: {production: {by, until, reason}}`"
        )
        raise _refused(place, "production", message, remedy)
    if asked.today > allowed.until:
        message = f"the entity allowed until {allowed.until} that it is fuzzed in production"
        raise _refused(where, "production", message, "let its owner write a later day, or take a test environment")
    return asked.writes and allowed.writes


def _offers(workspace: Workspace, entity: Entity, asked: Asked, left_out: list[LeftOut]) -> Iterable[Offer]:
    wanted = set(asked.apis)
    known = {offer.contract for offer in entity.offers} | {o.contract.partition("@")[0] for o in entity.offers}
    for name in asked.apis:
        if name not in known:
            message = f"the entity does not offer {name}"
            raise _refused(f"entities/{asked.entity}.yaml", "not-offered", message, instead(name, known))
    newest = _newest(workspace, entity)
    for offer in entity.offers:
        api, _, version = offer.contract.partition("@")
        stage = workspace.apis[api].versions[version].stage
        system = workspace.systems[offer.system]
        if wanted and not wanted & {api, offer.contract}:
            continue
        if system.product == "example":
            left_out.append(LeftOut(offer.contract, "no system answers it: its answers are the contract's examples"))
        elif stage == "retired":
            left_out.append(LeftOut(offer.contract, "the version is retired"))
        elif offer.contract not in wanted and offer.contract != newest[api, offer.system]:
            left_out.append(LeftOut(offer.contract, "a newer version is offered on the same system; --api names it"))
        else:
            yield offer


def _newest(workspace: Workspace, entity: Entity) -> Mapping[tuple[str, str], str]:
    """The version that is called by default, by api and system: the newest active one, else the newest."""
    found: dict[tuple[str, str], tuple[bool, list[int], str]] = {}
    for offer in entity.offers:
        api, _, version = offer.contract.partition("@")
        active = workspace.apis[api].versions[version].stage == "active"
        rank = (active, [int(number) for number in version.split(".")], offer.contract)
        key = (api, offer.system)
        found[key] = max(found.get(key, rank), rank)
    return {key: rank[2] for key, rank in found.items()}


def narrowed(workspace: Workspace, name: str, entity: Entity, offers: tuple[Offer, ...]) -> Workspace:
    """The entity alone, onboarded for the run, on systems with its share of their capacity."""
    share = entity.fuzzing.share
    systems = {
        offer.system: workspace.systems[offer.system].model_copy(
            update={
                "capacity": tuple(_share(one, share) for one in budgets_of(workspace.systems[offer.system])),
                # A run makes a system fail on purpose: that it failed must not keep the next call from it.
                "breaker": None,
                "maintenance": (),
            }
        )
        for offer in offers
    }
    alone = entity.model_copy(update={"offers": offers, "stage": "onboarded"})
    return replace(workspace, entities={name: alone}, systems=systems)


def _share(budget: Budget, share: float) -> Budget:
    amount = max(1, int(budget.amount * share))
    at_once = None if budget.at_once is None else min(budget.at_once, amount)
    return budget.model_copy(update={"amount": amount, "at_once": at_once, "queue": _WAITING})


def _target(
    workspace: Workspace, release: Release, offer: Offer, asked: Asked, writes: bool, left_out: list[LeftOut]
) -> Target:
    api, _, version = offer.contract.partition("@")
    described = workspace.contracts[api, version]
    published = workspace.published.get((api, version)) or described
    compiled = release.contracts[api, version]
    fuzzing = workspace.entities[asked.entity].fuzzing
    called = []
    left_out += [LeftOut(f"{offer.contract} {one.operation.operation_id}", one.reason) for one in compiled.not_served]
    for operation in compiled.operations:
        reason = _reason(workspace, offer, operation, asked, writes, fuzzing.leave_out)
        if reason:
            left_out.append(LeftOut(f"{offer.contract} {operation.operation_id}", reason))
        else:
            called.append(operation)
    return Target(api, version, offer, workspace.systems[offer.system], published, described, tuple(called))


def _reason(
    workspace: Workspace, offer: Offer, operation: CompiledOperation, asked: Asked, writes: bool,
    leave_out: tuple[str, ...],
) -> str:  # fmt: skip
    """Why an operation is not called; empty where it is."""
    if asked.operations and operation.operation_id not in asked.operations:
        return "not asked for"
    if operation.operation_id in leave_out:
        return "the entity leaves it out of fuzzing"
    if not operation.safe and not writes:
        return "it may change something, and writes are not allowed in this run"
    if not operation.safe and operation.method != "POST" and "{" not in operation.template:
        return "it changes something that names no record, so not only what the run made"
    isolation = isolation_of(workspace, offer, operation)
    return isolation.reason if isinstance(isolation, Gap) else ""


def _known(targets: Iterable[Target], left_out: Iterable[LeftOut], names: Iterable[str], where: str) -> None:
    """Raises InvalidInputError for an operation id that nothing has."""
    known = {op.operation_id for one in targets for op in one.operations}
    known |= {one.operation.partition(" ")[2] for one in left_out if " " in one.operation}
    for name in names:
        if name not in known:
            message = f"no operation that the entity offers is called {name}"
            raise _refused(where, "no-operation", message, instead(name, known))


def _refused(file: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(file, code, message, remedy)])
