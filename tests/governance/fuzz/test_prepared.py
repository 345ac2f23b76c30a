"""Bodies for the next record: what is counted up, and whether it has to be."""

import json

import pytest
from fuzz_system import contract
from fuzz_tape import NEW, Tape

from contracts.contract import read_contract
from contracts.document import parse_document
from governance.fuzz.asked import Asked
from governance.fuzz.calling import Reply
from governance.fuzz.entry import Entry, Received, Sent
from governance.fuzz.fresh import fresh_body, fresh_keys
from governance.fuzz.guard import Guard
from governance.fuzz.learned import Learned
from governance.fuzz.made import Paths, Record
from governance.fuzz.plan import make_plan
from governance.fuzz.prepared import Prepared, Preparing
from governance.fuzz.probes import Probes
from governance.fuzz.samples import Samples


class System:
    """Takes what it is told to take; keeps the records by what `named` says of a body."""

    def __init__(self, target, guard, named):
        self.target, self._guard, self._named = target, guard, named
        self.sent = []

    async def make(self, wanted, part, about=None):
        self.sent.append(wanted.body)
        name = self._named(wanted.body, len(self.sent))
        if name is None:
            return Reply(409, {}, b"")
        self._guard.made.add(Record("/parties/{id}", {"id": name}))
        return Reply(201, {}, b"{}")


@pytest.fixture
def target(tmp_path):
    return make_plan(Asked(Tape(tmp_path).workspace(), "harbour", "test")).targets[0]


async def settled(target, named):
    guard = Guard(Paths(target), {})
    system = System(target, guard, named)
    preparing = Preparing(system, guard, Learned({}, {}), Samples())
    await preparing.run()
    create = next(one for one in target.published.operations if one.operation_id == "createParty")
    await preparing.settle(create)
    await preparing.settle(create)
    preparing.next(create)
    return preparing.fresh(create, NEW), system


async def test_a_body_stays_as_it_is_where_it_makes_a_second_record(target):
    fresh, system = await settled(target, lambda body, turn: str(turn))

    assert fresh == NEW
    assert system.sent[-1] == system.sent[-2]


async def test_a_body_is_counted_up_where_the_second_is_refused(target):
    codes = set()

    def named(body, turn):
        if body["code"] in codes:
            return None
        codes.add(body["code"])
        return body["code"]

    fresh, _ = await settled(target, named)

    assert fresh["code"] != NEW["code"]


async def test_a_body_is_counted_up_where_the_second_is_the_first_again(target):
    fresh, _ = await settled(target, lambda body, turn: body["code"])

    assert fresh["code"] != NEW["code"]


def test_what_names_another_record_is_never_counted_up():
    tree = contract()
    tree["paths"]["/groups/{group_id}"] = {"get": {"operationId": "getGroup", "parameters": [
        {"name": "group_id", "in": "path", "required": True, "schema": {"type": "string"}},
    ], "responses": {"200": {"description": "One."}}}}  # fmt: skip
    read = read_contract(parse_document(json.dumps(tree).encode(), "it.json"))
    create = next(one for one in read.operations if one.operation_id == "createParty")

    made = fresh_body(read, create, {**NEW, "group_id": "G1", "other_id": "O1"}, 3)

    assert (made["group_id"], made["other_id"] != "O1", made["code"] != NEW["code"]) == ("G1", True, True)


def keyed(schema):
    """A contract with one operation that puts what has a key of this schema."""
    tree = contract()
    tree["paths"] = {"/things/{key}": {"put": {
        "operationId": "putThing",
        "parameters": [{"name": "key", "in": "path", "required": True, "schema": schema}],
        "requestBody": {"content": {"application/octet-stream": {}}},
        "responses": {"204": {"description": "Put."}},
    }}}  # fmt: skip
    read = read_contract(parse_document(json.dumps(tree).encode(), "it.json"))
    return read, read.operations[0]


@pytest.mark.parametrize(
    ("schema", "known", "made"),
    [
        ({"type": "string", "pattern": r"^[a-z]+\d*\.pdf$"}, ["plan.pdf"], ["plan1.pdf", "plan2.pdf"]),
        ({"type": "string", "pattern": "^[A-Z]{2}-[0-9]{2}$"}, ["AB-10"], ["AB-29", "AB-48"]),
        ({"type": "integer", "maximum": 99999}, [7, 4], ["6", "5"]),
        ({"type": "string", "example": "north"}, [], ["north1", "north2"]),
        ({"type": "string", "enum": ["north", "south"]}, ["north"], []),
        ({"type": "string", "pattern": "^[A-Z]{2}$"}, ["AB"], []),
        ({"type": "string"}, [], []),
    ],
)
def test_a_key_that_names_nothing_yet_is_of_the_form_of_those_that_do(schema, known, made):
    read, operation = keyed(schema)

    keys = fresh_keys(read.document, operation, {"key": known}, 2)

    assert [one["key"] for one in keys] == made


class Sends:
    """Takes down what is sent as it is."""

    def __init__(self, target):
        self.target, self.sent = target, []

    async def make(self, wanted, part, about=None):
        return Reply(404, {}, b"")

    async def send(self, method, path, query, headers, body, part, about):
        self.sent.append((path, dict(headers), body, about["probe"]))


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ({"required": True, "content": {"application/pdf": {}}}, ["application/pdf"]),
        ({"content": {"application/pdf": {}}}, ["", "application/pdf"]),
        ({"content": {"application/pdf": {"schema": {"type": "string"}}}}, [""]),
        ({"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}, []),
    ],
)
async def test_an_accepted_call_is_made_again_with_nothing_in_its_body(target, body, kinds):
    read, operation = keyed({"type": "string"})
    media = next(iter(body["content"]))
    tree = {**read.document.tree}
    tree["paths"]["/things/{key}"]["put"]["requestBody"] = body
    operation = read_contract(parse_document(json.dumps(tree).encode(), "it.json")).operations[0]
    caller = Sends(target)
    guard = Guard(Paths(target), {})
    preparing = Preparing(caller, guard, Learned({}, {}), Samples())
    call = Sent("PUT", "/parties/v1/things/a", (("content-type", media),), b"held")
    entry = Entry(3, "fuzz", "parties@1.0 putThing", call, (), Received(204), "", 0.0)
    probes = Probes(caller, {}, guard, preparing, Prepared(), Samples(), {"parties@1.0 putThing": entry})

    await probes._without_body(operation)

    assert [(path, headers.get("content-type", ""), body) for path, headers, body, _ in caller.sent] == [
        ("/parties/v1/things/a", kind, b"") for kind in kinds
    ]


async def test_records_are_not_made_for_what_none_of_them_is_about(target):
    """One try tells that no record helps; the next call about it makes none."""
    _, operation = keyed({"type": "string"})
    guard = Guard(Paths(target), {})
    system = System(target, guard, lambda body, turn: str(turn))
    preparing = Preparing(system, guard, Learned({}, {}), Samples())
    await preparing.run()
    before = len(system.sent)

    found = [await preparing.record(operation) for _ in range(3)]

    assert (found, len(system.sent) - before) == ([None] * 3, 1)
