"""Stated limits, tried on a system whose real ones are lower, higher, or told in ways that nobody recognises."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from fuzz_tape import PARTY, Tape
from fuzz_workspace import SECRETS
from limited_system import AGREED, LimitedSystem, tried

from contracts.workspace import load
from governance.fuzz.profile import _moved
from governance.fuzz.recording import read_recording
from governance.onboard.limit_run import LimitRun, _is_otherwise

AT_ONCE = {"name": "at-work", "unit": "concurrent", "amount": 4}
RATE = {"name": "rate", "unit": "requests", "amount": 12, "window_seconds": 0.5, "at_once": 12}


@pytest.fixture(autouse=True)
def _secrets(monkeypatch):
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def system_of():
    made = []

    def make(*arguments, **more):
        made.append(LimitedSystem(*arguments, **more))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_what_is_stated_holds_and_no_more_is_asked(tmp_path, system_of):
    """Real limits are higher; the agreed eight at once are more than the four that are stated."""
    system = system_of()

    rows, _ = tried(tmp_path, system, capacity=[AT_ONCE, RATE])

    assert (rows["at-work"].verdict, rows["at-work"].seen) == ("holds", "4 at once were answered")
    assert rows["rate"].verdict == "holds"
    assert rows["how it says no room"].verdict == "not reached"
    assert system.most_open <= 4
    assert system.rows.keys() == {*range(101, 108)}


@pytest.mark.parametrize(
    ("way", "words", "verdict", "do"),
    [
        ("429-after", "answered 429 with JSON and Retry-After 1, read as transient.capacity", "holds", ""),
        ("429", "answered 429 with JSON and no Retry-After, read as transient.capacity", "holds", "add Retry-After"),
        ("503", "answered 503 with JSON and no Retry-After, read as outage", "does not hold", "fault profile"),
        ("200-error", "answered 200 with JSON and no Retry-After, not recognised", "does not hold", "fault profile"),
        ("hangs", "gave no answer (timeout)", "does not hold", "fault profile"),
    ],
)
def test_a_limit_that_is_lower_than_stated(tmp_path, system_of, way, words, verdict, do):
    """It ends at the first sign: no step beyond, no other budget; what held is what is proposed."""
    system = system_of(way, at_once=2)

    rows, recording = tried(tmp_path, system, capacity=[AT_ONCE, RATE])

    assert rows["at-work"].verdict == "lower"
    assert rows["at-work"].seen.startswith(f"2 at once were answered; of 3 at once, it {words}")
    assert "amount: 2 for the budget at-work" in rows["at-work"].propose
    assert rows["rate"].verdict == "not probed"
    assert {one.about["level"] for one in recording.entries if "level" in one.about} == {1, 2, 3}
    said = rows["how it says no room"]
    assert (said.verdict, do in said.propose) == (verdict, True)
    assert rows["answers again"].verdict == "holds"
    if way == "hangs":
        assert rows["time to answer"].verdict == "lower"


def test_a_rate_that_is_lower_than_stated(tmp_path, system_of):
    stated = [{**AT_ONCE, "amount": 1}, {**RATE, "window_seconds": 5}]
    rows, _ = tried(tmp_path, system_of("429-after", in_window=8, window=5), capacity=stated)

    assert rows["rate"].verdict == "lower"
    assert "429" in rows["rate"].seen
    assert "state amount: 8 for the budget rate" in rows["rate"].propose
    assert rows["at-work"].verdict == "holds"


@pytest.mark.parametrize(
    ("agreed", "capacity", "limit", "why"),
    [
        ({"at_once": 2}, [AT_ONCE], "at-work", "no more than 2 at once were agreed: agree to 4"),
        ({"requests": 10}, [AT_ONCE], "at-work", "the 10 messages that are agreed were used up"),
        (
            {"seconds": 9, "requests": 15},
            [{**AT_ONCE, "amount": 1}, {**RATE, "amount": 200, "window_seconds": 60}],
            "rate",
            "its window of 60 seconds is not over within the 9",
        ),
    ],
)
def test_what_is_agreed_bounds_it(tmp_path, system_of, agreed, capacity, limit, why):
    system = system_of()

    rows, _ = tried(tmp_path, system, capacity=capacity, agreed=agreed, quiet_seconds=0)

    assert rows[limit].verdict == "not reached"
    assert why in rows[limit].propose
    assert system.calls <= agreed.get("requests", 500)
    assert system.most_open <= agreed.get("at_once", 8)


@pytest.mark.parametrize("requests", [7, 30, 43])
def test_never_more_messages_than_agreed(tmp_path, system_of, requests):
    """Also while several calls are under way, each of which was begun while there was room."""
    system = system_of()
    capacity = [AT_ONCE, {**RATE, "amount": 200, "window_seconds": 1, "at_once": 200}]

    rows, recording = tried(tmp_path, system, capacity=capacity, agreed={"requests": requests})

    assert system.calls == sum(len(one.exchanges) for one in recording.entries)
    assert requests - 7 <= system.calls <= requests
    assert f"the {requests} messages that are agreed were used up" in rows["rate"].propose
    assert requests < 30 or system.calls == requests


@pytest.mark.parametrize("requests", [4, 6, 8, 11])
def test_what_is_made_can_be_taken_back_within_what_is_agreed(tmp_path, system_of, requests):
    """No body is sent where its record's deletion would be one message too many."""
    system = system_of()
    system.faults.add("takes-anything")
    read = system.read
    system.read = lambda body, schema: (
        {"code": f"P-{system.calls}", "name": "N"} if b"tidewaiter" in body else read(body, schema)
    )

    tried(tmp_path, system, capacity=[AT_ONCE], agreed={"bodies": True, "requests": requests})

    assert system.calls <= requests
    assert system.rows.keys() == {*range(101, 108)}


