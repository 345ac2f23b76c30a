"""`governance/lint.yaml` of a workspace as `check` judges it: a gateway never reads it, so nothing in it stops one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic
from contracts.wording import nearest
from contracts.written import read_entry
from governance.severities import Lint

FILE: Final = "governance/lint.yaml"
_OTHERS: Final = ("board.yaml", "lifecycle.yaml")


def lint_faults(folder: Path) -> Iterator[Diagnostic]:
    """Every fault of the file as a warning, and files beside it whose name is a slip."""
    path = folder / FILE
    if path.is_file():
        yield from (replace(fault, severity="warning") for fault in read_entry(path, FILE, Lint).faults)
    if not path.parent.is_dir():
        return
    for other in sorted(path.parent.iterdir()):
        slip = other.name not in (path.name, *_OTHERS) and nearest(other.name, (path.name,))
        if slip and other.suffix in (".yaml", ".yml", ".json"):
            shown = other.relative_to(folder).as_posix()
            yield Diagnostic(shown, "unknown-file", "this file is not read", f"call it {slip}", severity="warning")
