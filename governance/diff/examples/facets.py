"""What the schemas of one value say together, keyword by keyword, with every choice made."""

from copy import copy
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import Any, Final

from governance.diff.examples.parts import Part, fraction, key, whole

KINDS: Final = ("null", "boolean", "integer", "fraction", "string", "array", "object")
"""The types, with the numbers that are not whole as one of their own."""
NUMBERS: Final = frozenset({"integer", "fraction"})
_TYPES: Final = {kind: frozenset({kind}) for kind in KINDS} | {"number": NUMBERS, "fraction": frozenset()}
_SCHEMAS: Final = frozenset({"properties", "patternProperties", "additionalProperties"})
_LISTS: Final = frozenset({"prefixItems", "items"})


class Extra(Enum):
    """Keywords of our own, for what no keyword of JSON Schema says. No document can hold them: its keys are texts."""

    KINDS = "of these kinds"
    OTHER_THAN = "none of these values"
    NO_MULTIPLE = "no multiple of it"
    NO_MATCH = "does not match it"
    NO_FORMAT = "is not of the format"
    REPEATED = "holds an item twice"
    ITEM = "(index, exactly there, part): an item there or later keeps to the part"
    CONTAINS = "(part, least, most): so many items keep to the part"
    ABSENT = "a member that is not there"
    MEMBER = "(name, part): a member that keeps to the part"
    OTHER = "(schema, part): a member that `properties` and `patternProperties` of the schema do not name"
    MATCHING = "(pattern, part): a member whose name matches"
    NAMED = "a part: a member whose name keeps to it"