def test_a_budget_of_requests_that_keeps_calls_apart(tmp_path, system_of):
    """What the gateway itself would not send at once is not tried, and costs no waiting for what does not come."""
    spread = {"name": "rate", "unit": "requests", "amount": 4, "window_seconds": 60, "at_once": 4}

    rows, recording = tried(tmp_path, system_of(), capacity=[AT_ONCE, spread], agreed={"seconds": 2})

    assert rows["at-work"].verdict == "not reached"
    assert recording.entries[-1].at_seconds < 6
    assert rows["rate"].verdict in ("holds", "not probed")


def test_without_a_stated_budget_what_held_is_proposed(tmp_path, system_of):
    rows, _ = tried(tmp_path, system_of("429", at_once=3))

    assert rows["calls at once"].verdict == "not stated"
    assert "{name: at-once, unit: concurrent, amount: 3}" in rows["calls at once"].propose


def test_what_a_sound_system_refuses(tmp_path, system_of):
    """An unknown record and path; bodies only where they are agreed to, and nothing is made of them."""
    system = system_of()

    plain, _ = tried(tmp_path, system)
    rows, _ = tried(tmp_path, system, agreed={"bodies": True})

    names = ("a record that is not there", "a path that is not there")
    bodies = ("a body that is cut short", "a body of another media type")
    assert [plain[name].verdict for name in (*names, *bodies)] == ["holds", "holds", "not probed", "not probed"]
    assert "bodies: true" in plain[bodies[0]].propose
    assert [rows[name].verdict for name in (*names, *bodies)] == ["holds"] * 4
    assert "callers are told 404" in rows[names[0]].seen
    assert system.rows.keys() == {*range(101, 108)}


