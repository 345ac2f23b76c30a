"""Whatever stands in the names, texts and extensions of a contract: the code of its client stays the same code."""

import ast
import json
import subprocess
import sys
from collections import Counter

import pytest
from generated_client import generate, typed
from hostile_contract import document

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


@pytest.fixture(scope="module")
def tame(tmp_path_factory):
    return made(TAME, tmp_path_factory.mktemp("tame"))


def made(text, folder):
    path = folder / "openapi.json"
    path.write_text(json.dumps(document(text, CODE)))
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
