"""No call passes before the self-test of its operation, and the first call runs it where nobody else has."""

import logging

import pytest

from contracts.selftest import Failure, SelfTested
from gateway.proved import proved, run


class Runtime:
    def __init__(self):
        self.offloaded = 0

    async def offload(self, fn, *args):
        self.offloaded += 1
        return fn(*args)


class Proof:
    name = "POST /it of things@1.0"

    def __init__(self, *failures):
        self.outcome = None
        self.runs = 0
        self._will_be = SelfTested(failures)

    def run(self):
        self.runs += 1
        self.outcome = self._will_be
        return self.outcome


async def served(call):
    return "served"


async def refused(call):
    return "501"


@pytest.mark.parametrize(
    ("failures", "answer"), [((), "served"), ((Failure("request", "type", "/p", "no effect"),), "501")]
)
async def test_the_first_call_tests_off_the_loop_and_the_second_does_not(failures, answer, caplog):
    runtime, proof = Runtime(), Proof(*failures)
    step = proved(proof, runtime, served, refused)
    with caplog.at_level(logging.ERROR, "tidewaiter.selftest"):
        assert [await step(None), await step(None)] == [answer, answer]
        run(proof)
    assert (runtime.offloaded, len(caplog.records)) == (1, len(failures))
    if failures:
        assert "POST /it of things@1.0 is not served: no effect, at /p" in caplog.text


async def test_a_test_that_crashes_serves_nothing():
    proof = Proof()
    proof.run = lambda: 1 / 0
    with pytest.raises(ZeroDivisionError):
        await proved(proof, Runtime(), served, refused)(None)
