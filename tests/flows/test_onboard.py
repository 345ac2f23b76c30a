"""`tidewaiter onboard` on a real system over real sockets: the whole way, stopped, killed, refused, and gone on with."""

import base64
import gzip
import hashlib
import json
import re
import signal
from contextlib import suppress
from urllib.parse import unquote
from warnings import catch_warnings, simplefilter

import pytest
from fuzz_system import KEY, System
from onboarding import ENVIRONMENT, Onboarding
from telling_system import ACCOUNT, CANARIES, PERSON, TellingSystem, forms

from governance.cli.main import main
from governance.fuzz.recording import read_recording
from governance.onboard.vault import unseal

pytestmark = pytest.mark.timeout(240)  # a run asks a system, writes clients and has them type-checked
TO_BOARD = ["check", "lint", "diff", "fuzz", "client", "limits", "report"]
SALT = re.compile(rb'"salt":"([0-9a-f]+)"')


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def system(request):
    made = System(*getattr(request, "param", ()))
    yield made
    made.stop()


@pytest.fixture(scope="module")
def reported(tmp_path_factory):
    """An entity on its way, up to the board: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("reported")
    system = TellingSystem()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ENVIRONMENT.items():
            patch.setenv(name, value)
        made = Onboarding(folder, system.port)
        assert made.run() == 1
    yield made, system
    system.stop()


@pytest.fixture
def waiting(reported, tmp_path):
    return reported[0].copied(tmp_path / "w")


def test_the_way_to_live(waiting, reported, capsys):
    """Nothing is asked again; each signature is awaited, the board's, then those of who releases and activates."""
    system = reported[1]
    calls = system.calls
    assert waiting.events()[-2:] == ["board began", "board waiting"]
    assert [one.removesuffix(" done") for one in waiting.events() if one.endswith(" done")] == TO_BOARD
    assert waiting.stage() == "onboarded"
    assert list(waiting.place.folder.glob("raw*")) == []
    waiting.sign(people=("anna",))
    capsys.readouterr()
    assert waiting.run() == 1
    assert waiting.events()[-1] == "board waiting"
    told = capsys.readouterr().out
    assert "waits for the board: 1 of 2 approved: anna; missing bert" in told
    assert "submitted" not in told
    waiting.sign(people=("bert",))

    assert waiting.run() == 1

    assert waiting.events()[-4:] == ["release began", "release done", "live began", "live waiting"]
    anna, bert = str(waiting.key("anna")), str(waiting.key("bert"))
    assert waiting.run("--key", anna) == 1
    assert waiting.events()[-1] == "live waiting"
    for file in sorted(waiting.place.folder.glob("release.*.yaml")):
        assert main(["release", "sign", str(file), "--key", bert, "-w", str(waiting.ws)]) == 0
    assert waiting.run() == 0
    count = len(waiting.events())
    assert waiting.events()[-1] == "live done"
    assert waiting.run() == 0
    assert len(waiting.events()) == count
    assert system.calls == calls
    out = capsys.readouterr().out
    assert all(f"{name:8} done before" in out for name in TO_BOARD)
    release = json.loads(waiting.place.release.read_text())
    assert release["decisions"][0]["people"] == ["anna", "bert"]
    assert '"stage": "onboarded"' in release["files"]["entities/harbour.yaml"]["content"]


def test_the_report_is_what_the_decision_names(waiting, capsys):
    report, name = waiting.place.report, waiting.drafts()[-1]
    where = ("-w", str(waiting.ws))
    digest = waiting.fact("report", "report")
    assert main(["verify", str(report)]) == 2
    assert main(["verify", "--digest", digest]) == 2
    assert main(["verify", *where]) == 1
    assert main(["verify", str(report), "--digest", digest]) == 0
    assert main(["verify", str(report), "--decision", name, *where]) == 2
    assert "not enough people signed it" in capsys.readouterr().err
    waiting.sign()
    assert main(["verify", str(report), "--decision", name, *where]) == 0
    changed = (report / "fuzz.json").read_bytes().replace(b"error", b"erroR", 1)
    (report / "fuzz.json").write_bytes(changed)
    assert main(["verify", str(report), "--decision", name, *where]) == 1
    assert "fuzz.json: it was changed" in capsys.readouterr().out


