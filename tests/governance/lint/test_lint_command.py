"""`tidewaiter lint`: inputs, exit codes, the baseline, the workspace."""

import copy
import hashlib
import json
from pathlib import Path

import pytest
from linted import ORDERS

MERIDIAN = Path(__file__).resolve().parents[3] / "examples" / "meridian"


@pytest.fixture
def orders(tmp_path):
    def write(name="orders.json", **changed):
        tree = copy.deepcopy(ORDERS)
        tree.update(changed)
        path = tmp_path / name
        path.write_text(json.dumps(tree, indent=2), encoding="utf-8")
        return path

    return write


def told(command, *arguments):
    code, out, _ = command("lint", *arguments, "--format", "json")
    return code, json.loads(out)


def rules(document):
    return {one["rule"] for one in document["findings"]}


def test_a_document_is_judged(command, orders):
    code, found = told(command, orders())
    (document,) = found["documents"]
    assert code == found["exit_code"] == 1
    assert {"security-unstated", "money-as-number", "text-without-max-length"} <= rules(document)
    (money,) = [one for one in document["findings"] if one["rule"] == "money-as-number"]
    assert money["at"]["pointer"] == "/components/schemas/Order/properties/price"
    assert money["at"]["file"].endswith("orders.json")
    assert money["at"]["line"] > 1
    assert [(use["method"], use["path"]) for use in money["reach"]] == [("PUT", "/orders"), ("POST", "/orders")]


def test_the_threshold_decides_the_exit_code(command, orders):
    path = orders(security=[])
    assert command("lint", path)[0] == 0
    assert command("lint", path, "--fail-on", "warning")[0] == 1
    assert command("lint", path, "--rule", "component-unused", "--fail-on", "info")[0] == 0


def test_only_the_rules_that_are_named_are_asked(command, orders):
    _, found = told(command, orders(), "--rule", "money-as-number")
    assert rules(found["documents"][0]) == {"money-as-number"}
    code, _, err = command("lint", orders(), "--rule", "money-as-numbr")
    assert (code, "write `money-as-number`" in err) == (2, True)


def test_layer_and_visibility_may_be_said(command, orders):
    path = orders()
    assert "system-api-visible" not in rules(told(command, path)[1]["documents"][0])
    _, found = told(command, path, "--layer", "system", "--visibility", "partner")
    assert "system-api-visible" in rules(found["documents"][0])


def test_many_documents(command, orders):
    _, out, _ = command("lint", orders("a.json"), orders("b.json", security=[]))
    assert out.splitlines()[-1].startswith("2 documents: 1 error, ")


