"""Whether every text that one side may send is one that the other takes: patterns and lengths as regular languages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain, islice
from random import Random
from typing import Final

from governance.diff.examples.patterns_automaton import Automaton, Budget, GaveUpError, sets_of
from governance.diff.examples.patterns_characters import EVERYTHING, Alphabet
from governance.diff.examples.patterns_conditions import Condition, demands
from governance.diff.examples.patterns_search import Search
from governance.diff.examples.patterns_syntax import PatternError


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that match every pattern (ECMA-262, anywhere in the text) and have `least` to `most` code points."""

    patterns: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    """None: without end."""


NOTHING: Final = Texts(least=1, most=0)
"""No text at all: `contained(texts, NOTHING)` says whether there is a text, `no` meaning that there is."""


class Answer(StrEnum):
    """Whether every text of the sender is one of the receiver's."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Contained:
    """An answer with its evidence."""

    answer: Answer
    example: str | None = None
    """For `no`: a text of the sender that the receiver refuses, a shortest one where the budget reached that far.

    None where the shortest has more than 10,000 characters.
    """
    reason: str = ""
    """For `unknown`: why."""


YES: Final = Contained(Answer.YES)


def contained(sender: Texts, receiver: Texts, *, most_states: int = 20_000, deadline_seconds: float = 0.5) -> Contained:
    """Whether the receiver takes every text of the sender. Never raises for what patterns hold.

    It takes at most `deadline_seconds` of computing, and a fifth on top to guess an example where that did not suffice.

    A pattern of the sender that cannot be compared is left out for `yes`, which holds all the more without it; one of
    the receiver counts only where the sender states the same text.
    """
    sent, taken = _read(sender), _read(receiver)
    same = set(sent.conditions)
    unread = [reason for pattern, reason in taken.unread.items() if pattern not in sent.unread]
    conditions = [each for each in taken.conditions if each not in same]
    question = _Question(sent, [each.opposite() for each in conditions], Budget(deadline_seconds, most_states))
    question.ask(sent.least, _lower(sent.most, taken.least - 1))
    for number in range(len(conditions)):
        question.ask(sent.least, sent.most, number)
    if taken.most is not None:
        question.ask(max(sent.least, taken.most + 1), sent.most)
    if question.found is not None:
        reason = next(iter(sent.unread.values()), "")
        return Contained(Answer.UNKNOWN, reason=reason) if reason else Contained(Answer.NO, question.found[1])
    reasons = unread + question.failures
    if not reasons or question.is_empty():
        return YES
    return Contained(Answer.UNKNOWN, reason=reasons[0])


def some_text(wanted: Texts, *, most_states: int = 20_000, deadline_seconds: float = 0.5) -> str | None:
    """A shortest text. None: there is none, or it was not found; `contained(wanted, NOTHING)` tells the two apart."""
    return contained(wanted, NOTHING, most_states=most_states, deadline_seconds=deadline_seconds).example


def texts(wanted: Texts, count: int, *, most_states: int = 20_000, deadline_seconds: float = 0.5) -> list[str]:
    """At most `count` different texts, of different lengths where there are; the same ones on every call.

    Fewer, or none, where there are no more, where they were not found in time, or where a pattern cannot be compared.
    """
    sent = _read(wanted)
    if sent.unread:
        return []
    found: dict[str, None] = {}
    try:
        question = _Question(sent, [], Budget(deadline_seconds, most_states))
        for text in islice(question.samples(sent.least, sent.most), 8 * count):
            found[text] = None
            if len(found) >= count:
                break
    except GaveUpError:
        pass
    return list(found)


@dataclass(frozen=True, slots=True)
class _Read:
    """Texts as conditions, their own lengths, and the patterns that cannot be compared with the reason for each."""

    conditions: tuple[Condition, ...]
    least: int
    most: int | None
    unread: dict[str, str]


def _read(stated: Texts) -> _Read:
    conditions: dict[Condition, None] = {}
    unread: dict[str, str] = {}
    least, most = max(stated.least, 0), stated.most
    for pattern in dict.fromkeys(stated.patterns):
        try:
            found, at_least, at_most = demands(pattern)
        except PatternError as error:
            unread[pattern] = str(error)
            continue
        conditions |= dict.fromkeys(found)
        least, most = max(least, at_least), _lower(most, at_most)
    return _Read(tuple(conditions), least, most, unread)


def _lower(most: int | None, other: int | None) -> int | None:
    return other if most is None else most if other is None else min(most, other)


class _Question:
    """One sender, and one after the other the conditions under which the receiver refuses a text."""

    def __init__(self, sent: _Read, refused: Sequence[Condition], budget: Budget) -> None:
        self._sent, self._refused, self._budget = sent, refused, budget
        self._spare: Budget | None = None
        nodes = (condition.node for condition in chain(sent.conditions, refused))
        self._alphabet = Alphabet(chain([EVERYTHING], chain.from_iterable(map(sets_of, nodes))))
        self.found: tuple[int, str | None] | None = None
        self.failures: list[str] = []

    def ask(self, least: int, most: int | None, number: int | None = None) -> None:
        """Look for a text of the sender with these lengths, that keeps to a condition of the receiver's refusal.

        One shorter than the one that is found already.
        """
        most = _lower(most, self.found[0] - 1) if self.found else most
        if most is not None and most < least:
            return
        refused = [] if number is None else [self._refused[number]]
        try:
            found = self._search([*self._sent.conditions, *refused], self._budget).shortest(least, most)
        except GaveUpError as error:
            self.failures.append(str(error))
            found = self._guess(least, most, refused)
        self.found = found or self.found

    def is_empty(self) -> bool:
        """Whether the sender certainly has no text."""
        try:
            search = self._search(self._sent.conditions, self._more_budget())
            return search.shortest(self._sent.least, self._sent.most) is None
        except GaveUpError:
            return False

    def samples(self, least: int, most: int | None) -> Iterator[str]:
        """Texts of the sender. Raises GaveUpError."""
        return self._search(self._sent.conditions, self._budget).several(least, most, Random(0).choice)  # noqa: S311 - no secret

    def _search(self, conditions: Sequence[Condition], budget: Budget) -> Search:
        automata = [Automaton(condition, self._alphabet, budget) for condition in conditions]
        return Search(automata, self._alphabet, budget)

    def _guess(self, least: int, most: int | None, refused: Sequence[Condition]) -> tuple[int, str] | None:
        """A text among some of the sender's, where looking at all took too long."""
        budget = self._more_budget()
        try:
            judge = self._search(refused, budget)
            search = self._search(self._sent.conditions, budget)
            for text in islice(search.several(least, most, Random(0).choice), _GUESSES):  # noqa: S311 - no secret
                if judge.accepts([self._alphabet.class_of(each) for each in text]):
                    return len(text), text
        except GaveUpError:
            pass
        return None

    def _more_budget(self) -> Budget:
        if self._spare is None:
            self._spare = self._budget.share(_SPARE)
        return self._spare


_GUESSES: Final = 200
"""How many texts are tried where looking at all takes too long."""
_SPARE: Final = 0.2
"""The part of the time that is added for that."""
