"""A rule as a rule set of Spectral's form writes it, made ready: its paths, its functions, its message."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, model_validator

from contracts.diagnostic import Diagnostic
from contracts.model import Written
from contracts.wording import faults_of, instead
from contracts.written import Source, pointer_to
from governance.finding import Severity
from governance.lint.spectral.fault import RuleFaultError
from governance.lint.spectral.fields import Field as Targets
from governance.lint.spectral.fields import read_field
from governance.lint.spectral.functions import CORE, Function, Judge
from governance.lint.spectral.messages import judge_template
from governance.lint.spectral.paths import Path, read_path
from governance.lint.spectral.schema_function import SCHEMA

Level = Literal["error", "warn", "info", "hint", "off"]
LEVELS: Final[Mapping[Any, Severity | None]] = {
    "error": Severity.BREAKING, "warn": Severity.WARNING, "info": Severity.INFO, "hint": Severity.INFO, "off": None,
    0: Severity.BREAKING, 1: Severity.WARNING, 2: Severity.INFO, 3: Severity.INFO, -1: None,
}  # fmt: skip
"""What Spectral's severities weigh here; None: the rule is not asked."""
FUNCTIONS: Final[Mapping[str, Function]] = {**CORE, "schema": SCHEMA}
FORMATS: Final[Mapping[str, tuple[str, ...]]] = {
    "oas3": ("3.0", "3.1", "3.2"),
    "oas3.0": ("3.0",), "oas3_0": ("3.0",),
    "oas3.1": ("3.1",), "oas3_1": ("3.1",),
    "oas3.2": ("3.2",), "oas3_2": ("3.2",),
    **dict.fromkeys((
        "oas2", "aas2", "asyncapi2", "aas2_0", "aas2_1", "aas2_2", "aas2_3", "aas2_4", "aas2_5", "aas2_6", "aas3",
        "asyncapi3", "aas3_0", "arazzo1", "arazzo1.0", "arazzo1_0", "json-schema", "json-schema-loose",
        "json-schema-draft4", "json-schema-draft6", "json-schema-draft7", "json-schema-draft-2019-09",
        "json-schema-2019-09", "json-schema-draft-2020-12", "json-schema-2020-12",
    ), ()),
}  # fmt: skip
"""The versions of OpenAPI that a format means; none for formats of other documents."""
FORMATS_OF_ALL: Final = ("3.0", "3.1", "3.2")


def without_extensions(tree: Any) -> Any:
    """The tree without its own `x-` members, which Spectral passes over."""
    if not isinstance(tree, dict):
        return tree
    return {key: value for key, value in tree.items() if not (isinstance(key, str) and key.startswith("x-"))}


class Then(Written):
    """What is asked of a place."""

    field: str | None = None
    """Which member; `@key` for the names of all."""
    function: str
    """The function that is asked."""
    functionOptions: Any = None  # noqa: N815 - Spectral's name
    """Its options."""
    description: str | None = None
    """For readers."""


class Definition(Written):
    """One rule."""

    description: str | None = None
    """What it asks for."""
    documentationUrl: str | None = None  # noqa: N815 - Spectral's name
    """Where more of it is told."""
    message: str | None = None
    """What is told where something is found; the description else."""
    severity: Level | Literal[-1, 0, 1, 2, 3] = "warn"
    """How much it weighs."""
    recommended: bool = True
    """Whether it is asked where nobody says so."""
    resolved: bool = True
    """Whether references are followed before it is asked."""
    given: str | tuple[str, ...]
    """Paths to what is judged."""
    then: Then | tuple[Then, ...]
    """What is asked there."""
    formats: tuple[str, ...] | None = None
    """The formats of documents that it is asked of; every one where it names none."""
    tags: tuple[str, ...] = ()
    """For readers."""
    type: Literal["style", "validation"] | None = None
    """For readers."""
    extensions: dict[str, Any] = Field(default_factory=dict)
    """For other tools."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, tree: Any) -> Any:
        return without_extensions(tree)


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a rule."""

    targets: Targets = field(repr=False)
    judge: Judge = field(repr=False)


@dataclass(frozen=True, slots=True)
class Ready:
    """A rule that can be asked."""

    name: str
    source: Source
    """The file that it stands in."""
    pointer: str
    definition: Definition
    given: Mapping[str, tuple[Path, ...]]
    """By version of OpenAPI (3.0, 3.1, 3.2) the paths; none: it is not asked of such documents."""
    asked: tuple[Asked, ...]


Aliases = Mapping[str, Any]
"""By name a list of paths, or a mapping with `targets`."""


