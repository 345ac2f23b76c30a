"""Put a release into service on a node: judged whole, signed for, handed to the gateway that runs or left for one."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.release import make_release
from gateway.release_file import read_release
from gateway.releases.covered import unpack
from gateway.releases.following import follows_live
from gateway.releases.judging import Judge
from gateway.releases.live import Candidate, judge_candidate, read_live, taken_of
from gateway.releases.log import Entry, Log
from gateway.releases.revoked import Revoked, revoked_by
from gateway.releases.stated import parse_statement
from gateway.releases.store import Node, open_node
from gateway.releases.taking import keep_candidate, remember_live, take_activation
from gateway.trust.keys import PrivateKey
from gateway.trust.register import REGISTER, Register, parse_register
from gateway.trust.release_statement import Activation, Point, Statement, Vouch
from governance.portal_of_release import hand_over_release
from governance.release.build import verify_release
from governance.release.covering import Ruling
from governance.release.drafting import Draft, drafted, lacking, sign_in_roles, submitter_of
from governance.release.environments import judge_named, known_node
from governance.release.handing import catch_up, hand_to_gateway, runs
from governance.release.statements import make

Progress = Callable[[str], None]
State = Literal["live", "same", "taken", "waiting"]


class UncoveredError(Exception):
    """Something in the release is let by no decision."""

    def __init__(self, rulings: tuple[Ruling, ...]) -> None:
        super().__init__("no decision covers all that the release changes")
        self.rulings = rulings


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and by whom."""

    home: Path
    """The folder whose node settings count, and whose gateway is told."""
    environment: str
    """Empty for none."""
    reason: str
    key: PrivateKey | None = None
    """Signs in each role that its owner has; None only counts what is signed already."""
    submitter: str = ""
    """A member of the trust root; the key's owner where left out."""
    statements: Path = Path()
    """The folder in which statements wait for further signatures."""
    admin: str | None = None
    """The gateway's admin listener, where `home` does not say."""
    portal: bool = True
    """Whether the portal's changelogs and clients are made before a gateway that runs is told."""
    kept: bool = False
    """Whether statements are left in their folder also when enough people signed them, for other nodes."""
    clock_is_right: bool = False
    """Whether who signs says that the node's clock is right, whatever the node remembers of the time."""


@dataclass(frozen=True, slots=True)
class Activated:
    """What it came to."""

    state: State
    """`live`: the gateway serves it. `same`: it was active already. `taken`: a gateway serves it from its next start
    on. `waiting`: too few signed."""
    release: str
    sequence: int
    lacking: tuple[str, ...] = ()
    """For `waiting`: what is missing, in words."""
    files: tuple[Path, ...] = ()
    """For `waiting`: statements that others sign; else those that lie here for other nodes."""
    warnings: tuple[str, ...] = ()


