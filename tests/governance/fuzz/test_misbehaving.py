"""A run on a system that does not behave, and runs that meet each other: each ends in a clear state, nothing is lost."""

import json

import pytest
from fuzz_system import System
from fuzz_workspace import SECRETS, workspace

from contracts.diagnostic import InvalidInputError
from governance.cli.main import main
from governance.fuzz.alone import alone
from governance.fuzz.recording import read_recording

READS = ("--operation", "listParties", "--operation", "getParty")


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def system():
    made = System()
    yield made
    made.stop()


def fuzz(folder, *arguments, name="run"):
    """The exit code and the report; the recording is `NAME.jsonl` beside the workspace."""
    path = folder.parent / f"{name}.json"
    code = main(["fuzz", "harbour", "-w", str(folder), "-e", "test", "--record", str(folder.parent / f"{name}.jsonl"),
                 "--examples", "1", "--format", "json", "-o", str(path), *arguments])  # fmt: skip
    return code, json.loads(path.read_text()) if path.exists() else None


# (after so many calls, how it behaves then, what is asked, words of the reason)
BEHAVIOURS = {
    "closes from the first call": (0, "closes", READS, "answered none"),
    "hangs from the first call": (0, "hangs", READS, "answered none"),
    "answers another protocol": (0, "garbage", READS, "answered none"),
    "refuses for load from the first call": (0, "refuses", READS, "answered none"),
    "goes down while records are learned": (2, "closes", (), "breaks off"),
    "hangs while records are made": (12, "hangs", (), "does not answer"),
    "answers garbage while records are made": (12, "garbage", (), "not HTTP"),
    "cuts its answers while records are made": (12, "cuts", (), "breaks off"),
    "throttles while records are made": (12, "refuses", (), "refuses for load"),
    "goes down while it is fuzzed": (45, "closes", READS, "breaks off"),
}
TIMES = {"connect_seconds": 1, "first_byte_seconds": 0.3, "total_seconds": 0.4, "operation_seconds": 0.5}


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_a_system_that_does_not_behave_ends_the_run(name, system, tmp_path):
    system.after, system.then, arguments, words = BEHAVIOURS[name]
    folder = workspace(tmp_path / "workspace", system.port, system={"timeouts": TIMES})
    before = {number: dict(row) for number, row in system.rows.items()}

    code, told = fuzz(folder, *arguments)

    assert (code, told["exit_code"], told["state"]) == (2, 2, "stopped")
    assert words in told["state_reason"]
    assert {one["rule"] for one in told["findings"]} <= {"no-answer", "answers-vary", "server-error"}
    recording = read_recording(tmp_path / "run.jsonl")
    assert recording.state == "stopped"
    assert all(
        one["throttled"] == one["calls"] for one in told["coverage"] if system.then == "refuses" and not system.after
    )
    # What it had made is known, and taken back once the system answers again.
    system.after = None
    assert main(["fuzz", "--clean-up", str(tmp_path / "run.jsonl"), "-w", str(folder), "-e", "test"]) == 0
    assert system.rows == before


def test_answers_that_change_from_run_to_run(system, tmp_path):
    """A recording keeps its own verdict, whatever the system answers by now, and nobody asks it."""
    folder = workspace(tmp_path / "workspace", system.port)
    _, first = fuzz(folder, "--operation", "listParties", name="first")
    system.faults.add("custom-field")
    calls = system.calls

    again = tmp_path / "again.json"
    main(["fuzz", "--replay", str(tmp_path / "first.jsonl"), "-w", str(folder), "-e", "test", "--format", "json",
          "-o", str(again)])  # fmt: skip

    assert json.loads(again.read_text()) == first
    assert system.calls == calls


def test_a_system_that_is_not_there(tmp_path):
    code, told = fuzz(workspace(tmp_path / "workspace", 9))

    assert (code, told["state"]) == (2, "stopped")
    assert "answered none" in told["state_reason"]


