"""`tidewaiter client CONTRACT --out DIR`: write a typed client package of a contract, in Python or TypeScript."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.cli.comparing import answering
from governance.terminal import say

if TYPE_CHECKING:
    from codegen.description import ClientDescription
    from governance.client_contract import Asked

_MOST_TOLD = 20


def _install(asked: bool) -> None:
    """Fetch what writes TypeScript, and end."""
    if not asked:
        return
    from codegen.typescript.node import MissingToolError, install

    try:
        place = install()
    except (MissingToolError, OSError) as error:
        say(plain(f"tidewaiter client: {error}"))
        raise typer.Exit(2) from None
    say(plain(f"the packages that write TypeScript are in {place}"))
    raise typer.Exit(0)


def command(
    contract: Annotated[
        str, typer.Argument(metavar="CONTRACT", help="A file, a folder, api@version, a gateway's URL, or - for stdin.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="DIR", help="Where the package is written: a folder of its own.")
    ],
    workspace: Annotated[
        Path | None,
        typer.Option("--workspace", "-w", metavar="DIR", help="Where api@version is found; the current folder else."),
    ] = None,
    prefix: Annotated[
        str | None,
        typer.Option(help="How the distribution's name begins; `clients.prefix` of the workspace else."),
    ] = None,
    language: Annotated[
        Literal["python", "typescript"], typer.Option(help="What it is written in; typescript needs Node.")
    ] = "python",
    check: Annotated[bool, typer.Option("--check", help="Write nothing: is the package there current?")] = False,
    skip_unsupported: Annotated[
        bool, typer.Option("--skip-unsupported", help="Leave out operations that cannot be generated.")
    ] = False,
    key_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The API key that a gateway's URL is shown; TIDEWAITER_API_KEY else."),
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The token that it is shown; TIDEWAITER_TOKEN else.")
    ] = None,
    install_generator: Annotated[  # noqa: ARG001 - it is done when it is read
        bool,
        typer.Option(
            "--install-generator",
            is_eager=True,
            callback=_install,
            help="Fetch the npm packages that write TypeScript into the user's cache, once, and end.",
        ),
    ] = False,
) -> None:
    """Write a typed client of a contract: a whole package; in Python its tests and a test double are included.

    Exit codes: 0 written, or current with --check; 1 not current; 2 nothing could be written, and why.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.client_contract import asked
    from governance.client_package import UngeneratedError, described, name_of, package_of
    from governance.client_writing import OTHERS_WORK, differences, earlier, write
    from governance.diff.url_credential import credential_from

    with answering("client", "written"):
        found = asked(contract, workspace, prefix, credential_from(key_file, token_file))
        try:
            before = earlier(out, language)
        except InvalidInputError as error:
            if check and {fault.code for fault in error.diagnostics} <= OTHERS_WORK:
                for fault in error.diagnostics:
                    say(plain(str(fault)))
                say(f"{name_of(found, language)[0]} is not current")
                raise typer.Exit(1) from None
            raise
        try:
            description = described(found, language)
            _left_out(found, description, skip=skip_unsupported)
            files = package_of(found, description, out, before, language)
        except UngeneratedError as error:
            say(plain(f"tidewaiter client: {error}"))
            raise typer.Exit(2) from None
    name, version = name_of(found, language)
    if check:
        told = differences(out, files)
        for line in told[:_MOST_TOLD]:
            say(plain(line))
        if len(told) > _MOST_TOLD:
            say(f"and {len(told) - _MOST_TOLD} more")
        say(f"{name} is {'not ' if told else ''}current")
        raise typer.Exit(1 if told else 0)
    write(out, files)
    operations = counted(len(description.operations), "operation")
    say(plain(f"{name} {version}: {operations}, in {out}"))


def _left_out(found: "Asked", description: "ClientDescription", *, skip: bool) -> None:
    """Told one by one; without leave to skip them nothing is written."""
    document = found.contract.document
    for one in description.left_out[:_MOST_TOLD]:
        file, line, _ = document.position(one.pointer)
        place = f"{file}:{line}" if line else file
        say(plain(f"{place}: {one.method} {one.path} cannot be generated: {one.reason}"))
    more = len(description.left_out) - _MOST_TOLD
    if more > 0:
        say(f"and {more} more")
    if description.left_out and not skip:
        say("tidewaiter client: nothing was written; leave these operations out with --skip-unsupported")
        raise typer.Exit(2)
    if not description.operations:
        say("tidewaiter client: nothing was written; no operation is left")
        raise typer.Exit(2)
