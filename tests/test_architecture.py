"""The laws of the house that a machine can see. A sentence about architecture that is not a test rots."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("contracts", "codegen", "policies", "gateway", "governance")
SOURCES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
BANNED_NAMES = {"util", "utils", "helper", "helpers", "common", "manager", "service", "base", "misc"}


@cache
def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The packages that a file imports, wherever in it."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add((node.module or "").partition(".")[0])
    return frozenset(found)


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize(("paths", "most"), [(SOURCES, 400), (TESTS, 600)], ids=["sources", "tests"])
def test_files_are_short(paths, most):
    lines = {name_of(path): len(text_of(path).splitlines()) for path in paths}
    assert {name: n for name, n in lines.items() if n > most} == {}


def test_no_room_names():
    assert [name_of(p) for p in SOURCES + TESTS if p.stem in BANNED_NAMES or p.parent.name in BANNED_NAMES] == []


def test_nothing_is_left_for_later():
    words = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "NotImplemented" + "Error")
    assert [(name_of(p), w) for p in SOURCES for w in words if w in text_of(p)] == []


def test_tests_have_no_init_files():
    assert [name_of(p) for p in TESTS if p.name == "__init__.py"] == []


@pytest.mark.parametrize(
    ("module", "most"), [("redis", 1), ("openapi_core", 1), ("aiohttp", 1), ("jsonschema_rs", 2), ("yaml", 1)]
)
def test_libraries_stay_behind_one_file(module, most):
    copied = ROOT / "codegen" / "runtime"  # into clients, and part of nothing here
    ours = [path for path in SOURCES if not path.is_relative_to(copied) and module in text_of(path)]
    importers = [name_of(path) for path in ours if module in imports_of(path)]
    assert 1 <= len(importers) <= most, importers


def test_the_request_path_does_not_use_request_url():
    users = [
        name_of(p)
        for p in SOURCES
        if p.parts[len(ROOT.parts)] in ("gateway", "policies") and ".url" in text_of(p)
        for node in ast.walk(tree_of(p))
        if isinstance(node, ast.Attribute) and node.attr == "url" and getattr(node.value, "id", "") == "request"
    ]
    assert users == []


def test_one_class_reads_receive():
    """Two readers of `receive` truncate a write silently."""
    callers = set()
    for path in (p for p in SOURCES if "receive(" in text_of(p)):
        for cls in (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.ClassDef)):
            for node in ast.walk(cls):
                if isinstance(node, ast.Await) and isinstance(node.value, ast.Call):
                    fn = node.value.func
                    if (getattr(fn, "attr", "") or getattr(fn, "id", "")) in ("receive", "_receive"):
                        callers.add(f"{name_of(path)}:{cls.name}")
    assert callers == {"gateway/caller.py:Caller"}


POLICY_FILES = [p for p in SOURCES if p.parent.name == "policies" and "refuses" in text_of(p)]


def problems_declared(tree: ast.Module) -> set[str]:
    return {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Call)
        and getattr(node.value.func, "id", "") == "Problem"
        for target in node.targets
        if isinstance(target, ast.Name)
    }


def names_in_refuses(tree: ast.Module) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        targets = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            targets = [node.target]
        if any(isinstance(t, ast.Name) and t.id.endswith("refuses") for t in targets):
            found |= {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name) and n.id.isupper()}
    return found


@pytest.mark.parametrize("path", POLICY_FILES, ids=name_of)
def test_each_declared_problem_is_listed_and_used(path):
    tree = tree_of(path)
    declared = problems_declared(tree)
    assert declared <= names_in_refuses(tree)
    used = {
        n.id
        for node in ast.walk(tree)
        if not isinstance(node, ast.Module)
        for n in [node]
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load) and n.id in declared
    }
    raised = {name for name in declared if text_of(path).count(name) > 2}
    assert declared == used == raised


def test_no_state_is_made_in_bind_outside_keep():
    """Counters in `bind` count once a route and forget at reload."""
    makers = {"Lock", "Semaphore", "Event", "Queue", "deque", "Counter", "OrderedDict", "defaultdict", "LRUCache"}
    offenders = []
    for path in (p for p in SOURCES if p.parent.name == "policies"):
        for fn in (n for n in ast.walk(tree_of(path)) if isinstance(n, ast.FunctionDef) and n.name == "bind"):
            inside_keep = {
                id(inner)
                for call in ast.walk(fn)
                if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "keep"
                for inner in ast.walk(call)
            }
            offenders += [
                f"{name_of(path)}:{node.lineno}"
                for node in ast.walk(fn)
                if isinstance(node, ast.Call)
                and (getattr(node.func, "id", "") or getattr(node.func, "attr", "")) in makers
                and id(node) not in inside_keep
            ]
    assert offenders == []


def test_runtime_stays_small():
    tree = tree_of(ROOT / "policies" / "step.py")
    runtime = next(n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Runtime")
    members = [n.name for n in runtime.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert len(members) <= 7
    text = [text_of(p) for p in SOURCES if p.name not in ("step.py", "runtime.py")]
    users = {member: sum(f".{member}(" in t for t in text) for member in members}
    assert {member for member, n in users.items() if n < 1} == set()


def test_help_imports_nothing_heavy():
    code = (
        "import sys; sys.argv = ['tidewaiter', '--help']\n"
        "from governance.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "heavy = {'aiohttp', 'jsonschema_rs', 'schemathesis', 'redis', 'openapi_core', 'starlette', 'uvicorn'}\n"
        "print('HEAVY', sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.splitlines()[-1] == "HEAVY []"


def test_no_path_of_a_machine_is_committed():
    words = ("/wo" + "rk/", "/ro" + "ot/", "/fa" + "rm/")
    listed = subprocess.run(["git", "ls-files"], capture_output=True, text=True, cwd=ROOT, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    offenders = []
    for name in listed.stdout.splitlines():
        path = ROOT / name
        if path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            offenders += [(name, word) for word in words if word in text]
    assert offenders == []
