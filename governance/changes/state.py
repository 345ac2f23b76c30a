"""One state of a workspace, read whole: what a gateway loads, and what governance judges it by."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from pydantic import BaseModel

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.files import Files, read_files
from contracts.workspace import Workspace, assemble, authorities_of, documents_of, files_in_digest
from contracts.written import FILE_BYTES, Source, read_entry
from governance.board_rules import FILE as BOARD_FILE
from governance.board_rules import BoardRules
from governance.diff.side import Side
from governance.landscape import Landscape, read_landscape
from governance.lint.asked import rule_set_files, rule_set_of
from governance.lint.baseline import FORM, Baseline
from governance.lint.rule_sets import RuleSet
from governance.lint.settings import LintSettings
from governance.lint_file import FILE as LINT_FILE
from governance.severities import Lint
from governance.waiver_files import FOLDER as DECISIONS
from governance.waiver_files import Decided, read_waivers

M = TypeVar("M", bound=BaseModel)

FOLDER: Final = "governance"
BASELINE_FILE: Final = "governance/lint-baseline.yaml"
"""Where the gate looks for findings of lint that are known."""


@dataclass(frozen=True, slots=True)
class Digested:
    """What a gateway loads in one environment, by its digest and the files that it is over."""

    digest: str
    files: frozenset[str]


@dataclass(frozen=True, slots=True)
class State:
    """A workspace as it is or was. `documents` are those of `files` that a contract is made of."""

    shown: str
    """What it is called in reports."""
    read: Files
    workspace: Workspace
    files: Mapping[str, bytes]
    """By path: every file that a gateway compiles, all of `governance/`, and waivers."""
    documents: frozenset[str]
    digests: Mapping[str, Digested]
    """By environment, empty for none: the digest of all that a gateway loads there. With one chosen, that one alone."""
    landscape: Landscape
    lint: Lint | None
    """None where the workspace has no such file."""
    rule_set: RuleSet
    baseline: Baseline | None
    board: BoardRules
    waivers: tuple[Decided, ...]

    def documents_of(self, key: tuple[str, str]) -> tuple[str, ...]:
        """Paths of the files that a contract is made of, by api and exact version."""
        return documents_of(self.read, key)


def read_state(folder: Path, environment: str | None, shown: str = "the workspace") -> State:
    """Read a workspace and keep the bytes of what was read. Raises InvalidInputError with all faults.

    Without an environment it must load in each of those that it has, too.
    """
    files = read_files(folder)
    workspace = assemble(files, environment)
    there = [workspace, *(_in_each(files) if environment is None else ())]
    documents = _documents(files)
    governed = dict(_governed(folder))
    kept = {source.file: source.text for source in _sources(files, environment) if source.file in files.digests}
    waivers = read_waivers(folder / DECISIONS) if (folder / DECISIONS).is_dir() else ()
    kept |= {f"{DECISIONS}/{one.name}.yaml": one.source.text for one in waivers}
    kept |= documents | governed | dict(_authorities(folder, there))
    lint = _optional(folder, LINT_FILE, Lint)
    stated = lint.lint if lint is not None else LintSettings()
    rule_set = rule_set_of(stated, folder)
    # They may lie anywhere; their digests in lint.yaml hold them.
    kept |= {file: (folder / file).read_bytes() for file in rule_set_files(stated)}
    return State(
        shown=shown, read=files, workspace=workspace, files=kept, documents=frozenset(documents),
        digests={one.environment: _digested(files, one) for one in there},
        landscape=read_landscape(folder), lint=lint, rule_set=rule_set,
        baseline=_baseline(folder, governed), board=_optional(folder, BOARD_FILE, BoardRules) or BoardRules(),
        waivers=waivers,
    )  # fmt: skip


def _documents(files: Files) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for key, contract in files.contracts.items():
        before = files.document_folders[key]
        overlay = contract.document.overlay
        for file in (*contract.document.files, *([overlay] if overlay is not None else [])):
            found[f"{before}/{file.name}"] = file.text
    return found


def _sources(files: Files, environment: str | None) -> Iterator[Source]:
    yield files.settings.source
    for entries in (files.apis, files.systems, files.entities, files.consumers):
        yield from (entry.source for entry in entries.values())
    yield from (files.issuers.source, files.plans.source, files.modes.source)
    if environment is not None and environment in files.environments:
        yield files.environments[environment].source
    elif environment is None:
        yield from (entry.source for entry in files.environments.values())


def _digested(files: Files, workspace: Workspace) -> Digested:
    return Digested(workspace.digest, files_in_digest(files, workspace))


def _in_each(files: Files) -> list[Workspace]:
    found: list[Workspace] = []
    faults: list[Diagnostic] = []
    for name in files.environments:
        try:
            found.append(assemble(files, name))
        except InvalidInputError as error:
            faults += [one for one in error.diagnostics if one not in faults]
    if faults:
        raise InvalidInputError(faults)
    return found


def _authorities(folder: Path, workspaces: Iterable[Workspace]) -> Iterator[tuple[str, bytes]]:
    """Private certificate authorities that systems and issuers name, here or in an environment."""
    for name in sorted(_named(workspaces)):
        yield Path(name).as_posix(), (folder / name).read_bytes()


def _named(workspaces: Iterable[Workspace]) -> set[str]:
    return {authority for one in workspaces for authority in authorities_of(one)}


def _governed(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under `governance/`: what is judged by, whatever it is called."""
    for path in sorted((folder / FOLDER).rglob("*")):
        file = path.relative_to(folder).as_posix()
        if path.is_symlink():
            message = "this is a link: what it leads to is no part of the workspace"
            raise InvalidInputError([Diagnostic(file, "symlink", message, "put the file itself there")])
        if path.is_file():
            if path.stat().st_size > FILE_BYTES:
                message = f"the file is larger than {FILE_BYTES} bytes"
                raise InvalidInputError([Diagnostic(file, "too-large", message, "split it, or take it out")])
            yield file, path.read_bytes()


def _optional(folder: Path, file: str, model: type[M]) -> M | None:
    path = folder / file
    if not path.exists():
        return None
    entry = read_entry(path, file, model)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    return entry.value


def _baseline(folder: Path, governed: Mapping[str, bytes]) -> Baseline | None:
    """The baseline at its usual place. One that lies elsewhere is refused: it would count for nobody."""
    for file, text in governed.items():
        if file != BASELINE_FILE and f"form: {FORM}".encode() in text:
            message, remedy = "the gate reads no baseline of this name", f"call it {BASELINE_FILE}"
            raise InvalidInputError([Diagnostic(file, "unknown-file", message, remedy)])
    return _optional(folder, BASELINE_FILE, Baseline)


def side_of(state: State, key: tuple[str, str]) -> Side:
    """A contract as the comparison reads it."""
    api = state.workspace.apis[key[0]]
    return Side(
        state.workspace.contracts[key].document, "@".join(key), f"{state.read.document_folders[key]}/", in_tree=True,
        api=key[0], version=key[1], layer=api.layer, visibility=api.visibility,
    )  # fmt: skip
