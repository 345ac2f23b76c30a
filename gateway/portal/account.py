"""What a signed-in consumer is told of itself: its plan and what is left of it, its entities, what will end."""

import math
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import http_sf

from contracts.counted import counted
from contracts.plans import CONCURRENCY, Plan, Quota, Rate
from gateway.portal.content import Catalogue, Content, Edition
from gateway.routes import Live
from policies.limits import AWAY_HEADER
from policies.step import Body, Call, Identity, Span

_UNIT: Final = ("units", "unit")
_UNITS: Final = ((86_400, "day"), (3_600, "hour"), (60, "minute"))


@dataclass(frozen=True, slots=True)
class LimitRow:
    """One limit of the plan. `left` is empty where it is counted by operation or by entity, or cannot be known."""

    name: str
    said: str
    left: str
    share: float
    """Of the limit, how much is left: 0 to 1; -1 where that is not known."""
    again: str


@dataclass(frozen=True, slots=True)
class Ending:
    """A version that the consumer may be using and that is deprecated. `pinned`: it was promised this one."""

    edition: Edition
    pinned: bool
    successor: Edition | None
    has_changes: bool


async def limits_of(live: Live, identity: Identity) -> tuple[list[LimitRow], str]:
    """The limits of a consumer's plan with what is left, charged for nothing; and a word where nobody could say."""
    plan = live.release.workspace.plans[identity.plan]
    call = Call(
        id="", uuid=str(uuid.uuid4()), method="GET", path=b"", query=b"", headers={}, read=_nothing, span=Span(),
        started=time.perf_counter(), identity=identity,
    )  # fmt: skip
    await live.state_limits(call)
    told = dict(call.answer_headers)
    items: Any = http_sf.parse(told[b"ratelimit"], tltype="list") if told.get(b"ratelimit") else []
    left: Mapping[str, Mapping[str, Any]] = {str(name): parameters for name, parameters in items}
    away = "The place where limits are counted cannot be asked just now." if told.get(AWAY_HEADER) else ""
    return [_row(name, most, said, left.get(name)) for name, most, said in _stated(plan)], away


def _stated(plan: Plan) -> Iterator[tuple[str, int, str]]:
    limits: tuple[Rate | Quota, ...] = (*plan.rates, *plan.quotas)
    for limit in limits:
        yield limit.name, limit.at_once if isinstance(limit, Rate) else limit.requests, _said(limit)
    if plan.concurrency is not None:
        yield CONCURRENCY, plan.concurrency, f"{counted(plan.concurrency, 'call')} under way at once"


def _said(limit: Rate | Quota) -> str:
    apart = [one for one in limit.per if one != "consumer"]
    each = f", for each {' and '.join(apart)} apart" if apart else ""
    if isinstance(limit, Quota):
        return f"{limit.requests:,} {_UNIT[limit.requests == 1]} in each {limit.window} (UTC){each}"
    burst = f", {limit.at_once:,} at once" if limit.at_once < limit.requests else ""
    return f"{limit.requests:,} {_UNIT[limit.requests == 1]} in {_span(limit.window_seconds)}{burst}{each}"


def _row(name: str, most: int, said: str, told: Mapping[str, Any] | None) -> LimitRow:
    if told is None:
        return LimitRow(name, said, "", -1.0, "")
    remaining = int(told["r"])
    reset = int(told.get("t", 0))
    again = f"whole again in {_span(reset)}" if reset else ""
    return LimitRow(name, said, f"{remaining:,} of {most:,}", min(1.0, remaining / most), again)


def _span(seconds: float) -> str:
    for size, name in _UNITS:
        if seconds >= size and (seconds % size == 0 or seconds > 2 * size):
            return counted(math.ceil(seconds / size), name)
    return counted(math.ceil(seconds), "second")


def endings_of(content: Content, catalogue: Catalogue, identity: Identity) -> list[Ending]:
    """Deprecated versions that entities of the consumer offer, those that it was promised first."""
    found = []
    for listed in catalogue.apis.values():
        if identity.apis is not None and listed.id not in identity.apis:
            continue
        for edition in listed.editions.values():
            concerned = not set(edition.entities).isdisjoint(identity.entities)
            if edition.download is None or not concerned or (edition.deprecated is None and edition.sunset is None):
                continue
            pinned = identity.pinned.get(f"{listed.id}@{edition.version.split('.', 1)[0]}") == edition.version
            successor = listed.editions.get(edition.successor or "")
            changed = (listed.id, edition.version, edition.successor or "") in content.changes
            found.append(Ending(edition, pinned, successor, changed))
    return sorted(found, key=lambda one: (not one.pinned, one.edition.sunset is None, one.edition.name))


async def _nothing(_: int) -> Body:
    return b""
