"""Which rules a workspace has lint ask: the set that it names, and pinned rule sets of Spectral's form besides."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.wording import instead
from contracts.written import Source, pointer_to, read_entry
from governance.diff.from_files import before
from governance.finding import Severity
from governance.lint.rule import Check
from governance.lint.rule_sets import RuleSet, built_in, pinned
from governance.lint.settings import LintSettings
from governance.lint.spectral.rules import PREFIX, rules_of
from governance.lint.spectral.sets import read_set
from governance.patterns import pattern_of
from governance.severities import Lint

FILE: Final = "governance/lint.yaml"


def read_rules(folder: Path | None) -> tuple[LintSettings, RuleSet]:
    """The settings of a workspace and its rules; Tidewaiter's own where there is none. Raises InvalidInputError."""
    path = folder / FILE if folder is not None else None
    if folder is None or path is None or not path.exists():
        settings = LintSettings()
        return settings, built_in(settings.extends)
    entry = read_entry(path, before(path.parent) + path.name, Lint)
    if entry.value is None:
        raise InvalidInputError(entry.faults)
    settings = entry.value.lint
    try:
        rule_set = rule_set_of(settings, folder, entry.source)
    except InvalidInputError as error:
        named = rule_set_files(settings)
        raise InvalidInputError(
            replace(fault, file=before(folder) + fault.file) if fault.file in named else fault
            for fault in error.diagnostics
        ) from None
    faults = list(_unknown(settings, rule_set, entry.source))
    if faults:
        raise InvalidInputError(faults)
    return settings, rule_set


def rule_set_files(settings: LintSettings) -> tuple[str, ...]:
    """The files that hold the rules, from the folder of the workspace on."""
    own = (settings.rule_set.file,) if settings.rule_set is not None else ()
    return (*own, *(name for one in settings.spectral for name in (one.file, *one.extends)))


def rule_set_of(settings: LintSettings, folder: Path, source: Source | None = None) -> RuleSet:
    """The rules that settings name. Raises InvalidInputError with what is wrong with any file of theirs.

    `source` is the file that the settings stand in, for the places of faults.
    """
    source = source or Source(FILE)
    stated = settings.rule_set
    begun = pinned(stated, folder) if stated is not None else built_in(settings.extends)
    more: dict[str, Check] = {}
    weights: dict[str, Severity] = {}
    faults: list[Diagnostic] = []
    for number, one in enumerate(settings.spectral):
        try:
            actives = read_set(one, folder)
        except InvalidInputError as error:
            faults += error.diagnostics
            continue
        found = rules_of(actives)
        for name in sorted(found.keys() & more.keys()):
            message = f"two rule sets have a rule {name.removeprefix(PREFIX)}"
            at = pointer_to("lint", "spectral", number)
            faults.append(source.fault(at, "two-rules", message, "leave it out of one by `without`"))
        more |= found
        weights |= {name: rule.severity for name, rule in found.items()}
    if faults:
        raise InvalidInputError(dict.fromkeys(faults))
    name = " and ".join((begun.name, *(one.file for one in settings.spectral)))
    return RuleSet(name, {**begun.weights, **weights}, more)


def _unknown(settings: LintSettings, rule_set: RuleSet, source: Source) -> Iterator[Diagnostic]:
    """Entries about rules that no pinned set has."""
    for number, one in enumerate(settings.severities):
        if one.rule.startswith(PREFIX) and not any(pattern_of(one.rule).fullmatch(name) for name in rule_set.more):
            at = pointer_to("lint", "severities", number, "rule")
            message = f"there is no rule {one.rule}"
            yield source.fault(at, "unknown-rule", message, instead(one.rule, rule_set.more))
