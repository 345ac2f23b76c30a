"""Switched off by the admin listener: in every worker, at once, whatever is cached, and through every restart."""

import json
import re
import stat
import time

import pytest
from flows_workspace import key_set, token, write_workspace
from processes import Served, kill
from scripted import Scripted

from governance.demo.process import free_ports

pytestmark = pytest.mark.timeout(180)

ORDER = "/orders/v1/orders/4711"


class Workspace:
    """A workspace with its system, its key, and a gateway of two workers."""

    def __init__(self, folder):
        self.system = Scripted()
        self.system.jwks = key_set()
        self.key, _ = write_workspace(folder, self.system.port, free_ports(1)[0])
        self.served = Served(folder, workers=2)

    def problem(self, consumer="shop", entity="one", path=ORDER, key=None):
        """What one call meets: the name of a problem, or nothing."""
        headers = {"Authorization": f"Bearer {token(self.system.port, consumer)}", "X-Entity": entity}
        status, told, body = self.served.call("GET", path, {"X-API-Key": key} if key else headers)
        retry = told.get("retry-after")
        return (json.loads(body)["type"].rsplit("/", 1)[-1], status, retry) if status >= 400 else ("", status, retry)

    def everywhere(self, problem, seconds=5, **call):
        """How soon every one of 30 calls in a row, each on a connection of its own, meets it."""
        started = time.monotonic()
        while {self.problem(**call)[0] for _ in range(30)} != {problem}:
            assert time.monotonic() < started + seconds
        return time.monotonic() - started


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    made = Workspace(tmp_path_factory.mktemp("switches") / "ws")
    with made.served:
        yield made
    made.system.close()


@pytest.mark.parametrize(
    ("kind", "name", "problem", "status", "call"),
    [
        ("consumer", "shop", "consumer-suspended", 403, {}),
        ("issuer", "main", "issuer-suspended", 403, {}),
        ("entity", "two", "entity-suspended", 503, {"entity": "two"}),
        ("system", "erp", "system-suspended", 503, {}),
        ("operation", "orders/getOrder", "operation-suspended", 503, {}),
        ("operation", "orders@1.1/getOrder", "operation-suspended", 503, {}),
    ],
)
def test_in_force_in_every_worker_and_taken_again(kind, name, problem, status, call, workspace):
    assert workspace.everywhere("", **call) < 5  # each worker has verified the token

    told = workspace.served.switch("/suspend", kind, name)

    assert told == (200, {"in_force": True, "kept": True, "known": True, "workers": 2})
    assert {workspace.problem(**call)[:2] for _ in range(30)} == {(problem, status)}, "not in force when it was told"
    assert (workspace.problem(**call)[2] is not None) == (status == 503)
    assert workspace.served.admin("GET", "/suspended")[1]["suspended"][0]["reason"] == "the tests"
    assert workspace.served.switch("/resume", kind, name)[0] == 200
    assert {workspace.problem(**call)[0] for _ in range(30)} == {""}
    assert workspace.served.switch("/resume", kind, name)[0] == 404


def test_one_key_and_nothing_else_of_its_consumer(workspace):
    workspace.everywhere("", key=workspace.key)
    workspace.served.switch("/suspend", "key", workspace.key.split("_")[1])
    try:
        assert {workspace.problem(key=workspace.key)[:2] for _ in range(20)} == {("key-suspended", 403)}
        assert workspace.problem()[0] == ""
    finally:
        workspace.served.switch("/resume", "key", workspace.key.split("_")[1])


def test_others_go_on(workspace):
    workspace.served.switch("/suspend", "operation", "orders@1.0/getOrder")
    workspace.served.switch("/suspend", "entity", "two")
    try:
        assert workspace.problem()[0] == ""
        assert workspace.problem("chain", "one")[0] == ""
    finally:
        workspace.served.switch("/resume", "operation", "orders@1.0/getOrder")
        workspace.served.switch("/resume", "entity", "two")


