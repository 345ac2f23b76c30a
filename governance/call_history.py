"""What happened to a call, put together from its access line, the ledger and the workspace's files."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.workspace import Workspace
from gateway.ending import Ending
from gateway.problems import FRONT, PROBLEMS, ROUTED, step_of
from governance.decided_by import Decided, Facts, decided_by
from governance.provenance import Provenance
from governance.switched_off import Withdrawn
from policies.ledger import AuditRecord
from policies.suspension_ledger import Turn, in_force
from policies.unknown_effects import UnknownEffect

_BACK = frozenset({"conform", "links", "forward"})
"""Steps that may refuse an answer too."""
_SYSTEM = frozenset({"resilience", "credential", "capacity", "transport"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One exchange with a system; times in milliseconds, `at_ms` since the call came in."""

    at_ms: float
    ms: float
    status: int
    wait_ms: float
    method: str
    own: bool
    problem: str
    fault: str


@dataclass(frozen=True, slots=True)
class Phases:
    """Where the time went, in milliseconds."""

    before: float
    waiting: float
    at_system: float
    between: float
    after: float


@dataclass(frozen=True, slots=True)
class History:
    """One call. What is not known is empty; `ms` is None where only the ledger tells of it."""

    sources: tuple[str, ...]
    at: str
    """When it came in; where only the ledger tells of it, when it was refused."""
    correlation: str
    call: str
    trace: str
    release: str
    same_release: bool | None
    """Whether the workspace is still what it was served from; None where that cannot be told."""
    consumer: str
    credential: str
    address: str
    method: str
    path: str
    api: str
    version: str
    operation: str
    entity: str
    system: str
    passed: tuple[str, ...]
    refused: str
    """The step that refused."""
    not_reached: tuple[str, ...]
    problem: str
    detail: str
    fault: str
    decided: tuple[Decided, ...]
    route: tuple[Decided, ...]
    """Where consumer, operation and offer stand."""
    attempts: int
    sent: tuple[Attempt, ...]
    ms: float | None
    phases: Phases | None
    effect: str
    unknown_effect: bool
    """Whether the ledger keeps it for people to look into."""
    contract: Mapping[str, str]
    in_bytes: int | None
    out_bytes: int | None
    status: int
    end: str


@dataclass(frozen=True, slots=True)
class Files:
    """The workspace, and where its values stand."""

    workspace: Workspace
    provenance: Provenance
    ends: tuple[Ending, ...] = ()
    """What the release that was served let until a moment."""


def histories(
    lines: Iterable[Mapping[str, Any]],
    refusals: Iterable[AuditRecord],
    unknown: Iterable[UnknownEffect],
    files: Files | None,
    turns: Iterable[Turn],
) -> tuple[History, ...]:
    """Every call that was found, in the order of time."""
    every = tuple(turns)
    by_call = {record.call or f"{record.correlation} {record.at}": record for record in refusals}
    kept = {record.call: record for record in unknown}
    told: list[History] = []
    lines = list(lines)
    in_log = {(line.get("id"), line.get("problem")) for line in lines}
    by_call = {
        name: one for name, one in by_call.items() if one.call or (one.correlation, one.problem) not in in_log
    }  # a ledger of an older version knows no call's own id
    for line in {str(line.get("call") or line.get("id")): line for line in lines}.values():
        name = str(line.get("call") or line.get("id"))
        sources = ("log", *(["ledger"] if name in by_call or name in kept else []))
        by_call.pop(name, None)
        told.append(_of_line(line, sources, name in kept, files, every))
        kept.pop(name, None)
    for record in by_call.values():
        told.append(_of_line(_line_of(record), ("ledger",), record.call in kept, files, every))
        kept.pop(record.call, None)
    told += [_of_line(_line_of(record), ("ledger",), True, files, every) for record in kept.values()]
    return tuple(sorted(told, key=lambda one: (one.at, one.call)))


