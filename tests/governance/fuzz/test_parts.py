"""The smaller parts of a run: configuration, bodies, patience, watching, progress, the calls that are made again."""

import json
import tomllib

import pytest
from fuzz_tape import JSON, MADE, NEW, PARTY, Tape

from contracts.systems import System
from governance.fuzz.asked import Asked
from governance.fuzz.broken import broken, kept_broken
from governance.fuzz.calling import path_of
from governance.fuzz.document import fuzzed_document
from governance.fuzz.engine import Engine, write_configuration
from governance.fuzz.entry import Exchanged, Received, Sent
from governance.fuzz.fresh import fresh_body
from governance.fuzz.judge.features import difference
from governance.fuzz.patience import bind_patience
from governance.fuzz.plan import make_plan
from governance.fuzz.prepared import Prepared
from governance.fuzz.progress import Progress
from governance.fuzz.recording import read_recording
from governance.fuzz.through import chosen
from governance.fuzz.variants import required_of, variants
from governance.fuzz.watch import SILENT, THROTTLED, UNREACHABLE, Watch
from policies.fault_profile import fault_profile
from policies.step import Answer, Call, Exchange, Span

STRANGE = ['a"b', "a\\b", "a\nb", "\x7f\x80", "${HOME}", "Żółć", "]]", "\u2028"]


@pytest.fixture
def target(tmp_path):
    return make_plan(Asked(Tape(tmp_path).workspace(), "harbour", "test")).targets[0]


def test_the_configuration_is_whole_whatever_the_values_are(target, tmp_path):
    prepared = Prepared({"getParty": [{"id": value} for value in STRANGE]}, {})
    engine = Engine(tmp_path, "http://127.0.0.1:1/parties/v1", "key", 7, 5, 30)

    write_configuration(engine, target, prepared, {"openapi": "3.0.3"})

    told = tomllib.loads((tmp_path / "schemathesis.toml").read_text())
    assert (told["seed"], told["cache"], told["generation"]["database"]) == (7, {"enabled": False}, "none")
    assert "max-time" not in told
    assert told["dictionaries"]["known-1"]["values"] == [value for value in STRANGE if "${" not in value]
    assert told["operations"][0]["include-operation-id"] == "getParty"
    assert told["checks"]["ignored_auth"] == {"enabled": False}


def test_the_document_holds_what_is_called_and_real_values(target):
    prepared = Prepared({"getParty": [{"id": 101}]}, {"createParty": [NEW]})

    document = fuzzed_document(target, prepared)

    assert "security" not in document
    assert "securitySchemes" not in document["components"]
    assert document["paths"]["/parties/{id}"]["get"]["parameters"][0]["examples"] == {"known-1": {"value": 101}}
    media = document["paths"]["/parties"]["post"]["requestBody"]["content"]["application/json"]
    assert media["examples"] == {"known-1": {"value": NEW}}
    assert "example" not in media


def test_a_path_is_filled_as_it_stands_on_the_wire(target):
    operation = next(op for op in target.published.operations if op.operation_id == "getParty")

    assert path_of(operation, {"id": "a/b ü'"}) == "/parties/a%2Fb%20%C3%BC%27"


def operation_of(target, name):
    return next(op for op in target.published.operations if op.operation_id == name)


def test_variants_keep_to_the_contract(target):
    operation = operation_of(target, "createParty")
    compiled = next(one for one in target.operations if one.operation_id == "createParty")
    good = {**NEW, "remark": "a"}
    made = list(variants(target.published.document, operation, good, without=True))

    assert {name for name, _ in made} == {"code", "name", "status", "creditLimit", "remark"}
    assert ("remark", NEW) in made
    assert required_of(target.published.document, operation) == {"code", "name"}
    for _, body in made:
        data = json.dumps(body).encode()
        headers = {b"content-type": b"application/json", b"content-length": str(len(data)).encode()}
        assert compiled.judge_request((), b"", headers, data).outcome == "conforms"


def test_broken_bodies_break_the_contract(target):
    operation = operation_of(target, "createParty")
    compiled = next(one for one in target.operations if one.operation_id == "createParty")
    good = {**NEW, "status": "active", "creditLimit": 5}
    made = list(broken(target.published, operation, good))

    assert {"required", "type", "enum", "maxLength", "minimum", "maximum", "additionalProperties"} <= {
        k for k, _ in made
    }
    for keyword, body in made:
        data = json.dumps(kept_broken(good, body, {**good, "code": "P-7"})).encode()
        headers = {b"content-type": b"application/json", b"content-length": str(len(data)).encode()}
        assert compiled.judge_request((), b"", headers, data).outcome == "violates", keyword


