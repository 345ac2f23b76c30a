"""Who spoke for a decision after having left: what they said never counted, whoever took it."""

from collections.abc import Iterable
from typing import Final

from gateway.trust.board_stated import Said, Stated
from gateway.trust.counting import Signer
from gateway.trust.root import TrustRoot

_SPEAKS_FOR: Final = ("approve", "met")


def left_before(signers: Iterable[Signer], said: Iterable[Said], stated: Stated, root: TrustRoot) -> tuple[str, ...]:
    """The members who approved, or called a condition met, when they had been removed, by the register's order.

    Whoever had left and only then let one of those who spoke stand in is among them.
    """
    spoke = [(one.member, one.registered) for one in signers]
    spoke += [(one.statement.member, one.registered) for one in said if one.statement.act in _SPEAKS_FOR]
    people = {member for member, _ in spoke}
    lent = [
        (one.statement.member, one.registered) for one in stated.said
        if one.statement.act == "delegate" and one.statement.to in people
    ]  # fmt: skip
    found = {member for member, registered in (*spoke, *lent) if _is_late(member, registered, root)}
    return tuple(sorted(found))


def _is_late(member: str, registered: int | None, root: TrustRoot) -> bool:
    removed = root.value.members[member].removed
    return removed is not None and registered is not None and registered > removed.length
