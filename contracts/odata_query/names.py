"""The names of query options: which are read, which are known only to be refused, and which spelling means which.

OData 4.01 lets `$` be left out and takes any case (URL conventions, section 5); systems differ, so a name that only
looks like an option's counts as that option, and one spelling of it is taken.
"""

import re
from typing import Final

READ: Final = frozenset({
    "$filter", "$select", "$expand", "$orderby", "$top", "$skip", "$count", "$inlinecount", "$format", "$skiptoken",
})  # fmt: skip
"""Options that are read by their grammar."""
REFUSED: Final = frozenset({
    "$apply", "$compute", "$search", "$deltatoken", "$delta", "$query", "$index", "$id", "$levels", "$schemaversion",
    "$root", "$it", "$this", "$batch", "$entity", "$crossjoin", "$all", "$links", "$ref", "$value", "$metadata",
})  # fmt: skip
"""Known by name only: what they would do cannot be judged here, or they are no options at all."""
V4_ONLY: Final = frozenset({"$count"})
V2_ONLY: Final = frozenset({"$inlinecount"})
_AROUND: Final = re.compile(r"[\s\x00-\x20\x7f-\xa0]++")


def option_of(name: str) -> str | None:
    """The option that some server may take a decoded name for, with `$` and in lower case; None for other names.

    Everything that begins with `$` or `@` is an option, known or not.
    """
    folded = _AROUND.sub("", name).casefold()
    if folded.startswith(("$", "@")):
        return folded
    with_sign = f"${folded}"
    return with_sign if with_sign in READ or with_sign in _BARE else None


_BARE: Final = frozenset({
    "$apply", "$compute", "$search", "$deltatoken", "$levels", "$index", "$schemaversion",
})  # fmt: skip
"""Of the refused ones, those that OData 4.01 takes without `$`."""
