"""Answers of the system: none at all, failures, statuses and bodies that the contract does not promise."""

from collections.abc import Iterator
from typing import Final

from contracts.described_bodies import AnswerBodies, NotToldApartError
from contracts.judgement import Violation
from governance.finding import Severity
from governance.fuzz.judge.gathered import Gathered, anywhere
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen, as_bytes

SERVER_ERROR: Final = FuzzRule(
    "server-error", Severity.BREAKING,
    "The system failed at a call. What a consumer may send must be carried out or refused, with a reason.",
    "Let the system's owner mend it; until then narrow the contract so that such calls are refused before.",
)  # fmt: skip
NO_ANSWER: Final = FuzzRule(
    "no-answer", Severity.BREAKING,
    "The system gave no whole answer in HTTP: callers do not know whether the call was carried out.",
    "Let the system's owner look at it; the recording has the call.",
)  # fmt: skip
SIGN_IN_REFUSED: Final = FuzzRule(
    "sign-in-refused", Severity.BREAKING,
    "The system refused the gateway's own credential or its rights, so nothing is known of what consumers would meet.",
    "Correct the system's credential, or let its owner give the gateway's user the rights that the contract needs.",
)  # fmt: skip
STATUS_UNDOCUMENTED: Final = FuzzRule(
    "status-undocumented", Severity.BREAKING,
    "The system answers with a status that the contract does not name: clients are not written for it, and under "
    "`enforce` the gateway answers 502 in its place.",
    "Document the status in the contract; the proposed overlay does.",
)  # fmt: skip
ANSWER_DRIFT: Final = FuzzRule(
    "answer-drift", Severity.BREAKING,
    "An answer breaks what the contract promises of its body: typed clients fail at it, and under `enforce` the "
    "gateway keeps it back.",
    "Let the system keep to the contract, or correct the contract; the proposed overlay does.",
)  # fmt: skip
ANSWER_HEADER: Final = FuzzRule(
    "answer-header", Severity.BREAKING,
    "An answer lacks a header that the contract promises, or has it with a value that the contract rules out.",
    "Let the system send it, or correct the contract.",
)  # fmt: skip
ANSWER_MEDIA: Final = FuzzRule(
    "answer-media", Severity.BREAKING,
    "An answer comes in a media type that the contract does not name, or says nothing of its type.",
    "Let the system answer as the contract says, or document the media type.",
)  # fmt: skip
UNDECLARED_MEMBER: Final = FuzzRule(
    "undeclared-member", Severity.WARNING,
    "Answers hold a member that the contract does not declare: consumers come to rely on it, and what nobody has "
    "looked at may be nobody's business.",
    "Declare it, or let the gateway take it out: `unknown: [{members: strip}]` in policies/modes.yaml.",
)  # fmt: skip
ERROR_IN_SUCCESS: Final = FuzzRule(
    "error-in-success", Severity.BREAKING,
    "A status of success stands over an error: callers take for done what was not.",
    "Let the system answer with a status of failure, or describe it in the product's fault profile.",
)  # fmt: skip
SLOW_ANSWER: Final = FuzzRule(
    "slow-answer", Severity.WARNING,
    "An answer took more than half of the time that the gateway waits: under load such calls end in 504.",
    "Let the system's owner look at the call; give the operation more time, or offer less of it.",
)  # fmt: skip

_SLOW_SECONDS: Final = 1.0
_OF_THE_PROTOCOL: Final = frozenset({405, 406, 411, 413, 414, 415, 417, 431})
"""HTTP's own ways to refuse a message; a contract need not repeat them."""
_FAILURES: Final = {
    "timeout": "gives no answer in time",
    "closed": "closes the connection before its answer is whole",
    "not-http": "answers with what is not HTTP",
    "too-large": "answers with more than the gateway looks through",
    "unreachable": "takes no connection",
}
_SIZES: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_CLOSED: Final = frozenset({"additionalProperties", "unevaluatedProperties"})
_CUSTOM: Final = ("z", "y_", "x_", "xx_", "u_", "cust", "internal", "cost", "margin", "secret", "password", "salary",
                  "iban", "tax", "debug", "sys", "usr", "user_id", "created_by")  # fmt: skip
