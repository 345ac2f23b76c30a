"""`tidewaiter lifecycle`: how it ends, what each form shows, and that no text of a file takes effect in any."""

import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

MERIDIAN = Path(__file__).resolve().parents[2] / "examples" / "meridian"
API = "contracts/sales-orders/api.yaml"
FORMS = ("text", "json", "markdown", "html")


class Copy:
    """A copy of the example's files that people wrote, without its contracts' documents: none is read."""

    def __init__(self, folder):
        self.folder = folder
        for path in sorted(MERIDIAN.rglob("*.yaml")):
            name = path.relative_to(MERIDIAN)
            if name.parts[0] != "contracts" or name.name == "api.yaml":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, folder / name)

    def replace(self, file, old, new):
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def write(self, file, text):
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture
def copy(tmp_path):
    return Copy(tmp_path / "ws")


@pytest.fixture
def lifecycle(copy, command):
    return lambda *arguments, at="2026-11-26": command("lifecycle", "-w", copy.folder, "--at", at, *arguments)


def test_the_example(lifecycle):
    code, out, err = lifecycle()

    assert (code, err) == (0, "")
    lines = out.splitlines()
    versions = [path.stem for path in MERIDIAN.glob("contracts/*/[0-9]*.yaml")]
    apis = len(list(MERIDIAN.glob("contracts/*/api.yaml")))
    assert lines[0] == f"{len(versions)} versions of {apis} apis on 2026-11-26"
    listed = [line.split()[0] for line in lines[2 : 2 + len(versions)]]
    assert listed[:6] == [
        "stock@1.0", "sales-orders@1.0", "business-central@2.0", "directory@1.0", "sales-orders@1.1", "stock@1.1",
    ]  # fmt: skip
    assert "sales-orders@1.0, deprecated: retired, 2027-06-30 (in 216 days)" in lines
    assert "  fails   nobody-pinned: pinned to it: edi" in lines
    assert "  unknown no-traffic: usage unknown: there is no ledger of a gateway here (30 days without a call" in out
    assert "  tell    edi (EDI hub of the group at Rheinwerft Logistik): edi@rheinwerft.example [pinned]" in lines
    assert lines[-1] == "0 breaking, 1 warning, 0 for information"


def test_one_api(lifecycle):
    rows = json.loads(lifecycle("--api", "stock", "--format", "json")[1])["versions"]
    assert [(row["version"], row["next"], row["when"]) for row in rows] == [
        ("1.0", "absent", "2027-01-31"), ("1.1", None, ""),
    ]  # fmt: skip
    code, _, err = lifecycle("--api", "stok")
    assert (code, "write `stock`" in err) == (2, True)


def test_the_day_decides(lifecycle):
    assert "lifecycle-sunset-near" not in lifecycle(at="2027-05-30")[1]
    assert "(within 7 days)" in lifecycle(at="2027-06-23")[1]
    assert "lifecycle-sunset-passed" in lifecycle(at="2027-06-30")[1]


def test_what_is_breaking_ends_with_1_and_a_waiver_lifts_it(copy, lifecycle):
    copy.replace(API, "sunset: 2027-06-30", "sunset: 2026-08-01")
    copy.replace(API, "visibility: internal", "visibility: partner")
    code, out, _ = lifecycle(at="2026-04-01")
    assert code == 1
    assert "contracts/sales-orders/api.yaml:11" in out
    assert "ends 153 days after it was deprecated (2026-03-01 to 2026-08-01); callers of partner apis have 180" in out
    copy.write(
        "decisions/early.yaml",
        "kind: waiver\napi: sales-orders\nrule: lifecycle-notice-short\nversions: ['1.0']\nowner: a@b.example\n"
        "reason: Both partners have moved already.\nuntil: 2026-12-31\napproved_by: [the board]\n",
    )
    code, out, _ = lifecycle(at="2026-04-01")
    assert code == 0
    assert "waived breaking lifecycle-notice-short" in out
    assert "by early until 2026-12-31 (owner a@b.example" in out
    assert lifecycle(at="2027-01-01")[0] == 1