def activate(
    asked: Asked, file: Path, *, base: str | None = None, now: datetime, progress: Progress | None = None
) -> Activated:
    """Activate a release's file. Raises InvalidInputError or UncoveredError, and then nothing has changed.

    `base` is `release:FILE`, found in the node's store where left out. Also raises OSError where the store cannot be
    written, and `governance.admin_client.NotReachedError` where a gateway runs and does not answer.
    """
    node = open_node(asked.home, asked.environment)
    release, digest = read_release(file)
    if release.head.environment != asked.environment:
        chosen = asked.environment or "none"
        message = f"this release is for the environment {release.head.environment or 'none'}, not for {chosen}"
        raise _fault(str(file), "foreign-release", message, "name its environment: --environment NAME")
    log, _ = node.log()
    stem = asked.statements / file.stem
    waiting = stem.with_name(f"{stem.name}.activation.yaml")
    vouched = stem.with_name(f"{stem.name}.vouch.yaml")
    if log.live is not None and log.live.release == digest:
        done = _same(asked, node, log)
        return replace(done, files=_brought(node, log.live, vouched, waiting)) if asked.kept else done
    if (why := _revoked(node, log).withdrawn.get(digest)) is not None:
        message = f"this release was withdrawn for good: {why}"
        raise _fault(str(file), "withdrawn-release", message, "build and activate another one")
    if any(one.release == digest for one in log.of("activation")):
        message = "this release was active here before: going back to it is a decision of its own"
        raise _fault(str(file), "was-active", message, f"tidewaiter release rollback {digest[:19]}")
    # Before anybody signs, and before it is judged whole: that takes a while.
    follows_live(node, log, release, str(file))
    if base is None and release.head.base is not None and node.release_path(release.head.base).is_file():
        base = f"release:{node.release_path(release.head.base)}"
    _, _, judged = verify_release(file, base, None, asked.home, now, progress)
    if judged.uncovered:
        raise UncoveredError(judged.uncovered)
    held = Path(base.removeprefix("release:")).read_bytes() if base is not None else None
    vouch = make(
        Vouch, format=1, type="vouch", workspace=node.trust.workspace, environment=asked.environment, date=_day(now),
        reason=asked.reason, submitter=submitter_of(asked.submitter, asked.key, node, waiting), release=digest,
    )  # fmt: skip
    activation = _activation(asked, node, log, digest, judged.register, now, waiting)
    drafts = [
        drafted(vouched, vouch, node.trust.root),
        drafted(waiting, activation, node.trust.root),
    ]
    text = file.read_bytes()
    return _finish(asked, node, drafts, lambda one, two: keep_candidate(node, text, held, one, two), digest, now)


def roll_back(asked: Asked, release: str | None, *, now: datetime) -> Activated:
    """Return to a release that was active before: by its digest or the beginning of it, or to the one before this one.

    Raises as `activate` does. It is a new activation with a higher sequence.
    """
    node = known_node(asked.home, asked.environment)
    judge_named(node)
    log, _ = node.log()
    revoked = _revoked(node, log)
    active = log.of("activation")
    live = log.live.release if log.live is not None else ""
    wanted = release.removeprefix("sha256:") if release is not None else ""
    fitting = [one for one in active if one.release.removeprefix("sha256:").startswith(wanted)]
    if release is None:
        fitting = [one for one in fitting if one.release != live and one.release not in revoked.withdrawn][-1:]
    if release is None and not fitting and any(one.release != live for one in active):
        message = "every release that was active before the live one was withdrawn for good"
        remedy = "build and activate another one, on what is live; see them: tidewaiter release list"
        raise _fault(str(node.folder), "withdrawn-release", message, remedy)
    if len({one.release for one in fitting}) != 1:
        what = "several releases begin so" if fitting else "no such release was active here"
        what = "no other release was active here" if release is None else what
        remedy = "choose one of those that `tidewaiter release list` shows; a new one is activated from its file"
        raise _fault(str(node.folder), "no-release", what, remedy)
    before = fitting[-1]
    if before.release == live and not asked.clock_is_right:
        return _same(asked, node, log)
    if before.release in revoked.withdrawn:
        message = f"it was withdrawn for good: {revoked.withdrawn[before.release]}"
        raise _fault(before.release, "withdrawn-release", message, "build and activate another one")
    register = node.release(before.release).files.get(REGISTER, b"")
    text = node.release_path(before.release).read_bytes()
    waiting = asked.statements / f"rollback-{log.highest('activation') + 1}.activation.yaml"
    said = _activation(asked, node, log, before.release, parse_register(register), now, waiting)
    draft = drafted(waiting, said, node.trust.root)
    vouch = node.statement(before.vouch)
    return _finish(
        asked, node, [draft], lambda one: keep_candidate(node, text, None, vouch, one), before.release, now
    )  # fmt: skip


def _finish(
    asked: Asked, node: Node, drafts: list[Draft], keep: Callable[..., Candidate], digest: str, now: datetime
) -> Activated:
    try:
        return _put_in(asked, node, drafts, keep, digest, now)
    except InvalidInputError:
        log, _ = node.log()
        if log.live is None or log.live.release != digest or asked.clock_is_right:
            raise
        return _same(asked, node, log)  # another command for the same was quicker


