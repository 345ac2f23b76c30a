"""What the parent says to whoever runs the gateway."""

import sys
from collections.abc import Sequence
from typing import Any


def say(text: str) -> None:
    """One message on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Warned:
    """What ends soon: told when 30, 7 or 1 days are left, and at its end; what the start told is not told again."""

    def __init__(self) -> None:
        self._within: dict[str, int] | None = None

    def tell(self, ends: Sequence[Sequence[Any]]) -> None:
        """Each is a name, within how many days, and the line."""
        before, self._within = self._within, {name: within for name, within, _ in ends}
        for name, within, line in ends:
            if before is not None and before.get(name) != within:
                say(f"warning: {line}")
