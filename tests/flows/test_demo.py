"""`tidewaiter demo` as a user runs it from a checkout; tests/flows/test_wheel.py runs it as it is installed."""

import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from demo_runs import stays_up_until

ROOT = Path(__file__).resolve().parent.parent.parent
DEMO = [sys.executable, "-m", "governance.cli.main", "demo"]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_it_stays_up_until_told_and_leaves_no_process(number):
    stays_up_until(number, DEMO, cwd=ROOT)


def test_a_taken_port_is_told():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        done = subprocess.run([*DEMO, "--port", str(sock.getsockname()[1])], cwd=ROOT, capture_output=True, text=True,
                              check=False)  # fmt: skip

    assert done.returncode == 2
    assert "is taken: choose another with --port N" in done.stderr
