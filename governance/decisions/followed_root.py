"""The trust root that a new one follows: the file that is named, else the one that a node knows."""

from pathlib import Path

from gateway.node import load_node, node_folder
from gateway.trust.root import TrustRoot, parse_root, read_root
from gateway.trust.seen import SEEN_FILE, read_seen


def followed_root(new: TrustRoot, named: Path | None, home: Path) -> TrustRoot | None:
    """The root before `new`: `named`, else what the node in `home` saw last, else what its settings name.

    None where there is none of them, or only `new` itself, or one for development, which nothing follows. Raises
    InvalidInputError where one is there and cannot be read.
    """
    if named is not None:
        return read_root(named, new.value.workspace)
    seen_file = node_folder(home) / SEEN_FILE
    kept = read_seen(seen_file, new.value.workspace).root
    found = parse_root(kept, str(seen_file)) if kept else None
    path = load_node(home).trust
    if found is None and path is not None and path.is_file():
        found = read_root(path, new.value.workspace)
    if found is None or found.text == new.text or found.value.development:
        return None
    return found
