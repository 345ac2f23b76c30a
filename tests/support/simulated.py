"""The example's simulators as child processes, and a plain HTTP client for them."""

import http.client
import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

EXAMPLE = Path(__file__).resolve().parent.parent.parent / "examples" / "meridian"
SECRETS = {"S4_USER": "GATEWAY", "S4_PASSWORD": "pass:word", "BC_CLIENT_ID": "gw", "BC_CLIENT_SECRET": "s%cret+"}


@dataclass
class Got:
    status: int
    headers: list
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    def header(self, name):
        return ", ".join(value for key, value in self.headers if key.lower() == name)

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name]


class Simulated:
    """One running simulator. `stop` ends it and tells its exit code."""

    def __init__(self, name, state, *, port=0, seed=1, wait=True):
        environment = {**os.environ, **{f"TIDEWAITER_SECRET_{key}": value for key, value in SECRETS.items()}}
        command = [sys.executable, str(EXAMPLE / "simulators" / f"{name}.py"), "--port", str(port)]
        self.process = subprocess.Popen(
            [*command, "--state", str(state), "--seed", str(seed)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            cwd=state,
        )
        self.port = 0
        if wait:
            watchdog = threading.Timer(20, self.process.kill)
            watchdog.start()
            word, _, port_text = self.process.stdout.readline().decode().strip().partition(" ")
            watchdog.cancel()
            assert word == "ready", self.process.stderr.read().decode()
            self.port = int(port_text)

    def stop(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            out, err = self.process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.communicate()
            raise
        self.said = (out + err).decode()
        return self.process.returncode

    def call(self, method, target, headers=None, body=None, timeout=10):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.putrequest(method, target, skip_accept_encoding=True)
            given = dict(headers or {})
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
                given.setdefault("content-type", "application/json")
            if body is not None:
                given["content-length"] = str(len(body))
            for name, value in given.items():
                connection.putheader(name, value)
            connection.endheaders(body)
            answer = connection.getresponse()
            return Got(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def control(self, path, body=None):
        got = self.call("GET" if body is None else "POST", f"/__control/{path}", body=body)
        assert got.status == 200, got.body
        return got.json

    def misbehave(self, fault, times=1, match=None, **options):
        self.control("misbehave", {"fault": fault, "times": times, "match": match or {}, "options": options})


def options(**given):
    """A query string; an underscore in front of a name is a dollar sign."""
    return urlencode({name.replace("_", "$", 1) if name[0] == "_" else name: value for name, value in given.items()})
