"""`tidewaiter schema [KIND]`: the JSON Schema of each kind of file, so that editors complete and check."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.terminal import deliver, say, table

if TYPE_CHECKING:
    from contracts.layout import Kind


def command(
    kind: Annotated[str | None, typer.Argument(help="tidewaiter, api, system, ...; all are listed without it.")] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="A folder: every kind is written there; a file for one kind.")
    ] = None,
) -> None:
    """Print the JSON Schema (2020-12) of one kind of file; without KIND, list the kinds, or write all to --output."""
    from contracts.wording import instead

    kinds = _kinds()
    if kind is not None and kind not in kinds:
        say(f"tidewaiter schema: there is no kind of file of this name; {instead(kind, kinds)}")
        raise typer.Exit(2)
    if kind is not None:
        deliver(_text(schema_of(kind)), output)
    elif output is None:
        deliver(table(("KIND", "FILE"), [(name, found.where) for name, found in kinds.items()]), None)
    else:
        output.mkdir(parents=True, exist_ok=True)
        for name in kinds:
            deliver(_text(schema_of(name)), output / f"{name}.schema.json")
        say(f"{len(kinds)} schemas are in {output}")


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of one kind of file."""
    found = _kinds()[kind]
    schema = found.model.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": found.where}


def _kinds() -> "Mapping[str, Kind]":
    """The kinds of files of a workspace, the node's own settings, and what commands print for machines."""
    from contracts.layout import KINDS, Kind
    from gateway.node import NODE_FILE, NodeSettings
    from governance.decisions.decision import Decision
    from governance.diff.reporting import LINT_FILE
    from governance.lifecycle.terms import FILE as TERMS_FILE
    from governance.lifecycle.terms import Terms
    from governance.lint.baseline import Baseline
    from governance.lint.rule_sets import RuleSetFile
    from governance.reports.diff_json import DiffReportModel
    from governance.reports.lifecycle_json import LifecycleReportModel
    from governance.reports.lint_json import LintReportModel
    from governance.severities import Lint
    from governance.trust.root import Root
    from governance.waiver import Waiver
    from governance.waiver_files import WHERE

    return {
        **KINDS,
        "node": Kind(NodeSettings, NODE_FILE),
        "lint": Kind(Lint, LINT_FILE),
        "lifecycle": Kind(Terms, TERMS_FILE),
        "waiver": Kind(Waiver, WHERE),
        "decision": Kind(Decision, WHERE),
        "trust-root": Kind(Root, "the file that `trust` in the node's settings names"),
        "lint-rules": Kind(RuleSetFile, "the file that `rule_set` in governance/lint.yaml names"),
        "lint-baseline": Kind(Baseline, "tidewaiter lint --baseline write FILE"),
        "lint-report": Kind(LintReportModel, "tidewaiter lint --format json"),
        "diff-report": Kind(DiffReportModel, "tidewaiter diff --format json"),
        "lifecycle-report": Kind(LifecycleReportModel, "tidewaiter lifecycle --format json"),
    }


def _text(schema: dict[str, Any]) -> str:
    return json.dumps(schema, indent=2) + "\n"
