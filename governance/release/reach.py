"""Who may call what in one state of a workspace: consumer, entity, exact version, operation, and what it asks for."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.consumers import Consumer, KeyCredential
from contracts.workspace import Workspace
from governance.callers import may_use
from governance.routes import RouteRow, route_rows

ANYBODY: Final = ""
"""Stands for callers without a credential: they may call operations that are open."""
_OPEN: Final = "open"


@dataclass(frozen=True, slots=True, order=True)
class Right:
    """One operation of one exact version that a consumer may call for an entity."""

    consumer: str
    entity: str
    api: str
    version: str
    operation: str
    """`GET /sales/v1/orders`."""

    @property
    def in_contract(self) -> str:
        """The operation as the contract writes it: `GET /orders`."""
        method, _, path = self.operation.partition(" ")
        major = self.version.partition(".")[0]
        return f"{method} {path.removeprefix(f'/{self.api}/v{major}')}"


@dataclass(frozen=True, slots=True)
class Reach:
    """All rights, and what is known of those who have them."""

    rights: Mapping[Right, str]
    """With what the operation asks for: `oauth2(orders.read) or api_key`, `open`."""
    whole: Mapping[tuple[str, str, str], int]
    """By entity, api and version: how many operations are served."""


def reach_of(workspace: Workspace) -> Reach:
    """The rights in a workspace, as a gateway that loads it would grant them; every operation is self-tested."""
    served = [row for row in route_rows(workspace) if not row.why_not]
    whole: dict[tuple[str, str, str], int] = {}
    for row in served:
        key = row.entity, row.api, row.version
        whole[key] = whole.get(key, 0) + 1
    rights = {right: row.security for row in served for right in _rights(row, workspace)}
    return Reach(rights, whole)


def scopes_of(consumer: Consumer) -> frozenset[str]:
    """Scopes that its API keys carry. Those of tokens are in the tokens."""
    return frozenset(
        scope for one in consumer.credentials if isinstance(one, KeyCredential) for scope in one.scopes
    )  # fmt: skip


def _rights(row: RouteRow, workspace: Workspace) -> Iterator[Right]:
    operation = f"{row.method} {row.path}"
    visibility = workspace.apis[row.api].visibility
    if row.security == _OPEN and visibility == "public":
        yield Right(ANYBODY, row.entity, row.api, row.version, operation)
    for name, consumer in workspace.consumers.items():
        is_on = row.entity in consumer.entities and consumer.suspended_since is None
        if is_on and may_use(consumer, row.api, visibility):
            yield Right(name, row.entity, row.api, row.version, operation)
