"""One `Served` event a call: from it the access line, the metrics and the audit record are made."""

import sys
from collections import Counter as Counting
from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from policies.clients_seen import AGAIN_SECONDS, ClientSeen
from policies.generations import NONE
from policies.ledger import AuditRecord, Ledger
from policies.step import ANONYMOUS, Call, End, Refusal, Sent
from policies.unknown_effects import UnknownEffect


@dataclass(frozen=True, slots=True)
class Served:
    """What is told of one call. Holds no secret, no token, no payload, no system's address."""

    call: Call
    status: int
    problem: str
    end: End
    seconds: float
    received_bytes: int
    sent_bytes: int
    release: str
    """The digest of what was served from."""
    refusal: Refusal | None = None
    matched: str = ""
    """`api@major` that the path led to, where it led to no route."""

    @property
    def detail(self) -> str:
        """Why it was refused, for people of the gateway: of the contract's errors the rule, of no member its name."""
        if self.refusal is None:
            return ""
        if not self.refusal.errors:
            return self.refusal.detail[:_DETAIL_CHARACTERS]
        places = Counting(f"{error['location']}: {error['rule']}" for error in self.refusal.errors)
        said = ", ".join(f"{place} ({count} times)" if count > 1 else place for place, count in places.items())
        return said[:_DETAIL_CHARACTERS]


def places_of(refusal: Refusal | None) -> tuple[str, ...]:
    """The places of the contract that refused it, as pointers; at most a few."""
    places = (error["contract"] for error in (refusal.errors if refusal is not None else ()) if "contract" in error)
    return tuple(dict.fromkeys(places))[:_MOST_PLACES]


Listener = Callable[[Served], None]

_DETAIL_CHARACTERS = 300
_MOST_PLACES = 4
_MOST_SEEN = 10_000
_LEAST_SECONDS = 0.00001
_DIGEST = slice(len("sha256:"), len("sha256:") + 12)
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class AccessLog:
    """One JSON line a call."""

    def __init__(self, file: TextIO | None = None) -> None:
        self._log = structlog.wrap_logger(
            structlog.WriteLogger(file or sys.stdout),
            processors=[structlog.processors.TimeStamper(fmt="iso", utc=True), structlog.processors.JSONRenderer()],
            wrapper_class=structlog.BoundLogger,
        )

    def __call__(self, served: Served) -> None:
        """Write the line. Paths are told as templates: a path's values are somebody's data."""
        call, route = served.call, served.call.route
        line: dict[str, object] = {
            "id": call.id,
            "call": call.uuid,
            "trace": call.traceparent[3:35].decode("ascii", "replace"),
            "method": call.method,
            "status": served.status,
            "end": served.end,
            "ms": round(served.seconds * 1000, 2),
            "address": call.address,
            "in_bytes": served.received_bytes,
            "out_bytes": served.sent_bytes,
            "release": served.release[_DIGEST],
        }
        if call.identity is not ANONYMOUS:
            line["consumer"] = call.identity.consumer
            line["credential"] = call.identity.credential
        if route is not None:
            operation = route.operation
            line.update(
                api=operation.api,
                version=operation.version,
                operation=operation.operation_id,
                path=operation.template,
                entity=route.entity_id,
                system=route.system_id,
                attempts=call.attempts,
                system_ms=round(call.upstream_seconds * 1000, 2),
            )
            if call.generation is not NONE:
                line["generation"] = call.generation.label
                line["client_of"] = call.generation.version
        elif served.matched:
            line["matched"] = served.matched
        if call.waited_seconds >= _LEAST_SECONDS:
            line["wait_ms"] = _ms(call.waited_seconds)
        if call.attempts:
            line["effect"] = call.effect
            if _is_plain(served):
                line["at_ms"] = _ms(call.sent[0].began - call.started)
            else:
                line["sent"] = [_sent(call, one) for one in call.sent]
        if served.problem:
            line["problem"] = served.problem
            detail = served.detail
            if detail:
                line["detail"] = detail
            places = places_of(served.refusal)
            if places:
                line["places"] = list(places)
        if call.fault:
            line["fault"] = call.fault
        if call.outcomes:
            line["contract"] = dict(call.outcomes)
        self._log.info("served", **line)

    def refused_by_wire(self, problem: str, address: str, correlation: str) -> None:
        """The line of what never became a call."""
        self._log.info("refused", id=correlation, address=address, problem=problem, end="complete")


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 2)


def _is_plain(served: Served) -> bool:
    """One exchange of which the line says all but when it began: most calls, so their lines stay short."""
    call = served.call
    if call.attempts != 1 or len(call.sent) != 1:
        return False
    one = call.sent[0]
    return (
        one.status == served.status and one.method == call.method and one.waited_seconds < _LEAST_SECONDS
        and not (one.own or one.problem or one.fault)
    )  # fmt: skip


def _sent(call: Call, one: Sent) -> dict[str, object]:
    """One exchange: when it began within the call, how long it took, and what differs from the usual."""
    told: dict[str, object] = {"at_ms": _ms(one.began - call.started), "ms": _ms(one.seconds), "status": one.status}
    if one.waited_seconds >= _LEAST_SECONDS:
        told["wait_ms"] = _ms(one.waited_seconds)
    if one.method != call.method:
        told["method"] = one.method
    if one.own:
        told["own"] = True
    if one.problem:
        told["problem"] = one.problem
    if one.fault:
        told["fault"] = one.fault
    return told


