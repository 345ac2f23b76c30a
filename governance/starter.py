"""The small workspace that `tidewaiter init` writes: one contract, one sample system, one consumer with a key."""

import re
import secrets
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from contracts.model import ID_PATTERN
from gateway.node import NODE_FILE
from gateway.trust.development import write_development_root
from policies.keys import new_key

KEY_DAYS = 90
"""How long the first key lives."""
KEY_PREFIX = "tw"

_RENAMED = {"gitignore": ".gitignore", "gitattributes": ".gitattributes"}
# Names of the templates that git would obey inside this project.


class NotEmptyError(Exception):
    """The folder holds something already; it is left as it is."""


@dataclass(frozen=True, slots=True)
class Started:
    """What was written. `key` is the API key in clear, to be shown once."""

    folder: Path
    files: tuple[str, ...]
    key: str
    days: int


def write_workspace(folder: Path, now: float) -> Started:
    """Write the workspace into a folder that is new or empty. `now` in seconds since the epoch.

    Raises NotEmptyError, or OSError where the folder cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise NotEmptyError(str(folder))
    pepper = secrets.token_urlsafe(32)
    key, credential = new_key(KEY_PREFIX, pepper, now, KEY_DAYS, ())
    filled = {
        "@@NAME@@": _name(folder),
        "@@KEY_ID@@": credential.id,
        "@@KEY_HASH@@": credential.hash,
        "@@KEY_CREATED@@": credential.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "@@KEY_EXPIRES@@": credential.expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "@@PEPPER@@": pepper,
    }
    written: list[str] = []
    folder.mkdir(parents=True, exist_ok=True)
    for template, path in _templates(files("governance") / "templates" / "workspace", ""):
        text = template.read_text(encoding="utf-8")
        for mark, value in filled.items():
            text = text.replace(mark, value)
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        written.append(path)
    _write_node(folder / NODE_FILE, pepper)
    written += [NODE_FILE, *write_development_root(folder, filled["@@NAME@@"])]
    return Started(folder, tuple(sorted(written)), key, KEY_DAYS)


def _templates(folder: Traversable, prefix: str) -> list[tuple[Traversable, str]]:
    found: list[tuple[Traversable, str]] = []
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            found += _templates(entry, f"{prefix}{entry.name}/")
        else:
            found.append((entry, prefix + _RENAMED.get(entry.name, entry.name)))
    return found


def _name(folder: Path) -> str:
    """The folder's name as a name that needs no quotes in YAML."""
    proposal = re.sub(r"[^a-z0-9]+", "-", folder.resolve().name.lower()).strip("-")
    return proposal if re.fullmatch(ID_PATTERN, proposal) else "workspace"


def _write_node(path: Path, pepper: str) -> None:
    """The node's settings. Made readable by their owner only before the secret goes in."""
    path.parent.mkdir(mode=0o700)
    path.touch(mode=0o600)
    path.write_text(
        "# Settings of this node alone: git ignores this folder. Where secrets come from, and where they may be sent.\n"
        "# In production give `env: VARIABLE` or `file: PATH` in place of `value`, and the `origins` of a system's "
        "secrets:\n"
        "#\n"
        "#   ERP_PASSWORD: {file: erp-password, origins: [https://erp.example.com]}\n"
        "secrets:\n"
        f'  KEY_PEPPER: {{value: "{pepper}"}}\n',
        encoding="utf-8",
    )
