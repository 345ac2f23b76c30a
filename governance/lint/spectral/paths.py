"""The path of a rule: JSONPath in Spectral's dialect, whose filters are JavaScript's and which knows `~` and `^`.

`[?(@.deprecated)]` asks for what is true, where RFC 9535 asks for what is there: the same text means two things, so
the engine of RFC 9535 that overlays use cannot read these.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts.path_text import Location, value_at
from governance.diff.wording import shown
from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.filters import Spot, read_filter
from governance.lint.spectral.javascript import truthy

VISITS: Final = 2_000_000
"""How many members one path may look at in one document."""
_LENGTH: Final = 4_096
_NAME: Final = re.compile(r"[^.\[\]()~^*?@,'\"`\s]+")
_QUOTED: Final = re.compile(
    r"""\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|([^,'"\[\]?()`]+?))\s*(?=[,\]])""", re.DOTALL
)
_SLICE: Final = re.compile(r"\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(\d*)\s*)?")
_INDEX: Final = re.compile(r"\d+")
_REWRITE: Final = "rewrite it, or leave the rule out by `without`"

Chooser = Callable[[Any], Iterable[str | int]]
"""The keys that a step takes of a list or a mapping."""


class TooManyError(Exception):
    """A path looks at more than it may."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step down; `deep`: from everything below, too."""

    choose: Chooser
    deep: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A place that a path leads to."""

    location: Location
    value: Any
    is_key: bool = False
    """Whether `value` is the name of the place, not what stands there."""


@dataclass(frozen=True, slots=True)
class Path:
    """A path, read."""

    text: str
    steps: tuple[Step, ...]
    parents: int
    """How many steps back up at its end (`^`)."""
    keys: bool
    """Whether names are meant, not values (`~`)."""

    def find(self, tree: Any) -> list[Match]:
        """Where it leads. A mapping that is reached on several ways counts once. Raises TooManyError."""
        bound = _Bound()
        places: Iterable[tuple[Location, Any]] = [((), tree)]
        for number, step in enumerate(self.steps, self.parents):
            # Going back up by more than one step asks on which way one came.
            places = _taken(places, step, bound, once=number <= len(self.steps))
        found = list(places)
        if self.parents:
            ups = dict.fromkeys(location[: len(location) - self.parents] for location, _ in found if location)
            found = [(location, value_at(tree, location)) for location in ups]
        if self.keys:
            return [Match(location, str(location[-1]), is_key=True) for location, _ in found if location]
        return [Match(location, value) for location, value in found]


class _Bound:
    def __init__(self) -> None:
        self.left = VISITS

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise TooManyError


def _taken(
    places: Iterable[tuple[Location, Any]], step: Step, bound: _Bound, *, once: bool
) -> Iterator[tuple[Location, Any]]:
    seen: set[int] = set()
    for place in places:
        here: Iterable[tuple[Location, Any]] = _below(*place, bound, seen, once=once) if step.deep else (place,)
        for location, value in here:
            if not isinstance(value, dict | list):
                continue
            if not step.deep and once:
                if id(value) in seen:
                    continue
                seen.add(id(value))
            bound.spend(len(value))
            for key in step.choose(value):
                yield (*location, key), value[key]  # type: ignore[index]


def _below(
    location: Location, value: Any, bound: _Bound, seen: set[int], *, once: bool
) -> Iterator[tuple[Location, Any]]:
    """Lists and mappings here and below; a circle is gone round once."""
    waiting: list[tuple[Location, Any, frozenset[int]]] = [(location, value, frozenset())]
    while waiting:
        at, one, above = waiting.pop()
        mark = id(one)
        if mark in (seen if once else above):
            continue
        seen.add(mark)
        yield at, one
        inner = members(one)
        bound.spend(len(inner))
        further = above if once else above | {mark}
        waiting += [((*at, key), found, further) for key, found in reversed(inner) if isinstance(found, dict | list)]


def members(value: Any) -> list[tuple[str | int, Any]]:
    """The members of a mapping or the items of a list; none of anything else."""
    if isinstance(value, dict):
        return list(value.items())
    return list(enumerate(value)) if isinstance(value, list) else []


def read_path(text: str) -> Path:
    """Read one. Raises RuleFaultError for what is no such path, or is not run here."""
    if len(text) > _LENGTH:
        raise RuleFaultError("path", f"the path is longer than {_LENGTH} characters", "write several")
    return _Reader(text).path()


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.at = 0

    def refused(self, message: str, remedy: str = "correct it") -> RuleFaultError:
        return RuleFaultError("path", f"the path {shown(self.text)} {message}", remedy)

    def unread(self) -> RuleFaultError:
        return self.refused(f"cannot be read from character {self.at + 1} on")

    def starts(self, sign: str) -> bool:
        """Whether this comes next; it is taken."""
        found = self.text.startswith(sign, self.at)
        self.at += len(sign) if found else 0
        return found

    def path(self) -> Path:
        if not self.starts("$"):
            raise self.refused("does not begin with $", "begin with `$`, or with `#` and the name of an alias")
        steps: list[Step] = []
        while self.at < len(self.text) and self.text[self.at] not in "^~":
            steps.append(self._step())
        parents = 0
        while self.starts("^"):
            parents += 1
        keys = self.starts("~")
        if self.at < len(self.text):
            before = self.text[self.at - 1]
            raise self.refused(f"goes on behind `{before}`: `~` and `^` are run at its end only", _REWRITE)
        return Path(self.text, tuple(steps), parents, keys)

    def _step(self) -> Step:
        deep = self.starts("..")
        dotted = deep or self.starts(".")
        if self.starts("["):
            chosen = self._bracket()
            if not self.starts("]"):
                raise self.refused(f"lacks `]` at character {self.at + 1}")
            return Step(chosen, deep)
        if not dotted:
            raise self.unread()
        if self.starts("*"):
            return Step(_all, deep)
        name = _NAME.match(self.text, self.at)
        if name is None:
            rest = self.text[self.at :]
            asked = rest[:1] in ("@", "`")
            message = f"asks for {shown(rest[:20])}, which is not run here" if asked else "ends too early"
            raise self.refused(message, _REWRITE)
        self.at = name.end()
        return Step(_named((name[0],)), deep)

    def _bracket(self) -> Chooser:
        if self.starts("*"):
            return _all
        if self.starts("?"):
            return self._filter()
        if self.text.startswith("(", self.at):
            raise self.refused("computes a name, which is not run here", "name it, or leave the rule out by `without`")
        part = _SLICE.match(self.text, self.at)
        if part is not None:
            self.at = part.end()
            return self._slice(part)
        names: list[str] = []
        while True:
            name = _QUOTED.match(self.text, self.at)
            if name is None:
                raise self.unread()
            self.at = name.end()
            quoted = name[1] if name[1] is not None else name[2]
            names.append(name[3] if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
            if not self.starts(","):
                return _named(tuple(dict.fromkeys(names)))

    def _filter(self) -> Chooser:
        expression = read_filter(self._until_closed())

        def kept(value: Any) -> Iterable[str | int]:
            return [key for key in _all(value) if truthy(expression(Spot(value[key], key)))]

        return kept

    def _slice(self, part: re.Match[str]) -> Chooser:
        bounds = slice(*(int(text) if text else None for text in part.groups()))
        if bounds.step == 0:
            raise self.refused("has a slice that goes on by 0", "write a step of 1 or more")

        def sliced(value: Any) -> Iterable[str | int]:
            return range(len(value))[bounds] if isinstance(value, list) else ()

        return sliced

    def _until_closed(self) -> str:
        """What stands in the brackets of a filter: up to the `]` that closes it."""
        began, depth, quote = self.at, 0, ""
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == "\\":
                self.at += 1
            elif quote:
                quote = "" if sign == quote else quote
            elif sign in "'\"" or (sign == "/" and self.text[self.at - 1] in "(&|!=, "):
                quote = sign
            elif sign == "]" and not depth:
                return self.text[began : self.at]
            else:
                depth += (sign in "[(") - (sign in "])")
            self.at += 1
        raise self.refused("has a filter without its end")


def _all(value: Any) -> Iterable[str | int]:
    return list(value) if isinstance(value, dict) else range(len(value))


def _named(names: tuple[str, ...]) -> Chooser:
    def named(value: Any) -> Iterable[str | int]:
        if isinstance(value, dict):
            return [name for name in names if name in value]
        numbers = [int(name) for name in names if _INDEX.fullmatch(name)]
        return [number for number in numbers if number < len(value)]

    return named
