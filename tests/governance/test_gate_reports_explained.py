"""`explain finding ID`: all of one finding from each place where it can be, and what it offers works."""

import contextlib
import io
import json
import shlex
from dataclasses import replace

import pytest
from gate_repository import STOCK, made
from gate_verdicts import AT, NARROWED, UNASKED, WHOLE, attacked, verdict
from hostile_documents import EVERYTHING
from report_schemas import assert_sarif

from contracts.written import read_entry
from gateway.trust.keys import new_private
from governance.changes.changed import WHOLE as WHOLE_RULES
from governance.changes.changed import Changed
from governance.changes.fields.rules import FIELD_RULES
from governance.cli.explain_finding import protected
from governance.cli.gate import written
from governance.cli.main import main
from governance.explained_finding import UnknownFindingError, find
from governance.explained_sources import of_report, of_verdict
from governance.promised import Since
from governance.release.covering import Ruling
from governance.reports import field_rules
from governance.reports.explained_finding import as_json, as_text
from governance.reports.gate_context import Context
from governance.reports.gate_json import as_json as gate_as_json
from governance.waiver import Waiver

NARROW = "fef5a248c00e"
CONTEXT = Context("main", ("--trust", "t.yaml"))
KNOWN = of_verdict(WHOLE, CONTEXT)


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    return made(tmp_path_factory.mktemp("explained") / "repository")


@pytest.fixture(scope="module")
def gate_json(repository, tmp_path_factory):
    """What the gate wrote of it as JSON."""
    path = tmp_path_factory.mktemp("report") / "gate.json"
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = main(["gate", "--base", "main", "-w", str(repository.ws), "--format", "json", "-o", str(path)])
    assert code == 1, told.getvalue()
    return path


@pytest.fixture
def fresh(tmp_path):
    return made(tmp_path / "repository")


def test_a_finding_of_the_gate(repository, command):
    code, out, err = command("explain", "finding", "fef5", "--base", "main", "-w", repository.ws, "--at", "2026-02-04")

    assert (code, err) == (0, "")
    for told in (
        f"{NARROW} request-max-length-narrowed\nPOST /reservations: NewReservation.reference: maxLength was 35, is now 20\n",
        f"Found by:   tidewaiter gate --base main --workspace {repository.ws} --at 2026-02-04\n",
        "In:         stock@1.1, against stock@1.1\n",
        "Does:       breaks; proven\n",
        "State:      undecided\n",
        "Stands at:  contracts/stock/1.1.yaml:332\n",
        "Before:     35\nAfter:      20\n",
        "Promised:   since 2025-09-10\n",
        "Why:        A caller who sends longer texts, as the old contract allows, is refused.\n",
        "Callers:    You must stop sending longer texts.\n",
        'Fails:      {"reference": "aaaaaaaaaaaaaaaaaaaaa"',
        "Reaches:    POST /reservations\n",
        "Concerns:   portal (portal@elbtal.example), webshop (shop-team@meridian.example): they may call it; usage unknown\n",
        "Decides:    the board's quorum\n",
        "Approve what changed: tidewaiter board draft NAME --title WHAT --reason WHY",
        "until: 2026-05-05\n",
    ):
        assert told in out, told


def test_the_same_finding_of_a_report(gate_json, command):
    code, out, _ = command("explain", "finding", NARROW, "--report", gate_json)

    assert code == 0
    assert f"Found by:   {gate_json}" in out
    assert "portal (portal@elbtal.example), webshop (shop-team@meridian.example): they may call it" in out
    assert "Decides:    the board's quorum\n" in out


def test_as_json(gate_json, command):
    (told,) = json.loads(command("explain", "finding", NARROW, "--report", gate_json, "--format", "json")[1])

    assert (told["before"], told["after"], told["usage"]) == (35, 20, "unknown")
    assert told["waiver"]["file"] == f"decisions/waive-{NARROW}.yaml"
    assert told["rule_do"] == "You must stop sending longer texts."
    since = replace(KNOWN[0], since=Since(AT, exact=False))
    assert json.loads(as_json([since], AT))[0]["since"] == {"day": "2026-11-26", "exact": False}
    assert "Promised:   since 2026-11-26 at least\n" in as_text([since], AT)


