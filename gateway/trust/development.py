"""The development root that `init` writes: one member, every role, a key beside it. It is marked as what it is."""

import json
from pathlib import Path

from gateway.trust.keys import create_private, new_private
from gateway.trust.place import DEVELOPMENT_KEY, DEVELOPMENT_ROOT
from gateway.trust.root import ROLE_NAMES

MEMBER = "developer"


def write_development_root(folder: Path, workspace: str) -> tuple[str, ...]:
    """Write root and key into the git-ignored folder; returns their paths in the workspace. Raises OSError."""
    key = new_private()
    create_private(key, folder / DEVELOPMENT_KEY)
    roles = "".join(f"  {role}: {{threshold: 1, members: [{MEMBER}]}}\n" for role in ROLE_NAMES)
    path = folder / DEVELOPMENT_ROOT
    path.touch(mode=0o600)
    path.write_text(
        "# For trying things out: one person in every role, whose key lies beside this file.\n"
        "# What rests on it says so.\n"
        "# In production each node is given a trust root from outside the workspace: docs/trust.md.\n"
        "format: 1\n"
        f"workspace: {json.dumps(workspace)}\n"
        "version: 1\n"
        "development: true\n"
        "members:\n"
        f"  {MEMBER}:\n"
        f"    keys: [{key.public.text}]\n"
        "roles:\n" + roles,
        encoding="utf-8",
    )
    return DEVELOPMENT_KEY, DEVELOPMENT_ROOT
