"""Parent and workers as processes: killed, reloaded, drained, restarted, under load."""

import json
import signal
import socket
import time

import pytest
from flows_workspace import key_set, token, write_workspace
from processes import Load, Served, alive, kill, patient, until
from scripted import Scripted

from governance.demo.process import free_ports

pytestmark = pytest.mark.timeout(180)

ORDER = "/orders/v1/orders/4711"


@pytest.fixture(scope="module")
def system():
    made = Scripted()
    made.jwks = key_set()
    yield made
    made.close()


def workspace(folder, system):
    write_workspace(folder, system.port, free_ports(1)[0])
    patient(folder)
    return folder


@pytest.fixture
def folder(tmp_path, system):
    return workspace(tmp_path / "ws", system)


@pytest.fixture(scope="module")
def single_running(tmp_path_factory, system):
    with Served(workspace(tmp_path_factory.mktemp("single") / "ws", system), workers=1) as served:
        yield served


@pytest.fixture(scope="module")
def pair_running(tmp_path_factory, system):
    with Served(workspace(tmp_path_factory.mktemp("pair") / "ws", system), workers=2) as served:
        yield served


@pytest.fixture
def single(single_running):
    """One worker, with settings that are its own again when the test has ended."""
    before = single_running.settings
    yield single_running
    single_running.write(before)


@pytest.fixture
def pair(pair_running):
    """Two workers, that are there again when the test has ended."""
    yield pair_running
    until(lambda: pair_running.metric("tidewaiter_workers") == 2, 60)


@pytest.fixture
def bearer(system):
    return lambda name="shop": {
        "Authorization": f"Bearer {token(system.port, name)}",
        "Content-Type": "application/json",
    }


@pytest.fixture
def requests(bearer):
    headers = bearer()
    return [
        ("GET", ORDER, headers, None),
        ("POST", "/orders/v1/orders", headers, b'{"customer": "C"}'),
        ("GET", "/orders/v1/orders", headers, None),
    ]


def test_a_killed_worker_is_replaced_and_only_its_calls_are_lost(pair, requests):
    with Load(pair.port, requests) as load:
        before = pair.worker_pids()
        restarts = pair.metric("tidewaiter_worker_restarts_total")
        told = pair.errors.read_text().count("was ended by signal 9; another one starts")

        kill(before[0])

        until(lambda: len(pair.worker_pids()) == 2 and before[0] not in pair.worker_pids(), 60)
        until(lambda: pair.metric("tidewaiter_workers") == 2, 60)
        seen = len(load.fates)
        until(lambda: len(load.fates) > seen + 50)
        load.stop()
        lost = load.but(200, 201)
        # Each caller has one call at a time: more than one each would be calls that another worker should have had.
        assert len(lost) <= 4, lost
        assert all(isinstance(fate, str) for fate in lost), "nobody got an error for an answer"
        assert pair.metric("tidewaiter_worker_restarts_total") == restarts + 1
        assert pair.errors.read_text().count("was ended by signal 9; another one starts") == told + 1


def test_counts_outlive_the_worker_that_counted(single, requests):
    method, path, headers, body = requests[0]
    name = 'tidewaiter_calls_total{api="orders",operation="getOrder",status="200",version="1.1"}'
    before, restarts = single.metric(name) or 0, single.metric("tidewaiter_worker_restarts_total")
    for _ in range(5):
        assert single.call(method, path, headers, body)[0] == 200
    assert single.metric(name) == before + 5

    kill(single.worker_pids()[0])

    until(lambda: single.metric("tidewaiter_worker_restarts_total") == restarts + 1, 60)
    until(lambda: single.metric("tidewaiter_workers") == 1, 60)
    assert single.call(method, path, headers, body)[0] == 200
    assert single.metric(name) == before + 6


def test_reloads_under_load_fail_no_call_and_keep_counters(single, requests, bearer):
    limited = bearer("daily")
    first = [single.call("GET", ORDER, limited)[0] for _ in range(2)]
    assert first == [200, 429]
    digests = set()
    with Load(single.port, requests) as load:
        for number in range(10):
            single.write({**single.settings, "cors": {"max_age_seconds": number}})
            status, told = single.admin("POST", "/reload")
            assert status == 200, told
            digests.add(told["release"])
            assert single.call("GET", ORDER, limited)[0] == 429, "the limit was forgotten"
    assert load.but(200, 201) == []
    assert len(digests) == 10
    assert f'digest="{told["release"]}"' in single.page("/metrics")[1]


