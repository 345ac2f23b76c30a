"""A vendor's tree + an overlay -> the tree that is meant, with notes of where each part came from.

Overlay Specification 1.0 to 1.2: actions in order, each on what the one before left. An action that selects nothing is
an error here: the vendor changed something that somebody had corrected.
"""

from collections.abc import Callable
from typing import Any, Final, Literal

from contracts.bundle import File
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.jsonpath import Path, PathError
from contracts.overlays import Fields, Overlay
from contracts.path_text import Location, value_at, written
from contracts.trace import Origin, Trace
from contracts.written import pointer_to
from contracts.yaml12 import DEPTH, shown

COPIED_NODES: Final = 1_000_000
"""How many nodes all actions of one overlay may put in."""

_Kind = Literal["objects", "arrays", "primitive values"]


class _ActionError(Exception):
    """One action cannot be carried out; `key` is the member of the action that is at fault."""

    def __init__(self, key: str, code: str, message: str, remedy: str) -> None:
        self.key, self.code, self.remedy = key, code, remedy
        super().__init__(message)


def apply(tree: Any, overlay: Overlay, file: File) -> Trace:
    """Change the tree in place; it must share nothing with itself. Raises InvalidInputError with all faults."""
    trace = Trace(tree)
    work = _Application(tree, overlay, trace)
    faults: list[Diagnostic] = []
    for number in range(len(overlay.actions)):
        try:
            work.act(number)
        except _ActionError as error:
            at = pointer_to("actions", number, error.key)
            faults.append(file.fault(at, error.code, str(error), error.remedy))
            if work.left < 0:
                break
    if not faults and _deeper_than(tree, DEPTH):
        faults.append(file.fault("/actions", "too-deep", f"the result is nested deeper than {DEPTH}", "put in less"))
    if faults:
        raise InvalidInputError(faults)
    return trace


