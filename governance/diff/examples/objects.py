"""Objects that keep to facets: what is required, each optional member alone, all, counts at the bounds."""

from collections.abc import Callable, Iterator
from itertools import chain, combinations, islice
from typing import Any, Final

from contracts.probe.raw import UnknownError
from governance.diff.examples.facets import Facets
from governance.diff.examples.judge import matches
from governance.diff.examples.lists import Values
from governance.diff.examples.parts import Budget, Part, interleave
from governance.diff.examples.sampled import sampled

_NAMES: Final = 400
_OTHERS: Final = 12
"""How many values of a member are tried beside the simplest."""
_PAIRED: Final = 8
_PATTERNS: Final = 30
_FRESH: Final = ("extra", "other", "more", "x-extra", "Extra", "extra_1", "1")


Judged = Callable[[tuple[Part, ...], str], bool]
"""Whether a name keeps to all of some parts."""


class Members:
    """What the facets of an object say of its members."""

    def __init__(self, facets: Facets, values: Values, judge: Judged, budget: Budget) -> None:
        self.facets = facets
        self._values = values
        self._judge = judge
        self._budget = budget
        self._asked: dict[str, list[Part]] = {}
        self._known: dict[str, tuple[Part, ...] | None] = {}
        self._additional: list[str] | None = None
        for name, part in facets.members:
            self.ask(name, part)

    def ask(self, name: str, part: Part) -> None:
        """One more schema that a member must keep to, and so be there."""
        self._asked.setdefault(name, []).append(part)

    def asked(self) -> tuple[str, ...]:
        """The names that must be there."""
        return tuple(dict.fromkeys((*self.facets.required, *self._asked)))

    def parts(self, name: str) -> tuple[Part, ...] | None:
        """The schemas of a member; None where it must not be there."""
        if name not in self._known:
            self._known[name] = self._parts(name)
        return self._known[name]

    def _parts(self, name: str) -> tuple[Part, ...] | None:
        self._budget.spend(1 + sum(len(part.schema.get("patternProperties") or ()) for part in self.facets.objects))
        if name in self.facets.absent:
            return None
        if self.facets.names and not self._judge(self.facets.names, name):
            return None
        found = list(self._asked.get(name, ()))
        covered: set[int] = set()
        for part in self.facets.objects:
            inner = _said_of(part.schema, name)
            covered.update(part.scope if inner else ())
            found += [part.child(one) for one in inner]
        found += [Part(one.schema, one.root) for one in self.facets.other_members if one.scope[-1] not in covered]
        return None if any(part.schema is (not part.holds) for part in found) else tuple(found)

    def of(self, name: str) -> Iterator[Any]:
        """The values of a member, the simplest first; none where it must not be there."""
        parts = self.parts(name)
        return iter(()) if parts is None else self._values(parts)

    def declared(self) -> list[str]:
        """The names that any schema knows."""
        found = dict.fromkeys(self.asked())
        for part in self.facets.objects:
            properties = part.schema.get("properties")
            found |= dict.fromkeys(islice(properties, _NAMES) if isinstance(properties, dict) else ())
        for name, others in self.facets.dependents:
            found |= dict.fromkeys((name, *others))
        return list(found)

    def additional(self) -> Iterator[str]:
        """Names that no `properties` knows: of patterns, fresh ones, and more without an end."""
        if self._additional is None:
            self._additional = list(self._more_names())
        yield from self._additional
        known = {*self._additional, *self.declared()}
        yield from (name for name in (f"extra{i}" for i in range(2, _NAMES)) if name not in known)

    def _more_names(self) -> Iterator[str]:
        made: dict[str, None] = {}
        for part in self.facets.objects:
            for pattern in islice(part.schema.get("patternProperties") or (), _PATTERNS):
                made |= dict.fromkeys(islice(sampled((pattern,), (), 1, None), 2))
        if self.facets.names:
            texts = self._values((*self.facets.names, Part({"type": "string"}, {})))
            made |= dict.fromkeys(name for name in islice(texts, 20) if isinstance(name, str))
        made |= dict.fromkeys(_FRESH)
        known = set(self.declared())
        return (name for name in made if name not in known)

    def completed(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """The names and those that have to come with them."""
        found = dict.fromkeys(names)
        for _ in range(10):
            more = [n for name, others in self.facets.dependents if name in found for n in others if n not in found]
            if not more:
                break
            found |= dict.fromkeys(more)
        return tuple(found)

    def made(self, names: tuple[str, ...], given: dict[str, Any] | None = None) -> dict[str, Any] | None:
        """An object of members of these names, and of as many more as it needs; None where that cannot be."""
        facets = self.facets
        value: dict[str, Any] = {}
        for name in self.completed(names):
            if given and name in given:
                value[name] = given[name]
                continue
            for one in self.of(name):
                value[name] = one
                break
            else:
                return None
        if len(value) < facets.min_properties:
            for name in chain(self.declared(), self.additional()):
                if len(value) >= min(facets.min_properties, _NAMES):
                    break
                for one in self.of(name) if name not in value and self.completed((name,)) == (name,) else ():
                    value[name] = one
                    break
        if facets.max_properties is not None and len(value) > facets.max_properties:
            return None
        return value if len(value) >= facets.min_properties else None


def objects(facets: Facets, values: Values, judge: Judged, budget: Budget) -> Iterator[dict[str, Any]]:
    """Objects, the smallest first."""
    if facets.min_properties > _NAMES or len(facets.required) > _NAMES:
        return
    yield from interleave(_objects(members) for members in _settled(facets, values, judge, budget))


def _settled(facets: Facets, values: Values, judge: Judged, budget: Budget) -> Iterator[Members]:
    """The members with names found for those that are only described: each in turn for the first, one for the rest."""
    described = [*facets.others, *facets.matching, *((None, part) for part in facets.named)]
    if not described:
        yield Members(facets, values, judge, budget)
        return
    plain = Members(facets, values, judge, budget)
    for turn in range(10):
        members = Members(facets, values, judge, budget)
        for i, (where, part) in enumerate(described):
            names = list(islice(_names(plain, where, part, values, judge), 10))
            at = turn if i == 0 else 0
            if at >= len(names):
                break
            members.ask(names[at], Part(True, {}) if where is None else part)
        else:
            yield members


def _names(members: Members, where: Any, part: Part, values: Values, judge: Judged) -> Iterator[str]:
    known = members.declared()
    if where is None:
        yield from (name for name in known if judge((part,), name))
        texts = values((*members.facets.names, part, Part({"type": "string"}, {})))
        yield from (name for name in islice(texts, 10) if isinstance(name, str) and name not in known)
        return
    if isinstance(where, str):
        yield from (name for name in known if _matched(where, name))
        yield from (name for name in sampled((where,), (), 0, None) if name not in known)
        return
    named = {name: where[name] for name in ("properties", "patternProperties") if name in where}
    yield from (name for name in (*known, *islice(members.additional(), 30)) if not _said_of(named, name))


def _matched(pattern: str, name: str) -> bool:
    try:
        return matches(pattern, name)
    except UnknownError:
        return False


def _said_of(schema: dict[str, Any], name: str) -> list[Any]:
    """What one schema says of a member by its name."""
    properties, patterns = schema.get("properties"), schema.get("patternProperties")
    found = [properties[name]] if isinstance(properties, dict) and name in properties else []
    if isinstance(patterns, dict):
        found += [patterns[pattern] for pattern in patterns if _matched(pattern, name)]
    return found or ([schema["additionalProperties"]] if "additionalProperties" in schema else [])


def _objects(members: Members) -> Iterator[dict[str, Any]]:
    asked = members.asked()
    optional = [name for name in members.declared() if name not in asked]
    least = members.made(asked)
    if least is not None:
        yield least
    yield from interleave(_varied(members, asked, optional, least or {}))


def _varied(
    members: Members, asked: tuple[str, ...], optional: list[str], least: dict[str, Any]
) -> Iterator[Iterator[dict[str, Any]]]:
    yield from (_changed(members, asked, name) for name in least)
    yield from (_with(members, asked, name) for name in optional)
    yield _everything(members, asked, optional)
    yield from (_with(members, asked, name) for name in islice(members.additional(), 5))
    yield _pairs(members, asked, optional)
    yield _counted(members, asked, optional)


def _changed(members: Members, names: tuple[str, ...], name: str) -> Iterator[dict[str, Any]]:
    """Other values of a member that is there anyway."""
    for value in islice(members.of(name), 1, _OTHERS):
        made = members.made(names, {name: value})
        if made is not None:
            yield made


def _with(members: Members, asked: tuple[str, ...], name: str) -> Iterator[dict[str, Any]]:
    """One member that need not be there."""
    for value in islice(members.of(name), _OTHERS):
        made = members.made((*asked, name), {name: value})
        if made is not None:
            yield made


def _everything(members: Members, asked: tuple[str, ...], optional: list[str]) -> Iterator[dict[str, Any]]:
    there = [name for name in optional if next(members.of(name), _NOTHING) is not _NOTHING]
    for names in (there, *([n for n in there if n != name] for name in there[:_PAIRED])):
        made = members.made((*asked, *names))
        if made is not None:
            yield made


def _pairs(members: Members, asked: tuple[str, ...], optional: list[str]) -> Iterator[dict[str, Any]]:
    for names in combinations((*optional[:_PAIRED], *islice(members.additional(), 1)), 2):
        made = members.made((*asked, *names))
        if made is not None:
            yield made


def _counted(members: Members, asked: tuple[str, ...], optional: list[str]) -> Iterator[dict[str, Any]]:
    """As many members as there may be, and a few more than there need be."""
    most = members.facets.max_properties
    there = [name for name in (*optional, *islice(members.additional(), 40)) if name not in asked]
    for count in dict.fromkeys([*([most] if most is not None and most < 40 else []), 3, 10]):
        made = members.made((*asked, *there[: max(count - len(asked), 0)]))
        if made is not None:
            yield made


_NOTHING: Final = object()
