"""Patterns of names and paths in settings: `*` and `**`."""

import re
from functools import cache


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """`*` stands for what is inside a segment, `**` for any; `/orders/**` takes `/orders` too."""
    made = re.escape(text).replace(r"/\*\*", "(?:/.*)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(made, re.DOTALL)
