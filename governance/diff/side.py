"""One of the two documents that are compared, and how its places are shown."""

from dataclasses import dataclass
from typing import Final

from contracts.document import Document

_WIDE: Final = 200
"""Columns of a line that was not written for people: a document on one line."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a file. `line` and `column` count from 1; 0 where the place is not known."""

    file: str
    line: int
    column: int
    in_tree: bool
    """Whether `file` is a file that lies in the working tree, so that annotations may point at it."""

    def __str__(self) -> str:
        """As an editor opens it: `file:line`, with the column where the line alone says little."""
        if not self.line:
            return self.file
        return f"{self.file}:{self.line}" + (f":{self.column}" if self.column > _WIDE else "")


@dataclass(frozen=True, slots=True)
class Side:
    """A document with what the reader knows it by."""

    document: Document
    shown: str
    """What was asked for, as messages show it: no query of a URL, no credentials."""
    folder: str = ""
    """What stands before the names of its files: `contracts/orders/`, `main:contracts/orders/`, or nothing."""
    in_tree: bool = False
    """Whether its files lie in the working tree."""
    api: str = ""
    """Of a version in a workspace; empty for any other document."""
    version: str = ""
    layer: str = ""
    """Of an api in a workspace: experience, process, system."""
    visibility: str = ""
    """Of an api in a workspace: internal, partner, public."""

    def place(self, pointer: str) -> Place:
        """Where a JSON pointer of the document was written; reads the positions of that file at the first call."""
        file, line, column = self.document.position(pointer)
        return Place(self.folder + file, line, column, self.in_tree)

    @property
    def stated_version(self) -> str:
        """`info.version` as it is written; empty where there is none."""
        info = self.document.tree.get("info")
        stated = info.get("version") if isinstance(info, dict) else None
        return "" if stated is None else str(stated)

    @property
    def title(self) -> str:
        """`info.title`; empty where there is none."""
        info = self.document.tree.get("info")
        stated = info.get("title") if isinstance(info, dict) else None
        return stated if isinstance(stated, str) else ""
