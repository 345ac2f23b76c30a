"""`tidewaiter lifecycle`: the calendar of all versions of a workspace."""

import sys
from datetime import UTC, date, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.lifecycle.calendar import Calendar

Formats = Literal["text", "json", "markdown", "html"]


def command(
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    at: Annotated[
        datetime | None,
        typer.Option("--at", metavar="DATE", formats=["%Y-%m-%d"], help="The day to assume; today else."),
    ] = None,
    api: Annotated[str | None, typer.Option("--api", metavar="NAME", help="Only this api.")] = None,
    form: Annotated[Formats, typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Show every version: its stage and dates, what comes next and when, what that needs, and who must be told.

    Exit codes: 0 nothing breaking was found, or it is waived; 1 otherwise; 2 the workspace cannot be read.
    """
    from contracts.diagnostic import InvalidInputError

    try:
        made = _calendar(workspace, at.date() if at is not None else None, api)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        say("tidewaiter lifecycle: no calendar was made")
        raise typer.Exit(2) from None
    deliver(_written(made, form, colour=output is None and in_colour(sys.stdout)), output)
    if output is not None:
        from governance.reports.lifecycle_words import counts_of

        say(f"{counts_of(made)}: in {output}")
    raise typer.Exit(made.exit_code)


def _calendar(workspace: Path, at: date | None, api: str | None) -> "Calendar":
    """Raises InvalidInputError."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from contracts.layout import SETTINGS
    from contracts.settings import Settings
    from contracts.wording import instead
    from contracts.written import read_entry
    from governance.diff.from_files import before
    from governance.landscape import read_landscape
    from governance.lifecycle.calendar import calendar
    from governance.lifecycle.usage import Usage, usage_of
    from governance.waiver_files import FOLDER, dangling_names, read_waivers

    landscape = read_landscape(workspace)
    if api is not None and api not in landscape.apis:
        shown = before(workspace) + "contracts"
        raise InvalidInputError([
            Diagnostic(shown, "unknown-api", "the workspace has no api of that name", instead(api, landscape.apis))
        ])  # fmt: skip
    decisions = workspace / FOLDER
    waivers = read_waivers(decisions) if decisions.is_dir() else ()
    faults = list(dangling_names(waivers, landscape.apis, landscape.consumers))
    if faults:
        raise InvalidInputError(faults)
    today = datetime.now(UTC).date()
    settings = read_entry(workspace / SETTINGS, SETTINGS, Settings).value
    # A fault of the settings is no matter of the calendar: usage is unknown, then.
    usage = usage_of(workspace / settings.ledger, today) if settings is not None else Usage()
    return calendar(landscape, at or today, usage, api=api, waivers=waivers)


def _written(made: "Calendar", form: Formats, *, colour: bool) -> str:
    if form == "text":
        from governance.reports.lifecycle_text import as_text

        return as_text(made, colour=colour)
    written: str = getattr(import_module(f"governance.reports.lifecycle_{form}"), f"as_{form}")(made)
    return written
