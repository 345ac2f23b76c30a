"""`tidewaiter schema --write`: what it writes, that it is right for real files, and that nothing of others is lost."""

import json
import shutil
from pathlib import Path

import jsonschema_rs
import pytest
from board import Board

from contracts import yaml12
from governance.editor_hints import mapping
from governance.file_kinds import NAMED, PLACED, glob_of

MERIDIAN = Path(__file__).resolve().parents[2] / "examples" / "meridian"
EDITOR = ".vscode/settings.json"
WAIVER = "kind: waiver\napi: a\nrule: path-removed\nowner: o\nreason: because it is so\nuntil: 2026-12-31\napproved_by: [b]\n"


@pytest.fixture
def write(workspace, command):
    return lambda *more: command("schema", "--write", "-w", workspace.folder, *more)


def settings(workspace):
    return json.loads((workspace.folder / EDITOR).read_text(encoding="utf-8"))


def files(folder):
    return {path: path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_all_is_written_once(workspace, write, command):
    code, out, err = command("schema", "--check", "-w", workspace.folder)
    assert (code, len(out.splitlines())) == (1, len(mapping()) + len(NAMED) + 1)
    assert f"write them: tidewaiter schema --write --workspace {workspace.folder}" in err
    assert not (workspace.folder / ".schemas").exists()

    code, out, err = write()
    assert (code, f"written {EDITOR}" in out.splitlines()) == (0, True)
    assert command("schema", "--check", "-w", workspace.folder)[:2] == (0, "")
    before = files(workspace.folder)
    assert write() == (0, "", f"0 files written, {len(mapping()) + len(NAMED) + 1} current\n")
    assert files(workspace.folder) == before


@pytest.mark.parametrize("source", ["meridian", "harbour"])
def test_real_files_keep_to_the_schema_that_their_place_gives_them(source, tmp_path, workspace, command):
    folder = workspace.folder
    if source == "meridian":
        folder = tmp_path / "meridian"
        shutil.copytree(MERIDIAN, folder)
    board = Board(tmp_path / "board")
    for name, text in (("waiver", WAIVER.encode()), ("decision", board.draft().read_bytes())):
        (folder / "decisions").mkdir(exist_ok=True)
        (folder / "decisions" / f"{name}.yaml").write_bytes(text)
    command("schema", "--write", "-w", folder)

    judged = set()
    for address, patterns in json.loads((folder / EDITOR).read_text(encoding="utf-8"))["yaml.schemas"].items():
        validator = jsonschema_rs.validator_for(json.loads((folder / address).read_text(encoding="utf-8")))
        for path in (path for pattern in patterns for path in folder.glob(pattern)):
            tree = yaml12.parse(path.read_bytes(), path.name)
            assert [error.message for error in validator.iter_errors(tree)] == [], path
            assert not validator.is_valid({**tree, "unknown": 1}), path
            judged.add(path)
    contracts = {path for path in folder.glob("contracts/*/*.yaml") if path.name != "api.yaml"}
    documents = {path for path in folder.glob("contracts/*/*/*.yaml") if path.name != "overlay.yaml"}
    written = {path for path in folder.rglob("*.yaml") if "simulators" not in path.parts}
    assert written - contracts - documents == judged
    assert len(judged) > 15


def test_every_kind_that_has_a_place_is_mapped():
    patterns = {pattern for patterns in mapping().values() for pattern in patterns}
    assert patterns == {glob_of(kind.where) for kind in PLACED.values()}


def test_other_settings_stay(workspace, write):
    address = "./.schemas/api.schema.json"
    own = {
        "editor.rulers": [120],
        "yaml.schemas": {"./mine.json": "a.yaml", address: ["own/*.yaml"]},
        "[yaml]": {"editor.tabSize": 2, "name": "Größe"},
    }
    workspace.write(EDITOR, json.dumps(own, indent=4, ensure_ascii=False))

    assert write()[0] == 0
    found = settings(workspace)
    assert list(found) == list(own)
    assert {name: found[name] for name in ("editor.rulers", "[yaml]")} == {
        n: own[n] for n in ("editor.rulers", "[yaml]")
    }
    assert found["yaml.schemas"]["./mine.json"] == "a.yaml"
    assert found["yaml.schemas"][address] == ["own/*.yaml", "contracts/*/api.yaml"]
    assert '\n    "editor.rulers"' in (workspace.folder / EDITOR).read_text(encoding="utf-8")
    assert "Größe" in (workspace.folder / EDITOR).read_text(encoding="utf-8")
    assert write()[1] == ""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{\n  // mine\n  "a": 1\n}\n', "no plain JSON"),
        ('{"a": 1,}', "no plain JSON"),
        ('{"a": 1, "a": 2}', "no plain JSON"),
        ("[1]", "not a map"),
        ('{"yaml.schemas": []}', "not a map"),
        ('{"yaml.schemas": {"./.schemas/api.schema.json": 7}}', "not a map"),
        (b'{"a": "\xff"}', "no plain JSON"),
        ("[" * 100_000, "no plain JSON"),
    ],
)
def test_what_cannot_be_merged_is_left_and_told(workspace, write, command, text, why):
    workspace.write(EDITOR, text)
    before = (workspace.folder / EDITOR).read_bytes()

    code, out, err = write()
    assert (code, why in err) == (1, True)
    assert json.loads(out.partition("{")[1] + out.partition("{")[2])["yaml.schemas"] == mapping()
    assert (workspace.folder / EDITOR).read_bytes() == before
    assert (workspace.folder / ".schemas/api.schema.json").exists()
    assert command("schema", "--check", "-w", workspace.folder)[0] == 1


def test_an_older_schema_of_ours_is_replaced(workspace, write, command):
    write()
    path = workspace.folder / ".schemas/plans.schema.json"
    path.write_text(path.read_text(encoding="utf-8").replace("object", "array"), encoding="utf-8")

    code, out, _ = command("schema", "--check", "-w", workspace.folder)
    assert (code, out) == (1, "outdated .schemas/plans.schema.json\n")
    assert write()[1] == "written .schemas/plans.schema.json\n"


def test_what_others_put_there_stops_it(workspace, write, tmp_path):
    workspace.write(".schemas/plans.schema.json", '{"title": "mine"}')
    code, out, err = write()
    assert (code, out) == (2, "")
    assert ".schemas/plans.schema.json: error[not-ours]" in err
    assert "nothing was written" in err
    assert sorted(path.name for path in (workspace.folder / ".schemas").iterdir()) == ["plans.schema.json"]
    assert not (workspace.folder / EDITOR).exists()


@pytest.mark.parametrize("name", [".schemas", ".vscode"])
def test_nothing_is_written_through_links(workspace, write, tmp_path, name):
    (tmp_path / "elsewhere").mkdir()
    (workspace.folder / name).symlink_to(tmp_path / "elsewhere")
    code, _, err = write()
    assert (code, f"{name}: error[not-a-folder]" in err) == (2, True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_it_is_no_workspace(command, tmp_path):
    code, out, err = command("schema", "--write", "-w", tmp_path)
    assert (code, out) == (2, "")
    assert "tidewaiter.yaml: error[no-workspace]" in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("more", [["api"], ["-o", "a"], ["--check"]])
def test_it_stands_alone(write, workspace, more):
    code, _, err = write(*more)
    assert (code, "stand alone" in err) == (2, True)
    assert not (workspace.folder / ".schemas").exists()


def test_a_written_workspace_is_judged_as_before(workspace, write, command):
    before = command("check", workspace.folder)
    write()
    assert command("check", workspace.folder) == before