def test_a_finding_of_a_comparison(repository, command, tmp_path, monkeypatch):
    (tmp_path / "old.yaml").write_text(repository.git("show", f"main:ws/{STOCK}"), encoding="utf-8")
    new = repository.ws / STOCK
    code, out, _ = command("explain", "finding", NARROW, "--diff", tmp_path / "old.yaml", new)

    assert code == 0
    assert f"Found by:   tidewaiter diff {tmp_path}/old.yaml {new}" in out
    assert "nobody knows who may call it" in out
    assert f"Before at:  {tmp_path}/old.yaml:" in out
    assert 'api: "NAME"' in out
    path = tmp_path / "diff.json"
    command("diff", tmp_path / "old.yaml", new, "--format", "json", "-o", path)
    assert "maxLength was 35, is now 20" in command("explain", "finding", NARROW, "--report", path)[1]
    monkeypatch.chdir(repository.ws)
    named = ("stock@1.0", "stock@1.1")
    diff = json.loads(command("diff", *named, "--format", "json")[1])["comparisons"][0]["findings"][0]
    out = command("explain", "finding", diff["fingerprint"], "--diff", *named)[1]
    assert "In:         stock@1.1, against stock@1.0\n" in out
    assert "they may call it; usage unknown" in out
    assert 'api: "stock"' in out


def test_a_finding_of_lint(command, tmp_path):
    path = tmp_path / "lint.json"
    (tmp_path / "api.json").write_text(json.dumps({
        "openapi": "3.1.0", "info": {"title": "t", "version": "2024-01"}, "paths": {"/a": {"get": {"responses": {}}}},
    }))  # fmt: skip
    command("lint", tmp_path / "api.json", "--format", "json", "-o", path)
    finding = json.loads(path.read_text())["documents"][0]["findings"][0]
    code, out, _ = command("explain", "finding", finding["fingerprint"], "--report", path)

    assert code == 0
    assert finding["rule"] in out
    assert "Do: " in out
    assert "versions:" not in out


def test_the_waiver_that_is_offered_lets_the_finding_pass(fresh, gate_json, command):
    (told,) = json.loads(command("explain", "finding", NARROW, "--report", gate_json, "--format", "json")[1])
    file, text = told["waiver"]["file"], told["waiver"]["text"]
    fresh.write(file, text)
    faults = [fault.pointer for fault in read_entry(fresh.ws / file, file, Waiver).faults]
    assert faults == ["/reason", "/approved_by"]

    fresh.write(file, text.replace('reason: ""', "reason: nobody writes more than 12").replace("[]", "[the board]"))
    fresh.git("switch", "-q", "main")
    fresh.commit("waiver", "2026-02-05")
    fresh.git("switch", "-q", "change")
    fresh.git("merge", "-q", "main", "-m", "merge")
    out = command("gate", "--base", "main", "-w", fresh.ws, "--all")[1]
    assert f"NewReservation.reference: maxLength was 35, is now 20: waived by waive-{NARROW}" in out


def test_the_commands_that_are_offered_decide(fresh, command, tmp_path, monkeypatch):
    key = new_private()
    (tmp_path / "anna.key").touch(0o600)
    (tmp_path / "anna.key").write_bytes(key.pem(None))
    roles = ("root", "board", "release", "activation", "override", "revocation")
    root = {
        "format": 1, "workspace": "meridian", "version": 1,
        "members": {"anna": {"name": "Anna Berg", "keys": [key.public.text]}, "bert": {"keys": [new_private().public.text]}},
        "roles": {name: {"threshold": 1, "members": ["anna"]} for name in roles}
        | {"override": {"threshold": 2, "members": ["anna", "bert"]}},
    }  # fmt: skip
    (tmp_path / "trust.yaml").write_text(json.dumps(root))
    monkeypatch.chdir(fresh.ws)
    asked = ("--base", "main", "--trust", tmp_path / "trust.yaml")
    (told,) = json.loads(command("explain", "finding", NARROW, *asked, "--format", "json")[1])
    assert told["decides"] == "the board's quorum"
    steps = {one["what"]: shlex.split(one["command"]) for one in told["steps"]}

    for name, what, exit_code, outcome in (
        ("yes", "Approve what changed", 0, "decided by decisions/yes.yaml"),
        ("no", "Refuse it", 1, "decisions/no.yaml refuses it"),
    ):
        program, *words = (name if word == "NAME" else word for word in steps[what])
        code, _, err = command(*words)
        assert (program, code) == ("tidewaiter", 0), err
        command("board", "sign", name, "--key", tmp_path / "anna.key", "--trust", tmp_path / "trust.yaml")
        code, out, _ = command("gate", *asked)
        assert (code, outcome in out) == (exit_code, True), out