def test_terms_are_read(copy, lifecycle):
    copy.write("governance/lifecycle.yaml", "notice_days: {internal: 500}\n")
    code, out, _ = lifecycle()
    assert (code, "486 days from 2026-03-01 to 2027-06-30, 500 are needed" in out) == (1, True)


ABOUT_NOTHING = (
    "kind: waiver\napi: slaes\nfinding: '0123456789ab'\nowner: a\nreason: as it was agreed\n"
    "until: 2026-12-31\napproved_by: [b]\n"
)
BAD = [
    ("governance/lifecycle.yaml", "notice_days: {partnr: 3}\n", "lifecycle.yaml:1:15: error[unknown-key]", "`partner`"),
    ("governance/lifecycle.yaml", "quiet_days: -1\n", "lifecycle.yaml:1:1: error[wrong-value]", "from 0 up"),
    ("decisions/one.yaml", "kind: waver\n", "one.yaml:1:1: error[unknown-kind]", "write `waiver`"),
    ("decisions/one.yaml", ABOUT_NOTHING, "one.yaml:2:1: error[dangling-reference]", "business-central"),
    (API, "title: x\n", "sales-orders/api.yaml:1:1: error[missing-key]", "add `owner: ...`"),
    (
        "consumers/edi.yaml",
        "<<<<<<< ours\nname: a\n",
        "consumers/edi.yaml:1:1: error[merge-conflict]",
        "keep what holds",
    ),
    ("contracts/stock/apy.yaml", None, "contracts/stock/api.yaml: error[missing-file]", ""),
]


@pytest.mark.parametrize(("file", "text", "place", "remedy"), BAD)
def test_what_cannot_be_read_ends_with_2(copy, lifecycle, file, text, place, remedy):
    if text is None:
        (copy.folder / "contracts/stock/api.yaml").rename(copy.folder / file)
    else:
        copy.write(file, text)
    code, out, err = lifecycle()
    assert (code, out) == (2, "")
    assert place in err
    assert remedy in err
    assert err.splitlines()[-1] == "tidewaiter lifecycle: no calendar was made"


def test_a_folder_that_is_no_workspace(command, tmp_path):
    code, _, err = command("lifecycle", "-w", tmp_path)
    assert (code, "this is no workspace" in err) == (2, True)


def test_settings_that_are_wrong_are_no_matter_of_the_calendar(copy, lifecycle):
    copy.write("tidewaiter.yaml", "name: 3\n")
    code, out, _ = lifecycle()
    assert (code, "usage unknown" in out) == (0, True)


def test_to_a_file(copy, lifecycle):
    code, out, err = lifecycle("-o", copy.folder / "calendar.md", "--format", "markdown")
    assert (code, out) == (0, "")
    assert err.startswith("0 breaking, 1 warning")
    assert (copy.folder / "calendar.md").read_text().startswith("# Calendar of versions\n")


HOSTILE = "\\e[31m\\u202e <script>alert(1)</script> <b>x</b> **bold** [x](javascript:1) | @team ::error::owned"


def test_no_text_of_a_file_takes_effect(copy, lifecycle):
    copy.replace(API, "title: Sales orders of Meridian Deutschland", f'title: "{HOSTILE}"')
    copy.replace(API, "owner: order-to-cash@meridian.example", f'owner: "{HOSTILE}"')
    copy.replace("consumers/edi.yaml", "name: EDI hub of the group at Rheinwerft Logistik", f'name: "{HOSTILE}"')
    copy.replace("entities/mde.yaml", "owner: finance-de@meridian.example", f'owner: "{HOSTILE}"')
    for form in FORMS:
        code, text, _ = lifecycle("--format", form)
        assert code == 0
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", text), form
        assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))], form
        assert "bold" in text, form
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attributes):
            seen.append(tag)
            assert not [name for name, _ in attributes if name.startswith("on")]

    Reader().feed(lifecycle("--format", "html")[1])
    assert {"script", "b", "a", "img"}.isdisjoint(seen)
    markdown = re.sub(r"\\.", "", re.sub(r"`[^`]*`", "", lifecycle("--format", "markdown")[1]))
    assert not re.search(r"<|\]\(|@team", markdown)
    assert {line.count("|") for line in markdown.splitlines() if line.startswith("|")} == {9}
