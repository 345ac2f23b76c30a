"""A node with a real trust root serves what was activated, takes the next one without losing a call, forgets nothing."""

import json
import shutil

import pytest
from processes import Load, kill, until
from released import Node
from released_gateway import ORDERS, Gateway

from gateway.release_file import digest_of
from governance.cli.main import main
from governance.release.live_here import live_here

pytestmark = pytest.mark.timeout(240)

CONTRACT = "contracts/sales/1.0.yaml"
MARK = "tidewaiter-served"


def fates(gateway):
    """Of some calls. Refused often enough, an address is answered with 429."""
    return {gateway.order()[0] for _ in range(6)}


@pytest.fixture
def release(capsys):
    """Run `tidewaiter release` in this process: (exit code, stdout, stderr)."""

    def run(*arguments):
        capsys.readouterr()
        code = main(["release", *map(str, arguments)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    node = Node(tmp_path_factory.mktemp("served") / "n", threshold=1)
    made = Gateway(node)
    node.build("first")
    node.activate("first")
    with made:
        yield made


def digest(node, name):
    return digest_of((node.folder / f"{name}.json").read_bytes())


@pytest.fixture
def of_node(gateway, tmp_path, capsys):
    """Run a command on a workspace whose node is the gateway's: (exit code, stdout)."""
    node = gateway.node
    shutil.copytree(node.ws, tmp_path, ignore=shutil.ignore_patterns(".tidewaiter"), dirs_exist_ok=True)
    (tmp_path / ".tidewaiter").symlink_to(node.own)

    def run(*arguments):
        capsys.readouterr()
        code = main([*map(str, arguments), "-w", str(tmp_path)])
        return code, capsys.readouterr().out

    return run


EXPLAIN = ("explain", "call", "GET", ORDERS, "--consumer", "first-app", "-e", "prod")


def test_a_served_node_from_its_first_release_on(gateway, release, of_node):
    """One story in its order: each part begins where the one before left the node."""
    from_one_release_to_the_next_and_back_without_losing_a_call(gateway, release)
    what_is_revoked_holds_at_once_and_through_restart_and_return(gateway, release, of_node)
    a_store_that_lost_something_is_not_served_at_start(gateway, of_node)


def from_one_release_to_the_next_and_back_without_losing_a_call(gateway, release):
    node = gateway.node
    status, headers, _ = gateway.order()
    assert (status, MARK in {name.lower() for name in headers}) == (200, False)
    assert gateway.release == digest(node, "first")
    page = gateway.call("GET", "/-/", {})[2]
    assert (b"Contracts" in page, b"For development" in page) == (True, False)

    node.edit(CONTRACT, "openapi:", "# a note\nopenapi:")
    second = node.build("second", "first")
    key = ("--key", node.key("anna"), "-w", node.home, "-e", "prod", "--no-portal")
    with Load(gateway.port, [("GET", ORDERS, {"X-API-Key": node.started.key}, None)], callers=2, pause=0.1) as load:
        code, out, told = release("activate", second, *key)
        assert (code, out) == (0, digest(node, "second") + "\n"), told
        assert "activation 2: the gateway serves it in prod" in told
        assert gateway.release == digest(node, "second")
        assert release("activate", second, *key)[2].splitlines()[-1] == "activation 2: it is active already in prod"

        code, _, told = release("rollback", "--reason", "the ERP is slow", *key)
        assert code == 0, told
        assert gateway.release == digest(node, "first")

        # Refused by the gateway: the old one goes on, and nothing was taken.
        node.edit("tidewaiter.yaml", "key_pepper: secret:KEY_PEPPER", "key_pepper: secret:OTHER")
        worse = node.build("worse", "first")
        code, _, told = release("activate", worse, *key)
        assert (code, "secret:OTHER" in told) == (2, True), told
        assert gateway.release == digest(node, "first")
        node.edit("tidewaiter.yaml", "key_pepper: secret:OTHER", "key_pepper: secret:KEY_PEPPER")
        node.edit("tidewaiter.yaml", "bounds:", "ledger: .tidewaiter/other.sqlite\nbounds:")
        code, _, told = release("activate", node.build("restart", "first"), *key)
        assert (code, "needs-restart" in told, "while it is down" in told) == (2, True, True), told
        assert gateway.release == digest(node, "first")
        node.edit("tidewaiter.yaml", "ledger: .tidewaiter/other.sqlite\nbounds:", "bounds:")
    # More than the plan lets through is answered, too.
    assert load.but(200, 429) == []

    listed = json.loads(release("list", "-e", "prod", "-w", node.home, "--format", "json")[1])
    assert [(row["sequence"], row["release"], row["live"]) for row in listed] == [
        (1, digest(node, "first"), False), (2, digest(node, "second"), False), (3, digest(node, "first"), True)
    ]  # fmt: skip


def what_is_revoked_holds_at_once_and_through_restart_and_return(gateway, release, of_node):
    node = gateway.node
    key = ("--key", node.key("anna"), "-w", node.home, "-e", "prod", "--reason", "stolen")
    assert gateway.order()[0] in (200, 429)
    code, _, told = release("withdraw", digest(node, "second"), "--consumer", "first-app", *key)
    assert code == 0, told
    assert "in force in the gateway" in told
    assert 200 not in fates(gateway)
    code, out = of_node(*EXPLAIN)
    named = "consumer first-app was withdrawn for good by anna, reason: stolen (revocation 1)"
    assert (code, named in out) == (1, True), out
    assert "consumer-suspended" in out
    refused = next(body for status, _, body in (gateway.order() for _ in range(6)) if status == 403)
    code, out = of_node("why", json.loads(refused)["instance"], "-e", "prod", "--log", gateway.log)
    assert (code, named in out) == (0, True), out

    assert gateway.switch("/suspend", "entity", "acme")[0] == 200
    code, out = of_node("suspended")
    assert [(row.split()[0], row.split("Z  ")[1].split("  ")[0]) for row in out.splitlines()[1:]] == [
        ("entity", "resumed"), ("consumer", "for good")
    ], out  # fmt: skip
    gateway.process.kill()
    gateway.process.wait()
    gateway.workers = 1
    gateway.start()
    assert gateway.release == digest(node, "first")
    assert 200 not in fates(gateway)
    (worker,) = gateway.worker_pids()
    kill(worker)
    until(lambda: worker not in gateway.worker_pids() and gateway.metric("tidewaiter_workers") == 1, 60)
    assert 200 not in fates(gateway)

    told = gateway.admin("GET", "/suspended")[1]["suspended"]
    assert {(one["kind"], one["name"]) for one in told} == {("entity", "acme"), ("consumer", "first-app")}
    assert gateway.switch("/resume", "consumer", "first-app")[0] == 409

    code, _, told = release("rollback", digest(node, "second"), *key, "--no-portal")
    assert (code, "was withdrawn" in told) == (2, True)
    what_is_live_and_withdrawn_serves_on_and_says_so(gateway, release, key)


def what_is_live_and_withdrawn_serves_on_and_says_so(gateway, release, key):
    first = digest(gateway.node, "first")
    assert gateway.metric("tidewaiter_release_withdrawn") == 0
    assert release("withdraw", first, *key)[0] == 0
    until(lambda: gateway.metric("tidewaiter_release_withdrawn") == 1, 20)
    assert f"warning: the live release {first} was withdrawn" in gateway.errors.read_text()
    assert gateway.admin("GET", "/status")[1]["withdrawn"] == "stolen"
    code, out, _ = release("list", "-e", "prod", "-w", gateway.node.home)
    assert (code, "WITHDRAWN AND LIVE" in out) == (0, True)
    (live,) = live_here(gateway.node.home)
    assert (live.environment, live.release) == ("prod", first)
    assert "it was withdrawn (stolen), and serves until another one is activated" in live.warnings


def a_store_that_lost_something_is_not_served_at_start(gateway, of_node):
    node = gateway.node
    assert gateway.end() == 0
    code, out = of_node(*EXPLAIN)
    assert (code, "consumer first-app was withdrawn for good by anna" in out) == (1, True), out
    log = node.log.read_bytes()
    node.log.write_bytes(b"\n".join(log.split(b"\n")[:2]) + b"\n")
    assert of_node(*EXPLAIN)[0] == 2
    assert "this node has taken 5: something is missing" in gateway.refused()
    node.log.write_bytes(log)
    file = node.node().release_path(digest(node, "first"))
    text = file.read_bytes()
    file.write_bytes(text.replace(b"ACME", b"ACMF", 1))
    assert "is not what its digest says" in gateway.refused()
    file.write_bytes(text)
    for ledger in node.own.glob("ledger.sqlite*"):
        ledger.unlink()
    assert "the ledger has 0 turns of the switch, and this node has seen 1" in gateway.refused()
