"""Whatever stands in the names, texts and extensions of a contract: the code of its TypeScript client stays the same."""

import json
import re
import subprocess
from pathlib import Path

import pytest
from hostile_contract import document
from markdown_it import MarkdownIt
from typescript_client import Packages

from codegen.typescript import node

pytestmark = pytest.mark.timeout(180)  # compilers on a busy machine
SKELETON = Path(__file__).parent.parent / "support" / "typescript_skeleton.mjs"
TAME = "plain text"
CODE = "globalThis.RAN = true"
ATTACKS = {
    "comments": [f"*/ {CODE}; /*", f"// {CODE}", "{@link x} <b>", "@ts-ignore", "@ts-expect-error", '/// <reference path="/etc/passwd" />', "@type {x}"],
    "imports": ['import("node:fs")', 'import("node:fs").Stats', "import x from 'node:fs';"],
    "ends of strings": [f"'; {CODE}; '", f'"; {CODE}; "', f"`; {CODE}; `${{{CODE}}}", "\\", f'\\" + {CODE} + \\"', "\\u0022\\x22\\u{22}"],
    "lines": [f"\n{CODE}\n", f"\r\n{CODE}\r", f"\u2028{CODE}\u2029{CODE}\x85{CODE}"],
    "types and templates": [f"}}; {CODE}; {{", '"]: never; x: ["', f">; {CODE}; type X = Array<", "{{ 7 * 7 }}{% raw %}{# a #}", "${7}", "%s %41 %"],
    "pointers, markup, unseen": ["a/b~c%2F#d", "[Symbol.iterator]", "../../x", "\u202ea\u2066b\ufeff\u200b", "</script><script>x</script>", "[a](javascript:x) `b` | c"],
}  # fmt: skip
NAMES = (
    "__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "$ref", "allOf", "%", "0", "-1", "class",
    "default", "\u00e9", "a b",
)  # fmt: skip


def named_after(names):
    """A contract whose members, parameters and enumeration are called so, and nothing else."""
    text = {"type": "string"}
    members = {
        "type": "object",
        "properties": {name: {**text, "enum": [name]} for name in names},
        "required": list(names),
    }
    answers = {
        "200": {
            "description": "",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/constructor"}}},
        }
    }
    return {
        "openapi": "3.1.0", "info": {"title": "constructor", "version": "1"},
        "paths": {f"/{name}".replace("%", "p").replace(" ", ""): {"get": {
            "operationId": name, "security": [], "parameters": [{"name": one, "in": "query", "schema": text} for one in names],
            "responses": answers}} for name in names if name.isascii()},
        "components": {"schemas": {"constructor": members, "__proto__": {"type": "string", "enum": list(names)}}},
    }  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The sources of a tame contract, and of one for each kind of attack."""
    folders = {}
    with Packages(tmp_path_factory.mktemp("hostile")) as packages:
        for name, texts in {"tame": [TAME], **ATTACKS}.items():
            contract = packages.folder / f"{name}.json"
            contract.write_text(json.dumps(document(" ".join(texts), CODE)))
            folders[name], description = packages.add(contract, None, "acme", packages.folder / name)
            assert len(description.operations) == 2
        contract = packages.folder / "names.json"
        contract.write_text(json.dumps(named_after(NAMES)))
        folders["names"], _ = packages.add(contract, None, "acme")
    compiler = node.installed() / "node_modules" / "typescript" / "lib" / "typescript.js"
    command = [node.program(), str(SKELETON), str(compiler), *(str(folder / "src") for folder in folders.values())]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return folders, dict(zip(folders, json.loads(said), strict=True))


@pytest.mark.parametrize("name", ATTACKS)
def test_the_code_is_the_same_whatever_the_texts(made, name):
    _, skeletons = made

    assert skeletons["tame"]["client.ts call clientOf"] == 1
    assert skeletons[name] == skeletons["tame"]


def test_no_text_runs_and_none_is_markup(made):
    folders, _ = made
    code = "await import(process.argv[1]); console.log(globalThis.RAN, Object.prototype.polluted)"
    for name in ATTACKS:
        shown = MarkdownIt().render((folders[name] / "README.md").read_text())
        assert "<script" not in shown
        assert 'href="javascript' not in shown
    for folder in (folders["imports"], folders["ends of strings"]):
        for module in ("contract", "enums", "schema", "models"):
            ran = subprocess.run(
                [node.program(), "--input-type=module", "-e", code, str(folder / "lib" / f"{module}.js")],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            assert ran.stdout == "undefined undefined\n"


def test_names_that_languages_have_a_use_for_are_names_like_others(made):
    folders, skeletons = made
    out = folders["names"]
    types = (out / "src" / "schema.ts").read_text()

    for name in NAMES:
        key = name if re.fullmatch(r"[A-Za-z_$][\w$]*", name, re.ASCII) else json.dumps(name).replace("00e9", "00E9")
        given = types.count(f" {key}?: string;") + types.count(f" {name}?: string;") * (key != name)
        assert given == len([one for one in NAMES if one.isascii()])  # the parameter, in each operation
        assert types.count(f" {key}: ") == 1  # the member
    assert skeletons["names"]["client.ts call clientOf"] == 1
    program = (
        'const { createClient } = await import(process.argv[1]); let url; const fetch = async (r) => { url = r.url; '
        'return new Response(\'{"__proto__":{"polluted":1}}\', { headers: { "content-type": "application/json" } }) }; '
        'const client = createClient({ baseUrl: "https://x.example", fetch }); '
        'const query = JSON.parse(\'{"__proto__":"a","constructor":"b","%":"c"}\'); '
        'await client.GET("/constructor", { params: { query } }); console.log(url, ({}).polluted)'
    )  # fmt: skip
    ran = subprocess.run(
        [node.program(), "--input-type=module", "-e", program, str(out / "lib" / "index.js")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert ran.stdout == "https://x.example/constructor?__proto__=a&constructor=b&%25=c undefined\n"
