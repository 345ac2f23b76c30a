"""Announced times in which a system is not to be called."""

from datetime import datetime, timedelta
from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from contracts.model import Written, fault


class MaintenanceWindow(Written):
    """From one moment to another, both with their offset from UTC; callers are told the end and the note."""

    begin: AwareDatetime = Field(alias="from")
    """When it begins, with its offset from UTC: `2026-12-05T22:00:00+01:00`."""
    until: AwareDatetime
    """When it ends, likewise."""
    note: str = Field("", max_length=200)
    """What callers are told."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until <= self.begin:
            raise fault("window-backwards", "the window ends before it begins", "write the later moment in `until`")
        return self


def ahead(
    windows: tuple[MaintenanceWindow, ...], now: datetime, within: timedelta = timedelta(days=7)
) -> tuple[MaintenanceWindow, ...]:
    """Those that are open, or begin within that time, the next first."""
    near = (window for window in windows if now < window.until and window.begin <= now + within)
    return tuple(sorted(near, key=lambda window: window.begin))
