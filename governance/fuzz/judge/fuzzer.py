"""What the fuzzer's own checks say, where our judges say nothing: a second opinion on the same calls."""

from collections.abc import Collection, Iterator
from typing import Final

from governance.finding import Proof, Severity
from governance.fuzz.judge.gathered import Gathered
from governance.fuzz.judge.life import marked_deleted, members_of
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case

FUZZER_CHECK: Final = FuzzRule(
    "fuzzer-check", Severity.BREAKING,
    "A check of Schemathesis failed that looks at several calls together.",
    "See the check's own page (`st explain CODE`), and the calls in the recording.",
)  # fmt: skip
SECOND_OPINION: Final = FuzzRule(
    "second-opinion", Severity.INFO,
    "Schemathesis reads the contract otherwise than the gateway does: one of the two is wrong.",
    "Look at the calls; where Schemathesis is right, tell the makers of the gateway.",
)  # fmt: skip
_OVER_CALLS: Final = frozenset({"use_after_free", "ensure_resource_availability"})
_OF_ONE_CALL: Final = frozenset({
    "response_schema_conformance", "response_headers_conformance", "content_type_conformance",
    "status_code_conformance",
})  # fmt: skip


def over_calls(case: Case) -> Iterator[Hit]:
    """Checks that look at several calls."""
    found = Gathered(FUZZER_CHECK)
    by_case = {seen.entry.case: seen for seen in case.seen if seen.entry.case}
    for failure in case.failures:
        seen = by_case.get(failure["case"])
        if failure["check"] not in _OVER_CALLS or seen is None or seen.main is None:
            continue
        if not (seen.accepted and marked_deleted(members_of(seen.answer_json))):
            text = f"fails the check {failure['check']} of Schemathesis ({failure['code']})"
            found.add(f"{seen.name} {failure['check']}", seen, text)
    yield from found.hits()


def second_opinion(case: Case, told: Collection[int]) -> Iterator[Hit]:
    """Checks of one answer that failed where we found nothing. `told` are the calls that our judges speak of."""
    found = Gathered(SECOND_OPINION)
    by_case = {seen.entry.case: seen for seen in case.seen if seen.entry.case}
    for failure in case.failures:
        seen = by_case.get(failure["case"])
        if failure["check"] not in _OF_ONE_CALL or seen is None or seen.main is None or seen.number in told:
            continue
        if seen.entry.problem or seen.answer.outcome != "conforms":
            continue
        text = f"Schemathesis finds fault with an answer {seen.status} that keeps to the contract: {failure['check']}"
        found.add(f"{seen.name} {failure['check']}", seen, text, proof=Proof.UNPROVEN)
    yield from found.hits()
