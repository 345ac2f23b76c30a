"""Which decision lets which change; what no decision covers, and why those that are near do not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from governance.decisions.signed import Signed
from governance.release.changes import Changed

AUTOMATIC = "automatic"


@dataclass(frozen=True, slots=True)
class Ground:
    """What decisions are held against: where the release is for, what it is, and what it was held against."""

    environment: str
    workspace_digest: str
    base: str | None
    now: datetime | None
    """None where ends of validity do not count: for what was built before."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One change and what became of it. `decided_by` is None where nothing covers it; `why_not` then says why."""

    change: Changed
    decided_by: str | None
    why_not: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    """Decisions that would cover it once enough people have signed."""


def rule_on(changes: Iterable[Changed], decisions: Sequence[Signed], ground: Ground) -> tuple[Ruling, ...]:
    """A ruling for each change. Of decisions about the same content the one that was settled last counts."""
    return tuple(_ruling(change, decisions, ground) for change in changes)


def _ruling(change: Changed, decisions: Sequence[Signed], ground: Ground) -> Ruling:
    about = [one for one in decisions if _is_about(one, change, ground)]
    counting = sorted((one for one in about if not _why_not(one, change, ground)), key=lambda one: one.settled or 0)
    last = counting[-1] if counting else None
    if last is not None and last.decision.verdict == "refuse":
        return Ruling(change, None, (f"{last.file} refuses it: {last.decision.title}",))
    if change.is_automatic:
        return Ruling(change, AUTOMATIC)
    if last is not None:
        return Ruling(change, last.name)
    reasons = [f"{one.file} would cover it, but {why}" for one in about if (why := _why_not(one, change, ground))]
    reasons += [
        f"{one.file} is about another content of it" for one in decisions if _names_it(one, change) and one not in about
    ]
    unsigned = tuple(one.name for one in about if _lacks_signatures_only(one, change, ground))
    return Ruling(change, None, tuple(reasons), unsigned)


def _is_about(one: Signed, change: Changed, ground: Ground) -> bool:
    """Whether a decision names exactly this content."""
    about = one.decision.about
    named = about.contracts if change.kind == "contract" else about.files
    return about.workspace == ground.workspace_digest or named.get(change.name) == change.digest


def _names_it(one: Signed, change: Changed) -> bool:
    about = one.decision.about
    return change.name in (about.contracts if change.kind == "contract" else about.files)


def _lacks_signatures_only(one: Signed, change: Changed, ground: Ground) -> bool:
    return one.settled is None and one.decision.verdict != "refuse" and not _unfit(one, change, ground)


def _why_not(one: Signed, change: Changed, ground: Ground) -> str:
    """Why a decision about this content does not count; empty where it does."""
    unfit = _unfit(one, change, ground)
    if unfit or one.settled is not None:
        return unfit
    lacking = f"it lacks signatures: {one.count}" if one.count is not None else "nobody has signed it"
    return f"{lacking} (tidewaiter board sign {one.name})"


def _unfit(one: Signed, change: Changed, ground: Ground) -> str:
    """Why a decision would not count, whoever signed it; empty where it would."""
    decision = one.decision
    if decision.role != "board":
        return f"it was decided as {decision.role}; changes are the board's to decide"
    if decision.environment != ground.environment:
        return f"it is for the environment {decision.environment or 'none'}"
    if ground.now is not None and (state := decision.standing(ground.now)):
        return "it has ended" if state == "ended" else "its time has not begun"
    if decision.verdict == "refuse":
        return ""
    if decision.about.base != ground.base:
        # What was let once is not let for ever: going back to it is another change, of other callers.
        return f"it was decided against {'another base' if decision.about.base else 'no base'}"
    if decision.verdict == "waive":
        if change.fingerprints is None:
            return "it waives findings, and this is more than findings"
        missing = sorted(change.fingerprints - set(decision.findings))
        if missing:
            return f"it does not waive {' '.join(missing)}"
    return ""
