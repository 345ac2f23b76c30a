"""`tidewaiter lint` with waivers: where they come from, what they cover, what is told of them, and in which forms."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from linted import ORDERS

TERMS = "owner: a@b.example\nreason: The only caller was told.\nuntil: 2026-12-31\napproved_by: [the board]\n"
HEAD = "kind: waiver\napi: orders\n"
GOOD = HEAD + "rule: security-unstated\nversions: ['1.2']\n" + TERMS
FILES = {
    "tidewaiter.yaml": "name: test\npublic_url: https://api.example\n",
    "contracts/orders/api.yaml": (
        "title: Orders\nowner: o@b.example\nvisibility: partner\nlayer: process\nversions:\n  1.2: {stage: active}\n"
    ),
    "contracts/orders/1.2.yaml": json.dumps(ORDERS),
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
    "decisions/open.yaml": GOOD,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


@pytest.fixture
def lint(folder, command):
    def run(*arguments, at="2026-06-01"):
        return command("lint", "-w", folder, "--at", at, *arguments)

    return run


def write(folder, text, name="open"):
    (folder / f"decisions/{name}.yaml").write_text(text, encoding="utf-8")


def test_those_of_the_workspace_count_by_themselves(folder, lint):
    code, out, _ = lint()

    assert code == 0
    assert "  waived (1)\n    none of 2 operations states `security` [error security-unstated]\n" in out
    assert "      by open until 2026-12-31 (owner a@b.example, approved by the board): The only caller was told." in out
    assert "; 1 waived; 2 operations judged" in out
    (folder / "decisions/open.yaml").unlink()
    assert lint()[0] == 1


def test_a_single_version_takes_them_too_and_a_file_only_with_a_folder(folder, lint, command):
    assert lint("orders@1.2")[0] == 0
    document = folder / "contracts/orders/1.2.yaml"
    assert command("lint", document)[0] == 1
    named = ("lint", document, "--waivers", folder / "decisions", "--at", "2026-06-01")
    write(folder, GOOD.replace("'1.2'", "'1.0.0'"))
    assert command(*named, "--api", "orders")[0] == 0
    assert command(*named, "--api", "items")[0] == 1
    code, out, err = command(*named)
    assert (code, out) == (2, "")
    assert "add --api NAME" in err


@pytest.mark.parametrize(("place", "code"), [
    ("paths: ['/orders']\n", 0),
    ("paths: ['/orders']\nmethods: [PUT]\n", 1),
    ("paths: ['/orders']\nmethods: [PUT, POST]\n", 0),
    ("paths: ['/items/**']\n", 1),
    ("consumers: [shop]\n", 0),
    ("consumers: [other]\n", 1),
])  # fmt: skip
def test_everything_that_a_finding_reaches_must_be_covered(folder, lint, place, code):
    write(folder, GOOD + place)
    assert lint()[0] == code


def test_one_finding_by_its_fingerprint(folder, lint):
    documents = json.loads(lint("--format", "json")[1])["documents"]
    (found,) = [one for one in documents[0]["findings"] if one["rule"] == "security-unstated"]
    write(folder, HEAD + f"finding: '{found['fingerprint']}'\n" + TERMS)
    assert lint()[0] == 0


def test_the_day_decides(lint):
    code, out, _ = lint(at="2027-01-01")
    assert code == 1
    assert "  error waiver-ended\n    the waiver open ended on 2026-12-31" in out
    assert "  error security-unstated\n" in out
    code, out, _ = lint(at="2026-12-24")
    assert code == 0
    assert "  warning waiver-ends-soon\n    the waiver open ends in 7 days, on 2026-12-31" in out
    assert lint("--fail-on", "warning", "--rule", "security-unstated", at="2026-12-24")[0] == 1
    assert lint("--fail-on", "warning", "--rule", "security-unstated")[0] == 0


def test_one_that_matches_nothing_is_told_where_its_rule_was_asked(folder, lint):
    write(folder, GOOD.replace("security-unstated", "path-segment-case"), "gone")
    write(folder, GOOD.replace("security-unstated", "request-max-length-narrowed"), "of-a-diff")
    code, out, _ = lint()
    assert code == 0
    assert "  warning waiver-unmatched\n    the waiver gone matches nothing" in out
    assert "of-a-diff" not in out
    assert "waiver-unmatched" not in lint("--rule", "security-unstated")[1]


def test_a_baseline_takes_up_nothing_that_is_waived(folder, lint):
    known = folder / "known.yaml"
    code, _, err = lint("--baseline", "write", known, "--owner", "sales", "--reason", "goes with 2.0")
    assert code == 0
    assert "security-unstated" not in known.read_text(encoding="utf-8")
    assert re.search(r"^\d+ findings known now: in ", err)
    code, out, _ = lint("--baseline", "check", known, "--fail-on", "info")
    assert code == 0
    assert re.search(r"; \d+ known; 1 waived; ", out)
    assert lint("--baseline", "check", known, at="2027-01-01")[0] == 1


BAD = [
    (GOOD.replace("owner: a@b.example\n", ""), 1, "missing-key", "add `owner: ...`"),
    (GOOD.replace("until: 2026-12-31\n", ""), 1, "missing-key", "add `until: ...`"),
    (GOOD.replace("reason: The only caller was told.\n", ""), 1, "missing-key", "add `reason: ...`"),
    (GOOD.replace("approved_by: [the board]\n", ""), 1, "missing-key", "add `approved_by: ...`"),
    (GOOD.replace("security-unstated", "security-unstatd"), 3, "unknown-rule", "write `security-unstated`"),
    (GOOD.replace("api: orders", "api: odrers"), 2, "dangling-reference", "write `orders`"),
    (GOOD + "consumers: [shpo]\n", 9, "dangling-reference", "write `shop`"),
    ("<<<<<<< ours\n" + GOOD, 1, "merge-conflict", "keep what holds"),
]


@pytest.mark.parametrize(("text", "line", "code", "remedy"), BAD)
def test_bad_ones_are_told_with_line_and_remedy(folder, lint, text, line, code, remedy):
    write(folder, text)
    ended, out, err = lint()
    (fault, last) = err.splitlines()
    assert (ended, out, last) == (2, "", "tidewaiter lint: nothing was judged")
    assert re.match(rf".*decisions/open\.yaml:{line}:.* error\[{code}", fault), fault
    assert remedy in fault


HOSTILE = "\\e[31m <script>alert(1)</script> **bold** [x](javascript:1) @team ]]> ::error::owned"


def test_every_form_shows_what_is_waived_and_nothing_of_it_takes_effect(folder, lint):
    write(folder, GOOD.replace("The only caller was told.", f'"agreed {HOSTILE}"'))
    write(folder, (HEAD + "rule: '*'\n" + TERMS).replace("the board", "them"), "wide")
    made = {
        form: lint("--format", form)[1] for form in ("text", "json", "markdown", "html", "sarif", "junit", "github")
    }

    for form, text in made.items():
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text), form
        assert "waiver-too-wide" in text, form
        assert "agreed" in text, form
        assert "2026-12-31" in text.replace("\\", ""), form
    report = json.loads(made["json"])
    (finding,) = [one for one in report["documents"][0]["findings"] if one["waived"]]
    assert (finding["waived"], finding["fails"], finding["known"], finding["severity"]) == (
        ["open"], False, False, "error",
    )  # fmt: skip
    assert report["documents"][0]["counts"]["waived"] == 1
    assert [one["name"] for one in report["waivers"]] == ["open"]
    assert [(one["rule"], one["severity"], one["line"], one["fails"]) for one in report["about_waivers"]] == [
        ("waiver-too-wide", "error", 3, True)
    ]
    assert report["exit_code"] == 1
    runs = json.loads(made["sarif"])["runs"]
    ((suppression,),) = [one["suppressions"] for one in runs[0]["results"] if "suppressions" in one]
    assert (suppression["kind"], suppression["status"]) == ("external", "accepted")
    place = runs[1]["results"][0]["locations"][0]["physicalLocation"]
    assert (place["artifactLocation"]["uri"].endswith("decisions/wide.yaml"), place["region"]["startLine"]) == (True, 3)
    suites = list(ET.fromstring(made["junit"]))
    assert [(one.get("failures"), one.get("skipped")) for one in suites] == [("0", "1"), ("1", "0")]
    assert suites[1].find("testcase/failure").get("type") == "error.waiver-too-wide"
    assert "<script>alert" not in made["html"] + made["markdown"]
    assert "### Waived" in made["markdown"]
    assert "<h3>Waived (1)</h3>" in made["html"]
    assert [line for line in made["github"].splitlines() if not re.match(r"::(error|warning|notice) ", line)] == []
