"""No call reaches an operation before its self-test, nor one whose self-test failed."""

import logging
from functools import partial

from contracts.selftest import Proof, SelfTested
from contracts.validators import Buildable
from gateway.release import Release
from policies.step import Answer, Call, Runtime, Step

_log = logging.getLogger("tidewaiter.selftest")


def proved(proof: Proof, runtime: Runtime, step: Step, unserved: Step) -> Step:
    """`step` once the self-test has passed; `unserved` where it failed, whatever the mode is. Tests at most once."""

    async def tested(call: Call) -> Answer:
        outcome = proof.outcome
        if outcome is None:
            outcome = await runtime.offload(run, proof)
        return await (unserved if outcome.failures else step)(call)

    return tested


def run(proof: Proof) -> SelfTested:
    """Run a self-test; the first failure of one that fails is logged, once."""
    first = proof.outcome is None
    outcome = proof.run()
    if first and outcome.failures:
        failure = outcome.failures[0]
        _log.error("%s is not served: %s, at %s", proof.name, failure.reason, failure.pointer)
    return outcome


def run_in_background(release: Release) -> "partial[None]":
    """What the builder of validators does with each operation of a release once it is built."""
    proofs = {
        id(operation): compiled.proofs[operation.pointer]
        for compiled in release.contracts.values()
        for operation in compiled.operations
    }
    return partial(_run_one, proofs)


def _run_one(proofs: dict[int, Proof], operation: Buildable) -> None:
    run(proofs[id(operation)])
