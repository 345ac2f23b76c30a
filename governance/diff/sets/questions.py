"""Can a correct message of the sender be refused by the receiver? By search, by set reasoning, else by rule."""

import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from governance.diff.change import Effect, Outcome
from governance.diff.examples.patterns import Answer, Texts, contained, texts
from governance.diff.examples.search import NOT_FOUND
from governance.diff.sets import objects
from governance.diff.sets.checks import MOST_ENDED, Checks
from governance.diff.sets.difference import Delta, Pair, Sides, Steps
from governance.diff.sets.emitted import ASKED, NEAR
from governance.diff.sets.node import ANY, Spot, matches
from governance.diff.sets.pairs import Pairs
from governance.diff.sets.searching import Found, as_text
from governance.finding import Proof

_COMPOSED: Final = ("alternative", "null", "composition", "contains")
"""Kinds where a sender that can send nothing is how people write, so that the rule of the kind counts."""
_NOTHING_SENT: Final = "no message is valid under the schema of the sender, so nothing can be proven"
_TEXTS: Final = ("pattern", "minLength", "maxLength")
_FRESH: Final = ("anotherMember", "zzzOther", "x9")


@dataclass(slots=True)
class Verdict:
    """The answer. `value` is a message at the root of where the schema is used."""

    outcome: Outcome
    proof: Proof = Proof.PROVEN
    value: Any = NOT_FOUND
    steps: Steps = ()
    error: str = ""
    reason: str = ""