"""How members begin that a customer of the product added, or that are for its own people."""


def server_errors(case: Case) -> Iterator[Hit]:
    """5xx: to calls that keep to the contract, and to others."""
    found = Gathered(SERVER_ERROR)
    for seen in case.of_run():
        if seen.status < 500 or seen.throttled:
            continue
        breaks = seen.request.outcome == "violates"
        what = "calls that break the contract" if breaks else "calls that keep to the contract"
        severity = Severity.WARNING if breaks or seen.status == 503 else Severity.BREAKING
        reason = "an enforcing gateway keeps such calls from the system" if breaks else ""
        found.add(f"{seen.name} {seen.status} {breaks}", seen, f"answers {seen.status} to {what}", severity=severity,
                  reason=reason)  # fmt: skip
    yield from found.hits()


def no_answers(case: Case) -> Iterator[Hit]:
    """Exchanges without a whole answer."""
    found = Gathered(NO_ANSWER)
    for seen in case.of_run():
        main = seen.main
        if main is None or not main.failure:
            continue
        breaks = seen.request.outcome == "violates" and main.failure not in ("unreachable", "not-http")
        found.add(
            f"{seen.name} {main.failure}", seen, _FAILURES[main.failure],
            severity=Severity.WARNING if breaks else Severity.BREAKING,
        )  # fmt: skip
    yield from found.hits()


def slow_answers(case: Case) -> Iterator[Hit]:
    """Exchanges that came near to the limit."""
    found = Gathered(SLOW_ANSWER)
    for seen in case.of_run():
        limit = seen.subject.target.system.timeouts.first_byte_seconds / 2
        if seen.main is not None and seen.main.received is not None and seen.main.seconds > max(limit, _SLOW_SECONDS):
            found.add(seen.name, seen, f"took more than {max(limit, _SLOW_SECONDS):g} seconds to answer")
    yield from found.hits()


def refused_sign_in(case: Case) -> Iterator[Hit]:
    """401 to the gateway itself."""
    found = Gathered(SIGN_IN_REFUSED)
    for seen in case.of_run():
        if seen.status == 401:
            found.add(seen.name, seen, "answers 401 to the gateway's own credential")
    yield from found.hits()


def answers_judged(case: Case) -> Iterator[Hit]:
    """Each answer against the contract."""
    statuses, bodies = Gathered(STATUS_UNDOCUMENTED), Gathered(ANSWER_DRIFT)
    headers, media, members = Gathered(ANSWER_HEADER), Gathered(ANSWER_MEDIA), Gathered(UNDECLARED_MEMBER)
    taken: set[tuple[str, str]] = set()
    echoed = _echoed(case)
    for seen in case.of_run():
        if seen.accepted:
            # Rubbish that was taken comes back in answers, now and later: it is told as what was accepted.
            taken |= {(_last(one.pointer), one.rule) for one in seen.reached()}
        if seen.throttled or not seen.status or seen.status >= 500 or seen.answer.outcome != "violates":
            continue
        breaks = seen.request.outcome == "violates"
        for one in seen.answer.violations:
            if one.location == "status":
                _status(statuses, seen, breaks=breaks)
            elif one.location == "header" and one.pointer.lower() == "content-type":
                text = f"the media type of the answer {seen.status}: {one.message}"
                media.add(f"{seen.name} {seen.status} {one.rule}", seen, text, pointer=one.contract,
                          severity=_weight(seen))  # fmt: skip
            elif one.location == "header":
                text = f"the header {one.pointer} of the answer {seen.status}: {one.message}"
                headers.add(f"{seen.name} {seen.status} {one.pointer} {one.rule}", seen, text, pointer=one.contract,
                            severity=_weight(seen))  # fmt: skip
            elif one.rule in _CLOSED:
                _member(members, seen, one, Severity.BREAKING, echoed)
            else:
                text = f"the answer {seen.status} at {anywhere(one.pointer) or '/'}: {one.message}"
                about = f"{seen.subject.target.name} {one.contract} {one.rule} {seen.status // 100}"
                echo = (_last(one.pointer), one.rule) in taken
                severity = Severity.INFO if echo else _weight(seen)
                reason = "the system had taken rubbish there, and gives it back" if echo else ""
                if not echo and one.rule in _SIZES and any(rule == one.rule for _, rule in taken):
                    severity, reason = Severity.WARNING, "it may follow from rubbish that the system had taken"
                bodies.add(about, seen, text, pointer=one.contract, severity=severity, reason=reason)
    for found in (statuses, bodies, headers, media, members):
        yield from found.hits()


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2]


