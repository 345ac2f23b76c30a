"""Bytes of an answer -> values: numbers with every digit, problems, and what does not fit told by its place."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final, NoReturn

from pydantic import ValidationError

from .errors import Effect, Place, Problem, StatusError, UnreadableAnswer, class_of
from .operation import Answer, Operation, adapter_of

PROBLEM: Final = "application/problem+json"


def json_value(body: bytes) -> Any:
    """JSON with numbers as they are written. Raises ValueError."""
    return json.loads(body, parse_float=Decimal, parse_constant=_no_number)


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def value_of(operation: Operation[Any], status: int, body: bytes, correlation_id: str) -> Any:
    """The value of a success that was read whole. Raises UnreadableAnswer."""
    answer = operation.answer_for(status)
    if answer is None or answer.type is None:
        return None
    if not body:
        if any(other.type is None for other in operation.answers):
            return None
        raise UnreadableAnswer(f"{operation.label} answered {status} without a body", correlation_id=correlation_id)
    if answer.kind == "text":
        return body.decode("utf-8", "replace")
    return _typed(operation, answer, body, correlation_id)


def _typed(operation: Operation[Any], answer: Answer, body: bytes, correlation_id: str) -> Any:
    try:
        value = json_value(body)
    except ValueError:
        message = f"the answer of {operation.label} is no JSON"
        raise UnreadableAnswer(message, correlation_id=correlation_id) from None
    return typed(operation, answer, value, correlation_id)


def typed(operation: Operation[Any], answer: Answer, value: Any, correlation_id: str) -> Any:
    """A JSON value as the contract's type. Raises UnreadableAnswer, which names places and no values."""
    assert answer.type is not None
    try:
        return adapter_of(answer.type).validate_python(value)
    except ValidationError as error:
        places = tuple(
            Place("".join(f"/{_token(part)}" for part in fault["loc"]), fault["msg"], "body", fault["type"])
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        )
        where = ", ".join(place.pointer or "/" for place in places[:3])
        message = f"the answer of {operation.label} is not as the contract says, at {where}"
        raise UnreadableAnswer(message, places, correlation_id=correlation_id) from None


def _token(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def problem_of(headers: Mapping[str, str], body: bytes) -> Problem | None:
    """The problem detail of an answer; None where it is none."""
    if headers.get("content-type", "").split(";")[0].strip().lower() != PROBLEM:
        return None
    try:
        members = json_value(body)
    except ValueError:
        return None
    if not isinstance(members, dict):
        return None

    def text(name: str) -> str:
        value = members.get(name)
        return value if isinstance(value, str) else ""

    stated = members.get("errors")
    errors = tuple(
        Place(*(str(one.get(name, "")) for name in ("pointer", "message", "location", "rule")))
        for one in (stated if isinstance(stated, list) else ())
        if isinstance(one, dict)
    )
    effects: Mapping[str, Effect] = {"none": "none", "applied": "applied", "unknown": "unknown"}
    return Problem(
        text("type") or "about:blank", text("title"), text("detail"), text("instance"), effects.get(text("effect")),
        text("fault"), text("correlation"), errors, members,
    )  # fmt: skip


def failure_of(
    operation: Operation[Any], status: int, headers: Mapping[str, str], body: bytes, correlation_id: str,
    problems: Mapping[str, type[StatusError]],
) -> StatusError:  # fmt: skip
    """The exception for an answer that is no success, of the class of its problem, else of its status."""
    problem = problem_of(headers, body)
    kind = class_of(status)
    effect: Effect = "none" if operation.safe else "unknown"  # a status alone proves nothing about a write
    if problem is not None:
        kind = problems.get(problem.name, kind)
        effect = problem.effect or effect
    return kind(
        status=status, headers=headers, body=body, operation=operation.label,
        correlation_id=correlation_id or (problem.correlation_id if problem else ""), effect=effect, problem=problem,
        value=_declared(operation, status, headers, body),
    )  # fmt: skip


def _declared(operation: Operation[Any], status: int, headers: Mapping[str, str], body: bytes) -> Any:
    found = next((one for one in operation.failures if one.covers(status)), None) or next(
        (one for one in operation.failures if one.status == "default"), None
    )
    if found is None or found.type is None or found.kind != "json" or not body:
        return None
    if "json" not in headers.get("content-type", "").lower():
        return None
    try:
        return adapter_of(found.type).validate_python(json_value(body))
    except ValueError:  # a ValidationError is one too: a failure that does not fit is still that failure
        return None
