"""Judges request and answer by the published contract; what happens then is the mode's business.

State: none but the overrides in force; counts go to the runtime. Modes are bound as a table by consumer at load time.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, ClassVar

from contracts.compile import CompiledOperation
from contracts.judgement import CONFORMS, Judgement, Violation
from contracts.modes import Direction, ModeRule, UnknownRule
from contracts.settings import Bounds
from policies.discard import discard
from policies.item_stream import Judge, watch_items
from policies.overrides import kept_overrides, loosened
from policies.shown_values import values_of
from policies.step import DIGESTS, Answer, Call, Header, Policy, Problem, Refusal, Route, Runtime, Step
from policies.strictness import Settled, Strictness, UnknownSetting, judged_of, settle, strictness
from policies.unknown import NONE, Unknown, bind_answers, bind_requests, setting_of

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
_lot = SystemRandom().random
"""Which answers are judged where samples are asked for: no caller can know, and none is judged more than others."""


@dataclass(frozen=True, slots=True)
class Conform:
    """`modes`: the last rule that matches decides. Answers to unsafe methods are in `report` by default (law 4)."""

    modes: Sequence[ModeRule]
    bounds: Bounds
    unknown: Sequence[UnknownRule] = ()
    refuses: ClassVar[tuple[Problem, ...]] = (
        REQUEST_VIOLATES, MEDIA_TYPE_NOT_TAKEN, REQUEST_NOT_CHECKED, ANSWER_VIOLATES, ANSWER_NOT_CHECKED,
    )  # fmt: skip

    def bind(self, route: Route, runtime: Runtime, inner: Step) -> Step:
        """One table a direction: consumer -> strictness, and a default."""
        operation = route.operation
        asked, asked_by = self._table(route, "request")
        answered, answered_by = self._table(route, "answer")
        off_loop = self.bounds.off_loop_bytes
        notes = _Notes(runtime, operation)
        look_at_request = bind_requests(self.unknown_of(route, "request"), route, runtime, off_loop)
        look_at_answer = bind_answers(self.unknown_of(route, "answer"), route, runtime, off_loop)
        depth = self.bounds.json_depth

        async def judge(size: int, fn: Callable[[], Judgement]) -> Judgement:
            if not operation.ready:
                runtime.count("validator_awaited", **notes.names)
                await runtime.offload(operation.build)
            return await runtime.offload(fn) if size > off_loop else fn()

        async def conform(call: Call) -> Answer:
            strict = asked_by.get(call.identity.consumer, asked)
            unknown = NONE if look_at_request is None else await look_at_request(call)
            if strict.judges:
                body = call.body if isinstance(call.body, bytes) else None
                more = _EVERY if strict.by_rule else {}
                judgement = await judge(
                    len(body or b""),
                    lambda: operation.judge_request(call.values, call.query, call.headers, body, **more),
                )
                if judgement is not CONFORMS or unknown is not NONE:
                    settled = notes.note(call, "request", judgement, strict, unknown)
                    _refuse_request(call, settled, strict, operation, depth)
            elif unknown is not NONE:
                _refuse_request(call, notes.note(call, "request", CONFORMS, strict, unknown), strict, operation, depth)
            if unknown.stripped:
                call.headers = {name: value for name, value in call.headers.items() if name not in DIGESTS}
            answer = await inner(call)
            strict = answered_by.get(call.identity.consumer, answered)
            judged = strict.judges and (strict.sample == 1 or notes.drawn(call, strict.sample))
            unknown = NONE if look_at_answer is None else await look_at_answer(call, answer, judged)
            judgement = CONFORMS
            if judged:
                judgement = await _judge_answer(answer, operation, judge, _EVERY if strict.by_rule else {})
            if judgement is not CONFORMS or unknown is not NONE:
                settled = notes.note(call, "answer", judgement, strict, unknown)
                await _refuse_answer(call, answer, settled, safe=operation.safe)
            if isinstance(answer.body, bytes):
                return answer
            if unknown.items is not None:

                async def found(unknown: Unknown) -> None:
                    settled = notes.note(call, "answer", CONFORMS, strict, unknown, late=True)
                    await _refuse_answer(call, answer, settled, safe=operation.safe)

                await unknown.items.watch(answer, self.bounds.item_bytes, found)
            items = operation.item_judge(answer.status, answer.headers, every=bool(strict.by_rule))
            if judged and items is not None:

                async def told(judgement: Judgement) -> None:
                    settled = notes.note(call, "answer", judgement, strict, NONE, late=True)
                    await _refuse_answer(call, answer, settled, safe=operation.safe)

                await watch_items(answer, items, self.bounds.item_bytes, judge, told)
            return answer

        return conform

    def _table(self, route: Route, direction: Direction) -> tuple[Strictness, Mapping[str, Strictness]]:
        consumers = {rule.consumer for rule in self.modes if rule.consumer is not None}
        default = self.strictness(route, direction, None)
        return default, {name: self.strictness(route, direction, name) for name in consumers}

    def strictness(self, route: Route, direction: Direction, consumer: str | None) -> Strictness:
        """What holds for a consumer; for None, for all that no rule names. Load time only."""
        return strictness(self.modes, judged_of(route, direction), consumer)

    def unknown_of(self, route: Route, direction: Direction) -> UnknownSetting:
        """What happens to what the contract does not name. Load time only."""
        return setting_of(self.unknown, route, judged_of(route, direction))


_EVERY: Mapping[str, Any] = {"every": True}
"""Where rules have modes of their own, each that was broken must be known, and not only the first twenty places."""


async def _judge_answer(
    answer: Answer,
    operation: CompiledOperation,
    judge: Judge,
    more: Mapping[str, Any],
) -> Judgement:
    body = answer.body if isinstance(answer.body, bytes) else None
    return await judge(
        len(body or b""), lambda: operation.judge_answer(answer.status, answer.headers, body, itemwise=True, **more)
    )


class _Notes:
    """Counted, and named in the answer: what was let through is never silent (law 4)."""

    def __init__(self, runtime: Runtime, operation: CompiledOperation) -> None:
        self._runtime = runtime
        self._overrides = kept_overrides(runtime)
        self._version = operation.version
        self.names = {"api": operation.api, "operation": operation.operation_id}

    def drawn(self, call: Call, share: float) -> bool:
        """Whether the answer is one of the sample."""
        judged = _lot() < share
        self._runtime.count("answer_sampled", judged=str(judged).lower(), **self.names)
        if not judged:
            call.outcomes["answer"] = "not in the sample"
        return judged

    def note(
        self,
        call: Call,
        direction: Direction,
        judgement: Judgement,
        strict: Strictness,
        unknown: Unknown,
        *,
        late: bool = False,
    ) -> Settled:
        """What becomes of the message. `late`: its head is out, and more of it may be told of."""
        if unknown.stripped and not late:
            call.answer_headers.append((b"contract-check", f"{direction}=stripped".encode()))
        judgement = unknown.with_(judgement)
        override = self._overrides.over(self.names["api"], self._version, self.names["operation"])
        if override is not None:
            strict = loosened(strict)
        settled = settle(judgement, strict, unknown.note)
        if unknown.unchecked and not settled.unchecked:
            settled = settled._replace(unchecked=unknown.unchecked, refuses_unchecked=unknown.then == "refused")
        elif unknown.then == "refused":
            settled = settled._replace(refuses_unchecked=True)
        violates = settled.refused or settled.reported
        if not violates and not settled.unchecked:
            return settled
        outcome = "violates" if violates else "could_not_check"
        refused = settled.refuses
        call.outcomes[direction] = outcome if refused else f"{outcome} (let through)"
        self._runtime.count(
            "contract", direction=direction, outcome=outcome, mode=strict.mode, refused=str(refused).lower(),
            **self.names,
        )  # fmt: skip
        if not refused:
            said = f"{direction}={outcome.replace('_', '-')}".encode()
            if not late:
                call.answer_headers.append((b"contract-check", said))
                loosens = (b"contract-override", str(override.sequence).encode()) if override is not None else None
                if loosens is not None and loosens not in call.answer_headers:
                    call.answer_headers.append(loosens)
            self._would_refuse(call, direction, settled)
        return settled

    def _would_refuse(self, call: Call, direction: Direction, settled: Settled) -> None:
        """Each rule once a call, however many items of a stream break it."""
        for rule in settled.would_refuse():
            if (direction, rule) in call.would_refuse:
                continue
            call.would_refuse += ((direction, rule),)
            self._runtime.count("would_refuse", direction=direction, rule=rule, version=self._version, **self.names)


def _refuse_request(call: Call, settled: Settled, strict: Strictness, operation: CompiledOperation, depth: int) -> None:
    violations = settled.refused
    if violations:
        media = [v for v in violations if v.location in ("header", "body") and v.rule == "content"]
        problem = MEDIA_TYPE_NOT_TAKEN if len(media) == len(violations) else REQUEST_VIOLATES
        shown = values_of(call, operation.path_names, depth) if strict.show_values else None
        raise Refusal(problem, _summary(violations), errors=errors_of(violations, shown), fault="gateway")
    if settled.refuses_unchecked:
        raise Refusal(REQUEST_NOT_CHECKED, settled.unchecked, fault="contract")


async def _refuse_answer(call: Call, answer: Answer, settled: Settled, *, safe: bool) -> None:
    if not settled.refuses:
        return
    await discard(answer.body)
    headers, members = _record(answer.headers) if not safe else ((), {})
    violations = settled.refused
    if not violations:
        raise Refusal(ANSWER_NOT_CHECKED, settled.unchecked, headers=headers, members=members, fault="contract")
    unexpected = any(v.location == "status" for v in violations)
    detail = _summary(violations)
    if unexpected:
        detail = f"The system answered {answer.status}, which the contract does not name for this operation."
    if not safe and call.effect == "applied":
        detail = f"{detail.removesuffix('.')}. The write was carried out: do not send it again."
    raise Refusal(
        ANSWER_VIOLATES, detail, errors=errors_of(violations),
        headers=headers, members=members, fault="system" if answer.status >= 500 else "contract",
    )  # fmt: skip


def _record(headers: Sequence[Header]) -> tuple[tuple[Header, ...], Mapping[str, str]]:
    """Where the written record is, so that hiding the answer makes nobody write twice (law 4)."""
    for name, value in headers:
        if name == b"location":
            return ((name, value),), {"location": value.decode("latin-1")}
    return (), {}


def errors_of(
    violations: Sequence[Violation], shown: Callable[[Violation], str | None] | None = None
) -> tuple[Mapping[str, str], ...]:
    """Members of `errors[]` of the problem detail; `shown` gives the value that was sent, where it may be shown."""
    errors = []
    for violation in violations[:_MOST_ERRORS]:
        error = {
            "pointer": violation.pointer, "location": violation.location, "rule": violation.rule,
            "message": violation.message,
        }  # fmt: skip
        if violation.contract:
            error["contract"] = violation.contract
        value = None if shown is None else shown(violation)
        if value is not None:
            error["value"] = value
        errors.append(error)
    return tuple(errors)


def _summary(violations: Sequence[Violation]) -> str:
    if not violations:
        return ""
    first = violations[0]
    place = f"{first.location} {first.pointer}".strip()
    more = f" (and {len(violations) - 1} more)" if len(violations) > 1 else ""
    return f"{place}: {first.message}{more}"


_guard: type[Policy] = Conform
