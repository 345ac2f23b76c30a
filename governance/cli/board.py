"""`tidewaiter board ...`: keys of members, decisions and their signatures, the register."""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.counted import counted
from contracts.plain import plain
from governance.cli.board_acts import register_commands
from governance.cli.board_ground import (
    Folder,
    KeyFile,
    Name,
    RootFile,
    conditions,
    fail,
    ground,
    mark,
    private,
    remember,
    tell_signed,
)
from governance.cli.comparing import progress_line
from governance.cli.login import login
from governance.terminal import deliver, say
from governance.typed import typed

if TYPE_CHECKING:
    from gateway.trust.decision import About

app = typer.Typer(
    help="Decide on changes: keys, signatures, statements, the register.",
    add_completion=False, rich_markup_mode=None, no_args_is_help=True,
)  # fmt: skip
register_commands(app)


@app.command("key")
def key(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="A new file outside any workspace.")],
    passphrase: Annotated[bool, typer.Option("--passphrase", help="Ask for one, and encrypt the key with it.")] = False,
) -> None:
    """Make your private key, in a file that only you can read. Its public half is printed, for the trust root.

    Exit codes: 0 made, 2 not: the place is inside a workspace, or taken.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.keys import new_private, write_private

    secret = typer.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True) if passphrase else ""
    made = new_private()
    try:
        write_private(made, output, secret.encode() or None)
    except InvalidInputError as error:
        raise fail(error) from None
    deliver(made.public.text + "\n", None)
    say(f"Your private key is in {plain(str(output))}; only you can read it. Keep a copy where only you get at it.")
    say("The line above is its public half: it goes into the trust root, under your name.")


@app.command("draft")
def draft(
    name: Name,
    title: Annotated[str, typer.Option(help="What is decided, in a line.")],
    reason: Annotated[str, typer.Option(help="Why.")],
    workspace: Folder = Path(),
    environment: Annotated[str | None, typer.Option("--environment", "-e", help="Where it counts.")] = None,
    base: Annotated[
        str | None,
        typer.Option(
            "--base", metavar="BASE", help="Decide on what changed since release:FILE, or since any base of the gate."
        ),
    ] = None,
    verdict: Annotated[Literal["approve", "refuse", "waive"], typer.Option(help="What is decided.")] = "approve",
    finding: Annotated[list[str] | None, typer.Option(help="A fingerprint that is waived; may be given again.")] = None,
    days: Annotated[int | None, typer.Option(min=1, max=3650, help="How long it counts; no end without.")] = None,
    on_expiry: Annotated[
        Literal["block", "stop"],
        typer.Option("--on-expiry", help="Its end blocks the next build; or stops, too, what it let, in the gateway."),
    ] = "block",
    renew: Annotated[
        bool, typer.Option("--renew", help="Decide anew, too, on what a decision or a waiver lets until a moment.")
    ] = False,
    condition: Annotated[list[str] | None, typer.Option(help="What is agreed with it; may be given again.")] = None,
    blocking: Annotated[
        list[str] | None,
        typer.Option("--blocking", metavar="ID=TEXT", help="A condition that blocks a release until it is met."),
    ] = None,
    report: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="The report that was read: a file, or an onboarding report."),
    ] = None,
    submitter: Annotated[
        str | None, typer.Option(help="Who asks for it; you, with --sign, else your login name.")
    ] = None,
    sign: Annotated[bool, typer.Option("--sign", help="Sign it at once.")] = False,
    key: KeyFile = None,
    trust: RootFile = None,
) -> None:
    """Write a decision about the workspace as it is now, with all digests filled in.

    Without --base it covers the whole workspace; with one, what changed and needs a decision. Only what was held
    against a release counts when the next one is built; against a revision or a running gateway it counts for the gate.

    Exit codes: 0 written, 1 nothing needs a decision, 2 not written.
    """
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from gateway.trust.place import find_trust
    from gateway.trust.register import read_register
    from governance.decisions.draft import Draft, report_digest, write_draft
    from governance.decisions.signing import member_of, sign_decision

    now = datetime.now(UTC)
    try:
        if on_expiry == "stop" and days is None:
            message, remedy = "what never ends stops nothing", "say how long it counts: --days N"
            raise InvalidInputError([Diagnostic("--on-expiry", "no-end", message, remedy)])
        about = _about(workspace, environment, base, trust, now, covered_too=verdict == "refuse", renew=renew)
        if about is None:
            say("Nothing needs a decision: every change is covered, or proven compatible and exposes nothing.")
            raise typer.Exit(1)
        if report is not None:
            about = about.model_copy(update={"report": report_digest(report)})
        until = now + timedelta(days=days) if days is not None else None
        found = find_trust(workspace, trust)
        secret = private(key, workspace, trust) if sign else None
        if secret is not None and submitter is None and not found.root.value.development:
            submitter = member_of(secret, found)
        said = Draft(
            title, reason, verdict, submitter or login(), environment or "", until, condition or (), finding or (),
            blocking=conditions(blocking or ()), on_expiry=on_expiry,
        )  # fmt: skip
        file = write_draft(workspace, name, said, about, read_register(workspace), now)
    except InvalidInputError as error:
        raise fail(error) from None
    say(f"The decision is in {plain(file)}; read it: {typed('board', 'show', name, workspace=workspace)}")
    if secret is not None:
        try:
            tell_signed(sign_decision(workspace, name, secret, found, now), found)
        except InvalidInputError as error:
            raise fail(error) from None
    else:
        mark(found)


def _about(
    workspace: Path, environment: str | None, base: str | None, trust: Path | None, now: datetime, *,
    covered_too: bool, renew: bool,
) -> "About | None":  # fmt: skip
    """What a decision would be about. Raises InvalidInputError."""
    from governance.gate.judge import judge
    from governance.gate.open_changes import about_of
    from governance.release.build import judge_workspace
    from governance.release.contents import RELEASE_PREFIX
    from governance.release.open_changes import what_is_open

    if base is None or base.startswith(RELEASE_PREFIX):
        judged = judge_workspace(workspace, environment, base, trust, now, progress=say)
        return what_is_open(judged, covered_too=covered_too, renew=renew)
    verdict = judge(workspace, base, environment=environment, trust_file=trust, now=now, progress=say)
    return about_of(verdict, covered_too=covered_too)


@app.command("sign")
def sign(
    name: Annotated[str, typer.Argument(metavar="DECISION|DIGEST", help="A decision's name, or what a page shows.")],
    workspace: Folder = Path(),
    key: KeyFile = None,
    trust: RootFile = None,
    text: Annotated[
        Path | None,
        typer.Option("--text", metavar="FILE", help="The text of DIGEST, saved from the page; - for stdin."),
    ] = None,
) -> None:
    """Sign a decision: the exact bytes of its file. The signature goes beside it and into the register.

    With sha256:DIGEST the signature is printed as a line to paste into the board's pages, and nothing is written. The
    text of the digest is shown first: a digest alone is never signed.

    Exit codes: 0 signed, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from governance.decisions.detached import is_digest
    from governance.decisions.stating import approve

    now = datetime.now(UTC)
    try:
        if is_digest(name):
            _sign_apart(name, text, workspace, key)
            return
        found, _ = ground(workspace, trust)
        done = approve(workspace, name, "", private(key, workspace, trust), found, now)
    except InvalidInputError as error:
        raise fail(error) from None
    tell_signed(done, found)


