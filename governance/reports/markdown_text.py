"""Text of documents inside Markdown: shown as it is, whatever marks it holds."""

import re
from typing import Final

from contracts.plain import plain

_MARKS: Final = re.compile(r"([\\`*_{}\[\]()#+\-.!|~=])")
# What GitHub makes a mention, a cross reference or a link of, where it stands in plain text.
_CALLS: Final = re.compile(r"(@|#|://|www\.)(?=\S)", re.IGNORECASE)


def marked(text: str) -> str:
    """The text with every mark of Markdown and HTML as a character; mentions and links are broken up."""
    shown = _MARKS.sub(r"\\\1", plain(text)).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _CALLS.sub(lambda found: f"{found[1]}\u2060", shown)


def code(text: str) -> str:
    """The text as code, which may hold backticks; `|` would end a cell of a table, so it is spelt."""
    shown = plain(text)
    if not shown:
        return ""
    longest = max((len(run) for run in re.findall(r"`+", shown)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
