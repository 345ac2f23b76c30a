"""What is told of a change for which no rule was foreseen: it has no rule, and a report may name it all the same."""

from typing import Final

from governance.json_output import json_output
from governance.reports.rules import otherwise
from governance.severities import UNJUDGED

_REASON: Final = "No change is passed over in silence, and nobody has judged this one."
_DO: Final = "Look at it yourself. That no rule was foreseen for it is a fault of Tidewaiter: please report it."
_WEIGHS: Final = "warning; breaking where a message is proven to fail"


def as_text() -> str:
    """For a terminal."""
    lines = [
        UNJUDGED, "", "Judges:  a change for which no rule was foreseen (tidewaiter diff)", f"Weighs:  {_WEIGHS}",
        f"Why:     {_REASON}", f"Do:      {_DO}",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


def as_json() -> str:
    """For machines."""
    return json_output({"id": UNJUDGED, "severity": _WEIGHS, "reason": _REASON, "do": _DO})


def page() -> str:
    """As a page of its own, in Markdown."""
    lines = [
        f"# {UNJUDGED}", "",
        f"Found by `tidewaiter diff`: a change for which no rule was foreseen. It weighs {_WEIGHS}.", "",
        "## Why", "", _REASON, "", "## What to do", "", _DO, "",
        "[The places without a rule](../rules.md#what-no-change-comes-to) say why no change was expected there.", "",
        *otherwise("diff", UNJUDGED),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
