"""Since when what breaks has stood as it stands, by the history of the repository; and the dates of versions."""

import posixpath
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from contracts import yaml12
from contracts.apis import Version
from contracts.diagnostic import InvalidInputError
from contracts.document import ENTRIES
from contracts.json_text import parse_json
from contracts.overlays import NAMES as OVERLAYS
from governance.changes.changed import Point
from governance.finding import Finding
from governance.git import Objects, git, listing, prefix
from governance.landscape import Landscape, read_landscape

SECONDS: Final = 5.0
"""The longest that reading history takes, all documents together."""
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_ENDINGS: Final = (".yaml", ".yml", ".json")
_GONE: Final = object()


@dataclass(frozen=True, slots=True)
class Since:
    """A day from which on something has stood as it stood at the base."""

    day: date
    exact: bool
    """Whether it was otherwise, or not there, before; False where the history before it was not read or is not here."""


@dataclass(frozen=True, slots=True)
class Promised:
    """What is known of the promises that a change breaks."""

    since: Mapping[str, Since]
    """By fingerprint of a finding about a contract; those that nothing is known of are not in it."""
    lives: Mapping[str, Version]
    """By `api@version`: stage and dates, as the workspace has them."""


def promised(folder: Path, commit: str, points: Iterable[Point], seconds: float = SECONDS) -> Promised:
    """Read it for findings about contracts. `commit` is that of a base in git; without one there is no history.

    What cannot be read is left out: this is told beside a verdict, and decides nothing.
    """
    held = [one for one in points if one.against]
    try:
        landscape = read_landscape(folder)
        since = dict(_since(folder, commit, held, landscape, seconds)) if _COMMIT.fullmatch(commit) else {}
    except InvalidInputError:
        return Promised({}, {})
    names = {one.against for one in held}
    return Promised(since, {name: life for name in sorted(names) if (life := _life(name, landscape)) is not None})


def _life(name: str, landscape: Landscape) -> Version | None:
    api, _, version = name.partition("@")
    known = landscape.apis.get(api)
    return known[0].versions.get(version) if known is not None else None


def _since(
    folder: Path, commit: str, points: list[Point], landscape: Landscape, seconds: float
) -> Iterator[tuple[str, Since]]:
    until = time.monotonic() + seconds
    tree = git("rev-parse", "--verify", "--quiet", f"{commit}^{{tree}}", folder=folder).stdout.decode().strip()
    shallow = git("rev-parse", "--is-shallow-repository", folder=folder).stdout.strip() == b"true"
    inside = prefix(folder)
    for name in sorted({one.against for one in points}):
        findings = [one.finding for one in points if one.against == name]
        path, corrected = _document(name, listing(tree, f"{inside}contracts", folder), inside, _life(name, landscape))
        if path:
            yield from _history(folder, commit, path, findings, until, shallow=shallow, corrected=corrected)


def _document(name: str, files: Iterable[str], inside: str, life: Version | None) -> tuple[str, bool]:
    """The file that a version's document is entered by, empty where none is; and whether an overlay corrects it."""
    api, _, version = name.partition("@")
    known = set(files)
    start = f"{inside}contracts/{api}/"
    stated = life.file.rstrip("/") if life is not None and life.file else ""
    for entry in (stated, version) if stated else (version,):
        flat = [f"{start}{entry}", *(f"{start}{entry}{ending}" for ending in _ENDINGS)]
        if found := next((one for one in flat if one in known), ""):
            return found, False
        if found := next((one for one in (f"{start}{entry}/{entered}" for entered in ENTRIES) if one in known), ""):
            return found, any(f"{start}{entry}/{overlay}" in known for overlay in OVERLAYS)
    return "", False


def _history(
    folder: Path, commit: str, path: str, findings: Sequence[Finding], until: float, *, shallow: bool, corrected: bool
) -> Iterator[tuple[str, Since]]:
    """Walk the commits that touched a file, the newest first, until each value was another one.

    Where an overlay corrects the file, what it states counts only as far as the finding found the same before.
    """
    wanted = {one.fingerprint: one.pointer_old for one in findings}
    stated = {one.fingerprint: one.before for one in findings}
    commits = _commits(folder, commit, path)
    with Objects(folder) as objects:
        tree = _tree(objects, folder, commits[0][0], path) if commits else None
        values = {
            one: value
            for one, pointer in wanted.items()
            if (value := _value(tree, pointer)) is not _GONE and (not corrected or _same(value, stated[one]))
        }
        days = dict.fromkeys(values, commits[0][1]) if commits else {}
        exact = not shallow
        for digest, day in commits[1:]:
            tree = _tree(objects, folder, digest, path) if days and time.monotonic() < until else None
            if tree is None:
                exact = False
                break
            for one in list(days):
                if _same(_value(tree, wanted[one]), values[one]):
                    days[one] = day
                else:
                    yield one, Since(days.pop(one), exact=True)
    # The file began with the last commit that was read, unless the history before it was not read or is not here.
    yield from ((one, Since(day, exact)) for one, day in days.items())


def _commits(folder: Path, commit: str, path: str) -> list[tuple[str, date]]:
    """Id and day (UTC) of each commit that touched a path, which counts from the top of the repository."""
    here = path[len(prefix(folder)) :]
    told = git("rev-list", "--timestamp", commit, "--", here, folder=folder).stdout.decode("ascii", "replace")
    lines = (line.split(" ") for line in told.split("\n") if line)
    return [(digest, datetime.fromtimestamp(int(seconds), UTC).date()) for seconds, digest in lines]


def _tree(objects: Objects, folder: Path, commit: str, path: str) -> Any:
    """What the file said; None where it was not there, or could not be read."""
    blob = git("rev-parse", "--verify", "--quiet", f"{commit}:{path}", folder=folder).stdout.decode().strip()
    try:
        text = objects.read(blob) if blob else b""
        parse: Callable[[bytes, str], Any] = parse_json if posixpath.splitext(path)[1] == ".json" else yaml12.parse
        return parse(text, path)
    except InvalidInputError:
        return None


def _value(tree: Any, pointer: str) -> Any:
    """What stands at a JSON pointer; a marker of its own where nothing does."""
    for name in pointer.split("/")[1:]:
        key = name.replace("~1", "/").replace("~0", "~")
        if isinstance(tree, dict) and key in tree:
            tree = tree[key]
        elif isinstance(tree, list) and key.isdecimal() and int(key) < len(tree):
            tree = tree[int(key)]
        else:
            return _GONE
    return tree


def _same(one: Any, other: Any) -> bool:
    """Whether two values are written the same: `1`, `1.0` and `true` are three things."""
    return other is not _GONE and repr(one) == repr(other)
