"""What is let until a moment: found when a release is built, carried from release to release, decided anew in time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from contracts.written import Source
from gateway.ending import Ending, waiver_end
from gateway.release_file import AUTOMATIC, digest_of
from gateway.trust.decision import REMOVED
from gateway.trust.signed import Signed
from governance.changes.changed import Changed, Point
from governance.changes.contracts import change_of
from governance.changes.fields.point import point_of
from governance.changes.files import change_of_file
from governance.changes.state import State, side_of
from governance.release.covering import Ruling
from governance.release.stopping import Stopping, one_row_each
from governance.waiver_files import Decided

RULE: Final = "approval-ends"


@dataclass(frozen=True, slots=True)
class Carried:
    """What a release before let until a moment, and the newer state has still."""

    ends: tuple[Ending, ...]
    now: datetime | None
    """None where ends do not count: for what was built before."""
    renewed: frozenset[tuple[str, str]] | None = None
    """Kind and name of what was decided anew, where that is known already: for what was built before."""

    def has_ended(self, change: Changed) -> bool:
        """Whether something that let it is over: then somebody must decide anew."""
        return self.now is not None and any(one.at <= self.now for one in self.of(change))

    def is_renewed(self, change: Changed) -> bool:
        """Whether a newer decision, where there is one, takes the place of what let it."""
        return self.renewed is None or (change.kind, change.name) in self.renewed

    def of(self, change: Changed) -> tuple[Ending, ...]:
        """What let it."""
        return tuple(one for one in self.ends if (one.kind, one.of) == (change.kind, change.name))


def carried(
    ends: Iterable[Ending], new: State, now: datetime | None, renewed: frozenset[tuple[str, str]] | None = None
) -> Carried:
    """Of the base's those whose content is there still."""
    return Carried(tuple(one for one in ends if _is_there(one, new)), now, renewed)


def with_ends(changes: Iterable[Changed], held: Carried, base: State | None, new: State) -> tuple[Changed, ...]:
    """The changes, with a finding on each that was let until a moment; what did not change itself is among them."""
    found = {(one.kind, one.name): one for one in changes}
    for one in held.ends:
        key = (one.kind, one.of)
        change = found.get(key) or _unchanged(one, base, new)
        found[key] = replace(change, points=(*change.points, _point(one, new)))
    return tuple(sorted(found.values(), key=lambda one: (one.kind, one.name)))


def without_ends(change: Changed) -> Changed | None:
    """The change without those findings; None where nothing else is new about it."""
    left = tuple(one for one in change.points if one.finding.rule != RULE)
    if len(left) == len(change.points):
        return change
    return replace(change, points=left) if left or change.noted or change.note else None


def ends_of(
    rulings: Sequence[Ruling], decisions: Iterable[Signed], waivers: Iterable[Decided], held: Carried,
    base: State | None, new: State,
) -> tuple[Ending, ...]:  # fmt: skip
    """All that the release lets until a moment: by its own decisions and waivers, and what it carries on."""
    by_name = {one.name: one for one in decisions}
    stopping = Stopping(base, new, tuple(one.change for one in rulings))
    found: list[Ending] = []
    decided = set()
    for one in rulings:
        change, signed = one.change, by_name.get(one.decided_by or "")
        if signed is None or change.digest == REMOVED:
            continue
        decided.add((change.kind, change.name))
        validity = signed.decision.validity
        if validity.until is not None:
            rows = one_row_each(stopping.of_change(change)) if validity.on_expiry == "stop" else ()
            at = validity.until.astimezone(UTC)
            found.append(Ending(
                by="decision", name=signed.name, digest=signed.digest, at=at, on_expiry=validity.on_expiry,
                kind=change.kind, of=change.name, operations=rows,
            ))  # fmt: skip
    for waiver in waivers:
        said = waiver_end(waiver.source.tree)
        assert said is not None  # it was read as one
        at, on_expiry = said
        for change in stopping.waived_by(waiver.name):
            rows = one_row_each(stopping.of_waiver(change, waiver.name)) if on_expiry == "stop" else ()
            found.append(Ending(
                by="waiver", name=waiver.name, digest=digest_of(waiver.source.text), at=at, on_expiry=on_expiry,
                kind=change.kind, of=change.name, operations=rows,
            ))  # fmt: skip
    found += [one for one in held.ends if (one.kind, one.of) not in decided]
    return tuple(sorted(found, key=lambda one: (one.at, one.by, one.name, one.kind, one.of)))


def stopping_nothing(rulings: Sequence[Ruling], decisions: Iterable[Signed], ends: Iterable[Ending]) -> dict[str, str]:
    """By decision that is to stop something: why it cannot, where nothing that it lets is an operation."""
    rows: dict[str, bool] = {}
    for one in ends:
        if one.by == "decision" and one.on_expiry == "stop":
            rows[one.name] = rows.get(one.name, False) or bool(one.operations)
    lets = {one.decided_by for one in rulings if one.decided_by not in (None, AUTOMATIC)}
    stops = [one for one in decisions if one.name in lets and one.decision.validity.on_expiry == "stop"]
    why = "it says `on_expiry: stop`, and no operation follows from what it lets: let its end `block`"
    return {one.name: f"{one.file} would cover it, but {why}" for one in stops if not rows.get(one.name)}


def _is_there(one: Ending, new: State) -> bool:
    if one.kind == "contract":
        api, _, version = one.of.partition("@")
        return (api, version) in new.workspace.contracts
    return one.of in new.files


def _unchanged(one: Ending, base: State | None, new: State) -> Changed:
    if one.kind == "contract":
        api, _, version = one.of.partition("@")
        return change_of(base, new, (api, version))
    return change_of_file(one.of, base, new)


def _point(one: Ending, new: State) -> Point:
    file, text = one.of, b""
    if one.kind == "contract":
        api, _, version = one.of.partition("@")
        file = side_of(new, (api, version)).place("").file
    else:
        text = new.files[one.of]
    message = f"{one.let_by} let it until {one.moment} (on_expiry: {one.on_expiry}); it is let on by a newer decision"
    return point_of(Source(file, text), "", RULE, message, about=f"{one.by} {one.name} {one.of}")
