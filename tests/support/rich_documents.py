"""Two documents that use every kind of place and every keyword: one of OpenAPI 3.1, one of 3.0."""

from typing import Any

ORDER: dict[str, Any] = {
    "type": "object",
    "description": "What a customer wants.",
    "required": ["number", "lines", "state"],
    "properties": {
        "number": {"type": "string", "description": "Given by us.", "pattern": "^[A-Z]{2}[0-9]{4}$", "readOnly": True},
        "state": {"$ref": "#/components/schemas/State"},
        "lines": {"type": "array", "minItems": 1, "maxItems": 50, "items": {"$ref": "#/components/schemas/Line"}},
        "note": {"type": ["string", "null"], "maxLength": 40, "default": ""},
        "weight": {"type": "number", "exclusiveMinimum": 0, "maximum": 1000, "multipleOf": 0.5},
        "party": {"$ref": "#/components/schemas/Party"},
        "parent": {"anyOf": [{"$ref": "#/components/schemas/Order"}, {"type": "null"}]},
        "secret": {"type": "string", "title": "Kept", "writeOnly": True, "minLength": 8},
        "either": {
            "oneOf": [{"type": "string", "maxLength": 3}, {"type": "integer", "minimum": 0, "exclusiveMaximum": 100}]
        },
    },
}

SCHEMAS: dict[str, Any] = {
    "Order": ORDER,
    "State": {"type": "string", "enum": ["open", "shipped", "closed"]},
    "Only": {"const": "order"},
    "Amount": {"type": "integer", "minimum": 1, "maximum": 500},
    "Line": {
        "allOf": [
            {"$ref": "#/components/schemas/Numbered"},
            {"type": "object", "properties": {"amount": {"$ref": "#/components/schemas/Amount"}}, "required": ["amount"]},
        ]
    },
    "Numbered": {"type": "object", "properties": {"id": {"type": "integer"}, "kind": {"$ref": "#/components/schemas/Only"}}, "required": ["id"]},
    "Closed": {
        "type": "object",
        "properties": {"a": {"type": "boolean"}, "b": {"type": "integer", "enum": [1, 2, 3]}, "c": {}},
        "additionalProperties": False,
        "minProperties": 1,
        "maxProperties": 2,
    },
    "Table": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "string"}},
        "additionalProperties": {"type": ["integer", "null"], "minimum": 3},
        "propertyNames": {"pattern": "^[a-z-]+$"},
    },
    "Sized": {
        "type": "object",
        "properties": {"unit": {"type": "string"}, "size": {"type": "number"}, "scale": {"type": "number"}},
        "dependentRequired": {"size": ["unit"]},
        "dependentSchemas": {"scale": {"required": ["size"]}},
        "unevaluatedProperties": False,
    },
    "Pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False, "minItems": 1},
    "Marked": {"type": "array", "items": {"type": "integer"}, "contains": {"const": 7}, "uniqueItems": True, "maxItems": 5},
    "Loose": {"type": "array"},
    "Any": {},
    "Code": {
        "type": "string",
        "if": {"pattern": "^A"},
        "then": {"minLength": 3},
        "else": {"maxLength": 2},
        "not": {"enum": ["no", "none"]},
    },
    "Party": {
        "oneOf": [{"$ref": "#/components/schemas/Person"}, {"$ref": "#/components/schemas/Company"}],
        "discriminator": {"propertyName": "kind", "mapping": {"person": "#/components/schemas/Person", "company": "Company"}},
    },
    "Person": {
        "type": "object",
        "required": ["kind", "name"],
        "properties": {"kind": {"type": "string", "const": "person"}, "name": {"type": "string"}},
    },
    "Company": {
        "type": "object",
        "required": ["kind", "vat"],
        "properties": {"kind": {"type": "string", "const": "company"}, "vat": {"type": "string", "format": "uuid"}},
    },
    "Event": {
        "anyOf": [{"$ref": "#/components/schemas/Opened"}, {"$ref": "#/components/schemas/Ended"}],
        "discriminator": {"propertyName": "event"},
    },
    "Opened": {"type": "object", "required": ["event"], "properties": {"event": {"const": "Opened"}, "at": {"type": "string", "format": "date-time"}}},
    "Ended": {"type": "object", "required": ["event"], "properties": {"event": {"const": "Ended"}, "why": {"type": ["string", "integer", "null"]}}},
    "Tree": {"type": "object", "properties": {"value": {"type": "integer"}, "children": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}},
    "Single": {"allOf": [{"type": "string", "minLength": 2}], "description": "Of one."},
    "Problem": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}, "status": {"type": "integer"}}},
}  # fmt: skip


