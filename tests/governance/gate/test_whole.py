"""Rules about all of something: files that came or went, contracts, operations, waivers. With those of keys, every rule."""

import shutil
from pathlib import Path

import pytest
import yaml
from gated import NOW, names, ruling_of

from governance.changes.fields.rules import FIELD_RULES
from governance.changes.state import read_state
from governance.release.covering import Ground
from governance.release.ruled import rule

ORDERS = "contracts/orders/1.0.yaml"
WAIVER = "kind: waiver\napi: orders\nrule: request-maximum-narrowed\npaths: [/orders]\nowner: o\nreason: nobody asks for it\nuntil: 2026-12-31\napproved_by: [b]\n"


def on_main(gated, make):
    gated.git("checkout", "-q", "main")
    make(gated)
    gated.commit("before")
    gated.git("checkout", "-q", "-B", "change")


def a_file(gated):
    gated.write("consumers/lab.yaml", gated.text("consumers/web.yaml").replace("claim: web", "claim: lab"))


def no_file(gated):
    gated.remove("consumers/web.yaml")


def a_file_of_rules(gated):
    on_main(gated, lambda g: g.write("governance/notes.yaml", "a: 1\n"))
    gated.write("governance/notes.yaml", "a: 2\n")


def the_same_file_of_rules(gated):
    on_main(gated, lambda g: g.write("governance/notes.yaml", "a: 1\nb: 2\n"))
    gated.write("governance/notes.yaml", "b: 2\na: 1 # first\n")


def an_authority(gated):
    pem = (Path(__file__).parents[2] / "workspaces/harbour/systems/north-ca.pem").read_text()

    def before(g):
        g.write("systems/ca.pem", pem)
        g.append("systems/erp.yaml", "tls: {ca: systems/ca.pem}\n")

    on_main(gated, before)
    gated.append("systems/ca.pem", "\n")


def a_contract(gated):
    gated.write("contracts/tools/api.yaml", "title: T\nowner: o\nversions: {'1.0': {stage: active}}\n")
    gated.write("contracts/tools/1.0.yaml", gated.text("contracts/catalog/1.0.yaml"))


def no_contract(gated):
    on_main(gated, a_contract)
    shutil.rmtree(gated.ws / "contracts/tools")


def no_draft(gated):
    gated.remove("contracts/orders/2.0.yaml")
    gated.edit("contracts/orders/api.yaml", '  "2.0": {stage: draft}\n', "")


def unservable(gated):
    gated.edit(
        ORDERS,
        "pattern: '^SO-[0-9]{1,12}$', maxLength: 15}\n      responses",
        "pattern: '^SO-(?!0)[0-9]{1,12}$', maxLength: 15}\n      responses",
    )


def servable(gated):
    on_main(gated, unservable)
    gated.edit(ORDERS, "(?!0)", "")


def a_waiver(gated):
    gated.write("decisions/w.yaml", WAIVER)


def another_waiver(gated):
    on_main(gated, a_waiver)
    gated.edit("decisions/w.yaml", "[/orders]", '["/orders/**"]')


def no_waiver(gated):
    on_main(gated, a_waiver)
    gated.remove("decisions/w.yaml")


def bounded(gated):
    gated.edit(ORDERS, "maximum: 100,", "maximum: 10,")
    gated.edit(ORDERS, "minLength: 1, maxLength: 40", "minLength: 1, maxLength: 4")


CASES = {
    "file-added": (a_file, "consumers/lab.yaml"), "file-removed": (no_file, "consumers/web.yaml"),
    "rule-file-changed": (a_file_of_rules, "governance/notes.yaml"),
    "other-file-changed": (an_authority, "systems/ca.pem"), "contract-added": (a_contract, "tools@1.0"),
    "contract-removed": (no_contract, "tools@1.0"), "operation-not-served": (unservable, "orders@1.0"),
    "operation-served": (servable, "orders@1.0"), "waiver-added": (a_waiver, "decisions/w.yaml"),
    "waiver-edited": (another_waiver, "decisions/w.yaml"), "waiver-removed": (no_waiver, "decisions/w.yaml"),
    "comparison-bounded": (bounded, "orders@1.0"), "board-weaker": (
        lambda g: g.edit("governance/board.yaml", "{changes: [breaks, unproven], who: owner-and-consumers}",
                         "{changes: [breaks, unproven], who: owner}"), "governance/board.yaml"),
}  # fmt: skip


@pytest.mark.parametrize(("expected", "case"), CASES.items(), ids=CASES)
def test_a_rule(gated, monkeypatch, expected, case):
    make, name = case
    make(gated)
    if expected == "comparison-bounded":
        monkeypatch.setattr("governance.diff.comparison.PROOF_SECONDS", 0.0)
    change = ruling_of(gated.judge(), name).change

    (first, *_) = [point for point in (*change.points, *change.noted) if point.finding.rule == expected]
    assert first.classes == FIELD_RULES[expected].classes
    assert first.file


def test_the_first_release(gated):
    contents = read_state(gated.ws, None)
    ruled = rule(None, contents, (), Ground("", contents.digests, None, NOW), NOW.date())

    assert {point.finding.rule for one in ruled.rulings for point in one.change.points} == {"first-release"}
    assert {one.asked.who for one in ruled.rulings if one.change.points} == {"quorum"}


def test_every_rule_is_found_by_a_row_of_a_table():
    keys = yaml.safe_load((Path(__file__).parent / "fields.yaml").read_text())["rows"]
    found = {rule for row in keys for rule in row["finds"]} | set(CASES) | {"first-release"}
    found.add("approval-ends")  # of a release that says until when: tests/governance/test_release_ends.py

    assert found == set(FIELD_RULES)


@pytest.mark.parametrize("make", [the_same_file_of_rules, no_draft])
def test_nothing_to_decide(gated, make):
    make(gated)

    assert gated.judge().exit_code == 0


def test_an_unservable_operation_names_those_who_called_it(gated):
    unservable(gated)
    points = [
        one
        for one in ruling_of(gated.judge(), "orders@1.0").change.points
        if one.finding.rule == "operation-not-served"
    ]

    assert sorted([caller.consumer for caller in one.callers] for one in points) == [["edi", "portal"], ["portal"]]
    assert names(gated.judge().undecided) == ["orders@1.0"]


def test_an_operation_that_another_file_holds_back_is_its_apis_owner_to_decide_on(gated):
    """A record pin asks for proofs that the contract cannot give: nothing in the contract's own file changed."""
    for entity, value in (("north", "10"), ("south", "20")):
        old = f'      query: {{company: "{value}"}}'
        gated.edit(f"entities/{entity}.yaml", old, f"      record: {{field: company, value: '{value}'}}")
    found = ruling_of(gated.judge(), "ledger@1.0")

    assert {point.finding.rule for point in found.change.points} == {"operation-not-served"}
    assert (found.change.layer, found.change.owner) == ("system", "ledger@quay.example")
    assert found.change.digest == read_state(gated.ws, None).workspace.contracts["ledger", "1.0"].document.digest
    assert found.asked.who == "owner"