class Questions:
    """Asks about the pairs of one direction."""

    def __init__(self, sides: Sides, pairs: Pairs, checks: Checks, ends: float) -> None:
        """`ends` on the monotonic clock: no question is asked after that."""
        self.sides = sides
        self.pairs = pairs
        self.checks = checks
        self.ends = ends
        self.late = 0
        """How many questions were not asked because the time was over."""

    def ask(self, pair: Pair, delta: Delta) -> Verdict:
        """The verdict on one difference."""
        if not delta.asked or not self.sides.harms(delta.effect):
            return Verdict(Outcome.NOT_ASKED)
        if delta.holds:
            return Verdict(Outcome.HOLDS, reason=delta.holds)
        if delta.reason:
            return Verdict(Outcome.UNKNOWN, Proof.UNPROVEN, reason=delta.reason)
        if delta.ruled:
            return Verdict(Outcome.UNKNOWN, Proof.STRUCTURAL, reason=delta.ruled)
        if delta.kind == "alternative" and delta.effect is not (
            Effect.REMOVES if self.sides.sends_old else Effect.ADDS
        ):
            return Verdict(Outcome.HOLDS)
        if time.monotonic() > self.ends or self.checks.ended >= MOST_ENDED:
            self.late += 1
            return self._open(delta, "the time for proofs was over")
        sent, taken, demand = self._question(pair, delta)
        if taken == ANY:
            return Verdict(Outcome.HOLDS, reason="the receiver takes anything there")
        if delta.inner is not None and self.pairs.node(sent, old=self.sides.sends_old).never:
            return Verdict(Outcome.HOLDS, reason="no correct sender sends it")
        return self._answer(pair, delta, sent, taken, demand)

    def _question(self, pair: Pair, delta: Delta) -> tuple[Spot, Spot, Any]:
        """What is sent, what it must keep to, and the keyword's own demand."""
        if delta.inner is not None:
            sent, taken = delta.inner if self.sides.sends_old else delta.inner[::-1]
            return sent, taken, None
        if self.sides.sends_old:
            return pair.old, pair.whole_new, delta.demand_new
        return pair.new, pair.whole_old, delta.demand_old

    def _answer(self, pair: Pair, delta: Delta, sent: Spot, taken: Spot, demand: Any) -> Verdict:
        guess = self._by_pattern(pair, delta, sent, taken)
        if isinstance(guess, Verdict):
            return guess
        sender, _ = self.sides.sender.schema(sent, NEAR)
        receiver, _ = self.sides.receiver.schema(taken, NEAR)
        outcome, found = self.checks.attempt(sender, receiver, demand, pair.text, guess)
        if outcome == "cannot":
            return self._open(delta, f"the schema cannot be run: {found}")
        if outcome == "lines":
            reason = "only texts that hold line breaks were found to fail"
            return Verdict(Outcome.UNKNOWN, Proof.UNPROVEN, reason=reason)
        if outcome == "found":
            return self._shown(pair, delta, found)
        if not (self._by_sets(sent, taken, demand, pair) or self._by_names(pair, delta)):
            return self._open(delta, "no failing example was found, and set reasoning has no answer")
        if not self._sends_anything(sent):
            if delta.kind in _COMPOSED:
                return self._open(delta, _NOTHING_SENT)
            return Verdict(Outcome.UNKNOWN, Proof.UNPROVEN, reason=_NOTHING_SENT)
        return Verdict(Outcome.HOLDS, reason="every message that the sender may send is accepted all the same")

    def _sends_anything(self, sent: Spot) -> bool:
        """Whether anything at all can be sent: alternatives may exclude each other always, as people write them."""
        return self.checks.any_value(self.sides.sender.schema(Spot(sent.sources), NEAR)[0]) is True

    def _by_names(self, pair: Pair, delta: Delta) -> bool | None:
        """For members by pattern: whether the sender knows a wider pattern, with a schema that is no wider."""
        if delta.kind != "patternProperties" or not delta.subject:
            return None
        sends, takes = (pair.old, pair.new) if self.sides.sends_old else (pair.new, pair.old)
        sent = self.pairs.node(sends, old=self.sides.sends_old)
        taken = self.pairs.node(takes, old=not self.sides.sends_old)
        if any(matches(delta.subject, name) for name in sent.names):
            return None
        asked = objects.of_pattern(taken, delta.subject)
        for pattern in {pattern: None for value in sent.values("patternProperties") for pattern in value}:
            wider = contained(Texts((delta.subject,)), Texts((pattern,)))
            if wider.answer is Answer.YES:
                one, _ = self.sides.sender.schema(objects.of_pattern(sent, pattern), ASKED)
                other, whole = self.sides.receiver.schema(asked, ASKED)
                if whole and self.checks.covers(other, one):
                    return True
        return None

    def _open(self, delta: Delta, reason: str) -> Verdict:
        return Verdict(Outcome.UNKNOWN, Proof.STRUCTURAL if delta.decided else Proof.UNPROVEN, reason=reason)

    def _by_pattern(self, pair: Pair, delta: Delta, sent: Spot, taken: Spot) -> Verdict | Found:
        """A verdict, or a text that one may try."""
        if delta.kind not in _TEXTS:
            return "none", None
        sides = []
        own = pair.new if self.sides.sends_old else pair.old
        for spot, old in ((sent, self.sides.sends_old), (own, not self.sides.sends_old)):
            node = self.pairs.node(spot, old=old)
            most = node.values("maxLength")
            sides.append(Texts(
                tuple(node.values("pattern")), max(node.values("minLength"), default=0), min(most) if most else None
            ))  # fmt: skip
        if not sides[0].patterns and not sides[1].patterns:
            return "none", None
        answer = contained(*sides)
        receiving = self.pairs.node(taken, old=not self.sides.sends_old)
        exactly = any(group.keyword == "oneOf" for group in receiving.groups)
        if answer.answer is Answer.YES and not exactly:
            return Verdict(Outcome.HOLDS, reason="every text that matches for the sender matches for the receiver")
        return ("none", None) if answer.example is None else ("found", answer.example)

    def _by_sets(self, sent: Spot, taken: Spot, demand: Any, pair: Pair) -> bool | None:
        # What is cut off of the sender is taken as anything, which only makes more messages.
        sender, _ = self.sides.sender.schema(sent, ASKED)
        if demand is not None and self.checks.covers(demand, sender):
            return True
        receiver, exact = self.sides.receiver.schema(taken, ASKED)
        if not exact:
            return None
        if pair.text and self._takes_any_text(taken):
            receiver = {"anyOf": [receiver, {"type": ["boolean", "number"]}], "$defs": receiver.pop("$defs")}
        return self.checks.covers(receiver, sender) or None

    def _takes_any_text(self, taken: Spot) -> bool:
        node = self.pairs.node(taken, old=not self.sides.sends_old)
        free = node.enum is None and not node.groups and not {"pattern", "format", "not", "if"} & node.keywords.keys()
        return free and "string" in node.types and not {"minLength", "maxLength"} & node.keywords.keys()

    def _shown(self, pair: Pair, delta: Delta, value: Any) -> Verdict:
        """The example as a whole message, checked by the independent validator."""
        root, steps, chosen = self.way(pair, delta)
        named = self.pairs.is_named(pair)
        made, message = self._message(root, steps, value)
        if made != "found":
            if self._is_out_of_reach(pair):
                return Verdict(Outcome.UNKNOWN, Proof.UNPROVEN, reason=_NOTHING_SENT)
            return self._open(delta, "no whole message round the failing value was found")
        sent, taken = (root.old, root.new) if self.sides.sends_old else (root.new, root.old)
        message = plain(message)
        wrong = self.checks.refused(self._named(sent, sender=True), message)
        receiver = self._named(taken, sender=False)
        refused = self.checks.refused(receiver, message)
        for one in as_text(message) if refused and (pair.text or root.text) else ():
            # What is told is why the value itself is refused; any form of it may be taken.
            refused = self.checks.refused(receiver, one) and refused
            if not refused:
                break
        if wrong is None or refused is None:
            return self._open(delta, "the failing example could not be checked by a second validator")
        if wrong:
            return self._open(delta, "a second validator does not agree that the failing example may be sent")
        if not refused:
            if named:
                reason = "the alternative that is named refuses it; what others accept does not count"
                return Verdict(Outcome.UNKNOWN, Proof.STRUCTURAL, reason=reason)
            reason = "another alternative accepts the message" if chosen else "a second validator accepts the example"
            return Verdict(Outcome.UNKNOWN, Proof.UNPROVEN, reason=reason)
        keyword, place, _ = _nearest(refused, steps, delta.kind)
        # The range of a format of numbers is the engine's word for it.
        return Verdict(Outcome.FAILS, Proof.PROVEN, message, place, "format" if delta.kind == "format" else keyword)

    def _is_out_of_reach(self, pair: Pair | None) -> bool:
        """Whether no value is valid for the sender somewhere on the way from the root to a pair."""
        while pair is not None:
            schema, _ = self.sides.sender.schema(pair.old if self.sides.sends_old else pair.new, ASKED)
            if self.checks.is_empty(schema) is True:
                return True
            pair = pair.parent[0] if pair.parent is not None else None
        return False

    def _named(self, spot: Spot, *, sender: bool) -> dict[str, Any]:
        emitter = self.sides.sender if sender else self.sides.receiver
        return emitter.reference(spot, f"urn:{'sender' if sender else 'receiver'}-{self.sides.direction.value}")

    def way(self, pair: Pair, delta: Delta) -> tuple[Pair, Steps, bool]:
        """The pair at the root, the steps from it, and whether alternatives were chosen on the way."""
        steps = delta.steps
        chosen = False
        while pair.parent is not None:
            chosen = chosen or bool(pair.old.choices or pair.new.choices)
            pair, more = pair.parent
            steps = (*more, *steps)
        return pair, steps, chosen

    def _message(self, root: Pair, steps: Steps, value: Any) -> Found:
        if not steps:
            return "found", value
        schema, _ = self.sides.sender.schema(root.old if self.sides.sends_old else root.new, NEAR * 3)
        names = [step for step in steps if isinstance(step, str)]
        places = [tuple(self._step(step, fresh, names) for step in steps) for fresh in _FRESH]
        return self.checks.message(schema, list(dict.fromkeys(places)), value)

    def _step(self, step: str | int, fresh: str, names: list[str]) -> str | int:
        if not isinstance(step, str) or not step.startswith("\0"):
            return step
        if step == "\0":
            return fresh if fresh not in names else f"{fresh}1"
        made = texts(Texts((step[1:],)), 3)
        return next((text for text in made if matches(step[1:], text)), fresh)


def plain(value: Any) -> Any:
    """The value in plain JSON: no decimals."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, dict):
        return {name: plain(child) for name, child in value.items()}
    return [plain(child) for child in value] if isinstance(value, list | tuple) else value


def _nearest(refused: list[Any], steps: Steps, kind: str) -> Any:
    """The error at the place that was changed, by the keyword that was changed; else the deepest."""

    def is_there(place: Steps) -> bool:
        pairs = zip(place, steps, strict=False)
        return len(place) == len(steps) and all(str(step).startswith("\0") or one == step for one, step in pairs)

    return max(refused, key=lambda one: (is_there(one[1]), one[0] == kind, len(one[1])))