def _line_of(record: AuditRecord | UnknownEffect) -> dict[str, Any]:
    """What the ledger holds, in the words of an access line."""
    line: dict[str, Any] = {
        "timestamp": datetime.fromtimestamp(record.at, UTC).isoformat(), "id": record.correlation, "call": record.call,
        "consumer": record.consumer, "api": record.api, "version": record.version, "operation": record.operation,
        "entity": record.entity, "problem": record.problem, "status": record.status,
    }  # fmt: skip
    if isinstance(record, AuditRecord):
        more = {
            "credential": record.credential, "address": record.address, "fault": record.fault, "effect": record.effect,
            "trace": record.trace, "release": record.release,
        }  # fmt: skip
    else:
        more = {"method": record.method, "system": record.system, "effect": "unknown", "end": record.end}
        line["attempts"] = record.attempts
    return {**line, **more}


def _of_line(
    line: Mapping[str, Any], sources: tuple[str, ...], unknown: bool, files: Files | None, turns: tuple[Turn, ...]
) -> History:
    def text(name: str) -> str:
        value = line.get(name, "")
        return value if isinstance(value, str) else ""

    routed = bool(text("operation"))
    problem, attempts = text("problem"), int(_number(line.get("attempts")))
    sent = tuple(_attempt(one, text("method")) for one in _sent(line) if isinstance(one, dict))
    ms = line.get("ms")
    took = _number(ms) if ms is not None else None
    at = _began(text("timestamp"), took or 0.0)
    facts = Facts(
        text("consumer"), text("credential"), text("api") or text("matched").partition("@")[0], text("version"),
        text("operation"), text("entity"), text("system") or _system_of(line, files), text("detail"), text("path"),
        _texts(line.get("places")),
    )  # fmt: skip
    before = [turn for turn in turns if turn.at <= _seconds(text("timestamp"))]
    # What was withdrawn is not resumed, whatever the ledger says of the same name.
    for_good = [turn for turn in before if isinstance(turn, Withdrawn)]
    then = (*in_force(turn for turn in before if not isinstance(turn, Withdrawn)).values(), *for_good)
    only_wire = line.get("event") == "refused"
    refused = "wire" if only_wire else _refused_by(problem, facts, files, routed=routed)
    passed, refused, not_reached = _steps(problem, sent, attempts, refused, routed=routed)
    decided: tuple[Decided, ...] = ()
    if files is not None and problem:
        decided = decided_by(problem, facts, files.workspace, files.provenance, then, files.ends)
    release = text("release")
    method, path = _asked(line, facts, files) if sources == ("ledger",) else (text("method"), text("path"))
    digest = files.workspace.digest.partition(":")[2] if files is not None else ""
    return History(
        sources=sources, at=at, correlation=text("id"), call=text("call"), trace=text("trace"), release=release,
        same_release=digest.startswith(release) if digest and release else None,
        consumer=facts.consumer, credential=facts.credential, address=text("address"), method=method,
        path=path, api=facts.api, version=facts.version, operation=facts.operation, entity=facts.entity,
        system=facts.system, passed=passed, refused=refused, not_reached=not_reached, problem=problem,
        detail=facts.detail, fault=text("fault"), decided=decided, route=_route(facts, files), attempts=attempts,
        sent=sent, ms=took, phases=_phases(took, sent, _number(line.get("wait_ms"))) if took is not None else None,
        effect=text("effect"), unknown_effect=unknown,
        contract={str(k): str(v) for k, v in (line.get("contract") or {}).items()},
        in_bytes=line.get("in_bytes"), out_bytes=line.get("out_bytes"), status=_status(line, problem),
        end=text("end"),
    )  # fmt: skip


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()


def _asked(line: Mapping[str, Any], facts: Facts, files: Files | None) -> tuple[str, str]:
    """The ledger keeps no path: the contract's own, with its parameters by name, stands for it."""
    workspace, key = (files.workspace if files is not None else None), (facts.api, facts.version)
    contract = (workspace.published.get(key) or workspace.contracts.get(key)) if workspace is not None else None
    for operation in contract.operations if contract is not None else ():
        if operation.operation_id == facts.operation:
            return operation.method, operation.path
    return str(line.get("method", "")), ""


