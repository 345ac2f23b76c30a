"""Path templates of contracts, made ready to be matched against raw paths."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from contracts import odata
from contracts.raw_path import CANONICAL, ESCAPE, UnsafePathError, canonical
from contracts.yaml12 import shown


class InvalidTemplateError(Exception):
    """A path template that no call can be matched to for sure. `code` and `remedy` are for a diagnostic."""

    def __init__(self, code: str, message: str, remedy: str) -> None:
        self.code, self.message, self.remedy = code, message, remedy
        super().__init__(f"{message}; {remedy}")


@dataclass(frozen=True, slots=True)
class Text:
    """A segment with literal text and parameters: `report.{format}`, `{a}-{b}`. One literal more than parameters."""

    literals: tuple[bytes, ...]

    @property
    def order(self) -> tuple[int, int, tuple[bytes, ...]]:
        """More literal text first, then fewer parameters."""
        return (-sum(map(len, self.literals)), len(self.literals), self.literals)

    def take(self, segment: bytes) -> tuple[bytes, ...] | None:
        """The values; the last separators win (`a.b.json` for `{name}.{format}` is `a.b` and `json`). Linear."""
        literals = self.literals
        first, last = literals[0], literals[-1]
        end = len(segment) - len(last)
        if not segment.startswith(first) or not segment.endswith(last) or _inside_escape(segment, end):
            return None
        values: list[bytes] = []
        for literal in reversed(literals[1:-1]):
            at = segment.rfind(literal, len(first), max(end - 1, 0))
            while at >= 0 and (_inside_escape(segment, at) or _inside_escape(segment, at + len(literal))):
                at = segment.rfind(literal, len(first), at + len(literal) - 1)
            if at < 0:
                return None
            values.append(segment[at + len(literal) : end])
            end = at
        if end <= len(first):
            return None
        values.append(segment[len(first) : end])
        return tuple(reversed(values))


def _inside_escape(segment: bytes, place: int) -> bool:
    return b"%" in segment[max(place - 2, 0) : place]


class Bare:
    """A segment that is one parameter."""


BARE: Final = Bare()
Part = bytes | Text | odata.KeyTemplate | Bare


@dataclass(frozen=True, slots=True)
class Template:
    """A path template, ready to be matched. `names` are its parameters in order."""

    text: str
    parts: tuple[Part, ...]
    names: tuple[str, ...]

    @property
    def shape(self) -> tuple[object, ...]:
        """Equal for templates that take the same paths."""
        return tuple(part.shape if isinstance(part, odata.KeyTemplate) else part for part in self.parts)


_AFTER_COMMA: Final = re.compile(r",\s+(?=[^{}]*(?:\{|\)))")
_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")


def read_template(text: str) -> Template:
    """A path template of a contract. Raises InvalidTemplateError where no call could ever be matched for sure."""
    if not text.startswith("/"):
        raise InvalidTemplateError(
            "path-template", f"the path `{shown(text)}` lacks its `/`", f"write `/{shown(text)}`"
        )
    literal = _PARAMETER.sub("", text)
    if "{" in literal or "}" in literal:
        raise InvalidTemplateError("path-template", f"a brace in `{shown(text)}` has no partner", "close every `{`")
    names = tuple(_PARAMETER.findall(text))
    if "" in names or any("/" in name for name in names):
        message = f"a parameter of `{shown(text)}` has no name, or a slash in it"
        raise InvalidTemplateError("path-template", message, "write `{name}`")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        message = f"`{{{shown(twice)}}}` stands twice in `{shown(text)}`"
        raise InvalidTemplateError("path-template", message, "give each parameter its own name")
    for question, what in (("?", "a query string"), ("#", "a fragment")):
        if question in literal:
            message = f"the path `{shown(text)}` holds {what}, so no call can have it"
            raise InvalidTemplateError("path-template", message, "declare query parameters under `parameters`")
    try:
        canonical(_literal(_PARAMETER.sub("x", text)))
        parts = tuple(_part(segment, text) for segment in text.split("/")[1:])
    except UnsafePathError as error:
        reason = str(error).removeprefix("The path ").rstrip(".")
        message = f"no call can have the path `{shown(text)}`: it {reason}"
        raise InvalidTemplateError("path-template", message, "write it without that") from None
    return Template(text, parts, names)


def _literal(text: str) -> bytes:
    """Literal text as it stands in a raw path."""
    return quote(text, safe="%:/?#[]@!$&'()*+,;=~").encode()


def _part(segment: str, template: str) -> Part:
    if "{" not in segment:
        return canonical(b"/" + _literal(segment))[1:]
    pieces = _PARAMETER.split(_AFTER_COMMA.sub(",", segment))
    literals = tuple(_escaped(piece) for piece in pieces[::2])
    written = "".join(f"{{{piece}}}" if n % 2 else literals[n // 2].decode() for n, piece in enumerate(pieces))
    keys = odata.read_template(written)
    if keys is not None:
        return keys[0]
    if literals == (b"", b""):
        return BARE
    if any(not literal for literal in literals[1:-1]):
        message = f"two parameters of `{shown(template)}` stand side by side, so nothing says where one ends"
        raise InvalidTemplateError("path-template", message, "put text between them, or make them one")
    return Text(literals)


def _escaped(piece: str) -> bytes:
    return ESCAPE.sub(lambda escape: CANONICAL[escape[0]], _literal(piece))


def collapsing(one: str, other: str) -> InvalidTemplateError:
    """Two templates of one contract that take the same paths (OpenAPI 3.1 4.8.8.2)."""
    message = f"`{shown(other)}` and `{shown(one)}` are the same path: no call tells them apart"
    return InvalidTemplateError("paths-collapse", message, "make them one path item, or add text that differs")
