"""`tidewaiter release ...`: one file with all that is served, built only where somebody decided on what changed."""

import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.cli import release_diff
from governance.cli.login import login
from governance.cli.release_serving import COMMANDS
from governance.json_output import json_output
from governance.terminal import deliver, say
from governance.typed import typed

if TYPE_CHECKING:
    from governance.release.build import Judged

app = typer.Typer(
    help="Build, judge, activate and withdraw a gateway release.",
    add_completion=False, rich_markup_mode=None, no_args_is_help=True,
)  # fmt: skip
app.command("diff")(release_diff.command)
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)

RootFile = Annotated[
    Path | None, typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none.")
]
BaseRelease = Annotated[
    str | None, typer.Option("--base", metavar="release:FILE", help="The release that it is held against.")
]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A release.")]


@app.command("build")
def build(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="Where the release goes.")],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="Where it will run.")] = None,
    base: BaseRelease = None,
    by: Annotated[str | None, typer.Option("--by", help="Who builds it; your login name without.")] = None,
    at: Annotated[
        datetime | None, typer.Option("--at", formats=["%Y-%m-%d"], help="The day held against sunsets; today without.")
    ] = None,
    key_sets: Annotated[
        bool, typer.Option("--key-sets", help="Keep the issuers' keys in it, for a start while one is away.")
    ] = False,
    trust: RootFile = None,
) -> None:
    """Write one release file. Each change since the base must be covered by a decision, or be proven harmless.

    Its digest is printed. Exit codes: 0 built, 1 something no decision covers, 2 nothing could be judged.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.ending import warnings_of
    from gateway.release_file import digest_of
    from gateway.trust.files import write_whole
    from governance.release.build import judge_workspace, met, release_of, still_to_keep
    from governance.release.key_sets import fetch_key_sets
    from governance.release.live_here import live_file
    from governance.reports.board import DEVELOPMENT
    from governance.reports.release import built, refusal

    now = datetime.now(UTC)
    live = live_file(workspace, environment or "") if base is None else None
    if live is not None:
        where = plain(environment) if environment else "without an environment"
        say(f"warning: something is live here ({where}), and this node takes no release on another base, or on none:")
        say(f"  --base {plain(shlex.quote(f'release:{live}'))}")
    try:
        day = at.date() if at is not None else None
        judged = judge_workspace(workspace, environment, base, trust, now, day, progress=say)
        if judged.uncovered:
            deliver(refusal(judged.uncovered), None)
            changes = counted(len(judged.rulings), "change")
            say(f"not built: {len(judged.uncovered)} of {changes} without a decision. Next:")
            for line in _next(judged, workspace, environment, base, trust, output, live):
                say(f"  {line}")
            raise typer.Exit(1)
        kept = fetch_key_sets(judged.contents.workspace.issuers, workspace, now) if key_sets else {}
        release = release_of(judged, workspace, by or login(), kept)
    except InvalidInputError as error:
        raise _fail(error) from None
    text = release.text()
    write_whole(output, text)
    deliver(digest_of(text) + "\n", None)
    say(built(release))
    for one in judged.rests_on:
        for condition in (*still_to_keep(one), *met(one)):
            say(f"condition of {plain(one.name)}: {plain(condition)}")
    for _, line in warnings_of(release.head.ends, now):
        say(f"warning: {plain(line)}")
    if judged.renewable:
        say("what ends can be decided anew before: tidewaiter board draft NAME --renew")
    if release.head.development:
        say(DEVELOPMENT)
    _remember(judged)


@app.command("show")
def show(
    file: File,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
) -> None:
    """Show what a release is, what it rests on and what changed. Its signatures are not judged: `release verify`.

    Exit codes: 0 shown, 2 it is no release, or was changed.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.release_file import digest_of as content_digest
    from gateway.release_file import read_release
    from governance.reports.release import summary

    try:
        release, digest = read_release(file)
    except InvalidInputError as error:
        raise _fail(error) from None
    if form == "text":
        deliver(summary(release, digest), None)
        return
    files = {path: content_digest(text) for path, text in sorted(release.files.items())}
    shape = {"digest": digest, **release.head.model_dump(mode="json"), "files": files}
    deliver(json_output(shape), None)


@app.command("verify")
def verify(
    file: File,
    base: BaseRelease = None,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", metavar="DIR", help="Whose node settings count, where none are named.")
    ] = Path(),
    trust: RootFile = None,
) -> None:
    """Judge a release again from its own bytes: files, register, signatures, and each change against its base.

    Exit codes: 0 every change is covered, 1 one is not, 2 it was changed, forged, or cannot be judged.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.release.build import verify_release
    from governance.reports.board import DEVELOPMENT
    from governance.reports.release import built, refusal

    try:
        release, digest, judged = verify_release(file, base, trust, workspace, datetime.now(UTC), progress=say)
    except InvalidInputError as error:
        raise _fail(error) from None
    if judged.uncovered:
        deliver(refusal(judged.uncovered), None)
        say(f"{plain(str(file))}: no decision in it covers what is named above")
        raise typer.Exit(1)
    deliver(f"fine: {digest}: {built(release)}\n", None)
    if judged.trust.root.value.development:
        say(DEVELOPMENT)
    _remember(judged)


def _next(
    judged: "Judged", workspace: Path, environment: str | None, base: str | None, trust: Path | None, output: Path,
    live: Path | None,
) -> Iterator[str]:  # fmt: skip
    """The commands that lead on: to sign what is drafted, to say what is met, and to draft what is not.

    Where something is `live` and no base was named, only the one that names it: what is decided without is not taken.
    """
    if live is not None:
        again = ("release", "build", "--base", f"release:{live}", "--output", str(output))
        yield typed(*again, workspace=workspace, environment=environment, trust=trust)
        return
    where = ["--workspace", str(workspace)] if workspace != Path() else []
    where += ["--trust", str(trust)] if trust is not None else []
    for name in sorted({name for one in judged.uncovered for name in one.unsigned}):
        yield plain(shlex.join(["tidewaiter", "board", "sign", name, *where]))
    for name, condition in sorted({each for one in judged.uncovered for each in one.unmet}):
        yield plain(shlex.join(["tidewaiter", "board", "met", name, condition, "--evidence", "HOW", *where]))
    if any(not one.unsigned and not one.unmet for one in judged.uncovered):
        words = ["tidewaiter", "board", "draft", "NAME", "--title", "WHAT", "--reason", "WHY", "--sign"]
        words += ["--environment", environment] if environment is not None else []
        words += ["--base", base] if base is not None else []
        yield plain(shlex.join([*words, *where]))


def _remember(judged: "Judged") -> None:
    try:
        judged.trust.remember(judged.register)
    except OSError as error:
        where = plain(str(judged.trust.seen_file))
        say(f"warning: {where} cannot be written ({error.strerror}): this node will not notice an older register")


def _fail(error: Exception) -> typer.Exit:
    say("".join(f"tidewaiter release: {line}\n" for line in str(error).splitlines()).rstrip("\n"))
    return typer.Exit(2)