def _sign_apart(digest: str, text: Path | None, workspace: Path, key: Path | None) -> None:
    """Raises InvalidInputError."""
    from governance.decisions.detached import find_text, sign_apart

    given = None
    if text is not None:
        given = sys.stdin.buffer.read() if str(text) == "-" else text.read_bytes()
    apart = find_text(digest, given, workspace)
    say("This is what you sign:")
    say("\n".join(f"  {plain(line)}" for line in apart.text.decode("utf-8", "replace").splitlines()))
    deliver(sign_apart(apart, private(key, workspace)) + "\n", None)


@app.command("verify")
def verify(
    names: Annotated[list[str] | None, typer.Argument(metavar="[DECISION]...", help="All of them without.")] = None,
    workspace: Folder = Path(),
    trust: RootFile = None,
) -> None:
    """Check the register's chain, every signature and statement, and every file against what was signed.

    Exit codes: 0 all is in force (or has ended, or was refused or revoked, where none is named), 1 a decision lacks
    signatures, was returned, has open conditions or does not count now, 2 something was forged, edited, taken out, or
    cannot be read.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.signed import decision_entry, read_decisions
    from governance.decisions.discussion import read_discussion
    from governance.reports.board import ending_soon, verdict_line

    now = datetime.now(UTC)
    try:
        found, register = ground(workspace, trust)
        decisions = read_decisions(workspace, found, register)
        for name in names or ():
            decision_entry(workspace, name)
        for one in decisions:
            read_discussion(workspace, one.name)
    except InvalidInputError as error:
        raise fail(error) from None
    chosen = [one for one in decisions if not names or one.name in names]
    for one in chosen:
        deliver(verdict_line(one, now) + "\n", None)
        if warning := ending_soon(one, now):
            say(f"warning: {warning}")
    say(f"register: {counted(register.length, 'entry', 'entries')}, head {register.head}, chain whole")
    mark(found)
    remember(found, register)
    fine = ("in force",) if names else ("in force", "ended", "refused", "revoked")
    if any(one.state(now) not in fine for one in chosen):
        raise typer.Exit(1)


@app.command("show")
def show(
    name: Annotated[str | None, typer.Argument(metavar="[DECISION]", help="One decision; the board without.")] = None,
    workspace: Folder = Path(),
    trust: RootFile = None,
    signed: Annotated[bool, typer.Option("--signed", help="The bytes that were signed, from the envelope.")] = False,
    base: Annotated[
        str | None,
        typer.Option("--base", metavar="release:FILE", help="What the decision was held against, if not in the store."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Every finding; without, as many as can be read.")] = False,
) -> None:
    """Show the members, the register and all decisions, or one decision as it is to be signed.

    With one decision also what changes by it, in words, judged as its draft was: only while the workspace has the very
    content that it covers.

    Exit codes: 0 shown, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.signed import read_decision, read_decisions
    from governance.decisions.discussion import read_discussion
    from governance.release.decided_changes import decided_changes
    from governance.reports.board import detail, discussion, overview
    from governance.reports.decided_changes import decided_lines, decided_text

    now = datetime.now(UTC)
    if signed:
        _signed_bytes(workspace, name)
        return
    try:
        found, register = ground(workspace, trust)
        if name is None:
            text = overview(found, register, read_decisions(workspace, found, register), now)
        else:
            one = read_decision(workspace, name, found, register)
            text = detail(one, now)
            with progress_line() as told:
                changes = decided_changes(one, workspace, trust, now, base, told)
            text += decided_text(decided_lines(one, changes, workspace, trust, whole=every))
            text += discussion(read_discussion(workspace, name))
    except InvalidInputError as error:
        raise fail(error) from None
    deliver(text, None)
    mark(found)


