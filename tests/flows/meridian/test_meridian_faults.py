"""What each fault of the simulated systems gets: the exact status, problem, fault and effect, in time, and no leak."""

import time
from pathlib import Path

import pytest
import yaml
from meridian import FIRST_BYTE_SECONDS, LONGEST_SECONDS

ROWS = yaml.safe_load((Path(__file__).parent / "faults.yaml").read_text(encoding="utf-8"))
SYSTEMS = {"s4-eu": "s4", "bc-us": "bc"}
CASES = [(name, row) for row in ROWS for name in SYSTEMS if row.get("at", name) == name]
LONG = {"slow", "drip", "stall"}


def expected(text):
    """Status, problem, fault and effect of a row's entry."""
    status, *words = text.split()
    return (int(status), *("" if word == "-" else word for word in words))


def answers(row, kind):
    """What a row allows; two where it depends on which pieces the answer came in."""
    first = expected(row[kind])
    return {first, (*expected(row["late"]), *first[2:])} if "late" in row else {first}


def got(told):
    line = told.line
    return (told.status, told.problem, line.get("fault", ""), line["effect"])


def judged(told):
    return told.line.get("contract", {}).get("answer", "")


def bounded(told, fault):
    assert told.seconds < LONGEST_SECONDS
    if fault in LONG:
        assert told.seconds > FIRST_BYTE_SECONDS / 2


def problem_is_whole(told):
    """What stands in the problem detail is what the line says."""
    if told.problem:
        detail = told.json
        line = told.line
        assert (detail["status"], detail["fault"], line["problem"]) == (told.status, line["fault"], told.problem)
        assert detail.get("effect", "none") == line["effect"]
        assert detail["correlation"] == line["id"]


@pytest.fixture
def system(request):
    return request.getfixturevalue(SYSTEMS[request.getfixturevalue("name")])


def case_id(value):
    return value if isinstance(value, str) else value["fault"]


@pytest.mark.parametrize("name", SYSTEMS)
def test_the_table_is_whole(name, system):
    known = [fault["name"] for fault in system.control("faults")["faults"]]

    assert sorted(known) == sorted(row["fault"] for on, row in CASES if on == name)
    assert len(known) == len(set(known)) >= 30


@pytest.mark.parametrize(("name", "row"), CASES, ids=case_id)
def test_a_read(name, row, system):
    system.misbehave(row["fault"])

    told = system.read()

    assert got(told)[:3] in answers(row, "read")
    assert got(told)[3] == "none"
    assert judged(told) == ("violates" if "violates" in row.get("judged", "") else "")
    assert told.leaks() == []
    problem_is_whole(told)
    bounded(told, row["fault"])
    assert len(system.asked("GET")) <= 4, "three attempts, and one more where the connection was stale"


@pytest.mark.parametrize(("name", "row"), CASES, ids=case_id)
def test_a_write(name, row, system):
    (applied,) = [f["applied"] for f in system.control("faults")["faults"] if f["name"] == row["fault"]]
    before = system.orders()
    system.misbehave(row["fault"])

    told = system.write()

    assert got(told) in answers(row, "write")
    passed = "passed" in row.get("judged", "")
    assert judged(told) == ("violates (let through)" if passed else "")
    assert told.headers.get("contract-check", "") == ("answer=violates" if passed else "")
    assert told.leaks() == []
    problem_is_whole(told)
    bounded(told, row["fault"])
    sent = [status for status in system.asked("POST") if status not in (401, 403, 429)]
    assert len(sent) <= 1, "a write is never sent twice, but where the system said that nothing was written"
    assert system.orders() - before == applied
    if told.line["effect"] == "none":
        assert not applied


@pytest.mark.parametrize("fault", ["csrf-expired", "session-lost"])
def test_a_session_that_ended_is_renewed_and_the_order_placed_once(fault, s4):
    before = s4.orders()
    s4.misbehave(fault, times=1)

    told = s4.write()

    assert got(told) == (201, "", "", "applied")
    assert (s4.asked("POST"), s4.asked("GET"), s4.orders()) == ([403, 201], [200], before + 1)


def test_a_revoked_token_is_replaced_for_a_read(bc):
    bc.misbehave("token-revoked", times=1)

    assert got(bc.read()) == (200, "", "", "none")
    assert (bc.asked("GET"), bc.asked("POST")) == ([401, 200], [200])


@pytest.mark.parametrize("fault", ["down", "down-after"])
@pytest.mark.parametrize("name", SYSTEMS)
def test_a_read_on_a_connection_that_was_lost_is_sent_once_more(name, system, fault):
    system.misbehave(fault, times=1)

    assert got(system.read()) == (200, "", "", "none")
    assert system.asked("GET") == [0, 200]


@pytest.mark.parametrize("name", SYSTEMS)
def test_an_answer_that_nobody_asked_for_reaches_nobody(name, system):
    system.misbehave("two-answers", times=1)
    before = system.orders()

    for kind in ("read", "read", "write"):
        told = getattr(system, kind)()
        assert b"stray" not in told.body
        assert told.status in (200, 201)
        time.sleep(0.1)  # what comes after the next request was sent looks like its answer to anybody
    assert system.orders() == before + 1


@pytest.mark.parametrize("name", SYSTEMS)
def test_links_that_lead_elsewhere_are_gone(name, system):
    system.misbehave("foreign-host-link", times=1)

    told = system.write()

    assert told.status == 201
    assert "location" not in told.headers
    assert b"elsewhere" not in told.body


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("naming", ["escaped", "unicode", "upper", "percent", "percent-host", "mixed"])
def test_links_lead_to_the_gateway_however_they_are_written(naming, name, system):
    system.control("settings", {"naming": naming})

    told = system.write()

    assert (told.status, told.leaks()) == (201, [])
    assert system.call("GET", told.leads(told.headers["location"])).status == 200


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_length_that_is_too_small_is_no_answer(name, system):
    system.misbehave("wrong-length", options={"more": -5})

    assert system.read().status == 502


def test_when_to_come_again_is_passed_on(s4):
    s4.misbehave("503", options={"retry_after": 7})

    assert (s4.write().headers["retry-after"], s4.read().status) == ("7", 503)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("slow", "The system sent no answer within 0.7 seconds."),
        ("stall", "The system sent nothing more of its answer within 0.5 seconds."),
        ("drip", "The system did not answer completely within 1.2 seconds."),
    ],
)
def test_each_timeout_is_told_apart(fault, said, s4):
    s4.misbehave(fault)

    assert s4.read().json["detail"] == said


def test_the_logs_and_metrics_of_all_this_name_no_system_and_no_secret(meridian, s4, bc):
    """Whatever went wrong before: this looks at the whole logs, and stands last for that."""
    for system in (s4, bc):
        system.misbehave("html", times=1)
        assert system.write().problem == "system-answer-broken"
    folder = meridian.fleet.folder

    assert len((folder / "access.log").read_text().splitlines()) > 4
    for text in ((folder / "access.log").read_text(), (folder / "gateway.log").read_text(), meridian.fleet.metrics()):
        assert meridian.leaks_in(text) == []
