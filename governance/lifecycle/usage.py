"""What is known of who has called a version. Three outcomes: called, not called, and *unknown*."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Literal

from policies.last_seen import last_seen


@dataclass(frozen=True, slots=True)
class Usage:
    """Calls by (api, version). What is not in `seen` was not called only where all calls were counted."""

    seen: Mapping[tuple[str, str], Mapping[str, date]] = field(default_factory=dict)
    """By version: by consumer (empty where nobody was identified) the last day of a call."""
    counted_since: date | None = None
    """The day since which every call was counted; None: not every call was."""
    counted_until: date | None = None
    """The day on which this was read."""
    why_unknown: str = "calls are not counted by version"
    """What is said where it is not known."""

    def asked(self, api: str, version: str, days: int, at: date) -> tuple[Literal["called", "quiet", "unknown"], str]:
        """Whether the version was called in so many days before a day, and what that rests on."""
        begin = at - timedelta(days=days)
        recent = [(day, name) for name, day in self.seen.get((api, version), {}).items() if begin <= day <= at]
        if recent:
            last = max(day for day, _ in recent)
            names = sorted(name or "nobody identified" for _, name in recent)
            return "called", f"it was called by {', '.join(names)}, last on {last}"
        if self.counted_since is None or self.counted_until is None:
            return "unknown", f"usage unknown: {self.why_unknown}"
        if self.counted_since > begin or self.counted_until < at:
            counted = f"calls were counted from {self.counted_since} to {self.counted_until} only"
            return "unknown", f"usage unknown: {counted}"
        return "quiet", f"nobody has called it since {begin}"


def usage_of(ledger: Path, today: date) -> Usage:
    """What a ledger shows: refusals, and what would have been refused. That nobody calls is never known from it."""
    if not ledger.is_file():
        return Usage(why_unknown="there is no ledger of a gateway here")
    try:
        rows = last_seen(ledger)
    except sqlite3.Error:
        return Usage(why_unknown="the ledger cannot be read")
    seen: dict[tuple[str, str], dict[str, date]] = {}
    for row in rows:
        seen.setdefault((row.api, row.version), {})[row.consumer] = datetime.fromtimestamp(row.at, UTC).date()
    return Usage(
        seen, counted_until=today, why_unknown="the ledger keeps calls that were refused or would have been, no others"
    )