def test_by_the_beginning_of_its_fingerprint():
    (one,) = find("00000000000A", KNOWN)

    assert one.rule == "request-max-length-narrowed"
    with pytest.raises(UnknownFindingError, match="7 findings begin with 0000: write more of its digits") as told:
        find("0000", KNOWN)
    assert "00000000000a request-max-length-narrowed: Order.note: maxLength was 35, is now 20" in told.value.near


def test_what_is_near_is_named():
    with pytest.raises(
        UnknownFindingError, match="there is no finding 00000000009b among the 8 findings there"
    ) as told:
        find("00000000009b", KNOWN)
    assert 0 < len(told.value.near) <= 3
    with pytest.raises(UnknownFindingError) as told:
        find("ffff", KNOWN)
    assert len(told.value.near) == 8
    with pytest.raises(UnknownFindingError, match="limit-lowered is a rule, of which there is 1 finding") as told:
        find("limit-lowered", KNOWN)
    assert told.value.near == ("00000000000d limit-lowered: plans/standard/rates/requests was 60, is 30",)
    with pytest.raises(UnknownFindingError, match="nothing was found there at all"):
        find("ffff", [])
    with pytest.raises(UnknownFindingError):
        find("", KNOWN)


def test_a_fingerprint_of_several_changes_is_told_of_each():
    twice = verdict(*(Ruling(Changed("contract", name, "sha256:0", points=(NARROWED,)), WHOLE.undecided[0].asked, None)
                      for name in ("orders@1.0", "orders@1.1")))  # fmt: skip
    found = find("00000000000a", of_verdict(twice, CONTEXT))

    assert [one.change for one in found] == ["orders@1.0", "orders@1.1"]
    assert as_text(found, AT).count("Found by:") == 2
    assert len(json.loads(as_json(found, AT))) == 2


def told(fingerprint, known=KNOWN):
    return as_text(find(fingerprint, known), AT)


def test_what_each_state_says():
    assert "State:      decided by lower-limits" in told("00000000000d")
    assert "To decide:" not in told("00000000000d")
    assert "State:      waived by unit-is-sent" in told("00000000000f")
    assert "State:      for information" in told("000000000010")
    assert "Here:       the patterns could not be compared" in told("00000000000c")
    assert "Does:       could not be proven; not proven" in told("00000000000c")
    assert "Stood at:   entities/west.yaml:1" in told("00000000000e")
    assert "No waiver lets this pass: a signed decision does." in told("00000000000e")
    accept = (
        "Accept its findings and nothing more: tidewaiter board draft NAME --title WHAT --reason WHY --verdict waive"
    )
    assert f"{accept} --finding 00000000000a --finding 00000000000b" in told("00000000000a")
    assert "waive" not in told("00000000000e").split("To decide:")[1].split("No waiver")[0]
    assert of_verdict(verdict(UNASKED), CONTEXT) == []


def test_what_was_found_about_a_waiver(tmp_path):
    one = KNOWN[-1]
    assert one.rule == "waiver-ends-soon"
    for known in (KNOWN, of_report(written_to(tmp_path / "gate.json"))):
        text = told(one.fingerprint, known)
        assert "State:      about a waiver\nStands at:  decisions/unit-is-sent.yaml" in text
        assert "Do:         Mend what it lets pass, or have it decided anew in a new file.\n" in text
        assert text.endswith("Nothing waives what is found about waivers.\n")


def written_to(path):
    path.write_text(gate_as_json(WHOLE), encoding="utf-8")
    return path


def test_a_report_tells_each_finding_as_the_gate_does(tmp_path):
    read = of_report(written_to(tmp_path / "gate.json"))

    assert {one.fingerprint for one in read} == {one.fingerprint for one in KNOWN}
    for one in KNOWN:
        (same,) = find(one.fingerprint, read)
        assert (same.status, same.change, same.places, same.operation, same.before, same.consumers and len(same.consumers)) == (
            one.status, one.change, one.places, one.operation, one.before, one.consumers and len(one.consumers),
        ), one.rule  # fmt: skip


def test_where_nobody_may_call_it():
    lonely = replace(NARROWED, callers=())
    shown = verdict(
        Ruling(Changed("contract", "orders@1.0", "sha256:0", points=(lonely,)), WHOLE.undecided[0].asked, None)
    )

    assert "Concerns:   the access rules name no consumer for it" in told("00000000000a", of_verdict(shown, CONTEXT))


