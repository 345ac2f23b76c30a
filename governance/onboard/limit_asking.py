"""Tries the stated limits of systems, within what the entity's owner agreed to; recorded, nothing of it judged here.

Through the fuzzer's own profile: no credential here, the entity's pins, the system's capacity counted as the gateway
counts it. What is asked was answered before; at the first sign that there is no room, it ends.
"""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final

from contracts.budgets import Budget, Queue
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.fuzzing import LimitProbes
from contracts.systems import System
from gateway.node import load_node
from governance.fuzz.calling import Caller, RunStoppedError
from governance.fuzz.cleaning import Cleaned, clean_up
from governance.fuzz.entry import Entry
from governance.fuzz.guard import Guard
from governance.fuzz.made import Paths
from governance.fuzz.plan import Plan, Target
from governance.fuzz.profile import bind_direct
from governance.fuzz.recorder import Masks, Recorder
from governance.fuzz.recording import Writer
from governance.fuzz.run import RunRuntime, application_of, head_of
from governance.fuzz.samples import Samples
from governance.fuzz.system_wire import SystemWire
from governance.fuzz.watch import Watch
from governance.onboard.limit_allowance import Allowance, Allowed
from governance.onboard.limit_faults import Faults, beside
from governance.onboard.limit_meeting import Meeting
from governance.onboard.limit_reads import Reads
from governance.onboard.limit_signs import Sign, sign_of
from policies.capacity import SYSTEM_AT_CAPACITY, budgets_of
from policies.fault_profile import fault_profile
from policies.step import SecretError
from policies.store import make_store

TURNS: Final = 2
"""So often each number of calls at once is tried."""
_DRAIN_SECONDS: Final = 2.0
_TRIES: Final = 3
_FEW: Final = 8
"""Up to so many calls at once, each number is tried."""
_WORKERS: Final = 4
_TAKEN_BACK: Final = 3
"""Messages that are kept for the deletion of a record: it may fetch a token first, and be made again."""


