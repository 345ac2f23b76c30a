"""A client's files as what is downloaded: a wheel to install, and a zip of all of them. Same files, same bytes.

Nothing is packed together more tightly than it has to be: members are stored, so that no version of zlib makes other
bytes and one digest holds on every node.
"""

import base64
import hashlib
import io
import tomllib
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

Kind = Literal["wheel", "sources"]
_WHEEL: Final = b"Wheel-Version: 1.0\nGenerator: tidewaiter client\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_NAMED: Final = (
    ("Name", "name"), ("Version", "version"), ("Summary", "description"), ("Requires-Python", "requires-python"),
)  # fmt: skip
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""Of every member: the earliest that the form knows."""
_MODE: Final = 0o100644 << 16


@dataclass(frozen=True, slots=True)
class Archive:
    """One file to download. A wheel's name says what it is: installers refuse it under another."""

    kind: Kind
    name: str
    body: bytes


def archives_of(files: Mapping[str, bytes]) -> tuple[Archive, Archive]:
    """The wheel and the sources of a package, from its files by path (`governance.client_package`)."""
    project = tomllib.loads(files["pyproject.toml"].decode())["project"]
    stem = f"{project['name'].replace('-', '_')}-{project['version']}"
    sources = {f"{stem}/{path}": body for path, body in sorted(files.items())}
    return (
        Archive("wheel", f"{stem}-py3-none-any.whl", _zip(_installed(files, project, stem))),
        Archive("sources", f"{stem}.zip", _zip(sources)),
    )


def _installed(files: Mapping[str, bytes], project: Mapping[str, Any], stem: str) -> dict[str, bytes]:
    """The members of the wheel (PyPA's binary distribution format), `RECORD` last."""
    about = f"{stem}.dist-info"
    members = {path.removeprefix("src/"): body for path, body in sorted(files.items()) if path.startswith("src/")}
    members[f"{about}/METADATA"] = _metadata(project, files["README.md"])
    members[f"{about}/WHEEL"] = _WHEEL
    rows = [f"{path},sha256={_hash(body)},{len(body)}" for path, body in members.items()]
    members[f"{about}/RECORD"] = "\n".join([*rows, f"{about}/RECORD,,", ""]).encode()
    return members


def _metadata(project: Mapping[str, Any], readme: bytes) -> bytes:
    """The core metadata, version 2.4."""
    lines = ["Metadata-Version: 2.4"]
    lines += [f"{name}: {project[key]}" for name, key in _NAMED]
    lines += [f"Classifier: {classifier}" for classifier in project["classifiers"]]
    lines += [f"Requires-Dist: {requirement}" for requirement in project["dependencies"]]
    for extra, requirements in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {requirement}; extra == '{extra}'" for requirement in requirements]
    lines.append("Description-Content-Type: text/markdown")
    return "\n".join([*lines, "", ""]).encode() + readme


def _hash(body: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()


def _zip(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as archive:
        for path, body in members.items():
            about = zipfile.ZipInfo(path, _MOMENT)
            about.external_attr = _MODE
            about.create_system = 3  # else it would be the system's that packs
            archive.writestr(about, body)
    return written.getvalue()
