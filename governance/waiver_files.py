"""The waivers of a folder of decisions: every file there is one decision, and a waiver says so by `kind: waiver`."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import instead
from contracts.written import Source, read_entry
from governance.diff.from_files import before, refused
from governance.severities import pattern_of
from governance.waiver import Waiver

FOLDER: Final = "decisions"
WHERE: Final = "decisions/<name>.yaml"
KINDS: Final = ("waiver",)
"""What may stand as `kind` in such a file. A decision of another form says its `type`, and is none of these."""
_NOTES: Final = (".md", ".txt", ".rst")


@dataclass(frozen=True, slots=True)
class Decided:
    """A waiver and the file that it stands in."""

    name: str
    """The file's name without its ending."""
    source: Source
    waiver: Waiver


def read_waivers(folder: Path) -> tuple[Decided, ...]:
    """The waivers in a folder of decisions, by name. Raises InvalidInputError with every fault of every file."""
    if not folder.is_dir():
        raise refused(before(folder).rstrip("/"), "no-folder", "there is no such folder", "name a folder of decisions")
    read = list(_read(folder, before(folder)))
    faults = [fault for _, told in read for fault in told]
    if faults:
        raise InvalidInputError(faults)
    return tuple(decided for decided, _ in read if decided is not None)


def waiver_faults(workspace: Path, apis: Collection[str], consumers: Collection[str]) -> Iterator[Diagnostic]:
    """Faults of the waivers of a workspace, as warnings: a gateway reads none of them."""
    folder = workspace / FOLDER
    read = list(_read(folder, f"{FOLDER}/")) if folder.is_dir() else []
    faults = [fault for _, told in read for fault in told]
    faults += dangling_names((decided for decided, _ in read if decided is not None), apis, consumers)
    yield from (replace(fault, severity="warning") for fault in faults)


def dangling_names(
    waivers: Iterable[Decided], apis: Collection[str], consumers: Collection[str]
) -> Iterator[Diagnostic]:
    """Apis and consumers that a waiver names and the workspace does not have: it would never match."""
    for one in waivers:
        if not any(pattern_of(one.waiver.api).fullmatch(name) for name in apis):
            message = "there is no api of this name"
            yield one.source.fault("/api", "dangling-reference", message, instead(one.waiver.api, apis))
        for index, name in enumerate(one.waiver.consumers):
            if name not in consumers:
                message = "there is no consumer of this name"
                yield one.source.fault(f"/consumers/{index}", "dangling-reference", message, instead(name, consumers))


def _read(folder: Path, shown: str) -> Iterator[tuple[Decided | None, list[Diagnostic]]]:
    for path in sorted(folder.iterdir()):
        file = shown + path.name
        if path.name.startswith(".") or path.suffix.lower() in _NOTES:
            continue
        if path.is_symlink():
            yield None, [_fault(file, "this is a link: what it leads to is no decision of this folder", "copy it here")]
        elif path.suffix == ".yaml" and path.is_file():
            yield from _one(path, file)
        elif path.suffix.lower() in (".yaml", ".yml"):
            yield None, [_fault(file, "only files that end in .yaml are read", f"call it {path.stem}.yaml")]


def _one(path: Path, file: str) -> Iterator[tuple[Decided | None, list[Diagnostic]]]:
    entry = read_entry(path, file, Waiver)
    tree = entry.source.tree
    if isinstance(tree, dict) and "kind" not in tree and "type" in tree:
        return
    if isinstance(tree, dict) and tree.get("kind") not in KINDS:
        yield None, [_unknown_kind(entry.source, tree.get("kind"))]
    elif entry.value is None:
        yield None, entry.faults
    else:
        yield Decided(path.stem, entry.source, entry.value), []


def _unknown_kind(source: Source, kind: object) -> Diagnostic:
    if kind is None:
        return source.fault("", "missing-key", "`kind` is missing", "add `kind: waiver`")
    return source.fault("/kind", "unknown-kind", "this kind of decision is not known", instead(str(kind)[:40], KINDS))


def _fault(file: str, message: str, remedy: str) -> Diagnostic:
    return Diagnostic(file, "unknown-file", message, remedy)
