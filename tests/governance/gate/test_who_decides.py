"""governance/board.yaml: who decides by class of change, layer and visibility; what it may not say; where it is weaker."""

import itertools
import shutil
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from contracts.workspace import load
from governance.board_rules import WHO, BoardRules, ChangeClass, board_faults, weaker_cells
from governance.callers import Caller
from governance.changes.asked import asked_of
from governance.changes.changed import Changed, Point
from governance.check import check
from governance.finding import Direction, Finding, Proof, Severity

LAYERS = ("experience", "process", "system")
VISIBILITIES = ("internal", "partner", "public")
RULES = [
    {"changes": ["compatible", "lint"], "who": "automatic"},
    {"changes": ["breaks", "unproven"], "who": "owner-and-consumers"},
    {"changes": ["exposes"], "layers": ["system", "process"], "who": "owner"},
    {"changes": ["exposes"], "visibilities": ["public"], "who": "quorum"},
    {"changes": ["breaks"], "layers": ["system"], "visibilities": ["internal"], "who": "owner"},
]


def board(*rules, **said):
    return BoardRules.model_validate({"rules": list(rules), **said})


@pytest.mark.parametrize(
    ("change", "layer", "visibility", "who"),
    [
        ("compatible", "process", "partner", "automatic"), ("lint", "", "", "automatic"),
        ("breaks", "process", "partner", "owner-and-consumers"), ("breaks", "system", "partner", "owner-and-consumers"),
        ("breaks", "system", "internal", "owner"), ("unproven", "system", "internal", "owner-and-consumers"),
        ("exposes", "system", "internal", "owner"), ("exposes", "process", "partner", "owner"),
        ("exposes", "process", "public", "quorum"), ("exposes", "experience", "internal", "quorum"),
        ("exposes", "", "", "quorum"), ("weakens", "", "", "quorum"), ("weakens", "system", "internal", "quorum"),
        ("breaks", "", "", "owner-and-consumers"),
    ],
)  # fmt: skip
def test_who_decides(change, layer, visibility, who):
    """The last rule that matches; where none does, the quorum."""
    assert board(*RULES).who(ChangeClass(change), layer, visibility) == who


@pytest.mark.parametrize(
    ("change", "layer", "visibility"), list(itertools.product(ChangeClass, ("", *LAYERS), ("", *VISIBILITIES)))
)
def test_without_rules_the_quorum_decides_on_all_but_what_is_compatible(change, layer, visibility):
    assert board().who(change, layer, visibility) == ("automatic" if change == "compatible" else "quorum")


@pytest.mark.parametrize("change", ["unproven", "breaks", "exposes", "weakens"])
@pytest.mark.parametrize("beside", [[], ["compatible"], ["lint", "compatible"]])
def test_what_is_never_automatic(change, beside):
    with pytest.raises(ValidationError) as told:
        board({"changes": [*beside, change], "who": "automatic"})

    assert f"{change} is never automatic" in str(told.value)


@pytest.mark.parametrize(
    "said",
    [
        {"changes": [], "who": "owner"}, {"changes": ["breaks"]}, {"changes": ["breakes"], "who": "owner"},
        {"changes": ["breaks"], "who": "nobody"}, {"changes": ["breaks"], "layers": ["kernel"], "who": "owner"},
        {"changes": ["breaks"], "visibilities": ["everybody"], "who": "owner"}, {"changes": ["breaks"], "who": "owner", "apis": ["a"]},
    ],
)  # fmt: skip
def test_what_no_rule_says(said):
    with pytest.raises(ValidationError):
        board(said)


@pytest.mark.parametrize("classes", [c for n in (1, 2, 3) for c in itertools.combinations(ChangeClass, n)])
def test_of_what_does_several_things_the_most_people_decide(classes):
    rules = board(*RULES)
    alone = [rules.who(one, "process", "partner") for one in classes]

    assert rules.strictest(classes, "process", "partner") == max(alone, key=WHO.index)


def test_nothing_at_all_is_automatic():
    assert board(*RULES).strictest((), "process", "partner") == "automatic"


@pytest.mark.parametrize(
    ("more", "cells"),
    [
        ({"changes": ["compatible"], "who": "quorum"}, []),
        ({"changes": ["weakens"], "who": "quorum"}, []),
        ({"changes": ["weakens"], "who": "owner"}, ["weakens: quorum > owner"]),
        ({"changes": ["weakens"], "layers": ["system"], "who": "owner"}, ["weakens of system apis: quorum > owner"]),
        ({"changes": ["exposes"], "visibilities": ["public"], "who": "owner"}, ["exposes of public apis: quorum > owner"]),
        ({"changes": ["exposes"], "layers": ["system"], "visibilities": ["public"], "who": "owner"},
         ["exposes of public system apis: quorum > owner"]),
        ({"changes": ["breaks"], "who": "owner"}, [
            "breaks of no api: owner-and-consumers > owner", "breaks of experience apis: owner-and-consumers > owner", "breaks of process apis: owner-and-consumers > owner", "breaks of partner apis: owner-and-consumers > owner",
            "breaks of public apis: owner-and-consumers > owner",
        ]),
    ],
)  # fmt: skip
def test_where_fewer_people_decide(more, cells):
    found = [
        f"{about}: {before} > {after}" for about, before, after in weaker_cells(board(*RULES), board(*RULES, more))
    ]

    assert sorted(found) == sorted(cells)


