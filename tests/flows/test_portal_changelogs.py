"""Changelogs of the portal: made by governance, handed over with the release, shown for these very documents only."""

import json
import subprocess
import sys

import pytest
from gateway_thread import write
from portal_asgi import PortalInMemory
from portal_workspace import NAMED, SECRETS, write_portal_workspace

from contracts.workspace import load
from gateway.portal.given import FILE, Portal, read_portal
from governance import portal_handover
from governance.portal_changes import pairs_of
from governance.portal_handover import environment_served, hand_over
from governance.portal_inputs import has_versions, inputs_of, is_current
from governance.portal_prepared import Prepared, prepare

SETTINGS = {"tidewaiter.yaml": {"name": "portal", "public_url": "http://127.0.0.1:8080", "public": {"port": 8080}}}


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A workspace whose changelogs are made, and what was said meanwhile."""
    folder = tmp_path_factory.mktemp("changelogs")
    write_portal_workspace(folder)
    write(folder, SETTINGS)
    said = []
    assert prepare(folder, None, said.append, clients=False) == Prepared(9, 0)
    return folder, said


def test_every_way_that_consumers_move_is_compared(prepared):
    folder, said = prepared
    pairs = [str(pair) for pair in pairs_of(load(folder)) if pair.api == "open"]

    assert pairs == ["open 0.9 -> 1.0", "open 1.0 -> 1.1", "open 0.9 -> 1.1"]
    assert [line for line in said if "open" in line] == [f"comparing {pair}" for pair in pairs]


def test_what_is_handed_over_tells_of_nothing_inside(prepared):
    folder, _ = prepared
    text = (folder / FILE).read_text().lower()

    assert [canary for canary in SECRETS if canary.lower() in text] == []
    assert NAMED["deals"].lower() in text


def test_a_change_is_told_as_a_consumer_reads_it(prepared):
    folder, _ = prepared
    found = next(one for one in read_portal(folder).changes if (one.api, one.old, one.new) == ("open", "1.0", "1.1"))
    notes = [note for section in found.sections for note in section.notes]

    assert found.summary.startswith("1 change asks you to act")
    assert [note.word for note in notes if note.duty == "must"] == ["You must act"]
    assert any("40" in note.message for note in notes)


async def test_the_gateway_shows_what_was_handed_over(prepared, tmp_path):
    """Through the file, as a worker reads it; and nothing of it once a document is another one."""
    folder, _ = prepared
    portal = PortalInMemory(tmp_path)
    (tmp_path / FILE).write_bytes((folder / FILE).read_bytes())
    portal.reload(read_portal(tmp_path))
    assert (await portal.get("/-/apis/open/1.1/changes/1.0")).status == 200

    portal.change("contracts/open/1.1.yaml", lambda f: f["info"].update(description="other"))
    portal.reload(read_portal(tmp_path))
    assert (await portal.get("/-/apis/open/1.1/changes/1.0")).status == 404
    assert (await portal.get("/-/apis/open/1.0/changes/0.9")).status == 200
    await portal.close()


def test_what_was_compared_before_is_taken_over(prepared):
    folder, _ = prepared
    before = (folder / FILE).read_bytes()
    said = []

    assert prepare(folder, None, said.append, clients=False) == Prepared(9, 0)
    assert said == []
    assert (folder / FILE).read_bytes() == before


@pytest.mark.parametrize("text", ["", "{", "[]", '{"changes": 1}', '{"format": 2, "changes": []}', "\x00"])
def test_a_file_that_cannot_be_read_is_as_if_there_were_none(tmp_path, text, caplog):
    (tmp_path / ".tidewaiter").mkdir()
    (tmp_path / FILE).write_text(text)

    assert read_portal(tmp_path) == Portal()
    assert len(caplog.records) == ("format" not in text)


def test_the_command(prepared, tmp_path):
    folder, _ = prepared
    good = run("portal", folder, "--no-clients")
    bad = run("portal", tmp_path)

    assert (good.returncode, good.stdout) == (0, "")
    assert good.stderr == f"9 changelogs and 0 clients in {folder / FILE}\n"
    assert bad.returncode == 2
    assert "tidewaiter.yaml" in bad.stderr
    assert bad.stderr.endswith("tidewaiter portal: nothing was made\n")
    assert "Traceback" not in bad.stderr


def run(*arguments):
    return subprocess.run([sys.executable, "-m", "governance.cli.main", *map(str, arguments)], capture_output=True,
                          text=True, timeout=60, check=False)  # fmt: skip


def test_it_is_made_before_serving_and_once(prepared, tmp_path):
    folder, _ = prepared
    said = []
    hand_over(folder, None, said.append, clients=False)
    assert said == [], "it is current"

    (folder / FILE).unlink()
    hand_over(folder, None, said.append, 50, clients=False)
    assert len(read_portal(folder).changes) == 9
    assert len(said) == 1
    assert "--no-changelogs" in said[0]


def test_what_takes_too_long_is_ended(prepared, monkeypatch):
    folder, _ = prepared
    monkeypatch.setattr(portal_handover, "is_current", lambda *_: False)
    said = []
    hand_over(folder, None, said.append, 0.01)

    assert "tidewaiter portal" in said[-1]


def test_where_there_is_nothing_to_compare_nothing_is_started(tmp_path, monkeypatch):
    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: pytest.fail("started"))
    write(tmp_path, {**SETTINGS, "contracts/a/api.yaml": {}, "contracts/a/1.0.yaml": {}})
    assert not has_versions(tmp_path)
    hand_over(tmp_path, None, pytest.fail, clients=False)
    hand_over(tmp_path / "nowhere", None, pytest.fail)


@pytest.mark.parametrize(
    "file", ["contracts/open/1.0.yaml", "entities/one.yaml", "systems/second.yaml", "tidewaiter.yaml"]
)
def test_a_file_that_counts_makes_it_old(tmp_path, file):
    write_portal_workspace(tmp_path)
    write(tmp_path, SETTINGS)
    inputs = inputs_of(tmp_path, None)
    (tmp_path / ".tidewaiter" / "portal.json").write_text(json.dumps({"inputs": inputs}))
    assert is_current(tmp_path / FILE, inputs)
    assert inputs_of(tmp_path, "prod") != inputs

    (tmp_path / "consumers" / "guest.yaml").write_text("{}")
    assert inputs_of(tmp_path, None) == inputs, "consumers do not count"
    (tmp_path / file).write_text("{}")
    assert inputs_of(tmp_path, None) != inputs


def test_the_environment_that_is_served(tmp_path):
    assert environment_served(tmp_path) is None
    write(tmp_path, {".tidewaiter/served.json": {"access_log": None, "environment": "prod"}})
    assert environment_served(tmp_path) == "prod"
