"""A real `tidewaiter serve` in processes of its own, and a load of callers on it."""

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from governance.demo.process import free_ports

ROOT = Path(__file__).resolve().parent.parent.parent
TIDEWAITER = [sys.executable, "-m", "governance.cli.main"]


class Served:
    """The gateway of a workspace. `folder` holds all but `tidewaiter.yaml`."""

    def __init__(self, folder, workers=2, **settings):
        self.folder, self.workers = folder, workers
        self.port, self.health = free_ports(2)
        self.write({
            "name": "processes", "public_url": f"http://127.0.0.1:{self.port}", "public": {"port": self.port},
            "health": {"port": self.health}, "drain": {"wait_seconds": 0.5, "calls_seconds": 10},
            "address_limit": {"requests": 1_000_000, "failures": 1_000}, **settings,
        })  # fmt: skip
        self.errors = folder.parent / f"{folder.name}.err"
        self.log = folder.parent / f"{folder.name}.log"
        self.process = None

    def write(self, settings):
        self.settings = settings
        (self.folder / "tidewaiter.yaml").write_text(json.dumps(settings))

    def start(self, wait=True):
        with self.errors.open("ab") as errors:
            self.process = subprocess.Popen(
                [*TIDEWAITER, "serve", str(self.folder), "--workers", str(self.workers), "--access-log", str(self.log),
                 "--no-changelogs", "--no-clients"],
                stdout=subprocess.DEVNULL, stderr=errors, cwd=ROOT,
            )  # fmt: skip
        if wait:
            until(lambda: self.process.poll() is not None or self.ready(), 60)
            assert self.process.poll() is None, self.errors.read_text()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        pids = self.worker_pids() if self.process.poll() is None else []
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        until(lambda: not any(alive(pid) for pid in pids), 40)

    def end(self, number=signal.SIGTERM, seconds=60):
        self.process.send_signal(number)
        return self.process.wait(seconds)

    def worker_pids(self):
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [int(pid) for pid in children]

    def page(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.health, timeout=10)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def ready(self):
        try:
            return self.page("/readyz")[0] == 200
        except OSError:
            return False

    def metric(self, name):
        found = re.search(rf"^{re.escape(name)} (\S+)$", self.page("/metrics")[1], re.MULTILINE)
        return float(found[1]) if found else None

    def admin(self, method, path, body=None, **headers):
        at = json.loads((self.folder / ".tidewaiter/admin.json").read_text())["url"].removeprefix("http://")
        token = (self.folder / ".tidewaiter/admin.token").read_text().strip()
        connection = http.client.HTTPConnection(at, timeout=60)
        try:
            sent = {"Authorization": f"Bearer {token}", **{n.replace("_", "-"): v for n, v in headers.items()}}
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def switch(self, path, kind, name):
        return self.admin("POST", path, {"kind": kind, "name": name, "reason": "the tests", "by": "a test"})

    def call(self, method, path, headers, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def command(self, *arguments):
        return subprocess.run(
            [*TIDEWAITER, *arguments], capture_output=True, text=True, cwd=ROOT, check=False, timeout=60
        )


class Load:
    """Callers on connections that are kept, until told to stop. Each fate is a status, or the name of a failure."""

    def __init__(self, port, requests, callers=4, pause=0.01):
        self.fates = []
        self._port, self._requests, self._pause = port, requests, pause
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(n,), daemon=True) for n in range(callers)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        until(lambda: len(self.fates) > 20, 30)
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(30)

    def _call(self, number):
        connection = None
        while not self._stop.is_set():
            method, path, headers, body = self._requests[number % len(self._requests)]
            number += 1
            try:
                if connection is None:
                    connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
                connection.request(method, path, body, headers)
                answer = connection.getresponse()
                answer.read()
                self.fates.append(answer.status)
                if answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except (OSError, http.client.HTTPException) as error:
                self.fates.append(type(error).__name__)
                connection.close()
                connection = None
            self._stop.wait(self._pause)
        if connection is not None:
            connection.close()

    def but(self, *statuses):
        return [fate for fate in self.fates if fate not in statuses]


def patient(folder):
    """Let the system take its time: a busy machine is no fault of the gateway."""
    path = folder / "systems/erp.yaml"
    described = json.loads(path.read_text())
    path.write_text(json.dumps({**described, "timeouts": {"first_byte_seconds": 20, "total_seconds": 25}}))


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] != "Z"
    except OSError:
        return False


def until(true, seconds=20):
    """Wait until it is; AssertionError where that takes longer."""
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it took too long"
        time.sleep(0.02)


def kill(pid):
    os.kill(pid, signal.SIGKILL)
