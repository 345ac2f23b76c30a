"""Documents from outside, each laid out as a vendor ships it: unchanged, with an overlay that gives what it lacks."""

import os
import re
import shutil
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from contracts.compile import CompiledOperation, Declined, compile_operation
from contracts.contract import Contract, examine
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import load_document
from contracts.servable import NO_SECURITY, NOT_PROVABLE, unservable
from contracts.settings import Bounds
from contracts.vendor_faults import security_suggestion, vendor_faults

CORPUS = os.environ.get("TIDEWAITER_CORPUS", "")
EACH_VERSION = os.environ.get("TIDEWAITER_EACH_VERSION") == "1"
"""Else one of the versions of a real api, which are much alike and take most of the time."""
_HEAD = "overlay: 1.1.0\ninfo: {title: What the test adds, version: '1'}\nactions:\n"


def documents(folder: str) -> list[Path]:
    """Every document below a folder of the outside data."""
    paths = (path for path in Path(CORPUS, folder).rglob("*") if path.suffix in (".yaml", ".yml", ".json"))
    return sorted(path for path in paths if path.is_file())


def some_documents(folder: str = "") -> list[Path]:
    """The same, but of the versions of a real api the newest; all of them where EACH_VERSION is set."""
    found = documents(folder)
    newest = {path.parent: path for path in found}
    real = Path(CORPUS, "real")
    return [path for path in found if EACH_VERSION or real not in path.parents or newest[path.parent] == path]


@dataclass
class Outcome:
    """What became of one document. `refused` says why it is no contract; `crash` what went wrong in us."""

    path: Path
    compiled: list[CompiledOperation] = field(default_factory=list)
    refused: str = ""
    crash: str = ""
    unexplained: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    """Operations that are not served, by reason."""
    findings: Counter[str] = field(default_factory=Counter)
    """What `check` would tell of the inside of the document, by code."""
    given_security: int = 0
    contract: Contract | None = None

    @property
    def operations(self) -> int:
        """All that were looked at."""
        return len(self.compiled) + self.left_out.total()


def take(path: Path, scratch: Path, *, look: bool = False) -> Outcome:
    """Load one document as a vendor's under the overlay that it needs, and compile all of it; `look` for its faults."""
    outcome = Outcome(path)
    try:
        contract = outcome.contract = _take(outcome, scratch)
        if look:
            outcome.findings.update(fault.code for fault in (*contract.warnings, *vendor_faults(contract)))
    except InvalidInputError as error:
        outcome.refused = error.diagnostics[0].code if error.diagnostics else ""
        if not all(fault.message and fault.code and fault.file for fault in error.diagnostics) or not outcome.refused:
            outcome.unexplained.append(f"refused: {error}")
    except Exception as error:  # noqa: BLE001 - the outcome is told, and fails the run
        outcome.crash = f"{type(error).__name__}: {error}"
    return outcome


def _take(outcome: Outcome, scratch: Path) -> Contract:
    folder = scratch / "document"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(outcome.path, folder / f"vendor{outcome.path.suffix}")
    contract = _read(folder)
    lacking = [operation for operation in contract.operations if unservable(operation) in (NO_SECURITY, NOT_PROVABLE)]
    if lacking:
        outcome.given_security = len(lacking)
        actions = dict.fromkeys(security_suggestion(contract, operation) for operation in lacking)
        text = "".join(f"  {line}\n" for action in actions for line in action.splitlines())
        (folder / "overlay.yaml").write_text(_HEAD + text, encoding="utf-8")
        contract = _read(folder)
    collapsed = sum(fault.code == "paths-collapse" for fault in contract.warnings)
    if collapsed:
        outcome.left_out["paths-collapse: whole paths, which no call tells from others"] = collapsed
    for operation in contract.operations:
        why = unservable(operation)
        if why is not None:
            outcome.left_out[f"{why.code}: {_kind(why.reason)}" if why.code == "vendor-fault" else why.code] += 1
            continue
        try:
            outcome.compiled.append(compile_operation(contract, operation, "outside", "1.0", Bounds()))
        except Declined as declined:
            outcome.left_out[_kind(declined.reason)] += 1
            if not declined.reason or not declined.pointer.startswith("/"):
                outcome.unexplained.append(f"{operation.method} {operation.path}: {declined.reason or 'no reason'}")
    return contract


def mended(path: Path, folder: Path) -> tuple[int, list[Diagnostic]]:
    """How many faults of a document come with actions, and those that still do under an overlay of all of them."""
    shutil.copy(path, folder / f"vendor{path.suffix}")
    before = _suggesting(folder)
    if before:
        text = "".join(
            f"  {line}\n" for one in dict.fromkeys(f.suggestion for f in before) for line in one.splitlines()
        )
        (folder / "overlay.yaml").write_text(_HEAD.replace("1.1.0", "1.0.0") + text, encoding="utf-8")
    return len(before), _suggesting(folder)


def _suggesting(folder: Path) -> list[Diagnostic]:
    contract = _read(folder)
    return [fault for fault in (*contract.warnings, *vendor_faults(contract)) if fault.suggestion]


def _read(folder: Path) -> Contract:
    contract, faults = examine(load_document(folder))
    errors = [fault for fault in faults if fault.severity == "error"]
    if contract is None or errors:
        raise InvalidInputError(errors)
    return contract


def _kind(reason: str) -> str:
    """A reason without the names in it."""
    words = re.sub(r"[A-Z]+ /\S+", "an operation", reason.split(":", maxsplit=1)[0]).split("`")
    return "...".join(words[::2]) if len(words) > 2 else words[0]
