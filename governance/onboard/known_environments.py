"""Which environments of a workspace an entity may go live in, and which are for tests."""

from pathlib import Path

from contracts import yaml12
from contracts.diagnostic import InvalidInputError


def environments(workspace: Path) -> tuple[list[str], list[str]]:
    """Names of those that are not for tests, and of those that are. What cannot be read is in neither."""
    live: list[str] = []
    tests: list[str] = []
    for path in sorted((workspace / "environments").glob("*.yaml")):
        try:
            tree = yaml12.parse(path.read_bytes(), str(path))
        except (InvalidInputError, OSError):
            continue
        is_test = isinstance(tree, dict) and tree.get("purpose") == "test"
        (tests if is_test else live).append(path.stem)
    return live, tests
