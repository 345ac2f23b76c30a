"""What a draft of onboarding would let on because what let it has ended: said in its title, its reason and aloud."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from contracts.counted import counted
from gateway.ending import Ending
from gateway.trust.decision import About
from governance.release.build import Judged

_MOST: Final = 8
_TITLE: Final = 200
"""Characters that a decision's title may have."""


def lapsed_in(judged: Judged, about: About, now: datetime) -> tuple[Ending, ...]:
    """What a decision or a waiver let until a moment that has passed, and the draft would let on."""
    covered = {("contract", name) for name in about.contracts} | {("file", name) for name in about.files}
    return tuple(one for one in judged.ends if one.at <= now and (one.kind, one.of) in covered)


def lapsed_title(title: str, lapsed: Sequence[Ending]) -> str:
    """The title of a decision that lets on what has ended, too, as far as there is room for names."""
    if not lapsed:
        return title
    named = list(dict.fromkeys(f"{one.let_by} let until {one.at.astimezone(UTC):%Y-%m-%d}" for one in lapsed))
    more = f" and {len(named) - 1} more" if len(named) > 1 else ""
    room = _TITLE - len(title) - len("; lets on what ") - len(more)
    return f"{title}; lets on what {named[0][:room]}{more}"


def lapsed_lines(judged: Judged, lapsed: Sequence[Ending], until: datetime | None) -> Iterator[str]:
    """What let it, what it is, for whom, and how long it would be let from now on; a line each."""
    if not lapsed:
        return
    for one in lapsed[:_MOST]:
        yield f"{one.let_by} let {one.of} until {one.moment} (on_expiry: {one.on_expiry}){_for(judged, one)}"
    if len(lapsed) > _MOST:
        yield f"and {counted(len(lapsed) - _MOST, 'more such end')}"
    yield f"it is let on {f'until {until.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}' if until else 'without an end'}"


def _for(judged: Judged, one: Ending) -> str:
    """Whom it concerns: what stopped, or every entity that offers the contract."""
    if one.operations:
        rows = [str(row) for row in one.operations]
        return f": {'; '.join(rows[:_MOST])}" + (f" and {len(rows) - _MOST} more" if len(rows) > _MOST else "")
    if one.kind == "file":
        return ""
    entities = judged.contents.workspace.entities
    names = [name for name in sorted(entities) if any(offer.contract == one.of for offer in entities[name].offers)]
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return f": through {', '.join(names[:_MOST])}{more}" if names else ""
