"""`governance/lint.yaml` of a workspace as `check` judges it: a gateway never reads it, so nothing in it stops one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import nearest
from contracts.written import FILE_BYTES, Entry, read_entry
from governance.lint.asked import FILE, rule_set_files, rule_set_of
from governance.lint.baseline import FORM
from governance.severities import Lint

__all__ = ["FILE", "lint_faults"]

_OTHERS: Final = ("board.yaml", "lifecycle.yaml")


def lint_faults(folder: Path) -> Iterator[Diagnostic]:
    """Every fault of the file as a warning, and files beside it whose name is a slip."""
    path = folder / FILE
    entry = read_entry(path, FILE, Lint) if path.is_file() else None
    if entry is not None:
        yield from (replace(fault, severity="warning") for fault in (*entry.faults, *_rule_set_faults(folder, entry)))
    if not path.parent.is_dir():
        return
    read = {path, *(folder / name for name in _named(entry))}
    for other in sorted(path.parent.iterdir()):
        slip = other not in read and other.name not in _OTHERS and nearest(other.name, (path.name,))
        if slip and other.suffix in (".yaml", ".yml", ".json") and not _is_baseline(other):
            shown = other.relative_to(folder).as_posix()
            yield Diagnostic(shown, "unknown-file", "this file is not read", f"call it {slip}", severity="warning")


def _named(entry: Entry[Lint] | None) -> tuple[str, ...]:
    """The files that hold rule sets."""
    return rule_set_files(entry.value.lint) if entry is not None and entry.value is not None else ()


def _rule_set_faults(folder: Path, entry: Entry[Lint]) -> tuple[Diagnostic, ...]:
    if entry.value is None:
        return ()
    try:
        rule_set_of(entry.value.lint, folder, entry.source)
    except InvalidInputError as error:
        return error.diagnostics
    return ()


def _is_baseline(path: Path) -> bool:
    """Whether a file is a baseline, whatever it is called."""
    try:
        with path.open("rb") as stream:
            return FORM.encode() in stream.read(FILE_BYTES)
    except OSError:
        return False
