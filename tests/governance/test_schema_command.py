import json

import jsonschema_rs
import pytest
from board import Board
from diff_findings import ADDED, BREAKING, verdict
from fuzz_tape import Tape
from gate_verdicts import WHOLE
from linted import linted

from contracts import yaml12
from governance.lint.baseline import as_yaml
from governance.reports.diff_json import as_json
from governance.reports.fuzz_json import as_json as fuzz_as_json
from governance.reports.gate_json import as_json as gate_as_json
from governance.reports.lint_json import as_json as lint_as_json

EXAMPLES = {
    "tidewaiter": "tidewaiter.yaml",
    "environment": "environments/test.yaml",
    "api": "contracts/orders/api.yaml",
    "overlay": "contracts/stock/2.0/overlay.yaml",
    "system": "systems/erp-south.yaml",
    "entity": "entities/north.yaml",
    "consumer": "consumers/carrier.yaml",
    "plans": "policies/plans.yaml",
    "issuers": "policies/issuers.yaml",
    "modes": "policies/modes.yaml",
    "lint": "governance/lint.yaml",
    "lifecycle": "governance/lifecycle.yaml",
    "board": "governance/board.yaml",
    "waiver": "decisions/a-waiver.yaml",
    "decision": "decisions/first.yaml",
    "node": ".tidewaiter/node.yaml",
    "trust-root": "trust.json",
    "lint-rules": "governance/rules.yaml",
    "lint-baseline": "known.yaml",
    "fuzz-samples": "samples.yaml",
    "lint-report": "lint.json",
    "diff-report": "diff.json",
    "lifecycle-report": "calendar.json",
    "gate-report": "gate.json",
    "fuzz-report": "fuzz.json",
}
WAIVER = """kind: waiver
api: orders
finding: "0123456789ab"
owner: orders@harbour.example
reason: Its only caller was told.
until: 2026-12-31
approved_by: [the board]
"""


def test_the_kinds_are_listed(command):
    code, out, _ = command("schema")

    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == list(EXAMPLES)


@pytest.mark.parametrize("kind", EXAMPLES)
def test_every_field_says_what_it_means(kind, command):
    schema = json.loads(command("schema", kind)[1])

    models = {"": schema, **schema.get("$defs", {})}
    fields = {(name, key): held for name, model in models.items() for key, held in model.get("properties", {}).items()}
    assert fields
    assert [at for at, held in fields.items() if not str(held.get("description", "")).endswith((".", "?"))] == []


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_schema_takes_a_good_file_and_refuses_an_unknown_key(kind, command, workspace, tmp_path):
    board = Board(tmp_path / "board")
    workspace.write(EXAMPLES["decision"], board.draft().read_bytes())
    workspace.write(EXAMPLES["trust-root"], board.trust.read_bytes())
    workspace.write(EXAMPLES["node"], "secrets: {ERP_KEY: {env: ERP_KEY, origins: ['https://erp.example.com']}}")
    workspace.write(EXAMPLES["lint"], "diff: {severities: [{rule: path-*, severity: info, reason: a trial}]}")
    workspace.write(EXAMPLES["lifecycle"], "notice_days: {partner: 90}")
    workspace.write(EXAMPLES["board"], "rules: [{changes: [breaks], layers: [system], who: quorum}]")
    workspace.write(EXAMPLES["waiver"], WAIVER)
    workspace.write(EXAMPLES["lint-rules"], "rule_set: mine/1\nrules: {money-as-number: error}\n")
    verdict_of_lint = linted()
    workspace.write(EXAMPLES["lint-baseline"], as_yaml(verdict_of_lint.reports, None, "orders", "goes with 2.0"))
    workspace.write(EXAMPLES["lint-report"], lint_as_json(verdict_of_lint))
    workspace.write(EXAMPLES["diff-report"], as_json(verdict(BREAKING, ADDED)))
    workspace.write(EXAMPLES["gate-report"], gate_as_json(WHOLE))
    workspace.write(EXAMPLES["fuzz-samples"], "operations: {getParty: [{parameters: {id: 101}}]}\ncanaries: [OTHER]\n")
    workspace.write(EXAMPLES["fuzz-report"], fuzz_as_json(Tape(tmp_path).all_fine().verdict()))
    command(
        "lifecycle", "-w", workspace.folder, "--format", "json", "-o", workspace.folder / EXAMPLES["lifecycle-report"]
    )
    code, out, _ = command("schema", kind)

    schema = json.loads(out)
    validator = jsonschema_rs.validator_for(schema)
    tree = yaml12.parse((workspace.folder / EXAMPLES[kind]).read_bytes(), kind)
    assert code == 0
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert [error.message for error in validator.iter_errors(tree)] == []
    assert not validator.is_valid({**tree, "unknown": 1})


def test_all_are_written(command, tmp_path):
    code, out, err = command("schema", "--output", tmp_path / "schemas")

    assert (0, "") == (code, out)
    assert f"{len(EXAMPLES)} schemas" in err
    written = sorted(path.name for path in (tmp_path / "schemas").iterdir())
    assert written == sorted(f"{kind}.schema.json" for kind in EXAMPLES)


def test_one_is_written_to_a_file(command, tmp_path):
    command("schema", "plans", "-o", tmp_path / "plans.json")

    assert json.loads((tmp_path / "plans.json").read_text())["title"] == "policies/plans.yaml"
