"""How an onboarding comes to a recording of its systems' limits: what is agreed, what was killed, what is asked."""

from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import InvalidInputError
from contracts.fuzzing import LimitProbes
from contracts.plain import plain
from governance.fuzz.alone import alone
from governance.fuzz.asked import Asked as FuzzAsked
from governance.fuzz.fuzzing import clean_after
from governance.fuzz.plan import Plan, Target, make_plan
from governance.fuzz.recording import Recording, read_recording, read_unfinished
from governance.onboard.limit_asking import Asking
from governance.onboard.limit_reads import Reads, reads_of
from governance.onboard.outcome import Outcome
from governance.onboard.work import Work

_NOT_AGREED: Final = (
    "the entity's owner agreed to nothing: write `fuzzing: {limits: {by, until, at_once, requests, seconds}}` in "
    "its file"
)

_TOO_MANY: Final = 429
_FAILED: Final = 500


class LimitRun:
    """One step. `why` says why nothing is asked; empty where something is. `recorded` is the whole recording then."""

    def __init__(self, work: Work, inputs: str) -> None:
        self._work, self._inputs = work, inputs
        self._limits = work.subject.tested.entities[work.subject.entity].fuzzing.limits
        self.agreed: dict[str, Any] | None = None if self._limits is None else self._limits.model_dump(mode="json")
        self.why = _why_not(self._limits, work)
        self.recorded: Path | None = None
        self._plan: Plan | None = None
        self._reads: dict[str, Reads] = {}

    def choose(self, recording: Recording) -> None:
        """What may be asked, by what the fuzzer's recording shows. Raises InvalidInputError."""
        limits = self._limits
        if limits is None or self.why:
            return
        asked = self._work.asked
        names = tuple(str(one["name"]) for one in recording.head["targets"])
        plan = make_plan(FuzzAsked(asked.folder, asked.entity, asked.fuzzed_in, apis=names, writes=limits.bodies))
        if plan.production and not limits.production:
            name = "name one with --test-environment"
            self.why = f"it was agreed for environments for tests alone: write `production: true`, or {name}"
            return
        self._plan, self._reads = plan, reads_of(plan, recording)
        if not self._reads:
            self.why = "no read was ever answered with success: give real identifiers to start from, --samples FILE"

    def target(self, name: str) -> Target | None:
        """The version that was called, by `api@version`."""
        return next((one.target for one in self._reads.values() if one.target.name == name), None)

    def ask(self) -> Outcome | None:
        """Have a recording, where one is to be had; an outcome where it could not be made. Raises InvalidInputError."""
        for path in sorted(self._work.place.raw_limits.glob("*.jsonl")):
            if "clean-up" in path.name:
                continue
            if not self.why and self.recorded is None and self._is_finished(path):
                self.recorded = path
            elif (outcome := self._take_back(path)) is not None:
                return outcome
        if self.why or self.recorded is not None or self._plan is None:
            return None
        recording = self._run(self._plan)
        if recording.state == "complete":
            self.recorded = Path(recording.path)
            return None
        told = (f"limits could not be tried: {plain(recording.reason)}",)
        if (outcome := self._take_back(Path(recording.path))) is not None:
            return outcome
        redo = "fuzz" if _is_otherwise(recording) else ""
        return Outcome("unanswered", told, (self._work.again(redo=redo),))

    def _run(self, plan: Plan) -> Recording:
        work = self._work
        folder = work.place.raw_limits
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{work.now:%Y%m%dT%H%M%S%f}.jsonl"
        path.with_suffix(".inputs").write_text(self._inputs, encoding="ascii")
        stated = {name: work.subject.tested.systems[name] for name in self._reads}
        with alone(work.asked.folder, stated):
            asking = Asking(plan, self._reads, stated, self._quiet_seconds(), path, work.say)
            work.say(f"trying limits, recorded to {work.place.shown(path)}")
            asking.run()
        return read_recording(path)

    def _quiet_seconds(self) -> float:
        """Since the fuzzer's last call, at least: what it asked still counts at the system for a while."""
        event = self._work.journal.last("fuzz", "done")
        if event is None:
            return 0.0
        ended = datetime.strptime(event.at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        return max(0.0, (self._work.now - ended).total_seconds())

    def _is_finished(self, path: Path) -> bool:
        try:
            same = path.with_suffix(".inputs").read_text(encoding="ascii") == self._inputs
            return same and read_recording(path).state == "complete"
        except (InvalidInputError, OSError, UnicodeDecodeError):
            return False

    def _take_back(self, path: Path) -> Outcome | None:
        """Delete what a killed run made of a body that none should have been made of, then its recording."""
        work = self._work
        with suppress(InvalidInputError):  # killed before it had written a line: nothing was asked
            _, entries = read_unfinished(path)
            if any(one.call.method == "POST" and 200 <= one.status < 300 for one in entries):
                work.say(f"a run that was killed is taken back: {path.name}")
                try:
                    clean_after(path, work.asked.folder, work.asked.fuzzed_in, work.say)
                except InvalidInputError as error:
                    told = tuple(str(one) for one in error.diagnostics)
                    step = f"take it back yourself, then delete {work.place.shown(path)}"
                    return Outcome("unanswered", told, (step, work.again()))
        for one in work.place.raw_limits.glob(f"{path.stem}*"):
            one.unlink()
        return None


def _is_otherwise(recording: Recording) -> bool:
    """Whether it answers, and otherwise than when it was fuzzed: only fuzzing it anew finds other reads."""
    answers = [entry.main.received for entry in recording.entries if entry.main is not None]
    return any(one is not None and one.status < _FAILED and one.status != _TOO_MANY for one in answers)


def _why_not(limits: LimitProbes | None, work: Work) -> str:
    if limits is None:
        return _NOT_AGREED
    if work.now.date() > limits.until:
        return f"it was agreed until {limits.until}: let the entity's owner write a later day"
    return ""
