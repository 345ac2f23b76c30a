"""What a workspace serves: one row for each operation that an entity offers, and why a row is not served."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.contract import SchemeUse
from contracts.isolation import Gap
from contracts.maintenance import ahead
from contracts.selftest import Proof
from contracts.workspace import Workspace
from gateway.pinned import gap_of, isolation_of
from gateway.release import make_release


@dataclass(frozen=True, slots=True)
class RouteRow:
    """One operation on one offer. `why_not` is empty where it is served."""

    method: str
    path: str
    operation: str
    entity: str
    system: str
    api: str
    version: str
    stage: str
    security: str
    why_not: str


def route_rows(workspace: Workspace) -> tuple[RouteRow, ...]:
    """Every operation of every offer, in the order of paths."""
    return tuple(sorted(_rows(workspace), key=lambda row: (row.api, row.version, row.path, row.method, row.entity)))


def _rows(workspace: Workspace) -> Iterator[RouteRow]:
    release = make_release(workspace)
    for entity_id, entity in workspace.entities.items():
        for offer in entity.offers:
            api, version = offer.contract.split("@", 1)
            compiled = release.contracts[api, version]
            stage = workspace.apis[api].versions[version].stage
            held_back = _held_back(entity.stage, stage)
            prefix = f"/{api}/v{version.split('.', maxsplit=1)[0]}"
            rows = [
                (
                    one.method,
                    one.template,
                    one.operation_id,
                    security_text(one.security),
                    _why_not(gap, compiled.proofs[one.pointer]),
                )
                for one in compiled.operations
                for gap in (gap_of(isolation_of(workspace, offer, one)),)
            ]
            rows += [
                (one.method, one.path, one.operation_id, security_text(one.security), f"501: {left_out.reason}")
                for left_out in compiled.not_served
                for one in (left_out.operation,)
            ]
            for method, template, operation_id, security, why_not in rows:
                yield RouteRow(
                    method=method,
                    path=prefix + template,
                    operation=operation_id,
                    entity=entity_id,
                    system=offer.system,
                    api=api,
                    version=version,
                    stage=stage,
                    security=security,
                    why_not=held_back or why_not,
                )


def _why_not(gap: Gap | None, proof: Proof) -> str:
    if gap is not None:
        return f"501: {gap.reason}"
    failures = proof.run().failures
    return f"501: {failures[0].reason}" if failures else ""


def maintenance_lines(workspace: Workspace, systems: AbstractSet[str]) -> list[str]:
    """The maintenance of these systems that goes on or begins within seven days, in words."""
    now = datetime.now(UTC)
    return [
        f"{system_id} is not called from {window.begin.isoformat()} until {window.until.isoformat()}"
        + (f": {window.note}" if window.note else "")
        for system_id in sorted(systems)
        for window in ahead(workspace.systems[system_id].maintenance, now)
    ]


def _held_back(entity_stage: str, stage: str) -> str:
    if entity_stage == "candidate":
        return "the entity is a candidate, not onboarded"
    if entity_stage == "suspended":
        return "503: the entity is suspended"
    return {"draft": "404: the version is a draft", "retired": "410: the version is retired"}.get(stage, "")


def security_text(security: tuple[tuple[SchemeUse, ...], ...] | None) -> str:
    """What a caller needs, in words: `oauth2(orders.read) or api_key`; `open` where nothing, `-` where unsaid."""
    if security is None:
        return "-"
    if () in security or not security:
        return "open"
    return " or ".join(" and ".join(_scheme(use) for use in uses) for uses in security)


def _scheme(use: SchemeUse) -> str:
    return f"{use.kind}({' '.join(sorted(use.scopes))})" if use.scopes else use.kind
