"""Mutations of documents, object by object, each with the change that it is and how much that weighs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from governance.diff.change import Area, Effect
from governance.finding import Direction, Severity

REQUEST, RESPONSE, NONE = Direction.REQUEST, Direction.RESPONSE, Direction.NONE
BREAKING, WARNING, INFO = Severity.BREAKING, Severity.WARNING, Severity.INFO
ADDS, REMOVES, NARROWS, WIDENS, CHANGES = Effect.ADDS, Effect.REMOVES, Effect.NARROWS, Effect.WIDENS, Effect.CHANGES
BACK = {ADDS: REMOVES, REMOVES: ADDS, NARROWS: WIDENS, WIDENS: NARROWS, CHANGES: CHANGES}


@dataclass(frozen=True)
class DocumentMutation:
    """A change of the rich document, in place, with what it comes to one way and what it comes to the other way."""

    name: str
    change: Callable[[dict[str, Any]], Any]
    area: Area
    kind: str
    effect: Effect
    direction: Direction
    severity: Severity
    back: Severity
    """The severity of the change taken back."""


def _at(tree: dict[str, Any], *steps: str | int) -> Any:
    value: Any = tree
    for step in steps:
        value = value[step]
    return value


def _set(*steps: Any) -> Callable[[dict[str, Any]], Any]:
    """Puts the last of the steps at the place that the others name."""
    *way, key, value = steps
    return lambda tree: _at(tree, *way).__setitem__(key, value)


def _drop(*steps: str | int) -> Callable[[dict[str, Any]], Any]:
    *way, key = steps
    return lambda tree: _at(tree, *way).__delitem__(key)


def _append(*steps: Any) -> Callable[[dict[str, Any]], Any]:
    *way, value = steps
    return lambda tree: _at(tree, *way).append(value)


_TEXT = {"type": "string"}
_LIST, _PLACE, _READ = ("paths", "/orders", "get"), ("paths", "/orders", "post"), ("paths", "/orders/{id}", "get")
_CHANGE, _THINGS = ("paths", "/orders/{id}", "put"), ("paths", "/things", "post")
_OK = (*_LIST, "responses", "200")
_CALLED = (*_PLACE, "callbacks", "shipped", "{$request.body#/number}", "post")
_STAFF = ("components", "securitySchemes", "staff")
_JSON = ("content", "application/json", "schema")
_FORM = (*_THINGS, "requestBody", "content", "multipart/form-data")


def _both(tree: dict[str, Any]) -> None:
    for server in tree["servers"]:
        server["url"] = server["url"].replace("/v1", "/v2")


MUTATIONS: tuple[DocumentMutation, ...] = tuple(
    DocumentMutation(*row)
    for row in (
        ("a path", _drop("paths", "/things"), Area.PATH, "path", REMOVES, NONE, BREAKING, INFO),
        ("an operation", _drop(*_CHANGE), Area.OPERATION, "operation", REMOVES, NONE, BREAKING, INFO),
        ("another method", lambda t: t["paths"]["/things"].__setitem__("put", t["paths"]["/things"].pop("post")), Area.OPERATION, "operation", REMOVES, NONE, BREAKING, INFO),
        ("an operation deprecated", _set(*_READ, "deprecated", True), Area.OPERATION, "deprecated", ADDS, NONE, INFO, INFO),
        ("another operationId", _set(*_READ, "operationId", "getOrder"), Area.OPERATION, "operationId", CHANGES, NONE, INFO, INFO),
        ("a required query parameter", _append(*_LIST, "parameters", {"name": "page", "in": "query", "required": True, "schema": _TEXT}), Area.PARAMETER, "parameter", ADDS, REQUEST, BREAKING, BREAKING),
        ("an optional query parameter", _append(*_LIST, "parameters", {"name": "page", "in": "query", "schema": _TEXT}), Area.PARAMETER, "parameter", ADDS, REQUEST, INFO, BREAKING),
        ("a required header of all operations of a path", _append("paths", "/orders", "parameters", {"name": "X-Shop", "in": "header", "required": True, "schema": _TEXT}), Area.PARAMETER, "parameter", ADDS, REQUEST, BREAKING, WARNING),
        ("a parameter is required", _set(*_LIST, "parameters", 0, "required", True), Area.PARAMETER, "required", NARROWS, REQUEST, BREAKING, INFO),
        ("a shared parameter is required", _set("components", "parameters", "Limit", "required", True), Area.PARAMETER, "required", NARROWS, REQUEST, BREAKING, INFO),
        ("another style", _set(*_LIST, "parameters", 0, "style", "pipeDelimited"), Area.PARAMETER, "style", CHANGES, REQUEST, BREAKING, BREAKING),
        ("explode", _set(*_LIST, "parameters", 0, "explode", True), Area.PARAMETER, "explode", CHANGES, REQUEST, BREAKING, BREAKING),
        ("a parameter as content", lambda t: _at(t, *_LIST, "parameters").__setitem__(0, {"name": "state", "in": "query", "content": {"application/json": {"schema": {"type": "array", "items": {"$ref": "#/components/schemas/State"}}}}}), Area.PARAMETER, "content", CHANGES, REQUEST, BREAKING, BREAKING),
        ("a shared parameter narrowed", _set("components", "parameters", "Limit", "schema", "maximum", 50), Area.SCHEMA, "maximum", NARROWS, REQUEST, BREAKING, INFO),
        ("a header parameter narrowed", _set("paths", "/orders", "parameters", 0, "schema", "maxLength", 10), Area.SCHEMA, "maxLength", NARROWS, REQUEST, BREAKING, INFO),
        ("a parameter's content narrowed", _set(*_LIST, "parameters", 2, "content", "application/json", "schema", {"allOf": [{"$ref": "#/components/schemas/Closed"}, {"maxProperties": 1}]}), Area.SCHEMA, "maxProperties", NARROWS, REQUEST, BREAKING, INFO),
        ("a deep parameter opened", _set(*_LIST, "parameters", 1, "schema", "additionalProperties", True), Area.SCHEMA, "additionalProperties", WIDENS, REQUEST, INFO, BREAKING),
        ("a path parameter narrowed", _set(*_READ, "parameters", 0, "schema", "exclusiveMinimum", 10), Area.SCHEMA, "minimum", NARROWS, REQUEST, BREAKING, INFO),
        ("a body", _drop(*_CHANGE, "requestBody"), Area.BODY, "body", REMOVES, REQUEST, BREAKING, BREAKING),
        ("a body is required", _set(*_THINGS, "requestBody", "required", True), Area.BODY, "required", NARROWS, REQUEST, BREAKING, INFO),
        ("a shared body is optional", _set("components", "requestBodies", "Order", "required", False), Area.BODY, "required", WIDENS, REQUEST, INFO, BREAKING),
        ("a media type of a body", _drop(*_THINGS, "requestBody", "content", "text/plain"), Area.MEDIA_TYPE, "media-type", REMOVES, REQUEST, BREAKING, INFO),
        ("a media type of an answer", lambda t: _at(t, *_OK, "content").__setitem__("application/xml", _at(t, *_OK, "content").pop("application/json")), Area.MEDIA_TYPE, "media-type", REMOVES, RESPONSE, BREAKING, INFO),
        ("a part's content type", _set(*_FORM, "encoding", "file", "contentType", "image/gif"), Area.ENCODING, "contentType", CHANGES, REQUEST, BREAKING, BREAKING),
        ("a part is asked for", _append(*_FORM, "schema", "required", "about"), Area.SCHEMA, "required", NARROWS, REQUEST, BREAKING, INFO),
        ("an answer", _drop(*_CHANGE, "responses", "200"), Area.RESPONSE, "response", REMOVES, RESPONSE, BREAKING, INFO),
        ("an answer's body", _drop(*_READ, "responses", "200", "content"), Area.MEDIA_TYPE, "media-type", REMOVES, RESPONSE, BREAKING, INFO),
        ("a required header of an answer", _drop(*_OK, "headers", "X-Total"), Area.HEADER, "header", REMOVES, RESPONSE, BREAKING, INFO),
        ("a header of an answer", _drop(*_OK, "headers", "ETag"), Area.HEADER, "header", REMOVES, RESPONSE, WARNING, INFO),
        ("a header is optional", _set(*_OK, "headers", "X-Total", "required", False), Area.HEADER, "required", WIDENS, RESPONSE, BREAKING, INFO),
        ("a header widened", _drop(*_OK, "headers", "X-Total", "schema", "minimum"), Area.SCHEMA, "minimum", WIDENS, RESPONSE, BREAKING, INFO),
        ("a shared header widened", _set("components", "headers", "ETag", "schema", "minLength", 1), Area.SCHEMA, "minLength", WIDENS, RESPONSE, BREAKING, INFO),
        ("a shared answer widened", _set("components", "schemas", "Problem", "required", []), Area.SCHEMA, "required", WIDENS, RESPONSE, BREAKING, INFO),
        ("a link", _drop(*_PLACE, "responses", "201", "links"), Area.LINK, "link", REMOVES, RESPONSE, WARNING, INFO),
        ("security", _set(*_THINGS, "security", [{"key": []}]), Area.SECURITY, "requirement", NARROWS, NONE, BREAKING, INFO),
        ("an alternative of security", _set("security", [{"key": []}]), Area.SECURITY, "alternative", REMOVES, NONE, BREAKING, INFO),
        ("a scope", _set(*_PLACE, "security", 0, "staff", ["orders.write", "orders.read"]), Area.SECURITY, "scope", ADDS, NONE, BREAKING, INFO),
        ("where a key stands", _set("components", "securitySchemes", "key", "in", "query"), Area.SCHEME, "in", CHANGES, NONE, BREAKING, BREAKING),
        ("the name of a key", _set("components", "securitySchemes", "key", "name", "X-Key"), Area.SCHEME, "name", CHANGES, NONE, BREAKING, BREAKING),
        ("a token URL", _set(*_STAFF, "flows", "clientCredentials", "tokenUrl", "https://new.example/token"), Area.SCHEME, "tokenUrl", CHANGES, NONE, BREAKING, BREAKING),
        ("the type of a scheme", _set(*_STAFF, {"type": "http", "scheme": "bearer"}), Area.SCHEME, "type", CHANGES, NONE, BREAKING, BREAKING),
        ("the base path", _both, Area.SERVER, "base-path", CHANGES, NONE, BREAKING, BREAKING),
        ("a host", lambda t: t["servers"].__setitem__(slice(None), [{"url": "https://other.example/v1"}]), Area.SERVER, "host", CHANGES, NONE, WARNING, WARNING),
        ("a server", lambda t: t["servers"].pop(), Area.SERVER, "host", REMOVES, NONE, WARNING, INFO),
        ("a callback", _drop(*_PLACE, "callbacks"), Area.CALLBACK, "callback", REMOVES, NONE, BREAKING, INFO),
        ("a callback's body widened", _set(*_CALLED, "requestBody", *_JSON, {"anyOf": [{"$ref": "#/components/schemas/Event"}, {"type": "integer"}]}), Area.SCHEMA, "alternative", ADDS, RESPONSE, BREAKING, INFO),
        ("a callback's body is optional", _set(*_CALLED, "requestBody", "required", False), Area.BODY, "required", WIDENS, RESPONSE, BREAKING, INFO),
        ("what a callback is answered", _drop(*_CALLED, "responses", "204"), Area.RESPONSE, "response", REMOVES, REQUEST, BREAKING, INFO),
        ("a webhook", _drop("webhooks", "stock"), Area.WEBHOOK, "webhook", REMOVES, NONE, BREAKING, INFO),
        ("a webhook's payload widened", _drop("webhooks", "stock", "post", "requestBody", *_JSON, "properties", "count", "multipleOf"), Area.SCHEMA, "multipleOf", WIDENS, RESPONSE, BREAKING, INFO),
        ("what a webhook is answered narrowed", _set("webhooks", "stock", "post", "responses", "200", *_JSON, {"allOf": [{"$ref": "#/components/schemas/State"}, {"maxLength": 6}]}), Area.SCHEMA, "enum", NARROWS, REQUEST, BREAKING, INFO),
        ("a shared list of values", _set("components", "schemas", "State", "enum", ["open", "closed"]), Area.SCHEMA, "enum", NARROWS, REQUEST, BREAKING, INFO),
        ("a shared list of values, in answers", _set("components", "schemas", "State", "enum", ["open", "shipped", "closed", "lost"]), Area.SCHEMA, "enum", WIDENS, RESPONSE, BREAKING, INFO),
        ("a discriminator names another component", _set("components", "schemas", "Party", "discriminator", "mapping", {"human": "Person", "company": "Company"}), Area.SCHEMA, "discriminator", CHANGES, REQUEST, BREAKING, BREAKING),
        ("a condition's consequence", _set("components", "schemas", "Code", "then", {"minLength": 9}), Area.SCHEMA, "if", NARROWS, REQUEST, BREAKING, INFO),
        ("what a recursive schema holds", _set("components", "schemas", "Tree", "properties", "value", {"type": "number"}), Area.SCHEMA, "type", WIDENS, RESPONSE, BREAKING, INFO),
    )
)  # fmt: skip
