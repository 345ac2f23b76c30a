"""`governance/lint.yaml` as `check` judges it: its faults are told with their line, and stop no gateway."""

GOOD = "diff:\n  severities:\n    - {rule: response-enum-widened, severity: warning, reason: as agreed}\n"
FILE = "governance/lint.yaml"


def found(command, workspace):
    import json

    code, out, _ = command("check", workspace.folder, "--format", "json")
    return code, [one for one in json.loads(out)["findings"] if one["file"].startswith("governance/")]


def test_a_good_file_is_no_finding(command, workspace):
    before, _ = found(command, workspace)
    workspace.write(FILE, GOOD)
    assert found(command, workspace) == (before, [])


def test_an_unknown_rule_is_told_with_its_line_and_the_nearest(command, workspace):
    workspace.write(FILE, GOOD.replace("response-enum-widened", "response-enum-wided"))
    code, (fault,) = found(command, workspace)
    assert (code, fault["severity"], fault["code"], fault["line"]) == (1, "warning", "unknown-rule", 3)
    assert fault["remedy"] == "write `response-enum-widened`"


def test_a_misspelt_key_is_told(command, workspace):
    workspace.write(FILE, GOOD.replace("severities", "severites"))
    _, (fault,) = found(command, workspace)
    assert (fault["code"], fault["remedy"]) == ("unknown-key", "write `severities`")


def test_an_entry_without_a_reason_is_told(command, workspace):
    workspace.write(FILE, GOOD.replace(", reason: as agreed", ""))
    _, (fault,) = found(command, workspace)
    assert fault["code"] == "missing-key"


def test_a_misnamed_file_is_told(command, workspace):
    workspace.write("governance/lint.yml", GOOD)
    code, (fault,) = found(command, workspace)
    assert (code, fault["file"], fault["remedy"]) == (1, "governance/lint.yml", "call it lint.yaml")


def test_other_files_are_left_alone(command, workspace):
    workspace.write("governance/board.yaml", "{}")
    workspace.write("governance/notes.md", "notes")
    assert found(command, workspace)[1] == []
