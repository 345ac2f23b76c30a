"""The README's first minutes: `init`, `check`, `serve`, and the curl line that `init` printed."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
TIDEWAITER = (sys.executable, "-m", "governance.cli.main")


def run(*arguments):
    return subprocess.run([*TIDEWAITER, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=30)


@pytest.fixture
def started(tmp_path):
    """The workspace served on a free port: (base address, key)."""
    folder = tmp_path / "first"
    written = run("init", str(folder))
    assert written.returncode == 0, written.stderr
    checked = run("check", str(folder))
    assert (0, "fine:") == (checked.returncode, checked.stdout[:5]), checked.stdout
    settings = folder / "tidewaiter.yaml"
    settings.write_text(settings.read_text().replace("port: 9090", "port: 0"))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TIDEWAITER_")}
    serving = subprocess.Popen(
        [*TIDEWAITER, "serve", str(folder), "--port", "0", "--access-log", str(tmp_path / "access.log")],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=environment,
    )
    try:
        said = serving.stderr.readline()
        assert "portal's clients" in said
        line = serving.stderr.readline()
        address = re.search(r"http://[\d.]+:\d+", line)
        assert address, line
        yield address[0], re.search(r"X-API-Key: (\w+)'", written.stdout)[1]
    finally:
        serving.send_signal(signal.SIGTERM)
        try:
            serving.wait(15)
        except subprocess.TimeoutExpired:
            serving.kill()
            serving.wait()
        serving.stderr.close()


def test_the_first_calls(started):
    address, key = started
    with httpx2.Client(base_url=address, headers={"X-API-Key": key}, trust_env=False) as client:
        listed = client.get("/sales/v1/orders")
        one = client.get("/sales/v1/orders/SO-1001")
        made = client.post(
            "/sales/v1/orders",
            json={"customer": "C-17", "currency": "EUR", "lines": [{"item": "PUMP-40", "quantity": 2}]},
        )
        wrong = client.post("/sales/v1/orders", json={"customer": "C-17", "currency": "EUR", "lines": []})
        stranger = httpx2.get(f"{address}/sales/v1/orders", trust_env=False)

    assert (200, "SO-1001") == (listed.status_code, listed.json()["orders"][0]["id"])
    assert (200, "SO-1001") == (one.status_code, one.json()["id"])
    assert (201, "SO-1002") == (made.status_code, made.json()["id"])
    assert (400, "/lines") == (wrong.status_code, wrong.json()["errors"][0]["pointer"])
    assert stranger.status_code == 401
