"""Judges request and answer by the published contract; what happens then is the mode's business.

State: none; counts go to the runtime. Modes are bound as a table by consumer at load time.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from contracts.compile import CompiledOperation
from contracts.judgement import CONFORMS, Judgement, Violation
from contracts.modes import Direction, Mode, ModeRule
from contracts.settings import Bounds
from policies.step import Answer, Body, Call, Header, Policy, Problem, Refusal, Route, Runtime, Step

REQUEST_VIOLATES = Problem(
    "request-violates-contract",
    400,
    "The request does not keep to the contract",
    "Each member of `errors` names a place in the request and what the contract expects there.",
)
MEDIA_TYPE_NOT_TAKEN = Problem(
    "media-type-not-taken",
    415,
    "The operation does not take this media type",
    "Send the body with one of the media types that the contract names, and say so in Content-Type.",
)
REQUEST_NOT_CHECKED = Problem(
    "request-not-checked",
    415,
    "The request could not be checked against the contract",
    "The detail says why. Send it in a form that can be checked, for instance as JSON.",
)
ANSWER_VIOLATES = Problem(
    "answer-violates-contract",
    502,
    "The system's answer does not keep to the contract",
    "The system is at fault, not the call. For writes look at `effect` before sending it again. "
    "Report it with the correlation id.",
)
ANSWER_NOT_CHECKED = Problem(
    "answer-not-checked",
    502,
    "The system's answer could not be checked against the contract",
    "The detail says why, for instance that it was too large. Ask for less, or report it with the correlation id.",
)

_MOST_ERRORS = 20


@dataclass(frozen=True, slots=True)
class Strictness:
    """What one rule list says for one consumer and direction."""

    mode: Mode
    refuse_unchecked: bool
    rule: int = -1
    """Which rule of the list set the mode; -1: none did."""


@dataclass(frozen=True, slots=True)
class Conform:
    """`modes`: the last rule that matches decides. Answers to unsafe methods are in `report` by default (law 4)."""

    modes: Sequence[ModeRule]
    bounds: Bounds
    refuses: ClassVar[tuple[Problem, ...]] = (
        REQUEST_VIOLATES, MEDIA_TYPE_NOT_TAKEN, REQUEST_NOT_CHECKED, ANSWER_VIOLATES, ANSWER_NOT_CHECKED,
    )  # fmt: skip

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """One table a direction: consumer -> strictness, and a default."""
        operation = route.operation
        asked, asked_by = self._table(route, "request")
        answered, answered_by = self._table(route, "answer")
        off_loop = self.bounds.off_loop_bytes
        names = {"api": operation.api, "operation": operation.operation_id}

        async def judge(size: int, fn: Callable[[], Judgement]) -> Judgement:
            if not operation.ready:
                runtime.count("validator_awaited", **names)
                await runtime.offload(operation.build)
            return await runtime.offload(fn) if size > off_loop else fn()

        async def conform(call: Call) -> Answer:
            strict = asked_by.get(call.identity.consumer, asked)
            if strict.mode != "off":
                body = call.body if isinstance(call.body, bytes) else None
                judgement = await judge(
                    len(body or b""), lambda: operation.judge_request(call.values, call.query, call.headers, body)
                )
                if judgement is not CONFORMS:
                    _note(call, "request", judgement, strict, runtime, names)
                    _refuse_request(judgement, strict)
            answer = await inner(call)
            strict = answered_by.get(call.identity.consumer, answered)
            if strict.mode != "off":
                judgement = await _judge_answer(answer, operation, judge)
                if judgement is not CONFORMS:
                    _note(call, "answer", judgement, strict, runtime, names)
                    await _refuse_answer(call, answer, judgement, strict, safe=operation.safe)
            return answer

        return conform

    def _table(self, route: Route, direction: Direction) -> tuple[Strictness, Mapping[str, Strictness]]:
        consumers = {rule.consumer for rule in self.modes if rule.consumer is not None}
        default = self.strictness(route, direction, None)
        return default, {name: self.strictness(route, direction, name) for name in consumers}

    def strictness(self, route: Route, direction: Direction, consumer: str | None) -> Strictness:
        """What holds for a consumer; for None, for all that no rule names. Load time only."""
        operation = route.operation
        what = Judged(
            operation.api, operation.version, operation.operation_id, route.entity_id, direction, safe=operation.safe
        )
        return strictness(self.modes, what, consumer)


@dataclass(frozen=True, slots=True)
class Judged:
    """The messages that a rule may be about."""

    api: str
    version: str
    operation_id: str
    entity: str
    direction: Direction
    safe: bool


def strictness(modes: Sequence[ModeRule], operation: Judged, consumer: str | None) -> Strictness:
    """How strictly the contract is enforced; the last rule that matches decides."""
    direction = operation.direction
    mode: Mode = "report" if direction == "answer" and not operation.safe else "enforce"
    unchecked: str | None = None
    decided = -1
    for number, rule in enumerate(modes):
        if (
            rule.api in (None, operation.api)
            and rule.version in (None, operation.version, operation.version.split(".")[0])
            and rule.operation in (None, operation.operation_id)
            and rule.direction in (None, direction)
            and rule.entity in (None, operation.entity)
            and rule.consumer in (None, consumer)
        ):
            mode, unchecked, decided = rule.mode, rule.unchecked or unchecked, number
    return Strictness(mode, mode == "enforce" and unchecked != "allow", decided)


async def _judge_answer(
    answer: Answer,
    operation: CompiledOperation,
    judge: Callable[[int, Callable[[], Judgement]], "object"],
) -> Judgement:
    body = answer.body if isinstance(answer.body, bytes) else None
    return await judge(  # type: ignore[no-any-return,misc]
        len(body or b""),
        lambda: operation.judge_answer(answer.status, answer.headers, body),
    )


def _note(
    call: Call, direction: Direction, judgement: Judgement, strict: Strictness, runtime: Runtime, names: dict[str, str]
) -> None:
    """Counted, and named in the answer: what was let through is never silent (law 4)."""
    refused = strict.mode == "enforce" and (judgement.outcome == "violates" or strict.refuse_unchecked)
    call.outcomes[direction] = judgement.outcome if refused else f"{judgement.outcome} (let through)"
    runtime.count(
        "contract", direction=direction, outcome=judgement.outcome, mode=strict.mode,
        refused=str(refused).lower(), **names,
    )  # fmt: skip
    if not refused:
        said = f"{direction}={judgement.outcome.replace('_', '-')}".encode()
        call.answer_headers.append((b"contract-check", said))


def _refuse_request(judgement: Judgement, strict: Strictness) -> None:
    if strict.mode != "enforce":
        return
    if judgement.outcome == "could_not_check":
        if strict.refuse_unchecked:
            raise Refusal(REQUEST_NOT_CHECKED, judgement.reason, fault="contract")
        return
    media = [v for v in judgement.violations if v.location in ("header", "body") and v.rule == "content"]
    problem = MEDIA_TYPE_NOT_TAKEN if media and len(media) == len(judgement.violations) else REQUEST_VIOLATES
    raise Refusal(problem, _summary(judgement.violations), errors=errors_of(judgement.violations), fault="gateway")


async def _refuse_answer(call: Call, answer: Answer, judgement: Judgement, strict: Strictness, *, safe: bool) -> None:
    if strict.mode != "enforce" or (judgement.outcome == "could_not_check" and not strict.refuse_unchecked):
        return
    await _drop(answer.body)
    headers, members = _record(answer.headers) if not safe else ((), {})
    if judgement.outcome == "could_not_check":
        raise Refusal(ANSWER_NOT_CHECKED, judgement.reason, headers=headers, members=members, fault="contract")
    unexpected = any(v.location == "status" for v in judgement.violations)
    detail = _summary(judgement.violations)
    if unexpected:
        detail = f"The system answered {answer.status}, which the contract does not name for this operation."
    if not safe and call.effect == "applied":
        detail = f"{detail.removesuffix('.')}. The write was carried out: do not send it again."
    raise Refusal(
        ANSWER_VIOLATES, detail, errors=errors_of(judgement.violations),
        headers=headers, members=members, fault="system" if answer.status >= 500 else "contract",
    )  # fmt: skip


def _record(headers: Sequence[Header]) -> tuple[tuple[Header, ...], Mapping[str, str]]:
    """Where the written record is, so that hiding the answer makes nobody write twice (law 4)."""
    for name, value in headers:
        if name == b"location":
            return ((name, value),), {"location": value.decode("latin-1")}
    return (), {}


def errors_of(violations: Sequence[Violation]) -> tuple[Mapping[str, str], ...]:
    """Members of `errors[]` of the problem detail."""
    return tuple(
        {"pointer": v.pointer, "location": v.location, "rule": v.rule, "message": v.message}
        for v in violations[:_MOST_ERRORS]
    )


def _summary(violations: Sequence[Violation]) -> str:
    if not violations:
        return ""
    first = violations[0]
    place = f"{first.location} {first.pointer}".strip()
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{place}: {first.message}{more}"


async def _drop(body: Body) -> None:
    if isinstance(body, AsyncIterator):
        close = getattr(body, "aclose", None)
        if close is not None:
            await close()


_guard: type[Policy] = Conform
