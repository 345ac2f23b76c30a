"""Waivers of two states of a workspace: a decision is added, and never edited into another one."""

from collections.abc import Iterator, Sequence

from governance.placed import Placed, placed
from governance.waiver import Waiver
from governance.waiver_files import Decided
from governance.waiver_rules import RULES

_WORDS = frozenset({"reason", "owner"})
"""What says nothing of what a waiver lets pass."""


def terms_of(waiver: Waiver) -> dict[str, object]:
    """What it lets pass, and until when: all but the words for readers."""
    return {name: getattr(waiver, name) for name in type(waiver).model_fields if name not in _WORDS}


def changes(old: Sequence[Decided], new: Sequence[Decided]) -> tuple[Placed, ...]:
    """Findings about waivers of the newer state: those that were edited weigh `breaking`, new ones `warning`.

    One that keeps all its terms under another name is the same. One that is gone lets nothing pass and is no finding.
    """
    return tuple(_changes(old, new))


def _changes(old: Sequence[Decided], new: Sequence[Decided]) -> Iterator[Placed]:
    before = {one.name: one for one in old}
    known = [one.waiver for one in old]
    for one in new:
        was = before.get(one.name)
        if one.waiver in known:
            continue
        if was is None:
            message = (
                f"the waiver {one.name} is new, until {one.waiver.until}: it lets nothing pass before it is decided on"
            )
            yield _told(one, "", "waiver-added", message, one.waiver.reason)
            continue
        before_terms, terms = terms_of(was.waiver), terms_of(one.waiver)
        keys = [name for name in terms if before_terms[name] != terms[name]]
        if keys:
            message = (
                f"the waiver {one.name} was decided otherwise: {', '.join(keys)} changed; decide anew in a new file"
            )
            yield _told(one, f"/{keys[0]}", "waiver-edited", message)


def _told(one: Decided, pointer: str, rule: str, message: str, reason: str = "") -> Placed:
    return placed(one.source, pointer, rule, RULES[rule].severity, message, about=one.name, reason=reason)
