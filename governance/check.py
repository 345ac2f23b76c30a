"""`check`: a workspace judged whole, as `serve` would load it, in every environment at once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import Contract, Operation
from contracts.counted import counted
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.entities import Offer
from contracts.files import Files, read_files
from contracts.selftest import self_test
from contracts.servable import BATCH, NO_SECURITY, NOT_PROVABLE, TRACE, Unservable, unservable
from contracts.settings import Bounds
from contracts.suggestions import Action, suggested
from contracts.vendor_faults import security_suggestion
from contracts.workspace import assemble
from governance.board_rules import board_faults
from governance.check_inside import inside
from governance.check_node import missing_secrets
from governance.check_served import Key, is_reached, live_offers, not_served, set_aside
from governance.lifecycle.terms import terms_faults
from governance.lint_file import lint_faults
from governance.waiver_files import waiver_faults


@dataclass(frozen=True, slots=True)
class Found:
    """A diagnostic, and the environments that it holds in; none where it holds whichever is chosen."""

    diagnostic: Diagnostic
    environments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of `check`. `environments` were judged; the empty name is the workspace without one."""

    folder: str
    environments: tuple[str, ...]
    found: tuple[Found, ...]
    contracts: int
    operations: int
    """Those that somebody may expect to be served: see `set_aside` for the others."""
    not_served: int
    """Whatever the reason: the operation itself, its version, or that no entity serves it."""
    set_aside: int = 0
    """Operations of retired versions, of drafts that nobody offers, and of what candidates alone offer."""
    messages: int = 0
    """Made for the self-tests, and judged as they had to be."""
    not_self_tested: tuple[Diagnostic, ...] = ()
    """What no message could be made for, at its place; the operation is served, and was not tested there."""
    not_wholly_tested: int = 0
    """Operations that such places are in."""
    compared: int = 0
    """Messages that a second opinion was asked of."""
    explained: tuple[Diagnostic, ...] = ()
    """Where the second opinion differs for a known reason; other differences are findings."""

    @property
    def errors(self) -> int:
        """How many faults keep `serve` from starting."""
        return sum(one.diagnostic.severity == "error" for one in self.found)

    @property
    def warnings(self) -> int:
        """How many findings do not; operations that are not served are among them."""
        return sum(one.diagnostic.severity == "warning" for one in self.found)

    @property
    def exit_code(self) -> int:
        """0 fine; 1 it serves, with findings or operations left out; 2 `serve` would refuse to start."""
        return 2 if self.errors else 1 if self.warnings or self.serves_nothing else 0

    @property
    def serves_nothing(self) -> bool:
        """Whether it starts, and no operation of any contract can be called."""
        return self.contracts > 0 and self.not_served == self.operations and bool(self.found)


def check(
    folder: Path,
    environment: str | None = None,
    progress: Callable[[str], None] = lambda _: None,
    *,
    second_opinion: bool = False,
    node: bool = True,
) -> Report:
    """Judge the workspace in one environment, or in all of them and in none. Raises nothing for what it judges.

    `progress` is told what is judged next. `second_opinion` asks openapi-core too, which takes seconds an operation.
    With `node`, the secrets that `serve` would need are asked of this machine.
    """
    try:
        files = read_files(folder)
    except InvalidInputError as error:
        return Report(str(folder), (), tuple(Found(fault) for fault in error.diagnostics), 0, 0, 0)
    names = (environment,) if environment is not None else (None, *files.environments)
    held: dict[Diagnostic, list[str]] = {}
    for name in names:
        # A node serves one environment: it need not have the secrets of all of them.
        for fault in _faults(files, name, node=node and name == names[0]):
            held.setdefault(fault, []).append(name or "")
    bounds = files.settings.value.bounds if files.settings.value else Bounds()
    operations = served = aside = 0
    tested = Tested(second_opinion=second_opinion)
    live, put_aside = live_offers(files), set_aside(files)
    for key in sorted(files.contracts):
        progress(f"judging {'@'.join(key)}: {counted(len(files.contracts[key].operations), 'operation')}")
        judged = list(_operations(files, key, bounds, tested))
        left_out = [fault for fault in judged if fault is not None]
        if key in put_aside:
            aside += len(judged)
        else:
            operations += len(judged)
            served += _reached(files, key, judged, live.get(key, ()))
        differing, tested.differing = tested.differing, []
        for fault in (*left_out, *differing, *inside(files, key)):
            held[fault] = [name or "" for name in names]
    governed = (*lint_faults(folder), *terms_faults(folder), *board_faults(folder))
    for fault in (*governed, *waiver_faults(folder, files.apis, files.consumers)):
        held[fault] = [name or "" for name in names]
    for fault in list(not_served(files, datetime.now(UTC).date(), held)):
        held[fault] = [name or "" for name in names]
    found = (Found(fault, () if len(where) == len(names) else tuple(where)) for fault, where in held.items())
    return Report(
        folder=str(folder),
        environments=tuple(name or "" for name in names),
        found=tuple(sorted(found, key=lambda one: _order(one.diagnostic))),
        contracts=len(files.contracts),
        operations=operations,
        not_served=operations - served,
        set_aside=aside,
        messages=tested.messages,
        not_self_tested=tuple(tested.left_out),
        not_wholly_tested=tested.in_part,
        compared=tested.compared,
        explained=tuple(tested.explained),
    )


