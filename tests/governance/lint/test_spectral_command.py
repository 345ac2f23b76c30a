"""`tidewaiter lint` with a pinned rule set of Spectral's form: settings, waivers, reports, `check`."""

import json

import pytest
from linted import ORDERS
from spectral import digest

RULES = """\
rules:
  contact:
    description: There is somebody to ask.
    documentationUrl: https://rules.example/contact
    severity: error
    given: $
    then: {field: info.contact, function: truthy}
  summary:
    message: "{{property}} is missing"
    given: $.paths[*][post,put]
    then: {field: summary, function: truthy}
"""
FILE = "governance/style.yaml"
NONE = 'lint: {{extends: tidewaiter/1, spectral: [{{file: {file}, digest: "{digest}"{more}}}]{rest}}}\n'


def pin(text=RULES, more="", rest=""):
    return NONE.format(file=FILE, digest=digest(text), more=more, rest=rest)


@pytest.fixture
def lint(command, workspace):
    workspace.write("orders.json", json.dumps({**ORDERS, "security": []}, indent=1))
    workspace.write(FILE, RULES).write("governance/lint.yaml", pin())

    def run(*arguments):
        return command("lint", workspace.folder / "orders.json", "-w", workspace.folder, *arguments)

    return run


def told(lint, *arguments):
    code, out, err = lint("--format", "json", *arguments)
    assert out, err
    (document,) = json.loads(out)["documents"]
    return code, document, [one for one in document["findings"] if one["rule"].startswith("spectral:")]


def test_its_rules_are_asked_beside_our_own(lint):
    code, document, found = told(lint)
    assert code == 1
    assert document["rule_set"] == f"tidewaiter/1 and {FILE}"
    assert [(one["rule"], one["severity"], one["message"], one["at"]["pointer"]) for one in found] == [
        ("spectral:contact", "error", "There is somebody to ask.", "/info"),
        ("spectral:summary", "warning", "post.summary is missing", "/paths/~1orders/post"),
        ("spectral:summary", "warning", "put.summary is missing", "/paths/~1orders/put"),
    ]
    assert [use["method"] for use in found[1]["reach"]] == ["POST"]
    assert "money-as-number" in {one["rule"] for one in document["findings"]}
    assert len({one["fingerprint"] for one in found}) == 3


def test_one_rule_alone(lint):
    code, document, found = told(lint, "--rule", "spectral:contact")
    assert (code, len(document["findings"]), len(found)) == (1, 1, 1)
    code, out, err = lint("--rule", "spectral:contat")
    assert (code, out, "write `spectral:contact`" in err) == (2, "", True)


def test_severities_and_waivers_name_them(lint, workspace):
    rest = ', severities: [{rule: "spectral:contact", severity: info, reason: the board decided so}]'
    workspace.write("governance/lint.yaml", pin(rest=rest))
    code, _, found = told(lint)
    assert (code, [one["severity"] for one in found if one["rule"] == "spectral:contact"]) == (0, ["info"])
    workspace.write("governance/lint.yaml", pin(rest=rest.replace("contact", "contat")))
    code, _, err = lint()
    assert (code, "governance/lint.yaml:1" in err, "write `spectral:contact`" in err) == (2, True, True)


WAIVER = (
    "kind: waiver\napi: orders\nrule: spectral:contact\nversions: ['1.*']\nowner: a\nreason: as it was agreed\n"
    "until: 2026-12-31\napproved_by: [b]\n"
)


def test_a_waiver_names_one(lint, workspace):
    workspace.write("decisions/one.yaml", WAIVER)
    named = ("--waivers", workspace.folder / "decisions", "--api", "orders", "--at", "2026-06-01")
    code, document, _ = told(lint, *named)
    assert (code, document["counts"]["waived"]) == (0, 1)
    workspace.write("decisions/one.yaml", WAIVER.replace("contact", "contat"))
    code, out, err = lint(*named)
    assert (code, out) == (2, "")
    assert "decisions/one.yaml:3" in err
    assert "write `spectral:contact`" in err


def test_what_cannot_run_ends_with_2(lint, workspace):
    bad = RULES + "  own: {given: $.info, then: {function: mine}}\n"
    workspace.write(FILE, bad).write("governance/lint.yaml", pin(bad))
    code, out, err = lint()
    assert (code, out) == (2, "")
    assert err.startswith(f"{workspace.folder}/{FILE}:12:")
    assert "the function mine is none of Spectral's core functions" in err
    assert err.endswith("tidewaiter lint: nothing was judged\n")
    workspace.write("governance/lint.yaml", pin(bad, more=", without: [own]"))
    assert told(lint)[0] == 1


def test_another_content_than_the_pinned_one(lint, workspace):
    workspace.write(FILE, RULES + "\n")
    code, _, err = lint()
    assert (code, "error[digest-differs]" in err) == (2, True)


def test_two_sets_may_not_have_one_rule(lint, workspace):
    workspace.write("governance/more.yaml", RULES)
    both = ", ".join(f'{{file: {name}, digest: "{digest(RULES)}"}}' for name in (FILE, "governance/more.yaml"))
    workspace.write("governance/lint.yaml", f"lint: {{spectral: [{both}]}}\n")
    code, _, err = lint()
    assert (code, err.count("error[two-rules]")) == (2, 2)


def test_check_tells_it_as_a_warning(command, lint, workspace):
    def warned():
        found = json.loads(command("check", workspace.folder, "--format", "json")[1])["findings"]
        return [(one["file"], one["code"], one["severity"]) for one in found if one["file"].startswith("governance")]

    assert warned() == []
    workspace.write(FILE, RULES + "  own: {given: $.info, then: {function: mine}}\n")
    assert warned() == [(FILE, "digest-differs", "warning")]


HOSTILE = "</script><script>alert(1)</script> ::error::x **b** [a](javascript:1) ]]> @team"


def test_no_text_of_a_rule_takes_effect(lint, workspace):
    bad = RULES.replace("There is somebody to ask.", HOSTILE.replace(": ", "")).replace("is missing", HOSTILE)
    workspace.write(FILE, bad).write("governance/lint.yaml", pin(bad))
    for form in ("text", "markdown", "html", "sarif", "junit", "github"):
        _, out, _ = lint("--format", form, "--all")
        assert "contact" in out, form
        if form in ("html", "junit", "markdown"):
            assert "<script>alert" not in out, form
        if form in ("github", "text"):
            assert not any(line.lstrip().startswith("::error::x") for line in out.splitlines()), form
