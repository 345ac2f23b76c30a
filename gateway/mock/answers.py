"""The innermost step of a mock, in a system's place: an answer of the contract, judged before it leaves."""

import asyncio
import secrets
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from contracts.answers.maker import AnswerMaker, Made, NoAnswerError, Wanted
from contracts.compile import CompiledOperation
from contracts.judgement import Judgement
from gateway.mock.preferences import Preferences, no_such
from policies.sent import note_ended, note_sent
from policies.step import Answer, Exchange, Problem, Refusal, Runtime, Send

MOCK_NO_ANSWER = Problem(
    "mock-no-answer",
    501,
    "No answer can be made that keeps to the contract",
    "The detail names the keyword. Give the answer an example in the contract that keeps to its schema.",
)
MARK: Final = b"tidewaiter-mock"
"""Of every answer."""
_MOST_KEPT: Final = 64


@dataclass(slots=True)
class Asked:
    """What one call asks for, and what came of it."""

    preferences: Preferences
    said: bytes = b""
    unchecked: bool = False


ASKED: ContextVar[Asked] = ContextVar("tidewaiter.mock.asked")
"""Of the call under way: a call has no place for what only a mock knows."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """An answer that may leave."""

    made: Made
    unchecked: bool


@dataclass(frozen=True, slots=True)
class Answering:
    """Chooses answers of one operation. `seed` and `dynamic` hold where a call says nothing else."""

    maker: AnswerMaker
    operation: CompiledOperation
    seed: int | None
    dynamic: bool
    _kept: dict[tuple[object, ...], Chosen] = field(default_factory=dict)

    def check(self, preferences: Preferences) -> None:
        """Raises Refusal where the contract does not have what is asked for."""
        status = preferences.status or self.maker.default
        if preferences.status and self.maker.response(status) is None:
            raise no_such("status", str(preferences.status), self.maker.statuses)
        names = self.maker.example_names(status)
        if preferences.example is not None and preferences.example not in names:
            raise no_such("example", preferences.example, names)

    def send(self, runtime: Runtime) -> Send:
        """In the place of what sends to a system."""

        async def mock(exchange: Exchange) -> Answer:
            call, asked = exchange.call, ASKED.get()
            sent = note_sent(exchange)
            wished = asked.preferences
            status = wished.status or self.maker.default
            dynamic = (wished.dynamic or self.dynamic) and wished.example is None
            seed = wished.seed if wished.seed is not None else self.seed
            if dynamic and seed is None:
                seed = secrets.randbelow(1_000_000)  # told, so that the answer can be had again
            wanted = Wanted(wished.example, dynamic, seed)
            chosen = await runtime.offload(self.choose, status, wanted, _accepted(exchange))
            made = chosen.made
            asked.said = made.source.encode()
            if seed is not None and made.source == "generated":
                asked.said += b";seed=%d" % seed
            asked.unchecked = chosen.unchecked
            if wished.delay_seconds:
                await asyncio.sleep(wished.delay_seconds)
            sent.status = made.status
            note_ended(call, sent)
            exchange.span.close("complete")
            return Answer(made.status, list(made.headers), b"" if call.method == "HEAD" else made.body)

        return mock

    def choose(self, status: int, wanted: Wanted, accepted: tuple[str, ...]) -> Chosen:
        """The first try that keeps to the contract. Raises Refusal(MOCK_NO_ANSWER)."""
        key = (status, wanted, accepted)
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        broken: Judgement | None = None
        try:
            for made in self.maker.tries(status, wanted, accepted):
                judged = self.operation.judge_answer(made.status, made.headers, made.body)
                unchecked = judged.outcome == "could_not_check" and made.source == "example"
                if judged.outcome == "conforms" or unchecked:
                    chosen = Chosen(made, unchecked)
                    if len(self._kept) < _MOST_KEPT:
                        self._kept[key] = chosen
                    return chosen
                broken = broken or judged
        except NoAnswerError as error:
            raise _none(broken, error) from None
        raise _none(broken, NoAnswerError("nothing more can be tried", self.operation.pointer))


def _none(broken: Judgement | None, error: NoAnswerError) -> Refusal:
    """Says what the first try broke; of nothing tried, why."""
    if broken is None or not broken.violations:
        reason = broken.reason if broken is not None else str(error)
        return Refusal(MOCK_NO_ANSWER, f"{reason}, at {error.pointer}.", fault="contract")
    first = broken.violations[0]
    place = f"{first.location} {first.pointer}".strip()
    member = {
        "pointer": first.pointer, "location": first.location, "rule": first.rule, "message": first.message,
        "contract": first.contract,
    }  # fmt: skip
    detail = f"What was made breaks `{first.rule}` at {place}: {first.message}. {str(error).capitalize()}."
    return Refusal(MOCK_NO_ANSWER, detail, errors=(member,), fault="contract")


def _accepted(exchange: Exchange) -> tuple[str, ...]:
    """What the caller takes, as the gateway asks a system for it; empty where it takes everything."""
    given = exchange.call.headers.get(b"accept")
    if given is None or given.strip() in (b"", b"*/*"):
        return ()
    asked: Sequence[bytes] = next((value for name, value in exchange.headers if name == b"accept"), b"").split(b",")
    return tuple(one.split(b";")[0].strip().decode("latin-1") for one in asked)
