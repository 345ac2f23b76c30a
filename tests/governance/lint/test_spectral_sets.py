"""Rule sets of Spectral's form: how they are read, extended, narrowed and pinned, and what is refused by name."""

import re
from pathlib import Path

import pytest
from spectral import actives, digest, findings, write

from contracts.diagnostic import InvalidInputError
from governance.finding import Severity
from governance.lint.spectral.definition import FUNCTIONS
from governance.lint.table import LINT_RULES

TITLE = "{given: $.info, then: {field: title, function: truthy}}"
ONE = f"rules:\n  one: {TITLE}\n"


def asked(folder, text, **more):
    return {one.ready.name: one.severity for one in actives(folder, text, **more)}


def refused(folder, text, **more):
    with pytest.raises(InvalidInputError) as error:
        actives(folder, text, **more)
    return error.value.diagnostics


ERROR, WARNING, INFO = Severity.BREAKING, Severity.WARNING, Severity.INFO


@pytest.mark.parametrize(("stated", "weighs"), [
    ("", WARNING), ("severity: error, ", ERROR), ("severity: warn, ", WARNING), ("severity: info, ", INFO),
    ("severity: hint, ", INFO), ("severity: 0, ", ERROR), ("severity: 3, ", INFO), ("severity: off, ", None),
    ("severity: -1, ", None), ("recommended: false, ", None), ("recommended: true, type: style, tags: [a], ", WARNING),
    ("x-own: {a: 1}, extensions: {b: 2}, documentationUrl: https://a.example, ", WARNING),
])  # fmt: skip
def test_severities(tmp_path, stated, weighs):
    found = asked(tmp_path, ONE.replace("{given", "{" + stated + "given"))
    assert found == ({"one": weighs} if weighs is not None else {})


def test_a_set_is_extended_and_narrowed(tmp_path):
    base = (
        f"rules:\n  a: {TITLE}\n  b: {{recommended: false, given: $.info, then: {{function: truthy}}}}\n  c: {TITLE}\n"
    )
    for extends, own, names in [
        ("base.yaml", "{}", "ac"), ("[base.yaml]", "{}", "ac"), ("[[base.yaml, all]]", "{}", "abc"),
        ("[[base.yaml, off]]", "{}", ""), ("[[base.yaml, recommended]]", "{}", "ac"),
        ("base.yaml", "{a: off}", "c"), ("base.yaml", "{b: true}", "abc"), ("base.yaml", "{a: false}", "c"),
        ("[[base.yaml, off]]", "{b: error}", "b"), ("./base.yaml", f"{{d: {TITLE}}}", "acd"),
    ]:  # fmt: skip
        text = f"extends: {extends}\nrules: {own}\n"
        assert sorted(asked(tmp_path, text, extends={"base.yaml": base})) == list(names), text
    assert asked(tmp_path, "extends: base.yaml\nrules: {a: error}\n", extends={"base.yaml": base})["a"] is ERROR


def test_a_set_in_a_folder_extends_one_beside_it(tmp_path):
    text = "extends: ../shared/base.yaml\n"
    found = asked(tmp_path, text, name="governance/s.yaml", extends={"shared/base.yaml": ONE})
    assert found == {"one": WARNING}


def test_aliases_are_those_of_the_file_that_states_the_rule(tmp_path):
    base = (
        "aliases: {Info: [$.info], Title: ['#Info.title']}\nrules:\n  a: {given: '#Title', then: {function: falsy}}\n"
    )
    text = "extends: base.yaml\naliases: {Info: [$.paths]}\n"
    (one,) = actives(tmp_path, text, extends={"base.yaml": base})
    assert [path.text for path in one.ready.given["3.1"]] == ["$.info.title"]


def test_targets_of_an_alias_are_chosen_by_version(tmp_path):
    text = (
        "aliases:\n  A:\n    targets:\n      - {formats: [oas3], given: [$.a]}\n"
        "      - {formats: [oas3_1, oas3.2], given: [$.b, $.c]}\nrules:\n  a: {given: '#A.x', then: {function: falsy}}\n"
    )
    (one,) = actives(tmp_path, text)
    told = {version: [path.text for path in paths] for version, paths in one.ready.given.items()}
    assert told == {"3.0": ["$.a.x"], "3.1": ["$.b.x", "$.c.x"], "3.2": ["$.b.x", "$.c.x"]}


