"""`tidewaiter schema [KIND]`: the JSON Schema of each kind of file, so that editors complete and check."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.plain import plain
from governance.terminal import deliver, say, table

if TYPE_CHECKING:
    from governance.editor_hints import Hint


def command(
    kind: Annotated[str | None, typer.Argument(help="tidewaiter, api, system, ...; all are listed without it.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder: every kind is written there; a file for one kind.")
    ] = None,
    write: Annotated[
        bool, typer.Option("--write", help="Write all into the workspace's .schemas/, and tell editors of them.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit with 1 where what --write writes is not current.")
    ] = False,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", metavar="DIR", help="With --write and --check: the workspace.")
    ] = Path(),
) -> None:
    """Print the JSON Schema (2020-12) of one kind of file; without KIND, list the kinds, or write all to --output.

    --write puts them into .schemas/ and maps them to files in .vscode/settings.json, whose other settings stay.
    Exit codes: 0 done, or current; 1 something is not current, or is left to be done by hand; 2 it could not be done.
    """
    from contracts.wording import instead
    from governance.file_kinds import ALL, as_text, schema_of

    if write or check:
        if kind is not None or output is not None or (write and check):
            say("tidewaiter schema: --write and --check stand alone, with --workspace at most")
            raise typer.Exit(2)
        raise typer.Exit(_beside(workspace, write=write))
    if kind is not None and kind not in ALL:
        say(f"tidewaiter schema: there is no kind of file of this name; {instead(kind, ALL)}")
        raise typer.Exit(2)
    if kind is not None:
        deliver(as_text(schema_of(kind)), output)
    elif output is None:
        deliver(table(("KIND", "FILE"), [(name, found.where) for name, found in ALL.items()]), None)
    else:
        output.mkdir(parents=True, exist_ok=True)
        for name in ALL:
            deliver(as_text(schema_of(name)), output / f"{name}.schema.json")
        say(f"{len(ALL)} schemas are in {output}")


def _beside(workspace: Path, *, write: bool) -> int:
    """Write or check what stands beside the workspace, and return the exit code."""
    from contracts.counted import counted
    from contracts.diagnostic import InvalidInputError
    from governance.editor_hints import hints
    from governance.editor_hints import write as write_hints

    try:
        found = hints(workspace)
    except InvalidInputError as error:
        for fault in error.diagnostics:
            say(plain(str(fault)))
        say("tidewaiter schema: nothing was written" if write else "tidewaiter schema: nothing was checked")
        return 2
    changed = [hint for hint in found if hint.status in ("missing", "outdated")]
    left = [hint for hint in found if hint.status == "by hand"]
    if write:
        write_hints(workspace, found)
        deliver("".join(f"written {hint.name}\n" for hint in changed), None)
        say(f"{counted(len(changed), 'file')} written, {len(found) - len(changed) - len(left)} current")
    else:
        deliver("".join(f"{hint.status} {hint.name}\n" for hint in changed), None)
        say(f"{len(found) - len(changed) - len(left)} of {len(found)} files are current")
        if changed:
            say(f"write them: tidewaiter schema --write --workspace {shlex.quote(plain(str(workspace)))}")
    for hint in left:
        _by_hand(hint)
    return int(bool(left) or (bool(changed) and not write))


def _by_hand(hint: "Hint") -> None:
    say(f"{hint.name} was left as it is: {hint.reason}. Put this into it:")
    deliver(hint.text, None)