def _weight(seen: Seen) -> Severity:
    return Severity.WARNING if seen.status >= 400 else Severity.BREAKING


def _status(found: Gathered, seen: Seen, *, breaks: bool) -> None:
    status = seen.status
    if status == 401 or (seen.told is not None and seen.told.kind in ("auth", "transient.session")):
        return
    severity, reason = Severity.BREAKING, ""
    if status in _OF_THE_PROTOCOL:
        severity, reason = Severity.INFO, "HTTP itself knows this refusal"
    elif status >= 400 and breaks:
        severity, reason = Severity.WARNING, "only calls that break the contract were answered so"
    text = f"answers {status}, which the contract does not name"
    found.add(f"{seen.name} {status}", seen, text, pointer=_responses(seen), severity=severity, reason=reason)


def _responses(seen: Seen) -> str:
    return f"{seen.operation.pointer}/responses"


def _echoed(case: Case) -> frozenset[str]:
    """Undeclared members that the run itself sent and the system took: answers give them back."""
    return frozenset(_last(one.pointer).casefold() for seen in case.of_run() if seen.accepted for one in seen.reached()
                     if one.rule in _CLOSED)  # fmt: skip


def _member(found: Gathered, seen: Seen, one: Violation, severity: Severity, echoed: frozenset[str]) -> None:
    name = _last(one.pointer).casefold()
    if name in echoed:
        return
    custom = name.startswith(_CUSTOM)
    what = "what looks like a field of the customer's own" if custom else "a member"
    text = f"the answer {seen.status} holds {what} that the contract does not declare: {anywhere(one.pointer)}"
    weight = Severity.BREAKING if custom and seen.accepted else severity
    about = f"{seen.subject.target.name} {one.contract} {name} {seen.status // 100}"
    found.add(about, seen, text, pointer=one.contract, severity=weight if seen.accepted else Severity.WARNING)


def undeclared_members(case: Case) -> Iterator[Hit]:
    """Members that no part of the contract names, where its schemas do not rule them out."""
    found = Gathered(UNDECLARED_MEMBER)
    looks: dict[str, AnswerBodies] = {}
    echoed = _echoed(case)
    for seen in case.of_run():
        received = None if seen.main is None else seen.main.received
        operation = seen.subject.answering(seen.compiled.operation_id)
        if received is None or operation is None or not received.body or not seen.accepted:
            continue
        if seen.name not in looks:
            looks[seen.name] = operation.described_answers(seen.subject.target.system.protocol)
        try:
            looked = looks[seen.name].look(received.status, as_bytes(received.headers), received.body)
        except NotToldApartError:
            continue
        known = {v.pointer for v in seen.answer.violations if v.rule in _CLOSED}
        for one in looked.violations:
            if one.pointer not in known:
                _member(found, seen, one, Severity.WARNING, echoed)
    yield from found.hits()


def errors_in_success(case: Case) -> Iterator[Hit]:
    """2xx that the product's own rules read as a failure."""
    found = Gathered(ERROR_IN_SUCCESS)
    for seen in case.of_run():
        if seen.accepted and seen.told is not None and seen.told.kind != "transient.capacity":
            text = f"answers {seen.status} with an error in the body"
            found.add(seen.name, seen, text)
    yield from found.hits()