@pytest.mark.parametrize(("top", "own", "versions"), [
    ("", "", ["3.0", "3.1", "3.2"]), ("formats: [oas3.0]\n", "", ["3.0"]),
    ("formats: [oas3.0]\n", "formats: [oas3_1], ", ["3.1"]), ("", "formats: [oas2, asyncapi2], ", []),
    ("", "formats: [oas3], ", ["3.0", "3.1", "3.2"]),
])  # fmt: skip
def test_formats(tmp_path, top, own, versions):
    (one,) = actives(tmp_path, top + ONE.replace("{given", "{" + own + "given"))
    assert list(one.ready.given) == versions


def test_rules_of_other_formats_find_nothing(tmp_path):
    rule = {"given": "$.info", "formats": ["oas2"], "then": {"function": "falsy"}}
    assert findings(tmp_path, rule, {}) == []
    assert findings(tmp_path, {**rule, "formats": ["oas3.1"]}, {}) != []
    assert findings(tmp_path, rule, {}, formats=["oas3.1"]) == []


OFF = [
    "no-$ref-siblings", "oas3-operation-security-defined", "oas3-schema", "oas3-server-variables",
    "oas3-unused-component", "oas3-valid-media-example", "oas3-valid-schema-example", "openapi-tags-uniqueness",
    "operation-operationId-unique", "operation-parameters", "operation-success-response", "operation-tag-defined",
    "path-params",
]  # fmt: skip


def test_spectrals_own_set_is_asked_as_far_as_core_functions_go(tmp_path):
    (fault,) = refused(tmp_path, "extends: spectral:oas\n")
    assert re.findall(r"[a-z0-9$-]+(?:-[A-Za-z$]+)+", fault.message.partition(":")[2].partition(":")[2]) == OFF
    assert f"`without: [{', '.join(OFF)}]`" in fault.remedy
    assert (fault.code, fault.line) == ("function", 1)
    found = asked(tmp_path, "extends: spectral:oas\n", without=OFF)
    assert {"operation-operationId", "info-contact", "typed-enum", "oas3-api-servers"} <= found.keys()
    assert "info-license" not in found
    assert found["array-items"] is ERROR
    assert "info-license" in asked(tmp_path, "extends: [[spectral:oas, all]]\n", without=OFF)
    assert asked(tmp_path, "extends: [[spectral:oas, off]]\nrules: {info-license: error}\n") == {"info-license": ERROR}
    (fault,) = refused(tmp_path, "extends: [[spectral:oas, off]]\nrules: {path-params: error}\n")
    assert "path-params" in fault.message


def test_sets_about_other_documents_ask_nothing(tmp_path):
    assert asked(tmp_path, "extends: [spectral:asyncapi, spectral:arazzo]\n" + ONE) == {"one": WARNING}


