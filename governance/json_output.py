"""JSON as commands print it: a log that it goes to obeys nothing in it."""

import json
import re
from typing import Any, Final

_COMMAND: Final = re.compile(r"##(?=\[|vso\[)", re.IGNORECASE)
"""CI systems look for these in the midst of a line as well; outside of texts JSON has none."""


def json_output(content: Any) -> str:
    """The content as indented JSON with a line's end. What JSON does not know is written as text."""
    return _COMMAND.sub(r"#\\u0023", json.dumps(content, indent=2, default=str)) + "\n"