def test_hostile_text_stays_text():
    hostile = of_verdict(attacked(EVERYTHING), Context(f"b {EVERYTHING}", ("--trust", EVERYTHING)))
    for fingerprint in ("00000000000a", "00000000000d", "00000000000f"):
        found = find(fingerprint, hostile)
        text = as_text(found, AT)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert not [line for line in text.splitlines() if line.lstrip().startswith(("::", "##["))]
        json.loads(as_json(found, AT))


BAD = {
    "missing": (None, "the report cannot be read: no such file or directory"),
    "text": ("<html>", "the file is no JSON; make one: tidewaiter gate, diff or lint with --format json"),
    "deep": ("[" * 200_000, "the file is no JSON"),
    "list": ("[]", "this is no report: its `form` is none of tidewaiter-gate/1, tidewaiter-diff/1, tidewaiter-lint/1"),
    "other": ('{"form": "tidewaiter-gate/9"}', "this is no report"),
    "broken": ('{"form": "tidewaiter-gate/1", "workspace": 7}', "`exit_code` is missing; add `exit_code: ...`"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_report_that_is_none(name, command, tmp_path):
    text, message = BAD[name]
    if text is not None:
        (tmp_path / "r.json").write_text(text)
    code, out, err = command("explain", "finding", "ab", "--report", tmp_path / "r.json")

    assert (code, out) == (2, "")
    assert f"{tmp_path}/r.json: error[" in err
    assert message in err


def test_a_finding_that_is_not_there(gate_json, command):
    code, out, err = command("explain", "finding", "fef5a248c00f", "--report", gate_json)
    assert (code, out) == (2, "")
    assert "tidewaiter explain finding: there is no finding fef5a248c00f among the" in err
    assert f"\n  {NARROW} request-max-length-narrowed: NewReservation.reference: maxLength was 35, is now 20\n" in err
    code, out, _ = command("explain", "finding", "fef5a248c00f", "--report", gate_json, "--format", "json")
    assert code == 2
    assert NARROW in json.loads(out)["findings"][0]["remedy"]


def test_where_it_is_from_must_be_said(fresh, command):
    code, _, err = command("explain", "finding", "ab", "-w", fresh.ws)
    assert (code, "--base BASE for the gate's, --diff OLD NEW" in err) == (2, True)
    code, _, err = command("explain", "finding", "ab", "-w", fresh.ws, "--base", "main", "--report", "x.json")
    assert (code, "name one of --base, --diff and --report" in err) == (2, True)
    fresh.write("governance/board.yaml", "branch: main\n")
    assert protected(fresh.ws) == "main"
    fresh.git("update-ref", "refs/remotes/origin/main", "main")
    assert protected(fresh.ws) == "origin/main"
    fresh.write("governance/board.yaml", "branch: --all\n")
    assert command("explain", "finding", "ab", "-w", fresh.ws)[0] == 2


@pytest.mark.parametrize("form", ["json", "markdown", "html", "sarif", "junit", "github", "text"])
def test_every_form_is_written(form):
    text = written(WHOLE, CONTEXT, form, colour=False, everything=False)

    assert "maxLength was 35, is now 20" in text


def test_places_count_from_the_top_of_the_repository(repository, command):
    code, out, _ = command("gate", "--base", "main", "-w", repository.ws, "--format", "sarif")

    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
              for one in assert_sarif(out)["runs"][0]["results"]}  # fmt: skip
    assert code == 1
    assert "ws/contracts/stock/1.1.yaml" in places
    assert all(place.startswith("ws/") for place in places)


@pytest.mark.parametrize("rule", field_rules.BY_ID)
def test_each_rule_of_a_change_is_told(rule, command):
    code, out, _ = command("explain", "rule", rule)
    told = json.loads(command("explain", "rule", rule, "--format", "json")[1])

    assert code == 0
    assert out.startswith(f"{rule}\n")
    assert (told["id"], told["reason"], bool(told["does"])) == (
        rule, FIELD_RULES[rule].reason, "nothing on which" not in out
    )  # fmt: skip
    assert told["reason"] in out
    assert told["do"] in out
    assert ("that approves" in out) == (rule in WHOLE_RULES)


def test_rules_of_changes_are_listed(command):
    out = command("explain", "rule")[1]

    assert "limit-lowered" in out
    assert "write `limit-lowered`" in command("explain", "rule", "limit-lowerd")[2]
    assert "limit-lowered" in {one["id"] for one in json.loads(command("explain", "rule", "--format", "json")[1])}
