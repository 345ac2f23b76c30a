"""A report that a decision names stays when a newer one takes its place, wherever that is stopped."""

from pathlib import Path

import pytest
from board import Board

from gateway.release_file import digest_of
from gateway.trust.decision import About
from governance.cli.main import main
from governance.json_output import json_output
from governance.onboard.kept import put_report, report_of
from governance.onboard.place import Place
from governance.onboard.report import FORM
from governance.onboard.verified import verify_report
from governance.web.reports import Shown, find_report


@pytest.fixture
def board(tmp_path):
    return Board(tmp_path)


@pytest.fixture
def place(board):
    made = Place(board.ws, "acme", "prod")
    made.folder.mkdir(parents=True)
    return made


def written(place, text):
    """A report in the folder for new ones; its digest."""
    place.new_report.mkdir(parents=True, exist_ok=True)
    page = f"<p>{text}</p>".encode()
    manifest = {"form": FORM, "files": {"report.html": {"digest": digest_of(page), "bytes": len(page)}}}
    (place.new_report / "report.html").write_bytes(page)
    (place.new_report / "manifest.json").write_text(json_output(manifest))
    return digest_of((place.new_report / "manifest.json").read_bytes())


def put(place, text):
    digest = written(place, text)
    put_report(place, place.new_report, digest)
    return digest


def decided(board, report, *people):
    about = About(contracts={"sales@1.0": "sha256:" + "ab" * 32}, report=report)
    board.draft("lines", about)
    board.sign("lines", *people)


def test_what_a_decision_names_stays_and_is_found(board, place, capsys):
    old = put(place, "old")
    decided(board, old, "anna", "bert")
    new = put(place, "new")
    assert (digest_of((place.report / "manifest.json").read_bytes()), report_of(board.ws, new)) == (new, place.report)
    kept = place.reports / old[7:23]
    assert (report_of(board.ws, old), verify_report(kept, old).faults) == (kept, ())
    found = find_report(old, board.ws, ())
    assert isinstance(found, Shown)
    assert found.text == b"<p>old</p>"
    where = ("--decision", "lines", "-w", str(board.ws), "--trust", str(board.trust))
    assert main(["verify", *where]) == 0
    assert str(kept) in capsys.readouterr().out
    assert main(["verify", str(place.report), *where]) == 1
    err = capsys.readouterr().err
    assert f"not the one: its digest is {new}; {old} is the digest in decisions/lines.yaml, which anna and bert" in err
    assert f"a report with that digest lies in {kept}" in err
    put(place, "newest")
    assert [one.name for one in place.reports.iterdir()] == [kept.name]
    (kept / "report.html").write_text("changed")
    assert main(["verify", *where]) == 1
    assert "report.html: it was changed" in capsys.readouterr().out


def test_where_no_report_has_the_digest_that_is_said(board, place, capsys):
    decided(board, "sha256:" + "cd" * 32, "anna", "bert")
    assert main(["verify", "--decision", "lines", "-w", str(board.ws), "--trust", str(board.trust)]) == 2
    assert "no report with the digest sha256:cdcd" in capsys.readouterr().err


@pytest.mark.parametrize("stopped_at", [1, 2])
def test_stopped_in_the_middle_what_is_named_is_whole(board, place, monkeypatch, stopped_at):
    old = put(place, "old")
    decided(board, old)
    new = written(place, "new")
    renames = []
    rename = Path.rename

    def stopping(path, target):
        renames.append(target)
        if len(renames) == stopped_at:
            raise KeyboardInterrupt
        return rename(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", stopping)
        with pytest.raises(KeyboardInterrupt):
            put_report(place, place.new_report, new)
    there = report_of(board.ws, old)
    assert there is not None
    assert not verify_report(there, old).faults
    assert put(place, "new") == new
    assert [verify_report(report_of(board.ws, one), one).faults for one in (old, new)] == [(), ()]
    assert sorted(one.name for one in place.folder.iterdir()) == ["report", "reports"]
