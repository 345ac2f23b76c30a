"""Patterns of names and paths in settings: `*` and `**`."""

import re
from collections.abc import Collection
from functools import cache

from contracts.model import fault
from contracts.wording import instead


@cache
def pattern_of(text: str) -> re.Pattern[str]:
    """`*` stands for what is inside a segment, `**` for any; `/orders/**` takes `/orders` too."""
    made = re.escape(text).replace(r"/\*\*", "(?:/.*)?").replace(r"\*\*", ".*").replace(r"\*", "[^/]*")
    return re.compile(made, re.DOTALL)


def known_rule(rule: str, known: Collection[str]) -> str:
    """The id of a rule, or a pattern of ids with `*`, as a model checks it. Raises a fault where it names none."""
    if not any(pattern_of(rule).fullmatch(name) for name in known):
        raise fault("unknown-rule", f"there is no rule {rule}", instead(rule, known))
    return rule
