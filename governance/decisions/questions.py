"""What the board has before it: each decision with who was asked, who said what, who is missing and by when."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Literal

from gateway.trust.board_stated import read_statements
from gateway.trust.delegations import Delegation, delegations_of, stood_in_for
from gateway.trust.place import Trust
from gateway.trust.register import Register
from gateway.trust.signed import Signed, read_decisions
from governance.board_rules import BoardRules
from governance.decisions.signing import rules_in


@dataclass(frozen=True, slots=True)
class Question:
    """One decision as the board has it before it."""

    signed: Signed
    state: str
    """As `Signed.state`, and `lapsed` where nobody decided in time and the rules then refuse it."""
    asked: tuple[str, ...]
    """Members of the role, or who stands in for them."""
    missing: tuple[str, ...]
    """Those of them who have said nothing that counts."""
    due: date
    """The day by which it is to be decided."""
    then: Literal["open", "refused"]
    """What happens if nobody does."""
    overdue: bool

    @property
    def is_open(self) -> bool:
        """Whether somebody has something to do."""
        return self.state in ("open", "conditions open", "not yet")


@dataclass(frozen=True, slots=True)
class Board:
    """Everything that is before the board."""

    questions: tuple[Question, ...]
    delegations: tuple[Delegation, ...]
    """Those that count now."""
    contact: str


def read_board(workspace: Path, trust: Trust, register: Register, now: datetime) -> Board:
    """What the board has before it, the earliest due first. Raises InvalidInputError."""
    rules = rules_in(workspace)
    decisions = read_decisions(workspace, trust, register)
    stated = read_statements(workspace, trust, register)
    delegations = delegations_of(stated, trust.root)
    questions = [question(one, rules, delegations, trust, register, now) for one in decisions]
    active = tuple(one for one in delegations if one.holds(register.length + 1, now))
    return Board(tuple(sorted(questions, key=lambda one: (one.due, one.signed.name))), active, rules.contact)


def question(
    one: Signed, rules: BoardRules, delegations: Sequence[Delegation], trust: Trust, register: Register, now: datetime
) -> Question:
    """One decision as a question."""
    due = rules.unanswered.due(one.decision.dated)
    day = now.astimezone(UTC).date()
    overdue = day > due
    state = one.state(now)
    if state in ("open", "returned") and rules.unanswered.lapsed(one.decision.dated, day):
        state = "lapsed"
    spoken = {voice.member for voice in one.standing.voices if not voice.why_not}
    spoken |= {signer.acts_for for signer in (one.count.signers if one.count is not None else ())}
    asked, missing = [], []
    for member, substitutes in _asked(one, delegations, trust, register, now):
        shown = f"{member} (or {' or '.join(substitutes)})" if substitutes else member
        asked.append(shown)
        if member not in spoken:
            missing.append(shown)
    return Question(one, state, tuple(asked), tuple(missing), due, rules.unanswered.then, overdue)


def _asked(
    one: Signed, delegations: Sequence[Delegation], trust: Trust, register: Register, now: datetime
) -> Iterable[tuple[str, list[str]]]:
    root, role = trust.root, one.decision.role
    for member in root.value.roles.named(role).members:
        if root.value.members[member].removed is not None:
            continue
        sequence = register.length + 1
        people = dict.fromkeys(d.to for d in delegations if d.member == member and d.role == role)
        yield member, [p for p in people if member in stood_in_for(p, role, sequence, now, delegations, root)]
