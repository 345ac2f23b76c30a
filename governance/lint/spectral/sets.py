"""Rule sets of Spectral's form as a workspace pins them, held to their content; what is not run is said by name."""

import hashlib
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, model_validator

from contracts import yaml12
from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.model import Written
from contracts.wording import instead
from contracts.written import Source, pointer_to, read_entry
from governance.finding import Severity
from governance.lint.spectral.definition import LEVELS, Definition, Reader, Ready, without_extensions
from governance.lint.spectral.overrides import Override, read_overrides

Mode = Literal["off", "recommended", "all"]
_MODES: Final = ("off", "recommended", "all")
BUILT_IN: Final = {"spectral:oas": "oas.yaml"}
OF_OTHERS: Final = ("spectral:asyncapi", "spectral:arazzo")
"""Sets whose rules are all about documents of another kind: there is nothing in them to ask."""
_DEPTH: Final = 10


class PinnedSpectral(Written):
    """A rule set in Spectral's form, held to its content."""

    file: str = Field(min_length=1)
    """Where it lies, from the folder of the workspace on."""
    digest: str = Field(pattern=r"^sha256:[0-9a-f]{64}$")
    """`sha256:` of its bytes: another content is refused until this line is changed, too."""
    extends: dict[str, str] = Field(default_factory=dict)
    """The files that it extends, each with the digest of its content."""
    without: tuple[str, ...] = ()
    """Rules of it that are not asked; what cannot be run here must be among them."""


class File(Written):
    """The whole file."""

    documentationUrl: str | None = None  # noqa: N815 - Spectral's name
    """Where more of it is told."""
    description: str | None = None
    """What it is."""
    extends: Any = None
    """Rule sets that it begins from."""
    rules: dict[str, Any] = Field(default_factory=dict)
    """Its rules, and what those that it begins from weigh."""
    aliases: dict[str, Any] = Field(default_factory=dict)
    """Names of paths."""
    formats: tuple[str, ...] | None = None
    """The formats of documents that its rules are asked of, where they name none."""
    overrides: Any = None
    """Other severities in some files."""
    functions: Any = None
    """Functions in JavaScript; none is run."""
    functionsDir: Any = None  # noqa: N815 - Spectral's name
    """Where they lie."""
    parserOptions: Any = None  # noqa: N815 - Spectral's name
    """How documents are read; keys that stand twice are always refused here."""

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, tree: Any) -> Any:
        return without_extensions(tree)


@dataclass(frozen=True, slots=True)
class Active:
    """A rule of a set that is asked somewhere."""

    ready: Ready
    severity: Severity | None
    """None: only where an override says so."""
    overrides: tuple[Override, ...]
    folder: str
    """Of the rule set, from the folder of the workspace on."""

    def weighed(self, file: str, pointer: str) -> Severity | None:
        """What a finding weighs at a place of a file, the file named from the folder of the workspace on."""
        relative = posixpath.relpath(file, self.folder or ".") if file else ""
        severity, best = self.severity, 0
        for one in self.overrides if relative else ():
            found = one.weighed(self.ready.name, relative, pointer, best)
            if found is not None:
                severity, best = found
        return severity


@dataclass(frozen=True, slots=True)
class _State:
    """A rule as the sets on the way to it leave it."""

    source: Source
    pointer: str
    definition: Definition
    reader: Reader
    severity: Severity | None
    enabled: bool