@app.command("register")
def register_missing(workspace: Folder = Path(), trust: RootFile = None) -> None:
    """Add the signatures that the register lacks, after two branches were joined.

    Exit codes: 0 it holds all, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.signed import names_in
    from governance.decisions.signing import register_signatures

    try:
        found, before = ground(workspace, trust)
        after = register_signatures(workspace, names_in(workspace), found, datetime.now(UTC))
    except InvalidInputError as error:
        raise fail(error) from None
    say(f"{counted(after.length - before.length, 'signature')} added; {after.length} in all, head {after.head}")
    remember(found, after)


@app.command("sign-root")
def sign_root(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new trust root.")],
    key: KeyFile = None,
    old: Annotated[
        Path | None, typer.Option("--old", metavar="FILE", help="The root that it follows, where DIR does not know it.")
    ] = None,
    workspace: Folder = Path(),
) -> None:
    """Sign a new trust root, which is printed first; then who is still to sign is told.

    It takes effect once enough people of the role root of the old and of the new root have signed; nobody else may.

    Exit codes: 0 signed, 2 not.
    """
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.rotation import beside, read_successor, sign_successor
    from governance.decisions.followed_root import followed_root

    try:
        new, _ = read_successor(file)
        before = followed_root(new, old, workspace)
        deliver("".join(f"{plain(line)}\n" for line in new.text.decode("utf-8", "replace").splitlines()), None)
        missing = sign_successor(file, private(key, None), before)
    except InvalidInputError as error:
        raise fail(error) from None
    say(f"The signature is in {plain(str(beside(file)))}; both files go to each node together.")
    for line in missing:
        say(f"It lacks signatures still: {plain(line)}")
    if before is None:
        say("Whether enough of the old root's people signed is not known here: name it with --old FILE")
    elif not missing:
        say("Enough people of the old and the new root have signed.")


def _signed_bytes(workspace: Path, name: str | None) -> None:
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.files import ENVELOPE_ENDING, envelope_at
    from gateway.trust.signed import judge_name

    beside = f"decisions/{name}{ENVELOPE_ENDING}"
    try:
        judge_name(name or "")
        envelope = envelope_at(workspace / beside, beside) if name is not None else None
    except InvalidInputError as error:
        raise fail(error) from None
    if envelope is None:
        say(f"tidewaiter board: {plain(beside)}: nobody has signed this")
        raise typer.Exit(2)
    sys.stdout.flush()
    sys.stdout.buffer.write(envelope.payload)
