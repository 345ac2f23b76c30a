"""Spectral's core functions: each judges one value by its options and says what is wrong, and where below it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from contracts.model import Written, fault
from contracts.path_text import Location
from contracts.written import pointer_to
from governance.lint.spectral.javascript import UNDEFINED, is_number, to_string, truthy
from governance.lint.spectral.order import misplaced
from governance.lint.spectral.patterns import compiled, pattern
from governance.lint.spectral.tree import Trees


class Told(NamedTuple):
    """What is wrong."""

    below: Location
    """Where, below the value; from the root of the document on where `from_root` is set."""
    message: str
    """Spectral's words, with its places for texts."""
    from_root: bool = False


Judge = Callable[[Any, Trees], Iterator[Told]]
_PROPERTY: Final = '#{{print("property")}}'
_VALUE: Final = '#{{print("value")}}'
_LISTED: Final = 4
"""More names than these are counted, not listed."""


class Options(Written):
    """Options of a function. Texts are taken as they are written."""

    model_config = ConfigDict(str_strip_whitespace=False)


@dataclass(frozen=True, slots=True)
class Function:
    """One core function."""

    options: type[Options] | None
    """What its options hold; None where it takes none."""
    make: Callable[[Any], Judge]
    """Made ready with its options. Raises RuleFaultError for what cannot run here."""


def printed(value: Any) -> str:
    """A value as Spectral prints it in messages."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, dict):
        return "Object{}"
    if isinstance(value, list):
        return "Array[]"
    return _quoted(value) if isinstance(value, str) else to_string(value)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _simple(wrong: Callable[[Any], bool], words: str) -> Callable[[Any], Judge]:
    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if wrong(value):
            yield Told((), f"{_PROPERTY}{words}")

    return lambda _: judge


class PatternOptions(Options):
    """`match`, `notMatch` or both."""

    match: str | None = None
    """It must match."""
    notMatch: str | None = None  # noqa: N815 - Spectral's name
    """It must not match."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.match is None and self.notMatch is None:
            raise fault("missing-key", "neither `match` nor `notMatch` is there", "add one of them")
        return self


def _pattern(options: PatternOptions) -> Judge:
    wanted = pattern(options.match) if options.match is not None else None
    unwanted = pattern(options.notMatch) if options.notMatch is not None else None

    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if not isinstance(value, str):
            return
        if wanted is not None and not wanted.found_in(value):
            yield Told((), f"{_VALUE} must match the pattern {printed(options.match)}")
        if unwanted is not None and unwanted.found_in(value):
            yield Told((), f"{_VALUE} must not match the pattern {printed(options.notMatch)}")

    return judge


class EnumerationOptions(Options):
    """The values that may stand there."""

    values: tuple[str | int | float | bool | None, ...]
    """Texts, numbers, true, false or null."""


def _enumeration(options: EnumerationOptions) -> Judge:
    known = {(type(one) is bool, one) for one in options.values}
    words = ", ".join(printed(one) for one in options.values)

    def judge(value: Any, _: Trees) -> Iterator[Told]:
        simple = value is None or isinstance(value, str | bool) or is_number(value)
        if simple and (type(value) is bool, value) not in known:
            yield Told((), f"{_VALUE} must be equal to one of the allowed values: {words}")

    return judge


class LengthOptions(Options):
    """`min`, `max` or both."""

    min: Annotated[float | None, Field(strict=True)] = None
    """Not shorter, or smaller."""
    max: Annotated[float | None, Field(strict=True)] = None
    """Not longer, or larger."""

    @model_validator(mode="after")
    def _one(self) -> Self:
        if self.min is None and self.max is None:
            raise fault("missing-key", "neither `min` nor `max` is there", "add one of them")
        return self


def _length(options: LengthOptions) -> Judge:
    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if not isinstance(value, str | list | dict) and not is_number(value):
            return
        length = value if is_number(value) else _units(value) if isinstance(value, str) else len(value)
        if options.min is not None and length < options.min:
            yield Told((), f"{_PROPERTY}must be longer than {to_string(options.min)}")
        if options.max is not None and length > options.max:
            yield Told((), f"{_PROPERTY}must be shorter than {to_string(options.max)}")

    return judge


