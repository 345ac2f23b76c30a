"""Which file decides: a row for each problem, and places that are there."""

import pytest
from rows import over

from contracts.files import read_files
from contracts.workspace import assemble
from gateway.problems import FRONT, PROBLEMS, ROUTED, step_of
from governance.decided_by import BY_NO_FILE, REASONS, Facts, decided_by
from governance.provenance import Provenance

FACTS = Facts("shop", "staff/k1", "orders", "2.0", "getOrder", "south", "erp-south", "per-minute: 600 in 60 seconds.")


def test_each_problem_is_decided_by_a_file_or_by_none():
    assert set(REASONS) | BY_NO_FILE == set(PROBLEMS)
    assert set(REASONS) & BY_NO_FILE == set()


@pytest.fixture
def deciding(workspace):
    """What `decided_by` looks at, read once."""
    files = read_files(workspace.folder)
    return assemble(files), Provenance(files, "prod")


@pytest.mark.parametrize(
    "facts", [FACTS, Facts(), Facts("gone", "gone", "gone", "9.9", "gone", "gone", "gone", "gone")]
)
@over("problem", sorted(REASONS))
def test_every_place_is_one_of_the_workspace(workspace, deciding, problem, facts):
    told = decided_by(problem, facts, *deciding)

    for one in told:
        if one.place is not None and facts is FACTS:
            path = workspace.folder / one.place.file
            assert path.is_file(), one
            assert one.place.line <= len(path.read_text().splitlines()), one
            if one.place.written:
                assert one.place.line >= 1, one


@over("problem", sorted(PROBLEMS))
def test_each_problem_has_its_step(problem):
    before, after = step_of(problem, routed=False), step_of(problem, routed=True)

    assert {before, after} <= {*FRONT, *ROUTED, "gateway"}
    if problem != "internal-error":
        assert before != "gateway"


@pytest.mark.parametrize(
    ("pinned", "odata", "step"),
    [(False, False, "forward"), (True, False, "forward"), (False, True, "options"), (True, True, "selectors")],
)
def test_of_several_steps_the_one_that_looks_at_such_a_call(pinned, odata, step):
    assert step_of("query-not-declared", routed=True, pinned=pinned, odata=odata) == step


def test_a_value_of_the_environment_is_found_in_its_file(workspace):
    workspace.append("environments/prod.yaml", "systems:\n  erp-north:\n    url: https://erp-prod.example\n")
    files = read_files(workspace.folder)
    own, chosen = Provenance(files, None), Provenance(files, "prod")

    assert own.system("erp-north", "url").file == "systems/erp-north.yaml"
    assert str(chosen.system("erp-north", "url")) == "environments/prod.yaml:4"
    assert chosen.system("erp-north", "owner").file == "systems/erp-north.yaml"


def test_a_default_is_told_as_one(workspace):
    files = read_files(workspace.folder)
    at = Provenance(files, None)

    assert str(at.system("erp-north", "timeouts")) == "systems/erp-north.yaml (default)"
    assert str(at.mode(-1)) == "policies/modes.yaml (default)"
    assert str(at.mode(0)) == f"policies/modes.yaml:{workspace.line_of('policies/modes.yaml', 'mode:')}"


NOT_OFFERED = "The entity south does not offer stock v2."


@pytest.mark.parametrize("detail", [NOT_OFFERED, ""])
def test_an_entity_that_is_no_more_than_a_candidate_is_the_nearest_cause(workspace, detail):
    """Its file offers the api, and nothing of it is served: whoever is not told looks in vain."""
    workspace.replace("entities/south.yaml", "stage: onboarded", "stage: candidate")
    facts = Facts("shop", "staff/k1", "orders", detail=detail)

    first, *rest = told("not-found", facts, workspace)

    assert str(first) == "entities/south.yaml:4: the entity `south` is a candidate: nothing that it offers is served until it is onboarded"  # fmt: skip
    assert "entities/south.yaml:5: what the entity `south` offers" in map(str, rest)
    assert not any("visibility" in str(one) or "the api is" in one.what for one in rest), "it may be seen"


@pytest.mark.parametrize("problem", ["not-found", "version-not-offered"])
def test_a_version_that_is_a_draft_is_the_nearest_cause(workspace, problem):
    workspace.replace("contracts/orders/api.yaml", "stage: active", "stage: draft")
    facts = Facts("shop", "staff/k1", "orders", detail="Versions offered: 1.1.")

    first, *rest = told(problem, facts, workspace)

    line = workspace.line_of("contracts/orders/api.yaml", "stage: draft")
    assert str(first) == f"contracts/orders/api.yaml:{line}: the version 2.0 is a draft: it is not served until it is a preview or active"  # fmt: skip
    assert not any("is a draft" in one.what for one in rest), "it is told once, whoever offers it"


def test_an_api_that_may_not_be_seen_is_the_cause_also_where_no_path_matched(workspace):
    workspace.replace("contracts/orders/api.yaml", "visibility: partner", "visibility: internal")
    workspace.replace("consumers/shop.yaml", "plan: standard", "audience: partner\nplan: standard")

    said = [one.what for one in told("not-found", Facts("shop", path="/orders/v7/orders?x=1"), workspace)]

    assert said == ["the api is internal", "the consumer sees as `partner` does"]


def test_a_path_that_no_version_has_leads_to_the_versions_first(workspace):
    first, *_ = told("not-found", Facts("shop", path="/orders/v7/orders"), workspace)

    assert str(first).startswith("contracts/orders/api.yaml:")
    assert first.what == "no version that is offered has the path"


def told(problem, facts, workspace):
    files = read_files(workspace.folder)
    return decided_by(problem, facts, assemble(files), Provenance(files, None))