class Reader:
    """Reads the rules of one file; what is wrong with them is collected."""

    def __init__(self, source: Source, aliases: Aliases, formats: tuple[str, ...] | None) -> None:
        self.source = source
        self.aliases = aliases
        self.formats = formats
        """Those of rules that name none."""
        self.faults: list[Diagnostic] = []

    def refuse(self, pointer: str, error: RuleFaultError, name: str) -> None:
        """Note down what cannot be run."""
        self.faults.append(self.source.fault(pointer, error.code, f"rule {name}: {error}", error.remedy))

    def definition(self, tree: Any, pointer: str) -> Definition | None:
        """The rule as it is written."""
        try:
            return Definition.model_validate(tree)
        except ValidationError as error:
            self.faults += [
                self.source.fault(pointer + pointer_to(*one.path), one.code, one.message, one.remedy)
                for one in faults_of(error, Definition, tree)
            ]
        return None

    def ready(self, name: str, definition: Definition, pointer: str) -> Ready | None:
        """The rule made ready; None where something of it cannot be run."""
        known = len(self.faults)
        try:
            judge_template(definition.message or "")
        except RuleFaultError as error:
            self.refuse(f"{pointer}/message", error, name)
        versions = self._versions(definition, pointer, name)
        given = {version: tuple(self._paths(definition, version, pointer, name)) for version in versions}
        single = isinstance(definition.then, Then)
        thens = (definition.then,) if isinstance(definition.then, Then) else definition.then
        asked = []
        for number, then in enumerate(thens):
            at = f"{pointer}/then" + ("" if single else f"/{number}")
            made = self._asked(then, at, name)
            asked += [made] if made is not None else []
        self.faults[known:] = dict.fromkeys(self.faults[known:])
        return None if len(self.faults) > known else Ready(name, self.source, pointer, definition, given, tuple(asked))

    def _versions(self, definition: Definition, pointer: str, name: str) -> tuple[str, ...]:
        """The versions of OpenAPI that the rule is asked of."""
        formats = definition.formats if definition.formats is not None else self.formats
        if formats is None:
            return FORMATS_OF_ALL
        found: dict[str, None] = {}
        for number, one in enumerate(formats):
            if one not in FORMATS:
                own = definition.formats is not None
                at = f"{pointer}/formats/{number}" if own else f"/formats/{number}"
                self.refuse(at, RuleFaultError("format", f"there is no format {one}", instead(one, FORMATS)), name)
            found |= dict.fromkeys(FORMATS.get(one, ()))
        return tuple(found)

    def _paths(self, definition: Definition, version: str, pointer: str, name: str) -> Iterator[Path]:
        given = (definition.given,) if isinstance(definition.given, str) else definition.given
        for number, text in enumerate(given):
            at = f"{pointer}/given" + ("" if isinstance(definition.given, str) else f"/{number}")
            try:
                for path in self._expanded(text, version, ()):
                    yield read_path(path)
            except RuleFaultError as error:
                self.refuse(at, error, name)

    def _expanded(self, text: str, version: str, stack: tuple[str, ...]) -> Iterator[str]:
        """The paths that a path which begins with an alias stands for. Raises RuleFaultError."""
        if not text.startswith("#"):
            yield text
            return
        length = next((n for n, sign in enumerate(text[1:], 1) if not (sign.isalnum() or sign in "_-")), len(text))
        alias = text[1:length]
        if alias in stack:
            raise RuleFaultError("alias", f"the alias {alias} leads back to itself", "let it name a path")
        if alias not in self.aliases:
            raise RuleFaultError("alias", f"there is no alias {alias}", instead(alias, self.aliases))
        for path in _paths_of(self.aliases[alias], version, alias):
            yield from self._expanded(path + text[length:], version, (*stack, alias))

    def _asked(self, then: Then, pointer: str, name: str) -> Asked | None:
        function = FUNCTIONS.get(then.function)
        if function is None:
            message = f"the function {then.function} is none of Spectral's core functions, and no JavaScript is run"
            error = RuleFaultError("function", message, _other(then.function))
            self.refuse(f"{pointer}/function", error, name)
            return None
        try:
            targets = read_field(then.field)
        except RuleFaultError as error:
            self.refuse(f"{pointer}/field", error, name)
            return None
        try:
            options = self._options(function, then, f"{pointer}/functionOptions", name)
            return None if options is False else Asked(targets, function.make(options))
        except RuleFaultError as error:
            self.refuse(f"{pointer}/functionOptions", error, name)
            return None

    def _options(self, function: Function, then: Then, pointer: str, name: str) -> Any:
        """The options; False where they cannot be used. Raises RuleFaultError."""
        if function.options is None:
            if then.functionOptions not in (None, {}):
                raise RuleFaultError("options", f"{then.function} takes no options", "take them out")
            return None
        tree = {} if then.functionOptions is None else then.functionOptions
        try:
            return function.options.model_validate(tree)
        except ValidationError as error:
            self.faults += [
                self.source.fault(pointer + pointer_to(*one.path), one.code, f"rule {name}: {one.message}", one.remedy)
                for one in faults_of(error, function.options, tree)
            ]
            return False


def _paths_of(alias: Any, version: str, name: str) -> tuple[str, ...]:
    """Raises RuleFaultError for an alias that is neither a list of paths nor a mapping with `targets`."""
    if isinstance(alias, list) and all(isinstance(path, str) for path in alias):
        return tuple(alias)
    targets = alias.get("targets") if isinstance(alias, dict) else None
    if not isinstance(targets, list):
        raise RuleFaultError("alias", f"the alias {name} is no list of paths", "write a list, or `targets`")
    for target in reversed(targets):
        formats = target.get("formats") if isinstance(target, dict) else None
        given = target.get("given") if isinstance(target, dict) else None
        if not isinstance(formats, list) or not isinstance(given, list):
            raise RuleFaultError("alias", f"a target of the alias {name} lacks `formats` or `given`", "add them")
        if any(version in FORMATS.get(str(one), ()) for one in formats):
            return tuple(str(path) for path in given)
    return ()


def _other(function: str) -> str:
    known = instead(function, FUNCTIONS)
    left = "name the rule under `without` in governance/lint.yaml"
    return f"{known}, or {left}" if known.startswith("write") else left
