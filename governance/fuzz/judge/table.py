"""All judges and rules of the fuzzer."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from governance.fuzz.judge import answers, fuzzer, isolation, life, lists, requests, secrets_told
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case

JUDGES: Final[tuple[Callable[[Case], Iterator[Hit]], ...]] = (
    answers.server_errors,
    answers.no_answers,
    answers.slow_answers,
    answers.refused_sign_in,
    answers.answers_judged,
    answers.undeclared_members,
    answers.errors_in_success,
    requests.accepted_rubbish,
    requests.refused_valid,
    isolation.ignored_authentication,
    isolation.foreign_records,
    isolation.witnessed,
    secrets_told.errors_tell,
    life.lives,
    lists.pages,
    lists.overlapping,
    lists.walked,
    lists.looping,
    lists.filtered,
    lists.varying,
    fuzzer.over_calls,
)
"""Each looks at the whole run."""

TABLES: Final[Mapping[str, tuple[FuzzRule, ...]]] = {
    "Answers": (
        answers.SERVER_ERROR, answers.NO_ANSWER, answers.SIGN_IN_REFUSED, answers.STATUS_UNDOCUMENTED,
        answers.ANSWER_DRIFT, answers.ANSWER_HEADER, answers.ANSWER_MEDIA, answers.UNDECLARED_MEMBER,
        answers.ERROR_IN_SUCCESS, answers.SLOW_ANSWER,
    ),
    "Requests": (requests.ACCEPTED_RUBBISH, requests.REFUSED_VALID),
    "Whose data, and who may": (
        isolation.AUTH_IGNORED, isolation.PIN_IGNORED, isolation.FOREIGN_DATA, isolation.FOREIGN_CHANGED,
        isolation.NOT_PROVEN,
    ),
    "Errors": (secrets_told.ERROR_TELLS,),
    "The life of a record": life.RULES,
    "Reads": (
        lists.PAGE_SIZE_IGNORED, lists.PAGES_OVERLAP, lists.PAGES_LOSE, lists.NEXT_PAGE_LOOPS, lists.FILTER_IGNORED,
        lists.ANSWERS_VARY,
    ),
    "The fuzzer's own checks": (fuzzer.FUZZER_CHECK, fuzzer.SECOND_OPINION),
}  # fmt: skip
"""Rules under the heading that their page gives them."""

FUZZ_RULES: Final[Mapping[str, FuzzRule]] = {rule.id: rule for rules in TABLES.values() for rule in rules}
