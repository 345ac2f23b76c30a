"""Whatever stands in the names, texts and extensions of a contract: the code of its client stays the same code."""

import ast
import json
import subprocess
import sys
from collections import Counter

import pytest
from generated_client import generate, typed

TAME = "plain text"
CANARY = "ran-code-of-the-contract"
CODE = f'__import__("pathlib").Path("{CANARY}").touch()'
ATTACKS = {
    "docstring": f'""" + {CODE} + """',
    "docstring, single": f"''' + {CODE} + '''",
    "string": f"' + {CODE} + '",
    "string, double": f'" + {CODE} + "',
    "line": f"\n{CODE}\n",
    "line after carriage return": f"\r\n{CODE}\r",
    "line separators": f"\u2028{CODE}\u2029{CODE}\x85{CODE}\x0c{CODE}",
    "backslash": "\\",
    "backslash and quote": '\\" + ' + CODE + ' + \\"',
    "escape": "\\N{QUOTATION MARK}\\x22\\u0022",
    "template": "{{ 7 * 7 }}{% raw %}{# a #}{{ cycler.__init__.__globals__ }}",
    "brackets": f"), {CODE}, (",
    "annotation": f"int = {CODE}",
    "keyword": "class",
    "import": "import os; os.system('x')",
    "noqa": "# type: ignore  # noqa",
    "direction": "\u202ea\u2066b\ufeff\u200b",
    "format": "{0}%s{name!r}",
    "dunder": "__class__",
    "nothing": "$$$",
    "long": "a" * 5_000,
    "markup": "</script><script>x</script> [a](javascript:x) `b` | c",
}


def document(text):
    """A contract with the text in each place that is a name, a text or an extension."""
    directives = {
        "customTypePath": CODE, "customBasePath": "os.system", "x-python-type": {"name": "os", "module": "os"},
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
    from urllib.parse import quote

    pointer = text.replace("~", "~0").replace("/", "~1")
    return quote(pointer.encode("utf-8", "surrogatepass"), safe="~")


def _in_path(text):
    """What of it may stand in a path: others are no paths, and their operations are left out."""
    return "".join(sign for sign in text if sign.isascii() and (sign.isalnum() or sign in "'()_.,-"))[:40]


@pytest.fixture(scope="module")
def tame(tmp_path_factory):
    return made(TAME, tmp_path_factory.mktemp("tame"))


def made(text, folder):
    path = folder / "openapi.json"
    path.write_text(json.dumps(document(text)))
    out, description = generate(path, folder / "out", prefix="acme")
    assert len(description.operations) == 2
    assert description.left_out == ()
    return out


def skeleton(out):
    """Imports, calls, statements of each module, as counts; names that the contract gives count as one name."""
    found = Counter()
    for path in sorted((out / "src").rglob("*.py")):
        if "_runtime" in path.parts:
            continue
        module = "resource" if path.parent.name == "resources" else path.name
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                found[module, "import", _plain(getattr(node, "module", None) or "")] += 1
            elif isinstance(node, ast.Call):
                found[module, "call", _plain(ast.unparse(node.func))] += 1
            elif isinstance(node, ast.stmt):
                found[module, type(node).__name__] += 1
    return found


def _plain(name):
    """Module names and calls without the words that come from the contract."""
    ours = ("_op.", "_pages.", "self._core.", "super")
    known = (
        "Field",
        "ConfigDict",
        "Parameter",
        "Scheme",
        "Package",
        "Token",
        "ApiKey",
        "Basic",
        "load",
        "files",
        "Client",
    )
    if name in known or name.startswith(ours) or "_runtime" in name or name in ("typing", "pydantic", "__future__"):
        return name.rpartition("_runtime")[2] if "_runtime" in name else name
    return (
        name
        if name.split(".")[0] in ("datetime", "decimal", "uuid", "collections", "functools", "importlib", "httpx2")
        else "NAME"
    )


GROUPS = {
    "ends of strings": ["docstring", "docstring, single", "string", "string, double", "backslash and quote", "backslash"],
    "lines": ["line", "line after carriage return", "line separators", "noqa", "import"],
    "templates and markup": ["template", "format", "markup", "brackets", "annotation", "escape"],
    "names": ["keyword"], "no names": ["nothing"], "dunder": ["dunder"], "unseen": ["direction"], "long": ["long"],
}  # fmt: skip


def test_each_attack_is_tried():
    assert sorted(name for names in GROUPS.values() for name in names) == sorted(ATTACKS)


@pytest.mark.parametrize("names", GROUPS.values(), ids=GROUPS.keys())
def test_the_code_is_the_same_whatever_the_texts(names, tame, tmp_path):
    out = made(" ".join(ATTACKS[name] for name in names), tmp_path)

    assert skeleton(out) == skeleton(tame)


def ran(out):
    """Import all of a package where nothing but reading is allowed."""
    code = """
import importlib, pkgutil, sys
import httpx2, jsonschema_rs, pydantic
sys.path.insert(0, "src")
FORBIDDEN = ("os.system", "subprocess.", "socket.", "os.exec", "os.remove", "os.mkdir", "shutil.")
def watch(event, arguments):
    if event.startswith(FORBIDDEN) or (event == "open" and isinstance(arguments[1], str) and "w" in arguments[1]):
        raise SystemExit(f"forbidden: {event} {arguments}")
(name,) = {found.name for found in pkgutil.iter_modules(["src"])}
sys.dont_write_bytecode = True
sys.addaudithook(watch)
package = importlib.import_module(name)
for found in pkgutil.walk_packages(package.__path__, name + "."):
    importlib.import_module(found.name)
print("imported", end="")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=out, capture_output=True, text=True, check=False)
    return done.stdout or done.stderr


def test_a_package_with_every_attack_in_it_imports_and_is_typed(tmp_path):
    out = made(" ".join(text for name, text in ATTACKS.items() if name != "long"), tmp_path)

    assert ran(out) == "imported"
    assert not list(tmp_path.rglob(CANARY))
    assert typed(out) == ""
    readme = (out / "README.md").read_text()
    assert "<script>" not in readme
    assert "](javascript" not in readme
