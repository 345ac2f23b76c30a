"""Who must decide on a change, by the base's board rules; and whether those who signed a decision are enough."""

from dataclasses import dataclass

from gateway.trust.signed import Signed
from governance.board_rules import FILE, BoardRules, ChangeClass, Who
from governance.changes.changed import Changed


@dataclass(frozen=True, slots=True)
class Group:
    """People of whom one must sign."""

    stands_for: str
    """The owner, as the file that changed states it."""
    of: str
    """What it is the owner of: `the api`, or a consumer's id."""
    members: tuple[str, ...]
    """Members of the trust root, by id."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Who must decide. A quorum of the board may decide on anything, whoever is asked."""

    who: Who
    groups: tuple[Group, ...] = ()
    """For `owner` and `owner-and-consumers`: one of each group must sign."""
    note: str = ""
    """Why more people are asked than the board's rules say; empty where they are not."""

    def __str__(self) -> str:
        """In words, for a line of a report."""
        if self.who in ("automatic", "quorum"):
            return {"automatic": "nobody", "quorum": "the board's quorum"}[self.who]
        return " and ".join(dict.fromkeys(f"{one.stands_for} ({', '.join(one.members)})" for one in self.groups))


def asked_of(change: Changed, rules: BoardRules) -> Asked:
    """Who must decide on a change. Where nobody stands for an owner, the quorum does."""
    who = rules.strictest(change.classes, change.layer, change.visibility)
    if who in ("automatic", "quorum"):
        return Asked(who)
    groups = []
    for owner, of in _wanted(change, with_consumers=who == "owner-and-consumers"):
        members = rules.owners.get(owner, ()) if owner else ()
        if not members:
            return Asked("quorum", note=_nobody(owner, of, change))
        groups.append(Group(owner, of, members))
    return Asked(who, tuple(groups))


def _wanted(change: Changed, *, with_consumers: bool) -> list[tuple[str, str]]:
    """Owners, and what is theirs: of what changed, of what is exposed, and the consumers that something breaks."""
    wanted = list(change.owners_of_exposed)
    if not wanted or change.classes != {ChangeClass.EXPOSES}:
        wanted.insert(0, (change.owner, "it"))
    if with_consumers and change.classes & {ChangeClass.BREAKS, ChangeClass.UNPROVEN}:
        wanted += [(one.owner, one.consumer) for one in change.affected]
    return wanted


def _nobody(owner: str, of: str, change: Changed) -> str:
    if owner:
        return f"{FILE} names nobody who stands for {owner}, owner of {of}: the quorum decides"
    what = change.name if of == "it" else of
    return f"the base names no owner of {what}: the quorum decides"


def settled_for(one: Signed, asked: Asked) -> int | None:
    """The sequence in the register at which enough people had signed a decision; None while they have not."""
    if asked.who in ("automatic", "quorum"):
        return one.settled
    return one.settled_by([group.members for group in asked.groups])


def lacking(one: Signed, asked: Asked) -> str:
    """Who has not signed yet, in words."""
    if one.standing.outcome in ("returned", "refused", "revoked"):
        return f"it was {one.standing.outcome}: decide anew"
    if one.count is None:
        return "nobody has signed it"
    if asked.who in ("automatic", "quorum"):
        return f"it lacks signatures: {one.count}"
    signed = {signer.member for signer in one.count.signers if signer.stands}
    missing = [
        f"{group.stands_for} ({' or '.join(group.members)})"
        for group in asked.groups
        if signed.isdisjoint(group.members)
    ]
    if not missing:
        return "only who submitted it has signed it, and nobody decides alone on that"
    return f"nobody signed for {', '.join(dict.fromkeys(missing))}"
