"""Taking an activation or a revocation: judged, then one line of the log. From that line on it counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.releases.clock import Clock
from gateway.releases.judging import Judge
from gateway.releases.live import Candidate, Proven, entry_of, judge_candidate, taken_of
from gateway.releases.log import Entry, Log, moment
from gateway.releases.memory import memory_of, read_memory
from gateway.releases.revoked import Revoked, follows, revoked_by
from gateway.releases.store import Node
from gateway.trust.envelope import Envelope
from gateway.trust.release_statement import Revocation
from gateway.trust.seen import Seen, write_seen


def keep_candidate(node: Node, release: bytes, base: bytes | None, vouch: Envelope, activation: Envelope) -> Candidate:
    """Put all that an activation needs into the store, where it counts for nothing yet. Raises OSError."""
    with node.locked():
        if base is not None:
            node.keep_release(base)
        digest = node.keep_release(release)
        node.keep_statement(vouch)
        node.keep_statement(activation)
    return Candidate(digest, vouch, activation)


def take_activation(node: Node, candidate: Candidate, folder: Path, now: datetime) -> Proven:
    """Judge it once more, while nobody else takes anything, and take it. Raises InvalidInputError, OSError.

    `folder` holds the release unpacked. On return it is on disk; killed at any time, the old or the new one is live.
    """
    with node.locked() as held:
        proven = judge_candidate(held, candidate, folder)
        _settle_clock(held, proven, now)
        log, _ = _begun(held)
        # First what moves forward with it: if nothing follows, knowing of a longer register hurts nobody.
        remember_seen(held, proven)
        held.remember(held.append(entry_of(held, log, proven, moment(now))))
    return proven


def _settle_clock(held: Node, proven: Proven, now: datetime) -> None:
    """Raises InvalidInputError where who signed says that the clock is right, and means another day than it shows."""
    said, clock = proven.activation.said, Clock(held, now.timestamp)
    if not said.clock_is_right or not clock.off():
        return
    day = now.astimezone(UTC).date()
    if abs(day - said.dated) > timedelta(days=1):
        message = f"who signed it on {said.dated} says that the clock here is right, and it shows {day}"
        remedy = "put the clock right, and have an activation signed anew"
        raise InvalidInputError(
            [Diagnostic(str(held.statement_path(proven.activation.digest)), "other-day", message, remedy)]
        )
    clock.settle(now.timestamp())


def take_revocation(node: Node, envelope: Envelope, now: datetime) -> Revoked:
    """Judge a revocation and take it; one that was taken already changes nothing. Raises InvalidInputError, OSError."""
    with node.locked() as held:
        log, remembered = _begun(held)
        judge = Judge(held, taken_of(log, remembered))
        before = revoked_by(held, log, judge)
        stated = judge(envelope, Revocation)
        if any(one.statement == stated.digest for one in log.of("revocation")):
            held.remember(log)
            return before
        follows(stated, *before.point, log.shown)
        held.keep_statement(envelope)
        entry = Entry(
            log.length + 1, log.head, "revocation", stated.said.sequence, stated.digest, "", "", stated.count.people,
            stated.signatures, held.trust.seen.length, held.trust.root.value.version, moment(now),
        )  # fmt: skip
        log = held.append(entry)
        held.remember(log)
        return revoked_by(held, log, Judge(held, taken_of(log, log.length)))


def remember_live(node: Node) -> None:
    """What is live was judged: from now on nothing older is taken for it. Raises InvalidInputError, OSError.

    Writes only where something is new: who took it was killed before this was kept, or the trust root is a new one.
    """
    log, _ = node.log()
    kept = read_memory(node.memory_file, node.trust.workspace, node.environment)
    trust = node.trust
    root = trust.root
    if memory_of(log, kept) == kept and trust.seen.root == root.text and log.root_version == root.value.version:
        return
    with node.locked() as held:
        log, _ = held.log()
        if log.root_version < root.value.version:
            # In the store too: an old copy of what lies beside the settings does not bring the old root back.
            log = held.append(Entry(
                log.length + 1, log.head, "root", root.value.version, root.digest, "", "", (), (), trust.seen.length,
                root.value.version, moment(datetime.now(UTC)),
            ))  # fmt: skip
        held.remember(log)
        write_seen(trust.seen_file, trust.workspace, replace(held.trust.seen, root=root.text))


def remember_seen(node: Node, proven: Proven) -> None:
    """Keep the register's length and head, and the trust root. Raises OSError, InvalidInputError."""
    trust = node.trust
    longer = proven.register if proven.register.length >= trust.seen.length else None
    length, head = (longer.length, longer.head) if longer is not None else (trust.seen.length, trust.seen.head)
    write_seen(trust.seen_file, trust.workspace, Seen(length, head, trust.root.text))


def _begun(node: Node) -> tuple[Log, int]:
    """The log, with a memory beside it from the first entry on: one that is gone is told from one never made."""
    log, memory = node.log()
    if not log.length:
        node.remember(log)
    return log, memory.length
