"""A gateway that runs answers no more what a decision let that has ended, and says so everywhere."""

import json
import shutil
import time
from datetime import UTC, datetime, timedelta

import pytest
from released import Node
from released_gateway import ORDERS, Gateway

from gateway.release_file import read_release
from gateway.releases.log import read_log
from governance.cli.main import main
from governance.release.build import judge_workspace, release_of
from governance.release.open_changes import what_is_open

pytestmark = pytest.mark.timeout(240)

CONTRACT = "contracts/sales/1.0.yaml"
TODAY = datetime.now(UTC).date()
ONE = f"{ORDERS}/SO-1001"
UNTIL = (datetime.now(UTC) + timedelta(hours=20)).replace(microsecond=0)
MOMENT = f"{UNTIL:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    """Live is `second`: its tighter limit of listOrders is let until tomorrow, and stops then."""
    node = Node(tmp_path_factory.mktemp("stops") / "n", threshold=1)
    made = Gateway(node, workers=1)
    node.build("first")
    node.edit(CONTRACT, "maximum: 100\n", "maximum: 50\n")
    node.build("second", "first", until=UNTIL, on_expiry="stop")
    node.activate("first")
    node.activate("second")
    with made:
        yield made


@pytest.fixture
def of_node(gateway, tmp_path, capsys):
    """Run a command on a workspace whose node is the gateway's: (exit code, stdout, stderr)."""
    node = gateway.node
    shutil.copytree(node.ws, tmp_path, ignore=shutil.ignore_patterns(".tidewaiter"), dirs_exist_ok=True)
    (tmp_path / ".tidewaiter").symlink_to(node.own)

    def run(*arguments):
        capsys.readouterr()
        code = main([*map(str, arguments), "-w", str(tmp_path)])
        told = capsys.readouterr()
        return code, told.out, told.err

    return run


EXPLAIN = ("explain", "call", "GET", ORDERS, "--consumer", "first-app", "-e", "prod")


def ask(gateway, path=ORDERS):
    return gateway.call("GET", path, {"X-API-Key": gateway.node.started.key})


def at_its_end(gateway):
    """The node knew it to be later than the decision's end; the clock of the machine was turned back since."""
    kept = gateway.node.own / "activated.json"
    tree = json.loads(kept.read_text())
    tree["ws"]["prod"] |= {"latest": UNTIL.timestamp() + 1, "boot": "", "passed": 0}
    kept.write_text(json.dumps(tree))


def test_what_was_let_until_a_moment_from_beginning_to_end(gateway, of_node):
    """One story in its order."""
    before_its_end_it_is_served_and_told(gateway, of_node)
    gateway.end()
    at_its_end(gateway)
    gateway.start()
    after_its_end_it_is_answered_no_more_and_the_rest_is(gateway, of_node)
    a_newer_decision_brings_it_back(gateway)
    so_do_people_who_say_that_the_clock_is_right(gateway)


def before_its_end_it_is_served_and_told(gateway, of_node):
    assert ask(gateway)[0] == 200
    told = gateway.errors.read_text()
    assert (
        f"warning: the decision second ends within 1 day, on {MOMENT}: gateways then answer no more, until a release with a "
        "newer decision is activated: GET /orders of sales@1.0 for every entity" in told
    )
    assert gateway.metric("tidewaiter_operations_stopped") == 0
    assert gateway.metric("tidewaiter_operations_next_stop_timestamp_seconds") == UNTIL.timestamp()
    code, out, _ = of_node(*EXPLAIN)
    assert (code, f"the decision second lets it until {MOMENT}, and stops it then" in out) == (0, True)


def after_its_end_it_is_answered_no_more_and_the_rest_is(gateway, of_node):
    answers = [ask(gateway) for _ in range(8)]
    assert {status for status, _, _ in answers} == {403}
    _, headers, body = answers[0]
    problem = json.loads(body)
    assert problem["type"].endswith("/-/problems/approval-ended")
    assert f"was approved for the entity acme until {MOMENT}" in problem["detail"]
    assert {name.lower() for name in headers}.isdisjoint({"retry-after"})
    assert b"second" not in body
    assert gateway.call("GET", "/-/problems/approval-ended", {})[0] == 200
    assert ask(gateway, ONE)[0] == 200

    told = "gateways answer no more, until a release with a newer decision is activated: GET /orders of sales@1.0"
    assert f"warning: the decision second ended on {MOMENT}: {told}" in gateway.errors.read_text()
    assert gateway.metric("tidewaiter_operations_stopped") == 1
    assert gateway.metric("tidewaiter_approvals_ended") == 1

    code, out, _ = of_node(*EXPLAIN)
    named = f"the decision second let sales@1.0 until {MOMENT}: on_expiry: stop"
    assert (code, named in out) == (1, True)
    code, out, err = of_node("why", problem["instance"], "-e", "prod", "--log", gateway.log)
    assert code == 0, err
    assert named in out
    assert "approval" in out


def a_newer_decision_brings_it_back(gateway):
    node = gateway.node
    held = f"release:{node.folder}/second.json"
    late = UNTIL + timedelta(seconds=1)
    judged = judge_workspace(node.ws, "prod", held, node.trust, late, TODAY)
    assert [one.change.name for one in judged.uncovered] == ["sales@1.0"]
    node.draft("again", what_is_open(judged), until=UNTIL + timedelta(days=90), on_expiry="stop")
    node.sign("again")
    judged = judge_workspace(node.ws, "prod", held, node.trust, late, TODAY)
    path = node.folder / "third.json"
    path.write_bytes(release_of(judged, node.ws, "dora").text())
    assert [one.name for one in read_release(path)[0].head.ends] == ["again"]
    key = ("--key", str(node.key("anna")), "-w", str(node.home), "-e", "prod", "--no-portal")
    assert main(["release", "activate", str(path), *key]) == 0
    assert {ask(gateway)[0] for _ in range(6)} == {200}
    assert gateway.metric("tidewaiter_operations_stopped") == 0
    assert time.time() < UNTIL.timestamp()
    assert main(["release", "rollback", "--reason", "as before", *key]) == 0
    assert {ask(gateway)[0] for _ in range(6)} == {403}


def so_do_people_who_say_that_the_clock_is_right(gateway):
    node = gateway.node
    assert gateway.metric("tidewaiter_clock_off_seconds") < -3600
    key = ("--key", str(node.key("anna")), "-w", str(node.home), "-e", "prod", "--no-portal")
    live = read_log(node.log.parent).live.release
    assert main(["release", "rollback", live, "--reason", "as it was", *key]) == 0
    assert {ask(gateway)[0] for _ in range(6)} == {403}
    assert main(["release", "rollback", live, "--clock-is-right", "--reason", "a wrong time server", *key]) == 0
    assert {ask(gateway)[0] for _ in range(6)} == {200}
    assert gateway.metric("tidewaiter_clock_off_seconds") == 0
