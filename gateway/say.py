"""What the parent says to whoever runs the gateway."""

import sys


def say(text: str) -> None:
    """One message on standard error."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()
