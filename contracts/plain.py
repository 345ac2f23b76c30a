"""Text of documents and systems is data: nothing in it takes effect on a terminal or in a CI system's log."""

import re

# Control characters (C0, DEL, C1), line and paragraph separators, and those that turn the direction of writing.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_AT_START = re.compile(r"^(\s*)(::)")
_ANYWHERE = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)
"""Azure's agent and GitHub's runner look for these in the midst of a line as well."""


def plain(text: str) -> str:
    """The text on one line, with every character that a terminal or a CI system would obey shown as its escape."""
    shown = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
    return _ANYWHERE.sub(r"##\\", _AT_START.sub(r"\1\\\2", shown))
