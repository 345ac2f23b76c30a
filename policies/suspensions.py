"""What is suspended just now, asked once a call after it is known who calls and once after it is known what for.

The door for emergencies: without a release, whatever is cached. State: one `Suspensions` in
`runtime.keep(("suspensions",))`, replaced whole by the worker when its parent says so; the parent keeps it in the
ledger. A reload and an older release leave it alone, a restart begins with it, the store has no part in it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from policies.identify import CONSUMER_SUSPENDED
from policies.select import ENTITY_SUSPENDED
from policies.step import Call, Header, Identity, Problem, Refusal, Route, Runtime

KEY_SUSPENDED = Problem(
    "key-suspended",
    403,
    "The API key is suspended",
    "Ask the owner of the gateway for a new key. Other credentials of the consumer go on working.",
)
ISSUER_SUSPENDED = Problem(
    "issuer-suspended",
    403,
    "Tokens of this issuer are not taken for now",
    "Ask the owner of the gateway why; a new token of the same issuer does not help.",
)
SYSTEM_SUSPENDED = Problem(
    "system-suspended",
    503,
    "The system behind this is switched off for now",
    "Call again later. Nothing reached the system.",
)
OPERATION_SUSPENDED = Problem(
    "operation-suspended",
    503,
    "The operation is switched off for now",
    "Call again later, or ask the owner of the API. Nothing reached the system.",
)
refuses = (
    CONSUMER_SUSPENDED, KEY_SUSPENDED, ISSUER_SUSPENDED, ENTITY_SUSPENDED, SYSTEM_SUSPENDED, OPERATION_SUSPENDED,
)  # fmt: skip

RETRY_SECONDS = 60
"""Nobody knows when a switch is turned back: often enough to notice, too seldom to hurt."""
_RETRY: tuple[Header, ...] = ((b"retry-after", str(RETRY_SECONDS).encode()),)


class Suspensions:
    """Names in force by kind. `replace` swaps them all; a call sees the one or the other, never a mixture."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: Mapping[str, frozenset[str]] = {}

    def replace(self, turns: Iterable[Mapping[str, Any]]) -> None:
        """Put these in force, and only these. Each has `kind` and `name`."""
        names: dict[str, set[str]] = {}
        for turn in turns:
            names.setdefault(turn["kind"], set()).add(turn["name"])
        self._names = {kind: frozenset(found) for kind, found in names.items()}

    def check_identity(self, call: Call) -> None:
        """Refuse a suspended consumer, key or issuer. Raises Refusal."""
        names, identity = self._names, call.identity
        if not names or identity.scheme == "none":
            return
        if identity.consumer in names.get("consumer", ()):
            raise Refusal(CONSUMER_SUSPENDED, fault="gateway")
        if identity.scheme == "api_key":
            if identity.credential in names.get("key", ()):
                raise Refusal(KEY_SUSPENDED, fault="gateway")
        elif issuer_of(identity) in names.get("issuer", ()):
            raise Refusal(ISSUER_SUSPENDED, fault="gateway")
        elif identity.credential in names.get("issuer-key", ()):
            raise Refusal(ISSUER_SUSPENDED, "The key that signed the token was removed for good.", fault="gateway")

    def check_route(self, route: Route) -> None:
        """Refuse a suspended entity, system or operation. Raises Refusal."""
        names = self._names
        if not names:
            return
        operation = route.operation
        if route.entity_id in names.get("entity", ()):
            raise Refusal(
                ENTITY_SUSPENDED, f"The entity {route.entity_id} is suspended.", headers=_RETRY, fault="gateway"
            )
        if route.system_id in names.get("system", ()):
            raise Refusal(SYSTEM_SUSPENDED, headers=_RETRY, fault="gateway")
        switched_off = names.get("operation")
        if switched_off and not switched_off.isdisjoint(
            operation_names(operation.api, operation.version, operation.operation_id)
        ):
            raise Refusal(OPERATION_SUSPENDED, headers=_RETRY, fault="gateway")


def issuer_of(identity: Identity) -> str:
    """The issuer's id of an identity that a token proved: its credential reads `issuer/key id`."""
    return identity.credential.partition("/")[0]


def operation_names(api: str, version: str, operation_id: str) -> tuple[str, str]:
    """The two names by which an operation can be suspended: in every version, or in one."""
    return f"{api}/{operation_id}", f"{api}@{version}/{operation_id}"


def kept_suspensions(runtime: Runtime) -> Suspensions:
    """The one of this process."""
    return runtime.keep(("suspensions",), Suspensions)