class Asking:
    """A run under way. `stated` are the systems as the workspace has them, `quiet_seconds` how long nothing was asked.

    Make it and run it.
    """

    def __init__(
        self, plan: Plan, reads: Mapping[str, Reads], stated: Mapping[str, System], quiet_seconds: float, path: Path,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        """Raises InvalidInputError where the recording cannot be made, or nothing is agreed."""
        agreed = plan.entity.fuzzing.limits
        if agreed is None:
            raise InvalidInputError([Diagnostic(str(path), "not-agreed", "nothing is agreed", "write fuzzing.limits")])
        self._plan, self._reads, self._stated, self._agreed = plan, reads, stated, agreed
        self._quiet_seconds, self._say = quiet_seconds, say
        self._node = load_node(plan.asked.folder)
        head = head_of(replace(plan, targets=tuple(one.target for one in reads.values())), Samples())
        self._writer = Writer(path, {**head, "limits": {"agreed": agreed.model_dump(mode="json")}})

    def run(self) -> None:
        """All systems, one after the other. Raises InvalidInputError where one cannot be bound."""
        asyncio.run(self._run())

    async def _run(self) -> None:
        ended: dict[str, dict[str, str]] = {}
        cleaned: dict[str, Any] = {}
        reason = ""
        with self._writer as writer:
            for name, reads in self._reads.items():
                one = _System(self._plan, reads, self._stated[name], self._agreed, self._quiet_seconds, self._say)
                runtime = RunRuntime(self._node, masks := Masks())
                try:
                    make_store(self._plan.workspace.settings, runtime)
                    reason = reason or await one.run(runtime, masks, writer)
                finally:
                    await runtime.drain(_DRAIN_SECONDS)
                    await runtime.aclose()
                ended[name] = one.ended
                if one.cleaned is not None:
                    cleaned[reads.target.name] = asdict(one.cleaned)
            writer.end("stopped" if reason else "complete", reason, {"ended": ended, "cleaned": cleaned})


class _System:
    """One system. `ended` says by kind of probe why it ended before it had reached what is stated."""

    def __init__(
        self, plan: Plan, reads: Reads, stated: System, agreed: LimitProbes, quiet_seconds: float,
        say: Callable[[str], None],
    ) -> None:  # fmt: skip
        waiting = Queue(waiting=1_000, wait_seconds=min(agreed.seconds, 600))
        self._budgets = tuple(one.model_copy(update={"queue": waiting}) for one in budgets_of(stated))
        system = reads.target.system.model_copy(update={"capacity": self._budgets})
        self._plan, self._reads, self._agreed, self._say = plan, reads, agreed, say
        self._target: Target = replace(reads.target, system=system)
        self._share = plan.entity.fuzzing.share
        self._faults = fault_profile(system.product)
        self._read = reads.reads[0]
        self._last: Entry | None = None
        self._allowance, self._held = Allowance(agreed.requests), 1
        self._guard = Guard(Paths(self._target), {})
        self._signs: list[Sign] = []
        """Of calls that were not answered as ever."""
        self._began = 0.0
        self._quiet_seconds = quiet_seconds
        self.ended: dict[str, str] = {}
        self.cleaned: Cleaned | None = None

    async def run(self, runtime: RunRuntime, masks: Masks, writer: Writer) -> str:
        """Why nothing could be tried; empty where something was. Raises InvalidInputError."""
        target, plan = self._target, self._plan
        header = getattr(target.system.credential, "header", "")
        recorder = Recorder(writer, masks, [header], self._ended, lambda _: None)
        most_bytes = plan.workspace.settings.bounds.answer_body_bytes
        wire = Meeting(Allowed(SystemWire(runtime, plan.asked.folder, recorder, most_bytes), self._allowance))
        guard = self._guard
        key = secrets.token_urlsafe(32)
        strange = beside(self._reads)
        try:
            callers = {
                patient: Caller(
                    application_of(
                        bind_direct(plan, target, runtime, wire, key, guard, patient=patient, beside=strange), recorder
                    ), target, key, Watch(self._faults),
                ) for patient in (True, False)
            }  # fmt: skip
        except SecretError as error:
            file = f"systems/{target.offer.system}.yaml"
            raise InvalidInputError([Diagnostic(file, "secret", str(error))]) from None
        calm, plain = callers[True], callers[False]
        self._began = asyncio.get_running_loop().time()
        otherwise: list[str] = []
        for read in self._reads.reads:
            self._read = read
            self._signs.clear()
            if not self._room():
                await self._ask(calm, {"what": "as-ever"})
            if not self._signs:
                break
            otherwise.append(f"{read.operation}: {self._signs[0].words()}")
        else:
            before = f"{target.offer.system} does not answer any more the read that it answered before"
            return f"{before} ({'; '.join(dict.fromkeys(otherwise))})"
        try:
            await Faults(plain, self._reads, self._agreed, self._room).run()
            await self._at_once(plain, wire)
            await self._rates(plain)
            if self._signs:
                await self._recovered(plain, self._signs[0])
        except RunStoppedError:
            pass
        finally:
            if guard.made.records:
                self.cleaned = await clean_up(calm, guard.paths, guard.made)
        return ""

    def _ended(self, entry: Entry) -> None:
        self._last = entry
        self._allowance.ended(len(entry.exchanges))
        mine = entry.about.get("what") in ("as-ever", "at-once", "rate", "recovered")
        main = self._read.main
        sign = sign_of(entry, self._faults, None if main is None else main.received) if mine else None
        if sign is not None:
            self._signs.append(sign)

    @property
    def _weight(self) -> int:
        """Messages that the read takes."""
        return max(1, len(self._read.exchanges))

    def _room(self, calls: int = 1, makes: int = 0) -> str:
        """Why not so many calls more, of which some may make records; empty where they may be made."""
        kept = _TAKEN_BACK * (makes + len(self._guard.made.records))
        if not self._allowance.has_room(calls * self._weight + kept):
            return f"the {self._agreed.requests} messages that are agreed were used up"
        if self._left() <= 0:
            return f"the {self._agreed.seconds:g} seconds that are agreed were used up"
        return ""

    def _left(self) -> float:
        return self._agreed.seconds - (asyncio.get_running_loop().time() - self._began)

    async def _ask(self, caller: Caller, about: Mapping[str, Any]) -> Entry | None:
        """The call as it was written down."""
        call = self._read.call
        told = {"probe": "limits", **about}
        with self._allowance.call(self._weight):
            await caller.send("GET", call.path, call.query, dict(call.headers), b"", "limits", told)
        return self._last

    async def _at_once(self, caller: Caller, meeting: Meeting) -> None:
        """More calls at once, step by step, up to what is stated, and no more than is agreed."""
        stated = [one.amount for one in self._budgets if one.unit == "concurrent"]
        for level in levels(min([self._agreed.at_once, *stated])):
            why = self._room(level * TURNS)
            if why:
                self.ended["at-once"] = why
                return
            for _ in range(TURNS):
                why = await self._burst(caller, meeting, level)
                if why:
                    self.ended["at-once"] = why
                if why or self._signs:
                    return
            self._held = level

    async def _burst(self, caller: Caller, meeting: Meeting, level: int) -> str:
        """So many calls in one moment; why not, where a stated budget of requests has no room for them."""

        async def one() -> float:
            wait = _kept_back(await self._ask(caller, {"what": "at-once", "level": level}))
            if wait:
                meeting.give_up()
            return wait

        for _ in range(_TRIES):
            meeting.expect(level, self._left())
            wait = max(await asyncio.gather(*(one() for _ in range(level))))
            if not wait or self._signs:
                return ""
            await asyncio.sleep(max(0.0, min(wait, self._left())))
            why = self._room(level)
            if why:
                return why
        return f"a stated budget of requests never has room for {level} at once"

    async def _rates(self, caller: Caller) -> None:
        """As many calls in each stated window as are stated, at the pace that the gateway keeps."""
        budgets = [one for one in self._budgets if one.unit == "requests" and one.window_seconds is not None]
        for budget in sorted(budgets, key=lambda one: one.window_seconds or 0):
            if self._signs:
                return
            await self._rate(caller, budget, float(budget.window_seconds or 0))

    async def _rate(self, caller: Caller, budget: Budget, window_seconds: float) -> None:
        # What was asked before may still count at the system: either its window is over, or less is asked.
        wait = max(0.0, window_seconds - self._quiet_seconds)
        total = budget.amount
        if wait + window_seconds <= self._left():
            await asyncio.sleep(wait)
        else:
            total = max(1, int(budget.amount * (1 - self._share)))
            self.ended[f"rate {budget.name}"] = (
                f"its window of {window_seconds:g} seconds is not over within the {self._agreed.seconds:g} seconds "
                "that are agreed"
            )
        about = {"what": "rate", "budget": budget.name}

        async def work() -> None:
            nonlocal total
            while total > 0 and not self._signs:
                why = self._room()
                if why:
                    if self._allowance.is_idle:  # else a call under way may take less, and whoever made it goes on
                        self.ended.setdefault(f"rate {budget.name}", why)
                    return
                total -= 1
                wait = _kept_back(await self._ask(caller, about))
                while wait and not self._signs and self._left() > wait and not self._room():
                    await asyncio.sleep(wait)
                    wait = _kept_back(await self._ask(caller, about))

        await asyncio.gather(*(work() for _ in range(min(self._held, _WORKERS))))

    async def _recovered(self, caller: Caller, sign: Sign) -> None:
        """One call more, by and by: does it answer again, and as soon as it said?"""
        wait = float(sign.retry_after) if sign.retry_after.isdigit() else 1.0
        if not self._room() and wait <= self._left():
            await asyncio.sleep(wait)
            await self._ask(caller, {"what": "recovered"})


def _kept_back(entry: Entry | None) -> float:
    """The seconds after which the gateway's own count of the budget has room for the call; 0 where it was made."""
    if entry is None or entry.main is not None or entry.problem != SYSTEM_AT_CAPACITY.name:
        return 0.0
    return float(entry.received.header("retry-after") or 1)


def levels(most: int) -> list[int]:
    """Numbers of calls at once, each step a half more than the last where each one would be too many steps."""
    found = list(range(1, min(most, _FEW) + 1))
    while found[-1] < most:
        found.append(min(most, found[-1] + found[-1] // 2))
    return found