class Metrics:
    """Prometheus series. No consumer and no entity is named; operations come from the release, so they are bounded."""

    def __init__(self, registry: CollectorRegistry) -> None:
        names = ("api", "version", "operation", "status")
        self._calls = Counter("tidewaiter_calls", "Calls answered.", names, registry=registry)
        self._problems = Counter(
            "tidewaiter_problems", "Refusals by problem type.", ("problem", "fault"), registry=registry
        )
        self._seconds = Histogram(
            "tidewaiter_call_seconds", "Time from the head to the last byte.", names[:3], buckets=_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self._system = Histogram(
            "tidewaiter_system_seconds", "Time spent waiting for systems.", names[:3], buckets=_BUCKETS,
            registry=registry,
        )  # fmt: skip
        self._ends = Counter("tidewaiter_ends", "How calls ended.", ("end",), registry=registry)
        self._effects = Counter("tidewaiter_effects", "Writes by effect.", ("effect",), registry=registry)
        self._clients = Counter(
            "tidewaiter_clients", "Calls by what their client was made from: this contract, an older one, none known.",
            ("api", "version", "generation"), registry=registry,
        )  # fmt: skip
        self._counted: dict[tuple[str, str, str, int], Counter] = {}
        self._made_from: dict[tuple[str, str, str], Counter] = {}
        self._bound: dict[tuple[str, str, str], tuple[Histogram, Histogram]] = {}

    def __call__(self, served: Served) -> None:
        """Count the call."""
        call, route = served.call, served.call.route
        if route is None:
            key = ("", "", "")
        else:
            key = (route.operation.api, route.operation.version, route.operation.operation_id)
        bound = self._bound.get(key)
        if bound is None:
            bound = self._bound[key] = (self._seconds.labels(*key), self._system.labels(*key))
        counted = (*key, served.status)
        calls = self._counted.get(counted)
        if calls is None:
            calls = self._counted[counted] = self._calls.labels(*key, str(served.status))
        calls.inc()
        if route is not None:
            made_from = (key[0], key[1], call.generation.label)
            clients = self._made_from.get(made_from)
            if clients is None:
                clients = self._made_from[made_from] = self._clients.labels(*made_from)
            clients.inc()
        bound[0].observe(served.seconds)
        if call.attempts:
            bound[1].observe(call.upstream_seconds)
            if call.method not in ("GET", "HEAD"):
                self._effects.labels(call.effect).inc()
        if served.problem:
            self._problems.labels(served.problem, call.fault).inc()
        if served.end != "complete":
            self._ends.labels(served.end).inc()


class Audit:
    """A ledger record for each refusal of somebody known, each write of unknown effect, and what would be refused.

    And for clients that say what they were made from, now and then.
    """

    def __init__(self, ledger: Ledger, now: Callable[[], float]) -> None:
        self._ledger = ledger
        self._now = now
        self._seen: dict[tuple[str, str, str, str], float] = {}

    def __call__(self, served: Served) -> None:
        """Queue the record; a full queue drops it and counts the drop."""
        call, route = served.call, served.call.route
        operation = route.operation if route is not None else None
        if call.generation is not NONE and operation is not None and call.identity is not ANONYMOUS:
            self._saw(call.identity.consumer, operation.api, operation.version, call.generation.digest)
        if call.effect == "unknown" and operation is not None and route is not None and not operation.safe:
            self._ledger.effect_unknown(
                UnknownEffect(
                    self._now(), call.id, call.uuid, call.identity.consumer, operation.api, operation.version,
                    operation.operation_id, call.method, route.entity_id, route.system_id, served.problem,
                    served.status, call.attempts, served.end,
                )
            )  # fmt: skip
        if call.would_refuse and operation is not None:
            self._ledger.would_refuse(
                self._now(), call.identity.consumer, operation.api, operation.version, operation.operation_id,
                call.would_refuse,
            )  # fmt: skip
        if not served.problem:
            return
        self._ledger.refused(
            AuditRecord(
                at=self._now(),
                correlation=call.id,
                consumer=call.identity.consumer,
                credential=call.identity.credential,
                address=call.address,
                problem=served.problem,
                status=served.status,
                api=operation.api if operation else "",
                version=operation.version if operation else "",
                operation=operation.operation_id if operation else "",
                entity=route.entity_id if route else "",
                fault=call.fault,
                effect=call.effect,
                call=call.uuid,
                trace=call.traceparent[3:35].decode("ascii", "replace"),
                release=served.release[_DIGEST],
            )
        )

    def _saw(self, consumer: str, api: str, version: str, digest: str) -> None:
        key, now = (consumer, api, version, digest), self._now()
        if now - self._seen.get(key, 0.0) < AGAIN_SECONDS:
            return
        if len(self._seen) >= _MOST_SEEN:
            self._seen.clear()
        self._seen[key] = now
        self._ledger.client_seen(ClientSeen(*key, now))