BAD = [
    ("rules:\n  one:\n    given: $.a\n", 2, "missing-key", "`then`"),
    ("rules:\n  one: {given: $.a, then: {}}\n", 2, "missing-key", "`function`"),
    ("rules:\n  one: {given: $.a, than: {}, then: {function: truthy}}\n", 2, "unknown-key", "`than`"),
    ("rules:\n  one: error\n", 2, "unknown-rule", "no rule one"),
    ("rules:\n  one: {severity: fatal, given: $.a, then: {function: truthy}}\n", 2, "wrong-value", "severity"),
    ("rules:\n  one: {given: a, then: {function: truthy}}\n", 2, "path", "does not begin with $"),
    ("rules:\n  one:\n    given:\n      - $.a\n      - $.b~.c\n    then: {function: truthy}\n", 5, "path", "at its end only"),
    ("rules:\n  one:\n    given: $.a\n    then: [{function: truthy}, {field: $.x~.y, function: truthy}]\n", 4, "path", "`~`"),
    ("rules:\n  one:\n    given: '#A'\n    then: {function: truthy}\n", 3, "alias", "no alias A"),
    ("aliases: {A: ['#A']}\nrules:\n  one: {given: '#A', then: {function: truthy}}\n", 3, "alias", "leads back to itself"),
    ("aliases: {A: 5}\nrules:\n  one: {given: '#A', then: {function: truthy}}\n", 3, "alias", "is no list of paths"),
    ("rules:\n  one: {formats: [oas9], given: $.a, then: {function: truthy}}\n", 2, "format", "no format oas9"),
    ("formats: [oas9]\nrules:\n  one: {given: $.a, then: {function: truthy}}\n", 1, "format", "no format oas9"),
    ("rules:\n  one: {message: '#{{a + b}}', given: $.a, then: {function: truthy}}\n", 2, "message", "computes"),
    ("functions: [mine]\nrules:\n  one: {given: $.a, then: {function: mine}}\n", 3, "function", "no JavaScript is run"),
    ("extends: https://a.example/rules.yaml\n", 1, "extends", "only files of the workspace are read"),
    ("extends: '@stoplight/spectral-owasp-ruleset'\n", 1, "extends", "only files of the workspace are read"),
    ("extends:\n  - ../other.yaml\n", 2, "extends", "only files of the workspace are read"),
    ("extends: [[spectral:oas, some]]\n", 1, "wrong-value", "names no rule set"),
    ("extends: other.yaml\n", 1, "not-pinned", "other.yaml, which is not pinned"),
    ("extends: spectral.yaml\n", 1, "extends", "extends itself"),
    ("except: {a: [b]}\n" + ONE, 1, "unknown-key", "`except`"),
    ("overrides: [{files: ['*'], rules: {one: {given: $.a}}}]\n" + ONE, 1, "override", "only severities are"),
    ("overrides: [{files: ['*'], aliases: {}, rules: {one: off}}]\n" + ONE, 1, "override", "sets `aliases`"),
    ("overrides: [{files: ['*'], rules: {two: off}}]\n" + ONE, 1, "unknown-rule", "no rule two"),
    ("overrides: [{rules: {one: off}}]\n" + ONE, 1, "missing-key", "needs `files`"),
    ("overrides: [{files: ['*']}]\n" + ONE, 1, "missing-key", "needs `rules`"),
    ("overrides: 5\n" + ONE, 1, "wrong-value", "`overrides` is no list"),
    ("<<<<<<< ours\nrules: {}\n", 1, "merge-conflict", "nobody has settled"),
    ("rules: [a]\n", 1, "wrong-value", "rules"),
    ("", 0, "empty-file", "empty"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "line", "code", "said"), BAD)
def test_what_is_refused_has_its_line_and_a_remedy(tmp_path, text, line, code, said):
    fault = refused(tmp_path, text)[0]
    assert (fault.file, fault.line, fault.code) == ("spectral.yaml", line, code)
    assert said in fault.message
    assert fault.remedy


def test_every_fault_is_told_at_once(tmp_path):
    text = "rules:\n  one: {given: a, then: {function: f}}\n  two: {given: $.a, then: {function: pattern}}\n"
    assert [fault.code for fault in refused(tmp_path, text)] == ["path", "function", "missing-key"]


def test_what_cannot_run_may_be_left_out_by_name(tmp_path):
    text = ONE + "  two: {given: $.a, then: {function: mine}}\n"
    assert asked(tmp_path, text, without=["two"]) == {"one": WARNING}
    (fault,) = refused(tmp_path, ONE, without=["tow"])
    assert (fault.code, "`without` names tow" in fault.message) == ("unknown-rule", True)


def test_a_rule_that_is_off_need_not_run(tmp_path):
    assert asked(tmp_path, ONE + "  two: {severity: off, given: x, then: {function: mine}}\n") == {"one": WARNING}


def test_files_are_held_to_their_digests(tmp_path):
    from governance.lint.spectral.sets import PinnedSpectral, read_set

    write(tmp_path, "extends: base.yaml\n")
    write(tmp_path, ONE, "base.yaml")
    other = {"base.yaml": digest("other")}
    pinned = PinnedSpectral(file="spectral.yaml", digest=digest("extends: base.yaml\n"), extends=other)
    with pytest.raises(InvalidInputError) as error:
        read_set(pinned, tmp_path)
    (fault,) = error.value.diagnostics
    assert (fault.file, fault.code, digest(ONE) in fault.message) == ("base.yaml", "digest-differs", True)
    for name in ("none.yaml", "../spectral.yaml"):
        with pytest.raises(InvalidInputError):
            read_set(PinnedSpectral(file=name, digest=digest("")), tmp_path / "ws")


