"""Commands of a GitHub workflow, escaped so that no text of a document becomes one."""

from typing import Final

from contracts.plain import plain
from governance.diff.side import Place
from governance.finding import Severity

ANNOTATIONS: Final = {Severity.BREAKING: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}


def workflow_command(kind: str, text: str, **properties: str) -> str:
    """`::kind name=value,...::text` on one line."""
    named = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {named}::{_data(text)}"


def annotation(kind: str, place: Place, title: str, text: str) -> str:
    """An annotation at a place; without the place where that is not in the working tree."""
    properties = {"title": plain(title)}
    if place.in_tree and place.line:
        properties = {"file": plain(place.file), "line": str(place.line), "col": str(place.column), **properties}
    return workflow_command(kind, text, **properties)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
