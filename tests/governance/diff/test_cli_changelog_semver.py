"""`changelog` for consumers, and `semver`: the next version and whether the stated one fits."""

import json
import re
from dataclasses import replace

import pytest
from diff_findings import ADDED, BREAKING, NEW, OLD, RULES, UNPROVEN, USES, WORDED, install, report, write

from governance.diff.consumers import Duty, changelog
from governance.diff.versioning import read_version, recommend
from governance.finding import Severity
from governance.reports import changelog as written

ALONE = replace(
    BREAKING, reach=USES[:1], method="GET", path="/a0", pointer_new="/paths/~1a0/get/parameters/0",
    fingerprint="0123456789af", message="query parameter limit: must be sent now",
)  # fmt: skip
VERSIONED = replace(ADDED, rule="contract-version-changed", exposes=False, fingerprint="0123456789b0")
ALL_RULES = {**RULES, "contract-version-changed": replace(RULES["operation-added"], kinds=("version",))}


@pytest.fixture
def found(monkeypatch):
    findings = []
    install(monkeypatch, lambda *_: list(findings))
    return findings


def test_each_change_stands_once_the_most_urgent_first():
    log = changelog(report(BREAKING, UNPROVEN, ADDED, WORDED, ALONE), RULES)

    told = [(section.title, [note.duty for note in section.notes]) for section in log.sections]
    assert told == [
        ("schema Order", [Duty.MUST]),
        ("GET /a0", [Duty.MUST]),
        ("GET /orders", [Duty.MAY]),
        ("POST /orders", [Duty.CHECK]),
    ]
    assert len(log.sections[0].operations) == 37
    assert log.documentation == 1
    assert (log.count(Duty.MUST), log.count(Duty.CHECK), log.count(Duty.MAY)) == (2, 1, 1)


def test_the_text(command, found, tmp_path):
    found += [BREAKING, ADDED, WORDED]
    old, new = write(tmp_path)

    code, out, err = command("changelog", old, new)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "Orders: changes from 1.2.3 to 1.3.0",
        "1 change asks you to act; 1 is new to use; 1 is of documentation only.",
        "",
        "schema Order",
        "  used by 37 operations: GET /a0, POST /a1, GET /a2, POST /a3, GET /a4, POST /a5 and 31 more",
        "  You must act: member quantity: must be sent now (what you send)",
        "    You must send it.",
        '    fails: {"item": "a"} (request body application/json): valid in old, refused by new: "quantity" is required',
        "",
        "GET /orders",
        "  You may use: the operation was added",
        "    You may now call it.",
    ]


def test_nothing_changed(command, found, tmp_path):
    old, new = write(tmp_path)

    assert "Nothing changed." in command("changelog", old, new)[1]


def test_the_other_forms(command, found, tmp_path):
    found += [BREAKING, UNPROVEN, ADDED, WORDED]
    old, new = write(tmp_path)

    forms = {form: command("changelog", old, new, "--format", form)[1] for form in ("markdown", "json", "html")}

    told = json.loads(forms["json"])
    assert told["counts"] == {"must": 1, "check": 1, "may": 1, "know": 0, "documentation": 1}
    assert told["sections"][0]["notes"][0]["do"] == "You must send it."
    assert "- **You must act**: member quantity" in forms["markdown"]
    assert '<article class="must">' in forms["html"]
    assert not re.search(r"<script|src=|https?:", forms["html"])


HOSTILE = "\x1b[31m\n::error::x <script>alert(1)</script> [a](javascript:b) `c` **d** @team"


@pytest.mark.parametrize("form", ["as_text", "as_markdown", "as_json", "as_html"])
def test_no_text_of_a_document_takes_effect(form):
    bad = replace(
        BREAKING, message=HOSTILE, reason=HOSTILE, path=f"/{HOSTILE}", pointer_new=f"/components/schemas/{HOSTILE}",
        reach=tuple(replace(use, path=f"/{HOSTILE}") for use in USES[:2]),
    )  # fmt: skip
    made = report(bad, new=NEW.replace(b"title: Orders", b'title: "\\e[31m<b>**"'), limits=[HOSTILE])

    text = getattr(written, form)(changelog(made, RULES))

    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    assert not [line for line in text.splitlines() if line.lstrip().startswith("::")]
    if form == "as_html":
        assert "<script" not in text
        assert "<b>" not in text
    if form == "as_markdown":
        outside = re.sub(r"\\.", "", re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text))
        assert not re.search(r"<|\]\(|@team|`", outside)


