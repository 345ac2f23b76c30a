"""What rules look at: one document, read once, with what its workspace says of it."""

import datetime as dt
import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from contracts.document import Document
from governance.diff.walk.reading import Node, Reading
from governance.lint.operations import Operation, operations_of
from governance.lint.spectral.tree import Trees
from governance.lint.values import Values


class Subject:
    """A document. What several rules need is read at the first need and kept."""

    def __init__(
        self, document: Document, *, layer: str = "", visibility: str = "", at: dt.date | None = None,
        check_seconds: float = 10.0, file: str = "",
    ) -> None:  # fmt: skip
        """`at` is the day that sunsets are held against; `check_seconds` bounds what examples take."""
        self.document = document
        self.file = file
        """Its file, from the folder of the workspace on; empty for a document of no file."""
        self.layer = layer
        """experience, process or system; empty for a document of no workspace."""
        self.visibility = visibility
        self.at = at or dt.datetime.now(tz=dt.UTC).date()
        self.reading = Reading(document)
        self.check_seconds = check_seconds
        self.limits: dict[str, None] = {}
        """Bounds that were hit, in words."""

    @property
    def tree(self) -> Mapping[str, Any]:
        """The document."""
        return self.document.tree

    @cached_property
    def every_operation(self) -> tuple[Operation, ...]:
        """All operations, those that the API calls too."""
        return tuple(operations_of(self.reading))

    @cached_property
    def operations(self) -> tuple[Operation, ...]:
        """The operations that callers call."""
        return tuple(one for one in self.every_operation if not one.turned)

    @cached_property
    def values(self) -> Values:
        """Every value that is sent or answered, with the operations that it belongs to."""
        return Values(self.reading, self.every_operation)

    @cached_property
    def trees(self) -> Trees:
        """The document as rules of Spectral's form see it."""
        return Trees(self.document)

    @cached_property
    def deadline(self) -> float:
        """When judging examples ends, as `time.monotonic` tells it; counted from the first need."""
        return time.monotonic() + self.check_seconds

    def components(self, kind: str) -> dict[str, Node]:
        """The components of one kind by name, as they are written."""
        holder = self.reading.child(self.reading.child(self.reading.root, "components"), kind)
        found = ((name, holder.child(name)) for name in holder.members if isinstance(name, str))
        return {name: node for name, node in found if isinstance(node.value, dict | bool)}