class _Loader:
    def __init__(self, pinned: PinnedSpectral, folder: Path) -> None:
        self.pinned = pinned
        self.folder = folder
        self.faults: list[Diagnostic] = []
        self.main: Source | None = None
        self.overrides: list[Override] = []

    def refuse(self, source: Source, pointer: str, code: str, message: str, remedy: str) -> None:
        self.faults.append(source.fault(pointer, code, message, remedy))

    def load(self, name: str, digest: str, mode: Mode | None, stack: tuple[str, ...]) -> dict[str, _State]:
        """The rules of a file of the workspace."""
        entry = read_entry(self.folder / name, name, File)
        found = f"sha256:{hashlib.sha256(entry.source.text).hexdigest()}"
        if self.main is None:
            self.main = entry.source
        if entry.source.text and found != digest:
            message = f"the rule set is not the one that was pinned: it has {found}"
            remedy = "if it was meant to change, write that digest into governance/lint.yaml"
            self.refuse(entry.source, "", "digest-differs", message, remedy)
            return {}
        if entry.value is None:
            self.faults += entry.faults
            return {}
        rules: dict[str, _State] = {}
        for pointer, other, stated in self._extended(entry.value.extends, entry.source):
            rules |= self._begun(entry.source, pointer, other, stated, (*stack, name))
        rules = _enabled(rules, mode)
        self._own(entry.value, entry.source, rules, mode)
        if len(stack) == 0:
            self.overrides, faults = read_overrides(entry.value.overrides, rules, entry.source)
            self.faults += faults
        return rules

    def _extended(self, tree: Any, source: Source) -> Iterator[tuple[str, str, Mode | None]]:
        """The sets that a file begins from."""
        listed = tree if isinstance(tree, list) else [] if tree is None else [tree]
        for number, one in enumerate(listed):
            pointer = pointer_to("extends", number) if isinstance(tree, list) else "/extends"
            name, mode = (one[0], one[1]) if isinstance(one, list) and len(one) == 2 else (one, None)
            if not isinstance(name, str) or mode not in (*_MODES, None):
                remedy = "write a name, or [name, off], [name, recommended], [name, all]"
                self.refuse(source, pointer, "wrong-value", "this names no rule set", remedy)
                continue
            yield pointer, name, mode

    def _begun(
        self, source: Source, pointer: str, name: str, mode: Mode | None, stack: tuple[str, ...]
    ) -> dict[str, _State]:
        if name in BUILT_IN:
            return self._built_in(BUILT_IN[name], mode)
        if name in OF_OTHERS:
            return {}
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(source.file), name))
        if not name.endswith((".yaml", ".yml", ".json")) or "://" in name or beside.startswith(("../", "/")):
            message = f"the rule set extends {yaml12.shown(name)}, and only files of the workspace are read"
            remedy = "copy it into the workspace, and pin it under `extends` in governance/lint.yaml"
            self.refuse(source, pointer, "extends", message, remedy)
            return {}
        if beside in stack or len(stack) > _DEPTH:
            self.refuse(source, pointer, "extends", f"the rule set extends itself by {beside}", "take it out")
            return {}
        if beside not in self.pinned.extends:
            message = f"the rule set extends {beside}, which is not pinned"
            remedy = f"add `extends: {{{beside}: sha256:...}}` beside its digest in governance/lint.yaml"
            self.refuse(source, pointer, "not-pinned", message, remedy)
            return {}
        if not (self.folder / beside).resolve().is_relative_to(self.folder.resolve()):
            self.refuse(source, pointer, "outside", "a rule set lies inside the workspace", "copy it there")
            return {}
        return self.load(beside, self.pinned.extends[beside], mode, stack)

    def _built_in(self, file: str, mode: Mode | None) -> dict[str, _State]:
        text = resources.files(__package__).joinpath(file).read_bytes()
        source = Source(file, text, yaml12.parse(text, file))
        made = File.model_validate(source.tree)
        rules: dict[str, _State] = {}
        self._own(made, source, rules, mode)
        return rules

    def _own(self, made: File, source: Source, rules: dict[str, _State], mode: Mode | None) -> None:
        reader = Reader(source, made.aliases, made.formats)
        for name, tree in made.rules.items():
            pointer = pointer_to("rules", name)
            if isinstance(tree, dict):
                definition = reader.definition(tree, pointer)
                if definition is None:
                    continue
                enabled = mode == "all" or (mode != "off" and definition.recommended) or name in rules
                rules[name] = _State(source, pointer, definition, reader, LEVELS[definition.severity], enabled)
            elif name not in rules:
                message = f"there is no rule {name} that this could be about"
                self.refuse(source, pointer, "unknown-rule", message, instead(name, rules))
            elif isinstance(tree, bool):
                rules[name] = replace(rules[name], enabled=tree)
            elif tree in LEVELS:
                rules[name] = replace(rules[name], severity=LEVELS[tree], enabled=LEVELS[tree] is not None)
            else:
                remedy = "write error, warn, info, hint or off, true or false, or the rule"
                self.refuse(source, pointer, "wrong-value", f"this is no severity of the rule {name}", remedy)
        self.faults += reader.faults
        reader.faults = []


def _enabled(rules: dict[str, _State], mode: Mode | None) -> dict[str, _State]:
    if mode is None:
        return rules
    return {
        name: replace(state, enabled=mode == "all" or (mode == "recommended" and state.definition.recommended))
        for name, state in rules.items()
    }


def read_set(pinned: PinnedSpectral, folder: Path) -> tuple[Active, ...]:
    """The rules that are asked. Raises InvalidInputError with every fault, and with everything that cannot be run."""
    if not (folder / pinned.file).resolve().is_relative_to(folder.resolve()):
        message = "a rule set lies inside the workspace"
        raise InvalidInputError([Diagnostic(pinned.file, "outside", message, "put it beside governance/lint.yaml")])
    loader = _Loader(pinned, folder)
    rules = loader.load(pinned.file, pinned.digest, None, ())
    source = loader.main or Source(pinned.file)
    for name in pinned.without:
        if name not in rules and not loader.faults:
            message = f"`without` names {name}, and the rule set has no such rule"
            loader.refuse(source, "", "unknown-rule", message, f"{instead(name, rules)} in governance/lint.yaml")
    found: list[Active] = []
    foreign: list[str] = []
    overridden = {name for one in loader.overrides for name, level in one.severities.items() if level is not None}
    for name, state in rules.items():
        asked = state.enabled and state.severity is not None
        if name in pinned.without or not (asked or name in overridden):
            continue
        state.reader.faults = []
        ready = state.reader.ready(name, state.definition, state.pointer)
        if state.source.file in BUILT_IN.values():
            foreign += [] if ready is not None else [name]
        else:
            loader.faults += state.reader.faults
        if ready is not None:
            severity = state.severity if asked else None
            found.append(Active(ready, severity, tuple(loader.overrides), posixpath.dirname(pinned.file)))
    if foreign:
        named = ", ".join(sorted(foreign))
        message = f"these rules of spectral:oas ask functions of JavaScript, which is not run: {named}"
        remedy = (
            f"in governance/lint.yaml add `without: [{named}]`; rules of tidewaiter/1 ask most of it (docs/lint.md)"
        )
        loader.refuse(source, "/extends", "function", message, remedy)
    if loader.faults:
        raise InvalidInputError(dict.fromkeys(loader.faults))
    return tuple(found)
