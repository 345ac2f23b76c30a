"""What users install: the wheel in an empty environment, with nothing of the checkout in reach."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path.append(str(ROOT / "bench"))

from installation import build_wheel, install  # noqa: E402


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    return install(build_wheel(folder / "dist"), folder / "env", "demo")


def run(installed, folder, *arguments):
    env = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [str(installed / "tidewaiter"), *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.timeout(240)
def test_the_demo_runs_from_the_wheel(installed, tmp_path):
    done = run(installed, tmp_path, "demo", "--check", "--port", "0")

    assert done.returncode == 0, done.stdout + done.stderr
    total = done.stdout.rstrip().splitlines()[-1]
    assert total == f"{total.split()[0]} of {total.split()[0]} answers as expected"
    assert int(total.split()[0]) >= 24


def test_a_node_that_serves_holds_no_fuzzer_no_generator_and_no_second_engine(installed):
    packages = next((installed.parent / "lib").glob("python*/site-packages"))

    unwanted = ("schemathesis", "datamodel_code_generator", "openapi_core", "pytest", "hypothesis")
    assert [name for name in unwanted if (packages / name).exists()] == []


def test_init_and_check_run_from_the_wheel(installed, tmp_path):
    assert run(installed, tmp_path, "init", "ws").returncode == 0

    done = run(installed, tmp_path, "check", "ws")
    assert (done.returncode, "3 of 3 operations served" in done.stdout) == (0, True)
