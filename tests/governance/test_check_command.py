import json
import re

import pytest

from contracts.second_opinion import Opinion, SecondOpinion
from governance.check import check
from governance.reports.workspace_check import as_json, as_text


def test_a_fine_workspace(workspace, command):
    code, out, err = command("check", workspace.folder)

    assert (0, "") == (code, err)
    assert out == "fine: 3 contracts, 5 of 5 operations served, self-tested with 10 messages, environments prod, test\n"


def test_faults_are_lines_that_editors_understand(workspace, command):
    workspace.replace("consumers/shop.yaml", "plan: standard", "plan: standrad")

    code, out, _ = command("check", workspace.folder)

    assert code == 2
    assert out.splitlines() == [
        "consumers/shop.yaml:3:1: error[dangling-reference] there is no plan `standrad`; write `standard`",
        "1 error, 0 warnings: `tidewaiter serve` would refuse to start",
    ]


def test_findings_that_do_not_stop_it(workspace, command):
    workspace.replace("systems/erp-north.yaml", "  ca: systems", "  verify: false\n  ca: systems")

    code, out, _ = command("check", workspace.folder)

    assert code == 1
    served = "5 of 5 operations served, self-tested with 10 messages"
    assert out.splitlines()[-1] == f"0 errors, 1 warning: it serves; 3 contracts, {served}"


def test_json(workspace, command):
    workspace.replace("consumers/shop.yaml", "plan: standard", "plan: standrad")

    code, out, _ = command("check", workspace.folder, "--format", "json")

    told = json.loads(out)
    assert (2, 2, 1, 0) == (code, told["exit_code"], told["errors"], told["warnings"])
    assert told["environments"] == ["prod", "test"]
    assert told["findings"] == [
        {
            "file": "consumers/shop.yaml",
            "code": "dangling-reference",
            "message": "there is no plan `standrad`",
            "remedy": "write `standard`",
            "line": 3,
            "column": 1,
            "pointer": "/plan",
            "severity": "error",
            "suggestion": "",
            "environments": [],
        }
    ]


def test_output_to_a_file(workspace, command, tmp_path):
    code, out, err = command("check", workspace.folder, "--output", tmp_path / "report.txt")

    assert (0, "") == (code, out)
    assert "0 errors, 0 warnings" in err
    assert (tmp_path / "report.txt").read_text().startswith("fine:")


def test_a_file_that_cannot_be_written(workspace, command, tmp_path):
    code, _, err = command("check", workspace.folder, "--output", tmp_path / "no" / "report.txt")

    assert code == 2
    assert err.count("\n") == 1
    assert "no such file or directory" in err


@pytest.mark.parametrize("name", ["nowhere", "ws/tidewaiter.yaml"])
def test_no_folder(workspace, command, name):
    code, out, _ = command("check", workspace.folder.parent / name)

    assert code == 2
    assert "no-workspace" in out
    assert "tidewaiter init DIR" in out


def test_an_empty_folder(command, tmp_path):
    code, out, _ = command("check", tmp_path)

    assert code == 2
    assert out.splitlines()[0].startswith("tidewaiter.yaml: error[missing-file] tidewaiter.yaml is missing")


def test_one_environment(workspace, command):
    workspace.replace("environments/test.yaml", "https://erp-north.test.example", "http://erp-north.test.example")

    assert command("check", workspace.folder, "-e", "prod")[0] == 0
    code, out, _ = command("check", workspace.folder, "-e", "test")
    assert code == 2
    assert "environments/test.yaml:4:5: error[credential-in-clear]" in out
    code, out, _ = command("check", workspace.folder)
    assert code == 2
    assert "over plain HTTP (in test); write https://" in out


def test_an_environment_that_is_not_there(workspace, command):
    code, out, _ = command("check", workspace.folder, "--environment", "prdo")

    assert code == 2
    assert "environments/prdo.yaml: error[no-environment] there is no environment of this name; write `prod`" in out


def test_text_of_documents_is_data(workspace):
    """Terminal codes, markup and CI commands in what people wrote do not take effect."""
    workspace.replace("consumers/shop.yaml", "plan:", '"\\e[31m[bold]x\\u202e\\n::error::y": 1\nplan:')

    text = as_text(check(workspace.folder), colour=False)

    assert "\\x1b[31m[bold]x\\u202e\\n::error::y" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert [line for line in text.splitlines() if line.startswith("::")] == []


def test_json_is_ascii(workspace):
    workspace.replace("consumers/shop.yaml", "plan:", '"\\u009b31m": 1\nplan:')

    assert as_json(check(workspace.folder)).isascii()


def test_colour_only_where_wanted(workspace):
    workspace.replace("consumers/shop.yaml", "plan: standard", "plan: none")
    report = check(workspace.folder)

    assert "\x1b[31merror[dangling-reference]\x1b[0m" in as_text(report, colour=True)
    assert "\x1b" not in as_text(report, colour=False)


class Terminal:
    def isatty(self):
        return True


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("CI", "true"), ("TERM", "dumb")])
def test_variables_that_take_colour_away(monkeypatch, variable, value):
    from governance.terminal import in_colour

    for name in ("NO_COLOR", "CI", "TERM"):
        monkeypatch.delenv(name, raising=False)
    assert in_colour(Terminal())
    monkeypatch.setenv(variable, value)
    assert not in_colour(Terminal())


