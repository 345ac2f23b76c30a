"""Questions put to the process apart, each with a bound; a process that does not answer in time is ended."""

import atexit
import contextlib
import pickle
import select
import subprocess
import sys
import time
from typing import Any, Final, Self

from governance.diff.sets.searching import Found

QUESTION_SECONDS: Final = 3.0
"""So long the process may take for one answer."""
SEARCH_SECONDS: Final = 4.0
"""So long it may take for a search, which keeps to a bound of its own wherever a validator comes back."""
MOST_ENDED: Final = 3
"""So many questions of one comparison may be cut off; then no more are asked: the schemas are made to last."""
_START_SECONDS: Final = 15.0


_IDLE: Final[list[subprocess.Popen[bytes]]] = []
"""Processes that answered everything: starting one takes longer than most comparisons. They end with this one."""


class Checks:
    """The process and what it was told. Use as a context manager: then it is free for the next comparison."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._known: dict[str, dict[str, Any]] = {}
        self.ended = 0
        """How many questions were cut off."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *error: object) -> None:
        if kind is None and self._process is not None:
            _IDLE.append(self._process)
            self._process = None
        self.close()

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            _end(self._process)
            self._process = None

    def know(self, name: str, definitions: dict[str, Any]) -> None:
        """Definitions for `refused`, told again to each new process."""
        self._known[name] = definitions
        if self._process is not None:
            self._ask("know", name, definitions, seconds=_START_SECONDS)

    def covers(self, receiver: Any, sender: Any) -> bool | None:
        """Whether the receiver takes every value of the sender; None for no answer."""
        answer = self._ask("covers", receiver, sender)
        return answer if isinstance(answer, bool) else None

    def is_empty(self, schema: Any) -> bool | None:
        """Whether no value keeps to the schema; None for no answer."""
        answer = self._ask("is_empty", schema)
        return answer if isinstance(answer, bool) else None

    def refused(self, schema: Any, value: Any) -> list[tuple[str, tuple[str | int, ...], str]] | None:
        """What an independent validator has against a value; None for no answer."""
        answer = self._ask("refused", schema, value)
        return answer if isinstance(answer, list) else None

    def attempt(self, sender: Any, receiver: Any, demand: Any, text: bool, first: Found) -> Found:
        """A failing example, as `searching.attempt` finds it; `cannot` where the process was ended."""
        answer = self._ask("attempt", sender, receiver, demand, text, first, seconds=SEARCH_SECONDS)
        return answer if isinstance(answer, tuple) else ("cannot", "the search took too long")

    def any_value(self, schema: Any) -> bool | None:
        """Whether any valid value is found; None for no answer."""
        answer = self._ask("any_value", schema, seconds=SEARCH_SECONDS)
        return answer if isinstance(answer, bool) else None

    def kept(self, schema: Any, values: list[Any]) -> list[bool] | None:
        """Which values are valid; None for no answer."""
        answer = self._ask("kept", schema, values)
        return answer if isinstance(answer, list) else None

    def message(self, schema: Any, places: list[tuple[str | int, ...]], value: Any) -> Found:
        """A valid message round a value; `cannot` for no answer."""
        answer = self._ask("message", schema, places, value, seconds=SEARCH_SECONDS)
        return answer if isinstance(answer, tuple) else ("cannot", "the search took too long")

    def _ask(self, name: str, *arguments: Any, seconds: float | None = None) -> Any:
        if self.ended >= MOST_ENDED:
            return None
        try:
            if self._process is None or self._process.poll() is not None:
                self._start()
            return self._send((name, arguments), QUESTION_SECONDS if seconds is None else seconds)
        except (OSError, EOFError, pickle.PickleError, RecursionError, TimeoutError):
            self.ended += 1
            self.close()
            return None

    def _send(self, question: tuple[str, tuple[Any, ...]], seconds: float) -> Any:
        """Ask the process that is there. Raises what a process that is no more, or too slow, comes to."""
        process = self._process
        assert process is not None
        assert process.stdin is not None
        process.stdin.write(pickle.dumps(question))
        process.stdin.flush()
        return self._answer(process, time.monotonic() + seconds)

    def _answer(self, process: subprocess.Popen[bytes], ends: float) -> Any:
        assert process.stdout is not None
        left = ends - time.monotonic()
        ready, _, _ = select.select([process.stdout], [], [], max(left, 0))
        if not ready:
            raise TimeoutError
        return pickle.load(process.stdout)  # noqa: S301 - the process is this program's own

    def _start(self) -> None:
        self.close()
        while _IDLE and self._process is None:
            idle = _IDLE.pop()
            if idle.poll() is None:
                self._process = idle
            else:
                _end(idle)
        if self._process is None:
            # -P: nothing in the folder that is worked in is taken for this program's own.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "governance.diff.sets.worker"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._send(("is_empty", (True,)), _START_SECONDS)
        for name, definitions in self._known.items():
            self._send(("know", (name, definitions)), _START_SECONDS)


def _end(process: subprocess.Popen[bytes]) -> None:
    for stream in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            stream.close()  # type: ignore[union-attr]
    process.kill()
    process.wait()


@atexit.register
def _end_idle() -> None:
    while _IDLE:
        _end(_IDLE.pop())
