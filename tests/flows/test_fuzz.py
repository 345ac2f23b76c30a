"""`tidewaiter fuzz` against real systems over real sockets: what it finds, what it leaves, how it ends."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest
from fuzz_system import KEY, System
from fuzz_workspace import SECRETS, workspace
from simulated import SECRETS as SIMULATED
from simulated import Simulated

from governance.cli.main import main
from governance.fuzz.recording import read_recording

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "meridian"


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    for name, value in {**SECRETS, **{f"TIDEWAITER_SECRET_{k}": v for k, v in SIMULATED.items()}}.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def system(request):
    made = System(*getattr(request, "param", ()))
    yield made
    made.stop()


def fuzz(folder, *arguments, examples="1"):
    """The exit code; the report as `report.json`, the recording as `run.jsonl`, both beside the workspace."""
    (folder.parent / "run.jsonl").unlink(missing_ok=True)
    return main([
        "fuzz", "harbour", "-w", str(folder), "-e", "test", "--record", str(folder.parent / "run.jsonl"), "--format", "json",
        "-o", str(folder.parent / "report.json"), "--examples", examples, *arguments,
    ])  # fmt: skip


def report(folder):
    return json.loads((folder.parent / "report.json").read_text())


def processes(folder):
    """Those that work in a folder below: the fuzzer's folder is made in TMPDIR."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if str(path.readlink()).startswith(str(folder)):
                found.append(path.parent.name)
        except OSError:
            continue
    return found


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """Where temporary folders are made."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


@pytest.mark.parametrize("system", [("custom-field", "cuts-text", "filter-ignored", "leaks-stack")], indirect=True)
def test_a_whole_run(system, tmp_path, capsys, temporary):
    """Finds what is planted, leaves the system as it was, and is judged again without it."""
    folder = workspace(tmp_path / "workspace", system.port, beside=True)
    before = {number: dict(row) for number, row in system.rows.items()}

    code = fuzz(folder, "--witness", "inland", examples="2")

    told = report(folder)
    assert code == told["exit_code"] == 1
    assert told["state"] == "complete"
    found = {(one["rule"], one["operation"].split()[1]) for one in told["findings"] if one["severity"] == "error"}
    assert [rule for rule, _ in found if rule == "foreign-changed"] == ["foreign-changed"]
    assert {one for one in found if one[0] != "foreign-changed"} == {
        ("undeclared-member", "listParties"), ("written-differently", "changeParty"), ("written-differently", "createParty"),
        ("filter-ignored", "listParties"), ("error-tells", "getParty"),
    }  # fmt: skip
    assert told["not_tested"] == []
    assert {one["calls"] > 0 for one in told["crossings"]} == {True}
    assert system.rows == before
    assert processes(temporary) == []
    assert list(temporary.iterdir()) == []
    recorded = (tmp_path / "run.jsonl").read_bytes()
    assert KEY.encode() not in recorded
    assert b"schemathesis.toml" not in recorded
    calls = system.calls
    progress = capsys.readouterr().err
    assert all(f"parties@1.0 {name}" in progress for name in ("listParties", "createParty", "deleteParty"))
    _replayed(folder, told, calls, system)


def _replayed(folder, told, calls, system):
    again = folder.parent / "again.json"
    code = main(["fuzz", "--replay", str(folder.parent / "run.jsonl"), "-w", str(folder), "-e", "test", "--format", "json",
                 "-o", str(again)])  # fmt: skip
    assert (code, json.loads(again.read_text())) == (1, told)
    assert system.calls == calls


def test_killed_then_cleaned_up(system, tmp_path, capsys, temporary):
    """No process stays, the recording tells that it was cut short, and what the run made is taken back by it."""
    folder = workspace(tmp_path / "workspace", system.port)
    before = set(system.rows)
    path = tmp_path / "run.jsonl"
    command = [sys.executable, "-m", "governance.cli.main", "fuzz", "harbour", "-w", str(folder), "-e", "test",
               "--record", str(path), "--examples", "3"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _until(lambda: len(set(system.rows) - before) > 4 and processes(temporary))
        os.kill(process.pid, signal.SIGKILL)
    _until(lambda: not processes(temporary))

    assert main(["fuzz", "--replay", str(path), "-w", str(folder), "-e", "test"]) == 2
    assert "cut short" in capsys.readouterr().err
    assert set(system.rows) > before
    assert main(["fuzz", "--clean-up", str(path), "-w", str(folder), "-e", "test"]) == 0
    assert set(system.rows) == before


def _until(true, seconds=30):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_one_company_is_fuzzed_and_the_other_stays_as_it_was(tmp_path):
    """`mde` and `mfr` share a system; only the sales organisation of an order tells them apart.

    Without an operation that makes orders there is none that the run may delete: it is not tested, and nothing is gone.
    """
    simulated = Simulated("s4hana", tmp_path)
    try:
        folder = tmp_path / "workspace"
        subprocess.run(["cp", "-r", str(EXAMPLE), str(folder)], check=True)
        (folder / "environments" / "test.yaml").write_text(json.dumps({
            "purpose": "test", "public_url": "http://127.0.0.1:8080",
            "systems": {"s4-eu": {"url": f"http://127.0.0.1:{simulated.port}"}},
        }))  # fmt: skip
        rows = _rows(tmp_path)
        operations = ("listSalesOrders", "getSalesOrder", "deleteSalesOrder")
        (tmp_path / "samples.yaml").write_text("foreign: {SalesOrder: ['2001']}\ncanaries: [CANARY-MFR]\n")
        arguments = [part for name in operations for part in ("--operation", name)]
        code = main(["fuzz", "mde", "-w", str(folder), "-e", "test", "--record", str(tmp_path / "run.jsonl"), "--examples", "1",
                     "--samples", str(tmp_path / "samples.yaml"), "--format", "json", "-o", str(tmp_path / "report.json"),
                     *arguments])  # fmt: skip
    finally:
        simulated.stop()

    told = json.loads((tmp_path / "report.json").read_text())
    assert (code, told["not_tested"]) == (1, ["sales-orders@1.1 deleteSalesOrder"])
    assert [one["rule"] for one in told["findings"] if one["rule"] in ("foreign-data", "pin-ignored")] == []
    assert _rows(tmp_path) == rows
    recording = read_recording(tmp_path / "run.jsonl")
    foreign = [one for one in recording.entries if one.about.get("probe") == "foreign"]
    assert [one.problem for one in foreign] == ["record-not-there"]


def _rows(folder):
    with sqlite3.connect(folder / "s4hana.sqlite") as data:
        return sorted(map(str, data.execute("select * from row")))
