"""`tidewaiter onboard` in a process that kills itself, as `kill -9` would, right after its n-th event is on disk."""

import os
import signal
import sys

from governance.cli.main import main
from governance.onboard.journal import Journal

AT = int(sys.argv[1])
_add = Journal.add
_count = 0


def _killing(self, *arguments, **more):
    global _count  # noqa: PLW0603
    event = _add(self, *arguments, **more)
    _count += 1
    if _count == AT:
        os.kill(os.getpid(), signal.SIGKILL)
    return event


Journal.add = _killing
sys.exit(main(sys.argv[2:]))
