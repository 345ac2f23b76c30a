"""Two versions of a contract in which every text attacks whoever shows it, with changes in every part of them."""

import copy
import json

SCRIPT = "</style></title></script><script>document.title='ran'</script><img src=//evil.example/a onerror=document.title='ran'>"
ATTACKS = {
    "script": SCRIPT,
    "attribute": '" onmouseover="document.title=\'ran\'" style="display:none" x=\'',
    "xml": "]]><![CDATA[<a>&b;<?c?><!--d",
    "github": "::error file=a,line=1::b",
    "azure": "##vso[task.complete result=Succeeded]",
    "newlines": "a\r\n::error::b\n##[error]c\n# d\n- e",
    "rich": "[bold red]a[/bold red][link=http://evil.example]b[/link]",
    "terminal": "\x1b[31m\x1b]8;;http://evil.example\x07\x9b2J\x08\x7f",
    "markdown": "[a](javascript:alert(1)) ![b](http://evil.example/b.png) `c` **d** @team #12 | e <b>f</b>",
    "template": "{0} {{7*7}} {% raw %} ${{ github.token }} %s $(id) `id`",
    "separators": "\u2028\u2029\x85\u202e\u2066\u200b\ufeff",
}
"""By what obeys them."""
EVERYTHING = " ".join(ATTACKS.values())


def attacking(text=EVERYTHING):
    """The old and the new version, as JSON; each place where a document may hold a text holds this one."""
    old = _document(text)
    new = copy.deepcopy(old)
    (path,) = (name for name in new["paths"] if name.startswith("/orders"))
    operation = new["paths"][path]["post"]
    operation["parameters"] += [_parameter(f"new {text}", "header"), _parameter(f"new {text}", "query", required=True)]
    operation["parameters"][1]["schema"]["pattern"] = f"^a|{text}"
    operation["deprecated"] = True
    operation["responses"][f"400{text}"] = {"description": text}
    operation["security"] = [{f"scheme {text}": [f"more {text}"]}]
    operation["description"] = f"otherwise {text}"
    operation["requestBody"]["content"][f"application/{text}"] = {"schema": {"type": "string"}}
    new["paths"][f"/new{text}"] = {"get": {"operationId": f"new {text}", "responses": {"200": {"description": text}}}}
    del new["paths"][f"/gone{text}"]
    new["servers"] = [{"url": f"http://new.example/{text}"}]
    schema = new["components"]["schemas"][f"Order {text}"]
    schema["required"] = [f"note {text}", f"price {text}"]
    schema["properties"][f"note {text}"]["maxLength"] = 3
    schema["properties"][f"state {text}"]["enum"] = [f"open {text}", f"new {text}"]
    schema["properties"][f"price {text}"] = {"type": "integer", "const": 7, "title": text, f"x-{text}": text}
    schema["properties"][f"more {text}"] = {"type": "string", "format": text, "default": text}
    return json.dumps(old), json.dumps(new)


def _parameter(name, where, *, required=False, **schema):
    schema = {"type": "string", "example": name, **schema}
    return {"name": name, "in": where, "required": required, "description": name, "schema": schema}


def _document(text):
    reference = {"$ref": "#/components/schemas/Order " + text.replace("~", "~0").replace("/", "~1")}
    content = {"application/json": {"schema": reference, "examples": {text: {"summary": text, "value": {text: text}}}}}
    operation = {
        "operationId": f"place {text}",
        "summary": text,
        "description": text,
        "tags": [text],
        "externalDocs": {"url": f"javascript:alert(1)//{text}", "description": text},
        "parameters": [_parameter(f"filter {text}", "query"), _parameter(f"X-{text}", "header", pattern=text)],
        "requestBody": {"description": text, "content": content},
        "responses": {"200": {"description": text, "content": content}, f"5{text}": {"description": text}},
        "security": [{f"scheme {text}": [text]}],
        "callbacks": {text: {f"{{$request.body#/{text}}}": {"post": {"responses": {"200": {"description": text}}}}}},
        f"x-{text}": text,
    }
    properties = {
        f"note {text}": {"type": "string", "description": text, "example": text, "maxLength": 9},
        f"state {text}": {"type": "string", "enum": [f"open {text}", f"closed {text}"]},
        f"price {text}": {"type": "number", "title": text},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": text, "version": text, "description": text, "contact": {"name": text, "url": text}},
        "servers": [{"url": f"http://old.example/{text}", "description": text}],
        "tags": [{"name": text, "description": text}],
        "paths": {
            f"/orders{text}": {"summary": text, "post": operation},
            f"/gone{text}": {"get": {"operationId": f"gone {text}", "responses": {"200": {"description": text}}}},
        },
        "components": {
            "schemas": {
                f"Order {text}": {"type": "object", "description": text, "properties": properties},
                f"Unused {text}": {"type": "object", "maxLength": text, "discriminator": {"propertyName": text}},
            },
            "securitySchemes": {
                f"scheme {text}": {"type": "oauth2", "flows": {"clientCredentials": {
                    "tokenUrl": f"http://token.example/{text}", "scopes": {text: text, f"more {text}": text},
                }}},
            },
        },
    }  # fmt: skip


def attacking_workspace(folder, text=EVERYTHING):
    """A workspace with both versions, whose owners, names and reasons attack as well."""
    old, new = attacking(text)
    stages = {
        "1.0": {"stage": "deprecated", "deprecated": "2026-01-01", "sunset": "2026-12-31"},
        "1.1": {"stage": "active"},
    }
    files = {
        "tidewaiter.yaml": {"name": "Attacks", "public_url": "https://api.example"},
        "contracts/orders/api.yaml": {"title": text, "owner": text, "visibility": "partner", "versions": stages},
        "entities/north.yaml": {
            "name": text, "country": "DE", "owner": text, "stage": "onboarded",
            "offers": [{"contract": f"orders@{version}", "system": "erp"} for version in stages],
        },
        "consumers/shop.yaml": {
            "name": text, "owner": text, "plan": "p", "audience": "partner", "entities": ["north"],
            "pinned": ["orders@1.0"], "credentials": [{"type": "jwt", "issuer": "i", "claim": "shop"}],
        },
        "decisions/gone.yaml": {
            "kind": "waiver", "api": "orders", "rule": "path-removed", "versions": ["1.1"], "owner": text,
            "reason": f"{text} (decided)", "until": "2026-12-31", "approved_by": [text],
        },
    }  # fmt: skip
    for name, content in files.items():
        _write(folder / name, json.dumps(content))
    _write(folder / "contracts/orders/1.0.json", old)
    _write(folder / "contracts/orders/1.1.json", new)


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
