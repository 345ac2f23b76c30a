"""`tidewaiter explain rule`: what it prints, and how it ends; the page of rules and the page of decisions."""

import json
import re
from pathlib import Path

import pytest
from rows import over

from contracts import yaml12
from governance.diff.rules.table import BY_ID, beside
from governance.finding import Severity
from governance.known_rules import known_rules
from governance.lifecycle.rules import RULES as LIFECYCLE
from governance.lint.table import LINT_RULES
from governance.reports import field_rules, file_rules, rule_pages, rules
from governance.severities import UNJUDGED, Lint, pattern_of
from governance.waiver_rules import RULES as WAIVERS

GOVERNANCE = Path(file_rules.__file__).resolve().parents[1]
DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = rule_pages.pages()
DECISIONS = (DOCS / "diff-decisions.md").read_text(encoding="utf-8")


def test_a_rule_is_told(command):
    code, out, err = command("explain", "rule", "request-max-length-narrowed")

    assert (code, err) == (0, "")
    assert out.startswith("request-max-length-narrowed\n")
    assert "  wire    breaking\n" in out
    assert "  sdk     info\n" in out
    assert "maxLength narrowed, in what callers send" in out
    assert '-                "maxLength": 20\n' in out
    assert '+                "maxLength": 10\n' in out
    assert "{rule: request-max-length-narrowed, severity: info" in out


def test_what_depends_is_told_in_words(command):
    _, out, _ = command("explain", "rule", "response-property-removed")
    assert "  wire    breaking where it is required, else warning\n" in out
    _, out, _ = command("explain", "rule", "response-status-added")
    assert "Exposes: statuses 2xx and 3xx" in out


def test_special_cases_and_their_general_rule_name_each_other(command):
    _, general, _ = command("explain", "rule", "operation-removed")
    _, special, _ = command("explain", "rule", "operation-removed-after-sunset")
    assert "operation-removed-after-sunset" in general
    assert "Special case of operation-removed." in special


def test_a_rule_as_json(command):
    code, out, _ = command("explain", "rule", "response-enum-widened", "--format", "json")

    told = json.loads(out)
    assert code == 0
    assert told["severity"] == {"wire": "breaking", "strict": "breaking", "sdk": "warning"}
    assert (told["kinds"], told["effects"], told["directions"]) == (["enum"], ["widens"], ["response"])
    assert told["exposes"] is True
    assert told["example"]["before"]["paths"] != told["example"]["after"]["paths"]


def test_all_rules_are_listed(command):
    code, out, _ = command("explain", "rule")
    assert code == 0
    diff, lint, files, changes = out.split("\n\n")
    assert [line.split()[0] for line in diff.splitlines()[1:]] == list(BY_ID)
    assert [line.split()[0] for line in lint.splitlines()[1:]] == list(LINT_RULES)
    assert [line.split()[0] for line in files.splitlines()[1:]] == list(file_rules.BY_ID)
    assert [line.split()[0] for line in changes.splitlines()[1:]] == list(field_rules.BY_ID)
    _, out, _ = command("explain", "rule", "--format", "json")
    assert [rule["id"] for rule in json.loads(out)] == [*BY_ID, *LINT_RULES, *file_rules.BY_ID, *field_rules.BY_ID]


@pytest.mark.parametrize("rule", [*LIFECYCLE, *WAIVERS])
def test_rules_about_files_of_the_workspace_are_told(command, rule):
    code, out, err = command("explain", "rule", rule)
    assert (code, err) == (0, "")
    assert out.startswith(f"{rule}\n")
    told = json.loads(command("explain", "rule", rule, "--format", "json")[1])
    assert (told["id"], told["can_be_waived"]) == (rule, rule in known_rules())
    assert f"Weighs:  {told['severity']}\n" in out
    assert told["do"] in out
    assert told["reason"].endswith(".")


def test_every_finding_about_waivers_and_versions_has_a_rule():
    sources = [GOVERNANCE / "waivers.py", GOVERNANCE / "waiver_changes.py", *(GOVERNANCE / "lifecycle").glob("*.py")]
    told = "".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'"((?:waiver|lifecycle)-[a-z-]+)"', told))
    assert named == set(file_rules.BY_ID)


def test_a_rule_of_lint_is_told(command):
    code, out, err = command("explain", "rule", "money-as-number")
    assert (code, err) == (0, "")
    assert out.startswith("money-as-number\n")
    assert "Weighs:  warning in tidewaiter/1\n" in out
    assert '-                    "type": "number"\n' in out
    _, out, _ = command("explain", "rule", "system-api-visible", "--format", "json")
    told = json.loads(out)
    assert (told["area"], told["severity"]) == ("lint", {"tidewaiter/1": "error"})


def test_what_is_told_of_a_rule_of_lint_can_be_set(command):
    _, out, _ = command("explain", "rule", "money-as-number")
    text = out.partition("in governance/lint.yaml:\n")[2]
    lint = Lint.model_validate(yaml12.parse(text.encode(), "lint.yaml"))
    assert [(one.rule, one.severity) for one in lint.lint.severities] == [("money-as-number", "info")]


