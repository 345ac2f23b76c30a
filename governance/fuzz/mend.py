"""Proposes an overlay (OpenAPI Overlay 1.1) under which the contract says what the system does, as far as was seen.

What the system answered is documented: a status, null, a value of a list, a greater length. What is demanded of callers
is tightened where the system refuses it and nothing that business could turn on explains that. Each action says why; a
person decides, for a contract that follows a fault of its system makes a promise of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.document import Document, UnresolvedReferenceError
from contracts.document_text import as_yaml
from contracts.judgement import Violation
from contracts.path_text import Location, quoted, written
from governance.fuzz.judge.seen import SIGNED_OFF, Seen
from governance.fuzz.observed import CODE, json_type, missing_members, value_at, widened
from governance.fuzz.verdict import FuzzVerdict

_NO_CONTRACT: Final = frozenset({401, 405, 406, 411, 413, 414, 415, 417, 429, 431})
"""HTTP's own refusals, and those of the gateway's credential."""
_LIMITS: Final = ("maxLength", "maximum", "maxItems", "maxProperties", "minLength", "minimum", "minItems")
_TAKEN_OUT: Final = ("pattern", "format", "multipleOf", "uniqueItems", "const")
_MOST_VALUES: Final = 40


@dataclass(frozen=True, slots=True)
class Mended:
    """The proposed overlay of one version."""

    name: str
    """`api@version`."""
    actions: tuple[Mapping[str, Any], ...]

    def as_yaml(self) -> str:
        """The file, to be read by a person and put beside the contract as `overlay.yaml`."""
        return as_yaml({
            "overlay": "1.1.0",
            "info": {
                "title": f"What the system of {self.name} does otherwise than its contract says",
                "version": "0.1.0",
                "description": "Proposed by tidewaiter fuzz from a recording; a person decides on each action.",
            },
            "extends": self.name,
            "actions": [dict(one) for one in self.actions],
        })  # fmt: skip


@dataclass(slots=True)
class _Facts:
    """What was seen at one place of a document."""

    rule: str
    pointer: str
    values: list[Any] = field(default_factory=list)
    names: dict[str, Any] = field(default_factory=dict)
    """Members that are missing, or that nothing declares, with a value of each."""
    calls: int = 0


def mended(seen: Sequence[Seen], verdict: FuzzVerdict) -> Iterator[Mended]:
    """One overlay for each version that needs one."""
    by_target: dict[str, list[Seen]] = {}
    for one in seen:
        if one.entry.part in ("learn", "fuzz", "probe") and one.entry.about.get("probe") not in SIGNED_OFF:
            by_target.setdefault(one.subject.target.name, []).append(one)
    for name, calls in by_target.items():
        described = calls[0].subject.target.described.document
        actions = [*_statuses(calls, described), *_answers(calls, described), *_demands(verdict, name, calls)]
        if actions:
            yield Mended(name, tuple(actions))


def _statuses(calls: Sequence[Seen], document: Document) -> Iterator[Mapping[str, Any]]:
    """Statuses that calls which keep to the contract were answered with."""
    found: dict[tuple[str, int], Seen] = {}
    for seen in calls:
        undocumented = any(one.location == "status" for one in seen.answer.violations)
        if undocumented and not _is_no_answer(seen):
            found.setdefault((seen.compiled.operation_id, seen.status), seen)
    for (operation_id, status), seen in found.items():
        operation = next(
            (op for op in seen.subject.target.described.operations if op.operation_id == operation_id), None
        )
        if operation is None:
            continue
        _, pointer = document.step(f"{operation.pointer}/responses")
        received = seen.main.received if seen.main is not None else None
        media = "" if received is None else received.header("content-type").partition(";")[0].strip()
        answer: dict[str, Any] = {"description": f"Answered by the system; {seen.operation.method} {operation.path}."}
        if media and received is not None and received.body:
            answer["content"] = {media: {"schema": {}}}
        yield {
            "target": written(_location(pointer)),
            "description": f"The system answers {status}, which the contract does not name.",
            "update": {str(status): answer},
        }


def _is_no_answer(seen: Seen) -> bool:
    if seen.throttled or seen.status >= 500 or seen.status in _NO_CONTRACT or seen.request.outcome == "violates":
        return True
    return seen.told is not None and seen.told.kind in ("auth", "transient.session")


def _answers(calls: Sequence[Seen], document: Document) -> Iterator[Mapping[str, Any]]:
    """What bodies of answers hold that the contract rules out; answers to rubbish do not count."""
    facts: dict[tuple[str, str], _Facts] = {}
    for seen in calls:
        if seen.throttled or seen.request.outcome == "violates" or not 200 <= seen.status < 500:
            continue
        for one in seen.answer.violations:
            if one.location == "body" and one.contract:
                _note(facts, seen, one, document)
    for fact in facts.values():
        yield from _mend(fact, document)


def _note(facts: dict[tuple[str, str], _Facts], seen: Seen, one: Violation, document: Document) -> None:
    value = value_at(seen.answer_json, one.pointer)
    fact = facts.setdefault((one.contract, one.rule), _Facts(one.rule, one.contract))
    fact.calls += 1
    if one.rule == "required":
        fact.names |= dict.fromkeys(missing_members(value, _at(document, one.contract)))
    elif one.rule in ("additionalProperties", "unevaluatedProperties"):
        fact.names[one.pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")] = value
    elif len(fact.values) < _MOST_VALUES:
        fact.values.append(value)


def _mend(fact: _Facts, document: Document) -> Iterator[Mapping[str, Any]]:
    schema_pointer = fact.pointer.rpartition("/")[0]
    schema = _at(document, schema_pointer)
    if not isinstance(schema, Mapping):
        return
    target = written(_location(schema_pointer))
    seen = f"seen in {fact.calls} answers"
    if fact.rule == "type" and "type" in schema:
        yield from _types(fact, schema, target, seen, old=_is_old(document))
    elif fact.rule == "enum":
        new = [value for value in fact.values if isinstance(value, str) and CODE.fullmatch(value)]
        new = [value for value in dict.fromkeys(new) if value not in schema.get("enum", ())]
        if new:
            yield {"target": f"{target}.enum", "description": f"Values that the contract does not list; {seen}.",
                   "update": new}  # fmt: skip
    elif fact.rule in _LIMITS and fact.rule in schema:
        limit = widened(fact.rule, fact.values)
        if limit is not None:
            yield {"target": target, "description": f"`{fact.rule}` is not kept; {seen}.",
                   "update": {fact.rule: limit}}  # fmt: skip
    elif fact.rule in _TAKEN_OUT and fact.rule in schema:
        yield {"target": f"{target}[{quoted(fact.rule)}]", "description": f"`{fact.rule}` is not kept; {seen}.",
               "remove": True}  # fmt: skip
    elif fact.rule == "required":
        for name in sorted(fact.names):
            yield {"target": f"{target}.required[?@ == {quoted(name)}]",
                   "description": f"`{name}` is not always there; {seen}.", "remove": True}  # fmt: skip
    elif fact.rule == "additionalProperties" and fact.names:
        update = {name: {"type": json_type(value)} if value is not None else {} for name, value in
                  sorted(fact.names.items())}  # fmt: skip
        yield {"target": f"{target}.properties",
               "description": f"Members that the contract does not declare; this shows more to consumers. {seen}.",
               "update": update}  # fmt: skip


def _types(
    fact: _Facts, schema: Mapping[str, Any], target: str, seen: str, *, old: bool
) -> Iterator[Mapping[str, Any]]:  # fmt: skip
    """Null beside the type, or another type beside it."""
    stated = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    found = [json_type(value) for value in fact.values]
    more = [kind for kind in dict.fromkeys(found) if kind not in stated]
    if "number" in more and "integer" in stated:
        stated = [kind for kind in stated if kind != "integer"]
    why = f"Answered as {' and '.join(more) or 'another type'}; {seen}."
    if old and more == ["null"]:
        yield {"target": target, "description": why, "update": {"nullable": True}}
        return
    kinds = [*stated, *more]
    yield {"target": f"{target}.type", "description": why, "remove": True}
    if old:
        if len(kinds) == 1:
            yield {"target": target, "description": why, "update": {"type": kinds[0]}}
        elif "null" in kinds:
            yield {"target": target, "description": why, "update": {"nullable": True}}
        return
    yield {"target": target, "description": why, "update": {"type": kinds[0] if len(kinds) == 1 else kinds}}
    if "null" in more and isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        yield {"target": f"{target}.enum", "description": why, "update": [None]}


def _demands(verdict: FuzzVerdict, name: str, calls: Sequence[Seen]) -> Iterator[Mapping[str, Any]]:
    """What the system demands of callers and the contract leaves open, one keyword each."""
    document = calls[0].subject.target.described.document
    for judged in verdict.findings:
        demand = judged.demand
        if demand is None or not judged.operation.startswith(f"{name} "):
            continue
        pointer, keyword, value = demand
        try:
            _, pointer = document.follow(*document.step(pointer))
        except UnresolvedReferenceError:
            continue
        target = written(_location(pointer))
        why = f"The system {judged.finding.message}."
        if keyword == "required" and isinstance(_at(document, f"{pointer}/required"), list):
            yield {"target": f"{target}.required", "description": why, "update": [value]}
        elif keyword == "required":
            yield {"target": target, "description": why, "update": {"required": [value]}}
        else:
            yield {"target": target, "description": why, "update": {keyword: value}}


def _at(document: Document, pointer: str) -> Any:
    try:
        return document.step(pointer)[0]
    except UnresolvedReferenceError:
        return None


def _location(pointer: str) -> Location:
    return tuple(
        int(token) if token.isdecimal() and i and pointer.split("/")[i] in ("allOf", "anyOf", "oneOf", "parameters")
        else token.replace("~1", "/").replace("~0", "~")
        for i, token in enumerate(pointer.split("/")[1:])
    )  # fmt: skip


def _is_old(document: Document) -> bool:
    return str(document.tree.get("openapi", "")).startswith("3.0")
