"""Jobs in worker processes, each bounded in time and memory: what hangs or crashes is a result, and stops nobody."""

import contextlib
import multiprocessing
import os
import resource
import signal
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

WORKERS = 2
MEMORY_BYTES = 6_000_000_000
J = TypeVar("J")
Answer = tuple[str, Any]
"""`("done", result)`, `("crash", text)` or `("hang", seconds)`."""


class Worker:
    """One process and the job that it is at."""

    def __init__(self, work: Callable[[Any], Any]) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=serve, args=(theirs, work), daemon=True)
        self.process.start()
        theirs.close()
        self.at: int | None = None
        """Number of its job."""
        self.began = 0.0
        self.fresh = True
        """It has answered nothing yet, so it may still be importing."""

    def take(self, number: int, job: Any) -> None:
        """Begin a job."""
        self.at, self.began = number, time.monotonic()
        self.pipe.send(job)

    def end(self) -> None:
        """Kill it with all that it started, and wait."""
        if self.process.pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.join()
        self.pipe.close()


def serve(pipe: Connection, work: Callable[[Any], Any]) -> None:
    """The loop of a worker; ends when nobody sends any more."""
    os.setsid()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    while True:
        try:
            job = pipe.recv()
        except EOFError:
            return
        try:
            answer: Answer = ("done", work(job))
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is the result
            last = "".join(traceback.format_exception(error)).strip().splitlines()
            answer = ("crash", "\n".join(last[-6:]))
        pipe.send(answer)


def run(
    work: Callable[[J], Any], jobs: Sequence[J], seconds: float, workers: int = WORKERS, start_seconds: float = 30.0
) -> Iterator[Answer]:
    """The answers in the order of the jobs. `seconds` bounds one job; the first of a process has `start_seconds` more.

    `work` must be found by its name in a fresh process.
    """
    answers: dict[int, Answer] = {}
    told = 0
    pool = [Worker(work) for _ in range(min(workers, len(jobs)))]
    following = iter(range(len(jobs)))

    def replace(worker: Worker, answer: Answer) -> None:
        assert worker.at is not None
        answers[worker.at] = answer
        worker.end()
        pool[pool.index(worker)] = Worker(work)

    try:
        while told < len(jobs):
            for worker in pool:
                if worker.at is None and (number := next(following, None)) is not None:
                    worker.take(number, jobs[number])
            by_pipe = {worker.pipe: worker for worker in pool if worker.at is not None}
            for pipe in wait(list(by_pipe), timeout=0.2):
                worker = by_pipe[pipe]
                assert worker.at is not None
                try:
                    answers[worker.at] = worker.pipe.recv()
                except EOFError:
                    worker.process.join(5)
                    replace(worker, ("crash", f"the process ended with {worker.process.exitcode}"))
                    continue
                worker.at, worker.fresh = None, False
            for worker in list(pool):
                if worker.at is not None and time.monotonic() - worker.began > seconds + start_seconds * worker.fresh:
                    replace(worker, ("hang", seconds))
            while told in answers:
                yield answers.pop(told)
                told += 1
    finally:
        for worker in pool:
            worker.end()
