"""Bodies made of what the system's own lists give: for a system that knows none of the contract's examples."""

import json

import pytest
from fuzz_system import contract
from fuzz_tape import NEW, Tape

from contracts.contract import read_contract
from contracts.document import parse_document
from governance.fuzz.asked import Asked
from governance.fuzz.calling import Reply
from governance.fuzz.copied import copied_bodies
from governance.fuzz.guard import Guard
from governance.fuzz.learned import Learned
from governance.fuzz.made import Paths, Record
from governance.fuzz.plan import make_plan
from governance.fuzz.prepared import Preparing
from governance.fuzz.samples import Samples

ROW = {"id": 101, "code": "P-101", "name": "Nordhafen", "status": "active", "creditLimit": 100.5, "createdOn": "2026"}


def creating(properties=None, required=None):
    tree = contract()
    new = tree["components"]["schemas"]["NewParty"]
    tree["components"]["schemas"]["NewParty"] = {
        **new, "properties": {**new["properties"], **(properties or {})}, "required": required or new["required"],
    }  # fmt: skip
    read = read_contract(parse_document(json.dumps(tree).encode(), "it.json"))
    return read, next(one for one in read.operations if one.operation_id == "createParty")


def test_an_example_with_the_values_of_a_record_then_what_is_demanded_then_all():
    """What is no member of the body, or breaks its schema, is not copied; records of other paths give nothing."""
    read, create = creating()
    records = [("/orders", {"code": "other", "name": "other"}), ("/parties", {**ROW, "remark": "x" * 300})]

    made = list(copied_bodies(read, create, [{"name": "Elbtal", "remark": "r"}], records))

    assert made == [
        {"name": "Nordhafen", "remark": "r"},
        {"code": "P-101", "name": "Nordhafen"},
        {"code": "P-101", "name": "Nordhafen", "status": "active", "creditLimit": 100.5},
    ]


def test_what_a_body_holds_of_other_records_is_one_that_is_there():
    lines = {"type": "array", "items": {"type": "object"}}
    read, create = creating({"lines": lines}, ["code", "name", "lines"])
    base = {"code": "P-900", "name": "E", "lines": [{"material": "ABC", "quantity": 3, "notes": {"text": "t"}}]}
    records = [("/parties", ROW), ("/items", {"material": "PUMP-40"}), ("/items", {"material": "M", "quantity": 7})]

    made = list(copied_bodies(read, create, [base], records))

    assert made == [{"code": "P-101", "name": "Nordhafen",
                     "lines": [{"material": "M", "quantity": 7, "notes": {"text": "t"}}]}]  # fmt: skip


@pytest.mark.parametrize("records", [[], [("/parties", {"id": 1})], [("/parties/{id}", ROW)]])
def test_without_a_record_that_fits_nothing_is_made(records):
    read, create = creating()

    assert list(copied_bodies(read, create, [], records)) == []


async def test_it_is_tried_only_where_all_else_was_refused(tmp_path):
    target = make_plan(Asked(Tape(tmp_path).workspace(), "harbour", "test")).targets[0]
    for taken in ("Nordhafen", NEW["name"]):
        guard, sent = Guard(Paths(target), {}), []

        class System:
            """Knows one name, and makes records of it."""

            async def make(self, wanted, part, about=None, *, guard=guard, sent=sent, taken=taken):
                sent.append(wanted.body)
                if wanted.body["name"] != taken:
                    return Reply(400, {}, b"")
                guard.made.add(Record("/parties/{id}", {"id": str(len(sent))}))
                return Reply(201, {}, b"{}")

        System.target = target
        prepared = await Preparing(System(), guard, Learned([("/parties", ROW)]), Samples()).run()

        assert prepared.bodies["createParty"][0]["name"] == taken
        assert any(body["name"] == "Nordhafen" for body in sent) == (taken == "Nordhafen")