def test_what_cannot_be_read_is_told_and_nothing_is_judged(command, orders, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("openapi: 3.1.0\n<<<<<<< HEAD\n", encoding="utf-8")
    code, out, err = command("lint", orders(), broken, tmp_path / "none.yaml")
    assert (code, out) == (2, "")
    assert "broken.yaml:2:1: error[merge-conflict]" in err
    assert "keep what holds, and take out the lines" in err
    assert "none.yaml" in err
    assert "nothing was judged" in err


def test_without_a_document_a_workspace_is_needed(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = command("lint")
    assert (code, out) == (2, "")
    assert "this is no workspace" in err


def test_a_workspace_is_judged_whole(command, workspace):
    _, found = told(command, "-w", workspace.folder)
    names = [one["document"]["name"] for one in found["documents"]]
    assert names == ["orders@1.1", "orders@2.0", "stock@2.0"]
    assert [one["layer"] for one in found["documents"]] == ["system", "system", "system"]
    assert "system-api-visible" in rules(found["documents"][0])
    assert found["left_out"] == [{"version": "orders@1.0", "reason": "it is retired"}]


def test_a_version_of_a_workspace(command, workspace):
    _, found = told(command, "stock@2.0", "-w", workspace.folder)
    (document,) = found["documents"]
    assert (document["document"]["name"], document["visibility"]) == ("stock@2.0", "internal")


def test_settings_of_the_workspace_count(command, workspace, orders):
    path = orders()
    text = "lint: {fail_on: info, severities: [{rule: '*', severity: 'off', reason: a trial}]}\n"
    workspace.write("governance/lint.yaml", text)
    assert command("lint", path, "-w", workspace.folder)[0] == 0
    workspace.write("governance/lint.yaml", text.replace("reason", "reasn"))
    code, _, err = command("lint", path, "-w", workspace.folder)
    assert (code, "governance/lint.yaml:1" in err) == (2, True)


def test_a_rule_set_of_the_workspace_is_held_to_its_digest(command, workspace, orders):
    text = "rule_set: mine/1\nextends: nothing\nrules: {money-as-number: error}\n"
    digest = hashlib.sha256(text.encode()).hexdigest()
    workspace.write("governance/rules.yaml", text)
    pin = f"lint: {{rule_set: {{file: governance/rules.yaml, digest: 'sha256:{digest}'}}}}\n"
    workspace.write("governance/lint.yaml", pin)
    code, found = told(command, orders(), "-w", workspace.folder)
    assert (code, found["documents"][0]["rule_set"]) == (1, "mine/1")
    assert rules(found["documents"][0]) == {"money-as-number"}
    workspace.write("governance/rules.yaml", text.replace("error", "info"))
    code, _, err = command("lint", orders(), "-w", workspace.folder)
    assert (code, "not the one that was pinned" in err) == (2, True)
    code, out, _ = command("check", workspace.folder)
    assert code == 1
    assert "digest-differs" in out


def test_a_baseline_lets_pass_what_is_known(command, orders, tmp_path):
    path, known = orders(), tmp_path / "known.yaml"
    code, _, err = command("lint", path, "--baseline", "write", known, "--owner", "sales", "--reason", "goes with 2.0")
    assert code == 0
    assert "findings known now" in err
    code, found = told(command, path, "--baseline", "check", known, "--fail-on", "info")
    assert code == 0
    assert {one["known"] for one in found["documents"][0]["findings"]} == {True}
    assert found["stale"] == []


def test_a_new_finding_fails_and_a_stale_entry_is_told(command, orders, tmp_path):
    known = tmp_path / "known.yaml"
    command("lint", orders(), "--baseline", "write", known, "--owner", "sales", "--reason", "goes with 2.0")
    components = copy.deepcopy(ORDERS["components"])
    order = components["schemas"]["Order"]
    order["properties"] = {"tax": {"type": "number"}, **order["properties"]}
    del order["properties"]["note"]
    path = orders(components=components)
    code, found = told(command, path, "--baseline", "check", known, "--fail-on", "warning", "--rule", "money-as-number")
    new = [one for one in found["documents"][0]["findings"] if not one["known"]]
    assert [(one["rule"], one["at"]["pointer"]) for one in new] == [
        ("money-as-number", "/components/schemas/Order/properties/tax")
    ]
    assert code == 1
    code, found = told(command, path, "--baseline", "check", known)
    stale = [(one["rule"], one["place"], one["owner"]) for one in found["stale"]]
    assert stale == [("text-without-max-length", "/components/schemas/Order/properties/note", "sales")]
    assert code == 0


def test_only_asked_rules_make_an_entry_stale(command, orders, tmp_path):
    path, known = orders(), tmp_path / "known.yaml"
    command("lint", path, "--baseline", "write", known, "--owner", "sales", "--reason", "goes with 2.0")
    _, found = told(command, path, "--baseline", "check", known, "--rule", "money-as-number")
    assert found["stale"] == []


def test_writing_again_keeps_owners_and_reasons(command, orders, tmp_path):
    path, known = orders(), tmp_path / "known.yaml"
    command("lint", path, "--baseline", "write", known, "--owner", "sales", "--reason", "goes with 2.0")
    first = known.read_text(encoding="utf-8")
    command("lint", path, "--baseline", "write", known, "--owner", "other", "--reason", "another one")
    assert known.read_text(encoding="utf-8") == first


def test_a_baseline_needs_an_owner_and_a_reason(command, orders, tmp_path):
    code, _, err = command("lint", orders(), "--baseline", "write", tmp_path / "known.yaml", "--owner", "sales")
    assert (code, "--reason" in err) == (2, True)
    code, _, err = command("lint", orders(), "--baseline", "raed", tmp_path / "known.yaml")
    assert (code, "--baseline check FILE" in err) == (2, True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("form: tidewaiter-lint-baseline/1\nknown: [{rule: x}]\n", "owner"),
        ("form: tidewaiter-lint-baseline/2\n", "form"),
        ("known: [\n", "known.yaml:"),
    ],
)
def test_a_baseline_that_is_wrong_is_told(command, orders, tmp_path, text, message):
    known = tmp_path / "known.yaml"
    known.write_text(text, encoding="utf-8")
    code, out, err = command("lint", orders(), "--baseline", "check", known)
    assert (code, out) == (2, "")
    assert message in err


def test_a_baseline_that_is_not_there_is_told(command, orders, tmp_path):
    code, _, err = command("lint", orders(), "--baseline", "check", tmp_path / "known.yaml")
    assert (code, "--baseline write FILE" in err) == (2, True)


def test_a_fingerprint_survives_reordering_and_unrelated_edits(command, orders):
    def prints(path):
        return {one["fingerprint"] for one in told(command, path)[1]["documents"][0]["findings"]}

    before = prints(orders())
    paths = copy.deepcopy(ORDERS["paths"])
    post = paths["/orders"].pop("post")
    post["parameters"].insert(0, {"name": "dry", "in": "query", "schema": {"type": "boolean"}})
    paths["/orders"]["post"] = {"summary": "Place an order.", **post}
    assert prints(orders("moved.json", paths=paths)) == before


def test_it_is_written_to_a_file(command, orders, tmp_path):
    target = tmp_path / "out.sarif"
    code, out, err = command("lint", orders(), "--format", "sarif", "-o", target)
    assert (code, out) == (1, "")
    assert "1 document: 1 error" in err
    assert json.loads(target.read_text(encoding="utf-8"))["version"] == "2.1.0"


def test_the_example_workspace_is_clean(command):
    code, found = told(command, "-w", MERIDIAN)
    assert code == 0
    seen = {(one["layer"], one["visibility"]) for one in found["documents"]}
    assert seen == {("system", "internal"), ("process", "partner"), ("experience", "public")}
