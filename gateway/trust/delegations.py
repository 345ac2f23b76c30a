"""Who stands in for whom: from one member to another, for a while, without chains."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from gateway.trust.board_stated import Said, Stated
from gateway.trust.root import RoleName, TrustRoot


@dataclass(frozen=True, slots=True)
class Delegation:
    """One member's word that another stands in. It counts for entries after `begins` and before `ends`."""

    member: str
    to: str
    role: RoleName
    until: datetime
    begins: int
    """The entry of the register by which it was stated."""
    ends: int | None = None
    """The entry by which it was ended or replaced."""
    why_not: str = ""
    """Why it counts for nothing; empty where it does."""

    def holds(self, sequence: int, moment: datetime) -> bool:
        """Whether it counts for what the register takes as that entry, at that time."""
        is_before_end = self.ends is None or sequence < self.ends
        return not self.why_not and self.begins < sequence and is_before_end and moment < self.until


def delegations_of(stated: Stated, root: TrustRoot) -> tuple[Delegation, ...]:
    """All that were ever stated and registered, in that order, those that count for nothing with the reason."""
    made: list[Delegation] = []
    for one in stated.said:
        sequence = one.registered
        if sequence is None or one.statement.act not in ("delegate", "end-delegation"):
            continue
        if one.statement.act == "delegate":
            why_not = one.why_not or _why_not(one, sequence, made, stated, root)
            if not why_not:
                made = _ended(made, one, sequence, to="")
            assert one.statement.until is not None
            made.append(
                Delegation(
                    one.statement.member, one.statement.to, one.statement.role, one.statement.until, sequence, None,
                    why_not,
                )
            )  # fmt: skip
        elif not one.why_not and _present(one.statement.member, sequence, root):
            made = _ended(made, one, sequence, to=one.statement.to)
    return tuple(made)


def stood_in_for(
    person: str, role: RoleName, sequence: int, moment: datetime, delegations: Iterable[Delegation], root: TrustRoot
) -> tuple[str, ...]:
    """The members of the role for whom a person stands in at that entry."""
    members = root.value.roles.named(role).members
    return tuple(
        one.member
        for one in delegations
        if one.to == person
        and one.role == role
        and one.member in members
        and one.holds(sequence, moment)
        and _present(one.member, sequence, root)
        and _present(person, sequence, root)
    )


def _why_not(one: Said, sequence: int, made: Iterable[Delegation], stated: Stated, root: TrustRoot) -> str:
    statement, moment = one.statement, stated.moment(sequence)
    member, to, role = statement.member, statement.to, statement.role
    if member not in root.value.roles.named(role).members:
        return f"{member} is not in the role {role}"
    if to not in root.value.members:
        return f"{to} is no member of the trust root"
    if not _present(member, sequence, root) or not _present(to, sequence, root):
        return "one of the two was removed before it was registered"
    last = max((d.ends or d.begins for d in made if d.member == member and not d.why_not), default=0)
    if statement.sequence <= last:
        return f"it was written before entry {last}, by which {member} said something else"
    holding = [d for d in made if d.role == role and d.holds(sequence, moment)]
    if any(d.member == to for d in holding):
        return f"{to} has somebody stand in already: there are no chains"
    if any(d.to == member for d in holding):
        return f"{member} stands in for somebody: there are no chains"
    return ""


def _ended(made: list[Delegation], one: Said, sequence: int, to: str) -> list[Delegation]:
    """With the member's own of that role ended: to that person, or to anybody where `to` is empty.

    What was written before one began does not end it: it may have been kept back.
    """
    statement = one.statement
    return [
        replace(d, ends=sequence)
        if d.member == statement.member
        and d.role == statement.role
        and d.ends is None
        and to in ("", d.to)
        and d.begins < statement.sequence
        else d
        for d in made
    ]


def _present(member: str, sequence: int, root: TrustRoot) -> bool:
    removed = root.value.members[member].removed
    return removed is None or sequence <= removed.length