def _body(schema: Any, media: str = "application/json") -> dict[str, Any]:
    return {"required": True, "content": {media: {"schema": schema}}}


def _answer(schema: Any, **more: Any) -> dict[str, Any]:
    return {"description": "d", "content": {"application/json": {"schema": schema}}, **more}


def _named(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


RICH_3_1: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Orders", "version": "1.2.0"},
    "servers": [{"url": "https://api.example/v1"}, {"url": "https://eu.api.example/v1"}],
    "security": [{"staff": ["orders.read"]}, {"key": []}],
    "tags": [{"name": "orders"}, {"name": "events"}, {"name": "more"}],
    "paths": {
        "/orders": {
            "parameters": [
                {"name": "X-Trace", "in": "header", "schema": {"type": "string", "maxLength": 64}},
                {"$ref": "#/components/parameters/Limit"},
            ],
            "get": {
                "operationId": "listOrders",
                "tags": ["orders", "more"],
                "parameters": [
                    {"name": "state", "in": "query", "explode": False, "schema": {"type": "array", "items": _named("State")}},
                    {"name": "filter", "in": "query", "style": "deepObject", "explode": True, "schema": {"type": "object", "properties": {"from": {"type": "integer"}}, "additionalProperties": False}},
                    {"name": "where", "in": "query", "content": {"application/json": {"schema": _named("Closed")}}},
                    {"name": "seen", "in": "cookie", "schema": {"type": "boolean"}},
                ],
                "responses": {
                    "200": _answer({"type": "array", "items": _named("Order")}, headers={"X-Total": {"required": True, "schema": {"type": "integer", "minimum": 0}}, "ETag": {"$ref": "#/components/headers/ETag"}}),
                    "4XX": {"$ref": "#/components/responses/Problem"},
                    "default": {"$ref": "#/components/responses/Problem"},
                },
            },
            "post": {
                "operationId": "placeOrder",
                "tags": ["orders"],
                "security": [{"staff": ["orders.write"]}, {"key": [], "staff": ["orders.read"]}],
                "requestBody": {"$ref": "#/components/requestBodies/Order"},
                "responses": {"201": _answer(_named("Order"), links={"self": {"operationId": "readOrder", "parameters": {"id": "$response.body#/number"}}}), "4XX": {"$ref": "#/components/responses/Problem"}},
                "callbacks": {"shipped": {"{$request.body#/number}": {"post": {"requestBody": _body(_named("Event")), "responses": {"204": {"description": "d"}}}}}},
            },
        },
        "/orders/{id}": {
            "get": {
                "operationId": "readOrder",
                "tags": ["orders"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "exclusiveMinimum": 0}}],
                "responses": {"200": _answer(_named("Order")), "404": {"$ref": "#/components/responses/Problem"}},
            },
            "put": {
                "operationId": "changeOrder",
                "tags": ["orders"],
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "exclusiveMinimum": 0}}],
                "requestBody": _body({"allOf": [_named("Order"), {"type": "object", "properties": {"reason": {"type": "string", "minLength": 1}}}]}),
                "responses": {"200": _answer({"oneOf": [_named("Table"), _named("Pair")]}), "202": _answer(_named("Sized"))},
            },
        },
        "/things": {
            "post": {
                "operationId": "things",
                "security": [],
                "requestBody": {
                    "content": {
                        "application/json": {"schema": {"anyOf": [_named("Closed"), _named("Marked"), _named("Code"), {"type": "null"}]}},
                        "multipart/form-data": {"schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string"}, "about": _named("Person")}}, "encoding": {"file": {"contentType": "image/png"}}},
                        "application/x-www-form-urlencoded": {"schema": {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "array", "items": {"type": "string"}}}}},
                        "text/plain": {},
                    }
                },
                "responses": {"200": _answer({"type": "object", "required": ["tree"], "properties": {"tree": _named("Tree"), "loose": _named("Loose"), "any": _named("Any"), "single": _named("Single"), "map": {"type": "object"}, "yes": True, "code": _named("Code"), "marked": _named("Marked"), "sized": _named("Sized"), "table": _named("Table"), "pair": _named("Pair"), "closed": _named("Closed")}})},
            }
        },
    },
    "webhooks": {"stock": {"post": {"requestBody": _body({"type": "object", "required": ["event"], "properties": {"event": _named("Event"), "count": {"type": "integer", "multipleOf": 5}}}), "responses": {"200": _answer(_named("State"))}}}},
    "components": {
        "schemas": SCHEMAS,
        "parameters": {"Limit": {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20}}},
        "headers": {"ETag": {"schema": {"type": "string", "minLength": 2}}},
        "responses": {"Problem": {"description": "d", "content": {"application/problem+json": {"schema": _named("Problem")}}}},
        "requestBodies": {"Order": _body(_named("Order"))},
        "securitySchemes": {
            "staff": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://login.example/token", "scopes": {"orders.read": "r", "orders.write": "w"}}}},
            "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
        },
    },
}  # fmt: skip


