"""An operation made ready to judge bytes: everything costly is done here, once, at load time."""

from dataclasses import dataclass
from typing import Literal

from contracts.contract import SchemeUse


@dataclass(frozen=True, slots=True)
class BodyPlan:
    """How the request body is read, fixed at compile time."""

    kind: Literal["none", "buffer", "stream"]
    required: bool
    media_types: tuple[str, ...]


@dataclass(slots=True)
class CompiledOperation:
    """One operation of one exact version, ready to judge requests and answers."""

    api: str
    version: str
    operation_id: str
    method: str
    template: str
    pointer: str
    safe: bool
    deprecated: bool
    security: tuple[tuple[SchemeUse, ...], ...]
    path_names: tuple[str, ...]
    query_names: frozenset[bytes]
    header_names: frozenset[bytes]
    cookie_names: frozenset[bytes]
    body_plan: BodyPlan
    answer_bound: int
