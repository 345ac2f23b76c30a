"""What every SARIF 2.1.0 log of ours has in common: its frame, places, and texts in which nothing takes effect."""

import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import quote

from contracts.plain import plain
from governance.diff.side import Place
from governance.finding import Severity
from governance.json_output import json_output

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

LEVELS: Final = {Severity.BREAKING: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_PLACEHOLDER: Final = re.compile(r"\{(\d+)\}")


def log(runs: Sequence[Mapping[str, Any]]) -> str:
    """The whole file."""
    return json_output({"$schema": SCHEMA, "version": "2.1.0", "runs": list(runs)})


def tool(rules: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Who made the run, and the rules that its results are of."""
    return {"driver": {"name": "Tidewaiter", "version": _version(), "rules": list(rules)}}


def location(place: Place, pointer: str) -> dict[str, Any]:
    """A place in a file, with the JSON pointer in the document as its logical one."""
    return {"physicalLocation": physical(place), "logicalLocations": [{"fullyQualifiedName": pointer or "/"}]}


def physical(place: Place) -> dict[str, Any]:
    """A place in a file alone."""
    told: dict[str, Any] = {"artifactLocation": _artifact(place)}
    if place.line:
        told["region"] = {"startLine": place.line, "startColumn": place.column}
    return told


def _artifact(place: Place) -> Mapping[str, str]:
    if place.file.startswith(("https://", "http://")):
        return {"uri": quote(place.file, safe="/:%?&=~!$'()*+,;@[]")}
    if place.file.startswith("/"):
        return {"uri": "file://" + quote(place.file)}
    # A first segment with a colon (`main:openapi.yaml`) would be read as a scheme.
    return {"uri": quote(place.file)}


def message(text: str) -> str:
    """Text of a message: SARIF reads `[words](1)` as a link and `{0}` as a place for an argument (3.11.5, 3.11.6)."""
    shown = plain(text).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return _PLACEHOLDER.sub(r"{{\1}}", shown)


def _version() -> str:
    try:
        return version("tidewaiter")
    except PackageNotFoundError:
        return "0"
