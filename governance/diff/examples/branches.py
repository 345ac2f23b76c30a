"""The ways in which all schemas of one value can be kept at once: every choice made, one after the other."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, Final

from governance.diff.examples.facets import Extra, Facets
from governance.diff.examples.negation import Parts, ways_to_break
from governance.diff.examples.parts import ANNOTATIONS, Budget, Part, Sameness, interleave, key, target

_CHOICES: Final = 40
"""More choices than this for one value are left to the judge."""
_ALTERNATIVES: Final = 1_000
_COMPARED: Final = 40
_ALL_BROKEN: Final = 2
_IN_PLACE: Final = 300
_STANDS_ALONE: Final = frozenset(
    {"type", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength",
     "maxLength", "pattern", "format", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties",
     "dependentRequired", "dependentSchemas", "allOf", "anyOf", "oneOf", "prefixItems", "not", "propertyNames",
     "patternProperties", "$ref", "properties", "required"}
)  # fmt: skip
"""Keywords whose meaning does not hang on the keywords beside them."""
_CHANGED_FIRST: Final = {"properties": 1, "$ref": 1, "allOf": 1, "type": 2}


Options = list[Parts]


class Branches:
    """Spreads conjunctions of schemas into facets."""

    def __init__(self, budget: Budget, kept: Callable[[Facets, Parts], Part | None]) -> None:
        """`kept`: a part that must be broken and that a simple value of the facets keeps; None for none."""
        self._budget = budget
        self._kept = kept
        self.same = Sameness(budget)

    def of(self, parts: Parts) -> Iterator[Facets]:
        """Facets, the first choices of everything first. Bounded by the one who asks. Raises SpentError."""
        return self._grow(Facets(), parts, (), (), 0)

    def _grow(
        self, facets: Facets, waiting: Parts, choices: tuple[Options, ...], unwanted: Parts, made: int
    ) -> Iterator[Facets]:
        todo = list(waiting)
        while todo:
            self._budget.spend()
            part = todo.pop(0)
            if not part.holds:
                unwanted = (*unwanted, part)
            elif not isinstance(part.schema, dict):
                if part.schema is False:
                    return
            elif len(facets.said) < _IN_PLACE and all(part.schema is not known.schema for known in facets.said):
                part = _scoped(part)
                facets = facets.with_keywords(part)
                if not facets.possible():
                    return
                conjuncts, options, breaks = _applied(part)
                todo += conjuncts
                choices = (*choices, *options)
                unwanted = (*unwanted, *breaks)
        unwanted = tuple(part for part in unwanted if part.schema is not False)
        if any(part.schema is True for part in unwanted) or self._contradicts(facets, unwanted):
            return
        if made >= _CHOICES:
            yield facets
        elif choices:
            # A choice that is already made by the others comes for free, so the shortest go first.
            shortest = min(range(len(choices)), key=lambda i: len(choices[i]))
            rest = (*choices[:shortest], *choices[shortest + 1 :])
            ordered = self._changed_first(choices[shortest][:_ALTERNATIVES], unwanted)
            yield from interleave(self._grow(facets, option, rest, unwanted, made + 1) for option in ordered)
        elif unwanted:
            # Of many, only those are broken on purpose that are not broken anyway.
            first = unwanted[0] if len(unwanted) <= _ALL_BROKEN else self._kept(facets, unwanted)
            if first is None:
                yield facets
                return
            others = tuple(part for part in unwanted if part is not first)
            yield from interleave(self._grow(facets, way, (), others, made + 1) for way in self._ways(first, facets))
        else:
            yield facets

    def _changed_first(self, options: Options, unwanted: Parts) -> Options:
        """The options that are no branches of what must be broken, then the others: they cannot break it so easily."""
        if not unwanted or len(options) < 3:
            return options
        branches = [branch for part in unwanted for branch in _alternatives(part)]
        if not branches:
            return options
        texts = {key(branch.schema) for branch in branches}

        def known(at: int, part: Part) -> bool:
            near = branches if len(branches) <= _COMPARED else branches[max(at - 1, 0) : at + 2]
            return any(self.same.parts(part, branch) for branch in near) or (
                "$ref" not in key(part.schema) and key(part.schema) in texts
            )

        old = [len(option) == 1 and known(at, option[0]) for at, option in enumerate(options)]
        return [option for option, seen in sorted(zip(options, old, strict=True), key=lambda pair: pair[1])]

    def _contradicts(self, facets: Facets, unwanted: Parts) -> bool:
        return any(self.same.parts(known, part) for part in unwanted for known in facets.said)

    def _ways(self, part: Part, facets: Facets) -> Iterator[Parts]:
        if not isinstance(part.schema, dict):
            return
        keywords = [name for name in part.schema if isinstance(name, str) and name not in ANNOTATIONS]
        if "$dynamicRef" in keywords:
            yield ()
        streams = []
        for keyword in sorted(keywords, key=lambda name: _CHANGED_FIRST.get(name, 0)):
            if keyword in _STANDS_ALONE and any(self._states(known, part, keyword) for known in facets.said):
                continue
            streams.append(self._unlike(ways_to_break(part, keyword), facets))
        yield from interleave(streams)

    def _unlike(self, ways: Iterator[Parts], facets: Facets) -> Iterator[Parts]:
        """The ways that do not ask a member to break what the others say of it."""
        for way in ways:
            member = way[0].schema.get(Extra.MEMBER) if way and isinstance(way[0].schema, dict) else None
            if member is None or not any(
                self.same.schemas(known.schema["properties"][member[0]], known.root, member[1].schema, member[1].root)
                for known in facets.objects
                if isinstance(known.schema.get("properties"), dict) and member[0] in known.schema["properties"]
            ):
                yield way

    def _states(self, known: Part, part: Part, keyword: str) -> bool:
        return keyword in known.schema and self.same.keyword(
            keyword, known.schema[keyword], known.root, part.schema[keyword], part.root
        )


def _scoped(part: Part) -> Part:
    if "unevaluatedProperties" in part.schema or "unevaluatedItems" in part.schema:
        return replace(part, scope=(*part.scope, id(part.schema)))
    return part


def _applied(part: Part) -> tuple[list[Part], list[Options], list[Part]]:
    """What a schema applies to the same value: to be kept, to be chosen from, to be broken."""
    schema: dict[Any, Any] = part.schema
    conjuncts: list[Part] = []
    options: list[Options] = []
    breaks: list[Part] = []
    if "$ref" in schema:
        conjuncts.append(part.beside(target(part.root, schema["$ref"])))
    if isinstance(schema.get("allOf"), list):
        conjuncts += [part.beside(branch) for branch in schema["allOf"]]
    if "not" in schema:
        breaks.append(part.beside(schema["not"], holds=False))
    options += [
        _branches(part, schema[keyword], alone=keyword == "oneOf")
        for keyword in ("anyOf", "oneOf")
        if isinstance(schema.get(keyword), list)
    ]
    if "if" in schema and ("then" in schema or "else" in schema):
        condition = part.beside(schema["if"])
        options.append(
            [
                (condition, part.beside(schema.get("then", True))),
                (condition.opposite(), part.beside(schema.get("else", True))),
            ]
        )
    if isinstance(schema.get("dependentSchemas"), dict):
        for name, inner in list(schema["dependentSchemas"].items())[:_CHOICES]:
            away, there = {Extra.ABSENT: name}, {"required": [name]}
            options.append([(part.beside(away),), (part.beside(there), part.beside(inner))])
    return conjuncts, options, breaks


def _alternatives(part: Part) -> list[Part]:
    """The branches of the alternatives of a schema."""
    schema = part.schema
    for _ in range(20):
        if not isinstance(schema, dict) or "$ref" not in schema:
            break
        schema = target(part.root, schema["$ref"])
    if not isinstance(schema, dict):
        return []
    return [
        part.beside(branch)
        for keyword in ("anyOf", "oneOf")
        if isinstance(schema.get(keyword), list)
        for branch in schema[keyword][:_ALTERNATIVES]
    ]


def _branches(part: Part, branches: list[Any], *, alone: bool) -> Options:
    few = branches[:_ALTERNATIVES]
    ways: list[Parts] = [(part.beside(branch),) for branch in few]
    if len(branches) > _ALTERNATIVES:
        ways.append((part.beside(branches[-1]),))
    if alone and len(few) <= 12:
        ways += [
            (part.beside(branch), *(part.beside(other, holds=False) for other in few if other is not branch))
            for branch in few
        ]
    return ways