def test_a_file_that_is_gone_asks_the_quorum():
    assert not list(
        weaker_cells(
            board(*RULES),
            board({"changes": ["lint"], "who": "quorum"}, {"changes": ["compatible"], "who": "automatic"}),
        )
    )


def test_faults_are_warnings_as_no_gateway_reads_the_file(tmp_path):
    (tmp_path / "governance").mkdir()
    assert not list(board_faults(tmp_path))
    (tmp_path / "governance/board.yaml").write_text(
        "rules:\n  - changes: [exposes]\n    who: automatic\nbranche: main\n"
    )
    found = list(board_faults(tmp_path))

    assert {one.severity for one in found} == {"warning"}
    assert {(one.file, one.line) for one in found} == {("governance/board.yaml", 3), ("governance/board.yaml", 4)}
    assert any("`branch`" in one.remedy for one in found)


def test_check_tells_them(tmp_path):
    shutil.copytree(Path(__file__).parents[2] / "workspaces/quay", tmp_path / "ws")
    assert check(tmp_path / "ws", node=False).exit_code == 0
    (tmp_path / "ws/governance/bord.yml").write_text("rules: []\n")
    with (tmp_path / "ws/governance/board.yaml").open("a") as file:
        file.write("branche: main\n")
    report = check(tmp_path / "ws", node=False)

    assert report.exit_code == 1
    found = {(one.diagnostic.file, one.diagnostic.code) for one in report.found}
    assert found == {("governance/board.yaml", "unknown-key"), ("governance/bord.yml", "unknown-file")}


@pytest.mark.parametrize("folder", ["examples/meridian", "governance/templates/workspace", "tests/workspaces/quay"])
def test_the_files_of_this_project(folder):
    file = Path(__file__).parents[3] / folder / "governance/board.yaml"
    rules = BoardRules.model_validate(yaml.safe_load(file.read_text()))

    assert rules.who(ChangeClass.COMPATIBLE, "process", "partner") == "automatic"
    assert rules.who(ChangeClass.WEAKENS, "", "") == "quorum"


def test_the_example_names_somebody_for_each_owner_that_is_served():
    folder = Path(__file__).parents[3] / "examples/meridian"
    rules = BoardRules.model_validate(yaml.safe_load((folder / "governance/board.yaml").read_text()))
    workspace = load(folder)
    served = [one for one in workspace.entities.values() if one.stage == "onboarded"]
    owners = {one.owner for one in (*served, *workspace.consumers.values())}
    owners |= {workspace.apis[offer.contract.split("@")[0]].owner for one in served for offer in one.offers}

    assert owners <= set(rules.owners)


def caller(name, owner):
    return Caller(name, name.capitalize(), owner, ("north",), False, False)


def changed(*classes, owner="o@x", callers=(), exposed=()):
    finding = Finding(
        "r", Severity.BREAKING, "m", Direction.NONE, "", "", "", "", False, Proof.PROVEN, None, "0" * 12, ()
    )
    points = tuple(Point(finding, frozenset((ChangeClass(one),)), "f", 1, callers=tuple(callers)) for one in classes)
    return Changed(
        "contract", "a@1.0", "d", points, layer="process", visibility="partner", owner=owner, owners_of_exposed=exposed
    )


OWNERS = {"o@x": ["olga"], "p@x": ["paul", "pia"], "q@x": ["quinn"]}
P, Q, R = caller("p", "p@x"), caller("q", "q@x"), caller("r", "nobody@x")


@pytest.mark.parametrize(
    ("change", "who", "groups"),
    [
        (changed(), "automatic", []),
        (changed("breaks"), "owner-and-consumers", [["olga"]]),
        (changed("breaks", callers=[P, Q]), "owner-and-consumers", [["olga"], ["paul", "pia"], ["quinn"]]),
        (changed("unproven", callers=[P]), "owner-and-consumers", [["olga"], ["paul", "pia"]]),
        (changed("breaks", callers=[P, R]), "quorum", []),
        (changed("exposes", callers=[R]), "owner", [["olga"]]),
        (changed("exposes", owner="nobody@x"), "quorum", []),
        (changed("exposes", owner=""), "quorum", []),
        (changed("exposes", exposed=(("q@x", "the api x"),)), "owner", [["quinn"]]),
        (changed("exposes", "breaks", exposed=(("q@x", "the api x"),)), "owner-and-consumers", [["olga"], ["quinn"]]),
        (changed("exposes", exposed=(("", "the api x"),)), "quorum", []),
        (changed("weakens"), "quorum", []),
        (changed("lint"), "automatic", []),
    ],
)  # fmt: skip
def test_whom_a_change_asks(change, who, groups):
    asked = asked_of(change, board(*RULES, owners=OWNERS))

    assert (asked.who, [list(one.members) for one in asked.groups]) == (who, groups)
    if who == "quorum" and "weakens" not in change.classes:
        assert asked.note
    assert str(asked)
