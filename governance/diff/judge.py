"""Facts judged: each change becomes a finding by the one rule of its place, its outcome and the settings."""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from governance.diff.change import Area, Change, Effect, Outcome, Traits
from governance.diff.fingerprint import fingerprint
from governance.diff.rules.keywords import harmful
from governance.diff.rules.table import rule_of
from governance.diff.wording import about, turned
from governance.finding import Direction, Finding, Proof, Severity, Use
from governance.rules import Rule
from governance.severities import UNJUDGED, DiffSettings, SeverityRule, pattern_of

_SHORT: Final = 200
"""Characters of a value, as JSON, that a finding keeps."""
_NOT_LET_OFF: Final = ("-stability-lowered", "-stability-unknown")
_UNSTATED: Final = "stable"


@dataclass(frozen=True, slots=True)
class Contract:
    """What the workspace says of the contract, where it is one of a workspace."""

    layer: str = ""
    visibility: str = ""


@dataclass(frozen=True, slots=True)
class _Weight:
    severity: Severity
    proof: Proof
    reason: str


def judge(
    changes: Iterable[Change],
    *,
    at: dt.date,
    profile: str | None = None,
    settings: DiffSettings | None = None,
    contract: Contract | None = None,
) -> list[Finding]:
    """The findings, the worst first, then by path, method, rule and pointers.

    `at` is the day that sunsets are held against. `profile` is `wire`, `strict` or `sdk`; that of the settings where it
    is left out.
    """
    settings = settings or DiffSettings()
    contract = contract or Contract()
    chosen = profile or settings.profile
    found = [
        finding
        for change in changes
        if (finding := _judged(change, chosen, at, settings, contract)) is not None
    ]  # fmt: skip
    return sorted(found, key=_order)


def _order(finding: Finding) -> tuple[Any, ...]:
    return (
        -finding.severity.weight, finding.path, finding.method, finding.rule, finding.pointer_new, finding.pointer_old,
        finding.direction.value, finding.fingerprint,
    )  # fmt: skip


def _judged(change: Change, profile: str, at: dt.date, settings: DiffSettings, contract: Contract) -> Finding | None:
    rule = rule_of(change, at)
    if rule is None:
        weight = _unjudged(change)
        name, message, exposes = UNJUDGED, f"{about(change)}: {change.kind} {turned(change)}", False
    else:
        level = rule.level(profile, change)
        if level is None:
            return None
        weight = _weighed(change, rule, level, profile)
        name, message = rule.id, rule.message(change)
        shows = rule.exposes if isinstance(rule.exposes, bool) else rule.exposes(change)
        exposes = shows and not _answers_no_more(change)
    severity, reason = _set(name, weight, change, settings, contract)
    first = change.reach[0] if change.reach else Use("", "", change.direction, "")
    return Finding(
        rule=name,
        severity=severity,
        message=message,
        direction=change.direction,
        method=first.method,
        path=first.path,
        pointer_old=change.pointer_old,
        pointer_new=change.pointer_new,
        exposes=exposes,
        proof=weight.proof,
        failing_example=change.example,
        fingerprint=fingerprint(name, change),
        reach=change.reach,
        reason=reason,
        before=_short(change.old),
        after=_short(change.new),
    )


def _weighed(change: Change, rule: Rule, level: Severity, profile: str) -> _Weight:
    """What the outcome makes of the rule's level. Special cases, and `sdk`, look at more than messages."""
    if profile == "sdk":
        return _Weight(level, Proof.PROVEN, change.reason)
    if change.outcome is Outcome.HOLDS and change.area is not Area.SCHEMA:
        return _Weight(Severity.INFO, Proof.PROVEN, change.reason)
    if rule.when is not None:
        return _Weight(level, Proof.PROVEN, change.reason)
    if change.outcome is Outcome.FAILS:
        return _Weight(Severity.BREAKING, change.proof, change.reason)
    if change.outcome is Outcome.HOLDS:
        return _Weight(_held(change, level), change.proof, change.reason)
    if not _is_asked(change):
        return _Weight(level, Proof.PROVEN, change.reason)
    who = _never_sent(change.direction, change.traits)
    if who:
        return _Weight(Severity.INFO, Proof.STRUCTURAL, who)
    if change.outcome is Outcome.NOT_ASKED:
        return _Weight(level, change.proof, change.reason)
    if change.proof is Proof.STRUCTURAL:
        return _Weight(Severity.BREAKING, Proof.STRUCTURAL, change.reason)
    return _Weight(Severity.WARNING, Proof.UNPROVEN, _could_not(change.reason))


