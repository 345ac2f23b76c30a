"""What a node keeps as one JSON object in a file beside its settings. Imports what is small: the parent reads some."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from contracts.diagnostic import Diagnostic, InvalidInputError

_MOST_BYTES: Final = 8_388_608


def read_kept(path: Path, broken: Callable[[Path], InvalidInputError]) -> dict[str, Any]:
    """The object; an empty one where there is no file. Raises InvalidInputError, `broken`'s where it is none."""
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        message, remedy = f"it cannot be read: {reason}", "let this command's user read it"
        raise InvalidInputError([Diagnostic(str(path), "unreadable", message, remedy)]) from None
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError):
        raise broken(path) from None
    if not isinstance(tree, dict):
        raise broken(path)
    return tree
