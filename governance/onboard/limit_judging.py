"""What trying a system's limits came to: stated, seen, verdict. Judged from the recording alone, as often as wanted."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from contracts.budgets import Budget
from contracts.counted import counted
from contracts.systems import System
from governance.fuzz.entry import Entry
from governance.fuzz.recording import Recording
from governance.onboard.limit_asking import TURNS
from governance.onboard.limit_signs import Sign, sign_of
from policies.capacity import budgets_of
from policies.fault_profile import FaultProfile, fault_profile

Verdict = Literal["holds", "lower", "does not hold", "not reached", "not probed", "not stated"]
_NEARLY: Final = 0.95
"""The gateway spreads calls over a window, so a few of what is stated fall into the next one."""


@dataclass(frozen=True, slots=True)
class Row:
    """One limit. `propose` is what to state instead, or to do; empty where nothing is."""

    limit: str
    stated: str
    seen: str
    verdict: Verdict
    propose: str = ""

    def as_json(self) -> dict[str, str]:
        """As the report has it."""
        return asdict(self)


class Tried:
    """One system's part of a recording; without one, why nothing was asked."""

    def __init__(self, name: str, system: System, recording: Recording | None, why: str) -> None:
        self.system, self.why = system, why
        self.faults: FaultProfile = fault_profile(system.product)
        self.target = ""
        self.entries: Sequence[Entry] = ()
        self.ended: Mapping[str, str] = {}
        if recording is not None:
            self.target = next((str(one["name"]) for one in recording.head["targets"] if one["system"] == name), "")
            self.entries = [one for one in recording.entries if one.operation.startswith(f"{self.target} ")]
            self.ended = recording.head.get("fuzzer", {}).get("ended", {}).get(name, {})
        if not self.target and not why:
            self.why = "no read of it was ever answered with success"
        last = next((one.main for one in reversed(self.of("as-ever")) if one.main is not None), None)
        self._usual = None if last is None else last.received

    def of(self, what: str) -> list[Entry]:
        """Calls of one kind."""
        return [one for one in self.entries if one.about.get("what") == what]

    def sign(self, entry: Entry) -> Sign | None:
        """See `limit_signs.sign_of`."""
        return sign_of(entry, self.faults, self._usual)

    def first_sign(self) -> Sign | None:
        """The first one of all."""
        found = (self.sign(one) for what in ("at-once", "rate") for one in self.of(what))
        return next((one for one in found if one is not None), None)


def limit_rows(tried: Tried) -> Iterator[Row]:
    """Calls at once, rates, and how the system says that it has no room."""
    budgets = budgets_of(tried.system)
    yield from _at_once(tried, [one for one in budgets if one.unit == "concurrent"])
    for budget in budgets:
        if budget.unit == "requests":
            yield _rate(tried, budget)
        elif budget.unit != "concurrent":
            unit = budget.unit.replace("_", " ")
            yield Row(budget.name, _stated(budget), "nothing", "not probed", f"reads do not use up {unit} to order")
    yield from _no_room(tried)


def _stated(budget: Budget) -> str:
    window = f" in {budget.window_seconds:g} seconds" if budget.window_seconds is not None else " at once"
    return f"{budget.amount} {'calls' if budget.unit == 'concurrent' else budget.unit.replace('_', ' ')}{window}"


def _at_once(tried: Tried, budgets: Sequence[Budget]) -> Iterator[Row]:
    if tried.why:
        for budget in budgets:
            yield Row(budget.name, _stated(budget), "nothing", "not probed", tried.why)
        return
    held, failed = 0, None
    sign: Sign | None = None
    calls = tried.of("at-once")
    for level in sorted({int(one.about["level"]) for one in calls}):
        mine = [one for one in calls if one.about["level"] == level and one.main is not None]
        sign = next((found for one in mine if (found := tried.sign(one)) is not None), None)
        if sign is not None:
            failed = level
            break
        if len(mine) >= level * TURNS:
            held = max(held, _overlap(mine))
    seen = f"{held} at once were answered" if held else "none was answered"
    if sign is not None:
        seen += f"; of {failed} at once, {sign.words()}{_meanwhile(tried)}"
    for budget in budgets:
        state = f"amount: {max(1, held)} for the budget {budget.name}, under `capacity` of the system"
        if sign is not None:
            yield Row(budget.name, _stated(budget), seen, "lower", f"state {state}")
        elif held >= budget.amount:
            yield Row(budget.name, _stated(budget), seen, "holds")
        else:
            yield Row(budget.name, _stated(budget), seen, "not reached", _why_not(tried, budget, held))
    if not budgets and calls:
        entry = f"{{name: at-once, unit: concurrent, amount: {max(1, held)}}}"
        yield Row("calls at once", "nothing", seen, "not stated", f"state `{entry}` under `capacity` of the system")


