"""What `gate` and `explain finding` have in common: their options, and what is told besides the verdict."""

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from governance.gate.verdict import GateVerdict
    from governance.promised import Promised
    from governance.reports.gate_context import Context

BASE_HELP = "What it is held against: a branch, tag or commit; live:URL, the admin listener of a gateway; release:FILE."
FolderOption = Annotated[
    Path, typer.Option("--workspace", "-w", metavar="DIR", help="The workspace; the current folder else.")
]
EnvironmentOption = Annotated[
    str | None,
    typer.Option(
        "--environment", "-e", metavar="NAME", help="Judge it as it is there; without, every environment's file."
    ),
]
TrustOption = Annotated[
    Path | None,
    typer.Option("--trust", metavar="FILE", help="The trust root, where the node's settings name none."),
]
DayOption = Annotated[
    datetime | None,
    typer.Option(
        "--at", metavar="DATE", formats=["%Y-%m-%d"], help="The day held against sunsets and waivers; today else."
    ),
]


def context_of(
    verdict: "GateVerdict", base: str, workspace: Path, environment: str | None, trust: Path | None,
    at: datetime | None, *, history: bool,
) -> "Context":  # fmt: skip
    """How a verdict was asked for, and what is known besides. `history`: since when what breaks has been promised."""
    from governance.landscape import read_landscape
    from governance.promised import Promised
    from governance.reports.gate_context import Context, titles_of

    given = {
        "--workspace": str(workspace) if workspace != Path() else "",
        "--environment": environment or "",
        "--trust": str(trust) if trust is not None else "",
        "--at": at.date().isoformat() if at is not None else "",
    }
    options = tuple(part for name, value in given.items() if value for part in (name, value))
    told = _promised(verdict, workspace, base) if history else Promised({}, {})
    folder, board = _folder_in_repository(workspace), _board(workspace, trust)
    return Context(base, options, folder, board, told, titles_of(read_landscape(workspace)))


def _folder_in_repository(workspace: Path) -> str:
    from contracts.diagnostic import InvalidInputError
    from governance.git import prefix

    try:
        return prefix(workspace)
    except InvalidInputError:
        return ""  # there is no git here: the base is a release, or what is served


def _board(workspace: Path, trust: Path | None) -> str:
    from contracts.diagnostic import InvalidInputError
    from gateway.trust.place import find_trust
    from governance.reports.gate_context import board_of

    try:
        return board_of(find_trust(workspace, trust))
    except InvalidInputError:
        return ""  # the verdict says that there is no trust root


def _promised(verdict: "GateVerdict", workspace: Path, base: str) -> "Promised":
    from governance.board_rules import ChangeClass
    from governance.promised import promised

    hit = {ChangeClass.BREAKS, ChangeClass.UNPROVEN}
    points = [point for one in verdict.rulings for point in one.change.points if point.classes & hit]
    commit = "" if base.startswith(("live:", "release:")) else verdict.made.base_digest
    return promised(workspace, commit, points)
