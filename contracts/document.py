"""A contract's document: its tree, its digest and its places. References to other files are resolved here only.

A document is a flat file that refers to nothing outside itself, or a folder with an entry (`openapi.yaml` or
`openapi.json`) whose references stay inside that folder: no symlink, no absolute path, no network. Files that are
referred to are put under one member of the root, so every `$ref` of the tree begins with `#`. An overlay in the folder
is applied to the tree, and each part then knows which of the files it came from. Directives of code generators
are taken out: nothing in a document may say what Python imports.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

from contracts import bundle, yaml12
from contracts.bundle import File
from contracts.diagnostic import Diagnostic, InvalidInputError, Severity
from contracts.overlays import NAMES, read_overlay
from contracts.trace import Trace
from contracts.wording import nearest
from contracts.written import pointer_to

ENTRIES: Final = ("openapi.yaml", "openapi.yml", "openapi.json", "vendor.yaml", "vendor.yml", "vendor.json")
"""What the entry of a folder may be called, in the order of choice."""


class UnresolvedReferenceError(Exception):
    """A pointer that leads nowhere inside the document, or a reference that comes back to itself (`circular`)."""

    def __init__(self, message: str, *, circular: bool = False) -> None:
        self.circular = circular
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class Document:
    """One self-contained document. The tree is shared and must not be changed."""

    name: str
    """The entry file, relative to its folder."""
    tree: dict[str, Any]
    digest: str
    """`sha256:...` over the names and bytes of all files, the overlay's too; the entry's own name does not count."""
    files: tuple[File, ...] = field(repr=False)
    """The entry first; the overlay is not among them."""
    overlay: File | None = field(default=None, repr=False)
    """The corrections that the tree holds."""
    trace: Trace | None = field(default=None, repr=False)

    @property
    def is_vendors(self) -> bool:
        """Whether somebody else wrote the document: its name says so, or the overlay on it."""
        return self.overlay is not None or PurePosixPath(self.name).stem == "vendor"

    def resolve(self, reference: str) -> Any:
        """The value at a JSON pointer (RFC 6901) or a `#/...` reference; a `$ref` on the way is followed.

        Raises UnresolvedReferenceError.
        """
        return self.step(reference)[0]

    def follow(self, value: Any, pointer: str) -> tuple[Any, str]:
        """The value and its pointer once every `$ref` at its top is followed (its siblings are left out).

        Raises UnresolvedReferenceError where a reference leads nowhere or round in a circle.
        """
        seen: set[str] = set()
        while isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if pointer in seen:
                raise UnresolvedReferenceError(f"`{yaml12.shown(value['$ref'])}` refers to itself", circular=True)
            seen.add(pointer)
            value, pointer = self.step(value["$ref"])
        return value, pointer

    def step(self, reference: str) -> tuple[Any, str]:
        """As `resolve`, with the pointer of what was found; a `$ref` that is found there is not followed."""
        pointer = unquote(reference[1:]) if reference.startswith("#") else reference
        if pointer and not pointer.startswith("/"):
            raise UnresolvedReferenceError(f"`{yaml12.shown(reference)}` is not a pointer into the document")
        value: Any = self.tree
        reached = ""
        for token in pointer.split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(value, dict) and name not in value and "$ref" in value:
                value, reached = self.follow(value, reached)
            if isinstance(value, dict) and name in value:
                value = value[name]
            elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
                value = value[int(name)]
            else:
                raise UnresolvedReferenceError(f"`{yaml12.shown(reference)}` leads nowhere")
            reached = f"{reached}/{token}"
        return value, reached

    def position(self, pointer: str) -> tuple[str, int, int]:
        """File, line and column (from 1) of a pointer, or of the nearest place around it; (name, 0, 0) for none."""
        try:
            pointer = self.step(pointer)[1]
        except UnresolvedReferenceError:
            pointer = pointer.removeprefix("#")
        if self.trace is not None and self.overlay is not None:
            ours, pointer = self.trace.origin(pointer)
            if ours:
                return (self.overlay.name, *self.overlay.place(pointer))
        file, inside = bundle.origin(self.files, pointer)
        return (file.name, *file.place(inside))

    def as_written(self, reference: str) -> str:
        """A reference as people wrote it: by the file that it leads to."""
        file, inside = bundle.origin(self.files, unquote(reference.removeprefix("#")))
        return f"{file.name}#{inside}" if file.under and reference.startswith("#") else reference

    def fault(
        self,
        pointer: str,
        code: str,
        message: str,
        remedy: str = "",
        severity: Severity = "error",
        suggestion: str = "",
    ) -> Diagnostic:
        """A diagnostic at a place of this document."""
        file, line, column = self.position(pointer)
        return Diagnostic(file, code, message, remedy, line, column, pointer, severity, suggestion)


def load_document(source: Path, root: Path | None = None) -> Document:
    """Read a document from a file, or from a folder by its entry.

    `root` is the folder that references may not leave; without it, a file refers to nothing outside itself. The
    overlay in that folder is applied. Raises InvalidInputError with every fault of every file, named relative to the
    folder.
    """
    if source.is_dir():
        root = root or source
        entries = [source / name for name in ENTRIES if (source / name).exists()]
        if not entries:
            message, remedy = "the folder has no entry document", f"call it {ENTRIES[0]} or {ENTRIES[-1]}"
            raise InvalidInputError([Diagnostic(source.name, "no-entry", message, remedy)])
        source = entries[0]
    folder = root if root is not None else source.parent
    name = source.relative_to(folder).as_posix()
    corrections = [other for other in NAMES if (folder / other).exists() or (folder / other).is_symlink()]
    if root is None or not corrections:
        return _document(bundle.load(folder, name, flat=root is None))
    if len(corrections) > 1:
        message, remedy = f"there are two overlays, {' and '.join(corrections)}", "join them into one"
        raise InvalidInputError([Diagnostic(corrections[1], "two-overlays", message, remedy)])
    return _corrected(folder, name, bundle.read_file(folder, corrections[0]))


def parse_document(text: bytes, name: str = "openapi.yaml") -> Document:
    """Read a document that is one text; a name that ends in `.json` is read as JSON. Raises InvalidInputError."""
    return _document(bundle.load_text(text, name))


def _document(files: tuple[File, ...]) -> Document:
    entry = files[0]
    return Document(entry.name, entry.tree, bundle.digest(files), files)


def _corrected(folder: Path, name: str, file: File) -> Document:
    from contracts import overlay  # noqa: PLC0415 - what reads paths is loaded where there is an overlay

    actions = read_overlay(file)
    traces: list[Trace] = []

    def correct(tree: dict[str, Any], member: str) -> None:
        before = set(tree.get(member, ()))
        traces.append(overlay.apply(tree, actions, file))
        if set(tree.get(member, ())) != before:
            message = f"an action adds or removes a whole file under `{member}`"
            raise InvalidInputError([file.fault("/actions", "overlay-file", message, "change what is inside a file")])

    files = bundle.load_corrected(folder, name, correct)
    return Document(name, files[0].tree, bundle.digest((*files, file)), files, file, traces[0])


def references(document: Document) -> Iterator[tuple[str, str]]:
    """Every `$ref` of the tree with the pointer where it stands."""
    return bundle.references(document.tree)


def nearest_reference(document: Document, reference: str) -> str:
    """What to write instead of a reference that leads nowhere."""
    pointer = unquote(reference.removeprefix("#"))
    if not pointer.startswith("/"):
        return "write `#/components/...`"
    holder, _, token = pointer.rpartition("/")
    try:
        siblings = document.follow(*document.step(holder))[0]
    except UnresolvedReferenceError:
        return f"there is no `{yaml12.shown(document.as_written('#' + holder))}` either: correct the path"
    names = list(siblings) if isinstance(siblings, dict) else []
    close = nearest(token.replace("~1", "/").replace("~0", "~"), names)
    if close:
        return f"write `{yaml12.shown(document.as_written(f'#{holder}{pointer_to(close)}'))}`"
    return f"add it under `{yaml12.shown(document.as_written('#' + holder))}`"
