"""`tidewaiter release activate|rollback|withdraw|sign|list`: what a node serves, and what it never serves again."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal, NoReturn

import typer

from contracts.plain import plain
from governance.cli.failing import fail
from governance.cli.signing_key import key_at
from governance.json_output import json_output
from governance.terminal import deliver, say
from governance.typed import typed

if TYPE_CHECKING:
    from gateway.trust.release_statement import Statement
    from governance.release.activate import Activated, Asked

KEY_VARIABLE = "TIDEWAITER_BOARD_KEY"

Home = Annotated[
    Path, typer.Option("--workspace", "-w", metavar="DIR", help="Whose node settings count, and whose gateway is told.")
]
Environment = Annotated[str, typer.Option("--environment", "-e", metavar="NAME", help="Where it runs.")]
Reason = Annotated[str, typer.Option("--reason", help="Why.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", envvar=KEY_VARIABLE, help="Your key; without one, what is signed counts."),
]
By = Annotated[str, typer.Option("--by", metavar="MEMBER", help="Who asks for it; without, the key's owner.")]
Admin = Annotated[
    str | None, typer.Option("--admin", metavar="URL", help="The gateway's admin listener, where DIR does not say.")
]
Portal = Annotated[bool, typer.Option(help="Make the portal's changelogs and clients first, where a gateway runs.")]
Into = Annotated[
    Path | None,
    typer.Option("--into", metavar="DIR", help="Where statements wait for signatures, and stay for other nodes."),
]


def activate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A release.")],
    environment: Environment = "",
    reason: Reason = "released",
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="release:FILE", help="What it was built on, where the store does not have it."),
    ] = None,
    key: KeyFile = None,
    by: By = "",
    home: Home = Path(),
    into: Into = None,
    admin: Admin = None,
    portal: Portal = True,
) -> None:
    """Serve a release from now on: judged whole, vouched for (role `release`), activated (role `activation`).

    A gateway that runs takes it without losing a call; one that is down, when it starts. Exit codes: 0 active, 1 it
    waits for signatures, or no decision covers something, 2 it cannot be activated: the old one goes on.
    """
    from governance.release.activate import Asked, UncoveredError
    from governance.release.activate import activate as activate_release
    from governance.reports.release import refusal

    try:
        asked = Asked(home, environment, reason, key_at(key, home), by, into or Path(), admin, portal, into is not None)
        _told(activate_release(asked, file, base=base, now=datetime.now(UTC), progress=say), asked)
    except UncoveredError as error:
        deliver(refusal(error.rulings), None)
        say(f"not activated: {plain(str(file))} changes what no decision covers")
        raise typer.Exit(1) from None
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("release", error)


def rollback(
    reason: Annotated[str, typer.Option("--reason", help="Why.")],
    release: Annotated[
        str | None, typer.Argument(metavar="[DIGEST]", help="Which; without, the one that was active before.")
    ] = None,
    environment: Environment = "",
    key: KeyFile = None,
    by: By = "",
    home: Home = Path(),
    into: Into = None,
    admin: Admin = None,
    portal: Portal = True,
    clock_is_right: Annotated[
        bool, typer.Option("--clock-is-right", help="What the node remembers of the time is wrong, its clock is not.")
    ] = False,
) -> None:
    """Return to a release that was active before: a new activation, signed anew. What was withdrawn stays so.

    With --clock-is-right it may be the live one: who signs says that this node's clock shows the right time, where it
    was wrong before. Exit codes as of `activate`.
    """
    from governance.release.activate import Asked, roll_back

    try:
        asked = Asked(
            home, environment, reason, key_at(key, home), by, into or Path(), admin, portal, into is not None,
            clock_is_right,
        )  # fmt: skip
        _told(roll_back(asked, release, now=datetime.now(UTC)), asked)
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("release", error)


def withdraw(
    releases: Annotated[list[str] | None, typer.Argument(metavar="[DIGEST]...", help="Releases, by digest.")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why.")] = "",
    consumers: Annotated[list[str] | None, typer.Option("--consumer", metavar="NAME", help="All of it.")] = None,
    keys: Annotated[list[str] | None, typer.Option("--key-id", metavar="ID", help="An API key, by its id.")] = None,
    issuers: Annotated[list[str] | None, typer.Option("--issuer", metavar="NAME", help="All of its tokens.")] = None,
    issuer_keys: Annotated[
        list[str] | None, typer.Option("--issuer-key", metavar="ISSUER/KID", help="A key that signs tokens.")
    ] = None,
    statement: Annotated[
        Path | None, typer.Option("--statement", metavar="FILE", help="Take one that was signed, as another node did.")
    ] = None,
    unknown_too: Annotated[bool, typer.Option("--unknown-too", help="Also what nothing here has the name of.")] = False,
    environment: Environment = "",
    key: KeyFile = None,
    by: By = "",
    home: Home = Path(),
    into: Into = None,
    admin: Admin = None,
) -> None:
    """Withdraw releases, credentials or keys of issuers, for good: no release, restart or return brings them back.

    The live release goes on until another one is activated. Exit codes: 0 in force, 1 it waits for signatures, 2 it
    could not be taken.
    """
    from gateway.trust.release_statement import Credential, IssuerKey
    from governance.release.activate import Asked
    from governance.release.statements import make
    from governance.release.withdraw import revoke, take_statement

    try:
        asked = Asked(home, environment, reason, key_at(key, home), by, into or Path(), admin, kept=into is not None)
        now = datetime.now(UTC)
        if statement is not None:
            done = take_statement(asked, statement, now=now)
        else:
            kinds = (("consumer", consumers), ("key", keys), ("issuer", issuers))
            named = [make(Credential, kind=kind, name=one) for kind, all_ in kinds for one in all_ or ()]
            pairs = [one.partition("/") for one in issuer_keys or ()]
            removed = [make(IssuerKey, issuer=issuer, key=kid) for issuer, _, kid in pairs]
            done = revoke(
                asked, releases=releases or (), credentials=named, issuer_keys=removed, unknown_too=unknown_too, now=now
            )
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("release", error)
    if done.state == "waiting":
        again = ("release", "withdraw", "--statement", str(done.files[0]))
        then = typed(*again, workspace=home, environment=environment)
        _waiting(done.lacking, done.files, then, home)
    if done.state == "same":
        say("all of it was revoked before: nothing was done")
        return
    for line in _for_good(releases or (), consumers or (), keys or (), issuers or (), issuer_keys or ()):
        say(f"for good: {plain(line)}")
    how = "in force in the gateway" if done.state == "live" else "in force from the gateway's next start on"
    say(f"revocation {done.sequence} is taken, {how}")
    if done.live_too:
        say("the live release is among those withdrawn: it serves until another one is activated")
    for one in done.files:
        say(f"Each further node: {typed('release', 'withdraw', '--statement', str(one), environment=environment)}")


def _for_good(
    releases: Sequence[str], consumers: Sequence[str], keys: Sequence[str], issuers: Sequence[str],
    issuer_keys: Sequence[str],
) -> Iterator[str]:  # fmt: skip
    """What was asked for, in words."""
    yield from (f"the release {one}: nobody returns to it" for one in releases)
    yield from (f"all credentials of the consumer {one}" for one in consumers)
    yield from (f"the API key {one}" for one in keys)
    yield from (f"all tokens of the issuer {one}" for one in issuers)
    yield from (f"tokens signed with the key {one}" for one in issuer_keys)


def sign(
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE", help="A statement: `activate`, `rollback`, `withdraw` and `override begin` write it."
        ),
    ],
    key: KeyFile = None,
    home: Home = Path(),
) -> None:
    """Add your signature to a statement. What it says is printed first.

    Exit codes: 0 signed, 2 it was edited, or you may not sign it.
    """
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from gateway.trust.place import trust_of_node
    from governance.release.statements import read_statement_file, sign_file

    try:
        text = read_statement_file(file)[1].decode("utf-8", "replace")
        private = key_at(key, home)
        if private is None:
            remedy = f"--key FILE, or {KEY_VARIABLE}"
            raise InvalidInputError([Diagnostic(str(file), "no-key", "there is no key to sign with", remedy)])
        deliver("".join(f"{plain(line)}\n" for line in text.splitlines()), None)
        statement, member = sign_file(file, private, trust_of_node(home)[0].root)
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("release", error)
    say(f"{member} signed the {type(statement).__name__.lower()}; where enough have signed:")
    say(f"  {_then(statement, file, home)}")


def _then(statement: "Statement", file: Path, home: Path) -> str:
    """The command that takes what was signed there."""
    from gateway.trust.release_statement import Activation, Override, Revocation

    environment = statement.environment
    if isinstance(statement, Override):
        return typed("override", "take", str(file), workspace=home, environment=environment)
    if isinstance(statement, Revocation):
        return typed("release", "withdraw", "--statement", str(file), workspace=home, environment=environment)
    into = ["--into", str(file.parent)] if file.parent != Path() else []
    stem = file.name.removesuffix(".yaml").removesuffix(".activation").removesuffix(".vouch")
    if isinstance(statement, Activation) and stem.startswith("rollback-"):
        words = ("release", "rollback", statement.release, "--reason", statement.reason)
        return typed(*words, *into, workspace=home, environment=environment)
    beside = file.with_name(f"{stem}.json")
    release = str(beside) if beside.is_file() else "FILE"
    return typed("release", "activate", release, *into, workspace=home, environment=environment)


def list_(
    environment: Environment = "",
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    revoked: Annotated[bool, typer.Option("--revoked", help="Only what was revoked, also as JSON.")] = False,
    home: Home = Path(),
) -> None:
    """Show what was active on this node, in order: release, its file, by whom, when, withdrawn, live; and revocations.

    Exit codes: 0 shown, 2 something is missing in the store, or was changed.
    """
    from governance.release.listing import listing, revocations, revocations_as_text, text_of

    try:
        rows = revocations(home, environment) if revoked else listing(home, environment)
        if form == "text" and not revoked:
            told = text_of(rows) + revocations_as_text(revocations(home, environment))
        else:
            told = json_output(rows) if form == "json" else revocations_as_text(rows) or "nothing was revoked here\n"
    except Exception as error:  # noqa: BLE001 - told by kind below
        fail("release", error)
    deliver(told, None)


def _told(done: "Activated", asked: "Asked") -> None:
    for warning in done.warnings:
        say(plain(warning))
    if done.state == "waiting":
        _waiting(done.lacking, done.files, "the command that you just gave", asked.home)
    deliver(done.release + "\n", None)
    where = f"in {asked.environment}" if asked.environment else "without an environment"
    say({
        "live": f"activation {done.sequence}: the gateway serves it {where}",
        "same": f"activation {done.sequence}: it is active already {where}",
        "taken": f"activation {done.sequence}: a gateway serves it {where} from its next start on",
    }[done.state])  # fmt: skip
    if done.state == "taken":
        folder = [str(asked.home)] if asked.home != Path() else []
        say("where none runs: " + typed("serve", *folder, "--releases", environment=asked.environment))
    for file in done.files:
        say(f"for other nodes, with its signatures beside it: {plain(str(file))}")
    if not done.files and done.state != "same":
        say("What was signed is in this node's store; for other nodes: the same command, with --into DIR")


def _waiting(lacking: tuple[str, ...], files: tuple[Path, ...], then: str, home: Path) -> NoReturn:
    for line in lacking:
        say(plain(line))
    say("it waits for signatures. Next, by those who are to sign:")
    for file in files:
        say("  " + typed("release", "sign", str(file), "--key", "FILE", workspace=home))
    say(f"then {then}")
    raise typer.Exit(1)


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "activate": activate, "rollback": rollback, "withdraw": withdraw, "sign": sign, "list": list_,
}  # fmt: skip
"""By name, as `governance.cli.release` takes them up."""