def test_a_broken_workspace_is_refused_whole_and_the_old_one_serves_on(pair, requests):
    digest = pair.admin("GET", "/status")[1]["release"]
    restarts = pair.metric("tidewaiter_worker_restarts_total")
    files = [pair.folder / "systems/erp.yaml", pair.folder / "entities/two.yaml"]
    good = [file.read_text() for file in files]
    files[0].write_text('{"owner": "it", "ulr": "x"}')
    files[1].write_text('{"name": 3}')

    status, told = pair.admin("POST", "/reload")

    assert status == 422
    assert {fault["file"] for fault in told["faults"]} >= {"systems/erp.yaml", "entities/two.yaml"}
    done = pair.command("reload", str(pair.folder))
    assert (done.returncode, "not reloaded: the old release serves on" in done.stderr) == (1, True)
    assert "systems/erp.yaml" in done.stderr
    assert pair.admin("GET", "/status")[1]["release"] == digest
    # A worker that is replaced now loads what is active, not what lies there broken.
    kill(pair.worker_pids()[0])
    until(lambda: pair.metric("tidewaiter_worker_restarts_total") == restarts + 1, 60)
    until(lambda: pair.metric("tidewaiter_workers") == 2, 60)
    assert pair.call(*requests[0])[0] == 200
    for file, text in zip(files, good, strict=True):
        file.write_text(text)


def test_a_listener_or_a_store_is_not_moved_by_a_reload(single):
    single.write({**single.settings, "public": {"port": single.port + 1}, "ledger": "elsewhere.sqlite"})

    status, told = single.admin("POST", "/reload")

    assert status == 422
    assert [fault["pointer"] for fault in told["faults"]] == ["/public", "/ledger"]
    text = (single.folder / "tidewaiter.yaml").read_text()
    assert [fault["column"] for fault in told["faults"]] == [text.index('"public":') + 1, text.index('"ledger":') + 1]


def test_two_workers_in_memory_say_what_each_grants(pair):
    said = pair.errors.read_text()

    assert "limits are counted in memory: each of 2 workers grants its share, 1/2 of every limit" in said
    assert "  plan " in said


def test_sighup_reloads(single):
    before = single.errors.read_text().count("reloaded: sha256:")
    single.write({**single.settings, "name": "another"})
    single.process.send_signal(signal.SIGHUP)
    until(lambda: single.errors.read_text().count("reloaded: sha256:") == before + 1, 60)


def test_a_rolling_restart_fails_no_call(pair, requests):
    with Load(pair.port, requests) as load:
        before = set(pair.worker_pids())

        status, told = pair.admin("POST", "/restart")

        assert (status, told) == (200, {"replaced": 2, "cut": 0})
        assert not before & set(pair.worker_pids())
        seen = len(load.fates)
        until(lambda: len(load.fates) > seen + 30)
        load.stop()
        assert load.but(200, 201) == []


def test_a_drain_answers_every_call_that_was_taken_and_the_log_has_a_whole_line_of_each(folder, requests):
    with Served(folder) as served:
        with Load(served.port, requests, callers=6) as load:
            until(lambda: len(load.fates) > 300, 60)
            served.process.send_signal(signal.SIGTERM)
            until(lambda: not served.ready())
            time.sleep(0.2)  # who balances load has noticed
            load.stop()
        assert served.process.wait(60) == 0
        assert load.but(200, 201) == []
        assert not served.folder.joinpath(".tidewaiter/admin.json").exists()
        assert list(served.folder.glob(".tidewaiter/served-*")) == []
        lines = [json.loads(line) for line in served.log.read_text().splitlines()]
    assert len(lines) == len(load.fates)


def test_workers_end_with_a_parent_that_is_killed(folder):
    with Served(folder) as served:
        workers = served.worker_pids()
        assert len(workers) == 2

        kill(served.process.pid)
        served.process.wait()

        until(lambda: not any(alive(pid) for pid in workers), 30)
        with Served(folder) as again:  # and leave nothing in the way of the next one
            assert again.ready()
            assert len(list(folder.glob(".tidewaiter/served-*"))) == 1


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ({"store": {"kind": "redis"}}, "error[missing-key]"),
        ({"key_pepper": "secret:NOT_THERE"}, "NOT_THERE is not known to this node"),
    ],
)
def test_what_cannot_be_served_ends_with_2(folder, broken, said):
    served = Served(folder, workers=1, **broken).start(wait=False)
    assert served.process.wait(60) == 2
    assert said in served.errors.read_text()


def test_a_taken_port_is_told(folder):
    served = Served(folder)
    with socket.create_server(("127.0.0.1", served.port)):
        served.start(wait=False)
        assert served.process.wait(60) == 2
    assert "the public listener cannot bind" in served.errors.read_text()
