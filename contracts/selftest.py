"""The self-test of an operation: messages made from the raw document, judged by the compiled plan.

What is accepted although one keyword forbids it, or refused although nothing does, tells of a keyword without effect:
the operation is not served then. What could not be made is not self-tested, which is counted and never called passed.
"""

import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from contracts.judgement import Judgement
from contracts.probe.messages import Message, Probe, Probes, answer_probes, request_probes

MOST: Final = 12
"""Invalid messages for one operation, requests and answers together."""
_NAME: Final = re.compile(r"\{([^{}]+)\}")


class Judging(Protocol):
    """What is tested: a compiled operation."""

    template: str
    pointer: str

    def judge_request(
        self, values: tuple[bytes, ...], query: bytes, headers: Mapping[bytes, bytes], body: bytes | None
    ) -> Judgement:
        """As `CompiledOperation.judge_request`."""
        ...

    def judge_answer(self, status: int, headers: Sequence[tuple[bytes, bytes]], body: bytes | None) -> Judgement:
        """As `CompiledOperation.judge_answer`."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """One message that was judged wrongly. `keyword` is without effect; empty where a valid message was refused."""

    where: str
    keyword: str
    pointer: str
    reason: str


@dataclass(frozen=True, slots=True)
class SelfTested:
    """The outcome for one operation. `tested` counts messages; `left_out` says what was not self-tested, and where."""

    failures: tuple[Failure, ...] = ()
    tested: int = 0
    left_out: tuple[tuple[str, str], ...] = ()
    keywords: frozenset[str] = field(default_factory=frozenset)
    """Those that were seen to refuse."""


def probes_of(tree: Mapping[str, Any], version: str, pointer: str, most: int = MOST) -> tuple[Probes, Probes]:
    """The messages for one operation: requests and answers. Each side takes what the other leaves."""
    old = version == "3.0"
    requests = request_probes(tree, pointer, old=old, most=most)
    answers = answer_probes(tree, pointer, old=old, most=most)
    half = most // 2
    own = max(half, most - len(answers.bad))
    del requests.bad[own:]
    del answers.bad[most - len(requests.bad) :]
    return requests, answers


def self_test(tree: Mapping[str, Any], version: str, operation: Judging, most: int = MOST) -> SelfTested:
    """Test one operation. Builds its validators where they are not built."""
    failures: list[Failure] = []
    left_out: list[tuple[str, str]] = []
    keywords: set[str] = set()
    tested = 0
    try:
        made = probes_of(tree, version, operation.pointer, most)
    except Exception as error:  # noqa: BLE001 - what makes messages is not what serves: its faults keep nothing from it
        reason = f"the messages could not be made: {type(error).__name__}"
        return SelfTested(left_out=((reason, operation.pointer),))
    for probes in made:
        left_out += probes.left_out
        if probes.good is None:
            continue
        judgement = judged(operation, probes.good.message)
        if judgement.outcome == "could_not_check":
            left_out.append((f"the {probes.good.where} could not be checked: {judgement.reason}", operation.pointer))
            continue
        tested += 1
        if judgement.outcome == "violates":
            failures.append(_refused(probes.good, judgement))
            continue
        for probe in probes.bad:
            judgement = judged(operation, probe.message)
            if judgement.outcome == "could_not_check":
                left_out.append((f"`{probe.keyword}` could not be checked: {judgement.reason}", probe.pointer))
                continue
            tested += 1
            if judgement.outcome == "violates":
                keywords.add(probe.keyword)
            else:
                reason = f"the keyword `{probe.keyword}` has no effect: a message that breaks it was accepted"
                failures.append(Failure(probe.where, probe.keyword, probe.pointer, reason))
    return SelfTested(tuple(failures), tested, tuple(dict.fromkeys(left_out)), frozenset(keywords))


def judged(operation: Judging, message: Message) -> Judgement:
    """A message judged by the compiled operation."""
    if message.status:
        headers = sorted(message.headers.items())
        return operation.judge_answer(message.status, headers, message.body)
    values = tuple(message.path.get(name, b"") for name in _NAME.findall(operation.template))
    headers_in = {**message.headers, b"content-length": str(len(message.body)).encode()}
    return operation.judge_request(values, message.query_bytes, headers_in, message.body)


def _refused(probe: Probe, judgement: Judgement) -> Failure:
    told = judgement.violations[0]
    reason = f"a {probe.where} that keeps to it was refused by `{told.rule}`"
    return Failure(probe.where, "", told.contract or probe.pointer, reason)


class Proof:
    """The self-test of one operation, run once, by whoever comes first. State: its outcome; lost with its release."""

    __slots__ = ("_lock", "_operation", "_tree", "_version", "name", "outcome")

    def __init__(self, tree: Mapping[str, Any], version: str, operation: Judging, name: str) -> None:
        self.name = name
        self._tree = tree
        self._version = version
        self._operation = operation
        self._lock = threading.Lock()
        self.outcome: SelfTested | None = None

    def run(self) -> SelfTested:
        """The outcome; costly the first time, so call it off the event loop."""
        with self._lock:
            if self.outcome is None:
                self.outcome = self_test(self._tree, self._version, self._operation)
            return self.outcome
