"""`tidewaiter diff` with waivers: where they come from, what bad ones say, and how each form shows them."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from diff_findings import BREAKING, NEW, OLD, install

HEAD = "kind: waiver\napi: orders\n"
TERMS = "owner: a@b.example\nreason: The only caller was told.\nuntil: 2026-12-31\napproved_by: [the board]\n"
GOOD = HEAD + "rule: request-property-became-required\nversions: ['1.3']\n" + TERMS
FILES = {
    "tidewaiter.yaml": "name: test\npublic_url: https://api.example\n",
    "contracts/orders/api.yaml": (
        "title: Orders\nowner: o@b.example\nvisibility: partner\n"
        "versions:\n  1.2: {stage: active}\n  1.3: {stage: preview}\n"
    ),
    "entities/north.yaml": (
        "name: North\ncountry: DE\nowner: n@b.example\nstage: onboarded\n"
        "offers:\n  - {contract: orders@1.2, system: erp}\n"
    ),
    "consumers/shop.yaml": (
        "name: Shop\nowner: s@b.example\nplan: p\naudience: partner\nentities: [north]\n"
        "credentials: [{type: jwt, issuer: i, claim: shop}]\n"
    ),
    "consumers/other.yaml": (
        "name: Other\nowner: s@b.example\nplan: p\naudience: partner\nentities: [north]\napis: []\n"
        "credentials: [{type: jwt, issuer: i, claim: other}]\n"
    ),
    "decisions/required.yaml": GOOD,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (tmp_path / "contracts/orders/1.2.yaml").write_bytes(OLD)
    (tmp_path / "contracts/orders/1.3.yaml").write_bytes(NEW)
    return tmp_path


@pytest.fixture
def diff(folder, command):
    def run(*arguments, at="2026-06-01"):
        return command("diff", "orders@1.2", "orders@1.3", "-w", folder, "--at", at, *arguments)

    return run


def write(folder, text, name="required"):
    (folder / f"decisions/{name}.yaml").write_text(text, encoding="utf-8")


def test_those_of_the_workspace_count_by_themselves(folder, diff):
    code, out, _ = diff()

    assert code == 0
    assert "  waived (1)\n    POST /orders: Order.quantity: " in out
    assert "      by required until 2026-12-31 (owner a@b.example, approved by the board): The only caller" in out
    assert "0 breaking, 0 warnings, 1 for information; 1 waived: nothing at or above breaking" in out
    write(folder, GOOD.replace("orders", "orders") + "methods: [GET]\n")
    assert diff()[0] == 1


def test_the_day_decides(diff):
    code, out, _ = diff(at="2027-01-01")
    assert code == 1
    assert "breaking waiver-ended" in out
    assert "breaking request-property-became-required" in out
    code, out, _ = diff(at="2026-12-24")
    assert code == 0
    assert "the waiver required ends in 7 days, on 2026-12-31 (within 7 days): a@b.example decides" in out
    assert diff("--fail-on", "warning", at="2026-12-24")[0] == 1


def test_findings_about_waivers_count_for_the_exit_code(folder, diff):
    write(folder, HEAD + "rule: '*'\n" + TERMS, "wide")
    code, out, _ = diff()
    assert code == 1
    assert "decisions/wide.yaml:3" in out


@pytest.mark.parametrize(("consumers", "code"), [("[shop]", 0), ("[shop, other]", 0), ("[other]", 1)])
def test_consumers_that_may_call_decide(folder, diff, consumers, code):
    write(folder, GOOD + f"consumers: {consumers}\n")
    assert diff()[0] == code


def test_other_documents_name_folder_and_api(folder, command):
    old, new = folder / "contracts/orders/1.2.yaml", folder / "contracts/orders/1.3.yaml"
    write(folder, HEAD + "rule: request-property-became-required\nversions: ['1.3.0']\n" + TERMS)
    decisions = folder / "decisions"
    assert command("diff", old, new)[0] == 1
    assert command("diff", old, new, "--waivers", decisions, "--api", "orders", "--at", "2026-06-01")[0] == 0
    assert command("diff", old, new, "--waivers", decisions, "--api", "items", "--at", "2026-06-01")[0] == 1
    code, out, err = command("diff", old, new, "--waivers", decisions)
    assert (code, out) == (2, "")
    assert "add --api NAME" in err


def test_against_all_counts_each(folder, command):
    arguments = ("diff", "orders@1.3", "--against", "all-supported", "-w", folder, "--at", "2026-06-01")
    assert command(*arguments)[0] == 0
    (folder / "decisions/required.yaml").unlink()
    assert command(*arguments)[0] == 1


BAD = [
    (GOOD.replace("owner: a@b.example\n", ""), 1, "missing-key", "add `owner: ...`"),
    (GOOD.replace("until: 2026-12-31\n", ""), 1, "missing-key", "add `until: ...`"),
    (GOOD.replace("reason: The only caller was told.\n", ""), 1, "missing-key", "add `reason: ...`"),
    (GOOD.replace("approved_by: [the board]\n", ""), 1, "missing-key", "add `approved_by: ...`"),
    (GOOD.replace("approved_by: [the board]", "approved_by: []"), 8, "too-few", "at least one entry"),
    (GOOD.replace("2026-12-31", "next year"), 7, "wrong-value", "a date: YYYY-MM-DD"),
    (GOOD.replace("became-required", "became-requird"), 3, "unknown-rule", "write `request-property-became-required`"),
    (GOOD + "onexpiry: stop\n", 9, "unknown-key", "write `on_expiry`"),
    (GOOD.replace("api: orders", "api: odrers"), 2, "dangling-reference", "write `orders`"),
    (GOOD.replace("api: orders", "api: Orders/x"), 2, "wrong-value", "the name of its folder"),
    (HEAD + TERMS, 1, "waiver-target", "name one"),
    (HEAD + "finding: 12345\n" + TERMS, 3, "wrong-value", "in quotes"),
    (HEAD + "finding: xyz\n" + TERMS, 3, "wrong-value", "12 hexadecimal digits"),
    (GOOD + "on_expiry: explode\n", 9, "wrong-value", "one of `block`, `stop`"),
    (GOOD + "methods: [post]\n", 9, "wrong-value", "write GET, POST"),
    (GOOD + "paths: ['/a*b*c*d*e*f*g*']\n", 9, "wrong-value", "write several patterns"),
    (GOOD + "paths: [orders]\n", 9, "wrong-value", "write it as the contract does"),
    (GOOD.replace("'1.3'", "newest"), 4, "wrong-value", "write a version such as 1.2"),
    (GOOD + "consumers: [shpo]\n", 9, "dangling-reference", "write `shop`"),
    (GOOD.replace("kind: waiver", "kind: waver"), 1, "unknown-kind", "write `waiver`"),
    (GOOD.replace("kind: waiver\n", ""), 1, "missing-key", "add `kind: waiver`"),
    ("", 0, "empty-file", "it needs"),
    ("<<<<<<< ours\n" + GOOD, 1, "merge-conflict", "keep what holds"),
]


@pytest.mark.parametrize(("text", "line", "code", "remedy"), BAD)
def test_bad_ones_are_told_with_line_and_remedy(folder, diff, monkeypatch, text, line, code, remedy):
    install(monkeypatch, lambda *_: [BREAKING])
    write(folder, text)
    ended, out, err = diff()
    (fault, last) = err.splitlines()
    assert (ended, out, last) == (2, "", "tidewaiter diff: nothing was compared")
    assert re.match(rf".*decisions/required\.yaml{f':{line}:' if line else ':'}.* error\[", fault), fault
    assert f"error[{code}" in fault
    assert remedy in fault


def test_all_bad_ones_are_told_at_once(folder, diff):
    write(folder, "kind: x\n")
    write(folder, "kind: y\n", "second")
    (folder / "decisions/third.yml").write_text(GOOD)
    (folder / "decisions/linked.yaml").symlink_to(folder / "tidewaiter.yaml")
    ended, _, err = diff()
    assert ended == 2
    assert [re.search(r"decisions/([a-z.]+)", line)[1] for line in err.splitlines()[:-1]] == [
        "linked.yaml", "required.yaml", "second.yaml", "third.yml",
    ]  # fmt: skip


def test_decisions_of_another_form_are_not_waivers(folder, diff):
    write(folder, "format: 1\ntype: change\nverdict: approve\n", "change")
    (folder / "decisions/README.md").write_text("notes")
    (folder / "decisions/change.sig").write_text("{}")
    assert diff()[0] == 0


def test_a_folder_that_is_not_there(folder, diff):
    code, _, err = diff("--waivers", folder / "decsions")
    assert code == 2
    assert "there is no such folder" in err


def test_check_tells_them_as_warnings(command, workspace):
    workspace.write("decisions/one.yaml", GOOD + "ownr: x\n")
    workspace.write("decisions/two.yaml", GOOD.replace("api: orders", "api: odrers") + "consumers: [nobody]\n")
    workspace.write("governance/lifecycle.yaml", "notice_days: {partnr: 3}\n")
    found = json.loads(command("check", workspace.folder, "--format", "json")[1])["findings"]
    told = [(one["file"], one["code"], one["severity"]) for one in found if one["file"].startswith(("dec", "gov"))]
    assert told == [
        ("decisions/one.yaml", "unknown-key", "warning"),
        ("decisions/two.yaml", "dangling-reference", "warning"),
        ("decisions/two.yaml", "dangling-reference", "warning"),
        ("governance/lifecycle.yaml", "unknown-key", "warning"),
    ]


HOSTILE = "\\e[31m <script>alert(1)</script> **bold** [x](javascript:1) @team ]]> ::error::owned"


def test_every_form_shows_what_is_waived_and_nothing_of_it_takes_effect(folder, diff):
    write(folder, GOOD.replace("The only caller was told.", f'"agreed {HOSTILE}"'))
    write(folder, (HEAD + "rule: '*'\n" + TERMS).replace("the board", "them"), "wide")
    made = {
        form: diff("--format", form)[1] for form in ("text", "json", "markdown", "html", "sarif", "junit", "github")
    }

    for form, text in made.items():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), form
        assert "waiver-too-wide" in text, form
        assert "agreed" in text, form
        assert "2026-12-31" in text.replace("\\", ""), form
    report = json.loads(made["json"])
    (finding,) = [one for one in report["comparisons"][0]["findings"] if one["waived"]]
    assert (finding["waived"], finding["fails"], finding["severity"]) == (["required"], False, "breaking")
    assert report["comparisons"][0]["counts"]["waived"] == 1
    assert [one["name"] for one in report["waivers"]] == ["required"]
    assert [(one["rule"], one["line"], one["fails"]) for one in report["about_waivers"]] == [
        ("waiver-too-wide", 3, True)
    ]
    runs = json.loads(made["sarif"])["runs"]
    ((suppression,),) = [one["suppressions"] for one in runs[0]["results"] if "suppressions" in one]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    place = runs[1]["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"].endswith("decisions/wide.yaml"), place["region"]["startLine"]) == (True, 3)
    suites = list(ET.fromstring(made["junit"]))
    assert [(one.get("failures"), one.get("skipped")) for one in suites] == [("0", "1"), ("1", "0")]
    assert "<script>alert" not in made["html"] + made["markdown"]
    assert "### Waived" in made["markdown"]
    assert "<h3>Waived (1)</h3>" in made["html"]
    assert [line for line in made["github"].splitlines() if not re.match(r"::(error|warning|notice) ", line)] == []
