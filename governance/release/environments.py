"""Which environments a node knows of: a misspelt one is a question, and no empty store of its own."""

from pathlib import Path

from contracts.diagnostic import Diagnostic, InvalidInputError
from contracts.layout import SETTINGS
from contracts.wording import nearest
from gateway.releases.log import environments_in
from gateway.releases.store import Node, open_node


def known_node(home: Path, environment: str) -> Node:
    """The node's releases in an environment that it has taken something in, or that the workspace in `home` has.

    Raises InvalidInputError where it has neither: what is withdrawn or loosened there would concern nobody.
    """
    node = open_node(home, environment)
    known = environments_in(node.store) | _written(home)
    if environment in known:
        return node
    asked = f"the environment {environment}" if environment else "no environment"
    message = f"nothing was ever taken here for {asked}"
    shown = ", ".join(sorted(one or "none" for one in known))
    near = nearest(environment, known)
    remedy = f"write -e {near}" if near else f"known here: {shown}" if known else "activate a release first"
    raise InvalidInputError([Diagnostic(environment or "--environment", "no-environment", message, remedy)])


def judge_named(node: Node) -> None:
    """Raises InvalidInputError where no environment is named and something was taken only for those with a name."""
    taken = environments_in(node.store)
    if node.environment or not taken or "" in taken:
        return
    message = f"no environment is named, and what was taken here is for {', '.join(sorted(taken))}"
    remedy = f"write {' or '.join(f'-e {one}' for one in sorted(taken))}"
    raise InvalidInputError([Diagnostic("--environment", "no-environment", message, remedy)])


def _written(home: Path) -> frozenset[str]:
    if not (home / SETTINGS).is_file():
        return frozenset()
    return frozenset(("", *(one.stem for one in (home / "environments").glob("*.yaml"))))
