"""`tidewaiter explain finding ID`: all that is known of one finding, and what can be done about it."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.cli.comparing import OutputOption, UrlOption, answering, day_of, progress_line, sources_of
from governance.cli.gating import BASE_HELP, DayOption, EnvironmentOption, FolderOption, TrustOption, context_of
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from governance.explained_finding import Explained, UnknownFindingError

_NOWHERE = (
    "say where the finding is from: --base BASE for the gate's, --diff OLD NEW for a comparison's, "
    "--report FILE for what a report as JSON holds"
)


def explain_finding(
    finding: Annotated[
        str, typer.Argument(metavar="ID", help="Its fingerprint, which every report shows, or how it begins.")
    ],
    base: Annotated[
        str | None,
        typer.Option(
            "--base",
            metavar="BASE",
            help=f"{BASE_HELP} Without: the protected branch that governance/board.yaml names.",
        ),
    ] = None,
    diff: Annotated[
        tuple[str, str] | None,
        typer.Option("--diff", metavar="OLD NEW", help="A finding of `tidewaiter diff OLD NEW`."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="A finding of a report of gate, diff or lint as JSON."),
    ] = None,
    workspace: FolderOption = Path(),
    environment: EnvironmentOption = None,
    trust: TrustOption = None,
    at: DayOption = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    allow_url: UrlOption = False,
) -> None:
    """Tell all that is known of one finding: its rule, its place, before and after, a failing example, who is affected.

    And what can be done: who decides, the command that drafts a decision, the file that lets this finding alone pass.

    Exit codes: 0 told, 2 there is no such finding, or more than one begins so; those that are near are named.
    """
    from governance.explained_finding import UnknownFindingError, find
    from governance.reports.explained_finding import as_json, as_text

    day = day_of(at) or datetime.now(UTC).date()
    with answering("explain finding", "explained"), progress_line() as progress:
        if sum(one is not None for one in (base, diff, report)) > 1:
            raise _fail("name one of --base, --diff and --report")
        if report is not None:
            known = _of_report(report)
        elif diff is not None:
            known = _of_diff(diff, workspace, at, day, progress, allow_url=allow_url)
        else:
            known = _of_gate(base or protected(workspace), workspace, environment, trust, at, progress)
        try:
            found = find(finding.strip(), known)
        except UnknownFindingError as error:
            _unknown(error, form, output)
            raise typer.Exit(2) from None
    told = as_json(found, day) if form == "json" else as_text(found, day, colour=not output and in_colour(sys.stdout))
    deliver(told, output)


def _of_report(path: Path) -> "list[Explained]":
    from governance.explained_sources import of_report

    return of_report(path)


def _of_diff(
    named: tuple[str, str], workspace: Path, at: datetime | None, day: "date", progress: "Callable[[str], None]", *,
    allow_url: bool,
) -> "list[Explained]":  # fmt: skip
    import shlex

    from governance.cli.comparing import compared
    from governance.diff.report import DiffVerdict
    from governance.explained_sources import of_diff
    from governance.landscape import read_landscape
    from governance.waived_diff import waive

    sources = sources_of(workspace, allow_url=allow_url)
    report = compared(*named, sources, None, at, progress)
    verdict = waive(DiffVerdict((report,)), decisions=None, workspace=sources.folder, at=day)
    landscape = read_landscape(workspace) if report.old.api else None
    return of_diff(verdict, " ".join(["tidewaiter diff", *map(shlex.quote, named)]), landscape)


def _of_gate(
    base: str, workspace: Path, environment: str | None, trust: Path | None, at: datetime | None,
    progress: "Callable[[str], None]",
) -> "list[Explained]":  # fmt: skip
    from governance.explained_sources import of_verdict
    from governance.gate.judge import judge

    verdict = judge(workspace, base, environment=environment, trust_file=trust, at=day_of(at), progress=progress)
    return of_verdict(verdict, context_of(verdict, base, workspace, environment, trust, at, history=True))


def protected(workspace: Path) -> str:
    """The protected branch, as it is known here: of the remote `origin` where that has it. Ends where none is named."""
    from contracts.written import read_entry
    from governance.board_rules import FILE, BoardRules
    from governance.git import git

    path = workspace / FILE
    rules = read_entry(path, FILE, BoardRules).value if path.is_file() else None
    if rules is None or not rules.branch or rules.branch.startswith("-"):
        raise _fail(_NOWHERE)
    remote = f"origin/{rules.branch}"
    known = git("rev-parse", "--verify", "--quiet", f"{remote}^{{commit}}", folder=workspace)
    return remote if known.returncode == 0 else rules.branch


def _unknown(error: "UnknownFindingError", form: str, output: Path | None) -> None:
    if form == "json":
        from governance.reports import not_told

        near = "; ".join(error.near)
        deliver(not_told.as_json([not_told.of_options(str(error), f"near: {near}" if near else "")]), output)
        return
    say(f"tidewaiter explain finding: {error}")
    for line in error.near:
        say(f"  {line}")


def _fail(message: str) -> typer.Exit:
    say(f"tidewaiter explain finding: {plain(message)}")
    return typer.Exit(2)