def _put_in(
    asked: Asked, node: Node, drafts: list[Draft], keep: Callable[..., Candidate], digest: str, now: datetime
) -> Activated:
    drafts = sign_in_roles(drafts, asked.key, node)
    sequence = next(one.statement.sequence for one in drafts if isinstance(one.statement, Activation))
    missing = lacking(drafts, node)
    if missing:
        for one in drafts:
            one.write()
        return Activated("waiting", digest, sequence, missing, tuple(one.path for one in drafts))
    left = [one for one in drafts if asked.kept or one.path.exists()]
    for one in left:
        one.write()  # whole now, so that other nodes take what was signed
    files = tuple(one.path for one in left)
    candidate = keep(*(one.signed for one in drafts))
    # Here first, so that what is wrong with it is told the same whether or not a gateway runs.
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        unpack(node.release(digest), Path(made))
        proven = judge_candidate(node, candidate, Path(made))
        make_release(proven.loaded.workspace)
        if asked.portal and runs(asked.home):
            # First, for a worker reads it as it loads the release.
            hand_over_release(asked.home, node.store, digest, asked.environment)
        told = hand_to_gateway(asked.home, asked.admin, candidate, asked.environment)
        if told.served:
            return Activated("live", digest, sequence, files=files, warnings=told.warnings)
        take_activation(node, candidate, Path(made), now)
    return Activated("taken", digest, sequence, files=files, warnings=told.warnings)


def _same(asked: Asked, node: Node, log: Log) -> Activated:
    """It is active: whoever took it may have been killed before that was remembered, or be another node."""
    live = log.live
    assert live is not None
    with tempfile.TemporaryDirectory(prefix="tidewaiter-") as made:
        unpack(node.release(live.release), Path(made))
        read_live(node, Path(made))
    remember_live(node)
    served = catch_up(asked.home, asked.admin, asked.environment, live.release)
    return Activated("live" if served else "same", live.release, live.number)


def _brought(node: Node, live: Entry, vouched: Path, activated: Path) -> tuple[Path, ...]:
    """What was signed for the live release, out of the store into files that another node takes."""
    parts: tuple[tuple[Path, str, type[Statement]], ...] = (
        (vouched, live.vouch, Vouch),
        (activated, live.statement, Activation),
    )
    for path, digest, model in parts:
        envelope = node.statement(digest)
        there = drafted(path, parse_statement(envelope.payload, model, str(path)), node.trust.root)
        if there.envelope is None:
            Draft(path, there.statement, envelope.payload, envelope).write()
    return (vouched, activated)


def _activation(
    asked: Asked, node: Node, log: Log, digest: str, register: Register, now: datetime, waiting: Path
) -> Activation:
    """What has to be signed on this node, as it stands now."""
    seen = node.trust.seen
    longest = max((seen.length, seen.head), (register.length, register.head), key=lambda pair: pair[0])
    revoked = _revoked(node, log)
    return make(
        Activation, format=1, type="activation", workspace=node.trust.workspace, environment=asked.environment,
        date=_day(now), reason=asked.reason, release=digest,
        submitter=submitter_of(asked.submitter, asked.key, node, waiting),
        sequence=log.highest("activation") + 1, register=Point(length=longest[0], head=longest[1]),
        revocations=Point(length=revoked.point[0], head=revoked.point[1]), clock_is_right=asked.clock_is_right,
    )  # fmt: skip


def _revoked(node: Node, log: Log) -> Revoked:
    return revoked_by(node, log, Judge(node, taken_of(log, node.log()[1].length)))


def _day(now: datetime) -> object:
    return now.astimezone(UTC).date()


def _fault(file: str, code: str, message: str, remedy: str) -> InvalidInputError:
    return InvalidInputError([Diagnostic(file, code, message, remedy)])
