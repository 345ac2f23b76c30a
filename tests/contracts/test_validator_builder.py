"""Validators built in the background, within a budget of memory."""

import threading
import time

import pytest

from contracts.validators import ValidatorBuilder

JSON = {b"content-type": b"application/json"}


@pytest.fixture
def builder():
    made = []
    before = set(threading.enumerate())

    def make(budget):
        made.append(ValidatorBuilder(budget))
        return made[-1]

    yield make
    for one in made:
        one.close()
    assert not [t for t in set(threading.enumerate()) - before if t.name == "tidewaiter-validators"]


def operations(workbench, count):
    return [workbench.operation(body={"type": "integer", "maximum": i}) for i in range(count)]


def test_builds_in_order_within_the_budget(workbench, builder):
    built = operations(workbench, 5)
    one = builder(10 * built[0].weight)
    one.schedule(built)
    assert one.wait(10)
    assert [operation.ready for operation in built] == [True] * 5
    stats = one.stats()
    assert (stats.built, stats.waiting, stats.bytes, stats.dropped) == (5, 0, sum(o.weight for o in built), 0)


def test_what_is_over_the_budget_is_built_by_its_first_call(workbench, builder):
    built = operations(workbench, 4)
    one = builder(2 * built[0].weight)
    one.schedule(built)
    assert one.wait(10)
    assert [operation.ready for operation in built] == [True, True, False, False]
    built[0].judge_request((), b"", JSON, b"0")
    built[3].build()
    assert [operation.ready for operation in built] == [True, False, False, True]
    assert one.stats().dropped == 1
    assert one.stats().bytes <= one.budget_bytes


def test_the_least_recently_used_goes_first(workbench, builder):
    built = operations(workbench, 4)
    one = builder(3 * built[0].weight)
    one.schedule(built)
    assert one.wait(10)
    for operation in (built[2], built[0], built[1]):
        operation.judge_request((), b"", JSON, b"0")
    built[3].build()
    assert [operation.ready for operation in built] == [True, True, False, True]


def test_one_that_is_larger_than_the_budget_still_serves(workbench, builder):
    (operation,) = operations(workbench, 1)
    one = builder(1)
    one.schedule([operation])
    assert one.wait(10)
    assert not operation.ready
    assert operation.judge_request((), b"", JSON, b"0").outcome == "conforms"
    assert operation.ready


def test_a_dropped_operation_is_judged_the_same(workbench):
    (operation,) = operations(workbench, 1)
    assert operation.judge_request((), b"", JSON, b"1").outcome == "violates"
    operation.drop()
    assert not operation.ready
    assert operation.judge_request((), b"", JSON, b"1").outcome == "violates"


def test_forgotten_operations_give_their_memory_back(workbench, builder):
    built = operations(workbench, 3)
    one = builder(10**9)
    one.schedule(built)
    assert one.wait(10)
    one.forget(built[:2])
    assert one.stats().built == 1
    assert [operation.ready for operation in built] == [False, False, True]


def test_many_threads_at_once(workbench, builder):
    built = operations(workbench, 8)
    one = builder(3 * built[0].weight)
    one.schedule(built)
    outcomes: set[str] = set()

    def call(offset):
        for i in range(200):
            operation = built[(i + offset) % 8]
            outcomes.add(operation.judge_request((), b"", JSON, b"0").outcome)

    threads = [threading.Thread(target=call, args=(offset,)) for offset in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert outcomes == {"conforms"}
    assert one.wait(10)
    assert one.stats().bytes == sum(operation.weight for operation in built if operation.ready)


def test_operations_of_one_contract_share_what_they_have_in_common(workbench):
    from contracts.compile import compile_operation
    from contracts.settings import Bounds

    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/T"}}}}
    one = {"security": [], "requestBody": body, "responses": {"200": {"description": "d"}}}
    document = {
        "openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "components": {"schemas": {"T": {"type": "integer"}}},
        "paths": {"/a": {"post": one | {"operationId": "a"}}, "/b": {"post": one | {"operationId": "b"}}},
    }  # fmt: skip
    contract = workbench.contract(document)
    compiled = [compile_operation(contract, operation, "x", "1.0", Bounds()) for operation in contract.operations]
    assert compiled[0]._compiler is compiled[1]._compiler
    assert len(compiled[0]._compiler.request.definitions) == 3


def test_closing_twice_and_while_busy(workbench):
    one = ValidatorBuilder(10**9)
    one.schedule(operations(workbench, 20))
    one.close()
    one.close()
    one.schedule(operations(workbench, 1))
    assert one.stats().waiting == 0
    started = time.monotonic()
    assert one.wait(5)
    assert time.monotonic() - started < 1
