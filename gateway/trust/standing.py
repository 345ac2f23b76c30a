"""How a decision stands: every signature and statement on it walked in the register's order, people counted once.

A member's last word counts. What was settled stays so until enough people are missing; a refusal and the board's own
revocation are final. Where it is unclear whether something counts, it does not.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from gateway.trust.board_stated import Said, Stated
from gateway.trust.board_statement import POSITIONS
from gateway.trust.counting import Signer
from gateway.trust.decision import Decision
from gateway.trust.delegations import Delegation, stood_in_for
from gateway.trust.root import TrustRoot

Outcome = Literal["open", "approved", "returned", "refused", "revoked"]
_NOT_REGISTERED: Final = "is not in the register yet: tidewaiter board register"
_LASTS: Final = "does not take it back: a refusal in force is taken back by a later decision only"


@dataclass(frozen=True, slots=True)
class Voice:
    """One thing that a member said on a decision."""

    member: str
    act: str
    signature: str
    """The signature's digest."""
    registered: int | None
    """Its sequence in the register."""
    said: Said | None = None
    """None for a signature over the decision itself."""
    seats: tuple[str, ...] = ()
    """Members of the role in whose place it can count: the member, or those for whom the member stands in."""
    why_not: str = ""
    """Why it counts for nothing; empty where it does."""

    @property
    def comment(self) -> str:
        """What was said with it."""
        return self.said.statement.comment if self.said is not None else ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What all of it comes to."""

    outcome: Outcome
    settled: int | None
    """The entry of the register by which that was reached; None for `open` and `returned`."""
    voices: tuple[Voice, ...]
    """In the register's order."""
    signers: tuple[Signer, ...]
    """The approvals among them, and whether each counts now."""
    alone: str = ""
    """The submitter, where enough would have approved but for the rule that nobody decides alone on their own."""
    submitters: frozenset[str] = frozenset()
    """Members who are the submitter."""
    final: bool = False
    """Whether nothing that is said from now on changes the outcome."""


@dataclass(slots=True)
class _Walk:
    """Where the walk has come to."""

    decision: Decision
    members: tuple[str, ...]
    threshold: int
    submitters: frozenset[str]
    """Members who are the submitter; none by a development root, which has one member."""
    outcome: Outcome = "open"
    settled: int | None = None
    was_approved: bool = False
    alone: str = ""
    final: bool = False
    positions: dict[str, Voice] = field(default_factory=dict)

    def counted(self, act: str, *, of_board: bool = False) -> list[tuple[str, str]]:
        """Who holds a position now, and in whose seat; nobody and no seat twice."""
        taken = {member for member in self.positions if member in self.members}
        found: list[tuple[str, str]] = []
        for member, voice in self.positions.items():
            if voice.act != act or (of_board and not _takes_back_all(voice)):
                continue
            if member in self.members:
                found.append((member, member))
            elif seat := next((one for one in voice.seats if one not in taken), ""):
                taken.add(seat)
                found.append((member, seat))
        return found

    def step(self, sequence: int) -> None:
        """What the positions come to, once they changed."""
        if self.final:
            return
        approving = self.counted("approve")
        others = [pair for pair in approving if self.submitters.isdisjoint(pair)]
        enough = len(approving) >= self.threshold
        self.alone = approving[0][0] if enough and not others else ""
        if len(self.counted("refuse")) >= self.threshold:
            self.outcome, self.settled, self.final = "refused", sequence, True
        elif len(self.counted("revoke", of_board=True)) >= self.threshold:
            self.outcome, self.settled, self.final = "revoked", sequence, True
        elif enough and others:
            self._approved(sequence)
        elif self.counted("return"):
            self.outcome, self.settled = "returned", None
        elif self.was_approved:
            self.settled = self.settled if self.outcome == "revoked" else sequence
            self.outcome = "revoked"
        else:
            self.outcome, self.settled = "open", None

    def _approved(self, sequence: int) -> None:
        if self.outcome == "approved":
            return
        if self.counted("return"):
            self.outcome, self.settled = "returned", None
            return
        self.outcome, self.settled, self.was_approved = "approved", sequence, True
        self.final = self.decision.verdict == "refuse"


