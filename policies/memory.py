"""The store of one process: the same decisions as Valkey's, in a dictionary."""

from collections.abc import Callable, Sequence

from policies.sliding import SlidingCount
from policies.store import Decision, Take
from policies.windows import (
    SECOND_US,
    Calendar,
    Gcra,
    Hold,
    Sliding,
    Taken,
    Window,
    calendar_bounds,
    gcra_base,
    gcra_fits,
    gcra_taken,
)

_SWEEP_EVERY = 4_096
_NOUGHT = Taken(allowed=False, remaining=0, reset_us=0, retry_us=0)


class MemoryStore:
    """Counters of this process, each limit divided by `parts`: all processes together stay within the limit.

    A limit smaller than `parts` leaves a share of nought, which denies. A restart forgets everything. A slot is held
    until it is given back: with the process all its holders are gone.
    """

    def __init__(self, now: Callable[[], float], parts: int = 1) -> None:
        self._now = now
        self._parts = parts
        self._times: dict[str, int] = {}
        """GCRA: the theoretical arrival time. Holds: until when."""
        self._counts: dict[str, tuple[int, int, int]] = {}
        """Calendar: begin and end of the window, and units used."""
        self._sliding: dict[str, tuple[Sliding, SlidingCount]] = {}
        self._slots: dict[str, set[str]] = {}
        self._bounds: dict[Window, tuple[int, int]] = {}
        """The calendar window that was last asked for."""
        self._until_sweep = _SWEEP_EVERY

    async def take(self, takes: Sequence[Take]) -> Decision:
        """Decide all or none. Never waits, so nothing can come between the look and the taking."""
        return self.decide(takes, round(self._now() * SECOND_US))

    def decide(self, takes: Sequence[Take], now_us: int) -> Decision:
        """As `take`, at a given time."""
        if self._parts > 1:
            shares = [(take, take.limit.share(self._parts)) for take in takes]
            if any(share is None for _, share in shares):
                return Decision(allowed=False, each=tuple(_NOUGHT for _ in takes), nought=True)
            takes = [take._replace(limit=share) for take, share in shares if share is not None]
        self._until_sweep -= 1
        if self._until_sweep <= 0:
            self._sweep(now_us)
        found: list[tuple[bool, int]] = []
        allowed = True
        for take in takes:
            fits, state = look = self._look(take, now_us)
            found.append(look)
            allowed = allowed and fits
        answers = []
        for take, (fits, state) in zip(takes, found, strict=True):
            answers.append(self._answer(take, now_us, fits, state, taken=allowed))
        return Decision(allowed, tuple(answers))

    def release(self, take: Take, decision: Decision) -> None:  # noqa: ARG002 - the guard needs it
        """Give a slot back."""
        holders = self._slots.get(take.key)
        if holders is not None:
            holders.discard(take.slot)
            if not holders:
                del self._slots[take.key]

    def charge(self, take: Take) -> None:
        """Count what is known only now. A process counts its own: all that it let through came from its share."""
        self.charge_at(take, round(self._now() * SECOND_US))

    def charge_at(self, take: Take, now_us: int) -> None:
        """As `charge`, at a given time."""
        if isinstance(take.limit, Hold):
            self._times[take.key] = max(self._times.get(take.key, 0), now_us + take.cost)
        elif isinstance(take.limit, Sliding) and take.cost:
            count = self._count(take.limit, take.key)
            count.used(take.limit, now_us)
            count.add(take.limit, now_us, take.cost)

    async def aclose(self) -> None:
        """Nothing to close."""

    def _count(self, limit: Sliding, key: str) -> SlidingCount:
        _, count = self._sliding.get(key, (limit, None))
        if count is None:
            count = SlidingCount()
        self._sliding[key] = (limit, count)
        return count

    def _look(self, take: Take, now_us: int) -> tuple[bool, int]:
        """Whether the limit has room, and its state: arrival time, units used, or holders."""
        limit, key, cost, slot = take
        if isinstance(limit, Gcra):
            base = gcra_base(limit, self._times.get(key, 0), now_us)
            return gcra_fits(limit, base, now_us, cost), base
        if isinstance(limit, Calendar):
            begin, _ = self._bounds_of(limit.window, now_us)
            stored = self._counts.get(key)
            used = stored[2] if stored is not None and stored[0] == begin else 0
            return cost == 0 or used + cost <= limit.limit, used
        if isinstance(limit, Sliding):
            used = self._count(limit, key).used(limit, now_us)
            return cost == 0 or used + cost <= limit.limit, used
        if isinstance(limit, Hold):
            until = self._times.get(key, 0)
            return until <= now_us, max(until, now_us)
        holders = self._slots.get(key)
        if holders is None:
            return True, 0
        return not slot or slot in holders or len(holders) < limit.limit, len(holders)

    def _answer(self, take: Take, now_us: int, fits: bool, state: int, *, taken: bool) -> Taken:
        limit, key, cost, slot = take
        if isinstance(limit, Gcra):
            if taken and cost:
                self._times[key] = state + cost * limit.emission_us
            return gcra_taken(limit, state, now_us, cost, fits=fits, taken=taken)
        if isinstance(limit, Calendar):
            begin, end = self._bounds_of(limit.window, now_us)
            if taken and cost:
                state += cost
                self._counts[key] = (begin, end, state)
            return Taken(fits, max(0, limit.limit - state), end - now_us, 0 if fits else end - now_us)
        if isinstance(limit, Sliding):
            count = self._count(limit, key)
            if taken and cost:
                count.add(limit, now_us, cost)
            return count.taken(limit, now_us, cost, fits=fits)
        if isinstance(limit, Hold):
            return Taken(fits, 0, state - now_us, state - now_us)
        if taken and slot:
            holders = self._slots.setdefault(key, set())
            holders.add(slot)
            state = len(holders)
        return Taken(fits, max(0, limit.limit - state), 0, 0)

    def _bounds_of(self, window: Window, now_us: int) -> tuple[int, int]:
        bounds = self._bounds.get(window)
        if bounds is None or not bounds[0] <= now_us < bounds[1]:
            bounds = self._bounds[window] = calendar_bounds(window, now_us)
        return bounds

    def _sweep(self, now_us: int) -> None:
        """Forget what has run out: counters of consumers long gone take no memory."""
        self._until_sweep = _SWEEP_EVERY
        self._times = {key: time for key, time in self._times.items() if time > now_us}
        self._counts = {key: count for key, count in self._counts.items() if count[1] > now_us}
        self._sliding = {
            key: (limit, count)
            for key, (limit, count) in self._sliding.items()
            if not count.over(now_us, limit.window_us, limit.bucket_us)
        }