class _Application:
    """One overlay being applied to one tree."""

    def __init__(self, tree: Any, overlay: Overlay, trace: Trace) -> None:
        self.tree = tree
        self.overlay = overlay
        self.trace = trace
        self.left = COPIED_NODES

    def act(self, number: int) -> None:
        """Carry out one action. Raises _ActionError."""
        action = self.overlay.actions[number]
        change = self.overlay.change(action)
        at = pointer_to("actions", number)
        if action.reference is not None:
            at = action.reference.removeprefix("#") + "/fields"
        places = self._select(action.target)
        if change.remove:
            self._remove(places)
            return
        make = self._made(change, at)
        kinds = {_kind(value_at(self.tree, place)) for place in places}
        if len(kinds) > 1:
            message = f"the path selects {' and '.join(sorted(kinds))}: one action changes one kind"
            raise _ActionError("target", "overlay-kinds", message, "make an action for each kind")
        if kinds == {"primitive values"} and self.overlay.minor < 1:
            message = "the path selects a primitive value, which overlays of 1.0 do not update"
            remedy = "select the object around it, or write `overlay: 1.1.0`"
            raise _ActionError("target", "overlay-kinds", message, remedy)
        for place in places:
            self._update(place, make, change)

    def _select(self, target: str) -> list[Location]:
        try:
            path = Path(target)
            places = list(dict.fromkeys(path.find(self.tree)))
        except PathError as error:
            raise _ActionError("target", error.code, str(error), error.remedy) from None
        if not places:
            message = f"`{shown(target)}` selects nothing in the document"
            raise _ActionError("target", "overlay-no-match", message, path.why_nothing(self.tree))
        return places

    def _made(self, change: Fields, at: str) -> Callable[[], tuple[Any, Origin]]:
        """What gives a fresh copy of what is put in, with where it comes from."""
        if change.copied is None:
            source, origin = change.update, (True, f"{at}/update")
            return lambda: (self._copy(source), origin)
        try:
            path = Path(change.copied)
            found = path.find(self.tree)
        except PathError as error:
            raise _ActionError("copy", error.code, str(error), error.remedy) from None
        if len(found) != 1:
            message = f"`copy` selects {len(found) or 'no'} nodes: it must be one"
            remedy = "narrow the path" if found else path.why_nothing(self.tree)
            raise _ActionError("copy", "overlay-no-match", message, remedy)
        source, origin = value_at(self.tree, found[0]), (False, "")
        holder = self.tree
        for step in found[0]:
            origin = self.trace.step(holder, origin, pointer_to(step)[1:])
            holder = holder[step]
        source = self._copy(source)  # as it is now: a target may lie inside what is copied
        return lambda: (self._copy(source), origin)

    def _copy(self, value: Any) -> Any:
        self.left -= 1
        if self.left < 0:
            message = f"the actions put more than {COPIED_NODES} nodes into the document"
            raise _ActionError("target", "overlay-too-large", message, "select fewer places, or share the part by $ref")
        if not isinstance(value, dict | list):
            return value
        made: Any
        if isinstance(value, dict):
            made = {key: self._copy(inner) for key, inner in value.items()}
        else:
            made = [self._copy(inner) for inner in value]
        self.trace.copied(value, made)
        return made

    def _update(self, place: Location, make: Callable[[], tuple[Any, Origin]], change: Fields) -> None:
        target = value_at(self.tree, place)
        value, origin = make()
        key = "update" if change.copied is None else "copy"
        if isinstance(target, dict):
            if not isinstance(value, dict):
                raise self._misfit(key, place, "an object", value)
            self._merge(target, value, origin, place, key)
        elif isinstance(target, list):
            if isinstance(value, list) and self.overlay.minor < 1:
                message = "overlays of 1.0 append one entry to a list, and tools differ where a list is given"
                raise _ActionError(key, "overlay-kinds", message, "write `overlay: 1.1.0`, or one action an entry")
            self._append(target, value, origin)
        else:
            if isinstance(value, dict | list):
                raise self._misfit(key, place, "a primitive value", value)
            holder, last = value_at(self.tree, place[:-1]), place[-1]
            holder[last] = value
            if isinstance(holder, dict):
                self.trace.put(holder, str(last), origin)
            else:
                self.trace.items(holder)[int(last)] = origin

    def _append(self, target: list[Any], value: Any, origin: Origin) -> None:
        notes = self.trace.items(target)
        if not isinstance(value, list):
            target.append(value)
            notes.append(origin)
            return
        for number, item in enumerate(value):
            notes.append(self.trace.step(value, origin, str(number)))
            target.append(item)

    def _merge(self, target: dict[str, Any], value: dict[str, Any], origin: Origin, place: Location, key: str) -> None:
        for name, new in value.items():
            of_new = self.trace.step(value, origin, pointer_to(name)[1:])
            old = target.get(name)
            if name not in target or (not isinstance(old, dict | list) and not isinstance(new, dict | list)):
                target[name] = new
                self.trace.put(target, name, of_new)
            elif isinstance(old, dict) and isinstance(new, dict):
                self._merge(old, new, of_new, (*place, name), key)
            elif isinstance(old, list) and isinstance(new, list):
                self._append(old, new, of_new)
            else:
                raise self._misfit(key, (*place, name), _one(old), new)

    def _misfit(self, key: str, place: Location, expected: str, value: Any) -> _ActionError:
        message = f"`{shown(written(place))}` is {expected}, and {_one(value)} is not merged with it"
        return _ActionError(key, "overlay-misfit", message, "remove it in an action before, then put the new one in")

    def _remove(self, places: list[Location]) -> None:
        if () in places:
            message = "the whole document cannot be removed"
            raise _ActionError("target", "overlay-root", message, "select what is to go")
        found = [(value_at(self.tree, place[:-1]), place[-1]) for place in places]
        for holder, key in found:
            if isinstance(holder, dict):
                del holder[key]
                self.trace.removed(holder, str(key))
        lists = {id(holder): holder for holder, _ in found if isinstance(holder, list)}
        for mark, holder in lists.items():
            notes = self.trace.items(holder)
            for index in sorted((int(key) for other, key in found if id(other) == mark), reverse=True):
                del holder[index], notes[index]


def _kind(value: Any) -> _Kind:
    return "objects" if isinstance(value, dict) else "arrays" if isinstance(value, list) else "primitive values"


def _one(value: Any) -> str:
    return "an object" if isinstance(value, dict) else "a list" if isinstance(value, list) else "a primitive value"


def _deeper_than(tree: Any, depth: int) -> bool:
    level = [tree]
    for _ in range(depth + 1):
        level = [
            inner
            for node in level
            for inner in (node.values() if isinstance(node, dict) else node)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
