"""A simulator starts, says so, keeps its data and ends cleanly."""

import signal
import socket

import pytest
from simulated import Simulated

NAMES = ("business_central", "s4hana", "issuer")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly(name, number, tmp_path):
    simulator = Simulated(name, tmp_path)
    assert simulator.call("GET", "/__control/state").status == 200
    assert simulator.stop(number) == 0
    assert simulator.said == ""


def test_it_ends_within_seconds_while_a_call_is_under_way(tmp_path):
    simulator = Simulated("s4hana", tmp_path)
    simulator.misbehave("slow", seconds=60)
    with socket.create_connection(("127.0.0.1", simulator.port)) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        assert simulator.stop() == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_port_in_use_is_said(name, tmp_path):
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        sock.listen()
        port = sock.getsockname()[1]
        simulator = Simulated(name, tmp_path, port=port, wait=False)
        _, said = simulator.process.communicate(timeout=20)
    assert simulator.process.returncode == 1
    assert said.decode() == f"port {port} cannot be used: Address already in use\n"


@pytest.mark.parametrize(("name", "kind"), [("s4hana", "A_SalesOrder"), ("business_central", "salesOrders")])
def test_the_seed_decides_the_data(name, kind, tmp_path):
    bodies = []
    for place, seed in enumerate((7, 7, 8)):
        folder = tmp_path / str(place)
        folder.mkdir()
        simulator = Simulated(name, folder, seed=seed)
        state = simulator.control("state")
        simulator.stop()
        assert state["rows"][kind] > 40
        bodies.append(state["rows"])
    assert bodies[0] == bodies[1]
    assert bodies[0] != bodies[2]


@pytest.mark.parametrize("name", NAMES)
def test_control_says_what_it_knows(name, tmp_path):
    simulator = Simulated(name, tmp_path)
    try:
        assert len(simulator.control("faults")["faults"]) >= 18
        for target, body, word in (
            ("nothing", {}, "there are: GET faults"),
            ("misbehave", {"fault": "dance"}, "`fault` is one of"),
            ("misbehave", {"fault": "cut", "time": 2}, "unknown: time"),
            ("misbehave", {"fault": "cut", "times": 0}, "`times` is"),
            ("misbehave", {"fault": "cut", "match": {"verb": "GET"}}, "not verb"),
            ("settings", {"colour": 1}, "there is no setting colour"),
        ):
            got = simulator.call("POST", f"/__control/{target}", body=body)
            assert (got.status, word in got.json["error"]) == (400, True), (target, got.body)
        assert simulator.call("POST", "/__control/misbehave", body=b"{").status == 400
    finally:
        simulator.stop()


def test_a_reset_ends_sessions_only_where_it_is_asked_to(s4, bc, orders):
    session, token = s4.session(), bc.token()
    for simulated in (s4.simulated, bc.simulated):
        simulated.control("reset", {})
    assert s4.write("PATCH", "/A_SalesOrder('4711')", {}, session=session).status == 428
    assert bc.call("GET", orders, token=token).status == 200
    for simulated in (s4.simulated, bc.simulated):
        simulated.control("reset", {"sessions": True})
    assert s4.write("PATCH", "/A_SalesOrder('4711')", {}, session=session).status == 403
    assert bc.call("GET", orders, token=token).status == 401
