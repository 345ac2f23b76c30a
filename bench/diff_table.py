"""What the cases of one source come to, and how it is printed."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from diff_cases import DETECTED_ONLY
from diff_judge import Outcome

from contracts.plain import plain


@dataclass(slots=True)
class Score:
    """One source. Crashes and hangs count as missed, and as no alarm."""

    group: str
    breaking: int = 0
    found: int = 0
    compatible: int = 0
    alarms: int = 0
    scoped: int = 0
    """Of the compatible ones, those of which the source looked at one kind of change only."""
    scoped_alarms: int = 0
    missed_unproven: int = 0
    """Breaking ones where nothing is breaking, and something could not be proven."""
    compatible_unproven: int = 0
    seen: int = 0
    """Breaking ones with a finding of any severity."""
    silent: int = 0
    """Compatible ones without any finding."""
    crashes: int = 0
    hangs: int = 0
    seconds: float = 0.0
    slowest: float = 0.0

    def add(self, outcome: Outcome) -> None:
        """Count one case."""
        self.crashes += bool(outcome.crash)
        self.hangs += outcome.hang
        self.seconds += outcome.seconds
        self.slowest = max(self.slowest, outcome.seconds)
        if outcome.case.breaking:
            self.breaking += 1
            self.found += outcome.breaking
            self.seen += bool(outcome.findings)
            self.missed_unproven += outcome.only_unproven
            return
        self.compatible += 1
        self.alarms += outcome.breaking
        self.silent += not (outcome.findings or outcome.crash or outcome.hang)
        self.compatible_unproven += outcome.only_unproven
        if outcome.case.scoped:
            self.scoped += 1
            self.scoped_alarms += outcome.breaking

    @property
    def recall(self) -> float:
        """Share of the breaking cases that are called so; 1 where there is none."""
        return self.found / self.breaking if self.breaking else 1.0

    @property
    def false_alarms(self) -> float:
        """Share of the compatible cases that are called breaking; 0 where there is none."""
        return self.alarms / self.compatible if self.compatible else 0.0

    @property
    def balanced(self) -> float:
        """The mean of recall and of the share of compatible cases without an alarm."""
        return (self.recall + 1 - self.false_alarms) / 2

    def figures(self) -> dict[str, Any]:
        """For JSON."""
        names = [name for name in self.__slots__ if not name.startswith("_")]
        ratios = {"recall": self.recall, "false_alarms": self.false_alarms, "balanced": self.balanced}
        return {**{name: getattr(self, name) for name in names}, **ratios}


@dataclass(slots=True)
class Examples:
    """What became of the failing examples."""

    outcomes: Counter[str] = field(default_factory=Counter)
    holes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    """Those that were contradicted, or whose message was not found in the document."""
    proven_without: int = 0
    """Breaking findings about a schema that are called proven and show no example."""

    def add(self, name: str, findings: Iterable[dict[str, Any]]) -> None:
        """Count those of one case."""
        for one in findings:
            checked = one["checked"]
            if checked is None:
                continue
            self.outcomes[checked["outcome"]] += 1
            if checked["outcome"] == "hole":
                self.holes[checked["detail"]] += 1
            elif checked["outcome"] != "confirmed":
                self.wrong.append(f"{name}: {one['rule']}: {checked['outcome']}: {checked['detail']}: {one['example']}")

    def lines(self) -> Iterator[str]:
        """What to print."""
        judged = self.outcomes.total() - self.outcomes["hole"]
        yield (
            f"failing examples confirmed by an independent validator on the documents themselves: "
            f"{self.outcomes['confirmed']} of {judged}"
        )
        for hole, count in self.holes.most_common():
            yield f"  {count} more that it cannot judge: {hole}"
        for text in self.wrong:
            yield f"  WRONG {plain(text)}"


def table(scores: Iterable[Score]) -> Iterator[str]:
    """Recall and false alarms by source, then those that are only asked whether a change was seen."""
    scores = list(scores)
    yield (
        f"{'source':<21}{'recall':>18}{'false alarms':>18}{'balanced':>10}{'only unproven':>15}"
        f"{'crash':>7}{'hang':>6}{'s':>7}{'slowest':>9}"
    )
    for one in (one for one in scores if one.group not in DETECTED_ONLY):
        recall = f"{one.recall:.3f} ({one.found}/{one.breaking})"
        alarms = f"{one.false_alarms:.3f} ({one.alarms}/{one.compatible})"
        unproven = f"{one.missed_unproven} / {one.compatible_unproven}"
        yield (
            f"{one.group:<21}{recall:>18}{alarms:>18}{one.balanced:>10.3f}{unproven:>15}"
            f"{one.crashes:>7}{one.hangs:>6}{one.seconds:>7.1f}{one.slowest:>9.2f}"
        )
        if one.scoped:
            whole = one.compatible - one.scoped
            yield (
                f"{'':<21}false alarms where all checks of the source ran {one.alarms - one.scoped_alarms}/{whole}, "
                f"where one ran {one.scoped_alarms}/{one.scoped}"
            )
    for one in (one for one in scores if one.group in DETECTED_ONLY):
        yield (
            f"{one.group:<21}a change seen in {one.seen} of {one.breaking} that it calls breaking; of "
            f"{one.compatible} others {one.compatible - one.silent} have a finding; crash {one.crashes}, "
            f"hang {one.hangs}; {one.seconds:.1f} s"
        )


def disagrees(outcome: Outcome) -> bool:
    """Whether a case is worth listing."""
    if outcome.crash or outcome.hang:
        return True
    if outcome.case.group in DETECTED_ONLY:
        return outcome.case.breaking and not outcome.findings
    return outcome.breaking != outcome.case.breaking


def listing(outcome: Outcome, policies: dict[str, str]) -> Iterator[str]:
    """One disagreeing case: what was expected, what we say."""
    case = outcome.case
    yield f"\n{case.name}  [{case.group}]  expected {'breaking' if case.breaking else 'compatible'}" + (
        " (one check ran)" if case.scoped else ""
    )
    if isinstance(case.old, str):
        yield f"  old   {plain(case.old[:1500])}"
        yield f"  new   {plain(str(case.new)[:1500])}"
    else:
        yield f"  files {case.old} {case.new}"
    yield from (f"  source says  {plain(line[:300])}" for line in case.expected)
    if case.witness is not None or (case.breaking and case.group.startswith("semantic")):
        yield f"  source's example  {plain(repr(case.witness)[:300])}"
    if case.name in policies:
        yield f"  policy  {policies[case.name]}"
    if outcome.crash:
        yield f"  CRASH {plain(outcome.crash)}"
    if outcome.hang:
        yield "  HANG"
    for one in outcome.findings:
        yield (
            f"  we say  {one['severity']:<8} {one['proof']:<10} {one['rule']}  {one['direction']}  "
            f"{plain(one['method'])} {plain(one['path'])}  {plain(one['message'][:300])}"
        )
        yield f"          {plain(one['pointer_old'])} | {plain(one['pointer_new'])}" + (
            f"  reason: {plain(one['reason'][:300])}" if one["reason"] else ""
        )
        if one["example"]:
            yield f"          example {plain(str(one['example']))}  {one['checked']['outcome']}"
    if not outcome.findings:
        yield "  we say  nothing"