def _units(text: str) -> int:
    """Its length as JavaScript counts it: in units of UTF-16."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


class Separator(Options):
    """What may join words."""

    char: Annotated[str, StringConstraints(max_length=1)]
    """One character."""
    allowLeading: bool = False  # noqa: N815 - Spectral's name
    """Whether it may stand at the beginning."""


Case = Literal["flat", "camel", "pascal", "kebab", "cobol", "snake", "macro"]


class CasingOptions(Options):
    """How names are written."""

    type: Case
    """Which case."""
    disallowDigits: bool = False  # noqa: N815 - Spectral's name
    """Whether digits are refused."""
    separator: Separator | None = None
    """What joins words of that case."""


_CASES: Final[Mapping[str, str]] = {
    "flat": "[a-z][a-z{d}]*",
    "camel": "[a-z][a-z{d}]*(?:[A-Z{d}](?:[a-z{d}]+|$))*",
    "pascal": "[A-Z][a-z{d}]*(?:[A-Z{d}](?:[a-z{d}]+|$))*",
    "kebab": "[a-z][a-z{d}]*(?:-[a-z{d}]+)*",
    "cobol": "[A-Z][A-Z{d}]*(?:-[A-Z{d}]+)*",
    "snake": "[a-z][a-z{d}]*(?:_[a-z{d}]+)*",
    "macro": "[A-Z][A-Z{d}]*(?:_[A-Z{d}]+)*",
}


def _casing(options: CasingOptions) -> Judge:
    word = _CASES[options.type].replace("{d}", "" if options.disallowDigits else "0-9")
    joined = options.separator
    if joined is None:
        written = compiled(f"^{word}$", "")
    else:
        sign = f"[{re.escape(joined.char)}]"
        written = compiled(f"^{sign + '?' if joined.allowLeading else ''}{word}(?:{sign}{word})*$", "")

    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if not isinstance(value, str) or not value:
            return
        lone = joined is not None and joined.allowLeading and value == joined.char
        if not lone and not written.found_in(value):
            yield Told((), f"must be {options.type} case")

    return judge


class AlphabeticalOptions(Options):
    """How a list of mappings is ordered."""

    keyedBy: str | None = None  # noqa: N815 - Spectral's name
    """The member that they are ordered by."""


def _alphabetical(options: AlphabeticalOptions) -> Judge:
    key = options.keyedBy

    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if not isinstance(value, dict | list) or len(value) < 2:
            return
        names = list(value)
        if key is not None:
            if not all(isinstance(item, dict | list) for item in names):
                yield Told((), f"{_PROPERTY}must be an object")
                return
            names = [item.get(key, UNDEFINED) if isinstance(item, dict) else UNDEFINED for item in names]
        if not all(isinstance(name, str) or is_number(name) for name in names):
            yield Told((), f"{_PROPERTY}must be one of the allowed types: number, string")
            return
        for number in range(len(names) - 1):
            if misplaced(names[number], names[number + 1]):
                if key is not None:
                    yield Told((), "properties must follow the alphabetical order")
                else:
                    message = f"{printed(names[number])} must be placed after {printed(names[number + 1])}"
                    yield Told((number if isinstance(value, list) else names[number],), message)
                return

    return judge


class PropertiesOptions(Options):
    """Names of members."""

    properties: tuple[str, ...] = Field(min_length=2)
    """Two or more."""


def _or(options: PropertiesOptions) -> Judge:
    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if isinstance(value, dict) and not any(name in value for name in options.properties):
            yield Told((), _one_of(options.properties))

    return judge


def _xor(options: PropertiesOptions) -> Judge:
    def judge(value: Any, _: Trees) -> Iterator[Told]:
        if not isinstance(value, dict):
            return
        there = [name for name in value if name in options.properties]
        if not there:
            yield Told((), _one_of(options.properties))
        elif len(there) > 1:
            named = '" and "'.join(there)
            yield Told((), f'Just one of "{named}" must be defined')

    return judge


def _one_of(names: tuple[str, ...]) -> str:
    if len(names) > _LISTED:
        listed = '" or "'.join(names[: _LISTED - 1])
        return f'At least one of "{listed}" or {len(names) - _LISTED + 1} other properties must be defined'
    listed = '" or "'.join(names)
    return f'At least one of "{listed}" must be defined'


class ReusableOptions(Options):
    """Where parts that may be referred to are kept."""

    reusableObjectsLocation: str = Field(pattern=r"^#(/.*)?$")  # noqa: N815 - Spectral's name
    """A pointer such as `#/components/schemas`."""


def _unreferenced(options: ReusableOptions) -> Judge:
    holder = options.reusableObjectsLocation.removeprefix("#")
    way = tuple(part.replace("~1", "/").replace("~0", "~") for part in holder.split("/")[1:])

    def judge(value: Any, trees: Trees) -> Iterator[Told]:
        for name in value if isinstance(value, dict) else ():
            if f"{holder}{pointer_to(name)}" not in trees.referred:
                message = "Potential orphaned reusable object has been detected"
                yield Told((*way, name), message, from_root=True)

    return judge


def _typed_enum(_: Any) -> Judge:
    kinds: Mapping[str, Callable[[Any], bool]] = {
        "string": lambda one: isinstance(one, str),
        "number": is_number,
        "integer": lambda one: is_number(one) and float(one).is_integer(),
        "boolean": lambda one: isinstance(one, bool),
        "null": lambda one: one is None,
        "array": lambda one: isinstance(one, list),
        "object": lambda one: isinstance(one, dict),
    }

    def judge(value: Any, trees: Trees) -> Iterator[Told]:
        if not isinstance(value, dict):
            return
        values, stated = value.get("enum"), value.get("type")
        names = [stated] if isinstance(stated, str) else stated if isinstance(stated, list) else []
        known = [kinds[name] for name in names if name in kinds]
        if not isinstance(values, list) or not known:
            return
        if value.get("nullable") is True and str(trees.written.get("openapi")).startswith("3.0"):
            known.append(kinds["null"])
        for number, one in enumerate(values):
            if not any(fits(one) for fits in known):
                told = '" or "'.join(names)
                yield Told(("enum", number), f'Enum value {_quoted(to_string(one))} must be "{told}"')

    return judge


CORE: Final[Mapping[str, Function]] = {
    "truthy": Function(None, _simple(lambda value: not truthy(value), "must be truthy")),
    "falsy": Function(None, _simple(truthy, "must be falsy")),
    "defined": Function(None, _simple(lambda value: value is UNDEFINED, "must be defined")),
    "undefined": Function(None, _simple(lambda value: value is not UNDEFINED, "must be undefined")),
    "pattern": Function(PatternOptions, _pattern),
    "enumeration": Function(EnumerationOptions, _enumeration),
    "length": Function(LengthOptions, _length),
    "casing": Function(CasingOptions, _casing),
    "alphabetical": Function(AlphabeticalOptions, _alphabetical),
    "or": Function(PropertiesOptions, _or),
    "xor": Function(PropertiesOptions, _xor),
    "unreferencedReusableObject": Function(ReusableOptions, _unreferenced),
    "typedEnum": Function(None, _typed_enum),
}
