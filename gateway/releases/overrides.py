"""Overrides that a node took: judged at each use, in force for their hours, over by themselves or when ended before."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.clock import Clock
from gateway.releases.judging import Judge
from gateway.releases.live import taken_of
from gateway.releases.log import Entry, Log, moment
from gateway.releases.stated import Stated
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope
from gateway.trust.register import NOTHING
from gateway.trust.release_statement import Override
from policies import overrides as in_policies
from policies.forward_clock import elapsed

AGAIN: Final = timedelta(days=7)
"""A second one so soon after another one ended needs the quorum of the board."""
_AHEAD: Final = timedelta(minutes=5)
_PEOPLE: Final = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """One that was taken, and whether it was ended before its time."""

    stated: Stated[Override]
    ended: bool

    @property
    def said(self) -> Override:
        """What was signed."""
        return self.stated.said

    def holds_at(self, now: float) -> bool:
        """Whether it is in force, by seconds since the epoch."""
        return not self.ended and self.said.start.timestamp() <= now < self.said.until.timestamp()


def overrides_of(node: Node) -> tuple[Taken, ...]:
    """Every override of the log, judged again, the oldest first. Raises InvalidInputError where one does not count."""
    log, memory = node.log()
    judge = Judge(node, taken_of(log, memory.length))
    ended = log.highest("override-end")
    found: list[Taken] = []
    for entry in log.of("override"):
        stated = judge(node.statement(entry.statement), Override, entry)
        if stated.said.sequence != entry.number:
            message = f"the log calls the override {entry.number}, and {stated.said.sequence} was signed"
            remedy = "bring the store back from a backup"
            raise InvalidInputError([Diagnostic(log.shown, "broken-log", message, remedy)])
        if entry.root_version == node.trust.root.value.version:
            _enough(node, stated, found)
        found.append(Taken(stated, entry.number <= ended))
    return tuple(found)


def in_force(node: Node, clock: Clock) -> tuple[Taken, ...]:
    """Those that loosen something now. Raises InvalidInputError."""
    now = clock.now()
    return tuple(one for one in overrides_of(node) if one.holds_at(now))


def for_calls(taken: tuple[Taken, ...], now: float) -> tuple[in_policies.Override, ...]:
    """The same as the request path asks of them."""
    passed = elapsed()
    return tuple(
        in_policies.Override(
            one.said.sequence, frozenset(one.said.operations), one.said.until.timestamp(),
            passed + one.said.until.timestamp() - now,
        )
        for one in taken
    )  # fmt: skip


def take_override(node: Node, envelope: Envelope, now: datetime) -> Stated[Override]:
    """Judge an override and take it; one that was taken already changes nothing. Raises InvalidInputError, OSError."""
    with node.locked() as held:
        log, memory = held.log()
        if not log.length:
            held.remember(log)
        stated = Judge(held, taken_of(log, memory.length))(envelope, Override)
        if any(one.statement == stated.digest for one in log.of("override")):
            return stated
        clock = Clock(held, now.timestamp)
        _judge_new(log, stated, clock)
        _enough(held, stated, list(overrides_of(held)))
        held.keep_statement(envelope)
        held.remember(held.append(Entry(
            log.length + 1, log.head, "override", stated.said.sequence, stated.digest, "", "", stated.count.people,
            stated.signatures, held.trust.seen.length, held.trust.root.value.version, moment(now),
        )))  # fmt: skip
        # Who signed says that it has begun: it is over by the time that passes from here on.
        clock.settle(max(clock.latest(), stated.said.start.timestamp()))
        return stated


def end_overrides(node: Node, now: datetime) -> int:
    """End every override that was taken so far; returns how many of them were in force. Nobody need sign what tightens.

    Raises InvalidInputError, OSError.
    """
    with node.locked() as held:
        taken = in_force(held, Clock(held, now.timestamp))
        if taken:
            _end(held, now)
        return len(taken)


def end_passed(held: Node, clock: Clock) -> None:
    """Those whose end has come by a wall clock that is not believed for good are over, also when it is put right.

    Only under `Node.locked`. Raises InvalidInputError, OSError.
    """
    latest, now = clock.latest(), clock.now()
    if any(not one.ended and latest < one.said.until.timestamp() <= now for one in overrides_of(held)):
        _end(held, datetime.fromtimestamp(latest, UTC))


def _end(held: Node, now: datetime) -> None:
    log, _ = held.log()
    number = log.highest("override")
    if number > log.highest("override-end"):
        held.remember(held.append(Entry(
            log.length + 1, log.head, "override-end", number, log.of("override")[-1].statement, "", "", (), (),
            held.trust.seen.length, held.trust.root.value.version, moment(now),
        )))  # fmt: skip


def _judge_new(log: Log, stated: Stated[Override], clock: Clock) -> None:
    said, now = stated.said, datetime.fromtimestamp(clock.now(), UTC)
    if said.sequence <= log.highest("override"):
        message = f"this is the override {said.sequence}, and {log.highest('override')} were taken here"
        raise _fault(log.shown, "older-override", message, "make and sign a new one")
    if said.until <= now:
        message, remedy = f"this override ended at {moment(said.until)}", "make and sign a new one"
        if clock.off():
            message += f", and it is {moment(now)} by this node, whose clock is or was wrong"
            remedy = "put the clock right; where it is, say so: tidewaiter release rollback LIVE --clock-is-right"
        raise _fault(log.shown, "ended-override", message, remedy)
    if said.start > now + _AHEAD:
        message = f"this override begins at {moment(said.start)}, which has not come"
        raise _fault(log.shown, "future-override", message, "take it when it begins, or put this node's clock right")


def _enough(node: Node, stated: Stated[Override], before: list[Taken]) -> None:
    """Raises InvalidInputError where too few people signed. Judged by the root that holds now."""
    root, said = node.trust.root, stated.said
    shown = str(node.statement_path(stated.digest))
    people = stated.count.people
    # A development root may have one person only: what rests on it is marked so.
    needed = 1 if root.value.development and len(root.value.roles.override.members) < _PEOPLE else _PEOPLE
    if len(people) < needed:
        message = f"{needed} different people of the role override sign it, and {len(people)} did"
        raise _fault(
            shown, "too-few-signed", message, "another member signs it: tidewaiter release sign FILE --key KEY"
        )
    earlier = [one for one in before if one.said.sequence < said.sequence]
    last = max((one.said.until for one in earlier), default=None)
    follows = said.previous == (earlier[-1].stated.digest if earlier else NOTHING)
    if follows and (last is None or said.start - last >= AGAIN):
        return
    board = root.value.roles.board
    there = {name for name in board.members if root.value.members[name].removed is None}
    signers = {one.member for one in stated.count.signers} & there
    if len(signers) < board.threshold:
        quorum = f"the quorum of the board, {board.threshold} people, and {len(signers)} of it signed"
        remedy = "more members of the board sign it, or mend what is overridden"
        if last is not None and said.start - last < AGAIN:
            message = f"another override ended, or will end, at {moment(last)}: a second one within seven days of that"
            raise _fault(shown, "no-quorum", f"{message} needs {quorum}", remedy)
        message = "it follows an override that this node never took, which may have ended within seven days: so it"
        raise _fault(shown, "no-quorum", f"{message} needs {quorum}", remedy)


def _fault(shown: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(shown, code, message, remedy)])
