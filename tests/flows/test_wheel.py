"""What users install: the wheel in an empty environment, with nothing of the checkout in reach."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from demo_runs import stays_up_until

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "bench"))

from installation import build_wheel, install  # noqa: E402


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return install(build_wheel(folder / "dist"), folder / "env", "demo")


ENV = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def run(installed, folder, *arguments):
    command = [str(installed / "tidewaiter"), *arguments]
    return subprocess.run(command, cwd=folder, env=ENV, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.timeout(240)
def test_the_demo_runs_from_the_wheel(installed, tmp_path):
    said = stays_up_until(signal.SIGINT, [str(installed / "tidewaiter"), "demo"], cwd=tmp_path, env=ENV)

    good, of = re.search(r"^(\d+) of (\d+) answers as expected$", said, re.MULTILINE).groups()
    assert good == of
    assert int(of) >= 24


def test_a_node_that_serves_holds_no_fuzzer_no_generator_and_no_second_engine(installed):
    packages = next((installed.parent / "lib").glob("python*/site-packages"))

    unwanted = ("schemathesis", "datamodel_code_generator", "openapi_core", "pytest", "hypothesis")
    assert [name for name in unwanted if (packages / name).exists()] == []


def test_init_and_check_run_from_the_wheel(installed, tmp_path):
    assert run(installed, tmp_path, "init", "ws").returncode == 0

    done = run(installed, tmp_path, "check", "ws")
    assert (done.returncode, "3 of 3 operations served" in done.stdout) == (0, True)
