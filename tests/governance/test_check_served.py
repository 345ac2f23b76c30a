"""`check` counts what is really served: by entity, offer, stage of the version, and tells what keeps the rest back."""

import json

import pytest

ORDERS = "contracts/orders/api.yaml"
NORTH = "entities/north.yaml"
SOUTH = "entities/south.yaml"
STOCK = "contracts/stock/api.yaml"


def lines(command, workspace):
    code, out, _ = command("check", workspace.folder)
    return code, out.splitlines()


@pytest.mark.parametrize(
    ("stage", "what", "status", "severity", "exit_code", "served"),
    [
        ("candidate", "a candidate", "404", "note", 0, "4 of 4 operations"),
        ("suspended", "suspended", "503", "warning", 1, "4 of 5 operations"),
    ],
)
def test_an_entity_that_is_not_served(workspace, command, stage, what, status, severity, exit_code, served):
    workspace.replace(SOUTH, "stage: onboarded", f"stage: {stage}")

    code, told = lines(command, workspace)

    assert code == exit_code
    line = workspace.line_of(SOUTH, "stage:")
    assert told[0].startswith(
        f"{SOUTH}:{line}:1: {severity}[entity-not-served] south is {what}: nothing that it offers"
    )
    assert f"calls answer {status}; write `stage: onboarded`" in told[0]
    # orders@2.0 is offered by north too; stock@2.0 by nobody else.
    assert f"3 contracts, {served} served" in told[-1]


def test_an_entity_without_a_stage_is_a_candidate(workspace, command):
    workspace.replace(SOUTH, "stage: onboarded\n", "")

    code, told = lines(command, workspace)

    assert code == 1
    assert "south is a candidate (what it is without a `stage`)" in told[0]


def test_nobody_is_served(workspace, command):
    workspace.replace(SOUTH, "stage: onboarded", "stage: suspended")
    workspace.replace(NORTH, "stage: onboarded", "stage: candidate")

    code, told = lines(command, workspace)

    assert code == 1
    assert "0 errors, 1 warning: it starts, and serves nothing; 3 contracts, 0 of 3 operations served" in told[-1]
    told = json.loads(command("check", workspace.folder, "--format", "json")[1])
    assert (told["operations"], told["operations_not_served"], told["operations_set_aside"]) == (3, 3, 2)


def test_an_entity_without_offers_and_versions_that_nobody_offers(workspace, command):
    text = (workspace.folder / SOUTH).read_text()
    workspace.write(SOUTH, text[: text.index("offers:")])

    code, told = lines(command, workspace)

    assert code == 1
    line = workspace.line_of(STOCK, '"2.0":')
    assert told[0].startswith(f"{STOCK}:{line}:3: warning[not-offered] no entity offers stock@2.0: nothing of it is")
    assert "offer it: `- contract: stock@2.0` under `offers` of an entity" in told[0]
    assert told[1].startswith(f"{SOUTH}:1:1: warning[no-offers] south offers nothing: no call reaches it; add `offers`")
    assert "4 of 5 operations served" in told[-1]


def test_a_draft_that_is_offered(workspace, command):
    workspace.replace(STOCK, "stage: active", "stage: draft")

    code, told = lines(command, workspace)

    assert code == 1
    line = workspace.line_of(STOCK, "stage: draft")
    assert told[0].startswith(f"{STOCK}:{line}:5: warning[draft-offered] stock@2.0 is offered and is a draft: its")
    assert "4 of 5 operations served" in told[-1]


def test_a_draft_that_nobody_offers_is_no_finding_and_is_not_counted(workspace, command):
    workspace.replace(STOCK, "stage: active", "stage: draft")
    workspace.replace(SOUTH, "  - contract: stock@2.0\n    system: erp-south\n", "")

    code, told = lines(command, workspace)

    assert code == 0
    assert (
        "4 of 4 operations served (1 of retired versions, of drafts that nobody offers or of candidates, not counted)"
        in told[-1]
    )


def test_a_version_past_its_sunset_is_told_and_served(workspace, command):
    workspace.replace(ORDERS, "sunset: 2099-07-31", "sunset: 2026-02-01")

    code, told = lines(command, workspace)

    assert code == 1
    line = workspace.line_of(ORDERS, "sunset:")
    assert told[0].startswith(f"{ORDERS}:{line}:5: warning[sunset-passed] the sunset of orders@1.1 was 2026-02-01, and")
    assert told[0].endswith("; write `stage: retired` to answer 410, or a later `sunset`")
    assert "it serves; 3 contracts, 5 of 5 operations served" in told[-1]


def test_what_check_counts_is_what_routes_lists(workspace, command):
    workspace.replace(SOUTH, "stage: onboarded", "stage: suspended")

    checked = json.loads(command("check", workspace.folder, "--format", "json")[1])
    code, out, _ = command("routes", workspace.folder, "--format", "json")

    assert code == 0
    served = {(row["api"], row["version"], row["operation"]) for row in json.loads(out) if row["served"]}
    assert checked["operations"] - checked["operations_not_served"] == len(served) == 4
