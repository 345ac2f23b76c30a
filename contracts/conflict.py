"""Marks that git leaves in a file where two branches changed the same lines."""

import re
from typing import Final

from contracts.diagnostic import Diagnostic

_BEGINS: Final = re.compile(rb"^<{7}(?: [^\r\n]*)?\r?$", re.MULTILINE)


def unsettled(text: bytes, name: str) -> Diagnostic | None:
    """The fault of a file with such marks, at the first of them; None where there is none."""
    found = _BEGINS.search(text)
    if found is None:
        return None
    line = text.count(b"\n", 0, found.start()) + 1
    message = "two branches changed this place, and nobody has settled which one holds"
    remedy = "keep what holds, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>"
    return Diagnostic(name, "merge-conflict", message, remedy, line, 1)
