"""`tidewaiter demo` as a user runs it."""

import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "-m", "governance.cli.main", "demo"]
PARTS = ("simulators/", "valkey-server", "gateway.parent")


def group_members(pid):
    """Commands of processes whose parent is or was the demo."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(") ", 1)[1].split()
            command = (stat.parent / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append((int(stat.parent.name), command))
    return found


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


@pytest.fixture
def demo():
    process = subprocess.Popen([*DEMO, "--port", "0"], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_it_stays_up_until_told_and_leaves_no_process(number, demo):
    process = demo
    said = ""
    while "Ctrl-C ends it" not in said:
        line = process.stdout.readline()
        assert line
        said += line
    children = group_members(process.pid)
    assert all(any(part in command for _, command in children) for part in PARTS)
    key, url = re.search(r"X-API-Key: (\S+)' '(\S+)'", said).groups()
    with urllib.request.urlopen(urllib.request.Request(url, headers={"X-API-Key": key}), timeout=10) as answer:
        assert answer.status == 200
    folder = Path(re.search(r"access log: (\S+)", said)[1]).parent

    process.send_signal(number)

    assert process.wait(40) == (0 if number != signal.SIGKILL else -signal.SIGKILL)
    for _ in range(100):
        if not any(alive(pid) for pid, _ in children):
            break
        time.sleep(0.05)
    assert [command for pid, command in children if alive(pid)] == []
    if number == signal.SIGKILL:
        shutil.rmtree(folder)  # nobody was left to do it
    assert not folder.exists()


def test_a_taken_port_is_told(capfd):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        done = subprocess.run([*DEMO, "--port", str(sock.getsockname()[1])], cwd=ROOT, capture_output=True, text=True,
                              check=False)  # fmt: skip

    assert done.returncode == 2
    assert "is taken: choose another with --port N" in done.stderr
