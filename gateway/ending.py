"""What a release holds that ends by its own word: who let it, from when on it is let no more, and what stops then."""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal

from pydantic import AwareDatetime, BaseModel, Field, ValidationError

from contracts.counted import counted
from contracts.model import Written
from gateway.trust.decision import OnExpiry
from gateway.trust.root import Digest

WARN_DAYS: Final = (30, 7, 1)
"""So many days before the end it is warned of."""
_MOST_TOLD: Final = 5
"""In one line; `release show` lists all."""


class Stopped(Written):
    """Operations of one version that are answered no more from the end on."""

    contract: str
    """`api@version`."""
    entity: str = ""
    """Empty: for each that offers it."""
    consumer: str = ""
    """Empty: whoever calls."""
    operations: tuple[str, ...] = ()
    """`POST /orders`, as the contract writes it; empty: all of them."""

    def __str__(self) -> str:
        """`POST /orders of sales@1.0 for entity acme`."""
        what = f"{', '.join(self.operations)} of {self.contract}" if self.operations else f"all of {self.contract}"
        caller = f" and consumer {self.consumer}" if self.consumer else ""
        return f"{what} for {f'entity {self.entity}' if self.entity else 'every entity'}{caller}"


class Ending(Written):
    """One change that somebody let until a moment. It is carried from release to release until it is decided anew."""

    by: Literal["decision", "waiver"]
    """What let it."""
    name: str
    """Its file's name in decisions/, without the ending."""
    digest: Digest
    """Of that file's bytes."""
    at: AwareDatetime
    """From then on it is let no more."""
    on_expiry: OnExpiry
    """`block`: the next build needs a new decision. `stop`: `operations` are answered no more, too."""
    kind: Literal["contract", "file"]
    """What was let."""
    of: str
    """`api@version`, or the file's path."""
    operations: tuple[Stopped, ...] = Field(default=())
    """What stops."""

    @property
    def let_by(self) -> str:
        """`the decision trial`."""
        return f"the {self.by} {self.name}"

    @property
    def moment(self) -> str:
        """When it ends, as people read it."""
        return f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


class _Waiver(BaseModel):
    """What a gateway reads of a waiver."""

    kind: Literal["waiver"]
    until: date
    on_expiry: OnExpiry = "block"


def waiver_end(tree: Any) -> tuple[datetime, OnExpiry] | None:
    """When a waiver's file says that it ends, and what its end does; None for what is no waiver.

    Its last day counts whole, in UTC.
    """
    try:
        said = _Waiver.model_validate(tree)
    except ValidationError:
        return None
    return datetime.combine(said.until, time(), UTC) + timedelta(days=1), said.on_expiry


def within_days(at: datetime, now: datetime) -> int | None:
    """The smallest of 30, 7 and 1 days within which it ends; 0 where it has ended, None where it is further away."""
    left = at - now
    if left <= timedelta(0):
        return 0
    return min((days for days in WARN_DAYS if left <= timedelta(days=days)), default=None)


def warnings_of(ends: Iterable[Ending], now: datetime) -> Iterator[tuple[tuple[str, int], str]]:
    """What ends within 30, 7 or 1 days, or has ended: a key that changes when it is to be told again, and the line."""
    together: dict[tuple[str, str, datetime, str], list[Ending]] = {}
    for one in ends:
        together.setdefault((one.by, one.name, one.at, one.on_expiry), []).append(one)
    for (by, name, at, on_expiry), those in sorted(together.items(), key=lambda pair: (pair[0][2], pair[0][1])):
        within = within_days(at, now)
        if within is None:
            continue
        first = those[0]
        when = f"ended on {first.moment}" if within == 0 else f"ends within {counted(within, 'day')}, on {first.moment}"
        what = f"{first.let_by} {when}: "
        if on_expiry == "stop":
            stopped = _some((str(row) for one in those for row in one.operations), "; ")
            since = "answer" if within == 0 else "then answer"
            what += f"gateways {since} no more, until a release with a newer decision is activated: {stopped}"
        else:
            of = _some((one.of for one in those), ", ")
            what += f"the release serves on; the next build needs a new decision on {of}"
        yield (f"{by} {name} {first.moment}", within), what


def _some(names: Iterable[str], between: str) -> str:
    found = list(dict.fromkeys(names))
    more = len(found) - _MOST_TOLD
    return between.join(found[:_MOST_TOLD]) + (f" and {more} more" if more > 0 else "")
