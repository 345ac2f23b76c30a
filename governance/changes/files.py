"""Files that are no contract: what each says otherwise, key by key."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Final

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from contracts.layout import KINDS
from contracts.written import Source
from gateway.release_file import digest_of
from gateway.trust.decision import REMOVED
from governance.board_rules import FILE as BOARD_FILE
from governance.board_rules import ChangeClass, weaker_cells
from governance.changes.changed import Changed, Point
from governance.changes.concerned import concerned
from governance.changes.fields.compare import BEGUN, MODELS, Around, file_points
from governance.changes.fields.point import point_of
from governance.changes.stakes import owners_of_exposed
from governance.changes.state import BASELINE_FILE, FOLDER, State
from governance.lifecycle.terms import FILE as TERMS_FILE
from governance.lint_file import FILE as LINT_FILE
from governance.waiver_changes import changes as waiver_changes
from governance.waiver_files import FOLDER as DECISIONS

_GOVERNED: Final = {LINT_FILE: "lint", BOARD_FILE: "board", TERMS_FILE: "lifecycle", BASELINE_FILE: "baseline"}
_PLACES: Final = tuple(
    (name, re.compile(re.sub(r"<\w+>", r"([^/]+)", re.escape(kind.where).replace(r"\<", "<").replace(r"\>", ">"))))
    for name, kind in KINDS.items() if name in MODELS
)  # fmt: skip


def file_changes(base: State | None, new: State) -> Iterator[Changed]:
    """Every file that is not as it was, documents of contracts apart."""
    before = {path: text for path, text in base.files.items() if path not in base.documents} if base is not None else {}
    now = {path: text for path, text in new.files.items() if path not in new.documents}
    for path in sorted(before.keys() | now.keys()):
        if before.get(path) == now.get(path):
            continue
        kind, name = kind_of(path)
        change = change_of_file(path, base, new)
        points = tuple(_points(path, kind, name, before.get(path), now.get(path), base, new))
        points = tuple(_concerning(point, kind, name, base, new) for point in points)
        asked = tuple(one for one in points if one.classes)
        noted = tuple(one for one in points if not one.classes)
        note = "; ".join(one.finding.message for one in noted) or "written otherwise, and says the same"
        exposed = owners_of_exposed(kind, name, asked, base, new)
        yield replace(change, points=asked, noted=noted, note=note, owners_of_exposed=exposed)


def change_of_file(path: str, base: State | None, new: State) -> Changed:
    """A file without any finding, as it is in the newer state."""
    change = Changed("file", path, digest_of(new.files[path]) if path in new.files else REMOVED)
    return _answered(change, *kind_of(path), base, new)


def kind_of(path: str) -> tuple[str, str]:
    """Kind of a file, as `tidewaiter schema` names it, and the name of what it describes; empty for any other."""
    if path in _GOVERNED:
        return _GOVERNED[path], ""
    for kind, pattern in _PLACES:
        found = pattern.fullmatch(path)
        if found:
            return kind, found[1] if found.groups() else ""
    return "", ""


def _points(
    path: str, kind: str, name: str, before: bytes | None, now: bytes | None, base: State | None, new: State
) -> Iterator[Point]:
    old, source = _source(path, before), _source(path, now)
    there = source or old
    assert there is not None
    if base is None:
        yield point_of(there, "", "first-release", "there is no base: all of it is new", about=path)
    elif path.startswith(f"{DECISIONS}/"):
        yield from _waiver(path, base, new, old)
    elif not kind and (old is None or source is None):
        yield _whole_file(there, path, "the file", is_new=old is None)
    elif not kind:
        rule = "rule-file-changed" if path.startswith(f"{FOLDER}/") else "other-file-changed"
        if not _says_the_same(path, before or b"", now or b""):
            yield point_of(there, "", rule, "the file says something else", about=path)
    elif kind in BEGUN or (old is not None and source is not None):
        around = Around(base.workspace.plans, new.workspace.plans, new.read)
        yield from file_points(kind, old, source, around)
        if kind == "board":
            yield from _weaker(there, base, new)
    else:
        yield _whole_file(there, path, f"the {kind} {name}", is_new=old is None)


def _whole_file(there: Source, path: str, what: str, *, is_new: bool) -> Point:
    rule, state = ("file-added", "new") if is_new else ("file-removed", "gone")
    return point_of(there, "", rule, f"{what} is {state}", about=path, in_new=is_new)


def _source(path: str, text: bytes | None) -> Source | None:
    if text is None:
        return None
    is_tree = PurePosixPath(path).suffix in (".yaml", ".json")
    try:
        return Source(path, text, yaml12.parse(text, path) if is_tree else None)
    except InvalidInputError:
        return Source(path, text)


def _waiver(path: str, base: State, new: State, old: Source | None) -> Iterator[Point]:
    name = PurePosixPath(path).stem
    was = {one.name: one for one in base.waivers}
    now = {one.name: one for one in new.waivers}
    if name not in now:
        assert old is not None
        yield point_of(old, "", "waiver-removed", f"the waiver {name} is gone", about=path, in_new=False)
        return
    others = [one for one in base.waivers if one.name != name and one.name in now]
    held = [*others, *([was[name]] if name in was else [])]
    for told in waiver_changes(held, [*others, now[name]]):
        classes = frozenset((ChangeClass.WEAKENS,))
        yield Point(told.finding, classes, path, told.line)


def _weaker(there: Source, base: State, new: State) -> Iterator[Point]:
    cells = list(weaker_cells(base.board, new.board))
    for about, before, after in cells:
        message = f"{about}: {before} decides, and {after} would"
        yield point_of(there, "/rules", "board-weaker", message, about=about)


def _says_the_same(path: str, before: bytes, now: bytes) -> bool:
    old, new = _source(path, before), _source(path, now)
    return bool(old and new and old.tree is not None and repr(_ordered(old.tree)) == repr(_ordered(new.tree)))


def _ordered(tree: object) -> object:
    """`1`, `1.0` and `true` are three things, so what is compared is how they are written."""
    if isinstance(tree, dict):
        return [(key, _ordered(tree[key])) for key in sorted(tree)]
    return [_ordered(one) for one in tree] if isinstance(tree, list) else tree


def _answered(change: Changed, kind: str, name: str, base: State | None, new: State) -> Changed:
    """With who answers for it by the base, and the layer of an api; what is new says of itself what it likes."""
    known = (base or new).workspace
    if kind == "api":
        api = known.apis.get(name) or new.workspace.apis[name]
        owner = api.owner if name in known.apis else ""
        return replace(change, owner=owner, layer=api.layer, visibility=api.visibility)
    owners = {
        "system": {one: value.owner for one, value in known.systems.items()},
        "entity": {one: value.owner for one, value in known.entities.items()},
        "consumer": {one: value.owner for one, value in known.consumers.items()},
    }
    return replace(change, owner=owners.get(kind, {}).get(name, ""))


def _concerning(point: Point, kind: str, name: str, base: State | None, new: State) -> Point:
    """With the consumers that it concerns: those of the base where it breaks somebody, else those to come."""
    breaks = bool(point.classes & {ChangeClass.BREAKS, ChangeClass.UNPROVEN})
    state = base if breaks and base is not None else new
    entry = point.finding.pointer_new.split("/")[2] if point.finding.pointer_new.count("/") >= 2 else ""
    found = concerned(kind, name, point.finding.rule, entry.replace("~1", "/"), state.landscape)
    return replace(point, callers=found)
