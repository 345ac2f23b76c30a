"""Examples and defaults: they keep to their own schemas, judged by the schemas as the gateway lowers them."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from contracts import algebra
from contracts.engine import EngineRefusedError, first_error, make_engine
from contracts.plain import plain
from contracts.schema import Direction, Lowering
from governance.diff.walk.reading import Node
from governance.diff.wording import shown
from governance.finding import Severity, Use
from governance.lint.documents import query, takes
from governance.lint.operations import Operation, is_json, media_types
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_LATE: Final = "not all examples were judged: the time for them was over"


@dataclass(frozen=True, slots=True)
class Stated:
    """An example or a default, the schema that it must keep to, and where both stand."""

    value: Any
    at: str
    schema: Node
    direction: Direction
    reach: tuple[Use, ...]
    kind: str
    """`example` or `default`."""


class Judge:
    """Judges values by lowered schemas, each made ready once."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._lowerings: dict[Direction, Lowering] = {}
        self._engines: dict[tuple[Direction, str], Callable[[Any], str] | str] = {}

    def fault(self, stated: Stated) -> tuple[str, str]:
        """Why the value does not keep to its schema, and why that could not be judged; empty for what does."""
        key = (stated.direction, stated.schema.at)
        if key not in self._engines:
            self._engines[key] = self._made(stated)
        engine = self._engines[key]
        return ("", engine) if isinstance(engine, str) else (engine(stated.value), "")

    def _made(self, stated: Stated) -> Callable[[Any], str] | str:
        if time.monotonic() > self._subject.deadline:
            self._subject.limits[_LATE] = None
            return "late"
        lowering = self._lowerings.get(stated.direction)
        if lowering is None:
            lowering = Lowering(self._subject.document, self._subject.reading.version, stated.direction)
            self._lowerings[stated.direction] = lowering
        key = lowering.root(stated.schema.value, stated.schema.at)
        survey = lowering.survey(key)
        if survey.nodes > _LARGE:
            return "its schema is too large"
        schema = lowering.plain(key)
        try:
            engine = make_engine(schema)
        except EngineRefusedError:
            return self._second(schema)
        return lambda value: _told(engine, value)

    def _second(self, schema: dict[str, Any]) -> Callable[[Any], str] | str:
        """Patterns that no linear engine runs are run with a bounded number of steps."""
        try:
            holds = algebra.validator(schema)
        except algebra.NoAnswerError as error:
            return plain(str(error))
        return lambda value: "" if holds(value) else "it does not keep to its schema"


_LARGE: Final = 20_000
"""Schemas of more parts are not made ready only for an example."""


def _told(engine: Any, value: Any) -> str:
    error = first_error(engine, value)
    if error is None:
        return ""
    place = "".join(f"/{step}" for step in error.instance_path)
    keyword = error.schema_path[-1] if error.schema_path else "false"
    return f"{keyword}{f' at {place}' if place else ''}"


def _stated(subject: Subject) -> Iterator[Stated]:
    """Every example and default, those of shared places once."""
    told: set[tuple[str, str]] = set()
    for found in _every(subject):
        if (found.at, found.direction) not in told and (found.at, "both") not in told:
            told.add((found.at, found.direction if found.kind == "default" else "both"))
            yield found


def _every(subject: Subject) -> Iterator[Stated]:
    for one in subject.every_operation:
        sent: Direction = "answer" if one.turned else "request"
        for parameter in one.parameters:
            yield from _of_holder(subject, parameter.node, sent, one)
        for name, media in media_types(subject.reading, one.body):
            if is_json(name):
                yield from _of_holder(subject, media, sent, one)
        back: Direction = "request" if one.turned else "answer"
        for answer in one.answers.values():
            for name, media in media_types(subject.reading, answer):
                if is_json(name):
                    yield from _of_holder(subject, media, back, one)
    yield from _in_schemas(subject)


def _of_holder(subject: Subject, holder: Node, direction: Direction, one: Operation) -> Iterator[Stated]:
    """`example` and `examples` beside a schema. Of a parameter they are values, not their texts."""
    schema = holder.child("schema")
    if not isinstance(schema.value, dict):
        return
    if "example" in holder.members:
        yield Stated(holder.members["example"], f"{holder.at}/example", schema, direction, one.reach, "example")
    for node in subject.reading.named(holder.child("examples")).values():
        for key in ("value", "dataValue"):
            if key in node.members:
                yield Stated(node.members[key], f"{node.at}/{key}", schema, direction, one.reach, "example")


