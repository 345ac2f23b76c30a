"""Text of a contract, as it may stand in Python source and in Markdown: never as code, never as markup."""

import re
import textwrap
from typing import Final

_UNSAFE: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]"
)
_MARKS: Final = re.compile(r"([\\`*_{}\[\]<>#+!|~&])")
_SPAN: Final = re.compile(r"(?<!`)`[^`|\\]+`(?!`)")
"""Code words, in a form that no reader of Markdown takes for anything else, in tables neither."""
_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>")


def plain_text(text: str, longest: int) -> str:
    """The text without characters that are obeyed or not seen, without HTML tags, and not longer than so many."""
    lines = [_UNSAFE.sub(" ", line).rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    shown = re.sub(r"\n{3,}", "\n\n", _TAG.sub("", "\n".join(lines))).strip()
    return shown if len(shown) <= longest else shown[:longest].rsplit(" ", 1)[0].rstrip() + " ..."


def one_line(text: str, longest: int = 200) -> str:
    """The same on one line."""
    return " ".join(plain_text(text, longest).split())


def in_docstring(text: str) -> str:
    """Plain text, so that a docstring that holds it ends where it should."""
    return (
        text.replace("\\", "\\\\").replace('"', '\\"')
        if '"""' in text or text.endswith('"')
        else text.replace("\\", "\\\\")
    )


def in_markdown(text: str) -> str:
    """Plain text on one line, so that no character of it is markup; code words between backticks stay such."""
    shown = one_line(text, 1000)
    told, at = "", 0
    for span in _SPAN.finditer(shown):
        told += _MARKS.sub(r"\\\1", shown[at : span.start()]) + span[0]
        at = span.end()
    return told + _MARKS.sub(r"\\\1", shown[at:])


def in_code(text: str) -> str:
    """Plain text on one line, as it stands between backticks."""
    return one_line(text, 300).replace("`", "'")


def wrapped(text: str, indent: str, width: int = 110) -> str:
    """Paragraphs of plain text, each line but the first indented."""
    blocks = [" ".join(block.split()) for block in text.split("\n\n")]
    lines: list[str] = []
    for block in blocks:
        if block:
            lines += [*(textwrap.wrap(block, width - len(indent), break_long_words=False) or [block]), ""]
    return ("\n" + indent).join(lines[:-1]).replace(f"\n{indent}\n", "\n\n")
