"""`onboard status`: how it ends where it cannot tell."""

import json
import os

from governance.cli.main import main
from governance.onboard.journal import Journal
from governance.onboard.place import FOLDER, Place


def test_no_workspace(tmp_path, capsys):
    assert main(["onboard", "status", "-w", str(tmp_path)]) == 2
    assert "this is no workspace" in capsys.readouterr().err


def test_a_broken_journal(tmp_path, capsys):
    assert main(["init", str(tmp_path / "ws")]) == 0
    assert main(["onboard", "status", "-w", str(tmp_path / "ws")]) == 0
    folder = tmp_path / "ws" / FOLDER / "acme" / "prod"
    folder.mkdir(parents=True)
    (folder / "journal.jsonl").write_bytes(b"{}\n")
    capsys.readouterr()
    assert main(["onboard", "status", "-w", str(tmp_path / "ws")]) == 2
    assert "broken" in capsys.readouterr().out


def status(folder, capsys):
    capsys.readouterr()
    assert main(["onboard", "status", "-w", str(folder), "--format", "json"]) == 0
    return {one["environment"]: one for one in json.loads(capsys.readouterr().out)["entities"]}


def test_a_run_at_work_is_told_and_one_that_was_killed(tmp_path, capsys):
    """By the lock that a second run is refused with; where it goes on, with all that it was given."""
    folder = tmp_path / "ws"
    assert main(["init", str(folder)]) == 0
    again = f"tidewaiter onboard acme --test-environment test --samples s.yaml --workspace {folder} --environment prod"
    prod, test = Place(folder, "acme", "prod"), Place(folder, "acme", "test")
    test.make()
    Journal(test.journal).add("check", "sha256:1", "2026-11-26T09:00:00Z", again=again)
    with prod.alone():
        Journal(prod.journal).add("fuzz", "sha256:1", "2026-11-26T09:00:00Z", again=again)
        told = status(folder, capsys)
        assert told["prod"]["state"] == f"running (process {os.getpid()})"
        assert told["prod"]["next"] == ["wait until it has ended"]
        assert told["test"]["state"] == "interrupted"

    told = status(folder, capsys)
    assert (told["prod"]["state"], told["prod"]["next"]) == ("interrupted", [again])


def test_what_begins_it_names_where_it_goes_live(tmp_path, capsys):
    folder = tmp_path / "ws"
    assert main(["init", str(folder)]) == 0
    (folder / "entities/acme.yaml").write_text(
        (folder / "entities/acme.yaml").read_text().replace("onboarded", "candidate")
    )
    begins = status(folder, capsys)[""]["next"]
    assert begins == [f"tidewaiter onboard acme --test-environment test -w {folder} -e prod"]
    (folder / "environments/other.yaml").write_text("public_url: https://other.example.com\n")
    assert status(folder, capsys)[""]["next"][0].endswith("-e NAME")