def _in_schemas(subject: Subject) -> Iterator[Stated]:
    values = subject.values
    sent: dict[str, int] = {}
    nodes: dict[str, Node] = {}
    for value in values:
        for node in value.parts:
            if not {"example", "examples", "default"}.isdisjoint(node.members):
                nodes[node.at] = node
                sent[node.at] = sent.get(node.at, 0) | value.carried
    for at, node in nodes.items():
        uses = values.reach(sent[at])
        direction: Direction = "request" if any(use.direction == "request" for use in uses) else "answer"
        schema = node
        if "example" in node.members:
            yield Stated(node.members["example"], f"{at}/example", schema, direction, uses, "example")
        listed = node.members.get("examples")
        for number, item in enumerate(listed if isinstance(listed, list) else ()):
            yield Stated(item, f"{at}/examples/{number}", schema, direction, uses, "example")
        if "default" in node.members:
            yield Stated(node.members["default"], f"{at}/default", schema, direction, uses, "default")


def _wrong(subject: Subject, kind: str) -> Iterator[Hit]:
    judge = Judge(subject)
    for stated in _stated(subject):
        if stated.kind != kind:
            continue
        wrong, _ = judge.fault(stated)
        if wrong:
            yield Hit(stated.at, f"the {kind} {shown(stated.value)} is refused by its schema: {wrong}", stated.reach)


def _examples(subject: Subject) -> Iterator[Hit]:
    yield from _wrong(subject, "example")


def _defaults(subject: Subject) -> Iterator[Hit]:
    yield from _wrong(subject, "default")


def _unjudged(subject: Subject) -> Iterator[Hit]:
    judge = Judge(subject)
    for stated in _stated(subject):
        _, reason = judge.fault(stated)
        if reason not in ("", "late"):
            yield Hit(stated.at, f"the {stated.kind} {shown(stated.value)} could not be judged: {reason}", stated.reach)


def _never_used(subject: Subject) -> Iterator[Hit]:
    values = subject.values
    for member in values.members:
        required = {
            name for part in member.owner.parts for name in part.child("required").value or () if isinstance(name, str)
        }
        if (
            member.name in required
            and values.sent(member.owner)
            and any("default" in node.members for node in member.value.parts[:1])
        ):
            at = member.value.parts[0].at
            yield Hit(
                f"{at}/default",
                f"{member.name} is required: its default is never used",
                values.reach(values.sent(member.owner)),
            )
    told: dict[str, tuple[str, list[Use]]] = {}
    for one in subject.operations:
        for parameter in one.parameters:
            schema = subject.reading.follow(parameter.node.child("schema"))
            if (
                parameter.node.members.get("required") is True
                and "default" in schema.members
                and parameter.location != "path"
            ):
                message = f"the {parameter.location} parameter {parameter.name} is required: its default is never used"
                told.setdefault(f"{schema.at}/default", (message, []))[1].extend(one.reach)
    for at, (message, reach) in told.items():
        yield Hit(at, message, tuple(reach))


_W, _I = Severity.WARNING, Severity.INFO


def _one(**schema: Any) -> dict[str, Any]:
    return takes({"type": "object", "properties": {"count": schema}})


RULES: Final = (
    LintRule(
        "example-invalid", _W,
        "Examples are copied before anything else is read, and mocks answer them. One that the schema refuses teaches "
        "what does not work.",
        "Correct the example, or the schema.",
        Example(_one(type="integer", example="three"), _one(type="integer", example=3)), _examples,
    ),
    LintRule(
        "default-invalid", _W,
        "A default that the schema refuses can be used by nobody who keeps to it.",
        "Correct the default, or the schema.",
        Example(_one(type="integer", default="0"), _one(type="integer", default=0)), _defaults,
    ),
    LintRule(
        "example-not-judged", _I,
        "What could not be judged is neither right nor wrong: a person looks.",
        "Mend what keeps the schema from being read.",
        Example(
            _one(type="string", pattern="^(?=[", example="a"), _one(type="string", pattern="^[a-z]$", example="a")
        ), _unjudged,
    ),
    LintRule(
        "default-never-used", _I,
        "A default holds where a value is left out, and what is required is never left out.",
        "Take the default out, or let the value be optional.",
        Example(
            query("limit", {"type": "integer", "default": 5}, required=True),
            query("limit", {"type": "integer", "default": 5}),
        ), _never_used,
    ),
)  # fmt: skip
