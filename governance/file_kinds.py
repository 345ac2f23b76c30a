"""Every kind of file that people write or commands print, by the name that `tidewaiter schema` gives it."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from contracts.layout import KINDS, Kind
from gateway.node import NODE_FILE, NodeSettings
from gateway.trust.decision import Decision
from gateway.trust.root import Root
from governance.board_rules import FILE as BOARD_FILE
from governance.board_rules import BoardRules
from governance.fuzz.samples import Samples
from governance.lifecycle.terms import FILE as TERMS_FILE
from governance.lifecycle.terms import Terms
from governance.lint.baseline import Baseline
from governance.lint.rule_sets import RuleSetFile
from governance.lint_file import FILE as LINT_FILE
from governance.reports.diff_json import DiffReportModel
from governance.reports.fuzz_json import FuzzReportModel
from governance.reports.gate_json import GateReportModel
from governance.reports.lifecycle_json import LifecycleReportModel
from governance.reports.lint_json import LintReportModel
from governance.severities import Lint
from governance.waiver import Waiver
from governance.waiver_files import WHERE as DECISIONS

PLACED: Final[Mapping[str, Kind]] = {
    **KINDS,
    "lint": Kind(Lint, LINT_FILE),
    "lifecycle": Kind(Terms, TERMS_FILE),
    "board": Kind(BoardRules, BOARD_FILE),
    "waiver": Kind(Waiver, DECISIONS),
    "decision": Kind(Decision, DECISIONS),
    "node": Kind(NodeSettings, NODE_FILE),
}
"""Files of a workspace that have their place in it."""
NAMED: Final[Mapping[str, Kind]] = {
    "trust-root": Kind(Root, "the file that `trust` in the node's settings names"),
    "lint-rules": Kind(RuleSetFile, "the file that `rule_set` in governance/lint.yaml names"),
    "lint-baseline": Kind(Baseline, "tidewaiter lint --baseline write FILE"),
    "fuzz-samples": Kind(Samples, "tidewaiter fuzz --samples FILE"),
}
"""Files that lie where somebody says."""
PRINTED: Final[Mapping[str, Kind]] = {
    "lint-report": Kind(LintReportModel, "tidewaiter lint --format json"),
    "diff-report": Kind(DiffReportModel, "tidewaiter diff --format json"),
    "lifecycle-report": Kind(LifecycleReportModel, "tidewaiter lifecycle --format json"),
    "gate-report": Kind(GateReportModel, "tidewaiter gate --format json"),
    "fuzz-report": Kind(FuzzReportModel, "tidewaiter fuzz --format json"),
}
"""What commands print for machines."""
ALL: Final[Mapping[str, Kind]] = {**PLACED, **NAMED, **PRINTED}
_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of file. Raises KeyError."""
    found = ALL[kind]
    return {"$schema": _DIALECT, **found.model.model_json_schema(), "title": found.where}


def schema_of_decisions() -> dict[str, Any]:
    """That of whatever lies in `decisions/`: a waiver where the file says `kind`, else a decision."""
    references, shared = models_json_schema([(Waiver, "validation"), (Decision, "validation")])
    waiver, decision = (references[model, "validation"] for model in (Waiver, Decision))
    return {
        "$schema": _DIALECT,
        "title": DECISIONS,
        "if": {"required": ["kind"]},
        "then": waiver,
        "else": decision,
        "$defs": shared["$defs"],
    }


def glob_of(where: str) -> str:
    """The place of a kind as a pattern of paths: `entities/<id>.yaml` becomes `entities/*.yaml`."""
    return re.sub(r"<[^>]*>", "*", where)


def as_text(schema: Mapping[str, Any]) -> str:
    """A schema as it is written."""
    return json.dumps(schema, indent=2) + "\n"