def test_a_name_that_nobody_has_is_told_and_kept(workspace):
    status, told = workspace.served.switch("/suspend", "consumer", "shpo")
    assert (status, told["known"], told["kept"]) == (200, False, True)
    assert workspace.served.switch("/resume", "consumer", "shpo")[0] == 200


def test_it_outlives_workers_reloads_and_a_killed_parent(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    with workspace.served as served:
        workspace.everywhere("")
        assert served.switch("/suspend", "consumer", "shop")[0] == 200
        for pid in served.worker_pids():
            kill(pid)
        assert workspace.served.admin("POST", "/reload")[0] in (200, 503)
        workspace.everywhere("consumer-suspended", 60)

        kill(served.process.pid)
        served.process.wait()
        served.start()

        assert {workspace.problem()[0] for _ in range(30)} == {"consumer-suspended"}, "revived by a restart"
        assert served.switch("/resume", "consumer", "shop")[0] == 200
        assert workspace.everywhere("") < 5
    workspace.system.close()


def test_the_commands(workspace):
    folder = str(workspace.served.folder)
    at = ("--workspace", folder)
    run = workspace.served.command

    done = run("suspend", "consumer", "chain", "--reason", "its key leaked \x1b[31m", *at)
    assert (done.returncode, "is suspended in 2 workers" in done.stderr) == (0, True), done.stderr
    assert workspace.problem("chain")[0] == "consumer-suspended"
    listed = run("suspended", *at)
    assert "consumer  chain" in listed.stdout
    assert "\x1b" not in listed.stdout
    (turn,) = json.loads(run("suspended", "--format", "json", *at).stdout)
    assert (turn["name"], turn["suspended"]) == ("chain", True)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", turn["at"])
    assert run("resume", "consumer", "chain", "--reason", "a new one", *at).returncode == 0
    assert run("resume", "consumer", "chain", "--reason", "again", *at).returncode == 1
    assert run("suspend", "consumer", "nobody", "--reason", "x", *at).returncode == 1
    assert run("resume", "consumer", "nobody", "--reason", "x", *at).returncode == 0
    assert run("suspend", "castle", "x", "--reason", "x", *at).returncode == 2
    nowhere = run("suspend", "consumer", "x", "--reason", "x", "--workspace", str(workspace.served.folder.parent))
    assert (nowhere.returncode, "no gateway serves" in nowhere.stderr) == (2, True)


def test_the_door_opens_to_the_token_only(workspace):
    served = workspace.served
    files = [served.folder / ".tidewaiter" / name for name in ("admin.json", "admin.token")]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert served.admin("GET", "/status", Authorization="Bearer wrong")[0] == 401
    assert served.admin("GET", "/status", Authorization="")[0] == 401
    assert served.admin("GET", "/status", Host="evil.example")[0] == 421
    assert served.admin("GET", "/status", Origin="http://127.0.0.1")[0] == 403
    assert served.admin("GET", "/status", Cookie="a=b")[0] == 403
    assert served.admin("GET", "/nothing")[0] == 404
    assert served.admin("GET", "/reload")[0] == 405
    assert served.admin("POST", "/suspend", {"kind": "consumer"})[0] == 400
    assert served.admin("POST", "/suspend", {"kind": "x", "name": "x", "reason": "x", "by": ""})[0] == 400
    assert served.admin("GET", "/status")[0] == 200
    assert served.page("/status")[0] == 404, "health is not admin"


def test_a_ledger_that_cannot_be_read_is_not_served(tmp_path):
    workspace = Workspace(tmp_path / "ws")
    (tmp_path / "ws/.tidewaiter/ledger.sqlite").write_bytes(b"no database at all" * 100)

    workspace.served.start(wait=False)

    assert workspace.served.process.wait(60) == 2
    assert "what is suspended cannot be read" in workspace.served.errors.read_text()
    workspace.system.close()
