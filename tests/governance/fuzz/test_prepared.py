"""Bodies for the next record: what is counted up, and whether it has to be."""

import json

import pytest
from fuzz_system import contract
from fuzz_tape import NEW, Tape

from contracts.contract import read_contract
from contracts.document import parse_document
from governance.fuzz.asked import Asked
from governance.fuzz.calling import Reply
from governance.fuzz.fresh import fresh_body
from governance.fuzz.guard import Guard
from governance.fuzz.learned import Learned
from governance.fuzz.made import Paths, Record
from governance.fuzz.plan import make_plan
from governance.fuzz.prepared import Preparing
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