def test_what_names_a_record_is_counted_up(target):
    operation, contract = operation_of(target, "createParty"), target.published

    bodies = [fresh_body(contract, operation, NEW, turn) for turn in range(30)]

    assert bodies[0] == NEW
    assert len({body["code"] for body in bodies}) == 30
    assert all(len(body["code"]) <= 20 for body in bodies)
    assert fresh_body(contract, operation, [1], 3) == [1]


def exchanged(status=200, failure=""):
    received = None if failure else Received(status, (), b"")
    return Exchanged("main", Sent("GET", "/a"), received, failure, 0.1)


@pytest.mark.parametrize(
    ("one", "most"),
    [(exchanged(failure="unreachable"), UNREACHABLE), (exchanged(failure="timeout"), SILENT),
     (exchanged(429), THROTTLED)],
)  # fmt: skip
def test_a_system_that_is_away_ends_a_run(one, most):
    said = []
    watch = Watch(fault_profile("generic"), said.append)
    for _ in range(most - 1):
        watch.note(one)
    watch.note(exchanged(200))
    for _ in range(most - 1):
        watch.note(one)
    assert not watch.stopped.is_set()

    watch.note(one)

    assert watch.stopped.is_set()
    assert said == [watch.reason]


def test_failures_of_the_application_end_nothing():
    watch = Watch(fault_profile("generic"))
    for _ in range(100):
        watch.note(exchanged(500))
        watch.note(exchanged(404))

    assert not watch.stopped.is_set()


def exchange():
    async def read(_):
        return b""

    call = Call(id="x", uuid="u", method="POST", path=b"/", query=b"", headers={}, read=read, span=Span())
    return Exchange(call, "POST", b"/", (), b"{}", safe=False, span=Span())


async def waited(*answers):
    """Statuses that came out, and how long was waited for each."""
    waits, left = [], list(answers)

    async def inner(_):
        return left.pop(0)

    async def sleep(seconds):
        waits.append(seconds)

    class Clock:
        def now(self):
            return 0.0

    send = bind_patience(System(owner="o", url="http://x.example"), Clock(), inner, sleep)
    return (await send(exchange())).status, waits


async def test_what_is_refused_for_load_is_asked_again():
    no = Answer(429, [])
    assert await waited(no, Answer(429, [(b"retry-after", b"7")]), Answer(201, [])) == (201, [1.0, 7.0])
    assert await waited(no, no, no) == (429, [1.0, 2.0])
    assert await waited(Answer(429, [(b"retry-after", b"9999")]), Answer(201, [])) == (201, [30.0])
    assert await waited(Answer(500, [])) == (500, [])


def test_progress_is_told_by_operation(tmp_path):
    tape, said = Tape(tmp_path).all_fine(), []
    progress = Progress(["parties@1.0 listParties", "parties@1.0 other"], said.append, None)
    for entry in tape.entries:
        progress.entry(entry)

    lines = list(progress.sum())
    assert said[0].startswith("fuzzing parties@1.0 listParties")
    assert lines[0].endswith("1 call: 1 accepted")
    assert lines[1].endswith("0 calls")


def test_calls_to_be_made_again_are_of_every_kind(tmp_path):
    tape = Tape(tmp_path)
    for number in range(30):
        tape.add("getParty", 200, PARTY, path=f"/parties/{number + 1}")
    tape.add("getParty", 404, {"error": "x"}, path="/parties/900")
    tape.add("getParty", 200, PARTY, path="/parties/1")
    tape.add("createParty", 201, PARTY, body=NEW, headers=MADE)
    tape.add("createParty", 409, {"error": "x"}, body=NEW, headers=JSON, part="probe")
    tape.add("deleteParty", 403, problem="record-not-of-this-run", reaches=False)
    entries = read_recording(tape.write()).entries

    found = chosen(entries, 4)

    assert sorted((one.operation.split()[1], one.status) for one in found) == [
        ("createParty", 201), ("getParty", 200), ("getParty", 200), ("getParty", 200), ("getParty", 404),
    ]  # fmt: skip


def test_a_condition_has_one_value_that_the_guard_replaces(target):
    document = fuzzed_document(target, Prepared())

    change = document["paths"]["/parties/{id}"]["patch"]
    header = next(one for one in change["parameters"] if one["name"] == "If-Match")

    assert header["schema"] == {"type": "string", "enum": ['"tidewaiter-current"']}
    assert header["examples"] == {"known-1": {"value": '"tidewaiter-current"'}}
    assert document["components"] == fuzzed_document(target, Prepared())["components"]


def test_what_names_the_records_is_a_difference_only_where_it_counts():
    one, two = ({("body", "/itemNo"): number, ("body", "/text"): text} for number, text in (("1", "aa"), ("2", "b")))

    assert difference(one, two, names=False) == ("body", "/text")
    assert difference(one, two) is None
    assert difference(one, {**one, ("body", "/itemNo"): "2"}) == ("body", "/itemNo")
