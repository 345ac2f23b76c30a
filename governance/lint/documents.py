"""The parts of documents that the examples of rules are made of."""

from collections.abc import Mapping
from typing import Any, Final

from governance.lint.rule import Example

FRONT: Final = {"openapi": "3.1.0", "info": {"title": "Orders", "version": "1.0.0"}}
OK: Final = {"200": {"description": "ok"}}
Part = Mapping[str, Any]


def document(**parts: Any) -> dict[str, Any]:
    """A document with one operation, `GET /orders`, and these parts at the top."""
    return {"paths": {"/orders": {"get": {"responses": OK}}}, **parts}


def paths(*names: str, method: str = "get", **fields: Any) -> dict[str, Any]:
    """A document with an operation at each path, all with these fields."""
    return {"paths": {name: {method: {"responses": OK, **fields}} for name in names}}


def get(path: str = "/orders", **fields: Any) -> dict[str, Any]:
    """A document whose one operation is a GET with these fields."""
    return paths(path, **fields)


def query(name: str, schema: Part | None = None, **fields: Any) -> dict[str, Any]:
    """A document whose operation takes one parameter, in the query where `in` is not said."""
    return get(parameters=[{"name": name, "in": "query", "schema": schema or {"type": "string"}, **fields}])


def path_parameter(schema: Part) -> dict[str, Any]:
    """A document whose path names one order by a parameter with this schema."""
    return get("/orders/{id}", parameters=[{"name": "id", "in": "path", "required": True, "schema": schema}])


def takes(schema: Part, **parts: Any) -> dict[str, Any]:
    """A document whose one operation, `POST /orders`, takes a body of this schema."""
    body = {"content": {"application/json": {"schema": schema}}}
    return {"paths": {"/orders": {"post": {"requestBody": body, "responses": OK}}}, **parts}


def answers(schema: Part, path: str = "/orders", **fields: Any) -> dict[str, Any]:
    """A document whose one operation, a GET, answers 200 with this schema."""
    content = {"application/json": {"schema": schema}}
    return get(path, responses={"200": {"description": "ok", "content": content}}, **fields)


def refuses(status: str = "404", **fields: Any) -> dict[str, Any]:
    """A document whose operation also answers with one error."""
    return get(responses={**OK, status: {"description": "refused", **fields}})


def secured(scheme: Part, *scopes: str, **parts: Any) -> dict[str, Any]:
    """A document whose operations ask for one scheme."""
    return document(components={"securitySchemes": {"main": scheme}}, security=[{"main": list(scopes)}], **parts)


def whole(example: Example) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both documents of an example, each standing alone."""
    return {**FRONT, **example.before}, {**FRONT, **example.after}
