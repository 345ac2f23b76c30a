"""What is wrong with the life of a version as it stands, whatever it was before."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from contracts.apis import Api, Version
from contracts.counted import counted
from contracts.written import Source, pointer_to
from governance.callers import offering_entities
from governance.landscape import Landscape
from governance.lifecycle.conditions import Held
from governance.lifecycle.rules import RULES
from governance.placed import Placed, placed
from governance.waivers import WARN_DAYS

NEAR_DAYS: Final = WARN_DAYS
"""So many days before a sunset its conditions must hold, or a finding says so."""


class _Place:
    """One version in the file of its api."""

    def __init__(self, api: str, version: str, source: Source) -> None:
        self.name = f"{api}@{version}"
        self.version = version
        self.source = source

    def told(self, key: str, rule: str, message: str, about: str = "") -> Placed:
        pointer = pointer_to("versions", self.version, *([key] if key else []))
        known = RULES[rule]
        return placed(
            self.source, pointer, rule, known.severity, message, about=f"{self.name} {about}", reason=known.do
        )


def found_in(
    api: str,
    version: str,
    life: Version,
    described: Api,
    source: Source,
    landscape: Landscape,
    at: date,
    held: tuple[Held, ...],
) -> Iterator[Placed]:
    """Findings about one version. `held` are the conditions of what comes next, as on the day."""
    place = _Place(api, version, source)
    if life.stage == "deprecated" or (life.stage == "active" and life.deprecated is not None):
        yield from _announcement(place, life, described, landscape)
    if life.stage in ("deprecated", "retired") or life.deprecated is not None:
        yield from _successor(place, api, life, described, landscape)
    if life.stage == "active" and life.deprecated is not None and life.deprecated <= at:
        message = f"{place.name} is deprecated since {life.deprecated} by its date, and active by its stage"
        yield place.told("stage", "lifecycle-deprecation-due", message)
    if life.stage == "deprecated":
        yield from _ending(place, life, at, held)
        yield from _pinned(place, landscape)
        yield from _beside(place, version, described)


def _announcement(place: _Place, life: Version, described: Api, landscape: Landscape) -> Iterator[Placed]:
    if life.sunset is None:
        yield place.told("", "lifecycle-sunset-missing", f"{place.name} is deprecated, and no sunset is written down")
    elif life.deprecated is not None:
        given, needed = (life.sunset - life.deprecated).days, landscape.terms.notice_days.of(described.visibility)
        if given < needed:
            message = (
                f"{place.name} ends {counted(given, 'day')} after it was deprecated ({life.deprecated} to "
                f"{life.sunset}); callers of {described.visibility} apis have {counted(needed, 'day')}"
            )
            yield place.told("sunset", "lifecycle-notice-short", message, str(life.sunset))
    if life.successor is None:
        yield place.told("", "lifecycle-successor-missing", f"{place.name} is deprecated, and no successor is named")


def _successor(place: _Place, api: str, life: Version, described: Api, landscape: Landscape) -> Iterator[Placed]:
    name = life.successor
    if name is None:
        return
    successor = described.versions.get(name)
    if successor is None:
        message = f"{place.name} names {name} as its successor, which is not there"
        yield place.told("successor", "lifecycle-successor-unknown", message, name)
        return
    if successor.stage == "retired":
        message = f"{place.name} names {name} as its successor, which is retired"
        yield place.told("successor", "lifecycle-successor-retired", message, name)
        return
    if life.stage == "retired":
        return
    if successor.stage in ("draft", "preview"):
        message = f"{place.name} names {name} as its successor, which is a {successor.stage}"
        yield place.told("successor", "lifecycle-successor-not-served", message, name)
        return
    offering = offering_entities(api, name, landscape)
    lacking = [one for one in offering_entities(api, place.version, landscape) if one not in offering]
    if lacking:
        message = f"{place.name} is offered by {', '.join(lacking)}, and its successor {name} is not"
        yield place.told("successor", "lifecycle-successor-not-served", message, name)
    newest = max((v for v, one in described.versions.items() if one.stage == "active"), key=_numbers, default=name)
    if _numbers(newest) > _numbers(name):
        message = f"{place.name} names {name} as its successor, and {newest} is active"
        yield place.told("successor", "lifecycle-successor-older", message, newest)


def _ending(place: _Place, life: Version, at: date, held: tuple[Held, ...]) -> Iterator[Placed]:
    if life.sunset is None:
        return
    left = (life.sunset - at).days
    open_ones = [one for one in held if one.outcome != "holds" and one.condition.value != "sunset-passed"]
    lacking = "; ".join(f"{one.condition.value}: {one.said}" for one in open_ones) or "every condition holds"
    if left <= 0:
        when = "is today" if left == 0 else f"was {life.sunset}"
        yield place.told("sunset", "lifecycle-sunset-passed", f"the sunset of {place.name} {when}; {lacking}")
    elif left <= NEAR_DAYS[-1] and open_ones:
        within = next(days for days in NEAR_DAYS if left <= days)
        message = (
            f"{place.name} is to end in {counted(left, 'day')}, on {life.sunset} (within {counted(within, 'day')}); "
            f"{lacking}"
        )
        yield place.told("sunset", "lifecycle-sunset-near", message)


def _pinned(place: _Place, landscape: Landscape) -> Iterator[Placed]:
    for name in landscape.pinning.get(place.name, ()):
        owner = landscape.consumers[name][0].owner
        message = f"{name} is pinned to {place.name}, which is deprecated: agree on another with {owner}"
        yield place.told("stage", "lifecycle-pinned", message, name)


def _beside(place: _Place, version: str, described: Api) -> Iterator[Placed]:
    """Of the other versions of its api: is there one to go to that is no step back?"""
    active = [number for number, life in described.versions.items() if life.stage == "active"]
    if not active:
        message = f"{place.name} is deprecated, and no version of its api is active"
        yield place.told("stage", "lifecycle-none-active", message)
    elif _numbers(version) > max(map(_numbers, active)):
        message = f"{place.name} is deprecated, and newer than every active version ({', '.join(active)})"
        yield place.told("stage", "lifecycle-newest-deprecated", message)


def _numbers(version: str) -> list[int]:
    numbers = [int(part) for part in version.split(".")]
    return numbers + [0] * (3 - len(numbers))
