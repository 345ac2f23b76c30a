"""Addresses in the examples of a contract, as consumers would see them: without pinned segments and keys."""

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Final

from contracts.pins import Places

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")

Edit = Callable[[str], str]


def text_editor(templates: Iterable[str], places: Places) -> Edit:
    """What takes the pinned segments of these paths out of a text."""
    edits: dict[tuple[str, str], Edit] = {}
    for template in templates if places.path else ():
        segments = template.split("/")
        for before, segment in pairwise(segments):
            if places.path & set(_PARAMETER.findall(segment)):
                edits.setdefault((before, segment), _edit(before, segment, places))

    def edited(text: str) -> str:
        for edit in edits.values():
            text = edit(text)
        return text

    return edited


def _edit(before: str, segment: str, places: Places) -> Edit:
    head, opening, keys = segment.partition("(")
    if not opening:
        # A bare value is known by the literal segment in front of it only.
        named = segment[0] == "{" and segment[-1] == "}" and before and "{" not in before
        found = re.compile(rf"(?<=/{re.escape(before)})/[^/?#\s\"]+" if named else r"(?!)")
        return lambda text: found.sub("", text)
    pinned = [bool(set(_PARAMETER.findall(key)) & places.path) for key in keys.rstrip(")").split(",")]
    if all(pinned):
        whole = re.compile(rf"(?<![\w.]){re.escape(head)}\([^()/]*\)/?")
        return lambda text: whole.sub("", text)
    gone = {key.partition("=")[0].strip() for key, out in zip(keys.split(","), pinned, strict=True) if out}
    listed = re.compile(rf"(?<![\w.]){re.escape(head)}\(([^()/]*)\)")

    def kept(match: re.Match[str]) -> str:
        left = [key for key in match[1].split(",") if key.partition("=")[0].strip() not in gone]
        return f"{head}({','.join(left)})"

    return lambda text: listed.sub(kept, text)
