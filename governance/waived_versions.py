"""Findings about versions of apis held against the waivers of a folder of decisions, or of a workspace."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS, survey
from contracts.wording import instead
from governance.callers import callers
from governance.diff.from_files import before
from governance.finding import Finding
from governance.landscape import Landscape, read_landscape
from governance.lint.spectral.rules import PREFIX
from governance.patterns import pattern_of
from governance.waiver_files import FOLDER, Decided, dangling_names, read_waivers
from governance.waivers import Applied, Case, Subject, apply


@dataclass(frozen=True, slots=True)
class Judged:
    """Findings about one version, or about a change from one to another."""

    findings: tuple[Finding, ...]
    api: str
    """Of a version of a workspace; empty for any other document."""
    version: str
    """What `versions` of a waiver is held against; the newer one of two."""
    called: str
    """The version whose callers the findings concern."""


def held(
    judged: Sequence[Judged],
    rules: Collection[str],
    *,
    decisions: Path | None,
    workspace: Path | None,
    api: str | None,
    at: date | None,
    pinned: Collection[str] | None = None,
) -> Applied | None:
    """The findings with their waivers; None where there are none.

    `decisions` is a folder that was named; without it, that of the `workspace` counts where one of its versions is
    judged. `api` says whose versions documents are that are none of a workspace. `rules` are those that were asked,
    `pinned` those of rule sets that only lint knows. Raises InvalidInputError where a waiver cannot be read, names an
    api, a consumer or a pinned rule that is not there, or a folder was named and nobody says which api a document is a
    version of.
    """
    folder = decisions or _own(judged, workspace)
    waivers = read_waivers(folder) if folder is not None else ()
    if not waivers:
        return None
    named = [one.api or api or "" for one in judged]
    if decisions is not None and not all(named):
        message = "which api these documents are versions of is not said, and every waiver names one"
        raise InvalidInputError([Diagnostic(before(decisions).rstrip("/"), "no-api", message, "add --api NAME")])
    landscape = _landscape(waivers, workspace)
    _judge_names(waivers, workspace, landscape)
    _judge_pinned(waivers, pinned)
    cases = [
        Case(one.findings, Subject(name, one.version, _callers(name, one.called, landscape)))
        for one, name in zip(judged, named, strict=True)
    ]
    return apply(cases, waivers, at or datetime.now(tz=UTC).date(), judged=rules)


def _own(judged: Sequence[Judged], workspace: Path | None) -> Path | None:
    """The decisions of the workspace, where a version of it is judged."""
    folder = workspace / FOLDER if workspace is not None else None
    return folder if folder is not None and folder.is_dir() and any(one.api for one in judged) else None


def _callers(api: str, version: str, landscape: Landscape | None) -> frozenset[str] | None:
    """Consumers that may call the version; None where that is not known."""
    if landscape is None or api not in landscape.apis or version not in landscape.apis[api][0].versions:
        return None
    return frozenset(caller.consumer for caller in callers(api, version, landscape))


def _landscape(waivers: tuple[Decided, ...], workspace: Path | None) -> Landscape | None:
    """Who may call what; read only where a waiver names consumers."""
    if workspace is None or not any(one.waiver.consumers for one in waivers):
        return None
    return read_landscape(workspace)


def _judge_names(waivers: tuple[Decided, ...], workspace: Path | None, landscape: Landscape | None) -> None:
    """Raises InvalidInputError for names of the workspace that are misspelt: such a waiver would never match."""
    if workspace is None or not (workspace / SETTINGS).is_file():
        return
    apis, people = survey(workspace).apis, landscape.consumers if landscape is not None else {}
    faults = list(dangling_names(waivers, apis, people))
    if faults:
        raise InvalidInputError(faults)


def _judge_pinned(waivers: tuple[Decided, ...], pinned: Collection[str] | None) -> None:
    """Raises InvalidInputError for rules of pinned rule sets that none of these has."""
    faults = [
        one.source.fault("/rule", "unknown-rule", f"there is no rule {rule}", instead(rule, pinned))
        for one in waivers
        if pinned is not None and (rule := one.waiver.rule or "").startswith(PREFIX)
        and not any(pattern_of(rule).fullmatch(name) for name in pinned)
    ]  # fmt: skip
    if faults:
        raise InvalidInputError(faults)