def stand(
    decision: Decision, signed: Sequence[Signer], said: Iterable[Said], stated: Stated,
    delegations: Sequence[Delegation], root: TrustRoot,
) -> Standing:  # fmt: skip
    """How a decision stands, by the signatures over it and what was stated on it."""
    role = root.value.roles.named(decision.role)
    walk = _Walk(decision, role.members, role.threshold, submitters_of(decision, root))
    voices = [_signature(one) for one in signed]
    voices += [_statement(one, root) for one in said if one.statement.act in POSITIONS]
    heard: list[Voice] = []
    taken_back: dict[int, int] = {}
    runs: dict[str, list[int]] = {}
    for voice in sorted(voices, key=lambda one: one.registered or float("inf")):
        judged = replace(voice, why_not=voice.why_not or _too_old(voice, walk))
        sequence = judged.registered
        if not judged.why_not and sequence is not None:
            seats: tuple[str, ...] = (judged.member,) if judged.member in role.members else ()
            if not seats:
                moment = stated.moment(sequence)
                seats = stood_in_for(judged.member, decision.role, sequence, moment, delegations, root)
            judged = replace(judged, seats=seats)
            if judged.act == "approve":
                runs.setdefault(judged.member, []).append(len(heard))
            else:
                taken_back |= dict.fromkeys(runs.pop(judged.member, ()), sequence)
            walk.positions[judged.member] = judged
            walk.step(sequence)
        heard.append(judged)
    signers = tuple(
        _signer(voice, taken_back.get(number), walk, decision.role)
        for number, voice in enumerate(heard)
        if voice.act == "approve"
    )
    return Standing(walk.outcome, walk.settled, tuple(heard), signers, walk.alone, walk.submitters, walk.final)


def submitters_of(decision: Decision, root: TrustRoot) -> frozenset[str]:
    """The members who go by the submitter's name or id.

    None where the root is for trying things out, or where the decision refuses: that lets nobody have their way.
    """
    if root.value.development or decision.verdict == "refuse":
        return frozenset()
    name = decision.submitter.strip().casefold()
    return frozenset(
        member for member, value in root.value.members.items() if name in (member, value.name.strip().casefold())
    )


def _signature(one: Signer) -> Voice:
    return Voice(one.member, "approve", one.signature, one.registered, why_not="" if one.stands else one.why_not)


def _statement(one: Said, root: TrustRoot) -> Voice:
    statement = one.statement
    removed = root.value.members[statement.member].removed
    why_not = one.why_not
    if one.registered is None:
        why_not = _NOT_REGISTERED
    elif removed is not None and one.registered > removed.length:
        why_not = f"came too late: after the member was removed at entry {removed.length}"
    return Voice(statement.member, statement.act, one.signature, one.registered, one, why_not=why_not)


def _too_old(voice: Voice, walk: _Walk) -> str:
    """Why what the member said before stands; empty where this takes its place.

    A statement was written after whatever it replaces: one that was kept back changes nothing when it comes in late.
    """
    before = walk.positions.get(voice.member)
    if before is None or before.registered is None:
        return ""
    if voice.said is None:
        return f"came after {voice.member} had said something else at entry {before.registered}: state it anew"
    if voice.said.statement.sequence <= before.registered:
        return f"was written before what {voice.member} said at entry {before.registered}"
    if walk.decision.verdict == "refuse" and before.act == "approve" and voice.act != "approve":
        return _LASTS
    return ""


def _signer(voice: Voice, taken_back: int | None, walk: _Walk, role: str) -> Signer:
    if voice.why_not or taken_back is not None:
        why_not = voice.why_not or f"was taken back at entry {taken_back}"
        return Signer(voice.member, voice.signature, voice.registered, why_not)
    seat = dict(walk.counted("approve")).get(voice.member, "")
    why_not = ""
    if not seat:
        why_not = f"is not in the role {role}"
        if voice.seats:
            why_not = f"stands in for {' and '.join(voice.seats)}, whose place is taken"
    acts_for = seat if seat != voice.member else ""
    return Signer(voice.member, voice.signature, voice.registered, why_not, stands=True, acts_for=acts_for)


def _takes_back_all(voice: Voice) -> bool:
    return voice.said is not None and voice.said.statement.takes_back == "decision"
