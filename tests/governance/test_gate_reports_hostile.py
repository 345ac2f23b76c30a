"""A real change of a workspace in which every text attacks: contracts, names, owners, reasons, decisions, paths."""

import json

import pytest
from gate_forms import FORMS, assert_stays_text
from gate_repository import Repository
from hostile_documents import EVERYTHING, attacking

from governance.cli.gating import context_of
from governance.explained_finding import find
from governance.explained_sources import of_verdict
from governance.gate.judge import judge
from governance.reports.explained_finding import as_json, as_text

IN_A_PATH = "<script>document.title='ran'</script>@team::error::[a](b)"
BRACES = str.maketrans("{}", "()")


def servable(text):
    """Without what no contract that is served can hold: braces and marks in paths, statuses that are none."""
    tree = json.loads(text)
    tree["paths"] = {f"{name[:4]}{IN_A_PATH}": item for name, item in tree["paths"].items()}
    for item in tree["paths"].values():
        for operation in (one for one in item.values() if isinstance(one, dict)):
            answers = operation["responses"]
            operation["responses"] = {status: answers[status] for status in answers if status.isdecimal()}
    return json.dumps(tree)


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """The verdict, and what is told with it."""
    repository = Repository(tmp_path_factory.mktemp("hostile") / "repository")
    text = EVERYTHING
    old, new = map(servable, attacking(text.translate(BRACES)))
    api = {
        "title": text,
        "owner": text,
        "layer": "process",
        "visibility": "partner",
        "versions": {"1.0": {"stage": "active"}},
    }
    repository.write("contracts/attacks/api.yaml", json.dumps(api))
    repository.write("contracts/attacks/1.0.json", old)
    rules = {"rules": [{"changes": ["breaks"], "who": "owner"}], "contact": text, "owners": {text: ["anna"]}}
    repository.write("governance/board.yaml", json.dumps(rules))
    for name in ("portal", "webshop"):
        repository.edit(
            f"consumers/{name}.yaml",
            ("owner: ", f"owner: {json.dumps(text)} # "),
            ("name: ", f"name: {json.dumps(text)} # "),
        )
    waiver = {
        "kind": "waiver", "api": "attacks", "rule": "path-removed", "versions": ["1.0"], "owner": text,
        "reason": text, "until": "2026-12-31", "approved_by": [text], "paths": ["/gon**"],
    }  # fmt: skip
    repository.write("decisions/let-pass.yaml", json.dumps(waiver))
    repository.commit("base")
    repository.git("switch", "-q", "-c", "change")
    repository.write("contracts/attacks/1.0.json", new)
    for file in ("entities/mde.yaml", "systems/stock-demo.yaml", "contracts/stock/api.yaml"):
        repository.edit(file, ("owner: ", f"owner: {json.dumps(text)} # "))
    repository.write("decisions/other.yaml", json.dumps({**waiver, "rule": "path-added"}))
    repository.commit("change")
    verdict = judge(repository.ws, "main")
    return verdict, context_of(verdict, "main", repository.ws, None, None, None, history=True)


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form, judged):
    verdict, context = judged

    text = FORMS[form](verdict, context)
    assert_stays_text(form, text)
    assert "document.title" in text.replace("\\", "")


def test_every_finding_explained(judged):
    verdict, context = judged
    known = of_verdict(verdict, context)

    assert len(known) > 25
    for one in known:
        found = find(one.fingerprint, known)
        assert_stays_text("text", as_text(found, verdict.at))
        json.loads(as_json(found, verdict.at))
