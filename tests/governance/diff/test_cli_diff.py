"""`tidewaiter diff`: exit codes, thresholds, what is compared with what."""

import json
from datetime import date

import jsonschema_rs
import pytest
from diff_findings import ADDED, BREAKING, UNPROVEN, WORDED, install, write

from governance.reports.diff_json import DiffReportModel


@pytest.fixture
def asked(monkeypatch):
    """What the judging was asked, and what it is to answer."""

    class Asked:
        def __init__(self):
            self.findings, self.calls = (), []

    made = Asked()

    def compare(old, new, profile, at):
        made.calls.append((old, new, profile, at))
        return list(made.findings)

    install(monkeypatch, compare)
    return made


@pytest.mark.parametrize(
    ("findings", "options", "code"),
    [
        ([], [], 0),
        ([BREAKING], [], 1),
        ([ADDED], [], 0),
        ([ADDED], ["--fail-on", "info"], 1),
        ([UNPROVEN], [], 1),
        ([UNPROVEN], ["--allow-unproven"], 0),
        ([UNPROVEN], ["--allow-unproven", "--fail-on", "warning"], 1),
        ([WORDED], ["--fail-on", "warning"], 0),
    ],
)
def test_exit_codes(command, asked, tmp_path, findings, options, code):
    asked.findings = findings
    old, new = write(tmp_path)

    done, out, err = command("diff", old, new, *options)

    assert (done, err) == (code, "")
    assert ("no difference" in out) == (not findings)


def test_what_is_asked(command, asked, tmp_path):
    old, new = write(tmp_path)

    command("diff", old, new, "--profile", "sdk", "--at", "2031-02-03")

    ((first, second, profile, at),) = asked.calls
    assert (first.tree["info"]["version"], second.tree["info"]["version"]) == ("1.2.3", "1.3.0")
    assert (profile, at) == ("sdk", date(2031, 2, 3))


def test_json_keeps_to_its_published_schema(command, asked, tmp_path):
    asked.findings = [BREAKING, UNPROVEN, ADDED, WORDED]
    old, new = write(tmp_path)
    schema = json.loads(command("schema", "diff-report")[1])

    code, out, _ = command("diff", old, new, "--format", "json")

    told = json.loads(out)
    validator = jsonschema_rs.validator_for(schema)
    assert [error.message for error in validator.iter_errors(told)] == []
    assert not validator.is_valid({**told, "more": 1})
    assert code == told["exit_code"] == 1
    (pair,) = told["comparisons"]
    assert pair["counts"] == {"breaking": 1, "warning": 1, "info": 2, "unproven": 1, "exposes": 1, "waived": 0}
    first = pair["findings"][0]
    assert first["failing_example"]["value"] == {"item": "a"}
    assert (first["old"]["line"], first["new"]["line"]) == (12, 14)
    assert [one["documentation"] for one in pair["findings"]] == [False, False, False, True]
    assert DiffReportModel.model_validate(told).comparisons[0].new.version == "1.3.0"


def test_output_to_a_file(command, asked, tmp_path):
    asked.findings = [BREAKING]
    old, new = write(tmp_path)

    code, out, err = command("diff", old, new, "--format", "json", "--output", tmp_path / "report.json")

    assert (code, out) == (1, "")
    assert "1 breaking" in err
    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 1


@pytest.mark.parametrize("arguments", [["old.yaml"], ["old.yaml", "new.yaml", "--against", "all-supported"], []])
def test_one_or_two_documents_as_the_options_say(command, arguments):
    code, out, err = command("diff", *arguments)

    assert (code, out) == (2, "")
    assert "Traceback" not in err


def test_a_candidate_against_every_version_in_use(command, asked, workspace):
    asked.findings = [BREAKING]
    workspace.replace("contracts/orders/api.yaml", "versions:", "versions:\n  3.0:\n    stage: draft")

    code, out, err = command(
        "diff", "orders@2.0", "--against", "all-supported", "--workspace", workspace.folder, "--format", "json"
    )

    told = json.loads(out)
    assert (code, err) == (1, "")
    assert told["candidate"] == "orders@2.0"
    assert [pair["old"]["name"] for pair in told["comparisons"]] == ["orders@1.1"]
    assert {one["version"]: one["reason"] for one in told["left_out"]} == {
        "orders@1.0": "it is retired",
        "orders@3.0": "it is a draft: nobody is served it",
    }


