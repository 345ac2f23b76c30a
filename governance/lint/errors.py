"""Answers: errors are declared, in one form, with a body that machines can read; successes say what they hold."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from governance.diff.same import canonical
from governance.diff.walk.reading import Node
from governance.diff.walk.security import in_force
from governance.finding import Severity, Use
from governance.lint.documents import OK, answers, document, get, paths, refuses, secured
from governance.lint.operations import Operation, is_json, media_types
from governance.lint.rule import Example, Hit, LintRule
from governance.lint.subject import Subject

_PROBLEM: Final = ("application/problem+json", "application/problem+xml")


def _is_error(status: str) -> bool:
    return status[:1] in ("4", "5") or status == "default"


def _has(operation: Operation, first: str) -> bool:
    return any(status[:1] == first or status == "default" for status in operation.answers)


def _no_refusals(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        if one.answers and not _has(one, "4"):
            yield Hit(one.node.at, f"{one.name} declares no answer 4xx", one.reach, one.identity)


def _no_failures(subject: Subject) -> Iterator[Hit]:
    lacking = [one for one in subject.operations if one.answers and not _has(one, "5")]
    if len(lacking) == len(subject.operations) and len(lacking) > 1:
        reach = tuple(use for one in lacking for use in one.reach)
        yield Hit("/paths", "no operation declares an answer 5xx", reach, "all")
        return
    for one in lacking:
        yield Hit(one.node.at, f"{one.name} declares no answer 5xx", one.reach, one.identity)


def _no_success(subject: Subject) -> Iterator[Hit]:
    for one in subject.operations:
        if not any(status[:1] in ("1", "2", "3") or status == "default" for status in one.answers):
            yield Hit(one.node.at, f"{one.name} declares no answer of success", one.reach, one.identity)


def _errors(subject: Subject) -> dict[str, tuple[Node, str, list[Operation]]]:
    """The answers that are errors by place: those in components once."""
    found: dict[str, tuple[Node, str, list[Operation]]] = {}
    for one in subject.operations:
        for status, answer in one.answers.items():
            if _is_error(status):
                found.setdefault(answer.at, (answer, status, []))[2].append(one)
    return found


def _reach(operations: list[Operation]) -> tuple[Use, ...]:
    return tuple(dict.fromkeys(use for one in operations for use in one.reach))


def _empty_errors(subject: Subject) -> Iterator[Hit]:
    for at, (answer, status, operations) in _errors(subject).items():
        if not answer.child("content").members and any(one.method != "HEAD" for one in operations):
            yield Hit(at, f"{operations[0].name}: the answer {status} has no content", _reach(operations))


def _with_content(subject: Subject) -> Iterator[tuple[Node, str, list[Operation], dict[str, Node]]]:
    for answer, status, operations in _errors(subject).values():
        if status != "default":
            media = dict(media_types(subject.reading, answer))
            if media:
                yield answer, status, operations, media


def _no_problems(subject: Subject) -> Iterator[Hit]:
    every = list(_with_content(subject))
    lacking = [one for one in every if not any(map(_is_problem, one[3]))]
    if len(lacking) == len(every) and len(lacking) > 1:
        operations = [operation for one in lacking for operation in one[2]]
        message = f"none of {len(lacking)} declared errors is application/problem+json"
        yield Hit("/paths", message, _reach(operations), "all")
        return
    for answer, status, operations, _ in lacking:
        message = f"{operations[0].name}: the answer {status} is not application/problem+json"
        yield Hit(answer.at, message, _reach(operations))


_Shaped = tuple[str, Node, str, list[Operation]]


def _shapes(subject: Subject) -> Iterator[Hit]:
    """Problems are compared with problems, other forms with others: those two are told apart by Content-Type."""
    for problems in (True, False):
        found: list[_Shaped] = []
        for answer, status, operations, media in _with_content(subject):
            for name, node in media.items():
                written = node.child("schema")
                schema = subject.reading.follow(written)
                if is_json(name) and _is_problem(name) is problems and schema.members:
                    told = schema.at if written.at != schema.at else canonical(schema.value)
                    found.append((told, answer, status, operations))
                    break
        yield from _unlike(found, "problems" if problems else "errors")


def _unlike(found: list[_Shaped], kind: str) -> Iterator[Hit]:
    counts = Counter(shape for shape, _, _, _ in found)
    if len(counts) < 2:
        return
    usual, number = counts.most_common(1)[0]
    if number * 2 <= len(found):
        operations = [operation for one in found for operation in one[3]]
        message = f"{len(found)} declared {kind} have {len(counts)} forms, and none of them is the usual one"
        yield Hit("/paths", message, _reach(operations), kind)
        return
    told: set[str] = set()
    for shape, answer, status, operations in found:
        if shape != usual and answer.at not in told:
            told.add(answer.at)
            message = f"{operations[0].name}: the answer {status} has another form than most {kind}"
            yield Hit(answer.at, message, _reach(operations))


def _is_problem(media_type: str) -> bool:
    return media_type.partition(";")[0].strip().lower() in _PROBLEM


def _no_unauthorised(subject: Subject) -> Iterator[Hit]:
    secured_ones = [one for one in subject.operations if not in_force(subject.reading, one.node, None).is_open]
    lacking = [one for one in secured_ones if one.answers.keys().isdisjoint({"401", "403", "4XX", "default"})]
    if len(lacking) > 1 and len(lacking) == len(secured_ones):
        yield Hit("/paths", "no operation with security declares an answer 401 or 403", _reach(lacking), "all")
        return
    for one in lacking:
        message = f"{one.name} asks for credentials and declares neither 401 nor 403"
        yield Hit(one.node.at, message, one.reach, one.identity)


def _untyped(subject: Subject) -> Iterator[Hit]:
    told: dict[str, tuple[str, list[Operation]]] = {}
    for one in subject.operations:
        for status, answer in one.answers.items():
            for name, media in media_types(subject.reading, answer):
                if is_json(name) and media.members.keys().isdisjoint({"schema", "itemSchema"}):
                    told.setdefault(media.at, (f"{one.name}: the answer {status} {name} has no schema", []))[1].append(
                        one
                    )
    for at, (message, operations) in told.items():
        yield Hit(at, message, _reach(operations))


_I, _W = Severity.INFO, Severity.WARNING
_PROBLEM_SCHEMA: Final = {"type": "object", "properties": {"title": {"type": "string"}}}
_AS_PROBLEM: Final = {"content": {"application/problem+json": {"schema": _PROBLEM_SCHEMA}}}
_AS_JSON: Final = {"content": {"application/json": {"schema": _PROBLEM_SCHEMA}}}
_OTHER: Final = {"content": {"application/problem+json": {"schema": {"type": "object"}}}}
_KEY: Final = {"type": "apiKey", "in": "header", "name": "X-Key"}


def _three(third: object) -> dict[str, object]:
    content = (_AS_PROBLEM, _AS_PROBLEM, third)
    statuses = ("404", "409", "422")
    return get(responses={**OK, **{s: {"description": "no", **c} for s, c in zip(statuses, content, strict=True)}})  # type: ignore[dict-item]


def _secured(*statuses: str) -> dict[str, object]:
    made = secured(_KEY)
    made["paths"] = paths("/orders", responses={s: {"description": "an answer"} for s in ("200", *statuses)})["paths"]
    return made


RULES: Final = (
    LintRule(
        "refusal-undeclared", _W,
        "Every operation can refuse. A refusal that is not declared is one that no client expects, and that the "
        "gateway cannot check.",
        "Declare the 4xx answers, or `default`.",
        Example(get(), refuses("404")), _no_refusals,
    ),
    LintRule(
        "failure-undeclared", _I,
        "Every operation can fail. Clients handle what is declared.",
        "Declare a 5xx answer, or `default`.",
        Example(get(), refuses("5XX")), _no_failures,
    ),
    LintRule(
        "success-undeclared", _W,
        "What an operation answers when all goes well is its point; without it nothing can be read or checked.",
        "Declare the answer of success.",
        Example(get(responses={"404": {"description": "no"}}), document()), _no_success,
    ),
    LintRule(
        "answer-without-schema", _W,
        "An answer without a schema can hold anything: it cannot be checked, and generated clients give it no type.",
        "State the schema.",
        Example(
            get(responses={"200": {"description": "ok", "content": {"application/json": {}}}}),
            answers({"type": "object"}),
        ), _untyped,
    ),
    LintRule(
        "error-without-content", _I,
        "A status alone does not say what to change. Logs and people need the reason.",
        "Give the answer a body, application/problem+json (RFC 9457).",
        Example(refuses("404"), refuses("404", **_AS_PROBLEM)), _empty_errors,
    ),
    LintRule(
        "error-not-problem", _I,
        "RFC 9457 is the form that the gateway's own refusals have; errors in another one make every client read two.",
        "Answer application/problem+json.",
        Example(refuses("404", **_AS_JSON), refuses("404", **_AS_PROBLEM)), _no_problems,
    ),
    LintRule(
        "error-shapes-differ", _I,
        "A client reads errors in one place of its code; each other form is one more.",
        "Refer to one schema for all errors.",
        Example(_three(_OTHER), _three(_AS_PROBLEM)), _shapes,
    ),
    LintRule(
        "unauthorised-undeclared", _I,
        "An operation that asks for credentials refuses those that are missing or do not suffice.",
        "Declare 401 and 403.",
        Example(_secured(), _secured("401")), _no_unauthorised,
    ),
)  # fmt: skip
