"""Documents from a file, a folder, or a text that stands alone, with every fault at the name that the person knows."""

import stat
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts import bundle
from contracts.bundle import FILE_BYTES
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.document import ENTRIES, Document, load_document, parse_document
from governance.diff.side import Side

_TOGETHER: Final = "put it and what it refers to into one folder, and name the folder or the file in it"
_ENDINGS: Final = (".yaml", ".yml", ".json")
_HEAD_BYTES: Final = 4_096
_BEGINNING: Final = "name a file that begins with `openapi: 3.1.0`"


def refused(name: str, code: str, message: str, remedy: str) -> InvalidInputError:
    """One fault of something that was named and cannot be compared."""
    return InvalidInputError([Diagnostic(name, code, message, remedy)])


def from_folder(path: Path) -> Side:
    """A folder by its entry, the overlay in it applied. Raises InvalidInputError."""
    shown = before(path)
    return Side(loaded(path, shown), shown or "./", shown, in_tree=True)


def from_file(path: Path) -> Side:
    """A file with what it refers to in its folder; what is no regular file (`<(command)`) stands alone.

    Raises InvalidInputError.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            with path.open("rb") as stream:
                return Side(alone(stream.read(FILE_BYTES + 1), str(path), ""), str(path))
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise refused(str(path), "unreadable", f"it cannot be read: {reason}", "name another file") from None
    # The person who names a link means what it leads to; links inside the folder are refused.
    target = path.resolve() if path.is_symlink() else path
    shown = before(target.parent)
    if status.st_size == 0:
        raise refused(shown + target.name, "empty-file", "the file is empty", _BEGINNING)
    return Side(loaded(target, shown), shown + target.name, shown, in_tree=True)


def loaded(source: Path, shown: str, root: Path | None = None) -> Document:
    """The document at a path; `shown` is what its folder is called. Raises InvalidInputError.

    An entry (`openapi.yaml`, `vendor.yaml`) brings the overlay beside it; a file of another name is read as it stands.
    `root` is the folder that references may not leave, where that is not the document's own.
    """
    try:
        if source.is_dir() or root is not None:
            return load_document(source, root)
        if source.name in ENTRIES:
            return load_document(source, source.parent)
        files = bundle.load(source.parent, source.name, flat=False)
    except InvalidInputError as error:
        raise InvalidInputError(_placed(fault, source, shown) for fault in error.diagnostics) from None
    return Document(files[0].name, files[0].tree, bundle.digest(files), files)


def alone(text: bytes, name: str, shown: str) -> Document:
    """A document that is one text and refers to no file. Raises InvalidInputError."""
    if len(text) > FILE_BYTES:
        remedy = "split it into files in one folder, and name that"
        raise refused(shown + name, "too-large", f"the document is larger than {FILE_BYTES} bytes", remedy)
    if not text.strip():
        raise refused(shown + name, "empty-file", "the document is empty", "give it one that begins with `openapi:`")
    try:
        return parse_document(text, name)
    except InvalidInputError as error:
        faults = []
        for fault in error.diagnostics:
            if fault.code == "reference-outside":
                message = fault.message.replace("a flat document has only itself", "this document came without files")
                fault = replace(fault, message=message, remedy=_TOGETHER)  # noqa: PLW2901 - the same fault, reworded
            faults.append(replace(_said(fault), file=shown + fault.file))
        raise InvalidInputError(faults) from None


def before(folder: Path) -> str:
    """What stands before the names of a folder's files: from the current folder on where it lies in that."""
    if folder.is_absolute() and folder.is_relative_to(Path.cwd()):
        folder = folder.relative_to(Path.cwd())
    text = folder.as_posix()
    return "" if text == "." else text.rstrip("/") + "/"


def _placed(fault: Diagnostic, source: Path, shown: str) -> Diagnostic:
    if fault.code == "no-entry":
        documents = sorted(p.name for p in source.iterdir() if p.suffix in _ENDINGS and _says_openapi(p))
        remedy = f"name the file itself: {shown}{documents[0]}" if len(documents) == 1 else fault.remedy
        return replace(fault, file=shown.rstrip("/") or ".", remedy=remedy)
    if fault.code == "reference-outside":
        message = fault.message.replace("the folder of this version", "the document's folder")
        remedy = fault.remedy.replace("the folder of this version", "its folder, or name the folder above as a whole")
        return replace(fault, file=shown + fault.file, message=message, remedy=remedy)
    return replace(_said(fault), file=shown + fault.file)


def _says_openapi(path: Path) -> bool:
    try:
        with path.open("rb") as stream:
            return b"openapi" in stream.read(_HEAD_BYTES)
    except OSError:
        return False


def _said(fault: Diagnostic) -> Diagnostic:
    return replace(fault, remedy=_BEGINNING) if fault.code == "not-openapi" else fault
