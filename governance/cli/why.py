"""`tidewaiter why ID`: what happened to a call, step by step."""

import json
import sqlite3
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from contracts.plain import plain
from governance.terminal import deliver, in_colour, say

if TYPE_CHECKING:
    from contracts.files import Files as Written
    from governance.call_history import Files
    from governance.call_log import LogRead, Wanted
    from policies.ledger import AuditRecord
    from policies.suspension_ledger import Turn
    from policies.unknown_effects import UnknownEffect


def command(
    given: Annotated[
        str,
        typer.Argument(metavar="ID", help="Correlation id, traceparent or its trace id, or a problem's `instance`."),
    ],
    workspace: Annotated[Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace.")] = Path(),
    environment: Annotated[
        str | None, typer.Option("--environment", "-e", metavar="NAME", help="The environment that was served.")
    ] = None,
    log: Annotated[
        list[str] | None,
        typer.Option("--log", metavar="FILE", help="An access log, also .gz; - is stdin; may be repeated."),
    ] = None,
    ledger: Annotated[Path | None, typer.Option("--ledger", metavar="FILE", help="The ledger, if elsewhere.")] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")] = "text",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Where to; else stdout.")
    ] = None,
) -> None:
    """Tell what happened to a call: who, which route, what decided, attempts, times, effect.

    Read from access logs and the ledger. Without --log, the log of the gateway that was last started here is read.

    Exit codes: 0 told, 1 no call of that name was found, 2 log, ledger or workspace cannot be read.
    """
    from governance.call_history import histories
    from governance.call_log import UnreadableLogError, Wanted, search_log
    from governance.reports.call_history import as_json, as_text, searched_lines

    try:
        wanted = Wanted.of(given)
    except ValueError:
        raise _stop("an id is a correlation id, a traceparent or its trace id, or urn:uuid:...") from None
    names, environment, notes = _logs(workspace, log, environment)
    written = _written(workspace, needed=not names and ledger is None, notes=notes)
    try:
        logs = [search_log(name, wanted) for name in names]
    except UnreadableLogError as error:
        raise _stop(str(error)) from None
    refusals, unknown, turns = _ledger(workspace, written, ledger, wanted, notes)
    lines = [line for one in logs for line in one.found]
    releases = [str(line.get("release", "")) for line in lines] + [one.release for one in refusals]
    files = _files(written, environment, releases, notes) if written is not None else None
    turns, files = _of_releases(workspace, environment or "", releases, turns, files, notes)
    told = histories(lines, refusals, unknown, files, turns)
    if form == "json":
        deliver(as_json(told, logs, notes), output)
    elif told:
        deliver(as_text(told, colour=output is None and in_colour(sys.stdout)), output)
    _tell(searched_lines(logs), notes, logs, found=bool(told))
    if not told:
        say(f"no call named {plain(given)} was found")
    raise typer.Exit(0 if told else 1)


def _stop(message: str) -> typer.Exit:
    say(f"tidewaiter why: {plain(message)}")
    return typer.Exit(2)


def _tell(searched: list[str], notes: list[str], logs: "list[LogRead]", *, found: bool) -> None:
    """What was searched is told where nothing was found, or where something in it could not be understood."""
    for line, log in zip(searched, logs, strict=True):
        if not found or log.broken:
            say(line)
    for note in notes:
        say(plain(note))


def _logs(workspace: Path, given: list[str] | None, environment: str | None) -> tuple[list[str], str | None, list[str]]:
    """The logs to read, the environment, and what could not be found."""
    from gateway.admin import SERVED_FILE

    try:
        served = json.loads((workspace / SERVED_FILE).read_text(encoding="utf-8"))
        log, last = served["access_log"], served["environment"]
    except (OSError, ValueError, KeyError, TypeError):
        served, log, last = None, None, None
    environment = environment if environment is not None else last
    if given:
        return given, environment, []
    if log:
        return [str(log)], environment, []
    why = "the gateway wrote its access lines to standard output" if served else "no gateway was started here"
    return [], environment, [f"no access log was read: {why}; name the log with --log"]


def _written(workspace: Path, *, needed: bool, notes: list[str]) -> "Written | None":
    """The workspace's files; None where there are none and the log alone can answer. Raises typer.Exit."""
    from contracts.diagnostic import InvalidInputError
    from contracts.files import read_files

    try:
        files = read_files(workspace)
    except InvalidInputError as error:
        faults = error.diagnostics
    else:
        if files.settings.value is not None:
            return files
        faults = tuple(files.faults)
    if needed:
        for fault in faults:
            say(plain(str(fault)))
        raise typer.Exit(2)
    notes.append(f"{workspace} is no workspace that can be read: which file decided is not told")
    return None


def _ledger(
    workspace: Path, written: "Written | None", given: Path | None, wanted: "Wanted", notes: list[str]
) -> "tuple[list[AuditRecord], list[UnknownEffect], tuple[Turn, ...]]":
    """What the ledger holds of the call, and every suspension. Raises typer.Exit."""
    from policies.ledger_search import refusals_of, unknown_effects_of
    from policies.suspension_ledger import turns_of

    path = given
    if path is None and written is not None and written.settings.value is not None:
        path = workspace / written.settings.value.ledger
    if path is None or (given is None and not path.is_file()):
        where = f"there is no {path}" if path is not None else "no workspace says where it is"
        notes.append(f"no ledger was read: {where}; name it with --ledger")
        return [], [], ()
    try:
        return refusals_of(path, wanted.names), unknown_effects_of(path, wanted.names), turns_of(path)
    except sqlite3.Error as error:
        raise _stop(f"the ledger {path} cannot be read: {error}") from None


def _of_releases(
    workspace: Path, environment: str, releases: list[str], turns: "tuple[Turn, ...]", files: "Files | None",
    notes: list[str],
) -> "tuple[tuple[Turn, ...], Files | None]":  # fmt: skip
    """With what was revoked on this node, and what the release that was served lets until a moment."""
    from dataclasses import replace

    from contracts.diagnostic import InvalidInputError
    from governance.ended import ends_told
    from governance.switched_off import withdrawn_here

    try:
        turns = (*turns, *withdrawn_here(workspace, environment))
    except InvalidInputError as error:
        notes.append(f"what was withdrawn is not known here: {error.diagnostics[0].message}")
    found, unknown = ends_told(workspace, environment, releases)
    notes += unknown
    return turns, replace(files, ends=found.ends) if files is not None else None


def _files(written: "Written", environment: str | None, releases: list[str], notes: list[str]) -> "Files | None":
    """The workspace as it was served: in the environment that is named, else in the one whose release it is."""
    from contracts.diagnostic import InvalidInputError
    from contracts.workspace import assemble
    from governance.call_history import Files
    from governance.provenance import Provenance

    first: Files | None = None
    wanted = next((release for release in reversed(releases) if release), "")
    for name in (environment,) if environment is not None else (None, *written.environments):
        try:
            made = Files(assemble(written, name), Provenance(written, name))
        except InvalidInputError:
            continue
        if wanted and made.workspace.digest.partition(":")[2].startswith(wanted):
            return made
        first = first or made
    if first is None:
        notes.append("the workspace has faults (`tidewaiter check` names them): which file decided is not told")
    return first
