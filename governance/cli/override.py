"""`tidewaiter override ...`: in an emergency, report on a contract in place of enforcing it, for hours, seen by all."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.cli.failing import fail
from governance.cli.release_serving import Admin, By, Environment, Home, Into, KeyFile, Reason, sign
from governance.cli.signing_key import key_at
from governance.json_output import json_output
from governance.terminal import deliver, say, table
from governance.typed import typed

if TYPE_CHECKING:
    from governance.release.overriding import Overridden

app = typer.Typer(
    help="Report on contracts in place of enforcing them, for hours.",
    add_completion=False, rich_markup_mode=None, no_args_is_help=True,
)  # fmt: skip
app.command("sign")(sign)


@app.command("begin")
def begin(
    operations: Annotated[
        list[str], typer.Argument(metavar="OPERATION...", help="`api/operationId` or `api@version/operationId`.")
    ],
    hours: Annotated[int, typer.Option(min=1, max=72, help="For how long; it ends by itself.")],
    reason: Reason,
    environment: Environment = "",
    unknown_too: Annotated[
        bool, typer.Option("--unknown-too", help="Also an operation that no contract has here.")
    ] = False,
    key: KeyFile = None,
    by: By = "",
    home: Home = Path(),
    into: Into = None,
    admin: Admin = None,
) -> None:
    """Loosen the contract of operations: what violates it is let through and told. Two people of the role sign.

    Nothing else is loosened: identity, access, limits, and what keeps entities apart hold as ever. A second one within
    seven days of another needs the quorum of the board. No release is built. Exit codes: 0 it is in force, or will be
    when a gateway starts; 1 it waits for signatures; 2 it cannot be.
    """
    from governance.release.activate import Asked
    from governance.release.overriding import override

    try:
        asked = Asked(home, environment, reason, key_at(key, home), by, into or Path(), admin, kept=into is not None)
        _told(override(asked, operations, hours, unknown_too=unknown_too, now=datetime.now(UTC)), home)
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("override", error)


@app.command("take")
def take(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An override that enough people signed.")],
    environment: Environment = "",
    key: KeyFile = None,
    home: Home = Path(),
    admin: Admin = None,
) -> None:
    """Take an override on this node that was signed elsewhere. Exit codes as of `begin`."""
    from governance.release.activate import Asked
    from governance.release.overriding import take_signed

    try:
        asked = Asked(home, environment, "", key_at(key, home), "", file.parent, admin)
        _told(take_signed(asked, file, now=datetime.now(UTC)), home)
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("override", error)


@app.command("end")
def end(environment: Environment = "", home: Home = Path(), admin: Admin = None) -> None:
    """End all that are in force, before their time. What enforces more need not be signed.

    Exit codes: 0 none is in force any more, 2 that could not be done.
    """
    from governance.release.overriding import end as end_all

    try:
        count, told = end_all(home, environment, admin, now=datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("override", error)
    where = "; the gateway enforces again" if told and count else ""
    say(f"{count or 'no'} override{'s' if count != 1 else ''} ended{where}")


@app.command("list")
def list_(
    environment: Environment = "",
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    home: Home = Path(),
) -> None:
    """Show every override that this node took, the newest first.

    Exit codes: 0 shown, 2 something is missing in the store, or was changed.
    """
    from governance.release.overriding import listed

    try:
        rows = listed(home, environment, now=datetime.now(UTC))
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("override", error)
    if form == "json":
        deliver(json_output(rows), None)
        return
    if not rows:
        say("no override was ever taken here")
        return
    head = ("NUMBER", "STATE", "UNTIL", "OPERATIONS", "SIGNED BY", "WHY")
    cells = [
        (str(one["sequence"]), one["state"], one["until"], " ".join(one["operations"]), " ".join(one["signed_by"]),
         one["reason"])
        for one in rows
    ]  # fmt: skip
    sys.stdout.write(table(head, cells))


def _told(done: "Overridden", home: Path) -> None:
    from gateway.releases.log import moment

    said = done.said
    if done.state == "waiting":
        for line in done.lacking:
            say(plain(line))
        file = str(done.file)
        say("nothing is loosened yet. Next, by those who are to sign:")
        say("  " + typed("override", "sign", file, "--key", "FILE", workspace=home))
        say("then " + typed("override", "take", file, workspace=home, environment=said.environment))
        raise typer.Exit(1)
    what = ", ".join(plain(one) for one in said.operations)
    how = "in force in the gateway" if done.state == "live" else "in force from a gateway's next start on"
    deliver(f"override {said.sequence}: {what} until {moment(said.until)}, {how}\n", None)
    for one in done.unknown:
        say(f"warning: the gateway serves no operation {plain(one)}: is it spelt right?")
    say(f"Each further node: {typed('override', 'take', str(done.file), environment=said.environment)}")
    say("What violates the contract is let through there, and told: contract-check and contract-override in answers.")
