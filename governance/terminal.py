"""What is written to a terminal: text of documents is data, so nothing in it takes effect there."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, TextIO

from contracts.plain import plain

Colour = Literal["red", "yellow", "green", "bold"]
_CODES: dict[Colour, str] = {"red": "31", "yellow": "33", "green": "32", "bold": "1"}


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