def _is_asked(change: Change) -> bool:
    """Whether the change is of messages, in the direction in which one can be refused."""
    return change.direction is not Direction.NONE and harmful(change.effect, change.direction)


def _held(change: Change, level: Severity) -> Severity:
    """Nobody fails. What was added or removed keeps its rule's level; it is no break."""
    if change.effect in (Effect.ADDS, Effect.REMOVES):
        return Severity.WARNING if level is Severity.BREAKING else level
    return Severity.INFO


def _answers_no_more(change: Change) -> bool:
    """Whether it is proven that what is answered now could be answered before."""
    if change.area is not Area.SCHEMA or change.effect in (Effect.ADDS, Effect.REMOVES):
        return False
    return change.outcome is Outcome.HOLDS


def _never_sent(direction: Direction, traits: Traits) -> str:
    if direction is Direction.REQUEST and traits.read_only:
        return "callers do not send it: it is readOnly"
    if direction is Direction.RESPONSE and traits.write_only:
        return "it is never answered: it is writeOnly"
    return ""


def _could_not(reason: str) -> str:
    return f"could not be proven: {reason}" if reason else "could not be proven"


def _unjudged(change: Change) -> _Weight:
    reason = "no rule judges this kind of change: a person must"
    if change.outcome is Outcome.FAILS:
        return _Weight(Severity.BREAKING, change.proof, change.reason)
    if change.outcome is Outcome.HOLDS:
        return _Weight(Severity.INFO, change.proof, change.reason or reason)
    return _Weight(Severity.WARNING, Proof.UNPROVEN, _could_not(change.reason or reason))


def _set(
    name: str, weight: _Weight, change: Change, settings: DiffSettings, contract: Contract
) -> tuple[Severity, str]:
    """The severity that the settings give, and why where they do. Of many operations the worst decides."""
    uses = change.reach or (Use("", "", change.direction, ""),)
    weights = [_set_for(name, weight, change, use.path, settings, contract) for use in uses]
    return max(weights, key=lambda pair: pair[0].weight)


def _set_for(
    name: str, weight: _Weight, change: Change, path: str, settings: DiffSettings, contract: Contract
) -> tuple[Severity, str]:
    stability = change.traits.stability_old or _UNSTATED
    matched = [one for one in settings.severities if _matches(one, name, path, change.traits, stability, contract)]
    chosen = matched[-1] if matched else None
    severity, reason = weight.severity, weight.reason
    if chosen is not None and not _raises_what_holds(change, severity, chosen.severity):
        severity, reason = chosen.severity, chosen.reason
    if stability in settings.unstable and not name.endswith(_NOT_LET_OFF) and not (chosen and chosen.stabilities):
        return Severity.INFO, f"it was {stability}, which may break"
    return severity, reason


def _raises_what_holds(change: Change, judged: Severity, wanted: Severity) -> bool:
    proven = change.outcome is Outcome.HOLDS and change.effect not in (Effect.ADDS, Effect.REMOVES)
    return proven and wanted.weight > judged.weight


def _matches(entry: SeverityRule, name: str, path: str, traits: Traits, stability: str, contract: Contract) -> bool:
    return (
        bool(pattern_of(entry.rule).fullmatch(name))
        and (not entry.paths or any(pattern_of(pattern).fullmatch(path) for pattern in entry.paths))
        and (not entry.tags or not set(entry.tags).isdisjoint(traits.tags))
        and (not entry.layers or contract.layer in entry.layers)
        and (not entry.visibilities or contract.visibility in entry.visibilities)
        and (not entry.stabilities or stability in entry.stabilities)
    )


def _short(value: Any) -> Any:
    """The value where it is short; None else."""
    try:
        return value if len(json.dumps(value, default=str)) <= _SHORT else None
    except (TypeError, ValueError):
        return None
