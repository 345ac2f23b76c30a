"""How well a contract fits its system, by operation: what it allows and rules out, against what the system takes."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from governance.fuzz.judge.seen import Seen
from governance.fuzz.verdict import Crossing, Tightness

_FORM: Final = frozenset({400, 405, 406, 413, 414, 415, 422, 431, 501})
"""Refusals of a message for what it is. That a record is not there, or is locked, says nothing of the contract."""


_GENERIC: Final = "generic/"


def fails_form(seen: Seen) -> bool:
    """Whether the system refused the call for its form, or failed at it."""
    if seen.throttled or seen.status in (502, 503, 504):
        return False
    told = seen.told
    if told is not None and told.kind in ("auth", "transient.session"):
        return False
    if told is not None and told.kind == "business.rejected" and not told.rule.startswith(_GENERIC):
        return False  # the product itself says that its business refused
    return seen.status in _FORM or seen.status == 500


def tightness_of(seen: Sequence[Seen]) -> Iterable[Tightness]:
    """By operation, over the calls of the run itself."""
    by_operation: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        if one.entry.part in ("learn", "fuzz") and one.main is not None:
            by_operation[one.name].append(one)
    for name, calls in by_operation.items():
        found: Counter[tuple[bool, bool]] = Counter()
        for one in calls:
            if one.request.outcome == "could_not_check" or not (one.accepted or fails_form(one)):
                continue
            invalid = bool(one.reached())
            if one.request.outcome == "violates" and not invalid:
                continue  # the gateway took out what was wrong
            found[one.accepted, not invalid] += 1
        yield Tightness(name, found[True, True], found[True, False], found[False, True], found[False, False])


def crossings_of(seen: Sequence[Seen]) -> Iterable[Crossing]:
    """By operation: calls that were made again through the gateway, each beside the one that it repeats."""
    by_number = {one.number: one for one in seen}
    rows: dict[str, Counter[str]] = defaultdict(Counter)
    problems: dict[str, Counter[str]] = defaultdict(Counter)
    for one in seen:
        first = by_number.get(int(one.entry.about.get("of", 0)))
        if one.entry.part != "gateway" or first is None:
            continue
        rows[one.name][crossed(first, one)] += 1
        if one.entry.problem:
            problems[one.name][one.entry.problem] += 1
    for name, row in rows.items():
        yield Crossing(
            name, row.total(), row["agreed"], row["too_tight"], row["hole"], row["changed"], row["kept_back"],
            dict(problems[name].most_common()),
        )  # fmt: skip


def crossed(first: Seen, again: Seen) -> str:
    """What comes of a call and its repetition through the gateway."""
    if again.main is None:
        return "too_tight" if first.accepted else "agreed"
    if again.status // 100 != first.status // 100:
        return "changed"
    if fails_form(again):
        return "hole"
    if again.accepted and again.entry.problem:
        return "kept_back"
    return "agreed"