def test_the_worst_of_a_candidate_counts(command, asked, workspace, tmp_path, monkeypatch):
    _, new = write(tmp_path)
    install(monkeypatch, lambda old, _new, _profile, _at: [BREAKING] if old.tree["info"]["version"] == "1.1.0" else [])

    code, out, _ = command("diff", new, "--against", "all-supported", "--api", "orders", "-w", workspace.folder)

    assert code == 1
    lines = [line.strip() for line in out.splitlines()]
    assert "breaks  orders@1.1: 1 breaking, 0 warnings, 0 for information" in lines
    assert "fits    orders@2.0: 0 breaking, 0 warnings, 0 for information" in lines


def test_a_first_version_breaks_nobody(command, asked, workspace, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    code, out, _ = command("diff", "stock@2.0", "--against", "all-supported", "-w", workspace.folder)

    assert code == 0
    assert "stock@2.0 against 0 versions in use" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["new.yaml"], "add --api NAME"),
        (["new.yaml", "--api", "order"], "write `orders`"),
        (["orders@9.9"], "has no version 9.9"),
    ],
)
def test_a_candidate_that_cannot_be_compared(command, asked, workspace, tmp_path, monkeypatch, arguments, words):
    write(tmp_path)
    monkeypatch.chdir(tmp_path)

    code, out, err = command("diff", *arguments, "--against", "all-supported", "-w", workspace.folder)

    assert (code, out) == (2, "")
    assert words in err
    assert asked.calls == []


LINT = "diff: {profile: sdk, severities: [{rule: required-*, severity: info, reason: a trial, layers: [system]}]}\n"


def test_the_settings_of_the_workspace(command, monkeypatch, workspace):
    profiles = []
    asked = install(monkeypatch, lambda _old, _new, profile, _at: profiles.append(profile) or [])
    workspace.write("governance/lint.yaml", LINT.replace("required-*", "path-*"))

    command("diff", "orders@1.1", "orders@2.0", "-w", workspace.folder)
    command("diff", "orders@1.1", "orders@2.0", "-w", workspace.folder, "--profile", "strict")
    command("diff", "orders@2.0", "--against", "all-supported", "-w", workspace.folder)

    assert profiles == ["sdk", "strict", "sdk"]
    settings, contract = asked[0]
    assert [one.rule for one in settings.severities] == ["path-*"]
    assert (contract.layer, contract.visibility) == ("system", "partner")
    assert asked[2] == asked[0]


def test_settings_that_are_wrong(command, asked, workspace):
    workspace.write("governance/lint.yaml", LINT.replace("severities", "severites"))

    code, out, err = command("diff", "orders@1.1", "orders@2.0", "-w", workspace.folder)

    assert (code, out) == (2, "")
    assert "governance/lint.yaml:1:" in err
    assert "write `severities`" in err
    assert asked.calls == []


def test_progress_is_said_on_a_terminal_only(command, asked, tmp_path, monkeypatch):
    import sys

    old, new = write(tmp_path)
    quiet = command("diff", old, new)[2]
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda _: True, raising=False)
    loud = command("diff", old, new)[2]
    monkeypatch.setenv("CI", "true")

    assert quiet == command("diff", old, new)[2] == ""
    assert "comparing" in loud or "reading" in loud or "writing" in loud


def test_the_whole_way_with_nothing_replaced(command, tmp_path):
    old, new = write(tmp_path)

    code, out, err = command("diff", old, new, "--format", "json")

    (pair,) = json.loads(out)["comparisons"]
    (broken,) = [one for one in pair["findings"] if one["severity"] == "breaking"]
    assert (code, err) == (1, "")
    assert (broken["method"], broken["path"], broken["new"]["line"]) == ("POST", "/orders", 14)
    assert (broken["failing_example"]["valid_in"], broken["proof"]) == ("old", "proven")
    assert "quantity" not in broken["failing_example"]["value"]
    assert command("diff", old, old)[0] == command("diff", new, old)[0] == 0
    assert command("semver", old, new)[1].startswith("major: ")
    assert "You must act" in command("changelog", old, new)[1]
