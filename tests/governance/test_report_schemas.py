"""What commands write as SARIF and as JUnit keeps to the published schemas, whatever the contracts hold."""

import json
import subprocess

import pytest
from diff_findings import write
from hostile_documents import ATTACKS, EVERYTHING, attacking
from linted import ORDERS
from lxml import etree
from outside_documents import CORPUS
from report_schemas import assert_junit, assert_sarif

PAIR = ("paypal-orders/2023-12-15_2e9b5282.json", "paypal-orders/2024-02-02_fb6f1262.json")
HELD = {"sarif": assert_sarif, "junit": assert_junit}
FORMS = pytest.mark.parametrize("form", HELD)


@pytest.fixture
def held(command):
    """Run a command in a form: its report, held against the form's schema."""

    def run(form, *arguments, ends_with=(0, 1)):
        code, out, err = command(*arguments, "--format", form)
        assert code in ends_with, err
        return HELD[form](out)

    return run


def count(form, report):
    """How many findings a report holds."""
    if form == "sarif":
        return sum(len(run["results"]) for run in report["runs"])
    return sum(case.get("name") != "no finding" for case in report.iter("testcase"))


@FORMS
@pytest.mark.parametrize("attack", [*ATTACKS, "everything"])
def test_hostile_text(form, attack, held, tmp_path):
    old, new = attacking({**ATTACKS, "everything": EVERYTHING}[attack])
    (tmp_path / "old <b>[a](b)%20.json").write_text(old, encoding="utf-8")
    (tmp_path / "new ::error::{0}.json").write_text(new, encoding="utf-8")
    names = [tmp_path / "old <b>[a](b)%20.json", tmp_path / "new ::error::{0}.json"]

    assert count(form, held(form, "diff", *names, ends_with=(1,))) > 15
    assert count(form, held(form, "lint", *names, ends_with=(1,))) > 25


@FORMS
def test_what_is_the_same_and_what_has_no_fault(form, held, tmp_path):
    old, _ = write(tmp_path)
    (tmp_path / "empty.json").write_text(
        '{"openapi": "3.1.0", "info": {"title": "t", "version": "1"}}', encoding="utf-8"
    )

    assert count(form, held(form, "diff", old, old, ends_with=(0,))) == 0
    assert count(form, held(form, "lint", tmp_path / "empty.json", ends_with=(0,))) == 0


@pytest.fixture
def orders(tmp_path):
    """A workspace with two versions of an api."""
    old, new = write(tmp_path)
    versions = "{1.2: {stage: active}, 1.3: {stage: preview}, 1.0: {stage: retired}}"
    files = {
        "tidewaiter.yaml": "name: test\npublic_url: https://api.example\n",
        "contracts/orders/api.yaml": f"title: Orders\nowner: o@b.example\nvisibility: partner\nversions: {versions}\n",
        "contracts/orders/1.2.yaml": old.read_text(encoding="utf-8"),
        "contracts/orders/1.3.yaml": new.read_text(encoding="utf-8"),
    }
    for name, text in files.items():
        path = tmp_path / "ws" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "ws"


@FORMS
def test_waived_findings_and_findings_about_waivers(form, held, orders):
    (orders / "decisions").mkdir()
    terms = f"owner: a@b.example\nreason: {json.dumps(EVERYTHING)}\nuntil: 2026-12-31\napproved_by: [the board]\n"
    for name, rule in (("used", "request-property-became-required"), ("idle", "operation-removed")):
        text = f"kind: waiver\napi: orders\nversions: ['1.3']\nrule: {rule}\n{terms}"
        (orders / "decisions" / f"{name}.yaml").write_text(text, encoding="utf-8")

    report = held(form, "diff", "orders@1.2", "orders@1.3", "-w", orders, "--at", "2026-12-30")
    told = json.dumps(report) if form == "sarif" else etree.tostring(report, encoding="unicode")
    for word in ("waiver-unmatched", "waiver-ends-soon", "suppressions" if form == "sarif" else "<skipped"):
        assert word in told


@FORMS
def test_a_baseline_with_stale_entries(form, held, command, tmp_path):
    document, known = tmp_path / "orders.json", tmp_path / "known.yaml"
    document.write_text(json.dumps(ORDERS), encoding="utf-8")
    code, _, err = command(
        "lint", document, "--baseline", "write", known, "--owner", EVERYTHING, "--reason", EVERYTHING
    )
    assert code == 0, err
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace('"price"', '"prize"').replace('"note"', '"amount"'), encoding="utf-8")

    report = held(form, "lint", document, "--baseline", "check", known)
    assert 0 < count(form, report)


@FORMS
def test_a_candidate_against_many_and_a_revision(form, held, orders, monkeypatch):
    git = ("git", "-c", "user.name=a", "-c", "user.email=a@b.example", "-C", orders)
    for words in (("init", "-q", "-b", "main"), ("add", "."), ("commit", "-qm", "first")):
        subprocess.run([*git, *words], check=True)
    monkeypatch.chdir(orders)

    assert count(form, held(form, "diff", "main:contracts/orders/1.2.yaml", "contracts/orders/1.3.yaml")) > 0
    assert (
        count(
            form,
            held(form, "diff", "contracts/orders/1.3.yaml", "--against", "all-supported", "--api", "orders", "-w", "."),
        )
        > 0
    )
    assert count(form, held(form, "lint", "-w", ".")) > 0


@pytest.mark.corpus
@pytest.mark.skipif(not CORPUS, reason="TIDEWAITER_CORPUS names no outside documents")
@FORMS
def test_real_documents(form, held):
    assert count(form, held(form, "diff", *(f"{CORPUS}/real/{name}" for name in PAIR))) > 4
    assert count(form, held(form, "lint", f"{CORPUS}/real/{PAIR[0]}")) > 20


BAD_LOGS = {
    "an unknown level": lambda log: log["runs"][0]["results"][0].update(level="bad"),
    "a line before the first": lambda log: physical(log)["region"].update(startLine=0),
    "a uri with a space": lambda log: physical(log)["artifactLocation"].update(uri="a b"),
    "an unknown member": lambda log: log["runs"][0].update(result=[]),
    "no tool": lambda log: log["runs"][0].pop("tool"),
    "another rule": lambda log: log["runs"][0]["results"][0].update(ruleId="x"),
    "a link": lambda log: log["runs"][0]["results"][0]["message"].update(text="[a](http://b.example)"),
    "an argument": lambda log: log["runs"][0]["results"][0]["message"].update(text="{0}"),
}


def physical(log):
    return log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]


@pytest.mark.parametrize("fault", BAD_LOGS)
def test_a_log_that_is_not_valid_is_found(fault, held, tmp_path):
    log = held("sarif", "diff", *write(tmp_path))
    BAD_LOGS[fault](log)
    with pytest.raises(AssertionError):
        assert_sarif(json.dumps(log))


BAD_REPORTS = {
    "a wrong count": lambda suite: suite.set("failures", "7"),
    "no name": lambda suite: suite[0].attrib.pop("name"),
    "an unknown attribute": lambda suite: suite.set("line", "1"),
    "an unknown element": lambda suite: suite[0].append(suite.makeelement("finding")),
    "no case": lambda suite: suite.remove(suite.find("testcase")),
}


@pytest.mark.parametrize("fault", BAD_REPORTS)
def test_a_report_that_is_not_valid_is_found(fault, held, tmp_path):
    root = held("junit", "diff", *write(tmp_path))
    BAD_REPORTS[fault](root.find("testsuite"))
    with pytest.raises(AssertionError):
        assert_junit(etree.tostring(root, encoding="unicode"))