def test_what_no_rule_judges_is_told_as_well(command):
    code, out, _ = command("explain", "rule", UNJUDGED)
    assert (code, out.partition("\n")[0]) == (0, UNJUDGED)
    told = json.loads(command("explain", "rule", UNJUDGED, "--format", "json")[1])
    assert told["reason"] in out
    assert told["do"] in PAGES[UNJUDGED]


def test_an_unknown_rule_is_told_with_the_nearest(command):
    code, out, err = command("explain", "rule", "response-enum-wided")
    assert (code, out) == (2, "")
    assert "there is no rule response-enum-wided; write `response-enum-widened`" in err
    code, out, _ = command("explain", "rule", "x\x1b[31m", "--format", "json")
    assert code == 2
    assert json.loads(out)["findings"][0]["code"] == "command-line"
    _, _, err = command("explain", "rule", "x\x1b[31m")
    assert "\x1b" not in err


def test_a_rule_is_written_to_a_file(command, tmp_path):
    code, out, _ = command("explain", "rule", "path-removed", "-o", tmp_path / "rule.txt")
    assert (code, out) == (0, "")
    assert (tmp_path / "rule.txt").read_text(encoding="utf-8").startswith("path-removed\n")


@over("rule", BY_ID.values(), ids=lambda rule: rule.id)
def test_every_level_has_words(rule):
    for level in (rule.wire, rule.strict, rule.sdk):
        assert isinstance(level, Severity) or level is None or level.__doc__
    assert isinstance(rule.exposes, bool) or rule.exposes.__doc__
    assert "Example:\n  " in rules.as_text(rule)
    assert all(rule in beside(other) for other in beside(rule))


def test_every_rule_has_a_page_and_stands_in_the_index_once():
    assert list(PAGES) == [*BY_ID, UNJUDGED, *LINT_RULES, *file_rules.BY_ID]
    linked = re.findall(r"\| \[([^]]+)\]\(rules/([^)]+)\.md\)", rule_pages.index())
    assert [name for name, _ in linked] == [file for _, file in linked]
    assert sorted(name for name, _ in linked) == sorted(set(PAGES) - {UNJUDGED})


@over("rule", [*BY_ID.values(), *LINT_RULES.values()], ids=lambda rule: rule.id)
def test_a_page_tells_all_of_its_rule(rule):
    page = PAGES[rule.id]
    assert page.startswith(f"# {rule.id}\n")
    for part in (rule.reason, rule.do, f"{{rule: {rule.id}, severity: info"):
        assert part in page
    ((part, text),) = re.findall(r"```yaml\n# governance/lint.yaml\n((?:diff|lint):)(.*?)```", page, re.DOTALL)
    assert Lint.model_validate(yaml12.parse((part + text).encode(), "lint.yaml"))
    changed = re.search(r"```diff\n.*?^[-+].*?```", page, re.DOTALL | re.MULTILINE)
    assert changed or "becomes `visibility" in page


def test_the_settings_on_the_page_of_decisions_can_be_written():
    (text,) = re.findall(r"```yaml\n(.*?)```", DECISIONS, re.DOTALL)
    lint = Lint.model_validate(yaml12.parse(text.encode(), "lint.yaml"))

    named = [entry.rule for entry in lint.diff.severities]
    assert len(named) == len(set(named)) >= 19
    for pattern in named:
        assert [rule for rule in BY_ID if pattern_of(pattern).fullmatch(rule)]
    for entry in lint.diff.severities:  # a line that changes nothing would be no decision
        matched = [BY_ID[rule] for rule in BY_ID if pattern_of(entry.rule).fullmatch(rule)]
        assert any(rule.wire is not entry.severity for rule in matched), entry.rule


CLAIMS = {
    "enum value added in an answer": "response-enum-widened",
    "enum value removed in an answer": "response-enum-narrowed",
    "query parameter removed": "request-parameter-removed",
    "header or cookie parameter removed": "request-header-parameter-removed",
    "bound newly set on what is sent": "request-max-length-narrowed",
    "security asked for where nothing was": "security-required",
    "security not asked for any more": "security-opened",
    "required property or parameter with a default added": "request-required-parameter-with-default-added",
    "default of what is sent changed": "request-default-changed",
    "`operationId` changed": "operation-id-changed",
    "optional header of an answer removed": "response-header-removed",
    "status of an error removed from an answer": "response-error-status-removed",
    "address of tokens, sign-in or discovery changed": "security-scheme-token-url-changed",
    "host of a server changed": "server-host-changed",
    "deprecated operation without a sunset removed": "deprecated-operation-removed",
    "operation removed after its sunset": "operation-removed-after-sunset",
}


@pytest.mark.parametrize("change", CLAIMS)
def test_the_page_of_decisions_says_what_the_rules_do(change):
    (said,) = re.findall(rf"^\| {re.escape(change)} \| (\w+) \|", DECISIONS, re.MULTILINE)
    assert BY_ID[CLAIMS[change]].wire is Severity(said)
