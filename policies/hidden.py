"""What links of a pinned offer must not show: pinned segments, pinned parameters, fields that name the entity."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

from contracts import odata
from contracts.pins import Pins
from policies.target import name_of

_PARAMETER: Final = re.compile(r"\{([^{}]*)\}")
_LIST: Final = re.compile(r"\([^()]*\)")
_SHORT: Final = 2
"""Values up to this length stay in texts: they stand in too many words."""
_LONG: Final = 12
"""Values of this length stand in a link for nothing else than the pin, in whatever form."""


@dataclass(frozen=True, slots=True)
class _Segment:
    """One segment of a template with a pin in it.

    `before` is the literal segment in front of a bare parameter. Where there is none (it is the first, or follows
    another parameter), it is known by its place: `ahead` are the segments before it, None where any may stand.
    """

    name: str
    before: str
    ahead: tuple[str | None, ...]
    keys: odata.KeyTemplate | None
    names: tuple[str, ...]


class Hidden:
    """For one offer. `templates` are the paths of its contract as the system knows them."""

    def __init__(self, pins: Pins, templates: tuple[str, ...]) -> None:
        self._pins = pins
        self._query = {name.lower().encode() for name in pins.query}
        self._members = pins.places.members
        said = {value for _, _, value in pins.values if len(value) > _SHORT} | self._members
        words = "|".join(re.escape(word) for word in sorted(said, key=len, reverse=True))
        self._said = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE) if words else None
        self._long = [value.lower() for value in pins.path.values() if len(value) >= _LONG]
        self._literals: dict[int, set[str]] = {}
        """By place, the segments that other templates have there: what stands there is no pin."""
        self._segments: list[_Segment] = []
        for template in templates:
            segments = template.split("/")
            for at, segment in enumerate(segments):
                if at and "{" not in segment:
                    self._literals.setdefault(at - 1, set()).add(segment)
                pinned = [name for name in _PARAMETER.findall(segment) if name in pins.path]
                if pinned:
                    read = odata.read_template(segment)
                    before = segments[at - 1] if segment == f"{{{pinned[0]}}}" else ""
                    before = "" if "{" in before else before
                    ahead = tuple(None if "{" in one else one for one in segments[1:at])
                    made = _Segment(pinned[0], before, ahead, read[0] if read else None, read[1] if read else ())
                    if made not in self._segments:
                        self._segments.append(made)

    def path(self, segments: list[str], *, whole: bool = True) -> list[str] | None:
        """The segments behind the offer's base without the pinned ones; None where they name another entity.

        `whole`: they are a path at the system, so that a pin is known by its place, too.
        """
        kept: list[str] = []
        plain = [_plain(segment) for segment in segments] if whole else []
        for at, segment in enumerate(segments):
            if whole and (placed := self._placed(plain, at)) is not None:
                if not placed:
                    return None
                continue
            shown = self._shown(segments[at - 1] if at else "", segment)
            if shown == segment and "%25" in segment:
                shown = self._undone(segments[at - 1] if at else "", segment)
            if shown is None or (self._long and any(value in _plain(shown).lower() for value in self._long)):
                return None
            if shown:
                kept.append(shown)
        return kept

    def _placed(self, segments: list[str], at: int) -> bool | None:
        """Whether the segment is this entity's own, by its place; None where no pin stands there."""
        for one in self._segments:
            if one.keys is None and not one.before and len(one.ahead) == at:
                fits = all(known in (None, there) for known, there in zip(one.ahead, segments, strict=False))
                if fits and segments[at] not in self._literals.get(at, ()):
                    return _same(segments[at], self._pins.path[one.name])
        return None

    def _undone(self, before: str, segment: str) -> str | None:
        """As `_shown`, of a segment that was percent-encoded more than once; None where only a part of it is pinned."""
        plain = _plain(segment)
        shown = self._shown(_plain(before), plain)
        return segment if shown == plain else None if shown else shown

    def _shown(self, before: str, segment: str) -> str | None:
        """The segment as it is shown: empty where it drops out, None where it is another entity's."""
        read = odata.split(quote(unquote(segment), safe="()',=-._~:$@!*+").encode())
        for one in self._segments:
            if one.keys is None:
                if one.before and unquote(before) == one.before:
                    return "" if _same(unquote(segment), self._pins.path[one.name]) else None
                continue
            if read is None or read[0] != one.keys.name:
                continue
            if one.keys.take(read[1]) is None:
                continue
            shown: list[str] = []
            left, by_name = iter(one.names), {predicate.name: predicate for predicate in read[1]}
            for item in one.keys.items:
                predicate = by_name[item.name] if len(read[1]) > 1 else read[1][0]
                name = "" if item.form == "constant" else next(left)
                plain = odata.decode_quoted(predicate.value).decode("utf-8", "replace")
                if name not in self._pins.path:
                    mark = "'" if predicate.quoted else ""
                    literal = f"{predicate.kind.decode()}{mark}{predicate.value.decode()}{mark}"
                    shown.append(f"{predicate.name.decode()}={literal}" if predicate.name else literal)
                elif not _same(plain, self._pins.path[name]):
                    return None
            return f"{one.keys.name.decode()}({','.join(shown)})" if shown else ""
        return segment

    def query(self, query: str) -> str:
        """A link's query without pinned parameters."""
        if not query or not self._query:
            return query
        return "&".join(part for part in query.split("&") if name_of(part.encode()).lower() not in self._query)

    def redacted(self, text: str, mark: str) -> str:
        """An error's text without names and values of pins."""
        return text if self._said is None else self._said.sub(mark, text)

    def of_another(self, fragment: str) -> bool:
        """Whether the fragment of a context address names another entity."""
        before = ""
        for segment in _plain(fragment).split("/"):
            if self._shown(before, segment) is None:
                return True
            before = segment
        return False

    def fragment(self, fragment: str) -> str | None:
        """The fragment of a context address (OData JSON 4.01, section 10) without what is pinned."""
        path = self.path(fragment.split("/"), whole=False) if self._segments else fragment.split("/")
        if path is None:
            return None
        text = "/".join(path)
        names = self._members
        return _LIST.sub(lambda m: "" if names & set(re.findall(r"\w+", m[0])) else m[0], text) if names else text


def _plain(text: str) -> str:
    """The text without percent-encoding, however often it was encoded."""
    for _ in range(8):
        text, before = unquote(text), text
        if text == before:
            break
    return text


def _same(one: str, other: str) -> bool:
    return one.strip("'").lower() == other.lower()