class TestNodeSettings:
    """`serve` needs the secrets, so `check` asks for them, whether this machine has node settings or not."""

    NODE = (
        "secrets:\n"
        "  STORE_URL: {value: 'redis://127.0.0.1'}\n"
        "  KEY_PEPPER: {value: pepper}\n"
        "  NORTH_ID: {value: id, origins: ['https://login.example']}\n"
        "  NORTH_SECRET: {value: secret-value, origins: ['https://login.example']}\n"
        "  SOUTH_USER: {value: user}\n"
        "  SOUTH_PASSWORD: {value: pass}\n"
    )

    def test_all_there(self, workspace):
        workspace.write(".tidewaiter/node.yaml", self.NODE)

        assert check(workspace.folder).exit_code == 0

    def test_one_missing(self, workspace, monkeypatch):
        monkeypatch.delenv("TIDEWAITER_SECRET_SOUTH_PASSWORD", raising=False)
        workspace.write(".tidewaiter/node.yaml", self.NODE.replace("SOUTH_PASSWORD", "OTHER"))

        report = check(workspace.folder)

        assert report.exit_code == 2
        (one,) = report.found
        assert (one.diagnostic.file, one.diagnostic.line, one.diagnostic.code) == (
            "systems/erp-south.yaml",
            10,
            "no-secret",
        )

    def test_of_a_system_that_only_a_candidate_is_on(self, workspace, monkeypatch):
        """Nothing of it is served, so `serve` starts without."""
        monkeypatch.delenv("TIDEWAITER_SECRET_SOUTH_PASSWORD", raising=False)
        workspace.write(".tidewaiter/node.yaml", self.NODE.replace("SOUTH_PASSWORD", "OTHER"))
        for path in (workspace.folder / "entities").glob("*.yaml"):
            if "erp-south" in path.read_text():
                path.write_text(path.read_text().replace("stage: onboarded", "stage: candidate"))

        report = check(workspace.folder)

        assert {one.diagnostic.code for one in report.found} >= {"entity-not-served"}
        assert "no-secret" not in {one.diagnostic.code for one in report.found}
        assert report.exit_code == 0

    @pytest.mark.parametrize("folder", [True, False])
    def test_without_node_settings(self, workspace, command, monkeypatch, folder):
        """The outcome must not depend on whether `.tidewaiter` happens to be there."""
        if folder:
            (workspace.folder / ".tidewaiter").mkdir()
        monkeypatch.delenv("TIDEWAITER_SECRET_KEY_PEPPER")

        code, out, _ = command("check", workspace.folder)

        assert code == 2
        (line, closing) = out.splitlines()
        assert line.startswith("tidewaiter.yaml:1:1: error[no-secret] secret:KEY_PEPPER is not known to this node: set")
        assert line.endswith("; where another machine serves it: `tidewaiter check --files-only`")
        assert closing == "1 error, 0 warnings: `tidewaiter serve` would refuse to start"
        code, out, _ = command("check", workspace.folder, "--files-only")
        assert code == 0
        assert out.startswith("fine: ")

    def test_one_that_may_not_go_there(self, workspace):
        workspace.write(
            ".tidewaiter/node.yaml", self.NODE.replace("https://login.example", "https://elsewhere.example")
        )

        report = check(workspace.folder)

        assert [one.diagnostic.code for one in report.found] == ["no-secret", "no-secret"]
        assert "secret-value" not in as_text(report)

    def test_broken(self, workspace):
        workspace.write(".tidewaiter/node.yaml", "secrts: {}\n")

        report = check(workspace.folder)

        assert report.exit_code == 2
        assert "node.yaml" in report.found[0].diagnostic.file


def test_what_is_not_self_tested_is_counted_and_listed(workspace, command):
    xml = "description: One order.\n          content: {application/xml: {schema: {type: object}}}"
    workspace.replace("contracts/orders/1.1.yaml", "description: One order.", xml)

    code, out, _ = command("check", workspace.folder)
    assert code == 0
    assert "self-tested with 9 messages (1 not wholly: --verbose says where)" in out
    assert "not-self-tested" not in out
    code, out, _ = command("check", workspace.folder, "--verbose")
    assert code == 0
    assert "warning[not-self-tested] GET /orders/{id} of orders@1.1 is not self-tested here: " in out
    told = json.loads(command("check", workspace.folder, "--format", "json")[1])
    assert (told["self_test_messages"], told["operations_not_wholly_self_tested"]) == (9, 1)
    assert told["not_self_tested"][0]["pointer"].endswith("/responses/200")


def test_a_second_opinion(workspace, command, monkeypatch):
    code, out, _ = command("check", workspace.folder, "--second-opinion")
    assert code == 0
    assert "second opinion of 10 messages: 0 differ for a known reason, 0 for none" in out

    schema = "{application/json: {schema: {type: object, required: [at], properties: {at: {type: string, format: duration}}}}}"
    workspace.replace(
        "contracts/orders/1.1.yaml", "description: One order.", f"description: One.\n          content: {schema}"
    )
    code, out, _ = command("check", workspace.folder, "--second-opinion")
    assert code == 0
    assert "it asserts a few formats only [formats-not-asserted]" in out
    assert ": 1 differ for a known reason, 0 for none" in out

    monkeypatch.setattr(SecondOpinion, "of", lambda *_: Opinion("violates", "Made < up"))
    code, out, _ = command("check", workspace.folder, "--second-opinion")
    assert code == 1
    assert "warning[second-opinion] GET /orders/{id} of orders@1.1, answer, a valid one: conforms here, and" in out
    assert "by openapi-core violates (Made < up)" in out
