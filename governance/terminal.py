"""What is written to a terminal: text of documents is data, so nothing in it takes effect there."""

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TextIO

Colour = Literal["red", "yellow", "green", "bold"]
_CODES: dict[Colour, str] = {"red": "31", "yellow": "33", "green": "32", "bold": "1"}

# Control characters (C0, DEL, C1), line and paragraph separators, and those that turn the direction of writing.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")
_CI_COMMAND = re.compile(r"^(\s*)(::|##\[|##vso\[)")


def plain(text: str) -> str:
    """The text on one line, with every character that a terminal or a CI system would obey shown as its escape."""
    shown = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
    return _CI_COMMAND.sub(r"\1\\\2", shown)


def in_colour(stream: TextIO) -> bool:
    """Whether colours are wanted: a terminal, and neither NO_COLOR, CI nor TERM=dumb say no."""
    told_not_to = os.environ.get("NO_COLOR") or os.environ.get("CI") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not told_not_to


def paint(text: str, colour: Colour, *, on: bool) -> str:
    """The text in a colour, or as it is."""
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if on else text


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns under a head, two spaces between; cells are made plain."""
    cells = [[plain(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells)
    return "".join(line + "\n" for line in lines)


def deliver(text: str, output: Path | None) -> None:
    """Write a result to the file, else to standard output. Raises OSError where the file cannot be written."""
    if output is None:
        sys.stdout.write(text)
    else:
        output.write_text(text, encoding="utf-8")


def say(text: str) -> None:
    """A message about the work, to standard error."""
    sys.stderr.write(text + "\n")
