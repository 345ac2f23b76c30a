"""Which decision lets which change; what no decision covers, and why those that are near do not."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.release_file import AUTOMATIC
from gateway.trust.decision import REMOVED
from gateway.trust.signed import Signed
from governance.board_rules import BoardRules, Unanswered
from governance.changes.asked import Asked, asked_of, lacking, settled_for
from governance.changes.changed import Changed
from governance.changes.state import Digested


@dataclass(frozen=True, slots=True)
class Ground:
    """What decisions are held against: where the release is for, what it is, and what it was held against."""

    environment: str | None
    """None where decisions for any environment count: nothing is built."""
    digests: Mapping[str, Digested]
    """By environment: all that a gateway loads there. What is not among its files is not decided with it."""
    base: str | None
    now: datetime | None
    """None where ends of validity do not count: for what was built before."""
    any_base: bool = False
    """Whether it does not matter what a decision was held against: the base is no release."""
    gone: Mapping[str, Digested] = field(default_factory=dict)
    """The same of the base: a file that is gone was decided with the rest only where it was among its files."""
    spent: Callable[[Changed, int], str] = lambda _change, _settled: ""
    """Why a decision that was settled at that entry of the register counts no more; empty where it does."""
    unanswered: Unanswered = field(default_factory=Unanswered)
    """Until when there was time to decide, by the base's rules."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """One change and what became of it. `decided_by` is None where nothing covers it; `why_not` then says why."""

    change: Changed
    asked: Asked
    """Who must decide on it."""
    decided_by: str | None
    why_not: tuple[str, ...] = ()
    unsigned: tuple[str, ...] = ()
    """Decisions that would cover it once enough people have signed."""
    unmet: tuple[tuple[str, str], ...] = ()
    """Decisions that would cover it once a condition is met, each with the condition."""


def rule_on(
    changes: Iterable[Changed], decisions: Sequence[Signed], ground: Ground, rules: BoardRules
) -> tuple[Ruling, ...]:
    """A ruling for each change. Of decisions about the same content the one that was settled last counts.

    `rules` are those of the base: who decides is no part of what is decided on.
    """
    ground = replace(ground, unanswered=rules.unanswered)
    return tuple(_ruling(change, asked_of(change, rules), decisions, ground) for change in changes)


def _ruling(change: Changed, asked: Asked, decisions: Sequence[Signed], ground: Ground) -> Ruling:
    about = [one for one in decisions if _is_about(one, change, ground)]
    counting = [(when, one) for one in about if (when := _counts_from(one, change, asked, ground)) is not None]
    # Members who refuse to approve it refuse it, whatever it was held against.
    counting += [(one.refused, one) for one in about if one.refused is not None and not _elsewhere(one, ground)]
    last = max(counting, key=lambda pair: pair[0])[1] if counting else None
    if last is not None and (last.decision.verdict == "refuse" or last.refused is not None):
        told = "was refused" if last.refused is not None else "refuses it"
        return Ruling(change, asked, None, (f"{last.file} {told}: {last.decision.title}",))
    if asked.who == "automatic":
        return Ruling(change, asked, AUTOMATIC)
    if last is not None:
        return Ruling(change, asked, last.name)
    reasons = [
        f"{one.file} would cover it, but {why}" for one in about if (why := _why_not(one, change, asked, ground))
    ]
    reasons += [
        f"{one.file} is about another content of it" for one in decisions if _names_it(one, change) and one not in about
    ]
    unsigned = tuple(one.name for one in about if _lacks_signatures_only(one, change, asked, ground))
    unmet = tuple(
        (one.name, one.unmet[0].id)
        for one in about
        if one.unmet and not _unfit(replace(one, conditions=()), change, ground)
    )
    return Ruling(change, asked, None, tuple(reasons), unsigned, unmet)


def _is_about(one: Signed, change: Changed, ground: Ground) -> bool:
    """Whether a decision names exactly this content."""
    about = one.decision.about
    named = about.contracts if change.kind == "contract" else about.files
    if named.get(change.name) == change.digest:
        return True
    there = ground.digests.get(one.decision.environment)
    return there is not None and about.workspace == there.digest and _is_in(change, one.decision.environment, ground)


def _is_in(change: Changed, environment: str, ground: Ground) -> bool:
    """Whether the digest of the whole says anything of what changed."""
    if change.kind == "contract":
        return True
    held = (ground.gone if change.digest == REMOVED else ground.digests).get(environment)
    return held is not None and change.name in held.files


def _names_it(one: Signed, change: Changed) -> bool:
    about = one.decision.about
    return change.name in (about.contracts if change.kind == "contract" else about.files)


def _counts_from(one: Signed, change: Changed, asked: Asked, ground: Ground) -> int | None:
    """The sequence from which a decision counts for the change; None where it does not."""
    settled = None if _unfit(one, change, ground) else settled_for(one, asked)
    if settled is None or (one.decision.verdict != "refuse" and _late_or_spent(one, change, settled, ground)):
        return None
    return settled


def _late_or_spent(one: Signed, change: Changed, settled: int, ground: Ground) -> str:
    """Why what was settled then does not count; empty where it does."""
    if ground.unanswered.lapsed(one.decision.dated, one.day_of(settled)):
        return f"nobody decided by {ground.unanswered.due(one.decision.dated)}: submit it anew"
    return ground.spent(change, settled)


def _lacks_signatures_only(one: Signed, change: Changed, asked: Asked, ground: Ground) -> bool:
    is_open = settled_for(one, asked) is None and one.decision.verdict != "refuse"
    return is_open and one.standing.outcome == "open" and not _unfit(one, change, ground)


def _why_not(one: Signed, change: Changed, asked: Asked, ground: Ground) -> str:
    """Why a decision about this content does not count; empty where it does."""
    unfit = _unfit(one, change, ground)
    settled = settled_for(one, asked)
    if not unfit and settled is None:
        remedy = f" (tidewaiter board sign {one.name})" if one.standing.outcome == "open" else ""
        return f"{lacking(one, asked)}{remedy}"
    if not unfit and settled is not None:
        return _late_or_spent(one, change, settled, ground)
    return unfit


def _unfit(one: Signed, change: Changed, ground: Ground) -> str:
    """Why a decision would not count, whoever signed it; empty where it would."""
    decision = one.decision
    if elsewhere := _elsewhere(one, ground):
        return elsewhere
    if ground.now is not None and (state := decision.standing(ground.now)):
        return "it has ended" if state == "ended" else "its time has not begun"
    if decision.verdict == "refuse":
        return ""
    if decision.about.base != ground.base and not ground.any_base:
        # What was let once is not let for ever: going back to it is another change, of other callers.
        return f"it was decided against {'another base' if decision.about.base else 'no base'}"
    if decision.verdict == "waive":
        if change.fingerprints is None:
            return "it waives findings, and this is more than findings"
        missing = sorted(change.fingerprints - set(decision.findings))
        if missing:
            return f"it does not waive {' '.join(missing)}"
    if one.unmet:
        first = one.unmet[0].id
        return f"its condition {first} is not met (tidewaiter board met {one.name} {first} --evidence TEXT)"
    return ""


def _elsewhere(one: Signed, ground: Ground) -> str:
    """Why it is not the board's decision for where the release is for; empty where it is."""
    decision = one.decision
    if decision.role != "board":
        return f"it was decided as {decision.role}; changes are the board's to decide"
    if ground.environment is not None and decision.environment != ground.environment:
        return f"it is for the environment {decision.environment or 'none'}"
    return ""