def test_each_byte_of_a_report_is_held(waiting):
    """One byte changed in each file, in the middle and at both ends; a file more, a file less."""
    report, digest = waiting.place.report, waiting.fact("report", "report")
    for path in sorted(report.iterdir()):
        whole = path.read_bytes()
        for at in (0, len(whole) // 2, len(whole) - 1):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            assert main(["verify", str(report), "--digest", digest]) == 1, (path.name, at)
        path.unlink()
        assert main(["verify", str(report), "--digest", digest]) == (2 if path.name == "manifest.json" else 1)
        path.write_bytes(whole)
    assert main(["verify", str(report), "--digest", digest]) == 0


def _all_forms(text):
    """What somebody who looks for a text would find it in: as it stands, unescaped, decoded, unpacked, joined."""
    found = [text, text[::-1], unquote(text)]
    with suppress(UnicodeDecodeError), catch_warnings():
        simplefilter("ignore")
        found.append(text.encode().decode("unicode_escape"))
    for part in re.findall(r"[A-Za-z0-9+/_=-]{12,}", text):
        for how in (base64.b64decode, base64.urlsafe_b64decode):
            with suppress(ValueError):
                raw = how(part + "=" * (-len(part) % 4))
                found.append(raw.decode("latin-1"))
                with suppress(OSError, EOFError):
                    found.append(gzip.decompress(raw).decode("latin-1"))
        with suppress(ValueError):
            found.append(bytes.fromhex(part).decode("latin-1"))
    return [*found, *(re.sub(r"[^A-Za-z0-9]", "", one) for one in found)]


REWRITTEN = {
    "a file and the manifest": lambda report: _rewrite(report, "fuzz.json", b'"error"', b'"note"'),
    "what is not tested": lambda report: _rewrite(report, "fuzz.json", b'"not_tested"', b'"not_testee"'),
    "the page": lambda report: _rewrite(report, "report.html", b"<h1", b"<h2"),
    "a file taken out": lambda report: _rewrite(report, "lint.json"),
    "a file more": lambda report: _rewrite(report, "more.json", b"", b"{}"),
    "the manifest alone": lambda report: _rewrite(report, ""),
}


def _rewrite(report, name, old=b"", new=b""):
    """The folder with a file changed, and the manifest made to fit it."""
    manifest = json.loads((report / "manifest.json").read_text())
    if not name:
        manifest["workspace"] = manifest["workspace"].upper()
    elif not old and not new:
        (report / name).unlink()
        del manifest["files"][name]
    else:
        text = (report / name).read_bytes().replace(old, new, 1) if old else new
        (report / name).write_bytes(text)
        manifest["files"][name] = {"digest": "sha256:" + hashlib.sha256(text).hexdigest(), "bytes": len(text)}
    (report / "manifest.json").write_text(json.dumps(manifest, indent=2))


@pytest.mark.parametrize("name", REWRITTEN)
def test_a_report_that_was_rewritten_as_a_whole(waiting, name, capsys):
    """Each file fits its manifest; it is not what was decided on, by its digest, by the decision, and in `verify`."""
    report, where = waiting.place.report, ("-w", str(waiting.ws))
    digest, decision = waiting.fact("report", "report"), waiting.drafts()[-1]
    waiting.sign()
    REWRITTEN[name](report)
    anew = "sha256:" + hashlib.sha256((report / "manifest.json").read_bytes()).hexdigest()
    assert main(["verify", str(report), "--digest", anew]) == 0
    assert main(["verify", str(report), "--digest", digest]) == 1
    assert main(["verify", str(report), "--decision", decision, *where]) == 1
    assert f"manifest.json: its digest is {anew}, not {digest}" in capsys.readouterr().out
    # Nor does onboarding go on from it: the report is written anew from the evidence.
    assert waiting.run() == 1
    assert main(["verify", str(report), "--digest", digest]) == 0


def _looked_for(clear):
    """Each canary in each form, parts of it, and a salt of the recording."""
    forms_of = [form for one in CANARIES for form in (*forms(one), re.sub(r"[^A-Za-z0-9]", "", one))]
    return [*forms_of, PERSON[:9], PERSON[9:], SALT.search(clear)[1].decode()]


def test_no_canary_on_the_way_to_live(waiting, reported, capsys):
    """Not in the release, the register, what was signed, the node's store, or what any command said."""
    sealed = waiting.place.sealed / waiting.fact("fuzz", "recording")
    clear = unseal(sealed, ENVIRONMENT["TIDEWAITER_SECRET_RECORDING_KEY"].encode())
    capsys.readouterr()
    waiting.sign()
    waiting.run()
    waiting.run("--key", str(waiting.key("anna")))
    for file in sorted(waiting.place.folder.glob("release.*.yaml")):
        assert main(["release", "sign", str(file), "--key", str(waiting.key("bert")), "-w", str(waiting.ws)]) == 0
    assert waiting.run() == 0
    assert main(["onboard", "status", "-w", str(waiting.ws)]) == 0
    main(["verify", "-w", str(waiting.ws)])
    said = capsys.readouterr()
    texts = {"stdout": said.out, "stderr": said.err}
    apart = (waiting.place.sealed, waiting.place.clients)
    for path in waiting.ws.rglob("*"):
        if path.is_file() and ".git" not in path.parts and not any(one in path.parents for one in apart):
            texts[str(path.relative_to(waiting.ws))] = path.read_bytes().decode("latin-1")
    assert {"decisions/register.jsonl", str(waiting.place.release.relative_to(waiting.ws))} <= texts.keys()
    assert any(".tidewaiter/releases/" in name for name in texts)
    looked_for = _looked_for(clear)
    found = [
        (name, one) for name, text in texts.items() for form in _all_forms(text) for one in looked_for if one in form
    ]
    assert found == []


def test_no_canary_is_told(waiting, reported, capsys):
    """Not in the report, the journal, the evidence or the decision, in no form; the recording has them, sealed."""
    sealed = waiting.place.sealed / waiting.fact("fuzz", "recording")
    clear = unseal(sealed, ENVIRONMENT["TIDEWAITER_SECRET_RECORDING_KEY"].encode())
    assert PERSON.encode() in clear
    assert ACCOUNT.encode() in clear
    assert KEY.encode() not in clear
    kept = [path for path in waiting.place.folder.rglob("*") if path.is_file() and "clients" not in path.parts]
    kept += [path for path in (waiting.ws / "decisions").iterdir() if path.is_file()]
    looked_for = _looked_for(clear)
    for path in kept:
        text = path.read_bytes().decode("latin-1")
        for form in _all_forms(text):
            assert not [one for one in looked_for if one in form], path.name
    findings = json.loads((waiting.place.report / "fuzz.json").read_text())["findings"]
    assert {one["rule"] for one in findings} >= {"undeclared-member"}


def test_the_recording_is_the_one_of_the_report(waiting, tmp_path):
    """Whoever has it can show each entry; whoever has not learns nothing: salts are not in the report."""
    clear = tmp_path / "clear.jsonl"
    sealed = waiting.place.sealed / waiting.fact("fuzz", "recording")
    clear.write_bytes(unseal(sealed, ENVIRONMENT["TIDEWAITER_SECRET_RECORDING_KEY"].encode()))
    recording = read_recording(clear)
    told = json.loads((waiting.place.report / "commitments.json").read_text())
    assert told["recording"] == recording.digest
    assert told["entries"] == [recording.commitment(number) for number in range(1, len(recording.entries) + 1)]


@pytest.mark.parametrize(
    ("file", "old", "new", "anew"),
    [
        ("contracts/parties/1.0.yaml", '"Gone."', '"Gone."', set()),
        (
            "contracts/parties/1.0.yaml",
            '"maxLength": 40',
            '"maxLength": 41',
            {"check", "lint", "diff", "fuzz", "client"},
        ),
        ("systems/erp.yaml", '"connect_seconds": 1', '"connect_seconds": 2', {"check", "diff", "fuzz", "limits"}),
        ("entities/harbour.yaml", '"o@harbour.example"', '"p@harbour.example"', {"check", "diff"}),
        ("contracts/parties/api.yaml", '"Parties"', '"Parties of the harbour"', {"check", "diff"}),
        ("environments/prod.yaml", "production", "production", set()),
    ],
)
def test_what_is_done_anew(waiting, file, old, new, anew, capsys):
    """Each step rests on what it says, and on no more."""
    path = waiting.ws / file
    path.write_text(path.read_text().replace(old, new))
    capsys.readouterr()

    assert waiting.run("--dry-run") == 0

    rows = [line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert {name for name, what in rows if what.startswith("would be done:")} - {"board", "release", "live"} == anew


def test_the_board_refuses(waiting, capsys):
    """With its reasons; the entity is a candidate again, and the same report asks nobody twice."""
    about = json.loads(json.dumps({"report": waiting.fact("report", "report")}))
    draft = (waiting.ws / "decisions" / f"{waiting.drafts()[-1]}.yaml").read_text()
    refusal = draft.replace("verdict: approve", "verdict: refuse").replace('reason: "', 'reason: "Its books are open. ')
    (waiting.ws / "decisions/no.yaml").write_text(refusal)
    waiting.sign("no")

    assert waiting.run() == 1

    assert waiting.events()[-1] == "board negative"
    assert "Its books are open" in capsys.readouterr().out
    assert waiting.stage() == "candidate"
    assert about["report"] == waiting.fact("report", "report")
    assert waiting.run() == 1
    assert waiting.events()[-1] == "board negative"


def test_the_board_returns_it_and_changes_its_mind(waiting, capsys):
    """Not settled while somebody stands by that; once they approve, the same command goes on."""
    name, where = waiting.drafts()[-1], ("-w", str(waiting.ws))
    anna, bert = str(waiting.key("anna")), str(waiting.key("bert"))
    assert main(["board", "return", name, "--comment", "Who watches its stock?", "--key", anna, *where]) == 0
    assert waiting.run() == 1
    assert waiting.events()[-1] == "board negative"
    assert "anna: return: Who watches its stock?" in capsys.readouterr().out
    assert waiting.stage() == "candidate"
    for key in (anna, bert):
        assert main(["board", "approve", name, "--key", key, *where]) == 0
    assert waiting.run() == 1
    assert waiting.events()[-1] == "live waiting"
    assert waiting.stage() == "onboarded"


def test_conditions_are_waited_for(waiting, capsys):
    name, where = waiting.drafts()[-1], ("-w", str(waiting.ws))
    anna, bert = str(waiting.key("anna")), str(waiting.key("bert"))
    terms = ("--condition", "backup=A backup was played back")
    assert main(["board", "approve-with-conditions", name, *terms, "--key", anna, *where]) == 0
    assert main(["board", "approve", name, "--key", bert, *where]) == 0
    assert waiting.run() == 1
    assert waiting.events()[-1] == "board waiting"
    assert "anna/backup: A backup was played back" in capsys.readouterr().out
    assert main(["board", "met", name, "anna/backup", "--evidence", "ticket 4711", "--key", anna, *where]) == 0
    assert waiting.run() == 1
    assert waiting.events()[-1] == "live waiting"


def test_a_decision_that_was_edited_after_it_was_signed(waiting, capsys):
    path = waiting.ws / "decisions" / f"{waiting.drafts()[-1]}.yaml"
    waiting.sign()
    path.write_text(path.read_text().replace("verdict: approve", "verdict: approve "))
    assert waiting.run() == 2
    assert waiting.events()[-1] == "board unanswered"
    assert "edited" in capsys.readouterr().out


def test_two_runs_at_once(waiting, capsys):
    with waiting.place.alone():
        assert waiting.run() == 2
    assert "harbour is being onboarded by another run (process" in capsys.readouterr().err
    assert waiting.run() == 1


def test_evidence_that_is_gone_is_found_again(waiting):
    (waiting.place.evidence / "lint.json").write_text("{}")
    count = len(waiting.events())
    assert waiting.run() == 1
    assert [one for one in waiting.events()[count:] if one.endswith("done")] == ["lint done"]


def test_status(waiting, capsys):
    assert main(["onboard", "status", "-w", str(waiting.ws), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["entities"]
    assert [(one["entity"], one["environment"], one["step"], one["state"]) for one in told] == [
        ("harbour", "test", "board", "waiting")
    ]
    assert told[0]["report"] == waiting.fact("report", "report")
    assert main(["onboard", "status", "-w", str(waiting.ws)]) == 0
    assert "harbour  test" in capsys.readouterr().out


def test_a_recording_whose_day_has_come_is_deleted(waiting, monkeypatch, capsys):
    """And nothing else changes: the report verifies without it."""
    sealed = waiting.place.sealed / waiting.fact("fuzz", "recording")
    head, _, rest = sealed.read_bytes().partition(b"\n")
    old = json.loads(head) | {"until": "2020-01-01"}
    sealed.write_bytes(json.dumps(old).encode() + b"\n" + rest)

    assert waiting.run() == 1

    assert not sealed.exists()
    assert "a recording whose day had come was deleted" in capsys.readouterr().err
    assert waiting.events()[-1] == "board waiting"
    assert main(["verify", str(waiting.place.report), "--digest", waiting.fact("report", "report")]) == 0


@pytest.mark.parametrize("way", ["hangs", "garbage", "closes", "refuses"])
def test_a_system_that_cannot_be_judged(system, way, tmp_path, capsys):
    """It hangs, answers what is not HTTP, breaks off, or refuses all for load: a clear state, and nothing is lost."""
    system.after, system.then = 0, way
    made = Onboarding(tmp_path, system.port)

    assert made.run() == 2

    assert made.events()[-1] == "fuzz unanswered"
    out = capsys.readouterr().out
    assert "the systems were not judged: the system answered none of the first" in out
    assert "next: tidewaiter onboard harbour" in out
    assert made.stage() == "candidate"
    assert made.drafts() == []
    assert list(made.place.raw.glob("*")) == []


def test_a_system_that_goes_down_in_the_middle(system, tmp_path):
    system.after, system.then = 25, "closes"
    made = Onboarding(tmp_path, system.port)

    assert made.run() == 2
    assert made.events()[-1] == "fuzz unanswered"


def test_killed_before_and_after_a_step_ends(reported, tmp_path):
    """`kill -9` as the judgement is in the journal, and as the report is: the next run goes on there."""
    made = reported[0].copied(tmp_path / "w", upto="limits began")
    assert made.killed(1) == -signal.SIGKILL
    assert made.events()[-1] == "limits began"
    assert made.killed(4) == -signal.SIGKILL
    assert made.events()[-1] == "report done"

    assert made.run() == 1

    assert made.events()[-1] == "board waiting"
    assert made.fact("report", "report") == reported[0].fact("report", "report")


AGREED = {"by": "it@harbour.example", "until": "2099-12-31", "at_once": 2, "requests": 40, "seconds": 20}


def agree(made, **more):
    """What the entity's owner writes."""
    path = made.ws / "entities/harbour.yaml"
    path.write_text(json.dumps({**json.loads(path.read_text()), "fuzzing": {"limits": {**AGREED, **more}}}))


def limits_of(made):
    return json.loads((made.place.report / "limits.json").read_text())


def test_limits_are_not_probed_without_an_agreement(waiting):
    """Never passed: each row says so, and what to write."""
    told = limits_of(waiting)
    rows = {row["limit"]: row for row in told["systems"][0]["limits"]}
    assert (told["agreed"], told["recording"]) == (None, None)
    assert "write `fuzzing: {limits: " in told["not_probed"]
    assert {name for name, row in rows.items() if row["verdict"] == "not probed"} >= {"how it says no room"}
    assert "Limits were not probed" in (waiting.place.report / "report.html").read_text()


def test_limits_are_tried_as_agreed_and_judged_from_their_recording(waiting, reported, capsys):
    """No fuzzing anew; a killed run's recording is done again, a whole one is judged as it lies; sealed, no canary told."""
    agree(waiting)
    calls = reported[1].calls
    waiting.place.raw_limits.mkdir(mode=0o700)
    (waiting.place.raw_limits / "20261126T000000.jsonl").write_text('{"form": "tidewaiter-recording/1"')

    assert waiting.run() == 1

    told, asked = limits_of(waiting), reported[1].calls - calls
    assert "fuzz     done before" in capsys.readouterr().out
    assert told["recording"]["entries"] <= asked <= AGREED["requests"]
    assert not waiting.place.raw_limits.exists()
    name = waiting.fact("limits", "recording")
    clear = unseal(waiting.place.sealed / name, ENVIRONMENT["TIDEWAITER_SECRET_RECORDING_KEY"].encode())
    page = (waiting.place.report / "report.html").read_text()
    assert "agreed to 2 calls at once, 40 messages and 20 seconds" in page
    for text in (page, json.dumps(told)):
        assert not [one for one in (PERSON, ACCOUNT, KEY) if one in text]
    kept = json.loads((waiting.place.report / "commitments.json").read_text())
    assert (kept["limits_recording"], len(kept["limits_entries"])) == (told["recording"]["digest"], asked)
    # Killed once the recording was whole and before its judgement was in the journal: nobody is asked again.
    waiting.place.raw_limits.mkdir(mode=0o700)
    (waiting.place.raw_limits / "20261126T000000.jsonl").write_bytes(clear)
    inputs = [json.loads(line) for line in waiting.place.journal.read_text().splitlines()]
    inputs = next(one["inputs"] for one in reversed(inputs) if (one["step"], one["state"]) == ("limits", "done"))
    (waiting.place.raw_limits / "20261126T000000.inputs").write_text(inputs)
    assert waiting.run("--redo", "limits") == 1
    assert reported[1].calls - calls == asked
    assert limits_of(waiting) == told


@pytest.mark.parametrize("change", ["cut short", "changed", "gone"])
def test_a_recording_that_is_not_whole_is_judged_by_nobody(waiting, reported, change, capsys):
    """It is told with what to do, and nothing of the report changes."""
    sealed, report = waiting.place.sealed / waiting.fact("fuzz", "recording"), waiting.place.report / "manifest.json"
    whole, before, calls = sealed.read_bytes(), report.read_bytes(), reported[1].calls
    if change == "gone":
        sealed.unlink()
    else:
        sealed.write_bytes(whole[:-100] if change == "cut short" else whole[:-1] + bytes([whole[-1] ^ 1]))

    assert waiting.run("--redo", "limits") == 2

    assert waiting.events()[-1] == "limits unanswered"
    out = capsys.readouterr().out
    assert re.search("next: .*--redo fuzz", out)
    assert "next: tidewaiter onboard harbour" in out
    assert (report.read_bytes(), reported[1].calls) == (before, calls)
    assert list(waiting.place.folder.glob("raw*")) == []


def test_an_agreement_that_has_ended(waiting, reported):
    agree(waiting, until="2026-01-01")
    calls = reported[1].calls
    assert waiting.run() == 1
    assert "it was agreed until 2026-01-01" in limits_of(waiting)["not_probed"]
    assert reported[1].calls == calls


def test_without_a_key_no_system_is_asked(system, tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("TIDEWAITER_SECRET_RECORDING_KEY")
    made = Onboarding(tmp_path, system.port)
    assert made.run() == 2
    assert "RECORDING_KEY" in capsys.readouterr().out
    assert system.calls == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("onboard", "harbor"), "there is no entity of this name"),
        (("onboard", "harbour", "--redo", "fuz"), "there is no step fuz"),
        (("onboard", "harbour", "-e", "tst"), "there is no environment of this name"),
        (("onboard", "harbour", "-e", "test", "--base", "release:none.json"), "cannot be read"),
    ],
)
def test_wrong_questions(waiting, arguments, words, capsys):
    assert main([*arguments, "-w", str(waiting.ws)]) == 2
    told = capsys.readouterr()
    assert words in told.err + told.out


def test_a_workspace_that_would_not_be_served(system, tmp_path, capsys):
    """The first step says it, and the command that it names says all of it."""
    made = Onboarding(tmp_path, system.port)
    path = made.ws / "contracts/parties/1.0.yaml"
    path.write_text(path.read_text().replace('"security"', '"x-security"'))

    code = made.run()

    assert code == 1
    assert made.events()[-1].endswith(" negative")
    line = next(one for one in capsys.readouterr().out.splitlines() if one.startswith("next: tidewaiter "))
    assert main(line.removeprefix("next: tidewaiter ").split()) in (1, 2)
    assert "no such option" not in capsys.readouterr().err.lower()