@dataclass(slots=True)
class Facets:
    """Tuples throughout, so that a copy is cheap."""

    kinds: frozenset[str] = frozenset(KINDS)
    allowed: tuple[Any, ...] | None = None
    other_than: frozenset[str] = frozenset()
    low: tuple[Fraction, bool] | None = None
    """The bound and whether it is excluded."""
    high: tuple[Fraction, bool] | None = None
    steps: tuple[Fraction, ...] = ()
    no_steps: tuple[Fraction, ...] = ()
    min_length: int = 0
    max_length: int | None = None
    patterns: tuple[str, ...] = ()
    no_patterns: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    no_formats: tuple[str, ...] = ()
    min_items: int = 0
    max_items: int | None = None
    unique: bool = False
    repeated: bool = False
    lists: tuple[Part, ...] = ()
    """Parts with `prefixItems` or `items`."""
    contains: tuple[tuple[Part, int, int | None], ...] = ()
    items: tuple[tuple[int, bool, Part], ...] = ()
    other_items: tuple[Part, ...] = ()
    """`unevaluatedItems`; the last of `scope` is the schema that says so."""
    min_properties: int = 0
    max_properties: int | None = None
    required: tuple[str, ...] = ()
    absent: frozenset[str] = frozenset()
    objects: tuple[Part, ...] = ()
    """Parts with `properties`, `patternProperties` or `additionalProperties`."""
    members: tuple[tuple[str, Part], ...] = ()
    others: tuple[tuple[Any, Part], ...] = ()
    matching: tuple[tuple[str, Part], ...] = ()
    named: tuple[Part, ...] = ()
    names: tuple[Part, ...] = ()
    """`propertyNames`."""
    other_members: tuple[Part, ...] = ()
    """`unevaluatedProperties`, like `other_items`."""
    dependents: tuple[tuple[str, tuple[str, ...]], ...] = ()
    said: tuple[Part, ...] = ()
    """The schemas that were taken in."""

    def with_keywords(self, part: Part) -> "Facets":
        """These and the keywords of a schema that hold no alternatives and are not for the same value."""
        new = copy(self)
        new.take(part)
        return new

    def take(self, part: Part) -> None:
        """Take in the keywords of a schema."""
        schema: dict[Any, Any] = part.schema
        self.said = (*self.said, part)
        for keyword, value in schema.items():
            self._take(keyword, value, part)
        if schema.keys() & _SCHEMAS:
            self.objects = (*self.objects, part)
        if schema.keys() & _LISTS:
            self.lists = (*self.lists, part)
        self._settle()

    def possible(self) -> bool:
        """Whether any value may be left."""
        return bool(self.kinds) and self.allowed != ()

    def _take(self, keyword: Any, value: Any, part: Part) -> None:
        match keyword:
            case "type":
                names = value if isinstance(value, list) else [value]
                self.kinds &= frozenset().union(*(_TYPES.get(name, frozenset()) for name in names))
            case "enum" | "const":
                given = value if keyword == "enum" and isinstance(value, list) else [value]
                known = None if self.allowed is None else {key(one) for one in self.allowed}
                self.allowed = tuple(one for one in given if known is None or key(one) in known)
            case "minimum" | "exclusiveMinimum":
                bound = fraction(value)
                if bound is not None:
                    stated = bound, keyword != "minimum"
                    self.low = stated if self.low is None else max(self.low, stated)
            case "maximum" | "exclusiveMaximum":
                bound = fraction(value)
                if bound is not None:
                    stated = bound, keyword != "maximum"
                    lower = self.high is None or (bound, not stated[1]) < (self.high[0], not self.high[1])
                    self.high = stated if lower else self.high
            case "multipleOf" | Extra.NO_MULTIPLE:
                step = fraction(value)
                if step is not None and step > 0 and keyword == "multipleOf":
                    self.steps = (*self.steps, step)
                elif step is not None and step > 0:
                    self.no_steps = (*self.no_steps, step)
            case "minLength":
                self.min_length = max(self.min_length, whole(value) or 0)
            case "minItems":
                self.min_items = max(self.min_items, whole(value) or 0)
            case "minProperties":
                self.min_properties = max(self.min_properties, whole(value) or 0)
            case "maxLength":
                self.max_length = _least(self.max_length, whole(value))
            case "maxItems":
                self.max_items = _least(self.max_items, whole(value))
            case "maxProperties":
                self.max_properties = _least(self.max_properties, whole(value))
            case "pattern" if isinstance(value, str):
                self.patterns = (*self.patterns, value)
            case "format" if isinstance(value, str):
                self.formats = (*self.formats, value)
            case "uniqueItems":
                self.unique = self.unique or value is True
            case "contains":
                least, most = whole(schema_of(part, "minContains", 1)), whole(schema_of(part, "maxContains", None))
                self.contains = (*self.contains, (part.child(value), 1 if least is None else least, most))
            case "required" if isinstance(value, list):
                self.required = tuple(dict.fromkeys([*self.required, *(n for n in value if isinstance(n, str))]))
            case "dependentRequired" if isinstance(value, dict):
                found = [(name, tuple(others)) for name, others in value.items() if isinstance(others, list)]
                self.dependents = (*self.dependents, *found)
            case "propertyNames":
                self.names = (*self.names, part.child(value))
            case "unevaluatedProperties":
                self.other_members = (*self.other_members, Part(value, part.root, scope=part.scope))
            case "unevaluatedItems":
                self.other_items = (*self.other_items, Part(value, part.root, scope=part.scope))
            case Extra():
                self._take_extra(keyword, value)
            case _:
                pass

    def _take_extra(self, keyword: Extra, value: Any) -> None:
        match keyword:
            case Extra.KINDS:
                self.kinds &= value
            case Extra.OTHER_THAN:
                self.other_than |= {key(one) for one in value}
            case Extra.NO_MATCH:
                self.no_patterns = (*self.no_patterns, value)
            case Extra.NO_FORMAT:
                self.no_formats = (*self.no_formats, value)
            case Extra.REPEATED:
                self.repeated = True
            case Extra.ITEM:
                self.items = (*self.items, value)
            case Extra.CONTAINS:
                self.contains = (*self.contains, value)
            case Extra.ABSENT:
                self.absent |= {value}
            case Extra.MEMBER:
                self.members = (*self.members, value)
            case Extra.OTHER:
                self.others = (*self.others, value)
            case Extra.MATCHING:
                self.matching = (*self.matching, value)
            case Extra.NAMED:
                self.named = (*self.named, value)
            case _:
                pass

    def _settle(self) -> None:
        """Take out the kinds that the bounds leave nothing of."""
        if self.low and self.high:
            (low, open_low), (high, open_high) = self.low, self.high
            if low > high or (low == high and (open_low or open_high)):
                self.kinds -= NUMBERS
        if self.no_steps and any(step % no == 0 for step in self.steps for no in self.no_steps):
            self.kinds -= NUMBERS
        if _crossed(self.min_length, self.max_length) or set(self.patterns) & set(self.no_patterns):
            self.kinds -= {"string"}
        if _crossed(self.min_items, self.max_items) or (self.unique and self.repeated):
            self.kinds -= {"array"}
        if self.absent.intersection(self.required) or _crossed(self.min_properties, self.max_properties):
            self.kinds -= {"object"}
        if self.allowed is not None:
            self.allowed = tuple(
                one for one in self.allowed if kind_of(one) & self.kinds and key(one) not in self.other_than
            )


def kind_of(value: Any) -> frozenset[str]:
    """Of which of the kinds a value is."""
    if value is None or isinstance(value, bool):
        return _TYPES["null" if value is None else "boolean"]
    for kind, types in (("string", str), ("array", list), ("object", dict)):
        if isinstance(value, types):
            return _TYPES[kind]
    number = fraction(value)
    return frozenset({"integer" if number is not None and number.denominator == 1 else "fraction"})


def schema_of(part: Part, keyword: str, default: Any) -> Any:
    """The value of a keyword of the schema."""
    return part.schema.get(keyword, default)


def _least(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else min(one, other)


def _crossed(least: int, most: int | None) -> bool:
    return most is not None and least > most