def _meanwhile(tried: Tried) -> str:
    """What was used of budgets of requests until then: a refusal may be for these."""
    windows = sorted({one.window_seconds or 0 for one in budgets_of(tried.system) if one.unit == "requests"})
    used = [f"{_most_in(tried, window)} messages in {window:g} seconds" for window in windows]
    return f", after {' and '.join(used)} at most" if used else ""


def _why_not(tried: Tried, budget: Budget, held: int) -> str:
    ended = tried.ended.get("at-once", "")
    if ended:
        return f"{ended}: agree to more, or to longer"
    levels = [int(one.about["level"]) for one in tried.of("at-once")]
    if max(levels, default=0) > held:
        return "so many calls did not meet: a budget of requests keeps them apart"
    return f"no more than {max(levels, default=0)} at once were agreed: agree to {budget.amount}"


def _overlap(entries: Sequence[Entry]) -> int:
    """The most calls that were under way at one moment."""
    moments: list[tuple[float, int]] = []
    for one in entries:
        seconds = sum(exchange.seconds for exchange in one.exchanges)
        moments += [(one.at_seconds - seconds, 1), (one.at_seconds, -1)]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most


def _rate(tried: Tried, budget: Budget) -> Row:
    window = float(budget.window_seconds or 0)
    if tried.why:
        return Row(budget.name, _stated(budget), "nothing", "not probed", tried.why)
    calls = [one for one in tried.of("rate") if one.about["budget"] == budget.name and one.main is not None]
    if not calls:
        found = tried.first_sign()
        why = tried.ended.get(f"rate {budget.name}", "")
        why = why or ("it said before that it has no room: state that limit first" if found is not None else "")
        return Row(budget.name, _stated(budget), "nothing", "not probed", why or "it came to no call")
    used = _most_in(tried, window)
    signs = [found for one in calls if (found := tried.sign(one)) is not None]
    if signs:
        held, sign = max(1, used - len(signs)), signs[0]
        seen = f"{held} in {window:g} seconds were answered, then {sign.words()}"
        state = f"state amount: {held} for the budget {budget.name}, or a longer window"
        return Row(budget.name, _stated(budget), seen, "lower", state)
    seen = f"{used} in {window:g} seconds were answered"
    if used >= budget.amount * _NEARLY or used >= budget.amount - 1:
        return Row(budget.name, _stated(budget), seen, "holds")
    why = tried.ended.get(f"rate {budget.name}", "") or "its answers took longer than that"
    return Row(budget.name, _stated(budget), seen, "not reached", f"{why}: agree to more, or to longer")


def _most_in(tried: Tried, window: float) -> int:
    """The most messages that went to the system in any window, as long as all was answered or just not any more."""
    before = [one for one in tried.entries if one.about.get("what") != "recovered"]
    at = sorted(one.at_seconds - exchange.seconds for one in before for exchange in one.exchanges)
    used, first = 0, 0
    for last, moment in enumerate(at):
        while moment - at[first] > window:
            first += 1
        used = max(used, last - first + 1)
    return used


def _no_room(tried: Tried) -> Iterator[Row]:
    """How it says that it has no room, whether that is recognised, and whether it keeps to what it says."""
    stated = f"the fault profile of {tried.system.product}"
    if tried.why:
        yield Row("how it says no room", stated, "nothing", "not probed", tried.why)
        return
    sign = tried.first_sign()
    if sign is None:
        yield Row(
            "how it says no room",
            stated,
            "it never said so",
            "not reached",
            "no more than is stated and agreed is asked",
        )
        return
    told = "callers are told 503, and when to come again" if sign.recognised else _otherwise(sign)
    do = ""
    if not sign.recognised:
        do = "describe it in the product's fault profile, or name the product that it is; until then keep below it"
    elif not sign.retry_after:
        do = "let the system's owner add Retry-After; the gateway waits by its own measure"
    seen = f"{sign.words()}; {told}"
    yield Row("how it says no room", stated, seen, "holds" if sign.recognised else "does not hold", do)
    after = [one for one in tried.of("recovered") if one.main is not None]
    if after:
        again = tried.sign(after[-1])
        seconds = sum(one.seconds for one in after[-1].exchanges)
        seen = f"it answered again, in {seconds:.1f} seconds" if again is None else f"then {again.words()}"
        do = "" if again is None else "let the system's owner look at it: one call alone was still not answered"
        stated = "one call, when it may be made again" if sign.retry_after else "one call, a little later"
        yield Row("answers again", stated, seen, "holds" if again is None else "does not hold", do)


def _otherwise(sign: Sign) -> str:
    if sign.failure:
        return "callers are told 504, as if it were slow"
    return "callers take it for an answer" if sign.told is None and sign.status < 300 else "callers are told of a fault"


def summary(rows: Sequence[Row]) -> str:
    """Verdicts, counted."""
    found = {one: sum(row.verdict == one for row in rows) for one in sorted({row.verdict for row in rows})}
    return f"{counted(len(rows), 'limit')} ({', '.join(f'{verdict}: {number}' for verdict, number in found.items())})"
