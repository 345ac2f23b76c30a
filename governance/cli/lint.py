"""`tidewaiter lint`: a contract judged by itself, or every version in use of a workspace."""

import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from governance.cli.comparing import (
    AtOption,
    OutputOption,
    UrlOption,
    WorkspaceOption,
    answering,
    day_of,
    progress_line,
    sources_of,
)
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from governance.lint.report import LintVerdict

Formats = Literal["text", "json", "markdown", "html", "sarif", "junit", "github"]


def command(
    documents: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[DOCUMENT]...",
            help="A file, a folder, REV:path in git, api@version of a workspace, a URL, or - for standard input. "
            "Without one: every version in use of the workspace.",
        ),
    ] = None,
    rule: Annotated[list[str] | None, typer.Option("--rule", metavar="ID", help="Only this rule; repeatable.")] = None,
    fail_on: Annotated[
        Literal["error", "warning", "info"] | None,
        typer.Option("--fail-on", help="Exit with 1 from this severity on; what lint.yaml says, else error."),
    ] = None,
    baseline: Annotated[
        tuple[str, Path] | None,
        typer.Option(
            "--baseline",
            metavar="write|check FILE",
            help="write: note down all findings as known. check: only others count.",
        ),
    ] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="WHO", help="With --baseline write: who answers.")] = "",
    reason: Annotated[str, typer.Option("--reason", metavar="WHY", help="With --baseline write: why they stay.")] = "",
    waivers: Annotated[
        Path | None,
        typer.Option("--waivers", metavar="DIR", help="A folder of decisions; the workspace's own for its versions."),
    ] = None,
    api: Annotated[
        str | None,
        typer.Option("--api", metavar="NAME", help="Whose versions documents are that are none of a workspace."),
    ] = None,
    layer: Annotated[
        Literal["experience", "process", "system"] | None,
        typer.Option("--layer", help="The layer of documents that are none of a workspace."),
    ] = None,
    visibility: Annotated[
        Literal["internal", "partner", "public"] | None,
        typer.Option("--visibility", help="Who may see documents that are none of a workspace."),
    ] = None,
    at: AtOption = None,
    form: Annotated[Formats, typer.Option("--format", help="How to print.")] = "text",
    output: OutputOption = None,
    everything: Annotated[bool, typer.Option("--all", help="List every finding in full.")] = False,
    workspace: WorkspaceOption = None,
    allow_url: UrlOption = False,
) -> None:
    """Judge contracts by themselves: names, lists, errors, security, bounds, examples, dead parts, patterns, layers.

    Exit codes: 0 nothing at the threshold (error) or above that no baseline knows and no waiver lets pass, 1 otherwise,
    2 the question could not be answered.
    """
    from governance.lint.running import Asked, run
    from governance.waived_lint import waive_lint

    if baseline is not None and baseline[0] not in ("write", "check"):
        say("tidewaiter lint: write --baseline write FILE, or --baseline check FILE")
        raise typer.Exit(2)
    if baseline is not None and baseline[0] == "write" and not (owner.strip() and len(reason.strip()) > 2):
        say("tidewaiter lint: a baseline needs who answers for it and why: add --owner WHO --reason WHY")
        raise typer.Exit(2)
    asked = Asked(
        tuple(documents or ()), layer or "", visibility or "", tuple(rule or ()), fail_on or "", day_of(at)
    )  # fmt: skip
    with answering("lint", "judged"), progress_line() as progress:
        sources = sources_of(workspace, allow_url=allow_url)
        verdict = run(asked, sources, progress)
        verdict = waive_lint(verdict, decisions=waivers, workspace=sources.folder, api=api, at=asked.at)
        if baseline is not None and baseline[0] == "write":
            _write(verdict, baseline[1], owner.strip(), reason.strip())
            return
        if baseline is not None:
            verdict = _checked(verdict, baseline[1], asked.rules)
        progress("writing")
        text = _written(verdict, form, colour=output is None and in_colour(sys.stdout), everything=everything)
    deliver(text, output)
    if output is not None:
        from governance.reports.lint_words import sum_of

        say(f"{sum_of(verdict)}: in {output}")
    raise typer.Exit(verdict.exit_code)


def _write(verdict: "LintVerdict", path: Path, owner: str, reason: str) -> None:
    from governance.lint.baseline import as_yaml, read_baseline

    before = read_baseline(path) if path.exists() else None
    if path.parent.name == "governance" and path.parent.parent.is_dir():
        path.parent.mkdir(exist_ok=True)
    deliver(as_yaml(verdict.reports, before, owner, reason), path)
    from contracts.counted import counted

    written = sum(len(report.findings) - len(report.waived) for report in verdict.reports)
    say(f"{counted(written, 'finding')} known now: in {path}")


def _checked(verdict: "LintVerdict", path: Path, only: tuple[str, ...]) -> "LintVerdict":
    from dataclasses import replace

    from governance.lint.baseline import held_against, read_baseline

    accepted, stale = held_against(read_baseline(path), verdict.reports, only)
    return replace(verdict, baseline=str(path), accepted=accepted, stale=stale)


def _written(verdict: "LintVerdict", form: Formats, *, colour: bool, everything: bool) -> str:
    if form == "text":
        from governance.reports.lint_text import as_text

        return as_text(verdict, colour=colour, everything=everything)
    if form == "markdown":
        from governance.reports.lint_markdown import as_markdown

        return as_markdown(verdict, everything=everything)
    form_of: Callable[[LintVerdict], str] = getattr(import_module(f"governance.reports.lint_{form}"), f"as_{form}")
    return form_of(verdict)
