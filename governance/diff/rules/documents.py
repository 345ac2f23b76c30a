"""The parts of documents that the examples of rules are made of."""

from collections.abc import Mapping
from typing import Any, Final

from governance.finding import Direction
from governance.rules import Example, Rule

OK: Final = {"200": {"description": "ok"}}
Part = Mapping[str, Any]


def document(**parts: Any) -> dict[str, Any]:
    """A document with one operation, `GET /orders`, and these parts at the top."""
    return {"paths": {"/orders": {"get": {"responses": OK}}}, **parts}


def get(**fields: Any) -> dict[str, Any]:
    """A document whose one operation, `GET /orders`, has these fields."""
    return {"paths": {"/orders": {"get": {"responses": OK, **fields}}}}


def post(content: Part, **fields: Any) -> dict[str, Any]:
    """A document whose one operation, `POST /orders`, takes this content."""
    return {"paths": {"/orders": {"post": {"requestBody": {"content": content, **fields}, "responses": OK}}}}


def parameter(name: str = "limit", **fields: Any) -> dict[str, Any]:
    """A document whose operation takes one parameter, in the query where `in` is not said."""
    return get(parameters=[{"name": name, "in": "query", "schema": {"type": "string"}, **fields}])


def answer(**fields: Any) -> dict[str, Any]:
    """A document whose operation answers 200 with these fields."""
    return get(responses={"200": {"description": "ok", **fields}})


def answers(*statuses: str) -> dict[str, Any]:
    """A document whose operation answers these statuses, without content."""
    return get(responses={status: {"description": "an answer"} for status in statuses})


def header(**fields: Any) -> dict[str, Any]:
    """A document whose answer has one header."""
    return answer(headers={"X-Count": {"schema": {"type": "string"}, **fields}})


def callback(operation: Part | None = None, *, expression: str = "{$request.query.url}", method: str = "post") -> Any:
    """A document whose operation calls back."""
    called = {"responses": OK} if operation is None else operation
    return get(callbacks={"shipped": {expression: {method: called}}})


def called_back(**answer_fields: Any) -> Any:
    """A document whose operation calls back; what the caller answers has these fields."""
    return callback({"responses": {"200": {"description": "ok", **answer_fields}}})


def example(before: Any, after: Any) -> Example:
    """An example of two whole documents."""
    return Example(before, after)


def schemas(before: Any, after: Any) -> Example:
    """An example of two schemas."""
    return Example(before, after, "schema")


def whole(rule: Rule) -> tuple[dict[str, Any], dict[str, Any]]:
    """The example of a rule as two documents that stand alone."""
    return _whole(rule, rule.example.before), _whole(rule, rule.example.after)


def _whole(rule: Rule, part: Any) -> dict[str, Any]:
    front = {"openapi": "3.2.0", "info": {"title": "Orders", "version": "1.0.0"}}
    if rule.example.form == "document":
        return {**front, **part}
    content = {"application/json": {"schema": part}}
    return {**front, **(post(content) if rule.directions[0] is Direction.REQUEST else answer(content=content))}