def test_a_system_that_answers_otherwise_the_next_time(system, tmp_path):
    """Each recording keeps its own verdict, whatever the system says by now."""
    folder = workspace(tmp_path / "workspace", system.port)
    runs = {}
    for name, fault in (("first", "none"), ("second", "custom-field")):
        system.faults, system.after = {fault}, system.calls + 2
        runs[name] = fuzz(folder, *READS, name=name)
    system.stop()

    rules = [{one["rule"] for one in told["findings"]} for _, told in runs.values()]
    assert rules == [{"no-answer"}, {"no-answer", "undeclared-member"}]
    for name, (code, told) in runs.items():
        again = tmp_path / "again.json"
        arguments = ["-w", str(folder), "-e", "test", "--format", "json", "-o", str(again)]
        assert main(["fuzz", "--replay", str(tmp_path / f"{name}.jsonl"), *arguments]) == code
        assert json.loads(again.read_text()) == told


def test_two_runs_at_once(system, tmp_path, capsys):
    """The second one is told to wait, calls nothing, and writes nothing."""
    folder = workspace(tmp_path / "workspace", system.port)
    system.after = 2
    fuzz(folder, name="first")
    calls = system.calls
    with alone(folder, ["erp"]):
        assert fuzz(folder, *READS, name="second") == (2, None)
        cleaned = main(["fuzz", "--clean-up", str(tmp_path / "first.jsonl"), "-w", str(folder), "-e", "test"])
    told = capsys.readouterr().err

    assert (cleaned, system.calls) == (2, calls)
    assert told.count("systems/erp.yaml") == 2
    assert told.count("another run is under way") == 2
    assert not (tmp_path / "second.jsonl").exists()
    fuzz(folder, name="second")
    assert system.calls > calls


def test_the_lock_ends_with_the_run_and_is_each_systems_own(tmp_path):
    folder = workspace(tmp_path / "workspace", 9)
    (folder / "systems" / "other.yaml").write_bytes((folder / "systems" / "erp.yaml").read_bytes())

    with alone(folder, ["erp"]), alone(folder, ["other"]):
        pass
    with alone(folder, ["other", "erp"]):
        pass

    with pytest.raises(InvalidInputError, match="cannot be locked"), alone(folder, ["missing"]):
        pass


def test_a_recording_is_never_written_over(system, tmp_path, capsys):
    folder = workspace(tmp_path / "workspace", system.port)
    (tmp_path / "run.jsonl").write_text("of another run")

    assert fuzz(folder) == (2, None)

    assert "there already" in capsys.readouterr().err
    assert ((tmp_path / "run.jsonl").read_text(), system.calls) == ("of another run", 0)


def test_a_recording_that_was_cut_short_is_no_answer(system, tmp_path, capsys):
    """At any place: it is told, nothing is judged, and what was made until then can be taken back."""
    folder = workspace(tmp_path / "workspace", system.port)
    system.after = 12
    before = set(system.rows)
    fuzz(folder)
    path = tmp_path / "run.jsonl"
    whole = path.read_bytes()
    assert set(system.rows) > before
    system.after = None
    for length in (len(whole) - 1, whole.rindex(b"\n", 0, -1), whole.rindex(b"\n", 0, -1) - 7):
        path.write_bytes(whole[:length])
        assert main(["fuzz", "--replay", str(path), "-w", str(folder), "-e", "test"]) == 2
        assert "cut short" in capsys.readouterr().err

    assert main(["fuzz", "--clean-up", str(path), "-w", str(folder), "-e", "test"]) == 0
    assert set(system.rows) == before


def test_the_share_of_capacity_is_kept_on_the_wire(system, tmp_path):
    """Half of twelve in a second, however soon the next call could be made."""
    capacity = [{"name": "rate", "unit": "requests", "amount": 12, "window_seconds": 1, "at_once": 2}]
    folder = workspace(tmp_path / "workspace", system.port, system={"capacity": capacity})
    system.after = 12

    fuzz(folder)

    times = system.times[:12]
    assert max(sum(begin <= other < begin + 1 for other in times) for begin in times) <= 7  # a call comes in late
    assert times[-1] - times[0] > 1.5
