"""Overrides of a rule set: other severities in some files, or at some places of them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from contracts.diagnostic import Diagnostic
from contracts.written import Source, pointer_to
from governance.finding import Severity
from governance.lint.spectral.definition import LEVELS

_REMEDY = "write a rule set of its own for these files, or take it out"


@dataclass(frozen=True, slots=True)
class Override:
    """Severities where a pattern matches a file, relative to the folder of the rule set."""

    files: tuple[tuple[str, str | None], ...]
    """Patterns, each with the pointer behind its `#`; None for the whole file."""
    severities: Mapping[str, Severity | None]
    """By rule; None: not asked there."""

    def weighed(self, rule: str, file: str, pointer: str, best: int) -> tuple[Severity | None, int] | None:
        """The severity and how near it is; None where it says nothing, or another one is nearer than `best`."""
        if rule not in self.severities:
            return None
        for pattern, place in self.files:
            near = 0 if place is None else len(place) + 1
            holds = place is None or pointer == place or pointer.startswith(f"{place}/")
            if holds and near >= best and is_file(pattern, file):
                return self.severities[rule], near
        return None


def read_overrides(tree: Any, known: Mapping[str, Any], source: Source) -> tuple[list[Override], list[Diagnostic]]:
    """The overrides of a file, and what is wrong with them."""
    made: list[Override] = []
    faults: list[Diagnostic] = []
    for number, one in enumerate(tree if isinstance(tree, list) else []):
        pointer = pointer_to("overrides", number)
        found = list(_faults(one, known, pointer, source))
        if found:
            faults += found
            continue
        files = tuple((pattern.partition("#")[0], _place(pattern)) for pattern in one["files"])
        made.append(Override(files, {rule: _level(level) for rule, level in one["rules"].items()}))
    if tree is not None and not isinstance(tree, list):
        faults.append(source.fault("/overrides", "wrong-value", "`overrides` is no list", "write a list"))
    return made, faults


def _faults(one: Any, known: Mapping[str, Any], pointer: str, source: Source) -> Iterator[Diagnostic]:
    files = one.get("files") if isinstance(one, dict) else None
    if not isinstance(files, list) or not files or not all(isinstance(name, str) for name in files):
        yield source.fault(pointer, "missing-key", "an override needs `files`, a list of patterns", "add it")
        return
    for key in one:
        if key not in ("files", "rules"):
            message = f"an override sets `{key}`, which is not run here: only severities are"
            yield source.fault(f"{pointer}{pointer_to(key)}", "override", message, _REMEDY)
    rules = one.get("rules")
    if not isinstance(rules, dict):
        yield source.fault(pointer, "missing-key", "an override needs `rules`", "add it")
        return
    for name, level in rules.items():
        at = f"{pointer}{pointer_to('rules', name)}"
        if isinstance(level, dict | list) or (level not in LEVELS and not isinstance(level, bool)):
            message = f"an override defines the rule {name}, which is not run here: only severities are"
            yield source.fault(at, "override", message, _REMEDY)
        elif name not in known:
            yield source.fault(at, "unknown-rule", f"there is no rule {name} in this rule set", "take it out")


def _place(pattern: str) -> str | None:
    place = pattern.partition("#")[2].rstrip("/")
    return place if "#" in pattern else None


def _level(level: Any) -> Severity | None:
    if level is False:
        return None
    return Severity.WARNING if level is True else LEVELS[level]


def is_file(pattern: str, file: str) -> bool:
    """Whether a glob matches a file; one without `/` is held against its name alone."""
    return bool(_glob(pattern.removeprefix("./")).fullmatch(file if "/" in pattern else file.rpartition("/")[2]))


_GLOB = re.compile(r"\*\*/|\*\*|\*|\?|\{[^{}]*\}|\[[^\]]+\]|.", re.DOTALL)


@cache
def _glob(pattern: str) -> re.Pattern[str]:
    made = ""
    for match in _GLOB.finditer(pattern):
        part = match[0]
        if part == "**/":
            made += "(?:[^/]+/)*"
        elif part == "**":
            made += ".*"
        elif part == "*":
            made += "[^/]*"
        elif part == "?":
            made += "[^/]"
        elif part[0] == "{" and len(part) > 1:
            made += f"(?:{'|'.join(_glob(one).pattern for one in part[1:-1].split(','))})"
        elif part[0] == "[" and len(part) > 1:
            made += part.replace("\\", "\\\\").replace("[!", "[^", 1)
        else:
            made += re.escape(part)
    try:
        return re.compile(made, re.DOTALL)
    except re.error:
        return re.compile(re.escape(pattern))