RICH_3_0: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Stock", "version": "2.0.0"},
    "paths": {
        "/stock/{item}": {
            "parameters": [{"name": "item", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}],
            "get": {
                "operationId": "readStock",
                "security": [{"key": []}],
                "parameters": [{"name": "at", "in": "query", "schema": {"type": "string", "format": "date"}}, {"name": "least", "in": "query", "schema": {"type": "integer", "minimum": 0, "exclusiveMinimum": True}}],
                "responses": {"200": _answer(_named("Stock")), "default": {"$ref": "#/components/responses/Problem"}},
            },
            "put": {
                "operationId": "changeStock",
                "security": [{"key": []}],
                "requestBody": _body(_named("Stock")),
                "responses": {"200": _answer({"type": "object", "properties": {"items": {"type": "array", "items": _named("Stock")}, "map": {"type": "object"}}}), "default": {"$ref": "#/components/responses/Problem"}},
            },
        }
    },
    "components": {
        "schemas": {
            "Stock": {
                "type": "object",
                "required": ["item", "count"],
                "properties": {
                    "item": {"type": "string", "nullable": True, "maxLength": 20, "description": "What it is."},
                    "count": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 10, "exclusiveMaximum": True},
                    "place": {"$ref": "#/components/schemas/Place"},
                    "kind": {"type": "string", "enum": ["raw", "made", None], "nullable": True},
                    "price": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                    "old": {"type": "string", "deprecated": True},
                    "open": {"type": "object", "additionalProperties": {"type": "string"}},
                    "code": {"anyOf": [{"type": "string", "pattern": "^[0-9]+$"}, {"type": "integer"}, {"$ref": "#/components/schemas/Place"}]},
                    "pet": {"$ref": "#/components/schemas/Cat"},
                },
            },
            "Place": {"allOf": [{"$ref": "#/components/schemas/Hall"}, {"type": "object", "properties": {"shelf": {"type": "integer"}}}]},
            "Hall": {"type": "object", "required": ["hall"], "properties": {"hall": {"type": "string", "enum": ["north"]}}},
            "Problem": {"type": "object", "required": ["title"], "properties": {"title": {"type": "string"}}},
            "Pet": {"type": "object", "required": ["petType"], "properties": {"petType": {"type": "string"}}, "discriminator": {"propertyName": "petType"}},
            "Cat": {"allOf": [{"$ref": "#/components/schemas/Pet"}, {"type": "object", "properties": {"lives": {"type": "integer", "maximum": 9}}}]},
        },
        "responses": {"Problem": {"description": "d", "content": {"application/json": {"schema": _named("Problem")}}}},
        "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"}},
    },
}  # fmt: skip