def _refused_by(problem: str, facts: Facts, files: Files | None, *, routed: bool) -> str:
    """By the order; what the offer is says which of several steps looked at the call."""
    workspace = files.workspace if files is not None else None
    system = workspace.systems.get(facts.system) if workspace is not None else None
    entity = workspace.entities.get(facts.entity) if workspace is not None else None
    named = f"{facts.api}@{facts.version}"
    offer = next((one for one in (entity.offers if entity is not None else ()) if one.contract == named), None)
    odata = system is not None and system.protocol != "rest"
    return step_of(problem, routed=routed, pinned=offer is not None and bool(offer.pins.places), odata=odata)


def _sent(line: Mapping[str, Any]) -> Iterable[Any]:
    """Of one plain exchange the line says only when it began: the rest is the call's own."""
    if "at_ms" in line:
        return ({"at_ms": line["at_ms"], "ms": line.get("system_ms"), "status": line.get("status")},)
    sent = line.get("sent")
    return sent if isinstance(sent, list) else ()


def _system_of(line: Mapping[str, Any], files: Files | None) -> str:
    """The ledger's refusals name no system: the entity's offer does."""
    entity = files.workspace.entities.get(str(line.get("entity", ""))) if files is not None else None
    wanted = f"{line.get('api')}@{line.get('version')}"
    return next((offer.system for offer in (entity.offers if entity else ()) if offer.contract == wanted), "")


def _attempt(one: Mapping[str, Any], method: str) -> Attempt:
    return Attempt(
        _number(one.get("at_ms")), _number(one.get("ms")), int(_number(one.get("status"))),
        _number(one.get("wait_ms")), str(one.get("method", method)), one.get("own") is True,
        str(one.get("problem", "")), str(one.get("fault", "")),
    )  # fmt: skip


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def _status(line: Mapping[str, Any], problem: str) -> int:
    """What the wire refused has a line without one."""
    told = PROBLEMS.get(problem)
    return int(_number(line["status"])) if "status" in line else told.status if told is not None else 0


def _seconds(timestamp: str) -> float:
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except ValueError:
        return 0.0


def _began(timestamp: str, ms: float) -> str:
    """The line is written at the call's end."""
    try:
        began = datetime.fromisoformat(timestamp) - timedelta(milliseconds=ms)
    except (ValueError, OverflowError):
        return timestamp
    return began.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _steps(
    problem: str, sent: tuple[Attempt, ...], attempts: int, refused: str, *, routed: bool
) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
    """What let the call pass, what refused it, and what it never came to."""
    order = (*FRONT, *ROUTED)
    if not problem:
        return (order if routed else tuple(FRONT)), "", ()
    if sent and sent[-1].problem == problem:
        refused = "transport"
    if refused not in order:
        return tuple(FRONT) if routed else (), refused, ()
    at = order.index(refused)
    if attempts and (refused in _BACK or refused in _SYSTEM):
        return tuple(name for name in order if name != refused), refused, ()
    return order[:at], refused, order[at + 1 :]


def _phases(ms: float, sent: tuple[Attempt, ...], waited: float) -> Phases:
    if not sent:
        return Phases(max(0.0, ms - waited), waited, 0.0, 0.0, 0.0)
    first, last = sent[0], sent[-1]
    at_system = sum(one.ms for one in sent)
    began = first.at_ms - first.wait_ms
    ended = last.at_ms + last.ms
    between = ended - began - at_system - sum(one.wait_ms for one in sent)
    return Phases(max(0.0, began), waited, at_system, max(0.0, between), max(0.0, ms - ended))


def _route(facts: Facts, files: Files | None) -> tuple[Decided, ...]:
    if files is None:
        return ()
    at, workspace = files.provenance, files.workspace
    told = []
    if facts.consumer in workspace.consumers:
        told.append(Decided(f"the consumer {facts.consumer}", at.consumer(facts.consumer)))
    if (facts.api, facts.version) in workspace.contracts and facts.operation:
        place = at.operation(facts.api, facts.version, facts.operation)
        told.append(Decided(f"the operation {facts.operation}", place))
    if facts.entity in workspace.entities and facts.version:
        told.append(Decided(f"the offer of {facts.entity}", at.offer(facts.entity, facts.api, facts.version)))
    return tuple(told)
