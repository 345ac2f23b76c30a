"""Which media type of one document is which of the other: by name, by range, by what is written after `;`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from contracts.media import read_media_type
from governance.diff.change import Effect

_UTF8: Final = frozenset(("utf-8", "utf8"))
_SUFFIXES: Final = {"+json": ("application/json", "text/json"), "+xml": ("application/xml", "text/xml")}


@dataclass(frozen=True, slots=True)
class Name:
    """A media type or a range, as messages are compared with it."""

    written: str
    essence: str
    parameters: frozenset[tuple[str, str]]

    @property
    def key(self) -> tuple[str, frozenset[tuple[str, str]]]:
        """Equal for names that mean the same."""
        return self.essence, self.parameters

    @property
    def named(self) -> str:
        """One text for all names that mean the same."""
        return ";".join((self.essence, *(f"{key}={said}" for key, said in sorted(self.parameters))))

    def covers(self, other: "Name") -> bool:
        """Whether it is a range that the other lies in, and wider than it."""
        kind = self.essence.partition("/")[0]
        if self.essence == "*/*":
            return other.essence != "*/*"
        return self.essence.endswith("/*") and not other.essence.endswith("/*") and other.essence.startswith(f"{kind}/")

    @property
    def family(self) -> str:
        """`+json` or `+xml` for what is read so; empty for the rest."""
        for suffix, plain in _SUFFIXES.items():
            if self.essence.endswith(suffix) or self.essence in plain:
                return suffix
        return ""


def name_of(written: str) -> Name:
    """A name of `content`. UTF-8 is what text is in anyway, so saying so adds nothing."""
    read = read_media_type(written)
    if read is None:
        return Name(written, written.strip().lower(), frozenset())
    parameters = {(key, said if key == "boundary" else said.lower()) for key, said in read.parameters.items()}
    return Name(
        written, read.essence, frozenset(one for one in parameters if one[0] != "charset" or one[1] not in _UTF8)
    )


@dataclass(slots=True)
class Paired:
    """Names of both sides as pairs with what the change of name does; None where the name is the same."""

    pairs: list[tuple[Name, Name, Effect | None]]
    removed: list[Name]
    added: list[Name]


def pair(old: Mapping[str, object], new: Mapping[str, object]) -> Paired:
    """Pair the names of two `content` mappings; a range may be the partner of several names that lie in it."""
    before = sorted((name_of(name) for name in old), key=lambda name: (name.essence, name.written))
    after = sorted((name_of(name) for name in new), key=lambda name: (name.essence, name.written))
    found = Paired([], before, after)
    _by(found, lambda one, other: one.key == other.key, same=True)
    exact = {id(name) for one, other, _ in found.pairs for name in (one, other)}
    _by(found, lambda one, other: one.essence == other.essence, same=False)
    _in_ranges(found, before, after, exact)
    for suffix in _SUFFIXES:
        left = [[name for name in side if name.family == suffix] for side in (found.removed, found.added)]
        if len(left[0]) == len(left[1]) == 1:
            _take(found, left[0][0], left[1][0], _by_suffix(left[0][0], left[1][0]))
    return found


def _by(found: Paired, alike: Callable[[Name, Name], bool], *, same: bool) -> None:
    for one in list(found.removed):
        other = next((other for other in found.added if alike(one, other)), None)
        if other is not None:
            _take(found, one, other, None if same else _by_parameters(one, other))


def _take(found: Paired, one: Name, other: Name, effect: Effect | None) -> None:
    found.pairs.append((one, other, effect))
    found.removed = [name for name in found.removed if name is not one]
    found.added = [name for name in found.added if name is not other]


def _by_parameters(one: Name, other: Name) -> Effect:
    if one.parameters < other.parameters:
        return Effect.NARROWS
    return Effect.WIDENS if one.parameters > other.parameters else Effect.CHANGES


def _by_suffix(one: Name, other: Name) -> Effect:
    # Who reads `+json` as JSON reads JSON (RFC 6839); who asks for `application/json` does not get `+json`.
    plain = one.essence not in _SUFFIXES[one.family] and other.essence in _SUFFIXES[other.family]
    return Effect.WIDENS if plain else Effect.CHANGES


def _in_ranges(found: Paired, before: list[Name], after: list[Name], exact: set[int]) -> None:
    """A range that stays covers what was named beside it; one that comes or goes changes what is named."""
    ranges = set()
    for one in list(found.removed):
        around = _narrowest(one, after)
        if around is not None:
            found.pairs.append((one, around, None if id(around) in exact else Effect.WIDENS))
            found.removed.remove(one)
            ranges.add(id(around))
    for other in list(found.added):
        around = _narrowest(other, before)
        if around is not None:
            found.pairs.append((around, other, None if id(around) in exact else Effect.NARROWS))
            found.added.remove(other)
            ranges.add(id(around))
    found.removed = [name for name in found.removed if id(name) not in ranges]
    found.added = [name for name in found.added if id(name) not in ranges]


def _narrowest(name: Name, among: list[Name]) -> Name | None:
    return max((other for other in among if other.covers(name)), key=lambda other: len(other.essence), default=None)
