"""`tidewaiter board approve|return|refuse|...`: what a member says on a decision, each a signed statement."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.cli.board_ground import (
    Folder,
    KeyFile,
    Name,
    RootFile,
    fail,
    ground,
    mark,
    private,
    remember,
    tell_signed,
)
from governance.cli.board_ground import (
    conditions as stated_conditions,
)
from governance.cli.board_serve import serve
from governance.terminal import deliver, say

if TYPE_CHECKING:
    from governance.decisions.stating import Registered, Saying

Comment = Annotated[str, typer.Option("--comment", "-m", metavar="TEXT", help="Why.")]
Member = Annotated[str, typer.Argument(metavar="MEMBER", help="The member's id in the trust root.")]


def list_questions(
    workspace: Folder = Path(),
    trust: RootFile = None,
    all_: Annotated[bool, typer.Option("--all", help="What is settled and what has ended, too.")] = False,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
) -> None:
    """List what is before the board: who was asked, who signed, who is missing, by when, and what then happens.

    Exit codes: 0 nothing is open, 1 something is, 2 it cannot be read.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.decisions.questions import read_board
    from governance.reports.board_questions import as_json, as_text

    now = datetime.now(UTC)
    try:
        found, register = ground(workspace, trust)
        board = read_board(workspace, found, register, now)
    except InvalidInputError as error:
        raise fail(error) from None
    deliver((as_json if form == "json" else as_text)(board, now, settled_too=all_), None)
    mark(found)
    if any(one.is_open for one in board.questions):
        raise typer.Exit(1)


def approve(
    name: Name, comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None
) -> None:
    """Approve a decision: sign it; with --comment, or after you had said something else, state that you do.

    Exit codes: 0 approved, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.decisions.stating import approve as approve_it

    now = datetime.now(UTC)
    try:
        found, _ = ground(workspace, trust)
        done = approve_it(workspace, name, comment, private(key, workspace, trust), found, now)
    except InvalidInputError as error:
        raise fail(error) from None
    tell_signed(done, found)


def approve_with_conditions(
    name: Name,
    condition: Annotated[list[str], typer.Option(metavar="ID=TEXT", help="What has to be done; may be given again.")],
    comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None,
) -> None:  # fmt: skip
    """Approve a decision, which is not released before your conditions are met.

    Exit codes: 0 approved, 2 not.
    """
    _say(
        lambda saying: saying("approve", name, comment=comment, conditions=stated_conditions(condition)),
        workspace, key, trust,
    )  # fmt: skip


def return_(
    name: Name, comment: Comment, workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None
) -> None:
    """Send a decision back with your reasons: it is not settled while you stand by that.

    Exit codes: 0 returned, 2 not.
    """
    _say(lambda saying: saying("return", name, comment=comment), workspace, key, trust)


def refuse(
    name: Name, comment: Comment, workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None
) -> None:
    """Refuse a decision. Once as many refuse as it takes to decide, it is refused for good.

    Exit codes: 0 refused, 2 not.
    """
    _say(lambda saying: saying("refuse", name, comment=comment), workspace, key, trust)


def abstain(
    name: Name, comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None
) -> None:
    """Say that you neither approve nor refuse. It counts for nobody, and you are not asked again.

    Exit codes: 0 abstained, 2 not.
    """
    _say(lambda saying: saying("abstain", name, comment=comment), workspace, key, trust)


def revoke(
    name: Name, comment: Comment, workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None,
    decision: Annotated[
        bool, typer.Option("--decision", help="Take the board's decision back, once enough people say so.")
    ] = False,
) -> None:  # fmt: skip
    """Take your approval back, from now on; with --decision the board's.

    What is served goes on. The next build does without the decision once too few people stand by it.

    Exit codes: 0 taken back, 2 not.
    """
    back = "decision" if decision else "own"
    _say(lambda saying: saying("revoke", name, comment=comment, takes_back=back), workspace, key, trust)


def met(
    name: Name,
    condition: Annotated[str, typer.Argument(metavar="CONDITION", help="ID, or MEMBER/ID, as `board show` prints it.")],
    evidence: Annotated[str, typer.Option("--evidence", metavar="TEXT", help="How anybody can see it.")],
    comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None,
) -> None:  # fmt: skip
    """Say that a condition is met. Its maker's word is enough; else as many people as it takes to decide.

    Exit codes: 0 said, 2 not.
    """
    _say(
        lambda saying: saying("met", name, comment=comment, condition=condition, evidence=evidence),
        workspace, key, trust,
    )  # fmt: skip


def delegate(
    to: Member,
    days: Annotated[int, typer.Option(min=1, max=90, help="For how long.")] = 14,
    comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None,
) -> None:  # fmt: skip
    """Let another member stand in for you. You still may speak yourself; both together are one person.

    Exit codes: 0 stated, 2 not.
    """
    until = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
    _say(lambda saying: saying("delegate", to=to, until=until, comment=comment), workspace, key, trust)


def end_delegation(
    to: Member, comment: Comment = "", workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None
) -> None:
    """End that another member stands in for you.

    Exit codes: 0 ended, 2 not.
    """
    _say(lambda saying: saying("end-delegation", to=to, comment=comment), workspace, key, trust)


def comment(
    name: Name,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What you say.")],
    workspace: Folder = Path(), key: KeyFile = None, trust: RootFile = None,
) -> None:  # fmt: skip
    """Add to the discussion kept beside a decision. It decides nothing.

    Exit codes: 0 added, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.decisions.discussion import add_comment
    from governance.decisions.signing import member_of

    try:
        found, _ = ground(workspace, trust)
        member = member_of(private(key, workspace, trust), found)
        made = add_comment(workspace, name, member, text, datetime.now(UTC))
    except InvalidInputError as error:
        raise fail(error) from None
    say(f"{member} added line {made.number} to the discussion of {plain(name)}")


def _say(make: "Callable[[type[Saying]], Saying]", workspace: Path, key: Path | None, trust: Path | None) -> None:
    from contracts.diagnostic import InvalidInputError
    from governance.decisions.stating import Saying, say_it

    now = datetime.now(UTC)
    try:
        found, _ = ground(workspace, trust)
        done = say_it(workspace, make(Saying), private(key, workspace, trust), found, now)
    except InvalidInputError as error:
        raise fail(error) from None
    tell(done)
    mark(found)
    remember(found, done.register)


def tell(done: "Registered") -> None:
    """What was stated, and what it came to."""
    from governance.reports.board import outcome_line

    sys.stderr.write("".join(f"  {plain(line)}\n" for line in done.said.text.decode().splitlines()))
    statement = done.said.statement
    say(f"{statement.member} signed this ({done.said.digest}), entry {done.said.registered} of the register")
    if done.decision is not None:
        say(plain(outcome_line(done.decision, datetime.now(UTC))))


def register_commands(app: typer.Typer) -> None:
    """Put the commands into the group."""
    commands: dict[str, Callable[..., None]] = {
        "list": list_questions, "approve": approve, "approve-with-conditions": approve_with_conditions,
        "return": return_, "refuse": refuse, "abstain": abstain, "revoke": revoke, "met": met, "delegate": delegate,
        "end-delegation": end_delegation, "comment": comment, "serve": serve,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(command)
