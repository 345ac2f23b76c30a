"""The JSON Schema test suite: fetched by name, version and hash, read with every number as it is written."""

import hashlib
import json
import re
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema_specifications

ROOT = Path(__file__).resolve().parent.parent
PINNED = ROOT / "bench" / "conformance_suite.txt"
KEPT = ROOT / ".cache" / "conformance"
ADDRESS = "http://localhost:1234/"
"""Where the suite's remote documents are said to lie."""


class Number(str):
    """A number with its digits: 1, 1.0 and 1e0 are not the same text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One schema of the suite with its tests."""

    file: str
    name: str
    schema: Any
    tests: tuple[tuple[str, Any, bool], ...]
    """What it is, the value, whether the value keeps to the schema."""


def written(value: Any) -> str:
    """JSON with numbers as they were read."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(name)}:{written(child)}" for name, child in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value)


def read(text: bytes | str) -> Any:
    """The reverse of `written`."""
    return json.loads(text, parse_float=Number, parse_int=Number)


def fetch() -> Path:
    """The source distribution, from the cache or by pip; ends the program where there is none."""
    match = re.search(r"^(\S+)==(\S+) --hash=sha256:([0-9a-f]{64})$", PINNED.read_text(encoding="utf-8"), re.MULTILINE)
    assert match is not None
    name, version, digest = match.groups()
    path = KEPT / f"{name}-{version}.tar.gz"
    if not path.exists():
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        what = ["--no-binary", name, "--require-hashes", "--requirement", str(PINNED), "--dest", str(KEPT)]
        if subprocess.run([*pip, *what], check=False).returncode or not path.exists():
            print("The test suite could not be fetched: pip has to reach a registry once.", file=sys.stderr)
            sys.exit(2)
    if hashlib.sha256(path.read_bytes()).hexdigest() != digest:
        print(f"{path.relative_to(ROOT)} is not what {PINNED.name} pins: delete it.", file=sys.stderr)
        sys.exit(2)
    return path


class Suite:
    """The files of the suite, by their path under `json/`."""

    def __init__(self) -> None:
        self._files: dict[str, bytes] = {}
        with tarfile.open(fetch()) as archive:
            for member in archive.getmembers():
                inside = member.name.partition("/json/")[2]
                stream = archive.extractfile(member) if inside.endswith(".json") else None
                if stream is not None:
                    self._files[inside] = stream.read()

    def groups(self, folder: str) -> Iterator[Group]:
        """The groups of the files of one folder, not of those below it."""
        for path in sorted(self._files):
            if path.rpartition("/")[0] == f"tests/{folder}":
                for group in read(self._files[path]):
                    tests = tuple((test["description"], test["data"], test["valid"]) for test in group["tests"])
                    yield Group(path.removeprefix("tests/"), group["description"], group["schema"], tests)

    def remotes(self) -> Mapping[str, Any]:
        """Documents that schemas of 2020-12 refer to, by address: the suite's own and the meta-schemas."""
        found: dict[str, Any] = {}
        for path, text in self._files.items():
            place = path.removeprefix("remotes/")
            if place != path and (place.startswith("draft2020-12/") or not place.startswith("draft")):
                found[ADDRESS + place] = read(text)
        meta = "https://json-schema.org/draft/2020-12/"
        for uri in jsonschema_specifications.REGISTRY:
            if uri.startswith(meta):
                contents = jsonschema_specifications.REGISTRY.contents(uri)
                found[uri.rstrip("#")] = read(json.dumps(contents))
        return found
