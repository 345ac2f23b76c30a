"""A report that somebody changed: every way that the folder can differ from what its digest is over."""

import hashlib
import json
import os

import pytest

from governance.cli.main import main
from governance.onboard.report import FORM
from governance.onboard.verified import verify_report
from governance.web.reports import find_report


def digest(text):
    return "sha256:" + hashlib.sha256(text).hexdigest()


def manifest(folder, files, **more):
    text = json.dumps({"form": FORM, "files": files, **more}).encode()
    (folder / "manifest.json").write_bytes(text)
    return digest(text)


def stated(text):
    return {"digest": digest(text), "bytes": len(text)}


@pytest.fixture
def report(tmp_path):
    folder = tmp_path / "report"
    folder.mkdir()
    (folder / "fuzz.json").write_bytes(b"{}")
    (folder / "report.html").write_bytes(b"<html>")
    return folder


FILES = {"fuzz.json": stated(b"{}"), "report.html": stated(b"<html>")}


def test_the_one(report):
    assert verify_report(report, manifest(report, FILES)).faults == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: (r / "fuzz.json").write_bytes(b"[]"), "fuzz.json: it was changed"),
        (lambda r: (r / "fuzz.json").unlink(), "fuzz.json: it is gone"),
        (lambda r: (r / "more").write_bytes(b""), "more: it was added"),
        (lambda r: (r / "empty").mkdir(), "empty: it was added"),
        (lambda r: (r / ".hidden").write_bytes(b""), ".hidden: it was added"),
        (lambda r: (r / "link").symlink_to("fuzz.json"), "link: it was added"),
        (lambda r: ((r / "fuzz.json").rename(r.parent / "f"), (r / "fuzz.json").symlink_to(r.parent / "f")), "fuzz.json: this is no file"),
        (lambda r: ((r / "fuzz.json").unlink(), (r / "fuzz.json").mkdir()), "fuzz.json: this is no file"),
        (lambda r: ((r / "fuzz.json").unlink(), os.mkfifo(r / "fuzz.json")), "fuzz.json: this is no file"),
        (lambda r: (r / "a\x1b[2J\nb").write_bytes(b""), "a\\x1b[2J\\nb: it was added"),
    ],
)  # fmt: skip
def test_another_folder(report, change, words):
    anchor = manifest(report, FILES)
    change(report)
    assert any(words in fault for fault in verify_report(report, anchor).faults)


@pytest.mark.parametrize(
    "name", ["../outside", "/etc/hostname", "a/../../outside", "..", ".", "", "a\\b", "sub/fuzz.json", "./fuzz.json", "a\0b",
             "manifest.json", "\ud800"],
)  # fmt: skip
def test_a_manifest_with_a_path_outside(report, name):
    """Whoever signed such a manifest was misled: nothing outside of the folder is opened."""
    (report.parent / "outside").write_bytes(b"{}")
    (report / "sub").mkdir()
    (report / "sub/fuzz.json").write_bytes(b"{}")
    anchor = manifest(report, {**FILES, name: stated(b"{}")})
    assert any("leads out of the report" in fault for fault in verify_report(report, anchor).faults)


def test_what_is_shown_is_what_was_held_to_the_digest(report, monkeypatch):
    """The page is swapped after the folder was judged, and before it is read."""
    anchor = manifest(report, FILES)
    page, judge = report / "report.html", verify_report

    def swapped(folder, wanted):
        told = judge(folder, wanted)
        page.write_bytes(b"<all>!")
        return told

    shown = find_report(anchor, report.parent / "ws", [report.parent])
    assert shown.text == b"<html>"
    monkeypatch.setattr("governance.web.reports.verify_report", swapped)
    assert "it was changed" in find_report(anchor, report.parent / "ws", [report.parent]).why


@pytest.mark.parametrize(
    "told", [None, "sha256:00", {"digest": digest(b"{}")}, {"digest": 1, "bytes": 2}, {"digest": digest(b"{}"), "bytes": True}, []]
)  # fmt: skip
def test_a_manifest_that_does_not_say_what_a_file_should_be(report, told):
    assert verify_report(report, manifest(report, {**FILES, "fuzz.json": told})).faults


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"[]",
        b'{"form": "other", "files": {}}',
        b'{"form": "' + FORM.encode() + b'"}',
        b"\xff",
        b"[" * 200_000,
    ],
)
def test_a_manifest_that_is_none(report, text):
    (report / "manifest.json").write_bytes(text)
    assert any("no manifest" in fault for fault in verify_report(report, digest(text)).faults)


def test_a_manifest_that_is_a_link(report):
    anchor = manifest(report, FILES)
    (report / "manifest.json").rename(report.parent / "m")
    (report / "manifest.json").symlink_to(report.parent / "m")
    assert verify_report(report, anchor).faults == ("manifest.json: this is no file",)


def test_another_digest(report):
    manifest(report, FILES)
    assert any("its digest is" in fault for fault in verify_report(report, "sha256:" + "0" * 64).faults)


@pytest.mark.parametrize("written", [str, lambda one: one.removeprefix("sha256:"), lambda one: one[7:].upper()])
def test_a_digest_as_programs_print_it(report, written, capsys):
    anchor = manifest(report, FILES)
    assert main(["verify", str(report), "--digest", written(anchor)]) == 0
    capsys.readouterr()
    assert main(["verify", str(report), "--digest", "0" * 64]) == 1


@pytest.mark.parametrize("text", ["sha256:abc", "abc", "", "md5:" + "0" * 64, "0" * 63, "g" * 64])
def test_what_is_no_digest(report, text, capsys):
    manifest(report, FILES)
    capsys.readouterr()
    assert main(["verify", str(report), "--digest", text]) == 2
    assert "64 hexadecimal digits" in capsys.readouterr().err
