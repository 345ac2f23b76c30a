"""A process apart that answers questions whose time nobody can bound inside it; it is ended when it takes too long.

Questions come pickled on standard input, answers go pickled to standard output; both ends are this program's own. It
ends when its input does.
"""

import pickle
import resource
import sys
from collections.abc import Callable
from typing import Any, Final

from contracts import algebra
from governance.diff.sets import searching
from governance.diff.sets.independent import Independent

MEMORY_BYTES: Final = 2_000_000_000
"""More address space than this it is not given beyond what it starts with."""


def main() -> None:
    """Answer until the input ends."""
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _used() + MEMORY_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    sys.setrecursionlimit(4_000)
    independent = Independent()
    known: dict[str, Callable[..., Any]] = {
        "covers": algebra.covers, "is_empty": algebra.is_empty, "know": independent.know,
        "refused": independent.refused, "attempt": searching.attempt, "any_value": searching.any_value,
        "kept": searching.kept, "message": searching.message,
    }  # fmt: skip
    while True:
        try:
            name, arguments = pickle.load(sys.stdin.buffer)  # noqa: S301 - written by the process that started this one
        except EOFError:
            return
        try:
            answer = known[name](*arguments)
        except Exception:  # noqa: BLE001 - no answer is an answer
            answer = None
        pickle.dump(answer, sys.stdout.buffer)
        sys.stdout.buffer.flush()


def _used() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 - a pseudo file
        return int(file.read().split()[0]) * resource.getpagesize()


if __name__ == "__main__":
    main()
