"""What `diff`, `changelog` and `semver` have in common: their arguments, the progress line, how bad input is told."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.terminal import in_colour, say

if TYPE_CHECKING:
    from governance.diff.inputs import Sources
    from governance.diff.report import DiffReport

_INPUTS = "a file, a folder, REV:path in git, api@version of a workspace, a URL, or - for standard input."

Profiles = Literal["wire", "strict", "sdk"]
OldArgument = Annotated[str, typer.Argument(metavar="OLD", help=f"What was promised: {_INPUTS}")]
NewArgument = Annotated[str, typer.Argument(metavar="NEW", help="What is to be promised; written as OLD is.")]
ProfileOption = Annotated[
    Profiles | None,
    typer.Option(
        "--profile",
        help="wire: can a correct old caller fail? strict: a careless one? sdk: would old code compile? "
        "wire, unless governance/lint.yaml says otherwise.",
    ),
]
AtOption = Annotated[
    datetime | None,
    typer.Option("--at", metavar="DATE", formats=["%Y-%m-%d"], help="The day to assume for sunsets; today else."),
]
WorkspaceOption = Annotated[
    Path | None,
    typer.Option("--workspace", "-w", metavar="DIR", help="Where api@version is found; the current folder else."),
]
UrlOption = Annotated[bool, typer.Option("--allow-url", help="Fetch a document that is named by its address.")]
OutputOption = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")]


@contextmanager
def answering(command: str, done: str = "compared") -> Iterator[None]:
    """What cannot be answered is told, each fault on a line, and ends with exit code 2."""
    from contracts.diagnostic import InvalidInputError

    try:
        yield
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        say(f"tidewaiter {command}: nothing was {done}")
        raise typer.Exit(2) from None


@contextmanager
def progress_line() -> Iterator[Callable[[str], None]]:
    """Say what is being done, on one line of the terminal; nothing where standard error is none, or under CI."""
    if not in_colour(sys.stderr):
        yield lambda _: None
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True, markup=False, highlight=False).status("reading") as status:
        yield lambda text: status.update(Text(plain(text)))


def sources_of(workspace: Path | None, *, allow_url: bool) -> "Sources":
    """Where documents may come from."""
    from governance.diff.inputs import Sources

    return Sources(workspace, allow_url)


def day_of(at: datetime | None) -> date | None:
    """The day that was asked for."""
    return None if at is None else at.date()


def compared(
    old: str,
    new: str,
    sources: "Sources",
    profile: Profiles | None,
    at: datetime | None,
    say_progress: Callable[[str], None],
) -> "DiffReport":
    """Read both and compare them. Raises InvalidInputError."""
    from governance.diff.inputs import read_pair
    from governance.diff.reporting import compare_sides, settings_of

    say_progress("reading")
    first, second = read_pair(old, new, sources)
    say_progress("comparing")
    return compare_sides(
        first, second, profile=profile, at=day_of(at), settings=settings_of(sources), progress=say_progress
    )