CASES = [
    # findings, old, new, step, next, fits
    ([BREAKING, ADDED], "1.2.3", "2.0.0", "major", "2.0.0", True),
    ([BREAKING], "1.2.3", "1.9.9", "major", "2.0.0", False),
    ([BREAKING], "1.2.3", "3.0.0", "major", "2.0.0", True),
    ([UNPROVEN], "1.2.3", "1.3.0", "major", "2.0.0", False),
    ([ADDED, WORDED], "1.2.3", "1.3.0", "minor", "1.3.0", True),
    ([ADDED], "1.2.3", "1.2.4", "minor", "1.3.0", False),
    ([replace(BREAKING, severity=Severity.WARNING)], "1.2.3", "1.3.0", "minor", "1.3.0", True),
    ([WORDED, VERSIONED], "1.2.3", "1.2.4", "patch", "1.2.4", True),
    ([WORDED], "1.2.3", "1.2.3", "patch", "1.2.4", False),
    ([VERSIONED], "1.2.3", "1.2.4", "none", "1.2.3", True),
    ([], "1.2.3", "1.2.3", "none", "1.2.3", True),
    ([], "1.2.3", "1.2.2", "none", "1.2.3", False),
    # two numbers stay two, where that is enough
    ([BREAKING], "1.2", "2.0", "major", "2", True),
    ([ADDED], "1.2", "1.3", "minor", "1.3", True),
    ([WORDED], "1.2", "1.2", "patch", "1.2.1", False),
    # under 1.0.0, and pre-releases
    ([BREAKING], "0.4.1", "0.5.0", "major", "0.5.0", True),
    ([BREAKING], "0.4.1", "0.4.2", "major", "0.5.0", False),
    ([ADDED], "0.4.1", "0.4.2", "minor", "0.4.2", True),
    ([BREAKING], "2.0.0-rc.1", "2.0.0", "major", "2.0.0", True),
    ([BREAKING], "2.0.0-rc.2", "2.0.0-rc.10", "major", "2.0.0", False),
    ([ADDED], "1.2.3", "1.3.0-beta", "minor", "1.3.0", False),
    ([ADDED], "1.9.0", "1.10.0", "minor", "1.10.0", True),
    # no versions
    ([ADDED], "2026-01-31", "1.0.0", "minor", None, None),
    ([ADDED], "1.0.0", "latest", "minor", "1.1.0", None),
]


def versions(old, new, *findings):
    return report(
        *findings,
        old=OLD.replace(b"1.2.3", b"'" + old.encode() + b"'"),
        new=NEW.replace(b"1.3.0", b"'" + new.encode() + b"'"),
    )


@pytest.mark.parametrize(("findings", "old", "new", "step", "following", "fits"), CASES)
def test_the_next_version(findings, old, new, step, following, fits):
    found = recommend(versions(old, new, *findings), ALL_RULES)

    assert (found.step.value, found.next and read_version(str(found.next)).numbers) == (
        step, following and read_version(following).numbers,
    )  # fmt: skip
    assert found.fits is fits
    assert bool(found.convention) == (old.startswith("0.") or "-rc" in old)


def test_numbers_are_written_as_they_were():
    shown = [str(recommend(versions(old, old, ADDED), RULES).next) for old in ("1.2", "1.2.3", "v1", "1")]

    assert shown == ["1.3", "1.3.0", "1.1", "1.1"]


def test_what_is_unproven_may_be_allowed():
    assert recommend(versions("1.0.0", "1.1.0", UNPROVEN), RULES, allow_unproven=True).fits


def test_precedence_is_that_of_the_specification():
    order = "1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 1.0.0 1.0.1"

    precedences = [read_version(text).precedence for text in order.split()]

    assert precedences == sorted(precedences)
    assert len(set(precedences)) == 9


@pytest.mark.parametrize("text", ["", "1.2.3.4", "2026-01-31", "01.2.3", "latest", "1..2", "1.2.3-", "9" * 5000])
def test_no_versions(text):
    assert read_version(text) is None


@pytest.mark.parametrize(
    ("findings", "new", "code", "words"),
    [
        ([ADDED], b"1.3.0", 0, "next: 1.3.0 or higher, after 1.2.3; NEW says 1.3.0: it fits"),
        ([BREAKING], b"1.3.0", 1, "next: 2.0.0 or higher, after 1.2.3; NEW says 1.3.0: too low"),
        ([ADDED], b"next", 2, "next: 1.3.0; info.version of NEW is next, no semantic version"),
    ],
)
def test_the_command(command, found, tmp_path, findings, new, code, words):
    found += findings
    old, path = write(tmp_path)
    path.write_bytes(NEW.replace(b"1.3.0", new))

    done, out, err = command("semver", old, path)

    assert (done, err) == (code, "")
    assert out.splitlines()[-1] == words
    told = json.loads(command("semver", old, path, "--format", "json")[1])
    assert (told["step"], told["fits"]) == ("major" if findings == [BREAKING] else "minor", [True, False, None][code])
    assert told["because"][0]["rule"] == findings[0].rule


def test_a_version_in_a_contract_that_is_no_text(command, found, tmp_path):
    old, new = write(tmp_path)
    old.write_bytes(OLD.replace(b"version: 1.2.3", b"version: 1.2"))

    assert command("semver", old, new)[0] == 0


@pytest.mark.parametrize("name", ["changelog", "semver"])
def test_what_cannot_be_read(command, tmp_path, name):
    code, out, err = command(name, tmp_path / "a", tmp_path / "b")

    assert (code, out) == (2, "")
    assert f"tidewaiter {name}: nothing was compared" in err
