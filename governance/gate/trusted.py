"""The trust root by which the gate judges signatures: one that nobody who is judged could have changed."""

import os
import shutil
from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from gateway.node import NODE_FILE, NODE_FILE_VARIABLE, load_node
from gateway.trust.place import Trust, find_trust
from governance.git import git


def trust_of(folder: Path, option: Path | None) -> tuple[Trust | None, str]:
    """The trust root, or why there is none. Raises InvalidInputError where there is one that cannot be used."""
    try:
        trust = find_trust(folder, option)
    except InvalidInputError as error:
        if option is None and [one.code for one in error.diagnostics] == ["no-root"]:
            return None, "there is no trust root here, so no signature can be judged: --trust FILE"
        raise
    _judge_outside(Path(trust.root.file), folder, "this trust root is")
    if option is None and load_node(folder).trust is not None:
        named = os.environ.get(NODE_FILE_VARIABLE)
        node = Path(named) if named else folder / NODE_FILE
        _judge_outside(node, folder, "the node's settings, which name the trust root, are")
    return trust, ""


def _judge_outside(path: Path, workspace: Path, what: str) -> None:
    """Raises InvalidInputError where the judged repository keeps the file: whoever is judged by it could change it."""
    if shutil.which("git") is None:
        # Held against a release or a gateway; nothing here is a repository's.
        return
    there = path.resolve()
    tracked = git("ls-files", "--error-unmatch", "--", str(there), folder=there.parent).returncode == 0
    top = _said("--show-toplevel", workspace)
    is_inside = bool(top) and there.is_relative_to(Path(top).resolve())
    if tracked and (is_inside or _common(there.parent) == _common(workspace)):
        message = f"{what} in the repository that is judged: whoever is judged by it could change it"
        remedy = "keep it outside, and give the trust root to the gate: --trust FILE"
        raise InvalidInputError([Diagnostic(str(path), "root-inside", message, remedy)])


def _common(folder: Path) -> Path:
    """The folder that all working trees of a repository share."""
    return (folder / _said("--git-common-dir", folder)).resolve()


def _said(option: str, folder: Path) -> str:
    return git("rev-parse", option, folder=folder).stdout.decode("utf-8", "surrogateescape").rstrip("\n")
