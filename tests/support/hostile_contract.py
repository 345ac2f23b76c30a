"""A contract with a text in each place that is a name, a text or an extension."""

from urllib.parse import quote


def document(text, code):
    """The contract; `code` stands where directives of generators would have it run."""
    directives = {
        "customTypePath": code, "customBasePath": "os.system", "x-python-type": {"name": "os", "module": "os"},
        "x-python-import": {"module": "subprocess", "name": "run"}, f"x-{text}": text, "x-enum-varnames": [text, text],
    }  # fmt: skip
    order = {
        "type": "object", "title": f"Title {text}", "description": f"Text {text}", **directives,
        "required": [f"must {text}"],
        "properties": {
            f"must {text}": {"type": "string", "description": f"Text {text}", "default": text, **directives},
            f"may {text}": {"type": "string", "enum": [f"a {text}", f"b {text}", text], "description": f"Text {text}"},
            f"one {text}": {"type": "string", "enum": [text]},
            f"part {text}": {"type": "object", "properties": {f"n {text}": {"type": "number", "description": f"Text {text}"}}},
            f"map {text}": {"type": "object", "additionalProperties": {"$ref": "#/components/schemas/Part"}},
        },
    }  # fmt: skip
    reference = {"$ref": f"#/components/schemas/{_escaped(f'Order {text}')}"}
    answer = {
        "description": f"Text {text}",
        "content": {"application/json": {"schema": reference, "example": {text: text}}},
    }
    page = {
        "type": "object",
        "properties": {"value": {"type": "array", "items": reference}, "nextLink": {"type": "string"}},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Title {text}", "version": text, "description": f"Text {text}", "contact": {"name": text}, **directives},
        "servers": [{"url": f"https://host.example/{text}", "description": f"Text {text}"}],
        "tags": [{"name": f"tag {text}", "description": f"Text {text}"}],
        "paths": {
            f"/orders/{_in_path(text)}": {
                "get": {
                    "operationId": f"list {text}", "summary": f"Text {text}", "description": f"Text {text}", "tags": [f"tag {text}"],
                    "security": [{f"scheme {text}": [text]}], **directives,
                    "parameters": [
                        {"name": f"query {text}", "in": "query", "description": f"Text {text}", "schema": {"type": "string", "enum": [text, "b"]}},
                        {"name": "X-Head", "in": "header", "description": f"Text {text}", "schema": {"type": "integer"}},
                    ],
                    "responses": {"200": {"description": f"Text {text}", "content": {"application/json": {"schema": page}}}, "default": answer},
                },
                "post": {
                    "operationId": f"make {text}", "summary": f"Text {text}", "tags": [f"tag {text}"], "security": [],
                    "requestBody": {"description": f"Text {text}", "required": True, "content": {"application/json": {"schema": reference}}},
                    "responses": {"201": answer},
                },
            },
        },
        "components": {
            "schemas": {f"Order {text}": order, "Part": {"type": "object", "properties": {f"n {text}": {"type": "integer"}}}},
            "securitySchemes": {f"scheme {text}": {"type": "apiKey", "in": "header", "name": "X-Key", "description": f"Text {text}"}},
        },
    }  # fmt: skip


def _escaped(text):
    pointer = text.replace("~", "~0").replace("/", "~1")
    return quote(pointer.encode("utf-8", "surrogatepass"), safe="~")


def _in_path(text):
    """What of it may stand in a path: others are no paths, and their operations are left out."""
    return "".join(sign for sign in text if sign.isascii() and (sign.isalnum() or sign in "'()_.,-"))[:40]
