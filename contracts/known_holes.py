"""Why openapi-core says something else than the compiled plan: its known holes, `second_opinion_holes.yaml`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from contracts import yaml12
from contracts.probe.messages import Probe
from contracts.probe.raw import Place, Raw, UnknownError
from contracts.second_opinion import Opinion

_FILE: Final = Path(__file__).with_name("second_opinion_holes.yaml")
_IGNORED: Final = ("accept", "content-type", "authorization")


@dataclass(frozen=True, slots=True)
class Hole:
    """One row. What is not stated fits everything."""

    hole: str
    reason: str
    theirs: str
    ours: str = ""
    error: str = ""
    holds: str = ""
    keywords: tuple[str, ...] = ()
    versions: tuple[str, ...] = ()

    def explains(self, probe: Probe, version: str, ours: str, opinion: Opinion, holds: frozenset[str]) -> bool:
        """Whether the difference is of this kind."""
        return (
            opinion.outcome == self.theirs
            and self.ours in ("", ours)
            and opinion.error.endswith(self.error)
            and (not self.keywords or probe.keyword in self.keywords)
            and (not self.versions or version in self.versions)
            and (not self.holds or self.holds in holds)
        )


@cache
def holes() -> tuple[Hole, ...]:
    """The rows, in their order."""
    rows = yaml12.parse(_FILE.read_bytes(), _FILE.name)
    return tuple(_hole(row) for row in rows)


def _hole(row: dict[str, Any]) -> Hole:
    stated: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    return Hole(**stated)


def held_by(tree: Mapping[str, Any], pointer: str) -> frozenset[str]:
    """What an operation holds that a row may be about."""
    try:
        return frozenset(_held_by(Raw(tree, old=False, direction="request"), pointer))
    except (UnknownError, AttributeError, KeyError, TypeError):
        return frozenset()


def _held_by(raw: Raw, pointer: str) -> Iterator[str]:
    operation = raw.target(raw.at("#" + pointer))
    item = raw.target(raw.at("#" + pointer.rpartition("/")[0]))
    template = pointer.replace("~1", "/").replace("~0", "~")
    for place in (*item.each("parameters"), *operation.each("parameters")):
        stated = raw.target(place).node
        if stated["in"] == "header" and stated["name"].lower() in _IGNORED:
            yield "ignored-header"
        if stated["in"] == "path" and f"{{{stated['name']}}}" not in template:
            yield "path-parameter-not-named"
        if stated.get("style") == "deepObject":
            yield "deep-object"
    responses: Place = operation.child("responses") if "responses" in operation.node else operation
    for status in responses.node if responses is not operation else ():
        answer = raw.target(responses.child(status)).node
        if "content" in answer and not answer["content"]:
            yield "empty-content"
