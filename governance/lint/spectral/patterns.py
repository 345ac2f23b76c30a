"""Regular expressions of JavaScript on a linear-time engine (RE2)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import re2

from governance.diff.wording import shown
from governance.lint.spectral.fault import RuleFaultError

_BYTES: Final = 8_388_608
_SLASHES: Final = re.compile(r"/(.+)/([a-z]*)", re.DOTALL)
_FLAGS: Final = {"i": "i", "s": "s", "m": "m", "g": "", "y": "", "d": "", "u": "", "v": ""}
_TOKEN: Final = re.compile(
    r"\\(?:u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|c[A-Za-z]|[pP]\{[^}]*\}|k<|.)|\(\?<(?![=!])|.", re.DOTALL
)
_KEPT: Final = frozenset("dDwWbBnrtfv")
_SPACE: Final = r"\t\n\v\f\r \x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff}"
_REMEDY: Final = "write it without, or leave the rule out by `without` in governance/lint.yaml"


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression, ready."""

    source: str
    """As it was written."""
    engine: Any

    def found_in(self, text: str) -> bool:
        """Whether it matches anywhere in a text."""
        return self.engine.search(text) is not None


def pattern(text: str) -> Pattern:
    """Read it as Spectral does: `/text/flags`, or the text alone. Raises RuleFaultError where it cannot run."""
    slashes = _SLASHES.fullmatch(text)
    return compiled(slashes[1], slashes[2]) if slashes is not None else compiled(text, "")


@lru_cache(maxsize=4_096)
def compiled(source: str, flags: str) -> Pattern:
    """Raises RuleFaultError for what a linear-time engine cannot run."""
    unknown = [flag for flag in flags if flag not in _FLAGS]
    if unknown:
        raise RuleFaultError("pattern", f"the pattern {shown(source)} has a flag {unknown[0]}", "take it out")
    options = re2.Options()
    options.log_errors = False
    options.max_mem = _BYTES
    kept = "".join(dict.fromkeys(_FLAGS[flag] for flag in flags))
    try:
        text = "".join(_translated(source, dotall="s" in flags))
        return Pattern(source, re2.compile(f"(?{kept}){text}" if kept else text, options))
    except re2.error as error:
        message = f"the pattern {shown(source)} does not run in linear time: {_why(source, str(error))}"
        raise RuleFaultError("pattern", message, _REMEDY) from None


def _why(source: str, said: str) -> str:
    if re.search(r"\(\?<?[=!]", source):
        return "it looks ahead or behind"
    return said.removeprefix("b").strip("'\"")


def _translated(source: str, *, dotall: bool) -> Iterator[str]:
    """The expression in RE2's words. Raises RuleFaultError for references back."""
    in_class = False
    for match in _TOKEN.finditer(source):
        piece = match[0]
        if piece[0] == "\\" and len(piece) > 1:
            yield _escape(piece, source, in_class=in_class)
        elif piece == "(?<":
            yield "(?P<"
        elif piece == "." and not in_class and not dotall:
            yield r"[^\n\r\x{2028}\x{2029}]"
        elif piece == "[" and in_class:
            yield r"\["
        elif piece == "-" and in_class and _is_lone(source, match.start()):
            yield r"\-"
        else:
            in_class = piece == "[" or (in_class and piece != "]")
            yield piece


def _is_lone(source: str, at: int) -> bool:
    """Whether a hyphen inside brackets stands beside a whole class, where no range can begin or end."""
    return bool(re.search(r"\\[dDwWsS]$", source[max(0, at - 2) : at]) or re.match(r"\\[dDwWsS]", source[at + 1 :]))


def _escape(piece: str, source: str, *, in_class: bool) -> str:
    kind, rest = piece[1], piece[2:]
    if kind == "k" or (kind.isdecimal() and kind != "0"):
        message = f"the pattern {shown(source)} does not run in linear time: it refers back to a group"
        raise RuleFaultError("pattern", message, _REMEDY)
    if kind == "0":
        return r"\x{0}"
    if kind in "ux" and rest:
        return rf"\x{{{rest.strip('{}')}}}"
    if kind == "c" and rest:
        return rf"\x{{{ord(rest) % 32:x}}}"
    if kind in "pP" and rest:
        return piece
    if kind == "b" and in_class:
        return r"\x{8}"
    if kind == "s":
        return _SPACE if in_class else f"[{_SPACE}]"
    if kind == "S" and not in_class:
        return f"[^{_SPACE}]"
    # Any other escaped character is itself.
    return piece if kind in _KEPT or kind == "S" else re.escape(kind)
