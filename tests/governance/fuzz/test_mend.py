"""The proposed overlay mends what was seen, and the recording judged under it says so."""

import pytest
from fuzz_tape import JSON, NEW, PARTY, TAG, Tape, looser

from contracts import yaml12
from contracts.diagnostic import InvalidInputError
from contracts.overlays import Overlay
from governance.fuzz.fuzzing import propose, replay


@pytest.fixture
def tape(tmp_path):
    return Tape(tmp_path).all_fine()


def proposed(tape, tmp_path):
    """The one proposal and its actions; each overlay is one that the workspace's own reader takes."""
    found = propose(tape.write(), tape.workspace(), "test", tmp_path / "proposed")
    assert len(found) == 1
    tree = yaml12.parse(found[0].path.read_bytes(), "overlay.yaml")
    Overlay.model_validate(tree)
    return found[0], tree["actions"]


def other(**changes):
    return {**PARTY, **changes}


CASES = {
    "status": (lambda t: t.add("deleteParty", 423, {"error": "locked"}), 1),
    "status without a body": (lambda t: t.add("deleteParty", 202), 1),
    "null": (lambda t: t.add("getParty", 200, other(remark=None), headers=TAG), 1),
    "number as text": (lambda t: t.add("getParty", 200, other(name=5), headers=TAG), 1),
    "listed value": (lambda t: t.add("getParty", 200, other(status="archived"), headers=TAG), 1),
    "length": (lambda t: t.add("getParty", 200, other(name="x" * 55), headers=TAG), 1),
    "maximum": (lambda t: t.add("getParty", 200, other(creditLimit=250_000.5), headers=TAG), 1),
    "missing": (lambda t: t.add("getParty", 200, {k: v for k, v in PARTY.items() if k != "code"}, headers=TAG), 1),
    "undeclared": (lambda t: t.add("getParty", 200, other(vatNumber="DE1"), headers=TAG), 1),
    "format": (lambda t: t.add("getParty", 200, other(createdOn="05.01.2026"), headers=TAG), 1),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("name", CASES)
def test_an_overlay_mends_it(name, version, tmp_path):
    document = looser()
    document["openapi"] = version
    tape = Tape(tmp_path, document=document).all_fine()
    show, gone = CASES[name]
    show(tape)

    one, _ = proposed(tape, tmp_path)

    assert (one.gone, one.left, one.new) == (gone, 0, 0)


def test_what_is_demanded_is_said(tape, tmp_path):
    tape.entries = [one for one in tape.entries if "createParty" not in one.operation]
    for number, entry in enumerate(tape.entries, 1):
        object.__setattr__(entry, "number", number)
    tape.add("createParty", 201, other(id=502, **NEW), body={**NEW, "remark": "a"}, headers=(*JSON, ("location", "/x")))
    tape.add("createParty", 400, {"error": "remark"}, body=NEW)
    for name in ("Adler", "Adler Werkzeuge"):
        tape.add("changeParty", 200, other(name=name), body={"name": name})
    tape.add("changeParty", 400, {"error": "name"}, body={"name": "Adler Werkzeuge und Pumpen"})

    one, actions = proposed(tape, tmp_path)

    assert [action["update"] for action in actions] == [{"maxLength": 15}, ["remark"]]
    assert one.left == 0


def test_rubbish_is_never_documented(tape, tmp_path):
    tape.add("changeParty", 200, other(remark=5), body={"remark": 5})
    tape.add("getParty", 500, {"error": "x"})
    tape.add("createParty", 422, {"error": "x"}, body={"code": "x"})

    assert propose(tape.write(), tape.workspace(), "test", tmp_path / "proposed") == []
    assert not (tmp_path / "proposed").exists()


def test_data_is_not_taken_for_values_of_a_list(tape, tmp_path):
    tape.add("getParty", 200, other(status="Jürgen Müller <j@x.example>"), headers=TAG)

    assert propose(tape.write(), tape.workspace(), "test", tmp_path / "proposed") == []


def test_an_overlay_that_does_not_fit_is_told(tape, tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text("overlay: 1.1.0\ninfo: {title: x, version: '1'}\nactions: [{target: $.nothing, remove: true}]\n")

    with pytest.raises(InvalidInputError) as caught:
        replay(tape.write(), tape.workspace(), "test", "error", overlay)

    assert "selects nothing" in str(caught.value)


def test_a_recording_of_another_workspace_is_told(tape):
    tape.workspace()
    (tape.folder / "entities/harbour.yaml").write_text("name: H\ncountry: DE\nowner: o@x.example\n")

    with pytest.raises(InvalidInputError) as caught:
        replay(tape.write(), tape.folder, "test", "error")

    assert caught.value.diagnostics[0].code == "other-workspace"


def test_another_contract_than_the_recorded_one_is_told(tape):
    verdict = replay(tape.write(), tape.workspace(), "test", "error")

    assert verdict.notes == ("parties@1.0 is another document than the one that was recorded",)
