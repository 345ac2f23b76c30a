"""What all commands of the board share: where the workspace, the trust root and the key are, and what is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.cli.signing_key import development_key, unlocked
from governance.terminal import say
from governance.typed import typed

if TYPE_CHECKING:
    from gateway.trust.board_statement import Condition
    from gateway.trust.keys import PrivateKey
    from gateway.trust.place import Trust
    from gateway.trust.register import Register
    from gateway.trust.signed import Signed
    from governance.decisions.signing import Done
    from governance.decisions.stating import Registered

Folder = Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")]
RootFile = Annotated[
    Path | None, typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none.")
]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key", metavar="FILE", envvar="TIDEWAITER_BOARD_KEY", help="Your private key's file."),
]
Name = Annotated[str, typer.Argument(metavar="DECISION", help="The file's name in decisions/, without .yaml.")]


def ground(workspace: Path, trust: Path | None) -> "tuple[Trust, Register]":
    """The trust root and the register, held against what this node has seen. Raises InvalidInputError."""
    from gateway.trust.place import find_trust
    from gateway.trust.register import REGISTER, read_register

    found = find_trust(workspace, trust)
    register = read_register(workspace)
    found.hold(register, REGISTER)
    return found, register


def tell_signed(done: "Done | Registered", trust: "Trust") -> None:
    """What an approval came to."""
    from datetime import UTC, datetime

    from governance.decisions.signing import Done
    from governance.reports.board import outcome_line

    if isinstance(done, Done):
        what = "signed" if done.added else "had signed already"
        decision = done.signed.decision
        say(f"{done.member} {what} {plain(done.signed.file)} ({decision.verdict}: {plain(decision.title)})")
        say(f"{done.signed.digest}: {done.signed.count}")
        left = sorted(_left(done.signed, trust))
        if left:
            sign = typed("board", "sign", done.signed.name, "--key", "FILE")
            say(f"it is not decided yet; of the role {decision.role} can sign still: {', '.join(left)} ({sign})")
    elif done.decision is not None:
        say(f"{done.said.statement.member} stated so, entry {done.said.registered} of the register")
        say(plain(outcome_line(done.decision, datetime.now(UTC))))
    say(f"register: {counted(done.register.length, 'entry', 'entries')}, head {done.register.head}")
    mark(trust)
    remember(trust, done.register)


def _left(signed: "Signed", trust: "Trust") -> set[str]:
    """Who of the role has not approved what is open still."""
    if signed.standing.outcome != "open":
        return set()
    root = trust.root.value
    there = {name for name in root.roles.named(signed.decision.role).members if root.members[name].removed is None}
    return there - set(signed.count.people if signed.count is not None else ())


def private(key: Path | None, workspace: Path | None, trust: Path | None = None) -> "PrivateKey":
    """The key that is named; a workspace's development key where none is, and its root is for development too.

    Raises InvalidInputError.
    """
    from contracts.diagnostic import Diagnostic, InvalidInputError

    path = key or (development_key(workspace, trust) if workspace is not None else None)
    if path is None:
        message = "no key is named"
        remedy = "name its file: --key FILE or TIDEWAITER_BOARD_KEY; tidewaiter board key makes one"
        raise InvalidInputError([Diagnostic("--key", "no-key", message, remedy)])
    return unlocked(path)


def remember(trust: "Trust", register: "Register") -> None:
    """The node keeps what it has seen; where it cannot, that is said and ends nothing."""
    try:
        trust.remember(register)
    except OSError as error:
        where = plain(str(trust.seen_file))
        say(f"warning: {where} cannot be written ({error.strerror}): this node will not notice an older register")


def mark(trust: "Trust") -> None:
    """Say so where the root is for trying things out."""
    from governance.reports.board import DEVELOPMENT

    if trust.root.value.development:
        say(DEVELOPMENT)


def fail(error: Exception) -> typer.Exit:
    """Tell what is wrong, each fault on a line; exit code 2."""
    say("".join(f"tidewaiter board: {line}\n" for line in str(error).splitlines()).rstrip("\n"))
    return typer.Exit(2)


def conditions(written: Sequence[str]) -> "tuple[Condition, ...]":
    """Conditions written `ID=TEXT`. Raises InvalidInputError."""
    from pydantic import ValidationError

    from contracts.diagnostic import Diagnostic, InvalidInputError
    from gateway.trust.board_statement import Condition

    found: list[Condition] = []
    for one in written:
        name, _, text = one.partition("=")
        try:
            found.append(Condition(id=name, text=text))
        except ValidationError:
            message = "a condition is written ID=TEXT, the id in lower-case words joined by hyphens"
            fault = Diagnostic("the condition", "bad-condition", message, "as in load-tested=TEXT")
            raise InvalidInputError([fault]) from None
    return tuple(found)
