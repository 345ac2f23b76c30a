"""Where each part of a tree came from, once an overlay has changed it.

A part that nobody touched stands where its container stands in the vendor's files; so only what changed is noted.
"""

from dataclasses import dataclass, field
from typing import Any

Origin = tuple[bool, str]
"""Whether a part is the overlay's, and its JSON pointer there; else its pointer in the vendor's tree."""

Touched = dict[str, Origin] | list[Origin | int]
"""What was put into a mapping, by key; the items of a list, each with where it came from or which it was before."""


@dataclass(slots=True)
class Trace:
    """The notes of one overlay. `root` is the tree that it was applied to, as it is now."""

    root: Any = field(repr=False)
    # By the identity of the container, which is held so that no other object takes its identity.
    _touched: dict[int, tuple[Any, Touched]] = field(default_factory=dict, repr=False)

    def put(self, holder: dict[str, Any], key: str, origin: Origin) -> None:
        """Note that a member came from elsewhere."""
        notes = self._notes(holder)
        assert isinstance(notes, dict)
        notes[key] = origin

    def items(self, holder: list[Any]) -> list[Origin | int]:
        """The notes of a list, to be kept as long as the list is."""
        notes = self._notes(holder)
        assert isinstance(notes, list)
        return notes

    def removed(self, holder: dict[str, Any], key: str) -> None:
        """Note that a member is gone."""
        notes = self._notes(holder)
        assert isinstance(notes, dict)
        notes.pop(key, None)

    def copied(self, source: Any, copy: Any) -> None:
        """What is known of a container holds for its copy."""
        known = self._touched.get(id(source))
        if known is not None:
            notes = known[1]
            self._touched[id(copy)] = (copy, dict(notes) if isinstance(notes, dict) else list(notes))

    def step(self, holder: Any, origin: Origin, token: str) -> Origin:
        """Where the member or item of a container came from, `origin` being the container's; `token` as in pointers."""
        own = origin[0], f"{origin[1]}/{token}"
        known = self._touched.get(id(holder))
        if known is None:
            return own
        notes = known[1]
        if isinstance(notes, dict):
            return notes.get(token.replace("~1", "/").replace("~0", "~"), own)
        note = notes[int(token)] if token.isdecimal() and int(token) < len(notes) else own
        return (origin[0], f"{origin[1]}/{note}") if isinstance(note, int) else note

    def origin(self, pointer: str) -> Origin:
        """Where what stands at a pointer came from, as far as the pointer leads."""
        holder, found = self.root, (False, "")
        for token in pointer.split("/")[1:]:
            found = self.step(holder, found, token)
            name = token.replace("~1", "/").replace("~0", "~")
            if isinstance(holder, dict):
                holder = holder.get(name)
            elif isinstance(holder, list) and token.isdecimal() and int(token) < len(holder):
                holder = holder[int(token)]
            else:
                holder = None
        return found

    def _notes(self, holder: Any) -> Touched:
        known = self._touched.get(id(holder))
        if known is None:
            notes: Touched = {} if isinstance(holder, dict) else list(range(len(holder)))
            known = self._touched[id(holder)] = (holder, notes)
        return known[1]