def test_faults_that_callers_would_be_told_wrong(tmp_path, system_of):
    """It takes any body and makes a record of it, which is taken back; what it says of a missing record is a page."""
    system = system_of()
    system.faults.add("takes-anything")
    read = system.read
    system.read = lambda body, schema: (
        {"code": f"P-{system.calls}", "name": "N"} if b"tidewaiter" in body else read(body, schema)
    )
    page = system.work
    system.work = lambda method, url, *rest: (500, None) if url.path == "/parties/1" or "tidewaiter" in url.path else (
        page(method, url, *rest)
    )  # fmt: skip

    rows, recording = tried(tmp_path, system, agreed={"bodies": True})

    assert rows["a path that is not there"].verdict == "does not hold"
    assert "502 system-failed" in rows["a path that is not there"].seen
    assert rows["a body that is cut short"].verdict == "does not hold"
    assert "taken for a success" in rows["a body that is cut short"].seen
    assert recording.head["fuzzer"]["cleaned"]["parties@1.0"]["deleted"] == 2
    assert system.rows.keys() == {*range(101, 108)}


def test_a_record_that_is_gone_since_is_not_taken_for_overload(tmp_path, system_of):
    """The read by key comes first; the list is read in its place."""
    system = system_of()
    del system.rows[101]

    rows, recording = tried(tmp_path, system, capacity=[{**AT_ONCE, "amount": 2}])

    assert rows["at-work"].verdict == "holds"
    assert [one.status for one in recording.entries if one.about["what"] == "as-ever"] == [404, 200]


@pytest.mark.parametrize("way", ["closes", "garbage", "200-error", "500"])
def test_a_system_that_does_not_answer_as_before_is_not_tried(tmp_path, system_of, way):
    """Gone, or with another answer than when it was fuzzed: nothing can be compared, so nothing more is asked."""
    system = system_of(way, at_once=1_000 if way in ("closes", "garbage") else 0)
    system.after, system.then = 0, way

    _, recording = tried(tmp_path, system, capacity=[AT_ONCE])

    assert recording.state == "stopped"
    assert recording.reason.startswith("erp does not answer any more the read that it answered before (parties@1.0 ")
    words = {"closes": "no answer (closed)", "garbage": "no answer (not-http)"}.get(way, "it answered")
    assert words in recording.reason
    assert _is_otherwise(recording) == (way == "200-error"), "only then does asking it anew, --redo fuzz, help"
    assert system.calls <= 3


def asked_in(tmp_path, *, production, agreed, answer=200):
    """Why nothing is asked, in an environment of that purpose."""
    allowed = {"by": "it@harbour.example", "until": "2099-12-31", "reason": "no other"}
    tape = Tape(tmp_path, entity={"fuzzing": {"limits": {**AGREED, **agreed}, "production": allowed}})
    folder = tape.workspace()
    purpose = "production" if production else "test"
    (folder / "environments/test.yaml").write_text(json.dumps({"purpose": purpose}))
    tape.add("listParties", answer, {"items": [PARTY]}, part="learn")
    asked = SimpleNamespace(folder=folder, entity="harbour", fuzzed_in="test")
    subject = SimpleNamespace(tested=load(folder, "test"), entity="harbour")
    run = LimitRun(SimpleNamespace(asked=asked, subject=subject, now=datetime.now(UTC)), "sha256:of-inputs")
    run.choose(read_recording(tape.write()))
    return run.why


@pytest.mark.parametrize(
    ("production", "agreed", "why"),
    [
        (False, {}, ""),
        (True, {"production": True}, ""),
        (True, {}, "it was agreed for environments for tests alone"),
        (False, {"until": "2026-01-01"}, "it was agreed until 2026-01-01"),
    ],
)
def test_where_nothing_is_asked(tmp_path, production, agreed, why):
    told = asked_in(tmp_path, production=production, agreed=agreed)
    assert told.startswith(why)
    assert bool(told) == bool(why)


def test_a_system_that_answered_no_read_is_not_asked(tmp_path):
    assert asked_in(tmp_path, production=False, agreed={}, answer=500).startswith("no read was ever answered")


def test_a_path_beside_keeps_what_is_pinned_in_it():
    @dataclass
    class Isolated:
        template: str

    beside = SimpleNamespace(template="/model/tidewaiter-names-nothing")
    assert _moved(Isolated("/companies({company})/model/orders"), beside).template == (
        "/companies({company})/model/tidewaiter-names-nothing"
    )
