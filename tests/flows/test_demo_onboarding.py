"""`make demo-onboard STAY=1`: pages stay open until it is told to end, and nothing is left behind."""

import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from demo_runs import children_of
from processes import alive

from governance.demo import onboarding

ROOT = Path(__file__).resolve().parent.parent.parent
STAYS = [sys.executable, str(ROOT / "tests/support/demo_onboarding_stays.py")]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stays_until_told_and_leaves_no_process(number):
    demo = subprocess.Popen(STAYS, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        said = ""
        while "checked: mfr, in" not in said:
            line = demo.stdout.readline()
            assert line, said
            said += line
        assert "Ctrl-C ends it and leaves nothing behind." in said
        children = children_of(demo.pid)
        assert all(any(part in command for _, command in children) for part in ("simulators/", "valkey", "board serve"))
        board, folder = re.search(r"board: (\S+) \(the keys of its members: (\S+)/keys\)", said).groups()
        with urllib.request.urlopen(board, timeout=20) as answer:
            assert answer.status == 200
        assert re.search(rf"report beside its decision: {board}decisions/onboard-mfr-1/report\n", said)
        assert re.search(r"portal: http://127\.0\.0\.1:\d+/\n", said)

        demo.send_signal(number)

        assert demo.wait(60) == 0
        until = time.monotonic() + 20
        while any(alive(pid) for pid, _ in children) and time.monotonic() < until:
            time.sleep(0.05)
        assert [command for pid, command in children if alive(pid)] == []
        assert not Path(folder).exists()
    finally:
        demo.kill()
        demo.wait()
        demo.stdout.close()


def test_what_stopped_it_is_told(monkeypatch, capsys):
    """A step that was not as it had to be: exit 1 with what it was, and nothing is left."""
    folders = []

    def way(fleet):
        folders.append(fleet.folder)
        fleet.board.run("board", "show", "none")

    monkeypatch.setattr(onboarding, "_way", way)
    monkeypatch.setattr(onboarding.signal, "signal", lambda *_: None)  # those of the tests stay as they are

    assert onboarding.main() == 1
    assert "tidewaiter board ended with 2 instead of 0" in capsys.readouterr().err
    assert not folders[0].exists()
