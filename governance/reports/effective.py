"""What becomes different between two releases: their files, and who gains or loses what."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Final

from contracts.counted import counted
from contracts.plain import plain
from contracts.workspace import Workspace
from governance.json_output import json_output
from governance.release.effective import TURNS, Effect, Turn
from governance.release.opened import Opened
from governance.reports.markdown_text import marked
from governance.terminal import Colour, paint

_TITLES: Final[dict[Turn, str]] = {"loses": "Loses", "differs": "Is different", "gains": "Gains"}
_COLOURS: Final[dict[Turn, Colour]] = {"loses": "red", "differs": "yellow", "gains": "green"}
_NAMES: Final = 6
_ANYBODY: Final = "callers without a credential"
BOUND: Final = (
    "Not told here: suspensions, which lie outside releases; addresses, credentials, capacity and modes of "
    "enforcement, whose files `release diff` lists without --effective."
)


def file_lines(old: Opened, new: Opened) -> tuple[tuple[str, str], ...]:
    """Each file that is not the same: `added`, `changed` or `removed`, and its path."""
    found = [("added", name) for name in new.files.keys() - old.files.keys()]
    found += [("removed", name) for name in old.files.keys() - new.files.keys()]
    found += [("changed", name) for name in old.files.keys() & new.files.keys() if old.files[name] != new.files[name]]
    return tuple(sorted(found, key=lambda one: one[1]))


def files_as_text(old: Opened, new: Opened) -> str:
    """A line for each file, and one that sums up."""
    lines = [f"{what:8} {name}" for what, name in file_lines(old, new)]
    return "".join(plain(line) + "\n" for line in (*lines, f"{counted(len(lines), 'file')} differ, {_both(old, new)}"))


def effects_as_text(old: Opened, new: Opened, effects: Sequence[Effect], *, colour: bool = False) -> str:
    """The losses first; each with the consumers, the entities, and what it is."""
    lines = [plain(_both(old, new))]
    for turn in TURNS:
        found = [one for one in effects if one.turn == turn]
        if found:
            lines += ["", paint(_TITLES[turn], _COLOURS[turn], on=colour)]
            lines += [f"  {plain(_who(one))}: {plain(_said(one))}" for one in found]
    lines += ["", _sum(effects), BOUND]
    return "".join(line + "\n" for line in lines)


def effects_as_markdown(old: Opened, new: Opened, effects: Sequence[Effect]) -> str:
    """The same as Markdown."""
    lines = ["# Who gains or loses what", "", marked(_both(old, new)), ""]
    for turn in TURNS:
        found = [one for one in effects if one.turn == turn]
        if found:
            lines += [f"## {_TITLES[turn]}", "", *(f"- **{marked(_who(one))}**: {marked(_said(one))}" for one in found)]
            lines.append("")
    return "\n".join([*lines, marked(_sum(effects)), "", marked(BOUND)]) + "\n"


def as_json(old: Opened, new: Opened, effects: Sequence[Effect] | None) -> str:
    """The same for machines; `effects` is null where they were not asked for."""
    return json_output({
        "old": _described(old), "new": _described(new),
        "files": [{"change": what, "file": name} for what, name in file_lines(old, new)],
        "effects": None if effects is None else [asdict(one) for one in effects],
    })  # fmt: skip


def _described(one: Opened) -> dict[str, str]:
    workspace: Workspace = one.workspace
    return {"shown": one.shown, "digest": one.digest, "environment": workspace.environment or ""}


def _both(old: Opened, new: Opened) -> str:
    return f"{old.shown} ({old.digest[:19]}) -> {new.shown} ({new.digest[:19]})"


def _who(effect: Effect) -> str:
    return _listed([one or _ANYBODY for one in effect.consumers]) or "nobody"


def _said(effect: Effect) -> str:
    entities = f" for {_listed(effect.entities)}" if effect.entities and effect.what != "entity" else ""
    kind = {"operation": "calls", "end": "calls"}.get(effect.what, "")
    return f"{kind}{entities}: {effect.words}".removeprefix(": ").strip() if kind or entities else effect.words


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMES
    return ", ".join(names[:_NAMES]) + (f" and {more} more" if more > 0 else "")


def _sum(effects: Sequence[Effect]) -> str:
    if not effects:
        return "Nobody gains or loses anything."
    return ", ".join(_counts(effects)) + "."


def _counts(effects: Sequence[Effect]) -> Iterator[str]:
    for turn, word in (("loses", "loss"), ("differs", "difference"), ("gains", "gain")):
        count = sum(one.turn == turn for one in effects)
        if count:
            yield counted(count, word, "losses" if word == "loss" else "")
