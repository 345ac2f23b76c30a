"""What `policies/modes.yaml` says of one message: how strictly it is judged, what share, rule by rule. Load time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from contracts.judgement import Judgement, Violation
from contracts.modes import Direction, Mode, ModeRule, Undeclared, Unknown, UnknownRule
from contracts.rule_names import RULES, UNCHECKED
from policies.step import Route


@dataclass(frozen=True, slots=True)
class Judged:
    """The messages that a rule may be about."""

    api: str
    version: str
    operation_id: str
    entity: str
    direction: Direction
    safe: bool

    def is_named_by(self, rule: ModeRule | UnknownRule) -> bool:
        """Whether everything that the rule names is here; a consumer apart."""
        return (
            rule.api in (None, self.api)
            and rule.version in (None, self.version, self.version.split(".")[0])
            and rule.operation in (None, self.operation_id)
            and rule.direction in (None, self.direction)
            and rule.entity in (None, self.entity)
        )


def judged_of(route: Route, direction: Direction) -> Judged:
    """The messages of one direction of a route."""
    operation = route.operation
    return Judged(
        operation.api, operation.version, operation.operation_id, route.entity_id, direction, safe=operation.safe
    )


@dataclass(frozen=True, slots=True)
class Strictness:
    """What one rule list says for one consumer and direction."""

    mode: Mode
    refuse_unchecked: bool
    rule: int = -1
    """Which rule of the list set the mode; -1: none did."""
    by_rule: Mapping[str, tuple[Mode, int]] = field(default_factory=dict)
    """Rules of the contract that have a mode of their own, and which rule of the list set it."""
    sample: float = 1.0
    sampled_by: int = -1
    show_values: bool = False
    judges: bool = True
    """Whether anything is asked of the message."""


def strictness(modes: Sequence[ModeRule], operation: Judged, consumer: str | None) -> Strictness:
    """How strictly the contract is enforced; the last rule that matches decides."""
    direction = operation.direction
    mode: Mode = "report" if direction == "answer" and not operation.safe else "enforce"
    unchecked: str | None = None
    sample, sampled_by, shows, decided = 1.0, -1, False, -1
    by_rule: dict[str, tuple[Mode, int]] = {}
    for number, rule in enumerate(modes):
        if not operation.is_named_by(rule) or rule.consumer not in (None, consumer):
            continue
        if rule.rule is not None:
            by_rule[rule.rule] = (rule.mode, number)
            continue
        mode, unchecked, decided = rule.mode, rule.unchecked or unchecked, number
        by_rule.clear()
        if rule.sample is not None:
            sample, sampled_by = rule.sample, number
        shows = shows if rule.show_values is None else rule.show_values
    by_rule = {name: stated for name, stated in by_rule.items() if stated[0] != mode}
    return Strictness(
        mode, mode == "enforce" and unchecked != "allow", decided, by_rule, sample, sampled_by, shows,
        judges=mode != "off" or bool(by_rule),
    )  # fmt: skip


class Settled(NamedTuple):
    """A judgement under its modes. What is `off` is in neither."""

    refused: tuple[Violation, ...] = ()
    reported: tuple[Violation, ...] = ()
    unchecked: str = ""
    """Why the message could not be checked."""
    refuses_unchecked: bool = False

    @property
    def refuses(self) -> bool:
        """Whether the message goes no further."""
        return bool(self.refused) or self.refuses_unchecked

    def would_refuse(self) -> tuple[str, ...]:
        """The rules that would have refused it, had they been enforced; each once."""
        rules = dict.fromkeys(v.rule if v.rule in RULES else "other" for v in self.reported)
        if self.unchecked and not self.refuses_unchecked:
            rules[UNCHECKED] = None
        return tuple(rules)


def settle(judgement: Judgement, strict: Strictness, noted: Sequence[Violation] = ()) -> Settled:
    """What refuses the message, and what is only told. `noted` is told whatever the modes say."""
    refused: list[Violation] = []
    reported: list[Violation] = [*noted]
    for violation in judgement.violations:
        mode = strict.by_rule[violation.rule][0] if violation.rule in strict.by_rule else strict.mode
        # A query parameter that nobody declared never reaches a system, so nothing would be let through.
        always = violation.rule == "undeclared" and violation.location == "query"
        if mode == "enforce" or (always and mode == "report"):
            refused.append(violation)
        elif mode == "report":
            reported.append(violation)
    unchecked = judgement.reason if strict.mode != "off" else ""
    return Settled(tuple(refused), tuple(reported), unchecked, bool(unchecked) and strict.refuse_unchecked)


@dataclass(frozen=True, slots=True)
class UnknownSetting:
    """What happens in one direction to what the contract does not name, and which rules of the list say so."""

    members: Unknown = "allow"
    headers: Undeclared = "strip"
    families: tuple[bytes, ...] = ()
    cookies: Undeclared = "strip"
    refuse_unchecked: bool = True
    decided: Mapping[str, int] = field(default_factory=dict)


def unknown_setting(unknown: Sequence[UnknownRule], operation: Judged) -> UnknownSetting:
    """Each setting is that of the last rule that matches and says it."""
    said: dict[str, object] = {}
    decided: dict[str, int] = {}
    for number, rule in enumerate(unknown):
        if operation.is_named_by(rule):
            for name in ("members", "headers", "cookies", "unchecked"):
                value = getattr(rule, name)
                if value is not None:
                    said[name], decided[name] = value, number
            if rule.headers is not None:
                said["families"] = tuple(family.encode() for family in rule.families)
    refuse = said.pop("unchecked", "refuse") != "allow"
    return UnknownSetting(**said, refuse_unchecked=refuse, decided=decided)  # type: ignore[arg-type]


def watched_families(unknown: Sequence[UnknownRule], route: Route) -> tuple[bytes, ...]:
    """How headers of answers begin that are told of where the contract does not declare them."""
    if not unknown:
        return ()
    setting = unknown_setting(unknown, judged_of(route, "answer"))
    return setting.families if setting.headers != "strip" else ()


def looks_for_members(unknown: Sequence[UnknownRule], route: Route) -> bool:
    """Whether answers are looked through for members that the contract does not name."""
    return bool(unknown) and unknown_setting(unknown, judged_of(route, "answer")).members != "allow"