OVERRIDDEN = [
    ("contracts/a.yaml", [{"files": ["**/a.yaml"], "rules": {"it": "off"}}], 0),
    ("contracts/a.yaml", [{"files": ["a.yaml"], "rules": {"it": "off"}}], 0),
    ("contracts/a.yaml", [{"files": ["contracts/*.{yaml,json}"], "rules": {"it": "off"}}], 0),
    ("contracts/a.yaml", [{"files": ["contracts/[!a].yaml"], "rules": {"it": "off"}}], 2),
    ("contracts/b.yaml", [{"files": ["a.yaml"], "rules": {"it": "off"}}], 2),
    ("contracts/v1/a.yaml", [{"files": ["contracts/*"], "rules": {"it": "off"}}], 2),
    ("contracts/v1/a.yaml", [{"files": ["contracts/**"], "rules": {"it": False}}], 0),
    ("a.yaml", [{"files": ["*#/x-a"], "rules": {"it": "off"}}], 1),
    ("a.yaml", [{"files": ["*#/x-a", "*#/x-b"], "rules": {"it": "off"}}], 0),
    ("a.yaml", [{"files": ["*"], "rules": {"it": "off"}}, {"files": ["*#/x-b"], "rules": {"it": "error"}}], 1),
    ("", [{"files": ["*"], "rules": {"it": "off"}}], 2),
]  # fmt: skip


@pytest.mark.parametrize(("file", "overrides", "left"), OVERRIDDEN)
def test_overrides_set_severities_in_files_and_at_places(tmp_path, file, overrides, left):
    rule = {"given": ["$.x-a", "$.x-b"], "then": {"function": "falsy"}}
    tree = {"x-a": 1, "x-b": 2}
    assert len(findings(tmp_path, rule, tree, file=file, overrides=overrides)) == left


def test_messages_are_filled(tmp_path):
    rule = {
        "given": "$.paths[*]~",
        "message": "x",
        "description": "Paths.\nAll of them.",
        "then": {"function": "falsy"},
    }
    tree = {"paths": {"/a/{id}": {}}}
    for message, told in [
        ("{{property}} at {{path}}", "/a/{id} at #/paths/~1a~1%7Bid%7D"),
        ("{{description}}|{{error}}", 'Paths. All of them.|"/a/{id}" property must be falsy'),
        ("{{value}} {{nothing}}x", "[object Object] x"),
        ('#{{print("property")}}is wrong, #{{print("value")}}', '"/a/{id}" property is wrong, Object{}'),
        ("#{{property}}", "/a/{id}"),
    ]:  # fmt: skip
        assert findings(tmp_path, {**rule, "message": message}, tree) == [("/paths/~1a~1{id}", told)]
    del rule["message"]
    assert findings(tmp_path, rule, tree) == [("/paths/~1a~1{id}", "Paths. All of them.")]


def test_references_are_followed_unless_the_rule_says_otherwise(tmp_path):
    order = {"properties": {"id": {"$ref": "#/components/schemas/Id"}}}
    tree = {"components": {"schemas": {"Order": order, "Id": {"type": "string"}, "Gone": {"$ref": "#/nowhere"}}}}
    rule = {"given": "$.components.schemas.Order.properties[*]", "message": "{{property}}",
            "then": {"field": "description", "function": "truthy"}}  # fmt: skip
    assert findings(tmp_path, rule, tree) == [("/components/schemas/Id", "Id.description")]
    told = findings(tmp_path, {**rule, "resolved": False}, tree)
    assert told == [("/components/schemas/Order/properties/id", "id.description")]
    names = {"given": "$..properties[*]~", "message": "{{property}}", "then": {"function": "falsy"}}
    assert findings(tmp_path, names, tree) == [("/components/schemas/Order/properties/id", "id")]
    assert len(findings(tmp_path, {**names, "given": "$..[?(@property === 'Gone')]"}, tree)) == 1


def test_the_page_tells_what_is_run_and_what_is_not():
    page = (Path(__file__).resolve().parents[3] / "docs" / "spectral.md").read_text(encoding="utf-8")
    (functions,) = re.findall(r"^\| functions \| (.*) \|$", page, re.MULTILINE)
    assert re.findall(r"`(\w+)`", functions) == sorted(FUNCTIONS)
    table = page.partition("| rule of `spectral:oas` |")[2]
    rows = dict(re.findall(r"^\| `([a-zA-Z0-9$-]+)` \| (.*) \|$", table, re.MULTILINE))
    assert sorted(rows) == OFF
    named = {name for words in rows.values() for name in re.findall(r"`([a-z-]+)`", words)}
    assert named <= LINT_RULES.keys()
