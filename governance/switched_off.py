"""What is switched off now for the calls of a workspace: by the gateway that runs, else by the ledger and the store."""

import json
import sqlite3
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import Files
from gateway.admin import FILE, SERVED_FILE
from gateway.node import load_node, node_folder
from gateway.releases.log import LOG_FILE, environment_folder
from gateway.releases.memory import MEMORY_FILE
from gateway.releases.released import revoked_here
from governance.admin_client import NotReachedError, ask
from policies.suspension_ledger import Turn, in_force, turns_of

_COLUMNS = tuple(field.name for field in fields(Turn))


@dataclass(frozen=True, slots=True)
class Withdrawn(Turn):
    """What was revoked: no command takes it back."""

    revocation: int = 0
    """The number of the revocation that says so; 0 where the gateway that told it did not say."""


def switched_off(
    workspace: Path, files: Files, environment: str | None
) -> tuple[tuple[Turn, ...] | None, tuple[str, ...]]:
    """What is suspended or was withdrawn in an environment, and what has to be said of that; None where nobody knows.

    Raises InvalidInputError where the ledger or the store cannot be read, or lost something.
    """
    notes: tuple[str, ...] = ()
    if (workspace / FILE).is_file() and served(workspace) == (environment or ""):
        try:
            status, told = ask(workspace, None, "GET", "/suspended")
            if status == 200:
                return tuple(map(_turn, told["suspended"])), ()
        except NotReachedError as error:
            notes = (f"{error} What is switched off is told by this node's files",)
    suspended, lacking = _of_ledger(workspace, files)
    withdrawn = withdrawn_here(workspace, environment or "")
    known = None if suspended is None and not withdrawn else (*(suspended or ()), *withdrawn)
    return known, (*notes, *lacking)


def served(workspace: Path) -> str | None:
    """The environment of the gateway that was started here last, empty without one; None where none was."""
    try:
        last = json.loads((workspace / SERVED_FILE).read_text(encoding="utf-8"))["environment"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(last) if last else ""


def _turn(told: dict[str, object]) -> Turn:
    named: dict[str, Any] = {name: told[name] for name in _COLUMNS}
    number = told.get("revocation")
    if told.get("for_good"):
        return Withdrawn(**named, revocation=number if isinstance(number, int) else 0)
    return Turn(**named)


def _of_ledger(workspace: Path, files: Files) -> tuple[tuple[Turn, ...] | None, tuple[str, ...]]:
    name = files.settings.value.ledger if files.settings.value else ""
    path = workspace / name
    if not name or not path.is_file():
        return None, (f"there is no ledger {name}: what `tidewaiter suspend` has switched off is not known here",)
    try:
        return tuple(in_force(turns_of(path)).values()), ()
    except sqlite3.Error as error:
        message = f"the ledger cannot be read: {error}"
        raise InvalidInputError([Diagnostic(name, "ledger", message, "bring back a copy of it")]) from None


def withdrawn_here(workspace: Path, environment: str) -> tuple[Turn, ...]:
    """What was withdrawn on this node; nothing where it never took anything.

    Raises InvalidInputError where the store lost something.
    """
    log = environment_folder(load_node(workspace).releases, environment) / LOG_FILE
    if not log.exists() and not (node_folder(workspace) / MEMORY_FILE).exists():
        return ()
    return tuple(map(_turn, map(dict, revoked_here({"home": workspace, "environment": environment}))))
