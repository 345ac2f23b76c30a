"""`tidewaiter verify REPORT`: is an onboarding report, to the byte, the one that was decided on?"""

import re
from pathlib import Path
from typing import Annotated, Final

import typer

from contracts.plain import plain
from governance.cli.comparing import answering
from governance.terminal import deliver, say

_DIGITS: Final = re.compile(r"[0-9a-f]{64}")


def command(
    report: Annotated[
        Path | None,
        typer.Argument(metavar="[REPORT]", help="An onboarding report's folder; without, the one that DECISION names."),
    ] = None,
    digest: Annotated[
        str | None,
        typer.Option("--digest", "-D", metavar="D", help="The digest that it must have: sha256:... or its 64 digits."),
    ] = None,
    decision: Annotated[
        str | None, typer.Option("--decision", metavar="NAME", help="The signed decision that names its digest.")
    ] = None,
    workspace: Annotated[
        Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace that the decision lies in.")
    ] = Path(),
    trust: Annotated[
        Path | None,
        typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none."),
    ] = None,
) -> None:
    """Hold a report against a digest that you have from elsewhere: yours, or that of a signed decision.

    With --decision alone the report is looked for in the workspace, by its digest. Without any of them the register is
    walked: its chain, every signature, every file, as `board verify` does.

    Exit codes: 0 it is the one; 1 something in it was changed, added or taken out, each is named; 2 there is nothing
    to hold it against, or it cannot be read.
    """
    from governance.onboard.kept import report_of
    from governance.onboard.verified import verify_report

    if report is None and decision is None:
        if digest is not None:
            say("tidewaiter verify: name the folder of the report that is to be held against it")
            raise typer.Exit(2)
        from governance.cli.board import verify as walk_register

        walk_register(None, workspace, trust)
        return
    if (digest is None) == (decision is None):
        say("tidewaiter verify: what a folder says of itself proves nothing: name --digest D, or --decision NAME")
        raise typer.Exit(2)
    with answering("verify", "verified"):
        anchor, whose = (
            (_named(digest), "the digest that was named")
            if digest is not None
            else _decided(decision or "", workspace, trust)
        )
        kept = report_of(workspace, anchor)
        report = report or _there(kept, anchor, workspace)
        try:
            found = verify_report(report, anchor)
        except OSError as error:
            say(
                f"{plain(str(report))}: {(error.strerror or type(error).__name__).lower()}: name the folder of a report"
            )
            raise typer.Exit(2) from None
    for fault in found.faults:
        deliver(f"{plain(str(report))}/{fault}\n", None)
    if found.faults:
        told = "it was changed since" if found.digest == anchor else f"its digest is {found.digest or 'none'}"
        say(f"not the one: {told}; {anchor} is {whose}")
        if kept is not None and kept.resolve() != report.resolve():
            say(f"a report with that digest lies in {plain(str(kept))}")
        raise typer.Exit(1)
    deliver(f"fine: {plain(str(report))}: {found.files + 1} files, {found.digest}, by {whose}\n", None)


def _named(digest: str) -> str:
    """The digest as reports state theirs; its digits may stand alone, as `sha256sum` prints them.

    Raises InvalidInputError.
    """
    from contracts.diagnostic import Diagnostic, InvalidInputError

    digits = digest.strip().lower().removeprefix("sha256:")
    if _DIGITS.fullmatch(digits):
        return f"sha256:{digits}"
    message = f"{digest[:80]!r} is no digest"
    remedy = "a digest is `sha256:` and 64 hexadecimal digits, or these digits alone: sha256sum REPORT/manifest.json"
    raise InvalidInputError([Diagnostic("--digest", "bad-digest", message, remedy)])


def _there(kept: Path | None, digest: str, workspace: Path) -> Path:
    """Raises InvalidInputError where no report with that digest lies in the workspace."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from governance.onboard.place import FOLDER

    if kept is not None:
        return kept
    message = f"no report with the digest {digest} lies here"
    remedy = "name its folder: tidewaiter verify REPORT --decision NAME"
    raise InvalidInputError([Diagnostic(str(workspace / FOLDER), "no-report", message, remedy)])


def _decided(name: str, workspace: Path, trust: Path | None) -> tuple[str, str]:
    """The digest in a decision that enough people signed. Raises InvalidInputError."""
    from contracts.diagnostic import Diagnostic, InvalidInputError
    from gateway.trust.place import find_trust
    from gateway.trust.register import REGISTER, read_register
    from gateway.trust.signed import decision_entry, read_decisions

    root = find_trust(workspace, trust)
    register = read_register(workspace)
    root.hold(register, REGISTER)
    decision_entry(workspace, name)
    # All of them: what was taken out elsewhere in the register would not be seen from one.
    one = next(each for each in read_decisions(workspace, root, register) if each.name == name)
    if one.decision.about.report is None:
        message = "this decision names no report"
        raise InvalidInputError([Diagnostic(one.file, "no-report", message, "name the one that does, or --digest D")])
    if one.settled is None:
        message = f"not enough people signed it: {one.count or 'nobody did'}"
        raise InvalidInputError([Diagnostic(one.file, "not-settled", message, f"tidewaiter board sign {name}")])
    people = " and ".join(one.count.people if one.count else ())
    return one.decision.about.report, f"the digest in {one.file}, which {people} signed"
