"""What may be called: never in production unless the entity says so in writing, never beyond the entity."""

import datetime as dt
import shutil

import pytest
from fuzz_workspace import workspace
from gateway_thread import write

from contracts.diagnostic import InvalidInputError
from governance.fuzz.asked import Asked
from governance.fuzz.plan import make_plan

ALLOWED = {"by": "the owner", "until": "2026-12-01", "reason": "there is no test system"}
TODAY = dt.date(2026, 11, 26)


def plan_of(folder, *, environment="test", entity=None, system=None, document=None, **asked):
    if not folder.joinpath("tidewaiter.yaml").exists():
        workspace(folder, 1, entity=entity, system=system, document=document)
    return make_plan(Asked(folder, "harbour", environment, today=TODAY, **asked))


def refusal(*args, **settings):
    with pytest.raises(InvalidInputError) as caught:
        plan_of(*args, **settings)
    return caught.value.diagnostics[0]


def names(plan):
    return [one.partition(" ")[2] for one in plan.operations]


def test_a_test_environment_is_called_whole(tmp_path):
    plan = plan_of(tmp_path)

    assert names(plan) == ["listParties", "createParty", "getParty", "changeParty", "deleteParty"]
    assert not plan.production


def test_what_no_system_answers_is_named_as_left_out(tmp_path):
    workspace(tmp_path, 1)
    shutil.copytree(tmp_path / "contracts/parties", tmp_path / "contracts/shelves")
    shown = {"product": "example", "owner": "o@harbour.example", "url": "https://shelves.example"}
    offers = [{"contract": "parties@1.0", "system": "erp"}, {"contract": "shelves@1.0", "system": "shown"}]
    entity = {"name": "Harbour", "country": "DE", "owner": "o@harbour.example", "stage": "candidate", "offers": offers}
    write(tmp_path, {"systems/shown.yaml": shown, "entities/harbour.yaml": entity})

    plan = plan_of(tmp_path, apis=("parties@1.0", "shelves@1.0"))

    assert len(names(plan)) == 5
    left = [(one.operation, one.reason) for one in plan.left_out]
    assert left == [("shelves@1.0", "no system answers it: its answers are the contract's examples")]


@pytest.mark.parametrize("environment", ["prod", None])
def test_production_is_never_called_without_the_entitys_word(tmp_path, environment):
    told = refusal(tmp_path, environment=environment)

    assert told.code == "production"
    assert "purpose: test" in told.remedy


def test_with_the_entitys_word_production_is_read(tmp_path):
    plan = plan_of(tmp_path, environment="prod", entity={"fuzzing": {"production": ALLOWED}})

    assert names(plan) == ["listParties", "getParty"]
    assert plan.production
    assert {one.reason for one in plan.left_out} == {"it may change something, and writes are not allowed in this run"}


def test_and_written_to_where_the_word_says_so(tmp_path):
    plan = plan_of(tmp_path, environment="prod", entity={"fuzzing": {"production": {**ALLOWED, "writes": True}}})

    assert len(names(plan)) == 5


def test_the_word_ends(tmp_path):
    told = refusal(tmp_path, environment="prod",
                   entity={"fuzzing": {"production": {**ALLOWED, "until": "2026-11-25"}}})  # fmt: skip

    assert "until 2026-11-25" in told.message


@pytest.mark.parametrize("fuzzing", [{"writes": False}, {}])
def test_reads_only(tmp_path, fuzzing):
    plan = plan_of(tmp_path, entity={"fuzzing": fuzzing}, writes=bool(fuzzing))

    assert names(plan) == ["listParties", "getParty"]


def test_what_the_entity_leaves_out_is_told(tmp_path):
    plan = plan_of(tmp_path, entity={"fuzzing": {"leave_out": ["deleteParty"]}})

    assert "deleteParty" not in names(plan)
    assert ("parties@1.0 deleteParty", "the entity leaves it out of fuzzing") in [
        (one.operation, one.reason) for one in plan.left_out
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [({"operations": ("getPartie",)}, "no-operation"), ({"apis": ("partys",)}, "not-offered"),
     ({"operations": ("deleteParty",), "writes": False}, "nothing-to-fuzz")],
)  # fmt: skip
def test_a_slip_of_the_pen_is_told(tmp_path, asked, code):
    assert refusal(tmp_path, **asked).code == code


def test_an_unknown_entity_is_told(tmp_path):
    workspace(tmp_path, 1)
    with pytest.raises(InvalidInputError) as caught:
        make_plan(Asked(tmp_path, "harbor", "test"))

    assert "`harbour`" in str(caught.value)


def test_operations_that_nobody_serves_are_left_out(tmp_path):
    from fuzz_tape import looser

    document = looser()
    del document["security"]
    told = refusal(tmp_path, document=document)

    assert told.code == "nothing-to-fuzz"


def test_nothing_else_of_the_workspace_is_there(tmp_path):
    workspace(tmp_path, 1)
    (tmp_path / "entities/other.yaml").write_text(
        "name: Other\ncountry: DE\nowner: o@x.example\noffers: [{contract: parties@1.0, system: erp, shared: true}]\n"
    )
    plan = plan_of(tmp_path)

    assert list(plan.workspace.entities) == ["harbour"]
    assert list(plan.workspace.systems) == ["erp"]


def test_a_run_takes_its_share_of_the_systems_capacity(tmp_path):
    budgets = [{"name": "calls", "unit": "requests", "amount": 100, "window_seconds": 60, "at_once": 80},
               {"name": "slots", "unit": "concurrent", "amount": 1}]  # fmt: skip
    plan = plan_of(tmp_path, system={"capacity": budgets}, entity={"fuzzing": {"share": 0.25}})

    calls, slots = plan.targets[0].system.capacity
    assert (calls.amount, calls.at_once, slots.amount) == (25, 25, 1)
    assert calls.queue.wait_seconds == 600
    assert plan.targets[0].system.breaker is None
