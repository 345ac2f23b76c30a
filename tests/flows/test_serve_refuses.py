"""Where `serve` does not start: what its last line says, and that `check` lists what it is said to list."""

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TIDEWAITER = (sys.executable, "-m", "governance.cli.main")
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")}


def run(*arguments):
    return subprocess.run(
        [*TIDEWAITER, *map(str, arguments)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=CLEAN,
        check=False,
        timeout=60,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written") / "first"
    assert run("init", folder).returncode == 0
    settings = folder / "tidewaiter.yaml"  # what else runs on this machine is not to be in the way
    settings.write_text(settings.read_text().replace("port: 9090", "port: 0"))
    return folder


@pytest.fixture
def folder(written, tmp_path):
    return shutil.copytree(written, tmp_path / "first")


def last_line(done):
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_node_without_the_secrets(folder):
    shutil.rmtree(folder / ".tidewaiter")

    served, checked = run("serve", folder, "--port", "0"), run("check", folder)

    assert (served.returncode, checked.returncode) == (2, 2)
    assert "secret:KEY_PEPPER is not known to this node" in served.stderr
    assert last_line(served) == f"tidewaiter does not serve: 1 fault; `tidewaiter check {folder}` lists it too"
    assert "secret:KEY_PEPPER is not known to this node" in checked.stdout


def test_a_taken_port_is_nothing_that_check_lists(folder):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        served = run("serve", folder, "--port", port)

    assert served.returncode == 2
    assert f"the public listener cannot bind 127.0.0.1:{port}" in served.stderr
    assert last_line(served) == "tidewaiter does not serve: 1 fault"
    assert run("check", folder).returncode == 0


def test_a_ledger_that_cannot_be_made(folder):
    """As on a workspace that is mounted read-only: there is no file to mend."""
    settings = folder / "tidewaiter.yaml"
    settings.write_text(settings.read_text() + "ledger: tidewaiter.yaml/ledger.sqlite\n")

    served = run("serve", folder, "--port", "0")

    assert served.returncode == 2
    assert "tidewaiter.yaml/ledger.sqlite: the ledger cannot be made: " in served.stderr
    assert "let the gateway write there, or name a place that it may write to" in served.stderr
    assert "bring back a copy" not in served.stderr


@pytest.mark.parametrize("port", ["99999", "-1"])
@pytest.mark.parametrize("command", [("serve", "."), ("demo",), ("mock", "contract.yaml")])
def test_a_port_that_is_none(command, port):
    done = run(*command, "--port", port)

    assert (done.returncode, done.stdout) == (2, "")
    assert "Invalid value for '--port': Input should be" in last_line(done)
