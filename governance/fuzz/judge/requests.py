"""Requests: rubbish that the system takes, and good ones that it refuses.

That a good call is refused says little by itself: a customer may not be there. It says something where another call was
accepted that differs in one thing, and that one thing is nothing that business could turn on.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from contracts.judgement import Violation
from governance.finding import Severity
from governance.fuzz.judge.features import ABSENT, Place, difference, features, schema_and_pointer, value_at
from governance.fuzz.judge.gathered import Gathered, anywhere
from governance.fuzz.judge.rule import FuzzRule, Hit
from governance.fuzz.judge.seen import Case, Seen

ACCEPTED_RUBBISH: Final = FuzzRule(
    "accepted-rubbish", Severity.WARNING,
    "The system carries out what the contract rules out: either it does not look at what it is sent, or the contract "
    "is tighter than it needs to be.",
    "Let a person say which: widen the contract, or let the system refuse it. An enforcing gateway keeps it out.",
)  # fmt: skip
REFUSED_VALID: Final = FuzzRule(
    "refused-valid", Severity.BREAKING,
    "The system refuses what the contract allows: a consumer that keeps to the contract fails.",
    "Say in the contract what the system demands; the proposed overlay does where it is one keyword.",
)  # fmt: skip
_UNKNOWN_MEMBERS: Final = frozenset({"additionalProperties", "unevaluatedProperties", "undeclared"})
_AMOUNTS: Final = frozenset({"maximum", "exclusiveMaximum", "maxLength", "maxItems", "uniqueItems"})
_NAMED: Final = 4
_FORM: Final = frozenset({400, 422})
_NEVER_FOR_VALID: Final = {
    405: "the method is not allowed there",
    406: "it answers in no media type that the contract names",
    415: "it does not take the media type that the contract names",
    501: "it does not have the operation",
}
_NEVER_FOR_SETS: Final = {403: "it may not be called", 404: "it is not there", 410: "it is not there any more"}
"""Of an operation that names no record."""
_WORDS: Final = _NEVER_FOR_VALID | _NEVER_FOR_SETS
_PAIRS: Final = 60_000
"""Comparisons of a refused with an accepted call, over a whole run."""


def accepted_rubbish(case: Case) -> Iterator[Hit]:
    """2xx for what breaks the contract, as far as the system could see it: by operation and keyword.

    Each parameter by itself, for many operations may share it; of a body all places together.
    """
    shown: dict[tuple[str, ...], dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    first: dict[tuple[str, ...], tuple[Seen, Violation]] = {}
    for seen in case.of_run():
        for one in seen.reached() if seen.accepted else ():
            key: tuple[str, ...] = (seen.name, str(one.location), one.rule)
            if one.location == "body":
                place = anywhere(one.pointer)
            else:
                place = one.pointer
                key += (place,)
            shown[key][place].append(seen.number)
            first.setdefault(key, (seen, one))
    for key, places in shown.items():
        seen, one = first[key]
        names = [f"{one.location} {place}".strip() for place in sorted(places)]
        listed = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        severity, reason = _weight(seen, one)
        yield Hit(
            ACCEPTED_RUBBISH, " ".join(key),
            f"accepts a request that breaks `{one.rule}` at {listed}: {one.message}", seen.name,
            tuple(sorted({number for numbers in places.values() for number in numbers})), one.contract, severity,
            reason=reason,
        )  # fmt: skip


def _weight(seen: Seen, one: Violation) -> tuple[Severity, str]:
    if one.rule in _UNKNOWN_MEMBERS:
        return Severity.INFO, "members that are ignored do no harm by themselves"
    if one.location == "header" and one.rule == "content":
        return Severity.INFO, "what a body is called does no harm where it is read as what it is"
    if seen.compiled.safe and one.rule in _AMOUNTS:
        return Severity.INFO, "a read that takes more than the contract allows changes nothing"
    return Severity.WARNING, ""


def refused_valid(case: Case) -> Iterator[Hit]:
    """4xx for what keeps to the contract, by the one thing in which it differs from what was accepted."""
    found = Gathered(REFUSED_VALID)
    by_operation: dict[str, list[Seen]] = defaultdict(list)
    for seen in case.of_run():
        if seen.status and seen.request.outcome == "conforms" and not seen.throttled:
            by_operation[seen.name].append(seen)
    left = [_PAIRS]
    for name, calls in by_operation.items():
        for seen in calls:
            never = seen.status in _NEVER_FOR_VALID or (
                seen.status in _NEVER_FOR_SETS and "{" not in seen.operation.path
            )
            if never and not any(other.accepted for other in calls):
                text = f"answers {seen.status} to calls that keep to the contract: {_WORDS[seen.status]}"
                found.add(f"{name} {seen.status}", seen, text)
        _one_changes(found, calls, left)
    yield from found.hits()


def _one_changes(found: Gathered, calls: Sequence[Seen], left: list[int]) -> None:
    accepted = [(seen, features(seen)) for seen in calls if seen.accepted]
    refused = [(seen, features(seen)) for seen in calls if seen.status in _FORM and not _is_auth(seen)]
    changed: dict[Place, list[tuple[Seen, Any, Seen, Any]]] = defaultdict(list)
    for seen, values in refused:
        business = _is_business(seen)  # which turns on what is named
        for good, others in accepted:
            left[0] -= 1
            if left[0] < 0:
                return
            place = difference(values, others, names=business)
            if place is not None:
                changed[place].append((seen, value_at(values, place), good, value_at(others, place)))
    for place, pairs in changed.items():
        _judge_place(found, place, pairs, [others for _, others in accepted])


def _judge_place(
    found: Gathered, place: Place, pairs: Sequence[tuple[Seen, Any, Seen, Any]], accepted: Sequence[Mapping[Place, Any]]
) -> None:
    """What kind of difference it is; nothing is said of one that business could turn on."""
    shown = f"{place[0]} {anywhere(place[1]) if place[0] == 'body' else place[1]}"
    schema, at = schema_and_pointer(pairs[0][0], place)
    around = _holder(pairs[0][0], place)
    good_values = {_key(values[place]) for values in accepted if place in values}
    for seen, value, good, other in pairs:
        about = f"{seen.name} {shown}"
        pointer = seen.operation.pointer
        if value is ABSENT and all(value_at(values, place) is not ABSENT for values in accepted):
            text = f"refuses a call without {shown}, which the contract leaves optional"
            found.add(f"{about} absent", seen, text, pointer=pointer, more=(good.number,), severity=Severity.WARNING,
                      reason="another member may do in its place",
                      demand=(around, "required", place[1].rpartition("/")[2]) if around else None)  # fmt: skip
        elif value is None and other is not None and value is not ABSENT and None not in good_values:
            text = f"refuses null for {shown}, which the contract allows"
            found.add(f"{about} null", seen, text, pointer=pointer, more=(good.number,))
        elif "enum" in schema and _key(value) not in good_values and value is not ABSENT and not _is_business(seen):
            text = f"refuses a value of {shown} that the contract lists"
            found.add(f"{about} enum", seen, text, pointer=pointer, more=(good.number,), severity=Severity.WARNING)
    _bounds(found, place, shown, at, pairs, accepted)


def _bounds(
    found: Gathered, place: Place, shown: str, at: str, pairs: Sequence[tuple[Seen, Any, Seen, Any]],
    accepted: Sequence[Mapping[Place, Any]],
) -> None:  # fmt: skip
    """Sizes: every refused value lies beyond every accepted one, and enough of both were tried.

    Values that were accepted must differ from each other: where one value only was taken, it may name something.
    """
    refused = {_key(value): (seen, good) for seen, value, good, _ in pairs if isinstance(value, str | int | float)
               and not isinstance(value, bool)}  # fmt: skip
    of_form = {value: (seen, good) for value, (seen, good) in refused.items() if not _is_business(seen)}
    bad = of_form or refused
    good = {_key(values[place]) for values in accepted if place in values}
    if not bad or len(good) < 2:
        return
    for what, measure in (("longer", _length), ("larger", _size)):
        if what == "larger" and len(of_form) < len(refused):
            continue  # a limit of credit, of stock, of somebody's rights
        low = [n for n in map(measure, good) if n is not None]
        high = [n for n in map(measure, bad) if n is not None]
        if len(low) < 2 or len(high) != len(bad) or min(high) <= max(low):
            continue
        key = min(bad, key=lambda one: measure(one) or 0)
        seen, other = bad[key]
        unit = "characters" if what == "longer" else ""
        text = f"refuses {shown} where it is {what} than {max(low):g} {unit}".rstrip() + ", which the contract allows"
        keyword, limit = ("maxLength", int(max(low))) if what == "longer" else ("maximum", max(low))
        found.add(f"{seen.name} {shown} {what}", seen, text, pointer=at or seen.operation.pointer,
                  more=(other.number,), demand=(at, keyword, limit) if at else None)  # fmt: skip
        return
    plain = [one for one in good if isinstance(one, str) and one.isascii()]
    strange = [one for one in bad if isinstance(one, str) and not one.isascii()]
    if len(plain) == len(good) and len(strange) == len(bad) and len(bad) >= 2:
        seen, other = next(iter(bad.values()))
        text = f"refuses {shown} where it holds letters beyond ASCII, which the contract allows"
        found.add(f"{seen.name} {shown} letters", seen, text, pointer=seen.operation.pointer, more=(other.number,))


def _holder(seen: Seen, place: Place) -> str:
    """The pointer of the object that a member of a body belongs to; empty for anything else."""
    where, pointer = place
    return schema_and_pointer(seen, (where, pointer.rpartition("/")[0]))[1] if where == "body" else ""


def _length(value: Any) -> float | None:
    return float(len(value)) if isinstance(value, str) else None


def _size(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _key(value: Any) -> Any:
    return value if isinstance(value, str | int | float | None) else str(value)


def _is_business(seen: Seen) -> bool:
    """Whether the refusal is one of the business: the product says so, or the contract keeps 422 apart from 400."""
    told = seen.told
    if told is not None and told.kind == "business.rejected" and not told.rule.startswith("generic/"):
        return True
    return seen.status == 422 and {"400", "422"} <= set(seen.operation.responses)


def _is_auth(seen: Seen) -> bool:
    return seen.told is not None and seen.told.kind in ("auth", "transient.session")