def _reached(files: Files, key: Key, judged: list[Diagnostic | None], offers: tuple[Offer, ...]) -> int:
    """How many operations of one version are served by somebody."""
    operations = zip(files.contracts[key].operations, judged, strict=True)
    return sum(fault is None and is_reached(files, key, operation, offers) for operation, fault in operations)


def _faults(files: Files, environment: str | None, *, node: bool) -> tuple[Diagnostic, ...]:
    try:
        workspace = assemble(files, environment)
    except InvalidInputError as error:
        return error.diagnostics
    return (*workspace.warnings, *(missing_secrets(files, workspace) if node else ()))


@dataclass(slots=True)
class Tested:
    """What the self-tests came to, and the second opinion."""

    second_opinion: bool
    messages: int = 0
    in_part: int = 0
    left_out: list[Diagnostic] = field(default_factory=list)
    compared: int = 0
    differing: list[Diagnostic] = field(default_factory=list)
    explained: list[Diagnostic] = field(default_factory=list)


def _operations(files: Files, key: tuple[str, str], bounds: Bounds, tested: Tested) -> Iterator[Diagnostic | None]:
    """For each operation of one version None where it is served, else why not."""
    contract = files.contracts[key]
    held: list[CompiledOperation] = []
    memory = files.settings.value.validator_memory_bytes if files.settings.value else 0
    for operation in contract.operations:
        why = unservable(operation)
        if why is not None:
            fault = _left_out(files, key, operation, why.code, why.reason, why.remedy)
            yield replace(fault, suggestion=_mended(contract, operation, why))
            continue
        try:
            compiled = compile_operation(contract, operation, *key, bounds)
        except Declined as declined:
            yield _left_out(files, key, operation, "not-served", declined.reason, "", declined.pointer)
            continue
        # Held, so that operations share their validators, and within the memory that a gateway would take.
        if sum(one.weight for one in held) > memory:
            held.clear()
        held.append(compiled)
        yield _self_tested(files, key, operation, compiled, tested)


def _self_tested(
    files: Files, key: tuple[str, str], operation: Operation, compiled: CompiledOperation, tested: Tested
) -> Diagnostic | None:
    contract = files.contracts[key]
    outcome = self_test(contract.document.tree, contract.version, compiled)
    name = f"{operation.method} {operation.path} of {'@'.join(key)}"
    tested.messages += outcome.tested
    tested.in_part += bool(outcome.left_out)
    for reason, pointer in outcome.left_out:
        message = f"{name} is not self-tested here: {reason}"
        tested.left_out.append(files.at(key, pointer, "not-self-tested", message, "", "warning"))
    if tested.second_opinion:
        _compared(files, key, name, compiled, tested)
    if not outcome.failures:
        return None
    first = outcome.failures[0]
    remedy = "serve it once this is mended: what its validator says cannot be relied on"
    return _left_out(files, key, operation, "self-test", first.reason, remedy, first.pointer)


def _compared(files: Files, key: tuple[str, str], name: str, compiled: CompiledOperation, tested: Tested) -> None:
    """Ask openapi-core of each message."""
    from governance.compared import compare  # noqa: PLC0415 - only where it is asked for

    found = compare(files.contracts[key], compiled)
    tested.compared += found.messages
    for one in found.differences:
        broken = f"one that breaks `{one.keyword}`" if one.keyword else "a valid one"
        message = f"{name}, {one.where}, {broken}: {one.ours} here, and by openapi-core {one.theirs}"
        if one.hole:
            message += f": {one.reason} [{one.hole}]"
            tested.explained.append(files.at(key, one.pointer, "second-opinion-explained", message, "", "warning"))
        else:
            remedy = (
                "one of the two is wrong, and no known hole of openapi-core explains it: report it with the contract"
            )
            tested.differing.append(files.at(key, one.pointer, "second-opinion", message, remedy, "warning"))


def _mended(contract: Contract, operation: Operation, why: Unservable) -> str:
    """The overlay action after which the operation is served, or no longer there."""
    if why in (NO_SECURITY, NOT_PROVABLE):
        return security_suggestion(contract, operation)
    if why in (TRACE, BATCH):
        return suggested(contract.document, Action(operation.pointer, remove=True))
    return ""


def _left_out(
    files: Files, key: tuple[str, str], operation: Operation, code: str, reason: str, remedy: str, pointer: str = ""
) -> Diagnostic:
    name = f"{operation.method} {operation.path} ({operation.operation_id}) of {'@'.join(key)}"
    message = f"{name} is not served, it answers 501: {reason}"
    return files.at(key, pointer or operation.pointer, code, message, remedy, "warning")


def _order(fault: Diagnostic) -> tuple[str, int, int, str, str]:
    return fault.file, fault.line, fault.column, fault.code, fault.message
