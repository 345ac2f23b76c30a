"""Generated TypeScript clients: made, used by programs that are compiled strictly, and run in Node."""

import json
import os
import subprocess
from functools import cache

import pytest
from generated_client import MERIDIAN

from codegen.former import NONE
from codegen.typescript import node
from codegen.typescript.package import typescript_files
from governance.client_contract import asked
from governance.client_package import described, name_of

MISSING = "no TypeScript client was written (`make node` installs what is missing where it may): "
STRICT = {
    "target": "ES2022", "module": "NodeNext", "moduleResolution": "NodeNext", "strict": True, "outDir": "out",
    "noUncheckedIndexedAccess": True, "noEmitOnError": True, "lib": ["ES2022", "DOM", "DOM.Iterable"], "types": [],
    "rootDir": ".",
}  # fmt: skip
NODE_GLOBALS = "declare const process: { env: Record<string, string | undefined>; exitCode: number };\n"


@cache
def missing():
    """What keeps TypeScript clients from being written here; empty where nothing does."""
    try:
        node.program()
        node.installed()
    except node.MissingToolError as error:
        return MISSING + str(error)
    return ""


def needed():
    """Skip where Node or the generator is absent; on CI that is a failure."""
    if missing():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(missing())


class Packages:
    """Packages in one folder, as npm lays them out below `node_modules`; one generator writes them all."""

    def __init__(self, folder):
        needed()
        self.folder = folder
        self._generator = node.Generator()
        self.modules = folder / "node_modules"
        self.modules.mkdir(parents=True)
        tools = node.installed() / "node_modules"
        for name in ("openapi-fetch", "openapi-typescript-helpers"):
            (self.modules / name).symlink_to(tools / name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """Nothing more is written."""
        self._generator.__exit__(None, None, None)

    def files(self, contract, workspace=None, prefix=None, former=NONE):
        """Name, description and files of a package."""
        found = asked(str(contract), workspace, prefix)
        description = described(found, "typescript")
        name, version = name_of(found, "typescript")
        return (
            name,
            description,
            typescript_files(found.contract, description, name, version, former, self._generator),
        )

    def add(self, contract, workspace=MERIDIAN, prefix=None, folder=None, former=NONE):
        """Write a package to its place, or another folder; where it is, and its description."""
        name, description, files = self.files(contract, workspace, prefix, former)
        out = folder or self.modules / name
        for path, body in files.items():
            place = out / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        return out, description


def compiled(packages, *, declarations=False, **programs):
    """What `tsc` says of programs beside the packages, one line a fault; empty where it finds nothing.

    `declarations`: the declarations of packages, and the compiler's own, are judged too.
    """
    folder = packages.folder
    (folder / "package.json").write_text('{"type": "module"}')
    for name, text in programs.items():
        (folder / f"{name}.ts").write_text(NODE_GLOBALS.replace("declare", "export {};\ndeclare", 1) + text)
    names = [f"{name}.ts" for name in programs]
    (folder / "tsconfig.json").write_text(
        json.dumps({"compilerOptions": {**STRICT, "skipLibCheck": not declarations}, "files": names})
    )
    return tsc(folder)


def tsc(folder, *more):
    """What the compiler says of a folder's tsconfig.json."""
    compiler = node.installed() / "node_modules" / "typescript" / "bin" / "tsc"
    ran = subprocess.run(
        [node.program(), str(compiler), "-p", str(folder), "--pretty", "false", *more],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    return ran.stdout + ran.stderr


def ran(packages, program, **env):
    """What a compiled program writes, as JSON."""
    done = subprocess.run(
        [node.program(), f"out/{program}.js"],
        capture_output=True, text=True, check=False, cwd=packages.folder, timeout=60, env={**os.environ, **env},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout)
