"""Which records a run made, and whose hands it keeps off."""

import pytest
from fuzz_tape import Tape

from governance.fuzz.asked import Asked
from governance.fuzz.cleaning import made_in
from governance.fuzz.conditions import condition
from governance.fuzz.guard import NOT_OURS, Guard
from governance.fuzz.made import Made, Paths, Record, key_in
from governance.fuzz.plan import make_plan
from governance.fuzz.recording import read_recording
from policies.step import Answer, Call, Refusal, Span


@pytest.fixture
def target(tmp_path):
    folder = Tape(tmp_path).workspace()
    return make_plan(Asked(folder, "harbour", "test")).targets[0]


@pytest.fixture
def paths(target):
    return Paths(target)


def record(number):
    return Record("/parties/{id}", {"id": str(number)})


@pytest.mark.parametrize(
    "location",
    [
        "http://erp.inner.example/parties/501",
        "/parties/501",
        "parties/501",
        "https://api.example/parties/v1/parties/501",
    ],
)
def test_a_location_names_the_record(paths, location):
    assert paths.located(location) == record(501)


@pytest.mark.parametrize("location", ["http://x.example/orders/1", "/", "", "/parties", "/parties/1/2", "/%00", "x:y"])
def test_any_other_location_names_none(paths, location):
    found = paths.located(location)

    assert found is None or not found.values


@pytest.mark.parametrize("body", [b'{"id": 501}', b'{"data": {"id": 501}}', b'{"d": {"id": "501"}}'])
def test_without_a_location_the_key_in_the_answer_does(paths, body):
    create = paths.operations["createParty"]

    assert paths.created(create, {}, {}, body) == record(501)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"id": null}', b'{"id": true}', b'{"code": "P-1"}', b"\xff", b'{"id": [1]}']
)
def test_an_answer_without_a_key_made_nothing_that_is_known(paths, body):
    assert paths.created(paths.operations["createParty"], {}, {}, body) is None


def test_ids_of_other_records_are_not_taken():
    assert key_in({"id": 5}, "id", {}, "") is None
    assert key_in({"id": 5}, "orderId", {}, "/orders/{orderId}") == 5
    assert key_in({"id": 5}, "customerId", {}, "/orders/{customerId}") is None
    assert key_in({"order_id": 5}, "orderId", {}, "") == 5


def test_what_lies_under_a_record_of_the_run_is_the_runs():
    made = Made()
    made.add(Record("/orders/{id}", {"id": "1"}))

    assert made.holds(Record("/orders/{id}/lines/{line}", {"id": "1", "line": "2"}))
    assert not made.holds(Record("/orders/{id}", {"id": "2"}))
    assert not made.holds(Record("/customers/{id}", {"id": "1"}))


def test_keys_of_odata_are_named_after_the_record_around():
    made = Made()
    made.add(Record("/A_Order('{Order}')", {"Order": "1"}))

    assert made.holds(Record("/A_Item(Order='{Order}',Item='{Item}')", {"Order": "1", "Item": "10"}))
    assert not made.holds(Record("/A_Item(Order='{Order}',Item='{Item}')", {"Order": "2", "Item": "10"}))


def test_a_recording_says_what_is_left(tmp_path, paths):
    tape = Tape(tmp_path).all_fine()
    tape.add("createParty", 201, {"id": 777}, body={"code": "X", "name": "Y"}, headers=())
    tape.add("deleteParty", 204, path="/parties/501")
    tape.add("createParty", 409, {"error": "x"}, body={"code": "X", "name": "Y"})

    made = made_in(read_recording(tape.write()).entries, paths)

    assert list(made.records) == [record(777).key]


def headers_of(given):
    return {name.replace("_", "-").encode(): value for name, value in given.items()}


class Guarded:
    """A guard around a step that answers, and a system whose records are given."""

    def __init__(self, paths, there, allowed=None):
        self.guard = Guard(paths, allowed or {})
        self.looked = []
        self.reached, self.tags = [], []
        self.answer = Answer(204, [])

        async def look(operation, values):
            self.looked.append((operation.operation_id, dict(values)))
            return (200, '"5"') if values["id"] in there else (404, "")

        async def inner(call):
            self.reached.append(call.path)
            self.tags.append(call.headers.get(b"if-match"))
            return self.answer

        self.guard.look = look
        self._inner = inner
        self._paths = paths

    async def call(self, operation, path, **headers):
        async def read(_):
            return b""

        step = self.guard.around(self._paths.operations[operation], self._inner)
        call = Call(id="x", uuid="u", method="DELETE", path=f"/parties/v1{path}".encode(), query=b"", headers=headers_of(headers),
                    read=read, span=Span())  # fmt: skip
        return await step(call)


async def test_records_that_were_there_before_are_kept_from_changes(paths):
    guarded = Guarded(paths, {"101"})

    for operation in ("deleteParty", "changeParty"):
        with pytest.raises(Refusal) as caught:
            await guarded.call(operation, "/parties/101")
        assert caught.value.problem is NOT_OURS
    assert guarded.reached == []
    assert len(guarded.looked) == 1


async def test_what_is_not_there_may_be_asked_for(paths):
    guarded = Guarded(paths, {"101"})

    assert (await guarded.call("deleteParty", "/parties/999")).status == 204


async def test_what_the_run_made_may_be_changed_and_deleted(paths):
    guarded = Guarded(paths, {"501"})
    guarded.answer = Answer(201, [(b"location", b"/parties/501")])
    await guarded.call("createParty", "/parties")
    guarded.answer = Answer(204, [])

    await guarded.call("changeParty", "/parties/501")
    await guarded.call("deleteParty", "/parties/501")

    assert guarded.looked == []
    assert guarded.guard.made.records == {}
    with pytest.raises(Refusal):
        await guarded.call("deleteParty", "/parties/501")


async def test_what_samples_name_may_be_changed_by_that_operation(paths):
    guarded = Guarded(paths, {"101"}, {"changeParty": [{"id": "101"}]})

    await guarded.call("changeParty", "/parties/101")
    with pytest.raises(Refusal):
        await guarded.call("deleteParty", "/parties/101")


async def test_an_answer_that_names_a_record_that_was_there_made_nothing(paths):
    guarded = Guarded(paths, {"101"})
    guarded.guard.seen.add(record(101).key)
    guarded.answer = Answer(200, [], b'{"id": 101}')

    await guarded.call("createParty", "/parties")

    assert guarded.guard.made.records == {}


async def test_without_a_way_to_look_nothing_is_changed(paths):
    guarded = Guarded(paths, set())
    paths.operations = {name: op for name, op in paths.operations.items() if op.method != "GET"}

    with pytest.raises(Refusal):
        await guarded.call("deleteParty", "/parties/999")


@pytest.mark.parametrize("sent", [b'"tidewaiter-current"', b'W/"tidewaiter-current"'])
async def test_a_stand_in_is_replaced_by_the_etag_of_the_moment(paths, sent):
    guarded = Guarded(paths, {"101"}, {"changeParty": [{"id": "101"}]})

    await guarded.call("changeParty", "/parties/101", if_match=sent)
    await guarded.call("changeParty", "/parties/101", if_match=b'"mine"')
    await guarded.call("changeParty", "/parties/999", if_match=sent)

    assert guarded.tags == [b'"5"', b'"mine"', b"*"]


def test_the_stand_in_keeps_to_the_contract(target, paths):
    operation = paths.operations["changeParty"]

    assert condition(target.published.document, operation) == {"If-Match": '"tidewaiter-current"'}
    assert condition(target.published.document, paths.operations["deleteParty"]) == {}
