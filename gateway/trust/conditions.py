"""Conditions of a decision, and whether they are met: until then nothing that rests on it is released."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from gateway.trust.board_stated import Said, Stated
from gateway.trust.board_statement import Condition
from gateway.trust.decision import Decision
from gateway.trust.delegations import Delegation, stood_in_for
from gateway.trust.root import TrustRoot
from gateway.trust.standing import Standing, submitters_of


@dataclass(frozen=True, slots=True)
class Open:
    """One condition and its state."""

    id: str
    """`ID` of the decision's own, `MEMBER/ID` of what a member stated."""
    text: str
    stated_by: str
    """The member who made it; empty where it stands in the decision."""
    met_by: tuple[str, ...] = ()
    """Who said that it is met."""
    met: int | None = None
    """The entry of the register by which it was met; None while it is open."""
    evidence: str = ""
    """What was pointed at last."""


def conditions_of(
    decision: Decision, standing: Standing, said: Iterable[Said], stated: Stated, delegations: Sequence[Delegation],
    root: TrustRoot,
) -> tuple[Open, ...]:  # fmt: skip
    """Every condition of the decision and of the approvals that count now.

    A member's own is met when that member says so, the decision's when as many people say so as it takes to decide.
    Nobody says so alone of what they submitted.
    """
    told = [one for one in said if one.statement.act == "met" and one.registered is not None and not one.why_not]
    found: list[Open] = []
    for name, text, by, since in _all(decision, standing):
        about = [one for one in told if one.statement.condition == name and one.statement.sequence > since]
        found.append(_judged(Open(name, text, by), about, decision, stated, delegations, root))
    return tuple(found)


def _all(decision: Decision, standing: Standing) -> Iterator[tuple[str, str, str, int]]:
    for own in decision.conditions:
        if isinstance(own, Condition):
            yield own.id, own.text, "", 0
    last = {voice.member: voice for voice in standing.voices if not voice.why_not}
    for member, voice in last.items():
        if voice.act == "approve" and voice.said is not None and voice.registered is not None:
            for one in voice.said.statement.conditions:
                yield f"{member}/{one.id}", one.text, member, voice.registered


def _judged(
    condition: Open, about: list[Said], decision: Decision, stated: Stated, delegations: Sequence[Delegation],
    root: TrustRoot,
) -> Open:  # fmt: skip
    role = root.value.roles.named(decision.role)
    submitters = submitters_of(decision, root)
    people: dict[str, str] = {}
    met: int | None = None
    evidence, names = "", []
    for one in about:
        member, sequence = one.statement.member, one.registered
        removed = root.value.members[member].removed
        if sequence is None or (removed is not None and sequence > removed.length):
            continue
        seats: tuple[str, ...] = (member,) if member in role.members else ()
        if not seats:
            seats = stood_in_for(member, decision.role, sequence, stated.moment(sequence), delegations, root)
        if member not in people and (seat := next((s for s in seats if s not in people.values()), "")):
            people[member] = seat
        own_word = member == condition.stated_by and member not in submitters
        if own_word or member in people:
            names.append(member)
            evidence = one.statement.evidence
        others = any(submitters.isdisjoint(pair) for pair in people.items())
        if met is None and (own_word or (len(people) >= role.threshold and others)):
            met = sequence
    return Open(condition.id, condition.text, condition.stated_by, tuple(dict.fromkeys(names)), met, evidence)
