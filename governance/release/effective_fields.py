"""What is asked and answered otherwise in a version that a consumer could call before, and can from then on."""

from collections.abc import Iterator, Mapping
from typing import Final, Literal

from contracts.workspace import Workspace
from gateway.portal.documents import published
from governance.changes.given import Key, passages
from governance.diff.consumers import Changelog, Duty, changelog
from governance.diff.reporting import compare_sides, rules_by_id
from governance.diff.side import Side
from governance.finding import Finding
from governance.release.reach import Reach
from governance.reports.changelog import told, word_of
from governance.severities import DiffSettings

Turn = Literal["loses", "differs", "gains"]
_TURNS: Final[Mapping[Duty, Turn]] = {
    Duty.MUST: "loses", Duty.CHECK: "differs", Duty.MAY: "gains", Duty.KNOW: "differs",
}  # fmt: skip
FieldEffect = tuple[Turn, tuple[str, ...], tuple[str, ...], Key, tuple[str, ...], str]


def field_effects(old: Workspace, new: Workspace, before: Reach, now: Reach) -> Iterator[FieldEffect]:
    """How it turns, for whom, through which entities, api and version, the operations, and the words.

    Compared are the published documents: of each version that both states serve, and of each that takes the place of
    another one for somebody who names none.
    """
    pairs: dict[tuple[Key, Key], frozenset[str] | None] = {
        (key, key): None for key in sorted(old.contracts.keys() & new.contracts.keys())
    }
    pairs |= {(one.old, one.new): one.consumers or frozenset({""}) for one in passages(old, new)}
    for (was, key), chosen in pairs.items():
        whom = _who(before, was) & _who(now, key)
        if chosen is not None:
            whom = frozenset(one for one in whom if one[0] in chosen)
        log = _compared(old, was, new, key) if whom else None
        whole = _told_whole(before, now, key) if log is not None and was == key else {}
        for section in log.sections if log is not None else ():
            operations = section.operations or ((section.title,) if " /" in section.title else ())
            for note in section.notes:
                moved = f"{'@'.join(key)} after {was[1]}" if was != key else "@".join(key)
                words = f"{moved}, {section.title}: {word_of(note).lower()}: {told(note)}"
                reached = _reached(note.finding)
                for consumer, entity in sorted(whom):
                    if reached and reached <= whole.get((consumer, entity), set()):
                        continue
                    yield _TURNS[note.duty], (consumer,), (entity,), key, operations, words


def _who(reach: Reach, key: Key) -> frozenset[tuple[str, str]]:
    """Consumers that may call a version, each with an entity."""
    return frozenset((one.consumer, one.entity) for one in reach.rights if (one.api, one.version) == key)


def _reached(finding: Finding) -> set[str]:
    """The operations that it is about, as the contract writes them: `GET /orders`."""
    found = {f"{use.method} {use.path}" for use in finding.reach if use.method}
    return found or ({f"{finding.method} {finding.path}"} if finding.method else set())


def _told_whole(before: Reach, now: Reach, key: Key) -> dict[tuple[str, str], set[str]]:
    """By consumer and entity: operations of a version that they gain or lose as a whole. What is in them is told so."""
    found: dict[tuple[str, str], set[str]] = {}
    for one in before.rights.keys() ^ now.rights.keys():
        if (one.api, one.version) == key:
            found.setdefault((one.consumer, one.entity), set()).add(one.in_contract)
    return found


def _compared(old: Workspace, was: Key, new: Workspace, key: Key) -> Changelog | None:
    first, second = published(old, *was), published(new, *key)
    if first.digest == second.digest:
        return None
    sides = [
        Side(
            one.document(), "@".join(its), api=its[0], version=its[1],
            layer=workspace.apis[its[0]].layer, visibility=workspace.apis[its[0]].visibility,
        )
        for one, its, workspace in ((first, was, old), (second, key, new))
    ]  # fmt: skip
    report = compare_sides(sides[0], sides[1], profile="wire", at=None, settings=DiffSettings())
    return changelog(report, rules_by_id())
